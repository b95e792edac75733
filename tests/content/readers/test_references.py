"""References: every name that an entry refers to exists, and exists once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.content.sample_folder import (
    LEADERS,
    LEAVE,
    PHRASES,
    POLICY,
    RULE,
    SYNONYMS,
    TOPICS,
    VENUE,
    edit,
    only,
    problems_of,
    put,
)


@pytest.mark.parametrize(
    ("file", "old", "new", "said", "hint"),
    [
        (POLICY, "bureaus: [教育局]", "bureaus: [教肓局]", "没有这个单位：“教肓局”", "教育局"),
        (VENUE, "ask: 市科技局或本校", "ask: 市科枝局", "没有这个单位：“市科枝局”", "科技局"),
        (
            LEAVE,
            "identity: {of: [student]",
            "identiy: {of: [student]",
            "没有这个问题项",
            "identity",
        ),
        (LEAVE, "{of: [student]", "{of: [studnet]", "选项：“studnet”", "student"),
        (LEAVE, "needs: [school]", "needs: [shool]", "选项：“shool”", "school"),
        (LEADERS, 'clause: "1.3"', 'clause: "1.30"', "没有这个条款：“1.30”", "1.3"),
        (POLICY, "source_text: town.txt", "source_text: twon.txt", "没有这个原文文件", "town.txt"),
        ("interview.yaml", "none_choice: none", "none_choice: non", "选项：“non”", "none"),
        ("interview.yaml", "{stage: [idea]}", "{stage: [ideas]}", "选项：“ideas”", "idea"),
        (TOPICS, "hotline: '12345'", "hotline: '12344'", "没有这个热线", "12345"),
        (
            TOPICS,
            "hotline: '12345',",
            "hotline: '12345', see: [venu-grant],",
            "扶持",
            "venue",
        ),
        (RULE, "[venue-grant]", "[venu-grant]", "“venu-grant”", "venue-grant"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(
    folder: Path, file: str, old: str, new: str, said: str, hint: str
) -> None:
    line = edit(folder, file, old, new)

    problem = only(p for p in problems_of(folder) if said in p.message)
    assert (problem.file, problem.line) == (file, line)
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (POLICY, '  - id: "1.2"', '  - id: "1.10"', "“1.10”重复"),
        ("bureaus.yaml", "{name: 教育局}", "{name: 财政局}", "“财政局”重复"),
        ("interview.yaml", "- id: stage", "- id: identity", "“identity”重复"),
        ("interview.yaml", "id: operator", "id: student", "“student”重复"),
        (PHRASES, "  bye:", "  hello:", "“hello”写了两次"),
        (SYNONYMS, "synonyms:\n", "synonyms:\n  学分: [成绩]\nsynonyms:\n", "“synonyms”写了两次"),
    ],
)
def test_a_repeated_id_is_refused(folder: Path, file: str, old: str, new: str, said: str) -> None:
    edit(folder, file, old, new)

    assert only(p for p in problems_of(folder) if said in p.message).file == file


@pytest.mark.parametrize(
    ("file", "name", "what"),
    [(LEAVE, "leave-of-absence", "文件"), (POLICY, "town-2016", "文件夹")],
)
def test_an_id_is_the_name_of_its_file_or_folder(
    folder: Path, file: str, name: str, what: str
) -> None:
    edit(folder, file, f"id: {name}", "id: other")

    problem = next(p for p in problems_of(folder) if "不一样" in p.message)
    assert (problem.file, problem.line) == (file, 1)
    assert f"编号“other”和{what}名“{name}”不一样" in problem.message


def test_an_id_may_not_be_repeated_in_another_file(folder: Path) -> None:
    other = folder / "policies" / "zweite"
    shutil.copytree((folder / POLICY).parent, other)
    edit(other, "policy.yaml", "id: town-2016", "id: zweite")

    found = [problem for problem in problems_of(folder) if "重复" in problem.message]
    assert [p.file.partition("/supports/")[0] for p in found] == [
        *["policies/zweite/policy.yaml"] * 3,
        *["policies/zweite"] * 3,
    ]
    assert f"{POLICY}:" in found[0].message


def test_a_phrase_may_stand_in_one_file_only(folder: Path) -> None:
    line = edit(folder, PHRASES, "bye: 再见", "bye: 再见")
    put(folder, "phrases/more.yaml", "phrases:\n  thanks: 不客气\n  bye: 走好\n")

    problem = only(problems_of(folder))
    assert (problem.file, problem.line) == ("phrases/more.yaml", 3)
    assert f"“bye”重复，{PHRASES}:{line} 已经用了" in problem.message


def test_a_support_needs_a_clause_of_its_own_policy(folder: Path) -> None:
    put(
        folder,
        "policies/b/policy.yaml",
        "id: b\ntitle: 乙\nissuer: 某局\nissued: 2020-01-01\nsource: 网址\nsource_text: town.txt\n"
        "clauses:\n",
    )
    put(
        folder,
        "policies/b/supports/other.yaml",
        "{id: other, clause: '1.2', title: 乙, summary: 乙, quote: 乙}\n",
    )

    assert "属于另一份文件“town-2016”" in only(problems_of(folder)).message
