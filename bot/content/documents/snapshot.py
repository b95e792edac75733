"""Read the bytes of a knowledge folder once: version and content come from the same bytes."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.content.documents.problems import Problems, nearest
from bot.content.documents.tree import MAX_BYTES

TOP_FILES = ("bureaus.yaml", "interview.yaml", "place.yaml")
LANGUAGE_FILES = (
    "language/acts.yaml",
    "language/aspect_questions.yaml",
    "language/aspects.yaml",
    "language/bureau_questions.yaml",
    "language/paper_questions.yaml",
    "language/confirmations.yaml",
    "language/dialect.yaml",
    "language/english.yaml",
    "language/fillers.yaml",
    "language/other_cities.yaml",
    "language/questions.yaml",
    "language/requests.yaml",
    "language/scopes.yaml",
    "language/synonyms.yaml",
    "language/unstated.yaml",
)
# Files of language/ that may be absent: without lists, templates have no lists.
OPTIONAL_LANGUAGE_FILES = ("language/lists.yaml",)
# Files that every knowledge folder has, besides at least one in most of the folders.
REQUIRED_FILES = (*TOP_FILES, *LANGUAGE_FILES)
FOLDERS = {
    "facts": ".yaml",
    "language": ".yaml",
    "later_rules": ".yaml",
    "out_of_scope": ".yaml",
    "phrases": ".yaml",
    "policies": ".yaml",
    "scenarios": ".yaml",
    "sources": ".txt",
}
# Folders that may be absent; so may the supports of a new policy.
_OPTIONAL = ("later_rules", "scenarios")
POLICY_FILE = "policy.yaml"
SUPPORTS = "supports"
# The schemas that editors read; no knowledge.
SCHEMA_FOLDER = "schema"
MAX_FILES = 5000
CONFLICT_COPY = "看名字是两处同时改动留下的冲突副本，没有读"
_COPY = re.compile(r"副本|复件|备份|[(（]\d+[)）]|[ _.-](?:copy|bak|old)\.\w+$", re.IGNORECASE)
# Names that Syncthing, Dropbox, Nextcloud, Seafile, 坚果云, OneDrive (with the name of a Windows
# computer, in capitals) and `git mergetool` give to the second of two changes.
_CONFLICT_COPY = re.compile(
    r"冲突|sync-conflict|conflicted|\[conflict|\(conflict|case.conflict|sfconflict"
    r"|(?-i:[-_ ](?:DESKTOP|LAPTOP|WIN|PC)-[A-Z0-9]{4,15}(?=[.(_ -]))"
    r"|_(?:base|local|remote|backup)_\d+",
    re.IGNORECASE,
)
_CONFLICT_HINT = "对照原来的文件，把要的内容合并过去，再把它移到知识库文件夹外面"
_COPY_HINT = "备份放到知识库文件夹外面，用不着就删掉；真是另一个文件就改个名字"
# Stands in a folder while its files are replaced one by one, until all are.
UNFINISHED = ".publishing"
# How often, and at what intervals, a folder that is being replaced is looked at again.
_LOOKS = 40
_LOOK_SECONDS = 0.05
_LEFT_BEHIND = ("~", ".swp", ".tmp", ".bak")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The bytes of every knowledge file by its path in the folder, sorted by path."""

    files: Mapping[str, bytes]

    @property
    def version(self) -> str:
        """Return 12 hex digits of a hash over all files except the scenarios."""
        digest = hashlib.sha256()
        for name, data in self.files.items():
            if not name.startswith("scenarios/"):
                head = f"{name}\0{len(data)}\0".encode("utf-8", "surrogateescape")
                digest.update(head + data)
        return digest.hexdigest()[:12]

    def under(self, folder: str) -> Iterator[tuple[str, bytes]]:
        """Return the files of one sub-folder with their bytes."""
        return ((n, data) for n, data in self.files.items() if n.startswith(f"{folder}/"))


