"""`ask`: one question, one answer, in text or JSON."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.processes import PYTHON, WAIT, StartPipe, environment, lines, run

MATCH = {"support", "clause", "title", "score", "lead_bureau", "bureaus"}

# Questions whose answers would differ between processes if they depended on the order of a set.
QUESTIONS = (
    "众床空间补助",
    "中学老师职称怎么评",
    "我们企业在孵化器成长快，能推荐去加速器吗",
    "房屋抵押贷款利率是多少",
    "修学创页保留学计",
)


def test_ask_prints_the_answer_and_nothing_else(home: Path) -> None:
    done = run(home, "ask", "休学创业能保留学籍吗")
    said = done.stdout.decode("utf-8")
    assert done.returncode == 0
    assert "保留学籍" in said
    assert "市教育局" in said
    assert "{" not in said
    assert done.stderr == b""


def test_ask_json_prints_one_object_of_the_contract(home: Path) -> None:
    done = run(home, "ask", "--json", "开网店", "能贷款吗")
    (answer,) = lines(done.stdout)
    assert {"id", "text", "outcome", "matches", "reply"} <= set(answer)
    assert answer["text"] == "开网店 能贷款吗"
    assert answer["outcome"] == "answer"
    assert 1 <= len(answer["matches"]) <= 5
    assert all(set(match) >= MATCH for match in answer["matches"])
    assert answer["matches"][0]["clause"] == "3.2"
    assert answer["matches"][0]["bureaus"][0] == answer["matches"][0]["lead_bureau"] == "市教育局"


def test_ask_jsonl_answers_every_line_at_once_even_a_bad_one(pipes: StartPipe) -> None:
    pipe = pipes("ask", "--jsonl")
    first = pipe.say({"id": 7, "text": "休学创业能保留学籍吗"})
    assert (first["id"], first["text"]) == (7, "休学创业能保留学籍吗")
    assert first["outcome"] == "answer"
    assert pipe.say({"id": "x", "text": "公积金贷款买房"})["outcome"] == "unknown"
    for bad in (b"not json", b"[1]", b'"text"', b"{", b"\xff\xfe", b"null", b"1" * 5000):
        assert "error" in pipe.say(bad)
    nothing = pipe.say({"id": 8})
    assert nothing["id"] == 8
    assert nothing.get("outcome") == "unknown" or "error" in nothing
    assert pipe.say({"id": 9, "text": ["no", "text"]})["id"] == 9
    assert pipe.say(b'{"id": 10, "text": "\\ud83d"}')["id"] == 10
    # what was asked before changes nothing: every line stands alone
    assert {**pipe.say({"id": 7, "text": "休学创业能保留学籍吗"})} == first
    code, out, err = pipe.close()
    assert (code, out, err) == (0, b"", b"")


def test_two_processes_give_the_same_answer(home: Path) -> None:
    typed = "".join(json.dumps({"id": q, "text": q}) + "\n" for q in QUESTIONS).encode()
    first, second = (
        run(home, "ask", "--jsonl", typed=typed, PYTHONHASHSEED=seed).stdout for seed in "12"
    )
    assert len(lines(first)) == len(QUESTIONS)
    assert first == second


def test_asking_nothing_is_wrong_usage(home: Path) -> None:
    done = run(home, "ask", " ")
    assert done.returncode == 2
    assert "要问什么" in done.stderr.decode("utf-8")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk", "utf-16"])
def test_ask_jsonl_reads_lines_with_a_byte_order_mark_in_gbk_and_in_utf_16(
    home: Path, encoding: str
) -> None:
    line = '{"id": "1", "text": "休学创业能保留学籍吗"}\n'.encode(encoding)
    [answer] = lines(run(home, "ask", "--jsonl", typed=line).stdout)
    assert (answer["id"], answer["outcome"]) == ("1", "answer")


def test_ask_says_in_one_line_that_its_output_cannot_be_written(home: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PYTHON, "ask", "休学创业能保留学籍吗"],
            cwd=home,
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            timeout=WAIT,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.decode("utf-8") == "写不出去：磁盘满了\n"
