"""Render replies as Telegram messages: plain text, with entities that format it by its roles.

Entities are positions beside the text, so a text needs no escaping and a split breaks no markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlencode

from bot.channels.common.named_links import is_result_page, split_urls
from bot.channels.common.phrases import Phrases
from bot.channels.common.rendering import TELEGRAM, body, render, sanitize
from bot.channels.common.text_splitting import utf16_size
from bot.channels.telegram.incoming.presses import DONE, FIRST_PAGE
from bot.channels.telegram.incoming.updates import Json
from bot.core.domain.replies import Line, Link, Reply, Role
from bot.core.domain.session import Option

# Telegram ignores further entities of a message.
MAX_ENTITIES = 100
SHARE_URL = "https://t.me/share/url"

_BOLD = frozenset({Role.HEADING, Role.QUESTION})
_ITALIC = frozenset({Role.NOTED, Role.HINT})
_FOLDED = frozenset({Role.QUOTE, Role.BASIS, Role.SILENT})


class FormattedPart(NamedTuple):
    """One message of a reply. `entities`: as in the Bot API, with positions in UTF-16 units. Only
    the last part has choices and links; `multiple`: several choices may be selected."""

    text: str
    entities: tuple[Json, ...] = ()
    choices: tuple[Option, ...] = ()
    links: tuple[Link, ...] = ()
    multiple: bool = False


class _Span(NamedTuple):
    """A range of characters with one format. `url`: the target of a link."""

    start: int
    end: int
    kind: str
    url: str = ""


def format_reply(reply: Reply, phrases: Phrases) -> tuple[FormattedPart, ...]:
    """Return the reply as messages within the limits of Telegram.

    The first answer, headings and questions are bold; quote, basis and silences fold; an address
    in the text is shown by its host. Below results, a button shares the result page.
    """
    lines = _lines(reply, phrases)
    text, spans = _marked(lines)
    links = reply.links
    if page := next(filter(is_result_page, links), None):
        links = (*links, _share_link(page, phrases))
    named = reply._replace(text=text, links=links, choices=_with_done(reply, phrases))
    whole = body(named)
    spans = [span._replace(end=min(span.end, len(whole))) for span in spans]
    parts, position = [], 0
    for part in render(named, TELEGRAM, phrases):
        start = whole.find(part.text, position)
        position = start + len(part.text)
        entities = tuple(_entities(whole, spans, start, position)) if start >= 0 else ()
        parts.append(FormattedPart(part.text, entities, part.choices, part.links, reply.multiple))
    return tuple(parts)


def lists_supports(reply: Reply) -> bool:
    """Return whether a reply is a list of supports, whose pages replace each other."""
    return any(option.id.startswith("s:") for option in reply.choices)


def with_menu(part: FormattedPart, phrases: Phrases) -> FormattedPart:
    """Return a message that offers to start and help."""
    start = Option("c:start", phrases.say("button_start"))
    return part._replace(choices=(start, Option("c:help", phrases.say("button_help"))))


def with_way_back(part: FormattedPart, phrases: Phrases) -> FormattedPart:
    """Return a later page of a list with a button to its first page."""
    back = Option(FIRST_PAGE, phrases.say("telegram_first_page"))
    return part._replace(choices=(*part.choices, back))


def _with_done(reply: Reply, phrases: Phrases) -> tuple[Option, ...]:
    """Return the choices of a reply; those to tick end with a button that takes them."""
    if not reply.multiple:
        return reply.choices
    answers = [option for option in reply.choices if option.id.startswith("a:")]
    others = [option for option in reply.choices if not option.id.startswith("a:")]
    return (*answers, Option(DONE, phrases.say("telegram_done")), *others)


def _lines(reply: Reply, phrases: Phrases) -> list[Line]:
    """Return the lines of the sanitized text, without blank lines at its ends. Buttons replace the
    hint on typing several choices."""
    lines = [
        Line(line.role, text)
        for line in reply.layout()
        for text in sanitize(line.text).split("\n")
    ]
    if reply.multiple:
        typed, tapped = phrases.say("pick_many"), phrases.say("telegram_pick_many")
        lines = [Line(Role.HINT, tapped) if x.text == typed else x for x in lines]
    filled = [n for n, line in enumerate(lines) if line.text.strip()]
    if not filled:
        return []
    first, *others = lines[filled[0] : filled[-1] + 1]
    return [Line(first.role, first.text.lstrip()), *others]


def _marked(lines: Sequence[Line]) -> tuple[str, list[_Span]]:
    """Return the text that is shown, and the formats of its ranges."""
    text, spans = "", []
    answered = False
    for folded, group in groupby(lines, lambda line: line.role in _FOLDED):
        block = len(text)
        for line in group:
            start = len(text)
            for piece in split_urls(line.text):
                if isinstance(piece, Link):
                    spans.append(
                        _Span(len(text), len(text) + len(piece.label), "text_link", piece.url)
                    )
                    text += piece.label
                else:
                    text += piece
            if line.role in _BOLD or (line.role is Role.ANSWER and not answered):
                spans.append(_Span(start, len(text), "bold"))
                answered |= line.role is Role.ANSWER
            elif line.role in _ITALIC:
                spans.append(_Span(start, len(text), "italic"))
            text += "\n"
        if folded:
            spans.append(_Span(block, len(text) - 1, "expandable_blockquote"))
    return text.rstrip(), spans


def _entities(text: str, spans: Sequence[_Span], start: int, end: int) -> Iterator[Json]:
    """Return the entities of the part of the text between two positions."""
    found = []
    for span in spans:
        first, last = max(span.start, start), min(span.end, end)
        while first < last and text[last - 1].isspace():
            last -= 1
        while first < last and text[first].isspace():
            first += 1
        if first < last:
            found.append(span._replace(start=first, end=last))
    found.sort(key=lambda span: (span.start, -span.end))
    for span in found[:MAX_ENTITIES]:
        entity = {
            "type": span.kind,
            "offset": utf16_size(text[start : span.start]),
            "length": utf16_size(text[span.start : span.end]),
        }
        yield entity | ({"url": span.url} if span.url else {})


def _share_link(page: Link, phrases: Phrases) -> Link:
    """Return a link that lets the user choose a chat to send the result page to."""
    query = urlencode({"url": page.url, "text": phrases.say("telegram_share_text")})
    return Link(phrases.say("telegram_share"), f"{SHARE_URL}?{query}")
