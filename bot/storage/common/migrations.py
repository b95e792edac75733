"""The numbered SQL files of a dialect: `0001_first.sql`, `0002_….sql`, and so on.

A database keeps the number of its last file in `schema_version`. Statements end in a line whose
last character is `;`, so a trigger's body must not have such lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.errors import StoreError

SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    version: int
    name: str
    sql: str

    def statements(self) -> Iterator[str]:
        """The statements one by one: SQLite's executescript would commit behind our back."""
        lines: list[str] = []
        for line in self.sql.splitlines():
            if not line.strip() or line.lstrip().startswith("--"):
                continue
            lines.append(line)
            if line.rstrip().endswith(";"):
                yield "\n".join(lines)
                lines.clear()
        if lines:
            raise ValueError(f"{self.name}: the last statement has no semicolon")


def migrations(folder: Path) -> tuple[Migration, ...]:
    """The migrations in a dialect's folder, in order. Raises ValueError where a number is
    missing or there twice: a fault of the programmer, not of the database."""
    found = tuple(
        Migration(int(path.name.partition("_")[0]), path.name, path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("[0-9]*.sql"))
    )
    if [m.version for m in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"{folder}: migrations are not numbered 1, 2, 3, …")
    return found


def missing(known: tuple[Migration, ...], version: int) -> tuple[Migration, ...]:
    """What a database at this version still needs. Raises StoreError where a newer program than
    this one wrote it."""
    if version > len(known):
        raise StoreError(
            f"数据库的结构版本是 {version}，这个程序只认识到 {len(known)}："
            "它是新版的柳创通写的，请升级程序后再启动"
        )
    return known[version:]
