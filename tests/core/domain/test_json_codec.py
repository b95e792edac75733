"""JSON as text that any database takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.domain.json_codec import dump, load

ANY = st.text(st.characters(exclude_categories=()), max_size=40)


@given(ANY)
def test_a_value_comes_back_as_it_was_and_any_database_takes_it(text: str) -> None:
    kept = dump({"text": text})
    assert load(kept) == {"text": text}
    assert "\0" not in kept
    kept.encode()
