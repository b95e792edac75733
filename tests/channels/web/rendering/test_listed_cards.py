"""Cards of a reply: what they show leaves its text."""

from __future__ import annotations

from typing import Any

from bot.channels.web.rendering.listed_cards import lay_out_cards
from bot.core.domain.replies import Line, Role


def laid_out(reply: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the reply and the text that it keeps; ⚠ begins a warning."""
    roles = {"⚠": Role.WARNING, "·": Role.ITEM}
    texts = reply["text"].split("\n")
    shown, kept = lay_out_cards(reply, [Line(roles.get(t[:1], Role.PLAIN), t) for t in texts])
    return shown, "\n".join(line.text for line in kept)


def test_a_listed_support_is_shown_on_its_card_only() -> None:
    reply = {
        "text": "看结果：\n正对您需求的：\n· 甲——甲局牵头（还要看：丁）\n· 甲乙——乙局牵头\n"
        "可能适合：\n· 丙——还差：阶段\n也可能：\n· 戊——还差：身份\n请说。\n⚠ 请核实",
        "choices": [{"id": "s:a", "label": "甲"}, {"id": "c:more", "label": "更多"}],
        "cards": [
            {"support": "a", "title": "甲"},
            {"support": "b", "title": "甲乙"},
            {"support": "c", "title": "丙"},
        ],
    }
    shown, text = laid_out(reply)
    assert text == "看结果：\n⚠ 请核实"
    assert shown["after"] == "也可能：\n· 戊——还差：身份\n请说。"
    assert shown["choices"] == [{"id": "c:more", "label": "更多"}]
    remarks = [(card.get("head"), card.get("note")) for card in shown["cards"]]
    assert remarks == [
        ("正对您需求的", "甲局牵头（还要看：丁）"),
        (None, "乙局牵头"),
        ("可能适合", "还差：阶段"),
    ]
    assert shown["cards"][0]["ask"] == "s:a"
    assert "ask" not in shown["cards"][1]
    assert len(reply["choices"]) == 2


def test_text_after_the_list_fills_an_empty_bubble() -> None:
    shown, text = laid_out(
        {"text": "· 甲\n请说。", "choices": [], "cards": [{"support": "a", "title": "甲"}]}
    )
    assert (text, shown.get("after")) == ("请说。", None)


def test_a_bubble_of_warnings_only_gets_the_first_heading() -> None:
    reply = {
        "text": "也适合您的：\n· 甲——甲局牵头\n可能适合：\n· 乙\n说“更多”接着看。\n⚠ 请核实",
        "choices": [],
        "cards": [{"support": "a", "title": "甲"}, {"support": "b", "title": "乙"}],
    }
    shown, text = laid_out(reply)
    assert text == "也适合您的：\n⚠ 请核实"
    assert shown["after"] == "说“更多”接着看。"
    assert [card.get("head") for card in shown["cards"]] == [None, "可能适合"]


def test_a_reply_without_cards_stays_unchanged() -> None:
    reply = {"text": "· 甲", "choices": [{"id": "s:a", "label": "甲"}]}
    assert laid_out(reply) == (reply, "· 甲")
