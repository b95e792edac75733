"""The results: what applies, what may, and what does not."""

from __future__ import annotations

from bot.core.domain.replies import FindingLine, Reply
from bot.core.domain.session import Session
from bot.core.eligibility.verdicts import Finding, evaluate_all, ranked
from bot.core.responses.results_list import PAGE, ResultsList
from bot.core.responses.support_answer import AnswerRenderer
from tests.core.small_knowledge import knowledge, support
from tests.knowledge_base import DAY

KNOWLEDGE = knowledge()
LISTING = ResultsList(AnswerRenderer(KNOWLEDGE, DAY))


def findings(listing: ResultsList, session: Session) -> tuple[Finding, ...]:
    return ranked(evaluate_all(listing.answerer.knowledge, session.profile), session.profile)


def results_of(
    listing: ResultsList, session: Session, page: int = 0
) -> tuple[Reply, tuple[FindingLine, ...]]:
    return listing.results(session, findings(listing, session), page)


def others_of(listing: ResultsList, session: Session) -> tuple[Reply, tuple[str, ...]]:
    return listing.others(session, findings(listing, session))


def test_results_are_grouped_and_what_does_not_apply_is_folded() -> None:
    reply, lines = results_of(LISTING, Session().with_answer("identity", ("student",)))
    assert reply.text.index("适合您：") < reply.text.index("休学创业保留学籍")
    assert reply.text.index("休学创业保留学籍") < reply.text.index("可能适合")
    assert "众创空间补助" not in reply.text
    assert "c:others" in [o.id for o in reply.choices]
    assert [x.support for x in lines if x.verdict == "not_applicable"] == ["subsidy"]
    assert len(lines) == len(KNOWLEDGE.benefits)


def test_results_say_how_old_the_paper_is() -> None:
    assert "2020 年" in results_of(LISTING, Session())[0].text


def test_results_for_somebody_elsewhere_say_so() -> None:
    session = Session().with_answer("district", ("elsewhere",))
    assert "不在柳州" in results_of(LISTING, session)[0].text


def test_pages_show_everything_that_may_apply_once() -> None:
    many = {f"s{n}": support(f"s{n}") for n in range(2 * PAGE + 1)}
    listing = ResultsList(AnswerRenderer(knowledge(supports=many), DAY))
    shown = []
    for page in range(3):
        reply, _ = results_of(listing, Session(), page)
        shown += [i for i in [o.id for o in reply.choices] if i.startswith("s:")]
        assert ("c:more" in [o.id for o in reply.choices]) is (page < 2)
    assert shown == [f"s:{name}" for name in many]


def test_a_page_after_the_last_says_that_there_is_no_more() -> None:
    assert "没有更多" in results_of(LISTING, Session(), 99)[0].text


def test_what_does_not_apply_is_told_with_the_reason() -> None:
    reply, cites = others_of(LISTING, Session().with_answer("identity", ("student",)))
    assert "众创空间补助" in reply.text
    assert "运营方" in reply.text
    assert cites == ("1.1",)


def test_nothing_ruled_out_is_said_too() -> None:
    assert others_of(LISTING, Session())[0].text


def test_what_meets_a_need_stands_under_its_own_heading() -> None:
    session = Session().with_answer("identity", ("student",)).with_answer("needs", ("funding",))
    said = results_of(LISTING, session)[0].text
    phrases = KNOWLEDGE.phrases
    assert said.index(phrases["group_wanted"]) < said.index("开网店贴息")
    assert said.index("开网店贴息") < said.index(phrases["group_also"])
    assert said.index(phrases["group_also"]) < said.index("休学创业保留学籍")
