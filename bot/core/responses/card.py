"""A support laid out for a page, to fold open."""

from __future__ import annotations

from bot.core.domain.replies import Card, Section
from bot.core.domain.session import Profile
from bot.core.eligibility.verdicts import Finding, Verdict
from bot.core.responses.phrasebook import Phrasebook

# Every answer fits, and the paper asks for more that we cannot judge.
FITS = "fits"


def lay_out(words: Phrasebook, finding: Finding, profile: Profile) -> Card:
    """The support with its verdict for this profile, section by section."""
    support = finding.support
    sections = [
        # What the paper demands besides is the next section's: once is enough on a phone.
        Section(words.say("card_get"), support.summary),
        Section(words.say("card_why"), words.reasons(finding, profile)),
        Section(words.say("card_who"), words.who(support, profile)),
        Section(words.say("card_quote"), f"“{support.quote}”\n{words.basis(support)}"),
    ]
    if support.updates:
        sections.append(Section(words.say("card_updates"), words.updates(support)))
    status = [words.age(support), words.unstated(support)]
    sections.append(Section(words.say("card_status"), "\n".join(x for x in status if x)))
    fits = finding.verdict is Verdict.APPLIES and words.demands(support, profile)
    verdict = FITS if fits else finding.verdict.value
    return Card(support.id, support.title, verdict, tuple(sections))
