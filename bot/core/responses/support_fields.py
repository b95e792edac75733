"""Render one field of a support: contacts, amount, conditions, deadline, steps, …"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.domain.knowledge import Support, SupportKind, Update
from bot.core.domain.phrases import phrase_id
from bot.core.domain.session import Profile
from bot.core.eligibility.verdicts import Verdict, evaluate, what_if
from bot.core.responses.phrasebook import SEPARATOR, Phrasebook
from bot.core.responses.silence import open_aspect, silence

# The field with the cooperating bureaus besides the lead.
ALL_BUREAUS = "bureaus"
# Unstated topics that belong to the field `amount`: "按什么标准算".
_ABOUT_AMOUNT = re.compile("多少|标准|怎么算|额度|比例|基数")
_VERDICT_PHRASES = {
    Verdict.APPLIES: phrase_id("verdict_word_applies"),
    Verdict.MAYBE: phrase_id("verdict_word_maybe"),
    Verdict.NOT_APPLICABLE: phrase_id("verdict_word_not"),
    Verdict.CLOSED: phrase_id("verdict_word_closed"),
}


def render_field(
    phrasebook: Phrasebook,
    support: Support,
    profile: Profile,
    field: str,
) -> str:
    """Return what the knowledge states on a field of a support, or that the policy does not state
    it and whom to ask. What later rules state on it: `rules_on`."""
    say = phrasebook.say
    if field in ("who", ALL_BUREAUS):
        return phrasebook.contacts(support, profile, all_bureaus=field == ALL_BUREAUS)
    if field == "text":
        clause = phrasebook.clause(support)
        return say("full_text", place=clause.place) + "\n" + clause.text
    if field == "updates":
        return phrasebook.later_rules(support)
    if field == "why":
        return _why(phrasebook, support, profile)
    until = support.valid_until or phrasebook.policy(support).valid_until
    if field == "deadline" and until:
        return say("deadline", date=until.isoformat())
    if field == "steps" and support.steps:
        return say("steps", what="；".join(support.steps))
    if field == "materials" and support.materials:
        return say("materials", what="；".join(support.materials))
    return _field_or_silence(phrasebook, support, profile, field)


def rules_on(support: Support, *fields: str) -> tuple[Update, ...]:
    """Return the statements of later rules that belong to an answer on these fields: those that
    belong to every answer and, for a single field, those on it. Several fields would be long."""
    if "updates" in fields:
        return ()
    field = fields[0] if len(fields) == 1 else ""
    return tuple(u for u in support.updates if u.always or field in u.about)


def rules_on_topic(support: Support, topic: str) -> tuple[Update, ...]:
    """Return the statements of later rules that belong to the answer that the policy does not
    state a topic."""
    return tuple(u for u in support.updates if u.always or u.states(topic))


def later_rules_hint(
    phrasebook: Phrasebook, support: Support, told: Sequence[Update], *fields: str
) -> str:
    """Return the hint that there are later rules; "" if there are none, or if the answer tells
    some: below them the hint reads as if they were not the later rules."""
    hidden = support.updates and not told and "updates" not in fields
    return phrasebook.say("more_updates") if hidden else ""


def _field_or_silence(
    phrasebook: Phrasebook, support: Support, profile: Profile, field: str
) -> str:
    """Return the text of a field that later rules may add to."""
    silent = silence(phrasebook, support, open_aspect(phrasebook, support, field))
    if field == "conditions":
        return _conditions(phrasebook, support, profile, silent)
    if field == "amount" and support.amount:
        amount = phrasebook.say("amount", amount=support.amount)
        unstated = phrasebook.unstated(support, _ABOUT_AMOUNT)
        return "\n".join(filter(None, [amount, unstated]))
    return silent


def _conditions(phrasebook: Phrasebook, support: Support, profile: Profile, silent: str) -> str:
    written, read = phrasebook.conditions(support, profile)
    lines = [written or silent, read]
    if profile and support.conditions and support.kind is SupportKind.BENEFIT:
        finding = evaluate(support, profile, phrasebook.knowledge, phrasebook.today)
        lines.append(phrasebook.verdict(finding, profile))
    return "\n".join(line for line in lines if line)


def _why(phrasebook: Phrasebook, support: Support, profile: Profile) -> str:
    say, knowledge = phrasebook.say, phrasebook.knowledge
    finding = evaluate(support, profile, knowledge, phrasebook.today)
    is_benefit = support.kind is SupportKind.BENEFIT
    lines = [phrasebook.verdict(finding, profile)] if is_benefit else []
    lines += [say("why_head"), phrasebook.condition_report(finding, profile)]
    change = what_if(support, profile, knowledge, phrasebook.today)
    if change:
        changes = [
            say(
                "change",
                slot=knowledge.slots[slot].name,
                choice=phrasebook.labels(slot, (choice,)),
            )
            for slot, choice in change.answers
        ]
        verdict = phrasebook.say_id(_VERDICT_PHRASES[change.verdict])
        lines.append(say("what_if", changes=SEPARATOR.join(changes), verdict=verdict))
    elif finding.verdict is Verdict.APPLIES:
        lines.append(say("what_if_fits"))
    lines.append(say("quote", quote=support.quote))
    return "\n".join(lines)
