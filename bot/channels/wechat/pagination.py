"""A WeChat answer as pages of 2,047 bytes, and the note that says which the user still owes.

A passive reply is one message, so what does not fit waits for 回复“更多”. The note is a small
JSON text that the store keeps per conversation: any process can turn the page, also after a
restart, and the retry of a message gets the page that its first try got.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.channels.common.rendering import WECHAT, Caps, clean, render_text
from bot.core.domain.json_codec import dump, load
from bot.core.domain.replies import Reply
from bot.core.domain.session import Option

MORE = "\n……\n回复“更多”看下一段"
OWED = "（上一条的回答）\n"
# Inside the tappable markup, which has no documented escape.
_WIDE = str.maketrans("<>&\"'", "＜＞＆＂＇")
_OWED_PAGES = 3
_NUMBERED = re.compile(r"^\d{1,2}\. (?=\S)", re.MULTILINE)
_TURN = frozenset({"更多", "下一段", "下一页", "更多内容", "more"})


class Notes(Protocol):
    """One short text per conversation, kept by the store and forgotten with the conversation."""

    async def note(self, conv: str) -> str:
        """The note of this conversation, "" where there is none."""

    async def keep(self, conv: str, note: str) -> None:
        """Keep this note instead of the one before; "" removes it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a conversation was shown last: `page` went to message `by`, `rest` waits.

    `owed`: the message got no reply in time, so the whole answer waits.
    """

    by: str = ""
    page: str = ""
    rest: tuple[str, ...] = ()
    owed: bool = False

    @classmethod
    def of(cls, by: str, texts: Sequence[str]) -> Shown:
        """The first of these pages, shown to message `by`; the others wait."""
        return cls(by, texts[0], tuple(texts[1:])) if texts else cls(by)

    def dump(self) -> str:
        """As a note; "" when nothing has to be remembered."""
        if not self.by:
            return ""
        data = {"by": self.by, "page": self.page, "rest": self.rest, "owed": self.owed}
        return dump(data)

    @classmethod
    def load(cls, note: str) -> Shown:
        """What `dump` wrote; nothing where the note cannot be read."""
        try:
            data = load(note)
            rest = tuple(str(page) for page in data["rest"])
            return cls(str(data["by"]), str(data["page"]), rest, bool(data["owed"]))
        except (ValueError, KeyError, TypeError):
            return cls()

    def whole(self) -> str:
        """All that waits, to go in front of a newer answer.

        Its choices are older than those offered last, so they lose their numbers. "" when it
        has grown so long that nobody would read it.
        """
        if not self.owed or len(self.rest) > _OWED_PAGES:
            return ""
        text = "\n".join(page.removesuffix(MORE) for page in self.rest)
        return f"{OWED}{_NUMBERED.sub('· ', text)}\n\n"

    def turn(self, by: str) -> Shown:
        """The next page, shown to message `by`."""
        return Shown(by, self.rest[0], self.rest[1:])


def wants_more(text: str) -> bool:
    """Whether the text asks for the next page."""
    return text.strip(" \t\n“”\"'。.！!").lower() in _TURN


def pages(replies: Sequence[Reply], *, tappable: bool = False, before: str = "") -> list[str]:
    """The answer as pages that fit, every one but the last ending in 回复“更多”….

    `before` goes in front. Choices are tappable only where the whole answer fits one page: the
    markup counts, and a link cut in two would show as text.
    """
    if not replies:
        return []
    if tappable:
        linked = render_text([_linked(reply) for reply in replies], WECHAT)
        if len(linked) == 1 and (page := _fitting(before + linked[0])):
            return [page]
    whole = before + "".join(render_text(replies, Caps(max_len=1_000_000)))
    if page := _fitting(whole):
        return [page]
    room = Caps(WECHAT.max_len - WECHAT.measure(MORE), WECHAT.unit)
    first, *others = replies
    head = Reply(before + first.text, first.choices, first.links, multiple=first.multiple)
    cut = render_text([head, *others], room)
    return [page + MORE for page in cut[:-1]] + list(cut[-1:])


def _fitting(page: str) -> str:
    return page if WECHAT.measure(page) <= WECHAT.max_len else ""


def _linked(reply: Reply) -> Reply:
    """The reply with labels that send themselves when tapped."""
    return Reply(
        reply.text,
        tuple(Option(o.id, _link(o)) for o in reply.choices),
        reply.links,
        multiple=reply.multiple,
    )


def _link(option: Option) -> str:
    label = clean(option.label).translate(_WIDE)
    address = f"weixin://bizmsgmenu?msgmenucontent={label}&msgmenuid={option.id}"
    return f'<a href="{address}">{label}</a>'
