"""The ids of messages whose conversation was deleted on request, as keyed hashes.

With the conversation goes the row that identifies a message. Without these hashes, a second
delivery of an older message would write the person back, and one of 忘记我 would delete what was
stored after the first one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from secrets import token_bytes

from bot.core.domain.json_codec import dump
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session
from bot.storage.common.batch import MessageKey

# The same for both databases.
EXPIRE_ERASED = (
    "DELETE FROM erased WHERE hash IN (SELECT hash FROM erased WHERE at < $1 ORDER BY at LIMIT $2)"
)
_PURPOSE = b"erased messages"
_BYTES = 16
# The record of a message that has no stored answer.
NO_REPLY = dump(Turn(Session(), ()).record())


class ErasedMessages:
    """Makes the rows of the table `erased`.

    `secret`: the key of the hashes, because the ids of messengers can be guessed. It must outlive
    the process and be the same in all; without it, only this process recognises its hashes.
    """

    def __init__(self, secret: bytes) -> None:
        # blake2b takes at most 64 bytes of key.
        self._key = blake2b(secret or token_bytes(32), digest_size=32, person=_PURPOSE).digest()

    def hash(self, key: MessageKey) -> str:
        """Return the hash of a message."""
        # Keys have no surrogates, and a key with NUL is escaped, so the pair is unambiguous.
        return blake2b("\0".join(key).encode(), key=self._key, digest_size=_BYTES).hexdigest()

    def rows(
        self, deleted: Iterable[tuple[str, str, int]], farewells: Mapping[str, str]
    ) -> list[tuple[str, int, str]]:
        """Return the rows (hash, at, record) for deleted messages, given with the time when they
        were received. `farewells`: by conversation, the record of the turn that deleted it."""
        return [
            (self.hash((conv, message_id)), seen, farewells.get(conv) or NO_REPLY)
            for conv, message_id, seen in deleted
        ]
