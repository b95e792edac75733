"""Lay out choices and links as Telegram's inline keyboard."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.common.rendering import TELEGRAM, MessagePart, sanitize
from bot.channels.telegram.updates import ButtonPress

# Width of a row on a narrow phone, in columns; a Chinese character takes two.
_ROW_COLUMNS = 26
_ROW_BUTTONS = 3
# Limit of the Bot API for `callback_data`.
_CALLBACK_BYTES = 64


def inline_keyboard(part: MessagePart) -> InlineKeyboardMarkup | None:
    """Return the buttons of a message, or None. Short labels share a row; links come last."""
    choices = [
        InlineKeyboardButton(sanitize(option.label) or option.id, callback_data=option.id)
        for option in part.choices
        if 1 <= len(option.id.encode()) <= _CALLBACK_BYTES
    ]
    links = [InlineKeyboardButton(sanitize(x.label) or x.url, url=x.url) for x in part.links]
    rows = [*_rows(choices), *_rows(links)]
    return InlineKeyboardMarkup(rows) if rows else None


def link_keyboard(press: ButtonPress) -> InlineKeyboardMarkup | None:
    """Return the keyboard of the pressed button without its choices, or None if it is empty."""
    rows = [
        [
            InlineKeyboardButton(str(button.get("text", "")), url=str(button["url"]))
            for button in row
        ]
        for row in press.link_rows
    ]
    return InlineKeyboardMarkup(rows) if rows else None


def _rows(buttons: Iterable[InlineKeyboardButton]) -> Sequence[Sequence[InlineKeyboardButton]]:
    rows: list[list[InlineKeyboardButton]] = []
    max_buttons = min(_ROW_BUTTONS, TELEGRAM.buttons_per_row)
    for button in buttons:
        row = rows[-1] if rows else []
        # Telegram gives the buttons of a row equal widths, so the widest label decides.
        widest = max(_columns(b.text) for b in (*row, button))
        if row and len(row) < max_buttons and widest * (len(row) + 1) <= _ROW_COLUMNS:
            row.append(button)
        else:
            rows.append([button])
    return rows


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
