"""Rules of wording: ids, lengths, repeated questions and words, placeholders of phrases."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from bot.content.documents.problems import Problems, nearest, shown
from bot.content.readers.build_context import Place, Places, Reading
from bot.core.domain.knowledge import Knowledge, Slot
from bot.errors import Problem

MAX_ID_BYTES = 32
MAX_SUMMARY = 80
MIN_QUESTIONS = 12
MANY_MISSING = 8

_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SNAKE = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
_PHRASES_FOLDER = "phrases/"


def check_wording(reading: Reading) -> None:
    """Record ids of a wrong shape, texts of a wrong length, and what is said twice."""
    _check_ids(reading)
    for support in reading.supports.values():
        at = reading.places.at
        if len(support.summary) > MAX_SUMMARY:
            message = f"summary 有 {len(support.summary)} 个字，最多 {MAX_SUMMARY} 个"
            reading.complain(at("support", support.id, "summary"), message, "只说得到什么")
        if len(support.questions) < MIN_QUESTIONS:
            message = f"questions 只有 {len(support.questions)} 条，至少 {MIN_QUESTIONS} 条"
            hint = "按大家平时的说法补：口语、错别字、一两个词的也要"
            reading.complain(at("support", support.id, "questions"), message, hint)
    _once(reading, "问法", _samples(reading))
    _check_keywords(reading)
    for slot in reading.slots.values():
        _once(reading, f"“{slot.id}”的选项说法", _choice_words(reading, slot))
        _check_not_words(reading, slot)
    for kind in ("commands", "fields", "silences", "unwritten", "overview"):
        table: Mapping[str, tuple[str, ...]] = getattr(reading, kind)
        _once(reading, kind, _listed(reading, kind, table))
    _check_spoken(reading)
    for kind in ("synonyms", "english"):
        for head, words in getattr(reading, kind).items():
            _once(reading, f"“{head}”的说法", _listed(reading, kind, {head: words}))


def _check_spoken(reading: Reading) -> None:
    """A word of dialect needs a standard one, and must not be a word of the paper itself."""
    for word, standard in reading.spoken.items():
        place = reading.places.at("words", "spoken", word)
        if not standard:
            reading.complain(place, f"“{shown(word)}”没有写标准的说法")
        elif any(word in clause.text for clause in reading.clauses.values()):
            message = f"“{shown(word)}”是文件里的字，不能当方言换掉"
            reading.complain(place, message, "写长一点，如“系咪”，不写“系”")


def normal(text: str) -> str:
    """The text without width, case, blanks and punctuation: two that agree here are the same."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def check_phrases(
    knowledge: Knowledge,
    required: Mapping[str, frozenset[str]],
    places: Places | None = None,
) -> list[Problem]:
    """The phrases against what the code says: each phrase id with the placeholders it fills.

    A missing phrase, one that the code never says, and a placeholder that it does not fill are
    problems. `places` gives the lines.
    """
    problems = Problems()
    missing = [name for name in required if not knowledge.phrases.get(name)]
    if len(missing) > MANY_MISSING:
        message = f"缺少 {len(missing)} 句话，如“{missing[0]}”"
        hint = "文件多半没有存完整：从备份里拿回来"
        problems.add(_PHRASES_FOLDER, 1, message, hint)
    else:
        for name in missing:
            hint = nearest(name, [n for n in knowledge.phrases if n not in required])
            problems.add(_PHRASES_FOLDER, 1, f"缺少一句话：“{name}”", hint)
    for name, phrase in knowledge.phrases.items():
        place = places.at("phrase", name, name) if places else Place(_PHRASES_FOLDER, 1)
        if name not in required:
            hint = nearest(name, [n for n in required if n not in knowledge.phrases])
            problems.add(place.file, place.line, f"程序里没有用到这句话：“{shown(name)}”", hint)
            continue
        if "｛" in phrase or "｝" in phrase:
            message = f"“{name}”里的花括号是全角的，会原样念给用户"
            problems.add(place.file, place.line, message, "改成半角的 { }")
        for field in _placeholders(phrase):
            if field is None:
                message = f"“{name}”里的花括号没有配对，或写法不对"
                problems.add(place.file, place.line, message, "只能写 {名字}")
            elif field not in required[name]:
                known = sorted(required[name])
                hint = nearest(field, known) or "这句话能用的：" + "、".join(known)
                message = f"“{name}”里的 {{{shown(field)}}} 程序不认识"
                problems.add(place.file, place.line, message, hint if known else "去掉花括号")
    return problems.sorted()


