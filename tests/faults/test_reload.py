"""Saves that go wrong, and saves under load: the old knowledge serves, and no reply fails.

FAULT_CUT says at every how many bytes a file of the real knowledge is cut (8,192; the small
folder is cut sixteen times as often: 16 cuts it at every byte), FAULT_SAVES how many times a saver
is killed (6), FAULT_RELOADS how many reloads there are under load (10).
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot import app
from bot.catalog.reload import Live, watch
from bot.core.dialogue import Base
from bot.core.replies import Reply
from bot.core.session import Session, Utterance
from bot.service import Guide, Incoming, Store
from bot.storage.urls import open_store
from tests.catalog.folder import FILES, POLICY, edit, put
from tests.catalog.town import playable
from tests.knowledge_base import KNOWLEDGE
from tests.serve_process import Home, Served, served

CUT = int(os.environ.get("FAULT_CUT", "8192"))
SAVES = int(os.environ.get("FAULT_SAVES", "6"))
RELOADS = int(os.environ.get("FAULT_RELOADS", "10"))
SAID = (
    *(
        "开始",
        "结果",
        "场地补助有多少",
        "休学能保留学籍吗",
        "找谁",
        "原文",
        "谢谢",
        "1",
        "怎么离婚",
    ),
    *("a:identity:operator", "a:identity:student", "s:venue-grant", "f:why:venue-grant", "c:me"),
)

_numbers = itertools.count()


@dataclass
class House:
    """A guide over a folder that is watched. `faults` are the turns that failed."""

    folder: Path
    live: Live[Base]
    guide: Guide
    store: Store
    faults: list[str] = field(default_factory=list)
    turns: int = 0
    slowest: float = 0.0

    async def says(self, conv: str, said: str) -> tuple[Reply, ...]:
        """A turn; a tap if it looks like one."""
        tapped = said[1:2] == ":"
        utterance = Utterance(choice=said) if tapped else Utterance(text=said)
        began = time.perf_counter()
        incoming = Incoming(conv, str(next(_numbers)), utterance, app.now())
        replies = (await self.guide.answer(incoming)).replies
        self.slowest = max(self.slowest, time.perf_counter() - began)
        self.turns += 1
        return replies

    async def talk(self, conv: str, holds: Callable[[str], bool]) -> None:
        """One founder, who says this and that until cancelled; `holds` judges each reply."""
        dice = random.Random(conv)
        while True:
            said = dice.choice(SAID)
            try:
                text = "\n".join(reply.text for reply in await self.says(conv, said))
            except Exception as error:
                self.faults.append(f"{said}: {error!r}")
                await asyncio.sleep(0.01)
                continue
            if not (text.strip() and holds(text)):
                self.faults.append(f"{said}: {text}")

    async def until(self, ready: Callable[[], bool], seconds: float = 30.0) -> None:
        """Return when this holds."""
        async with asyncio.timeout(seconds):
            while not ready():  # noqa: ASYNC110 - what is awaited happens in other objects
                await asyncio.sleep(0.01)


@asynccontextmanager
async def house(folder: Path, home: Path) -> AsyncIterator[House]:
    """Everything running, as `serve` wires it, with the checks in a thread."""
    live = Live(app.checked_base(folder, home), lambda: app.checked_base(folder, home))
    store = await open_store(app.MEMORY)
    async with Guide(store, app.step_over(live), clock=app.now) as guide:
        watching = asyncio.create_task(watch(folder, live, 50, lambda *_: None))
        await asyncio.sleep(0.2)
        try:
            yield House(folder, live, guide, store)
            assert not watching.done()
        finally:
            watching.cancel()
            await asyncio.wait({watching})
    await store.close()


@asynccontextmanager
async def under_load(
    held: House, holds: Callable[[str], bool] = bool, people: int = 6
) -> AsyncIterator[None]:
    """People talk all the while; at the end none of their turns has failed."""
    talks = [asyncio.create_task(held.talk(f"api:{n}", holds)) for n in range(people)]
    try:
        yield
    finally:
        for talk in talks:
            talk.cancel()
        await asyncio.wait(talks)
    assert held.turns > 50
    assert held.faults == []


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A small folder that holds in every respect."""
    return playable(tmp_path / "knowledge")


def version(folder: Path, name: str) -> dict[str, bytes]:
    """The town's phrases with this version said at both ends of the results and in thanks."""
    text = (folder / "phrases.yaml").read_text("utf-8")
    for phrase in ("results_head: ", "results_foot: ", "results_empty_profile: ", "thanks: "):
        assert text.count(f"  {phrase}") == 1
        text = text.replace(f"  {phrase}", f"  {phrase}第{name}版。")
    return {"phrases.yaml": text.encode()}


