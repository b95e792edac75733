"""Pass Telegram updates to the guide, in order within a chat."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import structlog

from bot.channels.common.guide_port import GuidePort
from bot.channels.common.logging import log_crash, log_fault
from bot.channels.common.phrases import LivePhrases
from bot.channels.telegram.background_calls import BackgroundCalls
from bot.channels.telegram.incoming.limits import MessageLimits
from bot.channels.telegram.incoming.presses import (
    DONE,
    FIRST_PAGE,
    Keyboards,
    Rows,
    is_tick,
    set_tick,
    single_choice,
    ticked,
    turns_page,
)
from bot.channels.telegram.incoming.updates import (
    BotIdentity,
    ButtonPress,
    MessageVersion,
    Migration,
    ParsedUpdate,
    UpdateError,
    conversation,
    parse_migration,
    parse_update,
    update_id,
)
from bot.channels.telegram.outgoing.sender import Sender
from bot.channels.telegram.raw_bot import Address
from bot.core.domain.session import Answer, Profile, Utterance
from bot.errors import GuideBusy, StoreError
from bot.service.ports import Incoming

# After an outage, only the newest message of a chat gets a reply if it is older than this.
STALE_AFTER = timedelta(minutes=10)
_MAX_WAIT_SECONDS = 30.0


# An edit of a message before that is ignored. Telegram lets people edit for two days.
EDITABLE_TURNS = 200


class ConversationStore(Protocol):
    """The part of the store that the receiver uses; see `bot.service.ports.Store`."""

    async def move(self, conv: str, to: str) -> None:
        """Give a conversation another id."""

    async def recent(self, conv: str, limit: int) -> list[tuple[str, Mapping[str, Any]]]:
        """Return message id and record of the last turns, newest first."""

    async def unsent(self, conv: str) -> int:
        """Return the number of unsent replies."""


class Receiver:
    """Parses updates and lets the guide answer them.

    The guide puts replies into the outbox and hands them to `sender`. `identity` is set once it is
    known.
    """

    def __init__(
        self,
        guide: GuidePort,
        phrases: LivePhrases,
        background: BackgroundCalls,
        keyboards: Keyboards,
        sender: Sender,
        store: ConversationStore,
        now: Callable[[], datetime],
        text_chars: int = 500,
        user_per_minute: int = 0,
    ) -> None:
        self.identity: BotIdentity | None = None
        self._guide = guide
        self._phrases = phrases
        self._background = background
        self._keyboards = keyboards
        self._sender = sender
        self._store = store
        self._now = now
        self._text_chars = text_chars
        self._limits = MessageLimits(user_per_minute, store.unsent)

    async def handle(self, update: object) -> None:
        """Process one update durably. An update that cannot be parsed is logged and skipped.

        Raises GuideBusy or StoreError: the update must be delivered again.
        """
        parsed = self._parse(update)
        if isinstance(parsed, Migration):
            await self._migrate(parsed)
        elif parsed:
            await self._answer(parsed, push=True)

    async def handle_batch(self, updates: Iterable[object]) -> None:
        """Process a batch durably; wait while the guide is busy or the store fails."""
        chats: dict[int, list[ParsedUpdate]] = {}
        for update in updates:
            parsed = self._parse(update)
            if isinstance(parsed, Migration):
                # What the old chat wrote before belongs to its old id, what follows to the new.
                await self._handle_chats(chats)
                chats = {}
                await self._persist(partial(self._migrate, parsed))
            elif parsed:
                chats.setdefault(parsed.chat_id, []).append(parsed)
        await self._handle_chats(chats)

    def _parse(self, update: object) -> ParsedUpdate | Migration | None:
        if migration := parse_migration(update):
            return migration
        try:
            return parse_update(update, self.identity, self._text_chars)
        except UpdateError as error:
            number = update_id(update)
            structlog.get_logger().error("telegram_update_skipped", id=number, why=str(error))
            return None

    async def _migrate(self, migration: Migration) -> None:
        await self._store.move(conversation(migration.old), conversation(migration.new))
        self._sender.wake()

    async def _as_edit(self, update: ParsedUpdate) -> Utterance | None:
        """Return the utterance of an edited message with the answers that its old text gave, or
        None if the text is unchanged (Telegram reports a reaction so) or the message unknown."""
        if update.utterance is None or update.version is None:
            return None
        turns = await self._store.recent(update.conv, EDITABLE_TURNS)
        versions = [MessageVersion.of(message_id) for message_id, _ in turns]
        at = next((n for n, v in enumerate(versions) if v and v.id == update.version.id), None)
        if at is None or versions[at] == update.version:
            return None
        profiles = [record["profile"] for _, record in turns]
        for n, version in enumerate(versions):
            before = profiles[n + 1] if n + 1 < len(profiles) else {}
            if version and version.id == update.version.id and profiles[n] != before:
                return replace(update.utterance, edited=_changes(before, profiles[n]))
        return replace(update.utterance, edited=())

    async def _handle_chats(self, chats: Mapping[int, list[ParsedUpdate]]) -> None:
        await asyncio.gather(*(self._handle_chat(updates) for updates in chats.values()))

    async def _handle_chat(self, updates: list[ParsedUpdate]) -> None:
        stale_before = (self._now() - STALE_AFTER).timestamp()
        for index, update in enumerate(updates):
            stale = 0 < update.sent_at < stale_before and index < len(updates) - 1
            await self._persist(partial(self._answer, update, push=not stale))

    async def _persist(self, work: Callable[[], Awaitable[None]]) -> None:
        """Repeat `work` with growing pauses while the guide is busy or the store fails."""
        wait = 1.0
        while True:
            try:
                return await work()
            except (GuideBusy, StoreError) as error:
                log_fault("telegram_update_waits", error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, _MAX_WAIT_SECONDS)

    async def _answer(self, update: ParsedUpdate, *, push: bool) -> None:
        label = ""
        if update.press:
            read = self._read_press(update, update.press)
            if read is None:
                return
            update, label = read
        if update.utterance is None:
            return
        refused, explain = await self._limits.refuses(update, self._now().timestamp())
        if refused:
            if explain:
                text = self._phrases().say("channel_too_fast")
                self._background.send(update.chat_id, text, update.thread)
            return
        utterance = await self._as_edit(update) if update.edited else update.utterance
        if utterance is None:
            return
        incoming = Incoming(
            update.conv,
            update.message_id,
            utterance,
            self._now(),
            push,
            _address(update).within_chat(),
            direct=push and self._sender.has_room,
        )
        try:
            answered = await self._guide.answer(incoming)
        except (GuideBusy, StoreError):
            raise
        except Exception as error:
            # A second delivery would fail in the same way and block the updates behind it.
            log_crash("telegram_turn_failed", error)
            text = self._phrases().say("channel_failed")
            self._background.send(update.chat_id, text, update.thread)
            return
        self._sender.accept(update.conv, answered.handed)
        if update.press and not turns_page(update.press.data):
            self._background.show_choice(update.chat_id, update.press, label)

    def _read_press(
        self, update: ParsedUpdate, press: ButtonPress
    ) -> tuple[ParsedUpdate, str] | None:
        """Acknowledge a press. Return the update with the choice that it makes, and its label if
        no button has it; None if it only ticks one of several choices."""
        rows: Rows = press.rows
        if press.message_id is not None:
            rows = self._keyboards.latest(update.chat_id, press.message_id, rows)
        choice, label = press.data, ""
        if is_tick(press.data):
            if rows and press.message_id is not None:
                self._background.acknowledge(press)
                after = set_tick(rows, press.data)
                self._background.show_ticks(update.chat_id, press.message_id, after)
                return None
            # The message is too old to be changed, so the choice is taken alone.
            choice = single_choice(press.data)
        elif press.data == FIRST_PAGE:
            choice = "c:results"
        elif press.data == DONE:
            choice, label = ticked(rows)
            if not choice:
                self._background.acknowledge(press, self._phrases().say("telegram_pick_first"))
                return None
        self._background.acknowledge(press)
        if choice != press.data:
            update = replace(update, utterance=Utterance(choice=choice))
        return update, label


def _address(update: ParsedUpdate) -> Address:
    """Return where the replies go. Another page replaces the one whose button was pressed."""
    press = update.press
    if press is None or press.message_id is None or not turns_page(press.data):
        return Address(update.chat_id, update.thread)
    later = press.data != FIRST_PAGE
    return Address(update.chat_id, update.thread, press.message_id, later)


def _changes(before: Profile, after: Profile) -> tuple[Answer, ...]:
    """Return the answers of the profile `after` that `before` does not have."""
    return tuple(
        Answer(slot, tuple(choices))
        for slot, choices in after.items()
        if choices != before.get(slot)
    )
