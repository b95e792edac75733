"""Encoding of keys, texts and times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bot.storage.common import key_encoding

ANY = st.text(st.characters(exclude_categories=()), max_size=40)


@given(ANY)
def test_a_key_decodes_to_its_text(text: str) -> None:
    encoded = key_encoding.key(text)
    assert "\0" not in encoded
    assert len(encoded.encode()) <= key_encoding.KEY_BYTES
    if ":\\sha256:" not in encoded:
        assert key_encoding.unkey(encoded) == text


@given(ANY, ANY)
def test_different_keys_stay_different(one: str, other: str) -> None:
    assert (key_encoding.key(one) == key_encoding.key(other)) == (one == other)


def test_a_long_key_keeps_its_channel() -> None:
    encoded = key_encoding.key("telegram:" + "x" * 9999)
    assert encoded.startswith("telegram:")
    assert len(encoded) < 200


@given(ANY)
def test_a_plain_text_is_accepted_by_any_database(text: str) -> None:
    encoded = key_encoding.plain(text)
    encoded.encode()
    assert "\0" not in encoded


def test_times_are_milliseconds_since_1970_in_utc() -> None:
    moment = datetime(1970, 1, 1, 8, 0, 1, tzinfo=timezone(timedelta(hours=8)))
    assert key_encoding.millis(moment) == 1000
    assert key_encoding.millis(datetime(1970, 1, 1, 0, 0, 2)) == 2000
    assert key_encoding.millis(datetime(1970, 1, 1, tzinfo=UTC)) == 0
