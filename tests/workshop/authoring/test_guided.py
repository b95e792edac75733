"""A guide asks the same on a page as on the terminal, one question at a time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.content.readers.loader import read_folder
from bot.errors import EditRefused
from bot.workshop.authoring.dialogue import Command, Dialogue, Item
from bot.workshop.authoring.guided import (
    Asked,
    Finished,
    Given,
    Kind,
    Question,
    advance,
    read_answer,
)
from bot.workshop.authoring.new_policy import new_policy
from bot.workshop.authoring.new_support import new_support
from bot.workshop.editing.saving import Edit, save_all
from tests.content.sample_folder import TODAY, checked
from tests.workshop.authoring.test_new_policy import SOURCE

OPTIONS = (("a", "甲"), ("b", "乙"))
COMMANDS = (Command("合并", "并到上一条"), Command("看"))
QUESTIONS = ("火星上怎么种土豆", *(f"学籍问{n}" for n in "甲乙丙丁戊己庚辛壬癸子"))
SUPPORT: tuple[Given, ...] = (
    "1.2", "在校大学生创业可保留学籍休学", "yes",
    "保留学籍", "保留学籍休学，期限为2年。", "enrolment", "benefit",
    ("student",), (), "在校大学生", "yes", (), ("school",),
    ("已经入学",), ("怎么申请",), "教育局", "学籍",
    (QUESTIONS[0],), QUESTIONS[1:],
)  # fmt: skip
POLICY: tuple[Given, ...] = (
    "题目 2 租房补贴", "合并 1", "", "不含措施",
    "某市支持青年创业办法", "某市人民政府", "", "2027-03-01", "", "",
    "http://example.cn/1", "青年办法", "town-2027", "新", "科技局",
)  # fmt: skip


def every_kind(dialogue: Dialogue) -> Sequence[Edit]:
    """Ask one question of each kind."""
    dialogue.begin("开始。")
    dialogue.show("原文", "甲，乙。")
    dialogue.ask("问", default="常见", check=lambda text: "不对" if text == "错" else "")
    dialogue.tell("接着")
    dialogue.confirm("好吗", default=True)
    dialogue.choose("选", OPTIONS, default="2")
    dialogue.choose_some("选几个", OPTIONS)
    dialogue.list("列", check=lambda text: "不行" if text == "坏" else "")
    dialogue.mark("挑", "甲，乙。", check=lambda text: "太短" if text == "乙" else "")
    dialogue.command("改", [Item("一", "全文")], COMMANDS)
    return ()


ALL: tuple[Given, ...] = ("对", "no", "b", ("a",), ("甲", "乙"), "甲", "合并 1")


def asked(guide: object, given: Sequence[Given]) -> Asked:
    found = advance(guide, given)  # type: ignore[arg-type]  # a guide of the tests
    assert isinstance(found, Asked)
    return found


def test_each_answer_leads_to_the_next_question() -> None:
    kinds = [asked(every_kind, ALL[:count]).question.kind for count in range(len(ALL))]
    assert kinds == [
        Kind.TEXT, Kind.YES_NO, Kind.ONE, Kind.SOME, Kind.LINES, Kind.MARK, Kind.COMMAND,
    ]  # fmt: skip
    found = advance(every_kind, ALL)
    assert isinstance(found, Finished)
    assert found.past[1:5] == (
        ("好吗", "不是"), ("选", "乙"), ("选几个", "甲"), ("列", "甲、乙"),
    )  # fmt: skip


def test_a_page_shows_what_was_told_since_the_last_answer_and_keeps_the_source() -> None:
    first, second = asked(every_kind, ()), asked(every_kind, ALL[:1])
    assert (first.told, second.told) == (("开始。",), ("接着",))
    assert second.shown == {"原文": "甲，乙。"}
    assert second.past == (("问", "对"),)
    assert asked(every_kind, ALL[:2]).question.default == "b"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (("错",), "不对"),
        ((*ALL[:1], "嗯"), "是"),
        ((*ALL[:2], "c"), "选一个"),
        ((*ALL[:3], ("a", "c")), "“c”：请再选一次"),
        ((*ALL[:4], ("好", "坏")), "“坏”：不行"),
        ((*ALL[:5], "乙"), "太短"),
        ((*ALL[:5], "丙"), "原文里没有"),
        ((*ALL[:5], ""), "原文里没有"),
    ],
)
def test_an_answer_that_cannot_be_used_is_asked_for_again(
    given: tuple[Given, ...], fault: str
) -> None:
    found = asked(every_kind, given)
    assert fault in found.fault
    assert (found.given, found.count) == (given[-1], len(given) - 1)


def test_an_empty_text_takes_the_likely_answer_or_is_asked_for_again() -> None:
    assert asked(every_kind, ("",)).count == 1
    assert asked(lambda dialogue: [dialogue.ask("问")], ("",)).fault == "这一项要写。"
    optional = advance(
        lambda dialogue: [Edit(dialogue.ask("问", optional=True), 1, None, b"")], ("",)
    )
    assert isinstance(optional, Finished)
    assert optional.edits[0].file == ""


def test_an_answer_that_fits_no_question_any_more_is_asked_for_again() -> None:
    found = asked(every_kind, (*ALL[:2], "gone", *ALL[3:]))
    assert (found.count, found.question.kind) == (2, Kind.ONE)
    assert asked(every_kind, (("a",), *ALL[1:])).count == 0
    assert asked(every_kind, (*ALL[:3], "a", *ALL[4:])).count == 3


@pytest.mark.parametrize(
    ("kind", "form", "answer"),
    [
        (Kind.TEXT, {"text": "  甲\r\n 乙 "}, "甲 乙"),
        (Kind.TEXT, {}, ""),
        (Kind.YES_NO, {"text": "yes"}, "yes"),
        (Kind.SOME, {"pick-1": "b", "pick-0": "a", "x": "c"}, ("a", "b")),
        (Kind.SOME, {"pick-0": "c"}, ()),
        (Kind.LINES, {"text": " 甲 \r\n\r\n乙\n甲"}, ("甲", "乙")),
        (Kind.MARK, {"pick-0": "", "pick-1": ""}, "甲，乙"),
        (Kind.MARK, {"pick-1": "", "pick-x": ""}, "乙"),
        (Kind.MARK, {"text": "甲", "end": "乙"}, "甲，乙"),
    ],
)
def test_a_form_gives_the_answer(kind: Kind, form: dict[str, str], answer: Given) -> None:
    question = Question(kind, "问", OPTIONS, source="甲，乙。")
    assert read_answer(question, form) == answer


@pytest.mark.parametrize("form", [{}, {"pick-7": ""}, {"text": "丙"}])
def test_a_form_that_marks_nothing_is_refused(form: dict[str, str]) -> None:
    with pytest.raises(EditRefused):
        read_answer(Question(Kind.MARK, "挑", source="甲，乙。"), form)


def test_a_support_that_is_described_on_pages_passes_every_check(folder: Path) -> None:
    def guide(dialogue: Dialogue) -> Sequence[Edit]:
        return new_support(dialogue, folder, TODAY, [QUESTIONS[0], "公积金怎么取"])

    for count in range(len(SUPPORT)):
        found = advance(guide, SUPPORT[:count])
        assert isinstance(found, Asked), found
        assert (found.count, found.fault) == (count, "")
    done = advance(guide, SUPPORT)
    assert isinstance(done, Finished)
    save_all(folder, done.edits)
    assert checked(folder) == []
    assert read_folder(folder)[1].supports["enrolment"].questions == QUESTIONS


def test_a_policy_that_is_cut_on_pages_passes_every_check(folder: Path) -> None:
    def guide(dialogue: Dialogue) -> Sequence[Edit]:
        return new_policy(dialogue, folder, "原文", SOURCE.encode())

    first = asked(guide, ())
    assert [command.word for command in first.question.commands if command.label]
    assert "租赁合同" in first.question.items[1].text
    done = advance(guide, POLICY)
    assert isinstance(done, Finished), done
    save_all(folder, done.edits)
    assert checked(folder) == []
    assert read_folder(folder)[1].policies["town-2027"].short_name == "青年办法"
