"""`python -m bot serve`: the web service and every channel whose secrets are set."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import structlog
from prometheus_client import CollectorRegistry

from bot.app import admin, composition, statistics
from bot.app.change_messages import keep_telling
from bot.app.knowledge_diff import reload_effects
from bot.app.knowledge_versions import KnowledgeKeeper, live_folder, open_history
from bot.app.messengers import InstrumentedGuide, ServiceParts, add_messengers, district_in
from bot.channels.common.logging import (
    TurnLog,
    UnderstandingLog,
    configure_logging,
    libraries_logged,
    log_crash,
    log_fault,
)
from bot.channels.web.app import build_web
from bot.channels.web.dependencies import WebDependencies, WebSettings
from bot.channels.web.http.metrics import Metrics
from bot.channels.web.http.server import announce, listen, local_url
from bot.channels.web.http.signing import SharedResult, short_result
from bot.config import Settings
from bot.content.live.last_good_copy import choose_folder, save_copy
from bot.content.live.reload import Live, watch
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.single_turn import Found
from bot.core.domain.knowledge import Knowledge
from bot.core.domain.replies import Card
from bot.core.domain.session import Profile, Session, Utterance
from bot.errors import ConfigError, KnowledgeError, Problem, StoreError, reason
from bot.service.daily_counts import Tally
from bot.service.guide import Guide
from bot.service.ports import Store
from bot.storage.factory import open_store
from bot.workshop.effects.last_reload import ReloadEffects
from bot.workshop.status import MOST_PROBLEMS

# Seconds; the shorter one while the clock is in doubt.
EXPIRE_EVERY = 3600.0
DOUBTED_EVERY = 300.0
# The hour of the day, in Liuzhou, from which the clean-up may run: turns wait for it.
CLEAN_UP_HOUR = 3
KEY_BYTES = 32
_KEY_ADVICE = (
    "它给 Cookie 和结果链接签名。请改好权限或换回备份；"
    "删掉它会生成新的，那样所有人的对话和链接都会失效"
)
# A turn waits longer for its store, but clients of /readyz give up earlier.
READY_SECONDS = 3.0


def serve(
    settings: Settings, home: Path, *, on_listening: Callable[[str], None] | None = None
) -> int:
    """Serve until SIGTERM or Ctrl-C. Return the exit code. `on_listening` gets the address of the
    page as soon as it can be opened. Raises PolicyBotError when the service cannot start."""
    configure_logging(settings.log.level)
    with libraries_logged():
        try:
            import uvloop
        except ImportError:  # not available on Windows
            return asyncio.run(_serve(settings, home, on_listening))
        return uvloop.run(_serve(settings, home, on_listening))


async def _serve(
    settings: Settings, home: Path, on_listening: Callable[[str], None] | None
) -> int:
    history = open_history(store_url(settings), home)
    await history.open()
    try:
        keeper = KnowledgeKeeper(live_folder(settings, home, history))
        await keeper.recover()
        return await _serve_with(keeper, settings, home, on_listening)
    finally:
        await history.close()


async def _serve_with(
    keeper: KnowledgeKeeper,
    settings: Settings,
    home: Path,
    on_listening: Callable[[str], None] | None,
) -> int:
    first = await asyncio.to_thread(first_base, settings.knowledge, home)
    live = live_knowledge(first, keeper, home)
    key = signing_key(settings, home)
    store = await open_store(store_url(settings), key)
    try:
        tally = Tally()
        step = composition.step_over(
            live, result_link(settings.public_url, key, live), UnderstandingLog().turn
        )
        guide = Guide(
            store,
            statistics.counted(step, tally, lambda: live().knowledge),
            queue_limit=settings.limits.queue,
            clock=composition.now,
        )
        parts, metrics = ServiceParts(), Metrics(CollectorRegistry())
        instrumented = InstrumentedGuide(guide, metrics, TurnLog(), key)
        add_messengers(
            parts,
            settings,
            instrumented,
            store,
            lambda: live().knowledge,
            lambda place: district_in(live().knowledge, place),
        )
        effects = reload_effects(
            settings, home, first.knowledge.version, keeper.files_of, metrics.effects, store
        )
        service = Service(settings, live, guide, store, parts, keeper, effects, tally)
        parts.routes += admin.routes(
            settings,
            home,
            key,
            live,
            service.ready,
            store,
            keeper.live,
            service.refresh,
        )
        web = build_web(web_dependencies(service, key, metrics))
        freeze_loaded_objects()

        def listening(addresses: Sequence[tuple[str, int]]) -> None:
            if on_listening:
                on_listening(local_url(*addresses[0]))
            product = live().knowledge.locality.product
            running, off = parts.enabled, parts.disabled
            announce(addresses, running, off, settings.public_url, product=product)

        return await listen(
            web,
            [(address.host, address.port) for address in settings.listen],
            settings.trusted_proxies,
            listening,
        )
    finally:
        await store.close()


def live_knowledge(
    first: KnowledgeBase, keeper: KnowledgeKeeper, home: Path
) -> Live[KnowledgeBase]:
    """Return the live knowledge, which is built from the keeper's folder."""

    def build() -> KnowledgeBase:
        if keeper.is_checked():
            return live()
        folder = keeper.folder
        base = composition.fresh_base(folder, home, live())
        if folder == keeper.live.folder:
            save_copy(folder, home, base.knowledge.version)
        return base

    async def after(succeeded: bool) -> None:
        first, total = foremost(live.problems, MOST_PROBLEMS), len(live.problems)
        await keeper.after(succeeded, live().knowledge.version, first, total)

    live: Live[KnowledgeBase] = Live(first, build, before=keeper.before, after=after)
    return live


