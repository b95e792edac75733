"""How a reply becomes messages of a channel: cleaned, cut to its limit, choices last.

`render` is for channels with buttons, `render_text` for those where choices are numbered lines.
The core resolves numbers, labels and ids, so nothing here has to be remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.channels.common.text_splitting import Measure, split, utf8_size, utf16_size
from bot.core.domain.replies import Link, Reply
from bot.core.domain.session import Option

# XML 1.0's Char production, without the surrogates: what a message may hold.
_FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Unit(StrEnum):
    """What a platform counts its limit in."""

    CHARS = "chars"
    UTF16 = "utf16"
    UTF8 = "utf8"


@dataclass(frozen=True, slots=True)
class Caps:
    """What a channel can show: `max_len` of one message in `unit`s, and how choices look."""

    max_len: int
    unit: Unit = Unit.CHARS
    buttons: bool = False
    per_row: int = 8

    @property
    def measure(self) -> Measure:
        """How long a text is in this channel's units."""
        return {Unit.CHARS: len, Unit.UTF16: utf16_size, Unit.UTF8: utf8_size}[self.unit]


TERMINAL = Caps(max_len=1_000_000)
TELEGRAM = Caps(max_len=4096, unit=Unit.UTF16, buttons=True)
WECHAT = Caps(max_len=2047, unit=Unit.UTF8)


@dataclass(frozen=True, slots=True)
class Part:
    """One message: its text, and what hangs under it (on the last part of a reply only)."""

    text: str
    choices: tuple[Option, ...] = ()
    links: tuple[Link, ...] = ()


def clean(text: str) -> str:
    """The text without what XML 1.0 forbids; surrogate pairs joined, lone surrogates dropped."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def is_web(link: Link) -> bool:
    """Whether the link opens a page; anything else (tel:, say) is shown as text."""
    return link.url.startswith(("https://", "http://"))


def link_line(link: Link) -> str:
    """A link as a line of text: 原文：https://… or 拨打 12345."""
    label, address = clean(link.label), clean(link.url).removeprefix("tel:")
    return label if _says(label, address) else f"{label}：{address}"


def _link_lines(links: Iterable[Link], text: str) -> list[str]:
    """Links as lines below a text. A number to call that stands in the text already says nothing
    new: messengers make it a thing to tap themselves."""
    return [
        link_line(link)
        for link in links
        if not (link.url.startswith("tel:") and _says(text, clean(link.url)[4:]))
    ]


def _says(text: str, number: str) -> bool:
    return re.search(rf"(?<!\d){re.escape(number)}(?!\d)", text) is not None


def render(reply: Reply, caps: Caps) -> tuple[Part, ...]:
    """The reply as messages within the limit; choices and web links hang on the last one.

    A channel without buttons gets them as lines of the text instead.
    """
    if not caps.buttons:
        return tuple(Part(text) for text in render_text([reply], caps))
    said = [clean(reply.text).strip()]
    said += _link_lines([link for link in reply.links if not is_web(link)], said[0])
    texts = split("\n".join(line for line in said if line), caps.max_len, caps.measure)
    links = tuple(link for link in reply.links if is_web(link))
    if not texts:
        # A keyboard cannot go without a text on any platform.
        texts = ["请选择：" if reply.choices else "请看："] if reply.choices or links else []
    parts = [Part(text) for text in texts]
    if parts:
        parts[-1] = Part(parts[-1].text, reply.choices, links)
    return tuple(parts)


def render_text(replies: Sequence[Reply], caps: Caps) -> tuple[str, ...]:
    """The replies of a turn as one text with numbered choices, cut to the limit.

    The numbered lines stay together on the last part where they fit.
    """
    offered = max((i for i, r in enumerate(replies) if r.choices), default=-1)
    blocks, tail = [], ""
    for index, reply in enumerate(replies):
        blocks.append(_block(reply, bullets=index < offered))
        if index == offered:
            tail = number(reply)
    if offered < len(replies) - 1:
        blocks.insert(offered + 1, tail)
        tail = ""
    text = "\n\n".join(block for block in blocks if block)
    return tuple(_with_tail(text, tail, caps))


def _block(reply: Reply, *, bullets: bool) -> str:
    """Text and links of a reply. `bullets`: its choices are older than those offered last,
    which alone answer to numbers, so they stand as plain lines."""
    lines = [clean(reply.text).strip()]
    lines += _link_lines(reply.links, lines[0])
    if bullets:
        lines += [f"· {clean(option.label)}" for option in reply.choices]
    return "\n".join(line for line in lines if line)


def number(reply: Reply) -> str:
    """The choices as numbered lines: 1. 标签."""
    return "\n".join(f"{n}. {clean(o.label)}" for n, o in enumerate(reply.choices, 1))


def _with_tail(text: str, tail: str, caps: Caps) -> list[str]:
    """The text cut to the limit, `tail` (the choices) kept whole on the last part if it fits."""
    parts = split(text, caps.max_len, caps.measure)
    if not tail:
        return parts
    if parts and caps.measure(f"{parts[-1]}\n{tail}") <= caps.max_len:
        return [*parts[:-1], f"{parts[-1]}\n{tail}"]
    return parts + split(tail, caps.max_len, caps.measure)
