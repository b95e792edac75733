"""`python -m bot serve`: the web service and every channel that has its secrets."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import os
import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import structlog
from prometheus_client import CollectorRegistry

from bot.app import composition
from bot.app.messengers import InstrumentedGuide, ServiceParts, add_messengers
from bot.channels.common.logging import TurnLog, configure_logging, libraries_logged, log_fault
from bot.channels.web.app import build_web
from bot.channels.web.dependencies import WebDependencies, WebSettings
from bot.channels.web.http.metrics import Metrics
from bot.channels.web.http.server import announce, listen
from bot.channels.web.http.signing import Shared, sign_result
from bot.config import Settings
from bot.content.live.last_good_copy import keep, start_from
from bot.content.live.reload import Live, watch
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.replies import Card
from bot.core.domain.session import Profile, Session, Utterance
from bot.errors import KnowledgeError, Problem, StoreError
from bot.service.guide import Guide
from bot.service.ports import Store
from bot.storage.factory import open_store

EXPIRE_EVERY = 3600.0
SHORTEST_SECRET = 16
# A turn waits longer for its store; but who asks whether we are ready gives up sooner than that.
READY_SECONDS = 3.0


def serve(settings: Settings, home: Path) -> int:
    """Serve until SIGTERM or Ctrl-C; the exit code. Raises PolicyBotError when it cannot start."""
    configure_logging(settings.log.level)
    with libraries_logged():
        try:
            import uvloop
        except ImportError:  # Windows has none
            return asyncio.run(_serve(settings, home))
        return uvloop.run(_serve(settings, home))


async def _serve(settings: Settings, home: Path) -> int:
    first = await asyncio.to_thread(first_base, settings.knowledge, home)

    def build() -> KnowledgeBase:
        base = composition.fresh_base(settings.knowledge, home, live())
        keep(settings.knowledge, home, base.knowledge.version)
        return base

    live: Live[KnowledgeBase] = Live(first, build)
    key = signing_key(settings, home)
    store = await open_store(store_url(settings))
    try:
        guide = Guide(
            store,
            composition.step_over(live, result_link(settings.public_url, key, live)),
            queue_limit=settings.limits.queue,
            clock=composition.now,
        )
        parts, metrics = ServiceParts(), Metrics(CollectorRegistry())
        noted = InstrumentedGuide(guide, metrics, TurnLog(), key)
        add_messengers(parts, settings, noted, store)
        web = build_web(_web_deps(settings, live, guide, store, key, parts, metrics))
        _settle_memory()
        return await listen(
            web,
            [(address.host, address.port) for address in settings.listen],
            settings.trusted_proxies,
            lambda found: announce(found, parts.enabled, parts.disabled, settings.public_url),
        )
    finally:
        await store.close()


def first_base(knowledge: Path, home: Path) -> KnowledgeBase:
    """The knowledge to start with: the last one that held, where another stands in the folder;
    that is checked, and goes live, once the first people are in. Raises KnowledgeError."""
    folder = start_from(knowledge, home)
    if folder != knowledge:
        structlog.get_logger().warning("knowledge_from_copy", folder=str(folder))
        with contextlib.suppress(KnowledgeError):  # somebody has been at the copy
            return composition.first_base(folder, home)
    return composition.first_base(knowledge, home)


def _settle_memory() -> None:
    """Give back what loading and an old knowledge held, and keep what stays from the collector:
    its rounds over all of it would hold up turns for some 20 ms."""
    gc.unfreeze()
    gc.collect()
    with contextlib.suppress(OSError, AttributeError, TypeError):  # glibc has it, others need not
        ctypes.CDLL(None).malloc_trim(0)
    gc.freeze()
    # What a turn makes is gone when it ends, without the collector: it need not look so often.
    gc.set_threshold(10_000, 20, 20)


def signing_key(settings: Settings, home: Path) -> bytes:
    """The key that signs cookies and links: from the environment, else made once and kept beside
    the store, for us alone."""
    if settings.secret:
        given = settings.secret.get_secret_value().encode()
        if len(given) < SHORTEST_SECRET:
            structlog.get_logger().warning("secret_short", bytes=len(given))
        return given
    at_home = home / "data" / "secret"
    file = _beside_store(settings, home) or at_home
    for known in (at_home, file):
        with contextlib.suppress(OSError):
            kept = known.read_bytes()
            if len(kept) >= 32:
                with contextlib.suppress(OSError):  # somebody else's, who lets us read it
                    known.chmod(0o600)
                return kept
    key = secrets.token_bytes(32)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(key)
    except OSError:
        structlog.get_logger().warning("secret_not_kept", file=str(file))
    return key


def _beside_store(settings: Settings, home: Path) -> Path | None:
    """Where the key lies for a file that is elsewhere: our own folder may be read-only then."""
    scheme, _, rest = settings.store.partition(":///")
    store = home / unquote(rest)
    if scheme != "sqlite" or store.parent == home / "data":
        return None
    return store.with_name(f"{store.name}.secret")


def store_url(settings: Settings) -> str:
    """The store's URL with the pool settings that belong to PostgreSQL."""
    url = settings.store
    if not url.startswith("postgres"):
        return url
    mark = "&" if "?" in url else "?"
    options = f"pool_size={settings.postgres.pool}"
    return f"{url}{mark}{options}&statement_cache_size={settings.postgres.statement_cache}"


