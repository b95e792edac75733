"""What a press changes on the message of its button.

Several choices are ticked one after another: a press only changes the keyboard, and the message
itself holds the state. The data of a button names the state that it sets, so a repeated delivery
changes nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from bot.channels.telegram.incoming.updates import Json
from bot.core.domain.session import Option

Rows = Sequence[Sequence[Json]]

DONE = "m:done"
# Below a later page of a list: show the first one again.
FIRST_PAGE = "m:first"
# How long the keyboard of a press is older than the one that was shown last, at most.
FRESH_SECONDS = 5.0
_TICK, _CLEAR = "m:1:", "m:0:"
_TICKED, _EMPTY, _PRESSED = "☑ ", "☐ ", "✓ "
_MAX_MESSAGES = 2_000
# Choices that are answers to the question above them; a press ends the question.
_ANSWERS = ("a:", _TICK, _CLEAR, "c:forget_")
# Choices of which several may be opened one after another.
_REPEATABLE = ("s:", "f:", "c:useful:", "c:useless:")
_PAGES = ("c:more", FIRST_PAGE)


def tick_button(option: Option) -> Json | None:
    """Return the button of one of several choices, or None if it is no answer to a question."""
    kind, _, answer = option.id.partition(":")
    if kind != "a":
        return None
    return {"text": f"{_EMPTY}{option.label}", "callback_data": f"{_TICK}{answer}"}


def is_tick(data: str) -> bool:
    """Return whether a press ticks or clears one of several choices."""
    return data.startswith((_TICK, _CLEAR))


def single_choice(data: str) -> str:
    """Return the id of the choice that a press ticks or clears."""
    return f"a:{data[len(_TICK) :]}"


def set_tick(rows: Rows, data: str) -> Rows:
    """Return the keyboard after this press."""
    answer, ticked = data[len(_TICK) :], data.startswith(_TICK)

    def after(button: Json) -> Json:
        label, now = str(button.get("text", "")), str(button.get("callback_data", ""))
        if not is_tick(now) or now[len(_TICK) :] != answer:
            return button
        label = label.removeprefix(_TICKED).removeprefix(_EMPTY)
        mark, following = (_TICKED, _CLEAR) if ticked else (_EMPTY, _TICK)
        return {**button, "text": f"{mark}{label}", "callback_data": f"{following}{answer}"}

    return [[after(button) for button in row] for row in rows]


def ticked(rows: Rows) -> tuple[str, str]:
    """Return the ticked choices as one choice id (`a:needs:funding+venue`), and their labels; ""
    if none is ticked."""
    found = [
        (str(button["callback_data"])[len(_CLEAR) :], str(button["text"]).removeprefix(_TICKED))
        for row in rows
        for button in row
        if str(button.get("callback_data", "")).startswith(_CLEAR)
    ]
    if not found:
        return "", ""
    slot = found[0][0].partition(":")[0]
    choices = [answer.partition(":")[2] for answer, _ in found]
    return f"a:{slot}:{'+'.join(choices)}", "、".join(label for _, label in found)


def label_of(rows: Rows, data: str) -> str:
    """Return the label of the button with this data; "" if there is none."""
    return next(
        (str(b.get("text", "")) for row in rows for b in row if b.get("callback_data") == data), ""
    )


def ends_question(rows: Rows) -> bool:
    """Return whether the keyboard belongs to a question, which any of its buttons ends."""
    data = (str(button.get("callback_data", "")) for row in rows for button in row)
    return any(one.startswith(_ANSWERS) for one in data)


def turns_page(data: str) -> bool:
    """Return whether a press asks for another page of the list above it."""
    return data.startswith(_PAGES)


def with_pressed(rows: Rows, data: str) -> Rows | None:
    """Return the keyboard with the pressed button marked; None if it stays as it is."""
    label = label_of(rows, data)
    if not data.startswith(_REPEATABLE) or not label or label.startswith(_PRESSED):
        return None
    return [
        [{**b, "text": pressed_label(label)} if b.get("callback_data") == data else b for b in row]
        for row in rows
    ]


def link_rows(rows: Rows) -> Rows:
    """Return the keyboard without its choices."""
    kept = [[button for button in row if button.get("url")] for row in rows]
    return [row for row in kept if row]


def pressed_label(label: str) -> str:
    """Return the label of a choice, marked as pressed."""
    return f"{_PRESSED}{label}"


class Keyboards:
    """The keyboards that were changed a moment ago, by chat and message.

    Two quick presses may both carry the keyboard from before the first one. `seconds`: a clock.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._changed: OrderedDict[tuple[int, int], tuple[float, Rows]] = OrderedDict()

    def latest(self, chat_id: int, message_id: int, rows: Rows) -> Rows:
        """Return the latest keyboard of a message; `rows`: that of the press."""
        at, changed = self._changed.get((chat_id, message_id), (0.0, rows))
        return changed if self._seconds() - at < FRESH_SECONDS else rows

    def change(self, chat_id: int, message_id: int, rows: Rows) -> None:
        """Remember the keyboard that a message gets."""
        self._changed[chat_id, message_id] = (self._seconds(), rows)
        self._changed.move_to_end((chat_id, message_id))
        if len(self._changed) > _MAX_MESSAGES:
            self._changed.popitem(last=False)
