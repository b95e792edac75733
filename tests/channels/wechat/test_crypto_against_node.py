"""Round trips with npm's wechat-crypto; needs `npm ci` in tests/channels/peers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.channels.wechat.crypto import WeChatCrypt, is_signed, signature
from tests.channels.wechat.wechat_platform import AES_KEY, APP_ID, TOKEN

PEERS = Path(__file__).parents[1] / "peers"
TEXTS = ["", "a", "柳州 创业", "😀" * 40, "x" * 31, "x" * 32, "]]>\n<xml>"]


@pytest.fixture(scope="module")
def node() -> str:
    """Return the path of node. Skip if it or the package is missing, except in CI."""
    program = shutil.which("node")
    if program and (PEERS / "node_modules" / "wechat-crypto").is_dir():
        return program
    reason = "run “npm ci” in tests/channels/peers first (needs node)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def ask(node: str, questions: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the answers of the peer."""
    asked = "\n".join(
        json.dumps(
            {"token": TOKEN, "aesKey": AES_KEY, "appId": APP_ID, "timestamp": "1", "nonce": "n"}
            | q
        )
        for q in questions
    )
    done = subprocess.run(
        [node, "wechat_crypto.js"],
        cwd=PEERS,
        input=asked,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_node_peer_decrypts_our_envelopes(node: str) -> None:
    crypt = WeChatCrypt(AES_KEY, APP_ID)
    sealed = [crypt.encrypt(text, b"0123456789abcdef") for text in TEXTS]

    answers = ask(node, [{"open": envelope} for envelope in sealed])

    assert [answer["message"] for answer in answers] == TEXTS
    assert {answer["id"] for answer in answers} == {APP_ID}
    assert [a["signature"] for a in answers] == [signature(TOKEN, "1", "n", e) for e in sealed]


def test_we_decrypt_the_envelopes_of_the_node_peer(node: str) -> None:
    crypt = WeChatCrypt(AES_KEY, APP_ID)

    answers = ask(node, [{"seal": text} for text in TEXTS])

    assert [crypt.decrypt(answer["sealed"]) for answer in answers] == TEXTS
    assert all(is_signed(a["signature"], TOKEN, "1", "n", a["sealed"]) for a in answers)
