"""`status`: what is live, what was refused, and what an admin has to look at."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from bot.app import composition, knowledge_versions
from bot.cli.commands.versions import ORIGINS
from bot.cli.common import load_settings, locations
from bot.cli.parser import Commands
from bot.content.readers.place import time_zone
from bot.workshop.drafts import DraftState
from bot.workshop.status import ServiceReport, Status

# Lines of each kind that are printed.
MOST_LINES = 20


def register(commands: Commands) -> None:
    """Add the command."""
    commands.add("status", run, title="现在用的是哪一版、什么没生效、什么该复查", example="")


def run(options: argparse.Namespace) -> int:
    """Print the state. The exit code is 1 if the service refused the last change."""
    from bot.app.server import store_url

    settings, home = load_settings(options), locations(options).home

    async def look() -> Status:
        async with knowledge_versions.publisher(settings, home, store_url(settings)) as publisher:
            draft = knowledge_versions.draft_folder(home)
            return await knowledge_versions.status(publisher.live, draft)

    found = composition.run(look())
    for line in status_lines(found, time_zone(settings.knowledge)):
        print(line)
    return 1 if found.report and found.report.refused else 0


def status_lines(found: Status, zone: ZoneInfo) -> Iterator[str]:
    """Yield the state in lines for admins, times in this zone."""
    if found.entry:
        note = found.entry.note
        yield (
            f"现在是版本 {found.entry.number}（{note.version}），{_shown(note.at, zone)} "
            f"由 {note.who or '不知道谁'} {ORIGINS[note.origin]}：{note.why}"
        )
    else:
        yield "知识库文件夹里的内容还没有记成版本：服务用上它、或下次发布时会记下"
    yield from _service(found, zone)
    yield from _draft(found)
    for folder in found.rescued:
        yield f"有文件没有生效，留在 {folder}：看过、收进草稿以后，把这个文件夹删掉"
    yield from _due(found)


def _service(found: Status, zone: ZoneInfo) -> Iterator[str]:
    report = found.report
    if not found.running:
        yield "服务没有在这里运行"
    elif report is None:
        yield "服务刚启动，还没有检查完"
    elif found.taken_over:
        yield f"服务用的就是它，从 {_time(report.since, zone)} 起"
    else:
        since = _time(report.since, zone)
        yield f"服务用的是 {report.version}，从 {since} 起，还没有用上文件夹里的"
    if found.effects:
        yield f"换上它的时候，{found.effects.line}"
    if report and report.refused:
        yield from _refused(report, zone)


def _refused(report: ServiceReport, zone: ZoneInfo) -> Iterator[str]:
    if refused := report.refused:
        yield f"{_time(refused.at, zone)} 的改动没有生效，有 {refused.count} 处问题："
        yield from (f"  {problem}" for problem in refused.problems)
        if refused.count > len(refused.problems):
            yield "  ……其余的用 check 看"


def _draft(found: Status) -> Iterator[str]:
    if found.draft_problem:
        yield found.draft_problem
    state: DraftState | None = found.draft
    if state is None:
        return
    if not state.own:
        yield f"有一份草稿 {state.folder}，还没有改动"
        return
    yield f"有一份草稿 {state.folder}，改了 {len(state.own.names)} 个文件："
    yield from (f"  {line}" for line in [*state.own.lines()][:MOST_LINES])
    if state.others:
        yield f"  做了草稿以后，别人改了 {'、'.join(state.others.names[:MOST_LINES])}"


def _due(found: Status) -> Iterator[str]:
    if not found.due:
        yield "没有要核实、到期、该复查的"
        return
    yield f"要看一看的有 {len(found.due)} 项："
    for why, group in groupby(sorted(found.due, key=lambda each: each.why), lambda each: each.why):
        items = [*group]
        yield f"  {why}（{len(items)} 项）"
        yield from (f"    {each.title}　{each.place}" for each in items[:MOST_LINES])
        if len(items) > MOST_LINES:
            yield f"    ……还有 {len(items) - MOST_LINES} 项"


def _time(at: str, zone: ZoneInfo) -> str:
    return _shown(datetime.fromisoformat(at), zone)


def _shown(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
