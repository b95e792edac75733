"""Invalid and interrupted saves of the knowledge under load: the old knowledge stays live and no
turn fails.

FAULT_CUT: a file of the real knowledge is truncated at every multiple of this many bytes (default
131,072; 1 takes hours). The small folder is truncated 512 times as often. FAULT_SAVES: how many
saving processes are killed (default 6). FAULT_RELOADS: how many reloads happen under load
(default 10).
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
from tests.content.sample_folder import LEAVE, RULE, VENUE, put
from tests.content.sample_knowledge import playable
from tests.faults.support.service_under_fault import under_load, watched_service
from tests.knowledge_base import KNOWLEDGE, linked_cache

CUT = int(os.environ.get("FAULT_CUT", "131072"))
SAVES = int(os.environ.get("FAULT_SAVES", "6"))
RELOADS = int(os.environ.get("FAULT_RELOADS", "10"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a small folder without problems."""
    return playable(tmp_path / "knowledge")


def version(folder: Path, name: str) -> bytes:
    """Return the phrases with this version name at both ends of the results and in thanks."""
    text = (folder / "phrases/conversation.yaml").read_text("utf-8")
    for phrase in ("results_head: ", "results_foot: ", "results_empty_profile: ", "thanks: "):
        assert f"  {phrase}" in text
        text = text.replace(f"  {phrase}", f"  {phrase}第{name}版。", 1)
    return text.encode()


async def test_no_turn_fails_or_mixes_versions_when_the_knowledge_reloads_under_load(
    folder: Path, tmp_path: Path
) -> None:
    versions = {name: version(folder, name) for name in ("甲", "乙")}
    put(folder, "phrases/conversation.yaml", versions["甲"])

    def one_version(text: str) -> bool:
        return not ("第甲版" in text and "第乙版" in text)

    def is_live(name: str) -> bool:
        return f"第{name}版" in service.live().knowledge.phrases["thanks"]

    seconds = []
    async with watched_service(folder, tmp_path) as service, under_load(service, one_version):
        for _, name in zip(range(RELOADS), itertools.cycle("乙甲")):
            began = time.perf_counter()
            put(folder, "phrases/conversation.yaml", versions[name])
            await service.until(lambda: is_live(name))  # noqa: B023 - awaited within the iteration
            seconds.append(time.perf_counter() - began)
    print(
        f"{RELOADS} reloads under {service.turns} turns, "
        f"slowest turn {service.slowest * 1000:.0f} ms, live after at most {max(seconds):.2f} s"
    )


async def test_a_save_becomes_live_only_when_it_is_complete(folder: Path, tmp_path: Path) -> None:
    complete = version(folder, "乙")
    async with watched_service(folder, tmp_path) as service, under_load(service):
        old = service.live()
        with (folder / "phrases/conversation.yaml").open("wb", buffering=0) as file:
            for start in range(0, len(complete), 4_000):
                file.write(complete[start : start + 4_000])
                await asyncio.sleep(0.15)
                assert service.live() is old or start + 4_000 >= len(complete)
        await service.until(lambda: "第乙版" in service.live().knowledge.phrases["thanks"])
        assert service.live.problems == ()


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


async def test_no_turn_fails_when_the_saving_process_is_killed(
    folder: Path, tmp_path: Path
) -> None:
    rng, page, torn = random.Random(9), folder / "phrases/conversation.yaml", 0
    copies = []
    for name in ("甲", "乙"):
        copies.append(tmp_path / f"{name}.yaml")
        copies[-1].write_bytes(version(folder, name))
    complete = [copy.read_bytes() for copy in copies]
    command = [sys.executable, "-c", SAVER, str(page), *map(str, copies)]
    async with watched_service(folder, tmp_path) as service, under_load(service):
        for number in range(SAVES):
            saver = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            assert saver.stdout
            await saver.stdout.readline()
            await asyncio.sleep(rng.uniform(0, 0.1))
            saver.kill()
            await saver.communicate()
            torn += page.read_bytes() not in complete
            # The admin saves again, completely.
            page.write_bytes(complete[number % 2])
            marker = f"第{'甲乙'[number % 2]}版"
            await service.until(
                lambda: marker in service.live().knowledge.phrases["thanks"]  # noqa: B023 - awaited here
            )
            assert service.live.problems == ()
    print(f"{SAVES} savers killed, {torn} left half a file")
    assert torn > 0


# Files of a folder whose files are alike that are truncated.
ALIKE = {"supports": 4, "later_rules": 2, "out_of_scope": 2, "language": 6, "phrases": 3}


