"""Questions about all that there is, heard with the words of the real knowledge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.dialogue import Base
from bot.core.intents import Reader
from bot.core.overview import Overview, Overviews
from bot.core.session import Session


@pytest.fixture
def overviews(base: Base) -> Overviews:
    return Overviews(base.reader, base.index.analyser)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("有什么政策", Overview()),
        ("柳州创业有啥子政策？", Overview()),
        ("你们有什么政策可以帮到我", Overview()),
        ("我这个情况，哪个能用", Overview()),
        ("我南宁的 想来柳州创业有什么支持", Overview()),
        ("有冇補貼", Overview()),
        ("补贴", Overview()),
        ("导师有什么待遇", Overview(people=("mentor",))),
        ("还有哪些适合我们学校", Overview(people=("institution",))),
        (
            "大学生和农民工有哪些扶持",
            Overview(
                people=(
                    "student",
                    "migrant_worker",
                )
            ),
        ),
    ],
)
def test_what_there_is_at_all_is_an_overview(
    said: str, asked: Overview | None, overviews: Overviews
) -> None:
    assert overviews.heard(said) == asked


@pytest.mark.parametrize(
    "said",
    [
        "",
        "。",
        "柳州",
        "我想创业",
        "众创空间有什么场地补贴",
        "众创空间补贴",
        "休学有什么政策",
        "这是什么政策",
        "怎么申请补贴",
        "补贴多少",
        "贷款",
        "有没有贷款",
        "我不想贷款 有什么别的",
        "我是大学生 有什么贷款",
        "人才有什么政策",
    ],
)
def test_what_asks_for_something_is_no_overview(said: str, overviews: Overviews) -> None:
    assert overviews.heard(said) is None


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("有哪些贷款", Overview("贷款")),
        ("贷款有哪些", Overview("贷款")),
        ("我能申请什么贷款", Overview("贷款")),
        ("还有别的创业园吗", Overview("创业园")),
        ("大学生有哪些贷款", Overview("贷款", ("student",))),
        ("企业有什么贷款", Overview("贷款", ("company",))),
    ],
)
def test_what_there_is_on_one_topic_is_asked_for(
    said: str, asked: Overview | None, overviews: Overviews
) -> None:
    assert overviews.heard(said) == asked


def test_a_topic_of_one_support_is_looked_up(base: Base) -> None:
    known = base.knowledge
    words = {**known.overview, "topics": ("贷款", "统贷统还")}
    analyser = base.index.analyser
    overviews = Overviews(Reader(replace(known, overview=words), analyser.lexicon), analyser)
    assert overviews.heard("有哪些贷款") == Overview("贷款")
    assert overviews.heard("有哪些统贷统还") is None


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("别的还有没有", Overview(more=True)),
        ("我还有啥", Overview(more=True)),
        ("还有其他的吗", Overview(more=True)),
        ("还有别的适合我的吗", Overview()),
        ("还有什么补贴", Overview()),
        ("学生还有别的吗", Overview(people=("student",))),
    ],
)
def test_what_else_there_is_goes_on_with_the_list(
    said: str, asked: Overview | None, overviews: Overviews
) -> None:
    assert overviews.heard(said, fresh=False) == asked


@pytest.mark.parametrize("said", ["有没有补贴", "有补贴吗", "补贴"])
def test_in_the_middle_of_a_topic_a_subsidy_is_that_topic_s(
    said: str, overviews: Overviews
) -> None:
    assert overviews.heard(said, fresh=False) is None
    assert overviews.heard(said) == Overview()
    assert overviews.heard(said, asked=True) == (None if said == "补贴" else Overview())


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("What subsidies are there?", Overview()),
        ("what can i get", Overview()),
        ("is there any support for students", Overview(people=("student",))),
        ("what is the weather", None),
    ],
)
def test_what_there_is_is_asked_in_english_too(
    said: str, asked: Overview | None, overviews: Overviews
) -> None:
    assert overviews.heard(said) == asked


def test_what_is_refused_denied_or_elsewhere_is_no_overview(overviews: Overviews) -> None:
    fresh = Session()
    assert overviews.asked(fresh, "有哪些贷款") == Overview("贷款")
    for said in ("为啥我不能拿补贴", "除了网店还有什么贷款", "南宁有什么政策"):
        assert overviews.asked(fresh, said) is None


def test_what_there_is_for_others_is_looked_up_once_we_know_who_asks(overviews: Overviews) -> None:
    told = Session().with_answer("identity", ["farmer"])
    assert overviews.asked(Session(), "导师有什么待遇") == Overview(people=("mentor",))
    assert overviews.asked(told, "导师有什么待遇") is None
    assert overviews.asked(told, "有什么政策") == Overview()
