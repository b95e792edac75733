"""Mentions of the choices of all slots in a text, with their scope, and the facts among them.

A mention becomes a fact of a person when it is positive, stated (not asked, not supposed), of the
present, and of that person. A wish or a lack is a need. Stages that no word names (a plan, an age,
a date) are read by `bot.core.nlu.facts.stages`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bot.core.domain.knowledge import DISTRICT, IDENTITY, NEEDS, Choice, Knowledge, Slot
from bot.core.nlu.facts.durations import durations, times
from bot.core.nlu.facts.firm_stages import FirmStages, firm_stages
from bot.core.nlu.facts.gazetteer import Gazetteer, Mention
from bot.core.nlu.facts.scopes import SPEAKER, Clause, Mark, ScopeReader, Scopes
from bot.core.nlu.patterns import FILLER, Span, rest_without
from bot.core.text.normalizer import Lexicon

# Most characters, all chosen by hand on the development talks: between a subject and an identity;
# between a wish and a need; after a need that is a part of something else; what a bare answer may
# have besides; between a fact and the person after it (“出去打工回来的是我老婆”).
IDENTITY_GAP = 16
WISH_GAP = 7
TOPIC_MAX = 12
DEAR_GAP = 3
BARE_REST_MAX = 1
CLEFT_GAP = 6
# Most characters that the answer to a question has besides its choices: for one answer, and the
# least of it for the needs, where half of what the choices have counts too.
ANSWER_REST_MAX = 8
NEEDS_REST_MIN = 3
# Characters of the shortest noun that a slot word can describe.
MODIFIED_MIN = 2
# The name of the kinds of people among the slots of the gazetteer.
PERSON_KINDS = "person_kinds"
# The name of the later rules that warn among the slots of the gazetteer.
WARNING_RULES = "warning_rules"
# Negations of one character that ask at the end of a clause.
_TAGS = ("不", "没", "冇", "未")
# A number of things: “有二十家企业” is no identity of the speaker.
_MANY = re.compile(r"[二两三四五六七八九十百几多0-9]+多?[家个]$")

# Kinds of words that may follow an identity which stands for itself.
_HEADS = frozenset({
    "heads", "also", "recently", "located", "self", "people", "plans", "wants", "lacks", "past",
    "negations", "breaks", "links", "asking", "modals", "negations_after", "met",
})  # fmt: skip
# Kinds of words that may precede a statement whose subject is left out.
_LEAD = (
    "links", "recently", "breaks", "located", "plans", "wants", "past", "self", "self_again",
    "corrections", "adding", "also", "heads", "background_place", "not_founded",
    "leaving", "lives", "hometown", "then",
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


@dataclass(frozen=True, slots=True)
class Situation:
    """What the conversation adds to a text.

    `pending`: the slot that was asked; `bare`: a choice alone is a statement; `last_person`: whom
    a pronoun means if the text names no one; `speaker`: of whom the text is before it names a
    person; `year`: the current year, 0 for unknown; `known`: the user has told facts of himself.
    """

    pending: str = ""
    bare: bool = False
    last_person: str = ""
    speaker: str = SPEAKER
    year: int = 0
    known: bool = False


@dataclass(frozen=True)
class EntityWords:
    """The word lists of one knowledge version that entities are read with."""

    knowledge: Knowledge
    scopes: ScopeReader
    gazetteer: Gazetteer

    def read_scopes(
        self, clean: str, situation: Situation
    ) -> tuple[Scopes, dict[str, tuple[Mention, ...]]]:
        """Return the scopes of a normalized text and the mentions in it by slot."""
        found = self.gazetteer.find_all(clean)
        mentions = {slot: found[slot].mentions for slot in self.knowledge.slots if slot in found}
        spans = [(m.start, m.end) for each in mentions.values() for m in each]
        people = [
            Mark(m.start, m.end, "role", self.label(m.choice)) for m in mentions.get(IDENTITY, ())
        ]
        return self.scopes.read(clean, spans, people, situation.last_person), mentions

    def label(self, choice: str) -> str:
        """Return the label of an identity."""
        found = self.choice(IDENTITY, choice)
        return found.label if found else choice

    def choice(self, slot: str, choice: str) -> Choice | None:
        """Return a choice of a slot."""
        return self.knowledge.slots[slot].choice(choice)

    @cached_property
    def firm_stages(self) -> FirmStages:
        """The choices that mean a planned, a young or an older firm."""
        return firm_stages(self.knowledge.slots)

    @cached_property
    def lacks(self) -> tuple[str, ...]:
        """The words that say that something is missing."""
        return tuple(self.knowledge.scopes.get("lacks", ()))

    @cached_property
    def possessions(self) -> tuple[str, ...]:
        """The identities that are somebody's own unit: 公司 in “我公司”."""
        return tuple(self.knowledge.scopes.get("possessions", ()))

    @cached_property
    def replaceable(self) -> frozenset[str]:
        """The choices that another choice replaces."""
        slots = self.knowledge.slots.values()
        return frozenset(r for slot in slots for c in slot.choices for r in c.replaces)


