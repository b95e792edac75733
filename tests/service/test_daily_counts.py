"""What a turn adds to the counts of its day, and how they reach the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from bot.core.domain.inbox import EntryKind, InboxEntry
from bot.core.domain.replies import FindingLine, Reply, Turn
from bot.core.domain.session import Answer, Effects, Session
from bot.errors import StoreUnavailable
from bot.service.count_port import CountKey, CountKind, DailyCount
from bot.service.daily_counts import Tally, counts_of
from tests.echo_dialogue import message

ASKED = Session(pending="identity", version="v")
GIVEN = Session((Answer("identity", ("student",)),), pending="stage")
SKIPPED = Session((Answer("identity", ()),), pending="stage")
REPLY = (Reply("x"),)
ELSEWHERE = InboxEntry(EntryKind.OUT_OF_SCOPE, "公积金怎么取", "housing-fund")
UNANSWERED = InboxEntry(EntryKind.UNKNOWN, "怎么离婚", "leave")
DAY = "2026-11-30"
BEGAN = datetime(2026, 11, 29, 16, tzinfo=UTC)


def unknown(*kinds: EntryKind) -> Turn:
    """Return a turn without an answer, with entries of these kinds."""
    entries = tuple(InboxEntry(kind, "问") for kind in kinds)
    return Turn(GIVEN, REPLY, outcome="unknown", effects=Effects(entries=entries))


@pytest.mark.parametrize(
    ("before", "turn", "expected"),
    [
        (Session(), Turn(ASKED, REPLY), {"message": "", "started": "", "asked": "identity"}),
        (ASKED, Turn(GIVEN, REPLY), {"message": "", "given": "identity", "asked": "stage"}),
        (ASKED, Turn(SKIPPED, REPLY), {"message": "", "skipped": "identity", "asked": "stage"}),
        (ASKED, Turn(ASKED, REPLY), {"message": ""}),
        (GIVEN, Turn(GIVEN, REPLY, outcome="clarify"), {"message": "", "outcome": "clarify"}),
        (
            GIVEN,
            Turn(GIVEN._replace(focus="leave"), REPLY, outcome="answer"),
            {"message": "", "outcome": "answer", "support": "leave"},
        ),
        (
            GIVEN,
            Turn(GIVEN, REPLY, outcome="unknown", effects=Effects(forget=True)),
            {"message": "", "forgotten": ""},
        ),
        (GIVEN, unknown(), {"message": "", "outcome": "unknown"}),  # an office without telephone
        (GIVEN, unknown(EntryKind.UNKNOWN), {"message": "", "outcome": "unknown"}),
        (GIVEN, unknown(EntryKind.OUT_OF_SCOPE), {"message": "", "outcome": "out_of_scope"}),
        (GIVEN, unknown(*EntryKind), {"message": "", "outcome": "unknown"}),
        (
            GIVEN,
            Turn(GIVEN, REPLY, outcome="unknown", effects=Effects(entries=(ELSEWHERE,))),
            {"message": "", "outcome": "out_of_scope", "topic": "housing-fund"},
        ),
        (
            GIVEN,
            Turn(GIVEN, REPLY, outcome="unknown", effects=Effects(entries=(UNANSWERED,))),
            {"message": "", "outcome": "unknown"},
        ),
        (
            GIVEN,
            Turn(GIVEN, REPLY, findings=(FindingLine("leave", "1", "applies"),)),
            {"message": "", "results": ""},
        ),
        (
            GIVEN,
            Turn(GIVEN, REPLY, effects=Effects(feedback=("leave", False))),
            {"message": "", "useless": "leave"},
        ),
        (
            GIVEN,
            Turn(GIVEN, REPLY, effects=Effects(feedback=("leave", True))),
            {"message": "", "useful": "leave"},
        ),
    ],
)
def test_a_turn_counts_what_happened(
    before: Session, turn: Turn, expected: Mapping[str, str]
) -> None:
    found = list(counts_of(before, turn))
    assert {kind.value: key for kind, key in found} == expected
    assert len(found) == len(expected)


class Counts:
    """A store of counts in memory that can be down."""

    def __init__(self) -> None:
        self.stored: Counter[CountKey] = Counter()
        self.people: list[tuple[str, datetime]] = []
        self.down = False

    async def add_counts(self, counts: Mapping[CountKey, int]) -> None:
        """Add, or fail."""
        if self.down:
            raise StoreUnavailable("连不上")
        self.stored.update(counts)

    async def count_people(self, day: str, began: datetime) -> None:
        """Remember the call."""
        self.people.append((day, began))

    async def count_sums(self, first: str, end: str) -> Mapping[tuple[CountKind, str], int]:
        """Return nothing."""
        return {}

    async def daily_counts(self, since_day: str) -> list[DailyCount]:
        """Return nothing."""
        return []


async def test_counts_are_kept_until_they_are_stored_once() -> None:
    tally, counts = Tally(), Counts()
    await tally.store(counts, DAY, BEGAN)
    assert counts.people == []  # nothing happened
    for number in range(3):
        tally.add(GIVEN, message("web:a", str(number)), Turn(GIVEN, REPLY), DAY)
    counts.down = True
    with pytest.raises(StoreUnavailable):
        await tally.store(counts, DAY, BEGAN)
    tally.add(GIVEN, message("telegram:a", "1"), Turn(GIVEN, REPLY), DAY)
    counts.down = False
    await tally.store(counts, DAY, BEGAN)
    await tally.store(counts, DAY, BEGAN)
    assert counts.stored == {
        (DAY, "web", CountKind.MESSAGE, ""): 3,
        (DAY, "telegram", CountKind.MESSAGE, ""): 1,
    }
    assert counts.people == [(DAY, BEGAN)]
