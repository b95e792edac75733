"""One support a file: its policy, its place among the others, and the text of a clause."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.readers.loader import load
from tests.content.sample_folder import LEADERS, POLICY, VENUE, checked, edit, put

ORDERS: list[tuple[dict[str, int], list[str]]] = [
    ({}, ["a", "b", "c"]),
    ({"c": 1}, ["c", "a", "b"]),
    ({"a": 20, "c": 3}, ["c", "a", "b"]),
    ({"a": 1, "c": 1}, ["a", "c", "b"]),
]


def add_support(folder: Path, name: str, clause: str, order: int | None) -> None:
    """Write another support of a clause, with a number among its supports."""
    text = (folder / LEADERS).read_text("utf-8").replace('"1.3"', f'"{clause}"')
    text = text.replace("id: who-leads", f"id: {name}") + (f"order: {order}\n" if order else "")
    put(folder, LEADERS.replace("who-leads", name), text)


def test_supports_stand_in_the_order_of_their_clauses(folder: Path) -> None:
    add_support(folder, "a-first-name", "1.3", None)
    add_support(folder, "z-last-name", "1.10", None)

    assert list(load(folder).supports) == [
        "venue-grant",
        "z-last-name",
        "leave-of-absence",
        "a-first-name",
        "who-leads",
    ]


@pytest.mark.parametrize(("orders", "expected"), ORDERS)
def test_supports_of_a_clause_stand_by_their_number_and_then_by_id(
    folder: Path, orders: dict[str, int], expected: list[str]
) -> None:
    for name in ("c", "b", "a"):
        add_support(folder, name, "1.10", orders.get(name))

    assert [name for name in load(folder).supports if len(name) == 1] == expected


def test_a_support_belongs_to_the_policy_of_its_folder(folder: Path) -> None:
    assert load(folder).supports["venue-grant"].policy == "town-2016"


def test_a_clause_may_be_broken_into_lines_and_an_empty_line_ends_a_paragraph(
    folder: Path,
) -> None:
    assert load(folder).clauses["1.10"].text.count("\n") == 0

    edit(folder, POLICY, "服务。\n", "服务。\n\n")
    first, second = load(folder).clauses["1.10"].text.split("\n")
    assert first.endswith("服务。")
    assert second.startswith("(责任单位")
    assert checked(folder) == []


def test_a_number_that_is_none_is_refused(folder: Path) -> None:
    edit(folder, VENUE, "title: 场地补助", "order: 一\ntitle: 场地补助")

    assert any("“order”要写一个整数" in problem.message for problem in checked(folder))


def test_later_rules_stand_newest_first(folder: Path) -> None:
    text = (folder / "later_rules/2024-loans.yaml").read_text("utf-8")
    put(folder, "later_rules/2016-a.yaml", text.replace("date: 2024-05", "date: 2016-05"))
    put(
        folder, "later_rules/2026-b.yaml", text.replace("date: 2024-05", "date: 2026-01-02 起施行")
    )

    dates = [update.dated for update in load(folder).supports["venue-grant"].updates]
    assert dates == ["2026-01-02 起施行", "2024-05", "2016-05"]
