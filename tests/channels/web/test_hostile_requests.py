"""Hostile input: a 4xx or a normal reply, never a 5xx, never markup."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import logging
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.common.logging import configure_logging, libraries_logged
from bot.channels.common.rate_limit import MAX_BUCKETS, RateLimit
from bot.channels.web.app import build_web
from bot.channels.web.http.request_parsing import clean
from tests.channels.web.running_server import running
from tests.channels.web.scripted_guide import ScriptedGuide, scripted_deps
from tests.channels.web.web_client import CALM, client_of, visitor

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WORDS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "'\"><svg onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "\u202e\u2066drow\u200b\u200d\ufeff",
    "nul\0nul",
    "😀" * 400,
    "a" * 15_000,
    "柳" * 4_000,
)


@pytest.mark.parametrize("words", WORDS, ids=range(len(WORDS)))
async def test_hostile_text_is_shown_as_text(words: str) -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        for path in ("/chat", "/api/v1/chat", "/api/v1/ask"):
            answer = await http.post(path, json={"text": words, "user": "u"})
            assert answer.status_code == 200
        await http.post("/chat", data={"text": words[:900]})
        page = (await http.get("/")).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<svg onload" not in page
    assert all(len(u.text) <= 500 and "\0" not in u.text for _, _, u in guide.taken)


BODIES = (
    b'{"text": "\\ud800", "user": "u"}',
    b'{"text": "\\udfff\\ud800", "user": "\\ud800"}',
    b"\xff\xfe\xfd",
    b'{"text": "\xff"}',
    b"[" * 16_000,
    b'{"a":' * 3_000,
    b"[1,2",
    b"null",
    b"5",
    b'"text"',
    b"",
    b'{"text": {"a": 1}}',
    b'{"text": ["a"]}',
    b'{"choice": 5}',
    b'{"choice": "' + b"x" * 500 + b'"}',
    b'{"text": "x", "message_id": "a b"}',
    b'{"text": "x", "message_id": "' + b"m" * 65 + b'"}',
    b'{"text": "x", "message_id": 5}',
    b'{"text": "x", "id": [1]}',
    b'{"text": 1' + b"0" * 5_000 + b"}",
    b"\0" * 100,
)


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
async def test_hostile_bodies_never_crash(body: bytes) -> None:
    async with visitor(ScriptedGuide()) as http:
        for path in ("/chat", "/api/v1/chat", "/api/v1/ask"):
            for headers in (JSON, FORM):
                answer = await http.post(path, content=body, headers=headers)
                assert answer.status_code < 500


async def test_a_lone_surrogate_is_a_normal_message() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        answer = await http.post("/chat", content=b'{"text": "\\ud800?"}', headers=JSON)
    assert answer.status_code == 200
    assert guide.said() == ["\ufffd?"]


async def test_long_and_compressed_bodies_are_refused() -> None:
    bomb = gzip.compress(b"a" * 10_000_000)
    async with visitor(ScriptedGuide()) as http:
        for size in (16_385, 65_536, 1_000_000):
            answer = await http.post("/chat", content=b"x" * size, headers=JSON)
            assert answer.status_code == 413
        packed = await http.post(
            "/chat", content=bomb, headers={**JSON, "Content-Encoding": "gzip"}
        )
        assert packed.status_code == 415
        odd = await http.post(
            "/chat", content=b"x", headers={"Content-Type": "multipart/form-data"}
        )
        assert odd.status_code == 415


@pytest.mark.parametrize("whole", [True, False], ids=["with a length", "in pieces"])
@pytest.mark.parametrize(("size", "status"), [(16_384, 200), (16_385, 413)])
async def test_the_limit_of_a_body_is_exact(size: int, status: int, whole: bool) -> None:
    head, tail = b'{"text": "hi", "pad": "', b'"}'
    body = head + b"a" * (size - len(head) - len(tail)) + tail

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, size, 4_096):
            yield body[start : start + 4_096]

    async with visitor(ScriptedGuide()) as http:
        answer = await http.post("/chat", content=body if whole else pieces(), headers=JSON)
    assert answer.status_code == status


async def test_a_body_without_content_length_is_limited_while_it_arrives() -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1_000

    async with visitor(ScriptedGuide()) as http:
        answer = await http.post("/chat", content=endless(), headers=JSON)
    assert answer.status_code == 413


def test_a_slow_body_gets_status_408() -> None:
    settings = replace(CALM, body_seconds=0.2)
    with running(build_web(scripted_deps(ScriptedGuide(), settings))) as url:
        place = urlsplit(url)
        start = time.monotonic()
        with socket.create_connection((place.hostname, place.port), timeout=60) as line:
            head = f"POST /chat HTTP/1.1\r\nHost: {place.netloc}\r\n"
            line.sendall(
                f"{head}Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{{".encode()
            )
            answer = line.recv(4096)
        assert answer.startswith(b"HTTP/1.1 408")
        # The default limit of 10 s would answer as well, but later.
        assert time.monotonic() - start < 9


async def test_unknown_paths_get_a_chinese_page() -> None:
    async with visitor(ScriptedGuide()) as http:
        for path in (
            "/nothing",
            "/r/",
            "/r/%ff%fe",
            "/static/%00",
            "/admin.php",
            "http://here.local//evil.test",
        ):
            answer = await http.get(path)
            assert answer.status_code == 404
            assert "柳创通" in answer.text
        wrong = await http.get("/chat")
        assert wrong.status_code == 405
        assert wrong.headers["allow"] == "POST"
        assert "不能这样访问" in wrong.text
        assert (await http.head("/")).status_code == 200
        assert (await http.request("TRACE", "/")).status_code == 405


async def test_a_hostile_host_is_not_repeated_on_a_card() -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        for choice in ("a:identity:student", "a:stage:idea", "a:needs:funding"):
            answer = (await http.post("/chat", json={"choice": choice})).json()
        card = await http.get(answer["card"], headers={"Host": 'e"><script>x</script>'})
    assert card.status_code == 400
    assert "<script>x" not in card.text


async def test_a_crash_is_answered_without_its_message() -> None:
    def broken(text: str) -> dict[str, object]:
        raise KeyError(f"what the user said: {text}")

    deps = replace(scripted_deps(ScriptedGuide()), ask=broken)
    async with client_of(build_web(deps)) as http:
        answer = await http.post("/api/v1/ask", json={"text": "hush"})
    assert answer.status_code == 500
    assert "hush" not in answer.text
    assert "content-security-policy" in answer.headers


@pytest.fixture
def log() -> Iterator[StringIO]:
    stream = StringIO()
    configure_logging(stream=stream)
    yield stream
    structlog.reset_defaults()


async def test_a_turn_succeeds_when_the_log_cannot_be_written(log: StringIO) -> None:
    log.close()
    async with visitor(ScriptedGuide()) as http:
        assert (await http.post("/chat", json={"text": "hi"})).status_code == 200


async def test_user_text_never_reaches_the_log(log: StringIO) -> None:
    guide = ScriptedGuide()
    async with visitor(guide) as http:
        await http.get("/")
        await http.post("/chat", json={"text": "我叫张三丰"})
        guide.down = "store"
        await http.post("/chat", json={"text": "我叫张三丰"})
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert sorted(line["event"] for line in lines) == ["store", "turn"]
    assert "张三丰" not in str(lines)
    (conv,) = guide.sessions
    assert conv[4:] not in str(lines)


async def test_warnings_of_libraries_are_json_lines_without_user_text(
    log: StringIO,
) -> None:
    async def fails() -> None:
        raise ValueError("我叫张三丰")

    with libraries_logged():
        task = asyncio.create_task(fails())
        await asyncio.wait({task})
        del task  # asyncio logs the exception that was never retrieved
        gc.collect()
        logging.getLogger("some.library").warning("cannot read %s", "我叫张三丰")
        logging.getLogger("some.library").info("too little to tell")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["logger"], line["message"]) for line in lines] == [
        ("asyncio", "Task exception was never retrieved"),
        ("some.library", "cannot read %s"),
    ]
    assert lines[0]["kind"] == "ValueError"
    assert lines[0]["level"] == "error"
    assert Path(__file__).name in str(lines[0]["where"])
    assert "张三丰" not in str(lines)


@given(st.text(st.characters(), max_size=50), st.integers(1, 30))
def test_cleaned_text_is_bounded_and_can_be_stored(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    assert len(cleaned) <= limit
    assert "\0" not in cleaned
    cleaned.encode("utf-8")
    assert clean(cleaned, limit) == cleaned


async def test_the_number_of_rate_buckets_is_bounded() -> None:
    limit = RateLimit(60)
    for n in range(MAX_BUCKETS + 500):
        assert limit.take(f"u{n}", 0.0) is None
    assert limit.size == MAX_BUCKETS
