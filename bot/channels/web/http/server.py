"""Listening: sockets, uvicorn, an orderly end, and what is said once the service runs."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import segno
import uvicorn
from starlette.applications import Starlette

from bot.channels.web.http.slow_headers import HEAD_SECONDS, bounded, sweep
from bot.channels.web.http.write_coalescing import gathering
from bot.errors import ChannelError, reason

BACKLOG = 1024
GRACE_SECONDS = 10


async def listen(
    web: Starlette,
    addresses: Sequence[tuple[str, int]],
    trusted_proxies: Sequence[str],
    started: Callable[[Sequence[tuple[str, int]]], None],
    *,
    head_seconds: float = HEAD_SECONDS,
) -> int:
    """Serve on these addresses until SIGTERM or Ctrl-C; 0 if it had started. A turn in flight is
    finished first. `started` hears the real addresses. Who takes longer than `head_seconds` over
    the head of a request is cut off. Raises ChannelError for a taken port."""
    sockets = _bound(addresses)
    config = uvicorn.Config(
        web,
        http=_protocol(),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        ws="none",
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=",".join(trusted_proxies) or None,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
    )
    server = _Server(config, lambda: started([s.getsockname()[:2] for s in sockets]))
    sweeping = asyncio.create_task(
        sweep(server.server_state.connections, head_seconds), name="sweep"
    )
    try:
        with _stopping_well(server):
            await server.serve(sockets=sockets)
    finally:
        sweeping.cancel()
    return 0 if server.started else 1


def _protocol() -> Any:
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ImportError:  # Windows has no httptools
        return "h11"
    return bounded(gathering(HttpToolsProtocol))


_WAYS_OUT = {
    errno.EADDRINUSE: "换一个端口，或先停掉占用它的程序。",
    errno.EADDRNOTAVAIL: "只给本机用写 127.0.0.1，要让手机打开写 0.0.0.0。",
    errno.EACCES: "1024 以下的端口要管理员权限：换一个大些的，例如 8080。",
}


class _Server(uvicorn.Server):
    """A server that says when it listens, and leaves the signals to us: SIGTERM is a good end."""

    def __init__(self, config: uvicorn.Config, told: Callable[[], None]) -> None:
        super().__init__(config)
        self._told = told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._told()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def _stopping_well(server: uvicorn.Server) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def _bound(addresses: Sequence[tuple[str, int]]) -> list[socket.socket]:
    # [::] would take IPv4 as well: where somebody also named an IPv4 address, that one has it.
    ports = {port for host, port in addresses if port and ":" not in host}
    with contextlib.ExitStack() as undone:
        sockets = [
            undone.enter_context(_bind(host, port, only_v6=":" in host and port in ports))
            for host, port in addresses
        ]
        undone.pop_all()
    return sockets


def _bind(host: str, port: int, *, only_v6: bool = False) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        if only_v6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, port))
        # Only who listens has the port: of two that start at once, both could be bound to it.
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        way_out = _WAYS_OUT.get(error.errno or 0, "请检查 listen 里的地址。")
        why = "认不出这个地址" if isinstance(error, socket.gaierror) else reason(error)
        raise ChannelError(f"网页服务不能监听 {host}:{port}：{why}。{way_out}") from None
    return sock


def announce(
    addresses: Sequence[tuple[str, int]],
    running: Sequence[str],
    asleep: Sequence[str],
    public_url: str,
) -> None:
    """Print the address, which channels run and which don't and why, and a code for the phone."""
    lines = ["柳创通已启动，停止请按 Ctrl-C。"]
    lines += [f"  网页　　　{_url(_here(host), port)}" for host, port in addresses]
    lines += [f"  已启动　　{name}" for name in running]
    lines += [f"  未启动　　{name}" for name in asleep]
    out = sys.stdout
    out.write("\n".join(lines) + "\n")
    address = public_url or _for_phones(addresses)
    if address:
        out.write(f"手机扫码打开 {address}\n")
        segno.make(address, micro=False).terminal(out=out, compact=True)
    else:
        out.write("想让同一网络里的手机打开：把 config.yaml 的 listen 改成 0.0.0.0:8080\n")
    out.flush()


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _here(host: str) -> str:
    """What this machine itself can open: no browser opens “every address”."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared


def _for_phones(addresses: Sequence[tuple[str, int]]) -> str:
    """An address that a phone on the same network can open, or ""."""
    for host, port in addresses:
        reachable = _own_address() if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared
        if reachable and not reachable.startswith("127.") and reachable != "::1":
            return _url(reachable, port)
    return ""


def _own_address() -> str:
    """This machine's address on its network. Nothing is sent: connecting a datagram socket only
    asks the system which way it would go."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])
