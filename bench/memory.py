"""Measure the memory of `serve` over many sessions:

    python -m bench.memory [--sessions 100000] [--seconds 240]

Needs wrk. One server process on a new SQLite file, with default limits; wrk with 32 connections
runs sessions of two turns over HTTP on loopback, each with a new user: the choice 开始, then a new
question (two of tests/questions joined), so that the caches fill up. Prints the resident megabytes
after the check at the start, at every 10,000 sessions, and after ten idle seconds at the end.
Stops early when the time is over.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.peers import questions_on_file
from bench.quality import KNOWLEDGE
from bench.web import CONNECTIONS, checked, usable
from tests.channels.web.served_page import Service, served

STEP = 10_000
IDLE_SECONDS = 10
LUA = """
local many, step, lag = %d, %d, %d
local questions = {%s}
local sent, back, thread = 0, 0, nil
function setup(t) thread = t end
function request()
  -- Blocks of first turns, then of second turns: no user has two in flight.
  local block, place = math.floor(sent / (2 * lag)), sent %% (2 * lag)
  local user = block * lag + place %% lag
  local said = '"choice":"c:start"'
  if place >= lag then said = '"text":"' .. questions[user %% #questions + 1] .. '"' end
  sent = sent + 1
  local body = string.format('{"user":"u%%d","message_id":"m%%d",%%s}', user, sent, said)
  return wrk.format("POST", "/api/v1/chat", {["Content-Type"] = "application/json"}, body)
end
function response()
  back = back + 1
  if back %% (2 * step) == 0 then print("AT " .. back / 2); io.stdout:flush() end
  if back == 2 * many then wrk.thread:stop() end
end
function done(summary, latency)
  local bad = summary.errors.status + summary.errors.read + summary.errors.timeout
  local p99 = latency:percentile(99) / 1000
  print(string.format("%%d turns, %%d failed, p99 %%.0f ms", summary.requests, bad, p99))
end
"""


def questions(count: int) -> list[str]:
    """Return this many different questions, each made of two from tests/questions."""
    on_file = usable(questions_on_file(seed=2))
    chance = random.Random(3)
    found: dict[str, None] = {}
    while len(found) < count:
        found[f"{chance.choice(on_file)}，{chance.choice(on_file)}"] = None
    return list(found)


def load(service: Service, script: Path, seconds: int) -> str:
    """Run the sessions and print the memory on the way; return the last line of wrk."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), service.url]
    began = time.monotonic()
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as wrk:
        assert wrk.stdout
        for line in wrk.stdout:
            last = line
            if line.startswith("AT "):
                at = int(float(line.split()[1]))
                passed = time.monotonic() - began
                print(f"{at:9,}  {service.resident:6.1f} MB  {passed:5.0f} s", flush=True)
    return last.strip()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.memory")
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=240, help="time limit")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # A copy: a change saved during the run would be reloaded and measured.
        shutil.copytree(KNOWLEDGE, folder / "knowledge")
        quoted = ", ".join(f'"{q}"' for q in questions(options.sessions))
        script = folder / "sessions.lua"
        step = min(STEP, max(1, options.sessions // 10))
        script.write_text(LUA % (options.sessions, step, CONNECTIONS, quoted), "utf-8")
        limits = {"LIMITS__USER_PER_MINUTE": "40", "LIMITS__ADDRESS_PER_MINUTE": "100000000"}
        with served(folder, KNOWLEDGE=str(folder / "knowledge"), **limits) as service:
            print(f"load {os.getloadavg()[0]:.2f}; listening: {service.resident:.1f} MB")
            checked(folder)
            print(f"{'start':>9}  {service.resident:6.1f} MB", flush=True)
            done = load(service, script, options.seconds)
            print(f"{'end':>9}  {service.resident:6.1f} MB  {done}", flush=True)
            time.sleep(IDLE_SECONDS)
            size = (folder / "service.db").stat().st_size / 1e6
            print(f"{'idle':>9}  {service.resident:6.1f} MB; store {size:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