def _placeholders(phrase: str) -> Iterator[str | None]:
    """The names in braces; None where the braces are not plain {name}."""
    try:
        for _, field, form, conversion in string.Formatter().parse(phrase):
            if field is not None:
                plain = field.isidentifier() and not form and not conversion
                yield field if plain else None
    except ValueError:
        yield None


def _check_ids(reading: Reading) -> None:
    at = reading.places.at
    for kind, table in (("support", reading.supports), ("signpost", reading.signposts)):
        for name in table:
            if not _KEBAB.fullmatch(name) or len(name) > MAX_ID_BYTES:
                message = f"编号“{shown(name)}”写法不对"
                hint = f"小写英文、数字，用 - 连接，最多 {MAX_ID_BYTES} 个字符"
                reading.complain(at(kind, name, "id"), message, hint)
    names = [(at("slot", slot), slot) for slot in reading.slots]
    for slot in reading.slots.values():
        names += [(at("choice", f"{slot.id}:{c.id}"), c.id) for c in slot.choices]
    for kind in ("commands", "fields"):
        names += [(at("words", kind, name), name) for name in getattr(reading, kind)]
    for place, name in names:
        if not _SNAKE.fullmatch(name) or len(name) > MAX_ID_BYTES:
            hint = f"小写英文、数字，用 _ 连接，最多 {MAX_ID_BYTES} 个字符"
            reading.complain(place, f"编号“{shown(name)}”写法不对", hint)


def _samples(reading: Reading) -> Iterator[tuple[str, Place, str]]:
    """Whose question it is, where it stands, and the question."""
    tables = (("support", reading.supports), ("signpost", reading.signposts))
    for kind, table in tables:
        for name, thing in table.items():
            for number, question in enumerate(thing.questions):
                yield name, reading.places.at(kind, name, "questions", str(number)), question


def _choice_words(reading: Reading, slot: Slot) -> Iterator[tuple[str, Place, str]]:
    for choice in slot.choices:
        name = f"{slot.id}:{choice.id}"
        # the label counts as a word of its own choice; there it may be repeated among the words
        if normal(choice.label) not in {normal(word) for word in choice.words}:
            yield choice.id, reading.places.at("choice", name, "label"), choice.label
        for key, words in (("words", choice.words), ("not_words", choice.not_words)):
            for number, word in enumerate(words):
                yield choice.id, reading.places.at("choice", name, key, str(number)), word


def _check_not_words(reading: Reading, slot: Slot) -> None:
    """A not-word that holds no word of its choice would keep nobody from anything."""
    for choice in slot.choices:
        words = [normal(w) for w in (choice.label, *choice.label.split("/"), *choice.words)]
        for number, text in enumerate(choice.not_words):
            if not any(word in normal(text) for word in words):
                place = reading.places.at(
                    "choice", f"{slot.id}:{choice.id}", "not_words", str(number)
                )
                message = f"not_words 的“{shown(text)}”没有包含“{choice.id}”的任何一个说法"
                reading.complain(place, message, "写成带着那个说法的一段话，或删掉它")


def _listed(
    reading: Reading, kind: str, table: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, Place, str]]:
    for name, words in table.items():
        for number, word in enumerate(words):
            yield name, reading.places.at("words", kind, name, str(number)), word


def _once(reading: Reading, what: str, said: Iterable[tuple[str, Place, str]]) -> None:
    """No text under two owners, however it is written, and none twice under one."""
    seen: dict[str, tuple[str, Place, str]] = {}
    for owner, place, text in said:
        key = normal(text)
        if not key:
            reading.complain(place, f"{what}里只有标点：“{shown(text)}”", "删掉它")
        elif key not in seen:
            seen[key] = (owner, place, text)
        else:
            first_owner, first_place, first_text = seen[key]
            # under one owner, /start beside start is meant
            if owner != first_owner or text == first_text:
                message = f"{what}“{shown(text)}”重复，{first_place} 的“{first_owner}”已经写了"
                reading.complain(place, message, "只留一处")


def _check_keywords(reading: Reading) -> None:
    """No keyword twice in a list, and no list twice in the folder."""
    whole: dict[tuple[str, ...], str] = {}
    tables = (("support", reading.supports), ("signpost", reading.signposts))
    for kind, table in tables:
        for name, thing in table.items():
            place = reading.places.at(kind, name, "keywords")
            _once(reading, "keywords ", [(name, place, word) for word in thing.keywords])
            line = tuple(sorted(normal(word) for word in thing.keywords))
            first = whole.setdefault(line, name)
            if line and first != name:
                message = f"keywords 与“{first}”的完全一样"
                reading.complain(place, message, "写出这一项自己的关键词")
