"""Durable turns per second over HTTP: `python -m bench.web [seconds]`. Needs wrk.

One server process (uvicorn, uvloop, httptools) over a new SQLite file with synchronous=FULL, the
whole guide on the real knowledge; wrk with 32 connections plays interviews of five turns, every
user and message new. Prints turns per second, latency and the memory that the server holds.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.channels.service import served

CONNECTIONS = 32
TALK = (
    "choice:c:start",
    "text:在校学生",
    "text:开网店能贷款吗",
    "choice:a:stage:idea",
    "choice:a:needs:funding",
)
LUA = """
local talk = {%s}
local thread_id = 0
local n = 0
function setup(thread) thread:set("id", thread_id); thread_id = thread_id + 1 end
function request()
  local turn = n %% #talk
  local user = id .. "-" .. math.floor(n / #talk)
  n = n + 1
  local body = string.format('{"user":"u%%s","message_id":"m%%d",%%s}', user, n, talk[turn + 1])
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
        print(f"起步内存 {service.resident:.0f} MB")
        script = Path(name) / "talk.lua"
        script.write_text(_lua(), "utf-8")
        for what, length in (("预热", 3), ("测量", seconds)):
            line = _wrk(service.url, script, length)
            print(f"{what} {length} 秒：{line}；内存 {service.resident:.0f} MB")


def _lua() -> str:
    turns = []
    for said in TALK:
        kind, _, value = said.partition(":")
        turns.append(f"""'"{kind}":"{value}"'""")
    return LUA % ", ".join(turns)


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
