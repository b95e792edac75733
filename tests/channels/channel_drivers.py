"""Each way in, as a founder uses it: one step of a conversation sent, and what is seen of it."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import httpx

from bot.channels.common.guide_port import Answers
from bot.channels.terminal import NAME, PROMPT, run_terminal
from bot.core.domain.replies import Card, Reply
from tests.channels.fake_guide import now
from tests.channels.reference_conversations import (
    Seen,
    Turn,
    blankless,
    numbers,
    undressed,
    wanted,
)
from tests.channels.telegram.bot_api_server import SECRET, BotApi, message, press
from tests.channels.wechat.wechat_platform import Platform

MORE = "\n……\n回复“更多”看下一段"
COMMANDS = {
    "c:start": "/start",
    "c:results": "/result",
    "c:me": "/me@LiuchuangBot",
    "c:restart": "/restart",
    "c:forget": "/forget",
    "c:help": "/help",
}
_SPLIT = "]]]]><![CDATA[>"
_LINKED = re.compile(
    r'<a href="weixin://bizmsgmenu\?msgmenucontent=([^&"]+)&msgmenuid=([^&"]+)">([^<]+)</a>'
)


class Way(Protocol):
    """A conversation over one channel."""

    async def differs(self, turn: Turn) -> str:
        """Play this step; what is seen that is not as the guide said, "" if nothing."""


def compared(seen: Seen, replies: Sequence[Reply]) -> str:
    """Where what is seen is not what the guide said."""
    want = wanted(replies)
    return "" if seen == want else f"\n    seen   {seen}\n    wanted {want}"


class Terminal:
    """The terminal: a line in; name and indentation come off what is written."""

    def __init__(self) -> None:
        self._typed: asyncio.Queue[str | None] = asyncio.Queue()
        self._waits = asyncio.Event()
        self._shown: list[str] = []

    async def differs(self, turn: Turn) -> str:
        said = turn.said
        seen = await self._line(said.say or numbers(said.tap, turn.offered))
        return compared(seen, turn.replies)

    async def _line(self, line: str) -> Seen:
        await self._waits.wait()
        self._waits.clear()
        self._shown.clear()
        self._typed.put_nowait(line)
        await self._waits.wait()
        first, *rest = "".join(self._shown).removesuffix(PROMPT).rstrip("\n").split("\n")
        assert first.startswith(NAME), first
        indent = "　" * 3 + " "
        assert all(row.startswith(indent) or not row for row in rest), rest
        return undressed("\n".join([first.removeprefix(NAME), *(r.strip() for r in rest)]))

    async def _read(self) -> str | None:
        self._waits.set()
        return await self._typed.get()

    @classmethod
    @asynccontextmanager
    async def opened(cls, guide: Answers, conv: str) -> AsyncIterator[Terminal]:
        """A terminal that runs."""
        own = cls()
        running = asyncio.create_task(
            run_terminal(guide, conv, own._read, own._shown.append, now, greet=False)
        )
        yield own
        own._typed.put_nowait(None)
        await running


class Api:
    """`/api/v1/chat`: the guide's own record, to the letter."""

    def __init__(self, client: httpx.AsyncClient, user: str) -> None:
        self._client = client
        self._user = user

    async def differs(self, turn: Turn) -> str:
        said = {"choice": turn.said.tap} if turn.said.tap else {"text": turn.said.say}
        answer = await self._client.post("/api/v1/chat", json={"user": self._user, **said})
        want = {"user": self._user, **turn.record}
        return "" if answer.json() == want else f"\n    seen   {answer.text}\n    wanted {want}"


