"""What a founder means: a command, an answer, a fact about themselves, a follow-up, a question.

Everything is read from the words in the knowledge; nothing here knows a topic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from bot.core.model import Knowledge, Slot
from bot.core.session import Option, Session
from bot.core.text import Lexicon, segments

COMMAND_MAX = 12
_ASKING = re.compile(
    r"[?？]|吗|呢$|么$|咩|什么|啥|怎么|怎样|咋|如何|哪|谁|几个|几年|几天|几时|多少|多久|多长|能不能|可不可以|"
    r"可以不|有没有|有冇|是不是|行不行|会不会|得不得|要不要|好不好|能否|可否|是否|为何|干嘛|不$|没$|"
    r"请问|想问|问一下|咨询|what|how|where|who|can i|is there|do i"
)
_FIRST_PERSON = re.compile(r"我|俺|咱|本人|自己|偶|i am|i'm|im ")
_KIN = re.compile(r"儿子|女儿|老公|老婆|爱人|朋友|同学|孩子|小孩|爸|妈|弟|妹|哥|姐|员工|同事|亲戚|室友|侄|孙|邻居")
_WISH = re.compile(r"想给|想帮|想找|想请|想要|想当|想做|想成|想去|想招|给|帮|找|请|招|和|跟|为|让|要当|认识")
_NOT = re.compile(r"(不是|并非|不算|不属于|没有|不在|不再是|又不是|非)(?:个|一个|一名|什么|啥)?$")
_CORRECTING = re.compile(r"^(?:哦|噢|啊|额|呃)?(?:不对|错了|说错|搞错|弄错|更正|纠正|不是|其实|应该是|改成|改为)")
_FILLER = re.compile(
    r"我们|我|俺|咱|本人|自己|现在|目前|应该|算是|就是|还是|也是|是个|是|属于|一个|一名|名|的|了|啊|吧|呀|哦|呢|"
    r"选|和|还有|跟|以及|又|也|在|吗|嘛|这个|那个|情况|类|人|想|要|解决|主要|最|需要|缺|先|都|有|个|,|，|。|、|!|！|\s|对|嗯|哈"
)
_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
           "十一": 11, "十二": 12, "十三": 13}
_ONE = r"(?:1[0-3]|[1-9]|十[一二三]?|[一二两三四五六七八九])"
_NUMBERS = re.compile(
    rf"^(?:我?(?:选|要|就选|点|回复))?\s*(?:第\s*)?({_ONE})\s*(?:个|项|号|条|、|\.)?"
    rf"((?:\s*(?:和|跟|与|、|,|，|/|\+|还有|\s)\s*(?:第\s*)?{_ONE}\s*(?:个|项|号|条)?)*)\s*(?:吧|。|!|！)?$"
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message says of the founder: choices by slot, those denied, and whether it corrects
    what was said before. `rest` is the text without the stretches that only state facts."""

    said: Mapping[str, tuple[str, ...]]
    denied: Mapping[str, tuple[str, ...]]
    correcting: bool
    rest: str


