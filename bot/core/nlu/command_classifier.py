"""What a founder means: a command, a number or label, a follow-up, a question.

Everything is read from the words in the knowledge; nothing here knows a topic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rapidfuzz.distance import Levenshtein

from bot.core.domain.knowledge import STAGE
from bot.core.domain.session import Option, Session
from bot.core.nlu.business_mentions import BusinessMentions
from bot.core.nlu.gazetteer import WordList
from bot.core.nlu.patterns import is_question, standard
from bot.core.nlu.profile_extractor import CLEANED, ProfileExtractor
from bot.core.text.normalizer import fold_syllable

COMMAND_MAX = 14
# Words of fewer characters are too easily something else.
SLIP_FROM = 4
# How the labels of the buttons that change an answer begin: “身份” means 改身份.
EDIT = "改"
# Said with question words, these are still no question about the paper.
OUTRIGHT = ("upset", "privacy")
# Forgiven anywhere in a short message, not only when it is all of it.
LOOSE = ("human", "upset", "thanks", "bye")
_EDITING = re.compile(r"^(?:我要|我想)?(?:改|修改|更改|重选|换)(?:一下|下)?(?:我的)?(.{0,6})$")
_TAIL = re.compile(r"[的呢吗啊呀吧嘛了,，。?？!！\s]+$|^[那请问,，。\s]+")
_MARKS = re.compile(r"[\s,，。.!！?？~～:：;；、/“”\"'()（）]+")
_TRIMMINGS = re.compile(r"^(?:请|麻烦|那就|那)(?=.{2})|(?:吧|啊|呀|哦|了吧|一下)$")
# What may stand before a command and change nothing of it: “算了 我的信息”.
_PREAMBLE = re.compile(
    r"^(?:好的?吧?|算了|行吧?|嗯+|哦|那么?|请|麻烦你?|给我|帮我|让我|我要|我想|再|看看|看一?下|查看|打开|"
    r"[选点填搞弄打]错了|我[选点填搞弄打]错了)+(?=.{2})"
)
_NUMERALS = "一二三四五六七八九"
_DIGITS = (
    {n: i for i, n in enumerate(_NUMERALS, 1)}
    | {"十" + n: 10 + i for i, n in enumerate(_NUMERALS, 1)}
    | {"两": 2, "十": 10}
)
_ONE = r"(?:[1-9][0-9]?|十[一二三四五六七八九]?|[一二两三四五六七八九])"
_NUMBERS = re.compile(
    rf"^(?:我?(?:选|要|就选|点|回复))?\s*(?:第\s*)?({_ONE})\s*(?:个|项|号|条|、|\.)?"
    rf"((?:\s*(?:和|跟|与|、|,|，|/|\+|还有|\s)\s*(?:第\s*)?{_ONE}\s*(?:个|项|号|条)?)*)\s*(?:吧|。|!|！)?$"
)
# “不对，是1”, “不是3，是2”: the last answer should have been another number.
_CORRECTED = re.compile(
    rf"^(?:(?:不对|错了|我?[选点按打填搞]错了)[,，。!！\s]*|不是(?:第\s*)?{_ONE}[个项号]?[,，。!！\s]+)"
    rf"(?:应该|要|改)?(?:是|选|成|为|点)?\s*(?:第\s*)?({_ONE})\s*(?:个|项|号)?$"
)
# “1.” “②” “二、” before a part of a message; “3年” and “2个人” are no such thing.
ITEM = re.compile(
    r"(?:^|(?<=[\s,，。;；?？!！、:：吗呢])\s*)(?:[(（]?[1-9](?:[.．、)）]\s*(?![0-9])|"
    r"(?=[\u4e00-\u9fff])(?![年个月万块天千百位家人号楼岁点次小元成倍条项件期级证照码本份张和跟]))|"
    r"[(（]?[一二三四五][、.．)）]|第[一二三四五](?:个问题|问)?[,，:：、])"
)
_NO_PHONE = re.compile(
    r"电话|号码|打|给|什么|啥|谁|几多|几号|多少|好多|是|有|没|吗|他们|它们|你们|单位|部门|局|的|要|找|那|个|哪|呢|联系|去|告诉|我|说|下"
)
_OPEN = re.compile(
    r"(?:我|还|都|现在|暂时|真)*(?:没|没有|未)想(?:好|过|清楚|明白|法)(?:呢|了|咧|先)?"
)
_ALL = re.compile(
    r"(?:我|全部?|通通|统统|所有)?(?:都|全)(?:想)?(?:要|选|需要|有|缺|看)|全部|所有的?|全选"
)
_COUNTED = re.compile(r"(?:个(?!月|点)|家(?!庭)|人|所|间|处|座|名|位)(?!的?钱)")
_NONE = re.compile(
    r"(?:以上|上面的?|这些|这几个|我)*(?:都|全都?|一个都|哪个都)"
    r"(?:不是|不对|不像|不符合|不属于|不要|不需要|没有)(?:的|啊|呢|哦)?|不是(?:的|啊)?"
)


@dataclass(frozen=True)
class MessageParser(ProfileExtractor):
    """Reads messages by the words of one knowledge version."""

    @cached_property
    def _commands(self) -> list[tuple[str, tuple[str, ...], str]]:
        """Each command word, bare; how it sounds; and its command."""
        return [
            (bare, self._sound(bare), name)
            for name, words in self.knowledge.commands.items()
            for bare in (_bare(self.clean(word)) for word in words)
        ]

    @cached_property
    def _exact(self) -> dict[str, str]:
        return {bare: name for bare, _, name in reversed(self._commands)}

    @cached_property
    def _alike(self) -> dict[tuple[str, ...], list[tuple[str, str]]]:
        """The command words by how they sound."""
        table: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        for bare, heard, name in self._commands:
            table.setdefault(heard, []).append((bare, name))
        return table

    @cached_property
    def _by_first(self) -> dict[str, list[tuple[str, str]]]:
        """The command words that are long enough to forgive a slip, by their first character."""
        table: dict[str, list[tuple[str, str]]] = {}
        for bare, _, name in self._commands:
            if len(bare) >= SLIP_FROM:
                table.setdefault(bare[0], []).append((bare, name))
        return table

    @cached_property
    def _loose(self) -> list[tuple[str, str]]:
        return [
            (bare, name)
            for wanted in LOOSE
            for bare, _, name in self._commands
            if name == wanted and len(bare) > 1
        ]

    @cached_property
    def _outright(self) -> list[tuple[str, str]]:
        return [(bare, name) for bare, _, name in self._commands if name in OUTRIGHT and bare[1:]]

    @cached_property
    def _field_words(self) -> WordList:
        """What people say for a side of a support, longest first."""
        pairs = [
            (self.lexicon.normalize(word), name)
            for name, words in self.knowledge.fields.items()
            for word in words
        ]
        return WordList(sorted(pairs, key=lambda pair: -len(pair[0])))

    def command(self, text: str) -> str:
        """The command that the whole message is, or "". A homophone is forgiven, and a slip of one
        letter in words of four and more; a longer sentence is never a command."""
        clean = _bare(self.clean(text))
        for said in (clean, _PREAMBLE.sub("", clean)):
            if said in self._exact:
                return self._exact[said]
        if clean.isascii() and (spelt := self._spelt(clean)):
            return spelt
        if not clean or len(clean) > COMMAND_MAX or clean.isdigit():
            return ""
        if is_question(clean):
            to_us = "你" in clean or "机器人" in clean
            return next(
                (name for bare, name in self._outright if bare in clean and (to_us or bare[2:])),
                "",
            )
        for bare, name in self._alike.get(self._sound(clean), ()):
            if any(a == b for a, b in zip(clean, bare, strict=True)):
                return name
        for bare, name in self._by_first.get(clean[0], ()) if len(clean) >= SLIP_FROM else ():
            if Levenshtein.distance(clean, bare, score_cutoff=1) <= 1:
                return name
        return next((name for bare, name in self._loose if bare in clean), "")

    @cached_property
    def ventures(self) -> BusinessMentions:
        """Finds the business that a message names."""
        return BusinessMentions(self.knowledge, self.lexicon)

    def _spelt(self, latin: str) -> str:
        """The command that is typed as pinyin: “chonglai”."""
        sound = tuple(map(fold_syllable, self.lexicon.split_pinyin(latin)))
        names = {name for _, name in self._alike.get(sound, ())} if sound[1:] else set()
        return names.pop() if len(names) == 1 else ""

    def _sound(self, clean: str) -> tuple[str, ...]:
        return tuple(self.lexicon.folded.get(c, c) for c in clean)

    def offered(self, text: str, options: Sequence[Option]) -> tuple[str, ...]:
        """The ids of the options meant by number or label; () if none is."""
        clean = self.clean(text)
        found = _NUMBERS.match(clean)
        if found and options:
            picked = [_number(n) for n in re.findall(_ONE, found[1] + " " + found[2])]
            if all(1 <= n <= len(options) for n in picked):
                return tuple(dict.fromkeys(options[n - 1].id for n in picked))
        bare = _bare(clean)
        for option in options:
            label = self._bare_label(option.label)
            if bare and bare in (label, label.removeprefix(EDIT)):
                return (option.id,)
        return ()

    @cached_property
    def _bare_label(self) -> Callable[[str], str]:
        return lru_cache(maxsize=CLEANED)(lambda label: _bare(self.clean(label)))

    def wrong_number(self, text: str, options: Sequence[Option]) -> bool:
        """Whether the message is a number that nothing was offered for."""
        clean = self.clean(text)
        number = _NUMBERS.match(clean) or re.fullmatch(r"[0-9]{1,2}", clean)
        return bool(number) and not self.offered(text, options)

    def fields(self, text: str) -> tuple[tuple[str, ...], str]:
        """The sides asked for (who, amount, …), each once in the order of the text, and what else
        it says. Where two words overlap the longer one wins."""
        names, rest, _ = self._heard(self.clean(text))
        return names, rest

    def field(self, text: str) -> tuple[str, str]:
        """The field asked for and what else the message says; ("", text) if none is. Of several
        the one that is said in the longest word."""
        _, rest, main = self._heard(self.clean(text))
        return main, rest

    def _heard(self, clean: str) -> tuple[tuple[str, ...], str, str]:
        """The sides, what else is said, and the main side; in local words too."""
        heard = self._sides(clean)
        if not heard[0] and (plain := standard(clean)) != clean:
            heard = self._sides(plain)
        return heard if heard[0] else ((), clean, "")

    def _sides(self, clean: str) -> tuple[tuple[str, ...], str, str]:
        rest, found, main = clean, [], ""
        for word, name in self._field_words.in_reach(clean):
            at = rest.find(word)
            if at > 0 and word[0] == "几" and rest[at - 1] in "十好":
                continue  # “十几年” tells how long, it does not ask
            if name == "amount" and at >= 0 and _COUNTED.match(rest, at + len(word)):
                continue  # “有多少家孵化器” counts, it does not ask for money
            main = main or (name if at >= 0 else "")
            while at >= 0:
                found.append((at, name))
                rest = rest[:at] + " " * len(word) + rest[at + len(word) :]
                at = rest.find(word)
        names = tuple(dict.fromkeys(name for _, name in sorted(found)))
        bare = re.sub(r"\s+", " ", ITEM.sub(" ", rest))
        return names, _TAIL.sub("", bare).strip(), main

    def asks_for_a_number(self, text: str) -> bool:
        """Whether the message asks for a telephone number and nothing else."""
        clean = _bare(self.clean(text))
        if "电话" not in clean:
            return False
        for bureau in self.knowledge.bureaus.values():
            for name in (bureau.name, *bureau.aliases):
                clean = clean.replace(name, "")
        return len(_NO_PHONE.sub("", clean)) <= 1

    def leaves_open(self, text: str, slot: str) -> bool:
        """Whether “没想好” is said to a question other than how far the project is."""
        return slot != STAGE and bool(_OPEN.fullmatch(_bare(self.clean(text))))

    def wants_all(self, text: str) -> bool:
        """Whether everything that was offered is meant: “都要”."""
        return bool(_ALL.fullmatch(_bare(self.clean(text))))

    def fits_none(self, text: str) -> bool:
        """Whether nothing of what was offered is meant: “都不是”."""
        return bool(_NONE.fullmatch(_bare(self.clean(text))))


def corrected_number(text: str) -> int:
    """The number that a message says the last answer should have been; 0 if it says none."""
    found = _CORRECTED.match(text.strip().rstrip("。.!！吧了"))
    return _number(found[1]) if found else 0


def edit_slot(text: str, reader: MessageParser, session: Session) -> str:
    """The slot that “改身份”, “改一下需求” names, or ""."""
    clean = _bare(reader.clean(text))
    found = _EDITING.match(clean)
    if not found:
        return ""
    for slot in reader.knowledge.slots.values():
        if found[1] and (found[1] in slot.name or slot.name in found[1]):
            return slot.id
    close = [s.id for s in reader.knowledge.slots.values() if set(found[1]) & set(s.name)]
    return close[0] if len(found[1]) == 2 and len(close) == 1 else ""


def is_empty(clean: str) -> bool:
    """Whether a normalised text is punctuation only."""
    return not _bare(clean)


@lru_cache(maxsize=CLEANED)
def _bare(clean: str) -> str:
    """Without punctuation, blanks and polite trimmings."""
    return _TRIMMINGS.sub("", _MARKS.sub("", clean))


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _DIGITS[text]