async def test_reloads_under_load_fail_no_turn_and_none_sees_half_of_each(
    town: Path, tmp_path: Path
) -> None:
    versions = {name: version(town, name)["phrases.yaml"] for name in ("甲", "乙")}
    put(town, "phrases.yaml", versions["甲"])

    def whole(text: str) -> bool:
        return not ("第甲版" in text and "第乙版" in text)

    def on(name: str) -> bool:
        return f"第{name}版" in held.live().knowledge.phrases["thanks"]

    seconds = []
    async with house(town, tmp_path) as held, under_load(held, whole):
        for _, name in zip(range(RELOADS), itertools.cycle("乙甲")):
            began = time.perf_counter()
            put(town, "phrases.yaml", versions[name])
            await held.until(lambda: on(name))  # noqa: B023 - awaited within the round
            seconds.append(time.perf_counter() - began)
    print(
        f"{RELOADS} reloads under {held.turns} turns, slowest turn {held.slowest * 1000:.0f} ms, "
        f"live after at most {max(seconds):.2f} s"
    )


async def test_a_half_written_save_never_serves_and_the_whole_one_does(
    town: Path, tmp_path: Path
) -> None:
    whole = version(town, "乙")["phrases.yaml"]
    async with house(town, tmp_path) as held, under_load(held):
        old = held.live()
        with (town / "phrases.yaml").open("wb", buffering=0) as file:
            for start in range(0, len(whole), 4_000):
                file.write(whole[start : start + 4_000])
                await asyncio.sleep(0.15)
                assert held.live() is old or start + 4_000 >= len(whole)
        await held.until(lambda: "第乙版" in held.live().knowledge.phrases["thanks"])
        assert held.live.problems == ()


SAVER = """
import pathlib, sys
page, versions = pathlib.Path(sys.argv[1]), [pathlib.Path(p).read_bytes() for p in sys.argv[2:]]
print("ready", flush=True)
while True:
    for data in versions:
        with page.open("wb", buffering=0) as file:
            for start in range(0, len(data), 512):
                file.write(data[start:start + 512])
"""


async def test_a_saver_killed_in_the_middle_of_a_save_harms_nobody(
    town: Path, tmp_path: Path
) -> None:
    dice, page, torn = random.Random(9), town / "phrases.yaml", 0
    copies = []
    for name in ("甲", "乙"):
        copies.append(tmp_path / f"{name}.yaml")
        copies[-1].write_bytes(version(town, name)["phrases.yaml"])
    whole = [copy.read_bytes() for copy in copies]
    command = [sys.executable, "-c", SAVER, str(page), *map(str, copies)]
    async with house(town, tmp_path) as held, under_load(held):
        for number in range(SAVES):
            saver = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
            assert saver.stdout
            await saver.stdout.readline()
            await asyncio.sleep(dice.uniform(0, 0.1))
            saver.kill()
            await saver.wait()
            torn += page.read_bytes() not in whole
            # The admin saves again, and this time to the end.
            page.write_bytes(whole[number % 2])
            marker = f"第{'甲乙'[number % 2]}版"
            await held.until(
                lambda: marker in held.live().knowledge.phrases["thanks"]  # noqa: B023 - awaited here
            )
            assert held.live.problems == ()
    print(f"{SAVES} savers killed, {torn} left half a file")
    assert torn > 0


def pages(folder: Path) -> list[Path]:
    """The files that count."""
    return sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".txt"))


async def cut(folder: Path, live: Live[Base], step: int) -> tuple[int, int]:
    """Cut each file at every so many bytes; how many cuts there were, and how many still held.

    A cut that still holds (between two entries, say) may go live; nothing else does.
    """
    cuts, held = 0, 0
    for page in pages(folder):
        data = page.read_bytes()
        for end in range(0, len(data), step):
            old = live()
            page.write_bytes(data[:end])
            swapped = await live.refresh()
            cuts, held = cuts + 1, held + swapped
            assert swapped or (live() is old and live.problems), (page.name, end)
            assert all(problem.line >= 1 and problem.file for problem in live.problems)
        page.write_bytes(data)
    assert await live.refresh()
    assert live.problems == ()
    return cuts, held


