"""Lay out choices and links as Telegram's inline keyboard."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.common.rendering import TELEGRAM, MessagePart, sanitize
from bot.channels.telegram.updates import ButtonPress
from bot.core.domain.json_codec import dump
from bot.core.domain.replies import Link
from bot.core.domain.session import Option

# Objects of the Bot API as plain values: those of PTB take most of the time of a message.
Json = Mapping[str, Any]

# Width of a row on a narrow phone, in columns; a Chinese character takes two.
_ROW_COLUMNS = 26
_ROW_BUTTONS = 3
# Limit of the Bot API for `callback_data`.
_CALLBACK_BYTES = 64


def inline_keyboard(part: MessagePart) -> str | None:
    """Return the buttons of a message as an InlineKeyboardMarkup in JSON, or None. Short labels
    share a row; links come last."""
    if not part.links:
        return _choice_keyboard(part.choices)
    return _keyboard([*_choice_rows(part.choices), *_rows(map(_link_button, part.links))])


# Cached because many messages have the same choices. Links are of one person.
@lru_cache(maxsize=256)
def _choice_keyboard(choices: tuple[Option, ...]) -> str | None:
    return _keyboard(_choice_rows(choices))


def _keyboard(rows: Sequence[Sequence[Json]]) -> str | None:
    return dump({"inline_keyboard": rows}) if rows else None


def _choice_rows(choices: tuple[Option, ...]) -> Sequence[Sequence[Json]]:
    return _rows(
        [
            {"text": sanitize(option.label) or option.id, "callback_data": option.id}
            for option in choices
            if 1 <= len(option.id.encode()) <= _CALLBACK_BYTES
        ]
    )


def _link_button(link: Link) -> Json:
    return {"text": sanitize(link.label) or link.url, "url": link.url}


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


def _rows(buttons: Iterable[Json]) -> Sequence[Sequence[Json]]:
    rows: list[list[Json]] = []
    max_buttons = min(_ROW_BUTTONS, TELEGRAM.buttons_per_row)
    for button in buttons:
        row = rows[-1] if rows else []
        # Telegram gives the buttons of a row equal widths, so the widest label decides.
        widest = max(_columns(str(b["text"])) for b in (*row, button))
        if row and len(row) < max_buttons and widest * (len(row) + 1) <= _ROW_COLUMNS:
            row.append(button)
        else:
            rows.append([button])
    return rows


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
