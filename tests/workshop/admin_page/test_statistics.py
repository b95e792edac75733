"""The statistics show sums, plots with a table, and nothing of a person."""

from __future__ import annotations

import re

from bot.channels.web.statistics.plots import HEIGHT, WIDTH
from bot.service.count_port import CountKind, DailyCount
from tests.workshop.admin_page.office import Office

DAY = "2026-11-30"


def filled(office: Office) -> Office:
    """Return the office after two days of questions."""
    rows = [
        (DAY, "web", CountKind.PEOPLE, "", 12),
        ("2026-11-29", "wechat", CountKind.PEOPLE, "", 30),
        ("2026-10-01", "web", CountKind.PEOPLE, "", 500),
        (DAY, "web", CountKind.MESSAGE, "", 40),
        (DAY, "web", CountKind.OUTCOME, "answer", 6),
        (DAY, "web", CountKind.OUTCOME, "unknown", 2),
        (DAY, "telegram", CountKind.OUTCOME, "answer", 0),
        (DAY, "web", CountKind.SUPPORT, "<b>gone</b>", 6),
        (DAY, "web", CountKind.ASKED, "identity", 10),
        (DAY, "web", CountKind.GIVEN, "identity", 6),
        (DAY, "web", CountKind.SKIPPED, "identity", 1),
        (DAY, "web", CountKind.USEFUL, "leave", 3),
        (DAY, "web", CountKind.USELESS, "leave", 1),
    ]
    office.counts = [DailyCount(*row) for row in rows]
    return office


async def test_the_sums_of_the_period_are_shown(office: Office) -> None:
    clerk = await filled(office).signed_in()
    page = (await clerk.get("/statistics")).text
    for told in ("42 人次", "40 句", "6 句（75%）", "2 句（25%）", "有用占 75%", "3（30%）"):
        assert told in page, told
    assert "&lt;b&gt;gone&lt;/b&gt;" in page
    assert "542 人次" in (await clerk.get("/statistics?days=90")).text
    for odd in ("0", "-1", "9999999", "x", "³"):
        assert "42 人次" in (await clerk.get(f"/statistics?days={odd}")).text


async def test_a_plot_has_a_text_alternative_and_a_table(office: Office) -> None:
    page = (await (await filled(office).signed_in()).get("/statistics?days=7")).text
    assert page.count("<svg") == page.count('role="img" aria-label=') == 2
    assert '<th scope="row">2026-11-29</th><td class="number">30</td>' in page
    bars = re.findall(r'<rect class="(\w+)" x="([\d.]+)" y="([\d.]+)" .*?height="([\d.]+)"', page)
    assert [name for name, *_ in bars] == ["people", "people", "answer", "unknown"]
    for _, x, y, height in bars:
        assert 0 <= float(x) < WIDTH
        assert 0 <= float(y) + float(height) <= HEIGHT + 0.01
    assert float(bars[0][3]) == HEIGHT  # the day with most people
    assert float(bars[2][2]) == float(bars[3][2]) + float(bars[3][3])  # one stands on the other


async def test_a_service_that_nobody_used_has_statistics(office: Office) -> None:
    page = await (await office.signed_in()).get("/statistics")
    assert page.status_code == 200
    assert "还没有人提问" in page.text
