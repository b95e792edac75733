"""Take the lines that list the cards of a reply out of its text: the cards show the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from bot.channels.common.rendering import BULLET
from bot.core.domain.replies import Line, Role


def lay_out_cards(
    reply: dict[str, Any], lines: Sequence[Line]
) -> tuple[dict[str, Any], list[Line]]:
    """Return the reply, and the lines that its text keeps.

    - A choice that opens a shown support becomes `ask` of its card.
    - A line that lists a shown support leaves the text; its remark becomes `note` of the card, and
      the heading above such lines becomes `head` of the first card below it.
    - Lines below the list, except warnings, become `after`, shown below the cards.
    - A text without other lines than warnings gets the first heading back, so that it names its
      subject.

    The keys are also the storage format of the page in the browser, so they must stay.
    """
    cards = reply.get("cards")
    if not cards:
        return reply, list(lines)
    choice_ids = {choice["id"] for choice in reply["choices"]}
    above, after, remarks = _split_list(lines, [card["title"] for card in cards])
    laid_out = [
        {**card, **remarks.get(card["title"], {}), **_opener(card["support"], choice_ids)}
        for card in cards
    ]
    moved = {card.get("ask") for card in laid_out}
    only_warnings = all(_is_warning(line) for line in above)
    if only_warnings and (head := laid_out[0].pop("head", "")):
        above.insert(0, Line(Role.HEADING, f"{head}："))
    shown = {
        **reply,
        "cards": laid_out,
        "choices": [choice for choice in reply["choices"] if choice["id"] not in moved],
    }
    if above and after:
        shown["after"] = "\n".join(line.text for line in after)
    return shown, above or after or list(lines)


def _opener(support: str, choice_ids: Collection[str]) -> dict[str, str]:
    choice = f"s:{support}"
    return {"ask": choice} if choice in choice_ids else {}


def _is_warning(line: Line) -> bool:
    return line.role is Role.WARNING


def _split_list(
    lines: Sequence[Line], titles: Sequence[str]
) -> tuple[list[Line], list[Line], dict[str, dict[str, str]]]:
    """Return the lines above the list of these titles, the lines below it, and `head` and `note`
    of each listed title. Warnings count as lines above."""
    above: list[Line] = []
    below: list[Line] = []
    remarks: dict[str, dict[str, str]] = {}
    head = ""
    following = [*lines[1:], Line(Role.PLAIN, "")]
    for line, after in zip(lines, following, strict=True):
        title = _listed_title(line.text, titles)
        if title:
            note = line.text.removeprefix(f"{BULLET}{title}").lstrip("—：: ")
            found = {"head": head, "note": note}
            remarks[title] = {name: value for name, value in found.items() if value}
            head = ""
        elif line.text.endswith("：") and _listed_title(after.text, titles):
            head = line.text.removesuffix("：")
        else:
            (below if remarks and not _is_warning(line) else above).append(line)
    return above, below, remarks


def _listed_title(text: str, titles: Sequence[str]) -> str:
    """Return the longest of these titles that the line lists, or ""."""
    return max((t for t in titles if text.startswith(f"{BULLET}{t}")), key=len, default="")
