"""Signatures and encryption against published test vectors and wechatpy."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from bot.channels.wechat.crypto import MessageError, WeChatCrypt, is_signed, signature
from bot.channels.wechat.messages import parse_fields
from bot.errors import ChannelError
from tests.channels.wechat.wechat_platform import AES_KEY, APP_ID, fields_of

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "wechat_crypt.json").read_text("utf-8")
)


def vectors(kind: str) -> pytest.MarkDecorator:
    """Parametrize a test with the vectors of a kind, named by their ids."""
    return pytest.mark.parametrize("v", [pytest.param(v, id=v["id"]) for v in VECTORS[kind]])


@vectors("url_signature")
def test_published_url_signatures_are_verified(v: dict[str, Any]) -> None:
    signed = is_signed(v["signature"], v["token"], v["timestamp"], v["nonce"])

    assert signed is v.get("valid", True)


@vectors("msg_signature")
def test_published_message_signatures_are_computed(v: dict[str, Any]) -> None:
    made = signature(v["token"], v["timestamp"], v["nonce"], v["encrypt"])

    assert made == v["msg_signature"]


@vectors("decrypt")
def test_published_envelopes_are_decrypted(v: dict[str, Any]) -> None:
    plain = WeChatCrypt(v["aes_key"], v["receiver"]).decrypt(v["encrypt"])

    assert plain == v.get("plain", plain)
    assert re.search(v.get("plain_regex", ""), plain)
    assert v.get("fields", {}).items() <= (parse_fields(plain) if "fields" in v else {}).items()


@vectors("encrypt_deterministic")
def test_encryption_with_fixed_random_bytes_matches_published_envelopes(v: dict[str, Any]) -> None:
    crypt = WeChatCrypt(v["aes_key"], v["receiver"])

    assert crypt.encrypt(v["plain"], v["random16"].encode()) == v["encrypt"]


@vectors("decrypt_must_fail")
def test_an_envelope_for_another_account_is_refused(v: dict[str, Any]) -> None:
    with pytest.raises((MessageError, ChannelError)):
        WeChatCrypt(v["aes_key"], v["receiver"]).decrypt(v["encrypt"])


@pytest.mark.parametrize("key", ["", "short", AES_KEY[:-1], AES_KEY + "A", "柳" * 43, "*" * 43])
def test_an_invalid_key_is_refused_with_a_chinese_line(key: str) -> None:
    with pytest.raises(ChannelError, match="43 个字母和数字"):
        WeChatCrypt(key, APP_ID)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.binary(min_size=16, max_size=16))
def test_encrypted_text_decrypts_to_itself(text: str, random16: bytes) -> None:
    crypt = WeChatCrypt(AES_KEY, APP_ID)

    assert crypt.decrypt(crypt.encrypt(text, random16)) == text


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(data: bytes) -> None:
    crypt = WeChatCrypt(AES_KEY, APP_ID)
    with pytest.raises(MessageError):
        crypt.decrypt(data.decode("latin-1"))


def test_wechatpy_decrypts_our_envelopes() -> None:
    peer = WeChatCrypto("token", AES_KEY, APP_ID)
    sealed = WeChatCrypt(AES_KEY, APP_ID).encrypt("<xml><A>柳州😀</A></xml>", b"r" * 16)
    signed = signature("token", "1", "n", sealed)

    opened = peer.decrypt_message(f"<xml><Encrypt>{sealed}</Encrypt></xml>", signed, "1", "n")

    assert opened == "<xml><A>柳州😀</A></xml>"


def test_we_decrypt_the_envelopes_of_wechatpy() -> None:
    peer = WeChatCrypto("token", AES_KEY, APP_ID)
    envelope = fields_of(peer.encrypt_message("<xml>柳州</xml>", "n", "1"))

    assert is_signed(envelope["MsgSignature"], "token", "1", "n", envelope["Encrypt"])
    assert WeChatCrypt(AES_KEY, APP_ID).decrypt(envelope["Encrypt"]) == "<xml>柳州</xml>"
