"""Texts of WeChat: blocks, headings, links and numbers, within the limit of bytes."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.common.rendering import sanitize
from bot.channels.wechat.pagination import paginate
from bot.channels.wechat.text_layout import wechat_texts
from bot.core.domain.replies import Line, Link, Reply, Role
from bot.core.domain.session import Option
from tests.channels.lined_replies import choice_ids, reply_of
from tests.channels.messenger_phrases import phrases

LIMIT = 2047
ANCHOR = re.compile(r'<a href="[^"]*">([^<]*)</a>')

texts = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("。，·【】 \U000f0000"), max_size=80
).map(lambda text: text.replace("\n", ""))
urls = st.from_regex(r"https?://[a-z]{1,9}\.cn/[a-z0-9?=&#.,)\"<>]{0,60}", fullmatch=True)
lines = st.builds(Line, st.sampled_from(Role), st.lists(texts | urls, max_size=8).map("".join))
options = st.builds(Option, choice_ids, texts)
links = st.builds(Link, texts, urls | st.just("tel:12345"))


replies = st.lists(
    st.builds(
        reply_of,
        st.lists(lines, max_size=12),
        st.lists(options, max_size=20),
        st.lists(links, max_size=4),
    ),
    max_size=3,
)


@given(replies, st.booleans())
def test_no_page_exceeds_the_limit_or_breaks_a_link(said: list[Reply], tappable: bool) -> None:
    for page in paginate(said, phrases(), tappable=tappable):
        assert 1 <= len(page.encode()) <= LIMIT
        assert sanitize(page) == page
        plain = ANCHOR.sub("", page)
        typed = "".join(reply.text for reply in said)
        assert plain.count('<a href="') <= typed.count('<a href="')


def test_many_choices_are_not_listed_a_second_time() -> None:
    options = tuple(Option(f"a:identity:{n}", f"身份{n}") for n in range(6))
    question = Reply("回到刚才的问题：您是哪一类？", options, repeated=True)
    (page,) = paginate([Reply("可以。"), question], phrases())
    assert "身份" not in page
    assert page.endswith("说“继续”再看一遍选项。")
    (page,) = paginate([question._replace(choices=options[:4])], phrases())
    assert "4. 身份3" in page
    (page,) = paginate([question._replace(repeated=False)], phrases())
    assert "6. 身份5" in page


def test_a_support_stands_once_in_a_list_with_its_number() -> None:
    said = [
        Line(Role.HEADING, "正对您需求的："),
        Line(Role.ITEM, "· 创业贷款和贴息——市教育局牵头"),
        Line(Role.ITEM, "· 创业贷款——市金融办牵头"),
        Line(Role.HINT, "点一项看原文。"),
    ]
    choices = [
        Option("s:start-loan", "创业贷款"),
        Option("s:loan-and-interest", "创业贷款和贴息"),
        Option("c:more", "更多"),
    ]
    (text,) = wechat_texts([reply_of(said, choices)], LIMIT, tappable=False)

    assert text == (
        "【正对您需求的】\n2. 创业贷款和贴息——市教育局牵头\n1. 创业贷款——市金融办牵头\n\n"
        "点一项看原文。\n\n3. 更多"
    )


def test_a_tappable_item_is_a_link_in_its_line() -> None:
    said = [Line(Role.ITEM, "· 创业贷款——市金融办牵头")]
    (text,) = wechat_texts(
        [reply_of(said, [Option("s:start-loan", "创业贷款")])], LIMIT, tappable=True
    )

    assert text == (
        '1. <a href="weixin://bizmsgmenu?msgmenucontent=创业贷款&msgmenuid=s:start-loan">创业贷款</a>'
        "——市金融办牵头"
    )


def test_blocks_are_apart_and_quote_and_basis_together() -> None:
    said = [
        Line(Role.NOTED, "记下了：在校学生。"),
        Line(Role.ANSWER, "可以。"),
        Line(Role.FACT, "您是学生，对得上。"),
        Line(Role.QUOTE, "原文：“…”"),
        Line(Role.BASIS, "依据：2016 年文件"),
        Line(Role.QUESTION, "哪一步？"),
    ]
    (text,) = wechat_texts([reply_of(said)], LIMIT, tappable=False)

    assert text.split("\n\n") == [
        "记下了：在校学生。",
        "可以。\n您是学生，对得上。",
        "原文：“…”\n依据：2016 年文件",
        "哪一步？",
    ]


def test_pages_are_links_with_names() -> None:
    said = [Line(Role.LATER, "来源：http://www.a.gov.cn/x.html，政府网页")]
    page = Link("结果网页", "https://b.cn/r/abc?x=1&y=2")
    (text,) = wechat_texts([reply_of(said, [], [page])], LIMIT, tappable=False)

    assert text == (
        '来源：<a href="http://www.a.gov.cn/x.html">a.gov.cn ↗</a>，政府网页\n\n'
        '<a href="https://b.cn/r/abc?x=1&y=2">结果网页</a>'
    )


def test_a_link_that_would_fill_a_message_is_text() -> None:
    page = Link("结果网页", "https://b.cn/r/" + "x" * 900)
    (text,) = wechat_texts([Reply("好", links=(page,))], LIMIT, tappable=False)

    assert text == f"好\n\n结果网页：{page.url}"


def test_a_split_text_keeps_its_links_whole() -> None:
    page = Link("结果网页", "https://b.cn/r/" + "x" * 300)
    pages = paginate([Reply("话" * 640, links=(page,)), Reply("尾" * 400)], phrases())

    assert len(pages) > 1
    assert sum(len(ANCHOR.findall(text)) for text in pages) == 1
    assert all(len(text.encode()) <= LIMIT for text in pages)