@dataclass(frozen=True)
class Reader:
    """Reads messages by the words of one knowledge version."""

    knowledge: Knowledge
    lexicon: Lexicon

    def clean(self, text: str) -> str:
        """The text as the words of the knowledge are compared with it."""
        return self.lexicon.normalise(text)

    def command(self, text: str) -> str:
        """The command that the whole message is, or "". A slip of one letter or a homophone is
        forgiven in words of three characters and more; a longer sentence is never a command."""
        clean = _bare(self.clean(text))
        if not clean or len(clean) > COMMAND_MAX:
            return ""
        close = ""
        for name, words in self.knowledge.commands.items():
            for word in words:
                target = _bare(self.clean(word))
                if clean == target:
                    return name
                if len(target) >= 3 and len(clean) >= 3 and self._near(clean, target):
                    close = close or name
        return "" if is_question(clean) else close

    def _near(self, clean: str, target: str) -> bool:
        if abs(len(clean) - len(target)) > 1 or clean[0] != target[0]:
            return self._sound(clean) == self._sound(target)
        limit = 1 if len(target) >= 4 else 0
        return (
            Levenshtein.distance(clean, target, score_cutoff=limit) <= limit
            or self._sound(clean) == self._sound(target)
        )

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
            if bare and bare == _bare(self.clean(option.label)):
                return (option.id,)
        return ()

    def wrong_number(self, text: str, options: Sequence[Option]) -> bool:
        """Whether the message is a number that nothing was offered for."""
        return bool(_NUMBERS.match(self.clean(text))) and not self.offered(text, options)

    def answer(self, text: str, slot: Slot) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Choices meant and choices denied by a message that answers this slot and little else.
        A question answers nothing."""
        clean = self.clean(text)
        if is_question(clean):
            return (), ()
        said, denied, spans = self._choices(clean, slot)
        if not said and not denied:
            return (), ()
        left = _FILLER.sub("", re.sub(r"不是|不对|没有|不算|并非", "", _blank(clean, spans)))
        matched = sum(end - start for start, end in spans)
        if _FIRST_PERSON.match(clean) or len(left) <= max(3, matched // 2):
            return said, denied
        return (), ()

    def facts(self, text: str) -> Facts:
        """What the message says of the founder in passing: “我是大三学生”, “我不是学生”."""
        said: dict[str, tuple[str, ...]] = {}
        denied: dict[str, tuple[str, ...]] = {}
        rest: list[str] = []
        clean = self.clean(text)
        correcting = bool(_CORRECTING.match(clean))
        for segment in segments(clean):
            used = False
            if not is_question(segment):
                for slot in self.knowledge.slots.values():
                    if slot.id == "needs":
                        continue
                    yes, no, spans = self._choices(segment, slot)
                    yes, no = self._own(segment, slot, yes, no, spans, correcting)
                    if yes:
                        said[slot.id] = tuple(dict.fromkeys((*said.get(slot.id, ()), *yes)))
                    if no:
                        denied[slot.id] = tuple(dict.fromkeys((*denied.get(slot.id, ()), *no)))
                    left = _FILLER.sub("", _blank(segment, spans))
                    used = used or (bool(yes or no) and len(left) <= 6)
            if not used:
                rest.append(segment)
        remaining = "，".join(rest)
        if not _FILLER.sub("", re.sub(_CORRECTING, "", remaining)):
            remaining = ""
        return Facts(said, denied, correcting, remaining)

    def _own(
        self,
        segment: str,
        slot: Slot,
        yes: tuple[str, ...],
        no: tuple[str, ...],
        spans: Sequence[tuple[int, int]],
        correcting: bool,
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Keep only what the segment says of the speaker: a first person before the word, nobody
        else's and no wish in between."""
        if not spans:
            return (), ()
        first = min(start for start, _ in spans)
        before = segment[:first]
        person = list(_FIRST_PERSON.finditer(before))
        alone = len(_FILLER.sub("", _blank(segment, spans))) <= 1
        if person:
            between = before[person[-1].end() :]
            if _KIN.search(before) or _WISH.search(between) or len(between) > 12:
                return (), ()
            return yes, no
        inside = _FIRST_PERSON.match(segment)
        if inside and not _KIN.search(segment):
            return yes, no
        if correcting and alone:
            return yes, no
        return (), no if alone else ()

    def field(self, text: str) -> tuple[str, str]:
        """The field asked for (who, amount, …) and what else the message says; ("", text) if
        none is. The longest words win."""
        clean = self.clean(text)
        best = ("", "")
        for name, words in self.knowledge.fields.items():
            for word in words:
                target = self.clean(word)
                if target in clean and len(target) > len(best[1]):
                    best = (name, target)
        if not best[0]:
            return "", clean
        rest = clean.replace(best[1], " ")
        return best[0], _TAIL.sub("", rest).strip()

    def _choices(
        self, clean: str, slot: Slot
    ) -> tuple[tuple[str, ...], tuple[str, ...], list[tuple[int, int]]]:
        """Choices said, choices denied, and where their words stand; longest words first."""
        taken: list[tuple[int, int]] = []
        said: list[tuple[int, str]] = []
        denied: list[tuple[int, str]] = []
        for word, choice in self._words(slot):
            start = clean.find(word)
            while start >= 0:
                span = (start, start + len(word))
                if all(span[1] <= s or span[0] >= e for s, e in taken):
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
        pairs = [
            (self.clean(word), choice.id)
            for choice in slot.choices
            for word in (choice.label, *choice.label.split("/"), *choice.words)
        ]
        return sorted(pairs, key=lambda p: (-len(p[0]), p[0]))


_TAIL = re.compile(r"[的呢吗啊呀吧嘛了,，。?？!！\s]+$|^[那请问,，。\s]+")


def is_question(clean: str) -> bool:
    """Whether a normalised text asks something."""
    return bool(_ASKING.search(clean))


def edit_slot(text: str, reader: Reader, session: Session) -> str:
    """The slot that “改身份”, “改一下需求” names, or ""."""
    clean = _bare(reader.clean(text))
    found = re.match(r"^(?:我要|我想)?(?:改|修改|更改|重选|换)(?:一下|下)?(?:我的)?(.{0,6})$", clean)
    if not found:
        return ""
    for slot in reader.knowledge.slots.values():
        if found[1] and (found[1] in slot.name or slot.name in found[1]):
            return slot.id
    return ""


def _bare(clean: str) -> str:
    """Without punctuation, blanks and polite trimmings."""
    clean = re.sub(r"[\s,，。.!！?？~～:：;；、/“”\"'()（）]+", "", clean)
    return re.sub(r"^(?:请|麻烦|那就|那)(?=.{2})|(?:吧|啊|呀|哦|了吧|一下)$", "", clean)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _DIGITS[text]


def _blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    chars = list(text)
    for start, end in spans:
        chars[start:end] = " " * (end - start)
    return "".join(chars).replace(" ", "")
