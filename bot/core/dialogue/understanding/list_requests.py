"""Recognise requests for a list of supports, and requests about the list that was shown."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.dialogue.understanding.situation import Found, Situation
from bot.core.domain.knowledge import IDENTITY, NEEDS
from bot.core.nlu.classifiers.acts import LIST_MORE, LIST_WHICH, LIST_WITHOUT, ON_LIST
from bot.core.nlu.classifiers.bureau_questions import OVERVIEW
from bot.core.nlu.patterns import remove_negated
from bot.core.nlu.understanding import Act

SEEK, TRADE = "seek", "trade_only"
# Kinds of requests for a list.
OPEN = (SEEK, TRADE, OVERVIEW)
# Probability from which a message is about a part of the list that was shown; from which it asks
# for more of it, or for a part of the list from which the support in focus was opened.
ON_LIST_FROM, SURELY_ON_LIST_FROM = 0.5, 0.9


def is_elsewhere(situation: Situation) -> bool:
    """Return whether a text is about a topic that no policy covers also
    without the people and the business that it names: 二胎补贴."""
    context, clean = situation.context, situation.asked_clean
    if not situation.search.result.out_of_scope:
        return False
    rest = context.parser.businesses.remove(clean) or clean
    if identity := context.knowledge.slots.get(IDENTITY):
        rest = context.parser.without(rest, identity)
    return bool(situation.resolve(rest).out_of_scope)


def requested_list(situation: Situation, certainty: float) -> Act | None:
    """Return the request for the list that a text names: of a bureau, of a kind of support or for
    kinds of people, of a need; else of what suits the user. None for a text that names nothing, or
    a kind of support besides a denied one: the list for 除了网店还有什么贷款 would contain it."""
    context, text, clean = situation.context, situation.asked, situation.asked_clean
    parser, slots = context.parser, context.knowledge.slots
    if bureaus := parser.bureaus.named(text):
        # 科技局还是教育局 asks which of the two.
        overview = Act("overview", text, certainty, argument=bureaus[0])
        return overview if len(bureaus) == 1 else None
    people, needs = (
        parser.named(clean, slots[slot]) if slot in slots else () for slot in (IDENTITY, NEEDS)
    )
    kind = next(iter(_kinds_in(situation, clean)), "")
    if situation.session.answered(IDENTITY) and (situation.whole or not kind):
        people = ()
    if parser.asks_nothing(text) or (kind and remove_negated(clean)[1]):
        return None
    if kind or people:
        return Act("list", text, certainty, argument=kind, choices=people)
    if needs and context.acts.score(clean).request == OVERVIEW:
        return Act("filter", text, certainty, supports=supports_of(situation, clean))
    return Act("seek", text, certainty)


def list_part(situation: Situation) -> Found:
    """Recognise a request about the list that was shown: 只看给钱的; 贷款不要; 哪条讲学分.
    What is not wanted may also be named without a list."""
    session, kinds = situation.session, situation.score.on_list
    kind = next(iter(kinds), "")
    surely = session.focus or kind == LIST_MORE
    least = SURELY_ON_LIST_FROM if surely else ON_LIST_FROM
    # An answer to the question of the interview is no request: 只要场地.
    answers = session.interviewing and kind != LIST_WITHOUT
    if kind not in ON_LIST or kinds[kind] < least or answers or situation.fields:
        return None
    if not session.listed and kind != LIST_WITHOUT:
        return None
    certainty, text = kinds[kind], situation.clean
    if kind == LIST_MORE:
        return Act("more", text, certainty)
    if bureaus := situation.context.parser.bureaus.named(text):
        return Act("overview", text, certainty, argument=bureaus[0])
    if kind == LIST_WITHOUT:
        text, *others = situation.clauses
        if any(
            set(supports_of(situation, other)) - set(supports_of(situation, text))
            for other in others
        ):
            return None  # "除了网店，还有什么贷款" names what is wanted
    part = supports_of(situation, text)
    if kind == LIST_WHICH:
        part = _items_about(situation, part)
    if len(part) == 1 and kind == LIST_WHICH:
        return Act("refer", supports=part)
    if not part:
        return None
    choices = ("without",) if kind == LIST_WITHOUT else ()
    return Act("filter", situation.text, certainty, choices=choices, supports=part)


def _items_about(situation: Situation, supports: Sequence[str]) -> tuple[str, ...]:
    """Return which of these supports the list has; those of them alone that own a term of the
    text, if there are any."""
    context, listed = situation.context, situation.session.listed
    items = tuple(support for support in supports if support in listed)
    terms = context.index.analyzer.terms_in(situation.clean)
    known = context.knowledge.supports
    return (
        tuple(s for s in items if any(context.resolver.owns(known[s], t) for t in terms)) or items
    )


def _kinds_in(situation: Situation, text: str) -> tuple[str, ...]:
    """Return the kinds of supports that a text names: 贷款, 创业园."""
    kinds = situation.context.knowledge.questions.get("support_kinds", ())
    return tuple(kind for kind in kinds if kind in text)


def supports_of(situation: Situation, topic: str) -> tuple[str, ...]:
    """Return the supports whose title has a kind of support that the topic names (贷款), else
    those for the needs that it names, else those that are about a term of it."""
    context, knowledge = situation.context, situation.context.knowledge
    benefits = knowledge.benefits
    if named := _kinds_in(situation, topic):
        return tuple(s.id for s in benefits if any(kind in s.title for kind in named))
    needs = knowledge.slots.get(NEEDS)
    if needs and (wanted := set(context.parser.named(topic, needs))):
        return tuple(s.id for s in benefits if wanted & set(s.needs))
    terms = [t for t in context.index.analyzer.terms_in(topic) if t in topic and len(t) > 1]
    return tuple(
        s.id for s in benefits if any(context.resolver.is_about(s, term) for term in terms)
    )
