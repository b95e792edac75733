"""Count turns by day for the statistics: what people asked and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from bot.core.domain.inbox import EntryKind
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session
from bot.errors import StoreError
from bot.service.count_port import CountKey, CountKind, CountStore
from bot.service.ports import Incoming

OUT_OF_SCOPE = "out_of_scope"
_TOLD_APART = frozenset({EntryKind.OUT_OF_SCOPE, EntryKind.UNKNOWN})


def counts_of(before: Session, turn: Turn) -> Iterator[tuple[CountKind, str]]:
    """Yield what a turn adds to the counts."""
    yield CountKind.MESSAGE, ""
    if turn.effects.forget:
        yield CountKind.FORGOTTEN, ""
        return
    if before == Session():
        yield CountKind.STARTED, ""
    after = turn.session
    if turn.outcome:
        yield CountKind.OUTCOME, _outcome(turn)
        if turn.outcome == "answer" and after.focus:
            yield CountKind.SUPPORT, after.focus
    for entry in turn.effects.entries:
        if entry.kind is EntryKind.OUT_OF_SCOPE and entry.subject:
            yield CountKind.TOPIC, entry.subject
    if turn.findings:
        yield CountKind.RESULTS, ""
    asked = before.pending
    if asked and after.answered(asked) and not before.answered(asked):
        yield (CountKind.GIVEN if asked in after.profile else CountKind.SKIPPED), asked
    if after.pending and after.pending != asked:
        yield CountKind.ASKED, after.pending
    if turn.effects.feedback is not None:
        support, useful = turn.effects.feedback
        yield (CountKind.USEFUL if useful else CountKind.USELESS), support


def _outcome(turn: Turn) -> str:
    """Return the outcome; questions that out-of-scope topics answer are told apart from those that
    nothing answers."""
    kinds = {entry.kind for entry in turn.effects.entries}
    if turn.outcome == "unknown" and kinds & _TOLD_APART == {EntryKind.OUT_OF_SCOPE}:
        return OUT_OF_SCOPE
    return str(turn.outcome)


class Tally:
    """Counts turns in memory and stores the sums from time to time, so that turns wait for
    nothing. A crash loses what was not stored yet; a turn whose transaction failed is counted
    again when it is repeated."""

    def __init__(self) -> None:
        self._counts: Counter[CountKey] = Counter()

    def add(self, before: Session, incoming: Incoming, turn: Turn, day: str) -> None:
        """Count a turn of this day (YYYY-MM-DD)."""
        channel = incoming.conv.partition(":")[0]
        for kind, key in counts_of(before, turn):
            self._counts[day, channel, kind, key] += 1

    async def store(self, store: CountStore, day: str, began: datetime) -> None:
        """Store the sums; `day` is today and `began` its first moment. Raises StoreError, and
        then keeps the sums for the next time."""
        if not self._counts:
            return
        counts, self._counts = self._counts, Counter()
        try:
            await store.add_counts(counts)
        except StoreError:
            self._counts += counts
            raise
        await store.count_people(day, began)
