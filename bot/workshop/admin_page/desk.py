"""The draft and the live files, as the pages work with them."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from bot.content.documents.tree import MAX_BYTES
from bot.errors import EditRefused, VersionError
from bot.service.version_history import Files
from bot.workshop.admin_page.gate import Refused
from bot.workshop.drafts import (
    DraftState,
    draft_files,
    draft_state,
    editors,
    is_draft,
    merge_file,
    note_editor,
    write_files,
)
from bot.workshop.editing.saving import Edit, save, save_all
from bot.workshop.folder import file_digests
from bot.workshop.publishing import Publisher

T = TypeVar("T")


def file_digest(data: bytes) -> str:
    """Return the hash that a form carries: the file has not changed since if it is still that."""
    return sha256(data).hexdigest()[:24]


@dataclass
class Desk:
    """What an editor works with. `draft`: the folder of the draft, which the first edit makes."""

    publisher: Publisher
    draft: Path
    # Returns a time in the zone of the city.
    local: Callable[[datetime], datetime]

    @property
    def has_draft(self) -> bool:
        """Whether there is a draft."""
        return is_draft(self.draft)

    async def files(self) -> Files:
        """Return the files of the draft, or of what is live without one. Raises Refused."""
        return await told(self._files)

    async def state(self) -> DraftState | None:
        """Return how the draft stands to what is live, None without one. Raises Refused."""
        if not self.has_draft:
            return None

        async def work() -> DraftState:
            live = await self.publisher.live.files()
            return await asyncio.to_thread(draft_state, self.draft, live)

        return await told(work)

    async def save(self, name: str, shown: str, content: bytes, user: str) -> None:
        """Replace a file of the draft, if its digest is still `shown`. Raises ChangedMeanwhile,
        or Refused."""
        _refuse_large(content)
        if not self.has_draft:
            await told(lambda: self.publisher.draft(self.draft, user))
        files = await self.files()
        before = files.get(name)
        if before is None:
            raise Refused("草稿里没有这个文件。", 404)
        if file_digest(before) != shown:
            raise ChangedMeanwhile
        try:
            await asyncio.to_thread(save, self.draft, Edit(name, 1, before, content))
        except EditRefused as error:
            raise Refused(str(error)) from None
        if content != before:
            await self._note_editor([name], user)

    async def change(self, edit: Callable[[Path], list[Edit]], user: str) -> list[Edit]:
        """Carry out an edit of a folder on the draft, which is made if there is none. Return what
        was written. Raises Refused if the edit raises EditRefused; then nothing is written, and
        no draft is made."""
        edits = await self.tried(edit)
        try:
            if not self.has_draft:
                await told(lambda: self.publisher.draft(self.draft, user))
            await asyncio.to_thread(save_all, self.draft, edits)
        except EditRefused as error:
            raise Refused(str(error), 409) from None
        await self._note_editor([each.file for each in edits], user)
        return edits

    def editors(self, state: DraftState, user: str) -> list[OwnFile]:
        """Return the files that the draft changes, and who changed them."""
        known = editors(self.draft)
        return [
            OwnFile(name, known.get(name, ()), {*known.get(name, ())} != {user})
            for name in state.own.names
        ]

    async def base_file(self, name: str, state: DraftState) -> bytes | None:
        """Return a file as it was when the draft was made, None if there was none, or if no
        version with it is kept."""
        wanted = state.base.hashes.get(name)
        history = self.publisher.live.history
        entries = await history.entries() if wanted else []
        # Nearly always the version that the draft was copied from.
        entries.sort(key=lambda each: each.number != state.base.number)
        for entry in entries:
            data = (await history.files(entry.number) or {}).get(name)
            if data is not None and file_digests({name: data})[name] == wanted:
                return data
        return None

    async def merge(
        self, name: str, seen: tuple[str, str], content: bytes | None, user: str
    ) -> None:
        """Put a merged file into the draft. `seen`: the digests of the draft's and of the live
        file that were merged. Raises ChangedMeanwhile if one has changed since, or Refused."""
        live = (await told(self.publisher.live.files)).get(name)
        mine = (await self.files()).get(name)
        if (file_digest(mine or b""), file_digest(live or b"")) != seen:
            raise ChangedMeanwhile
        _refuse_large(content or b"")
        await told(lambda: asyncio.to_thread(merge_file, self.draft, name, mine, live, content))
        await self._note_editor([name], user)

    async def _note_editor(self, names: Sequence[str], user: str) -> None:
        # Not in a thread: two users' notes would overwrite each other.
        async def note() -> None:
            note_editor(self.draft, names, user)

        await told(note)

    async def tried(self, work: Callable[[Path], T]) -> T:
        """Return what `work` makes of a copy of the files. Raises Refused for EditRefused."""
        files = await self.files()
        try:
            return await asyncio.to_thread(_on_copy, files, work)
        except EditRefused as error:
            raise Refused(str(error), 409) from None

    async def _files(self) -> Files:
        if self.has_draft:
            return await asyncio.to_thread(draft_files, self.draft)
        return await self.publisher.live.files()


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file that the draft changes. `users`: who changed it on the page, nobody if it was changed
    in another way; `others`: whether somebody else did, or may have."""

    name: str
    users: tuple[str, ...]
    others: bool


class ChangedMeanwhile(Exception):
    """Somebody else has changed the file since it was shown."""


def _refuse_large(content: bytes) -> None:
    """Raise Refused for a file that readers of the folder would leave out."""
    if len(content) > MAX_BYTES:
        raise Refused("文件太大了：一个文件最多 2 MB。", 413)


def _on_copy(files: Files, work: Callable[[Path], T]) -> T:
    """Return what `work` makes of a folder with these files."""
    with tempfile.TemporaryDirectory() as there:
        folder = Path(there) / "knowledge"
        write_files(folder, files)
        return work(folder)


async def told(work: Callable[[], Awaitable[T]]) -> T:
    """Return what `work` returns; an error that an admin can understand becomes Refused."""
    try:
        return await work()
    except VersionError as error:
        raise Refused(str(error), 409) from None
