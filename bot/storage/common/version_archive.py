"""A version of the knowledge as one ZIP file, which can be opened without this program."""

from __future__ import annotations

import io
import zipfile
import zlib
from datetime import UTC, datetime
from typing import Any

from bot.core.domain.json_codec import dump_bytes, load
from bot.errors import StoreDamaged
from bot.service.version_history import Files, Origin, VersionNote

NOTE = "version.json"
FOLDER = "knowledge/"
# ZIP files hold local times from 1980 on; the real time stands in NOTE.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_UNREADABLE = (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError, zlib.error)


def pack(note: VersionNote, files: Files) -> bytes:
    """Return the ZIP file of a version."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr(_member(NOTE), dump_bytes(_values(note)), zipfile.ZIP_DEFLATED)
        for name, data in files.items():
            target.writestr(_member(FOLDER + name), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def unpack_note(packed: bytes, name: str) -> VersionNote:
    """Return the note of a ZIP file. Raises StoreDamaged, which names the file as `name`."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as source:
            return _note(load(source.read(NOTE)))
    except _UNREADABLE as error:
        raise _damaged(name) from error


def unpack_files(packed: bytes, name: str) -> Files:
    """Return the files of a ZIP file. Raises StoreDamaged, which names the file as `name`."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as source:
            names = (each for each in source.namelist() if each.startswith(FOLDER))
            return {each.removeprefix(FOLDER): source.read(each) for each in names}
    except _UNREADABLE as error:
        raise _damaged(name) from error


def _damaged(name: str) -> StoreDamaged:
    return StoreDamaged(f"存下的版本 {name} 坏了，读不出来")


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _ZIP_TIME)
    info.external_attr = 0o644 << 16
    return info


def _values(note: VersionNote) -> dict[str, str]:
    return {
        "version": note.version,
        "digest": note.digest,
        "origin": note.origin.value,
        "at": note.at.astimezone(UTC).isoformat(),
        "who": note.who,
        "why": note.why,
    }


def _note(values: Any) -> VersionNote:
    return VersionNote(
        version=str(values["version"]),
        digest=str(values["digest"]),
        origin=Origin(values["origin"]),
        at=datetime.fromisoformat(values["at"]),
        who=str(values["who"]),
        why=str(values["why"]),
    )
