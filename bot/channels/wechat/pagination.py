"""Split a WeChat answer into pages of 2,047 bytes and keep the pages that were not sent yet.

A passive reply is one message, so longer answers are continued on request (回复“更多”). The state
is a small JSON text that the store keeps per conversation: another process, or the same one
after a restart, continues with the next page, and a retried message gets the same page again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.channels.common.phrases import Phrases
from bot.channels.common.rendering import BULLET, WECHAT
from bot.channels.wechat.articles import Article
from bot.channels.wechat.text_layout import wechat_texts
from bot.core.domain.json_codec import dump, load
from bot.core.domain.replies import Reply
from bot.core.text.expressions import strip_expressions

_MAX_LATE_PAGES = 3
_NUMBERED = re.compile(r"^\d{1,2}\. (?=\S)", re.MULTILINE)
_MORE_REQUESTS = frozenset({"更多", "下一段", "下一页", "更多内容", "more"})
_LARGE_TEXT = frozenset({"大字", "字太小", "字大点", "字大一点", "放大字", "放大", "看不清"})


class NoteStore(Protocol):
    """The part of the store that keeps one text per conversation; `forget` deletes it."""

    async def note(self, conv: str) -> str:
        """Return the note of this conversation, "" if there is none."""

    async def keep(self, conv: str, message_id: str, note: str, shown_by: str = "") -> None:
        """Replace the note of this conversation; "" deletes it. Nothing is stored if the message
        was deleted with its conversation. `shown_by`: a later message that gets a page of the
        note."""


@dataclass(frozen=True, slots=True)
class PageState:
    """The last page of a conversation and the pages behind it.

    `page` was the reply to message `message_id`. `late`: that message got no reply in time, so
    `remaining` holds the whole answer. `source`: the message that the pages answer; `message_id`
    may be a later request for more.
    """

    message_id: str = ""
    page: str = ""
    remaining: tuple[str, ...] = ()
    late: bool = False
    source: str = ""

    @classmethod
    def first(cls, message_id: str, pages: Sequence[str]) -> PageState:
        """Return the state after the first of `pages` was sent."""
        first, *rest = pages or [""]
        return cls(message_id, first, tuple(rest), source=message_id)

    def dump(self) -> str:
        """Return the state as a note; "" if there is nothing to keep."""
        if not self.message_id:
            return ""
        return dump(
            {
                "by": self.message_id,
                "page": self.page,
                "rest": self.remaining,
                "owed": self.late,
                "of": self.source,
            }
        )

    @classmethod
    def load(cls, note: str) -> PageState:
        """Return the state of a note; an empty state if the note cannot be parsed."""
        try:
            data = load(note)
            remaining = tuple(str(page) for page in data["rest"])
            message_id = str(data["by"])
            source = str(data.get("of", message_id))
            return cls(message_id, str(data["page"]), remaining, bool(data["owed"]), source)
        except (ValueError, KeyError, TypeError):
            return cls()

    def as_text(self) -> PageState:
        """Return the state with a text as its page: an article precedes the same answer as text,
        and only a reply in time can be one."""
        if Article.of_page(self.page) is None:
            return self
        return self.next(self.message_id)

    def late_text(self, phrases: Phrases) -> str:
        """Return the late answer as a prefix for the next one, "" if there is none.

        Numbers refer to the choices offered last, so the late choices become bullets. An answer
        of more than `_MAX_LATE_PAGES` pages is dropped.
        """
        if not self.late or len(self.remaining) > _MAX_LATE_PAGES:
            return ""
        text = "\n".join(page.removesuffix(_continuation(phrases)) for page in self.remaining)
        bulleted = _NUMBERED.sub(BULLET, text)
        return f"{phrases.say('wechat_late')}\n{bulleted}\n\n"

    def next(self, message_id: str) -> PageState:
        """Return the state after the next page was sent as the reply to `message_id`."""
        return PageState(message_id, self.remaining[0], self.remaining[1:], source=self.source)


def is_more_request(text: str) -> bool:
    """Return whether the text asks for the next page; an expression beside it changes nothing."""
    return _bare(text) in _MORE_REQUESTS


def asks_for_large_text(text: str) -> bool:
    """Return whether the text asks for larger letters, which only the client can show."""
    return _bare(text) in _LARGE_TEXT


def _bare(text: str) -> str:
    return strip_expressions(text).strip(" \t\n“”\"'。.！!").lower()


def paginate(
    replies: Sequence[Reply], phrases: Phrases, *, tappable: bool = False, prefix: str = ""
) -> list[str]:
    """Return the answer as pages within the limit; all but the last ask for a reply “更多”.

    `prefix` precedes the answer. `tappable` choices are used only if the answer fits one page: the
    markup counts.
    """
    if not replies:
        return []
    first, *others = replies
    said = [first._replace(text=prefix + first.text), *others]
    repeated = phrases.say("channel_repeated")
    for tap in (True, False) if tappable else (False,):
        pages = wechat_texts(said, WECHAT.max_length, tappable=tap, repeated=repeated)
        if len(pages) <= 1:
            return pages
    more = _continuation(phrases)
    shorter = WECHAT.max_length - WECHAT.measure(more)
    pages = wechat_texts(said, shorter, tappable=False, repeated=repeated)
    return [page + more for page in pages[:-1]] + pages[-1:]


def _continuation(phrases: Phrases) -> str:
    return "\n" + phrases.say("wechat_more")