class Page:
    """`POST /chat` from the page's script: supports shown as cards give way in the text, and what
    stood below them stands there still; boxes to tick replace the word on typing several; who was
    forgotten can begin again with a tap."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def differs(self, turn: Turn) -> str:
        said = {"choice": turn.said.tap} if turn.said.tap else {"text": turn.said.say}
        view = (await self._client.post("/chat", json=said)).json()
        if len(view["replies"]) != len(turn.replies):
            return f"{len(view['replies'])} replies instead of {len(turn.replies)}"
        if view.get("forgotten"):
            assert [tap["id"] for tap in view["replies"][-1].pop("choices")] == ["c:start"]
            view["replies"][-1]["choices"] = []
        pairs = zip(view["replies"], turn.replies, strict=True)
        return "".join(_unfolded(shown, reply) for shown, reply in pairs)


def _unfolded(shown: dict[str, Any], reply: Reply) -> str:
    """What of the reply is neither in the text nor in a card of the page."""
    asks = [card.pop("ask", "") for card in shown.get("cards", ())]
    loaded = Reply.load(shown)
    titles = tuple(f"· {card.title}" for card in reply.cards)
    gone = _missing(reply.text.split("\n"), loaded.text.split("\n"))
    if "after" in shown:
        gone = _missing(gone, shown["after"].split("\n"))
    lost = [line for line in gone if not line.startswith(titles) and not line.endswith("：")]
    if loaded.multiple:
        lost = [line for line in lost if "打字用“和”隔开" not in line]
    taps = [option for option in reply.choices if option.id not in asks]
    faults = [f"lost {lost}"] if lost else []
    faults += ["other cards"] if _cards(loaded) != _cards(reply) else []
    faults += [f"taps {loaded.choices}"] if list(loaded.choices) != taps else []
    faults += ["other links"] if loaded.links != reply.links else []
    return "; ".join(faults)


def _cards(reply: Reply) -> tuple[Card, ...]:
    return reply.cards


def _missing(whole: Sequence[str], part: Sequence[str]) -> list[str]:
    """The lines of `whole` that `part`, in the same order, has not; all of both if it is none."""
    rest, gone = iter(part), []
    following = next(rest, None)
    for line in whole:
        if line == following:
            following = next(rest, None)
        else:
            gone.append(line)
    return gone if following is None else [*gone, f"added {following}"]


class Telegram:
    """Telegram: updates by webhook, replies from the outbox to the Bot API server."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        hook: str,
        api: BotApi,
        chat: int,
        count: itertools.count[int],
    ) -> None:
        self._client = client
        self._hook = hook
        self._api = api
        self.chat = chat
        self._count = count
        self._before = 0

    async def differs(self, turn: Turn) -> str:
        await self._deliver(turn)
        size = len(blankless("".join(reply.text for reply in turn.replies)))
        try:
            await self._api.until(lambda: self._size() >= size, 10)
        except TimeoutError:
            return f"no answer but {self.sent()[self._before :]}"
        sent = self.sent()[self._before :]
        self._before += len(sent)
        buttons = [[b for row in _rows(m) for b in row] for m in sent]
        taps = [[b["callback_data"] for b in shown if "callback_data" in b] for shown in buttons]
        if any(taps[:-1]):
            return "choices that do not hang under the last message"
        if taps[-1] != [o.id for reply in turn.replies for o in reply.choices]:
            return f"taps {taps[-1]}"
        own = undressed("\n".join(m["text"] for m in sent))
        flat = [button for shown in buttons for button in shown]
        labels = tuple(b["text"] for b in flat if "callback_data" in b)
        urls = tuple(b["url"] for b in flat if "url" in b)
        seen = Seen(own.words, (*own.choices, *labels), (*own.links, *urls))
        return compared(seen, turn.replies)

    def sent(self) -> list[Any]:
        """Everything that this chat was sent."""
        return [m for m in self._api.of("sendMessage") if m["chat_id"] == self.chat]

    def _size(self) -> int:
        return len(blankless("".join(m["text"] for m in self.sent()[self._before :])))

    async def _deliver(self, turn: Turn) -> None:
        said, number = turn.said, next(self._count)
        offered = any(option.id == said.tap for option in turn.offered)
        if said.tap and (offered or said.tap not in COMMANDS):
            update = press(number, said.tap, user=self.chat)
        else:
            update = message(number, said.say or COMMANDS[said.tap], user=self.chat)
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        response = await self._client.post(self._hook, json=update, headers=headers)
        assert response.status_code == 200


def _rows(sent: Any) -> list[Any]:
    markup = sent.get("reply_markup") or {}
    return list(markup.get("inline_keyboard", ()))


class WeChat:
    """WeChat: one page a message, 更多 until the last; numbers, labels or taps choose."""

    def __init__(self, platform: Platform, user: str, *, labels: bool, tappable: bool) -> None:
        self._platform = platform
        self._user = user
        self._labels = labels
        self._tappable = tappable
        self._linked: list[str] = []
        self._events = itertools.count(1)
        self.longest = 0

    async def differs(self, turn: Turn) -> str:
        page = await self._platform.says(self._body(turn))
        text = page.removesuffix(MORE)
        count = 1
        while page.endswith(MORE):
            page = await self._platform.text("更多", self._user)
            text += "\n" + page.removesuffix(MORE)
            count += 1
        self.longest = max(self.longest, count)
        found = _LINKED.findall(text)
        self._linked = [tap for _, tap, _ in found]
        if self._linked and self._linked != [o.id for r in turn.replies for o in r.choices]:
            return f"taps {self._linked}"
        own = undressed(_LINKED.sub(r"\3", text))
        return compared(own, turn.replies)

    def _body(self, turn: Turn) -> str:
        said = turn.said
        if not said.tap:
            # The platform's CDATA cannot hold its own end.
            return self._platform.message(said.say.replace("]]>", _SPLIT), self._user)
        if said.tap in self._linked:
            return self._platform.message("点", self._user, bizmsgmenuid=said.tap)
        label = next((o.label for o in turn.offered if o.id == said.tap), "")
        typed = label if self._labels and label else numbers(said.tap, turn.offered)
        if typed:
            return self._platform.message(typed, self._user)
        # From the menu of the account, or from a message of long ago.
        at = {"CreateTime": str(1_700_000_000 + next(self._events))}
        if said.tap == "c:start":
            return self._platform.event("subscribe", user=self._user, **at)
        return self._platform.event("CLICK", said.tap, user=self._user, **at)
