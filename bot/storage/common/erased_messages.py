"""Messages whose turn deleted their conversation, and with it the row that identifies them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b
from secrets import token_bytes

from bot.core.domain.json_codec import dump
from bot.service.ports import Answered
from bot.storage.common.batch import BatchWrites, Delivery, MessageKey, duplicate

LIMIT = 1024


class ErasedMessages:
    """The last `LIMIT` such messages with their records, which hold no personal data.

    Without it, a second delivery of 忘记我 would delete what was stored after the first one. The
    messages are known by a keyed hash, because their ids name the person.
    """

    def __init__(self) -> None:
        self._records: OrderedDict[bytes, str] = OrderedDict()
        self._key = token_bytes(32)

    def add(self, batch: Iterable[Delivery], writes: BatchWrites) -> None:
        """Add the messages of this batch that deleted their conversation."""
        erased = set(writes.erased)
        for delivery in batch:
            if delivery.conv in erased:
                record = writes.answers[delivery.key].record
                self._records[self._hash(delivery.key)] = dump(record)
        while len(self._records) > LIMIT:
            self._records.popitem(last=False)

    def among(self, batch: Iterable[Delivery]) -> dict[MessageKey, Answered]:
        """Return the answers of those of these messages that were added before."""
        if not self._records:
            return {}
        hashes = ((delivery.key, self._hash(delivery.key)) for delivery in batch)
        return {
            key: duplicate(self._records[hashed], forgotten=True)
            for key, hashed in hashes
            if hashed in self._records
        }

    def _hash(self, key: MessageKey) -> bytes:
        # Keys have no surrogates, and a key with NUL is escaped, so the pair is unambiguous.
        return blake2b("\0".join(key).encode(), key=self._key, digest_size=16).digest()
