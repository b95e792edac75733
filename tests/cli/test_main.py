"""The commands as processes: what goes in, what comes out, and the exit code."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import pytest

from tests.knowledge_base import KNOWLEDGE, ROOT

PYTHON = (sys.executable, "-m", "bot")
WAIT = 120
MATCH = {"support", "clause", "title", "score", "lead_bureau", "bureaus"}
TURN = {"user", "replies", "mode", "question", "profile", "focus", "findings", "cites", "outcome"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a settings file: everything that a process keeps lands there."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "config.yaml").write_text(f"knowledge: {KNOWLEDGE}\n", encoding="utf-8")
    return folder


def environment(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("POLICYBOT_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "0", "LC_ALL": "C.UTF-8", **more}


def run(
    home: Path, *arguments: str, typed: bytes = b"", **more: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*PYTHON, *arguments],
        cwd=home,
        input=typed,
        capture_output=True,
        env=environment(**more),
        timeout=WAIT,
        check=False,
    )


def lines(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.decode("utf-8").splitlines()]


class Pipe:
    """A process that is written to and read from line by line."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*PYTHON, *arguments],
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )

    def say(self, line: bytes | dict[str, Any]) -> dict[str, Any]:
        """Send a line and wait for the line that answers it, with nothing sent after it."""
        data = line if isinstance(line, bytes) else json.dumps(line).encode()
        _open(self.process.stdin).write(data + b"\n")
        _open(self.process.stdin).flush()
        answer: dict[str, Any] = json.loads(_open(self.process.stdout).readline())
        return answer

    def close(self) -> tuple[int, bytes, bytes]:
        """End of input: the exit code, and what was still written."""
        out, err = self.process.communicate(timeout=WAIT)
        return self.process.returncode, out, err


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


@pytest.fixture
def pipes(home: Path) -> Iterator[Any]:
    started: list[Pipe] = []

    def start(*arguments: str) -> Pipe:
        started.append(Pipe(home, *arguments))
        return started[-1]

    yield start
    for pipe in started:
        if pipe.process.poll() is None:
            pipe.process.kill()
            pipe.process.communicate()


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


def test_ask_jsonl_answers_every_line_at_once_even_a_bad_one(pipes: Any) -> None:
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


# Asked of two processes whose sets have different orders: what hangs on such an order shows.
TOUCHY = (
    "众床空间补助",
    "中学老师职称怎么评",
    "我们企业在孵化器成长快，能推荐去加速器吗",
    "房屋抵押贷款利率是多少",
    "修学创页保留学计",
)


def test_two_processes_give_the_same_answer(home: Path) -> None:
    typed = "".join(json.dumps({"id": q, "text": q}) + "\n" for q in TOUCHY).encode()
    first, second = (
        run(home, "ask", "--jsonl", typed=typed, PYTHONHASHSEED=seed).stdout for seed in "12"
    )
    assert len(lines(first)) == len(TOUCHY)
    assert first == second


def test_asking_nothing_is_wrong_usage(home: Path) -> None:
    done = run(home, "ask", " ")
    assert done.returncode == 2
    assert "要问什么" in done.stderr.decode("utf-8")


def test_chat_jsonl_keeps_the_contract_for_two_users_at_once(pipes: Any) -> None:
    pipe = pipes("chat", "--jsonl")
    one = pipe.say({"user": "甲", "text": "开始"})
    assert set(one) == TURN
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
    assert verdicts == sorted(verdicts, key=["applies", "maybe", "not_applicable"].index)
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


def test_chat_jsonl_remembers_in_the_store_that_it_is_given(home: Path) -> None:
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


def test_chat_talks_over_a_pipe(home: Path) -> None:
    done = run(home, "chat", typed="休学创业能保留学籍吗\n那找谁\n".encode())
    said = done.stdout.decode("utf-8")
    assert done.returncode == 0, done.stderr
    assert said.count("市教育局") >= 2
    assert "\x1b[" not in said
    assert "Traceback" not in done.stderr.decode("utf-8")


def on_a_screen(home: Path, typed: bytes, **variables: str) -> str:
    """What a real terminal shows of `chat` while this is typed."""
    screen, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PYTHON, "chat"],
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=theirs,
        env={**environment(), **variables},
    )
    os.close(theirs)
    _open(process.stdin).write(typed)
    _open(process.stdin).close()
    shown = b""
    with os.fdopen(screen, "rb", buffering=0) as out, suppress(OSError):  # how a terminal ends
        while data := out.read(65_536):
            shown += data
    assert process.wait(WAIT) == 0
    return shown.decode("utf-8")


