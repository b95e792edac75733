"""Keys and texts that any database takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bot.storage.common import key_encoding

ANY = st.text(st.characters(exclude_categories=()), max_size=40)


@given(ANY)
def test_a_key_comes_back_as_it_was(text: str) -> None:
    kept = key_encoding.key(text)
    assert "\0" not in kept
    assert len(kept.encode()) <= key_encoding.KEY_BYTES
    if ":\\sha256:" not in kept:
        assert key_encoding.unkey(kept) == text


@given(ANY, ANY)
def test_different_keys_stay_different(one: str, other: str) -> None:
    assert (key_encoding.key(one) == key_encoding.key(other)) == (one == other)


def test_a_long_key_keeps_its_channel() -> None:
    kept = key_encoding.key("telegram:" + "x" * 9999)
    assert kept.startswith("telegram:")
    assert len(kept) < 200


@given(ANY)
def test_a_plain_text_is_one_that_any_database_takes(text: str) -> None:
    kept = key_encoding.plain(text)
    kept.encode()
    assert "\0" not in kept


def test_times_are_milliseconds_in_utc() -> None:
    moment = datetime(1970, 1, 1, 8, 0, 1, tzinfo=timezone(timedelta(hours=8)))
    assert key_encoding.millis(moment) == 1000
    assert key_encoding.millis(datetime(1970, 1, 1, 0, 0, 2)) == 2000
    assert key_encoding.millis(datetime(1970, 1, 1, tzinfo=UTC)) == 0
