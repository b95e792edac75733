"""References to items of a list."""

from __future__ import annotations

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.session import Mode, Option, Session
from bot.core.nlu.list_reference import listed_supports, resolve_list_reference

IDS = ("online-shop-loan", "startup-contests", "open-labs")
LIST = Session(offered=tuple(Option(f"s:{s}", s) for s in IDS), mode=Mode.RESULTS)


@pytest.mark.parametrize(
    ("text", "position", "fields"),
    [
        ("第二个讲的是什么", 1, ()),
        ("第二个是什么", 1, ()),
        ("讲讲第二个", 1, ()),
        ("第三个呢", 2, ()),
        ("2呢", 1, ()),
        ("那第二呢", 1, ()),
        ("最后一个是什么", 2, ()),
        ("倒数第二个讲什么", 1, ()),
        ("第二个找谁", 1, ("who",)),
        ("上面那个找谁", 0, ("who",)),
        ("第一个要什么条件", 0, ("conditions",)),
        ("第2项怎么申请找谁", 1, ("steps", "who")),
    ],
)
def test_a_position_refers_to_an_item(
    text: str, position: int, fields: tuple[str, ...], base: KnowledgeBase
) -> None:
    found = resolve_list_reference(text, base.reader, LIST)
    assert found is not None
    assert (found.supports, found.fields) == ((IDS[position],), fields)


@pytest.mark.parametrize(
    "text",
    ["第一个月要交社保吗", "我的第二个孩子上学怎么办", "工厂第三个车间能办创客空间吗", "贷款找谁"],
)
def test_other_ordinals_are_no_references(text: str, base: KnowledgeBase) -> None:
    assert resolve_list_reference(text, base.reader, LIST) is None


def test_without_a_list_there_is_no_reference(base: KnowledgeBase) -> None:
    assert resolve_list_reference("第二个找谁", base.reader, Session()) is None


def test_a_position_outside_the_list_gives_no_supports(base: KnowledgeBase) -> None:
    found = resolve_list_reference("第九个是什么", base.reader, LIST)
    assert found is not None
    assert found.supports == ()


def test_a_message_can_refer_to_several_items(base: KnowledgeBase) -> None:
    found = resolve_list_reference("第一个和第三个有什么区别", base.reader, LIST)
    assert found is not None
    assert found.supports == (IDS[0], IDS[2])


def test_the_list_stays_while_one_of_its_supports_is_open() -> None:
    opened = Session(offered=(Option("f:who:x", "找谁"),), mode=Mode.DETAIL, listed=IDS)
    asked = Session(offered=(Option("a:stage:idea", "在想"),), mode=Mode.INTERVIEW, listed=IDS)
    assert listed_supports(opened) == IDS
    assert listed_supports(asked) == ()


@pytest.mark.parametrize(
    ("text", "support"),
    [
        ("那个网店的", "online-shop-loan"),
        ("上面那个实验室，要钱吗", "open-labs"),
        ("刚才说的大赛", "startup-contests"),
    ],
)
def test_a_title_or_keyword_refers_to_an_item(
    text: str, support: str, base: KnowledgeBase
) -> None:
    found = resolve_list_reference(text, base.reader, LIST)
    assert found is not None
    assert found.supports == (support,)


def test_an_ambiguous_title_refers_to_no_item(base: KnowledgeBase) -> None:
    ids = ("online-shop-loan", "startup-guarantee-loan")
    loans = Session(offered=tuple(Option(f"s:{s}", s) for s in ids), mode=Mode.RESULTS)
    assert resolve_list_reference("那个贷款的", base.reader, loans) is None
