"""A file of which a part is missing is named as such, wherever it was cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.content.sample_folder import SCENARIOS, TOPICS, VENUE, checked, edit, only

CUT = ("没有存完整", "没有存完", "文件是空的")


def first_message(folder: Path, file: str) -> str:
    """Return the message of the first problem of a file."""
    return next(problem.message for problem in checked(folder) if problem.file == file)


def test_a_support_cut_anywhere_before_its_questions_is_named(folder: Path) -> None:
    path = folder / VENUE
    data = path.read_bytes()
    silent = []
    for size in range(5, data.index(b"\nquestions:") + 12, 7):
        path.write_bytes(data[:size])
        if not any(words in first_message(folder, VENUE) for words in CUT):
            silent.append(data[:size].decode("utf-8", "replace")[-20:])
    assert silent == []


@pytest.mark.parametrize("file", [TOPICS, SCENARIOS])
def test_a_list_that_was_cut_in_an_entry_is_named(folder: Path, file: str) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    path.write_text(text[: text.rindex(":") - 2], "utf-8")
    assert "没有存完整" in first_message(folder, file)


def test_a_complete_file_without_a_line_end_is_no_problem(folder: Path) -> None:
    path = folder / VENUE
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert checked(folder) == []


def test_a_slip_in_a_file_with_a_line_end_is_only_the_slip(folder: Path) -> None:
    edit(folder, VENUE, "\ntitle:", "\ntitel:")
    assert all("没有存完整" not in problem.message for problem in checked(folder))


def test_too_few_questions_are_counted(folder: Path) -> None:
    text = (folder / VENUE).read_text("utf-8")
    start = text.index("\nquestions:\n") + len("\nquestions:\n")
    (folder / VENUE).write_text(text[: text.index("\n", start) + 1], "utf-8")
    assert "questions 只有 1 条" in only(checked(folder)).message
