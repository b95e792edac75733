"""The switches of place.yaml for emergencies: take them over at once, and write them."""

from __future__ import annotations

import asyncio
import re
import tempfile
from dataclasses import dataclass, fields
from pathlib import Path

from bot.content.documents.mapping_reader import as_mapping
from bot.content.documents.problems import Problems
from bot.content.documents.tree import parse
from bot.content.readers.loader import load
from bot.content.readers.place import PLACE
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import Knowledge
from bot.errors import KnowledgeError
from bot.service.version_history import Files, Origin, VersionEntry
from bot.workshop.drafts import write_files
from bot.workshop.put_live import LiveFolder

# The keys with their values, also where these go on in the next lines.
_SWITCH_LINES = re.compile(rb"^(?:paused|suspended)\s*:.*(?:\n(?:[ \t]+\S|-).*)*\n?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Switches:
    """Whether the bot is paused, and the ids of the supports that count as suspended."""

    paused: bool = False
    suspended: tuple[str, ...] = ()


def switches_of(knowledge: Knowledge) -> Switches:
    """Return the switches of a knowledge."""
    return Switches(knowledge.locality.paused, knowledge.locality.suspended)


def read_switches(folder: Path) -> Switches | None:
    """Return the switches in place.yaml, None if the file cannot be read."""
    problems = Problems()
    try:
        node = parse(PLACE, (folder / PLACE).read_bytes(), problems)
    except OSError:
        return None
    place = as_mapping(PLACE, node, problems, "整个文件") if node is not None else None
    if place is None:
        return None
    found = Switches(place.boolean("paused"), place.texts("suspended"))
    return None if problems else found


def switched_base(folder: Path, live: KnowledgeBase) -> KnowledgeBase | None:
    """Return the knowledge of a folder that differs from `live` in the switches only, with the
    index of `live`; None for any other folder.

    Nothing else can go wrong with it, so it needs no scenarios, which take several seconds.
    """
    found = read_switches(folder)
    if found is None or found == switches_of(live.knowledge):
        return None
    try:
        knowledge = load(folder)
    except KnowledgeError:
        return None
    if not _same(knowledge.without_switches(), live.knowledge.without_switches()):
        return None
    return KnowledgeBase(knowledge, live.index, live.act_model, ranker=live.ranker)


def _same(one: Knowledge, other: Knowledge) -> bool:
    """Return whether two versions say the same."""
    names = [each.name for each in fields(Knowledge) if each.name != "version"]
    return all(getattr(one, name) == getattr(other, name) for name in names)


async def publish_switches(live: LiveFolder, wanted: Switches, who: str, why: str) -> VersionEntry:
    """Put these switches live at once, without the scenarios. Raises KnowledgeError if the folder
    cannot be loaded with them, VersionError or StoreError; nothing is changed then."""
    await live.recover()
    files = await live.files()
    changed, version = await asyncio.to_thread(_with_switches, files, wanted)
    return await live.put(changed, version, Origin.PUBLISH, who, why, files)


def _with_switches(files: Files, wanted: Switches) -> tuple[Files, str]:
    """Return the files with these switches, and their version."""
    text = _SWITCH_LINES.sub(b"", files.get(PLACE, b""))
    lines = ["paused: true"] if wanted.paused else []
    if wanted.suspended:
        lines.append(f"suspended: [{', '.join(wanted.suspended)}]")
    newline = b"" if not text or text.endswith(b"\n") else b"\n"
    added = "".join(f"{line}\n" for line in lines).encode()
    changed = {**files, PLACE: text + newline + added if lines else text}
    with tempfile.TemporaryDirectory(prefix="switching-") as folder:
        write_files(Path(folder), changed)
        return changed, load(Path(folder)).version
