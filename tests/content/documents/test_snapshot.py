"""The folder: missing, linked, misnamed and changing files, and its version."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import pytest

from bot.content.documents import snapshot
from bot.content.documents.problems import Problems
from bot.content.documents.snapshot import MAX_FILES, UNFINISHED, Snapshot, read_snapshot
from bot.content.readers.loader import load, read
from tests.content.sample_folder import (
    FILES,
    PHRASES,
    POLICY,
    RULE,
    SCENARIOS,
    SOURCE,
    TOPICS,
    VENUE,
    build,
    edit,
    only,
    problems_of,
    put,
)

# Path of a file without its suffix, to which programs add their marks of a copy.
STEM = VENUE.removesuffix(".yaml")


def test_the_version_follows_the_knowledge_and_nothing_else(folder: Path) -> None:
    version = load(folder).version
    assert len(version) == 12
    put(folder, SCENARIOS, "- {name: 新, talk: [{say: 嗯}]}\n")
    put(folder, "README.md", "改了\n")
    put(folder, ".bureaus.yaml.swp", "编辑器的")
    put(folder, "bureaus.yaml~", "编辑器的")
    assert load(folder).version == version

    edit(folder, SOURCE, "首页", "首 页")
    assert load(folder).version != version


def test_a_file_under_another_name_is_another_version(folder: Path) -> None:
    version = load(folder).version
    (folder / TOPICS).rename(folder / "out_of_scope" / "others.yaml")

    assert load(folder).version != version


@pytest.mark.parametrize("name", sorted(set(FILES) - {"README.md", SCENARIOS, RULE}))
def test_a_missing_file_is_a_problem(folder: Path, name: str) -> None:
    (folder / name).unlink()

    assert problems_of(folder)


def test_a_folder_needs_no_later_rules(folder: Path) -> None:
    shutil.rmtree(folder / "later_rules")

    assert problems_of(folder) == []


def test_a_missing_folder_is_one_problem(tmp_path: Path) -> None:
    knowledge, problems = read(tmp_path / "nowhere")

    assert knowledge is None
    assert "找不到知识库文件夹" in only(problems).message


def test_a_file_instead_of_the_folder_is_one_problem(tmp_path: Path) -> None:
    put(tmp_path, "knowledge", "")

    assert "打不开" in only(problems_of(tmp_path / "knowledge")).message


def test_an_empty_folder_has_problems_and_no_knowledge(tmp_path: Path) -> None:
    knowledge, problems = read(tmp_path)

    assert knowledge is None
    assert "这不是知识库文件夹" in only(problems).message


def test_a_folder_of_the_folder_is_not_taken_for_the_whole(folder: Path) -> None:
    assert "这不是知识库文件夹" in only(problems_of(folder / "policies")).message


def test_a_folder_named_like_a_file_is_a_problem(folder: Path) -> None:
    (folder / "phrases" / "more.yaml").mkdir()

    assert "不是普通文件" in only(problems_of(folder)).message


def test_a_link_out_of_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    put(tmp_path, "secret.yaml", "id: secret\n")
    (folder / "phrases" / "link.yaml").symlink_to(tmp_path / "secret.yaml")

    problem = only(problems_of(folder))
    assert problem.file == "phrases/link.yaml"
    assert "外面" in problem.message


def test_a_link_inside_the_folder_is_fine(folder: Path) -> None:
    (folder / PHRASES).rename(folder / ".real.yaml")
    (folder / PHRASES).symlink_to("../.real.yaml")

    assert load(folder).phrases["bye"] == "再见"


def test_links_in_a_circle_and_into_nothing_are_problems(folder: Path) -> None:
    (folder / "phrases" / "a.yaml").symlink_to("b.yaml")
    (folder / "phrases" / "b.yaml").symlink_to("a.yaml")
    (folder / "phrases" / "c.yaml").symlink_to("nothing.yaml")

    assert [p.file for p in problems_of(folder)] == [f"phrases/{n}.yaml" for n in "abc"]


def test_a_file_that_is_misnamed_is_not_silently_ignored(folder: Path) -> None:
    put(folder, "phrases/new.yml", "id: x\n")
    put(folder, "bureau.yaml", "bureaus: []\n")

    found = {p.file: p.hint for p in problems_of(folder)}
    assert set(found) == {"phrases/new.yml", "bureau.yaml"}
    assert "bureaus.yaml" in found["bureau.yaml"]


@pytest.mark.parametrize(
    ("name", "said", "hint"),
    [
        ("policies/town-2016 - 副本/policy.yaml", "副本", "外面"),
        ("policies/town-2016 (2)/policy.yaml", "副本", "外面"),
        ("policies/town.yaml", "没有读这个文件", "policies/编号/policy.yaml"),
        ("policies/town-2016/more.yaml", "没有读这个文件", "policy.yaml"),
        ("policies/town-2016/supports/new/a.yaml", "文件夹里面的文件没有读", "supports/"),
        (f"{STEM} - 副本.yaml", "副本", "外面"),
        (f"{STEM} (2).yaml", "副本", "外面"),
        (f"{STEM}.bak.yaml", "副本", "外面"),
        ("language/synonym.yaml", "不认识的文件", "language/synonyms.yaml"),
        ("language/synonyms - 副本.yaml", "不认识的文件", "language/synonyms.yaml"),
        ("language.yaml", "不认识的文件", "language/"),
        ("sources/town - Copy.txt", "副本", "外面"),
        ("scenarios/first - 副本.yaml", "副本", "改个名字"),
        (f"{STEM}.sync-conflict-20260101-120000-ABCDEFG.yaml", "冲突副本", "合并过去"),
        (f"{STEM} (conflicted copy 2026-01-01 120000).yaml", "冲突副本", "合并过去"),
        (f"{STEM} (李四's conflicted copy 2026-01-01).yaml", "冲突副本", "合并过去"),
        (f"{STEM}-DESKTOP-7ABC123.yaml", "冲突副本", "合并过去"),
        (f"{STEM}-LAPTOP-Q1W2E3R4.yaml", "冲突副本", "合并过去"),
        ("sources/town (冲突).txt", "冲突副本", "合并过去"),
        ("sources/town(冲突文件 2026-01-01).txt", "冲突副本", "合并过去"),
        ("scenarios/first [Conflict].yaml", "冲突副本", "合并过去"),
        ("scenarios/first (SFConflict me@example.org 2026-01-01).yaml", "冲突副本", "合并过去"),
        (f"{STEM}_LOCAL_12345.yaml", "冲突副本", "合并过去"),
        ("policies/town-2016/policy-DESKTOP-7ABC123.yaml", "冲突副本", "合并过去"),
        ("policies/town-2016 (冲突)/policy.yaml", "冲突副本", "合并过去"),
        ("language/synonyms-DESKTOP-7ABC123.yaml", "冲突副本", "合并过去"),
        ("bureaus-DESKTOP-7ABC123.yaml", "冲突副本", "合并过去"),
        ("bureaus.sync-conflict-20260101-120000-ABCDEFG.yaml", "冲突副本", "合并过去"),
        ("scenarios/mine.YAML", "没有读这个文件", "小写的 .yaml"),
        ("scenarios/mine.yaml.txt", "没有读这个文件", "小写的 .yaml"),
        ("scenarios/新的/mine.yaml", "文件夹里面的文件没有读", "scenarios/"),
        ("scenario/mine.yaml", "不认识的文件夹", "scenarios"),
        ("knowledge/bureaus.yaml", "不认识的文件夹", "外面"),
        ("interview.yaml.txt", "不认识的文件", "interview.yaml"),
        ("bureaus - 副本.yaml", "不认识的文件", "bureaus.yaml"),
        ("phrases.yaml", "不认识的文件", "phrases/"),
        ("phrases/conversation - 副本.yaml", "副本", "外面"),
    ],
)
def test_a_copy_or_a_misplaced_file_is_one_problem_at_its_own_name(
    folder: Path, name: str, said: str, hint: str
) -> None:
    put(folder, name, b"- 1\n")

    problem = only(problems_of(folder))
    assert problem.file.startswith(name.partition("/")[0])
    assert said in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    "name",
    [
        "old-town-2.yaml",
        "conflict-of-interest.yaml",
        "desktop-makers.yaml",
        "free-desktop-space.yaml",
        "local_2.yaml",
    ],
)
def test_a_file_name_with_a_word_of_copies_may_be_no_copy(folder: Path, name: str) -> None:
    (folder / TOPICS).rename(folder / "out_of_scope" / name)

    assert problems_of(folder) == []


def test_temporary_files_of_office_programs_and_systems_are_ignored(folder: Path) -> None:
    for name in (
        "~$bureaus.yaml",
        "scenarios/~$first.yaml",
        "Thumbs.db",
        "policies/town-2016/policy.yaml.bak",
    ):
        put(folder, name, b"\xd0\xcf")

    assert problems_of(folder) == []


def test_a_folder_that_changes_while_it_is_read_gives_knowledge_or_problems(
    folder: Path,
) -> None:
    whole = (folder / POLICY).read_bytes()
    done = threading.Event()

    def rewrite() -> None:
        while not done.is_set():
            put(folder, POLICY, whole[: len(whole) // 2])
            (folder / POLICY).unlink()
            put(folder, POLICY, whole)

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for _ in range(60):
            knowledge, problems = read(folder)
            assert knowledge or problems
    finally:
        done.set()
        writer.join()
    assert load(folder)


def test_a_folder_with_too_many_files_is_not_read_to_the_end(folder: Path) -> None:
    for number in range(MAX_FILES):
        put(folder, f"sources/extra-{number}.txt", "")

    assert any(f"文件超过 {MAX_FILES} 个" in p.message for p in problems_of(folder))


def test_a_folder_that_is_being_replaced_is_read_when_it_is_done(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / UNFINISHED).touch()
    looks = []

    def done_after_three(_: float) -> None:
        looks.append(1)
        if len(looks) == 3:
            edit(folder, PHRASES, "bye: 再见", "bye: 走好")
            (folder / UNFINISHED).unlink()

    monkeypatch.setattr(time, "sleep", done_after_three)
    problems = Problems()
    found = read_snapshot(folder, problems)
    assert "走好" in found.files[PHRASES].decode()
    assert (problems.sorted(), len(looks)) == ([], 3)


def test_a_replacement_that_is_never_done_is_a_problem(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / UNFINISHED).touch()
    monkeypatch.setattr(time, "sleep", lambda _: None)
    problems = Problems()
    read_snapshot(folder, problems)
    assert "没有做完" in only(problems.sorted()).message


def test_a_folder_that_is_exchanged_meanwhile_is_read_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = build(tmp_path / "other")
    edit(other, PHRASES, "bye: 再见", "bye: 走好")
    read_once, calls = snapshot._read_once, []

    def exchanged(root: Path, problems: Problems, only: str) -> Snapshot:
        calls.append(1)
        found = read_once(root, problems, only)
        if len(calls) == 1:
            folder.rename(tmp_path / "old")
            other.rename(folder)
        return found

    monkeypatch.setattr(snapshot, "_read_once", exchanged)
    found = read_snapshot(folder, Problems())
    assert "走好" in found.files[PHRASES].decode()
    assert len(calls) == 2
