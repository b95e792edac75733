"""Answers to questions in the state of the conversation."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.understanding.understand import understand
from bot.core.domain.session import Session
from tests.core.small_knowledge import ids_of, talk, text_of
from tests.knowledge_base import DAY

RESULTS = ("c:start", "a:identity:student", "a:stage:idea", "a:needs:funding", "a:district:liunan")


@pytest.mark.parametrize(
    "scrap",
    [
        "妈的",
        "没了",
        "鱼峰",
        "柳江的",
        "学校",
        "中文",
        "点样申请",
        "半年了",
        "学生",
        "快点",
        "睡觉",
        "干嘛",
        "乱问一句",
    ],
)
def test_a_fragment_gets_no_clause(scrap: str, base: KnowledgeBase) -> None:
    assert talk(base, scrap)[-1].cites == ()


@pytest.mark.parametrize("word", ["免租", "户口", "停学", "网店", "55万", "上浮30%", "落户"])
def test_a_term_of_the_policy_is_answered(word: str, base: KnowledgeBase) -> None:
    turn = talk(base, word)[-1]
    assert turn.cites or ids_of(turn)[0].startswith("s:")


@pytest.mark.parametrize("said", ["乱问一句", "今晚吃什么", "谢谢", "哈哈哈"])
def test_a_message_without_content_keeps_the_list(said: str, base: KnowledgeBase) -> None:
    shown = talk(base, *RESULTS)[-1]
    second = [i for i in ids_of(shown) if i.startswith("s:")][1]
    between = talk(base, said, session=shown.session)[-1]
    assert not ids_of(between)
    assert f"s:{talk(base, '2', session=between.session)[-1].session.focus}" == second


def test_forget_removes_the_list(base: KnowledgeBase) -> None:
    turn = talk(base, *RESULTS, "c:forget")[-1]
    assert turn.session.offered == ()
    assert turn.session.listed == ()


def test_an_item_opens_after_another_item(base: KnowledgeBase) -> None:
    shown = talk(base, *RESULTS)[-1]
    third = [i for i in ids_of(shown) if i.startswith("s:")][2]
    turn = talk(base, "第一个", "第三个呢", session=shown.session)[-1]
    assert f"s:{turn.session.focus}" == third


@pytest.mark.parametrize(
    "said",
    [
        "我是学生 不开网店 开奶茶店能贷款吗",
        "我不开网店 开实体店 那能贷款吗",
        "除了网店，大学生还有什么贷款",
    ],
)
def test_a_denied_topic_is_not_offered(said: str, base: KnowledgeBase) -> None:
    turn = talk(base, said)[-1]
    assert turn.outcome in ("answer", "clarify") or turn.session.listed
    assert "s:online-shop-loan" not in ids_of(turn)
    assert turn.session.focus != "online-shop-loan"


def test_a_fact_and_a_question_in_local_words(base: KnowledgeBase) -> None:
    turn = talk(base, "我是学生点样休学")[-1]
    assert turn.session.profile == {"identity": ("student",)}
    assert turn.session.focus == "leave-and-keep-enrolment"


def test_a_mother_who_asks_for_herself_gets_her_own_verdict(base: KnowledgeBase) -> None:
    text = text_of(talk(base, "我是宝妈 大学生开网店的小额担保贷款我能申请吗")[-1])
    assert "对您来说：不适合" in text
    assert "您选的是都不是" not in text


@pytest.mark.parametrize("said", ["为什么没有贷款", "为什么没有55万", "为啥我不能拿补贴"])
def test_a_question_for_the_reason_is_about_its_own_topic(said: str, base: KnowledgeBase) -> None:
    turn = talk(base, *RESULTS, "休学创业能保留学籍吗", said)[-1]
    assert turn.outcome == "answer"
    assert turn.session.focus != "leave-and-keep-enrolment"
    assert "保留学籍" not in text_of(turn)
    # A loan that is open to everybody suits a student too.
    assert "您选的是在校学生" in text_of(turn) or "可以问" in text_of(turn)


def test_a_question_for_the_reason_without_a_topic_is_about_the_focus(base: KnowledgeBase) -> None:
    turn = talk(base, "我是学生", "s:migrant-startup-loan", "为什么不能贷")[-1]
    assert turn.session.focus == "migrant-startup-loan"
    assert "不符合" in text_of(turn)


def test_a_district_with_a_question_for_the_office_is_about_the_focus(base: KnowledgeBase) -> None:
    for said in ("融安县哪个部门管", "融安"):
        turn = talk(base, "s:migrant-startup-loan", said)[-1]
        assert turn.session.focus == "migrant-startup-loan"
        assert turn.session.profile == {"district": ("rongan",)}
        assert "融安县人民政府" in text_of(turn)


def test_a_topic_of_the_focus_with_a_field_gets_only_the_silence(base: KnowledgeBase) -> None:
    turn = talk(base, "s:returnee-park-benefits", "启动资金有几多")[-1]
    assert "没有写“启动资金给多少”" in text_of(turn)
    assert "原文：" not in text_of(turn)


def test_a_topic_listed_as_unstated_is_said_to_be_unstated(base: KnowledgeBase) -> None:
    assert "投亏了有没有补偿" in text_of(talk(base, "投资失败政府赔吗")[-1])


def test_a_question_for_the_reason_in_the_results_lists_ineligible_supports(
    base: KnowledgeBase,
) -> None:
    assert "这些对不上" in text_of(talk(base, *RESULTS, "凭什么说我不符合")[-1])


def test_a_wish_that_names_an_identity_is_answered(base: KnowledgeBase) -> None:
    assert talk(base, "我想当创业导师", "有没有工资")[-1].session.focus == "become-a-mentor"


@pytest.mark.parametrize(
    ("first", "then", "support"),
    [
        ("创新创业课程", "贷款额度", "startup-guarantee-loan"),
        ("休学创业能保留学籍吗", "贷款额度和利息", "startup-guarantee-loan"),
        ("留学生创业园", "落户怎么办", "returnee-green-channel"),
        ("留学生创业园", "孩子上学具体怎么办", "returnee-green-channel"),
        ("留学生创业园", "启动资金多少", "returnee-park-benefits"),
        ("农民工创业贷款", "贷款额度", "migrant-startup-loan"),
    ],
)
def test_a_follow_up_on_another_topic_changes_the_focus(
    first: str, then: str, support: str, base: KnowledgeBase
) -> None:
    assert talk(base, first, then)[-1].session.focus == support


@pytest.mark.parametrize("said", ["能不能落户", "落户怎么办"])
def test_a_topic_among_function_words_is_found(said: str, base: KnowledgeBase) -> None:
    assert talk(base, said)[-1].session.focus == "returnee-green-channel"


def test_several_fields_are_all_answered(base: KnowledgeBase) -> None:
    said = "我是海归，能不能落户，启动资金多少，找哪个部门，电话多少"
    turn = talk(base, said)[-1]
    for question in ("能不能落户", "启动资金多少", "找哪个部门", "电话多少"):
        assert question in text_of(turn)


@pytest.mark.parametrize(
    ("support", "said", "words"),
    [
        ("startup-guarantee-loan", "什么人能贷", "文件写的条件：给“创业者”；须是符合条件的创业者"),
        ("startup-guarantee-loan", "大学生能贷吗", "没有限定身份"),
        ("migrant-startup-loan", "大学生能贷吗", "“在校学生”不在这一项的范围里，这项给“农民工”"),
        ("migrant-startup-loan", "农民工可以申请吗", "“农民工/返乡创业”在这一项的范围里"),
        ("migrant-startup-loan", "普通人能贷吗", "这项给“农民工”。"),
        ("pooled-loans", "大学生能贷吗", "这项给“中小企业”；“在校学生”同时也是的，才算"),
        ("leave-and-keep-enrolment", "研究生可以吗", "原文没有写“研究生是否适用”"),
        ("startup-guarantee-loan", "要抵押吗", "原文没有写“要不要找担保人"),
    ],
)
def test_a_question_who_may_apply_is_about_the_support_in_focus(
    support: str, said: str, words: str, base: KnowledgeBase
) -> None:
    turn = talk(base, f"s:{support}", said)[-1]
    assert turn.session.focus == support
    assert turn.session.profile == {}
    assert words in text_of(turn)
    assert "您选的" not in text_of(turn)


def test_a_question_whether_the_user_may_apply_uses_the_profile(base: KnowledgeBase) -> None:
    turn = talk(base, "我是农民工", "s:returnee-park-benefits", "我能进吗")[-1]
    assert "对您来说：不适合" in text_of(turn)


@pytest.mark.parametrize("said", ["什么人能贷", "大学生能进吗", "能申请吗"])
def test_a_question_who_may_apply_without_a_focus_asks_which_support(
    said: str, base: KnowledgeBase
) -> None:
    turn = talk(base, said)[-1]
    assert turn.cites == ()
    assert "您想问哪一件事" in text_of(turn)


def test_a_question_who_may_borrow_names_its_topic(base: KnowledgeBase) -> None:
    assert talk(base, "大学生能贷吗")[-1].session.focus == "online-shop-loan"


@pytest.mark.parametrize(
    "said", ["我不是学生也不是农民工 也不是海归，能不能办", "我不是学生能不能办"]
)
def test_a_denied_identity_is_not_searched(said: str, base: KnowledgeBase) -> None:
    assert "您想问哪一件事" in text_of(talk(base, said)[-1])
    turn = talk(base, "s:migrant-startup-loan", said)[-1]
    assert turn.session.focus == "migrant-startup-loan"
    assert "文件写的条件" in text_of(turn)


@pytest.mark.parametrize(
    "said",
    [
        "我不想贷款 有没有别的",
        "我不想贷款，有什么补贴",
        "除了贷款还有什么",
        "我不想贷款",
    ],
)
def test_a_refused_loan_is_not_offered(said: str, base: KnowledgeBase) -> None:
    turn = talk(base, said)[-1]
    assert turn.session.pending == "identity"
    assert "贷款" not in "".join(ids_of(turn))


@pytest.mark.parametrize("said", ["休学期间学费", "休学期间学费怎么算"])
def test_an_unstated_fee_is_said_to_be_unstated(said: str, base: KnowledgeBase) -> None:
    turn = talk(base, said)[-1]
    assert turn.session.focus == "leave-and-keep-enrolment"
    assert "原文没有写“学费和奖助学金怎么办”" in text_of(turn)


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("可以重复申请吗", "能不能重复申请"),
        ("能申请几次", "能不能重复申请"),
        ("要本人到场吗", "要不要本人到场"),
    ],
)
def test_an_unwritten_topic_is_answered_for_the_support_in_focus(
    said: str, what: str, base: KnowledgeBase
) -> None:
    turn = talk(base, "s:online-shop-loan", said)[-1]
    assert turn.session.focus == "online-shop-loan"
    assert f"原文没有写“{what}”" in text_of(turn)
    assert "您想问哪一件事" in text_of(talk(base, said)[-1])


@pytest.mark.parametrize("said", ["个人怎么申请", "多久到账"])
def test_a_field_alone_is_about_the_support_in_focus(said: str, base: KnowledgeBase) -> None:
    turn = talk(base, "s:online-shop-loan", said)[-1]
    assert turn.session.focus == "online-shop-loan"
    assert "原文没有写" in text_of(turn)


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("众创空间运营补助", "哪个局牵头，别说一堆"),
        ("众创空间运营补助", "三年一共165万？"),
        ("留学人员创业园", "which office should I go to"),
        ("创业担保贷款", "30万是这个文件说的吗"),
        ("创业担保贷款", "征信不好可以贷吗"),
        ("创业担保贷款", "什么人可以申请"),
        ("休学创业能保留学籍吗", "可是我们辅导员说不行"),
        ("科研人员能兼职吗", "那兼职总可以吧"),
    ],
)
def test_a_remark_without_another_topic_is_about_the_focus(
    topic: str, said: str, base: KnowledgeBase
) -> None:
    before, after = talk(base, topic, said)
    assert after.session.focus == before.session.focus != ""
    assert after.outcome == "answer"


@pytest.mark.parametrize(
    "said", ["我们不免费，收一点点管理费，55万还给吗", "那如果我们只提供场地不提供宽带呢？"]
)
def test_a_hypothetical_case_gets_the_conditions(said: str, base: KnowledgeBase) -> None:
    turn = talk(base, "众创空间运营补助", said)[-1]
    assert turn.session.focus == "makerspace-operating-grant"
    assert "文件写的条件" in text_of(turn)
    assert "零成本" in text_of(turn)


@pytest.mark.parametrize(
    ("said", "support"),
    [
        ("一照多址能办吗", "flexible-address"),
        ("有三十万想投初创公司", "become-an-angel"),
        ("开小吃店差三万块，没房没车，谁能借", "startup-guarantee-loan"),
        ("高校想请外面的专家来兼课行不行", "part-time-and-tech-transfer"),
        ("实验室对学生开放吗", "open-labs"),
    ],
)
def test_a_question_with_its_own_topic_changes_the_focus(
    said: str, support: str, base: KnowledgeBase
) -> None:
    assert talk(base, "s:banks-at-startup-events", said)[-1].session.focus == support


def test_a_question_without_a_topic_offers_the_last_list(base: KnowledgeBase) -> None:
    shown, asked = talk(base, *RESULTS, "那要什么条件")[-2:]
    assert "您想问哪一件事" in text_of(asked)
    assert [i for i in ids_of(asked) if i.startswith("s:")] == [
        i for i in ids_of(shown) if i.startswith("s:")
    ]


def test_an_out_of_scope_topic_offers_related_supports(
    base: KnowledgeBase,
) -> None:
    turn = talk(base, "退伍军人创业有什么优惠")[-1]
    assert turn.outcome == "unknown"
    assert ids_of(turn)[0] == "s:startup-guarantee-loan"
    assert "也许用得上" in text_of(turn)


@pytest.mark.parametrize("said", ["我高中毕业就进厂了", "我女朋友也在里面帮忙"])
def test_a_word_on_ones_life_is_no_other_topic(said: str, base: KnowledgeBase) -> None:
    assert base.index.search(said).out_of_scope
    for session in (Session(), talk(base, "创业担保贷款")[-1].session):
        acts = understand(base.context(DAY), session, said).acts
        assert "out_of_scope" not in [act.name for act in acts]


def test_a_question_on_another_topic_is_sent_there_in_a_talk_on_supports(
    base: KnowledgeBase,
) -> None:
    focused = talk(base, "创业担保贷款")[-1].session
    turn = talk(base, "户口簿丢了去哪补办", session=focused)[-1]
    assert base.knowledge.signposts["id-hukou"].title in turn.replies[0].text


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("开网店贷款是归教育局管吗", "这件事牵头的就是市教育局。"),
        ("大学生网店小额贷款是找人社局吗", "人社局是配合的，牵头的是市教育局。"),
        ("大学生网店小额贷款去科技局办可以吗", "文件没有把这件事写给科技局，牵头的是市教育局。"),
    ],
)
def test_whether_a_bureau_is_the_one_to_go_to_is_said_first(
    said: str, first: str, base: KnowledgeBase
) -> None:
    assert text_of(talk(base, said)[-1]).split("\n")[0] == first


def test_a_bureau_that_is_only_mentioned_changes_no_answer(base: KnowledgeBase) -> None:
    text = text_of(talk(base, "工商局办照要几个证")[-1])
    assert "牵头的就是" not in text


def test_a_topic_that_no_clause_states_is_told_beside_its_support(base: KnowledgeBase) -> None:
    text = text_of(talk(base, "房租奖补跟运营补助能叠加吗")[-1])
    assert text.startswith("2016 年的原文没有写“能不能和别的扶持一起享受”")


def test_conditions_of_a_recognition_that_the_paper_leaves_open(base: KnowledgeBase) -> None:
    text = text_of(talk(base, "科技企业孵化器的认定标准有哪些条件")[-1])
    assert "原文没有写“怎么认定科技企业孵化器”" in text
    assert "文件写的条件" not in text


@pytest.mark.parametrize("said", ["目前还是三证合一吗", "如今还是三证合一登记吗"])
def test_a_paper_of_the_past_says_no_yes_to_the_present(said: str, base: KnowledgeBase) -> None:
    text = text_of(talk(base, said)[-1])
    assert not text.startswith(("是的", "能："))
    assert "多证合一" in text
