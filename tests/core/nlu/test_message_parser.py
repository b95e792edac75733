"""Options, answers and fields, with the words of the real knowledge."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.session import Option
from bot.core.nlu.facts.entities import Situation
from bot.core.nlu.message_parser import MessageParser
from bot.core.nlu.patterns import is_question

OPTIONS = tuple(Option(f"a:x:{n}", label) for n, label in enumerate(("资金", "场地", "培训")))


def answer_to(
    base: KnowledgeBase, text: str, slot: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what an answer to the question of a slot states and denies about the user."""
    facts = base.reader.facts(text, Situation(pending=slot))
    return facts.stated.get(slot, ()), facts.denied.get(slot, ())


@pytest.fixture
def reader(base: KnowledgeBase) -> MessageParser:
    return base.reader


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("1", ["0"]),
        ("１", ["0"]),
        ("①", ["0"]),
        ("一", ["0"]),
        ("第二个", ["1"]),
        ("选3", ["2"]),
        ("1和3", ["0", "2"]),
        ("1、2、3", ["0", "1", "2"]),
        ("3 1", ["2", "0"]),
        ("2和2", ["1"]),
        ("场地", ["1"]),
        ("场地。", ["1"]),
    ],
)
def test_numbers_and_labels_select_options(
    text: str, selected: list[str], reader: MessageParser
) -> None:
    assert reader.select(text, OPTIONS) == tuple(f"a:x:{n}" for n in selected)


@pytest.mark.parametrize("text", ["4", "0", "1和9", "1.5万", "3年", "1年内能拿多少", "场地费", ""])
def test_other_texts_select_no_option(text: str, reader: MessageParser) -> None:
    assert reader.select(text, OPTIONS) == ()


@pytest.mark.parametrize("text", ["9", "第十个", "1和9"])
def test_a_number_outside_the_options_is_invalid(text: str, reader: MessageParser) -> None:
    assert reader.is_invalid_number(text, OPTIONS)


@pytest.mark.parametrize("count", [14, 15, 20])
def test_every_option_can_be_selected_by_number(count: int, reader: MessageParser) -> None:
    many = tuple(Option(f"a:x:{n}", f"第{n}项") for n in range(1, count + 1))
    assert reader.select(str(count), many) == (f"a:x:{count}",)


@pytest.mark.parametrize(
    ("slot", "text", "choices"),
    [
        ("identity", "学生", ("student",)),
        ("identity", "我是大三学生", ("student",)),
        ("identity", "又是学生又是海归", ("student", "returnee")),
        ("identity", "都不是", ("none",)),
        ("stage", "还没注册", ("idea",)),
        ("stage", "去年注册的", ("startup",)),
        ("needs", "资金和场地", ("funding", "venue")),
        ("needs", "贷款", ("funding",)),
        ("district", "柳北区", ("liubei",)),
        ("district", "在三江", ("sanjiang",)),
    ],
)
def test_an_answer_is_extracted_by_its_words(
    slot: str, text: str, choices: tuple[str, ...], base: KnowledgeBase
) -> None:
    assert answer_to(base, text, slot)[0] == choices


@pytest.mark.parametrize(
    ("slot", "text"),
    [
        ("identity", "学生能贷款吗"),
        ("identity", "大学生有什么补贴"),
        ("needs", "贷款怎么申请"),
        ("needs", "有没有免费场地？"),
        ("district", "柳北区有孵化器吗"),
        ("stage", "刚注册的公司谁管"),
        ("identity", "今天天气不错"),
        ("identity", ""),
    ],
)
def test_a_question_is_no_answer(slot: str, text: str, base: KnowledgeBase) -> None:
    assert answer_to(base, text, slot) == ((), ())


def test_a_denied_choice_is_not_stated(base: KnowledgeBase) -> None:
    answer = answer_to(base, "我不是学生", "identity")
    assert answer == ((), ("student",))


@pytest.mark.parametrize(
    ("text", "slot", "choices"),
    [
        ("我是大三学生，想休学创业，找谁", "identity", ("student",)),
        ("我们公司在柳北区", "district", ("liubei",)),
        ("不对，我毕业了", "identity", ("graduate",)),
        ("我从广东打工回来，想贷款", "identity", ("migrant_worker",)),
    ],
)
def test_facts_beside_other_text_are_extracted(
    text: str, slot: str, choices: tuple[str, ...], reader: MessageParser
) -> None:
    assert reader.facts(text).stated[slot] == choices


@pytest.mark.parametrize(
    "text",
    [
        "我儿子是大学生",
        "帮我朋友问，他是农民工",
        "大学生创业有什么补贴",
        "学生可以贷款吗",
        "孵化器补贴多少",
    ],
)
def test_other_persons_and_wishes_are_no_facts(text: str, reader: MessageParser) -> None:
    assert reader.facts(text).stated == {}


def test_whom_somebody_wants_to_recruit_is_not_who_he_is(reader: MessageParser) -> None:
    assert "identity" not in reader.facts("我想招大学生").stated


def test_a_denial_is_extracted(reader: MessageParser) -> None:
    facts = reader.facts("我不是学生")
    assert facts.denied == {"identity": ("student",)}
    assert facts.stated == {}


def test_a_correction_is_recognized(reader: MessageParser) -> None:
    assert reader.facts("不对，我毕业了").correcting
    assert not reader.facts("我毕业了").correcting


