"""The numbered SQL files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.storage.migrations import SQL, Migration, migrations, missing


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_ours_are_numbered_and_whole(dialect: str) -> None:
    found = migrations(SQL / dialect)
    assert found
    assert all(list(migration.statements()) for migration in found)


def test_both_dialects_have_the_same_steps() -> None:
    names = [[m.name for m in migrations(SQL / dialect)] for dialect in ("sqlite", "postgres")]
    assert names[0] == names[1]


@pytest.mark.parametrize("names", [["0002_b.sql"], ["0001_a.sql", "0001_b.sql"]])
def test_a_gap_or_a_repeated_number_is_a_mistake(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;\n")
    with pytest.raises(ValueError, match="not numbered"):
        migrations(tmp_path)


def test_statements_end_at_semicolons_that_end_a_line() -> None:
    sql = "-- about\nSELECT ';' AS a,\n  1;\n\n  -- more\nSELECT 2;\n"
    assert list(Migration(1, "x", sql).statements()) == ["SELECT ';' AS a,\n  1;", "SELECT 2;"]
    with pytest.raises(ValueError, match="no semicolon"):
        list(Migration(1, "x", "SELECT 1").statements())


def test_only_newer_steps_are_missing_and_a_newer_database_is_refused() -> None:
    known = tuple(Migration(n, str(n), "") for n in (1, 2, 3))
    assert [m.version for m in missing(known, 1)] == [2, 3]
    assert missing(known, 3) == ()
    with pytest.raises(StoreError, match="升级"):
        missing(known, 4)
