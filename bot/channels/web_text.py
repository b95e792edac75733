"""The text of a reply, line by line, as the page sets it. `render.js` knows the same rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_LABEL = re.compile(r"([^：“”《》\s，。？！·]{2,8}：)(.+)")


@dataclass(frozen=True, slots=True)
class Line:
    """A line: an emphasised label (原文：), the rest, and its kind: "", warn, item or asked."""

    kind: str
    label: str
    rest: str


def lines(text: str, asking: str = "") -> list[Line]:
    """The lines of a reply. `asking`: the question that waits, which stands out."""
    found = []
    for line in text.split("\n"):
        kind = ""
        if line.startswith("⚠"):
            kind = "warn"
        elif line.startswith("·"):
            kind = "item"
        elif asking and line.endswith(asking):
            kind = "asked"
        match = None if kind else _LABEL.fullmatch(line)
        found.append(Line(kind, match[1], match[2]) if match else Line(kind, "", line))
    return found


def with_cards(reply: dict[str, Any]) -> dict[str, Any]:
    """The reply for a page that shows its cards: choices that only open a shown support move into
    its card, and lines that only list a shown support give way to it."""
    shown = reply.get("cards")
    if not shown:
        return reply
    taps = {choice["id"] for choice in reply["choices"]}
    cards = [
        {**card, "ask": f"s:{card['support']}"} if f"s:{card['support']}" in taps else card
        for card in shown
    ]
    moved = {card.get("ask") for card in cards}
    text = _without(reply["text"].split("\n"), tuple(f"· {card['title']}" for card in cards))
    return {
        **reply,
        "text": "\n".join(text) or reply["text"],
        "cards": cards,
        "choices": [c for c in reply["choices"] if c["id"] not in moved],
    }


def _without(text: list[str], listed: tuple[str, ...]) -> list[str]:
    """The lines that list nothing of these, and no head that only such lines stood under."""
    kept: list[str] = []
    for line, after in zip(text, [*text[1:], ""], strict=True):
        head = line.endswith("：") and after.startswith(listed)
        if not head and not line.startswith(listed):
            kept.append(line)
    return kept
