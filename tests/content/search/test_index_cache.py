"""The index cache: equal after a round trip, ignored when damaged, optional."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from bot.content.search.cache_files import KEPT_FILES, private_folder
from bot.content.search.index_cache import index_for
from bot.core.domain.knowledge import Knowledge
from bot.core.retrieval.analyzer import Analyzer
from bot.core.retrieval.index import Index
from tests.core.small_knowledge import knowledge

QUESTIONS = ("休学创业能保留学籍吗", "开网店能贷款吗", "修学", "xiuxue", "老板欠薪", "loan")


@pytest.fixture(scope="module")
def small() -> Knowledge:
    return knowledge()


@pytest.fixture(scope="module")
def word_tables(small: Knowledge, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Return the files that do not depend on the knowledge, which take a second to build."""
    folder = tmp_path_factory.mktemp("words")
    index_for(small, folder, prefer_rust=False)
    return (folder / "jieba.cache", *folder.glob("characters-*.json"))


@pytest.fixture
def folder(tmp_path: Path, word_tables: tuple[Path, ...]) -> Path:
    """Return a cache folder with nothing but these files."""
    folder = private_folder(tmp_path / "cache")
    for file in word_tables:
        (folder / file.name).hardlink_to(file)
    return folder


def index_files(folder: Path) -> list[Path]:
    """List the cached indexes of a folder."""
    return sorted(folder.glob("tables-*.json"))


def equivalent(one: Index, other: Index) -> bool:
    """Return whether two indexes answer the sample questions alike."""
    return all(one.search(q) == other.search(q) for q in QUESTIONS)


def test_a_cached_index_finds_the_same(folder: Path, small: Knowledge) -> None:
    built = index_for(small, folder)
    (file,) = index_files(folder)
    written = file.stat().st_mtime_ns
    assert equivalent(index_for(small, folder), built)
    assert file.stat().st_mtime_ns == written


def test_each_knowledge_version_has_its_own_file(folder: Path, small: Knowledge) -> None:
    index_for(small, folder)
    other = replace(small, version="other", supports={"desk": small.supports["desk"]})
    assert index_for(other, folder).documents == ("desk", "wages")
    assert len(index_files(folder)) == 2


@pytest.mark.parametrize("content", [b"{", b"[]", b"{}"])
def test_a_damaged_file_is_rebuilt(content: bytes, folder: Path, small: Knowledge) -> None:
    built = index_for(small, folder)
    (file,) = index_files(folder)
    file.write_bytes(content)
    assert equivalent(index_for(small, folder), built)
    assert file.read_bytes() != content


def test_a_file_with_values_of_the_wrong_type_is_rebuilt(folder: Path, small: Knowledge) -> None:
    built = index_for(small, folder)
    (file,) = index_files(folder)
    data = json.loads(file.read_bytes())
    file.write_text(json.dumps({**data, "vocabulary": 7, "terms": None}), encoding="utf-8")
    assert equivalent(index_for(small, folder), built)


def test_the_oldest_files_are_deleted(folder: Path, small: Knowledge) -> None:
    for number in range(KEPT_FILES + 3):
        old = folder / f"tables-old{number}-x.json"
        old.write_text("{}", encoding="utf-8")
        os.utime(old, (number, number))
    index_for(small, folder)
    assert len(index_files(folder)) == KEPT_FILES
    assert not list(folder.glob("*.part"))


def test_an_index_is_rebuilt_after_its_files_are_deleted(folder: Path, small: Knowledge) -> None:
    cleared = folder / "cleared"
    cleared.mkdir()
    index = index_for(small, cleared)
    for file in cleared.iterdir():
        file.unlink()
    (cleared / "in the way").mkdir()
    assert equivalent(index_for(small, cleared), index)


def test_a_new_folder_is_private(tmp_path: Path) -> None:
    made = private_folder(tmp_path / "a" / "b")
    assert made == tmp_path / "a" / "b"
    assert made.stat().st_mode & 0o777 == 0o700


def test_an_existing_folder_becomes_private(tmp_path: Path) -> None:
    wide = tmp_path / "wide"
    wide.mkdir(mode=0o777)
    assert private_folder(wide).stat().st_mode & 0o077 == 0


def test_a_temporary_folder_is_used_if_none_can_be_created(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    made = private_folder(tmp_path / "file" / "cache")
    assert made.is_dir()
    assert made.stat().st_mode & 0o777 == 0o700
    made.rmdir()


def test_a_system_without_user_ids_has_a_cache_too(
    tmp_path: Path, small: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "getuid")

    cache = private_folder(tmp_path / "cache")
    assert cache == tmp_path / "cache"
    index_for(small, cache)
    assert index_for(small, cache).documents


def feature_file(folder: Path) -> Path:
    """Return the only file of cached features."""
    (file,) = folder.glob("texts-*.json")
    return file


def next_version(small: Knowledge) -> Knowledge:
    """Return the knowledge with another title and another question of one support."""
    desk = replace(small.supports["desk"], title="免费的桌子", questions=("哪里有桌子坐",))
    return replace(small, version="next", supports={**small.supports, "desk": desk})


def test_an_index_from_cached_features_equals_one_built_from_scratch(
    folder: Path, small: Knowledge, tmp_path: Path
) -> None:
    index_for(small, folder)
    after = index_for(next_version(small), folder)
    rebuilt = index_for(next_version(small), private_folder(tmp_path / "rebuilt"))
    assert after.postings.dump() == rebuilt.postings.dump()
    assert list(after.vocabulary) == list(rebuilt.vocabulary)
    assert json.loads(feature_file(folder).read_bytes())["免费的桌子"]


def test_the_features_of_another_city_are_not_used(folder: Path, small: Knowledge) -> None:
    index_for(small, folder)
    elsewhere = replace(
        small, version="other", locality=replace(small.locality, city_words=("休学",))
    )
    index_for(elsewhere, folder)
    assert len(list(folder.glob("texts-*.json"))) == 2


def test_features_of_an_unchanged_text_are_not_extracted_again(
    folder: Path, small: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_for(small, folder)
    extracted: list[str] = []
    features = Analyzer.features

    def recording(self: Analyzer, text: str, *, truncate: bool = True) -> dict[str, float]:
        extracted.append(text)
        return features(self, text, truncate=truncate)

    monkeypatch.setattr(Analyzer, "features", recording)
    index_for(next_version(small), folder)
    assert set(extracted) == {"免费的桌子", "哪里有桌子坐"}


def test_other_dialect_words_have_their_own_feature_file(folder: Path, small: Knowledge) -> None:
    index_for(small, folder)
    local = replace(small, version="local", spoken={"台子": "桌子"})
    index_for(local, folder)
    assert len(list(folder.glob("texts-*.json"))) == 2


@pytest.mark.parametrize("content", ["{", '{"免费的桌子": "x"}', '{"免费的桌子": {"w:x": "y"}}'])
def test_damaged_features_are_extracted_again(
    content: str, folder: Path, small: Knowledge, tmp_path: Path
) -> None:
    index_for(small, folder)
    feature_file(folder).write_text(content, encoding="utf-8")
    after = index_for(next_version(small), folder)
    rebuilt = index_for(next_version(small), private_folder(tmp_path / "rebuilt"))
    assert after.postings.dump() == rebuilt.postings.dump()
