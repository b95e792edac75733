"""Entries of the inbox: what was not answered well, for the people who keep the knowledge."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class EntryKind(StrEnum):
    """Why an entry is in the inbox."""

    UNKNOWN = "unknown"  # nothing answered the question
    OUT_OF_SCOPE = "out_of_scope"  # an out-of-scope topic answered
    UNPICKED = "unpicked"  # supports were offered, and none of them was taken
    UNHELPFUL = "unhelpful"  # the answer was voted not useful


class InboxEntry(NamedTuple):
    """One entry. All texts are without personal data (`bot.core.text.scrubbing`).

    `text`: the question, "" if it is not known. `subject`: the out-of-scope topic that answered;
    the support that was in focus, that was offered first, or that the vote is about; "" without
    one. `reason`: what was said with the vote. `day`: the date in the city, as YYYY-MM-DD.
    """

    kind: EntryKind
    text: str = ""
    subject: str = ""
    reason: str = ""
    day: str = ""
