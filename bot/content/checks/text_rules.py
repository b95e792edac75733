"""Check texts: ids, lengths, repeated questions and words, placeholders of phrases."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from bot.content.documents.problems import Problems, nearest, shown
from bot.content.readers.build_context import BuildContext, Place, Places
from bot.core.domain.knowledge import Knowledge, Slot
from bot.errors import Problem

MAX_ID_BYTES = 32
MAX_SUMMARY = 80
MIN_QUESTIONS = 12
MANY_MISSING = 8

_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SNAKE = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
_PHRASES_FOLDER = "phrases/"


def check_texts(context: BuildContext) -> None:
    """Record malformed ids, texts of the wrong length, and repeated texts."""
    _check_ids(context)
    for support in context.supports.values():
        at = context.places.at
        if len(support.summary) > MAX_SUMMARY:
            message = f"summary 有 {len(support.summary)} 个字，最多 {MAX_SUMMARY} 个"
            context.add_problem(at("support", support.id, "summary"), message, "只说得到什么")
        if len(support.questions) < MIN_QUESTIONS:
            message = f"questions 只有 {len(support.questions)} 条，至少 {MIN_QUESTIONS} 条"
            hint = "按大家平时的说法补：口语、错别字、一两个词的也要"
            if not support.questions:
                # The questions are the last part of a file, so a file that was cut has none.
                message = "没有 questions：文件没有存完整，或者问法还没有写"
                hint = f"原来有的，从备份里拿回来；新写的，写上至少 {MIN_QUESTIONS} 条"
            context.add_problem(at("support", support.id, "questions"), message, hint)
    _once(context, "问法", _samples(context))
    _check_keywords(context)
    for slot in context.slots.values():
        _once(context, f"“{slot.id}”的选项说法", _choice_words(context, slot))
        _check_not_words(context, slot)
    for kind, table in (
        ("confirmations", context.confirmations),
        ("aspects", context.fields),
        ("acts", context.acts),
        ("aspect_questions", context.aspect_questions),
        ("requests", context.requests),
        ("unstated", context.silences),
        ("never_stated", context.unwritten),
    ):
        _once(context, kind, _listed(context, kind, table))
    said = ((place.file, place, sample.text) for place, sample in context.fact_samples)
    _once(context, "facts ", said)
    _check_spoken(context)
    for kind in ("synonyms", "english"):
        for head, words in getattr(context, kind).items():
            _once(context, f"“{head}”的说法", _listed(context, kind, {head: words}))


def _check_spoken(context: BuildContext) -> None:
    """Record dialect words without a standard word, and those that a policy uses itself."""
    for word, standard in context.spoken.items():
        place = context.places.at("words", "dialect", word)
        if not standard:
            context.add_problem(place, f"“{shown(word)}”没有写标准的说法")
        elif any(word in clause.text for clause in context.clauses.values()):
            message = f"“{shown(word)}”是文件里的字，不能当方言换掉"
            context.add_problem(place, message, "写长一点，如“系咪”，不写“系”")


def normal(text: str) -> str:
    """Return the text without differences in width, case, blanks and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def is_kebab(name: str) -> bool:
    """Return whether a name has the form of the ids of supports, topics and policies."""
    return bool(_KEBAB.fullmatch(name)) and len(name) <= MAX_ID_BYTES


