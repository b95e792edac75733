"""Splitting long texts within a limit, at natural places, without loss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.common.text_splitting import Measure, split_text, utf8_size, utf16_size

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FLAG = "\U0001f1e8\U0001f1f3"

texts = st.text(
    st.sampled_from("创业贷款。，；\n \nabc é\u0301" + FAMILY + FLAG)
    | st.characters(exclude_categories=["Cs", "Cc"]),
    max_size=300,
)
measures = st.sampled_from([len, utf8_size, utf16_size])


@given(texts, st.integers(4, 80), measures)
def test_no_part_is_over_the_limit(text: str, limit: int, measure: Measure) -> None:
    assert all(measure(part) <= limit for part in split_text(text, limit, measure))


@given(texts, st.integers(4, 80), measures)
def test_only_white_space_is_removed(text: str, limit: int, measure: Measure) -> None:
    joined = "".join(split_text(text, limit, measure))

    assert "".join(joined.split()) == "".join(text.split())


@given(texts, st.integers(4, 80), measures)
def test_no_part_is_blank(text: str, limit: int, measure: Measure) -> None:
    assert all(part.strip() for part in split_text(text, limit, measure))


@pytest.mark.parametrize("cluster", [FAMILY, FLAG, "e\u0301\u0323", "\u0031\ufe0f\u20e3", "👍🏽"])
@given(st.integers(0, 12))
def test_a_grapheme_cluster_is_not_split(cluster: str, before: int) -> None:
    parts = split_text("字" * before + cluster * 6, 30, utf8_size)

    assert "".join(parts) == "字" * before + cluster * 6
    assert all(part.replace(cluster, "").strip("字") == "" for part in parts)


def test_a_cluster_longer_than_the_limit_is_split() -> None:
    zalgo = "a" + "\u0301" * 100

    parts = split_text(zalgo, 20, utf8_size)

    assert "".join(parts) == zalgo
    assert max(map(utf8_size, parts)) <= 20


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("第一段。还在第一段\n\n第二段很长很长很长", "第一段。还在第一段"),
        ("第一行字\n第二行，还有很多很多字在这里", "第一行字"),
        ("这是一句话。这是另一句，很长很长很长的话", "这是一句话。"),
        ("前半句话，后半句话没有句号一直一直写下去", "前半句话，"),
        ("没有标点的一长串字没有标点的一长串字", "没有标点的一长串字没"),
    ],
)
def test_a_text_is_split_at_the_best_separator(text: str, first: str) -> None:
    assert split_text(text, 10, len)[0] == first


def test_closing_quotes_stay_with_their_sentence() -> None:
    assert split_text("他说：“可以。”然后就走了没有回头", 10, len)[0] == "他说：“可以。”"


def test_sizes_use_the_units_of_the_platforms() -> None:
    assert (utf16_size("a柳😀"), utf8_size("a柳😀")) == (4, 8)
