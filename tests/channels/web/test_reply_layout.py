"""Lines, URLs and cards of a reply on the page."""

from __future__ import annotations

import pytest

from bot.channels.web.reply_layout import Line, lay_out_cards, split_lines, split_urls


def test_labels_warnings_items_and_the_question_are_recognised() -> None:
    text = "可以。\n牵头：市教育局\n⚠ 请核实\n· 一项：好\n回到刚才的问题：哪一步了？\n\n"
    assert split_lines(text, "哪一步了？") == [
        Line("", "", "可以。"),
        Line("", "牵头：", "市教育局"),
        Line("warn", "", "⚠ 请核实"),
        Line("item", "", "· 一项：好"),
        Line("question", "", "回到刚才的问题：哪一步了？"),
        Line("", "", ""),
        Line("", "", ""),
    ]


def test_a_colon_late_in_a_sentence_makes_no_label() -> None:
    assert split_lines("这句话很长很长很长很长：不是标签")[0].label == ""
    assert split_lines("“甲”：乙")[0].label == ""


def test_a_source_in_brackets_makes_no_label() -> None:
    assert split_lines("（来源：https://a.cn/1，政府网页）") == [
        Line("", "", "（来源：https://a.cn/1，政府网页）")
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("没有网址", ["没有网址"]),
        (
            "（来源：https://a.cn/1.html?x=1&y=2，政府网页）又见 http://b.cn/）",
            ["（来源：", "https://a.cn/1.html?x=1&y=2", "，政府网页）又见 ", "http://b.cn/", "）"],
        ),
        ("javascript:alert(1) https://", ["javascript:alert(1) https://"]),
    ],
)
def test_urls_are_separated_from_the_text_around_them(text: str, parts: list[str]) -> None:
    assert split_urls(text) == parts


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
    shown = lay_out_cards(reply)
    assert shown["text"] == "看结果：\n⚠ 请核实"
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
    shown = lay_out_cards(
        {"text": "· 甲\n请说。", "choices": [], "cards": [{"support": "a", "title": "甲"}]}
    )
    assert (shown["text"], shown.get("after")) == ("请说。", None)


def test_a_bubble_of_warnings_only_gets_the_first_heading() -> None:
    reply = {
        "text": "也适合您的：\n· 甲——甲局牵头\n可能适合：\n· 乙\n说“更多”接着看。\n⚠ 请核实",
        "choices": [],
        "cards": [{"support": "a", "title": "甲"}, {"support": "b", "title": "乙"}],
    }
    shown = lay_out_cards(reply)
    assert shown["text"] == "也适合您的：\n⚠ 请核实"
    assert shown["after"] == "说“更多”接着看。"
    assert [card.get("head") for card in shown["cards"]] == [None, "可能适合"]


def test_a_reply_without_cards_stays_unchanged() -> None:
    reply = {"text": "· 甲", "choices": [{"id": "s:a", "label": "甲"}]}
    assert lay_out_cards(reply) == reply
