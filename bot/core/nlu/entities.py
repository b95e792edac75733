"""Mentions of the choices of all slots in a text, with their scope, and the facts among them.

A mention becomes a fact of a person when it is positive, stated (not asked, not supposed), of the
present, and of that person. A plan to open a business is the stage `idea`; a wish or a lack is a
need.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from bot.core.domain.knowledge import DISTRICT, IDENTITY, NEEDS, STAGE, Knowledge
from bot.core.nlu.durations import durations, founding_year, stage_of_age, times
from bot.core.nlu.gazetteer import Gazetteer, Mention
from bot.core.nlu.patterns import FILLER
from bot.core.nlu.scopes import SPEAKER, Clause, Mark, ScopeReader, Scopes

# Most characters, all chosen by hand on the development talks: between a subject and an identity;
# between a word of running a firm and its age; between a wish and a need; between a plan, the
# verb and the business; between a date and the founding; what a bare answer may have besides.
IDENTITY_GAP = 16
AGE_GAP = 10
WISH_GAP = 7
PLAN_GAP = 12
DATE_GAP = 9
BARE_REST_MAX = 1
# Most characters between a fact and the person after it: “出去打工回来的是我老婆”.
CLEFT_GAP = 6
# Most characters that the answer to a question has besides its choices: for one answer, and the
# least of it for the needs, where half of what the choices have counts too.
ANSWER_REST_MAX = 8
NEEDS_REST_MIN = 3
# Characters of the shortest noun that a slot word can describe.
MODIFIED_MIN = 2
IDEA, STARTUP = "idea", "startup"


# Kinds of words that may follow an identity which stands for itself.
_HEADS = frozenset({
    "heads", "also", "recently", "located", "self", "people", "plans", "wants", "lacks", "past",
    "negations", "breaks", "links", "asking", "modals", "negations_after",
})  # fmt: skip
# Kinds of words that may precede a statement whose subject is left out.
_LEAD = (
    "links", "recently", "breaks", "located", "plans", "wants", "past", "self", "self_again",
    "corrections", "adding", "also", "heads", "background_place", "not_founded",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entity:
    """A mention of a choice: the characters `start:end` of a text.

    `person`: SPEAKER or the name of another person. `sure`: the text names the person; else only
    the form of the sentence tells that it is about the speaker. `describes`: a noun follows that
    the text asks about: 农民工 in “农民工贷款”.
    """

    slot: str
    choice: str
    start: int
    end: int
    person: str = SPEAKER
    negated: bool = False
    sure: bool = True
    describes: bool = False


class Check(Protocol):
    """Whether a mention is a fact. `answer`: it may be one without a subject or a verb."""

    def __call__(
        self,
        scopes: Scopes,
        clause: Clause,
        mention: Mention,
        earlier: Sequence[Entity],
        *,
        answer: bool,
    ) -> bool: ...


@dataclass(frozen=True)
class EntityReader:
    """Reads entities with the words of one knowledge version."""

    knowledge: Knowledge
    scopes: ScopeReader
    gazetteers: Mapping[str, Gazetteer]

    def read(
        self,
        clean: str,
        *,
        pending: str = "",
        bare: bool = False,
        last_person: str = "",
        speaker: str = SPEAKER,
        year: int = 0,
    ) -> tuple[Scopes, list[Entity]]:
        """Return the scopes of a normalized text and the entities that are facts, in order.

        `pending`: the slot that was asked; `bare`: a choice alone is a statement; `last_person`:
        whom a pronoun means if the text names no one; `speaker`: of whom the text is before it
        names a person; `year`: the current year, 0 for unknown.
        """
        mentions = {slot: g.find(clean) for slot, g in self.gazetteers.items()}
        spans = [(m.start, m.end) for found in mentions.values() for m in found]
        people = [
            Mark(m.start, m.end, "role", self._label(m.choice)) for m in mentions.get(IDENTITY, ())
        ]
        scopes = self.scopes.read(clean, spans, people, last_person)
        found: list[Entity] = []
        bare = bare or bool(pending) or scopes.correcting
        for clause in scopes.clauses:
            inside = {s: _inside(clause, m) for s, m in mentions.items()}
            found += self._in_clause(scopes, clause, inside, found, pending=pending, bare=bare)
            found += self._stages(scopes, clause, found, pending=pending, bare=bare, year=year)
        if speaker != SPEAKER:
            found = [
                e if e.sure and scopes.named(e.start, e.end) else replace(e, person=speaker)
                for e in found
            ]
        found.sort(key=lambda e: (e.start, e.end))
        return scopes, _consistent(found, pending)

    def _label(self, choice: str) -> str:
        found = self.knowledge.slots[IDENTITY].choice(choice)
        return found.label if found else choice

    def _in_clause(
        self,
        scopes: Scopes,
        clause: Clause,
        mentions: Mapping[str, Sequence[Mention]],
        earlier: Sequence[Entity],
        *,
        pending: str,
        bare: bool,
    ) -> Iterator[Entity]:
        people = [m for slot, found in mentions.items() if slot != NEEDS for m in found]
        accepted: list[Entity] = []
        for slot, found in mentions.items():
            check = self._check(slot)
            rest = len(_remainder(scopes.text, clause, found if slot == NEEDS else people))
            alone = (not rest and (bare or slot != NEEDS)) or (bare and rest <= BARE_REST_MAX)
            matched = sum(m.end - m.start for m in found)
            most = max(NEEDS_REST_MIN, matched // 2) if slot == NEEDS else ANSWER_REST_MAX
            for mention in found:
                if self._is_withdrawn(scopes, clause, mention):
                    continue
                person, sure = self._person(scopes, clause, slot, mention)
                entity = Entity(
                    slot, mention.choice, mention.start, mention.end, person, sure=sure
                )
                if self._is_negated(scopes, clause, slot, mention):
                    lacks = slot == NEEDS and not self._is_cut(clause, mention)
                    if not lacks or not self._is_lacking(scopes, clause, mention):
                        accepted.append(replace(entity, negated=True))
                        continue
                if self._is_supposed(clause, mention):
                    continue
                answer = alone or (
                    slot == pending and rest <= most and self._answers(scopes, clause, mention)
                )
                kept = check(scopes, clause, mention, [*earlier, *accepted], answer=answer)
                modifies = slot == IDENTITY and self._is_modifier(scopes, clause, mention)
                answer_too = modifies and slot == pending and not clause.asks
                if answer_too and mention.start == clause.start:
                    accepted.append(replace(entity, describes=True))
                elif kept and (sure or not modifies):
                    accepted.append(replace(entity, sure=sure or (alone and bare)))
        return iter(accepted)

    def _answers(self, scopes: Scopes, clause: Clause, mention: Mention) -> bool:
        """Return whether a mention answers the pending question: its clause asks nothing."""
        return not clause.asks and not self._is_modifier(scopes, clause, mention)

    # -- scope of one mention ------------------------------------------------------------------

    def _person(
        self, scopes: Scopes, clause: Clause, slot: str, mention: Mention
    ) -> tuple[str, bool]:
        """Return of whom a mention is, and whether the text names that person."""
        reader = self.scopes
        following = (s for s in scopes.subjects if mention.end <= s.start <= clause.end)
        cleft = next(following, None)
        if cleft is not None:
            before = scopes.text[: cleft.start].removesuffix("我们").removesuffix("我")
            is_cleft = before.endswith("的是") and cleft.start - mention.end <= CLEFT_GAP
            cleft = cleft if is_cleft else None
        if cleft is not None and cleft.name != SPEAKER:
            return cleft.name, True
        if slot == IDENTITY and reader.is_served(scopes.text, clause, mention.start):
            joined = scopes.subject_before(clause, mention.end + 1)
            inside = joined is not None and joined.start >= mention.start
            return joined.name if joined and inside else self._label(mention.choice), True
        person = scopes.person_at(mention.start, mention.end)
        return person, bool(scopes.subjects) and scopes.subjects[0].start < mention.end

    def _is_negated(self, scopes: Scopes, clause: Clause, slot: str, mention: Mention) -> bool:
        reader = self.scopes
        if reader.chain(scopes.text, clause, mention.start, "negations"):
            return True
        if self._is_cut(clause, mention):
            return True
        past = clause.before(mention.start, "past")
        choice = self.knowledge.slots[slot].choice(mention.choice)
        if past and slot == IDENTITY and choice and not choice.lasting:
            return mention.choice in self._replaceable
        after = clause.after(mention.end, "negations_after")
        if after is not None and after.start - mention.end <= WISH_GAP:
            return True
        # “钱不用”: a negation that ends the clause.
        last = clause.after(mention.end, "negations")
        rest = scopes.text[last.end : clause.end] if last else "…"
        return last is not None and last.start == mention.end and rest in ("", "了", "的", "啊")

    @staticmethod
    def _is_cut(clause: Clause, mention: Mention) -> bool:
        """Return whether a negation reaches into a mention: “不缺钱”."""
        return any(m.start < mention.start < m.end for m in clause.of("negations"))

    def _is_supposed(self, clause: Clause, mention: Mention) -> bool:
        return clause.before(mention.start, "supposed") is not None

    def _is_withdrawn(self, scopes: Scopes, clause: Clause, mention: Mention) -> bool:
        """Return whether a later word of the clause takes a mention back: “县区写错”."""
        return clause.after(mention.end, "corrected_before") is not None

    def _is_modifier(self, scopes: Scopes, clause: Clause, mention: Mention) -> bool:
        """Return whether a noun follows that a mention only describes: “农民工贷款”."""
        if mention.end >= clause.end or scopes.text[mention.end] == " ":
            return False
        if any(mention.end == d.start for d in durations(scopes.text)):
            return False
        following = scopes.text[mention.end : clause.end].split(" ")[0]
        if len(FILLER.sub("", following)) < MODIFIED_MIN:
            return False
        return not any(m.start == mention.end and m.kind in _HEADS for m in clause.marks)

    @cached_property
    def _replaceable(self) -> frozenset[str]:
        return frozenset(
            r for slot in self.knowledge.slots.values() for c in slot.choices for r in c.replaces
        )

    # -- slots ---------------------------------------------------------------------------------

    def _is_identity(
        self, scopes: Scopes, clause: Clause, mention: Mention, earlier: Sequence[Entity],
        *, answer: bool,
    ) -> bool:  # fmt: skip
        slot = self.knowledge.slots[IDENTITY]
        choice = slot.choice(mention.choice)
        text, word = scopes.text, scopes.text[mention.start : mention.end]
        if clause.before(mention.start, "past") and not (choice and choice.lasting):
            return False
        follows = clause.after(mention.end, "later")
        if follows and follows.start == mention.end:
            return False
        subject = scopes.subject_before(clause, mention.end)
        if self.scopes.is_served(text, clause, mention.start):
            return True
        own = mention.choice in self.scopes.knowledge.scopes.get("possessions", ())
        plan = clause.before(mention.start, "plans")
        planned = plan is not None and (subject is None or plan.start >= subject.start)
        if planned and (own or not answer):
            return False
        if subject is not None and subject.kind != "role":
            if mention.start < subject.end:
                return own or (not clause.asks and text[mention.end : mention.end + 1] != "的")
            between = text[subject.end : mention.start]
            copula = self._is_link(clause, subject.end, mention.start)
            if (
                not clause.asks
                and not self._is_event(word)
                and self._describes(scopes, clause, mention)
            ):
                return False
            if clause.asks and mention.end > clause.asked_from:
                return False
            if not between and subject.name == SPEAKER:
                return own or self._is_event(word)
            if copula and between:
                return True
            if clause.asks and self._describes(scopes, clause, mention):
                return False
            if clause.asks:
                return (own and len(between) <= 2) or (self._is_event(word) and len(between) <= 4)
            joined = [m for m in clause.of("companions") if subject.end <= m.start < mention.start]
            return not joined and len(between) <= IDENTITY_GAP
        if clause.asks:
            return False
        event = self._is_event(word)
        named = bool(scopes.subjects) and scopes.subjects[0].start < mention.start
        after = clause.after(mention.end, "links")
        if after and after.start == mention.end and text[mention.end] == "是" and word[-1] != "的":
            return False
        beside = any(durations(text[clause.start : clause.end])) or any(
            clause.start <= m.start < clause.end for m in self.gazetteers[DISTRICT].find(text)
        )
        done = text[mention.start - 1 : mention.start] == "了"
        if own and not (event or done or beside) and clause.before(mention.start, "opening"):
            return False  # “新建孵化器”
        if answer or (event and self._is_leading(scopes, clause, mention.start)):
            return True
        if event:
            return False
        if self.scopes.chain(text, clause, mention.end, "self"):
            return False
        if clause.start < mention.start and self._is_link(clause, clause.start, mention.start):
            return True
        person = scopes.person_at(mention.start)
        known = [e for e in earlier if e.slot == IDENTITY and not e.negated and e.person == person]
        if known and named:
            return False
        if own and not beside and not self._is_leading(scopes, clause, mention.start):
            return False
        companion = clause.before(mention.start, "companions", "serving")
        return companion is None and not self._is_modifier(scopes, clause, mention)

    def _describes(self, scopes: Scopes, clause: Clause, mention: Mention) -> bool:
        """Return whether a word only describes the noun after it: 企业 in “企业的工程师”."""
        text, at = scopes.text, mention.end
        if text[at : at + 1] != "的":
            return self._is_modifier(scopes, clause, mention)
        if at + 1 >= clause.end or any(m.start == at + 1 for m in clause.of("heads", "plans")):
            return False
        same = self.gazetteers[IDENTITY].find(text)
        return not any(m.start == at + 1 and m.choice == mention.choice for m in same)

    @staticmethod
    def _is_leading(scopes: Scopes, clause: Clause, position: int, most: int = 1) -> bool:
        """Return whether only function words precede a position in its clause, so that its
        subject is left out."""
        covered = [False] * (position - clause.start)
        for mark in clause.of(*_LEAD):
            for at in range(mark.start, min(mark.end, position)):
                covered[at - clause.start] = True
        for start, end in times(scopes.text[clause.start : position]):
            covered[start:end] = [True] * (end - start)
        rest = [
            c
            for c, done in zip(scopes.text[clause.start : position], covered, strict=True)
            if not done and c != " "
        ]
        return len(rest) <= most

    def _is_event(self, word: str) -> bool:
        return self.scopes.contains("events", word)

    def _is_link(self, clause: Clause, start: int, end: int) -> bool:
        """Return whether linking words fill the text between two positions."""
        reached = {start}
        for mark in sorted(clause.of("links"), key=lambda m: m.start):
            if any(m.start == mark.start for m in clause.of("opening")):
                continue
            if mark.start in reached and mark.end <= end:
                reached.add(mark.end)
        return end in reached

    def _is_stage(
        self, scopes: Scopes, clause: Clause, mention: Mention, earlier: Sequence[Entity],
        *, answer: bool,
    ) -> bool:  # fmt: skip
        if clause.asks and mention.end > clause.asked_from:
            return False
        if clause.before(mention.start, "past"):
            return False
        planned = clause.before(mention.start, "plans")
        if planned and mention.choice != IDEA:
            return False
        subject = scopes.subject_before(clause, mention.end)
        return answer or not clause.asks or subject is not None

    def _is_district(
        self, scopes: Scopes, clause: Clause, mention: Mention, earlier: Sequence[Entity],
        *, answer: bool,
    ) -> bool:  # fmt: skip
        slot = self.knowledge.slots[DISTRICT]
        if clause.asks and mention.end > clause.asked_from:
            return False
        if mention.choice == slot.none_choice:
            text = scopes.text[clause.start : clause.end]
            return answer and len(text) <= mention.end - mention.start + 2
        background = clause.before(mention.start, "background_place") or (
            (after := clause.after(mention.end, "background_place")) and after.start == mention.end
        )
        if background:
            return False
        if answer:
            return True
        if clause.asks and scopes.subject_before(clause, mention.start) is None:
            return False
        located = any(m.end == mention.start and m.kind == "located" for m in clause.marks)
        after = clause.after(mention.end, "location_after")
        located = located or (after is not None and after.start == mention.end)
        firm = clause.before(mention.start, "running", "founded")
        return located or firm is not None

    def _is_need(
        self, scopes: Scopes, clause: Clause, mention: Mention, earlier: Sequence[Entity],
        *, answer: bool,
    ) -> bool:  # fmt: skip
        if clause.asks:
            if mention.end > clause.asked_from:
                return False
            known = [e for e in earlier if not e.negated and clause.start <= e.start]
            return bool(known) and self._is_lacking(scopes, clause, mention)
        text = scopes.text
        dear = clause.after(mention.end, "too_dear")
        if dear and dear.start - mention.end <= 3:
            return True
        if answer:
            return True
        if clause.before(mention.start, "wants_not"):
            return False
        if clause.before(mention.start, "past"):
            return False
        inside = [m for m in clause.of("wants") if mention.start == m.start]
        wish = self._wish(scopes, clause, mention)
        asks = any(c.asks for c in scopes.clauses)
        if wish and asks and self.scopes.has("plans", text[wish.start : wish.end]):
            wish = None  # “想休学，找谁”: the wish is what the question is about
        wished = bool(inside) or wish is not None or self._is_lacking(scopes, clause, mention)
        first = wish.start if wish else mention.start
        elided = scopes.subject_before(clause, first) is None and not scopes.continues(clause)
        if elided and wish:
            wished = wished and self._is_leading(scopes, clause, first, 0)
        if wished and not self._is_topic(scopes, clause, mention):
            return True
        previous = [e for e in earlier if e.slot == NEEDS and not e.negated]
        if previous and previous[-1].end <= mention.start:
            between = text[previous[-1].end : mention.start]
            also = self.scopes.contains("also", between) or not between
            return also and len(between) <= WISH_GAP
        return False

    def _wish(self, scopes: Scopes, clause: Clause, mention: Mention) -> Mark | None:
        """Return the first wish, not a lack, shortly before a mention: “想找个铺面”."""
        for mark in clause.of("wants"):
            near = 0 <= mention.start - mark.end <= WISH_GAP
            if near and scopes.text[mark.start : mark.end] not in self._lacks:
                return mark
        return None

    def _is_topic(self, scopes: Scopes, clause: Clause, mention: Mention) -> bool:
        """Return whether more text follows that makes the need a part of something else:
        “没钱治病”."""
        rest = FILLER.sub("", scopes.text[mention.end : clause.end])
        return len(rest) > PLAN_GAP

    def _is_lacking(self, scopes: Scopes, clause: Clause, mention: Mention) -> bool:
        text = scopes.text
        word = text[mention.start : mention.end]
        lack = clause.before(mention.start, "lacks")
        near = lack is not None and self.scopes.chain(text, clause, mention.start, "lacks")
        return near or any(word.startswith(w) for w in self._lacks)

    @cached_property
    def _lacks(self) -> tuple[str, ...]:
        return tuple(self.knowledge.scopes.get("lacks", ()))

    def _check(self, slot: str) -> Check:
        """Return the test whether a mention of a slot is a fact."""
        checks: dict[str, Check] = {
            IDENTITY: self._is_identity,
            DISTRICT: self._is_district,
            NEEDS: self._is_need,
        }
        return checks.get(slot, self._is_stage)

    # -- stages that no word names -------------------------------------------------------------

    def _stages(
        self,
        scopes: Scopes,
        clause: Clause,
        earlier: Sequence[Entity],
        *,
        pending: str,
        bare: bool,
        year: int,
    ) -> Iterator[Entity]:
        """Return the stages that follow from a plan, an age or a date."""
        if STAGE not in self.knowledge.slots:
            return
        for start, end, stage in (
            *self._planned(scopes, clause, earlier),
            *self._aged(scopes, clause, earlier, asked=pending == STAGE or scopes.correcting),
            *self._dated(scopes, clause, earlier, year),
        ):
            if clause.asks and (end > clause.asked_from or not scopes.subject_before(clause, end)):
                continue
            before = clause.before(end, "supposed")
            if before is None and clause.after(end, "corrected_before") is None:
                person = scopes.person_at(start)
                sure = bool(scopes.subjects) and scopes.subjects[0].start < end
                yield Entity(STAGE, stage, start, end, person, sure=sure)

    def _planned(
        self, scopes: Scopes, clause: Clause, earlier: Sequence[Entity]
    ) -> Iterator[tuple[int, int, str]]:
        """Return the plans to open a business: “打算在三江办个厂”."""
        text = scopes.text
        if any(e.choice == "company" and e.sure and not e.negated for e in earlier):
            return
        for plan in clause.of("plans"):
            elided = scopes.subject_before(clause, plan.start) is None
            elided = elided and not scopes.continues(clause)
            if elided and not self._is_leading(scopes, clause, plan.start):
                continue
            if text[plan.start - 1 : plan.start] in ("不", "没") and plan.start > clause.start:
                continue
            for opening in clause.of("opening"):
                near = 0 <= opening.start - plan.end <= PLAN_GAP
                near = near and scopes.subject_before(
                    clause, opening.start
                ) == scopes.subject_before(clause, plan.start)
                rest = text[opening.start : min(clause.end, opening.end + PLAN_GAP)]
                if near and any(word in rest for word in self._ventures):
                    yield plan.start, opening.end, IDEA
                    return

    @cached_property
    def _ventures(self) -> tuple[str, ...]:
        return (*self.knowledge.overview.get("ventures", ()), "养", "种")

    def _aged(
        self, scopes: Scopes, clause: Clause, earlier: Sequence[Entity], *, asked: bool
    ) -> Iterator[tuple[int, int, str]]:
        """Return the stages by the age of a firm: “开了五年”."""
        text = scopes.text
        if any(clause.of("not_running")) or any(clause.of("past")):
            return
        for duration in durations(text[clause.start : clause.end]):
            start, end = clause.start + duration.start, clause.start + duration.end
            if (
                duration.years == 0
                and text[start] in "一1"
                and text[end : end + 1] not in ("", "了", "多")
            ):
                continue  # “一个月能赚多少” is a rate
            if clause.before(start, "plans"):
                continue
            running = clause.before(start, "running")
            before = text[clause.start : start]
            done = before.endswith("了")
            verb = text[: start - 1] if done else ""
            if done and not any(m.end == start - 1 for m in clause.of("running")):
                running = None
            if running is not None and start - running.end <= AGE_GAP:
                yield start, end, stage_of_age(duration.years)
                continue
            rest = len(FILLER.sub("", before + text[end : clause.end]))
            firm = any(e.slot in (STAGE, DISTRICT) or e.choice == "company" for e in earlier)
            runs = any(any(c.of("running")) for c in scopes.clauses if c.start < clause.start)
            if text[end : end + 1] == "是":
                continue
            if (asked or firm or runs) and rest <= 3 and not verb:
                yield start, end, stage_of_age(duration.years)

    def _dated(
        self, scopes: Scopes, clause: Clause, known: Sequence[Entity], year: int
    ) -> Iterator[tuple[int, int, str]]:
        """Return the stages by the date of founding: “今年三月注册的”, “22年注册的”."""
        text = scopes.text
        for founded in clause.of("founded"):
            not_yet = clause.before(founded.end, "not_founded")
            if not_yet is not None and founded.start - not_yet.end <= 4:
                continue
            recent = clause.before(founded.start, "recently")
            near = recent is not None and founded.start - recent.end <= DATE_GAP
            # “去年刚毕业，开了个店”: the firm is younger than the event before.
            earlier = scopes.text[founded.start : founded.end].endswith("了") and any(
                any(c.of("recently")) and any(c.start <= e.start < c.end for e in known)
                for c in scopes.clauses
                if c.start < clause.start
            )
            if near or (earlier and any(clause.of("running"))):
                yield founded.start, founded.end, STARTUP
                return
            dated = founding_year(text[clause.start : clause.end], year) if year else None
            if dated and 0 <= founded.start - (clause.start + dated[1]) <= DATE_GAP:
                yield clause.start + dated[0], founded.end, stage_of_age(year - dated[2])
                return


def _inside(clause: Clause, mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    return tuple(m for m in mentions if clause.start <= m.start and m.start < clause.end)


def _remainder(text: str, clause: Clause, mentions: Sequence[Mention]) -> str:
    """Return a clause without its mentions and without filler."""
    characters = list(text)
    for mention in mentions:
        characters[mention.start : mention.end] = " " * (mention.end - mention.start)
    return FILLER.sub("", "".join(characters[clause.start : clause.end]).replace(" ", ""))


def _consistent(found: Sequence[Entity], pending: str) -> list[Entity]:
    """Drop what another entity covers: a need inside a stage (“还没注册”)."""

    def covers(other: Entity, entity: Entity) -> bool:
        droppable = entity.slot == NEEDS or (entity.slot == IDENTITY and pending != IDENTITY)
        inside = other.start <= entity.start and entity.end <= other.end
        longer = other.end - other.start > entity.end - entity.start
        return droppable and inside and longer and other.slot != entity.slot

    return [e for e in found if not any(covers(o, e) for o in found)]
