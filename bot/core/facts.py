"""What a founder says of themselves: answers, facts in passing, denials and corrections.

Everything is read from the words in the knowledge; the patterns here are only how people speak.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.core.model import Knowledge, Slot
from bot.core.text import Lexicon, segments

NEEDS = "needs"
IDENTITY = "identity"
STAGE = "stage"
# 刚注册 is three years at most.
YOUNG = 3
# Before the id of a choice: what sounds like it and is not.
NOT = "!"
# How much else may stand beside the words of a slot that has one answer: “厂子在柳江那边”.
ROOM = 8
_TENS = r"[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九]"
_ASKING = re.compile(
    r"[?？]|吗|么$|咩|什么|啥|怎么|怎样|咋|如何|哪|谁|几时|多少|多久|多长|能不能|"
    r"(?<![好了过有])几(?:个|年|天)|^(?!.*(?:还没|没有|正在|还在|没想)).*呢$|"
    r"([\u4e00-\u9fff])不\1|可不可以|可以不|有没有|有冇|是不是|行不行|会不会|得不得|要不要|好不好|能否|可否|是否|为何|干嘛|"
    r"不$|没$|请问|想问|问一下|咨询|what|how|where|who|can i|is there|do i"
)
_FIRST_PERSON = re.compile(r"我|俺|咱|本人|自己|偶|i am|i'm|im ")
_KIN = re.compile(
    r"儿子|女儿|老公|老婆|爱人|朋友|同学|孩子|小孩|爸|妈|弟|妹|哥|姐|员工|同事|亲戚|室友|侄|孙|邻居|"
    r"先生|太太|夫人|媳妇|男朋友|女朋友|对象|崽|娃|老乡|老伴|家人|学生们|徒弟|带的|husband|wife|friend"
)
_WISH = re.compile(
    r"想(?!返乡|回乡)|打算|计划|准备|希望|如果|假如|给|帮|找|请|招|和|跟|为|让|要当|认识|里有|有个|有一个|有几"
)
_FOR_ME = re.compile(r"(?:帮|给|替|为|(?<!不)对|让|请)$")
_NOT = re.compile(
    r"(不是|并非|不算|不属于|没有|不在|不再是|又不是|非|不当|不做|不干|不搞|不要|不用|不需要|不想要|不缺)(?:个|一个|一名|什么|啥)?$"
)
_CORRECTING = re.compile(
    r"^(?:哦|噢|啊|额|呃)?我?(?:不对|错了|[说讲搞弄点打选填]错了?|更正|纠正|不是|其实|应该是|改成|改为)"
)
_AMENDING = re.compile(r"^我?(?:不对|错了|[说讲搞弄点打选填]错了?|更正|纠正|改成|改为)")
_ADDING = re.compile(r"还要|也要|再加|加上|还有")
_YEARS = re.compile(rf"(?<![0-9])([0-9]{{1,2}}|{_TENS})(?:年|载)(?:多|了|整|以上|$)")
_FILLER = re.compile(
    r"我们|我|俺|咱|本人|自己|现在|目前|应该|算是|就是|还是|也是|是个|是|属于|一个|一名|名|的|了|啊|吧|呀|"
    r"哦|呢|选|和|还有|跟|以及|又|也|在|吗|嘛|这个|那个|情况|类|人|想|要|解决|主要|最|需要|缺|先|都|有|"
    r"个|,|，|。|、|!|！|\s|对|嗯|哈|还"
)
_EMPTY = re.compile(
    r"那|具体|到底|大概|一般|请问|请|能|可以|给|会|怎样|？|\?|事|项|这|该|去|到|办|来|它|咧|嘞|喔|哟"
)
_DENIAL = re.compile(r"不是|不对|没有|不算|并非")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message says of the founder: choices by slot, those denied, and whether it corrects
    what was said before. `rest` is the text without the stretches that only state facts."""

    said: Mapping[str, tuple[str, ...]]
    denied: Mapping[str, tuple[str, ...]]
    correcting: bool
    rest: str


