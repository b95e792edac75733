"""Translate errors of libyaml into Chinese for admins who do not know YAML."""

from __future__ import annotations

import re

import yaml

COLON_HINT = "冒号要用英文半角“:”，后面空一格"

_WIDE_COLON = re.compile(r"^\s*(?:-\s+)?[^\s:：\"'#]{1,40}：")
_TIGHT_COLON = re.compile(r"^\s*(?:-\s+)?[A-Za-z_]{1,40}:[^\s:/]")

_ODD_BLANK = re.compile(r"^\s*(?:-\s+)?[^\s:：\"'#]{1,40}:[\u00a0\u3000]")
_ODD_DASH = re.compile(r"^\s*(?:-(?![-\s])|[－—–•·])")
_HALF_QUOTED = re.compile(r"(?:^|[\s\[{,])(?:\"[^\"“]*”|“[^\"“”]*\")\s*(?:[,\]}]|$)")
_AFTER_QUOTE = re.compile(r"^\s*(?:-\s+|[^\s:\"']+:\s+)+(?:\"[^\"\\]*\"|'[^']*')\s*[^\s,:#\]}]")

_LEFT_OVER = re.compile(r"^(?:={7}|\|{7}(?: .*)?)$")
_HALF_BRACKETED = re.compile(
    r"\[[^\[\]［］【】]*[］】]|[［【][^\[\]［］【】]*\]|\{[^{}｛｝]*｝|｛[^{}｛｝]*\}"
)
_WIDE_BRACKETED = re.compile(r"^\s*(?:-\s+)?(?:[^\s:\"'#]{1,40}:\s*)?[［｛【].*[］｝】]\s*$")
_TABBED = re.compile(r"\S\t+\S")
_COMMAS = re.compile(r"^\s*[^\s:\-\[{\"'#,][^:\[{\"'#,]*(?:,[^:\[{\"'#,]*){2,}$")

_LONE_KEY = re.compile(r"^\s+[A-Za-z_]{1,40}:(?:\s[^:]*)?$")

WIDE_BRACKETS_HINT = "这是全角括号：用英文输入法改成半角的 [ ]（映射用 { }），里面的逗号也用半角"
PASTED_CELLS = (
    "这里像是从 Excel 或表格粘贴来的",
    "一格写一行：列表写“- 值”，其余写“键: 值”；不能有制表符（Tab）",
)
_DASH_HINT = "列表的每一行以半角“- ”开头：一个减号，再空一格"
_ALIGN_HINT = "同一层的内容要左边对齐，前面的空格一样多"

_QUOTE_IT = "值里有冒号、逗号、括号、引号或 # 时，整个用引号括起来"
_MESSAGES = (
    ("mapping values are not allowed", "这一行多了一个冒号，或上一行的值没有写完", _QUOTE_IT),
    ("could not find expected ':'", "这一行少了“键: 值”的冒号", COLON_HINT),
    ("cannot start any token", "这里不能用这个字符开头（@ ` % 等）", _QUOTE_IT),
    ("did not find expected ',' or", "方括号或花括号没有配对，或少了逗号", _QUOTE_IT),
    ("did not find expected '-'", "列表的缩进不齐", "同一列表的每个“-”要对齐"),
    ("did not find expected <block end>", "缩进不齐", "同一层的内容要左边对齐"),
    (
        "did not find expected key",
        "缩进不齐，或引号没有配对",
        "同一层的键要左边对齐；" + _QUOTE_IT,
    ),
    ("unexpected end of stream", "引号没有配对", "补上后一个引号"),
    ("unexpected document indicator", "引号没有配对", "补上后一个引号"),
    ("unknown escape character", "双引号里的反斜杠写法不对", "改用单引号"),
    ("block sequence entries", "这里不能开始列表", "“-”要另起一行"),
    ("did not find expected node content", "这里少了内容", _QUOTE_IT),
    ("did not find expected alphabetic", "文字不能以 & 或 * 开头", _QUOTE_IT),
)


