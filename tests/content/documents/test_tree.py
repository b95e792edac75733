"""The YAML parser: scalars stay text, unsafe features are refused, nothing hangs or crashes."""

from __future__ import annotations

import time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.documents.problems import MAX_PER_FILE, Problems
from bot.content.documents.tree import (
    LOADER,
    MAX_BYTES,
    MAX_NODES,
    ListNode,
    MappingNode,
    Node,
    TextNode,
    decode,
    parse,
    walk,
)
from bot.errors import Problem
from tests.content.hostile_yaml import HOSTILE
from tests.content.sample_folder import only

# generous: CI machines are slow; what is guarded against takes minutes or for ever
PATIENCE = 10.0


def tree(text: str | bytes, loader: Any = LOADER) -> tuple[Node | None, list[Problem]]:
    problems = Problems()
    data = text.encode() if isinstance(text, str) else text
    return parse("x.yaml", data, problems, loader), problems.sorted()


def values(text: str) -> dict[str, object]:
    node, problems = tree(text)
    assert not problems
    assert isinstance(node, MappingNode)
    return {key: getattr(value, "value", value) for key, value in node.values.items()}


def test_scalars_stay_the_text_that_was_written() -> None:
    text = "a: 1.10\nb: 0771\nc: no\nd: 12:30\ne: 2016-02-05\nf:\ng: '12345'\nh: 1e3\ni: 0x1F\n"

    assert values(text) == {
        "a": "1.10",
        "b": "0771",
        "c": "no",
        "d": "12:30",
        "e": "2016-02-05",
        "f": "",
        "g": "12345",
        "h": "1e3",
        "i": "0x1F",
    }


@pytest.mark.parametrize("loader", [LOADER, yaml.BaseLoader])
def test_every_node_has_its_line(loader: Any) -> None:
    node, problems = tree("a: 甲\nb:\n  - 乙\n  - {c: 丙}\n", loader)

    assert not problems
    assert isinstance(node, MappingNode)
    assert node.lines == {"a": 1, "b": 2}
    assert [(type(n), n.line) for n in walk(node)] == [
        (MappingNode, 1),
        (TextNode, 1),
        (ListNode, 3),
        (TextNode, 3),
        (MappingNode, 4),
        (TextNode, 4),
    ]


def test_windows_line_ends_and_a_byte_order_mark_are_fine() -> None:
    assert values("\ufeffa: 甲\r\nb: 乙\r\n") == {"a": "甲", "b": "乙"}


def test_blocks_keep_their_line_breaks() -> None:
    assert values("a: |-\n  甲\n\n  乙\n") == {"a": "甲\n\n乙"}


MERGE = "两个人的改动没有合并好"


