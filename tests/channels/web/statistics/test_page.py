"""The numbers page with the knowledge that is served: off by default, cached, without a text."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import httpx
import pytest

from bot.channels.web.app import build_web
from bot.channels.web.statistics.page import KEPT_SECONDS
from bot.core.dialogue.manager import KnowledgeBase
from bot.service.count_port import CountKind
from tests.channels.web.catalogue.library import library_deps, reader
from tests.channels.web.catalogue.test_pages import is_small, text_of
from tests.channels.web.html_check import HtmlCheck
from tests.channels.web.web_client import client_of

NOW = datetime(2026, 11, 30, 4, tzinfo=UTC)
LOAN = "startup-guarantee-loan"
TOPIC = "other-cities"
WEEK = ("2026-11-23", "2026-11-30")
MONTH = ("2026-10-01", "2026-11-01")
SUMS: Mapping[tuple[CountKind, str], int] = {
    (CountKind.STARTED, ""): 23,
    (CountKind.OUTCOME, "answer"): 41,
    (CountKind.OUTCOME, "unknown"): 4,
    (CountKind.OUTCOME, "out_of_scope"): 12,
    (CountKind.SUPPORT, LOAN): 17,
    (CountKind.SUPPORT, "leave-and-keep-enrolment"): 4,
    (CountKind.SUPPORT, "<b>gone</b>"): 90,
    (CountKind.TOPIC, TOPIC): 8,
    (CountKind.TOPIC, "gone"): 80,
}


@dataclass
class Counted:
    """A store of counts that notes what was read."""

    sums: dict[tuple[str, str], Mapping[tuple[CountKind, str], int]] = field(
        default_factory=lambda: {WEEK: SUMS, MONTH: SUMS}
    )
    read: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    async def count_sums(self, first: str, end: str) -> Mapping[tuple[CountKind, str], int]:
        """Return the sums of a period."""
        self.read.append((first, end))
        return self.sums.get((first, end), {})


def numbers(base: KnowledgeBase, counted: Counted) -> httpx.AsyncClient:
    """Return a client of a web app with the numbers page."""
    deps = replace(
        library_deps(base),
        count_sums=counted.count_sums,
        clock=lambda: NOW,
        monotonic=lambda: counted.seconds,
    )
    return client_of(build_web(deps))


@pytest.mark.parametrize("path", ["/stats", "/api/v1/stats", "/api/v1/stats.csv"])
async def test_without_the_setting_there_is_no_page(base: KnowledgeBase, path: str) -> None:
    async with reader(base) as http:
        assert (await http.get(path)).status_code == 404


async def test_the_page_has_the_public_figures_and_nothing_small(base: KnowledgeBase) -> None:
    knowledge = base.knowledge
    async with numbers(base, Counted()) as http:
        response = await http.get("/stats")
    page = HtmlCheck(response.text)
    said = text_of(response.text)
    assert page.faults == []
    assert is_small(response.text)
    for title, shown in (
        (knowledge.supports[LOAN].title, True),
        (knowledge.signposts[TOPIC].title, True),
        (knowledge.supports["leave-and-keep-enrolment"].title, False),
        ("gone", False),
    ):
        assert (title in said) is shown, title
    assert f"/supports/{LOAN}" in page.links
    assert '<meta name="robots" content="noindex">' in response.text


async def test_the_plot_stands_above_a_table_with_the_same_figures(base: KnowledgeBase) -> None:
    async with numbers(base, Counted()) as http:
        page = (await http.get("/stats")).text
    assert page.count("<svg") == page.count('role="img" aria-label=') == 1
    assert page.count("<rect") == 2  # answered, and elsewhere
    row = page.partition("2026-11-23 起<")[2].partition("</tr>")[0]
    cells = [cell.partition("</td>")[0] for cell in row.split("<td>")[1:]]
    assert cells == ["20", "40", "不到 5", "10", "不到 5"]


async def test_months_are_a_page_of_their_own_and_nonsense_is_a_week(base: KnowledgeBase) -> None:
    async with numbers(base, Counted()) as http:
        weeks = (await http.get("/stats")).text
        months = (await http.get("/stats?per=month")).text
        for odd in ("", "year", "<script>", "%00", "week&per=x"):
            assert (await http.get(f"/stats?per={odd}")).text == weeks
    assert "2026-10</th>" in months
    assert HtmlCheck(months).faults == []


async def test_a_service_that_nobody_used_says_so(base: KnowledgeBase) -> None:
    async with numbers(base, Counted({})) as http:
        page = (await http.get("/stats")).text
        data = (await http.get("/api/v1/stats")).json()
    assert "还没有数字可看" in page
    assert "<svg" not in page
    assert (data["periods"], data["supports"], data["topics"]) == ([], [], [])


async def test_json_and_csv_have_the_figures_of_the_page(base: KnowledgeBase) -> None:
    async with numbers(base, Counted()) as http:
        response = await http.get("/api/v1/stats?per=month")
        table = await http.get("/api/v1/stats.csv?per=month")
        refused = await http.get("/api/v1/stats?per=day")
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.json() == {
        "per": "month",
        "rounded_to": 5,
        "periods": [
            {
                "first": "2026-10-01",
                "last": "2026-10-31",
                "started": 20,
                "answer": 40,
                "clarify": None,
                "out_of_scope": 10,
                "unknown": None,
            }
        ],
        "supports": [{"id": LOAN, "title": "创业担保贷款", "count": 15}],
        "topics": [{"id": TOPIC, "title": "其他城市的政策", "count": 5}],
    }
    assert table.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"), newline="")))
    assert [(row["类别"], row["编号"], row["次数"]) for row in rows] == [
        ("新来的对话", "", "20"),
        ("答上了", "", "40"),
        ("文件不管的", "", "10"),
        ("问到这一项扶持", LOAN, "15"),
        ("问到文件不管的这件事", TOPIC, "5"),
    ]
    assert {(row["从"], row["到"]) for row in rows} == {("2026-10-01", "2026-10-31")}
    assert (refused.status_code, refused.json()) == (
        422,
        {"error": "per 只能是 week 或 month。"},
    )


async def test_the_counts_are_read_once_in_a_while_and_pages_are_not_sent_again(
    base: KnowledgeBase,
) -> None:
    counted = Counted()
    async with numbers(base, counted) as http:
        for path in ("/stats", "/api/v1/stats", "/api/v1/stats.csv"):
            first = await http.get(path)
            assert "public, max-age=" in first.headers["cache-control"]
            again = await http.get(path, headers={"If-None-Match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
        assert len(counted.read) == 12
        counted.sums[WEEK] = {(CountKind.OUTCOME, "answer"): 500}
        assert (await http.get("/stats")).status_code == 200
        assert len(counted.read) == 12
        counted.seconds = KEPT_SECONDS
        assert "500" in (await http.get("/stats")).text
    assert len(counted.read) == 24
