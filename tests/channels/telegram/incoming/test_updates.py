"""Parsing of Telegram updates."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.incoming.updates import (
    COMMAND_PHRASES,
    COMMANDS,
    BotIdentity,
    MessageVersion,
    Migration,
    UpdateError,
    parse_migration,
    parse_update,
    update_id,
)
from bot.core.domain.session import Utterance
from tests.channels.messenger_phrases import phrases
from tests.channels.telegram.bot_api_server import BOT, edit, message, press

IDENTITY = BotIdentity(BOT["id"], BOT["username"])
FROM_BOT: dict[str, Any] = {"from": {"id": 5, "is_bot": True}}
GROUP: dict[str, Any] = {"chat": {"id": -100, "type": "supergroup"}}


def utterance(text: str, identity: BotIdentity | None = IDENTITY, **more: Any) -> Utterance | None:
    """Return the utterance of a message with this text."""
    parsed = parse_update(message(1, text, **more), identity)
    return parsed.utterance if parsed else None


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("/start", "c:start"),
        ("/start student-leave", "s:student-leave"),
        ("/start  STUDENT", "c:start"),
        ("/start a b", "c:start"),
        ("/help", "c:help"),
        ("/result", "c:results"),
        ("/me", "c:me"),
        ("/forget", "c:forget"),
        ("/restart", "c:restart"),
        ("/HELP@liuchuangbot", "c:help"),
        ("/unknown", "c:help"),
    ],
)
def test_commands_become_choices(text: str, choice: str) -> None:
    assert utterance(text) == Utterance(choice=choice)


def test_commands_have_chinese_descriptions_within_the_limit() -> None:
    assert COMMAND_PHRASES.keys() == COMMANDS.keys()
    for name, phrase_id in COMMAND_PHRASES.items():
        assert 1 <= len(name) <= 32
        assert 1 <= len(phrases().say(phrase_id)) <= 256


@pytest.mark.parametrize("text", ["/你好", "/ start", "1/2", "贷款 /help"])
def test_a_slash_without_a_command_name_is_text(text: str) -> None:
    assert utterance(text) == Utterance(text)


def test_an_edited_message_is_another_version_of_the_message() -> None:
    first = parse_update(message(8, "原来", message_id=9), IDENTITY)
    parsed = parse_update(edit(9, 9, "改了", edit_date=1_795_420_900), IDENTITY)

    assert parsed
    assert (parsed.utterance, parsed.sent_at) == (Utterance("改了"), 1_795_420_900)
    assert parsed.edited
    assert parsed.version
    assert first
    assert first.version
    assert parsed.version.id == first.version.id == 9
    assert parsed.version.digest != first.version.digest


@pytest.mark.parametrize("text", ["贷款", "", "a:b", "1"])
def test_the_version_is_part_of_the_message_id(text: str) -> None:
    parsed = parse_update(message(8, text, message_id=-9, photo=[]), IDENTITY)
    assert parsed
    assert parsed.message_id.startswith("8:")
    assert MessageVersion.of(parsed.message_id) == parsed.version
    assert MessageVersion.of("8") is None, "the id of a press, or of an older release"


@pytest.mark.parametrize("text", ["/forget", "/restart", "/start", "/unknown"])
def test_an_edited_command_is_ignored(text: str) -> None:
    assert parse_update(edit(2, 1, text), IDENTITY) is None


@pytest.mark.parametrize("kind", ["location", "photo", "poll"])
def test_edited_media_without_text_are_ignored(kind: str) -> None:
    media: dict[str, Any] = {kind: {}}
    assert parse_update(edit(2, 1, "", **media), IDENTITY) is None


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "location", "document", "contact"])
def test_media_without_text_is_a_non_text_message(kind: str) -> None:
    update = message(1, "")
    update["message"][kind] = {}

    parsed = parse_update(update, IDENTITY)

    assert parsed
    assert parsed.utterance == Utterance(choice="c:nontext")


def test_a_caption_counts_as_text() -> None:
    assert utterance("", photo=[], caption="这能补贴吗") == Utterance("这能补贴吗")


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 1, "my_chat_member": {}},
        {"update_id": 1, "channel_post": {"chat": {"id": 1, "type": "channel"}}},
        {"update_id": 1},
        message(1, "", new_chat_members=[]),
        message(1, "你好", **FROM_BOT),
    ],
)
def test_other_updates_are_ignored(update: object) -> None:
    assert parse_update(update, IDENTITY) is None


@pytest.mark.parametrize(
    ("text", "more", "received"),
    [
        ("大家好", {}, None),
        ("@LiuchuangBot 休学创业", {}, "休学创业"),
        ("问一下 @liuchuangbot 休学创业", {}, "问一下   休学创业"),
        ("@LiuchuangBot2 休学创业", {}, None),
        ("a@LiuchuangBot.cn", {}, None),
        ("那呢", {"reply_to_message": {"from": {"id": BOT["id"]}}}, "那呢"),
        ("那呢", {"reply_to_message": {"from": {"id": 5}}}, None),
    ],
)
def test_in_groups_only_messages_to_the_bot_are_handled(
    text: str, more: dict[str, Any], received: str | None
) -> None:
    assert utterance(text, **GROUP, **more) == (Utterance(received) if received else None)


@pytest.mark.parametrize(
    ("text", "choice"),
    [("/help", "c:help"), ("/help@OtherBot", ""), ("/other", ""), ("@LiuchuangBot", "c:help")],
)
def test_commands_in_groups_may_be_for_another_bot(text: str, choice: str) -> None:
    assert utterance(text, **GROUP) == (Utterance(choice=choice) if choice else None)


TOPIC: dict[str, Any] = {"message_thread_id": 77, "is_topic_message": True}
ANONYMOUS: dict[str, Any] = {
    "from": {"id": 1087968824, "is_bot": True, "username": "GroupAnonymousBot"},
    "sender_chat": {"id": -100, "type": "supergroup"},
}
AS_CHANNEL: dict[str, Any] = {
    "from": {"id": 136817688, "is_bot": True, "username": "Channel_Bot"},
    "sender_chat": {"id": -200, "type": "channel"},
}


@pytest.mark.parametrize(
    ("more", "thread"),
    [
        (TOPIC, 77),
        (TOPIC | GROUP, 77),
        ({"message_thread_id": 77}, 0),
        ({"message_thread_id": 77, "is_topic_message": False}, 0),
        ({}, 0),
    ],
)
def test_a_message_in_a_topic_keeps_its_topic(more: dict[str, Any], thread: int) -> None:
    parsed = parse_update(message(1, "@LiuchuangBot 你好", **more), IDENTITY)
    assert parsed
    assert parsed.thread == thread


def test_a_press_in_a_topic_keeps_its_topic() -> None:
    update = press(3, "a:stage:idea")
    update["callback_query"]["message"] |= TOPIC
    parsed = parse_update(update, IDENTITY)
    assert parsed
    assert parsed.thread == 77


@pytest.mark.parametrize("sender", [ANONYMOUS, AS_CHANNEL])
@pytest.mark.parametrize(
    ("text", "received"),
    [
        ("@LiuchuangBot 休学创业", Utterance("休学创业")),
        ("/help@LiuchuangBot", Utterance(choice="c:help")),
        ("大家好", None),
    ],
)
def test_anonymous_admins_and_channels_in_a_group_are_heard_when_they_address_the_bot(
    sender: dict[str, Any], text: str, received: Utterance | None
) -> None:
    assert utterance(text, **GROUP, **sender) == received


@pytest.mark.parametrize(
    ("more", "migration"),
    [
        ({"migrate_to_chat_id": -1009001}, Migration(-5, -1009001)),
        ({"migrate_from_chat_id": -4}, Migration(-4, -5)),
        ({"migrate_to_chat_id": "x"}, None),
        ({}, None),
    ],
)
def test_a_service_message_about_a_supergroup_is_a_migration(
    more: dict[str, Any], migration: Migration | None
) -> None:
    update = message(1, "", chat={"id": -5, "type": "group"}, **more)
    assert parse_migration(update) == migration


def test_groups_are_ignored_until_the_identity_is_known() -> None:
    assert utterance("@LiuchuangBot 你好", identity=None, **GROUP) is None
    assert utterance("你好", identity=None) == Utterance("你好")


def test_a_long_text_is_cut() -> None:
    assert utterance("长" * 4000) == Utterance("长" * 500)


def test_a_press_is_a_choice_and_keeps_the_links() -> None:
    parsed = parse_update(press(3, "a:stage:idea"), IDENTITY)

    assert parsed
    assert (parsed.conv, parsed.utterance) == ("telegram:42", Utterance(choice="a:stage:idea"))
    assert parsed.press
    assert parsed.press.data == "a:stage:idea"
    assert parsed.press.rows == (
        ({"text": "还在想", "callback_data": "a:stage:idea"},),
        ({"text": "原文", "url": "https://a.cn/1"},),
    )


@pytest.mark.parametrize(
    "more", [{"message": None}, {"message": {"chat": {"id": 42}, "message_id": 7, "date": 0}}]
)
def test_a_press_on_a_deleted_message_counts(more: dict[str, Any]) -> None:
    parsed = parse_update(press(3, "a:stage:idea", **more), IDENTITY)

    assert parsed
    assert (parsed.chat_id, parsed.utterance) == (42, Utterance(choice="a:stage:idea"))


@pytest.mark.parametrize(("data", "more"), [("", {}), ("x", {"inline_message_id": "x"})])
def test_a_press_without_data_is_only_acknowledged(data: str, more: dict[str, Any]) -> None:
    parsed = parse_update(press(3, data, **more), IDENTITY)

    assert parsed
    assert (parsed.utterance, parsed.press and parsed.press.query_id) == (None, "q3")


UNKNOWN_SHAPES: list[Any] = [
    None, [], "text", 7, {}, {"update_id": "1", "message": {}}, {"update_id": True},
    {"update_id": 1, "message": None}, {"update_id": 1, "message": {"chat": {}}},
    {"update_id": 1, "message": {"chat": {"id": "x", "type": "private"}, "text": "a"}},
    {"update_id": 1, "callback_query": {}}, {"update_id": 1, "callback_query": {"id": "1"}},
    message(1, "a", date="soon"),
]  # fmt: skip


@pytest.mark.parametrize("update", UNKNOWN_SHAPES)
def test_an_update_of_unknown_shape_is_refused(update: object) -> None:
    with pytest.raises(UpdateError, match=r"^an update of unknown shape$"):
        parse_update(update, IDENTITY)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
names = st.sampled_from(["chat", "from", "text", "date", "data", "id", "message", "type", "photo"])


@given(
    st.dictionaries(
        st.sampled_from(["update_id", "message", "edited_message", "callback_query"]),
        st.integers()
        | st.dictionaries(names, json_values | st.just({"id": 1, "type": "private"})),
    )
)
def test_any_json_is_parsed_or_refused(update: dict[str, Any]) -> None:
    parse_migration(update)
    try:
        parse_update(update, IDENTITY)
    except UpdateError:
        assert update_id(update) is None or isinstance(update["update_id"], int)
