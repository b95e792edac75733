"""Facts by polarity, person, tense and modality, and the invariance of facts under paraphrase."""

from __future__ import annotations

import pytest

from bot.core.dialogue.long_message import read_message
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.nlu.facts.entities import Situation
from bot.core.nlu.message_parser import MessageParser
from tests.core.small_knowledge import talk, text_of

PEOPLE = ("学生", "农民工", "海归", "教授", "投资人", "高校毕业生")
STATEMENTS = (
    ("我是{}", "我不是{}"),
    ("我现在是{}", "我现在不是{}"),
    ("本人是{}", "本人不是{}"),
    ("我们都是{}", "我们都不是{}"),
)
STORIES = (
    "我是农民工，在三江开了个粉店，缺钱",
    "我大三，在柳北想开个奶茶店",
    "毕业两年，在鱼峰刚注册了公司",
    "我是海归，公司开了五年，在柳东",
    "我在柳南开了个修车铺，租金太贵",
)
BEFORE = ("请问一下，", "您好，", "老板，", "😊", "我以前在南宁读书，", "今天下雨，")
AFTER = ("呢", "呀", "哈", "，谢谢", "👍", "，我朋友在桂林")


@pytest.fixture
def reader(base: KnowledgeBase) -> MessageParser:
    return base.reader


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize(("stated", "denied"), STATEMENTS)
def test_a_denial_denies_what_the_statement_states(
    person: str, stated: str, denied: str, reader: MessageParser
) -> None:
    choices = reader.facts(stated.format(person)).stated["identity"]
    facts = reader.facts(denied.format(person))
    assert facts.stated == {}
    assert set(choices) <= set(facts.denied["identity"])


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize(
    "frame",
    [
        "{}能贷款吗",
        "是不是{}才能申请",
        "如果我是{}呢",
        "要是我是{}能不能进",
        "万一我算{}怎么办",
        "我是不是{}",
        "{}有什么补贴",
        "我可能是{}",
        "以为我是{}",
    ],
)
def test_questions_and_suppositions_state_nothing(
    person: str, frame: str, reader: MessageParser
) -> None:
    assert "identity" not in reader.facts(frame.format(person)).stated


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("before", ["", *BEFORE])
def test_a_paraphrase_changes_no_fact(before: str, story: str, reader: MessageParser) -> None:
    facts = reader.facts(story).stated
    read = {after: read_message(before + story + after) for after in AFTER}
    assert {after: reader.facts(text).stated for after, text in read.items()} == dict.fromkeys(
        AFTER, facts
    )


@pytest.mark.parametrize("story", STORIES)
def test_missing_punctuation_loses_no_identity_and_no_district(
    story: str, reader: MessageParser
) -> None:
    facts, plain = reader.facts(story).stated, reader.facts(story.replace("，", " ")).stated
    assert plain == facts


@pytest.mark.parametrize(
    ("text", "person", "stated"),
    [
        ("我儿子是学生，不是我", "儿子", {"identity": ("student",)}),
        ("帮我侄女问一下，她刚毕业", "侄女", {"identity": ("graduate",)}),
        ("我弟弟在外面打工，想回来开店", "弟弟", {"identity": ("migrant_worker",)}),
        ("打工回来的是我老公", "老公", {"identity": ("migrant_worker",)}),
        ("我的学生大四", "在校学生", {"identity": ("student",)}),
    ],
)
def test_facts_of_other_people_are_theirs(
    text: str, person: str, stated: dict[str, tuple[str, ...]], reader: MessageParser
) -> None:
    facts = reader.facts(text)
    assert facts.stated == {}
    assert stated.items() <= facts.others[person].stated.items()


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("我店开了五年", "established"),
        ("我们公司注册半年了", "startup"),
        ("铺子上个月才开张", "startup"),
        ("公司2019年注册的", "established"),
        ("我做早点做了七八年了", "established"),
        ("想在柳北开个花店", "idea"),
        ("我公司还没开", "idea"),
        ("我在广东打工十几年", ""),
        ("毕业两年了", ""),
        ("开店一年要交多少税", ""),
        ("一个月能赚多少", ""),
    ],
)
def test_the_stage_follows_from_age_date_and_plan(
    text: str, stage: str, reader: MessageParser
) -> None:
    stated = reader.facts(text, Situation(year=2026)).stated
    assert stated.get("stage", ()) == ((stage,) if stage else ())


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("我回融安开店", "rongan"),
        ("店就在柳北", "liubei"),
        ("我户口在柳江", ""),
        ("我在南宁读的大学", ""),
        ("我公司在桂林，想来柳东办厂", "liudong"),
    ],
)
def test_a_district_is_the_place_of_the_project(
    text: str, district: str, reader: MessageParser
) -> None:
    stated = reader.facts(text).stated
    assert stated.get("district", ()) == ((district,) if district else ())


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("想要钱和场地", ("funding", "venue")),
        ("房租太贵", ("venue",)),
        ("我缺资金", ("funding",)),
        ("贷款怎么办理", ()),
        ("场地就不用了", ()),
        ("我不缺钱", ()),
    ],
)
def test_a_need_is_wanted_or_lacking(
    text: str, needs: tuple[str, ...], reader: MessageParser
) -> None:
    assert reader.facts(text).stated.get("needs", ()) == needs


def test_a_correction_replaces_a_fact(base: KnowledgeBase) -> None:
    turns = talk(base, "我的店开了半年，在柳北", "讲错了，是四年了")
    assert turns[-1].session.profile["stage"] == ("established",)
    assert "已经营多年" in text_of(turns[-1])


def test_a_matter_of_another_person_has_its_own_profile(base: KnowledgeBase) -> None:
    turns = talk(base, "我是教授", "我侄子是农民工，他能申请什么", "那我自己呢，能去企业兼职吗")
    assert turns[1].session.about == "侄子"
    assert turns[1].session.profile == {"identity": ("migrant_worker",)}
    assert "替您侄子看" in text_of(turns[1])
    assert turns[2].session.about == ""
    assert turns[2].session.profile == {"identity": ("researcher",)}
