"""Lay out replies as texts of WeChat: blocks by the roles of lines, headings, tappable links.

A link is one placeholder character until the text was split, so no split breaks its markup; its
length is that of the markup.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.channels.common.named_links import split_urls
from bot.channels.common.rendering import (
    MessageFormat,
    TextLayout,
    is_web,
    link_line,
    link_lines,
    render_text,
    sanitize,
)
from bot.channels.common.text_splitting import utf8_size
from bot.core.domain.replies import Link, Reply, Role
from bot.core.domain.session import Option

# The platform documents no escape for these characters in the text of a link.
_FULL_WIDTH = str.maketrans("<>&\"'", "＜＞＆＂＇")
# In an address they are escaped as in any URL.
_ESCAPED = str.maketrans({"<": "%3C", ">": "%3E", '"': "%22", "'": "%27", " ": "%20"})
_ANCHOR = re.compile(r'<a href="[^"<>]*">[^<>]*</a>')
# A longer link is shown as text: it would fill a message.
_MAX_MARKUP = 700
# A longer heading is a sentence, without brackets.
_MAX_HEADING = 20
# The placeholders: characters of a private use area, which are removed from replies.
_FIRST = 0xF0000
_PLACEHOLDER = re.compile("[\U000f0000-\U000ffffd]")

# Lines of one block have no blank line between them.
_BLOCKS = {
    Role.ANSWER: "answer",
    Role.FACT: "answer",
    Role.QUOTE: "source",
    Role.BASIS: "source",
    Role.HEADING: "list",
    Role.ITEM: "list",
    Role.QUESTION: "question",
}


def wechat_texts(
    replies: Sequence[Reply], limit: int, *, tappable: bool, repeated: str = ""
) -> list[str]:
    """Return the replies of a turn as texts of at most `limit` bytes. `tappable`: choices send
    themselves when they are tapped; `repeated`: the line in place of many choices that were
    offered before."""
    links = _Links()
    layout = TextLayout(
        body=lambda reply: _body(reply, links),
        label=links.choice if tappable else lambda option: option.label,
        gap="\n\n",
        repeated=repeated,
        measure=links.measure,
    )
    said = [
        reply._replace(choices=tuple(Option(o.id, _clean(o.label)) for o in reply.choices))
        for reply in replies
    ]
    return [links.expand(text) for text in render_text(said, MessageFormat(limit), layout)]


class _Links:
    """The links of a turn. Each one has a placeholder."""

    def __init__(self) -> None:
        self._markup: list[str] = []

    def add(self, markup: str) -> str:
        """Return the placeholder of a link."""
        self._markup.append(markup)
        return chr(_FIRST + len(self._markup) - 1)

    def page(self, link: Link) -> str:
        """Return a link to a page; as text if it is too long."""
        label = _clean(link.label).translate(_FULL_WIDTH)
        markup = f'<a href="{_clean(link.url).translate(_ESCAPED)}">{label}</a>'
        fits = utf8_size(markup) <= _MAX_MARKUP
        return self.add(markup) if fits else _clean(link_line(link))

    def choice(self, option: Option) -> str:
        """Return a label that sends itself when it is tapped; as text if it is too long."""
        label = option.label.translate(_FULL_WIDTH)
        address = f"weixin://bizmsgmenu?msgmenucontent={label}&msgmenuid={option.id}"
        markup = f'<a href="{address}">{label}</a>'
        return self.add(markup) if utf8_size(markup) <= _MAX_MARKUP else label

    def expand(self, text: str) -> str:
        """Return the text with its links."""
        return _PLACEHOLDER.sub(lambda match: self._markup[ord(match.group()) - _FIRST], text)

    def measure(self, text: str) -> int:
        """Return the length of the text with its links, in bytes of UTF-8."""
        size = utf8_size(text)
        for match in _PLACEHOLDER.finditer(text):
            size += utf8_size(self._markup[ord(match.group()) - _FIRST]) - 4
        return size


def _clean(text: str) -> str:
    """Return the sanitized text without characters that stand for links."""
    return _PLACEHOLDER.sub("", sanitize(text))


def _body(reply: Reply, links: _Links) -> str:
    """Return text and links of a reply, with a blank line between blocks."""
    rows: list[str] = []
    block = ""
    for role, text in reply.layout():
        line = _line(_clean(text), links)
        if role is Role.HEADING and 0 < len(line.strip()) <= _MAX_HEADING:
            line = f"【{line.strip().rstrip('：:')}】"
        kind = _BLOCKS.get(role, role.value)
        if rows and rows[-1].strip() and line.strip() and (kind != block or role is Role.HEADING):
            rows.append("")
        rows.append(line)
        block = kind
    text = "\n".join(rows).strip()
    pages = [links.page(link) for link in reply.links if is_web(link)]
    phones = map(_clean, link_lines([link for link in reply.links if not is_web(link)], text))
    return "\n\n".join(part for part in (text, "\n".join([*pages, *phones])) if part)


def _line(text: str, links: _Links) -> str:
    """Return a line with placeholders for its addresses and its links."""
    text = _ANCHOR.sub(lambda match: links.add(match.group()), text)
    return "".join(
        links.page(piece) if isinstance(piece, Link) else piece for piece in split_urls(text)
    )
