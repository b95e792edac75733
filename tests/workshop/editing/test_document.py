"""An edit changes its own lines, keeps the rest byte for byte, and reads back as meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.errors import EditRefused
from bot.workshop.editing.document import Document
from bot.workshop.editing.yaml_text import Flow, Plain, Value, block
from tests.knowledge_base import KNOWLEDGE

SAMPLE = b"""# head
id: "1.2"
empty:
flow: [a, "b, c"]   # why
none: []
both: {x: 1, list: [p]}
block:
  - one
  - "two"  # second

  # about the next key
literal: |-
  first

  # no comment
entries:
  - id: alpha
    words: [w]

  - id: beta
    words:
# tail
"""
# Texts that YAML reads as something else, or refuses, where no quotes stand around them.
HOSTILE = (
    "a: b", "a:", "- a", "# a", "a # b", "a #b", "[a", "{a: b}", "a, b", "甲，乙", "*a", "&a",
    "!a", "%a", "@a", "`a", "| a", "> a", "? a", "'a", '"a', 'a"b\\n', "it's \"a\"", "12345",
    "1.10", "no", "true", "null", "~", "2024-05-01", "0771", "<<", "=", "---", "...", "--- a",
    "a:\tb", "甲 乙", "a\\", "é", "😀", "：", "a ： b", "“a”", "^", " a", "a ", "12:30:45",
    "0x1F", ".inf",
)  # fmt: skip


def document(data: bytes = SAMPLE) -> Document:
    return Document("sample.yaml", data)


def changed(before: bytes, after: bytes) -> list[str]:
    old, new = (data.decode().split("\n") for data in (before, after))
    return [each for each in difflib.ndiff(old, new) if each[:1] in "+-"]


@pytest.mark.parametrize(
    ("path", "value", "lines"),
    [
        (("block",), "three", ["+   - three"]),
        (("empty",), "one", ["+   - one"]),
        (("flow",), "d", ['- flow: [a, "b, c"]   # why', '+ flow: [a, "b, c", d]   # why']),
        (("none",), "a, b", ["- none: []", '+ none: ["a, b"]']),
        (
            ("both", "list"),
            "q",
            ["- both: {x: 1, list: [p]}", "+ both: {x: 1, list: [p, q]}"],
        ),
        (("entries", "beta", "words"), "w", ["+       - w"]),
        (("entries", "0", "words"), "v", ["-     words: [w]", "+     words: [w, v]"]),
        (
            ("entries",),
            {"id": "gamma", "words": Flow(["a", "b"])},
            ["+ ", "+   - id: gamma", "+     words: [a, b]"],
        ),
    ],
)
def test_an_appended_item_adds_only_its_own_lines(
    path: tuple[str, ...], value: Value, lines: list[str]
) -> None:
    edited = document()
    line = edited.append(path, value)
    assert changed(SAMPLE, edited.bytes) == lines
    shown = next(each for each in lines if each.startswith("+ ") and each.strip() != "+")
    assert edited.text.split("\n")[line - 1] == shown[2:]


@pytest.mark.parametrize(
    ("path", "value", "lines"),
    [
        (("id",), "1.3", ['- id: "1.2"', '+ id: "1.3"']),
        (("empty",), "now", ["- empty:", "+ empty: now"]),
        (("empty",), "a: b", ["- empty:", '+ empty: "a: b"']),
        (("both", "x"), "2, 3", ["- both: {x: 1,", '+ both: {x: "2, 3",']),
        (("both", "y"), "1", ["- both: {x: 1, list: [p]}", '+ both: {x: 1, list: [p], y: "1"}']),
        (("new",), "a", ["+ new: a"]),
        (("new",), ["a", "b"], ["+ new:", "+   - a", "+   - b"]),
        (("new",), "a\nb", ["+ new: |-", "+   a", "+   b"]),
        (("entries", "alpha", "title"), "甲", ["+     title: 甲"]),
        (("flow",), ["c"], ['- flow: [a, "b, c"]   # why', "+ flow: [c]   # why"]),
    ],
)
def test_a_value_that_is_set_changes_only_its_own_lines(
    path: tuple[str, ...], value: Value, lines: list[str]
) -> None:
    edited = document()
    edited.set(path, value)
    found = changed(SAMPLE, edited.bytes)
    assert [each[: len(line)] for each, line in zip(found, lines, strict=True)] == lines


def test_a_new_key_stands_behind_the_one_that_is_named() -> None:
    edited = document()
    edited.set(("status",), "open", after=("absent", "id"))
    assert edited.text.startswith('# head\nid: "1.2"\nstatus: open\nempty:\n')
    assert edited.line(("status",)) == 3
    edited.comment_above(("status",), "asked\nthe bureau")
    assert '\nid: "1.2"\n# asked the bureau\nstatus: open\n' in edited.text


def test_a_number_stays_without_quotes_and_a_text_keeps_them() -> None:
    edited = document(b'year: 2020\nend: 2020-01-01\ncode: "7"\ntext: a\n')
    for key, value in (("year", "2021"), ("end", "2021-01-01"), ("code", "8"), ("text", "9")):
        edited.set((key,), value)
    edited.set(("new",), Plain("true"))
    assert edited.text == 'year: 2021\nend: 2021-01-01\ncode: "8"\ntext: "9"\nnew: true\n'


def test_a_removed_item_takes_only_its_own_line_along() -> None:
    edited = document()
    assert edited.remove(("block", "0")) == 8
    assert changed(SAMPLE, edited.bytes) == ["-   - one"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (("blok",), "没有“blok”（是不是想写“block”）"),
        (("entries", "alfa", "words"), "没有“entries › alfa”（是不是想写“alpha”）"),
        (("id",), "不是列表"),
        (("id", "x"), "没有"),
    ],
)
def test_a_list_that_does_not_exist_is_refused(path: tuple[str, ...], said: str) -> None:
    edited = document()
    with pytest.raises(EditRefused, match=said):
        edited.append(path, "x")
    assert edited.bytes == SAMPLE


def test_lines_with_comments_are_not_overwritten() -> None:
    edited = document()
    with pytest.raises(EditRefused, match="直接改文件"):
        edited.set(("block",), ["x"])
    assert edited.bytes == SAMPLE


def test_a_broken_file_is_refused_with_its_problem() -> None:
    with pytest.raises(EditRefused, match=r"sample\.yaml:2"):
        document(b"a: [b\n")


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfa:\r\n  - b\r\nc: d\r\n", b"a:\r\n  - b"])
def test_marks_and_line_ends_of_other_systems_stay(data: bytes) -> None:
    edited = document(data)
    edited.append(("a",), "x")
    assert edited.bytes == data.replace(b"- b", b"- b\r\n  - x")


texts = st.text(min_size=1, max_size=30) | st.sampled_from(HOSTILE)


@given(texts)
@settings(max_examples=50)
def test_any_text_reads_back_unchanged_or_is_refused(text: str) -> None:
    for path in (("block",), ("flow",), ("both", "list")):
        edited = document()
        try:
            edited.append(path, text)
        except EditRefused:
            assert edited.bytes == SAMPLE
        else:
            assert Document("again.yaml", edited.bytes).value(path)[-1] == text
    for path in (("id",), ("empty",), ("both", "x"), ("new",)):
        edited = document()
        try:
            edited.set(path, text)
        except EditRefused:
            assert edited.bytes == SAMPLE
        else:
            assert Document("again.yaml", edited.bytes).value(path) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_what_yaml_reads_differently_is_quoted_rightly(text: str) -> None:
    for path in (("block",), ("flow",)):
        edited = document()
        if "\t" in text:
            with pytest.raises(EditRefused):
                edited.append(path, text)
        else:
            edited.append(path, text)
            assert edited.value(path)[-1] == text


def test_a_text_that_would_read_differently_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.workshop.editing.document.inline", str)
    edited = document()
    with pytest.raises(EditRefused, match="别的意思"):
        edited.append(("flow",), "a, b")
    assert edited.bytes == SAMPLE


values = st.recursive(
    st.text("ab：#-,[{\"' \n1", min_size=1, max_size=6),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "no", "1"]), inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.just("top"), values, min_size=1))
@example({"top": [[{"a": "x"}]]})
@settings(max_examples=100)
def test_a_rendered_value_reads_back_or_is_refused(value: dict[str, Any]) -> None:
    for written in (value, {"top": Flow([value["top"]])}):
        text = "\n".join(block(written, 0)) + "\n"
        try:
            found = document(text.encode()).data
        except EditRefused:
            continue
        top = value["top"]
        assert found == {"top": [top] if written is not value else top}


def block_lists(data: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Return the path of each list of texts."""
    if isinstance(data, dict):
        for key, each in data.items():
            yield from block_lists(each, (*above, key))
    elif isinstance(data, list):
        if data and all(isinstance(each, str) for each in data):
            yield above
        for number, each in enumerate(data):
            yield from block_lists(each, (*above, str(number)))


def test_an_edit_of_any_knowledge_file_changes_one_line_and_can_be_taken_back() -> None:
    tried = 0
    for path in sorted(KNOWLEDGE.rglob("*.yaml")):
        data = path.read_bytes()
        edited = Document(path.name, data)
        assert edited.bytes == data
        for place in list(block_lists(edited.data))[-1:]:
            number = str(len(edited.value(place)))
            line = edited.append(place, "新的一句: #1")
            was, now = (each.decode().split("\n") for each in (data, edited.bytes))
            assert now[line - 1] != was[line - 1]
            if len(now) == len(was):
                assert now[line:] == was[line:]
                edited = Document(path.name, data)
            else:
                assert now[line:] == was[line - 1 :]
                assert edited.remove((*place, number)) == line
                assert edited.bytes == data
            tried += 1
    assert tried > 100