def first_base(knowledge: Path, home: Path) -> KnowledgeBase:
    """Return the knowledge to start with: the last good copy if the folder has changed since. The
    changed folder is checked, and goes live, after the start. Raises KnowledgeError."""
    folder = choose_folder(knowledge, home)
    if folder != knowledge:
        structlog.get_logger().warning("knowledge_from_copy", folder=str(folder))
        with contextlib.suppress(KnowledgeError):  # the copy is damaged: use the folder
            return composition.first_base(folder, home)
    return composition.first_base(knowledge, home)


def freeze_loaded_objects() -> None:
    """Exclude all living objects from garbage collection, after collecting the unreachable ones.

    The knowledge consists of many objects that stay; a full collection over them stops all turns
    for 20 ms (p99 53 instead of 16 ms, decision 032).
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def signing_key(settings: Settings, home: Path) -> bytes:
    """Return the key that signs cookies and links: from the environment, else from a key file. The
    store's own file wins over that of `home`; where there is neither, one is created, readable by
    this user only.

    Raises ConfigError if a key file cannot be read: another key would make every cookie and link
    void.
    """
    if settings.secret:
        return settings.secret.get_secret_value().encode()
    home_file = home / "data" / "secret"
    own_file = _key_file_beside_store(settings, home) or home_file
    found = {file: key for file in (own_file, home_file) if (key := _read_key(file))}
    if len(set(found.values())) > 1:
        structlog.get_logger().warning(
            "secret_files_differ", used=str(own_file), unused=str(home_file)
        )
    if found:
        return next(iter(found.values()))
    key = secrets.token_bytes(KEY_BYTES)
    try:
        own_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_key(own_file, key)
    except FileExistsError:  # another process has created it since
        return _read_key(own_file) or key
    except OSError:
        structlog.get_logger().warning("secret_not_kept", file=str(own_file))
    return key


def _read_key(file: Path) -> bytes:
    """Return the key in this file; empty if there is no file, or none that was ever complete."""
    try:
        stored = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise ConfigError([f"{file} 读不了（{reason(error)}）：{_KEY_ADVICE}"]) from error
    if stored and len(stored) < KEY_BYTES:
        raise ConfigError([f"{file} 只有 {len(stored)} 字节，不完整：{_KEY_ADVICE}"])
    with contextlib.suppress(OSError):  # the file belongs to another user
        file.chmod(0o600)
    return stored


def _write_key(file: Path, key: bytes) -> None:
    """Create the file, durably. Raises FileExistsError if it has a key."""
    with contextlib.suppress(FileNotFoundError):
        if not file.stat().st_size:  # a power cut came before the key
            file.unlink()
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(key)
        out.flush()
        os.fsync(handle)


def _key_file_beside_store(settings: Settings, home: Path) -> Path | None:
    """Return the key file for a SQLite file outside of `home`/data, where `home` may be read-only;
    else None."""
    scheme, _, rest = settings.store.partition(":///")
    store = home / unquote(rest)
    if scheme != "sqlite" or store.parent == home / "data":
        return None
    return store.with_name(f"{store.name}.secret")


def store_url(settings: Settings) -> str:
    """Return the URL of the store, with the pool settings if it is PostgreSQL."""
    url = settings.store
    if not url.startswith("postgres"):
        return url
    mark = "&" if "?" in url else "?"
    options = f"pool_size={settings.postgres.pool}"
    return f"{url}{mark}{options}&statement_cache_size={settings.postgres.statement_cache}"


def result_link(
    public_url: str, key: bytes, live: Callable[[], KnowledgeBase]
) -> Callable[[Profile, date], str] | None:
    """Return a function that makes the URL of a result card, or None without a public address."""
    if not public_url:
        return None

    def link(profile: Profile, day: date) -> str:
        knowledge = live().knowledge
        shared = SharedResult(profile, day, knowledge.version)
        return f"{public_url}/r/{short_result(key, shared, knowledge.slots)}"

    return link


@dataclass
class Service:
    """The running parts of the service: what starts, stops and reports with the web server."""

    settings: Settings
    live: Live[KnowledgeBase]
    guide: Guide
    store: Store
    parts: ServiceParts
    keeper: KnowledgeKeeper
    effects: ReloadEffects
    tally: Tally = field(default_factory=Tally)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    polling: bool = False

    async def start(self) -> None:
        """Start the guide, the messengers and the background tasks."""
        settings, live = self.settings, self.live
        await self.guide.start()
        await call_each(self.parts.starters, "channel_start_failed")
        self.keeper.start()
        background = {
            "upkeep": upkeep(self.guide, settings),
            "check": self.refresh(),
            "versions": self.keeper.watch(self.refresh),
            "followers": keep_telling(self.store, self.guide, live, composition.now),
            "counts": statistics.keep_counts(self.tally, self.store, self._knowledge),
        }
        if settings.reload.enabled:
            background["reload"] = watch(
                settings.knowledge,
                live,
                settings.reload.settle_ms,
                self._on_reload,
                on_polling=self._on_polling,
            )
        self.tasks += [asyncio.create_task(work, name=name) for name, work in background.items()]

    async def stop(self) -> None:
        """Stop everything that `start` started, in the opposite order."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await call_each(self.parts.stoppers[::-1], "channel_stop_failed")
        await self.guide.stop()
        await self.effects.stop()
        self.keeper.stop()
        await statistics.store_counts(self.tally, self.store, self._knowledge)

    def _knowledge(self) -> Knowledge:
        return self.live().knowledge

    async def ready(self) -> tuple[bool, Mapping[str, Any]]:
        """Return whether turns can be served, and details for the admin."""
        live = self.live
        detail: dict[str, Any] = {"knowledge": live().knowledge.version}
        if self.polling:
            detail["knowledge_watch"] = "系统不通知文件变化，改成每秒查看一次"
        if live.problems:
            detail["knowledge_problem_count"] = len(live.problems)
            detail["knowledge_problems"] = [
                str(problem) for problem in foremost(live.problems, MOST_PROBLEMS)
            ]
        if self.guide.clock_doubt:
            detail["clock"] = self.guide.clock_doubt
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self.store.check()
                detail["store_bytes"] = await self.store.size()
        except StoreError as error:
            return False, {**detail, "store": str(error)}
        except TimeoutError:
            return False, {**detail, "store": f"{READY_SECONDS:.0f} 秒内没有回答，可能连不上了"}
        return True, {**detail, "store": "ok"}

    async def refresh(self) -> None:
        """Check the knowledge that is on the disk, and make it live: at the start, and when
        another process made a version live."""
        began = time.perf_counter()
        self._on_reload(await self.live.refresh(), time.perf_counter() - began)

    def _on_reload(self, swapped: bool, seconds: float) -> None:
        log, live = structlog.get_logger(), self.live
        if not swapped:
            first = [str(problem) for problem in foremost(live.problems, 5)]
            log.error("knowledge_refused", problems=len(live.problems), first=first)
            return
        freeze_loaded_objects()
        version = live().knowledge.version
        log.info("knowledge_live", version=version, seconds=round(seconds, 2))
        if self.settings.reload.effects:
            self.effects.went_live(version)

    def _on_polling(self, error: Exception | None) -> None:
        self.polling = error is not None
        if error is None:
            structlog.get_logger().info("knowledge_watched")
        else:
            structlog.get_logger().warning("knowledge_polling", kind=type(error).__name__)

    def greet(self) -> Mapping[str, Any]:
        """Return the record of a first turn, without storing it."""
        return composition.record(self.live(), Session(), Utterance(choice="c:start"))

    def ask(self, text: str) -> Mapping[str, Any]:
        """Answer a question without a conversation."""
        return composition.ask(self.live(), text)

    def find(self, text: str) -> Found:
        """Return the supports that a text may be about."""
        return composition.find(self.live(), text)

    def result_card(self, profile: Profile, day: date) -> Sequence[Card]:
        """Return the cards of the supports that fit or may fit this profile."""
        return composition.result_cards(self.live(), profile, day)


