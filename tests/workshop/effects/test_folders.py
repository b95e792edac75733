"""The difference of two folders, with and without further processes and stored answers."""

from __future__ import annotations

import shutil
import zlib
from pathlib import Path

import pytest

from bot.app.knowledge_diff import answers
from bot.content.readers.loader import scenarios
from bot.core.dialogue.manager import KnowledgeBase
from bot.errors import KnowledgeError
from bot.workshop.effects import folders as folders_module
from bot.workshop.effects.answering import Work, answer_all
from bot.workshop.effects.diff import Diff, compare
from bot.workshop.effects.folders import compare_folders, load_base
from bot.workshop.effects.question_changes import Group
from bot.workshop.effects.questions import SAMPLE, SCENARIO, Question
from tests.content.sample_folder import LEAVE, PHRASES, SCENARIOS, SYNONYMS, VENUE, edit, put
from tests.content.sample_knowledge import playable
from tests.knowledge_base import DAY

ASKED = (Question("停一年学行不行"), Question("公积金怎么取"), Question("场地补助甲", "a.yaml"))


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return playable(tmp_path_factory.mktemp("old") / "knowledge")


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = playable(tmp_path_factory.mktemp("new") / "knowledge")
    edit(folder, VENUE, "summary: 开办空间", "summary: 您开办空间")
    edit(folder, VENUE, "of: [operator]", "of: [operator, student]")
    return folder


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the indexes of these tests."""
    return tmp_path_factory.mktemp("cache")


class Counter:
    """Counts the answers that had to be computed."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self, done: int, total: int) -> None:
        assert 0 < done <= total
        self.done = done


@pytest.fixture(scope="module")
def expected(old: Path, new: Path, store: Path) -> Diff:
    first, second = (load_base(folder, store) for folder in (old, new))
    return compare(first, second, DAY, scenarios=scenarios(old), more=ASKED)


def test_folders_differ_as_their_knowledge_does(
    old: Path, new: Path, store: Path, expected: Diff
) -> None:
    found = compare_folders(old, new, store, DAY, more=ASKED, processes=0)
    assert found == expected
    assert "场地补助甲" in [c.text for c in found.questions if c.group is Group.OTHER_WORDS]
    assert [change.supports for change in found.profiles] == [(("venue-grant", "场地补助"),)]
    assert {s for c in found.questions for s in c.sources} <= {SAMPLE, SCENARIO, "a.yaml"}


def test_further_processes_find_the_same(
    old: Path, new: Path, store: Path, expected: Diff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders_module, "FEW", 0)
    loaded: list[Path] = []

    def load_here(folder: Path, cache: Path) -> KnowledgeBase:
        loaded.append(folder)
        return load_base(folder, cache)

    monkeypatch.setattr(folders_module, "load_base", load_here)
    for file in store.glob("answers-*"):
        file.unlink()
    assert compare_folders(old, new, store, DAY, more=ASKED, processes=2) == expected
    assert not loaded, "the other processes have answered everything"


def test_answers_are_stored_except_those_of_the_inbox(old: Path, new: Path, store: Path) -> None:
    compare_folders(old, new, store, DAY, more=ASKED, processes=0)
    stored = b"".join(zlib.decompress(f.read_bytes()) for f in store.glob("answers-*.json.z"))
    assert ASKED[0].text.encode() not in stored
    assert ASKED[2].text.encode() in stored
    again = Counter()
    compare_folders(old, new, store, DAY, more=ASKED, processes=0, progress=again)
    assert again.done == 2, "the question of the inbox, of both versions"


def test_damaged_stored_answers_are_computed_again(
    old: Path, new: Path, store: Path, expected: Diff, tmp_path: Path
) -> None:
    store = shutil.copytree(store, tmp_path / "cache")
    compare_folders(old, new, store, DAY, more=ASKED, processes=0)
    one, other, *rest = store.glob("answers-*.json.z")
    for file in (one, *rest):
        file.write_bytes(b"damaged")
    other.write_bytes(zlib.compress(b'{"a": [1]}'))
    assert compare_folders(old, new, store, DAY, more=ASKED, processes=0) == expected


def test_equal_folders_give_nothing(old: Path, store: Path) -> None:
    asked = Counter()
    found = compare_folders(old, old, store, DAY, more=ASKED, progress=asked)
    assert not found.changes
    assert found.asked > len(ASKED)
    assert not asked.done, "nothing had to be asked"


def test_a_folder_with_a_fault_is_named(old: Path, store: Path, tmp_path: Path) -> None:
    broken = playable(tmp_path / "broken")
    put(broken, SYNONYMS, "synonyms: [")
    with pytest.raises(KnowledgeError) as caught:
        compare_folders(old, broken, store, DAY)
    assert caught.value.problems[0].file == f"{broken}/{SYNONYMS}"
    put(broken, SYNONYMS, "synonyms:\n  休学: [停学]\n")
    put(broken, SCENARIOS, "- nome: x\n")
    with pytest.raises(KnowledgeError) as caught:
        compare_folders(broken, old, store, DAY)
    assert caught.value.problems[0].file == f"{broken}/{SCENARIOS}"


def test_a_folder_that_is_saved_during_the_comparison_is_told(store: Path, tmp_path: Path) -> None:
    folder = playable(tmp_path / "knowledge")
    work = Work.of({"another": folder}, {"another": ["休学"]}, Counter())
    with pytest.raises(KnowledgeError, match="又存了新的内容"):
        answer_all(work, store, DAY, lambda each: load_base(each, store), processes=1)


def test_a_helper_answers_no_version_that_is_gone(store: Path, old: Path) -> None:
    line = f'["{old}", "another", ["休学"]]'.encode()
    assert list(answers(store, DAY, [line])) == [b"null\n"]


def test_a_changed_phrase_is_told_as_other_words(old: Path, store: Path, tmp_path: Path) -> None:
    folder = playable(tmp_path / "knowledge")
    file = folder / PHRASES
    lines = file.read_text("utf-8").splitlines()
    said = next(line for line in lines if line.startswith("  thanks:"))
    edit(folder, PHRASES, said, "  thanks: 不谢。")
    edit(folder, LEAVE, "title: 休学创业\n", "title: 休学去创业\n")
    found = compare_folders(old, folder, store, DAY, more=[Question("谢谢")], processes=0)
    assert "谢谢" in [change.text for change in found.questions]
    groups = {change.group for change in found.questions}
    assert groups == {Group.OTHER_WORDS}
    assert [(f.title, f.field, f.before, f.after) for f in found.facts] == [
        ("休学去创业", "名称", "休学创业", "休学去创业")
    ]
