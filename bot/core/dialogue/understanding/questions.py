"""Recognise questions about the support in focus, and questions that name no support."""

from __future__ import annotations

from bot.core.dialogue.actions.answers.ineligibility import topic_findings
from bot.core.dialogue.question_resolver import FRAGMENT_LENGTH, is_sure
from bot.core.dialogue.repetition import rules_told_last, told_rules
from bot.core.dialogue.understanding.comparison import comparison
from bot.core.dialogue.understanding.multi_question import several
from bot.core.dialogue.understanding.search import unstated
from bot.core.dialogue.understanding.situation import Found, Recogniser, Situation
from bot.core.dialogue.understanding.statements import contact_in_district
from bot.core.domain.knowledge import DISTRICT, IDENTITY, Slot
from bot.core.domain.session import Mode
from bot.core.nlu.classifiers.acts import ASPECT_PREFIX
from bot.core.nlu.classifiers.paper_questions import COPY, FORCE, LEAD, ORIGIN
from bot.core.nlu.list_reference import MAX_EACH
from bot.core.nlu.patterns import has_content
from bot.core.nlu.refused_topic import refused_topic
from bot.core.nlu.understanding import Act
from bot.core.nlu.unstated_topics import asks_about_eligibility, find_unwritten_topic
from bot.core.text.normalizer import bare

# The probability from which a message asks about a paper; that from which it does although the
# search is sure; and that from which it only asks whether the paper is in force, which is asked of
# supports too.
ABOUT_PAPER_FROM, SURE_DETAIL, IN_FORCE_FROM = 0.6, 0.8, 0.95
# A message that only asks who may apply is at most this long, in characters.
MAX_IDENTITY_QUESTION = 20


def paper_details(situation: Situation) -> Found:
    """Recognise a question for details of the paper itself, or of a later rule that was told:
    谁发的, 文号多少, 几时起施行."""
    context, session = situation.context, situation.session
    details, certainty = context.acts.paper_question(situation.clean)
    parser, text = context.parser, situation.text
    if certainty < ABOUT_PAPER_FROM or parser.asks_nothing(text) or parser.is_fragment(text):
        return None
    # A sample of an aspect (“依据哪条”), “看原文” and “谁牵头” are said of the support in focus.
    if situation.focus and context.acts.exact(situation.clean).startswith(ASPECT_PREFIX):
        return None
    if {*details} <= {COPY, LEAD} and situation.fields and situation.names_nothing:
        return None
    may_be_support = certainty < SURE_DETAIL and not rules_told_last(context, session)
    if may_be_support and is_sure(situation.resolve(situation.clean)):
        return None
    if details == (FORCE,):
        in_force = certainty >= IN_FORCE_FROM and not situation.focus
        in_force = in_force and not situation.facts.stated
        return Act("validity", situation.text, certainty) if in_force else None
    # Without a later rule, where a statement comes from is a question for the quote.
    if details == (ORIGIN,) and not told_rules(context, session):
        return None
    return Act("which_papers", situation.text, certainty, aspects=details)


def paper_content(situation: Situation) -> Found:
    """Recognise a question what one of several papers has: 2024年的文件有哪些扶持."""
    context, clean = situation.context, situation.clean
    if len(context.knowledge.policies) == 1:
        return None
    policy = context.resolver.named_policy(clean)
    if policy is None:
        return None
    rest = bare(context.resolver.without_policy(clean, policy))
    if not rest or context.parser.without_fillers("paper", rest):
        return None
    return Act("paper_content", situation.text, argument=policy)


def refusal(situation: Situation) -> Found:
    """Recognise a question why a topic is refused: 为什么没有贷款."""
    topic = refused_topic(situation.clean)
    if topic and topic_findings(situation.context, situation.session, topic):
        return Act("refusal", argument=topic)
    return None


def ineligible(situation: Situation) -> Found:
    """Recognise 为什么 after a list of results: what does not suit the user."""
    if situation.focus or situation.session.mode is not Mode.RESULTS:
        return None
    return Act("ineligible") if _asks_why(situation) else None


