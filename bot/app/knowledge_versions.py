"""Wire the history of the knowledge: for the commands, and for the running service."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot.app import composition, knowledge_diff
from bot.content.readers.loader import load
from bot.core.domain.knowledge import Knowledge
from bot.errors import KnowledgeError, PolicyBotError, Problem, StoreError, VersionError
from bot.service.version_history import Files, Origin, VersionHistory
from bot.storage.factory import history_for, is_shared
from bot.workshop.effects.questions import Question
from bot.workshop.effects.report import lines, regression_lines
from bot.workshop.folder import digest, read_files
from bot.workshop.mount_points import is_mount_point
from bot.workshop.publishing import Asked, Effects, Publisher
from bot.workshop.put_live import LiveFolder
from bot.workshop.shared_versions import SharedVersions
from bot.workshop.status import (
    Refusal,
    ServiceFile,
    ServiceReport,
    Status,
    read_status,
    refusal,
)

if TYPE_CHECKING:
    from bot.config import Settings

# Seconds between two looks at a history that several processes share.
LOOK_SECONDS = 1.0
DRAFT = "draft"


def data_folder(home: Path) -> Path:
    """Return the folder of the program's own data."""
    return home / "data"


def draft_folder(home: Path) -> Path:
    """Return the folder of the draft that no other is named for."""
    return data_folder(home) / DRAFT


def open_history(store_url: str, home: Path) -> VersionHistory:
    """Return the history for this store, not yet open."""
    return history_for(store_url, data_folder(home) / "versions")


def live_folder(settings: Settings, home: Path, history: VersionHistory) -> LiveFolder:
    """Return the live knowledge folder of these settings."""
    data = data_folder(home)

    def in_place() -> bool:
        service = ServiceFile(data)
        report = service.read() if service.running else None
        return bool(report and report.mounted)

    return LiveFolder(
        folder=settings.knowledge,
        data=data,
        history=history,
        clock=composition.now,
        shared=is_shared(settings.store),
        in_place=in_place,
    )


@asynccontextmanager
async def publisher(settings: Settings, home: Path, store_url: str) -> AsyncIterator[Publisher]:
    """Yield what publishes into the knowledge folder of these settings."""
    history = open_history(store_url, home)
    await history.open()
    try:
        live = live_folder(settings, home, history)
        yield publisher_for(
            live, home, lambda: knowledge_diff.stored_questions(settings, store_url)
        )
    finally:
        await history.close()


def publisher_for(live: LiveFolder, home: Path, asked: Asked) -> Publisher:
    """Return what publishes into this folder; `asked` returns the questions of the inbox. Checks
    run in a subprocess."""
    return Publisher(
        live,
        check=lambda folder: composition.check_apart(folder, home),
        compare=lambda old, new, more: effects(old, new, home, live.folder, more),
        asked=asked,
    )


def effects(
    old: Path, new: Path, home: Path, beside: Path, more: Sequence[Question] = ()
) -> Effects:
    """Return what changes for those who ask, between two folders that can be loaded; `beside`: the
    knowledge folder beside which further questions lie; `more`: those of the inbox."""
    files = knowledge_diff.question_files(None, beside)
    found = knowledge_diff.diff(old, new, home, files, more=more)
    return Effects(list(lines(found)), regression_lines(found))


async def status(live: LiveFolder, draft: Path) -> Status:
    """Return the state of the workshop (see `read_status`)."""
    knowledge: Knowledge | None = None
    today = composition.now().date()
    with suppress(KnowledgeError):
        knowledge = await asyncio.to_thread(load, live.folder)
        today = composition.today(knowledge)
    return await read_status(live, draft, knowledge, today)


def editor() -> str:
    """Return the name of the user of the system, also of one who uses sudo."""
    with suppress(OSError, KeyError, ImportError):
        return os.environ.get("SUDO_USER") or getpass.getuser()
    return str(os.getuid()) if hasattr(os, "getuid") else "?"


