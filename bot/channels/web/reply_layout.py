"""Split the text of a reply into lines and URLs, and distribute it over its cards.

`render.js` applies the same rules to replies that arrive after the page was loaded.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

_LABEL = re.compile(r"([^：“”《》（）\s，。？！·]{2,8}：)(.+)")
_URL = re.compile(r"(https?://[^\s，。）)]+)")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a reply: an emphasised label (原文：) or "", the rest, and its kind: "" (plain),
    "warn", "item" or "question"."""

    kind: str
    label: str
    rest: str


def split_lines(text: str, question: str = "") -> list[Line]:
    """Return the lines of a reply. A line that ends with `question`, the pending question of the
    interview, gets the kind "question"."""
    found = []
    for line in text.split("\n"):
        kind = ""
        if line.startswith("⚠"):
            kind = "warn"
        elif line.startswith("·"):
            kind = "item"
        elif question and line.endswith(question):
            kind = "question"
        match = None if kind else _LABEL.fullmatch(line)
        found.append(Line(kind, match[1], match[2]) if match else Line(kind, "", line))
    return found


def split_urls(text: str) -> list[str]:
    """Return alternating pieces of the text: words, a URL, words, and so on."""
    return _URL.split(text)


def lay_out_cards(reply: dict[str, Any]) -> dict[str, Any]:
    """Return the reply as the page shows it, without repeating in the text what its cards show.

    - A choice that opens a shown support becomes `ask` of its card.
    - A line that lists a shown support leaves the text; its remark becomes `note` of the card, and
      the heading above such lines becomes `head` of the first card below it.
    - Lines below the list, except warnings, become `after`, shown below the cards.
    - A text of warnings only gets the first heading back, so that it names its subject.

    The keys are also the storage format of the page in the browser, so they must stay.
    """
    cards = reply.get("cards")
    if not cards:
        return reply
    choice_ids = {choice["id"] for choice in reply["choices"]}
    above, after, remarks = _split_list(
        reply["text"].split("\n"), [card["title"] for card in cards]
    )
    laid_out = [
        {**card, **remarks.get(card["title"], {}), **_opener(card["support"], choice_ids)}
        for card in cards
    ]
    moved = {card.get("ask") for card in laid_out}
    only_warnings = bool(above) and all(line.startswith("⚠") for line in above)
    if only_warnings and (head := laid_out[0].pop("head", "")):
        above.insert(0, f"{head}：")
    return {
        **reply,
        **({"after": "\n".join(after)} if above and after else {}),
        "text": "\n".join(above or after) or reply["text"],
        "cards": laid_out,
        "choices": [choice for choice in reply["choices"] if choice["id"] not in moved],
    }


def _opener(support: str, choice_ids: Collection[str]) -> dict[str, str]:
    choice = f"s:{support}"
    return {"ask": choice} if choice in choice_ids else {}


def _split_list(
    lines: Sequence[str], titles: Sequence[str]
) -> tuple[list[str], list[str], dict[str, dict[str, str]]]:
    """Return the lines above the list of these titles, the lines below it, and `head` and `note`
    of each listed title. Warnings count as lines above."""
    above: list[str] = []
    below: list[str] = []
    remarks: dict[str, dict[str, str]] = {}
    head = ""
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        title = _listed_title(line, titles)
        if title:
            note = line.removeprefix(f"· {title}").lstrip("—：: ")
            found = {"head": head, "note": note}
            remarks[title] = {name: value for name, value in found.items() if value}
            head = ""
        elif line.endswith("：") and _listed_title(following, titles):
            head = line.removesuffix("：")
        else:
            (below if remarks and not line.startswith("⚠") else above).append(line)
    return above, below, remarks


def _listed_title(line: str, titles: Sequence[str]) -> str:
    """Return the longest of these titles that the line lists, or ""."""
    return max((t for t in titles if line.startswith(f"· {t}")), key=len, default="")