def pages(folder: Path) -> list[Path]:
    """Return the files to truncate. Of the scenarios only that of the small folder: most of the
    real ones are still valid when truncated. Of many files that are alike a few."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".yaml", ".txt")
        and (path.parent.name != "scenarios" or path.name == "first.yaml")
        and (path.parent.name not in ALIKE or path in _few(path.parent))
    ]


def _few(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.yaml"))
    return files[:: max(1, len(files) // ALIKE[folder.name])]


async def cut(folder: Path, live: Live[KnowledgeBase], step: int) -> tuple[int, int]:
    """Truncate each file in the middle and at every multiple of `step` bytes. Return how many
    truncations there were, and how many left a valid folder.

    A valid folder (for example, cut between two entries) may go live; nothing else may.
    """
    cuts, valid = 0, 0
    for page in pages(folder):
        data = page.read_bytes()
        for end in sorted({*range(step, len(data), step), len(data) // 2}):
            old = live()
            page.write_bytes(data[:end])
            swapped = await live.refresh()
            cuts, valid = cuts + 1, valid + swapped
            assert swapped or (live() is old and live.problems), (page.name, end)
            assert all(problem.line >= 1 and problem.file for problem in live.problems)
        page.write_bytes(data)
    assert await live.refresh(), live.problems
    assert live.problems == ()
    return cuts, valid


async def test_the_old_knowledge_stays_live_when_a_small_folder_is_truncated_anywhere(
    folder: Path, tmp_path: Path
) -> None:
    live = Live(
        composition.checked_base(folder, tmp_path),
        lambda: composition.checked_base(folder, tmp_path),
    )
    cuts, valid = await cut(folder, live, max(1, CUT // 512))
    print(f"{cuts} cuts of the small folder, {valid} still valid")
    assert cuts > 40
    # The lists of words are valid when cut after any phrase.
    assert valid < cuts / 3


async def test_the_old_knowledge_stays_live_when_the_real_folder_is_truncated_anywhere(
    base: KnowledgeBase, cache: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(KNOWLEDGE, tmp_path / "knowledge")
    # A cut that leaves the samples of the acts as they are needs no training.
    linked_cache(cache, tmp_path / composition.CACHE)
    live = Live(base, lambda: composition.checked_base(folder, tmp_path))
    cuts, valid = await cut(folder, live, CUT)
    print(f"{cuts} cuts of the real folder, {valid} still valid")
    assert valid < cuts / 3


async def test_a_removed_question_is_reported_and_the_answers_stay(
    folder: Path, tmp_path: Path
) -> None:
    async with watched_service(folder, tmp_path) as service:
        asked = await service.send("api:1", "a:identity:student")
        assert "到哪一步了" in asked[-1].text
        for name in ("interview.yaml", "scenarios/first.yaml", LEAVE):
            text = (folder / name).read_text("utf-8")
            put(folder, name, text.replace("stage", "phase"))
        await service.until(lambda: "phase" in service.live().knowledge.slots)
        reply, *_ = await service.send("api:1", "c:me")
        assert reply.text == service.live().knowledge.phrases["vanished_question"]
        session = await service.store.peek("api:1")
        assert session is not None
        assert dict(session.profile) == {"identity": ("student",)}
        assert "到哪一步了" in (await service.send("api:1", "继续"))[-1].text


async def test_a_removed_support_is_reported_and_the_answers_stay(
    folder: Path, tmp_path: Path
) -> None:
    async with watched_service(folder, tmp_path) as service:
        await service.send("api:1", "a:identity:operator")
        shown = await service.send("api:1", "s:venue-grant")
        assert "5万元/年" in shown[0].text
        (folder / VENUE).rename(folder / VENUE.replace("venue-grant", "venue-help"))
        for name in (VENUE.replace("venue-grant", "venue-help"), RULE, "scenarios/first.yaml"):
            text = (folder / name).read_text("utf-8")
            put(folder, name, text.replace("venue-grant", "venue-help"))
        await service.until(lambda: "venue-help" in service.live().knowledge.supports)
        reply, *_ = await service.send("api:1", "找谁")
        assert reply.text == service.live().knowledge.phrases["vanished_support"]
        stale, *_ = await service.send("api:1", "f:who:venue-grant")
        assert "已经不在" in stale.text
        session = await service.store.peek("api:1")
        assert session is not None
        assert dict(session.profile) == {"identity": ("operator",)}
        assert session.focus != "venue-grant"
