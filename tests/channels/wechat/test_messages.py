"""WeChat's XML: published samples in, replies that never break out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.common.rendering import clean
from bot.channels.wechat.crypto import MessageError
from bot.channels.wechat.messages import (
    HELP,
    NONTEXT,
    START,
    parse_fields,
    parse_message,
    read,
    text_reply,
)
from bot.core.domain.session import Utterance
from tests.channels.wechat.wechat_platform import xml

SAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "wechat_inbound.json").read_text("utf-8")
)
BASE = {"ToUserName": "gh_1", "FromUserName": "oUser", "CreateTime": "1409735668"}


def meaning(**fields: str) -> Utterance | None:
    """What a message with these fields means."""
    return read(parse_message(xml(BASE | fields)))


@pytest.mark.parametrize("sample", [pytest.param(s, id=s["id"]) for s in SAMPLES])
def test_published_samples_have_their_fields(sample: dict[str, Any]) -> None:
    message = parse_message(sample["xml"].strip())

    assert sample["fields"].items() <= message.fields.items()
    assert message.user == sample["fields"]["FromUserName"]
    assert message.id


def test_published_samples_mean_what_they_should() -> None:
    kinds: dict[str, set[str]] = {"": set(), "c:nontext": set(), "c:start": set(), "c:help": set()}
    texts = []
    for sample in SAMPLES:
        message = parse_message(sample["xml"].strip())
        said = read(message)
        if said and said.text:
            texts.append(said.text)
        else:
            kinds[said.choice if said else ""].add(message.event or message.kind)

    assert texts == ["this is a test", "Meow~", "满意"]
    assert kinds["c:start"] == {"subscribe", "SCAN"}
    assert kinds["c:help"] == {"CLICK"}
    assert kinds["c:nontext"] == {
        "image", "voice", "video", "location", "link", "notsure", "unknown", "device_text",
    }  # fmt: skip
    assert {"unsubscribe", "VIEW", "LOCATION", "bind"} < kinds[""]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"MsgType": "text", "Content": " 休学创业 "}, Utterance("休学创业")),
        ({"MsgType": "text", "Content": ""}, NONTEXT),
        ({"MsgType": "text", "Content": "【收到不支持的消息类型，暂无法显示】"}, NONTEXT),
        ({"MsgType": "voice", "Recognition": "贷款", "MediaId": "m"}, Utterance("贷款")),
        ({"MsgType": "voice", "Recognition": "", "MediaId": "m"}, NONTEXT),
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
def test_every_kind_has_its_meaning(fields: dict[str, str], said: Utterance | None) -> None:
    assert meaning(**fields) == said


def test_every_try_of_an_event_has_the_same_id_and_other_events_another() -> None:
    ids = [
        parse_message(xml(BASE | {"MsgType": "event", "Event": name, "EventKey": key})).id
        for name, key in [("CLICK", "c:me"), ("CLICK", "c:me"), ("CLICK", "c:help"), ("SCAN", "")]
    ]

    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


BOMB = (
    '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<xml><Content>&b;</Content></xml>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><Content>&f;</Content></xml>'


@pytest.mark.parametrize(
    "body",
    [
        "", "你好", "<xml>", "<xml></xml", "<html></html>", BOMB, OUTSIDE,
        "<!DOCTYPE xml><xml></xml>", "<xml>&undefined;</xml>", "<xml><a>\x00</a></xml>",
        b'<?xml version="1.0" encoding="gb18030"?><xml></xml>',
        b'<?xml version="1.0" encoding="no-such"?><xml></xml>',
        "<a>" * 20_000, b"\xff\xfe", b"\xef\xbb\xbf", b"<xml>\xff</xml>",
    ],
)  # fmt: skip
def test_what_is_no_plain_xml_is_refused(body: str | bytes) -> None:
    with pytest.raises(MessageError):
        parse_fields(body)


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_any_body_is_a_message_or_refused(body: str | bytes) -> None:
    with pytest.raises(MessageError):
        parse_message(body)


@pytest.mark.parametrize("name", ["ToUserName", "FromUserName", "CreateTime", "MsgType"])
def test_a_message_needs_sender_time_and_kind(name: str) -> None:
    fields = BASE | {"MsgType": "text", "Content": "你好", "MsgId": "1"}
    for value in ("", "x" * 129):
        if name == "MsgType" and value:
            continue
        with pytest.raises(MessageError):
            parse_message(xml(fields | {name: value}))


@given(
    st.text(min_size=1, max_size=200) | st.sampled_from(["a]]>b", "<a>&amp;", "]]", "😀\ud83d"])
)
def test_a_reply_reads_back_as_it_was_written(text: str) -> None:
    message = parse_message(xml(BASE | {"MsgType": "text"}))

    content = xmltodict.parse(text_reply(message, text, 1), strip_whitespace=False)
    assert (content["xml"]["Content"] or "") == clean(text)