def looks_like_a_key(line: str) -> bool:
    """Return whether the line looks like `键: 值` with a full-width colon or without the blank."""
    return bool(_WIDE_COLON.match(line) or _TIGHT_COLON.match(line))


def has_wide_brackets(value: str) -> bool:
    """Return whether the value is a list or mapping in full-width brackets, which YAML ignores."""
    return bool(_WIDE_BRACKETED.match(value))


def explain(
    error: yaml.MarkedYAMLError, lines: list[str], long_quote: tuple[int, int] | None = None
) -> tuple[int, str, str]:
    """Return the line (from 1), the Chinese message and the hint for a parser error.

    `long_quote`: the lines of the value before the error if it is quoted and has several lines.
    """
    problem = error.problem or ""
    message, hint = "这一行的 YAML 写法不对", _QUOTE_IT
    for start, said, advice in _MESSAGES:
        if start in problem:
            message, hint = said, advice
            break
    marks = [mark.line for mark in (error.context_mark, error.problem_mark) if mark]
    line = marks[-1] if marks else 0
    if "could not find expected ':'" in problem and marks:
        # The parser reports the next line; the context is the key without a colon.
        line = marks[0]
    line = min(line, len(lines) - 1)
    # An unclosed quote takes in the following lines, so the parser reports a line far below.
    for number in range(line, -1, -1):
        if _HALF_QUOTED.search(lines[number]):
            return number + 1, "这一行的引号一半是半角，一半是全角", '两边都用半角的 "'
    if error.context == "while scanning a quoted scalar" and error.context_mark:
        return error.context_mark.line + 1, "从这一行开始的引号没有配对", "补上后一个引号"
    if long_quote and long_quote[1] == line + 1:
        # The next quote in the file closed the value, and the text after it is the error.
        message = f"从这一行开始的引号没有配对，一直连到了第 {long_quote[1]} 行"
        return long_quote[0], message, "补上后一个引号"
    suspects = [n for n in (line, line - 1, *marks) if 0 <= n < len(lines)]
    for number in suspects:
        found = _typed_wrong(lines, number)
        if found:
            return number + 1, *found
    if "mapping values" in problem and _LONE_KEY.match(lines[line]):
        return line + 1, "这一行的缩进多了，或上一行的值没有写完", _ALIGN_HINT
    if "缩进" in message and not re.search(r"[\"'\[\]{}]", lines[line]):
        is_item = lines[line].lstrip().startswith("- ")
        return line + 1, "缩进不齐", hint if is_item and "“-”" in hint else _ALIGN_HINT
    return line + 1, message, hint


def _typed_wrong(lines: list[str], number: int) -> tuple[str, str] | None:
    """Return the message and the hint for a common typing mistake in this line, or None."""
    line = lines[number]
    if _LEFT_OVER.match(line):
        return "这一行是合并两个人的改动时留下的", "选一边留下，再删掉这一行"
    if _HALF_BRACKETED.search(line):
        return "这一行的括号一半是半角，一半是全角", "两边都用半角的 [ ] 或 { }"
    if _WIDE_BRACKETED.match(line):
        return "这一行的括号是全角的", WIDE_BRACKETS_HINT
    if _TABBED.search(line) or _COMMAS.match(line):
        return PASTED_CELLS
    if _ODD_BLANK.match(line):
        return "冒号后面的空格不是半角空格", "删掉冒号后面的空格，用英文输入法重新空一格"
    if _ODD_DASH.match(line):
        return "这一行开头的“-”写得不对", _DASH_HINT
    if looks_like_a_key(line):
        return "这一行少了“键: 值”的冒号", COLON_HINT
    if _AFTER_QUOTE.match(line):
        return "引号后面还有字", "整句都放进引号，里面的引号改用“”；或者都不用引号"
    above = next((each for each in reversed(lines[:number]) if each.strip()), "")
    indent = len(line) - len(line.lstrip())
    if (
        line.strip()[:1] not in ("", "-")
        and ":" not in line
        and above.startswith(" " * indent + "- ")
    ):
        return "这一行少了开头的“- ”", _DASH_HINT
    return None
