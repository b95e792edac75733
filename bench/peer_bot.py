"""The peer of bench.peers: an interview bot as python-telegram-bot's own examples write one.

A ConversationHandler of five questions with reply keyboards and a free question at any time; the
place in the talk and the profile are committed to SQLite (aiosqlite, WAL, synchronous=NORMAL)
before each reply. The network below PTB answers at once.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite
from telegram import ReplyKeyboardMarkup, Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    BaseHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)
from telegram.request import BaseRequest, RequestData

QUESTIONS = (
    ("identity", "您是哪一类创业者？", ("在校学生", "高校毕业生", "留学回国人员", "农民工")),
    ("stage", "您的项目到哪一步了？", ("还在想", "刚注册", "已经营多年")),
    ("needs", "您最需要什么？", ("资金", "场地", "培训", "注册")),
    ("district", "您在哪个县区？", ("城中区", "鱼峰区", "柳南区", "柳北区")),
    ("when", "您打算什么时候开始？", ("现在", "今年", "以后")),
)
FREE = "休学创业能保留学籍吗"
FREE_ANSWER = "可以保留学籍休学创业，具体年限请问学校教务处。"
RESULT = "适合您的有：小额担保贷款、众创空间、创业培训、落户。"
HALFWAY = 2
# One interview: what is said, and how the reply begins.
TALK: tuple[tuple[str, str], ...] = (
    ("/start", QUESTIONS[0][1]),
    *((QUESTIONS[n][2][0], QUESTIONS[n + 1][1]) for n in range(HALFWAY)),
    (FREE, FREE_ANSWER),
    *((QUESTIONS[n][2][0], QUESTIONS[n + 1][1]) for n in range(HALFWAY, len(QUESTIONS) - 1)),
    (QUESTIONS[-1][2][0], RESULT),
)

_SCHEMA = "CREATE TABLE talk (chat INTEGER PRIMARY KEY, state INTEGER, profile TEXT)"
_SAVE = (
    "INSERT INTO talk (chat, state, profile) VALUES (?, ?, ?) ON CONFLICT (chat) "
    "DO UPDATE SET state = excluded.state, profile = excluded.profile"
)
_BOT = {"id": 1, "is_bot": True, "first_name": "peer", "username": "peer_bot"}


class FakeNetwork(BaseRequest):
    """Grants every call, and hands what was sent to who waits for it."""

    def __init__(self) -> None:
        self.waiting: dict[int, asyncio.Future[str]] = {}

    @property
    def read_timeout(self) -> float | None:
        """As PTB's own."""
        return 5.0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        """What Telegram answers."""
        if not url.endswith("/sendMessage") or request_data is None:
            return 200, json.dumps({"ok": True, "result": _BOT}).encode()
        # A real client encodes the form here.
        form = request_data.json_parameters
        chat = int(form["chat_id"])
        message = {"message_id": 1, "date": 0, "chat": {"id": chat, "type": "private"}}
        result = {"ok": True, "result": {**message, "text": form["text"]}}
        if waiting := self.waiting.pop(chat, None):
            waiting.set_result(form["text"])
        return 200, json.dumps(result).encode()


class PeerBot:
    """Takes texts as Telegram delivers them."""

    def __init__(self, app: Application[Any, Any, Any, Any, Any, Any], net: FakeNetwork) -> None:
        self.app = app
        self._net = net
        self._numbers = 0

    def update(self, chat: int, text: str) -> Update:
        """What PTB makes of an update."""
        self._numbers += 1
        message: dict[str, Any] = {
            "message_id": self._numbers,
            "date": 0,
            "chat": {"id": chat, "type": "private", "first_name": "u"},
            "from": {"id": chat, "is_bot": False, "first_name": "u", "language_code": "zh"},
            "text": text,
        }
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
        raw = {"update_id": self._numbers, "message": message}
        return Update.de_json(raw, self.app.bot)

    async def say(self, chat: int, text: str) -> str:
        """The reply to this text."""
        reply = asyncio.get_running_loop().create_future()
        self._net.waiting[chat] = reply
        await self.app.update_queue.put(self.update(chat, text))
        return str(await reply)


@asynccontextmanager
async def running(file: Path, concurrent: bool) -> AsyncIterator[PeerBot]:
    """The bot over a new database. `concurrent`: PTB's `concurrent_updates`."""
    net = FakeNetwork()
    async with aiosqlite.connect(file) as db:
        await db.execute("PRAGMA journal_mode = WAL")
        await db.execute("PRAGMA synchronous = NORMAL")
        await db.execute(_SCHEMA)
        await db.commit()
        app = (
            ApplicationBuilder()
            .token("1:peer")
            .request(net)
            .get_updates_request(net)
            .updater(None)
            .job_queue(None)
            .concurrent_updates(concurrent)
            .build()
        )
        app.add_handler(_conversation(db))
        async with app:
            await app.start()
            yield PeerBot(app, net)
            await app.stop()


def _conversation(db: aiosqlite.Connection) -> ConversationHandler[Any]:
    states: dict[object, list[BaseHandler[Update, Any, object]]] = {}
    for number, (_, _, choices) in enumerate(QUESTIONS):
        asked = _Asked(db, number)
        states[number] = [
            MessageHandler(filters.Text(choices), asked.answer),
            MessageHandler(filters.TEXT & ~filters.COMMAND, asked.aside),
        ]
    begin: BaseHandler[Update, Any, object] = CommandHandler("start", _Asked(db, -1).begin)
    return ConversationHandler(entry_points=[begin], states=states, fallbacks=[begin])


class _Asked:
    """The handlers while a question stands."""

    def __init__(self, db: aiosqlite.Connection, number: int) -> None:
        self._db = db
        self._number = number

    async def begin(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        """A new talk."""
        assert context.user_data is not None
        context.user_data.clear()
        return await self._go_on(update, context, 0)

    async def answer(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        """An answer to the question."""
        assert update.message
        assert context.user_data is not None
        context.user_data[QUESTIONS[self._number][0]] = update.message.text
        return await self._go_on(update, context, self._number + 1)

    async def aside(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        """A free question: one answer is known; the question stands."""
        return await self._go_on(update, context, self._number, FREE_ANSWER + "\n")

    async def _go_on(
        self, update: Update, context: ContextTypes.DEFAULT_TYPE, number: int, before: str = ""
    ) -> int:
        assert update.message
        profile = json.dumps(context.user_data, ensure_ascii=False)
        await self._db.execute(_SAVE, (update.message.chat_id, number, profile))
        await self._db.commit()
        if number == len(QUESTIONS):
            await update.message.reply_text(RESULT)
            return ConversationHandler.END
        _, question, choices = QUESTIONS[number]
        keyboard = ReplyKeyboardMarkup([choices], one_time_keyboard=True)
        await update.message.reply_text(before + question, reply_markup=keyboard)
        return number
