"""Bind the sockets, run uvicorn until SIGTERM, and print the announcement for the admin."""

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
import structlog
import uvicorn
from starlette.applications import Starlette

from bot.channels.common.logging import log_fault
from bot.channels.common.standard_streams import discard_output
from bot.channels.web.http.connection_limits import (
    MAX_HEADER_SECONDS,
    MAX_UNREAD_SECONDS,
    FileWatch,
    close_slow_connections,
    limit_requests,
)
from bot.errors import ChannelError, reason

BACKLOG = 1024
# Seconds that responses in flight get at the end.
GRACE_SECONDS = 10


async def listen(
    web: Starlette,
    addresses: Sequence[tuple[str, int]],
    trusted_proxies: Sequence[str],
    started: Callable[[Sequence[tuple[str, int]]], None],
    *,
    max_header_seconds: float = MAX_HEADER_SECONDS,
    max_unread_seconds: float = MAX_UNREAD_SECONDS,
) -> int:
    """Serve on these addresses until SIGTERM or Ctrl-C, then complete the turns in flight.

    Call `started` with the real addresses once requests are accepted. Close connections that send
    no complete request headers within `max_header_seconds`, or read nothing of an answer for
    `max_unread_seconds`. Return the exit code: 0 if the service had started, else 1. Raises
    ChannelError for an address that cannot be bound.
    """
    sockets = _bind_all(addresses)
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
    closing = asyncio.create_task(
        close_slow_connections(
            server.server_state.connections,
            max_header_seconds,
            max_unread_seconds,
            FileWatch(_open_files_limit(), _warn_of_open_files).observe,
        ),
        name="slow-connections",
    )
    try:
        with _stop_on_signals(server):
            await server.serve(sockets=sockets)
    finally:
        closing.cancel()
    return 0 if server.started else 1


def _protocol() -> Any:
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ImportError:  # Windows has no httptools
        return "h11"
    return limit_requests(HttpToolsProtocol)


def _open_files_limit() -> int:
    """Return how many files, sockets among them, this process may have open."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return sys.maxsize
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return sys.maxsize if limit == resource.RLIM_INFINITY else limit


def _warn_of_open_files(connections: int, limit: int) -> None:
    structlog.get_logger().warning("open_files_short", connections=connections, limit=limit)


_ADVICE = {
    errno.EADDRINUSE: "换一个端口，或先停掉占用它的程序。",
    errno.EADDRNOTAVAIL: "只给本机用写 127.0.0.1，要让手机打开写 0.0.0.0。",
    errno.EACCES: "1024 以下的端口要管理员权限：换一个大些的，例如 8080。",
}


class _Server(uvicorn.Server):
    """uvicorn's server with a callback after startup. It leaves signals to `_stop_on_signals`,
    because uvicorn raises SIGTERM again at the end and the exit code would not be 0."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def _stop_on_signals(server: uvicorn.Server) -> Iterator[None]:
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


def _bind_all(addresses: Sequence[tuple[str, int]]) -> list[socket.socket]:
    # [::] would take IPv4 too, which fails where the settings also name the port for IPv4.
    ipv4_ports = {port for host, port in addresses if port and ":" not in host}
    with contextlib.ExitStack() as on_error:
        sockets = [
            on_error.enter_context(_bind(host, port, only_v6=":" in host and port in ipv4_ports))
            for host, port in addresses
        ]
        on_error.pop_all()
    return sockets


def _bind(host: str, port: int, *, only_v6: bool = False) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        if only_v6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, port))
        # With SO_REUSEADDR two processes can bind the same port; only one of them can listen.
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        advice = _ADVICE.get(error.errno or 0, "请检查 listen 里的地址。")
        why = "认不出这个地址" if isinstance(error, socket.gaierror) else reason(error)
        raise ChannelError(f"网页服务不能监听 {host}:{port}：{why}。{advice}") from None
    return sock


def announce(
    addresses: Sequence[tuple[str, int]],
    running: Sequence[str],
    off: Sequence[str],
    public_url: str,
    *,
    product: str,
) -> None:
    """Print the addresses, the channels that run, those that are off with the reason, and a QR
    code for the phone. A standard output that is closed or full is logged: the service goes on."""
    try:
        _print_announcement(addresses, running, off, public_url, product)
    except OSError as error:
        discard_output()
        log_fault("announcement_not_printed", error)


def _print_announcement(
    addresses: Sequence[tuple[str, int]],
    running: Sequence[str],
    off: Sequence[str],
    public_url: str,
    product: str,
) -> None:
    lines = [f"{product}已启动，停止请按 Ctrl-C。"]
    lines += [f"  网页　　　{local_url(host, port)}" for host, port in addresses]
    lines += [f"  已启动　　{name}" for name in running]
    lines += [f"  未启动　　{name}" for name in off]
    out = sys.stdout
    out.write("\n".join(lines) + "\n")
    address = public_url or _address_for_phones(addresses)
    if address:
        out.write(f"手机扫码打开 {address}\n")
        segno.make(address, micro=False).terminal(out=out, compact=True)
    else:
        out.write("想让同一网络里的手机打开：把 config.yaml 的 listen 改成 0.0.0.0:8080\n")
    out.flush()


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def local_url(host: str, port: int) -> str:
    """Return the page address that a browser on this machine can open."""
    return _url(_local_host(host), port)


def _local_host(host: str) -> str:
    """Return the host that a browser on this machine can open; wildcard addresses cannot be."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared


def _address_for_phones(addresses: Sequence[tuple[str, int]]) -> str:
    """Return a URL that a phone on the same network can open, or ""."""
    for host, port in addresses:
        reachable = _lan_address() if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared
        if reachable and not reachable.startswith("127.") and reachable != "::1":
            return _url(reachable, port)
    return ""


def _lan_address() -> str:
    """Return this machine's address on its network, or "". Sends nothing: connecting a datagram
    socket only asks the system for the route to an address (here one reserved for documents)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])
