"""Scopes of a text: its clauses, and of whom, when and how sure each place of it speaks.

The words come from the knowledge (`Knowledge.scopes`, `Knowledge.people`); this module knows only
what each kind of word does to the text before or after it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from bot.core.domain.knowledge import Knowledge
from bot.core.nlu.facts.word_scanner import Hit, WordScanner
from bot.core.text.normalizer import Lexicon, segment_spans

# The name of the speaker among persons, and of a person whom only a pronoun names.
SPEAKER = ""
# Most characters between “帮” and the person, and between the person and “问”.
_BEHALF_MAX = 6
# A clause shorter than this is not cut from the next one at a discourse marker.
_CLAUSE_MIN = 4
# Longest text that asks about a topic by 呢 alone.
_TOPIC_MAX = 6
# Texts whose scopes are cached: one turn asks for the same text several times.
CACHE_SIZE = 256
# Kinds whose words hide the shorter words inside them: “想问” contains no wish.
_GUARDS = frozenset({
    "negations", "negations_after", "met", "plan_not", "asking", "wants_not", "people",
    "not_people", "reports", "self", "self_again", "supposed", "corrections", "past",
    "whole_words",
})  # fmt: skip
# Kinds whose words have no scope of their own inside a slot word: 小孩 in “小孩上学”.
_PARTS = frozenset({
    "people", "role", "negations", "reports", "supposed", "past", "companions", "also",
})  # fmt: skip
_A_NOT_A = re.compile(r"([\u4e00-\u9fff]{1,2})[不没]\1")
_ASKING_END = re.compile(r"[吗么咩嘛不没冇]$|^那.*呢$")
# A child, by its age, or somebody who does not exist: nobody whose matter it can be.
_NO_SUBJECT = re.compile(
    r"(?:才|今年|刚)?(?:1?[0-9]|十?[一二两三四五六七八九]|十)岁|(?:没有|没得|冇)$"
)
_LATIN = re.compile(r"[a-z']")


@dataclass(frozen=True, slots=True)
class Mark:
    """A word of a scope list. `name`: for a person, the name that replies use."""

    start: int
    end: int
    kind: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a text with its marks. `asked_from`: where its question begins; `end` if it asks
    nothing. `segment`: the number of the segment between punctuation that it belongs to."""

    start: int
    end: int
    segment: int
    marks: tuple[Mark, ...]
    asked_from: int

    @property
    def asks(self) -> bool:
        """Return whether the clause contains a question."""
        return self.asked_from < self.end

    def of(self, *kinds: str) -> Iterable[Mark]:
        """Return the marks of these kinds, in order."""
        return (mark for mark in self.marks if mark.kind in kinds)

    def before(self, position: int, *kinds: str) -> Mark | None:
        """Return the last mark of these kinds that ends at a position or before it."""
        found = None
        for mark in self.marks:
            if mark.kind in kinds and mark.end <= position:
                found = mark
        return found

    def after(self, position: int, *kinds: str) -> Mark | None:
        """Return the first mark of these kinds that starts at a position or after it."""
        return next((m for m in self.marks if m.kind in kinds and m.start >= position), None)


@dataclass(frozen=True, slots=True)
class Scopes:
    """The scopes of one text.

    `subjects`: where a person becomes the one whom the text is about, in order. `about`: the
    person whose matter the message is; None if it says nothing about that. `self_again`: the
    message returns to the speaker.
    """

    text: str
    clauses: tuple[Clause, ...]
    subjects: tuple[Mark, ...]
    people: tuple[str, ...] = ()
    about: str | None = None
    correcting: bool = False
    adding: bool = False
    positions: tuple[int, ...] = field(default=(), repr=False)

    def person_at(self, position: int, end: int = -1) -> str:
        """Return whom the text is about at a position. A subject inside `position:end` counts."""
        number = bisect_right(self.positions, max(position, end - 1)) - 1
        return self.subjects[number].name if number >= 0 else SPEAKER

    def clause_at(self, position: int) -> Clause:
        """Return the clause of a position inside one."""
        return next(c for c in self.clauses if c.start <= position < c.end)

    def continues(self, clause: Clause) -> bool:
        """Return whether a clause goes on in the segment in which an earlier one has a subject."""
        starts = [c.start for c in self.clauses if c.segment == clause.segment]
        return any(min(starts) <= s.start < clause.start for s in self.subjects)

    def named(self, start: int, end: int) -> bool:
        """Return whether the text names a person before a span, or in it."""
        return bool(self.subjects) and self.subjects[0].start < max(start + 1, end)

    def subject_before(self, clause: Clause, end: int) -> Mark | None:
        """Return the last subject of a clause that starts before `end`."""
        return self.subject_in(clause.start, end)

    def subject_in(self, start: int, end: int) -> Mark | None:
        """Return the last subject that starts in a part of the text."""
        found = [m for m in self.subjects if start <= m.start < end]
        return found[-1] if found else None


