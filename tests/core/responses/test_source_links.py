"""Links to the sources that a reply names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.core.domain.knowledge import Bureau
from bot.core.domain.replies import Link, Reply
from bot.core.responses.phrasebook import Phrasebook, source_name
from bot.core.responses.source_links import MAX_SOURCES, SourceLinks
from tests.core.small_knowledge import LOAN_RULE, knowledge, support

DAY = date(2026, 1, 1)


def linked(text: str, *links: Link, **changes: object) -> tuple[Link, ...]:
    known = knowledge(**changes)
    reply = SourceLinks(known).added(Phrasebook(known, DAY), Reply(text, links=links))
    return reply.links


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("日报 2024-05-29，http://a.example/1.html?x=1", "日报 2024-05-29"),
        ("http://a.example/1.html", ""),
        ("公告", "公告"),
    ],
)
def test_the_name_of_a_source_has_no_address(source: str, name: str) -> None:
    assert source_name(source) == name


def test_a_rule_that_the_text_names_is_linked_with_issuer_and_year() -> None:
    (link,) = linked("最高30万元（2024-05《贷款新办法》）")
    assert link == Link(f"来源：{LOAN_RULE.issuer} 2024（政府网页）", "http://gx.example/1.html")


def test_a_text_without_a_rule_has_no_link() -> None:
    assert linked("最高30万元") == ()


def test_a_link_is_not_added_twice() -> None:
    known = Link("x", "http://gx.example/1.html")
    assert linked("《贷款新办法》", known) == (known,)


def test_a_reply_links_a_few_sources_only() -> None:
    numbers = range(MAX_SOURCES + 2)
    updates = tuple(
        replace(LOAN_RULE, title=f"办法{n}", source=f"http://a.example/{n}") for n in numbers
    )
    text = "".join(f"《{update.title}》" for update in updates)
    supports = {"many": support("many", updates=updates)}
    assert len(linked(text, supports=supports)) == MAX_SOURCES


def test_the_page_of_a_bureau_and_the_proof_of_its_name_are_linked() -> None:
    bureau = Bureau(
        "教育局",
        now="柳州市学习局",
        source="日报，http://proof.example",
        verified="2025-01-02",
        url="http://office.example",
    )
    known = knowledge(bureaus={"教育局": bureau})
    text = Phrasebook(known, DAY).present_name("教育局")
    assert "http" not in text
    links = linked(text, bureaus={"教育局": bureau})
    assert [link.url for link in links] == ["http://office.example", "http://proof.example"]