def test_the_rest_has_no_facts(reader: MessageParser) -> None:
    assert reader.facts("我是大三学生，开网店能贷款吗").rest == "开网店能贷款吗"
    assert reader.facts("我是大三学生").rest == ""


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("找谁", "who"),
        ("多少钱", "amount"),
        ("什么条件", "conditions"),
        ("怎么办理", "steps"),
        ("要什么材料", "materials"),
        ("多久", "deadline"),
        ("看原文", "text"),
        ("为什么", "why"),
        ("还有效吗", "updates"),
        ("休学创业", ""),
    ],
)
def test_a_follow_up_names_its_field(text: str, field: str, reader: MessageParser) -> None:
    assert reader.field(text)[0] == field


def test_the_rest_of_a_follow_up_remains_for_the_search(reader: MessageParser) -> None:
    assert reader.field("网店贷款找谁") == ("who", "网店贷款")


@pytest.mark.parametrize(
    "text", ["能贷款吗", "找谁？", "怎么办", "有没有场地", "给补贴不", "请问贷款", "how to apply"]
)
def test_questions_are_recognized(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize("text", ["我是学生", "资金和场地", "柳北区", "还没注册"])
def test_statements_are_not_questions(text: str) -> None:
    assert not is_question(text)


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("12年", "established"),
        ("十二年了", "established"),
        ("两年多", "startup"),
        ("一年", "startup"),
    ],
)
def test_the_age_of_a_firm_answers_the_stage(text: str, stage: str, base: KnowledgeBase) -> None:
    assert answer_to(base, text, "stage") == ((stage,), ())


@pytest.mark.parametrize("text", ["2016年", "三年级", "我在南宁也有一家公司", "户口簿丢了"])
def test_other_numbers_answer_no_stage(text: str, base: KnowledgeBase) -> None:
    assert answer_to(base, text, "stage") == ((), ())


@pytest.mark.parametrize("text", ["我老公是农民工", "我的学生大四", "我先生是海归"])
def test_the_identity_of_others_is_not_that_of_the_user(text: str, base: KnowledgeBase) -> None:
    assert "identity" not in base.reader.facts(text, Situation(bare=True)).stated
    assert answer_to(base, text, "identity") == ((), ())


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("我们是众创空间", ("operator",)),
        ("我开了个孵化器", ("operator",)),
        ("我办了个孵化器", ("operator",)),
        ("我运营一个众创空间", ("operator",)),
        ("我们基地评上了自治区级", ("operator",)),
        ("我是孵化器的负责人", ("operator",)),
        ("我在孵化器工作", ("operator",)),
        ("我们孵化器里有三十家企业", ("operator",)),
        ("我们众创空间入驻了二十个团队", ("operator",)),
        ("我在众创空间里面办公", ()),
        ("我在柳东的孵化器里租了个办公室", ()),
        ("我们团队在众创空间的工位上班", ()),
        ("我们公司在孵化器里面", ("company",)),
        ("我是入驻孵化器的企业", ("company",)),
        ("我是众创空间的租户", ()),
        ("我是研究所的", ("researcher",)),
        ("我们研究所有三十个人", ("institution",)),
    ],
)
def test_a_tenant_of_an_incubator_is_not_its_operator(
    text: str, identity: tuple[str, ...], reader: MessageParser
) -> None:
    assert reader.facts(text).stated.get("identity", ()) == identity


def test_a_negated_decoy_states_nothing(base: KnowledgeBase) -> None:
    assert answer_to(base, "我不在孵化器里", "identity")[0] == ()


def test_who_looks_for_an_investor_is_none(base: KnowledgeBase) -> None:
    assert base.reader.facts("我想找投资人").stated == {"needs": ("funding",)}


def test_somebody_in_the_own_makerspace_is_another_person(base: KnowledgeBase) -> None:
    facts = base.reader.facts("我们空间里有个海归团队")
    assert facts.stated == {"identity": ("operator",)}


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("开了十几年", ()),
        ("做了好几年了", ()),
        ("几年能还清", ("duration",)),
        ("开了十几年，几年能还清", ("duration",)),
        ("做了好几年了，几年能还清", ("duration",)),
        ("几年能还清，我都开了十几年了", ("duration",)),
    ],
)
def test_each_place_of_a_word_counts_for_itself(
    text: str, fields: tuple[str, ...], reader: MessageParser
) -> None:
    assert reader.fields(text)[0] == fields


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("孵化基地有多少个", ()),
        ("有多少家孵化器", ()),
        ("补多少", ("amount",)),
        ("补多少个月", ("amount",)),
        ("一年给多少钱", ("amount",)),
        ("有多少家孵化器，能拿多少", ("amount",)),
    ],
)
def test_a_number_of_things_is_not_an_amount(
    text: str, fields: tuple[str, ...], reader: MessageParser
) -> None:
    assert reader.fields(text)[0] == fields


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("how much money", "amount"),
        ("where is the office", "who"),
        ("how do i apply", "steps"),
        ("what are the conditions", "conditions"),
        ("what do i need", "materials"),
        ("how long", "deadline"),
    ],
)
def test_a_field_can_be_asked_for_in_english(text: str, field: str, reader: MessageParser) -> None:
    assert reader.field(text) == (field, "")
