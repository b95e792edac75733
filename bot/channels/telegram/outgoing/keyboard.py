"""Lay out choices and links as Telegram's inline keyboard."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from bot.channels.common.rendering import TELEGRAM, sanitize
from bot.channels.telegram.incoming.presses import DONE, Rows, tick_button
from bot.channels.telegram.incoming.updates import Json
from bot.channels.telegram.outgoing.formatting import FormattedPart
from bot.core.domain.json_codec import dump
from bot.core.domain.replies import Link
from bot.core.domain.session import Option

# Width of a row on a narrow phone, in columns; a Chinese character takes two.
_ROW_COLUMNS = 26
_ROW_BUTTONS = 3
# Limit of the Bot API for `callback_data`.
_CALLBACK_BYTES = 64
# Limit of the Bot API for the buttons of a message, and how many of them may be choices.
MAX_BUTTONS = 100
MAX_CHOICES = 90


def inline_keyboard(part: FormattedPart) -> str | None:
    """Return the buttons of a message as an InlineKeyboardMarkup in JSON, or None. Short labels
    share a row; links come last. Of several choices, each is a button to tick."""
    if not part.links:
        return _choice_keyboard(part.choices, part.multiple)
    links = part.links[: MAX_BUTTONS - MAX_CHOICES]
    return keyboard([*_choice_rows(part.choices, part.multiple), *_rows(map(_link_button, links))])


# Cached because many messages have the same choices. Links are of one person.
@lru_cache(maxsize=256)
def _choice_keyboard(choices: tuple[Option, ...], multiple: bool) -> str | None:
    return keyboard(_choice_rows(choices, multiple))


def keyboard(rows: Rows) -> str | None:
    """Return rows of buttons as an InlineKeyboardMarkup in JSON, or None without any."""
    return dump({"inline_keyboard": rows}) if rows else None


def _choice_rows(choices: tuple[Option, ...], multiple: bool) -> list[list[Json]]:
    buttons: list[Json] = []
    for option in choices[:MAX_CHOICES]:
        label = sanitize(option.label) or option.id
        button = tick_button(option._replace(label=label)) if multiple else None
        button = button or {"text": label, "callback_data": option.id}
        if 1 <= len(str(button["callback_data"]).encode()) <= _CALLBACK_BYTES:
            buttons.append(button)
    done = next((n for n, button in enumerate(buttons) if button["callback_data"] == DONE), -1)
    if done < 0:
        return _rows(buttons)
    # The button that ends a choice of several has a row of its own.
    return [*_rows(buttons[:done]), [buttons[done]], *_rows(buttons[done + 1 :])]


def _link_button(link: Link) -> Json:
    return {"text": sanitize(link.label) or link.url, "url": link.url}


def _rows(buttons: Iterable[Json]) -> list[list[Json]]:
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
