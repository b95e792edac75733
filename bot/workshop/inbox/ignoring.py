"""Name questions without telling them: keyed hashes of their normalised texts."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from bot.content.checks.text_rules import normal
from bot.core.domain.inbox import EntryKind, InboxEntry

_BYTES = 16
_PURPOSE = b"inbox"


@dataclass(frozen=True, slots=True)
class Ignoring:
    """Hashes the questions of the inbox. `secret`: the key that signs cookies and links; with
    another one, ignored questions come back."""

    secret: bytes

    def hash_of(self, entry: InboxEntry) -> str:
        """Return what stands for the question of an entry; for a vote, for its support and
        question."""
        text = normal(entry.text)
        if entry.kind is EntryKind.UNHELPFUL:
            return self._hash("vote", entry.subject, text)
        return self._hash("text", text)

    def key_of(self, entry: InboxEntry) -> str:
        """Return the key of the group that an entry leads."""
        apart = entry.subject if entry.kind is EntryKind.UNHELPFUL else ""
        return self._hash("group", entry.kind, apart, normal(entry.text))

    def _hash(self, *parts: str) -> str:
        # blake2b takes at most 64 bytes of key.
        key = blake2b(self.secret, digest_size=32, person=_PURPOSE).digest()
        found = "\0".join(parts).encode("utf-8", "replace")
        return blake2b(found, key=key, digest_size=_BYTES).hexdigest()
