"""Build the card of a support: titled sections that a page shows folded."""

from __future__ import annotations

from bot.core.domain.replies import Card, Section
from bot.core.domain.session import Profile
from bot.core.eligibility.verdicts import Finding, Verdict
from bot.core.responses.phrasebook import Phrasebook

# The card verdict if all conditions are met and the policy has further requirements.
FITS = "fits"


def build_card(phrasebook: Phrasebook, finding: Finding, profile: Profile) -> Card:
    """Return the card of a support. `finding` is its evaluation for `profile`."""
    support, say = finding.support, phrasebook.say
    closed = phrasebook.closed_note(support)
    sections = [
        # The summary stands alone: the next section lists the further requirements.
        Section(say("card_get"), "\n".join(filter(None, [closed, support.summary]))),
        Section(say("card_why"), phrasebook.condition_report(finding, profile)),
        Section(say("card_who"), phrasebook.compose(phrasebook.contacts(support, profile))),
        Section(say("card_quote"), f"“{support.quote}”\n{phrasebook.basis(support)}"),
    ]
    if support.updates:
        sections.append(
            Section(say("card_updates"), phrasebook.rules_with_addresses(support.updates))
        )
    status = [phrasebook.validity(support), phrasebook.unstated(support)]
    sections.append(Section(say("card_status"), "\n".join(line for line in status if line)))
    # A closed support keeps its verdict, whatever the answers are.
    fits = finding.verdict is Verdict.APPLIES and phrasebook.further_requirements(support, profile)
    verdict = FITS if fits else finding.verdict.value
    return Card(support.id, phrasebook.title(support), verdict, tuple(sections))
