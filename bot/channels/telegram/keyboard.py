"""Choices and links as Telegram's inline keyboard."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.common.rendering import TELEGRAM, Part, clean
from bot.channels.telegram.updates import Press

# What fits a narrow phone beside each other: a label's columns, a Chinese character being two.
_ROW_COLUMNS = 26
_ROW_BUTTONS = 3
_CALLBACK_BYTES = 64


def keyboard(part: Part) -> InlineKeyboardMarkup | None:
    """The buttons under this part, or None. Short labels share a row; links come last."""
    choices = [
        InlineKeyboardButton(clean(option.label) or option.id, callback_data=option.id)
        for option in part.choices
        if 1 <= len(option.id.encode()) <= _CALLBACK_BYTES
    ]
    links = [InlineKeyboardButton(clean(x.label) or x.url, url=x.url) for x in part.links]
    rows = [*_rows(choices), *_rows(links)]
    return InlineKeyboardMarkup(rows) if rows else None


def left_over(press: Press) -> InlineKeyboardMarkup | None:
    """What stays of a pressed keyboard: its links."""
    rows = [
        [
            InlineKeyboardButton(str(button.get("text", "")), url=str(button["url"]))
            for button in row
        ]
        for row in press.left
    ]
    return InlineKeyboardMarkup(rows) if rows else None


def _rows(buttons: Iterable[InlineKeyboardButton]) -> Sequence[Sequence[InlineKeyboardButton]]:
    rows: list[list[InlineKeyboardButton]] = []
    for button in buttons:
        row = rows[-1] if rows else []
        # Buttons of a row are equally wide, so the widest label counts for all.
        widest = max(_columns(b.text) for b in (*row, button))
        room = min(_ROW_BUTTONS, TELEGRAM.per_row)
        if row and len(row) < room and widest * (len(row) + 1) <= _ROW_COLUMNS:
            row.append(button)
        else:
            rows.append([button])
    return rows


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
