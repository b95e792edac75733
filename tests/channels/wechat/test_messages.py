"""Parsing and formatting of WeChat's XML messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.common.rendering import sanitize
from bot.channels.wechat.crypto import MessageError
from bot.channels.wechat.messages import (
    HELP,
    NON_TEXT,
    START,
    parse_fields,
    parse_message,
    parse_utterance,
    passive_reply,
)
from bot.core.domain.session import Utterance
from tests.channels.wechat.wechat_platform import xml

SAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "wechat_inbound.json").read_text("utf-8")
)
BASE = {"ToUserName": "gh_1", "FromUserName": "oUser", "CreateTime": "1409735668"}


def utterance(**fields: str) -> Utterance | None:
    """Return the utterance of a message with these fields."""
    return parse_utterance(parse_message(xml(BASE | fields)))


@pytest.mark.parametrize("sample", [pytest.param(s, id=s["id"]) for s in SAMPLES])
def test_published_samples_are_parsed(sample: dict[str, Any]) -> None:
    message = parse_message(sample["xml"].strip())

    assert sample["fields"].items() <= message.fields.items()
    assert message.user == sample["fields"]["FromUserName"]
    assert message.id


def test_published_samples_have_the_expected_utterances() -> None:
    kinds: dict[str, set[str]] = {"": set(), "c:nontext": set(), "c:start": set(), "c:help": set()}
    texts = []
    for sample in SAMPLES:
        message = parse_message(sample["xml"].strip())
        parsed = parse_utterance(message)
        if parsed and parsed.text:
            texts.append(parsed.text)
        else:
            kinds[parsed.choice if parsed else ""].add(message.event or message.kind)

    assert texts == ["this is a test", "Meow~", "满意"]
    assert kinds["c:start"] == {"subscribe", "SCAN"}
    assert kinds["c:help"] == {"CLICK"}
    assert kinds["c:nontext"] == {
        "image", "voice", "video", "location", "link", "notsure", "unknown", "device_text",
    }  # fmt: skip
    assert {"unsubscribe", "VIEW", "LOCATION", "bind"} < kinds[""]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"MsgType": "text", "Content": " 休学创业 "}, Utterance("休学创业")),
        ({"MsgType": "text", "Content": ""}, NON_TEXT),
        ({"MsgType": "text", "Content": "【收到不支持的消息类型，暂无法显示】"}, NON_TEXT),
        ({"MsgType": "voice", "Recognition": "贷款", "MediaId": "m"}, Utterance("贷款")),
        ({"MsgType": "voice", "Recognition": "", "MediaId": "m"}, NON_TEXT),
        ({"MsgType": "event", "Event": "CLICK", "EventKey": "c:me"}, Utterance(choice="c:me")),
        ({"MsgType": "event", "Event": "CLICK", "EventKey": "V1001_TODAY"}, HELP),
        ({"MsgType": "event", "Event": "subscribe"}, START),
        (
            {"MsgType": "event", "Event": "subscribe", "EventKey": "qrscene_student-leave"},
            Utterance(choice="s:student-leave"),
        ),
        (
            {"MsgType": "event", "Event": "SCAN", "EventKey": "student-leave"},
            Utterance(choice="s:student-leave"),
        ),
        ({"MsgType": "event", "Event": "SCAN", "EventKey": "123123"}, START),
        ({"MsgType": "event", "Event": "unsubscribe"}, None),
        ({"MsgType": "event", "Event": "VIEW", "EventKey": "https://a.cn"}, None),
        (
            {"MsgType": "text", "Content": "刚注册", "bizmsgmenuid": "a:stage:startup"},
            Utterance(choice="a:stage:startup"),
        ),
        (
            {"MsgType": "text", "Content": "满意", "bizmsgmenuid": "101"},
            Utterance("满意"),
        ),
    ],
)
def test_every_type_of_message_has_its_utterance(
    fields: dict[str, str], expected: Utterance | None
) -> None:
    assert utterance(**fields) == expected


def test_deliveries_of_an_event_share_an_id_and_other_events_differ() -> None:
    ids = [
        parse_message(xml(BASE | {"MsgType": "event", "Event": name, "EventKey": key})).id
        for name, key in [("CLICK", "c:me"), ("CLICK", "c:me"), ("CLICK", "c:help"), ("SCAN", "")]
    ]

    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


ENTITY_BOMB = (
    '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<xml><Content>&b;</Content></xml>"
)
EXTERNAL_ENTITY = (
    '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><Content>&f;</Content></xml>'
)


@pytest.mark.parametrize(
    "body",
    [
        "", "你好", "<xml>", "<xml></xml", "<html></html>", ENTITY_BOMB, EXTERNAL_ENTITY,
        "<!DOCTYPE xml><xml></xml>", "<xml>&undefined;</xml>", "<xml><a>\x00</a></xml>",
        b'<?xml version="1.0" encoding="gb18030"?><xml></xml>',
        b'<?xml version="1.0" encoding="no-such"?><xml></xml>',
        "<a>" * 20_000, b"\xff\xfe", b"\xef\xbb\xbf", b"<xml>\xff</xml>",
    ],
)  # fmt: skip
def test_a_body_that_is_not_plain_xml_is_refused(body: str | bytes) -> None:
    with pytest.raises(MessageError):
        parse_fields(body)


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_arbitrary_bodies_are_refused(body: str | bytes) -> None:
    with pytest.raises(MessageError):
        parse_message(body)


@pytest.mark.parametrize("name", ["ToUserName", "FromUserName", "CreateTime", "MsgType"])
def test_a_message_needs_sender_time_and_type(name: str) -> None:
    fields = BASE | {"MsgType": "text", "Content": "你好", "MsgId": "1"}
    for value in ("", "x" * 129):
        if name == "MsgType" and value:
            continue
        with pytest.raises(MessageError):
            parse_message(xml(fields | {name: value}))


@given(
    st.text(min_size=1, max_size=200) | st.sampled_from(["a]]>b", "<a>&amp;", "]]", "😀\ud83d"])
)
def test_a_formatted_reply_parses_back_to_its_text(text: str) -> None:
    message = parse_message(xml(BASE | {"MsgType": "text"}))

    content = xmltodict.parse(passive_reply(message, text, 1), strip_whitespace=False)
    assert (content["xml"]["Content"] or "") == sanitize(text)
