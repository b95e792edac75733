"""The whole way of a question: asked, listed in the inbox, made a sample, answered, deleted."""

from __future__ import annotations

import asyncio
import io
import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import admin, composition
from bot.app.inbox import NUMBERS
from bot.cli.main import main
from bot.content.readers.loader import load
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.session import Utterance
from bot.errors import KnowledgeError
from bot.service.guide import Guide
from bot.service.ports import Answered, Incoming
from bot.storage.factory import store_for
from bot.workshop.effects.answers import Kind
from bot.workshop.effects.questions import INBOX
from tests.content.sample_knowledge import playable
from tests.knowledge_base import linked_cache
from tests.workshop.authoring.test_new_support import ANSWERS

ASKED = "摆个地摊想租个棚子要花多少"
GRANT = "venue-grant"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home folder with a small knowledge and its index."""
    home = tmp_path_factory.mktemp("home")
    playable(home / "knowledge")
    composition.load_base(home / "knowledge", home)
    return home


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Path:
    """Return a home folder of this test."""
    home = tmp_path / "home"
    linked_cache(built / "data" / "cache", home / "data" / "cache")
    playable(home / "knowledge")
    (home / "config.yaml").write_text("knowledge: knowledge\n", encoding="utf-8")
    return home


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command and returns its exit code and both outputs."""

    def command(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["--config", str(home / "config.yaml"), *arguments])
        return (code, *capsys.readouterr())

    return command


class Talk:
    """The guide over a store in a file, as a service has them."""

    def __init__(self, home: Path) -> None:
        self.live = composition.load_base(home / "knowledge", home)
        self.store = store_for(f"sqlite:///{home}/data/bot.db")
        step = composition.step_over(lambda: self.live)
        self.now = datetime.now(UTC)
        self.guide = Guide(self.store, step, clock=lambda: self.now)
        self.said = 0

    async def __aenter__(self) -> Talk:
        await self.store.open()
        await self.guide.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.guide.stop()
        await self.store.close()

    async def say(self, who: str, text: str) -> Answered:
        self.said += 1
        said = Incoming(f"web:{who}", str(self.said), Utterance(text), self.now)
        return await self.guide.answer(said)


async def test_a_question_goes_from_the_inbox_into_the_knowledge(home: Path, run: Run) -> None:
    async with Talk(home) as talk:
        for who in ("甲", "乙"):
            assert (await talk.say(who, f"我叫张三丰，{ASKED}")).outcome == "unknown"
        code, out, err = await asyncio.to_thread(run, "inbox")
        assert (code, err) == (0, "")
        assert "2 次，2 人" in out
        assert ASKED in out
        assert "张三丰" not in out
        numbers = (home / NUMBERS).read_text(encoding="utf-8")
        assert ASKED not in numbers

        code, out, _ = await asyncio.to_thread(run, "inbox", "1", "sample", GRANT, "--text", ASKED)
        assert code == 0
        assert f"+  - {ASKED}" in out
        assert "check" in out
        report = composition.check(home / "knowledge", home)
        assert report.problems == ()

        talk.live = composition.load_base(home / "knowledge", home)
        answered = await talk.say("丙", ASKED)
        assert answered.outcome == "answer"
        code, out, _ = await asyncio.to_thread(run, "inbox")
        assert code == 0
        assert "0 组" in out
        code, _, err = await asyncio.to_thread(run, "inbox", "1")
        assert code == 1
        assert "没有没答好的问题" in err

        talk.now += timedelta(days=2)
        await talk.guide.expire(idle=timedelta(0), seen=timedelta(0), unanswered=timedelta(1))
        await talk.guide.clean_up()
        files = b"".join(f.read_bytes() for f in (home / "data").glob("bot.db*"))
        assert ASKED.encode() not in files
        assert "张三丰".encode() not in files
        assert [c.entries for c in await talk.store.entry_counts("")] == [2]


async def test_numbers_stay_those_of_the_list_that_was_shown(home: Path, run: Run) -> None:
    async with Talk(home) as talk:
        await talk.say("甲", ASKED)
        first = await asyncio.to_thread(run, "inbox", "--json")
        [group] = json.loads(first[1])["groups"]
        assert (group["number"], group["text"], group["kind"]) == (1, ASKED, "unknown")
        for who in "乙丙丁":
            await talk.say(who, "火星上怎么种土豆")
        code, out, _ = await asyncio.to_thread(run, "inbox", "1")
        assert code == 0
        assert ASKED in out
        code, _, err = await asyncio.to_thread(run, "inbox", "2", "ignore")
        assert code == 1
        assert "没有第 2 组" in err
        await asyncio.to_thread(run, "inbox")
        code, _, _ = await asyncio.to_thread(run, "inbox", "1", "ignore")
        assert code == 0
        _, out, _ = await asyncio.to_thread(run, "inbox")
        assert "土豆" not in out
        assert ASKED in out
        _, out, _ = await asyncio.to_thread(run, "inbox", "--all")
        assert "土豆" in out


def test_what_is_wrong_is_said_and_nothing_is_written(home: Path, run: Run) -> None:
    code, _, err = run("inbox")
    assert code == 1
    assert "还没有对话" in err

    async def ask() -> None:
        async with Talk(home) as talk:
            await talk.say("甲", ASKED)

    asyncio.run(ask())
    before = {f: f.read_bytes() for f in (home / "knowledge").rglob("*") if f.is_file()}
    for arguments, code, said in (
        (("x",), 2, "第几组"),
        (("1", "smple", GRANT), 2, "是不是想写“sample”"),
        (("1", "sample"), 2, "后面写扶持编号"),
        (("1", "ignore", GRANT), 2, "不用写别的"),
        (("--kind", "unkown"), 2, "是不是想写“unknown”"),
        (("--since", "昨天"), 2, "--since"),
        (("7", "ignore"), 1, "没有第 7 组"),
        (("1", "sample", "venue-grnt"), 1, "是不是想写“venue-grant”"),
        (("1", "sample", GRANT, "--into", str(home)), 1, "不是知识库文件夹"),
        (("1", "synonym", "地摊=火星"), 1, "都不是标准词"),
        (("1", "topic", "venue-grant"), 1, "没有这个文件不管的事"),
    ):
        done, out, err = run("inbox", *arguments)
        assert (done, out) == (code, ""), arguments
        assert said in err, arguments
    after = {f: f.read_bytes() for f in (home / "knowledge").rglob("*") if f.is_file()}
    assert after == before