@pytest.mark.parametrize(
    ("text", "line", "said", "hint"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "第 1 行和第 3 行", "留下一个"),
        ("a: &x 1\n", 1, "锚点", "引号"),
        ("a: 1\nb: *x\n", 2, "引用", "写全"),
        ("a: !!str 1\n", 1, "标签", "引号"),
        ("a: !x {b: 1}\n", 1, "标签", "引号"),
        ("a:\n  <<: 甲\n", 2, "合并键", "写全"),
        ("%YAML 1.1\n---\na: 1\n", 1, "指令", "删掉"),
        ("a: 1\n---\nb: 2\n", 2, "只能有一份", "---"),
        ("? [a, b]\n: 1\n", 1, "键只能是文字", "引号"),
        ("a:\n\tb: 1\n", 2, "制表符", "半角空格"),
        ("a:\n\u3000b: 1\n", 2, "全角空格", "半角空格"),
        ("a:\n \u00a0b: 1\n", 2, "全角空格", "半角空格"),
        ("lead: 市科技局\nnext: 牵头 #市科技局\n", 2, "“#市科技局”被当成注释", "引号"),
        ("- #市科技局\n", 1, "被当成注释", "引号"),
        ("a: >-\n  鼓励\n  创业\n", 1, "加进了空格", "一行"),
        ("a: 鼓励\n  创业\n", 1, "加进了空格", "一行"),
        ('a: "鼓励，\n  创业"\n', 1, "加进了空格", "一行"),
        ("id: a\n标题：甲\nb: 乙\n", 2, "冒号", "半角"),
        ("id: a\ntitle:甲\nb: 乙\n", 2, "冒号", "半角"),
        ("- id: a\n  标题：甲\n  b: 乙\n", 2, "冒号", "半角"),
        ("a: 柳州: 市\n", 1, "冒号", "引号"),
        ("a: [甲, 乙\nb: 1\n", 2, "没有配对", "引号"),
        ("a: {甲: 1\nb: [\n", 2, "没有配对", "引号"),
        ('a: "甲\nb: 1\n', 1, "引号没有配对", "引号"),
        ('a: 1\nb: "甲\nc: 乙\nd: "丙"\n', 2, "没有配对，一直连到了第 4 行", "后一个引号"),
        ("a: 1\nb: '甲\nc: 乙\nd: '丙'\n", 2, "没有配对，一直连到了第 4 行", "后一个引号"),
        ("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> him\n", 2, MERGE, "第 6 行选一边"),
        ("- 甲\n<<<<<<< HEAD\n- 乙\n||||||| base\n=======\n>>>>>>> a\n", 2, MERGE, "第 6 行"),
        ("a: |\n  甲\r\n<<<<<<<\r\n  乙\r\n", 3, MERGE, "这附近选一边"),
        ("a: 1\nb: 3\n>>>>>>> him\n", 3, MERGE, "这附近选一边"),
        ("a: 1\n=======\nb: 3\n", 2, "合并两个人的改动时留下", "删掉这一行"),
        ("a: 1\n姓名\t电话\t地址\nb: 2\n", 2, "Excel", "键: 值"),
        ("a: 1\n姓名,电话,地址\nb: 2\n", 2, "Excel", "键: 值"),
        ("- 甲\t乙\n", 1, "Excel", "- 值"),
        ("a: 甲\t乙\n", 1, "Excel", "- 值"),
        ("a: [甲, 乙］\nb: 1\n", 1, "括号一半是半角", "[ ]"),
        ("a: ［甲, 乙]: 1\nb: 1\n", 1, "括号一半是半角", "[ ]"),
        ("a: [甲， 乙】\nb: 1\n", 1, "括号一半是半角", "[ ]"),
        ("a: ｛b: 1｝\n", 1, "括号是全角", "{ }"),
        ("a: {name}，您好\n", 1, "缩进不齐，或引号", "引号"),
        ('a: "\\q"\n', 1, "反斜杠", "单引号"),
        ("a: @甲\n", 1, "开头", "引号"),
        ("a:\n  - 甲\n - 乙\n", 3, "缩进", ""),
        ("a: - 甲\n", 1, "列表", "另起一行"),
        ("", 1, "空的", "备份"),
        ("# 只有注释\n", 1, "空的", "备份"),
        ("a:\n  - 甲\n  乙\n", 3, "少了开头的“- ”", "空一格"),
        ("a:\n  - 甲\n  -乙\n", 3, "“-”写得不对", "空一格"),
        ("a:\n  - 甲\n  — 乙\n", 3, "“-”写得不对", "半角"),
        ("a:\n  - 甲\n  • 乙\n", 3, "“-”写得不对", "半角"),
        ("a:\n  - 甲\n    - 乙\n  - 丙\n", 3, "接到了上一行后面", "对齐"),
        ("a: 1\nb:\u00a0乙\nc: 3\n", 2, "冒号后面的空格", "英文输入法"),
        ("a: 1\nb:\u3000乙\nc: 3\n", 2, "冒号后面的空格", "英文输入法"),
        ('a:\n  - "问""银行""吗"\n', 2, "引号后面还有字", "“”"),
        ('a: 1\nb: "5.2”\nc: 3\nd: "4"\n', 2, "一半是半角，一半是全角", '"'),
        ('a: 1\nb: “5.2"\nc: {\n', 2, "一半是半角，一半是全角", '"'),
        ("a:\n  b: 1\n   c: 2\n", 3, "缩进多了", "左边对齐"),
        ("a:\n  - b: 1\n    c:\n      - 甲\n      - 乙\n- b: 2\n", 6, "缩进不齐", "对齐"),
        ("a:\n  - b: 1\n c: 2\n", 3, "缩进不齐", "左边对齐"),
        ("- id: a\n  b: 1\n  id: c\n  b: 2\n", 3, "“id”写了两次", "开头要有“- ”"),
    ],
)
def test_invalid_yaml_is_refused_with_line_and_hint(
    text: str, line: int, said: str, hint: str
) -> None:
    _, problems = tree(text)

    problem = only(problems)
    assert problem.line == line
    assert said in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    "text",
    [
        "# 注释\na: 甲 # 注释\n#注释\n",
        "a: '牵头 #市科技局'\n",
        "a: |\n  牵头 #市科技局\nb: 乙\n",
        "a: >-\n  one\n  two\n",
        "a: 在柳州 开店\n",
        "a: |\n  鼓励\n  创业\n",
        "a: C#语言\n",
        "a: 柳政发［2016］3号\n",
        "a: ========\nb: <<<<<<<\n",
        "a: |\n  =======\n  <<<<<<< 甲\n",
    ],
)
def test_what_only_looks_like_a_trap_is_taken(text: str) -> None:
    node, problems = tree(text)

    assert node is not None
    assert not problems


def test_a_comment_that_swallows_the_closing_bracket_is_named_beside_the_broken_list() -> None:
    _, problems = tree("a: [甲 #乙, 丙]\nb: 丁\n")

    assert len(problems) == 2
    assert "“#乙, 丙]”被当成注释丢掉了" in problems[0].message
    assert "没有配对" in problems[1].message


