"""Drivers that send a user input over a channel and compare the display with the reply."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import httpx

from bot.channels.common.guide_port import GuidePort
from bot.channels.common.rendering import MAX_REPEATED_CHOICES
from bot.channels.telegram.incoming.presses import DONE, FIRST_PAGE
from bot.channels.telegram.outgoing.formatting import SHARE_URL
from bot.channels.terminal import PROMPT, run_terminal
from bot.core.domain.replies import Reply, Role
from bot.core.domain.session import Option
from tests.channels.fake_guide import now
from tests.channels.messenger_phrases import phrases
from tests.channels.reference_conversations import (
    DisplayedReply,
    Turn,
    expected_display,
    offered_by,
    parse_display,
    typed_numbers,
    without_spaces,
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
MENU = ["c:start", "c:help"]
OWN = (DONE, FIRST_PAGE)
_SPLIT_CDATA_END = "]]]]><![CDATA[>"
_LINKED = re.compile(
    r'<a href="weixin://bizmsgmenu\?msgmenucontent=([^&"]+)&msgmenuid=([^&"]+)">([^<]+)</a>'
)

_ANCHOR = re.compile(r'<a href="(https?://[^"]+)">([^<]+)</a>')


class ChannelDriver(Protocol):
    """A conversation over one channel."""

    async def play(self, turn: Turn) -> str:
        """Send the user input of a turn; return how the display differs, "" if it does not."""


def difference(actual: DisplayedReply, replies: Sequence[Reply]) -> str:
    """Return how a display differs from the replies of the guide, "" if it does not."""
    expected = expected_display(replies)
    return "" if actual == expected else f"\n    actual   {actual}\n    expected {expected}"


def as_printed(replies: Sequence[Reply]) -> tuple[Reply, ...]:
    """Return the replies as a channel without buttons prints them: many choices that were offered
    before are not listed a second time."""

    def printed(reply: Reply) -> Reply:
        if not reply.repeated or len(reply.choices) <= MAX_REPEATED_CHOICES:
            return reply
        return Reply(f"{reply.text}\n{phrases().say('channel_repeated')}", links=reply.links)

    return tuple(map(printed, replies))


class TerminalDriver:
    """Types lines into the terminal; removes name and indentation from its output."""

    def __init__(self) -> None:
        self._input: asyncio.Queue[str | None] = asyncio.Queue()
        self._waiting = asyncio.Event()
        self._output: list[str] = []

    async def play(self, turn: Turn) -> str:
        given = turn.given
        line = given.say or typed_numbers(given.tap, turn.offered)
        replies = as_printed(turn.replies)
        display = parse_display(await self._type(line), offered_by(replies))
        return difference(display, replies)

    async def _type(self, line: str) -> str:
        await self._waiting.wait()
        self._waiting.clear()
        self._output.clear()
        self._input.put_nowait(line)
        await self._waiting.wait()
        first, *rest = "".join(self._output).removesuffix(PROMPT).rstrip("\n").split("\n")
        assert first.startswith(f"{phrases().say('terminal_name')} "), first
        indent = "　" * 3 + " "
        assert all(row.startswith(indent) or not row for row in rest), rest
        return "\n".join(
            [
                first.removeprefix(f"{phrases().say('terminal_name')} "),
                *(r.strip() for r in rest),
            ]
        )

    async def _read(self) -> str | None:
        self._waiting.set()
        return await self._input.get()

    @classmethod
    @asynccontextmanager
    async def opened(cls, guide: GuidePort, conv: str) -> AsyncIterator[TerminalDriver]:
        """Run a terminal chat and yield its driver."""
        driver = cls()
        running = asyncio.create_task(
            run_terminal(
                guide, conv, driver._read, driver._output.append, now, phrases, greet=False
            )
        )
        yield driver
        driver._input.put_nowait(None)
        await running


class ApiDriver:
    """Posts to `/api/v1/chat`; the response must equal the record of the guide."""

    def __init__(self, client: httpx.AsyncClient, user: str) -> None:
        self._client = client
        self._user = user

    async def play(self, turn: Turn) -> str:
        given = {"choice": turn.given.tap} if turn.given.tap else {"text": turn.given.say}
        answer = await self._client.post("/api/v1/chat", json={"user": self._user, **given})
        expected = {"user": self._user, **turn.record}
        if answer.json() == expected:
            return ""
        return f"\n    actual   {answer.text}\n    expected {expected}"


class PageDriver:
    """Posts to `/chat` like the script of the page.

    The page differs from the reply of the guide: cards replace the lines of their supports, check
    boxes replace the hint on typing several numbers, a forgotten user gets a start button, an
    offer above the input replaces the question that is asked again, and choices are ordered by
    their kind and left out where the reply shows what they ask for.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def play(self, turn: Turn) -> str:
        given = {"choice": turn.given.tap} if turn.given.tap else {"text": turn.given.say}
        view = (await self._client.post("/chat", json=given)).json()
        replies = turn.replies[:-1] if view["offer"] and len(turn.replies) > 1 else turn.replies
        if len(view["replies"]) != len(replies):
            return f"{len(view['replies'])} replies instead of {len(replies)}"
        if view.get("forgotten"):
            assert [tap["id"] for tap in view["replies"][-1].pop("choices")] == ["c:start"]
            view["replies"][-1]["choices"] = []
        pairs = zip(view["replies"], replies, strict=True)
        return "".join(_lost_in_display(shown, reply) for shown, reply in pairs)


