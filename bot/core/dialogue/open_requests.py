"""Answer requests that name no support: what is there for me, what is there on a topic or of a
bureau, which one first; and statements that ask nothing."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.dialogue import advice, interview
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.question_resolver import MAX_CANDIDATES, SIMILAR, is_sure
from bot.core.domain.knowledge import NEEDS, Support
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Mode, Session
from bot.core.nlu.acts import OUT_OF_SCOPE, QUESTION
from bot.core.responses.support_answer import main_options, support_option
from bot.core.retrieval.index import SearchResult

SEEK, TRADE, STORY, SCRAP = "seek", "trade_only", "story", "money_word"
OVERVIEW, RECOMMEND = "overview", "recommend"
# Probability from which a kind of request decides: where the search finds no answer, and where it
# finds one that is not sure. Chosen on a test set by other writers (docs/decisions/042).
CERTAIN_FROM, OVERRULES_FROM = 0.4, 0.8
# Supports of one overview.
MAX_LISTED = 8


def take_request(
    context: TurnContext, session: Session, text: str, result: SearchResult, outcome: str
) -> Turn | None:
    """Return the turn of a request that names no support; None for a question about one. A sure
    search result is never overruled."""
    kinds = context.acts.score(context.parser.clean(text)).requests
    kind = next(iter(kinds), QUESTION)
    is_answer = outcome == "answer" and not _lists_bureau(context, kind, text)
    overrules = is_answer or kind in (OVERVIEW, RECOMMEND)
    least = OVERRULES_FROM if overrules else CERTAIN_FROM
    if kinds.get(kind, 0.0) < least or kind in (QUESTION, OUT_OF_SCOPE):
        return None
    if is_answer and (is_sure(result) or result.matches[0].evidence.nearest >= SIMILAR):
        return None
    if result.out_of_scope and kind not in (SEEK, TRADE):
        return None
    if kind in (SEEK, TRADE):
        return show_open_supports(context, session)
    if kind == OVERVIEW:
        return show_overview(context, session, text)
    if kind == RECOMMEND:
        return advice.show_recommendation(context, session)
    if kind in (STORY, SCRAP) and outcome == "unknown":
        known = context.knowledge.supports
        found = [known[match.support] for match in result.matches if match.evidence.longest_term]
        return acknowledge(context, session, found[:MAX_CANDIDATES])
    return None


def seeks_support(context: TurnContext, text: str) -> bool:
    """Return whether a message asks for help in general."""
    score = context.acts.score(context.parser.clean(text))
    return score.request == SEEK and score.requests[SEEK] >= OVERRULES_FROM


def _lists_bureau(context: TurnContext, kind: str, text: str) -> bool:
    return kind == OVERVIEW and bool(context.parser.named_bureaus(text))


def show_open_supports(context: TurnContext, session: Session) -> Turn:
    """Show what suits the user as far as he is known."""
    note = "" if session.profile else context.phrasebook.say("seek_unknown")
    pending, interviewing = session.pending, session.interviewing
    turn = interview.show_results(context, session, (note,) if note else ())
    after = turn.session._replace(pending=pending, interviewing=interviewing)
    return interview.ask_pending(context, turn._replace(session=after))


def show_overview(context: TurnContext, session: Session, text: str) -> Turn:
    """List the supports of a bureau or of a need that the message names, else all that suit the
    user."""
    clean, phrasebook = context.parser.clean(text), context.phrasebook
    bureau = next(iter(context.parser.named_bureaus(text)), "")
    needs = context.knowledge.slots.get(NEEDS)
    wanted = context.parser.named(clean, needs) if needs else ()
    if bureau:
        supports = [
            support
            for support in context.knowledge.benefits
            if bureau in context.knowledge.clauses[support.clause].lead
        ]
        heading = phrasebook.say("overview_bureau", bureau=bureau)
    elif wanted:
        supports = [s for s in context.knowledge.benefits if set(wanted) & set(s.needs)]
        labels = phrasebook.labels(NEEDS, wanted)
        heading = phrasebook.say("overview_need", need=labels)
    else:
        return show_open_supports(context, session)
    if not supports:
        return show_open_supports(context, session)
    return _list(context, session, heading, supports)


def _list(
    context: TurnContext, session: Session, heading: str, supports: Sequence[Support]
) -> Turn:
    phrasebook = context.phrasebook
    ranked = [f.support for f in context.ranked_findings(session.profile)]
    shown = sorted(supports, key=ranked.index)[:MAX_LISTED]
    lines = [heading, *(phrasebook.say("overview_line", title=phrasebook.title(s)) for s in shown)]
    if len(supports) > len(shown):
        lines.append(phrasebook.say("overview_more", count=str(len(supports) - len(shown))))
    lines.append(phrasebook.say("results_foot"))
    lines.append(phrasebook.validity(shown[0]).split("\n")[0])
    reply = Reply("\n".join(lines), tuple(support_option(phrasebook, s) for s in shown))
    session = session._replace(mode=Mode.CLARIFY, focus="", asked="")
    cites = tuple(dict.fromkeys(support.clause for support in shown))
    return Turn(session, (reply,), cites=cites, outcome="clarify")


def acknowledge(context: TurnContext, session: Session, supports: Sequence[Support]) -> Turn:
    """Say that it is not clear what a message asks, and offer supports that share a term with it,
    and the interview."""
    phrasebook = context.phrasebook
    options = [support_option(phrasebook, support) for support in supports]
    options += main_options(phrasebook)
    reply = Reply(phrasebook.say("unsure_statement"), tuple(options))
    return interview.ask_pending(context, Turn(session, (reply,)))
