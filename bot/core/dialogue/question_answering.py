"""A question answered: which support it is about, which sides of it, and what the paper leaves
unsaid; a follow-up on the support in focus, several questions at once, or none that we know."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.core.dialogue.actions import ActionHandlers
from bot.core.dialogue.ineligibility import IneligibilityExplainer, refused_topic
from bot.core.dialogue.interview import Interview
from bot.core.dialogue.multi_question import MultiQuestion
from bot.core.dialogue.question_resolver import (
    CANDIDATES,
    LIKE_ONE_ON_FILE,
    SCRAP,
    SHORT,
    QuestionResolver,
    decide,
)
from bot.core.domain.knowledge import DISTRICT, IDENTITY, Knowledge, Slot, Support
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Effects, Mode, Option, Profile, Session
from bot.core.eligibility.verdicts import Finding
from bot.core.nlu.command_classifier import MessageParser
from bot.core.nlu.list_reference import listed_supports
from bot.core.nlu.patterns import (
    asks_about_sum,
    expresses_doubt,
    has_content,
    is_hypothetical,
    is_question,
    question_without_negated,
)
from bot.core.nlu.unstated_topics import (
    asks_about_eligibility,
    find_unstated_phrase,
    find_unstated_topic,
    find_unwritten_topic,
    names_loan,
)
from bot.core.responses.support_answer import AnswerRenderer, lead_options
from bot.core.retrieval.confidence import ANSWER_FROM, CLARIFY_FROM
from bot.core.retrieval.index import SearchResult

# What asks who it is, besides the words for that side.
_LEADING = re.compile(r"牵头|负责|主管|[\s,，。]")
# How much of a question the knowledge has to have heard before a silence may answer it.
KNOWN = 0.45
# A message that only asks who may have it is no longer than this.
WHOM = 20


@dataclass(frozen=True)
class QuestionAnswering:
    """Answers questions, for one knowledge version."""

    commands: ActionHandlers
    lookup: QuestionResolver
    reader: MessageParser

    @property
    def interview(self) -> Interview:
        """Asks the pending question again after an answer."""
        return self.commands.interview

    @property
    def answerer(self) -> AnswerRenderer:
        """Puts knowledge into replies."""
        return self.commands.answerer

    @property
    def knowledge(self) -> Knowledge:
        """What the answers come from."""
        return self.answerer.knowledge

    @cached_property
    def several(self) -> MultiQuestion:
        """For messages with several questions."""
        return MultiQuestion(self.answerer, self.lookup, self.reader)

    @cached_property
    def refusals(self) -> IneligibilityExplainer:
        """For those who ask why there is nothing for them."""
        return IneligibilityExplainer(self.interview)

    def answer(self, session: Session, text: str) -> Turn:
        others = self.reader.is_about_other_person(text)
        several = self.several.answer(session, text, others=others)
        if several:
            return self.interview.ask_again(several)
        topic = refused_topic(self.reader.clean(text))
        refused = self.refusals.about(session, topic) if topic else ()
        if refused:
            return self._refused(session, topic, refused)
        text = question_without_negated(self.reader.clean(text)) or text
        fields, rest = self.reader.fields(text)
        thin = not has_content(rest)
        focus = self.knowledge.supports.get(session.focus)
        if fields and focus and (thin or self._is_of(focus, rest)):
            return self.commands.follow_up(session, focus, *fields)
        if fields and focus and (named := self._named_anew(session, focus, rest)):
            return self.commands.show(session, named, *fields, others=others)
        if "why" in fields and not focus and session.mode is Mode.RESULTS and len(rest) <= SCRAP:
            return self.commands.run(session, "others")
        if (not focus and self._of_nothing(text)) or (fields and fields != ("who",) and thin):
            return self.interview.ask_again(Turn(session, (self._which(session),)))
        where = self.only_where(rest) if fields else ()
        if focus and where:
            # “三江找谁”: nothing to look up but where, so it is about what we talk of.
            session = session.with_answer(DISTRICT, where)
            return self.commands.follow_up(session, focus, *fields)
        if focus and "why" in fields and len(rest) <= SCRAP:
            # “为什么不能贷”: no topic of its own, so it is about what we talk of.
            return self.commands.follow_up(session, focus, *fields)
        if focus and (whom := self._of_whom(session, text, focus)):
            return self.commands.about(session, focus, whom)
        if focus and (unsaid := self._unsaid(session, text, focus)):
            return self.commands.about(session, focus, self.answerer.silence(focus, unsaid))
        query = self.query(text, session.profile)
        if fields and focus and self.lookup.says_nothing(query, session.profile):
            return self.commands.follow_up(session, focus, *fields)
        about = self._of_focus(session, text, focus, fields, rest) if focus else None
        return about or self.look_up(session, text, query, fields)

    def _of_focus(
        self, session: Session, text: str, focus: Support, fields: Sequence[str], rest: str
    ) -> Turn | None:
        """The turn of a follow-up that names nothing which another support goes by; None where it
        has to be looked up."""
        said = rest if fields else text
        found = self.lookup.find(said, session.profile)
        if found.out_of_scope or found.other_city or not found.matches:
            return None
        best, outcome = found.matches[0], self._outcome(found, said)
        if (
            not fields
            and is_hypothetical(self.reader.clean(text))
            and self.lookup.demands(focus, said)
        ):
            # Whether the case still fits is not ours to say; what the paper demands is.
            return self.commands.follow_up(session, focus, "conditions")
        if best.support == focus.id:
            again = found.confidence >= CLARIFY_FROM or self.lookup.speaks_of(said, focus)
            unclear = outcome != "answer" and not fields
            return self.commands.show(session, focus) if unclear and again else None
        if self.lookup.turns_to(best, said, focus):
            return None
        if fields and self._goes_on(rest):
            return self.commands.follow_up(session, focus, *fields)
        if outcome == "unknown" and self.lookup.speaks_of(said, focus):
            return self.commands.show(session, focus, *fields)
        clean = self.reader.clean(text)
        if not fields and asks_about_sum(clean):
            return self.commands.follow_up(session, focus, "amount")
        if not fields and outcome == "answer" and expresses_doubt(clean):
            return self.commands.about(session, focus, self.answerer.sure(focus))
        return None

    def _which(self, session: Session) -> Reply:
        """The question what is meant, with the list that was shown to choose from."""
        words, held = self.answerer.words, self.knowledge.supports
        listed = [held[s] for s in listed_supports(session) if s in held]
        options = tuple(Option(f"s:{s.id}", s.title) for s in listed)
        return Reply(words.say("no_focus"), options or lead_options(words))

    @staticmethod
    def _goes_on(rest: str) -> bool:
        """Whether what a question says besides its side is too little to be a topic."""
        return len(_LEADING.sub("", rest)) <= SHORT or rest.isascii()

    def _of_nothing(self, text: str) -> bool:
        """Whether the message asks for something that everything could be asked for, and for
        nothing that it names: “我能申请吗”, “要本人到场吗”."""
        clean = self.reader.clean(text)
        slot = self.knowledge.slots.get(IDENTITY)
        what, rest = find_unwritten_topic(clean, self.knowledge)
        if what and not has_content(rest):
            return True
        asks = slot is not None and self._asks_for_whom(clean, slot)
        return asks and (not names_loan(clean) or self.lookup.says_nothing(clean, {}))

    def _asks_for_whom(self, clean: str, identity: Slot) -> bool:
        if len(clean) > WHOM:
            return False
        return asks_about_eligibility(clean, self.reader.without(clean, identity))

    def query(self, text: str, profile: Profile) -> str:
        """What to look up: of “网店贷款找谁” only what it is about, where that says enough."""
        field, rest = self.reader.field(text)
        if field != "who" or not has_content(rest):
            return text
        # “这事归…管” with the asking cut out of its middle is no topic.
        scrap = " " in rest or len(rest) <= SHORT
        return text if scrap and self.lookup.says_nothing(rest, profile) else rest

    def _refused(self, session: Session, topic: str, about: Sequence[Finding]) -> Turn:
        if len(about) == 1:
            return self.commands.follow_up(session, about[0].support, "why")
        head = self.answerer.words.say("refusal_head", topic=topic)
        return self.refusals.explain(session, head, about)

    def _is_of(self, focus: Support, rest: str) -> bool:
        """Whether what else a follow-up says is only the name of what we talk of."""
        return rest in focus.title or rest in focus.keywords

    def _named_anew(self, session: Session, focus: Support, rest: str) -> Support | None:
        """The support that a follow-up names a topic of, where what we talk of does not go by
        that topic: “贷款额度” after a question on courses."""
        topics = self.lookup.topics(rest)
        if not topics or any(self.lookup.goes_by(focus, topic) for topic in topics):
            return None
        found = self.lookup.find(" ".join(topics), session.profile)
        if found.out_of_scope or not found.matches or found.confidence < ANSWER_FROM:
            return None
        return self.knowledge.supports[found.matches[0].support]

    def only_where(self, rest: str) -> tuple[str, ...]:
        """The district that a text names, where it says nothing else."""
        district = self.knowledge.slots.get(DISTRICT)
        where = self.reader.named(rest, district) if district else ()
        if not district or not where or district.none_choice in where:
            return ()
        return where if self.reader.is_only(rest, district) else ()

    def _of_whom(self, session: Session, text: str, focus: Support) -> Reply | None:
        """What a follow-up gets that asks who may have this: “什么人能贷”, “大学生能进吗”; None
        where it asks something else. It says nothing of the founder."""
        slot, clean = self.knowledge.slots.get(IDENTITY), self.reader.clean(text)
        if not slot or not self._asks_for_whom(clean, slot):
            return None
        named = self.reader.named(text, slot)
        if not named:
            return self.answerer.field(focus, session.profile, "conditions")
        if find_unstated_topic(clean, focus, self.knowledge):
            return None  # “研究生是否适用” is left open, so it is not ours to decide
        return self.answerer.of_whom(focus, named)

    def _unsaid(self, session: Session, text: str, focus: Support) -> str:
        """What the paper leaves unsaid about the support in focus, if the message asks for it and
        is not clearly about another one."""
        clean = self.reader.clean(text)
        unsaid = find_unstated_topic(clean, focus, self.knowledge) if is_question(clean) else ""
        unsaid = unsaid or find_unwritten_topic(clean, self.knowledge)[0]
        if not unsaid:
            return ""
        found = self.lookup.find(text, session.profile)
        best = found.matches[0] if found.matches else None
        other = (
            best is not None and best.support != focus.id and decide(found, len(clean)) == "answer"
        )
        return "" if other and best and best.evidence.nearest >= LIKE_ONE_ON_FILE else unsaid

    def _unsaid_of(self, found: SearchResult, text: str) -> tuple[Support, str] | None:
        """A support near to the question that leaves just this unsaid: “投资失败政府赔吗”."""
        clean = self.reader.clean(text)
        asks = is_question(clean) or len(clean) <= SCRAP  # “休学学费” asks without a word for it
        if found.out_of_scope or found.other_city or not asks:
            return None
        for match in found.matches[:CANDIDATES]:
            support = self.knowledge.supports[match.support]
            familiar = match.evidence.longest_term and match.evidence.known >= KNOWN
            if familiar and (what := find_unstated_phrase(clean, support, self.knowledge)):
                return support, what
        return None

    def look_up(self, session: Session, text: str, query: str, fields: Sequence[str]) -> Turn:
        found = self.lookup.find(query, session.profile, "amount" if "amount" in fields else "")
        outcome = self._outcome(found, query)
        supports = [self.knowledge.supports[m.support] for m in found.matches]
        if outcome == "answer":
            others = self.reader.is_about_other_person(text)
            if fields and supports[0].id == session.focus and not others:
                return self.commands.follow_up(session, supports[0], *fields)
            return self.commands.show(session, supports[0], *fields, others=others)
        if outcome == "clarify":
            reply = self.answerer.clarify(supports[:CANDIDATES])
            session = session._replace(mode=Mode.CLARIFY, focus="", asked=text)
            return Turn(session, (reply,), outcome="clarify")
        unsaid = self._unsaid_of(found, text)
        if unsaid:
            support, what = unsaid
            return self.commands.about(session, support, self.answerer.silence(support, what))
        away = found.other_city and not found.out_of_scope
        reply = self.answerer.unknown(found.out_of_scope, elsewhere=away)
        effects = Effects(unanswered="" if found.out_of_scope else text)
        turn = Turn(session, (reply,), outcome="unknown", effects=effects)
        return self.interview.ask_again(turn)

    def _outcome(self, found: SearchResult, query: str) -> str:
        """What to do with what was found. A word for a kind of people alone asks nothing, so it
        is never answered outright."""
        clean = self.reader.clean(query)
        outcome = decide(found, len(clean))
        identity = self.knowledge.slots.get(IDENTITY)
        if outcome == "answer" and identity and self.reader.names_choices_only(query, identity):
            return "clarify"
        return outcome
