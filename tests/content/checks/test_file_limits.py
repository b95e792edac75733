"""Notes on files that come near a limit of the reader."""

from __future__ import annotations

from bot.content.checks.file_limits import NEAR, near_limits
from bot.content.documents.snapshot import MAX_FILES
from bot.content.documents.tree import MAX_BYTES


def test_a_large_file_is_named_before_it_is_refused() -> None:
    limit = MAX_BYTES * NEAR // 100
    files = {"scenarios/a.yaml": b"a" * limit, "scenarios/b.yaml": b"b" * (limit + 1)}
    (note,) = near_limits(files)
    assert note.startswith("scenarios/b.yaml：已经 1.5 MB，到 2 MB")


def test_many_files_are_counted_before_some_are_left_out() -> None:
    few = MAX_FILES * NEAR // 100
    assert near_limits({f"scenarios/{n}.yaml": b"" for n in range(few)}) == ()
    (note,) = near_limits({f"scenarios/{n}.yaml": b"" for n in range(few + 1)})
    assert f"一共 {few + 1} 个文件，最多读 {MAX_FILES} 个" in note
