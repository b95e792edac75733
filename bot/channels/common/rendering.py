"""Render replies as messages of a channel: sanitized, within its limit, choices last.

`render` serves channels with buttons, `render_text` those that print choices as numbered lines.
The core resolves numbers, labels and ids, so rendering keeps no state.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.channels.common.phrases import Phrases
from bot.channels.common.text_splitting import Measure, split_text, utf8_size, utf16_size
from bot.core.domain.replies import Link, Reply
from bot.core.domain.session import Option

# Complement of the Char production of XML 1.0, which all messengers accept.
_FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Before an item of a list.
BULLET = "· "
# A channel without buttons does not print more choices than these a second time.
MAX_REPEATED_CHOICES = 4


class LengthUnit(StrEnum):
    """The unit of a platform's length limit."""

    CHARS = "chars"
    UTF16 = "utf16"
    UTF8 = "utf8"


@dataclass(frozen=True, slots=True)
class MessageFormat:
    """The message format of a channel.

    `max_length`: of one message, in `unit`. `buttons`: whether choices are shown as buttons.
    `buttons_per_row`: at most.
    """

    max_length: int
    unit: LengthUnit = LengthUnit.CHARS
    buttons: bool = False
    buttons_per_row: int = 8

    @property
    def measure(self) -> Measure:
        """The function that measures a text in `unit`."""
        return {
            LengthUnit.CHARS: len,
            LengthUnit.UTF16: utf16_size,
            LengthUnit.UTF8: utf8_size,
        }[self.unit]


TERMINAL = MessageFormat(max_length=1_000_000)
TELEGRAM = MessageFormat(max_length=4096, unit=LengthUnit.UTF16, buttons=True)
WECHAT = MessageFormat(max_length=2047, unit=LengthUnit.UTF8)


