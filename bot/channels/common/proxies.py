"""Name the proxy setting when an HTTP client cannot be created because of it.

httpx reads proxies from the environment when a client is created, and raises a different exception
for each kind of wrong value: InvalidURL for an IPv6 address in NO_PROXY, ValueError for an unknown
scheme, ImportError for SOCKS without its package.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from bot.errors import ChannelError

_EXCEPTIONS: tuple[str, ...] = ("NO_PROXY", "no_proxy")
_PROXIES: tuple[str, ...] = (
    "ALL_PROXY",
    "all_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
)


@contextmanager
def proxy_errors_as_channel_errors(client: str, setting: str = "") -> Iterator[None]:
    """Turn the exceptions of a client's creation into a ChannelError that names the cause.

    `client`: what the connection is for, in the admin's words. `setting`: the name of the proxy
    setting that is set, "" if the environment decides. Values are not shown: a proxy URL may hold
    a password.
    """
    try:
        yield
    except (httpx.InvalidURL, ValueError, RuntimeError, ImportError) as error:
        cause = setting or _variables(error)
        raise ChannelError(
            f"{client}的代理设置用不了：请核对 {cause}；socks5 代理还要另装 socksio"
        ) from None


def _variables(error: Exception) -> str:
    """Return the environment variables that can have caused this error."""
    groups = [_PROXIES, _EXCEPTIONS]
    if isinstance(error, httpx.InvalidURL):
        groups.reverse()
    for names in groups:
        found = [name for name in names if os.environ.get(name)]
        if found:
            return "环境变量 " + "、".join(found)
    return "系统的代理设置"
