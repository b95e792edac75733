"""Random traffic over all channels and both stores: of those who said 忘记我, nothing is left.

The people talk over the web page, the API, Telegram and WeChat, whose answers are late at random.
They forget themselves at random moments, also while an answer is late. Any earlier message of
anybody is delivered again at random, in any order, also after its person has left. The service is
restarted at random. Then no row, and on SQLite no byte of the files, has the marks of a forgotten
person. `FORGETTING_SEEDS=200` runs longer.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.channels.telegram.channel import TelegramChannel, TelegramSettings
from bot.channels.web.app import build_web
from bot.channels.wechat.messages import WeChatMessage
from bot.channels.wechat.passive_reply import PassiveReplies
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Session, Utterance
from bot.service.guide import Guide
from bot.service.ports import Incoming, Store
from bot.storage import open_store
from tests.channels.fake_guide import NOW, now
from tests.channels.messenger_phrases import phrases
from tests.channels.telegram.bot_api_server import TOKEN
from tests.channels.telegram.scripted_request import ScriptedRequest
from tests.channels.web.scripted_guide import ScriptedGuide, scripted_deps
from tests.channels.web.web_client import client_of
from tests.echo_dialogue import echo_step
from tests.storage.conftest import Rows, rows, store_url

__all__ = ["rows", "store_url"]

SEEDS = int(os.environ.get("FORGETTING_SEEDS", "6"))
STEPS = 250
PEOPLE = 24
LONG_ENOUGH = 60.0
TABLES = ("session", "inbox", "outbox", "feedback", "unanswered", "note", "erased")
SECRET = b"the same after every restart"
# After every lease of a reply.
LATER = NOW + timedelta(hours=1)


def wordy_step(session: Session, incoming: Incoming) -> Turn:
    """Answer like `echo_step`; a text that ends with 很长 gets a reply of several pages."""
    said = incoming.utterance
    if said.choice == "c:forget":
        incoming = replace(incoming, utterance=Utterance("forget"))
    turn = echo_step(session, incoming)
    if said.text.endswith("很长"):
        return turn._replace(replies=(Reply("\n\n".join([said.text * 20] * 6)),))
    return turn


@dataclass
class Person:
    """Somebody with a mark in the id and in every text."""

    channel: str
    mark: str
    said: int = 0
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)


@dataclass(frozen=True)
class Message:
    """A message as it was delivered first. `cookies`: those of its request."""

    person: Person
    number: int
    text: str
    cookies: httpx.Cookies


class Service:
    """The channels over one store, until a restart."""

    def __init__(self, store: Store, guide: Guide) -> None:
        self.store = store
        self.guide = guide
        deps = replace(
            scripted_deps(ScriptedGuide()),
            guide=guide,
            session_view=store.peek,
            last=store.last,
        )
        self.app = build_web(deps)
        self.wechat = PassiveReplies(guide, store, phrases, now)
        # Its sender does not run: `send_some` takes its place.
        self.telegram = TelegramChannel(
            guide,
            store,
            phrases,
            TelegramSettings(TOKEN),
            now,
            time.monotonic,
            request=ScriptedRequest(lambda _: None),
        )

    async def say(self, person: Person, text: str, *, late: bool) -> Message:
        """Send one message over the channel of the person."""
        if person.channel == "web" and not person.said:
            async with client_of(self.app) as client:
                await client.get("/")
                person.cookies = client.cookies
        person.said += 1
        message = Message(person, person.said, text, httpx.Cookies(person.cookies))
        cookies = await self.deliver(message, late=late)
        if cookies is not None:
            person.cookies = cookies
        return message

    async def deliver(self, message: Message, *, late: bool) -> httpx.Cookies | None:
        """Deliver a message, for the first time or again. Return the cookies that follow."""
        talk: Callable[[Message, bool], Awaitable[httpx.Cookies | None]]
        talk = getattr(self, f"_{message.person.channel}")
        return await talk(message, late)

    async def send_some(self, rng: random.Random) -> None:
        """Handle replies in the outbox as the sender does: sent, postponed or undeliverable."""
        for item in await self.store.due("telegram", LATER, 5):
            fate = rng.random()
            if fate < 0.7:
                await self.store.sent(item)
            elif fate < 0.9:
                await self.store.later(item, LATER)
            else:
                await self.store.drop(item)

    async def _web(self, message: Message, _: bool) -> httpx.Cookies:
        async with client_of(self.app) as client:
            client.cookies = httpx.Cookies(message.cookies)
            said = {"choice": "c:forget"} if message.text == "forget" else {"text": message.text}
            body = {**said, "message_id": str(message.number)}
            answer = await client.post("/chat", json=body)
            assert answer.status_code == 200, answer.text
            return client.cookies

    async def _api(self, message: Message, _: bool) -> None:
        async with client_of(self.app) as client:
            body = {
                "user": message.person.mark,
                "text": message.text,
                "message_id": str(message.number),
            }
            answer = await client.post("/api/v1/chat", json=body)
            assert answer.status_code == 200, answer.text

    async def _telegram(self, message: Message, _: bool) -> None:
        chat = int(message.person.mark)
        sent = {
            "message_id": message.number,
            "date": int(NOW.timestamp()),
            "chat": {"id": chat, "type": "private"},
            "from": {"id": chat},
            "text": message.text,
        }
        await self.telegram.receive({"update_id": message.number, "message": sent})

    async def _wechat(self, message: Message, late: bool) -> None:
        fields = {"Content": message.text, "MsgId": str(message.number)}
        received = WeChatMessage("gh_1", message.person.mark, "text", fields)
        await self.wechat.reply(received, 0 if late else LONG_ENOUGH)


@asynccontextmanager
async def running(url: str) -> AsyncIterator[Service]:
    """Yield a started service; at the end, running turns are finished as at SIGTERM."""
    store = await open_store(url, SECRET)
    async with Guide(store, wordy_step, clock=now) as guide:
        service = Service(store, guide)
        yield service
        await service.wechat.stop()
    await store.close()


async def traffic(url: str, seed: int) -> tuple[set[str], set[str]]:
    """Play random traffic. Return the marks of the forgotten and of the others who talked."""
    rng = random.Random(seed)

    def newcomer() -> Person:
        channel = rng.choice(["web", "api", "telegram", "wechat", "wechat"])
        number = rng.randrange(10**9)
        # The id of a chat is a number.
        mark = f"98{number:09}" if channel == "telegram" else f"zq{number:09}xw"
        return Person(channel, mark)

    people = [newcomer() for _ in range(PEOPLE)]
    forgotten: set[str] = set()
    delivered: list[Message] = []
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(running(url))
        for _ in range(STEPS):
            place = rng.randrange(PEOPLE)
            person, late = people[place], rng.random() < 0.5
            if rng.random() < 0.15:
                delivered.append(await service.say(person, "forget", late=late))
                forgotten.add(person.mark)
                people[place] = newcomer()
            else:
                kind = rng.choice(["", "unknown", "很长", "更多"])
                text = (
                    f"unknown {person.mark}" if kind == "unknown" else f"我是{person.mark}{kind}"
                )
                text = "更多" if kind == "更多" else text
                delivered.append(await service.say(person, text, late=late))
            if rng.random() < 0.4:
                await service.deliver(rng.choice(delivered), late=rng.random() < 0.5)
            if rng.random() < 0.1:
                await service.send_some(rng)
            if rng.random() < 0.02:
                await stack.aclose()
                service = await stack.enter_async_context(running(url))
        await service.wechat.stop()
        # A farewell stays in the outbox until it is sent, because somebody has to receive it.
        while items := await service.store.due("telegram", LATER, 100):
            for item in items:
                await service.store.sent(item)
        await service.store.clean_up()
    return forgotten, {person.mark for person in people if person.said}


def found(marks: set[str], content: bytes) -> set[str]:
    """Return those of these marks that the content has."""
    return {mark for mark in marks if mark.encode() in content}


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_nothing_is_left_of_those_who_said_forget_me(
    store_url: str, rows: Rows, tmp_path: Path, seed: int
) -> None:
    forgotten, others = await traffic(store_url, seed)

    stored = repr([await rows(f"SELECT * FROM {table}") for table in TABLES]).encode()
    assert found(forgotten, stored) == set()
    assert len(forgotten) > 20
    assert len(found(others, stored)) > PEOPLE / 2
    if store_url.startswith("sqlite"):
        files = await asyncio.to_thread(lambda: [f.read_bytes() for f in tmp_path.glob("bot.db*")])
        assert found(forgotten, b"".join(files)) == set()