@dataclass(frozen=True, slots=True)
class MessagePart:
    """One message of a rendered reply; only the last part has choices and links."""

    text: str
    choices: tuple[Option, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class TextLayout:
    """How a channel without buttons lays out a text.

    `body`: the text of a reply with its links. `label`: the shown label of a choice. `gap`:
    between the text and the numbered choices. `repeated`: the line in place of many choices that
    were offered before; "" repeats the choices. `measure`: the length of a text, if it is not that
    of the format.
    """

    body: Callable[[Reply], str] = field(default=lambda reply: text_with_links(reply))
    label: Callable[[Option], str] = field(default=lambda option: sanitize(option.label))
    gap: str = "\n"
    repeated: str = ""
    measure: Measure | None = None


def sanitize(text: str) -> str:
    """Return `text` without characters that XML 1.0 forbids.

    Surrogate pairs are joined, lone surrogates removed, line ends become newlines.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def render(reply: Reply, format: MessageFormat, phrases: Phrases) -> tuple[MessagePart, ...]:
    """Return the reply as messages within the limit.

    The last message has the choices and web links; a channel without buttons gets them as lines
    of text.
    """
    if not format.buttons:
        return tuple(MessagePart(text) for text in render_text([reply], format))
    texts = split_text(body(reply), format.max_length, format.measure)
    links = tuple(link for link in reply.links if is_web(link))
    if not texts and (reply.choices or links):
        # No platform accepts a keyboard without a text.
        texts = [phrases.say("channel_choose" if reply.choices else "channel_links")]
    parts = [MessagePart(text) for text in texts]
    if parts:
        parts[-1] = MessagePart(parts[-1].text, reply.choices, links)
    return tuple(parts)


def body(reply: Reply) -> str:
    """Return the text of a reply for a channel with buttons: with the phone numbers of its links,
    without its choices and web links."""
    return text_with_links(
        reply._replace(links=tuple(link for link in reply.links if not is_web(link)))
    )


def render_text(
    replies: Sequence[Reply], format: MessageFormat, layout: TextLayout | None = None
) -> tuple[str, ...]:
    """Return the replies of a turn as texts within the limit, with numbers for the choices.

    A choice that an item of the text names gets its number there; the others follow as lines,
    which stay together on the last part if they fit.
    """
    layout = layout or TextLayout()
    numbered = max((i for i, r in enumerate(replies) if r.choices), default=-1)
    blocks, choices = [], ""
    for index, reply in enumerate(replies):
        text = layout.body(reply)
        if index < numbered:
            text = _bulleted(text, reply.choices)
        elif index == numbered:
            text, choices = _numbered(text, reply.choices, layout)
            if reply.repeated and layout.repeated and len(reply.choices) > MAX_REPEATED_CHOICES:
                choices = layout.repeated
        blocks.append(text)
    if numbered < len(replies) - 1:
        blocks.insert(numbered + 1, choices)
        choices = ""
    text = "\n\n".join(block for block in blocks if block)
    return tuple(_split_before_choices(text, choices, format, layout))


def text_with_links(reply: Reply) -> str:
    """Return the text of a reply and its links as lines."""
    text = sanitize(reply.text).strip()
    lines = [text, *link_lines(reply.links, text)]
    return "\n".join(line for line in lines if line)


def link_line(link: Link) -> str:
    """Return a link as a line of text: `原文：https://…` or `拨打 12345`."""
    label, address = sanitize(link.label), sanitize(link.url).removeprefix("tel:")
    return label if _contains_number(label, address) else f"{label}：{address}"


def link_lines(links: Iterable[Link], text: str) -> list[str]:
    """Return links as lines below `text`, except phone numbers that `text` contains already:
    messengers make those tappable."""
    return [
        link_line(link)
        for link in links
        if not (
            link.url.startswith("tel:")
            and _contains_number(text, sanitize(link.url).removeprefix("tel:"))
        )
    ]


def is_web(link: Link) -> bool:
    """Return whether a link opens a page."""
    return link.url.startswith(("https://", "http://"))


def _contains_number(text: str, number: str) -> bool:
    """Return whether a text contains a telephone number as a whole."""
    return re.search(rf"(?<!\d){re.escape(number)}(?!\d)", text) is not None


def _bulleted(text: str, choices: Sequence[Option]) -> str:
    """Return the text with bullets for choices that it does not name. They are not the last ones
    offered, and numbers refer to those only."""
    lines = text.split("\n") if text else []
    bullets = [f"{BULLET}{sanitize(o.label)}" for o in choices if _item_of(lines, o) is None]
    return "\n".join([*lines, *bullets])


def _numbered(text: str, choices: Sequence[Option], layout: TextLayout) -> tuple[str, str]:
    """Return the text with numbers at the items that name a choice, and the other choices as
    numbered lines."""
    lines, others = text.split("\n"), []
    for number, option in enumerate(choices, 1):
        line, label = f"{number}. {layout.label(option)}", sanitize(option.label)
        at = _item_of(lines, option)
        if at is None:
            others.append(line)
        else:
            lines[at] = line + lines[at][len(BULLET) + len(label) :]
    return "\n".join(lines), "\n".join(others)


def _item_of(lines: Sequence[str], option: Option) -> int | None:
    """Return the position of the item that names this choice, alone or before other words."""
    item = f"{BULLET}{sanitize(option.label)}"
    for at, line in enumerate(lines):
        if line.startswith(item) and not line[len(item) :][:1].isalnum():
            return at
    return None


def _split_before_choices(
    text: str, choices: str, format: MessageFormat, layout: TextLayout
) -> list[str]:
    """Split `text` to the limit and append the lines of `choices`, unsplit if they fit."""
    measure = layout.measure or format.measure
    parts = split_text(text, format.max_length, measure)
    if not choices:
        return parts
    if parts and measure(f"{parts[-1]}{layout.gap}{choices}") <= format.max_length:
        return [*parts[:-1], f"{parts[-1]}{layout.gap}{choices}"]
    return parts + split_text(choices, format.max_length, measure)
