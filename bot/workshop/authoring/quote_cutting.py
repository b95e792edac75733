"""Cut a quote out of a text, so that it cannot differ from it."""

from __future__ import annotations

import re

from bot.content.checks.truth.quotes import first_difference
from bot.content.documents.problems import shown
from bot.errors import EditRefused

# A piece ends behind these; a quote does not end with them.
_ENDS = "，,、；;。：:！!？?"
_PIECE = re.compile(rf"[^{_ENDS}\n]*[{_ENDS}\n]+|[^{_ENDS}\n]+$")


def pieces(text: str) -> tuple[str, ...]:
    """Return a text in pieces that end at its punctuation. Joined, they are the text."""
    return tuple(_PIECE.findall(text))


def between(text: str, first: int, last: int) -> str:
    """Return the words from piece `first` to piece `last` (from 0), without the punctuation
    behind them. Raises EditRefused if there are no such pieces."""
    parts = pieces(text)
    if not 0 <= first <= last < len(parts):
        raise EditRefused("没有看懂勾了哪几段，请再勾一次。")
    begin = sum(map(len, parts[:first]))
    end = begin + sum(map(len, parts[first : last + 1]))
    return text[begin:end].strip().rstrip(_ENDS)


def narrowed(part: str, beginning: str, end: str) -> str:
    """Return a part of a text from the words `beginning` to the words `end`, both included; ""
    leaves that side as it is. Raises EditRefused as `cut_quote` does."""
    if beginning:
        cut_quote(part, beginning, beginning)
        part = part[part.index(beginning) :]
    if end:
        if end not in part:
            raise EditRefused(f"勾的这一段里没有“{shown(end)}”。")
        part = part[: part.index(end) + len(end)]
    return part


def cut_quote(text: str, beginning: str, end: str = "") -> str:
    """Return the part of a clause from `beginning` to `end`, both included.

    It is the first `end` behind the beginning; "" ends at the sentence. Raises EditRefused if the
    clause lacks one of them, or if several parts begin so.
    """
    start = text.find(beginning)
    if not beginning or start < 0:
        where = first_difference(beginning, text)
        tail = f"{where}。" if where else ""
        raise EditRefused(
            f"条款里没有“{shown(beginning)}”。{tail}请照着上面的原文打，标点也一样。"
        )
    if text.find(beginning, start + 1) >= 0:
        raise EditRefused(f"条款里有好几处“{shown(beginning)}”，开头请多打几个字。")
    if not end:
        stops = [n for n in (text.find(stop, start) for stop in "。；;") if n >= 0]
        return text[start : min(stops, default=len(text))].split("\n")[0]
    stop = text.find(end, start)
    if stop < 0:
        raise EditRefused(f"“{shown(beginning)}”后面没有“{shown(end)}”。")
    return text[start : stop + len(end)]
