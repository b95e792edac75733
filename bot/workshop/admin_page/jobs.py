"""Work that takes longer than a request: checking, publishing, undoing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.channels.common.logging import log_crash
from bot.errors import KnowledgeError, PolicyBotError, Problem
from bot.workshop.admin_page.gate import Refused
from bot.workshop.folder import Changes
from bot.workshop.publishing import Effects, Published, RegressionError

Result = tuple[Changes, Effects] | Published


@dataclass
class Job:
    """A piece of work, running or done. `kind`: check, publish or undo. `digest`: of the files
    that it worked on. `problems`: what the check found; `regressions`: what would be answered
    worse; `message`: why it was not done."""

    kind: str
    user: str
    began: datetime
    digest: str = ""
    ended: datetime | None = None
    result: Result | None = None
    problems: Sequence[Problem] = ()
    regressions: Sequence[str] = ()
    message: str = ""

    @property
    def effects(self) -> Effects:
        """What it does, or did, to answers."""
        if isinstance(self.result, Published):
            return self.result.effects
        return self.result[1] if self.result else Effects()

    @property
    def published(self) -> Published | None:
        """What went live."""
        return self.result if isinstance(self.result, Published) else None


@dataclass
class Jobs:
    """Runs one job at a time and remembers the last one of each kind."""

    clock: Callable[[], datetime]
    running: Job | None = None
    last: dict[str, Job] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None

    def start(
        self, kind: str, user: str, digest: str, work: Callable[[], Awaitable[Result]]
    ) -> Job:
        """Start a job. Raises Refused while another one runs."""
        if self.running:
            raise Refused("正在检查或发布，请等它做完（页面会自己刷新）。", 409)
        job = self.running = Job(kind, user, self.clock(), digest)
        self._task = asyncio.create_task(self._run(job, work), name=f"admin-{kind}")
        return job

    async def wait(self) -> None:
        """Wait for the running job."""
        if self._task:
            await self._task

    async def _run(self, job: Job, work: Callable[[], Awaitable[Result]]) -> None:
        try:
            job.result = await work()
        except KnowledgeError as error:
            job.problems = error.problems
        except RegressionError as error:
            job.regressions = error.effects.regressions
        except PolicyBotError as error:
            job.message = str(error)
        except Exception as error:
            log_crash("admin_job", error, job=job.kind)
            job.message = f"出了意外（{type(error).__name__}），什么也没有动。详情在服务的日志里。"
        finally:
            job.ended = self.clock()
            self.running = None
            self.last[job.kind] = job