def test_chat_is_coloured_on_a_terminal_unless_the_environment_asks_for_none(home: Path) -> None:
    coloured = on_a_screen(home, "你好\n".encode(), NO_COLOR="")
    plain = on_a_screen(home, "你好\n".encode(), NO_COLOR="1")
    assert "\x1b[36m柳创通" in coloured
    assert "柳创通" in plain
    assert "\x1b" not in plain


def test_check_passes_the_real_folder(home: Path) -> None:
    done = run(home, "check")
    assert done.returncode == 0, done.stdout.decode("utf-8")
    assert "没有问题" in done.stdout.decode("utf-8")


def test_check_lists_every_problem_of_a_broken_folder(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(KNOWLEDGE, broken)
    (broken / "synonyms.yaml").write_text("synonyms: [", encoding="utf-8")
    profile = broken / "profile.yaml"
    text = profile.read_text(encoding="utf-8")
    profile.write_text(text.replace("question:", "qestion:", 1), encoding="utf-8")
    done = run(home, "check", str(broken))
    said = done.stdout.decode("utf-8").splitlines()
    assert done.returncode == 1
    assert any(line.startswith("synonyms.yaml:") for line in said)
    assert any(line.startswith("profile.yaml:") and "qestion" in line for line in said)
    assert f"共 {len(said)} 处问题" in done.stderr.decode("utf-8")


def test_a_folder_that_is_not_there_is_a_problem_and_no_traceback(home: Path) -> None:
    done = run(home, "check", str(home / "nowhere"))
    assert done.returncode == 1
    assert "找不到" in done.stdout.decode("utf-8")
    assert b"Traceback" not in done.stderr


def test_replay_shows_a_conversation_and_that_it_holds(home: Path) -> None:
    file = sorted((KNOWLEDGE / "scenarios").glob("*.yaml"))[0]
    done = run(home, "replay", str(file))
    said = done.stdout.decode("utf-8")
    assert "柳创通 " in said
    assert done.returncode == (0 if "全部符合" in said else 1)
    assert done.returncode == 0, said


@pytest.mark.parametrize("name", ["nowhere.yaml", "scenarios/nowhere.yaml", "updates.yaml"])
def test_replay_of_what_is_no_scenario_says_so(home: Path, name: str) -> None:
    done = run(home, "replay", str(KNOWLEDGE / name))
    assert done.returncode == 1
    assert "不是 scenarios/ 里的" in done.stderr.decode("utf-8")
    assert "全部符合" not in done.stdout.decode("utf-8")


def test_coverage_of_a_folder_that_is_not_there_says_so(home: Path) -> None:
    done = run(home, "coverage", str(home / "nowhere"))
    assert done.returncode == 1
    assert "找不到知识库文件夹" in done.stderr.decode("utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "缺少 命令"),
        (["nope"], "没有 'nope' 这个命令"),
        (["check", "a", "b"], "不认识 b"),
        (["--config"], "--config 后面要写一个值"),
        (["replay"], "缺少 file"),
    ],
)
def test_wrong_usage_is_said_in_chinese(home: Path, arguments: list[str], said: str) -> None:
    done = run(home, *arguments)
    told = done.stderr.decode("utf-8")
    assert done.returncode == 2
    assert said in told
    assert told.startswith("用法：")
    assert "prepare" not in told


def test_help_is_in_chinese(home: Path) -> None:
    told = run(home, "check", "--help").stdout.decode("utf-8")
    assert "知识库文件夹" in told
    assert not {"usage", "options", "arguments", "show"} & set(re.findall(r"[a-z]+", told))


def test_replay_of_a_wrong_expectation_says_where(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "wrong.yaml").write_text(
        "- name: 错的\n  talk:\n    - say: 帮助\n      expect: {says: 绝不会说的话}\n",
        encoding="utf-8",
    )
    done = run(home, "replay", str(folder / "wrong.yaml"))
    said = done.stdout.decode("utf-8")
    assert done.returncode == 1
    assert "绝不会说的话" in said
    assert "有 1 处不符" in said