async def call_each(calls: Sequence[Callable[[], Awaitable[None]]], event: str) -> None:
    """Await each call. An error of one messenger is logged and never reaches the others."""
    for call in calls:
        try:
            await call()
        except Exception as error:
            log_crash(event, error)


def web_dependencies(service: Service, key: bytes, metrics: Metrics) -> WebDependencies:
    """Return what the web channel needs from this service."""
    settings, limits = service.settings, service.settings.limits
    return WebDependencies(
        guide=service.guide,
        greet=service.greet,
        ask=service.ask,
        find=service.find,
        session_view=service.store.peek,
        last=service.store.last,
        knowledge=lambda: service.live().knowledge,
        result_card=service.result_card,
        count_sums=service.store.count_sums if settings.stats else None,
        ready=service.ready,
        clock=composition.now,
        key=key,
        settings=WebSettings(
            public_url=settings.public_url,
            body_bytes=limits.body_bytes,
            body_seconds=limits.body_seconds,
            text_chars=limits.text_chars,
            user_per_minute=limits.user_per_minute,
            address_per_minute=limits.address_per_minute,
            address_reads_per_minute=limits.address_reads_per_minute,
            cookie_days=settings.retention.sessions_days,
            api_token=settings.api.token.get_secret_value() if settings.api.token else "",
            embed_origins=settings.embed_origins,
        ),
        queue=lambda: service.guide.waiting,
        metrics=metrics,
        routes=service.parts.routes,
        on_start=service.start,
        on_stop=service.stop,
    )


