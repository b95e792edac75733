"""The copy of the last valid knowledge: when it is made, and when a start uses it."""

from __future__ import annotations

from pathlib import Path

from bot.content.live.last_good_copy import choose_folder, copy_folder, save_copy
from bot.content.readers.loader import load
from tests.content.sample_folder import PHRASES, checked, edit


def test_a_first_start_takes_the_folder_itself(folder: Path, tmp_path: Path) -> None:
    assert choose_folder(folder, tmp_path) == folder


def test_the_copy_is_taken_while_the_folder_has_another_version(
    folder: Path, tmp_path: Path
) -> None:
    version = load(folder).version
    assert save_copy(folder, tmp_path, version)
    assert choose_folder(folder, tmp_path) == folder

    edit(folder, PHRASES, "bye: 再见", "bye: 走好")
    kept = choose_folder(folder, tmp_path)
    assert kept == copy_folder(folder, tmp_path)
    assert load(kept).version == version
    assert load(kept).phrases["bye"] == "再见"
    assert checked(kept) == []


def test_a_version_saved_after_the_check_is_not_copied(folder: Path, tmp_path: Path) -> None:
    version = load(folder).version
    edit(folder, PHRASES, "bye: 再见", "bye: 走好")

    assert not save_copy(folder, tmp_path, version)
    assert choose_folder(folder, tmp_path) == folder


def test_only_the_last_copy_stays(folder: Path, tmp_path: Path) -> None:
    save_copy(folder, tmp_path, load(folder).version)
    edit(folder, PHRASES, "bye: 再见", "bye: 走好")
    assert save_copy(folder, tmp_path, load(folder).version)
    assert not save_copy(folder, tmp_path, load(folder).version)

    kept = copy_folder(folder, tmp_path)
    assert load(kept).phrases["bye"] == "走好"
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_no_copy_is_made_if_the_folder_is_not_writable(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("", "utf-8")

    assert not save_copy(folder, tmp_path, load(folder).version)
    assert choose_folder(folder, tmp_path) == folder


def test_the_copy_depends_on_every_module_and_template_of_the_package(tmp_path: Path) -> None:
    package = tmp_path / "bot"
    files = ["core/a.py", "channels/b.py", "channels/page.html"]
    for name in files:
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("")
    folders = {copy_folder(tmp_path, tmp_path, package)}
    for name in files:
        (package / name).write_text("say('phrase')")
        folders.add(copy_folder(tmp_path, tmp_path, package))

    assert len(folders) == 1 + len(files)