async def test_a_small_folder_cut_anywhere_leaves_the_old_one_serving(
    town: Path, tmp_path: Path
) -> None:
    live = Live(app.checked_base(town, tmp_path), lambda: app.checked_base(town, tmp_path))
    cuts, held = await cut(town, live, max(1, CUT // 16))
    print(f"{cuts} cuts of the small folder, {held} still held")
    assert cuts > 40
    assert held < cuts / 4


async def test_the_real_folder_cut_anywhere_leaves_the_old_one_serving(
    base: Base, tmp_path: Path
) -> None:
    folder = shutil.copytree(KNOWLEDGE, tmp_path / "knowledge")
    live = Live(base, lambda: app.checked_base(folder, tmp_path))
    cuts, held = await cut(folder, live, CUT)
    print(f"{cuts} cuts of the real folder, {held} still held")
    assert held < cuts / 4


async def test_a_question_that_vanished_is_said_and_the_answers_stay(
    town: Path, tmp_path: Path
) -> None:
    async with house(town, tmp_path) as held:
        asked = await held.says("api:1", "a:identity:operator")
        assert "到哪一步了" in asked[-1].text
        for name in ("profile.yaml", "scenarios/first.yaml", POLICY):
            text = (town / name).read_text("utf-8")
            put(town, name, text.replace("stage", "phase"))
        await held.until(lambda: "phase" in held.live().knowledge.slots)
        told, *_ = await held.says("api:1", "c:me")
        assert told.text == held.live().knowledge.phrases["vanished_question"]
        session = await held.store.peek("api:1")
        assert session is not None
        assert dict(session.profile) == {"identity": ("operator",)}
        assert "到哪一步了" in (await held.says("api:1", "继续"))[-1].text


async def test_a_support_that_vanished_is_said_and_the_answers_stay(
    town: Path, tmp_path: Path
) -> None:
    async with house(town, tmp_path) as held:
        await held.says("api:1", "a:identity:operator")
        shown = await held.says("api:1", "s:venue-grant")
        assert "5万元/年" in shown[0].text
        for name in (POLICY, "updates.yaml", "scenarios/first.yaml"):
            text = (town / name).read_text("utf-8")
            put(town, name, text.replace("venue-grant", "venue-help"))
        await held.until(lambda: "venue-help" in held.live().knowledge.supports)
        told, *_ = await held.says("api:1", "找谁")
        assert told.text == held.live().knowledge.phrases["vanished_support"]
        stale, *_ = await held.says("api:1", "f:who:venue-grant")
        assert "已经不在" in stale.text
        session = await held.store.peek("api:1")
        assert session is not None
        assert (dict(session.profile), session.focus) == ({"identity": ("operator",)}, "")


def test_the_small_folder_stays_what_these_tests_change() -> None:
    assert "question: stage" in FILES["scenarios/first.yaml"]
    assert "venue-grant" in FILES["updates.yaml"]


class Founder(threading.Thread):
    """Talks over HTTP until told to stop; an answer that is no 200 fails `says`."""

    def __init__(self, service: Served) -> None:
        super().__init__(daemon=True)
        self._service = service
        self.over = threading.Event()
        self.turns = 0
        self.slowest = 0.0
        self.faults: list[str] = []

    def run(self) -> None:
        for said in itertools.cycle(("休学创业能保留学籍吗", "找谁", "结果", "c:start", "谢谢")):
            if self.over.wait(0.02):
                return
            began = time.perf_counter()
            try:
                assert self._service.says("founder", said)["replies"]
            except Exception as error:
                self.faults.append(f"{said}: {error!r}")
            self.slowest = max(self.slowest, time.perf_counter() - began)
            self.turns += 1


def test_a_running_service_takes_a_good_save_and_names_what_is_wrong_with_a_bad_one(
    base: Base, cache: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(KNOWLEDGE, tmp_path / "knowledge")
    home = Home.made(tmp_path / "home", cache, knowledge=folder)
    with served(home) as service:
        first = service.ready()["knowledge"]
        service.until(lambda: "knowledge_live" in service.err)
        founder = Founder(service)
        founder.start()

        line = edit(folder, "profile.yaml", "    name: 创业阶段", "    nmae: 创业阶段")
        service.until(lambda: f"profile.yaml:{line}: " in problems(service))
        assert service.ready()["knowledge"] == first
        edit(folder, "profile.yaml", "    nmae: 创业阶段", "    name: 创业阶段")
        line = edit(folder, "scenarios/buttons.yaml", "认真落实创业担保", "认真落实没有的")
        service.until(lambda: f"scenarios/buttons.yaml:{line}: 对话样例" in problems(service))
        assert service.ready()["knowledge"] == first
        edit(folder, "scenarios/buttons.yaml", "认真落实没有的", "认真落实创业担保")
        service.until(lambda: not problems(service))

        edit(folder, "phrases.yaml", "thanks: 不客气", "thanks: 别客气")
        saved = time.monotonic()
        service.until(lambda: service.ready()["knowledge"] != first)
        seconds = time.monotonic() - saved
        assert "别客气" in service.says("u", "谢谢")["replies"][0]["text"]
        founder.over.set()
        founder.join()
        assert (founder.faults, problems(service)) == ([], "")
        assert service.err.count("knowledge_refused") >= 2
    print(
        f"live {seconds:.2f} s after the save; {founder.turns} turns meanwhile, "
        f"slowest {founder.slowest * 1000:.0f} ms"
    )
    assert founder.turns > 20
    assert seconds < 20


def problems(service: Served) -> str:
    """What /readyz says against the folder, all of it in one text."""
    return "\n".join(service.ready().get("knowledge_problems", ()))


def test_a_session_of_an_older_knowledge_is_read_whole() -> None:
    old = Session(version="gone").with_answer("identity", ["operator"])
    assert Session.load(old.dump()) == old