class KnowledgeKeeper:
    """Keeps history, folder and report in step with what the running service answers from.

    `before` and `after` are called around each reload. A failure of the history never stops the
    service: it is logged, and the service goes on with the folder that it has.
    """

    def __init__(self, live: LiveFolder) -> None:
        self.live = live
        self._shared = SharedVersions(live, self._on_copy) if live.shared else None
        self._file = ServiceFile(live.data)
        self._report: ServiceReport | None = None
        self._checked = ""
        self._reading = ""
        self._started = False
        self._faults: dict[str, str] = {}

    async def files_of(self, version: str) -> Files | None:
        """Return the files of a version, None if the history does not have them. Raises
        StoreError."""
        for entry in await self.live.history.entries():
            if entry.note.version == version:
                return await self.live.history.files(entry.number)
        return None

    @property
    def folder(self) -> Path:
        """Return the folder to load."""
        return self._shared.folder if self._shared else self.live.folder

    def start(self) -> None:
        """Show other processes that a service runs."""
        self._file.hold()

    def stop(self) -> None:
        """Show other processes that the service has stopped."""
        self._file.release()

    def is_checked(self) -> bool:
        """Return whether the folder is as it was when it was last checked and went live. Runs in
        the thread that builds the new value."""
        with suppress(VersionError):
            self._reading = digest(read_files(self.folder))
            return self._reading == self._checked
        self._reading = ""
        return False

    async def recover(self) -> None:
        """Complete a swap that a crash interrupted."""
        try:
            await self.live.recover()
        except (StoreError, VersionError) as error:
            self._log("knowledge_history_failed", error)

    async def before(self) -> None:
        """Complete an interrupted swap, and follow a shared history."""
        await self.recover()
        try:
            if self._shared:
                await self._shared.follow()
        except (StoreError, VersionError) as error:
            self._log("knowledge_history_failed", error)

    async def after(
        self, succeeded: bool, version: str, problems: Sequence[Problem], total: int
    ) -> None:
        """Note what went live, or report what was refused: the problems to fix first, and how many
        there are. `version`: what is live now."""
        if succeeded:
            self._checked = self._reading
            await self._note(version)
        refused = None if succeeded else refusal(composition.now(), problems, total)
        self._write(version, refused)
        self._started = True

    async def watch(self, refresh: Callable[[], Awaitable[None]]) -> None:
        """Await `refresh` whenever another process made a version live, until cancelled. Returns
        at once if the history is not shared."""
        while self._shared:
            await asyncio.sleep(LOOK_SECONDS)
            if await self._moved(self._shared):
                await refresh()

    async def _moved(self, shared: SharedVersions) -> bool:
        try:
            return await shared.moved()
        except StoreError as error:
            self._log("knowledge_history_failed", error)
            return False

    async def _note(self, version: str) -> None:
        if self.folder != self.live.folder:
            return  # a copy of a version that the history has
        origin = Origin.SAVE if self._started else Origin.START
        try:
            after = self._shared.number if self._shared else None
            entry = await self.live.note_saved(origin, version, after)
            if entry and self._shared:
                self._shared.noted(entry)
        except (StoreError, VersionError) as error:
            self._log("knowledge_not_noted", error)

    def _write(self, version: str, refused: Refusal | None) -> None:
        self._file.hold()  # the service that held it may have stopped
        now = composition.now()
        before = self._report
        same = before is not None and before.digest == self._checked
        self._report = ServiceReport(
            version=version,
            digest=self._checked,
            since=before.since if before and same else now.isoformat(),
            at=now.isoformat(),
            mounted=is_mount_point(self.live.folder),
            refused=refused,
        )
        try:
            self._file.write(self._report)
        except OSError as error:
            self._log("service_report_failed", error)

    def _on_copy(self, copy: Path, why: str) -> None:
        structlog.get_logger().error("knowledge_folder_not_written", used=str(copy), why=why)

    def _log(self, event: str, error: PolicyBotError | OSError) -> None:
        """Log a failure, the same one only once in a row."""
        if self._faults.get(event) != str(error):
            self._faults[event] = str(error)
            structlog.get_logger().error(event, message=str(error))
