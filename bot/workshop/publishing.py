"""Publish a draft, and undo: check, compare, and make live in one step."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.errors import ConfigError, KnowledgeError, StoreError, VersionError, reason
from bot.service.version_history import Files, Origin, VersionEntry
from bot.storage.version_files import make_folder
from bot.workshop.drafts import (
    base_of,
    create_draft,
    draft_files,
    draft_state,
    is_draft,
    merged_files,
    rebase_draft,
    write_files,
)
from bot.workshop.effects.questions import NOT_ASKED, Question
from bot.workshop.folder import Changes, changes, digest
from bot.workshop.put_live import LiveFolder

# Digits that are read as a number of the list, not as the beginning of an id.
NUMBER_DIGITS = 5
NOT_COMPARED = "现在文件夹里的内容读不出来，没有比较回答"
# The folders in which versions are checked, and seconds after which one was surely left.
CHECKING = "checking-"
LEFT_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Effects:
    """What a change does to answers, in lines for admins. `regressions`: questions that are
    answered today and would get no answer, or another one, and that nobody has accepted."""

    lines: Sequence[str] = ()
    regressions: Sequence[str] = ()


# Checks a folder and returns its version; raises KnowledgeError with all problems.
Check = Callable[[Path], str]
# Compares the folder that is live with the one that is to be, also for these questions.
Compare = Callable[[Path, Path, Sequence[Question]], Effects]
# Returns the questions of the inbox; raises ConfigError or StoreError.
Asked = Callable[[], Awaitable[Sequence[Question]]]


class RegressionError(VersionError):
    """Questions would be answered worse; nothing was changed."""

    def __init__(self, effects: Effects) -> None:
        self.effects = effects
        told = "\n".join(f"  {line}" for line in effects.regressions)
        super().__init__(
            f"有 {len(effects.regressions)} 处会变坏：现在答得上的话会答不上、换成别的回答，"
            f"或者有人得不到原来的扶持：\n{told}\n"
            "什么也没有动。就是要这样改的话，加上 --accept"
        )


@dataclass(frozen=True, slots=True)
class Published:
    """A version that was put live. `rebased`: the files that others had changed meanwhile, now in
    the draft too."""

    entry: VersionEntry
    files: Changes
    effects: Effects
    rebased: tuple[str, ...] = ()


async def nothing() -> Sequence[Question]:
    """Return no questions."""
    return ()


@dataclass
class Publisher:
    """Publishes into one live folder."""

    live: LiveFolder
    check: Check
    compare: Compare
    asked: Asked = nothing

    async def draft(self, folder: Path, who: str) -> None:
        """Make a draft from what is live; a draft without changes is made anew. Raises
        VersionError, also if the folder holds a draft with changes."""
        await self.live.recover()
        files = await self.live.files()
        newest = await self.live.history.newest()
        number = newest.number if newest and newest.note.digest == digest(files) else 0
        base = base_of(files, number, self.live.clock(), who)
        if not is_draft(folder):
            await asyncio.to_thread(create_draft, folder, files, base)
        elif draft_state(folder, files).own:
            raise VersionError(f"{folder} 里已经有一份改过的草稿")
        else:
            await asyncio.to_thread(rebase_draft, folder, files, base)

    async def publish(
        self,
        draft: Path,
        who: str,
        why: str,
        *,
        rebase: bool = False,
        merged: Collection[str] = (),
        accept: bool = False,
    ) -> Published:
        """Make a draft live.

        `rebase`: first take over what others changed in other files. `merged`: files changed by
        both into which the editor has written the other's changes. `accept`: also if questions
        are answered worse. Raises VersionError (RegressionError), KnowledgeError or StoreError;
        nothing is changed then.
        """
        why = required(why)
        await self.live.recover()
        live = await self.live.files()
        files, others = await asyncio.to_thread(self._to_publish, draft, live, rebase, merged)
        version, effects = await self._examine(files, live)
        if effects.regressions and not accept:
            raise RegressionError(effects)
        entry = await self.live.put(files, version, Origin.PUBLISH, who, why, live)
        base = base_of(files, entry.number, entry.note.at, who)
        await asyncio.to_thread(rebase_draft, draft, files, base)
        return Published(entry, changes(live, files), effects, others)

    async def preview(self, draft: Path) -> tuple[Changes, Effects]:
        """Check a draft as `publish` does and return what it would change. Raises the same."""
        await self.live.recover()
        live = await self.live.files()
        files = await asyncio.to_thread(draft_files, draft)
        _, effects = await self._examine(files, live)
        return changes(live, files), effects

    async def undo(self, wanted: str, who: str, why: str) -> Published:
        """Put an earlier version back: the one that `wanted` names, or else the one before that
        which is live. Raises VersionError, KnowledgeError or StoreError."""
        why = required(why)
        await self.live.recover()
        live = await self.live.files()
        entries = await self.live.history.entries()
        target = find(entries, wanted) if wanted else _before(entries, digest(live))
        files = await self.live.history.files(target.number)
        if files is None:
            raise VersionError(f"版本 {target.number} 的文件已经不在了：只留最近的一些版本")
        if target.note.digest == digest(live):
            raise VersionError(f"现在生效的就是版本 {target.number}，不用撤回")
        # Without a comparison: it takes time, and one goes back on purpose.
        version = await asyncio.to_thread(self._checked, files)
        entry = await self.live.put(files, version, Origin.UNDO, who, why, live)
        return Published(entry, changes(live, files), Effects())

    def _to_publish(
        self, draft: Path, live: Files, rebase: bool, merged: Collection[str]
    ) -> tuple[Files, tuple[str, ...]]:
        """Return the files to publish, and those that others changed since the draft was made."""
        state = draft_state(draft, live)
        unknown = sorted({*merged} - {*state.both})
        if unknown:
            raise VersionError(f"--merged 后面的 {'、'.join(unknown)} 没有被两边都改过")
        both = [name for name in state.both if name not in merged]
        if both:
            raise VersionError(_told_both(both, state.others))
        if state.others and not (rebase or merged):
            raise VersionError(_told_others(state.others))
        files = merged_files(draft, live, state) if state.others else draft_files(draft)
        if digest(files) == digest(live):
            raise VersionError("草稿和现在生效的一样，没有要发布的改动")
        return files, state.others.names

    async def _examine(self, files: Files, live: Files) -> tuple[str, Effects]:
        """Check the very files that are put live, and compare them with what is live."""
        asked, missed = await self._asked()
        version, effects = await asyncio.to_thread(self._compared, files, live, asked)
        return version, replace(effects, lines=(*missed, *effects.lines))

    async def _asked(self) -> tuple[Sequence[Question], Sequence[str]]:
        """Return the questions of the inbox, and lines about why there are none."""
        try:
            return await self.asked(), ()
        except (ConfigError, StoreError) as error:
            return (), (f"{NOT_ASKED}{error}",)

    def _compared(
        self, files: Files, live: Files, asked: Sequence[Question]
    ) -> tuple[str, Effects]:
        with self._folders(files, live) as (new, old):
            version = self.check(new)
            try:
                return version, self.compare(old, new, asked)
            except KnowledgeError:  # a broken save stands in the live folder
                return version, Effects((NOT_COMPARED,))

    def _checked(self, files: Files) -> str:
        with self._folders(files) as (new,):
            return self.check(new)

    @contextmanager
    def _folders(self, *versions: Files) -> Iterator[list[Path]]:
        try:
            make_folder(self.live.data)
            self._remove_left()
            top = Path(tempfile.mkdtemp(prefix=CHECKING, dir=self.live.data))
        except OSError as error:
            raise VersionError(f"{self.live.data} 写不了：{reason(error)}") from error
        try:
            folders = [top / str(number) for number in range(len(versions))]
            for folder, files in zip(folders, versions, strict=True):
                write_files(folder, files)
            yield folders
        except OSError as error:
            raise VersionError(f"{top} 写不了：{reason(error)}") from error
        finally:
            shutil.rmtree(top, ignore_errors=True)

    def _remove_left(self) -> None:
        """Remove the folders of checks that were killed."""
        for folder in self.live.data.glob(f"{CHECKING}*"):
            age = self.live.clock().timestamp() - folder.stat().st_mtime
            if age > LEFT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def required(why: str) -> str:
    """Return a reason on one line. Raises VersionError if it is blank."""
    line = " ".join(why.split())
    if not line:
        raise VersionError("请用 -m 写一句为什么改，例如 -m 补三条问法")
    return line


def find(entries: Sequence[VersionEntry], wanted: str) -> VersionEntry:
    """Return the version that a number of the list or the beginning of an id names; of several
    with this id, the newest. Raises VersionError."""
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= NUMBER_DIGITS:
        for entry in entries:
            if entry.number == int(wanted):
                return entry
    found = [each for each in entries if each.note.version.startswith(wanted.lower())]
    if not found:
        raise VersionError(f"没有版本“{wanted}”：versions 列出有哪些")
    if len({entry.note.version for entry in found}) > 1:
        told = "、".join(f"{each.number}（{each.note.version}）" for each in found[:5])
        raise VersionError(f"“{wanted}”开头的版本不止一个：{told}。多写几位，或写编号")
    return found[0]


def _before(entries: Sequence[VersionEntry], live: str) -> VersionEntry:
    """Return the newest version before the one that is live."""
    position = next((n for n, each in enumerate(entries) if each.note.digest == live), -1)
    for entry in entries[position + 1 :]:
        if entry.note.digest != live:
            return entry
    raise VersionError("没有更早的版本可以撤回")


def _told_others(others: Changes) -> str:
    lines = "\n".join(f"  {line}" for line in others.lines())
    return (
        f"做了草稿以后，现在的知识库又被别人改过：\n{lines}\n"
        "这些文件您都没有改。加上 --rebase，就把别人的改动收进草稿，一起检查、发布"
    )


def _told_both(both: Sequence[str], others: Changes) -> str:
    lines = "\n".join(f"  {name}" for name in both)
    rest = [name for name in others.names if name not in both]
    more = f"另外，别人还改了 {'、'.join(rest)}，您没有改，会一起收进草稿。" if rest else ""
    merged = " ".join(f"--merged {name}" for name in both)
    return (
        f"做了草稿以后，这些文件您和别人都改了：\n{lines}\n"
        "用 versions 和 show 看别人改了什么，把它们也写进草稿的这些文件里，"
        f"再发布，并加上 {merged}。{more}什么也没有动"
    )