def entity_words(knowledge: Knowledge, lexicon: Lexicon) -> EntityWords:
    """Return the word lists of a knowledge version: those of all slots, of the kinds of people of
    later rules, of the rules that warn, and of scopes."""
    kinds = tuple(
        Choice(kind.label, kind.label, kind.words, not_words=kind.not_words)
        for kind in knowledge.person_kinds.values()
    )
    warnings = tuple(Choice(u.say, u.title, u.words) for u in knowledge.always_rules if u.words)
    slots = (
        *knowledge.slots.values(),
        Slot(PERSON_KINDS, "", "", "", kinds, multiple=True),
        Slot(WARNING_RULES, "", "", "", warnings, multiple=True),
    )
    gazetteer = Gazetteer(slots, lexicon, knowledge.locality.returns)
    return EntityWords(knowledge, ScopeReader(knowledge, lexicon), gazetteer)


@dataclass(frozen=True)
class ClauseReading:
    """One clause of a text, with what is known when it is read.

    `mentions`: those of the clause, by slot; `earlier`: the entities of the text so far.
    """

    words: EntityWords
    scopes: Scopes
    clause: Clause
    situation: Situation
    mentions: Mapping[str, Sequence[Mention]]
    earlier: tuple[Entity, ...]

    @property
    def text(self) -> str:
        """The whole text."""
        return self.scopes.text

    @cached_property
    def _bare(self) -> bool:
        return self.situation.bare or bool(self.situation.pending) or self.scopes.correcting

    def entities(self) -> list[Entity]:
        """Return the mentions of the clause that are facts, or deny one."""
        people = [m for slot, found in self.mentions.items() if slot != NEEDS for m in found]
        accepted: list[Entity] = []
        for slot, found in self.mentions.items():
            rest = len(self._remainder(found if slot == NEEDS else people))
            for mention in found:
                reading = replace(self, earlier=(*self.earlier, *accepted))
                entity = reading._entity(slot, mention, rest)
                if entity:
                    accepted.append(entity)
        return accepted

    def _entity(self, slot: str, mention: Mention, rest: int) -> Entity | None:
        """Return the fact that a mention states or denies; None if it does neither. `rest`: the
        characters of the clause besides its mentions."""
        if self.clause.after(mention.end, "corrected_before"):
            return None  # “县区写错”
        person, sure = self._person(slot, mention)
        entity = Entity(slot, mention.choice, mention.start, mention.end, person, sure=sure)
        if self._is_negated(slot, mention):
            lacks = slot == NEEDS and not self._is_cut(mention) and self._is_lacking(mention)
            if not lacks:
                return replace(entity, negated=True)
        if self.clause.before(mention.start, "supposed") or self._continues_supposition():
            return None
        modifies = self._is_modifier(mention)
        alone = (not rest and (self._bare or slot != NEEDS)) or (
            self._bare and rest <= BARE_REST_MAX
        )
        asked = slot == self.situation.pending and not self.clause.asks
        matched = sum(m.end - m.start for m in self.mentions[slot])
        most = max(NEEDS_REST_MIN, matched // 2) if slot == NEEDS else ANSWER_REST_MAX
        answer = alone or (asked and rest <= most and not modifies)
        if slot == IDENTITY and modifies and asked and mention.start == self.clause.start:
            return replace(entity, describes=True)
        if not self._is_fact(slot, mention, answer=answer):
            return None
        if slot == IDENTITY and modifies and not sure:
            return None
        return replace(entity, sure=sure or (alone and self._bare))

    def _is_fact(self, slot: str, mention: Mention, *, answer: bool) -> bool:
        if slot == IDENTITY:
            return self._is_identity(mention, answer=answer)
        if self.clause.asks and mention.end > self.clause.asked_from:
            return False
        if slot == DISTRICT:
            return self._is_district(mention, answer=answer)
        if slot == NEEDS:
            return self._is_need(mention, answer=answer)
        return self._is_stage(mention, answer=answer)

    # -- the scope of one mention --------------------------------------------------------------

    def _person(self, slot: str, mention: Mention) -> tuple[str, bool]:
        """Return of whom a mention is, and whether the text names that person."""
        scopes, clause = self.scopes, self.clause
        following = (s for s in scopes.subjects if mention.end <= s.start <= clause.end)
        cleft = next(following, None)
        if cleft is not None and cleft.name != SPEAKER:
            before = self.text[: cleft.start].removesuffix("我们").removesuffix("我")
            if before.endswith("的是") and cleft.start - mention.end <= CLEFT_GAP:
                return cleft.name, True
        if slot == IDENTITY and self.words.scopes.is_served(self.text, clause, mention.start):
            joined = scopes.subject_before(clause, mention.end + 1)
            inside = joined is not None and joined.start >= mention.start
            label = self.words.label(mention.choice)
            return joined.name if joined and inside else label, True
        return scopes.person_at(mention.start, mention.end), scopes.named(0, mention.end)

    def _is_negated(self, slot: str, mention: Mention) -> bool:
        clause = self.clause
        if self.words.scopes.chain(self.text, clause, mention.start, "negations"):
            return True
        if self._is_cut(mention):
            return True
        choice = self.words.choice(slot, mention.choice)
        past = slot == IDENTITY and clause.before(mention.start, "past")
        if past and choice and not choice.lasting:
            return mention.choice in self.words.replaceable
        kinds = ("negations_after", "met") if slot == NEEDS else ("negations_after",)
        after = clause.after(mention.end, *kinds)
        if after is not None and after.start - mention.end <= WISH_GAP:
            return True
        # “钱不用”: a negation that ends the clause.
        last = clause.after(mention.end, "negations")
        if last is None or last.start != mention.end:
            return False
        rest, word = self.text[last.end : clause.end], self.text[last.start : last.end]
        # “能贷款不” asks.
        return rest in ("了", "的", "啊") or (not rest and word not in _TAGS)

    def _continues_supposition(self) -> bool:
        """Return whether the clause goes on with what the one before supposes: “就变回学生了”."""
        earlier = [c for c in self.scopes.clauses if c.end <= self.clause.start]
        if not earlier or not any(earlier[-1].of("supposed")):
            return False
        return any(m.start == self.clause.start for m in self.clause.of("then"))

    def _is_cut(self, mention: Mention) -> bool:
        """Return whether a negation reaches into a mention: “不缺钱”."""
        return any(m.start < mention.start < m.end for m in self.clause.of("negations"))

    def _is_modifier(self, mention: Mention) -> bool:
        """Return whether a noun follows that a mention only describes: “农民工贷款”."""
        clause, text = self.clause, self.text
        if mention.end >= clause.end or text[mention.end] == " ":
            return False
        if any(mention.end == d.start for d in durations(text)):
            return False
        following = text[mention.end : clause.end].split(" ")[0]
        if len(FILLER.sub("", following)) < MODIFIED_MIN:
            return False
        return not any(m.start == mention.end and m.kind in _HEADS for m in clause.marks)

    def _describes(self, mention: Mention) -> bool:
        """Return whether a word only describes the noun after it: 企业 in “企业的工程师”."""
        at = mention.end
        if self.text[at : at + 1] != "的":
            return self._is_modifier(mention)
        if at + 1 >= self.clause.end:
            return False
        if any(m.start == at + 1 for m in self.clause.of("heads", "plans")):
            return False
        same = self.mentions[IDENTITY]
        return not any(m.start == at + 1 and m.choice == mention.choice for m in same)

    def is_leading(self, position: int, most: int = 1) -> bool:
        """Return whether only function words precede a position in its clause, so that its
        subject is left out."""
        text = self.text[self.clause.start : position]
        covered = [c == " " for c in text]
        spans = [
            (m.start - self.clause.start, m.end - self.clause.start)
            for m in self.clause.of(*_LEAD)
        ]
        for start, end in (*spans, *times(text)):
            covered[start:end] = [True] * (min(end, len(text)) - start)
        return covered.count(False) <= most

    def _is_link(self, start: int, end: int) -> bool:
        """Return whether linking words fill the text between two positions."""
        reached = {start}
        opening = {m.start for m in self.clause.of("opening")}
        for mark in sorted(self.clause.of("links"), key=lambda m: m.start):
            if mark.start in reached and mark.end <= end and mark.start not in opening:
                reached.add(mark.end)
        return end in reached

    def _remainder(self, mentions: Iterable[Mention]) -> str:
        """Return the clause without its mentions, words of correction and filler."""
        spans: list[Span] = [*mentions, *self.clause.of("corrections")]
        return rest_without(spans, self.text, self.clause.start, self.clause.end)

    # -- slots ---------------------------------------------------------------------------------

    def _is_identity(self, mention: Mention, *, answer: bool) -> bool:
        clause, text = self.clause, self.text
        choice = self.words.choice(IDENTITY, mention.choice)
        if clause.before(mention.start, "past") and not (choice and choice.lasting):
            return False
        follows = clause.after(mention.end, "later")
        dated = any(m.start == mention.end for m in clause.of("recently"))
        if follows and follows.start == mention.end and not dated:
            return False  # “毕业以后”, not “开了众创空间前年挂牌”
        if self.words.scopes.is_served(text, clause, mention.start):
            return True
        if self.situation.pending != IDENTITY and self._has_other_topic(mention):
            return False
        subject = self.scopes.subject_before(clause, mention.end)
        own = mention.choice in self.words.possessions
        if own and _MANY.search(text[clause.start : mention.start]):
            return False
        plan = clause.before(mention.start, "plans")
        planned = plan is not None and (subject is None or plan.start >= subject.start)
        if planned and (own or not answer):
            return False
        if subject is not None and subject.kind != "role":
            return self._is_identity_of(subject, mention)
        return not clause.asks and self._is_bare_identity(mention, answer=answer)

    def _is_identity_of(self, subject: Mark, mention: Mention) -> bool:
        """Return whether a mention is the identity of the subject of its clause."""
        clause, text = self.clause, self.text
        own = mention.choice in self.words.possessions
        event = self._is_event(mention)
        if mention.start < subject.end:
            return own or (not clause.asks and text[mention.end : mention.end + 1] != "的")
        between = text[subject.end : mention.start]
        if not clause.asks and not event and self._describes(mention):
            return False
        if clause.asks and mention.end > clause.asked_from:
            return False
        if not between and subject.name == SPEAKER:
            return own or event or self._is_whole_predicate(mention)
        if between and self._is_link(subject.end, mention.start):
            return True
        if clause.asks and self._describes(mention):
            return False
        if clause.asks:
            return (own and len(between) <= 2) or (event and len(between) <= 4)
        return not self._is_with(subject.end, mention.start) and len(between) <= IDENTITY_GAP

    def _is_with(self, start: int, end: int) -> bool:
        """Return whether what starts at `end` is somebody else: “跟导师”, not “同老婆在外打工”."""
        companion = [m for m in self.clause.of("companions") if start <= m.start < end]
        people = [m for m in self.clause.of("people", "pronouns") if start <= m.start < end]
        return any(all(p.start < m.end for p in people) for m in companion)

    def _is_whole_predicate(self, mention: Mention) -> bool:
        """Return whether an identity ends a clause and is nobody of the speaker's: “我海归”, not
        “我导师”."""
        named = self.text[mention.start : mention.end]
        ends = not FILLER.sub("", self.text[mention.end : self.clause.end])
        return ends and not self.words.scopes.has("roles", named)

    def _is_bare_identity(self, mention: Mention, *, answer: bool) -> bool:
        """Return whether a mention in a clause without a subject is the identity of the user."""
        clause, text = self.clause, self.text
        own, event = mention.choice in self.words.possessions, self._is_event(mention)
        after = clause.after(mention.end, "links")
        topic = after is not None and after.start == mention.end and text[mention.end] == "是"
        if topic and text[mention.end - 1] != "的":
            return False
        beside = any(durations(text[clause.start : clause.end])) or bool(
            self.mentions.get(DISTRICT)
        )
        done = text[mention.start - 1 : mention.start] == "了"
        if own and not (event or done or beside) and clause.before(mention.start, "opening"):
            return False  # “新建孵化器”
        if answer or (event and self.is_leading(mention.start)):
            return True
        if event or self.words.scopes.chain(text, clause, mention.end, "self"):
            return False
        if clause.start < mention.start and self._is_link(clause.start, mention.start):
            return True
        person = self.scopes.person_at(mention.start)
        known = any(
            e.slot == IDENTITY and not e.negated and e.person == person for e in self.earlier
        )
        if known and self.scopes.named(0, mention.start):
            return False
        if own and not beside and not self.is_leading(mention.start):
            return False
        companion = clause.before(mention.start, "companions", "serving")
        return companion is None and not self._is_modifier(mention)

    def _has_other_topic(self, mention: Mention) -> bool:
        """Return whether something else than a person is the topic: “三个团队是学生做的”, “专利
        都没有”."""
        before = self.text[self.clause.start : mention.start]
        none = self.words.knowledge.slots[IDENTITY].none_choice
        denies = mention.choice == none and self.text[mention.start] == "都"
        bare = self.scopes.subject_before(self.clause, mention.end) is None
        first = all(m.start >= mention.start for m in self.mentions[IDENTITY])
        topic = denies or (bare and first and before.endswith("是"))
        return topic and not self.is_leading(mention.start)

    def _is_event(self, mention: Mention) -> bool:
        return self.words.scopes.contains("events", self.text[mention.start : mention.end])

    def _is_stage(self, mention: Mention, *, answer: bool) -> bool:
        clause = self.clause
        if clause.before(mention.start, "past"):
            return False
        if mention.choice != self.words.firm_stages.planned and any(
            clause.of("not_running", "plans")
        ):
            return False
        subject = self.scopes.subject_before(clause, mention.end)
        return answer or not clause.asks or subject is not None

    def _is_district(self, mention: Mention, *, answer: bool) -> bool:
        """Return whether a place is a bare answer. The places of a sentence are judged by
        `bot.core.nlu.facts.place_model`."""
        clause = self.clause
        if mention.choice == self.words.knowledge.slots[DISTRICT].none_choice:
            length = clause.end - clause.start
            return answer and length <= mention.end - mention.start + 2
        return answer and not any(clause.of("past"))

    def _is_need(self, mention: Mention, *, answer: bool) -> bool:
        clause = self.clause
        if clause.asks:
            known = any(not e.negated and clause.start <= e.start for e in self.earlier)
            return known and self._is_lacking(mention)
        if answer or self._is_too_dear(mention):
            return True
        if clause.before(mention.start, "wants_not", "past"):
            return False
        wish = self._wish(mention)
        asks = any(c.asks for c in self.scopes.clauses)
        if wish and asks and self.words.scopes.has("plans", self.text[wish.start : wish.end]):
            wish = None  # “想休学，找谁”: the wish is what the question is about
        inside = any(m.start == mention.start for m in clause.of("wants")) or any(
            mention.start < m.start < mention.end - 1 for m in clause.of("plans")
        )
        wished = inside or wish is not None or self._is_lacking(mention)
        elided = wish and self.scopes.subject_before(clause, wish.start) is None
        if wish and elided and not self.scopes.continues(clause):
            wished = wished and self.is_leading(wish.start, 0)
        rest = FILLER.sub("", self.text[mention.end : clause.end])
        if wished and len(rest) <= TOPIC_MAX:
            return True  # but not “没钱治病…”: a part of something else
        previous = [e for e in self.earlier if e.slot == NEEDS and not e.negated]
        if not previous or previous[-1].end > mention.start:
            return False
        between = self.text[previous[-1].end : mention.start]
        also = self.words.scopes.contains("also", between) or not between
        return also and len(between) <= WISH_GAP

    def _is_too_dear(self, mention: Mention) -> bool:
        """Return whether the need, or a list of needs that it is in, is said to be out of reach:
        “铺面和本钱都缺”, not “担保不够的问题”."""
        end = mention.end
        for other in self.mentions[NEEDS]:
            between = self.text[end : other.start]
            if other.start >= end and self.words.scopes.has("also", between):
                end = other.end
        dear = self.clause.after(end, "too_dear")
        if dear is None or dear.start - end > DEAR_GAP:
            return False
        rest = self.text[dear.end : self.clause.end]
        return not (rest.startswith("的") and FILLER.sub("", rest))

    def _wish(self, mention: Mention) -> Mark | None:
        """Return the first wish, not a lack, shortly before a mention: “想找个铺面”."""
        for mark in self.clause.of("wants"):
            near = 0 <= mention.start - mark.end <= WISH_GAP
            if near and self.text[mark.start : mark.end] not in self.words.lacks:
                return mark
        return None

    def _is_lacking(self, mention: Mention) -> bool:
        word = self.text[mention.start : mention.end]
        if any(word.startswith(lack) for lack in self.words.lacks):
            return True
        if self.clause.before(mention.start, "lacks") is None:
            return False
        return self.words.scopes.chain(self.text, self.clause, mention.start, "lacks")


def consistent(found: Sequence[Entity], pending: str) -> list[Entity]:
    """Drop what another entity covers: a need inside a stage (“还没注册”)."""

    def covers(other: Entity, entity: Entity) -> bool:
        droppable = entity.slot == NEEDS or (entity.slot == IDENTITY and pending != IDENTITY)
        inside = other.start <= entity.start and entity.end <= other.end
        longer = other.end - other.start > entity.end - entity.start
        return droppable and inside and longer and other.slot != entity.slot

    return [e for e in found if not any(covers(o, e) for o in found)]


def mentions_in(clause: Clause, mentions: Iterable[Mention]) -> Iterator[Mention]:
    """Return the mentions that start in a clause."""
    return (m for m in mentions if clause.start <= m.start < clause.end)
