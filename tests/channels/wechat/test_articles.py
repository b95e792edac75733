"""Results as an article, the text behind it, own words, and shared locations."""

from __future__ import annotations

import pytest

from bot.channels.wechat.api_client import menu_data
from bot.channels.wechat.articles import Article
from bot.channels.wechat.menu import default_menu
from bot.channels.wechat.messages import WeChatMessage
from bot.channels.wechat.passive_reply import PassiveReplies
from bot.core.domain.replies import Link, Reply
from bot.core.domain.session import Option, Utterance
from tests.channels.fake_guide import FakeGuide, MemoryNotes, now
from tests.channels.messenger_phrases import phrases
from tests.channels.wechat.wechat_account import account

PICTURE = "https://b.cn/static/cover.png"
PAGE = Link("结果网页", "https://b.cn/r/abc")
RESULTS = Reply(
    "· 创业贷款——市金融办牵头",
    (Option("s:start-loan", "创业贷款"), Option("c:more", "更多")),
    (PAGE,),
)


def results(_: Utterance) -> list[Reply]:
    """Answer with results."""
    return [RESULTS]


@pytest.mark.parametrize("sealed", [False, True])
async def test_results_are_an_article_and_more_is_their_text(sealed: bool) -> None:
    async with account(FakeGuide(results), sealed=sealed, picture=PICTURE) as platform:
        message = platform.message("结果")
        article, again = [await platform.reply_to(message) for _ in range(2)]
        text = await platform.text("更多")
        page_after = await platform.text("更多")

    hint = phrases().say("wechat_article_hint")
    title = phrases().say("wechat_article_title")
    assert article == again == f"{title}\n1. 创业贷款\n{hint}\nhttps://b.cn/r/abc"
    assert text.startswith("1. 创业贷款——市金融办牵头")
    # The next 更多 goes to the guide; its page stays a text.
    assert page_after == text


async def test_without_a_picture_results_are_text() -> None:
    async with account(FakeGuide(results)) as platform:
        assert (await platform.text("结果")).startswith("1. 创业贷款——市金融办牵头")


@pytest.mark.parametrize(
    "reply", [RESULTS._replace(links=()), RESULTS._replace(choices=()), Reply("好")]
)
async def test_other_answers_are_text(reply: Reply) -> None:
    async with account(FakeGuide(lambda _: [reply]), picture=PICTURE) as platform:
        assert (await platform.text("结果")).split("\n")[0].endswith(("牵头", "好"))


async def test_a_late_article_is_delivered_as_text() -> None:
    guide, notes = FakeGuide(results), MemoryNotes()
    pushed: list[str] = []

    async def push(_openid: str, text: str) -> None:
        pushed.append(text)

    for sender in (push, None):
        guide.gate.clear()
        replies = PassiveReplies(guide, notes, phrases, now, picture=PICTURE, push=sender)
        fields = {"Content": "结果", "MsgId": str(id(sender))}
        assert await replies.reply(WeChatMessage("gh_1", "oUser", "text", fields), 0.01) == ""
        guide.gate.set()
        await replies.stop()
    guide.say = lambda _: [Reply("好")]
    fields = {"Content": "你好", "MsgId": "3"}
    text = await replies.reply(WeChatMessage("gh_1", "oUser", "text", fields), 60.0)

    assert [page.split("\n")[0] for page in pushed] == ["1. 创业贷款——市金融办牵头"]
    assert text.startswith("（上一条的回答）\n· 创业贷款——市金融办牵头")
    assert text.endswith("\n\n好")


@pytest.mark.parametrize("page", ["", "好", "\x1e", "\x1e{}", "\x1e[1,2]", "\x1enull"])
def test_other_pages_are_no_articles(page: str) -> None:
    assert Article.of_page(page) is None


async def test_a_location_states_its_district() -> None:
    guide = FakeGuide()
    places = {"某市东区文昌路1号": "东区"}
    async with account(guide, district_in=lambda place: places.get(place, "")) as platform:
        for label in ("某市东区文昌路1号", "别处"):
            at = {"MsgType": "location", "Location_X": "24.3", "Label": label}
            await platform.reply_to(platform.message("", **at))

    assert guide.utterances == [Utterance("东区"), Utterance(choice="c:nontext")]


@pytest.mark.parametrize("text", ["大字", "字太小[微笑]", "“放大”"])
async def test_larger_letters_are_explained_without_a_turn(text: str) -> None:
    guide = FakeGuide()
    async with account(guide) as platform:
        assert await platform.text(text) == phrases().say("wechat_large_text")
    assert guide.calls == 0


def test_the_default_menu_is_one_that_the_platform_takes() -> None:
    data = menu_data(default_menu(phrases()))

    keys = [b["key"] for top in data["button"] for b in top.get("sub_button", [top])]
    assert keys[:2] == ["c:start", "c:results"]
    assert "c:forget" in keys
