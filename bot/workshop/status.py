"""What is live, what was refused, and what an admin has to look at."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bot.content.readers.bureaus_and_interview import Confidence
from bot.core.domain.json_codec import dump_bytes, load
from bot.core.domain.knowledge import Knowledge, PolicyStatus, SupportStatus
from bot.errors import VersionError
from bot.service.version_history import VersionEntry
from bot.storage.version_files import make_folder
from bot.workshop.drafts import DraftState, draft_state, is_draft
from bot.workshop.effects.last_reload import EffectsSummary, read_last
from bot.workshop.file_lock import Held, is_locked, try_lock
from bot.workshop.folder import digest
from bot.workshop.put_live import LiveFolder

# Problems of a refused save that are kept.
MOST_PROBLEMS = 20
BUREAUS = "bureaus.yaml"
UNPROVEN = Confidence.UNPROVEN.value
_CLOSED = {
    SupportStatus.EXHAUSTED: "用完了",
    SupportStatus.SUSPENDED: "暂停",
    SupportStatus.EXPIRED: "到期了",
    SupportStatus.SUPERSEDED: "被代替",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A saved change that the running service refused: when, and the first problems of all."""

    at: str
    count: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceReport:
    """What a service last reported: the version that it answers from, since when, and the change
    that it refused. `digest`: of all files. `mounted`: it sees the folder as a mount point."""

    version: str
    digest: str
    since: str
    at: str
    mounted: bool = False
    refused: Refusal | None = None


class ServiceFile:
    """The report of the service of one data folder, readable by other processes."""

    def __init__(self, data: Path) -> None:
        self._file = data / "service.json"
        self._lock = data / "service.lock"
        self._held: Held | None = None

    def hold(self) -> None:
        """Show that a service runs, until this process ends or `release`. While another service of
        this data folder shows it, nothing happens: call it again later."""
        with suppress(OSError):
            self._held = self._held or try_lock(self._lock)

    def release(self) -> None:
        """Show that the service has stopped."""
        if self._held:
            self._held.release()
            self._held = None

    @property
    def running(self) -> bool:
        """Return whether a service of this data folder runs."""
        return self._held is not None or is_locked(self._lock)

    def write(self, report: ServiceReport) -> None:
        """Replace the report. Raises OSError."""
        make_folder(self._file.parent)
        part = self._file.with_name(f".{self._file.name}.{os.getpid()}.part")
        part.write_bytes(dump_bytes(asdict(report)))
        part.replace(self._file)

    def read(self) -> ServiceReport | None:
        """Return the last report, None if there is none that can be read."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            values: Any = load(self._file.read_bytes())
            refused = values["refused"]
            return ServiceReport(
                version=str(values["version"]),
                digest=str(values["digest"]),
                since=str(values["since"]),
                at=str(values["at"]),
                mounted=bool(values["mounted"]),
                refused=refused
                and Refusal(str(refused["at"]), int(refused["count"]), (*refused["problems"],)),
            )
        return None


@dataclass(frozen=True, slots=True)
class Due:
    """What an admin has to look at: the place in the knowledge, its title, and why."""

    place: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the workshop. `entry`: the live version in the history, None if the folder was
    changed since. `unnoted`: the folder has changes that the history does not have. `draft`: None
    without a draft; `draft_problem`: why it cannot be read. `effects`: what changed when the
    version that the service answers from went live, None if that is not known."""

    entry: VersionEntry | None
    unnoted: bool
    running: bool
    report: ServiceReport | None
    draft: DraftState | None = None
    draft_problem: str = ""
    due: Sequence[Due] = field(default=())
    rescued: Sequence[Path] = field(default=())
    effects: EffectsSummary | None = None

    @property
    def taken_over(self) -> bool:
        """Return whether the running service answers from the live version."""
        return bool(
            self.running
            and self.report
            and self.entry
            and self.report.digest == self.entry.note.digest
        )


async def read_status(
    live: LiveFolder, draft: Path, knowledge: Knowledge | None, today: date
) -> Status:
    """Return the state. `knowledge`: that of the live folder, None if it cannot be loaded. Raises
    StoreError or VersionError."""
    await live.recover()
    files = await live.files()
    newest = await live.history.newest()
    noted = newest is not None and newest.note.digest == digest(files)
    service = ServiceFile(live.data)
    report, effects = service.read(), read_last(live.data.parent)
    state, problem = None, ""
    if is_draft(draft):
        try:
            state = draft_state(draft, files)
        except VersionError as error:
            problem = str(error)
    return Status(
        entry=newest if noted else None,
        unnoted=not noted,
        running=service.running,
        report=report,
        draft=state,
        draft_problem=problem,
        due=tuple(due(knowledge, today)) if knowledge else (),
        rescued=live.rescued(),
        effects=effects if effects and report and effects.new == report.version else None,
    )


def due(knowledge: Knowledge, today: date) -> Iterator[Due]:
    """Yield what is unverified, over or due for review on this day."""
    for policy in knowledge.policies.values():
        place = f"policies/{policy.id}/policy.yaml"
        if policy.status is PolicyStatus.UNVERIFIED:
            yield Due(place, policy.name, "没有核实过还执不执行")
        elif policy.status is PolicyStatus.EXPIRED:
            yield Due(place, policy.name, "整份文件到期了")
        elif policy.status is PolicyStatus.SUPERSEDED:
            yield Due(place, policy.name, "被新文件代替")
        yield from _dated(place, policy.name, policy.valid_until, policy.review_by, today)
    for support in knowledge.supports.values():
        place = f"policies/{support.policy}/supports/{support.id}.yaml"
        if support.status is SupportStatus.UNVERIFIED:
            yield Due(place, support.title, "没有核实过")
        elif support.status in _CLOSED:
            yield Due(place, support.title, _CLOSED[support.status])
        yield from _dated(place, support.title, support.valid_until, support.review_by, today)
    for title, statements in knowledge.later_rules.items():
        rule = statements[0]
        yield from _dated(rule.file, title, rule.valid_until, rule.review_by, today)
    for bureau in knowledge.bureaus.values():
        if bureau.confidence == UNPROVEN:
            yield Due(BUREAUS, bureau.name, "今天叫什么、怎么找没有核实过（confidence: U）")
        yield from _dated(BUREAUS, bureau.name, None, bureau.review_by, today)
    for hotline in knowledge.hotlines.values():
        title = f"{hotline.number} {hotline.title}"
        yield from _dated(BUREAUS, title, None, hotline.review_by, today)


def _dated(
    place: str, title: str, valid_until: date | None, review_by: date | None, today: date
) -> Iterator[Due]:
    if valid_until and valid_until < today:
        yield Due(place, title, f"有效期到 {valid_until} 为止")
    if review_by and review_by <= today:
        yield Due(place, title, f"该复查了：review_by 写的是 {review_by}")


def refusal(at: datetime, problems: Sequence[object], count: int) -> Refusal:
    """Return what is kept of a refused change with this many problems, the first ones given."""
    return Refusal(at.isoformat(), count, tuple(str(each) for each in problems[:MOST_PROBLEMS]))
