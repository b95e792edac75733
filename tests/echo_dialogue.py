"""A minimal step for tests of the guide and the stores: it records every message id in order.

Every message becomes an answer of the session, so that a lost, repeated or reordered turn shows.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core.domain.inbox import EntryKind, InboxEntry
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Effects, Session, Utterance
from bot.service.ports import Incoming

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
# The kind of entry that a text which starts so makes.
_KINDS = {
    "unknown": EntryKind.UNKNOWN,
    "clarify": EntryKind.UNPICKED,
    "unhelpful": EntryKind.UNHELPFUL,
}


class PlannedBugError(Exception):
    """Raised by the step for the text `burst`."""


def message(
    conv: str, message_id: str, text: str = "你好", *, push: bool = False, at: datetime = NOW
) -> Incoming:
    """Return a message as a channel passes it."""
    return Incoming(conv, message_id, Utterance(text), at, push)


def echo_step(session: Session, incoming: Incoming) -> Turn:
    """Record the message id. `burst` raises; `forget`, `useful` and `useless` set the effects of
    that name, `unknown…` an entry of the inbox; `pick …` withdraws the entry with the rest as its
    text, `clarify…` adds one that can be withdrawn."""
    text = incoming.utterance.text
    if text == "burst":
        raise PlannedBugError(incoming.message_id)
    stepped = session.with_answer(incoming.message_id, [text])._replace(asked=text, version="v1")
    # `page` counts the turns: a message processed twice shows only there.
    stepped = stepped._replace(page=max(session.page, 0) + 1)
    effects = Effects(
        forget=text == "forget",
        feedback=("startup-loan", text == "useful") if text.startswith("use") else None,
        entries=tuple(
            InboxEntry(kind, text, "startup-loan", day=incoming.received_at.date().isoformat())
            for word, kind in _KINDS.items()
            if text.startswith(word)
        ),
        withdrawn=(InboxEntry(EntryKind.UNPICKED, text[5:]),) if text.startswith("pick ") else (),
    )
    reply = f"{stepped.page}：{text}"
    return Turn(Session() if effects.forget else stepped, (Reply(reply),), effects=effects)


def recorded_ids(session: Session | None) -> list[str]:
    """Return the message ids that a session has recorded, in order."""
    return [answer.slot for answer in session.answers] if session else []