@dataclass(frozen=True)
class ScopeReader:
    """Reads scopes with the words of one knowledge version."""

    knowledge: Knowledge
    lexicon: Lexicon

    @cached_property
    def _scanner(self) -> WordScanner[tuple[str, str]]:
        return WordScanner(self._pairs())

    def _pairs(self) -> Iterable[tuple[str, tuple[str, str]]]:
        normalize = self.lexicon.normalize
        for kind, words in self.knowledge.scopes.items():
            yield from ((normalize(word), (kind, "")) for word in words)
        for name, words in self.knowledge.people.items():
            yield from ((normalize(word), ("people", name)) for word in words)
        for word in self.knowledge.scopes.get("roles", ()):
            yield (normalize(word), ("role", word))

    def has(self, kind: str, word: str) -> bool:
        """Return whether a list has this word."""
        return word in self._words.get(kind, ())

    @cached_property
    def _words(self) -> Mapping[str, frozenset[str]]:
        normalize = self.lexicon.normalize
        return {k: frozenset(map(normalize, w)) for k, w in self.knowledge.scopes.items()}

    def contains(self, kind: str, text: str) -> bool:
        """Return whether a text contains a word of a list."""
        return any(word in text for word in self._words.get(kind, ()))

    @cached_property
    def marks(self) -> Callable[[str], tuple[Mark, ...]]:
        """Return the marks of a normalized text (cached)."""
        return lru_cache(maxsize=CACHE_SIZE)(self._marks)

    def _marks(self, clean: str) -> tuple[Mark, ...]:
        hits = [h for h in self._scanner.scan(clean) if _is_whole(clean, h.start, h.end)]
        guards = [h for h in hits if h.value[0] in _GUARDS and h.end - h.start > 1]
        kept = [Mark(h.start, h.end, *h.value) for h in hits if not _is_hidden(h, guards)]
        return tuple(kept)

    def is_denied(self, clean: str, start: int, *, need: bool = False) -> bool:
        """Return whether the text before a mention denies it: “不是学生”. Before a need, a word
        for a lack states it: “没有场地”."""
        marks = self.marks(clean)
        clause = Clause(0, len(clean), 0, marks, len(clean))
        lacks = self._words.get("lacks", frozenset()) if need else ()
        return self.chain(clean, clause, start, "negations", *lacks)

    def read(
        self,
        clean: str,
        words: Sequence[tuple[int, int]] = (),
        people: Sequence[Mark] = (),
        last_person: str = "",
    ) -> Scopes:
        """Return the scopes of a normalized text.

        `words`: spans of slot words; a person or a negation inside one is a part of it (小孩上学).
        `people`: slot words that name people, with their names; they count where the speaker
        employs, teaches or serves them. `last_person`: whom a pronoun means if the text names no
        one.
        """
        marks = [m for m in self.marks(clean) if not _is_part(m, words)]
        clauses = self._clauses(clean, marks)
        subjects, named, about = self._subjects(clean, clauses, people, last_person)
        corrections = [m for m in marks if m.kind == "corrections"]
        return Scopes(
            clean,
            clauses,
            subjects,
            named,
            about,
            bool(corrections),
            any(m.kind == "adding" for m in marks),
            tuple(m.start for m in subjects),
        )

    def _clauses(self, clean: str, marks: Sequence[Mark]) -> tuple[Clause, ...]:
        clauses: list[Clause] = []
        for number, (start, end) in enumerate(segment_spans(clean)):
            inside = [m for m in marks if start <= m.start and m.end <= end]
            cuts = [start]
            for mark in (m for m in inside if m.kind == "breaks"):
                denied = any(m.kind == "negations" and m.end == mark.start for m in inside)
                far = mark.start - cuts[-1] >= _CLAUSE_MIN
                if far and not denied:
                    cuts.append(mark.start)
            question = clean[end : end + 2].strip()[:1] in ("?", "？")
            for at, (first, last) in enumerate(zip(cuts, [*cuts[1:], end], strict=True)):
                own = tuple(m for m in inside if first <= m.start and m.end <= last)
                ends_asking = question and at == len(cuts) - 1
                asked = self._asked_from(clean, first, last, own, ends_asking=ends_asking)
                if clauses and clauses[-1].asks and clean.startswith("还是", first):
                    asked = first
                clauses.append(Clause(first, last, number, own, asked))
        return tuple(clauses)

    def _asked_from(
        self, clean: str, start: int, end: int, marks: Sequence[Mark], *, ends_asking: bool
    ) -> int:
        part = clean[start:end]
        asking = [m.start for m in marks if m.kind == "asking"]
        if found := _A_NOT_A.search(part):
            asking.append(start + found.start())
        if 0 <= part.find("是") < part.find("还是"):
            asking.append(start + part.find("是"))
        topic = end - start == len(clean) <= _TOPIC_MAX and part.endswith("呢")
        if topic and not self.contains("events", part):
            return start  # “学生呢”
        ending = _ASKING_END.search(part)
        if not asking and not ending and not ends_asking:
            return end
        trailing = end - 1 if ending else end
        real = [at for at in asking if at < trailing]
        modal = [m.start for m in marks if m.kind == "modals" and m.start < trailing]
        if real or modal:
            return min([*real, *modal])
        return start

    def _subjects(
        self, clean: str, clauses: Sequence[Clause], people: Sequence[Mark], last_person: str
    ) -> tuple[tuple[Mark, ...], tuple[str, ...], str | None]:
        """Return the subjects, the other people named, and whose matter the message is."""
        subjects: list[Mark] = []
        named: list[str] = []
        about: str | None = None
        for clause in clauses:
            inside = [p for p in people if clause.start <= p.start and p.end <= clause.end]
            served = [p for p in inside if self.is_served(clean, clause, p.start)]
            for mark in sorted((*clause.marks, *served), key=lambda m: m.start):
                if mark.kind not in ("self", "self_again", "people", "pronouns", "role"):
                    continue
                name = mark.name
                if mark.kind == "self_again" and _is_possessor(mark, clause):
                    continue  # “讲回我儿子”
                if mark.kind == "self_again":
                    about, name = SPEAKER, SPEAKER
                elif mark.kind == "pronouns":
                    name = (named[-1:] or [last_person or clean[mark.start : mark.end]])[0]
                elif mark.kind == "role" and not self._is_possessed(clean, clause, mark):
                    if self._is_companion(clean, clause, mark):
                        named.append(name)
                    continue
                elif mark.kind == "people" and (
                    self._is_predicate(clean, clause, mark)
                    or _NO_SUBJECT.match(clean[mark.end : clause.end])
                ):
                    continue
                other = mark.kind in ("people", "pronouns", "role")
                if other and self._asks_for(clean, clause, mark):
                    about = name
                elif other and self._is_reporting(clause, mark):
                    continue
                elif other and self._is_companion(clean, clause, mark):
                    named.append(name)
                    continue
                elif mark.kind == "self" and self._is_object(clean, clause, mark):
                    continue
                if other:
                    named.append(name)
                follows = subjects and subjects[-1].end == mark.start and mark.kind == "people"
                if follows and subjects[-1].name == SPEAKER:
                    subjects.pop()  # “我儿子”
                subjects.append(Mark(mark.start, mark.end, mark.kind, name))
        return tuple(subjects), tuple(dict.fromkeys(named)), about

    def _asks_for(self, clean: str, clause: Clause, mark: Mark) -> bool:
        """Return whether the message asks on behalf of a person: “帮我儿子问一下”."""
        behalf = clause.before(mark.start, "on_behalf")
        if behalf is None or mark.start - behalf.end > _BEHALF_MAX:
            return False
        asks = clause.after(mark.end, "asks_for")
        return asks is not None and asks.start - mark.end <= _BEHALF_MAX

    def _is_possessed(self, clean: str, clause: Clause, mark: Mark) -> bool:
        served = mark.kind == "pronouns" and self.is_served(clean, clause, mark.start)
        inside = any(
            m.kind == "serving" and m.end == mark.start and clean[m.end - 1] == "的"
            for m in clause.marks
        )  # “我们空间里的团队”
        return (
            served
            or inside
            or self._follows(clean, clause, mark.start, "self", through="counters", stop="是")
        )

    def is_served(self, clean: str, clause: Clause, start: int) -> bool:
        """Return whether what starts here is somebody whom the speaker employs, teaches or serves:
        “招了几个农民工”."""
        return self._follows(clean, clause, start, "serving", through="counters", stop="")

    def _is_predicate(self, clean: str, clause: Clause, mark: Mark) -> bool:
        """Return whether a word for a person says what the speaker is: “我是两个孩子的妈妈”."""
        me = clause.before(mark.start, "self")
        return me is not None and clean[me.end :].startswith("是") and mark.end <= clause.end

    @staticmethod
    def _is_reporting(clause: Clause, mark: Mark) -> bool:
        """Return whether only the words of a person are told: “我妈说”."""
        report = clause.after(mark.end, "reports")
        return report is not None and report.start - mark.end <= 3

    def _is_companion(self, clean: str, clause: Clause, mark: Mark) -> bool:
        if any(m.kind == "introducing" and m.end == mark.start for m in clause.marks):
            return False
        served = mark.kind == "pronouns" and self.is_served(clean, clause, mark.start)
        raised = clause.before(mark.start, "raising") if mark.kind == "people" else None
        if raised and mark.start - raised.end <= _BEHALF_MAX and clean[mark.start - 1] == "的":
            return True
        return served or self._follows(
            clean, clause, mark.start, "companions", through="counters", stop="", also="self"
        )

    def _is_object(self, clean: str, clause: Clause, mark: Mark) -> bool:
        """Return whether “我” is an object: “帮我”."""
        return any(m.kind == "companions" and m.end == mark.start for m in clause.marks)

    def _follows(
        self, clean: str, clause: Clause, start: int, kind: str, *, through: str, stop: str,
        also: str = "",
    ) -> bool:  # fmt: skip
        """Return whether a word of `kind` precedes a position, with words of the list `through`
        (or of the kind `also`) in between."""
        at = start
        for _ in range(6):
            before = [m for m in clause.marks if m.end == at]
            if any(m.kind == kind for m in before):
                return True
            steps = [
                m.start
                for m in before
                if m.kind in (through, also) and clean[m.start : m.end] != stop
            ]
            if not steps:
                return False
            at = min(steps)
        return False

    def chain(self, clean: str, clause: Clause, start: int, kind: str, *ignored: str) -> bool:
        """Return whether a word of `kind` precedes a position with only linking words between:
        “不是什么学生”. `ignored`: words that do not count."""
        at = start
        for _ in range(8):
            while at > clause.start and clean[at - 1] == " ":
                at -= 1
            before = [m for m in clause.marks if m.end == at]
            if any(m.kind == kind and clean[m.start : m.end] not in ignored for m in before):
                return True
            steps = [m.start for m in before if m.kind in ("links", "located")]
            if not steps:
                return False
            at = min(steps)
        return False


