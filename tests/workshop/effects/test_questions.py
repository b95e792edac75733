"""Files of questions, as a clerk may write them, and the questions of a knowledge."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.domain.inbox import EntryKind, InboxEntry
from bot.errors import KnowledgeError
from bot.service.inbox_port import StoredEntry
from bot.workshop.effects.questions import (
    INBOX,
    SAMPLE,
    SCENARIO,
    Question,
    collect,
    inbox_questions,
    read_questions,
)
from tests.content.sample_folder import build
from tests.core.small_knowledge import knowledge


@pytest.mark.parametrize(
    "text",
    ["- 怎么贷款\n- 2024\n", "- {id: a, gold: ['1'], text: 怎么贷款}\n- text: 2024\n"],
)
def test_questions_are_texts_or_have_a_text(tmp_path: Path, text: str) -> None:
    file = tmp_path / "questions.yaml"
    file.write_text(text, encoding="utf-8")
    assert read_questions(file) == [
        Question("怎么贷款", "questions.yaml"),
        Question("2024", "questions.yaml"),
    ]


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"- a\n- [b\n", 3, "YAML 写错了"),
        (b"questions: a\n", 1, "不是一列问题"),
        (b"", 1, "不是一列问题"),
        (b"- a\n- {id: b}\n", 1, "第 2 个问题没有文字"),
        (b"- a\n- ''\n", 1, "第 2 个问题没有文字"),
        ("- 贷款".encode("gbk"), 1, "不是 UTF-8"),
        (b"- " + b"[" * 500, 1, "YAML 写错了"),
    ],
)
def test_a_file_with_a_fault_is_refused_with_its_place(
    tmp_path: Path, data: bytes, line: int, message: str
) -> None:
    file = tmp_path / "questions.yaml"
    file.write_bytes(data)
    with pytest.raises(KnowledgeError) as caught:
        read_questions(file)
    (problem,) = caught.value.problems
    assert problem.file == str(file)
    assert problem.line == line
    assert message in problem.message
    assert problem.hint


def entry(text: str) -> StoredEntry:
    found = InboxEntry(EntryKind.UNKNOWN, text)
    return StoredEntry(found, "web", datetime(2026, 11, 30, tzinfo=UTC), 0)


def test_questions_of_the_inbox_have_no_personal_data_and_come_once() -> None:
    said = ["摊位多少钱", "我的电话13800138000 能贷款吗", "", " 摊位多少钱", "退休能领吗"]
    found = inbox_questions(map(entry, said), most=2)
    assert found == [Question("摊位多少钱", INBOX), Question("我的电话 能贷款吗", INBOX)]


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.yaml", tmp_path):
        with pytest.raises(KnowledgeError, match="找不到"):
            read_questions(path)


def test_each_question_is_asked_once_with_all_its_sources(tmp_path: Path) -> None:
    from bot.content.readers.loader import scenarios

    small = knowledge()
    more = [Question("休学创业能保留学籍吗"), Question(" 新问题 "), Question("  ")]
    found = collect([small, small], scenarios(build(tmp_path / "folder")), more)
    assert found["休学创业能保留学籍吗"] == (INBOX, SAMPLE)
    assert found["新问题"] == (INBOX,)
    assert found["休学能保留学籍吗"] == (SCENARIO,)
    assert "" not in found
    assert "老板欠薪找谁" in found