@pytest.mark.parametrize("loader", [LOADER, yaml.BaseLoader])
@pytest.mark.parametrize("escape", ["\\0", "\\x1b", "\\uD800", "\\u200B", "\\UFFFFFFFF", "\\L"])
def test_an_escape_cannot_bring_in_what_may_not_be_written(escape: str, loader: Any) -> None:
    _, problems = tree(f'a: "{escape}"\n', loader)

    assert problems


def test_escapes_for_line_breaks_and_ordinary_letters_are_fine() -> None:
    assert values('a: "甲\\n\\u4e59\\t\\x41"\n') == {"a": "甲\n乙\tA"}


def test_all_faults_of_a_file_come_at_once() -> None:
    _, problems = tree("a: &x 1\nb: !t 2\nb: 3\nc: 甲 #乙\n")

    assert [problem.line for problem in problems] == [1, 2, 3, 4]


def test_a_file_over_two_mebibytes_is_not_read() -> None:
    _, problems = tree(b"a" * (MAX_BYTES + 1))

    assert "2 MB" in only(problems).message


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        ("甲\n乙".encode() + "丙".encode("gbk"), 2, "UTF-8"),
        ("甲\n乙丙".encode()[:-1], 2, "没有存完"),
        ("甲\n乙😀".encode()[:-2], 2, "没有存完"),
        ("甲\n乙丙".encode()[:-1] + b"\n", 2, "UTF-8"),
        ("甲\n<<<<<<< HEAD\n乙\n=======\n丙\n>>>>>>> his\n".encode(), 2, "没有合并好"),
        (b"a: 1\nb: \x00\n", 2, "U+0000"),
        (b"a: 1\r\nb: \x1b[0m\n", 2, "U+001B"),
        ("a: 1\n\nb: 甲\u200b乙\n".encode(), 3, "U+200B"),
        ("a: 甲\u2028乙\n".encode(), 1, "U+2028"),
        ("a: 甲\u202e乙\n".encode(), 1, "U+202E"),
        ("a: 甲\x85乙\n".encode(), 1, "U+0085"),
    ],
)
def test_broken_characters_are_named_with_their_line(data: bytes, line: int, said: str) -> None:
    problems = Problems()

    assert decode("x.yaml", data, problems) is None
    problem = only(problems.sorted())
    assert problem.line == line
    assert said in problem.message


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_ends_soon_and_never_in_an_exception(name: str) -> None:
    started = time.process_time()
    node, problems = tree(HOSTILE[name])

    assert problems or node is not None
    assert time.process_time() - started < PATIENCE
    assert len(problems) <= MAX_PER_FILE + 1


@pytest.mark.parametrize("name", ["merge bomb", "depth 40,000", "mappings in mappings"])
def test_the_bombs_are_refused(name: str) -> None:
    _, problems = tree(HOSTILE[name])

    assert problems


def test_depth_is_stopped_at_twenty_one_not_at_twenty() -> None:
    assert not tree("[" * 20 + "]" * 20)[1]
    assert "嵌套" in only(tree("[" * 21 + "]" * 21)[1]).message


def test_the_number_of_nodes_is_limited() -> None:
    _, problems = tree("[" + "a," * MAX_NODES + "]")

    assert "太多" in only(problems).message


def test_a_file_with_thousands_of_faults_lists_the_first_ones() -> None:
    _, problems = tree("- &a b\n" * 5000)

    assert len(problems) == MAX_PER_FILE + 1
    assert "不再列出" in problems[-1].message


def test_a_file_cut_off_at_any_byte_is_read_or_refused() -> None:
    data = "a: 甲\nb: [乙, '丙']\nc:\n  - {d: \"丁\"}\n  - |\n    戊\n".encode()

    for end in range(len(data) + 1):
        node, problems = tree(data[:end])
        assert (node is not None) or problems


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_random_bytes_never_raise(data: bytes) -> None:
    node, problems = tree(data)

    assert (node is not None) or problems


@given(st.text(alphabet="ab甲：:-?[]{}&*!|>'\"#%@`, \n\t\\<", max_size=80))
@settings(max_examples=500, deadline=None)
def test_random_yaml_never_raises_and_agrees_with_pyyaml(text: str) -> None:
    node, problems = tree(text)

    assert (node is not None) or problems
    if not problems:
        assert plain(node) == yaml.load(text, Loader=LOADER)


def plain(node: Node | None) -> object:
    """Return the tree as PyYAML composes it."""
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    if isinstance(node, MappingNode):
        return {key: plain(value) for key, value in node.values.items()}
    return node.value if node else None


def test_each_conflict_of_a_merge_is_a_problem() -> None:
    conflict = "<<<<<<< HEAD\n- 甲\n=======\n- 乙\n>>>>>>> his\n"
    _, problems = tree(f"- 丙\n{conflict}- 丁\n{conflict}")

    assert [problem.line for problem in problems] == [2, 8]
    assert "第 8 行到第 12 行" in problems[1].hint
