"""Compact JSON for any Python string."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.domain.json_codec import dump, dump_bytes, load

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)


@given(ANY_TEXT)
def test_a_dumped_value_loads_unchanged_and_fits_any_database(text: str) -> None:
    dumped = dump({"text": text})

    assert load(dumped) == {"text": text}
    assert "\0" not in dumped
    dumped.encode()


def test_chinese_text_stays_readable_and_compact() -> None:
    assert dump_bytes({"城": ["柳州", 1]}) == '{"城":["柳州",1]}'.encode()


@pytest.mark.parametrize("value", [2**70, "\ud800", {"deep": "\ud800"}])
def test_values_that_orjson_refuses_are_still_encoded(value: object) -> None:
    assert load(dump(value)) == value


def test_other_types_need_a_default() -> None:
    with pytest.raises(TypeError):
        dump(Decimal("1.5"))
    assert dump([Decimal("1.5"), "\ud800"], str) == '["1.5","\\ud800"]'


@pytest.mark.parametrize("text", ["", "{", b"\xff", "[" * 2_000])
def test_text_that_is_not_json_raises(text: str | bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        load(text)


def test_an_integer_beyond_64_bits_loads_as_a_float() -> None:
    assert load(dump(-(2**63) - 1)) == -float(2**63)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | ANY_TEXT,
        st.lists,
        max_leaves=5,
    )
)
def test_bytes_and_text_agree(value: object) -> None:
    assert json.loads(dump_bytes(value)) == load(dump(value)) == value
