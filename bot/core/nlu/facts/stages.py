"""The stages of a firm that no word names: a plan, the age of a firm, the date of its founding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.core.domain.knowledge import DISTRICT, IDENTITY, STAGE
from bot.core.nlu.facts.durations import Duration, durations, founding_year
from bot.core.nlu.facts.entities import (
    ClauseReading,
    Entity,
    EntityWords,
    Situation,
    consistent,
    mentions_in,
)
from bot.core.nlu.facts.firm_stages import FirmStages
from bot.core.nlu.facts.gazetteer import Mention
from bot.core.nlu.facts.scopes import SPEAKER, Clause, Mark, Scopes
from bot.core.nlu.patterns import FILLER

# Most characters, all chosen by hand on the development talks: between a word of running a firm
# and its age; between a plan, the verb and the business; between a date and the founding; besides
# an age that stands for itself.
AGE_GAP = 10
PLAN_GAP = 12
DATE_GAP = 9
AGE_REST_MAX = 3

Span = tuple[int, int, str]


@dataclass(frozen=True)
class StageReading:
    """The stages in one clause."""

    reading: ClauseReading
    ventures: Sequence[str]

    @property
    def stages(self) -> FirmStages:
        """The choices that mean a stage of a firm."""
        return self.reading.words.firm_stages

    def entities(self) -> Iterator[Entity]:
        """Return the stages that follow from a plan, an age or a date."""
        clause, scopes = self.reading.clause, self.reading.scopes
        for start, end, stage in (*self._planned(), *self._aged(), *self._dated()):
            if not stage:
                continue
            if clause.asks and (end > clause.asked_from or not scopes.subject_before(clause, end)):
                continue
            if not clause.before(end, "supposed") and not clause.after(end, "corrected_before"):
                sure = scopes.named(0, end)
                yield Entity(STAGE, stage, start, end, scopes.person_at(start), sure=sure)

    def _planned(self) -> Iterator[Span]:
        """Return the plans to open a business: “打算在三江办个厂”."""
        reading, clause, scopes = self.reading, self.reading.clause, self.reading.scopes
        if any(e.choice == self.stages.firm and e.sure and not e.negated for e in reading.earlier):
            return
        for plan in clause.of("plans"):
            subject = scopes.subject_before(clause, plan.start)
            elided = subject is None and not scopes.continues(clause)
            if elided and not reading.is_leading(plan.start):
                continue
            if plan.start > clause.start and reading.text[plan.start - 1] in "不没":
                continue
            for opening in clause.of("opening"):
                near = 0 <= opening.start - plan.end <= PLAN_GAP
                rest = reading.text[clause.start : min(clause.end, opening.end + PLAN_GAP)]
                same = scopes.subject_before(clause, opening.start) == subject
                if near and same and any(word in rest for word in self.ventures):
                    yield opening.start, opening.end, self.stages.planned
                    return

    def _aged(self) -> Iterator[Span]:
        """Return the stages by the age of a firm: “开了五年”."""
        clause, text = self.reading.clause, self.reading.text
        if any(clause.of("not_running", "past")):
            return
        for found in durations(text[clause.start : clause.end]):
            start, end = clause.start + found.start, clause.start + found.end
            if self._is_denied(start) or self._is_of_trade(start, end):
                continue
            after = text[end : end + 1]
            if found.years == 0 and text[start] in "一1" and after not in ("", "了", "多"):
                continue  # “一个月能赚多少” is a rate
            if not clause.before(start, "plans") and self._is_age(Duration(start, end, 0)):
                yield start, end, self.stages.of_age(found.years)

    def _is_denied(self, start: int) -> bool:
        """Return whether a duration is denied: “不是半年”, not “不到一年”."""
        reading = self.reading
        bound = reading.text[start - 1 : start] in ("到", "满", "足")
        chain = reading.words.scopes.chain
        return not bound and chain(reading.text, reading.clause, start, "negations")

    def _is_of_trade(self, start: int, end: int) -> bool:
        """Return whether a duration is part of an identity (在外打工八年), or says how long the
        speaker did a kind of work: “干了三十五年机床”."""
        own = self.reading.words.possessions
        people = [e for e in self.reading.earlier if e.slot == IDENTITY and e.choice not in own]
        if any(e.start <= start < e.end for e in people):
            return True
        clause, text = self.reading.clause, self.reading.text
        last = max((m.start for m in clause.of("running") if m.end <= start), default=-1)
        works = any(m.start == last for m in clause.of("working"))
        if clause.after(end, "running"):
            return False  # “做了六年生意”
        noun = FILLER.sub("", text[end : clause.end])
        return works and len(noun) > 1 and noun[:1] not in "多半来"

    def _is_age(self, age: Duration) -> bool:
        """Return whether a duration is the age of a firm."""
        reading, clause, text = self.reading, self.reading.clause, self.reading.text
        if any(e.start <= age.start < e.end for e in reading.earlier if e.slot == IDENTITY):
            return text[age.end : age.end + 1] == "的"  # “有家五年的公司”
        before = text[clause.start : age.start]
        done = before.endswith("了")
        running = clause.before(age.start, "running")
        if done and not any(m.end == age.start - 1 for m in clause.of("running")):
            return False
        if running is not None and age.start - running.end <= AGE_GAP:
            return True
        if done or text[age.end : age.end + 1] == "是":
            return False
        alone = reading.situation.pending == IDENTITY and len(text) <= age.end + 1
        asked = reading.situation.pending == STAGE or reading.scopes.correcting or alone
        own = self.stages.firm
        firm = any(e.slot in (STAGE, DISTRICT) or e.choice == own for e in reading.earlier)
        runs = any(any(c.of("running")) for c in self._clauses_before())
        rest = FILLER.sub("", before + text[age.end : clause.end])
        return (asked or firm or runs) and len(rest) <= AGE_REST_MAX

    def _dated(self) -> Iterator[Span]:
        """Return the stages by the date of founding: “今年三月注册的”, “22年注册的”."""
        reading, clause, text = self.reading, self.reading.clause, self.reading.text
        year = reading.situation.year
        for founded in clause.of("founded"):
            not_yet = clause.before(founded.end, "not_founded")
            if not_yet is not None and founded.start - not_yet.end <= 4:
                continue
            recent = clause.before(founded.start, "recently")
            near = recent is not None and founded.start - recent.end <= DATE_GAP
            if near or self._follows_event(founded):
                yield founded.start, founded.end, self.stages.young
                return
            dated = founding_year(text[clause.start : clause.end], year) if year else None
            if dated and 0 <= founded.start - (clause.start + dated[1]) <= DATE_GAP:
                stage = self.stages.of_age(year - dated[2])
                yield clause.start + dated[0], founded.end, stage
                return

    def _follows_event(self, founded: Mark) -> bool:
        """Return whether a recent event comes first: “去年刚毕业，开了个店”. The firm is younger
        than the event."""
        known = self.reading.earlier
        return self.reading.text[founded.start : founded.end].endswith("了") and any(
            any(c.of("recently")) and any(c.start <= e.start < c.end for e in known)
            for c in self._clauses_before()
        )

    def _clauses_before(self) -> Iterable[Clause]:
        return (c for c in self.reading.scopes.clauses if c.start < self.reading.clause.start)


def read_entities(
    words: EntityWords, clean: str, situation: Situation
) -> tuple[Scopes, dict[str, tuple[Mention, ...]], list[Entity]]:
    """Return the scopes of a normalized text, the mentions of choices by slot, and the entities
    that are facts, in order."""
    scopes, mentions = words.read_scopes(clean, situation)
    ventures = (
        *words.knowledge.questions.get("ventures", ()),
        *words.knowledge.scopes.get("undertakings", ()),
    )
    found: list[Entity] = []
    for clause in scopes.clauses:
        inside = {s: tuple(mentions_in(clause, m)) for s, m in mentions.items()}
        reading = ClauseReading(words, scopes, clause, situation, inside, tuple(found))
        found += reading.entities()
        if STAGE in words.knowledge.slots:
            reading = replace(reading, earlier=tuple(found))
            found += StageReading(reading, ventures).entities()
    found = [e for e in found if not is_closed(words.firm_stages, scopes, e)]
    if situation.speaker != SPEAKER:
        found = [
            e if e.sure and scopes.named(e.start, e.end) else replace(e, person=situation.speaker)
            for e in found
        ]
    found.sort(key=lambda e: (e.start, e.end))
    return scopes, mentions, consistent(found, situation.pending)


def is_closed(stages: FirmStages, scopes: Scopes, entity: Entity) -> bool:
    """Return whether a firm, or its stage, was closed: “开了三年，去年关了”."""
    running = entity.slot == STAGE and entity.choice != stages.planned
    firm = entity.choice == stages.firm or running
    if not firm or entity.negated:
        return False
    number = next(n for n, c in enumerate(scopes.clauses) if c.start <= entity.start < c.end)
    return any(
        mark.start >= entity.end
        and not clause.asks
        and not scopes.text[clause.start : mark.start].endswith(("没", "没有", "不", "未"))
        and scopes.person_at(mark.start) == entity.person
        for clause in scopes.clauses[number : number + 2]
        for mark in clause.of("closed")
    )
