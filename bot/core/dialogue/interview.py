"""The interview: put an answer in its place, ask the next question, show what came of it.

The profile is a fold over ordered answers, so going back or changing one is a replay: every other
answer stays, and what no longer holds is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.domain.cache import Cache, CacheKind
from bot.core.domain.knowledge import IDENTITY, Choice, Knowledge, Slot
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Mode, Option, Profile, Session, profile_key
from bot.core.eligibility.next_question import next_question
from bot.core.eligibility.verdicts import Finding, decision_key, evaluate_all, ranked
from bot.core.nlu.profile_extractor import Facts
from bot.core.responses.results_list import ResultsList
from bot.core.responses.support_answer import AnswerRenderer


@dataclass(frozen=True)
class Interview:
    """Asks and keeps answers, for one knowledge version."""

    answerer: AnswerRenderer
    cache: Cache

    @property
    def knowledge(self) -> Knowledge:
        """The knowledge that the questions come from."""
        return self.answerer.knowledge

    def evaluated(self, profile: Profile) -> tuple[Finding, ...]:
        """Return the findings of all benefits for this profile, in the order of the policy."""
        knowledge = self.knowledge
        return self.cache.get(
            CacheKind.FINDINGS,
            decision_key(knowledge, profile),
            lambda: evaluate_all(knowledge, profile),
        )

    def findings(self, profile: Profile) -> tuple[Finding, ...]:
        """Return the findings of all benefits for this profile, in display order."""
        return ranked(self.evaluated(profile), profile)

    def next_question(self, session: Session) -> Slot | None:
        """Return the slot to ask next, or None when nothing is left to ask."""
        return next_question(self.knowledge, session, self.evaluated(session.profile))

    def begin(self, session: Session) -> Turn:
        """Start or go on: the intro, what may be presumed from the last answer, and a question;
        the results when nothing is left to ask."""
        words = self.answerer.words
        notes = []
        if not session.answers:
            notes.append(words.say("intro" if session.focus else "welcome"))
        session, presumed = self._presume(session)
        if presumed:
            notes.append(words.say("presumed", who=presumed))
            turn = self.proceed(session._replace(interviewing=True), notes)
            return offering(turn, self.answerer.edit_option(IDENTITY))
        return self.proceed(session._replace(interviewing=True), notes)

    def _presume(self, session: Session) -> tuple[Session, str]:
        """Somebody who asked about a support for one kind of people is most likely one of them."""
        support = self.knowledge.supports.get(session.focus)
        if support is None or session.answered(IDENTITY):
            return session, ""
        for condition in support.conditions:
            if condition.slot == IDENTITY and len(condition.allowed) == 1:
                label = self.answerer.words.labels(IDENTITY, condition.allowed)
                return session.with_answer(IDENTITY, condition.allowed), label
        return session, ""

    def proceed(self, session: Session, notes: Sequence[str] = ()) -> Turn:
        """The next question with these notes before it, or the results."""
        slot = self.next_question(session)
        if slot is None:
            return self.results(session._replace(interviewing=False, pending=""), notes)
        return self.ask(session, slot, notes)

    def ask(self, session: Session, slot: Slot, notes: Sequence[str] = ()) -> Turn:
        """Ask this slot."""
        session = session._replace(mode=Mode.INTERVIEW, pending=slot.id, interviewing=True)
        reply = self.answerer.question(slot, notes, first=not session.answers)
        return Turn(session, (reply,))

    def ask_again(self, turn: Turn) -> Turn:
        """The pending question once more, after an answer to something else. The choices of the
        answer give way: numbers mean what was offered last."""
        session = turn.session
        slot = self.knowledge.slots.get(session.pending)
        if not session.interviewing or slot is None:
            return turn
        bare = tuple(reply._replace(choices=()) for reply in turn.replies)
        again = self.answerer.question(slot, first=not session.answers, again=True)
        return turn._replace(session=session._replace(mode=Mode.INTERVIEW), replies=(*bare, again))

    def results(self, session: Session, notes: Sequence[str] = ()) -> Turn:
        """What applies and what may, from the first page on."""
        session = session._replace(mode=Mode.RESULTS, page=0, pending="", focus="")
        return self._page(session._replace(interviewing=False), notes)

    def more(self, session: Session) -> Turn:
        """The next page of the results."""
        session = session._replace(mode=Mode.RESULTS, page=session.page + 1)
        return self._page(session, ())

    def _page(self, session: Session, notes: Sequence[str]) -> Turn:
        key = (self.answerer.today, session.page, profile_key(session.profile))
        reply, findings = self.cache.get(
            CacheKind.RESULTS,
            key,
            lambda: ResultsList(self.answerer).results(
                session, self.findings(session.profile), session.page
            ),
        )
        if notes:
            reply = reply._replace(text="\n".join((*notes, reply.text)))
        cites = tuple(
            dict.fromkeys(self.knowledge.supports[c.support].clause for c in reply.cards)
        )
        return Turn(session, (reply,), cites=cites, findings=findings)

    def answer(
        self, session: Session, slot: Slot, choices: Sequence[str], *, typed: bool = False
    ) -> Turn:
        """Take an answer to this slot: a first one goes on, a later one changes the old. What was
        typed is said back, so that a misreading is seen at once."""
        if len(choices) > 1 and not slot.multiple:
            return self.ask(session, slot, (self.answerer.words.say("only_one"),))
        before = session.answered(slot.id)
        picked = self._valid(slot, choices)
        changed = before is not None and before.choices and before.choices != picked
        session = session.with_answer(slot.id, picked)
        notes = []
        if changed or typed:
            notes.append(self._noted(slot, picked, "changed" if changed else "noted"))
        if slot.id == session.pending or not session.interviewing:
            return self.proceed(session._replace(interviewing=True), notes)
        pending = self.knowledge.slots.get(session.pending)
        return self.ask(session, pending, notes) if pending else self.proceed(session, notes)

    def _noted(self, slot: Slot, choices: Sequence[str], how: str) -> str:
        """What was kept, in words; to be none of the people that the paper names is no fault."""
        words = self.answerer.words
        if slot.id == IDENTITY and tuple(choices) == (slot.none_choice,):
            return words.say("noted_nobody")
        return words.say(how, what=f"{slot.name}：{words.labels(slot.id, choices)}")

    def _valid(self, slot: Slot, choices: Sequence[str]) -> tuple[str, ...]:
        known = tuple(dict.fromkeys(c for c in choices if slot.choice(c)))
        if len(known) > 1 and slot.none_choice:
            known = tuple(c for c in known if c != slot.none_choice)
        return known if slot.multiple else known[-1:]

    def skip(self, session: Session, note: str) -> Turn:
        """Leave the pending question unanswered and go on."""
        if session.answered(session.pending):
            # Asked again to be changed, and then left as it was.
            return self.proceed(session._replace(pending=""), (note,))
        return self.proceed(session.with_answer(session.pending, ()), (note,))

    def back(self, session: Session) -> Turn:
        """Take the last answer back and ask it again."""
        words = self.answerer.words
        answered = [a.slot for a in session.answers if a.slot in self.knowledge.slots]
        if not answered:
            note = words.say("back_none")
            if session.pending:
                return self.ask(session, self.knowledge.slots[session.pending], (note,))
            return Turn(session, (Reply(note),))
        slot = self.knowledge.slots[answered[-1]]
        return self.ask(session.without(slot.id), slot, (words.say("back"),))

    def learn(self, session: Session, facts: Facts) -> tuple[Session, list[str]]:
        """Put facts said in passing where they belong; the notes say what was kept, changed or
        dropped."""
        words, notes = self.answerer.words, []
        for slot_id, no in facts.denied.items():
            kept = session.answered(slot_id)
            label = words.labels(slot_id, no)
            if kept and set(kept.choices) & set(no):
                left = tuple(c for c in kept.choices if c not in no)
                session = session.with_answer(slot_id, left) if left else session.without(slot_id)
                notes.append(words.say("removed", what=label))
        for slot_id, said in self._consistent(facts).items():
            session, note = self._merge(session, slot_id, said, facts)
            notes += note
        return session, notes

    def _consistent(self, facts: Facts) -> dict[str, tuple[str, ...]]:
        """What was said; of a correction without what the rest of it rules out: who says
        “不对，公司还没注册” has no company."""
        if not facts.correcting:
            return dict(facts.stated)
        kept = {}
        for slot_id, said in facts.stated.items():
            slot = self.knowledge.slots[slot_id]
            left = tuple(c for c in said if not _ruled_out(slot.choice(c), facts))
            if left:
                kept[slot_id] = left
        return kept

    @staticmethod
    def _comes_with(slot: Slot, said: Sequence[str], facts: Facts) -> bool:
        """Whether a correction of another slot only brings these along: “不对，我公司已经注册了”
        is about how far the firm is, not about who somebody is."""
        behind = [c.possible_if for choice in said if (c := slot.choice(choice))]
        return all(condition and condition.slot in facts.stated for condition in behind)

    def _merge(
        self, session: Session, slot_id: str, said: Sequence[str], facts: Facts
    ) -> tuple[Session, list[str]]:
        slot, words = self.knowledge.slots[slot_id], self.answerer.words
        before = session.answered(slot_id)
        old = before.choices if before else ()
        ended = {r for c in said if (choice := slot.choice(c)) for r in choice.replaces}
        dropped = tuple(c for c in old if c in ended and c not in said)
        anew = facts.correcting and not self._comes_with(slot, said, facts)
        if not slot.multiple or anew or slot.none_choice in said:
            new = tuple(said)
        else:
            new = tuple(dict.fromkeys([c for c in old if c not in dropped] + list(said)))
        new = self._valid(slot, new)
        if new == old:
            return session, []
        notes = [self._noted(slot, new, "noted" if set(old) <= set(new) else "changed")]
        if dropped and not facts.correcting:
            notes.append(words.say("dropped", what=words.labels(slot_id, dropped)))
        return session.with_answer(slot_id, new), notes


def _ruled_out(choice: Choice | None, facts: Facts) -> bool:
    condition = choice.possible_if if choice else None
    told = facts.stated.get(condition.slot) if condition else None
    return bool(condition and told and not set(told) & set(condition.allowed))


def offering(turn: Turn, option: Option) -> Turn:
    """The same turn with one more thing to tap, before 跳过."""
    *before, last = turn.replies
    if any(o.id == option.id for o in last.choices):
        return turn
    place = next((n for n, o in enumerate(last.choices) if o.id == "c:skip"), len(last.choices))
    choices = (*last.choices[:place], option, *last.choices[place:])
    return turn._replace(replies=(*before, last._replace(choices=choices)))
