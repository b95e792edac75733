"""The state of the workshop: what is live, what the service reported, what is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from bot.content.readers.loader import load
from bot.core.domain.knowledge import Knowledge, PolicyStatus, SupportStatus
from bot.errors import Problem
from bot.workshop.effects.last_reload import FILE, EffectsSummary
from bot.workshop.status import (
    MOST_PROBLEMS,
    Due,
    ServiceFile,
    ServiceReport,
    due,
    read_status,
    refusal,
)
from tests.content.sample_folder import POLICY, RULE, VENUE, build, edit, problems_of
from tests.workshop.publishing_folder import NOON, Desk, write

TODAY = date(2026, 11, 30)
BUREAUS = "bureaus.yaml"
UNPROVEN = (BUREAUS, "今天叫什么、怎么找没有核实过（confidence: U）")


def whys(knowledge: Knowledge, today: date = TODAY) -> set[tuple[str, str]]:
    """Return place and reason of everything that is due."""
    return {(each.place, each.why) for each in due(knowledge, today)}


def test_what_is_due_for_review_is_named_on_that_day(tmp_path: Path) -> None:
    folder = build(tmp_path / "knowledge")
    edit(folder, VENUE, "status: open\n", "status: open\nreview_by: 2026-12-01\n")
    edit(folder, POLICY, "doc_no:\n", "doc_no:\nreview_by: 2026-11-30\n")
    edit(folder, BUREAUS, "{name: 教育局}", "{name: 教育局, review_by: 2026-10-01}")
    edit(folder, BUREAUS, '{number: "12345",', '{number: "12345", review_by: 2026-11-29,')
    edit(folder, RULE, "issuer:", "review_by: 2026-12-01\nissuer:")
    knowledge = load(folder)
    policy = (POLICY, "该复查了：review_by 写的是 2026-11-30")
    bureau = (BUREAUS, "该复查了：review_by 写的是 2026-10-01")
    hotline = (BUREAUS, "该复查了：review_by 写的是 2026-11-29")
    rule = (RULE, "该复查了：review_by 写的是 2026-12-01")
    support = (VENUE, "该复查了：review_by 写的是 2026-12-01")
    unverified = (POLICY, "没有核实过还执不执行")
    now = {policy, bureau, hotline, unverified, UNPROVEN}
    assert whys(knowledge) == now
    assert whys(knowledge, TODAY + timedelta(days=1)) == {*now, support, rule}


def test_a_later_rule_that_is_over_and_a_bureau_without_proof_are_named(tmp_path: Path) -> None:
    folder = build(tmp_path / "knowledge")
    edit(folder, RULE, "2027-12-31", "2026-11-29")
    found = [each for each in due(load(folder), TODAY) if each.place in (RULE, BUREAUS)]
    assert found[0] == Due(RULE, "新办法", "有效期到 2026-11-29 为止")
    assert [each.title for each in found[1:]] == ["财政局", "教育局"]
    edit(folder, BUREAUS, "{name: 教育局}", "{name: 教育局, confidence: B}")
    assert [each.title for each in due(load(folder), TODAY) if each.place == BUREAUS] == ["财政局"]


def test_a_review_date_that_is_none_is_a_problem(tmp_path: Path) -> None:
    folder = build(tmp_path / "knowledge")
    line = edit(folder, VENUE, "status: open\n", "status: open\nreview_by: 明年\n")
    [problem] = problems_of(folder)
    assert (problem.file, problem.line) == (VENUE, line + 1)
    assert "review_by" in problem.message


def test_what_is_closed_or_over_is_named(tmp_path: Path) -> None:
    knowledge = load(build(tmp_path / "knowledge"))
    [policy] = knowledge.policies.values()
    venue, leave, lead = knowledge.supports.values()
    changed = replace(
        knowledge,
        policies={policy.id: replace(policy, status=PolicyStatus.SUPERSEDED)},
        supports={
            venue.id: replace(venue, valid_until=date(2026, 11, 29)),
            leave.id: replace(leave, status=SupportStatus.EXHAUSTED),
            lead.id: replace(lead, status=SupportStatus.UNVERIFIED),
        },
        bureaus={},
    )
    assert [each.why for each in due(changed, TODAY)] == [
        "被新文件代替",
        "有效期到 2026-11-29 为止",
        "用完了",
        "没有核实过",
    ]
    assert [*due(changed, TODAY)][1] == Due(VENUE, venue.title, "有效期到 2026-11-29 为止")


async def test_the_state_says_what_is_live_and_how_the_draft_differs(desk: Desk) -> None:
    before = await read_status(desk.live, desk.draft, None, TODAY)
    assert (before.entry, before.unnoted, before.draft) == (None, True, None)
    await desk.publisher.draft(desk.draft, "小王")
    write(desk.draft, {"phrases/a.yaml": b"a: 2\n"})
    published = await desk.publisher.publish(desk.draft, "小王", "改")
    write(desk.draft, {"phrases/b.yaml": b"b: 3\n"})
    now = await read_status(desk.live, desk.draft, None, TODAY)
    assert (now.entry, now.unnoted) == (published.entry, False)
    assert now.draft
    assert now.draft.own.names == ("phrases/b.yaml",)
    write(desk.folder, {"phrases/a.yaml": b"saved\n"})
    assert (await read_status(desk.live, desk.draft, None, TODAY)).unnoted
    (desk.draft / ".base.json").write_bytes(b"{}")
    assert "读不出来" in (await read_status(desk.live, desk.draft, None, TODAY)).draft_problem


async def test_the_effects_of_the_last_change_are_those_of_the_version_that_is_served(
    desk: Desk,
) -> None:
    service = ServiceFile(desk.live.data)
    effects = EffectsSummary("v0", "v1", 9, {"regressions": 0}, "什么都没有变")
    file = desk.home / FILE
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(effects.dump())
    assert (await read_status(desk.live, desk.draft, None, TODAY)).effects is None
    service.write(ServiceReport("v1", "d", "s", "t"))
    assert (await read_status(desk.live, desk.draft, None, TODAY)).effects == effects
    service.write(ServiceReport("v2", "d", "s", "t"))
    assert (await read_status(desk.live, desk.draft, None, TODAY)).effects is None


def test_the_report_of_the_service_is_read_by_others(tmp_path: Path) -> None:
    mine, other = ServiceFile(tmp_path / "data"), ServiceFile(tmp_path / "data")
    assert (other.read(), other.running) == (None, False)
    problems = [Problem("a.yaml", n, "坏") for n in range(30)]
    report = ServiceReport("v", "d", "s", "t", True, refusal(NOON, problems, 30))
    mine.hold()
    mine.write(report)
    assert other.read() == report
    assert report.refused
    assert (report.refused.count, len(report.refused.problems)) == (30, MOST_PROBLEMS)
    assert report.refused.problems[0] == "a.yaml:0: 坏"
    assert other.running
    other.hold()
    mine.hold()
    mine.release()
    assert not other.running
    other.hold()
    assert mine.running
    (tmp_path / "data" / "service.json").write_bytes(b'{"version": 1')
    assert other.read() is None
