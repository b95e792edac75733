"""Power cuts at random points of a recorded run: no acknowledged turn is lost, no file corrupt.

FAULT_CUTS: how many (default 200). Needs a C compiler for the recorder.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.domain.json_codec import load
from bot.core.domain.session import Session
from bot.errors import StoreError
from bot.storage.sqlite.store import SqliteStore
from tests.echo_dialogue import recorded_ids
from tests.faults.support.disk import Disk, Op, read_record
from tests.faults.support.harness import ROOT

CUTS = int(os.environ.get("FAULT_CUTS", "200"))
# Enough for many checkpoints and restarts of the log.
TURNS = int(os.environ.get("FAULT_CUT_TURNS", "600"))
# Every so many cuts the store itself opens the file.
REOPEN_EVERY = 25


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the compiled recording library."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.fail("power cuts need a C compiler (cc) to record what SQLite writes")
    library = tmp_path_factory.mktemp("recorder") / "record.so"
    source = Path(__file__).with_name("support") / "record.c"
    command = [compiler, "-O1", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True)
    return library


def record(recorder: Path, folder: Path, kind: str, turns: int) -> list[Op]:
    """Return the writes of a run of this store."""
    work, log = folder / "work", folder / "record"
    work.mkdir()
    environment = os.environ | {
        "LD_PRELOAD": str(recorder),
        "CUT_DIR": str(work),
        "CUT_LOG": str(log),
    }
    program = "tests.faults.support.recorded_store"
    command = [sys.executable, "-m", program, kind, str(work), str(turns)]
    subprocess.run(command, check=True, cwd=ROOT, env=environment, timeout=120)
    # SQLite rebuilds the shared memory file.
    return [op for op in read_record(log) if not op.path.endswith(("-shm", ".lock"))]


def lost(path: Path, acknowledged: list[str]) -> list[str]:
    """Return which acknowledged turns this file lacks, or how it is corrupt."""
    if not path.exists():
        return acknowledged
    with closing(sqlite3.connect(path)) as db:
        [(sound,)] = db.execute("PRAGMA integrity_check").fetchall()
        if sound != "ok":
            return [f"corrupt: {sound}"]
        sessions = db.execute("SELECT conv, data FROM session").fetchall()
        stored = {
            f"{conv} {message_id}"
            for conv, data in sessions
            for message_id in recorded_ids(Session.load(load(data)))
        }
        seen = {
            f"{conv} {message_id}"
            for conv, message_id in db.execute("SELECT conv, message_id FROM inbox")
        }
        queued = db.execute("SELECT count(*) FROM outbox WHERE conv IN (SELECT conv FROM session)")
        if (queued.fetchone()[0], seen) != (len(seen), stored):
            return [f"half a turn: {sorted(seen ^ stored)}"]
    return [ack for ack in acknowledged if ack not in stored]


def restore(files: dict[str, bytes], work: Path, folder: Path) -> Path:
    """Write these files into an empty folder; return the path of the database."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / Path(name).relative_to(work)).write_bytes(content)
    return folder / "bot.db"


async def reopen(path: Path) -> list[str]:
    """Return a fault if the store does not open the file."""
    store = SqliteStore(path)
    try:
        await store.open()
    except StoreError as error:
        return [f"the store rejects it: {error}"]
    await store.close()
    return []


def cut(ops: list[Op], work: Path, folder: Path, cuts: int, rng: random.Random) -> list[str]:
    """Return the faults after this many cuts at random points."""
    disk, faults = Disk(), []
    points = sorted(rng.randrange(len(ops)) for _ in range(cuts))
    applied = 0
    for number, point in enumerate(points):
        for op in ops[applied:point]:
            disk.apply(op)
        applied = point
        acknowledged = disk.current(str(work / "acks")).decode().splitlines()
        path = restore(disk.after_cut(rng), work, folder / "cut")
        try:
            found = lost(path, acknowledged)
        except sqlite3.Error as error:
            found = [f"SQLite rejects it: {error}"]
        if number % REOPEN_EVERY == 0:
            found += asyncio.run(reopen(path))
        faults += [f"cut {point}: {fault}" for fault in found]
    return faults


def test_a_power_cut_loses_no_acknowledged_turn(recorder: Path, tmp_path: Path) -> None:
    ops = record(recorder, tmp_path, "SqliteStore", TURNS)
    fast = Path("/dev/shm")
    folder = fast / f"cuts-{os.getpid()}" if fast.is_dir() else tmp_path / "cuts"
    folder.mkdir()
    try:
        faults = cut(ops, tmp_path / "work", folder, CUTS, random.Random(3))
    finally:
        shutil.rmtree(folder)
    syncs = sum(op.kind == "s" for op in ops)
    print(f"cuts {CUTS} in {len(ops)} operations with {syncs} syncs")
    assert faults == []
    assert syncs > TURNS / 10, "the recorder must see the syncs"


@pytest.mark.parametrize("bug", ["NormalStore", "AcknowledgeFirstStore", "SplitTransactionStore"])
def test_a_planted_bug_is_detected(recorder: Path, tmp_path: Path, bug: str) -> None:
    ops = record(recorder, tmp_path, bug, 150)
    assert cut(ops, tmp_path / "work", tmp_path, 60, random.Random(4)) != []