class WordList:
    """Words with what each means, of which a message can hold only a few."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = pairs
        self._by_first: dict[str, list[int]] = {}
        for number, (word, _) in enumerate(pairs):
            self._by_first.setdefault(word[:1], []).append(number)

    def in_reach(self, clean: str) -> list[tuple[str, str]]:
        """Those whose first character stands in the message, in their own order."""
        numbers = [
            n for first in self._by_first.keys() & set(clean) for n in self._by_first[first]
        ]
        return [self._pairs[number] for number in sorted(numbers)]


@dataclass(frozen=True)
class FactReader:
    """Reads facts by the words of one knowledge version."""

    knowledge: Knowledge
    lexicon: Lexicon

    def clean(self, text: str) -> str:
        """The text as the words of the knowledge are compared with it."""
        return self.knowledge.remember("clean", text, lambda: self.lexicon.normalise(text))

    @cached_property
    def _slot_words(self) -> dict[str, WordList]:
        """For each slot what people say for its choices."""
        return {slot.id: WordList(self._words(slot)) for slot in self.knowledge.slots.values()}

    def speaks_of_others(self, text: str) -> bool:
        """Whether the message is about somebody else: a son, a friend, a student of mine."""
        return bool(_KIN.search(self.clean(text)))

    def answer(self, text: str, slot: Slot) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Choices meant and choices denied by a message that answers this slot and little else.
        A question answers nothing."""
        clean = self.clean(text)
        if is_question(clean) or (slot.id == IDENTITY and _KIN.search(clean)):
            return (), ()
        said, denied, spans = self._choices(clean, slot)
        if slot.id == STAGE and not said and (grown := _by_years(clean)):
            return grown, ()
        if not said and not denied:
            return (), ()
        if slot.id == IDENTITY and _FIRST_PERSON.search(clean):
            return self._own(clean, slot, said, denied, spans, bare=True)
        left = _FILLER.sub("", _DENIAL.sub("", _blank(clean, spans)))
        matched = sum(end - start for start, end in spans)
        room = max(3, matched // 2) if slot.multiple else ROOM
        if _FIRST_PERSON.match(clean) or len(left) <= room:
            return said, denied
        return (), ()

    def named(self, text: str, slot: Slot) -> tuple[str, ...]:
        """The choices of a slot that a text names, whatever else it says."""
        return self._choices(self.clean(text), slot)[0]

    def only_names(self, text: str, slot: Slot) -> bool:
        """Whether a text is choices of this slot, and small words at most."""
        clean = self.clean(text)
        return not _left(clean, self._choices(clean, slot)[2])

    def facts(self, text: str, *, bare: bool = False) -> Facts:
        """What the message says of the founder in passing: “我是大三学生”, “我不是学生”. With
        `bare` (while we ask questions) a lone “柳北区” counts too; else it may be a search."""
        said: dict[str, tuple[str, ...]] = {}
        denied: dict[str, tuple[str, ...]] = {}
        rest: list[str] = []
        clean = self.clean(text)
        correcting = bool(_CORRECTING.match(clean))
        speaking = False
        adding = bool(_ADDING.search(clean))
        for segment in segments(clean):
            segment = _AMENDING.sub("", segment)
            used = False
            if not is_question(segment):
                for slot in self.knowledge.slots.values():
                    yes, no, spans = self._choices(segment, slot)
                    alone = bare or correcting
                    if slot.id == NEEDS:
                        # Its words are everybody's words: only a lone answer or a denial is one.
                        lone = (bare or correcting) and not _left(segment, spans)
                        mine = bool(no) or lone
                        yes, no = (yes, no) if mine else ((), ())
                    elif not (speaking and self._goes_on(segment, slot)):
                        yes, no = self._own(segment, slot, yes, no, spans, bare=alone)
                    if slot.none_choice in yes and slot.id != IDENTITY:
                        # Where somebody comes from says nothing of where the project stands.
                        yes = ()
                    if yes:
                        said[slot.id] = tuple(dict.fromkeys((*said.get(slot.id, ()), *yes)))
                    if no:
                        denied[slot.id] = tuple(dict.fromkeys((*denied.get(slot.id, ()), *no)))
                    speaking = speaking or bool(yes or no)
                    used = used or (bool(yes or no) and len(_left(segment, spans)) <= 6)
            if not used:
                rest.append(segment)
        remaining = "，".join(rest)
        if not _FILLER.sub("", re.sub(_CORRECTING, "", remaining)):
            remaining = ""
        return Facts(said, denied, correcting and not adding, remaining)

    @staticmethod
    def _goes_on(segment: str, slot: Slot) -> bool:
        """Whether a segment after “我是…” still speaks of the speaker: “公司刚注册”, “也是…”."""
        if _KIN.search(segment) or _WISH.search(segment):
            return False
        return not slot.multiple or bool(re.match(r"也是|又是|还是|同时|也算", segment))

    def _own(
        self,
        segment: str,
        slot: Slot,
        yes: tuple[str, ...],
        no: tuple[str, ...],
        spans: Sequence[tuple[int, int]],
        *,
        bare: bool,
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Keep only what the segment says of the speaker: a first person before the word, nobody
        else's and no wish in between."""
        if not spans:
            return (), ()
        first = min(start for start, _ in spans)
        before = segment[:first]
        person = list(_FIRST_PERSON.finditer(before))
        alone = len(_left(segment, spans)) <= 1
        if person:
            between = before[person[-1].end() :]
            if slot.id == IDENTITY and between.startswith("的"):
                return (), ()
            if person[-1][0] == "自己" and _WISH.search(before):
                return (), ()
            asked_for = _FOR_ME.search(before[: person[-1].start()])
            if asked_for or _KIN.search(before) or _WISH.search(between) or len(between) > 12:
                return (), ()
            return yes, no
        inside = _FIRST_PERSON.match(segment)
        if inside and not _KIN.search(segment):
            return yes, no
        if bare and alone:
            return yes, no
        return (), no if alone else ()

    def _choices(
        self, clean: str, slot: Slot
    ) -> tuple[tuple[str, ...], tuple[str, ...], list[tuple[int, int]]]:
        """Choices said, choices denied, and where their words stand; longest words first. What
        only sounds like a choice keeps its place from the words of that choice."""
        taken: list[tuple[int, int]] = []
        idle: dict[str, list[tuple[int, int]]] = {}
        said: list[tuple[int, str]] = []
        denied: list[tuple[int, str]] = []
        for word, choice in self._slot_words[slot.id].in_reach(clean):
            start = clean.find(word)
            while start >= 0:
                span = (start, start + len(word))
                mine = choice.removeprefix(NOT)
                free = all(span[1] <= s or span[0] >= e for s, e in (*taken, *idle.get(mine, ())))
                if free and mine != choice:
                    idle.setdefault(mine, []).append(span)
                elif free:
                    taken.append(span)
                    target = denied if _NOT.search(clean[:start]) else said
                    target.append((start, choice))
                start = clean.find(word, start + 1)
        order = [c for _, c in sorted(said)]
        if slot.none_choice in order and len(set(order)) > 1:
            order = [c for c in order if c != slot.none_choice]
        refused = [c for _, c in sorted(denied) if c not in order]
        if not slot.multiple:
            order = order[-1:]
        return tuple(dict.fromkeys(order)), tuple(dict.fromkeys(refused)), taken

    def _words(self, slot: Slot) -> list[tuple[str, str]]:
        """What people say for the choices of a slot, longest first. What only sounds like a choice
        has NOT before its id, and comes before words of the same length."""
        normal = self.lexicon.normalise
        pairs = [
            (normal(word), choice.id)
            for choice in slot.choices
            for word in (choice.label, *choice.label.split("/"), *choice.words)
        ]
        pairs += [
            (normal(word), NOT + choice.id) for choice in slot.choices for word in choice.not_words
        ]
        return sorted(pairs, key=lambda p: (-len(p[0]), not p[1].startswith(NOT), p[0]))


def is_question(clean: str) -> bool:
    """Whether a normalised text asks something."""
    return bool(_ASKING.search(clean))


def _by_years(clean: str) -> tuple[str, ...]:
    """The stage of a firm that is so many years old: “十二年了”."""
    found = _YEARS.search(clean)
    if not found:
        return ()
    text = found[1]
    years = int(text) if text.isdigit() else _numeral(text)
    return ("startup",) if years < YOUNG else ("established",)


def _numeral(text: str) -> int:
    tens, ten, ones = text.partition("十")
    digits = "零一二三四五六七八九"
    if not ten:
        return digits.index(text.replace("两", "二"))
    return (digits.index(tens) if tens else 1) * 10 + (digits.index(ones) if ones else 0)


def _left(segment: str, spans: Sequence[tuple[int, int]]) -> str:
    """What a segment says besides the words found in it and small words."""
    return _FILLER.sub("", _blank(segment, spans))


def has_content(clean: str) -> bool:
    """Whether there is something to search for besides small words."""
    return len(_EMPTY.sub("", _FILLER.sub("", clean))) >= 2


def _blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    chars = list(text)
    for start, end in spans:
        chars[start:end] = " " * (end - start)
    return "".join(chars).replace(" ", "")
