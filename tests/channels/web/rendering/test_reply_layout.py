"""Blocks, links and choices of a reply on the page."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.web.rendering.reply_layout import Part, asks, lay_out, link_parts
from bot.core.domain.replies import Line, Reply, Role
from bot.core.domain.session import Option
from tests.channels.lined_replies import reply_of
from tests.channels.web.scripted_guide import PHRASES, small_knowledge


def blocks_of(*lines: Line, question: str = "") -> list[dict[str, Any]]:
    """Return the blocks of a reply with these lines."""
    blocks: list[dict[str, Any]] = lay_out(reply_of(lines).dump(), small_knowledge(), question)[
        "blocks"
    ]
    return blocks


def kinds_of(*choices: str, lines: tuple[Line, ...] = ()) -> list[tuple[str, str]]:
    """Return ids and kinds of the choices as shown."""
    reply = reply_of(lines, (Option(c, c) for c in choices))
    shown = lay_out(reply.dump(), small_knowledge())
    return [(choice["id"], choice["kind"]) for choice in shown["choices"]]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("没有网址", ["没有网址"]),
        (
            "（来源：https://www.a.cn/1.html?x=1&y=2，政府网页）又见 http://b.cn:8080/）",
            [
                "（来源：",
                {"label": "a.cn\u00a0↗", "url": "https://www.a.cn/1.html?x=1&y=2"},
                "，政府网页）又见 ",
                {"label": "b.cn\u00a0↗", "url": "http://b.cn:8080/"},
                "）",
            ],
        ),
        ("http://[::1", [{"label": "http://[::1\u00a0↗", "url": "http://[::1"}]),
        ("javascript:alert(1) https://", ["javascript:alert(1) https://"]),
        ("", []),
    ],
)
def test_a_url_becomes_a_link_named_by_its_host(text: str, parts: list[Part]) -> None:
    assert link_parts(text) == parts


def test_the_first_line_of_the_answer_leads_and_facts_are_rows() -> None:
    assert blocks_of(
        Line(Role.NOTED, "记下了：身份。"),
        Line(Role.ANSWER, "能。"),
        Line(Role.ANSWER, "还有。"),
        Line(Role.FACT, "找谁：市教育局"),
        Line(Role.FACT, "这是一整句没有标签的话。"),
        Line(Role.FACT, "这句话前面的字太多了：不是标签"),
    ) == [
        {"role": "noted", "parts": ["记下了：身份。"]},
        {"role": "lead", "parts": ["能。"]},
        {"role": "answer", "parts": ["还有。"]},
        {"role": "row", "label": "找谁", "parts": ["市教育局"]},
        {"role": "fact", "parts": ["这是一整句没有标签的话。"]},
        {"role": "fact", "parts": ["这句话前面的字太多了：不是标签"]},
    ]


def test_the_quote_is_folded_below_its_basis_and_silences_below_their_name() -> None:
    blocks = blocks_of(
        Line(Role.ANSWER, "能。"),
        Line(Role.QUOTE, "原文：“甲”"),
        Line(Role.FACT, "还要看：乙"),
        Line(Role.BASIS, "依据：二（三）2"),
        Line(Role.BASIS, "牵头：市教育局"),
        Line(Role.SILENT, "原文没有写：额度"),
    )
    assert [block["role"] for block in blocks] == ["lead", "row", "fold", "basis", "fold"]
    assert blocks[2] == {
        "role": "fold",
        "title": ["原文 · 依据：二（三）2"],
        "lines": [["原文：“甲”"]],
        "open": False,
    }
    assert blocks[4]["title"] == ["原文没有写的"]
    assert blocks[4]["lines"] == [["原文没有写：额度"]]


def test_a_quote_without_basis_or_answer_is_open() -> None:
    (only,) = blocks_of(Line(Role.QUOTE, "原文：“甲”"))
    assert (only["title"], only["open"]) == (["原文"], True)


def test_lines_of_later_rules_stand_together() -> None:
    blocks = blocks_of(
        Line(Role.LATER, "后来的规定：2024-05"),
        Line(Role.LATER, "https://a.cn/1"),
        Line(Role.WARNING, "⚠ 请核实"),
    )
    link = {"label": "a.cn\u00a0↗", "url": "https://a.cn/1"}
    assert blocks[0] == {"role": "later", "lines": [["后来的规定：2024-05"], [link]]}
    assert blocks[1] == {"role": "warning", "parts": ["⚠ 请核实"]}


def test_the_pending_question_and_its_step_are_told_apart() -> None:
    lines = (Line(Role.QUESTION, "第 1 步，共 4 步"), Line(Role.QUESTION, "哪一步了？"))
    blocks = blocks_of(*lines, question="哪一步了？")
    assert [block["role"] for block in blocks] == ["step", "question"]
    plain = Reply("您好。\n回到刚才的问题：哪一步了？").dump()
    shown = lay_out(plain, small_knowledge(), "哪一步了？")
    assert [block["role"] for block in shown["blocks"]] == ["plain", "question"]
    assert asks(shown)
    assert not asks(lay_out(plain, small_knowledge()))


def test_the_summary_of_the_answers_has_a_choice_to_change_each() -> None:
    text = "\n".join(
        [PHRASES["me_head"], "· 身份：在校学生", "· 以前：退役军人", PHRASES["me_hint"]]
    )
    choices = (Option("c:edit:identity", "改身份"), Option("c:results", "看结果"))
    shown = lay_out(Reply(text, choices).dump(), small_knowledge())
    assert shown["blocks"][1:] == [
        {
            "role": "row",
            "label": "身份",
            "parts": ["在校学生"],
            "change": {"id": "c:edit:identity", "label": "改"},
        },
        {"role": "plain", "parts": ["· 以前：退役军人"]},
    ]
    assert [choice["id"] for choice in shown["choices"]] == ["c:results"]


def test_choices_are_ordered_by_what_they_are_for() -> None:
    ids = ("c:useful:x", "c:skip", "f:who:x", "a:stage:idea", "c:start", "c:useless:x")
    assert kinds_of(*ids) == [
        ("a:stage:idea", "answer"),
        ("f:who:x", "next"),
        ("c:start", "next"),
        ("c:skip", "quiet"),
        ("c:useful:x", "rate"),
        ("c:useless:x", "rate"),
    ]


def test_the_choice_of_the_quote_is_left_out_where_the_quote_is_folded() -> None:
    quoted = (Line(Role.ANSWER, "能。"), Line(Role.QUOTE, "原文：“甲”"))
    silent = (Line(Role.ANSWER, "能。"), Line(Role.SILENT, "原文没有写：额度"))
    assert kinds_of("f:text:x", lines=quoted) == []
    assert kinds_of("f:text:x", lines=silent) == [("f:text:x", "next")]
    assert kinds_of("f:text:x", lines=quoted[:1]) == [("f:text:x", "next")]
