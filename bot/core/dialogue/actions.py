"""What is tapped or said as a command. Ids, never positions: a button pressed weeks later does
the right thing, or says why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.core.dialogue.ineligibility import IneligibilityExplainer
from bot.core.dialogue.interview import Interview, offering
from bot.core.dialogue.list_request import ListRequest
from bot.core.domain.knowledge import IDENTITY, Support
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Effects, Mode, Option, Session
from bot.core.responses.results_list import ResultsList
from bot.core.responses.support_answer import AnswerRenderer, lead_options

# Phrases that send somebody to the public line.
CALLING = frozenset({"human", "upset"})


@dataclass(frozen=True)
class ActionHandlers:
    """Carries out taps and commands, for one knowledge version."""

    interview: Interview

    @property
    def answerer(self) -> AnswerRenderer:
        """Puts knowledge into replies."""
        return self.interview.answerer

    def tap(self, session: Session, choice: str) -> Turn:
        """A pressed button."""
        kind, _, rest = choice.partition(":")
        if kind == "a":
            return self._tapped_answer(session, rest)
        if kind == "s":
            return self._tapped_support(session, rest)
        if kind == "f":
            field, _, support = rest.partition(":")
            return self._tapped_field(session, field, support)
        if kind == "c":
            return self.run(session, rest)
        return self._stale(session)

    def _tapped_answer(self, session: Session, rest: str) -> Turn:
        slot_id, _, picked = rest.partition(":")
        slot = self.interview.knowledge.slots.get(slot_id)
        choices = [c for c in picked.replace(" ", "+").split("+") if slot and slot.choice(c)]
        if slot is None or not choices:
            return self._stale(session)
        return self.interview.answer(session, slot, choices)

    def _tapped_support(self, session: Session, support_id: str) -> Turn:
        support = self.interview.knowledge.supports.get(support_id)
        if support is None:
            return self._stale(session)
        return self.show(session, support)

    def _tapped_field(self, session: Session, field: str, support_id: str) -> Turn:
        support = self.interview.knowledge.supports.get(support_id)
        if support is None or field not in self.interview.knowledge.fields:
            return self._stale(session)
        return self.follow_up(session, support, field)

    def show(self, session: Session, support: Support, *fields: str, others: bool = False) -> Turn:
        """A support in full; it becomes the one that follow-ups mean. `others`: it is asked for
        somebody else, so what we know of this founder decides nothing."""
        reply = self.answerer.support(support, {} if others else session.profile, *fields)
        return self.about(session, support, reply)

    def follow_up(self, session: Session, support: Support, *fields: str) -> Turn:
        """Some sides of a support."""
        return self.about(session, support, self.answerer.field(support, session.profile, *fields))

    def about(self, session: Session, support: Support, reply: Reply) -> Turn:
        """A reply about a support, which becomes the one that follow-ups mean."""
        session = session._replace(mode=Mode.DETAIL, focus=support.id, asked="")
        turn = Turn(session, (reply,), cites=(support.clause,), outcome="answer")
        return self.interview.ask_again(turn)

    def run(self, session: Session, command: str) -> Turn:
        """A command by its name: `start`, `back`, `edit:<slot>`, `useful:<support>` …"""
        name, _, argument = command.partition(":")
        handler = self._handlers.get(name)
        if handler is None:
            return self._stale(session)
        return handler(session, argument)

    def overview(self, session: Session, asked: ListRequest) -> Turn:
        """What there is at all, on a topic, or besides what was shown."""
        if asked.more:
            return self._more(session)
        if asked.topic:
            return self._topic(session, asked.topic, asked.people)
        return self._everything(session, asked.people)

    @cached_property
    def _handlers(self) -> dict[str, Callable[[Session, str], Turn]]:
        interview = self.interview
        return {
            "start": lambda s, _: interview.begin(s),
            "results": lambda s, _: interview.results(s),
            "others": lambda s, _: self._others(s),
            "more": lambda s, _: self._more(s),
            "back": lambda s, _: interview.back(s),
            "return": lambda s, _: self._return(s),
            "skip": lambda s, _: self._skip(s),
            "unsure": lambda s, _: self._skip(s) if s.pending else self._confused(s),
            "none_fits": lambda s, _: self._skip(s, "none_fits"),
            "continue": lambda s, _: self._continue(s),
            "restart": lambda s, _: self._restart(),
            "me": lambda s, _: self._me(s),
            "edit": self._edit,
            "forget": lambda s, _: self._forget(),
            "none": lambda s, _: self._none(s),
            "useful": lambda s, support: self._feedback(s, support, useful=True),
            "useless": lambda s, support: self._feedback(s, support, useful=False),
            "help": lambda s, _: self._say(s, "help"),
            "human": lambda s, _: self._say(s, "human"),
            "hello": lambda s, _: self._say(s, "hello" if s.answers or s.focus else "greeting"),
            "thanks": lambda s, _: self._say(s, "thanks"),
            "bye": lambda s, _: self._say(s, "bye"),
            "who_am_i": lambda s, _: self._say(s, "who_am_i"),
            "upset": lambda s, _: self._say(s, "upset"),
            "confused": lambda s, _: self._confused(s),
            "valid": lambda s, _: self._say(s, "valid"),
            "field": lambda s, asked: self._tapped_field(s, *asked.split(":", 1)),
            "privacy": lambda s, _: self._say(s, "privacy"),
            "sure": lambda s, _: self._of_focus(s, self.answerer.sure, "valid"),
            "brief": lambda s, _: self._brief(s),
            "that_all": lambda s, _: self._that_all(s),
            "repeat": lambda s, _: self._repeat(s),
            "all": lambda s, _: self._all(s),
            "english": lambda s, _: self._say(s, "english"),
            "nontext": lambda s, _: self._say(s, "nontext"),
        }

    def _say(self, session: Session, phrase: str) -> Turn:
        words = self.answerer.words
        policy = next(iter(self.interview.knowledge.policies.values()))
        year = str(policy.target_year or policy.issued.year)
        issued = policy.issued.isoformat()
        text = words.say(phrase, policy=policy.title, issued=issued, year=year)
        links = (words.call(),) if phrase in CALLING else ()
        # Help that offers help leads nowhere.
        options = tuple(o for o in lead_options(words) if o.id != f"c:{phrase}")
        turn = Turn(session, (Reply(text, options, links=links),))
        # Who takes leave is not asked once more.
        return turn if phrase == "bye" else self.interview.ask_again(turn)

    def _of_focus(
        self, session: Session, reply: Callable[[Support], Reply], otherwise: str
    ) -> Turn:
        """A reply about the support in focus; a sentence of ours where there is none."""
        support = self.interview.knowledge.supports.get(session.focus)
        if support is None:
            return self._say(session, otherwise)
        return self.about(session, support, reply(support))

    def _brief(self, session: Session) -> Turn:
        """The last answer in one line; without one, help as to who is confused."""
        if session.focus in self.interview.knowledge.supports:
            return self._of_focus(session, self.answerer.brief, "confused")
        return self._confused(session)

    def _that_all(self, session: Session) -> Turn:
        if session.focus in self.interview.knowledge.supports and not session.interviewing:
            words = self.answerer.words
            options = (Option("c:start", words.say("button_more_for_me")),)
            return Turn(session, (Reply(words.say("that_all"), options),))
        return self._more(session)

    def _repeat(self, session: Session) -> Turn:
        """What was said last, once more."""
        support = self.interview.knowledge.supports.get(session.focus)
        if support:
            return self.show(session, support)
        if session.interviewing:
            return self._continue(session)
        if session.mode is Mode.RESULTS:
            return self.interview.results(session)
        if session.mode is Mode.CLARIFY and session.listed:
            held = self.interview.knowledge.supports
            asked = [held[s] for s in session.listed if s in held]
            return Turn(session, (self.answerer.clarify(asked),), outcome="clarify")
        return self._say(session, "hello" if session.answers else "greeting")

    def _all(self, session: Session) -> Turn:
        """“都要” to a question: nothing is ruled out, so it is left open; else all there is."""
        if session.interviewing and session.pending:
            return self.interview.skip(session, self.answerer.words.say("all_wanted"))
        return self._more(session)

    def _confused(self, session: Session) -> Turn:
        """Why we ask, and that it may be left open; or what one can say at all."""
        slot = self.interview.knowledge.slots.get(session.pending)
        words = self.answerer.words
        if session.interviewing and slot:
            notes = (words.say("why_asked", why=slot.why), words.say("may_skip"))
            return self.interview.ask(session, slot, notes)
        return self._say(session, "confused")

    def _stale(self, session: Session) -> Turn:
        return self._say(session, "stale")

    def _skip(self, session: Session, note: str = "skipped") -> Turn:
        if not session.pending:
            return self._say(session, "nothing_open")
        return self.interview.skip(session, self.answerer.words.say(note))

    def _continue(self, session: Session) -> Turn:
        slot = self.interview.knowledge.slots.get(session.pending)
        if session.interviewing and slot:
            return self.interview.ask(session, slot)
        if session.mode is Mode.RESULTS:
            return self._more(session)
        return self.interview.begin(session)

    def _more(self, session: Session) -> Turn:
        if session.mode is Mode.RESULTS:
            return self.interview.more(session)
        if session.interviewing:
            return self._continue(session)
        if session.profile:
            return self.interview.results(session)
        return self.interview.begin(session)

    def _everything(self, session: Session, people: Sequence[str]) -> Turn:
        """What there is for those named or told of before; else the questions that find out. Who
        somebody said they are is not changed by asking about others."""
        slot = self.interview.knowledge.slots.get(IDENTITY)
        if people and not session.answered(IDENTITY):
            session = session.with_answer(IDENTITY, people)
            words = self.answerer.words
            who = words.labels(IDENTITY, people)
            note = words.say("presumed", who=who)
            if slot and slot.none_choice in people:
                note = words.say("noted", what=f"{slot.name}：{who}")
            turn = self.interview.results(session, (note,))
            return offering(turn, self.answerer.edit_option(IDENTITY))
        if session.profile.get(IDENTITY):
            return self.interview.results(session)
        return self.interview.begin(session)

    def _topic(self, session: Session, topic: str, people: tuple[str, ...]) -> Turn:
        """What there is on a topic, for those named if any are: “有哪些贷款”."""
        turn = IneligibilityExplainer(self.interview).of_topic(session, topic, people)
        # A pending question waits until one of them is opened: “第二个” means one of these.
        return turn or self._stale(session)

    def _return(self, session: Session) -> Turn:
        """From a support to the results that it was opened from; else to the last question."""
        opened = session.mode is Mode.DETAIL and session.listed and not session.pending
        if opened and session.profile:
            return self.interview.results(session)
        return self.interview.back(session)

    def _others(self, session: Session) -> Turn:
        reply, cites = ResultsList(self.answerer).others(
            session, self.interview.findings(session.profile)
        )
        session = session._replace(mode=Mode.RESULTS, page=-1)
        return self.interview.ask_again(Turn(session, (reply,), cites=cites))

    def _restart(self) -> Turn:
        words = self.answerer.words
        return self.interview.proceed(
            Session(interviewing=True), (words.say("restarted"), words.say("intro"))
        )

    def _me(self, session: Session) -> Turn:
        return self.interview.ask_again(Turn(session, (self.answerer.me(session),)))

    def _edit(self, session: Session, slot_id: str) -> Turn:
        slot = self.interview.knowledge.slots.get(slot_id)
        if slot is None:
            turn = Turn(session, (self.answerer.me(session),))
            return turn if session.answers else self.interview.begin(session)
        return self.interview.ask(session, slot, (self.answerer.words.say("edit_ask"),))

    def _forget(self) -> Turn:
        words = self.answerer.words
        # Nothing to tap: what was offered is forgotten too, and a number would mean nothing.
        reply = Reply(words.say("forgotten"))
        return Turn(Session(), (reply,), effects=Effects(forget=True))

    def _none(self, session: Session) -> Turn:
        reply = self.answerer.unknown("", elsewhere=False)
        effects = Effects(unanswered=session.asked)
        mode = Mode.INTERVIEW if session.interviewing else Mode.IDLE
        session = session._replace(mode=mode, asked="")
        return self.interview.ask_again(
            Turn(session, (reply,), outcome="unknown", effects=effects)
        )

    def _feedback(self, session: Session, support: str, *, useful: bool) -> Turn:
        words = self.answerer.words
        if support not in self.interview.knowledge.supports:
            return self._stale(session)
        text = words.say("feedback" if useful else "feedback_bad")
        effects = Effects(feedback=(support, useful))
        links = () if useful else (words.call(),)
        reply = Reply(text, lead_options(words), links=links)
        return self.interview.ask_again(Turn(session, (reply,), effects=effects))
