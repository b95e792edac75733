"""An edit is saved whole or not at all, and never over the change of somebody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import EditRefused
from bot.workshop.editing import saving
from bot.workshop.editing.operations import add_question
from tests.content.sample_folder import VENUE


def test_a_change_made_meanwhile_is_not_overwritten(folder: Path) -> None:
    edit = add_question(folder, "venue-grant", "新问法", write=False)
    other = add_question(folder, "venue-grant", "另一个人的问法")
    with pytest.raises(EditRefused, match="刚刚被别人改过"):
        saving.save(folder, edit)
    assert (folder / VENUE).read_bytes() == other.after


def test_a_failed_write_leaves_the_old_file_and_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (folder / VENUE).read_bytes()
    names = sorted(path.name for path in (folder / VENUE).parent.iterdir())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(EditRefused, match="磁盘满了"):
        add_question(folder, "venue-grant", "新问法")
    assert (folder / VENUE).read_bytes() == before
    assert sorted(path.name for path in (folder / VENUE).parent.iterdir()) == names


def test_the_permissions_of_the_file_stay(folder: Path) -> None:
    (folder / VENUE).chmod(0o640)
    add_question(folder, "venue-grant", "新问法")
    assert (folder / VENUE).stat().st_mode & 0o777 == 0o640


def test_a_new_file_shows_as_added_in_its_diff() -> None:
    edit = saving.Edit("scenarios/new.yaml", 1, None, "- name: 甲\n".encode())
    assert edit.diff.splitlines()[:2] == ["--- /dev/null", "+++ scenarios/new.yaml"]
    assert str(edit).startswith("scenarios/new.yaml:1\n---")