def _lost_in_display(shown: dict[str, Any], reply: Reply) -> str:
    """Return what the page shows neither as text nor as a card, or shows in addition."""
    asks = [card.pop("ask", "") for card in shown.get("cards", ())]
    for card in shown.get("cards", ()):
        for section in card["sections"]:
            section["body"] = _text_of(section["parts"])
    loaded = Reply.load(shown)
    titles = tuple(f"· {card.title}" for card in reply.cards)
    missing = _lost_lines(reply.text.split("\n"), loaded.text.split("\n"))
    if "after" in shown:
        missing = _lost_lines(missing, shown["after"].split("\n"))
    lost = [line for line in missing if not line.startswith(titles) and not line.endswith("：")]
    if loaded.multiple:
        lost = [line for line in lost if "打字用“和”隔开" not in line]
    taps = {option for option in reply.choices if option.id not in asks}
    shown_as_text = ("f:text:", "f:all:", "c:edit:")
    left_out = {tap for tap in taps - {*loaded.choices} if tap.id.startswith(shown_as_text)}
    faults = [f"lost {lost}"] if lost else []
    faults += ["other cards"] if loaded.cards != reply.cards else []
    faults += [f"taps {loaded.choices}"] if {*loaded.choices} != taps - left_out else []
    drawn = "\n".join(_texts_of(shown["blocks"]))
    undrawn = [line for line in loaded.text.split("\n") if line not in drawn]
    faults += [f"undrawn {undrawn}"] if undrawn and "change" not in str(shown["blocks"]) else []
    faults += ["other links"] if loaded.links != reply.links else []
    return "; ".join(faults)


def _text_of(parts: Sequence[Any]) -> str:
    """Return the text of these parts, with the URLs of links."""
    return "".join(part if isinstance(part, str) else part["url"] for part in parts)


