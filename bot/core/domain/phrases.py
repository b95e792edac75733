"""Mark the ids of phrases that are chosen at run time.

`say("id", key=…)` takes a literal id; `bot.content.checks.required_phrases` reads it from the
source. An id that stands in a table or a variable is marked where it is written, and said with
`say_id`. The type checker refuses an id without a mark.
"""

from __future__ import annotations

from typing import NewType

PhraseId = NewType("PhraseId", str)


def phrase_id(name: str, *placeholders: str) -> PhraseId:
    """Mark a phrase id with the placeholders that are filled wherever it is said, and return it.

    Both must be literals in the source; a starred tuple of literals of the same module may stand
    for placeholders.
    """
    del placeholders  # only read from the source
    return PhraseId(name)
