"""Split a long text into parts that the parsers and the search can read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from bot.core.text.normalizer import WINDOW_CHARS

# A sentence with its end mark; else a clause; else what is left.
_SENTENCE = re.compile(r"[^。.!！?？;；\n]*[。.!！?？;；\n]+|[^。.!！?？;；\n]+")
_CLAUSE = re.compile(r"[^,，、\s]*[,，、\s]+|[^,，、\s]+")
_BLANK = re.compile(r"[^\S\n]+")
# A clause of more characters lacks punctuation: it is cut into pieces of this size, which overlap
# so that a question at a cut stands whole in one of them. Chosen by hand: the search finds a short
# question in this many characters.
_PIECE = 40
_OVERLAP = 20


def is_long(text: str) -> bool:
    """Return whether a text does not fit into one window."""
    return len(text) > WINDOW_CHARS and len(_plain(text)) > WINDOW_CHARS


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text in its order; clauses of a sentence that fills a window, and
    overlapping pieces of a clause without punctuation. None is longer than a window."""
    parts: list[str] = []
    for sentence in _SENTENCE.findall(_plain(text)):
        clauses = [sentence] if len(sentence) <= WINDOW_CHARS else _CLAUSE.findall(sentence)
        for clause in clauses:
            parts += [clause] if len(clause) <= WINDOW_CHARS else _pieces(clause)
    return tuple(part.strip() for part in parts if part.strip())


def windows(parts: Iterable[str]) -> tuple[str, ...]:
    """Join parts, in their order, into windows of at most WINDOW_CHARS characters."""
    found = [""]
    for part in parts:
        if len(found[-1]) + len(part) > WINDOW_CHARS:
            found.append("")
        found[-1] += part
    return tuple(window for window in found if window)


def _plain(text: str) -> str:
    return _BLANK.sub(" ", unicodedata.normalize("NFKC", text)).strip()


def _pieces(clause: str) -> list[str]:
    step = _PIECE - _OVERLAP
    return [clause[at : at + _PIECE] for at in range(0, max(len(clause) - _OVERLAP, 1), step)]