def _texts_of(blocks: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the texts that the page draws for these blocks."""
    for block in blocks:
        yield (f"{block['label']}：" if "label" in block else "") + _text_of(
            block.get("parts", ())
        )
        yield _text_of(block.get("title", ()))
        yield from map(_text_of, block.get("lines", ()))


def _lost_lines(whole: Sequence[str], part: Sequence[str]) -> list[str]:
    """Return the lines of `whole` that are not in `part`, which must be a subsequence."""
    rest, lost = iter(part), []
    following = next(rest, None)
    for line in whole:
        if line == following:
            following = next(rest, None)
        else:
            lost.append(line)
    return lost if following is None else [*lost, f"added {following}"]


class TelegramDriver:
    """Delivers updates to the webhook; reads replies from the Bot API server."""

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
        self._seen_count = 0

    async def play(self, turn: Turn) -> str:
        await self._deliver(turn)
        size = len(without_spaces("".join(reply.text for reply in turn.replies)))
        try:
            await self._api.until(lambda: self._size() >= size)
        except TimeoutError:
            return f"no answer but {self.sent()[self._seen_count :]}"
        sent = self.sent()[self._seen_count :]
        self._seen_count += len(sent)
        offered = [_choices(m) for m in sent]
        if any(offered[:-1]):
            return "choices that are not below the last message"
        expected = [o.id for reply in turn.replies for o in reply.choices]
        choices = offered[-1]
        if not expected and [o.id for o in choices] == MENU:
            choices = []
        if [o.id for o in choices] != expected:
            return f"taps {choices}"
        text = parse_display("\n".join(map(full_text, sent)), offered_by(turn.replies))
        labels = tuple(o.label for o in choices)
        urls = tuple(b["url"] for m in sent for row in _rows(m) for b in row if "url" in b)
        shared = [url for url in urls if url.startswith(SHARE_URL)]
        urls = tuple(url for url in urls if url not in shared)
        if len(shared) != sum("/r/" in url for url in urls):
            return f"links {urls} with {shared}"
        display = DisplayedReply(text.words, (*text.choices, *labels), (*text.links, *urls))
        return difference(display, turn.replies)

    def sent(self) -> list[Any]:
        """Return every message that was sent to the chat or replaced a page in it."""
        return [
            call.data
            for call in self._api.calls
            if call.method in ("sendMessage", "editMessageText")
            and call.data["chat_id"] == self.chat
        ]

    def _size(self) -> int:
        return len(without_spaces("".join(map(full_text, self.sent()[self._seen_count :]))))

    async def _deliver(self, turn: Turn) -> None:
        given, number = turn.given, next(self._count)
        offered = any(option.id == given.tap for option in turn.offered)
        if given.tap and (offered or given.tap not in COMMANDS):
            update = press(number, given.tap, user=self.chat)
        else:
            update = message(number, given.say or COMMANDS[given.tap], user=self.chat)
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        response = await self._client.post(self._hook, json=update, headers=headers)
        assert response.status_code == 200


def full_text(sent: Any) -> str:
    """Return the text of a message with the addresses of its links, and the hint of the guide."""
    units: bytes = sent["text"].encode("utf-16-le")
    for entity in reversed(sent.get("entities", ())):
        if entity["type"] == "text_link":
            start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
            units = units[:start] + entity["url"].encode("utf-16-le") + units[end:]
    tapped, typed = phrases().say("telegram_pick_many"), phrases().say("pick_many")
    return units.decode("utf-16-le").replace(tapped, typed)


def _choices(sent: Any) -> list[Option]:
    """Return the choices that a message offers, also those to tick."""
    buttons = [b for row in _rows(sent) for b in row if b.get("callback_data", DONE) not in OWN]
    found = []
    for button in buttons:
        data, label = button["callback_data"], button["text"]
        if data.startswith("m:1:"):
            data, label = data.replace("m:1:", "a:"), label.removeprefix("☐ ")
        found.append(Option(data, label))
    return found


def _rows(sent: Any) -> list[Any]:
    markup = sent.get("reply_markup") or {}
    return list(markup.get("inline_keyboard", ()))


def _without_layout(text: str, replies: Sequence[Reply]) -> str:
    """Return a text of WeChat with addresses as text and without the brackets of headings."""
    text = _ANCHOR.sub(lambda a: a[1] if a[2].endswith(" ↗") else f"{a[2]}：{a[1]}", text)
    headings = [line.text for r in replies for line in r.layout() if line.role is Role.HEADING]
    shown = {f"【{heading.rstrip('：')}】": heading for heading in headings}
    return "\n".join(shown.get(line, line) for line in text.split("\n"))


class WeChatDriver:
    """Sends WeChat messages and requests every page; chooses by numbers, labels or taps."""

    def __init__(self, platform: Platform, user: str, *, labels: bool, tappable: bool) -> None:
        self._platform = platform
        self._user = user
        self._labels = labels
        self._tappable = tappable
        self._linked: list[str] = []
        self._events = itertools.count(1)
        self.max_pages = 0

    async def play(self, turn: Turn) -> str:
        page = await self._platform.reply_to(self._body(turn))
        text = page.removesuffix(MORE)
        count = 1
        while page.endswith(MORE):
            page = await self._platform.text("更多", self._user)
            text += "\n" + page.removesuffix(MORE)
            count += 1
        self.max_pages = max(self.max_pages, count)
        found = _LINKED.findall(text)
        self._linked = [tap for _, tap, _ in found]
        replies = as_printed(turn.replies)
        if self._linked and self._linked != [o.id for r in replies for o in r.choices]:
            return f"taps {self._linked}"
        plain = _without_layout(_LINKED.sub(r"\3", text), replies)
        return difference(parse_display(plain, offered_by(replies)), replies)

    def _body(self, turn: Turn) -> str:
        given = turn.given
        if not given.tap:
            # CDATA cannot contain its own end.
            return self._platform.message(given.say.replace("]]>", _SPLIT_CDATA_END), self._user)
        if given.tap in self._linked:
            return self._platform.message("点", self._user, bizmsgmenuid=given.tap)
        label = next((o.label for o in turn.offered if o.id == given.tap), "")
        typed = label if self._labels and label else typed_numbers(given.tap, turn.offered)
        if typed:
            return self._platform.message(typed, self._user)
        # A tap on the menu of the account, or on an old message.
        at = {"CreateTime": str(1_700_000_000 + next(self._events))}
        if given.tap == "c:start":
            return self._platform.event("subscribe", user=self._user, **at)
        return self._platform.event("CLICK", given.tap, user=self._user, **at)
