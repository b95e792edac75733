"""Search tables kept on disk: read back the same, never trusted, never needed."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from bot.content.search.index_cache import KEPT, index_for, private_folder
from bot.core.domain.knowledge import Knowledge
from bot.core.retrieval.analyzer import Analyzer
from bot.core.retrieval.index import Index
from tests.core.small_knowledge import knowledge

QUESTIONS = ("休学创业能保留学籍吗", "开网店能贷款吗", "修学", "xiuxue", "老板欠薪", "loan")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return private_folder(tmp_path / "cache")


@pytest.fixture(scope="module")
def held() -> Knowledge:
    return knowledge()


def stored(folder: Path) -> list[Path]:
    return sorted(folder.glob("tables-*.json"))


def same(one: Index, other: Index) -> bool:
    return all(one.search(q) == other.search(q) for q in QUESTIONS)


def test_what_is_read_back_finds_the_same(folder: Path, held: Knowledge) -> None:
    built = index_for(held, folder, prefer_rust=False)
    (file,) = stored(folder)
    written = file.stat().st_mtime_ns
    assert same(index_for(held, folder, prefer_rust=False), built)
    assert file.stat().st_mtime_ns == written


def test_other_knowledge_has_other_tables(folder: Path, held: Knowledge) -> None:
    index_for(held, folder, prefer_rust=False)
    less = replace(held, version="less", supports={"desk": held.supports["desk"]})
    assert index_for(less, folder, prefer_rust=False).documents == ("desk", "wages")
    assert len(stored(folder)) == 2


@pytest.mark.parametrize("planted", [b"{", b"[]", b"{}"])
def test_a_damaged_file_is_built_anew(planted: bytes, folder: Path, held: Knowledge) -> None:
    built = index_for(held, folder, prefer_rust=False)
    (file,) = stored(folder)
    file.write_bytes(planted)
    assert same(index_for(held, folder, prefer_rust=False), built)
    assert file.read_bytes() != planted


def test_a_file_whose_parts_have_the_wrong_shape_is_built_anew(
    folder: Path, held: Knowledge
) -> None:
    built = index_for(held, folder, prefer_rust=False)
    (file,) = stored(folder)
    data = json.loads(file.read_bytes())
    file.write_text(json.dumps({**data, "vocabulary": 7, "terms": None}), encoding="utf-8")
    assert same(index_for(held, folder, prefer_rust=False), built)


def test_old_tables_are_cleared_away(folder: Path, held: Knowledge) -> None:
    for number in range(KEPT + 3):
        old = folder / f"tables-old{number}-x.json"
        old.write_text("{}", encoding="utf-8")
        os.utime(old, (number, number))
    index_for(held, folder, prefer_rust=False)
    assert len(stored(folder)) == KEPT
    assert not list(folder.glob("*.part"))


def test_no_room_for_tables_costs_speed_only(folder: Path, held: Knowledge) -> None:
    gone = folder / "gone"
    gone.mkdir()
    index = index_for(held, gone, prefer_rust=False)
    for file in gone.iterdir():
        file.unlink()
    (gone / "in the way").mkdir()
    assert same(index_for(held, gone, prefer_rust=False), index)


def test_the_folder_is_ours_alone(tmp_path: Path) -> None:
    made = private_folder(tmp_path / "a" / "b")
    assert made == tmp_path / "a" / "b"
    assert made.stat().st_mode & 0o777 == 0o700


def test_an_open_folder_is_closed(tmp_path: Path) -> None:
    wide = tmp_path / "wide"
    wide.mkdir(mode=0o777)
    assert private_folder(wide).stat().st_mode & 0o077 == 0


def test_where_no_folder_can_be_made_a_fresh_one_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    made = private_folder(tmp_path / "file" / "cache")
    assert made.is_dir()
    assert made.stat().st_mode & 0o777 == 0o700
    made.rmdir()


def test_a_system_without_numbers_of_users_keeps_tables_too(
    tmp_path: Path, held: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "getuid")

    cache = private_folder(tmp_path / "cache")
    assert cache == tmp_path / "cache"
    index_for(held, cache)
    assert index_for(held, cache).documents


def texts(folder: Path) -> Path:
    (file,) = folder.glob("texts-*.json")
    return file


def changed(held: Knowledge) -> Knowledge:
    """The next version: one question more, and another title."""
    desk = replace(held.supports["desk"], title="免费的桌子", questions=("哪里有桌子坐",))
    return replace(held, version="next", supports={**held.supports, "desk": desk})


def test_the_next_version_is_the_same_as_if_all_of_it_were_taken_apart_anew(
    folder: Path, held: Knowledge, tmp_path: Path
) -> None:
    index_for(held, folder, prefer_rust=False)
    after = index_for(changed(held), folder, prefer_rust=False)
    anew = index_for(changed(held), private_folder(tmp_path / "anew"), prefer_rust=False)
    assert after.table.dump() == anew.table.dump()
    assert list(after.vocabulary) == list(anew.vocabulary)
    assert json.loads(texts(folder).read_bytes())["免费的桌子"]


def test_a_text_that_did_not_change_is_not_taken_apart_again(
    folder: Path, held: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_for(held, folder, prefer_rust=False)
    taken = []
    features = Analyzer.features

    def counted(self: Analyzer, text: str, *, cap: bool = True) -> dict[str, float]:
        taken.append(text)
        return features(self, text, cap=cap)

    monkeypatch.setattr(Analyzer, "features", counted)
    index_for(changed(held), folder, prefer_rust=False)
    assert set(taken) == {"免费的桌子", "哪里有桌子坐"}


def test_other_dialect_words_take_every_text_apart_anew(folder: Path, held: Knowledge) -> None:
    index_for(held, folder, prefer_rust=False)
    local = replace(held, version="local", spoken={"台子": "桌子"})
    index_for(local, folder, prefer_rust=False)
    assert len(list(folder.glob("texts-*.json"))) == 2


@pytest.mark.parametrize("planted", ["{", '{"免费的桌子": "x"}', '{"免费的桌子": {"w:x": "y"}}'])
def test_damaged_texts_are_taken_apart_anew(
    planted: str, folder: Path, held: Knowledge, tmp_path: Path
) -> None:
    index_for(held, folder, prefer_rust=False)
    texts(folder).write_text(planted, encoding="utf-8")
    after = index_for(changed(held), folder, prefer_rust=False)
    anew = index_for(changed(held), private_folder(tmp_path / "anew"), prefer_rust=False)
    assert after.table.dump() == anew.table.dump()
