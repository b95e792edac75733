"""Formatted messages: entities by the roles of lines, within the limits of the Bot API."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.outgoing.formatting import FormattedPart, format_reply, with_menu
from bot.channels.telegram.outgoing.keyboard import inline_keyboard
from bot.core.domain.replies import Line, Link, Reply, Role
from bot.core.domain.session import Option
from tests.channels.lined_replies import choice_ids, reply_of
from tests.channels.messenger_phrases import phrases
from tests.channels.telegram.bot_api_server import Call, violations

texts = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("。，\n 😀👨‍👩‍👧"), max_size=60
)
urls = st.from_regex(r"https?://[a-z]{1,9}\.cn/[a-z0-9?=&#.,)]{0,40}", fullmatch=True)
lines = st.builds(
    Line,
    st.sampled_from(Role),
    st.lists(texts.map(lambda text: text.replace("\n", "")) | urls, max_size=60).map("".join),
)
options = st.builds(
    Option,
    choice_ids,
    st.text(st.characters(exclude_categories=["C"]), max_size=40),
)
links = st.builds(Link, st.text(max_size=20), urls | st.just("tel:12345"))


replies = st.builds(
    reply_of,
    st.lists(lines, max_size=30),
    st.lists(options, max_size=130),
    st.lists(links, max_size=12),
)


def sent(part: FormattedPart) -> Call:
    """Return the call that sends a message."""
    data: dict[str, Any] = {"chat_id": 1, "text": part.text, "entities": list(part.entities)}
    if keyboard := inline_keyboard(part):
        data["reply_markup"] = json.loads(keyboard)
    return Call("sendMessage", data)


@given(replies, st.booleans())
def test_no_message_breaks_a_limit_of_the_bot_api(reply: Reply, multiple: bool) -> None:
    for part in format_reply(reply._replace(multiple=multiple), phrases()):
        call = sent(part)
        form = {k: v if isinstance(v, str) else json.dumps(v) for k, v in call.data.items()}
        # Telegram does not open other addresses than those of the web.
        assert violations(call, form) == []
        assert part.text == part.text.strip()


@given(replies)
def test_every_word_and_every_address_is_kept(reply: Reply) -> None:
    shown = format_reply(reply, phrases())
    plain = format_reply(reply._replace(lines=()), phrases())

    assert [part.text for part in shown] == [part.text for part in plain]


def marked(part: FormattedPart) -> list[tuple[str, str]]:
    """Return the kinds of the entities with the texts that they cover."""
    units = part.text.encode("utf-16-le")
    return [
        (e["type"], units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le"))
        for e in part.entities
    ]


def test_the_answer_is_bold_and_the_quote_folds_with_its_basis() -> None:
    said = [
        Line(Role.ANSWER, "😀可以。"),
        Line(Role.ANSWER, "在校学生也行。"),
        Line(Role.QUOTE, "原文：“可保留学籍休学”"),
        Line(Role.BASIS, "依据：2016 年文件二（三）2"),
        Line(Role.HINT, "还想问就说。"),
    ]
    (part,) = format_reply(reply_of(said), phrases())

    assert part.text == "\n".join(line.text for line in said)
    assert marked(part) == [
        ("bold", "😀可以。"),
        ("expandable_blockquote", "原文：“可保留学籍休学”\n依据：2016 年文件二（三）2"),
        ("italic", "还想问就说。"),
    ]


def test_an_address_in_the_text_is_a_link_with_the_name_of_its_host() -> None:
    said = Line(Role.LATER, "（来源：http://www.a.gov.cn/2/t.html?x=1，政府网页）")
    (part,) = format_reply(reply_of([said]), phrases())

    assert part.text == "（来源：a.gov.cn ↗，政府网页）"
    assert marked(part) == [("text_link", "a.gov.cn ↗")]
    assert part.entities[0]["url"] == "http://www.a.gov.cn/2/t.html?x=1"


def test_a_format_goes_on_in_the_next_message() -> None:
    said = [Line(Role.QUOTE, "话" * 3000 + "。"), Line(Role.QUOTE, "话" * 3000)]
    first, second = format_reply(reply_of(said), phrases())

    for part in (first, second):
        assert marked(part) == [("expandable_blockquote", part.text)]


def test_a_result_page_can_be_shared() -> None:
    page = Link("结果网页", "https://bot.example.cn/r/abc?x=1")
    (part,) = format_reply(Reply("结果", links=(page,)), phrases())

    shared = part.links[1]
    assert shared.label == phrases().say("telegram_share")
    assert "url=https%3A%2F%2Fbot.example.cn%2Fr%2Fabc%3Fx%3D1" in shared.url


def test_other_links_are_not_shared() -> None:
    (part,) = format_reply(Reply("原文", links=(Link("原文", "https://a.cn/x/r/"),)), phrases())

    assert [link.label for link in part.links] == ["原文"]


def test_buttons_replace_the_hint_on_typing_several_choices() -> None:
    text = f"您需要什么？\n{phrases().say('pick_many')}"
    choices = (Option("a:needs:venue", "场地"), Option("c:skip", "跳过"))
    (part,) = format_reply(Reply(text, choices, multiple=True), phrases())

    assert part.text == f"您需要什么？\n{phrases().say('telegram_pick_many')}"
    assert [option.id for option in part.choices] == ["a:needs:venue", "m:done", "c:skip"]


def test_the_menu_offers_to_start() -> None:
    assert [o.id for o in with_menu(FormattedPart("好"), phrases()).choices] == [
        "c:start",
        "c:help",
    ]