def read_snapshot(folder: Path, problems: Problems, *, only: str = "") -> Snapshot:
    """Read the folder, or only the sub-folder `only`.

    A file that is missing, disappears meanwhile, is no regular file or links out of the folder
    becomes a problem. A folder that is replaced meanwhile is read again: the files are all of one
    version.
    """
    for _ in range(_LOOKS):
        before, found = _replacement(folder), Problems()
        files = _read_once(folder, found, only)
        if before == _replacement(folder) and not before[-1]:
            break
        time.sleep(_LOOK_SECONDS)
    else:
        if _replacement(folder)[-1]:
            hint = "运行 python -m bot status，会接着做完"
            found.add(str(folder), 1, "上一次发布没有做完，文件有新有旧", hint)
    problems.extend(found.sorted())
    return files


def _replacement(folder: Path) -> tuple[int, int, bool]:
    """Return what identifies a folder, and whether its files are being replaced."""
    try:
        found = folder.stat()
    except OSError:
        return 0, 0, False
    return found.st_dev, found.st_ino, (folder / UNFINISHED).exists()


def _read_once(folder: Path, problems: Problems, only: str) -> Snapshot:
    try:
        root = folder.resolve(strict=True)
        present = _visible_names(root)
    except (OSError, RuntimeError):
        problems.add(
            str(folder), 1, "找不到知识库文件夹，或者打不开", "检查 knowledge 的路径和权限"
        )
        return Snapshot({})
    wanted: list[str] = []
    if not only and not {*TOP_FILES, *FOLDERS} & {*present}:
        hint = "要指到有 bureaus.yaml、policies 等的那一个文件夹"
        problems.add(str(folder), 1, "这不是知识库文件夹", hint)
        return Snapshot({})
    if not only:
        wanted += REQUIRED_FILES
        _report_unknown_files(root, present, problems)
    for name, suffix in FOLDERS.items():
        if only in ("", name):
            found = _policy_files if name == "policies" else _files_in
            wanted += found(root, name, suffix, problems)
    files = {}
    names = sorted({*wanted})
    for name in names[:MAX_FILES]:
        data = _read(root, name, problems)
        if data is not None:
            files[name] = data
    if len(names) > MAX_FILES:
        problems.add(str(folder), 1, f"文件超过 {MAX_FILES} 个，后面的没有读", "合并一些文件")
    return Snapshot(files)


def _visible_names(path: Path) -> list[str]:
    """Return the names in a folder, without hidden files and temporary files of editors."""
    return sorted(entry.name for entry in path.iterdir() if is_visible(entry.name))


def is_visible(name: str) -> bool:
    """Return whether a name is that of a file to read: neither hidden nor left by an editor."""
    return not name.startswith((".", "#", "~$")) and not name.endswith(_LEFT_BEHIND)


def _report_unknown_files(root: Path, present: list[str], problems: Problems) -> None:
    known = (*TOP_FILES, *FOLDERS)
    for name in present:
        if name in known or name == SCHEMA_FOLDER:
            continue
        if name.lower().endswith((".yaml", ".txt")) and _CONFLICT_COPY.search(name):
            problems.add(_printable(name), 1, CONFLICT_COPY, _CONFLICT_HINT)
        elif name.lower().endswith((".yaml", ".yml", ".yaml.txt")):
            folder = name.partition(".")[0]
            hint = (
                f"现在是一个文件夹：把内容放进 {folder}/"
                if folder in FOLDERS
                else nearest(name, known) or "备份放到知识库文件夹外面；不用的删掉"
            )
            problems.add(_printable(name), 1, "不认识的文件，没有读", hint)
        elif (root / name).is_dir():
            hint = nearest(name, FOLDERS) or "备份放到知识库文件夹外面"
            problems.add(_printable(f"{name}/"), 1, "不认识的文件夹，里面的没有读", hint)


