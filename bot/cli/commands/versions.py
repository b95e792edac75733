"""`draft`, `publish`, `versions`, `show`, `undo`: change what is live, and take it back."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.app import composition, knowledge_versions
from bot.cli.common import load_settings, locations
from bot.cli.parser import Commands
from bot.cli.progress import progress
from bot.content.readers.place import time_zone
from bot.errors import VersionError
from bot.service.version_history import Files, Origin, VersionEntry
from bot.workshop.drafts import draft_files, draft_state, drop_draft, is_draft
from bot.workshop.folder import Changes, digest, unified_diff
from bot.workshop.publishing import Published, Publisher, find
from bot.workshop.status import ServiceFile

if TYPE_CHECKING:
    from bot.config import Settings

ORIGINS = {
    Origin.PUBLISH: "发布",
    Origin.UNDO: "撤回",
    Origin.SAVE: "保存",
    Origin.START: "启动",
}
# Seconds to wait for the running service to answer from a new version.
TAKEN_OVER_SECONDS = 30.0
LOOK_SECONDS = 0.2

Work = Callable[[argparse.Namespace, Publisher], Coroutine[None, None, int]]


def register(commands: Commands) -> None:
    """Add the commands."""
    draft = commands.add(
        "draft", _command(run_draft), title="做一份草稿来改，或看它改了什么", example=""
    )
    draft.add_argument("--diff", action="store_true", help="逐行列出改了什么")
    draft.add_argument("--drop", action="store_true", help="丢掉草稿")
    publish = commands.add(
        "publish", _command(run_publish), title="检查草稿，一次换上", example="-m 补三条问法"
    )
    publish.add_argument("--rebase", action="store_true", help="先收进别人改的别的文件")
    publish.add_argument(
        "--merged",
        action="append",
        default=[],
        metavar="文件",
        help="两边都改了的文件，别人的改动已经写进草稿",
    )
    publish.add_argument("--accept", action="store_true", help="有的话会答得不如现在，也要发布")
    for command in (draft, publish):
        command.add_argument(
            "folder", nargs="?", metavar="文件夹", help="草稿的文件夹（默认 data/draft）"
        )
    commands.add("versions", _command(run_versions), title="生效过的版本，新的在前", example="")
    show = commands.add("show", _command(run_show), title="看一个版本改了什么", example="12")
    show.add_argument("version", metavar="版本", help="编号，或版本号的前几位")
    show.add_argument("file", nargs="?", metavar="文件", help="打印那个版本里的这个文件")
    show.add_argument("--files", action="store_true", help="列出那个版本的文件")
    undo = commands.add(
        "undo", _command(run_undo), title="换回以前的版本", example="12 -m 回答错了，先退回去"
    )
    undo.add_argument(
        "version", nargs="?", default="", metavar="版本", help="默认是现在这个的前一个"
    )
    for command in (publish, undo):
        command.add_argument("-m", dest="why", required=True, metavar="为什么", help="一句话")
    for command in (draft, publish, undo):
        command.add_argument("--by", default="", metavar="谁", help="您的名字（默认用系统用户名）")


def _command(work: Work) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        async def all_of_it() -> int:
            async with _publisher(options) as publisher:
                return await work(options, publisher)

        return composition.run(all_of_it())

    return run


@asynccontextmanager
async def _publisher(options: argparse.Namespace) -> AsyncIterator[Publisher]:
    from bot.app.server import store_url

    settings: Settings = load_settings(options)
    home = locations(options).home
    async with knowledge_versions.publisher(settings, home, store_url(settings)) as publisher:
        if await publisher.live.recover():
            print("上一次发布没有做完，已经接着做完。", file=sys.stderr)
        yield publisher


async def run_draft(options: argparse.Namespace, publisher: Publisher) -> int:
    """Make a draft, or show how it differs from what is live."""
    folder = _draft(options, publisher)
    if options.drop:
        aside = drop_draft(folder)
        kept = f"；改过的内容还留在 {aside}，下次丢掉草稿时才覆盖" if aside else ""
        print(f"草稿丢掉了{kept}。")
        return 0
    if not is_draft(folder):
        await publisher.draft(folder, _who(options))
        print(f"草稿在 {folder}，和现在的一样。改它里面的文件，改完发布：publish -m 为什么")
        return 0
    live = await publisher.live.files()
    state = draft_state(folder, live)
    if state.others and not state.own:
        await publisher.draft(folder, _who(options))
        print(f"草稿 {folder} 里没有改动，已经换成和现在一样的。")
        return 0
    made = _time(state.base.at, publisher)
    source = f"从版本 {state.base.number} " if state.base.number else ""
    print(f"草稿 {folder}，{state.base.who} 在 {made} {source}做的")
    if options.diff:
        _print_lines(unified_diff(live, draft_files(folder)))
        return 0
    _print_changes("草稿里：", state.own, "还没有改动")
    if state.others:
        _print_changes("做了草稿以后，现在的知识库又改了：", state.others)
    if state.both:
        print(f"两边都改了：{'、'.join(state.both)}")
    return 0


async def run_publish(options: argparse.Namespace, publisher: Publisher) -> int:
    """Make a draft live."""
    with progress("正在检查草稿、比较回答", sys.stderr):
        published = await publisher.publish(
            _draft(options, publisher),
            _who(options),
            options.why,
            rebase=options.rebase,
            merged=options.merged,
            accept=options.accept,
        )
    if published.rebased:
        print(f"收进了别人改的：{'、'.join(published.rebased)}")
    await _tell(published, publisher)
    return 0


async def run_undo(options: argparse.Namespace, publisher: Publisher) -> int:
    """Put an earlier version back."""
    with progress("正在检查那个版本", sys.stderr):
        undone = await publisher.undo(options.version, _who(options), options.why)
    await _tell(undone, publisher)
    return 0


async def run_versions(options: argparse.Namespace, publisher: Publisher) -> int:
    """List the versions, newest first."""
    entries = await publisher.live.history.entries()
    if not entries:
        print("还没有记下版本：服务启动一次，或发布一次，就有了。")
        return 0
    live = digest(await publisher.live.files())
    marked = False
    for entry in entries:
        is_live = not marked and entry.note.digest == live
        marked = marked or is_live
        print(_line(entry, publisher) + ("　← 现在" if is_live else ""))
    if not marked:
        print("现在文件夹里的内容还没有记下：它是直接保存的，服务用上它或下次发布时会记下。")
    return 0


async def run_show(options: argparse.Namespace, publisher: Publisher) -> int:
    """Print what a version changed, its files, or one of them."""
    history = publisher.live.history
    entries = await history.entries()
    entry = find(entries, options.version)
    files = await _files(publisher, entry)
    if options.file:
        if options.file not in files:
            raise VersionError(
                f"版本 {entry.number} 里没有 {options.file}：show {entry.number} --files"
            )
        sys.stdout.write(files[options.file].decode("utf-8", "replace"))
        return 0
    if options.files:
        _print_lines(files)
        return 0
    print(_line(entry, publisher))
    earlier = next((each for each in entries if each.number < entry.number), None)
    if earlier is None:
        print(f"这是留着的最早一个版本，有 {len(files)} 个文件。")
        return 0
    _print_lines(unified_diff(await _files(publisher, earlier), files))
    return 0


async def _files(publisher: Publisher, entry: VersionEntry) -> Files:
    files = await publisher.live.history.files(entry.number)
    if files is None:
        raise VersionError(f"版本 {entry.number} 的文件已经不在了：只留最近的一些版本")
    return files


async def _tell(published: Published, publisher: Publisher) -> None:
    """Print what was made live, and whether the running service answers from it."""
    _print_changes("换上的改动：", published.files)
    _print_lines(published.effects.lines)
    print(_line(published.entry, publisher))
    sys.stdout.flush()
    service = ServiceFile(publisher.live.data)
    if not service.running:
        print("服务没有在这里运行，下次启动就用这个版本。")
        return
    with progress("等服务用上它", sys.stderr):
        refused = await _taken_over(service, published.entry)
    print(refused or "服务已经用上它。")


async def _taken_over(service: ServiceFile, entry: VersionEntry) -> str:
    """Wait until the service answers from a version; return why it does not, else ""."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + TAKEN_OVER_SECONDS
    while loop.time() < deadline:
        report = service.read()
        if report and report.digest == entry.note.digest:
            return ""
        if report and report.refused and datetime.fromisoformat(report.refused.at) > entry.note.at:
            return "服务没有用它，还在用原来的：" + "\n".join(report.refused.problems[:5])
        await asyncio.sleep(LOOK_SECONDS)
    return "服务还没有用上它：过一会儿用 status 看看。"


def _draft(options: argparse.Namespace, publisher: Publisher) -> Path:
    folder = Path(options.folder) if options.folder else publisher.live.data / "draft"
    if folder.resolve() == publisher.live.folder.resolve():
        raise VersionError(f"{folder} 是现在生效的知识库，不是草稿")
    return folder


def _who(options: argparse.Namespace) -> str:
    return " ".join(options.by.split()) or knowledge_versions.editor()


def _line(entry: VersionEntry, publisher: Publisher) -> str:
    note = entry.note
    return (
        f"{entry.number:>4}　{note.version}　{_time(note.at, publisher)}　"
        f"{ORIGINS[note.origin]}　{note.who}　{note.why}"
    )


def _time(at: datetime, publisher: Publisher) -> str:
    return f"{at.astimezone(_zone(publisher.live.folder)):%Y-%m-%d %H:%M:%S}"


@cache
def _zone(folder: Path) -> ZoneInfo:
    return time_zone(folder)


def _print_changes(title: str, changes: Changes, none: str = "") -> None:
    print(title if changes else title + none)
    _print_lines(f"  {line}" for line in changes.lines())


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)
