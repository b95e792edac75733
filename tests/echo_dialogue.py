"""A trivial conversation for the tests of Guide and stores: it notes what it was told, in order.

Every message becomes an answer in the session, so a turn lost, doubled or out of order shows.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Effects, Session, Utterance
from bot.service.ports import Incoming

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class PlannedBugError(Exception):
    """What the step raises when told to `burst`."""


def message(
    conv: str, message_id: str, text: str = "你好", *, push: bool = False, at: datetime = NOW
) -> Incoming:
    """A message as a channel would hand it over."""
    return Incoming(conv, message_id, Utterance(text), at, push)


def note(session: Session, incoming: Incoming) -> Turn:
    """Note the message id; `forget`, `useful`, `unknown` and `burst` do what they say."""
    text = incoming.utterance.text
    if text == "burst":
        raise PlannedBugError(incoming.message_id)
    noted = session.with_answer(incoming.message_id, [text])._replace(asked=text, version="v1")
    # `page` counts the turns: the same answer given twice shows only there.
    noted = noted._replace(page=session.page + 1)
    effects = Effects(
        forget=text == "forget",
        feedback=("startup-loan", text == "useful") if text.startswith("use") else None,
        unanswered=text if text.startswith("unknown") else "",
    )
    said = f"{noted.page}：{text}"
    return Turn(noted, (Reply(said),), effects=effects)


def noted(session: Session | None) -> list[str]:
    """The message ids that a session has noted, in order."""
    return [answer.slot for answer in session.answers] if session else []
