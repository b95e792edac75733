"""Replies whose lines have roles, for tests of how channels lay them out."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st

from bot.core.domain.replies import Line, Link, Reply
from bot.core.domain.session import Option

choice_ids = st.from_regex(r"[asfc]:[a-z]{1,12}(:[a-z_-]{1,30})?", fullmatch=True)


def reply_of(
    lines: Iterable[Line], choices: Iterable[Option] = (), links: Iterable[Link] = ()
) -> Reply:
    """Return a reply with these lines, choices and links."""
    lines = tuple(lines)
    text = "\n".join(line.text for line in lines)
    return Reply(text, tuple(choices), tuple(links), lines=lines)
