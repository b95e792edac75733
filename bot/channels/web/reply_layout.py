"""The text of a reply, line by line, as the page sets it. `render.js` knows the same rules."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

_LABEL = re.compile(r"([^：“”《》（）\s，。？！·]{2,8}：)(.+)")

_ADDRESS = re.compile(r"(https?://[^\s，。）)]+)")


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


def addresses(text: str) -> list[str]:
    """The text in parts: words, an address to open, words, and so on by turns."""
    return _ADDRESS.split(text)


def with_cards(reply: dict[str, Any]) -> dict[str, Any]:
    """The reply for a page that shows its cards: choices that only open a shown support move into
    its card, and lines that only list a shown support give way to it. What such a line says of
    the support is the card's `note`; what stood over the lines is the `head` of the first card.
    What came below the list (还有，说“更多”) is the reply's `after`, to stand below the cards; how
    old the paper is stays above them. Where nothing else would stand there, the first heading
    does: a bubble that only warns says nothing of what it warns about."""
    shown = reply.get("cards")
    if not shown:
        return reply
    taps = {choice["id"] for choice in reply["choices"]}
    said = reply["text"].split("\n")
    text, after, listed = _apart(said, [card["title"] for card in shown])
    cards = [
        {**card, **listed.get(card["title"], {}), **_asking(f"s:{card['support']}", taps)}
        for card in shown
    ]
    moved = {card.get("ask") for card in cards}
    if text and all(line.startswith("⚠") for line in text) and (head := cards[0].pop("head", "")):
        text.insert(0, f"{head}：")
    above = "\n".join(text or after) or reply["text"]
    below = {"after": "\n".join(after)} if text and after else {}
    return {
        **reply,
        **below,
        "text": above,
        "cards": cards,
        "choices": [c for c in reply["choices"] if c["id"] not in moved],
    }


def _asking(tap: str, taps: Container[str]) -> dict[str, str]:
    return {"ask": tap} if tap in taps else {}


def _apart(
    text: Sequence[str], titles: Sequence[str]
) -> tuple[list[str], list[str], dict[str, dict[str, str]]]:
    """The lines that list none of these titles, those below the list apart, and what the others
    say, by title."""
    kept: list[str] = []
    below: list[str] = []
    said: dict[str, dict[str, str]] = {}
    head = ""
    for line, after in zip(text, [*text[1:], ""], strict=True):
        title = _listed(line, titles)
        if title:
            note = line.removeprefix(f"· {title}").lstrip("—：: ")
            told = {"head": head, "note": note}
            said[title] = {part: words for part, words in told.items() if words}
            head = ""
        elif line.endswith("：") and _listed(after, titles):
            head = line.removesuffix("：")
        else:
            (below if said and not line.startswith("⚠") else kept).append(line)
    return kept, below, said


def _listed(line: str, titles: Sequence[str]) -> str:
    """Which of these titles the line lists, or ""."""
    return max((t for t in titles if line.startswith(f"· {t}")), key=len, default="")
