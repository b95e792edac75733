"""Say what the policy does not state: in the same words for every answer, once for several."""

from __future__ import annotations

from bot.core.domain.knowledge import Support
from bot.core.domain.phrases import phrase_id
from bot.core.responses.phrasebook import SEPARATOR, Phrasebook

# The aspects that the policy may leave open, in plain words.
ASPECTS = {
    "amount": phrase_id("aspect_amount"),
    "conditions": phrase_id("aspect_conditions"),
    "steps": phrase_id("aspect_steps"),
    "materials": phrase_id("aspect_materials"),
    "deadline": phrase_id("aspect_deadline"),
    "duration": phrase_id("aspect_duration"),
    "free": phrase_id("aspect_free"),
}


def open_aspect(phrasebook: Phrasebook, support: Support, aspect: str) -> str:
    """Return the name of an aspect (one of ASPECTS) that the policy does not state."""
    target = phrasebook.policy(support).target_year
    if aspect == "deadline" and target:
        return phrasebook.say("aspect_deadline_target", year=str(target))
    return phrasebook.say_id(ASPECTS[aspect])


def silence(phrasebook: Phrasebook, support: Support, *what: str, ask: bool = True) -> str:
    """Return that the policy does not state this about a support, and whom to ask. `what`: names
    of aspects or topics."""
    year, named = str(phrasebook.policy(support).issued.year), SEPARATOR.join(dict.fromkeys(what))
    if not ask:
        return phrasebook.say("silent", year=year, what=named)
    whom = phrasebook.unstated_contact(support)
    return phrasebook.say("silent_ask", year=year, what=named, ask=whom)