def no_topic(situation: Situation) -> Found:
    """Recognise a question that applies to every support and names none."""
    fields = situation.fields
    without_topic = fields and fields != ("who",) and situation.names_nothing
    if without_topic or (not situation.focus and _has_no_topic(situation)):
        return Act("no_topic")
    return None


def spoken_of(situation: Situation) -> str:
    """Return the support that a conversation without a focus is about: the first of a short list
    that is shown, else the one shown last; "" if there is none, or after a long list."""
    session, supports = situation.session, situation.context.knowledge.supports
    if situation.focus or session.interviewing or session.mode is Mode.CLARIFY:
        return ""
    listed = session.listed if session.mode is Mode.RESULTS else ()
    if len(listed) > MAX_EACH:
        return ""
    spoken_of = [*listed[:1], *reversed(session.shown)]
    return next((support for support in spoken_of if support in supports), "")


def aspect_in_district(situation: Situation) -> Found:
    """Recognise a question for aspects of the support in focus in another district: 三江找谁."""
    focus = situation.focus
    district = named_district_only(situation) if focus and situation.fields else ()
    if not focus or not district:
        return None
    return Act("contact_in", supports=(focus.id,), aspects=situation.fields, choices=district)


def who_may(situation: Situation) -> Found:
    """Recognise a question who may apply for the support in focus: 什么人能贷, 大学生能进吗. An
    identity in the question is not stored."""
    context, text, focus = situation.context, situation.asked, situation.focus
    slot, clean = context.knowledge.slots.get(IDENTITY), situation.asked_clean
    if not focus or not slot or not _asks_who_may_apply(situation, clean, slot):
        return None
    named = context.parser.named(text, slot)
    if named and context.facts.silent_topic(situation.form, situation.aspects, focus):
        return None  # "研究生是否适用" is listed as unstated
    return Act("who_may", supports=(focus.id,), choices=named)


def named_district_only(situation: Situation) -> tuple[str, ...]:
    """Return the district that a question names besides its fields; () if it names anything
    else."""
    context, text = situation.context, situation.rest
    district = context.knowledge.slots.get(DISTRICT)
    named = context.parser.named(text, district) if district else ()
    if not district or not named or district.none_choice in named:
        return ()
    return named if context.parser.is_only(text, district) else ()


def _asks_why(situation: Situation) -> bool:
    return "why" in situation.fields and len(situation.rest) <= FRAGMENT_LENGTH


def _has_no_topic(situation: Situation) -> bool:
    """Return whether a message asks something that applies to every support and names none:
    "我能申请吗", "要本人到场吗"."""
    context, clean = situation.context, situation.asked_clean
    topic, rest = find_unwritten_topic(clean, context.knowledge)
    if topic and not has_content(rest):
        return True
    slot = context.knowledge.slots.get(IDENTITY)
    if slot is None or not _asks_who_may_apply(situation, clean, slot):
        return False
    # "大学生能贷吗" has its topic in the verb.
    rest = context.questions.function_words.sub("", context.parser.without(clean, slot))
    matches = context.resolver.resolve(clean, {}, context.today).matches
    title = context.knowledge.supports[matches[0].support].title if matches else ""
    return not any(char in title for char in rest) or context.resolver.finds_nothing(clean, {})


def _asks_who_may_apply(situation: Situation, clean: str, identity: Slot) -> bool:
    if len(clean) > MAX_IDENTITY_QUESTION:
        return False
    return asks_about_eligibility(clean, situation.context.parser.without(clean, identity))


# What the form of a question proposes, with the name of the kind.
FORMS: tuple[Recogniser, ...] = (
    Recogniser("comparison", comparison),
    Recogniser("several", several),
    Recogniser("refusal", refusal),
    Recogniser("ineligible", ineligible),
    Recogniser("no_topic", no_topic),
    Recogniser("contact_in", aspect_in_district),
    Recogniser("contact_in", contact_in_district),
    Recogniser("who_may", who_may),
    Recogniser("silent", unstated),
)
