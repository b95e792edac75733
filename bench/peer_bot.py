"""The peer of bench.peers: an interview bot written like the examples of python-telegram-bot.

A ConversationHandler asks five questions with reply keyboards and answers a free question at any
time. The position in the conversation and the profile are committed to SQLite (aiosqlite, WAL,
synchronous=NORMAL) before each reply. The simulated network answers immediately.
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
# One interview: each message, and how its reply begins.
CONVERSATION: tuple[tuple[str, str], ...] = (
    ("/start", QUESTIONS[0][1]),
    *((QUESTIONS[n][2][0], QUESTIONS[n + 1][1]) for n in range(HALFWAY)),
    (FREE, FREE_ANSWER),
    *((QUESTIONS[n][2][0], QUESTIONS[n + 1][1]) for n in range(HALFWAY, len(QUESTIONS) - 1)),
    (QUESTIONS[-1][2][0], RESULT),
)

_SCHEMA = "CREATE TABLE conversation (chat INTEGER PRIMARY KEY, state INTEGER, profile TEXT)"
_SAVE = (
    "INSERT INTO conversation (chat, state, profile) VALUES (?, ?, ?) ON CONFLICT (chat) "
    "DO UPDATE SET state = excluded.state, profile = excluded.profile"
)
_BOT = {"id": 1, "is_bot": True, "first_name": "peer", "username": "peer_bot"}


class FakeNetwork(BaseRequest):
    """Accepts every call and passes each sent text to the caller that waits for it."""

    def __init__(self) -> None:
        self.waiting: dict[int, asyncio.Future[str]] = {}

    @property
    def read_timeout(self) -> float | None:
        """See BaseRequest."""
        return 5.0

    async def initialize(self) -> None:
        """See BaseRequest."""

    async def shutdown(self) -> None:
        """See BaseRequest."""

    def sent(self, chat: int, text: str) -> None:
        """Pass a sent text to its caller."""
        if waiting := self.waiting.pop(chat, None):
            waiting.set_result(text)

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        """Return the response of Telegram."""
        if not url.endswith("/sendMessage") or request_data is None:
            return 200, json.dumps({"ok": True, "result": _BOT}).encode()
        # A real client encodes the form here.
        form = request_data.json_parameters
        chat = int(form["chat_id"])
        message = {"message_id": 1, "date": 0, "chat": {"id": chat, "type": "private"}}
        result = {"ok": True, "result": {**message, "text": form["text"]}}
        self.sent(chat, form["text"])
        return 200, json.dumps(result).encode()


class PeerBot:
    """Passes texts to the bot as Telegram delivers them."""

    def __init__(self, app: Application[Any, Any, Any, Any, Any, Any], net: FakeNetwork) -> None:
        self.app = app
        self._net = net
        self._numbers = 0

    def update(self, chat: int, text: str) -> Update:
        """Return the parsed update of this text."""
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
        """Return the reply to this text."""
        reply = asyncio.get_running_loop().create_future()
        self._net.waiting[chat] = reply
        await self.app.update_queue.put(self.update(chat, text))
        return str(await reply)


@asynccontextmanager
async def running(file: Path, concurrent: bool) -> AsyncIterator[PeerBot]:
    """Yield the running bot over a new database. `concurrent`: PTB's `concurrent_updates`."""
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
        question = _Question(db, number)
        states[number] = [
            MessageHandler(filters.Text(choices), question.answer),
            MessageHandler(filters.TEXT & ~filters.COMMAND, question.free_question),
        ]
    begin: BaseHandler[Update, Any, object] = CommandHandler("start", _Question(db, -1).begin)
    return ConversationHandler(entry_points=[begin], states=states, fallbacks=[begin])


class _Question:
    """The handlers while this question is pending."""

    def __init__(self, db: aiosqlite.Connection, number: int) -> None:
        self._db = db
        self._number = number

    async def begin(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        """Start a new conversation."""
        assert context.user_data is not None
        context.user_data.clear()
        return await self._ask(update, context, 0)

    async def answer(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        """Store the answer and ask the next question."""
        assert update.message
        assert context.user_data is not None
        context.user_data[QUESTIONS[self._number][0]] = update.message.text
        return await self._ask(update, context, self._number + 1)

    async def free_question(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        """Answer a free question and repeat the pending one."""
        return await self._ask(update, context, self._number, FREE_ANSWER + "\n")

    async def _ask(
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