def foremost(problems: Sequence[Problem], limit: int) -> list[Problem]:
    """Return up to `limit` problems to fix first.

    One file that cannot be read causes hundreds of problems in other files. So the first problem
    of each file comes before the second of any, and files that others refer to (those outside of
    folders) come first.
    """
    count: Counter[str] = Counter()
    ranked = []
    for problem in problems:
        count[problem.file] += 1
        ranked.append((count[problem.file], "/" in problem.file, problem))
    return [problem for *_, problem in sorted(ranked)[:limit]]


async def upkeep(
    guide: Guide, settings: Settings, clock: Callable[[], datetime] = composition.now
) -> None:
    """Remove what is older than the settings allow, once an hour; at the start and once a night,
    also what deleted rows left on the disk. Run until cancelled."""
    retention = settings.retention
    cleaned: date | None = None
    while True:
        try:
            await guide.expire(
                idle=timedelta(days=retention.sessions_days),
                seen=timedelta(days=retention.processed_days),
                unanswered=timedelta(days=retention.unanswered_days),
            )
        except StoreError as error:  # the admin must know that old data is still there
            log_fault("expire", error)
        if guide.clock_doubt:
            structlog.get_logger().error("clock_doubted", message=guide.clock_doubt)
        night = (clock() - timedelta(hours=CLEAN_UP_HOUR)).date()
        if night != cleaned:
            try:
                await guide.clean_up()
                cleaned = night
            except StoreError as error:
                log_fault("clean_up", error)
        await asyncio.sleep(DOUBTED_EVERY if guide.clock_doubt else EXPIRE_EVERY)
