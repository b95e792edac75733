"""Durable turns per second over HTTP: `python -m bench.web [seconds]`. Needs wrk.

One server process (uvicorn, uvloop, httptools) over a new SQLite file with synchronous=FULL, the
whole guide on the real knowledge. wrk with 32 connections plays interviews of five turns with new
users and messages. The question of an interview comes from tests/questions: in one run from all of
them (more than the cache holds), in one from 20 common ones. The load begins after the check of
the knowledge at the start. Prints turns per second, latency and resident memory.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.peers import questions_on_file
from tests.channels.web.served_page import served

CONNECTIONS = 32
COMMON = 20
CHECKED = re.compile("knowledge_live|knowledge_refused")
INTERVIEW = (
    "choice:c:start",
    "text:在校学生",
    "question",
    "choice:a:stage:idea",
    "choice:a:needs:funding",
)
LUA = """
local talk = {%s}
local questions = {%s}
local name = "%s"
local n = 0
function request()
  local turn = n %% #talk
  local number = math.floor(n / #talk)
  local user = name .. "-" .. number
  n = n + 1
  local said = talk[turn + 1]
  if said == "" then said = '"text":"' .. questions[number %% #questions + 1] .. '"' end
  local body = string.format('{"user":"%%s","message_id":"m%%d",%%s}', user, n, said)
  return wrk.format("POST", "/api/v1/chat", {["Content-Type"] = "application/json"}, body)
end
function done(summary, latency)
  local bad = summary.errors.status + summary.errors.read + summary.errors.timeout
  print(string.format("BAD %%d P50 %%d P99 %%d MAX %%d",
    bad, latency:percentile(50), latency:percentile(99), latency.max))
end
"""


def main(seconds: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name, served(Path(name)) as service:
        folder = Path(name)
        checked(folder)
        print(f"起步内存 {service.resident:.0f} MB")
        runs = (
            ("预热", 3, None),
            ("问题都是新的", seconds, None),
            ("常问的问题", seconds, COMMON),
        )
        for number, (what, length, common) in enumerate(runs):
            script = folder / f"talk-{number}.lua"
            script.write_text(_lua(f"u{number}", number, common), "utf-8")
            line = _wrk(service.url, script, length)
            print(f"{what} {length} 秒：{line}；内存 {service.resident:.0f} MB")


def checked(folder: Path, seconds: float = 90.0) -> None:
    """Wait until the service of this folder has checked its knowledge, which a separate process
    does after the start with one core."""
    ends = time.monotonic() + seconds
    while not CHECKED.search((folder / "service.log").read_text("utf-8")):
        if time.monotonic() > ends:
            raise SystemExit("the knowledge was not checked in time")
        time.sleep(0.2)


def usable(questions: list[str]) -> list[str]:
    """Return the questions that need no escaping in a Lua string."""
    return [q for q in questions if q.isprintable() and not set(q) & set("\"\\'")]


def _lua(name: str, seed: int, common: int | None = None) -> str:
    turns = []
    for said in INTERVIEW:
        kind, _, value = said.partition(":")
        turns.append(f"""'"{kind}":"{value}"'""" if value else "''")
    asked = ", ".join(f'"{q}"' for q in usable(questions_on_file(seed))[:common])
    return LUA % (", ".join(turns), asked, name)


def _wrk(url: str, script: Path, seconds: int) -> str:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), url]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    figures = re.search(r"BAD (\d+) P50 (\d+) P99 (\d+) MAX (\d+)", out)
    if not (rate and figures):
        raise SystemExit(out)
    bad, *micros = (int(x) for x in figures.groups())
    p50, p99, longest = (m / 1000 for m in micros)
    return (
        f"{float(rate[1]):,.0f} 轮/秒，p50 {p50:.1f} ms，p99 {p99:.1f} ms，"
        f"最长 {longest:.0f} ms，失败 {bad}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 10)
