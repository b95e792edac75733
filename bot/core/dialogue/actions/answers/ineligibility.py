"""List the supports of a topic, each with its verdict and the reason for it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.dialogue.context import TurnContext
from bot.core.domain.knowledge import IDENTITY
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Mode, Profile, Session
from bot.core.eligibility.verdicts import Finding, Verdict
from bot.core.responses.phrasebook import Phrasebook
from bot.core.responses.results_list import is_listed, unsettled_line
from bot.core.responses.support_answer import support_option
from bot.core.responses.support_fields import rules_on

# Supports that one reply lists.
MAX_LISTED = 6


def list_topic(
    context: TurnContext, session: Session, topic: str, identities: Sequence[str] = ()
) -> Turn | None:
    """List the supports whose title contains a topic, to choose from; None if there are none.
    With `identities`, evaluate for these instead of the user and leave out what does not apply."""
    evaluated = session.with_answer(IDENTITY, identities) if identities else session
    findings = topic_findings(context, evaluated, topic)
    findings = [f for f in findings if topic in f.support.title]
    if identities:
        findings = [f for f in findings if is_listed(f)]
    if not findings:
        return None
    heading = context.phrasebook.say("topic_head", topic=topic)
    turn = explain(context, evaluated, heading, findings)
    session = session._replace(mode=Mode.CLARIFY, focus="")
    return turn._replace(session=session, outcome="clarify")


def explain(
    context: TurnContext, session: Session, heading: str, findings: Sequence[Finding]
) -> Turn:
    """List supports below a heading, each with its verdict and the reason for it."""
    phrasebook, shown = context.phrasebook, findings[:MAX_LISTED]
    lines = [heading, *(_line(phrasebook, finding, session.profile) for finding in shown)]
    if len(findings) > MAX_LISTED:
        lines.append(phrasebook.say("refusal_more", count=str(len(findings) - MAX_LISTED)))
    lines.append(phrasebook.say("results_foot"))
    ages = context.renderer.ages([finding.support for finding in shown], (), judged=True)
    lines += [age.text for age in ages]
    told = dict.fromkeys(u for finding in shown for u in rules_on(finding.support))
    lines.append(phrasebook.rules(tuple(told)))
    reply = Reply(
        phrasebook.compose(*lines),
        tuple(support_option(phrasebook, finding.support) for finding in shown),
    )
    session = session._replace(focus="")
    cites = tuple(dict.fromkeys(finding.support.clause for finding in shown))
    return Turn(session, (reply,), cites=cites, outcome="answer")


def topic_findings(context: TurnContext, session: Session, topic: str) -> Sequence[Finding]:
    """Return the findings of a topic: matches of title or amount first, then of keywords."""
    findings = context.ranked_findings(session.profile)
    titled = [f for f in findings if topic in f.support.title or topic in f.support.amount]
    return [*titled, *(f for f in findings if topic in f.support.keywords and f not in titled)]


def _line(phrasebook: Phrasebook, finding: Finding, profile: Profile) -> str:
    if line := unsettled_line(phrasebook, finding):
        return line
    say, title = phrasebook.say, phrasebook.title(finding.support)
    if finding.verdict is Verdict.NOT_APPLICABLE:
        return say("refusal_not", title=title, reason=phrasebook.failure_reason(finding))
    more = phrasebook.further_requirements(finding.support, profile)
    if more:
        return say("refusal_fits", title=title, what="；".join(more))
    return say("refusal_applies", title=title)
