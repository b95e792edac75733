"""Profile facts in statements and beside questions."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.nlu.facts.entities import Situation
from bot.core.nlu.message_parser import MessageParser
from tests.core.small_knowledge import talk


@pytest.fixture
def reader(base: KnowledgeBase) -> MessageParser:
    return base.reader


def test_all_inline_facts_of_a_segment_are_extracted(reader: MessageParser) -> None:
    facts = reader.facts("我是农民工从广东回来在三江开了个螺蛳粉店半年了缺钱找谁")
    assert facts.stated == {
        "identity": ("migrant_worker",),
        "district": ("sanjiang",),
        "stage": ("startup",),
        "needs": ("funding",),
    }
    assert facts.asked.endswith("找谁")


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("我是学生点样休学", "student"),
        ("我是海归启动资金几多", "returnee"),
        ("我们众创空间一年补好多钱", "operator"),
        ("我们公司能贷款吗", "company"),
    ],
)
def test_a_fact_before_a_question_is_extracted(
    text: str, identity: str, reader: MessageParser
) -> None:
    facts = reader.facts(text)
    assert facts.stated["identity"] == (identity,)
    assert facts.rest == text


@pytest.mark.parametrize(
    "text",
    [
        "学生能贷款吗",
        "我导师能贷款吗",
        "来我们高校带课可以吗",
        "我们高校的科技园怎么享受",
        "帮我朋友问农民工能贷款吗",
        "我想找投资人怎么找",
        "我妹是学生点样休学",
    ],
)
def test_a_question_alone_states_no_fact(text: str, reader: MessageParser) -> None:
    assert "identity" not in reader.facts(text).stated


@pytest.mark.parametrize("bare", [True, False])
def test_a_stage_is_extracted_beside_an_identity(bare: bool, reader: MessageParser) -> None:
    assert reader.facts("成立公司半年了", Situation(bare=bare)).stated["stage"] == ("startup",)


def test_identity_and_stage_are_extracted_together(reader: MessageParser) -> None:
    facts = reader.facts("刚注册了公司", Situation(bare=True))
    assert facts.stated == {"identity": ("company",), "stage": ("startup",)}
    assert facts.rest == ""


def test_not_registered_yet_is_not_the_need_to_register(base: KnowledgeBase) -> None:
    facts = base.reader.facts("我还没注册", Situation(pending="needs"))
    assert facts.stated == {"stage": ("idea",)}


def test_a_district_alone_is_recognized(base: KnowledgeBase) -> None:
    district = base.knowledge.slots["district"]
    assert base.reader.is_only("柳江的", district)
    assert not base.reader.is_only("柳江孵化器", district)


def test_a_decoy_in_a_correction_denies_the_choice(base: KnowledgeBase) -> None:
    facts = base.reader.facts("不对 我是在众创空间租工位的")
    assert facts.denied == {"identity": ("operator",)}
    assert base.reader.facts("我在众创空间租工位").stated == {}


@pytest.mark.parametrize("text", ["我读到大二就退学了", "本来念大三，后来不念了"])
def test_a_word_that_ends_an_identity_denies_what_was_said_before(
    text: str, base: KnowledgeBase
) -> None:
    assert "identity" not in base.reader.facts(text).stated


@pytest.mark.parametrize("text", ["我是大三学生，想退学创业", "我是大三学生，没退学"])
def test_the_end_of_an_identity_that_did_not_come_denies_nothing(
    text: str, base: KnowledgeBase
) -> None:
    assert base.reader.facts(text).stated["identity"] == ("student",)


def test_a_need_that_is_met_is_denied_and_a_company_that_is_there_is_not(
    base: KnowledgeBase,
) -> None:
    met, firm = base.reader.facts("场地有了，钱不急"), base.reader.facts("公司有了")
    assert "needs" not in met.stated
    assert set(met.denied["needs"]) == {"venue", "funding"}
    assert "identity" not in firm.denied


def test_the_school_of_a_child_is_a_need_of_the_user(reader: MessageParser) -> None:
    assert not reader.is_about_other_person("我是海归，小孩上学怎么办")
    assert reader.is_about_other_person("我儿子想创业")


def test_a_wish_to_be_a_mentor_is_a_need_and_no_identity(base: KnowledgeBase) -> None:
    turn = talk(base, "我是学生", "我也想当导师")[-1]
    assert turn.session.profile == {"identity": ("student",), "needs": ("contribute",)}
    assert turn.session.focus == "become-a-mentor"
    assert turn.session.pending == "stage"


def test_a_wish_that_answers_the_pending_question_is_the_answer(base: KnowledgeBase) -> None:
    turn = talk(base, "c:start", "学生", "刚注册", "想贷款")[-1]
    assert turn.session.profile["needs"] == ("funding",)
    assert turn.session.focus == ""


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("i am a college student", "student"),
        ("I'm a student", "student"),
        ("i just graduated", "graduate"),
        ("I graduated last year", "graduate"),
        ("i have a company", "company"),
        ("we run an incubator", "operator"),
    ],
)
def test_an_identity_is_extracted_from_english(
    text: str, identity: str, reader: MessageParser
) -> None:
    facts = reader.facts(text)
    assert facts.stated == {"identity": (identity,)}
    assert facts.rest == ""


@pytest.mark.parametrize(
    "text", ["my son is a student", "can i get a student loan", "i have a question"]
)
def test_english_questions_and_statements_about_others_state_nothing(
    text: str, reader: MessageParser
) -> None:
    assert reader.facts(text).stated == {}


def test_a_denial_is_extracted_from_english(reader: MessageParser) -> None:
    assert reader.facts("i am not a student").denied == {"identity": ("student",)}
    assert reader.facts("i am not a student").stated == {}


def test_a_wish_in_the_interview_states_no_identity(base: KnowledgeBase) -> None:
    turn = talk(base, "我是学生", "想搞个众创空间 搞哪样手续")[-1]
    assert turn.session.profile == {"identity": ("student",)}
    assert talk(base, "c:start", "想当导师")[-1].session.profile["identity"] == ("mentor",)


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("我是应届大学生，刚毕业", ("graduate",)),
        ("我是毕业两年的大学生", ("graduate",)),
        ("我以前是学生，现在毕业三年了", ("graduate",)),
        ("我本科毕业，现在读研究生", ("graduate", "student")),
        ("我是大四学生，还没毕业", ("student",)),
        ("我是打工回来的，以前是学生", ("migrant_worker",)),
    ],
)
def test_a_later_identity_replaces_an_earlier_one(
    text: str, identity: tuple[str, ...], reader: MessageParser
) -> None:
    assert reader.facts(text).stated["identity"] == identity


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("我带学生团队参加创新创业大赛，有奖励吗", ()),
        ("我们公司招了几个农民工，培训有补贴吗", ("company",)),
        ("我们孵化器的，带了一批大学生", ("operator",)),
    ],
)
def test_dependants_are_not_the_identity_of_the_user(
    text: str, identity: tuple[str, ...], reader: MessageParser
) -> None:
    assert reader.facts(text).stated.get("identity", ()) == identity
