"""Compose the answer to one question on one support from its fact units, the answer first.

An answer says what the best unit states, or that the policy does not state it; then what a later
rule states on just that; then whom to ask or where it is written. A figure that no unit has is
denied. The words of the asker are repeated only to say that the policy does not have them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.core.domain.knowledge import Support
from bot.core.domain.phrases import PhraseId, phrase_id
from bot.core.domain.replies import Line, Role
from bot.core.domain.told import told_key, written_key
from bot.core.responses.fact_units import (
    COVERS,
    FOLLOWED_MIN,
    FactUnit,
    FactUnits,
    Hit,
    UnitKind,
)
from bot.core.responses.phrasebook import Phrasebook
from bot.core.responses.silence import ASPECTS, open_aspect, silence
from bot.core.text.question_form import QuestionForm

# From this share of the question on, a unit that is not sure to answer it is named as the nearest.
NEAREST = 0.3
# From this share in words of the same meaning on, a later rule is told where nothing else answers.
MEANT = 0.1
# From this literal share on, a statement of the policy affirms a yes/no question.
AFFIRMS = 0.95
# From this literal share on, a statement of a later rule answers whatever aspect is asked for.
LATER_STATES = 0.6
# From this share on, a limited statement of the policy is what a yes/no question asks for.
ASKS_FOR = 0.8
# How a statement begins.
_STATED = phrase_id("fact", "what", "place")
_NOT_CERTAIN = phrase_id("fact_not_certain", "what", "place")
_YES = phrase_id("fact_yes", "what", "place")
_CAN = phrase_id("fact_can", "what", "place")
# The kinds of figures that answer an aspect.
_FIGURES = {"amount": ("money", "share"), "duration": ("years", "months", "days")}
# Aspects whose silence is said without a topic.
_PLAIN = frozenset({"materials", "steps", "deadline"})
# The units that are written for an answer.
_DIRECT = frozenset(UnitKind) - {UnitKind.CLAUSE}
# The units that a full answer has anyway.
_SAID_IN_FULL = frozenset({UnitKind.SUMMARY, UnitKind.CLAUSE, UnitKind.REQUIREMENT})


# The lines of an answer with their roles, the first of them the answer itself.
Lines = tuple[Line, ...]


class FactAnswer(NamedTuple):
    """The answer to one question. `support`: what it is about. `unwritten`: the name of what the
    policy does not state, if the first line says so. `is_named`: it is a topic or an aspect, not
    only a word of the asker."""

    support: Support
    lines: Lines
    unwritten: str = ""
    is_named: bool = True


@dataclass(frozen=True)
class FactAnswers:
    """Composes answers for one knowledge version and one day."""

    units: FactUnits
    phrasebook: Phrasebook
    # Keys of what was said in the conversation (`told_key`).
    told: frozenset[str]

    def answer(
        self,
        form: QuestionForm,
        aspects: Sequence[str],
        support: Support,
        near: Sequence[Support] = (),
    ) -> FactAnswer:
        """Return the answer from a support. `near`: the supports of the same clause, which may
        answer too."""
        if form.outcome:
            return FactAnswer(support, self._outcome(support))
        hits = self.units.hits(form.clean, aspects, (support, *near))
        sides = frozenset(aspects) & frozenset(ASPECTS)
        says_more = len(form.rest) >= FOLLOWED_MIN  # “新员工签几年合同”, not “个人怎么申请”
        hits = tuple(
            hit
            for hit in hits
            if not sides
            or hit.unit.aspects & sides
            or (says_more and _is_later(hit, hit.coverage))
        )
        best = self._with_figure(form, support) or _best(hits)
        denied = self.denial(form, (support, *near))
        if not (form.hearsay or form.certain) and (best or _meant(hits)):
            denied = ""  # a sum that is asked about beside the fact is no claim
        if best is None or denied:
            nearest = None if denied else _first(hits, NEAREST, _DIRECT) or _meant(hits)
            return self._uncovered(form, aspects, support, nearest, denied)
        found = self.phrasebook.knowledge.supports[best.unit.support]
        return self._text(form, best, found, support, hits)

    def _with_figure(self, form: QuestionForm, support: Support) -> Hit | None:
        """Return the unit that has the figure that a question is about: “一定给55万吗”."""
        if not (form.yes_no or form.hearsay or form.certain):
            return None
        units = (self.units.with_figure(f, (support,)) for f in form.figures if f.kind == "money")
        unit = next(filter(None, units), None)
        return Hit(unit, 1.0, 0.0, 1.0) if unit else None

    def _text(
        self, form: QuestionForm, best: Hit, found: Support, asked: Support, hits: Sequence[Hit]
    ) -> FactAnswer:
        """Return the answer from the best unit."""
        unit = best.unit
        if unit.kind is UnitKind.LATER:
            topics = (h.unit for h in hits if h.rank >= COVERS and h.unit.support == found.id)
            topic = next((u for u in topics if _answers(unit, u)), None)
            if topic is None or ((form.hearsay or form.certain) and self._limits(unit)):
                return self._later_answer(form, unit, found)
            unit = topic
        if unit.kind is UnitKind.UNSTATED:
            return self._topic(unit, found, hits)
        return FactAnswer(found, _lines(self._statement(form, best, found, asked)))

    def on_aspect(
        self,
        form: QuestionForm,
        aspects: Sequence[str],
        support: Support,
        near: Sequence[Support],
    ) -> FactAnswer | None:
        """Return the answer to a question that only asks for an aspect ("利息多少", "多少钱"), or
        None if the whole field is the answer. `near`: the supports of the same clause."""
        aspect = aspects[0]
        if aspect not in ASPECTS or aspect == "conditions":
            return None
        hits = self.units.hits(form.clean, aspects, (support,))
        best = _best([hit for hit in hits if hit.unit.aspects & frozenset(aspects)])
        if best is None and aspect == "free":
            free = next((u for u in self.units.of(support) if "free" in u.aspects), None)
            best = Hit(free, 1.0, 0.0, 1.0) if free else None
        is_silent = best and best.unit.kind is UnitKind.UNSTATED
        plain = aspect in _PLAIN and not self.units.has_content(form.rest)
        if best and not (is_silent and plain):
            return self._text(form, best, support, support, hits)
        if support.amount if aspect == "amount" else self._field(support, aspect):
            return None
        units = [
            unit
            for unit in self.units.of(support)
            if aspect in unit.aspects
            or (aspect == "deadline" and unit.update and unit.update.valid_until)
        ]
        topics = [u for u in units if u.kind is UnitKind.UNSTATED]
        if len(topics) == 1 and aspect == "duration":
            return self._topic(topics[0], support, hits)
        what = open_aspect(self.phrasebook, support, aspect)
        if asked := self._asked_for(form, support):
            return self._silent(support, what, self._later_lines([asked]))
        if later := self._later_lines([u for u in units if u.update]):
            return self._silent(support, what, later)
        other = next((s for s in near if s.amount), None) if aspect == "amount" else None
        if other:
            say = self.phrasebook.say
            amount = say("fact_of_sibling", title=other.title, what=other.amount)
            sibling = say("fact", what=amount, place=self.phrasebook.clause(other).place)
            return self._silent(support, what, (Line(Role.FACT, sibling),), ask=True)
        later = self._amount_nearby(form, near) if aspect == "amount" else ()
        return self._silent(support, what, later)

    def _later_answer(self, form: QuestionForm, unit: FactUnit, support: Support) -> FactAnswer:
        """Return a statement of a later rule, with 不一定 if a claim goes further than it."""
        later = self._later_lines([unit])
        if (form.hearsay or form.certain) and self._limits(unit):
            return FactAnswer(support, _lines(self.phrasebook.say("later_limited"), *later))
        return self._unnamed(support, later)

    def _asked_for(self, form: QuestionForm, support: Support) -> FactUnit | None:
        """Return the statement of a later rule that a question asks for more than an aspect of."""
        says_more = len(form.rest) >= FOLLOWED_MIN
        return self.units.asked_for(form.clean, (support,)) if says_more else None

    def silent_on(self, support: Support, topic: str) -> FactAnswer:
        """Return that the policy does not state a topic for a support, and whom to ask."""
        return self._silent(support, self.phrasebook.say("topic", what=topic))

    def _silent(
        self, support: Support, what: str, others: Lines = (), *, ask: bool = False
    ) -> FactAnswer:
        """Return that the policy does not state what is named, with other lines, else (or with
        `ask`) whom to ask."""
        text = silence(self.phrasebook, support, what, ask=ask or not others)
        return FactAnswer(support, _lines(text, *others), what)

    def _unnamed(self, support: Support, others: Lines) -> FactAnswer:
        """Return that the policy does not state what is asked, without a name for it, with other
        lines."""
        what = self.phrasebook.say("aspect_unnamed")
        return self._silent(support, what, others)._replace(is_named=False)

    def _amount_nearby(self, form: QuestionForm, near: Sequence[Support]) -> Lines:
        """Return what later rules state on the amount of a support of the same clause, if the
        question shares a word with it."""
        hits = self.units.hits(form.clean, ("amount",), near) if near else ()
        units = [h.unit for h in hits if h.coverage and h.unit.update and h.unit.figures]
        return self._later_lines([u for u in units if "amount" in u.aspects][:1])

    @staticmethod
    def _field(support: Support, aspect: str) -> bool:
        """Return whether a support has a field for an aspect."""
        fields = {
            "steps": support.steps,
            "materials": support.materials,
            "deadline": support.valid_until,
        }
        return bool(fields.get(aspect))

    def covers(
        self, form: QuestionForm, aspects: Sequence[str], supports: Sequence[Support]
    ) -> float:
        """Return the share of the question that the best unit of the supports covers."""
        hits = self.units.hits(form.clean, aspects, supports)
        return max((hit.coverage for hit in hits if hit.unit.kind in _DIRECT), default=0.0)

    def states(self, form: QuestionForm, aspects: Sequence[str], support: Support) -> float:
        """Return the share of the question that a unit of a support covers word for word."""
        hits = self.units.hits(form.clean, aspects, (support,))
        return max((hit.literal for hit in hits if hit.unit.kind in _DIRECT), default=0.0)

    def silent_topic(self, form: QuestionForm, aspects: Sequence[str], support: Support) -> str:
        """Return the unstated topic of a support that a question asks for, or ""."""
        hits = self.units.hits(form.clean, aspects, (support,))
        best, topic = _best(hits), _first(hits, COVERS, frozenset({UnitKind.UNSTATED}))
        states = best and best.unit.kind not in (UnitKind.LATER, UnitKind.UNSTATED)
        return topic.unit.text if topic and not states else ""

    def lead(self, form: QuestionForm, aspects: Sequence[str], support: Support) -> Lines:
        """Return the first lines of a full answer: what a unit says to just this question, or ()
        if the summary is the answer."""
        if form.outcome:
            return self._outcome(support)
        denied = self.denial(form, (support,))
        if denied or not (form.asks or aspects):
            return _lines(denied, *self._what_there_is(form, support))
        hits = self.units.hits(form.clean, aspects, (support,))
        best = self._with_figure(form, support) or _best(hits)
        nearest: Lines = ()
        if form.hearsay:
            denied = self._denied_claim(form, support)
            nearest = _lines(self.phrasebook.say("hearsay_nearest", denied=denied))
        if best is None and nearest:
            return nearest
        if best is None or best.unit.kind in _SAID_IN_FULL:
            if best and best.unit.kind is UnitKind.SUMMARY and self._opening(form, best):
                return _lines(self._statement(form, best, support, support))
            later = _meant(hits)
            open_topic = aspects or _first(hits, NEAREST, frozenset({UnitKind.UNSTATED}))
            asked = None if open_topic else self._asked_for(form, support)
            unit = later.unit if later else asked
            return self._summary_and_later(support, unit) if unit else ()
        if (
            aspects
            and not best.unit.aspects & frozenset(aspects)
            and not _is_later(best, best.literal)
            and not _names_open_topic(best, aspects)
        ):
            return ()
        topics = [hit.unit for hit in hits if hit.rank >= COVERS]
        answers = any(_answers(best.unit, topic) for topic in topics)
        if best.unit.kind is UnitKind.LATER and not answers:
            if form.hearsay and best.coverage >= COVERS and self._limits(best.unit):
                return self._text(form, best, support, support, hits).lines
            named = best.meant >= COVERS
            return self._summary_and_later(support, best.unit) if named else nearest
        return self._text(form, best, support, support, hits).lines

    def _summary_and_later(self, support: Support, unit: FactUnit) -> Lines:
        """Return the summary and a statement of a later rule. A first answer never says that the
        policy is silent on what its summary may state."""
        return (*_lines(support.summary), *self._later_lines([unit]))

    def denial(self, form: QuestionForm, supports: Sequence[Support]) -> str:
        """Return that the policy has no such sum; "" if it has each sum of the question."""
        counted = {"money", "share"}
        if form.hearsay and not any(figure.kind in counted for figure in form.figures):
            counted = {"years", "months", "days"}
        unknown = [
            figure.words
            for figure in form.figures
            if figure.kind in counted and not self.units.with_figure(figure, supports)
        ]
        claims = form.hearsay or form.certain
        if not unknown or not (claims or form.yes_no):
            return ""
        return self.phrasebook.say("denied_figure", figure=unknown[0])

    # -- the answer of one unit --------------------------------------------------------------

    def _statement(self, form: QuestionForm, hit: Hit, found: Support, asked: Support) -> str:
        """Return what a unit of the policy states, with the yes or no that it allows."""
        say, unit = self.phrasebook.say, hit.unit
        what = unit.text.rstrip("。")
        place = self.phrasebook.clause(found).place
        if unit.kind is UnitKind.CLAUSE:
            return say("fact_quoted", what=what, place=place)
        if unit.kind is UnitKind.REQUIREMENT:
            what = say("fact_required", what=what)
        if found.id != asked.id:
            what = say("fact_of_sibling", title=found.title, what=what)
        opening = self._opening(form, hit)
        return self.phrasebook.say_id(opening or _STATED, what=what, place=place)

    def _opening(self, form: QuestionForm, hit: Hit) -> PhraseId | None:
        """Return the statement that begins with the yes or no that a unit allows: 不一定 if it is
        limited, 能 or 是的 if it says the same word for word, None if it allows neither."""
        limited = self._limits(hit.unit)
        claims = form.certain or bool(form.only)
        if limited and (claims or (form.yes_no and hit.coverage >= ASKS_FOR)):
            return _NOT_CERTAIN
        says_so = hit.unit.kind is UnitKind.SUMMARY and hit.literal >= AFFIRMS and not limited
        # What a paper states says nothing on whether it still holds.
        if not form.yes_no or form.still or form.only or form.negated or not says_so:
            return None
        return _CAN if form.able else _YES

    def _limits(self, unit: FactUnit) -> bool:
        words = self.phrasebook.knowledge.questions.get("limits", ())
        return any(word in unit.text for word in words)

    def _topic(self, unit: FactUnit, support: Support, hits: Sequence[Hit]) -> FactAnswer:
        """Return that the policy does not state a topic, and what a later rule states on it or
        else whom to ask."""
        topic = self.phrasebook.say("topic", what=unit.text)
        return self._silent(support, topic, self._later_on(unit, support, hits))

    def _later_on(self, unit: FactUnit, support: Support, hits: Sequence[Hit]) -> Lines:
        """Return the statements of later rules on an unstated topic: those with a figure of the
        asked kind first, then those that the question or the topic shares words with."""
        named = [u for u in support.updates if u.states(unit.text)]
        parts = [u for u in self.units.of(support) if u.update in named]
        kinds = {kind for aspect in unit.aspects for kind in _FIGURES.get(aspect, ())}
        counted = [u for u in parts if any(figure.kind in kinds for figure in u.figures)]
        covering = [h.unit for h in hits if h.unit in parts and h.coverage >= COVERS]
        alike = [u for u in parts if _shares_word(u, unit)]
        return self._later_lines(list(dict.fromkeys((*counted, *covering))) or alike or parts)

    def _later_lines(self, units: Sequence[FactUnit]) -> Lines:
        """Return statements of later rules with dates and titles."""
        stated = [(unit.update, unit.text) for unit in units if unit.update]
        told = self.phrasebook.later_statements(stated, self.told)
        return tuple(Line(Role.LATER, text) for text in told)

    # -- nothing covers the question -----------------------------------------------------------

    def _uncovered(
        self,
        form: QuestionForm,
        aspects: Sequence[str],
        support: Support,
        nearest: Hit | None,
        denied: str,
    ) -> FactAnswer:
        """Return that the policy does not say it, and the nearest statement or whom to ask. What
        is asked is named by its aspect, or by a word of the asker."""
        say = self.phrasebook.say
        if denied:
            ask = say("ask_whom", ask=self.phrasebook.unstated_contact(support))
            there = self._what_there_is(form, support) or (Line(Role.FACT, ask),)
            return FactAnswer(support, _lines(denied, *there))
        found = support
        others: Lines = ()
        if nearest:
            found = self.phrasebook.knowledge.supports[nearest.unit.support]
            if nearest.unit.kind is UnitKind.UNSTATED:
                return self._topic(nearest.unit, found, (nearest,))
            others = self._nearest_lines(nearest, found)
        asked = self._asked_for(form, support) if form.asks and not others else None
        others = self._later_lines([asked]) if asked else others
        if form.hearsay:
            written = say("fact_written", what=support.summary.rstrip("。"))
            denied = self._denied_claim(form, support)
            return FactAnswer(found, _lines(denied, *(others or (Line(Role.FACT, written),))))
        if asked:
            return self._later_answer(form, asked, found)
        aspect = next((a for a in aspects if a in ASPECTS), "")
        content = self.units.has_content(form.rest)
        if form.said and form.asks and (content or not aspect):
            return self._not_found(form, found, others)
        if aspect:
            return self._silent(found, open_aspect(self.phrasebook, support, aspect), others)
        if not form.asks:
            said = say("said_unclear", said=form.said) if form.said else say("unclear")
            unclear = say("unclear_about", said=said, title=support.title)
            return FactAnswer(found, _lines(unclear, *others), is_named=False)
        if others:
            return self._unnamed(found, others)
        return self._not_found(form, found, others)

    def _not_found(self, form: QuestionForm, support: Support, others: Lines) -> FactAnswer:
        """Return that no direct answer was found, and the nearest statement or what the policy
        states on the support. The question was not understood, so that “not written” may be
        false."""
        say = self.phrasebook.say
        what = say("topic", what=form.said) if form.said else say("aspect_unnamed")
        text = say("not_found", what=what, year=self._year(support))
        others = others or self._only_written(support)
        whom = self.phrasebook.unstated_contact(support)
        if not form.said and not others and written_key(support.id) in self.told:
            again = say("not_found_too", ask=whom)
            text = again if told_key(again) not in self.told else say("not_found_still")
            return FactAnswer(support, _lines(text), what, False)
        asks = Line(Role.FACT, say("ask_whom", ask=whom))
        return FactAnswer(support, _lines(text, *others, asks), what, False)

    def _only_written(self, support: Support) -> Lines:
        """Return what the policy states on a support; () if that was told beside such an answer
        before, or if its words were quoted."""
        quoted = support.quote in support.summary and told_key(support.quote) in self.told
        if quoted or written_key(support.id) in self.told:
            return ()
        what = support.summary.rstrip("。")
        return (Line(Role.FACT, self.phrasebook.say("only_written", what=what)),)

    def _nearest_lines(self, nearest: Hit, found: Support) -> Lines:
        """Return the statement nearest to a question that none answers."""
        unit, place = nearest.unit, self.phrasebook.clause(found).place
        if unit.kind is UnitKind.LATER:
            return self._later_lines([unit])
        what = unit.text.rstrip("。")
        return (Line(Role.FACT, self.phrasebook.say("fact_nearest", what=what, place=place)),)

    def _outcome(self, support: Support) -> Lines:
        """Return that it is not known what became of what the policy plans."""
        ask = self.phrasebook.unstated_contact(support)
        unknown = self.phrasebook.say("outcome_unknown", year=self._year(support), ask=ask)
        later = self._later_lines([unit for unit in self.units.of(support) if unit.update])
        return _lines(unknown, *later[:1])

    def _denied_claim(self, form: QuestionForm, support: Support) -> str:
        """Return that the policy does not say what hearsay claims."""
        year = self._year(support)
        if not form.said:
            return self.phrasebook.say("denied_unnamed", year=year)
        return self.phrasebook.say("denied_saying", year=year, asked=form.said)

    def _what_there_is(self, form: QuestionForm, support: Support) -> Lines:
        """Return what is stated instead of a figure that is not: the sum that the policy or a
        later rule states for a support, or a later rule's figure of the kind; () if there is none.
        """
        kinds = {figure.kind for figure in form.figures}
        if kinds & {"money", "share"}:
            if support.amount:
                return (Line(Role.FACT, self.phrasebook.say("amount", amount=support.amount)),)
            kinds = {"money", "share"}
        later = [u for u in self.units.of(support) if u.update]
        return self._later_lines([u for u in later if kinds & {f.kind for f in u.figures}][:1])

    def _year(self, support: Support) -> str:
        return str(self.phrasebook.policy(support).issued.year)


def _is_later(hit: Hit, share: float) -> bool:
    """Return whether a hit is a statement of a later rule with samples, and this share is enough
    to state what is asked for."""
    update = hit.unit.update
    sampled = update is not None and bool(update.questions or update.follow_ups)
    return sampled and share >= LATER_STATES


def _names_open_topic(hit: Hit, aspects: Sequence[str]) -> bool:
    """Return whether a hit is an unstated topic that a question for conditions names: 认定的条件
    asks for no condition of the support."""
    is_topic = hit.unit.kind is UnitKind.UNSTATED and hit.meant >= COVERS
    return is_topic and tuple(aspects) == ("conditions",)


def _lines(answer: str, *others: Line) -> Lines:
    """Return an answer with the lines below it; () without an answer."""
    return (Line(Role.ANSWER, answer), *others) if answer else ()


def _best(hits: Sequence[Hit]) -> Hit | None:
    """Return the unit that answers a question; a sentence of the clause only if no other does."""
    return _first(hits, COVERS, _DIRECT) or _first(hits, COVERS)


def _meant(hits: Sequence[Hit]) -> Hit | None:
    """Return the statement of a later rule that a question names in other words."""
    later = (h for h in hits if h.unit.kind is UnitKind.LATER)
    return next((h for h in later if h.meant - h.literal >= MEANT), None)


def _first(
    hits: Sequence[Hit], least: float, kinds: frozenset[UnitKind] = frozenset(UnitKind)
) -> Hit | None:
    return next(
        (h for h in hits if h.rank >= least and h.coverage > 0 and h.unit.kind in kinds), None
    )


def _answers(later: FactUnit, topic: FactUnit) -> bool:
    """Return whether a statement of a later rule is about an unstated topic."""
    if topic.kind is not UnitKind.UNSTATED or later.update is None:
        return False
    return later.update.states(topic.text) or _shares_word(later, topic)


def _shares_word(unit: FactUnit, topic: FactUnit) -> bool:
    return bool((unit.concepts & topic.concepts) or (unit.pairs & topic.pairs))
