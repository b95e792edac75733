"""Saves that go wrong, and saves under load: the old knowledge serves, and no reply fails.

FAULT_CUT says at every how many bytes a file of the real knowledge is cut (16,384; 1 for every
byte, which takes hours). The small folder is cut 64 times as often: with 64, at every byte.
FAULT_SAVES says how many savers are killed (6), FAULT_RELOADS how many reloads there are under
load (10).
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import shutil
import sys
import time
from pathlib import Path

import pytest

from bot.app import composition
from bot.content.live.reload import Live
from bot.core.dialogue.manager import KnowledgeBase
from tests.content.sample_folder import POLICY, put
from tests.content.sample_knowledge import playable
from tests.faults.service_under_fault import house, under_load
from tests.knowledge_base import KNOWLEDGE

CUT = int(os.environ.get("FAULT_CUT", "16384"))
SAVES = int(os.environ.get("FAULT_SAVES", "6"))
RELOADS = int(os.environ.get("FAULT_RELOADS", "10"))


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A small folder that holds in every respect."""
    return playable(tmp_path / "knowledge")


def version(folder: Path, name: str) -> bytes:
    """The town's phrases with this version said at both ends of the results and in thanks."""
    text = (folder / "phrases/conversation.yaml").read_text("utf-8")
    for phrase in ("results_head: ", "results_foot: ", "results_empty_profile: ", "thanks: "):
        assert f"  {phrase}" in text
        text = text.replace(f"  {phrase}", f"  {phrase}第{name}版。", 1)
    return text.encode()


async def test_reloads_under_load_fail_no_turn_and_none_sees_half_of_each(
    town: Path, tmp_path: Path
) -> None:
    versions = {name: version(town, name) for name in ("甲", "乙")}
    put(town, "phrases/conversation.yaml", versions["甲"])

    def whole(text: str) -> bool:
        return not ("第甲版" in text and "第乙版" in text)

    def on(name: str) -> bool:
        return f"第{name}版" in held.live().knowledge.phrases["thanks"]

    seconds = []
    async with house(town, tmp_path) as held, under_load(held, whole):
        for _, name in zip(range(RELOADS), itertools.cycle("乙甲")):
            began = time.perf_counter()
            put(town, "phrases/conversation.yaml", versions[name])
            await held.until(lambda: on(name))  # noqa: B023 - awaited within the round
            seconds.append(time.perf_counter() - began)
    print(
        f"{RELOADS} reloads under {held.turns} turns, slowest turn {held.slowest * 1000:.0f} ms, "
        f"live after at most {max(seconds):.2f} s"
    )


async def test_a_half_written_save_never_serves_and_the_whole_one_does(
    town: Path, tmp_path: Path
) -> None:
    whole = version(town, "乙")
    async with house(town, tmp_path) as held, under_load(held):
        old = held.live()
        with (town / "phrases/conversation.yaml").open("wb", buffering=0) as file:
            for start in range(0, len(whole), 4_000):
                file.write(whole[start : start + 4_000])
                await asyncio.sleep(0.15)
                assert held.live() is old or start + 4_000 >= len(whole)
        await held.until(lambda: "第乙版" in held.live().knowledge.phrases["thanks"])
        assert held.live.problems == ()


SAVER = """
import pathlib, sys, time
page, versions = pathlib.Path(sys.argv[1]), [pathlib.Path(p).read_bytes() for p in sys.argv[2:]]
print("ready", flush=True)
while True:
    for data in versions:
        with page.open("wb", buffering=0) as file:
            for start in range(0, len(data), 512):
                file.write(data[start:start + 512])
                time.sleep(0.001)
"""


async def test_a_saver_killed_in_the_middle_of_a_save_harms_nobody(
    town: Path, tmp_path: Path
) -> None:
    dice, page, torn = random.Random(9), town / "phrases/conversation.yaml", 0
    copies = []
    for name in ("甲", "乙"):
        copies.append(tmp_path / f"{name}.yaml")
        copies[-1].write_bytes(version(town, name))
    whole = [copy.read_bytes() for copy in copies]
    command = [sys.executable, "-c", SAVER, str(page), *map(str, copies)]
    async with house(town, tmp_path) as held, under_load(held):
        for number in range(SAVES):
            saver = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
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
    """The files to cut. Of the scenarios only the small folder's: most of the real ones still
    hold when a part is missing."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in (".yaml", ".txt")
        and (path.parent.name != "scenarios" or path.name == "first.yaml")
    )


async def cut(folder: Path, live: Live[KnowledgeBase], step: int) -> tuple[int, int]:
    """Cut each file in the middle and at every so many bytes; how many cuts there were, and how
    many still held.

    A cut that still holds (between two entries, say) may go live; nothing else does.
    """
    cuts, held = 0, 0
    for page in pages(folder):
        data = page.read_bytes()
        for end in sorted({*range(step, len(data), step), len(data) // 2}):
            old = live()
            page.write_bytes(data[:end])
            swapped = await live.refresh()
            cuts, held = cuts + 1, held + swapped
            assert swapped or (live() is old and live.problems), (page.name, end)
            assert all(problem.line >= 1 and problem.file for problem in live.problems)
        page.write_bytes(data)
    assert await live.refresh(), live.problems
    assert live.problems == ()
    return cuts, held


async def test_a_small_folder_cut_anywhere_leaves_the_old_one_serving(
    town: Path, tmp_path: Path
) -> None:
    live = Live(
        composition.checked_base(town, tmp_path), lambda: composition.checked_base(town, tmp_path)
    )
    cuts, held = await cut(town, live, max(1, CUT // 64))
    print(f"{cuts} cuts of the small folder, {held} still held")
    assert cuts > 40
    assert held < cuts / 4


async def test_the_real_folder_cut_anywhere_leaves_the_old_one_serving(
    base: KnowledgeBase, tmp_path: Path
) -> None:
    folder = shutil.copytree(KNOWLEDGE, tmp_path / "knowledge")
    live = Live(base, lambda: composition.checked_base(folder, tmp_path))
    cuts, held = await cut(folder, live, CUT)
    print(f"{cuts} cuts of the real folder, {held} still held")
    assert held < cuts / 4


async def test_a_question_that_vanished_is_said_and_the_answers_stay(
    town: Path, tmp_path: Path
) -> None:
    async with house(town, tmp_path) as held:
        asked = await held.says("api:1", "a:identity:student")
        assert "到哪一步了" in asked[-1].text
        for name in ("profile.yaml", "scenarios/first.yaml", POLICY):
            text = (town / name).read_text("utf-8")
            put(town, name, text.replace("stage", "phase"))
        await held.until(lambda: "phase" in held.live().knowledge.slots)
        told, *_ = await held.says("api:1", "c:me")
        assert told.text == held.live().knowledge.phrases["vanished_question"]
        session = await held.store.peek("api:1")
        assert session is not None
        assert dict(session.profile) == {"identity": ("student",)}
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
