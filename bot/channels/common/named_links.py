"""Name the web addresses in a text by their host, for channels that can hide an address."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bot.core.domain.replies import Link

# Addresses in replies are ASCII, so a Chinese character or mark ends one.
_URL = re.compile(r"https?://[\x21-\x7e]+")
_RESULT_PAGE = re.compile(r"https?://[^/?#]+/r/")
_CLOSING = ".,;:!?)]}'\""


def split_urls(text: str) -> list[str | Link]:
    """Return the text in order as pieces: words, and each address as a link with a name."""
    pieces: list[str | Link] = []
    position = 0
    for match in _URL.finditer(text):
        url = match.group().rstrip(_CLOSING)
        host = host_of(url)
        if host:
            pieces += [text[position : match.start()], Link(f"{host} ↗", url)]
            position = match.start() + len(url)
    pieces.append(text[position:])
    return [piece for piece in pieces if piece]


def host_of(url: str) -> str:
    """Return the host of an address without `www.`; "" if it has none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # a malformed IPv6 host
        return ""
    return host.removeprefix("www.")


def is_result_page(link: Link) -> bool:
    """Return whether a link opens the result page of a profile."""
    return _RESULT_PAGE.match(link.url) is not None
