"""Link the sources that a reply names: later rules by their titles, bureaus by their names.

The text of a reply has no web addresses; channels show the links in their own way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.domain.knowledge import Bureau, Knowledge, Update
from bot.core.domain.replies import Link, Reply
from bot.core.responses.phrasebook import Phrasebook, source_address

# Sources that one reply links.
MAX_SOURCES = 3
_YEAR = re.compile(r"\d{4}")


class SourceLinks:
    """The web addresses of the later rules and bureaus of one knowledge version."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._rules: dict[str, list[Update]] = {}
        for update in (u for said in knowledge.later_rules.values() for u in said):
            if source_address(update.source):
                self._rules.setdefault(f"《{update.title}》", []).append(update)
        self._bureaus = [
            bureau
            for bureau in knowledge.bureaus.values()
            if bureau.url or (bureau.now and source_address(bureau.source))
        ]
        self._stated: dict[str, list[str]] = {}

    def added(self, phrasebook: Phrasebook, reply: Reply) -> Reply:
        """Return the reply with links to the sources that its text names."""
        known = {link.url for link in reply.links}
        found = {link.url: link for link in self._found(phrasebook, reply.text)}
        links = [link for url, link in found.items() if url not in known][:MAX_SOURCES]
        return reply._replace(links=(*reply.links, *links)) if links else reply

    def _found(self, phrasebook: Phrasebook, text: str) -> Iterator[Link]:
        for title, updates in self._rules.items():
            if title in text:
                told = [update for update in updates if _is_told(update, text)]
                yield from (_rule_link(phrasebook, update) for update in told or updates[:1])
        for bureau in self._bureaus:
            if any(line in text for line in self._stated_of(phrasebook, bureau.name)):
                yield from _bureau_links(phrasebook, bureau)

    def _stated_of(self, phrasebook: Phrasebook, name: str) -> list[str]:
        """Return the lines that state the present-day name of a bureau. They are the same on every
        day, so they are composed once."""
        if name not in self._stated:
            self._stated[name] = phrasebook.present_name(name).split("\n")
        return self._stated[name]


def _is_told(update: Update, text: str) -> bool:
    """Return whether a text has a part of a statement."""
    return any(part in text for part in update.parts)


def _rule_link(phrasebook: Phrasebook, update: Update) -> Link:
    year = _YEAR.search(update.dated)
    grade = phrasebook.say("grade_a" if update.confidence == "A" else "grade_b")
    dated = year[0] if year else update.dated
    label = phrasebook.say("link_rule", issuer=update.issuer, year=dated, grade=grade)
    return Link(label, source_address(update.source))


def _bureau_links(phrasebook: Phrasebook, bureau: Bureau) -> Iterator[Link]:
    if bureau.url:
        yield Link(phrasebook.say("link_bureau", name=bureau.now or bureau.name), bureau.url)
    if proof := source_address(bureau.source):
        yield Link(phrasebook.say("link_proof", name=bureau.name), proof)
