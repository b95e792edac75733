"""`serve` as a real process: what it keeps, how it ends, what it refuses, what it never says."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import structlog
from pydantic import SecretStr

from bot.app.composition import now
from bot.app.server import call_each, foremost, signing_key, store_url, upkeep
from bot.channels.web.http.server import _bind
from bot.config import Settings
from bot.content.live.last_good_copy import copy_folder
from bot.content.readers.loader import read
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.session import Session
from bot.errors import ChannelError, ConfigError
from bot.service.guide import Guide
from bot.storage.factory import open_store
from bot.storage.sqlite.store import SqliteStore
from tests.channels.sockets import serving
from tests.channels.telegram.bot_api_server import TOKEN, BotApi, message
from tests.channels.wechat.wechat_platform import Platform
from tests.content.sample_folder import VENUE, edit
from tests.content.sample_knowledge import playable
from tests.echo_dialogue import NOW, echo_step
from tests.echo_dialogue import message as said
from tests.knowledge_base import KNOWLEDGE
from tests.serve_process import Home, Served, served

PRIVATE = "休学创业能保留学籍吗我欠了三十万"
WECHAT_TOKEN = "wechat-token-for-tests-only"
CHAT = 7_654_321
OPENID = "oUserOfTheTest"

Homes = Callable[..., Home]


@pytest.fixture
def homes(tmp_path: Path, base: KnowledgeBase, cache: Path) -> Homes:
    """Makes homes whose search tables lie ready."""

    def made(name: str = "home", more: str = "", **others: object) -> Home:
        return Home.made(tmp_path / name, cache, more, **others)  # type: ignore[arg-type] # passed on

    return made


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, base: KnowledgeBase, cache: Path
) -> Iterator[Served]:
    """A service that several tests share."""
    with served(Home.made(tmp_path_factory.mktemp("serve") / "home", cache)) as service:
        yield service


async def test_an_error_of_one_messenger_at_start_or_stop_does_not_reach_the_others() -> None:
    called: list[str] = []

    async def broken() -> None:
        raise RuntimeError("unexpected")

    async def working() -> None:
        called.append("working")

    with structlog.testing.capture_logs() as lines:
        await call_each([broken, working], "channel_stop_failed")
    assert called == ["working"]
    assert [(line["event"], line["kind"]) for line in lines] == [
        ("channel_stop_failed", "RuntimeError")
    ]


def stored_session(home: Home, conv: str) -> Session | None:
    """Return the session from the store of a service that has ended."""

    async def look() -> Session | None:
        store = await open_store(f"sqlite:///{home.database}")
        try:
            return await store.peek(conv)
        finally:
            await store.close()

    return asyncio.run(look())


def test_health_readiness_and_metrics_are_served(running: Served, base: KnowledgeBase) -> None:
    assert httpx.get(f"{running.url}/healthz").json() == {"status": "ok"}
    ready = running.ready()
    assert (ready["ready"], ready["store"]) == (True, "ok")
    assert ready["knowledge"] == base.knowledge.version
    running.says("u", "怎么离婚")
    figures = httpx.get(f"{running.url}/metrics").text
    for figure in (
        'policybot_turns_total{channel="api",outcome="unknown"} 1.0',
        "policybot_queue 0.0",
        "policybot_ready 1.0",
        f'policybot_knowledge_info{{version="{base.knowledge.version}"}} 1.0',
        'policybot_turn_seconds_count{channel="api"}',
        "policybot_store_bytes ",
    ):
        assert figure in figures


def test_the_announcement_names_addresses_and_channels(running: Served) -> None:
    assert running.url
    for word in (
        "柳创通已启动",
        "POLICYBOT_TELEGRAM__TOKEN",
        "POLICYBOT_WECHAT__TOKEN",
        "0.0.0.0:8080",
    ):
        assert word in running.out


def test_a_conversation_survives_a_restart_and_kill_9(homes: Homes) -> None:
    home = homes()
    profile = {"identity": ["student"], "stage": ["idea"]}
    with served(home) as first:
        first.says("u", "c:start")
        first.says("u", "a:identity:student")
        assert first.says("u", "a:stage:idea")["profile"] == profile
        cookie = httpx.post(f"{first.url}/chat", json={"choice": "a:identity:company"}).cookies
        first.kill()
    with served(home) as second:
        answer = second.says("u", "我的信息")
        assert (answer["profile"], answer["question"]) == (profile, "needs")
        page = httpx.get(second.url, cookies=cookie).text
        assert 'data-asking="您的创业项目到哪一步了？"' in page
        second.says("u", "a:needs:venue")
        began = time.monotonic()
        assert second.stop() == 0
        print(f"SIGTERM to exit: {time.monotonic() - began:.2f} s")
    last = stored_session(home, "api:u")
    assert last is not None
    assert dict(last.profile) == {**{k: tuple(v) for k, v in profile.items()}, "needs": ("venue",)}


def test_sigterm_completes_a_turn_in_flight(homes: Homes) -> None:
    home = homes()
    body = json.dumps({"user": "u", "choice": "a:identity:student"}).encode()
    head = (
        "POST /api/v1/chat HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    with served(home) as service:
        port = int(service.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 30) as line:
            line.sendall(head + body[:10])
            time.sleep(0.2)
            service.process.terminate()
            time.sleep(0.5)
            assert service.process.poll() is None, "it waits for the turn"
            with pytest.raises(OSError):  # noqa: PT011 - refused or reset, as it happens
                socket.create_connection(("127.0.0.1", port), 5).recv(1)
            line.sendall(body[10:])
            answer = b"".join(iter(lambda: line.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert b'"identity":["student"]' in answer.replace(b" ", b"")
        assert service.ended() == 0
        assert "Traceback" not in service.err
    last = stored_session(home, "api:u")
    assert last is not None
    assert dict(last.profile) == {"identity": ("student",)}


def failed(service: Served) -> str:
    """What a service that could not start said. It quotes no stack, and prints no address."""
    assert service.ended() == 1
    assert "Traceback" not in service.err
    assert service.out == ""
    return service.err


def test_a_second_service_on_the_same_file_refuses_to_start(running: Served, homes: Homes) -> None:
    running.says("second", "a:identity:student")
    other = homes("other", f"store: sqlite:///{running.home.database}\n")
    with served(other) as second:
        said = failed(second)
    assert str(running.home.database) in said
    assert len(said.splitlines()) == 1
    assert any("一" <= char <= "鿿" for char in said)
    assert running.says("second", "c:me")["profile"] == {"identity": ["student"]}
    assert running.ready()["store"] == "ok"


def test_a_port_in_use_is_named(running: Served, homes: Homes) -> None:
    address = running.url.removeprefix("http://")
    with served(homes("other", listen=address)) as second:
        assert failed(second).strip() == (
            f"网页服务不能监听 {address}：端口已被占用。换一个端口，或先停掉占用它的程序。"
        )
    assert running.says("port", "你好")["replies"]


def test_ipv4_and_ipv6_can_use_the_same_port(homes: Homes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with served(homes(listen=f"['0.0.0.0:{port}', '[::]:{port}']")) as service:
        service.until(lambda: "柳创通已启动" in service.out or service.process.poll() is not None)
        for host in ("127.0.0.1", "[::1]"):
            assert httpx.get(f"http://{host}:{port}/healthz").json() == {"status": "ok"}
        assert service.stop() == 0


def test_a_bound_port_cannot_be_bound_again() -> None:
    # When two services start at once, the later one must fail.
    with _bind("127.0.0.1", 0) as first, pytest.raises(ChannelError, match="不能监听"):
        _bind(*first.getsockname())


def test_a_message_from_before_forgetting_is_recognised_after_a_restart(homes: Homes) -> None:
    home = homes()
    with served(home) as service:
        assert service.says("a", "我是大三学生，想休学创业", "1")["profile"]
        farewell = service.says("a", "忘记我", "2")
    with served(home) as service:
        assert service.says("a", "我是大三学生，想休学创业", "1") == farewell
    assert stored_session(home, "api:a") is None


def test_expired_data_is_removed_at_the_start(homes: Homes) -> None:
    home = homes(more="retention: {sessions_days: 2}\n")

    async def old() -> None:
        store = await open_store(f"sqlite:///{home.database}")
        for days in (1, 3):
            at = now() - timedelta(days=days)
            await store.apply([said(f"web:{days}", "1", at=at)], echo_step)
        await store.close()

    asyncio.run(old())
    with served(home) as service, closing(sqlite3.connect(home.database)) as reader:
        assert service.url
        left = "SELECT conv FROM session"
        service.until(lambda: reader.execute(left).fetchall() == [("web:1",)])


def test_knowledge_that_cannot_be_read_is_refused_with_every_problem(
    homes: Homes, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    (broken / "policies" / "a" / "supports").mkdir(parents=True)
    (broken / "policies" / "a" / "policy.yaml").write_text("id: [", "utf-8")
    (broken / "interview.yaml").write_text("slotz: []\n", "utf-8")
    with served(homes(knowledge=broken)) as service:
        said = failed(service)
    for place in ("policies/a/policy.yaml:1", "interview.yaml:1", "bureaus.yaml:1", "phrases/:1"):
        assert place in said
    count = int(said.partition("知识库有 ")[2].partition(" ")[0])
    assert len(said.strip().splitlines()) == 1 + count >= 5


def test_the_cause_of_problems_is_listed_before_its_consequences(
    tmp_path: Path, base: KnowledgeBase
) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(KNOWLEDGE, folder)
    interview = folder / "interview.yaml"
    text = interview.read_text("utf-8")
    interview.write_text(text.replace("  - id: needs\n", "  - id: wants\n    neme: x\n"), "utf-8")
    _, problems = read(folder)
    assert foremost(problems, 5)[0].file == "interview.yaml"
    assert len({problem.file for problem in foremost(problems, 20)}) > 1


def test_refused_knowledge_is_not_served_after_a_restart(homes: Homes, tmp_path: Path) -> None:
    folder = playable(tmp_path / "town")
    home = homes(knowledge=folder)
    with served(home) as service:
        assert "5万元" in str(service.says("a", "s:venue-grant"))
        service.until(lambda: copy_folder(folder, home.folder).is_dir())
    edit(folder, VENUE, "summary: 开办空间，最多补5万", "summary: 开办空间，最多补9万")
    with served(home) as service:
        answer = str(service.says("b", "s:venue-grant"))
        assert "5万元" in answer
        assert "9万元" not in answer
        service.until(lambda: "“9”这个数" in str(service.ready()))
        assert "9万元" not in str(service.says("c", "s:venue-grant"))
    edit(folder, VENUE, "summary: 开办空间，最多补9万", "summary: 开空间，最多补5万")
    with served(home) as service:
        service.until(lambda: "开空间" in str(service.says("d", "s:venue-grant")))


def test_a_damaged_copy_does_not_prevent_the_start(homes: Homes, tmp_path: Path) -> None:
    folder = playable(tmp_path / "town")
    home = homes(knowledge=folder)
    kept = copy_folder(folder, home.folder)
    (kept / "phrases").mkdir(parents=True)
    (kept / "phrases/conversation.yaml").write_text("phrases: [", "utf-8")
    with served(home) as service:
        assert "5万元" in str(service.says("a", "s:venue-grant"))


def test_invalid_settings_are_refused_with_every_fault(homes: Homes) -> None:
    home = homes(more="lisen: 1\nlog: {level: loud}\ntelegram: {token: '123:abc'}\nstore: x\n")
    env = {"POLICYBOT_LIMITS__QUEUE": "many", "POLICYBOT_NONSENSE": "1"}
    with served(home, env) as service:
        said = failed(service).splitlines()
    for word in ("lisen", "log.level", "telegram.token", "store", "QUEUE", "POLICYBOT_NONSENSE"):
        assert sum(word in line for line in said) == 1, word
    assert "123:abc" not in "".join(said)


async def test_a_wrong_telegram_token_is_logged_once_and_the_web_runs(homes: Homes) -> None:
    wrong = TOKEN[:-3] + "xyz"
    async with serving(BotApi().routes()) as url:
        home = homes(more=f"telegram: {{base_url: '{url}'}}\n")
        with served(home, {"POLICYBOT_TELEGRAM__TOKEN": wrong}) as service:
            await asyncio.to_thread(service.until, lambda: "channel_off" in service.err)
            answer = await asyncio.to_thread(service.says, "u", "你好")
            assert answer["replies"]
            lines = [json.loads(line) for line in service.err.splitlines()]
            (line,) = [line for line in lines if line["event"] == "channel_off"]
            assert line["reason"].startswith("Telegram 不认这个 token")
            assert not [line for line in lines if line["event"].startswith("telegram")]
            assert wrong not in service.err + service.out


async def test_no_log_line_contains_user_text_or_a_secret(homes: Homes) -> None:
    secrets = {
        "POLICYBOT_TELEGRAM__TOKEN": TOKEN,
        "POLICYBOT_WECHAT__TOKEN": WECHAT_TOKEN,
        "POLICYBOT_SECRET": "a-secret-for-tests-only-0123456789",
    }
    api = BotApi()
    with ExitStack() as stack:
        async with serving(api.routes()) as url, httpx.AsyncClient(timeout=60) as client:
            home = homes(more=f"telegram: {{base_url: '{url}'}}\nlog: {{level: debug}}\n")
            service = stack.enter_context(served(home, secrets))
            own = await asyncio.to_thread(lambda: service.url)
            await everybody_talks(client, own, api)
            await asyncio.to_thread(talk_no_http, own)
            figures = (await client.get(f"{own}/metrics")).text
            assert await asyncio.to_thread(service.stop) == 0
    for channel in ("api", "web", "telegram", "wechat"):
        assert f'policybot_turns_total{{channel="{channel}",outcome="answer"}}' in figures
    shown = service.err + service.out
    assert '"event":"turn"' in service.err
    assert '"event":"library"' in service.err
    for word in (PRIVATE, PRIVATE[:6], "三十万", "保留学籍", str(CHAT), OPENID, *secrets.values()):
        assert word not in shown, word
    assert all(json.loads(line)["event"] for line in service.err.splitlines())


def talk_no_http(own: str) -> None:
    """What uvicorn itself complains about, in its own words."""
    place = ("127.0.0.1", int(own.rpartition(":")[2]))
    for request in (
        f"GET /{PRIVATE} HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ):
        with socket.create_connection(place, 30) as line:
            line.sendall(request.encode())
            line.recv(65_536)


async def everybody_talks(client: httpx.AsyncClient, own: str, api: BotApi) -> None:
    """Everybody says something private, and some of it cannot be read."""
    odd = {"update_id": 1, "message": {"text": PRIVATE, "chat": PRIVATE}}
    api.push(odd, message(2, PRIVATE, user=CHAT))
    platform = Platform(f"{own}/wechat", client, token=WECHAT_TOKEN, stamp=str(int(time.time())))
    assert "保留学籍" in await platform.text(PRIVATE, OPENID)
    await platform.post(f"<xml>{PRIVATE}")
    platform.token = "guessed"
    await platform.post(platform.message(PRIVATE, OPENID))
    said = {"user": PRIVATE, "text": PRIVATE}
    assert (await client.post(f"{own}/api/v1/chat", json=said)).status_code == 200
    assert (await client.post(f"{own}/chat", json={"text": PRIVATE})).status_code == 200
    assert (await client.post(f"{own}/api/v1/ask", json={"text": PRIVATE})).status_code == 200
    refused = [
        await client.post(f"{own}/api/v1/chat", json={"user": 1, "text": PRIVATE}),
        await client.post(f"{own}/api/v1/chat", content=PRIVATE.encode()),
        await client.post(f"{own}/chat", json={"text": PRIVATE}, headers={"Origin": "http://x"}),
        await client.get(f"{own}/{PRIVATE}"),
        await client.get(f"{own}/r/{PRIVATE}"),
    ]
    assert all(400 <= answer.status_code < 500 for answer in refused)
    await api.until(lambda: bool(api.texts(CHAT)))


def test_the_key_is_created_once_and_readable_by_the_owner_only(
    tmp_path: Path,
) -> None:
    made = signing_key(Settings(), tmp_path)
    assert signing_key(Settings(), tmp_path) == made
    file = tmp_path / "data" / "secret"
    assert file.read_bytes() == made
    assert len(made) == 32
    assert file.stat().st_mode & 0o077 == 0
    own = "own" * 10
    assert signing_key(Settings(secret=SecretStr(own)), tmp_path) == own.encode()


@pytest.mark.parametrize("kind", ["cut off", "a folder"])
def test_a_key_file_that_cannot_be_used_stops_the_start_and_is_not_replaced(
    tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "data" / "secret"
    file.parent.mkdir()
    if kind == "a folder":
        file.mkdir()
    else:
        file.write_bytes(b"short")
    with pytest.raises(ConfigError, match=f"{file} .*删掉它会生成新的"):
        signing_key(Settings(), tmp_path)
    assert file.is_dir() or file.read_bytes() == b"short"


def test_an_empty_key_file_was_never_used_and_is_filled(tmp_path: Path) -> None:
    file = tmp_path / "data" / "secret"
    file.parent.mkdir()
    file.touch(0o644)
    assert signing_key(Settings(), tmp_path) == file.read_bytes() != b""
    assert file.stat().st_mode & 0o077 == 0


def test_a_start_with_another_store_does_not_change_the_key(tmp_path: Path) -> None:
    elsewhere = Settings(store=f"sqlite:///{tmp_path}/var/talks.db")
    made = signing_key(elsewhere, tmp_path / "home")
    other = signing_key(Settings(store="postgresql://db/x"), tmp_path / "home")
    assert other != made
    with structlog.testing.capture_logs() as lines:
        assert signing_key(elsewhere, tmp_path / "home") == made
    [line] = lines
    assert line["event"] == "secret_files_differ"
    assert line["used"] == f"{tmp_path}/var/talks.db.secret"


def test_the_key_file_is_beside_the_store(tmp_path: Path) -> None:
    elsewhere = Settings(store=f"sqlite:///{tmp_path}/var/my%20talks.db")
    made = signing_key(elsewhere, tmp_path / "home")
    assert (tmp_path / "var" / "my talks.db.secret").read_bytes() == made
    assert not (tmp_path / "home").exists()
    # An older installation has the key in its home folder; cookies must stay valid.
    (tmp_path / "var" / "my talks.db.secret").unlink()
    kept = signing_key(Settings(store="memory://"), tmp_path / "home")
    assert signing_key(elsewhere, tmp_path / "home") == kept


def test_a_key_readable_by_others_gets_private(tmp_path: Path) -> None:
    made = signing_key(Settings(), tmp_path)
    file = tmp_path / "data" / "secret"
    file.chmod(0o644)
    assert signing_key(Settings(), tmp_path) == made
    assert file.stat().st_mode & 0o077 == 0


@pytest.fixture
async def memory() -> AsyncIterator[SqliteStore]:
    store = SqliteStore(":memory:")
    await store.open()
    yield store
    await store.close()


async def test_expire_removes_data_older_than_the_settings_allow(
    memory: SqliteStore,
) -> None:
    async def left(table: str) -> list[int]:
        found = await memory._db.fetch(f"SELECT conv FROM {table}")
        return sorted(int(conv.removeprefix("web:")) for (conv,) in found)

    async with Guide(memory, echo_step, clock=lambda: NOW) as guide:
        for days in (1, 29, 31, 89, 91, 179, 181):
            sent = NOW - timedelta(days=days)
            await guide.answer(said(f"web:{days}", "1", "unknown", at=sent))
        expiring = asyncio.create_task(upkeep(guide, Settings()))
        async with asyncio.timeout(10):
            # Unanswered questions are removed last.
            while 181 in await left("unanswered"):  # noqa: ASYNC110 - another task removes it
                await asyncio.sleep(0.01)
        expiring.cancel()
        await asyncio.wait({expiring})
    assert await left("session") == [1, 29, 31, 89, 91, 179]
    assert await left("inbox") == [1, 29]
    assert await left("unanswered") == [1, 29, 31, 89]


async def test_a_failed_expire_is_logged_and_repeated(
    memory: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.server.EXPIRE_EVERY", 0.01)
    with structlog.testing.capture_logs() as lines:
        async with Guide(memory, echo_step, clock=lambda: NOW) as guide:
            await memory.close()
            expiring = asyncio.create_task(upkeep(guide, Settings()))
            async with asyncio.timeout(10):
                while len(lines) < 2:  # noqa: ASYNC110 - another task logs them
                    await asyncio.sleep(0.01)
            expiring.cancel()
            await asyncio.wait({expiring})
    assert {line["event"] for line in lines} == {"expire", "clean_up"}


def test_pool_settings_are_added_for_postgresql_only() -> None:
    assert store_url(Settings()) == "sqlite:///data/bot.db"
    url = store_url(Settings(store="postgresql://h/d"))
    assert url == "postgresql://h/d?pool_size=10&statement_cache_size=100"
    url = store_url(Settings(store="postgresql://h/d?sslmode=require"))
    assert url.startswith("postgresql://h/d?sslmode=require&pool_size=")


def test_a_start_with_a_clock_far_ahead_deletes_nothing_and_says_so(homes: Homes) -> None:
    home = homes()
    old = now() - timedelta(days=300)

    async def filled() -> None:
        store = await open_store(f"sqlite:///{home.database}")
        await store.apply([said("web:a", "1", at=old)], echo_step)
        await store.close()

    asyncio.run(filled())
    with served(home) as service:
        service.until(lambda: "clock" in service.ready())
        assert "先不删除到期的数据" in service.ready()["clock"]
        assert service.ready()["ready"] is True
        assert "clock_doubted" in service.err
        assert service.stop() == 0
    assert stored_session(home, "web:a") is not None
