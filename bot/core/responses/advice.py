"""Render what helps a user to act: a first step, a checklist, a comparison, a summary."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.domain.knowledge import DISTRICT, IDENTITY, NEEDS, STAGE, Support
from bot.core.domain.session import Profile
from bot.core.eligibility.verdicts import Finding, Verdict
from bot.core.responses.phrasebook import SEPARATOR, Phrasebook

# Topics on which the policy is silent that one item of a checklist names.
MAX_UNSTATED = 3
# The answers of a profile that an introduction on the telephone names, in this order.
_INTRODUCED = (IDENTITY, STAGE, DISTRICT)


def introduction(phrasebook: Phrasebook, profile: Profile) -> str:
    """Return how the user introduces himself on the telephone; "" without a profile."""
    labels = [
        phrasebook.stated_labels(slot, profile[slot]) for slot in _INTRODUCED if slot in profile
    ]
    stated = [label for label in labels if label]
    return phrasebook.say("phone_who", who="，".join(stated)) if stated else ""


def phone_line(phrasebook: Phrasebook, profile: Profile, supports: Sequence[Support]) -> str:
    """Return a sentence to read out to the hotline that asks for these supports."""
    titles = "”“".join(support.title for support in supports)
    return phrasebook.say("phone_line", who=introduction(phrasebook, profile), titles=titles)


def next_step(phrasebook: Phrasebook, profile: Profile, support: Support) -> str:
    """Return the first step towards a support: whom to ask for what, and the sentence for the
    hotline."""
    say = phrasebook.say
    lines = [
        phrasebook.closed_note(support),
        say("next_first", title=support.title, ask=phrasebook.first_contact(support)),
    ]
    if support.steps:
        lines.append(say("steps", what="；".join(support.steps)))
    if support.materials:
        lines.append(say("materials", what=SEPARATOR.join(support.materials)))
    line = phone_line(phrasebook, profile, [support])
    lines.append(say("next_phone", hotline=phrasebook.hotline(), line=line))
    return phrasebook.compose(*lines)


def action_plan(phrasebook: Phrasebook, profile: Profile, findings: Sequence[Finding]) -> str:
    """Return a checklist of supports: what, why, whom to ask, what is uncertain; then the sentence
    for the hotline."""
    say = phrasebook.say
    stated = _stated(phrasebook, profile)
    lines = [say("plan_head_for", profile=stated) if stated else say("plan_head")]
    for number, finding in enumerate(findings, 1):
        support = finding.support
        lines.append(say("plan_item", number=str(number), title=phrasebook.title(support)))
        lines.append(say("plan_what", what=support.summary))
        if profile:
            lines.append(phrasebook.verdict(finding, profile))
        lines.append(say("plan_whom", ask=phrasebook.first_contact(support)))
        if support.unstated:
            what = SEPARATOR.join(support.unstated[:MAX_UNSTATED])
            lines.append(say("plan_uncertain", what=what))
    supports = [finding.support for finding in findings]
    line = phone_line(phrasebook, profile, supports)
    lines.append(say("next_phone", hotline=phrasebook.hotline(), line=line))
    lines.append(phrasebook.validity(supports[0]).split("\n")[0])
    return phrasebook.compose(*lines)


def comparison(phrasebook: Phrasebook, profile: Profile, findings: Sequence[Finding]) -> str:
    """Return the same facts of several supports side by side, and which one fits the profile."""
    say = phrasebook.say
    lines = [say("compare_head", count=str(len(findings)))]
    for finding in findings:
        support = finding.support
        lines.append(
            say(
                "compare_item",
                title=phrasebook.title(support),
                place=phrasebook.clause(support).place,
                what=support.summary,
                lead=phrasebook.contact(support),
            )
        )
        if profile and support.conditions:
            lines.append(phrasebook.verdict(finding, profile))
    fitting = [f for f in findings if f.verdict is Verdict.APPLIES]
    if profile and len(fitting) == 1:
        lines.append(say("compare_fits", title=fitting[0].support.title))
    return phrasebook.compose(*lines)


def conversation_summary(
    phrasebook: Phrasebook, profile: Profile, supports: Sequence[Support]
) -> str:
    """Return what the user said and which supports were shown, to be forwarded."""
    say, stated = phrasebook.say, _stated(phrasebook, profile)
    lines = [say("summary_head")]
    if stated:
        lines.append(say("summary_me", profile=stated))
    lines += [
        say(
            "summary_item",
            title=phrasebook.title(support),
            what=support.summary,
            lead=phrasebook.contact(support),
        )
        for support in supports
    ]
    if supports:
        policy = phrasebook.policy(supports[0])
        lines.append(say("summary_foot", policy=policy.title, issued=policy.issued.isoformat()))
    return phrasebook.compose(*lines)


def recommendation(phrasebook: Phrasebook, profile: Profile, findings: Sequence[Finding]) -> str:
    """Return which support to ask for first and why, and the ones after it."""
    say = phrasebook.say
    first, *others = findings
    lines = [
        say("recommend_first", title=phrasebook.title(first.support), what=first.support.summary),
        phrasebook.verdict(first, profile) if profile else "",
    ]
    if first.support.amount:
        lines.append(say("amount", amount=first.support.amount))
    if others:
        titles = "”“".join(phrasebook.title(f.support) for f in others)
        lines.append(say("recommend_then", titles=titles))
    lines.append(say("plan_whom", ask=phrasebook.first_contact(first.support)))
    return phrasebook.compose(*lines)


def _stated(phrasebook: Phrasebook, profile: Profile) -> str:
    slots = (*_INTRODUCED, NEEDS)
    return phrasebook.stated_profile({slot: profile[slot] for slot in slots if slot in profile})
