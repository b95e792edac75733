"""Several questions in one message: each answered in short, none dropped in silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.dialogue.question_resolver import CANDIDATES, QuestionResolver, decide
from bot.core.domain.knowledge import Support, SupportKind
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Effects, Mode, Session
from bot.core.eligibility.verdicts import judge
from bot.core.nlu.command_classifier import ITEM, MessageParser
from bot.core.nlu.patterns import has_content, is_question
from bot.core.responses.support_answer import AnswerRenderer
from bot.core.text.normalizer import segments

MOST = 3
OFFERED = 6


@dataclass(frozen=True, slots=True)
class Part:
    """One question of several: what may answer it, and the sides it asks for."""

    asked: str
    outcome: str
    supports: tuple[Support, ...] = ()
    fields: tuple[str, ...] = ()
    signpost: str = ""


@dataclass(frozen=True)
class MultiQuestion:
    """Takes a message with several questions apart and answers each."""

    answerer: AnswerRenderer
    lookup: QuestionResolver
    reader: MessageParser

    def answer(self, session: Session, text: str, *, others: bool = False) -> Turn | None:
        """The turn that answers every question of the message; None where it asks one thing."""
        clean = self.reader.clean(text)
        items = [piece.strip(" ,，。;；") for piece in ITEM.split(clean)]
        if len(items) > 2:
            parts = self._parts(session, [item for item in items if item])
            # What stands before the first number only counts where it asks for something.
            parts = parts[1:] if items[0] and parts[0].outcome == "unknown" else parts
            sides = all(part.outcome == "field" for part in parts)
            return None if sides else self._reply(session, parts, others=others)
        told = segments(clean)
        items = [part for part in told if is_question(part)]
        # A story that asks in passing asks one thing; what it asks is found by the whole of it.
        if len(items) < 2 or len(items) * 2 < len(told):
            return None
        parts = self._parts(session, items)
        clear = {p.supports[0].id for p in parts if p.outcome == "answer"}
        if len(clear) > 1:
            return self._reply(session, parts, others=others)
        if _topics(parts) > 1 and self.lookup.says_nothing(clean, session.profile):
            return self._reply(session, parts, others=others)
        return None

    def _parts(self, session: Session, items: Sequence[str]) -> list[Part]:
        parts: list[Part] = []
        topic = self.answerer.knowledge.supports.get(session.focus)
        for item in items:
            part = self._part(session, item, topic)
            parts.append(part)
            if part.outcome == "answer":
                topic = part.supports[0]
        return parts

    def _part(self, session: Session, item: str, topic: Support | None) -> Part:
        fields, rest = self.reader.fields(item)
        if self.reader.asks_for_phone_number(item):
            return Part(item, "field", (topic,) if topic else (), ("who",))
        if fields and not has_content(rest):
            return Part(item, "field", (topic,) if topic else (), fields)
        query = rest if fields[:1] == ("who",) and has_content(rest) else item
        found = self.lookup.find(query, session.profile, fields[0] if fields else "")
        outcome = decide(found, len(query))
        known = self.answerer.knowledge.supports
        best = tuple(known[m.support] for m in found.matches[:CANDIDATES])
        if outcome == "unknown":
            return Part(item, outcome, signpost=found.out_of_scope)
        return Part(item, outcome, best, fields if outcome == "answer" else ())

    def _reply(self, session: Session, parts: Sequence[Part], *, others: bool) -> Turn:
        words, knowledge = self.answerer.words, self.answerer.knowledge
        told, left = parts[:MOST], parts[MOST:]
        profile = {} if others else session.profile
        lines = [words.say("several_head", count=str(len(parts)))]
        for part in told:
            answer = self._said(session._replace(answers=()) if others else session, part)
            lines.append(words.say("several_item", question=part.asked, answer=answer))
        if left:
            lines.append(words.say("several_left", questions="”“".join(p.asked for p in left)))
        answered = [p.supports[0] for p in told if p.supports and p.outcome != "clarify"]
        offered = [p.supports if p.outcome == "clarify" else p.supports[:1] for p in told]
        options = list(dict.fromkeys(s.id for group in offered for s in group))[:OFFERED]
        known = knowledge.supports
        if options:
            lines += [words.say("several_foot"), words.age(known[options[0]]).split("\n")[0]]
        reply = Reply(
            "\n".join(line for line in lines if line),
            tuple(self.answerer.title_option(known[s]) for s in options),
            cards=tuple(
                self.answerer.card(judge(known[s], profile, knowledge.slots), profile)
                for s in dict.fromkeys(s.id for s in answered)
            ),
        )
        cites = tuple(dict.fromkeys(known[s].clause for s in options))
        return self._turn(session, reply, parts, [s.id for s in answered], cites)

    @staticmethod
    def _turn(
        session: Session,
        reply: Reply,
        parts: Sequence[Part],
        answered: Sequence[str],
        cites: tuple[str, ...],
    ) -> Turn:
        """The turn of a reply to several questions: the last one answered is in focus, and those
        that nothing answers are kept for the admin."""
        open_ = [p.asked for p in parts if p.outcome == "unknown" and not p.signpost]
        effects = Effects(unanswered="；".join(open_))
        if answered:
            session = session._replace(mode=Mode.DETAIL, focus=answered[-1], asked="")
            return Turn(session, (reply,), cites=cites, outcome="answer", effects=effects)
        if reply.choices:
            session = session._replace(mode=Mode.CLARIFY, asked="")
            return Turn(session, (reply,), cites=cites, outcome="clarify", effects=effects)
        return Turn(session, (reply,), outcome="unknown", effects=effects)

    def _said(self, session: Session, part: Part) -> str:
        words, profile = self.answerer.words, session.profile
        if part.outcome == "clarify":
            titles = "｜".join(support.title for support in part.supports)
            return words.say("several_clarify", titles=titles)
        if part.outcome == "unknown":
            post = self.answerer.knowledge.signposts.get(part.signpost)
            return self.answerer.uncovered(post)
        if not part.supports:
            return words.say("no_focus")
        support = part.supports[0]
        lines = [self.answerer.sides.text(support, profile, f, later=False) for f in part.fields]
        if part.outcome == "field":
            return "\n".join(lines)
        lines.append(support.summary)
        if profile and support.kind is SupportKind.BENEFIT and support.conditions:
            finding = judge(support, profile, self.answerer.knowledge.slots)
            lines.append(words.verdict(finding, profile))
        place = words.clause(support).place
        lines.append(words.say("several_source", lead=words.asked(support), place=place))
        return "\n".join(lines)


def _topics(parts: Sequence[Part]) -> int:
    """How many parts name something to look up, not only sides of what is talked of."""
    return sum(part.outcome in ("answer", "clarify") for part in parts)
