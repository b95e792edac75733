"""What one visitor's load does to the others: `python -m bench.neighbours [seconds]`. Needs wrk.

One server process over a new SQLite file. A visitor sends one message after another, while wrk
asks for pages with 32 connections: a result card, the chat page, /readyz, a script, each from an
address that has not used its limit yet. Prints the latency of the visitor's turns, first without
that load, and the ratio; once with the default limit of pages per address and once without. At the
end 25 connections each send 15,000 requests ahead and read nothing, three times; prints the
resident memory.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from bench.web import CONNECTIONS, checked
from tests.channels.web.served_page import Service, served

PAUSE = 0.02  # seconds between two turns of the visitor
FLOOD_CONNECTIONS, FLOOD_REQUESTS, FLOOD_SECONDS = 25, 15_000, 8
ASKED = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
LIMITED = {"LIMITS__ADDRESS_READS_PER_MINUTE": "3000"}


def main(seconds: int) -> None:
    """Measure and print."""
    for title, limits in (("默认限制", LIMITED), ("不限地址", {})):
        with tempfile.TemporaryDirectory() as name, served(Path(name), **limits) as service:
            checked(Path(name))
            print(title)
            card = card_of(service.url)
            idle = turns(service.url, seconds)
            print(f"  没有别人　　p50 {idle[0]:6.1f} ms  p99 {idle[1]:6.1f} ms", flush=True)
            style = re.search(r"/static/render[^\"]+", httpx.get(service.url).text)
            assert style
            for number, path in enumerate((card, "/", "/readyz", style[0])):
                measure(service, path, f"198.51.100.{number}", seconds, idle)
            before = service.resident
            for _ in range(3):
                asyncio.run(flood(service))
                print(f"  抢发请求　　{before:.0f} → {service.resident:.0f} MB", flush=True)


def card_of(url: str) -> str:
    """Return the path of a result card."""
    with httpx.Client(base_url=url, timeout=60) as visitor:
        visitor.get("/")
        for choice in ("c:start", "a:identity:student"):
            visitor.post("/chat", json={"choice": choice})
        return visitor.get("/card").headers["location"]


def measure(
    service: Service, path: str, address: str, seconds: int, idle: tuple[float, float]
) -> None:
    """Print the latency of turns while wrk asks for this path from this address."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds + 1}s"]
    command += ["-H", f"X-Forwarded-For: {address}", "-H", "Accept-Encoding: gzip"]
    with subprocess.Popen(
        [*command, service.url + path], stdout=subprocess.PIPE, text=True
    ) as wrk:
        p50, p99 = turns(service.url, seconds)
        out = wrk.communicate()[0]
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    print(
        f"  {path[:10]:10}  p50 {p50:6.1f} ms  p99 {p99:6.1f} ms"
        f"  ×{p50 / idle[0]:.1f} ×{p99 / idle[1]:.1f}  ({rate[1] if rate else 0} 次/秒)",
        flush=True,
    )


def turns(url: str, seconds: int) -> tuple[float, float]:
    """Hold a conversation; return the median and the 99th percentile of its turns in ms."""
    taken = []
    with httpx.Client(base_url=url, timeout=120) as visitor:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            body = {"user": f"u{time.time_ns()}", "choice": "c:start"}
            began = time.perf_counter()
            assert visitor.post("/api/v1/chat", json=body).status_code in (200, 429)
            taken.append((time.perf_counter() - began) * 1000)
            time.sleep(PAUSE)
    few = len(taken) < 2  # they took so long
    return statistics.median(taken), taken[0] if few else statistics.quantiles(taken, n=100)[98]


async def flood(service: Service) -> None:
    """Send requests ahead over several connections, and read nothing."""
    port = int(service.url.rpartition(":")[2])

    async def connection() -> None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
            writer.write(ASKED * FLOOD_REQUESTS)
            await asyncio.wait_for(writer.drain(), FLOOD_SECONDS)
            await asyncio.sleep(FLOOD_SECONDS)
        except (OSError, TimeoutError):
            return
        writer.transport.abort()

    await asyncio.gather(*(connection() for _ in range(FLOOD_CONNECTIONS)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 10)
