"""Search the supports that a question is about, and decide the outcome of the search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.question_resolver import MAX_CANDIDATES, SIMILAR, TERM_LENGTH, decide
from bot.core.domain.knowledge import IDENTITY
from bot.core.domain.session import Profile
from bot.core.nlu.patterns import has_content
from bot.core.retrieval.index import SearchResult
from bot.core.text.question_form import QuestionForm

# The share of a question that the facts of a support must cover if the search is not certain.
COVERED = 0.7
# The share of a question that the best of several supports of one clause must cover to answer it.
COVERED_BY_CLAUSE = 0.6
# The form of a question and the aspects that it asks for.
Form = tuple[QuestionForm, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Search:
    """The result of the search for a question, and its outcome: answer, clarify or unknown."""

    result: SearchResult
    outcome: str

    @property
    def best(self) -> tuple[str, ...]:
        """The ids of the supports found, the best first."""
        return tuple(match.support for match in self.result.matches)

    @property
    def near(self) -> tuple[str, ...]:
        """The ids of the supports that share a term with the question, at most MAX_CANDIDATES."""
        found = [m.support for m in self.result.matches if m.evidence.longest_term]
        return tuple(found[:MAX_CANDIDATES])


def search_query(context: TurnContext, text: str, profile: Profile) -> str:
    """Return the text to search: for a question for the bureau ("网店贷款找谁") only its topic, if
    the topic is long enough."""
    field, rest = context.parser.field(text)
    if field != "who" or not has_content(rest):
        return text
    # A topic with a gap ("这事归…管") is no topic.
    is_fragment = " " in rest or len(rest) <= TERM_LENGTH
    return text if is_fragment and context.resolver.finds_nothing(rest, profile) else rest


def search_question(
    context: TurnContext,
    profile: Profile,
    text: str,
    fields: Sequence[str],
    read_form: Callable[[], Form],
    *,
    in_talk: bool,
) -> Search:
    """Search a question that asks for these fields. `read_form` is called if the search alone does
    not answer; `in_talk`: see `QuestionResolver.resolve`."""
    query = search_query(context, text, profile)
    field = "amount" if "amount" in fields else ""
    result = context.resolver.resolve(query, profile, context.today, field, in_talk=in_talk)
    outcome = _outcome(context, result, query)
    if outcome != "answer" and not result.out_of_scope and not result.other_city:
        return _by_facts(context, read_form(), result, outcome)
    return Search(result, outcome)


def _outcome(context: TurnContext, result: SearchResult, query: str) -> str:
    """Return the outcome of a search. A query that only names an identity asks nothing, so it is
    clarified instead of answered."""
    outcome = decide(result, len(context.parser.clean(query)))
    if outcome == "answer" and _is_half_known(context, result, query):
        return "clarify"
    if outcome == "clarify" and _is_one_clause(context, result):
        return "answer"
    identity = context.knowledge.slots.get(IDENTITY)
    if outcome == "answer" and identity and context.parser.names_choices_only(query, identity):
        return "clarify"
    return outcome


def _is_one_clause(context: TurnContext, result: SearchResult) -> bool:
    """Return whether the supports that a query may mean stand in one clause, and the best of them
    has a similar sample question. Without one, a topic that no clause has shares a word with it:
    measured, 4 of 5 such questions are out of scope."""
    supports = context.knowledge.supports
    best = result.matches[:MAX_CANDIDATES]
    clauses = {supports[m.support].clause for m in best}
    alone = len(best) == MAX_CANDIDATES and len(clauses) == 1
    evidence = best[0].evidence if alone else None
    return bool(evidence and evidence.covered >= COVERED_BY_CLAUSE and evidence.nearest >= SIMILAR)


def _is_half_known(context: TurnContext, result: SearchResult, query: str) -> bool:
    """Return whether a query is one or two words with function words, and no support has one of
    them: "free or paid"."""
    return context.parser.is_fragment(query) and bool(result.matches[0].evidence.unknown_words)


def _by_facts(context: TurnContext, read: Form, result: SearchResult, outcome: str) -> Search:
    """Return the result with the match first whose facts answer the question, and the outcome
    answer; the result and the outcome as they are if none does."""
    form, aspects = read
    supports = context.knowledge.supports
    covered = [
        (context.facts.states(form, aspects, supports[m.support]), m)
        for m in result.matches[:MAX_CANDIDATES]
    ]
    share, best = max(covered, key=lambda each: each[0], default=(0.0, None))
    if best is None or share < COVERED or not form.asks:
        return Search(result, outcome)
    others = tuple(match for match in result.matches if match is not best)
    return Search(result._replace(matches=(best, *others)), "answer")
