"""How replies become messages: clean, within limits, choices last."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.common.rendering import (
    TELEGRAM,
    TERMINAL,
    WECHAT,
    Caps,
    Unit,
    clean,
    render,
    render_text,
)
from bot.core.domain.replies import Link, Reply
from bot.core.domain.session import Option

STAGE = (Option("a:stage:idea", "还在想"), Option("a:stage:startup", "刚注册"))

texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("。，\n"), max_size=400)
labels = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)
replies = st.builds(
    Reply,
    texts,
    st.lists(st.builds(Option, st.just("c:x"), labels), max_size=6).map(tuple),
)
caps = st.builds(Caps, st.integers(40, 200), st.sampled_from(Unit), st.booleans(), st.just(8))


@given(replies, caps)
def test_no_message_is_over_the_limit(reply: Reply, caps: Caps) -> None:
    assert all(caps.measure(part.text) <= caps.max_len for part in render(reply, caps))


@given(replies, caps)
def test_nothing_but_blanks_and_forbidden_characters_is_lost(reply: Reply, caps: Caps) -> None:
    shown = "".join(part.text for part in render(reply, caps))

    if "".join(clean(reply.text).split()):
        assert "".join(shown.split()).startswith("".join(clean(reply.text).split()))
    assert all(clean(option.label) in "".join(shown.split()) for option in reply.choices) or (
        caps.buttons
    )


@given(replies, st.integers(40, 200))
def test_buttons_hang_on_the_last_message_only(reply: Reply, limit: int) -> None:
    parts = render(reply, Caps(limit, buttons=True))

    assert [part.choices for part in parts[:-1]] == [()] * (len(parts) - 1)
    assert not parts or parts[-1].choices == reply.choices


def test_choices_are_numbered_behind_the_text() -> None:
    assert render_text([Reply("您的创业项目到哪一步了？", STAGE)], TERMINAL) == (
        "您的创业项目到哪一步了？\n1. 还在想\n2. 刚注册",
    )


def test_only_the_choices_offered_last_have_numbers() -> None:
    first = Reply("可以。", (Option("f:who:x", "找谁办"),))

    (text,) = render_text([first, Reply("到哪一步了？", STAGE)], TERMINAL)

    assert text == "可以。\n· 找谁办\n\n到哪一步了？\n1. 还在想\n2. 刚注册"


def test_choices_stay_with_their_reply_when_another_follows() -> None:
    (text,) = render_text([Reply("到哪一步了？", STAGE), Reply("随时可以提问。")], TERMINAL)

    assert text == "到哪一步了？\n\n1. 还在想\n2. 刚注册\n\n随时可以提问。"


def test_numbered_choices_are_not_torn_apart() -> None:
    parts = render_text([Reply("话" * 25, STAGE)], Caps(30))

    assert parts == ("话" * 25, "1. 还在想\n2. 刚注册")


def test_links_are_lines_where_there_are_no_buttons() -> None:
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
@pytest.mark.parametrize("caps", [TERMINAL, TELEGRAM, WECHAT])
def test_a_number_to_call_is_printed_once(text: str, label: str, shown: str, caps: Caps) -> None:
    reply = Reply(text, links=(Link(label, "tel:12345"),))

    assert [part.text for part in render(reply, caps)] == [shown]


def test_only_web_links_become_buttons() -> None:
    reply = Reply("见原文。", links=(Link("原文", "https://a.cn/1"), Link("电话", "tel:12345")))

    (part,) = render(reply, TELEGRAM)

    assert part.text == "见原文。\n电话：12345"
    assert part.links == (Link("原文", "https://a.cn/1"),)


def test_a_keyboard_never_goes_without_a_text() -> None:
    assert [part.text for part in render(Reply(" ", STAGE), TELEGRAM)] == ["请选择："]


@pytest.mark.parametrize("text", ["", " \n", "\x00\x07", "\ud800"])
def test_a_blank_reply_is_no_message(text: str) -> None:
    assert render(Reply(text), TELEGRAM) == ()
    assert render_text([Reply(text)], WECHAT) == ()


@pytest.mark.parametrize(
    ("dirty", "neat"),
    [
        ("a\x00b\x08c\x0bd\x1fe", "abcde"),
        ("a\ufffeb\uffffc", "abc"),
        ("a\ud83dz", "az"),
        ("\ud83d\ude00", "😀"),
        ("a\r\nb\rc\td", "a\nb\nc\td"),
    ],
)
def test_what_xml_forbids_is_stripped(dirty: str, neat: str) -> None:
    assert clean(dirty) == neat


@given(st.text(max_size=50))
def test_cleaned_text_can_always_be_sent(text: str) -> None:
    clean(text).encode()
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", clean(text))
