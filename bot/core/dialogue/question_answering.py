"""Answer a question: a follow-up on the support in focus, several questions, or a new question.

`answer` applies its rules in order; the first one that matches makes the turn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.dialogue import actions, interview
from bot.core.dialogue.act_handling import fallback_act
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.follow_up import follow_up
from bot.core.dialogue.ineligibility import explain, topic_findings
from bot.core.dialogue.multi_question import answer_several
from bot.core.dialogue.open_requests import acknowledge, take_request
from bot.core.dialogue.question_resolver import (
    FRAGMENT_LENGTH,
    MAX_CANDIDATES,
    TERM_LENGTH,
    decide,
)
from bot.core.domain.knowledge import DISTRICT, IDENTITY, Slot, Support
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Effects, Mode, Profile, Session
from bot.core.eligibility.verdicts import Finding
from bot.core.nlu.acts import OUT_OF_SCOPE
from bot.core.nlu.list_reference import listed_supports
from bot.core.nlu.patterns import (
    has_content,
    is_question,
    question_without_negated,
)
from bot.core.nlu.refused_topic import refused_topic
from bot.core.nlu.unstated_topics import (
    asks_about_eligibility,
    find_unwritten_topic,
)
from bot.core.responses.support_answer import main_options, support_option
from bot.core.retrieval.confidence import ANSWER_FROM
from bot.core.retrieval.index import SearchResult
from bot.core.text.question_form import QuestionForm

# Words of a question for the bureau that are no words of the field `who`.
_ABOUT_BUREAU = re.compile(r"牵头|负责|主管|[\s,，。]")
# The share of a question that search terms must cover before an unstated topic answers it.
MIN_COVERAGE = 0.45
# The share of a question that the facts of a support must cover if the search is not certain.
COVERED = 0.7
# A message that only asks who may apply is at most this long, in characters.
MAX_IDENTITY_QUESTION = 20


def answer(context: TurnContext, session: Session, text: str) -> Turn:
    """Return the turn that answers a question."""
    parser = context.parser
    others = not session.about and parser.is_about_other_person(text)
    several = answer_several(context, session, text, for_other_person=others)
    if several:
        return interview.ask_pending(context, several)
    topic = refused_topic(parser.clean(text))
    refused = topic_findings(context, session, topic) if topic else ()
    if refused:
        return _explain_refusal(context, session, topic, refused)
    text = question_without_negated(parser.clean(text)) or text
    fields, rest = parser.fields(text)
    names_nothing = not has_content(rest)
    focus = context.knowledge.supports.get(session.focus)
    if fields and focus and (names_nothing or rest in focus.title or rest in focus.keywords):
        turn = follow_up(context, session, text, focus)
        return turn or actions.show_fields(context, session, focus, *fields)
    if focus and fields == ("who",) and not has_content(_ABOUT_BUREAU.sub("", rest)):
        return actions.show_fields(context, session, focus, *fields)
    if fields and focus and (other := _other_support(context, session, focus, rest)):
        return actions.show_support(context, session, other, *fields, for_other_person=others)
    asks_why = "why" in fields and len(rest) <= FRAGMENT_LENGTH
    if asks_why and not focus and session.mode is Mode.RESULTS:
        return actions.run_command(context, session, "others")
    asks_without_topic = fields and fields != ("who",) and names_nothing
    if (not focus and _has_no_topic(context, text)) or asks_without_topic:
        reply = _ask_which_support(context, session)
        return interview.ask_pending(context, Turn(session, (reply,)))
    district = named_district_only(context, rest) if fields else ()
    if focus and district:
        # "三江找谁" has no topic: it is about the support in focus, for another district.
        session = session.with_answer(DISTRICT, district)
        return actions.show_fields(context, session, focus, *fields)
    if focus and asks_why:
        # "为什么不能贷" has no topic: it is about the support in focus.
        return actions.show_fields(context, session, focus, *fields)
    if focus and (verdict := _identity_reply(context, session, text, focus)):
        return actions.show_reply(context, session, focus, verdict)
    query = search_query(context, text, session.profile)
    turn = follow_up(context, session, text, focus) if focus else None
    return turn or look_up(context, session, text, query, fields)


def _ask_which_support(context: TurnContext, session: Session) -> Reply:
    """Return the question which support is meant, with the last list to choose from."""
    supports, phrasebook = context.knowledge.supports, context.phrasebook
    options = tuple(
        support_option(phrasebook, supports[s]) for s in listed_supports(session) if s in supports
    )
    return Reply(phrasebook.say("no_focus"), options or main_options(phrasebook))


def _has_no_topic(context: TurnContext, text: str) -> bool:
    """Return whether a message asks something that applies to every support and names none:
    "我能申请吗", "要本人到场吗"."""
    clean = context.parser.clean(text)
    topic, rest = find_unwritten_topic(clean, context.knowledge)
    if topic and not has_content(rest):
        return True
    slot = context.knowledge.slots.get(IDENTITY)
    if slot is None or not _asks_who_may_apply(context, clean, slot):
        return False
    # "大学生能贷吗" has its topic in the verb.
    rest = context.questions.function_words.sub("", context.parser.without(clean, slot))
    matches = context.resolver.resolve(clean, {}, context.today).matches
    title = context.knowledge.supports[matches[0].support].title if matches else ""
    return not any(char in title for char in rest) or context.resolver.finds_nothing(clean, {})


def _asks_who_may_apply(context: TurnContext, clean: str, identity: Slot) -> bool:
    if len(clean) > MAX_IDENTITY_QUESTION:
        return False
    return asks_about_eligibility(clean, context.parser.without(clean, identity))


def search_query(context: TurnContext, text: str, profile: Profile) -> str:
    """Return the text to search: for a question for the bureau ("网店贷款找谁") only its topic, if
    the topic is long enough."""
    field, rest = context.parser.field(text)
    if field != "who" or not has_content(rest):
        return text
    # A topic with a gap ("这事归…管") is no topic.
    is_fragment = " " in rest or len(rest) <= TERM_LENGTH
    return text if is_fragment and context.resolver.finds_nothing(rest, profile) else rest


def _explain_refusal(
    context: TurnContext, session: Session, topic: str, findings: Sequence[Finding]
) -> Turn:
    if len(findings) == 1:
        return actions.show_fields(context, session, findings[0].support, "why")
    heading = context.phrasebook.say("refusal_head", topic=topic)
    return explain(context, session, heading, findings)


def _other_support(
    context: TurnContext, session: Session, focus: Support, rest: str
) -> Support | None:
    """Return the support that a follow-up names by a topic that the support in focus does not
    have: "贷款额度" after a question on courses."""
    resolver = context.resolver
    topics = resolver.topics(rest)
    if not topics or any(resolver.is_about(focus, topic) for topic in topics):
        return None
    result = resolver.resolve(" ".join(topics), session.profile, context.today)
    if result.out_of_scope or not result.matches or result.confidence < ANSWER_FROM:
        return None
    return context.knowledge.supports[result.matches[0].support]


def named_district_only(context: TurnContext, text: str) -> tuple[str, ...]:
    """Return the district that a text names; () if the text contains anything else."""
    district = context.knowledge.slots.get(DISTRICT)
    named = context.parser.named(text, district) if district else ()
    if not district or not named or district.none_choice in named:
        return ()
    return named if context.parser.is_only(text, district) else ()


def _identity_reply(
    context: TurnContext, session: Session, text: str, focus: Support
) -> Reply | None:
    """Return the reply to a question who may apply for the support in focus ("什么人能贷",
    "大学生能进吗"); None if the message asks something else. The identity in the question is not
    stored."""
    slot, clean = context.knowledge.slots.get(IDENTITY), context.parser.clean(text)
    if not slot or not _asks_who_may_apply(context, clean, slot):
        return None
    named = context.parser.named(text, slot)
    if not named:
        return context.renderer.field_answer(focus, session.profile, "conditions")
    form, aspects = context.read_question(text)
    if context.facts.silent_topic(form, aspects, focus):
        return None  # "研究生是否适用" is listed as unstated
    return context.renderer.identity_answer(focus, named)


def _unstated_in_match(
    context: TurnContext, result: SearchResult, text: str
) -> tuple[Support, str] | None:
    """Return a match for which the asked topic is listed as unstated, and the topic:
    "投资失败政府赔吗"."""
    clean = context.parser.clean(text)
    # A fragment is a question without a question word: "休学学费".
    asks = is_question(clean) or len(clean) <= FRAGMENT_LENGTH
    if result.out_of_scope or result.other_city or not asks:
        return None
    form, aspects = context.read_question(text)
    for match in result.matches[:MAX_CANDIDATES]:
        support = context.knowledge.supports[match.support]
        covered = match.evidence.longest_term and match.evidence.known >= MIN_COVERAGE
        if covered and (topic := context.facts.silent_topic(form, aspects, support)):
            return support, topic
    return None


def look_up(
    context: TurnContext, session: Session, text: str, query: str, fields: Sequence[str]
) -> Turn:
    """Search the query and answer, clarify, or say that the policy does not cover it."""
    renderer = context.renderer
    result = context.resolver.resolve(
        query, session.profile, context.today, "amount" if "amount" in fields else ""
    )
    if len("".join(context.parser.content_words(text))) <= 1:
        return _answer_fragment(context, session, text, result)
    outcome = _outcome(context, result, query)
    form, aspects = context.read_question(text)
    if outcome != "answer" and not result.out_of_scope and not result.other_city:
        result, outcome = _by_facts(context, form, aspects, result, outcome)
    if turn := take_request(context, session, text, result, outcome):
        return turn
    supports = [context.knowledge.supports[m.support] for m in result.matches]
    clean, today = context.parser.clean(text), context.today
    if outcome == "answer" and (alike := context.resolver.look_alikes(supports[0], clean, today)):
        session = session._replace(mode=Mode.CLARIFY, focus="", asked=text)
        reply = renderer.policy_clarification(alike)
        return Turn(session, (reply,), outcome="clarify")
    if outcome == "answer":
        others = not session.about and context.parser.is_about_other_person(text)
        if fields and supports[0].id == session.focus and not others:
            return actions.show_fields(context, session, supports[0], *fields)
        lead = context.facts.lead(form, aspects, supports[0])
        if len(fields) == 1 and fields == aspects and not lead:
            lead = context.facts.on_aspect(form, aspects, supports[0], ())
        if actions.WHOLE in fields:
            return actions.show_fields(context, session, supports[0], actions.WHOLE)
        shown = () if lead and len(fields) == 1 else fields
        return actions.show_support(
            context, session, supports[0], *shown, for_other_person=others, lead=lead
        )
    if outcome == "clarify":
        session = session._replace(mode=Mode.CLARIFY, focus="", asked=text)
        reply = renderer.clarification(supports[:MAX_CANDIDATES])
        if denied := context.facts.denial(form, supports[:MAX_CANDIDATES]):
            reply = reply._replace(text=f"{denied}\n{reply.text}")
        reply = renderer.with_shared_rules(reply, supports[:MAX_CANDIDATES])
        return Turn(session, (reply,), outcome="clarify")
    unstated = _unstated_in_match(context, result, text)
    if unstated:
        support, topic = unstated
        reply = renderer.unstated_answer(support, topic)
        return actions.show_reply(context, session, support, reply)
    if not result.out_of_scope and (turn := fallback_act(context, session, text)):
        return turn
    other_city = result.other_city and not result.out_of_scope
    if not (other_city or result.out_of_scope or _is_asked(context, text)):
        near = [
            s for s, m in zip(supports, result.matches, strict=True) if m.evidence.longest_term
        ]
        return acknowledge(context, session, near[:MAX_CANDIDATES])
    asked = form.echo if form.asks and result.matches and not form.about_bot else ""
    reply = renderer.unknown_answer(result.out_of_scope, other_city=other_city, asked=asked)
    effects = Effects(unanswered="" if result.out_of_scope else text)
    turn = Turn(session, (reply,), outcome="unknown", effects=effects)
    return interview.ask_pending(context, turn)


def _is_asked(context: TurnContext, text: str) -> bool:
    """Return whether a message asks something, so that an answer must say what is not covered."""
    clean = context.parser.clean(text)
    is_statement = context.acts.score(clean).request != OUT_OF_SCOPE and not clean.isascii()
    return is_question(clean) or not is_statement


def _answer_fragment(
    context: TurnContext, session: Session, text: str, result: SearchResult
) -> Turn:
    """Offer the supports that have the only character of a message in their title or keywords;
    without any, or for function words only ("or"), say that the message was not understood. It is
    no question, so it is not kept as an unanswered one."""
    content = "".join(context.parser.content_words(text))
    supports = [
        support
        for match in result.matches
        if (support := context.knowledge.supports[match.support])
        and content
        and any(content in name for name in (support.title, *support.keywords))
    ][:MAX_CANDIDATES]
    if supports and not content.isascii():
        session = session._replace(mode=Mode.CLARIFY, focus="", asked=text)
        return Turn(session, (context.renderer.clarification(supports),), outcome="clarify")
    reply = Reply(context.phrasebook.say("nothing"), main_options(context.phrasebook))
    return interview.ask_pending(context, Turn(session, (reply,)))


def _is_half_known(context: TurnContext, result: SearchResult, query: str) -> bool:
    """Return whether a query is one or two words with function words, and no support has one of
    them: "free or paid"."""
    return context.parser.is_fragment(query) and bool(result.matches[0].evidence.unknown_words)


def _by_facts(
    context: TurnContext,
    form: QuestionForm,
    aspects: Sequence[str],
    result: SearchResult,
    outcome: str,
) -> tuple[SearchResult, str]:
    """Return the result with the match first whose facts answer the question, and the outcome
    answer; the result and the outcome as they are if none does."""
    covered = [
        (context.facts.states(form, aspects, context.knowledge.supports[m.support]), m)
        for m in result.matches[:MAX_CANDIDATES]
    ]
    share, best = max(covered, key=lambda each: each[0], default=(0.0, None))
    if best is None or share < COVERED or not form.asks:
        return result, outcome
    others = tuple(match for match in result.matches if match is not best)
    return result._replace(matches=(best, *others)), "answer"


def _outcome(context: TurnContext, result: SearchResult, query: str) -> str:
    """Return the outcome of a search. A query that only names an identity asks nothing, so it is
    clarified instead of answered."""
    outcome = decide(result, len(context.parser.clean(query)))
    if outcome == "answer" and _is_half_known(context, result, query):
        return "clarify"
    identity = context.knowledge.slots.get(IDENTITY)
    if outcome == "answer" and identity and context.parser.names_choices_only(query, identity):
        return "clarify"
    return outcome
