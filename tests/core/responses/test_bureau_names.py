"""Present-day names of bureaus, and how to reach them."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.core.domain.knowledge import Bureau
from bot.core.responses.phrasebook import Phrasebook
from bot.core.responses.support_answer import AnswerRenderer
from tests.core.small_knowledge import knowledge, small_base, talk, text_of

TODAY = date(2026, 1, 1)
RENAMED = Bureau("教育局", now="柳州市学习局", confidence="A", source="报", verified="2025-01-02")
NOTE = "（现在叫柳州市学习局）"
UNKNOWN = "（机构改革后叫什么请问 12345）"


def renderer(*bureaus: Bureau) -> AnswerRenderer:
    return AnswerRenderer(Phrasebook(knowledge(bureaus={b.name: b for b in bureaus}), TODAY))


def test_a_renamed_bureau_has_its_present_name_at_the_first_mention_only() -> None:
    made = renderer(RENAMED)
    text = made.full_answer(made.phrasebook.knowledge.supports["shop"], {}).text
    assert text.count(NOTE) == 1
    assert text.index("市教育局" + NOTE) == text.index("市教育局")


def test_a_short_form_of_the_present_name_gets_no_note() -> None:
    made = renderer(Bureau("教育局", now="柳州市教育和学习局"))
    text = made.full_answer(made.phrasebook.knowledge.supports["shop"], {}).text
    assert "现在叫" not in text


def test_a_bureau_without_a_proven_name_is_marked_at_the_first_mention_only() -> None:
    made = renderer(Bureau("教育局"))
    shop = made.phrasebook.knowledge.supports["shop"]
    for reply in (
        made.full_answer(shop, {"identity": ("student",)}),
        made.field_answer(shop, {}, "amount"),
        made.field_answer(shop, {}, "who"),
        made.whole_answer(shop, {}),
    ):
        assert reply.text.count(UNKNOWN) == 1
        assert reply.text.index("市教育局" + UNKNOWN) == reply.text.index("市教育局")


def test_advice_marks_a_bureau_without_a_proven_name_once() -> None:
    base = small_base(bureaus={"教育局": Bureau("教育局")})
    for said in ("开网店贴息和休学创业保留学籍有什么区别", "c:plan"):
        text = text_of(talk(base, "s:shop", "s:enrolment", said)[-1])
        assert text.count(UNKNOWN) == 1, text


def test_the_county_governments_are_no_bureau_whose_name_is_unknown() -> None:
    made = renderer(Bureau("科技局", now="柳州市科学技术局"), Bureau("各县区政府"))
    desk = made.phrasebook.knowledge.supports["desk"]
    assert UNKNOWN not in made.field_answer(desk, {}, "bureaus").text


def test_the_bureau_to_ask_has_its_present_name() -> None:
    made = renderer(RENAMED)
    assert f"本校或市教育局{NOTE}" == made.phrasebook.bureaus_in("本校或市教育局")


def office(**more: Any) -> Bureau:
    return Bureau("教育局", now="柳州市学习局", source="公告", verified="2025-01-02", **more)


def test_a_proven_telephone_is_shown_with_its_date() -> None:
    made = renderer(office(telephone="000-1", address="虚构路", url="http://office.example"))
    text = made.field_answer(made.phrasebook.knowledge.supports["shop"], {}, "who").text
    for part in ("电话：000-1", "地址：虚构路", "2025-01-02 核实"):
        assert part in text
    assert "http" not in text
    assert "文件没有写电话和地址" not in text


def test_without_a_proven_office_none_is_invented() -> None:
    made = renderer(RENAMED)
    text = made.field_answer(made.phrasebook.knowledge.supports["shop"], {}, "who").text
    assert "文件没有写电话和地址" in text


def test_the_question_for_the_present_name_is_answered_with_its_proof() -> None:
    base = small_base(bureaus={"教育局": RENAMED, "老局": Bureau("老局")})
    assert "教育局现在叫柳州市学习局。（出处：报，2025-01-02）" in text_of(
        talk(base, "市教育局现在叫什么")[-1]
    )
    assert "没有查到可靠的出处" in text_of(talk(base, "老局现在叫什么")[-1])


def test_the_question_for_a_telephone_names_the_office_if_it_is_proven() -> None:
    base = small_base(bureaus={"教育局": office(telephone="000-1")})
    assert "电话：000-1" in text_of(talk(base, "教育局电话多少")[-1])