def check_phrases(
    knowledge: Knowledge,
    required: Mapping[str, frozenset[str]],
    places: Places | None = None,
) -> list[Problem]:
    """Return the problems of the phrases, compared with those that the code requires.

    `required`: phrase id → the placeholders that the code fills. A missing phrase, an unused one
    and an unknown placeholder are problems. `places` gives their lines.
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
            elif field not in required[name] and field not in knowledge.locality.values:
                known = sorted(required[name])
                hint = nearest(field, known) or "这句话能用的：" + "、".join(known)
                message = f"“{name}”里的 {{{shown(field)}}} 程序不认识"
                problems.add(place.file, place.line, message, hint if known else "去掉花括号")
    return problems.sorted()


def _placeholders(phrase: str) -> Iterator[str | None]:
    """Return the names in braces; None for braces of another form than {name}."""
    try:
        for _, field, form, conversion in string.Formatter().parse(phrase):
            if field is not None:
                plain = field.isidentifier() and not form and not conversion
                yield field if plain else None
    except ValueError:
        yield None


def _check_ids(context: BuildContext) -> None:
    at = context.places.at
    for kind, table in (("support", context.supports), ("signpost", context.signposts)):
        for name in table:
            if not is_kebab(name):
                message = f"编号“{shown(name)}”写法不对"
                hint = f"小写英文、数字，用 - 连接，最多 {MAX_ID_BYTES} 个字符"
                context.add_problem(at(kind, name, "id"), message, hint)
    names = [(at("slot", slot), slot) for slot in context.slots]
    for slot in context.slots.values():
        names += [(at("choice", f"{slot.id}:{c.id}"), c.id) for c in slot.choices]
    for kind, ids in (("acts", context.acts), ("aspects", context.fields)):
        names += [(at("words", kind, name), name) for name in ids]
    for place, name in names:
        if not _SNAKE.fullmatch(name) or len(name) > MAX_ID_BYTES:
            hint = f"小写英文、数字，用 _ 连接，最多 {MAX_ID_BYTES} 个字符"
            context.add_problem(place, f"编号“{shown(name)}”写法不对", hint)


def _samples(context: BuildContext) -> Iterator[tuple[str, Place, str]]:
    """Return each sample question with its owner and place."""
    tables = (("support", context.supports), ("signpost", context.signposts))
    for kind, table in tables:
        for name, thing in table.items():
            for number, question in enumerate(thing.questions):
                yield name, context.places.at(kind, name, "questions", str(number)), question


def _choice_words(context: BuildContext, slot: Slot) -> Iterator[tuple[str, Place, str]]:
    for choice in slot.choices:
        name = f"{slot.id}:{choice.id}"
        # The label counts as a word of its choice, and `words` may repeat it.
        if normal(choice.label) not in {normal(word) for word in choice.words}:
            yield choice.id, context.places.at("choice", name, "label"), choice.label
        for key, words in (("words", choice.words), ("not_words", choice.not_words)):
            for number, word in enumerate(words):
                yield choice.id, context.places.at("choice", name, key, str(number)), word


def _check_not_words(context: BuildContext, slot: Slot) -> None:
    """Record `not_words` that contain no word of their choice: they have no effect."""
    for choice in slot.choices:
        words = [normal(w) for w in (choice.label, *choice.label.split("/"), *choice.words)]
        for number, text in enumerate(choice.not_words):
            if not any(word in normal(text) for word in words):
                place = context.places.at(
                    "choice", f"{slot.id}:{choice.id}", "not_words", str(number)
                )
                message = f"not_words 的“{shown(text)}”没有包含“{choice.id}”的任何一个说法"
                context.add_problem(place, message, "写成带着那个说法的一段话，或删掉它")


def _listed(
    context: BuildContext, kind: str, table: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, Place, str]]:
    for name, words in table.items():
        for number, word in enumerate(words):
            yield name, context.places.at("words", kind, name, str(number)), word


def _once(context: BuildContext, what: str, said: Iterable[tuple[str, Place, str]]) -> None:
    """Record normalised texts that have two owners, and texts repeated under one."""
    seen: dict[str, tuple[str, Place, str]] = {}
    for owner, place, text in said:
        key = normal(text)
        if not key:
            context.add_problem(place, f"{what}里只有标点：“{shown(text)}”", "删掉它")
        elif key not in seen:
            seen[key] = (owner, place, text)
        else:
            first_owner, first_place, first_text = seen[key]
            # Under one owner, `start` and `/start` are both wanted.
            if owner != first_owner or text == first_text:
                message = f"{what}“{shown(text)}”重复，{first_place} 的“{first_owner}”已经写了"
                context.add_problem(place, message, "只留一处")


def _check_keywords(context: BuildContext) -> None:
    """Record keywords repeated in a list, and lists repeated in the folder."""
    whole: dict[tuple[str, ...], str] = {}
    tables = (("support", context.supports), ("signpost", context.signposts))
    for kind, table in tables:
        for name, thing in table.items():
            place = context.places.at(kind, name, "keywords")
            _once(context, "keywords ", [(name, place, word) for word in thing.keywords])
            line = tuple(sorted(normal(word) for word in thing.keywords))
            first = whole.setdefault(line, name)
            if line and first != name:
                message = f"keywords 与“{first}”的完全一样"
                context.add_problem(place, message, "写出这一项自己的关键词")