def test_a_draft_is_written_to_if_there_is_one(home: Path, run: Run) -> None:
    async def ask() -> None:
        async with Talk(home) as talk:
            await talk.say("甲", ASKED)

    asyncio.run(ask())
    assert run("draft")[0] == 0
    code, out, _ = run("inbox", "1", "sample", GRANT)
    assert code == 0
    assert "publish" in out
    draft = (home / "data" / "draft").rglob(f"{GRANT}.yaml")
    assert ASKED in next(draft).read_text(encoding="utf-8")
    live = next((home / "knowledge").rglob(f"{GRANT}.yaml"))
    assert ASKED not in live.read_text(encoding="utf-8")


async def test_the_questions_of_the_inbox_are_compared_and_not_stored(
    home: Path, run: Run
) -> None:
    async with Talk(home) as talk:
        await talk.say("甲", f"我叫张三丰，{ASKED}")
        await talk.say("乙", ASKED)
        assert (await asyncio.to_thread(run, "draft"))[0] == 0
        add = ("inbox", "1", "sample", GRANT, "--text", ASKED)
        assert (await asyncio.to_thread(run, *add))[0] == 0
        code, out, err = await asyncio.to_thread(run, "diff", "--live", "--json")
        assert (code, err) == (3, "")
        found = {each["text"]: each for each in json.loads(out)["questions"]}
        asked = next(each for text, each in found.items() if text.startswith("我叫"))
        assert asked["sources"] == [INBOX]
        assert asked["group"] == "now_answered"
        assert INBOX in found[ASKED]["sources"]
        assert "张三丰" not in out
        stored = [zlib.decompress(f.read_bytes()) for f in home.rglob("answers-*.json.z")]
        assert stored
        assert not any("我叫".encode() in each for each in stored)
        code, out, err = await asyncio.to_thread(run, "publish", "-m", "补一句")
        assert (code, err) == (0, "")
        assert f"〔{INBOX}〕" in out


def test_an_inbox_that_cannot_be_read_is_told_and_the_rest_compared(home: Path, run: Run) -> None:
    folder = str(home / "knowledge")
    assert run("diff", folder, folder)[::2] == (0, "")  # nobody has asked yet
    (home / "data" / "bot.db").write_bytes(b"x" * 5000)
    code, out, err = run("diff", folder, folder)
    assert code == 0
    assert "收件箱读不到" in err
    assert "回答都一样" in out


def test_a_new_support_is_proposed_the_questions_of_the_inbox(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask() -> None:
        async with Talk(home) as talk:
            await talk.say("甲", ASKED)

    asyncio.run(ask())
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in ANSWERS)))
    _, out, _ = run("new", "support")
    assert f"1. {ASKED}\n" in out
    assert ASKED in load(home / "knowledge").supports["enrolment"].questions


def test_a_question_becomes_a_topic_of_its_own(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask() -> None:
        async with Talk(home) as talk:
            await talk.say("甲", "火星上怎么种土豆")

    asyncio.run(ask())
    monkeypatch.setattr("sys.stdin", io.StringIO("退出\n"))
    code, out, _ = run("inbox", "1", "topic", "new")
    assert code == 1
    assert "什么都没有写" in out
    typed = ["种地", "farming", "1", "种土豆 火星", ""]
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in typed)))
    code, out, _ = run("inbox", "1", "topic", "new")
    assert code == 0
    assert "out_of_scope/additions.yaml" in out
    assert composition.check(home / "knowledge", home).problems == ()
    assert "0 组" in run("inbox")[1]


def test_a_synonym_is_tried_before_it_is_written(home: Path, run: Run) -> None:
    base: KnowledgeBase = composition.load_base(home / "knowledge", home)
    standard, version = next(iter(base.knowledge.synonyms)), base.knowledge.version

    async def ask() -> None:
        async with Talk(home) as talk:
            await talk.say("甲", "火星上怎么种土豆")

    asyncio.run(ask())
    code, _, err = run("inbox", "1", "synonym", f"馒头={standard}")
    assert code == 1
    assert "还是答不上来" in err
    assert composition.load_base(home / "knowledge", home).knowledge.version == version
    code, out, _ = run("inbox", "1", "synonym", f"土豆={standard}")
    assert code == 0
    assert "language/synonyms.yaml" in out
    assert "scenarios/additions.yaml" in out
    assert composition.check(home / "knowledge", home).problems == ()
    assert "0 组" in run("inbox")[1]


def test_the_page_tries_a_question_in_another_process(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def here(*_: object) -> KnowledgeBase:
        raise AssertionError("indexed in this process")

    monkeypatch.setattr(admin, "load_base", here)
    folder = home / "knowledge"
    asked = load(folder).supports[GRANT].questions[0]
    answer = admin.answer_apart(asked, folder, home)
    assert (answer.kind, answer.shown) == (Kind.ANSWERED, (GRANT,))
    (folder / "bureaus.yaml").write_text("bureaus: [\n", encoding="utf-8")
    with pytest.raises(KnowledgeError):
        admin.answer_apart(asked, folder, home)
