"""Ports of the service: the values that cross it, and the store that it depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Session, Utterance
from bot.service.clock_check import ClockMarks
from bot.service.count_port import CountStore
from bot.service.inbox_port import Inbox

Step = Callable[[Session, "Incoming"], Turn]
Clock = Callable[[], datetime]

# The longest time that a reply may be postponed. A reply whose time is further off was postponed
# by a clock that has been corrected since.
LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as a channel received it.

    `conv` is `channel:user`, the key of every frequently used table. `message_id` is unique
    within the conversation: a repeated id is a repeated delivery. `push` is true for channels
    that send messages themselves (Telegram): their replies go through the outbox. Other channels
    take the replies from the answer. `direct`: the caller sends the replies that the answer hands
    out at once. `thread`: where in the chat the replies go, in the notation of the channel.
    `unasked`: the person did not send it, so it begins no conversation: without a stored session,
    nothing is written and the answer is that of a forgotten one.
    """

    conv: str
    message_id: str
    utterance: Utterance
    received_at: datetime
    push: bool = False
    thread: str = ""
    direct: bool = False
    unasked: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """The durable result of a turn: the turn, or the stored record of a repeated message.
    `duplicate` is true when the message was already processed earlier; `forgotten` when its turn
    deleted the conversation, so that a channel must not store or repeat anything of it. `handed`:
    for a direct message, the replies to send now, in order; the first is leased as by `due`. Empty
    if older replies of the conversation have to be sent before."""

    result: Turn | Mapping[str, Any]
    outcome: str | None = None
    duplicate: bool = False
    forgotten: bool = False
    handed: tuple[OutboxItem, ...] = ()

    @property
    def record(self) -> Mapping[str, Any]:
        """Return `Turn.record`. No other answer has this object."""
        return self.result.record() if isinstance(self.result, Turn) else self.result

    @property
    def replies(self) -> tuple[Reply, ...]:
        """Return the replies of the turn, in order."""
        if isinstance(self.result, Turn):
            return self.result.replies
        return tuple(Reply.load(reply) for reply in self.result["replies"])


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """The oldest unsent reply of a conversation. `attempts`: how often it was postponed. `thread`:
    that of its message."""

    id: int
    conv: str
    reply: Reply
    attempts: int
    thread: str = ""


class Store(CountStore, Inbox, Protocol):
    """Storage of conversations. Every implementation passes `tests/storage/test_contract.py`.

    Every method raises StoreError when the storage fails; `str(error)` tells an admin what to do.
    """

    async def open(self) -> None:
        """Migrate the schema and prepare to serve. A store is opened once; make a new one after
        `close`."""

    async def apply(self, batch: Sequence[Incoming], step: Step) -> list[Answered]:
        """Process a batch, at most one message per conversation, in one transaction.

        Return the answers in the order of the batch; they are durable. If the call raises,
        nothing of the batch was acknowledged. An exception of `step` passes through, and then
        nothing of the batch is stored.

        A turn with `effects.forget` deletes every row of its conversation except its own reply in
        the outbox. Keyed hashes of the message ids stay until `expire`: a message of before that
        is delivered again changes nothing and gets the reply of that turn, from every process.
        """

    async def peek(self, conv: str) -> Session | None:
        """Return the stored session, or None."""

    async def last(self, conv: str) -> Mapping[str, Any] | None:
        """Return the record of the turn that was processed last, or None. The order is that of
        processing, not of `received_at`."""

    async def following(self, channel: str) -> list[str]:
        """Return the conversations of this channel whose sessions follow something
        (`Session.follows`). Reads all sessions of the channel: for rare calls."""

    async def recent(self, conv: str, limit: int) -> list[tuple[str, Mapping[str, Any]]]:
        """Return message id and record of the turns that were processed last, newest first."""

    async def note(self, conv: str) -> str:
        """Return the note that a channel stored for this conversation, "" if there is none."""

    async def keep(self, conv: str, message_id: str, note: str, shown_by: str = "") -> None:
        """Replace the note of this conversation; "" deletes it.

        `message_id` is the message whose reply the note belongs to. If its row was deleted, by
        expiry or because the conversation was, nothing is stored: a note that comes late never
        survives its conversation. `shown_by`: a message that the channel answers from the note
        itself. Its id is stored, so that a second delivery is a duplicate, without replies.
        """

    async def due(self, channel: str, now: datetime, limit: int) -> list[OutboxItem]:
        """Return the oldest unsent reply of each conversation of this channel that is due.

        A reply whose time is further off than LONGEST_PAUSE is due: the clock was ahead when it
        was stored. Each returned item is leased for 30 seconds: until then no other call, in this
        or another process, returns it, unless `later` ends the lease. A lease that ends later
        than LONGEST_PAUSE after its usual end has ended, for the same reason.
        """

    async def unsent(self, conv: str) -> int:
        """Return the number of unsent replies of this conversation."""

    async def sent(self, item: OutboxItem) -> None:
        """Delete a reply that the platform has accepted."""

    def acknowledge(self, items: Sequence[OutboxItem]) -> None:
        """Delete these replies, which the platform has accepted, with the next batch or with
        `flush`. After a crash before that they are sent again."""

    async def flush(self) -> None:
        """Delete the acknowledged replies now, if the next batch has not done it yet."""

    async def later(self, item: OutboxItem, due: datetime) -> None:
        """Postpone this reply, and so all later ones of its conversation, until `due`, which is
        at most LONGEST_PAUSE from now."""

    async def drop(self, item: OutboxItem) -> None:
        """Delete this reply and all later ones of its conversation, which cannot be delivered."""

    async def move(self, conv: str, to: str) -> None:
        """Give the rows of a conversation to the conversation `to`, because the platform has
        changed its id. What `to` has already stays; of two sessions, notes or votes that of `to`.
        Ends the leases of the moved replies."""

    async def forget(self, conv: str) -> None:
        """Delete every row of this conversation as `apply` does. `clean_up` removes the bytes that
        are left."""

    async def expire(
        self, idle_before: datetime, seen_before: datetime, unanswered_before: datetime
    ) -> int:
        """Delete sessions last updated before `idle_before`, entries of the inbox older than
        `unanswered_before`, and what is older than `seen_before` of processed message ids, hashes
        of erased ones, notes and unsent replies. Return the number of deleted rows.

        An entry keeps its conversation key until it expires, even after the session has expired,
        so that `forget` finds it. Then it remains as a count, without text and conversation.
        """

    async def clock_marks(self) -> ClockMarks:
        """Return what `keep_clock_marks` stored; before the first time, the time of the newest
        row as `last`."""

    async def keep_clock_marks(self, marks: ClockMarks) -> None:
        """Store what is known of the clock."""

    async def clean_up(self) -> None:
        """Remove what deleted rows left on the disk, if rows were deleted since the last call.

        SQLite overwrites a deleted row and its log at once, except for copies that it made when it
        moved rows between pages. This writes the file anew, during which all turns wait: about a
        second for 100 MB. PostgreSQL does nothing: only its administrator can remove old bytes.
        """

    async def check(self) -> None:
        """Raise StoreError when the store cannot process a turn now (for /readyz)."""

    async def size(self) -> int:
        """Return how many bytes the store takes on the disk."""

    async def close(self) -> None:
        """Finish running transactions and release the file or the connections."""
