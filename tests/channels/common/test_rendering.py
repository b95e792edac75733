"""Rendering of replies: sanitized, within limits, choices last."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.common.rendering import (
    TELEGRAM,
    TERMINAL,
    WECHAT,
    LengthUnit,
    MessageFormat,
    render,
    render_text,
    sanitize,
)
from bot.core.domain.replies import Link, Reply
from bot.core.domain.session import Option
from tests.channels.messenger_phrases import phrases

STAGE = (Option("a:stage:idea", "还在想"), Option("a:stage:startup", "刚注册"))

texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("。，\n"), max_size=400)
labels = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)
replies = st.builds(
    Reply,
    texts,
    st.lists(st.builds(Option, st.just("c:x"), labels), max_size=6).map(tuple),
)
format = st.builds(
    MessageFormat, st.integers(40, 200), st.sampled_from(LengthUnit), st.booleans(), st.just(8)
)


@given(replies, format)
def test_no_message_exceeds_the_limit(reply: Reply, format: MessageFormat) -> None:
    assert all(
        format.measure(part.text) <= format.max_length for part in render(reply, format, phrases())
    )


@given(replies, format)
def test_only_white_space_and_forbidden_characters_are_removed(
    reply: Reply, format: MessageFormat
) -> None:
    shown = "".join(part.text for part in render(reply, format, phrases()))

    if "".join(sanitize(reply.text).split()):
        assert "".join(shown.split()).startswith("".join(sanitize(reply.text).split()))
    assert all(sanitize(option.label) in "".join(shown.split()) for option in reply.choices) or (
        format.buttons
    )


@given(replies, st.integers(40, 200))
def test_only_the_last_message_has_buttons(reply: Reply, limit: int) -> None:
    parts = render(reply, MessageFormat(limit, buttons=True), phrases())

    assert [part.choices for part in parts[:-1]] == [()] * (len(parts) - 1)
    assert not parts or parts[-1].choices == reply.choices


def test_choices_are_numbered_lines_after_the_text() -> None:
    assert render_text([Reply("您的创业项目到哪一步了？", STAGE)], TERMINAL) == (
        "您的创业项目到哪一步了？\n1. 还在想\n2. 刚注册",
    )


def test_only_the_last_choices_have_numbers() -> None:
    first = Reply("可以。", (Option("f:who:x", "找谁办"),))

    (text,) = render_text([first, Reply("到哪一步了？", STAGE)], TERMINAL)

    assert text == "可以。\n· 找谁办\n\n到哪一步了？\n1. 还在想\n2. 刚注册"


def test_choices_stay_with_their_reply_if_another_follows() -> None:
    (text,) = render_text([Reply("到哪一步了？", STAGE), Reply("随时可以提问。")], TERMINAL)

    assert text == "到哪一步了？\n\n1. 还在想\n2. 刚注册\n\n随时可以提问。"


def test_numbered_choices_are_not_split() -> None:
    parts = render_text([Reply("话" * 25, STAGE)], MessageFormat(30))

    assert parts == ("话" * 25, "1. 还在想\n2. 刚注册")


def test_links_are_lines_without_buttons() -> None:
    reply = Reply("见原文。", links=(Link("原文", "https://a.cn/1"), Link("电话", "tel:12345")))

    assert render_text([reply], WECHAT) == ("见原文。\n原文：https://a.cn/1\n电话：12345",)


@pytest.mark.parametrize(
    ("text", "label", "shown"),
    [
        ("文件没有写。", "拨打 12345", "文件没有写。\n拨打 12345"),
        ("文件没有写，可以打 12345 问。", "拨打 12345", "文件没有写，可以打 12345 问。"),
        ("文件没有写，可以打 12345 问。", "热线", "文件没有写，可以打 12345 问。"),
        ("编号 123456。", "热线", "编号 123456。\n热线：12345"),
    ],
)
@pytest.mark.parametrize("format", [TERMINAL, TELEGRAM, WECHAT])
def test_a_phone_number_is_printed_once(
    text: str, label: str, shown: str, format: MessageFormat
) -> None:
    reply = Reply(text, links=(Link(label, "tel:12345"),))

    assert [part.text for part in render(reply, format, phrases())] == [shown]


def test_only_web_links_become_buttons() -> None:
    reply = Reply("见原文。", links=(Link("原文", "https://a.cn/1"), Link("电话", "tel:12345")))

    (part,) = render(reply, TELEGRAM, phrases())

    assert part.text == "见原文。\n电话：12345"
    assert part.links == (Link("原文", "https://a.cn/1"),)


def test_a_keyboard_always_has_a_text() -> None:
    assert [part.text for part in render(Reply(" ", STAGE), TELEGRAM, phrases())] == ["请选择："]


@pytest.mark.parametrize("text", ["", " \n", "\x00\x07", "\ud800"])
def test_a_blank_reply_gives_no_message(text: str) -> None:
    assert render(Reply(text), TELEGRAM, phrases()) == ()
    assert render_text([Reply(text)], WECHAT) == ()


@pytest.mark.parametrize(
    ("text", "sanitized"),
    [
        ("a\x00b\x08c\x0bd\x1fe", "abcde"),
        ("a\ufffeb\uffffc", "abc"),
        ("a\ud83dz", "az"),
        ("\ud83d\ude00", "😀"),
        ("a\r\nb\rc\td", "a\nb\nc\td"),
    ],
)
def test_characters_that_xml_forbids_are_removed(text: str, sanitized: str) -> None:
    assert sanitize(text) == sanitized


@given(st.text(max_size=50))
def test_sanitized_text_can_be_encoded(text: str) -> None:
    sanitize(text).encode()
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", sanitize(text))
