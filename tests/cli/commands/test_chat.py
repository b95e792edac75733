"""`chat`: conversations over JSON lines, a pipe and a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.cli.processes import PYTHON, WAIT, StartPipe, environment, lines, opened, run

TURN = {"user", "replies", "mode", "question", "profile", "focus", "findings", "cites", "outcome"}


def test_chat_jsonl_keeps_the_contract_for_two_users_at_once(pipes: StartPipe) -> None:
    pipe = pipes("chat", "--jsonl")
    one = pipe.say({"user": "甲", "text": "开始"})
    assert set(one) == TURN | {"step", "steps"}
    assert (one["user"], one["mode"], one["question"]) == ("甲", "interview", "identity")
    assert (one["profile"], one["focus"], one["outcome"]) == ({}, None, None)
    assert (one["findings"], one["cites"]) == ([], [])
    choices = one["replies"][-1]["choices"]
    assert {"id": "a:identity:student", "label": "在校学生"} in choices
    other = pipe.say({"user": "b", "text": "众创空间一年最多补多少钱"})
    assert (other["outcome"], other["profile"]) == ("answer", {})
    assert "1.1" in other["cites"]
    assert "55万元/年" in other["replies"][0]["text"]
    assert other["focus"]
    one = pipe.say({"user": "甲", "choice": "a:identity:student"})
    assert one["profile"] == {"identity": ["student"]}
    other = pipe.say({"user": "b", "choice": "c:me"})
    assert other["profile"] == {}
    results = pipe.say({"user": "甲", "text": "结果"})
    assert results["mode"] == "results"
    verdicts = [f["verdict"] for f in results["findings"]]
    assert set(results["findings"][0]) == {"support", "clause", "verdict"}
    # What applies and what anyone may ask for stand together.
    part = {"applies": 0, "maybe": 0, "not_applicable": 1, "closed": 2}
    assert verdicts == sorted(verdicts, key=part.__getitem__)
    assert results["cites"]
    for bad in (
        b"not json",
        b"[]",
        b'{"text": "no user"}',
        b'{"user": "", "text": "x"}',
        b'{"user": 7, "text": "x"}',
        b'{"user": "c"}',
        b'{"user": "c", "text": 7}',
        b'{"user": "c", "choice": null}',
    ):
        assert pipe.say(bad)["error"]
    assert pipe.say(b'{"user": "c", "text": "\\ud800 \\u0000"}')["replies"]
    assert pipe.say({"user": "甲", "choice": "c:me"})["profile"] == {"identity": ["student"]}
    code, out, err = pipe.close()
    assert (code, out, err) == (0, b"", b"")


def test_chat_jsonl_keeps_answers_in_the_given_store(home: Path) -> None:
    store = f"sqlite:///{home / 'kept.db'}"
    first = run(
        home,
        "chat",
        "--jsonl",
        "--store",
        store,
        typed=b'{"user": "d", "choice": "a:identity:returnee"}\n',
    )
    assert lines(first.stdout)[0]["profile"] == {"identity": ["returnee"]}, first.stderr
    again = run(
        home, "chat", "--jsonl", "--store", store, typed=b'{"user": "d", "choice": "c:me"}\n\n'
    )
    assert lines(again.stdout)[0]["profile"] == {"identity": ["returnee"]}, again.stderr


def test_chat_works_over_a_pipe(home: Path) -> None:
    done = run(home, "chat", typed="休学创业能保留学籍吗\n那找谁\n".encode())
    said = done.stdout.decode("utf-8")
    assert done.returncode == 0, done.stderr
    assert said.count("市教育局") >= 2
    assert "\x1b[" not in said
    assert "Traceback" not in done.stderr.decode("utf-8")


def shown_on_terminal(
    home: Path, typed: bytes, *, encoding: str = "utf-8", **variables: str
) -> str:
    """What a real terminal of this encoding shows of `chat` for this input."""
    screen, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PYTHON, "chat"],
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=theirs,
        env={**environment(), **variables},
    )
    os.close(theirs)
    opened(process.stdin).write(typed)
    opened(process.stdin).close()
    shown = b""
    with os.fdopen(screen, "rb", buffering=0) as out, suppress(OSError):  # the end of a terminal
        while data := out.read(65_536):
            shown += data
    assert process.wait(WAIT) == 0
    return shown.decode(encoding)


def test_chat_is_coloured_on_a_terminal_unless_the_environment_asks_for_none(home: Path) -> None:
    coloured = shown_on_terminal(home, "你好\n".encode(), NO_COLOR="")
    plain = shown_on_terminal(home, "你好\n".encode(), NO_COLOR="1")
    assert "\x1b[36m柳创通" in coloured
    assert "柳创通" in plain
    assert "\x1b" not in plain


def test_a_gbk_terminal_is_read_and_written_in_gbk(home: Path) -> None:
    typed = "休学创业能保留学籍吗\n".encode("gbk")
    shown = shown_on_terminal(home, typed, encoding="gbk", PYTHONIOENCODING="gbk")
    assert "市教育局" in shown
    assert "再见" in shown


def test_output_to_a_pipe_is_utf_8_in_a_gbk_environment_too(home: Path) -> None:
    done = run(home, "ask", "休学创业能保留学籍吗", PYTHONIOENCODING="gbk")
    assert "市教育局" in done.stdout.decode("utf-8")
