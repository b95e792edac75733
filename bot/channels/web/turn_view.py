"""What the page shows of a turn."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from bot.channels.web.dependencies import Record
from bot.channels.web.rendering.reply_layout import asks, lay_out
from bot.core.domain.knowledge import Knowledge, Slot
from bot.core.domain.session import Profile


def view_of(record: Record, knowledge: Knowledge, card_path: str) -> dict[str, Any]:
    """Return what the page shows of a turn; `card_path` leads to the result card, if there is one.

    The page stores it in the browser, so keys must stay: `replies`, `asking` (the pending
    question), `offer` (what offers to go on with it while it is not shown), `card`, `mark` (a
    digest of the replies), and during the interview `step` and `steps`.
    """
    slot = knowledge.slots.get(record.get("question") or "")
    question = slot.question if slot else ""
    replies = [
        lay_out(_without_typing_hint(reply, knowledge), knowledge, question)
        for reply in _without_repeated_question(record)
    ]
    for reply in replies:
        if slot and reply.get("multiple"):
            _add_ticks(reply, slot, profile_of(record).get(slot.id, ()))
    view = {
        "replies": replies,
        "asking": question,
        "offer": "" if any(map(asks, replies)) else _offer(record, slot, knowledge),
        "card": card_path,
        "mark": digest(json.dumps(replies)),
    }
    return view | {key: record[key] for key in ("step", "steps") if record.get(key)}


def profile_of(record: Record) -> Profile:
    """Return the answers of the user in a record."""
    return {slot: tuple(choices) for slot, choices in record.get("profile", {}).items()}


def digest(text: str) -> str:
    """Return a short digest of the text."""
    return blake2b(text.encode(), digest_size=6).hexdigest()


def _without_typing_hint(reply: Mapping[str, Any], knowledge: Knowledge) -> dict[str, Any]:
    """Return a reply without the line on how to type several choices: the page has boxes."""
    hint = knowledge.phrases.get("pick_many", "")
    texts = reply["text"].split("\n")
    if not (hint and reply.get("multiple") and texts[-1] == hint):
        return dict(reply)
    shorter = {**reply, "text": "\n".join(texts[:-1])}
    return {**shorter, "roles": reply["roles"][:-1]} if "roles" in reply else shorter


def _without_repeated_question(record: Record) -> list[Mapping[str, Any]]:
    """Return the replies. Visitors who ask before they answered anything are not asked the
    pending question again below each answer: the page offers it above the input."""
    replies = list(record["replies"])
    if len(replies) > 1 and replies[-1].get("repeated") and not record.get("profile"):
        return replies[:-1]
    return replies


def _add_ticks(reply: dict[str, Any], slot: Slot, current: Sequence[str]) -> None:
    """Make the choice that stands alone a button, and add `ticked`, the choices of before."""
    for choice in reply["choices"]:
        if choice["id"] == f"a:{slot.id}:{slot.none_choice}":
            choice["kind"] = "quiet"
    if current:
        reply["ticked"] = [f"a:{slot.id}:{choice}" for choice in current]


def _offer(record: Record, slot: Slot | None, knowledge: Knowledge) -> str:
    """Return the words that offer to go on with the interview; "" if no question is pending."""
    if slot is None:
        return ""
    if record.get("step") and record.get("steps"):
        left = record["steps"] - record["step"] + 1
        return knowledge.say("web_offer_count", count=str(left))
    return slot.question if record.get("profile") else knowledge.say("web_offer")
