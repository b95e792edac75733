"""Messages whose turn deleted their conversation, and with it the row that identifies them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from bot.core.domain.json_codec import dump
from bot.storage.common.batch import BatchWrites, Delivery, MessageKey

LIMIT = 1024


class ErasedMessages:
    """The last `LIMIT` such messages with their records, which hold no personal data.

    Without it, a second delivery of 忘记我 would delete what was stored after the first one.
    """

    def __init__(self) -> None:
        self._records: OrderedDict[MessageKey, str] = OrderedDict()

    def add(self, batch: Iterable[Delivery], writes: BatchWrites) -> None:
        """Add the messages of this batch that deleted their conversation."""
        erased = set(writes.erased)
        for delivery in batch:
            if delivery.conv in erased:
                self._records[delivery.key] = dump(writes.answers[delivery.key].record)
        while len(self._records) > LIMIT:
            self._records.popitem(last=False)

    def among(self, batch: Iterable[Delivery]) -> dict[MessageKey, str]:
        """Return the records, as JSON, of those of these messages that were added before."""
        return {d.key: self._records[d.key] for d in batch if d.key in self._records}