def _is_hidden(hit: Hit[tuple[str, str]], guards: Sequence[Hit[tuple[str, str]]]) -> bool:
    """Return whether a longer word hides a word. What is no wish (要什么) may still ask."""
    start, end, (kind, _) = hit
    for guard in guards:
        inside = (
            guard.start <= start and end <= guard.end and end - start < guard.end - guard.start
        )
        if inside and not (kind == "asking" and guard.value[0] == "wants_not"):
            return True
    return False


def _is_possessor(mark: Mark, clause: Clause) -> bool:
    """Return whether “我” at the end of a word only belongs to a person: 讲回我儿子."""
    return any(mark.end - 1 <= m.start <= mark.end for m in clause.of("people"))


def _is_part(mark: Mark, words: Sequence[tuple[int, int]]) -> bool:
    """Return whether a mark is a part of a slot word and has no scope of its own."""
    if mark.kind not in _PARTS:
        return False
    strict = mark.kind in ("role", "negations")
    return any(
        s <= mark.start and mark.end <= e and not (strict and (s, e) == (mark.start, mark.end))
        for s, e in words
    )


def _is_whole(clean: str, start: int, end: int) -> bool:
    """Return whether a Latin word stands alone: “i” in “i am”, not in “in”."""
    if not _LATIN.match(clean[start]):
        return True
    joined = start and _LATIN.match(clean[start - 1])
    return not joined and not (end < len(clean) and _LATIN.match(clean[end]))