def _policy_files(root: Path, folder: str, suffix: str, problems: Problems) -> list[str]:
    """Return the files of each policy: `<policy>/policy.yaml` and `<policy>/supports/*.yaml`."""
    found = []
    for name in _names_in(root, folder, problems):
        here = f"{folder}/{name}"
        shown = _printable(here)
        if _CONFLICT_COPY.search(name):
            problems.add(shown, 1, CONFLICT_COPY, _CONFLICT_HINT)
        elif not (root / here).is_dir():
            if name.lower().endswith((".yaml", ".yml", ".txt")):
                hint = f"每份政策一个文件夹：{folder}/编号/{POLICY_FILE}"
                problems.add(shown, 1, "没有读这个文件", hint)
        elif _COPY.search(name):
            problems.add(f"{shown}/", 1, "看名字是副本或备份，没有读", _COPY_HINT)
        else:
            found.append(f"{here}/{POLICY_FILE}")
            for other in _names_in(root, here, problems):
                if other in (POLICY_FILE, SUPPORTS):
                    continue
                place = f"{shown}/{_printable(other)}"
                if _CONFLICT_COPY.search(other):
                    problems.add(place, 1, CONFLICT_COPY, _CONFLICT_HINT)
                else:
                    hint = f"这里只放 {POLICY_FILE} 和 {SUPPORTS}/；备份放到知识库文件夹外面"
                    problems.add(place, 1, "没有读这个文件", hint)
            found += _files_in(root, f"{here}/{SUPPORTS}", suffix, problems)
    return found


def _names_in(root: Path, folder: str, problems: Problems) -> list[str]:
    """Return the visible names of a folder; a missing one is a problem unless it is optional."""
    try:
        return _visible_names(root / folder)
    except OSError:
        if folder not in _OPTIONAL and not folder.endswith(f"/{SUPPORTS}"):
            message = "找不到这个文件夹，或者打不开"
            problems.add(f"{_printable(folder)}/", 1, message, "在知识库里建好它")
        return []


def _files_in(root: Path, folder: str, suffix: str, problems: Problems) -> list[str]:
    found = []
    known = (*LANGUAGE_FILES, *OPTIONAL_LANGUAGE_FILES)
    for name in _names_in(root, folder, problems):
        shown = _printable(f"{folder}/{name}")
        if name.endswith(suffix) and _CONFLICT_COPY.search(name):
            problems.add(shown, 1, CONFLICT_COPY, _CONFLICT_HINT)
        elif folder == "language" and name.endswith(suffix) and shown not in known:
            hint = nearest(shown, known) or "备份放到知识库文件夹外面"
            problems.add(shown, 1, "不认识的文件，没有读", hint)
        elif name.endswith(suffix) and _COPY.search(name):
            problems.add(shown, 1, "看名字是副本或备份，没有读", _COPY_HINT)
        elif name.endswith(suffix):
            found.append(f"{folder}/{name}")
        elif name.lower().endswith((".yaml", ".yml", ".txt")):
            hint = f"这个文件夹里的文件名要以小写的 {suffix} 结尾"
            problems.add(shown, 1, "没有读这个文件", hint)
        elif (root / folder / name).is_dir():
            problems.add(f"{shown}/", 1, "文件夹里面的文件没有读", f"把它们直接放进 {folder}/")
    return found


def _read(root: Path, name: str, problems: Problems) -> bytes | None:
    """Return the bytes of one file, at most one more than the limit, which `decode` refuses."""
    shown = _printable(name)
    try:
        path = (root / name).resolve(strict=True)
        if not path.is_relative_to(root):
            problems.add(shown, 1, "这个链接指到了知识库外面，没有读", "把文件本身放进来")
            return None
        if not stat.S_ISREG(path.stat().st_mode):
            problems.add(shown, 1, "这不是普通文件，没有读", "改个名字，或者删掉")
            return None
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, RuntimeError, ValueError):
        problems.add(shown, 1, "找不到这个文件，或者打不开", "每个知识库都要有它：从备份里拿回来")
        return None


def _printable(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "replace")
