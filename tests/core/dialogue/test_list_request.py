"""List requests, detected with the words of the real knowledge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.dialogue.list_request import ListRequest, ListRequestDetector
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.session import Session
from bot.core.nlu.message_parser import MessageParser


@pytest.fixture
def detector(base: KnowledgeBase) -> ListRequestDetector:
    return ListRequestDetector(base.reader, base.index.analyzer)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("有什么政策", ListRequest()),
        ("柳州创业有啥子政策？", ListRequest()),
        ("你们有什么政策可以帮到我", ListRequest()),
        ("我这个情况，哪个能用", ListRequest()),
        ("我南宁的 想来柳州创业有什么支持", ListRequest()),
        ("有冇補貼", ListRequest()),
        ("补贴", ListRequest()),
        ("导师有什么待遇", ListRequest(people=("mentor",))),
        ("还有哪些适合我们学校", ListRequest(people=("institution",))),
        (
            "大学生和农民工有哪些扶持",
            ListRequest(
                people=(
                    "student",
                    "migrant_worker",
                )
            ),
        ),
    ],
)
def test_a_general_question_is_a_list_request(
    said: str, asked: ListRequest | None, detector: ListRequestDetector
) -> None:
    assert detector.detect_alone(said) == asked


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
def test_a_specific_question_is_no_list_request(said: str, detector: ListRequestDetector) -> None:
    assert detector.detect_alone(said) is None


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("有哪些贷款", ListRequest("贷款")),
        ("贷款有哪些", ListRequest("贷款")),
        ("我能申请什么贷款", ListRequest("贷款")),
        ("还有别的创业园吗", ListRequest("创业园")),
        ("大学生有哪些贷款", ListRequest("贷款", ("student",))),
        ("企业有什么贷款", ListRequest("贷款", ("company",))),
    ],
)
def test_a_question_for_a_topic_requests_its_list(
    said: str, asked: ListRequest | None, detector: ListRequestDetector
) -> None:
    assert detector.detect_alone(said) == asked


def test_a_topic_of_one_support_is_no_list(base: KnowledgeBase) -> None:
    known = base.knowledge
    words = {**known.overview, "topics": ("贷款", "统贷统还")}
    analyzer = base.index.analyzer
    detector = ListRequestDetector(
        MessageParser(replace(known, overview=words), analyzer.lexicon), analyzer
    )
    assert detector.detect_alone("有哪些贷款") == ListRequest("贷款")
    assert detector.detect_alone("有哪些统贷统还") is None


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("别的还有没有", ListRequest(more=True)),
        ("我还有啥", ListRequest(more=True)),
        ("还有其他的吗", ListRequest(more=True)),
        ("还有别的适合我的吗", ListRequest()),
        ("还有什么补贴", ListRequest()),
        ("学生还有别的吗", ListRequest(people=("student",))),
    ],
)
def test_a_question_for_more_requests_the_rest_of_the_list(
    said: str, asked: ListRequest | None, detector: ListRequestDetector
) -> None:
    assert detector.detect_alone(said, without_focus=False) == asked


@pytest.mark.parametrize("said", ["有没有补贴", "有补贴吗", "补贴"])
def test_a_bare_topic_beside_a_focus_is_no_list_request(
    said: str, detector: ListRequestDetector
) -> None:
    assert detector.detect_alone(said, without_focus=False) is None
    assert detector.detect_alone(said) == ListRequest()
    assert detector.detect_alone(said, pending=True) == (None if said == "补贴" else ListRequest())


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("What subsidies are there?", ListRequest()),
        ("what can i get", ListRequest()),
        ("is there any support for students", ListRequest(people=("student",))),
        ("what is the weather", None),
    ],
)
def test_english_list_requests_are_detected(
    said: str, asked: ListRequest | None, detector: ListRequestDetector
) -> None:
    assert detector.detect_alone(said) == asked


def test_refusals_denials_and_other_cities_are_no_list_requests(
    detector: ListRequestDetector,
) -> None:
    fresh = Session()
    assert detector.detect(fresh, "有哪些贷款") == ListRequest("贷款")
    for said in ("为啥我不能拿补贴", "除了网店还有什么贷款", "南宁有什么政策"):
        assert detector.detect(fresh, said) is None


def test_a_list_for_another_identity_is_not_detected_with_a_known_one(
    detector: ListRequestDetector,
) -> None:
    told = Session().with_answer("identity", ["farmer"])
    assert detector.detect(Session(), "导师有什么待遇") == ListRequest(people=("mentor",))
    assert detector.detect(told, "导师有什么待遇") is None
    assert detector.detect(told, "有什么政策") == ListRequest()
