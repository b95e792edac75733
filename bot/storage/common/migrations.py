"""Schema migrations: the numbered SQL files of a dialect, `0001_first.sql`, `0002_….sql`, ….

The table `schema_version` has the number of the last migration. A statement ends at a line whose
last character is `;`, so the body of a trigger must not have such lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.errors import StoreError

SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True, slots=True)
class Migration:
    """One SQL file."""

    version: int
    name: str
    sql: str

    def statements(self) -> Iterator[str]:
        """Yield the statements one by one: executescript of SQLite would commit in between."""
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
    """Return the migrations of a dialect's folder in order. Raises ValueError if a number is
    missing or repeated."""
    found = tuple(
        Migration(int(path.name.partition("_")[0]), path.name, path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("[0-9]*.sql"))
    )
    if [m.version for m in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"{folder}: migrations are not numbered 1, 2, 3, …")
    return found


def missing(known: tuple[Migration, ...], version: int) -> tuple[Migration, ...]:
    """Return the migrations that a database at this version lacks. Raises StoreError if a newer
    program wrote it."""
    if version > len(known):
        raise StoreError(
            f"数据库的结构版本是 {version}，这个程序只认识到 {len(known)}："
            "它是新版的程序写的，请升级程序后再启动"
        )
    return known[version:]