def result_link(
    public_url: str, key: bytes, live: Callable[[], KnowledgeBase]
) -> Callable[[Profile, date], str] | None:
    """Where a founder's result can be opened as a page; None without a public address."""
    if not public_url:
        return None

    def link(profile: Profile, day: date) -> str:
        shared = Shared(profile, day, live().knowledge.version)
        return f"{public_url}/r/{sign_result(key, shared)}"

    return link


def _web_deps(
    settings: Settings,
    live: Live[KnowledgeBase],
    guide: Guide,
    store: Store,
    key: bytes,
    parts: ServiceParts,
    metrics: Metrics,
) -> WebDependencies:
    limits = settings.limits
    tasks: list[asyncio.Task[None]] = []

    async def start() -> None:
        await guide.start()
        for starter in parts.starters:
            await starter()
        tasks.append(asyncio.create_task(expire(guide, settings), name="expire"))
        tasks.append(asyncio.create_task(_check_once(live), name="check"))
        if settings.reload.enabled:
            tasks.append(
                asyncio.create_task(
                    watch(settings.knowledge, live, settings.reload.settle_ms, _reloaded(live)),
                    name="reload",
                )
            )

    async def stop() -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for stopper in reversed(parts.stoppers):
            await stopper()
        await guide.stop()

    async def ready() -> tuple[bool, Mapping[str, Any]]:
        detail: dict[str, Any] = {"knowledge": live().knowledge.version}
        if live.problems:
            detail["knowledge_problem_count"] = len(live.problems)
            detail["knowledge_problems"] = [
                str(problem) for problem in foremost(live.problems, 20)
            ]
        try:
            async with asyncio.timeout(READY_SECONDS):
                await store.check()
        except StoreError as error:
            return False, {**detail, "store": str(error)}
        except TimeoutError:
            return False, {**detail, "store": f"{READY_SECONDS:.0f} 秒内没有回答，可能连不上了"}
        return True, {**detail, "store": "ok"}

    def greet() -> Mapping[str, Any]:
        return composition.record(live(), Session(), Utterance(choice="c:start"))

    def result_card(profile: Profile, day: date) -> Sequence[Card]:
        return composition.result_cards(live(), profile, day)

    return WebDependencies(
        guide=guide,
        greet=greet,
        ask=lambda text: composition.ask(live(), text),
        session_view=store.peek,
        last=store.last,
        knowledge=lambda: live().knowledge,
        result_card=result_card,
        ready=ready,
        clock=composition.now,
        key=key,
        settings=WebSettings(
            public_url=settings.public_url,
            body_bytes=limits.body_bytes,
            body_seconds=limits.body_seconds,
            text_chars=limits.text_chars,
            user_per_minute=limits.user_per_minute,
            address_per_minute=limits.address_per_minute,
            cookie_days=settings.retention.sessions_days,
        ),
        queue=lambda: guide.waiting,
        metrics=metrics,
        routes=parts.routes,
        on_start=start,
        on_stop=stop,
    )


def foremost(problems: Sequence[Problem], limit: int) -> list[Problem]:
    """The few to look at first. One file that cannot be read makes hundreds of problems in others,
    so: one of each file before a second of any, and the files that the others rest on first."""
    nth: Counter[str] = Counter()
    ranked = []
    for problem in problems:
        nth[problem.file] += 1
        ranked.append((nth[problem.file], "/" in problem.file, problem))
    return [problem for *_, problem in sorted(ranked)[:limit]]


def _reloaded(live: Live[KnowledgeBase]) -> Callable[[bool, float], None]:
    def told(swapped: bool, seconds: float) -> None:
        log = structlog.get_logger()
        if swapped:
            _settle_memory()
            log.info("knowledge_live", version=live().knowledge.version, seconds=round(seconds, 2))
        else:
            first = [str(problem) for problem in foremost(live.problems, 5)]
            log.error("knowledge_refused", problems=len(live.problems), first=first)

    return told


async def _check_once(live: Live[KnowledgeBase]) -> None:
    """Hold the knowledge that was on disk at the start to all its checks and scenarios."""
    began = time.perf_counter()
    _reloaded(live)(await live.refresh(), time.perf_counter() - began)


async def expire(guide: Guide, settings: Settings) -> None:
    """Remove what is older than the settings allow, once an hour; runs until it is cancelled."""
    kept = settings.retention
    while True:
        try:
            await guide.expire(
                idle=timedelta(days=kept.sessions_days),
                seen=timedelta(days=kept.processed_days),
                unanswered=timedelta(days=kept.unanswered_days),
            )
        except StoreError as error:  # what was promised to go is still there: tell
            log_fault("expire", error)
        await asyncio.sleep(EXPIRE_EVERY)
