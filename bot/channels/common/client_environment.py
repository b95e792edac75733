"""Name the setting when an HTTP client cannot be created because of the environment.

httpx reads proxies and certificates from the environment when a client is created, and raises a
different exception for each kind of wrong value: InvalidURL for an IPv6 address in brackets in
NO_PROXY, ValueError for an unknown scheme, ImportError for SOCKS without its package, OSError for
certificates that are missing. It refuses a port above 65535 only at the first request.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import getproxies

import httpx

from bot.errors import ChannelError

# The schemes for which httpx reads a proxy, in getproxies().
_SCHEMES = ("all", "https", "http")
_CERTIFICATES = ("SSL_CERT_FILE", "SSLKEYLOGFILE")
_LARGEST_PORT = 65535
_CREATION_ERRORS = (httpx.InvalidURL, ValueError, RuntimeError, ImportError, OSError)
_SOCKS_HINT = "；socks5 代理还要另装 socksio（写成 socks5://，不是 socks://）"
_EXCEPTIONS_HINT = "；其中的 IPv6 地址不写方括号，也不写网段"


@contextmanager
def creation_errors_as_channel_errors(
    client: str, *, proxy: str = "", setting: str = ""
) -> Iterator[None]:
    """Turn the exceptions of a client's creation into a ChannelError that names the cause.

    `client`: what the connection is for, in the admin's words. `proxy`: the proxy of the setting
    named `setting`, "" if the environment decides. Values are not shown: a proxy URL may hold a
    password.
    """
    used = [proxy] if proxy else [url for url, _ in _environment_proxies()]
    try:
        for url in used:
            _check_port(url)
        yield
    except _CREATION_ERRORS as error:
        raise ChannelError(f"{client}{_cause(error, proxy, setting)}") from None


def _cause(error: Exception, proxy: str, setting: str) -> str:
    """Return what must be corrected: the variables that are wrong, and how."""
    if isinstance(error, OSError):
        return f"的证书设置用不了：请核对 {_set_variables(*_CERTIFICATES) or '系统的证书'}"
    if proxy:
        return f"的代理用不了：请核对 {setting}{_socks_hint(proxy)}"
    wrong = [(url, names) for url, names in _environment_proxies() if not _is_usable(url)]
    if wrong:
        names = "、".join(names for _, names in wrong)
        return f"的代理用不了：请核对 {names}{_socks_hint(*(url for url, _ in wrong))}"
    exceptions = _set_variables("NO_PROXY")
    if exceptions:
        return f"的代理用不了：请核对 {exceptions}{_EXCEPTIONS_HINT}"
    return "的代理用不了：请核对系统的代理设置"


def _environment_proxies() -> list[tuple[str, str]]:
    """Return each proxy that httpx reads from the environment, with the names of its variables."""
    proxies = getproxies()
    return [
        (url, _set_variables(f"{scheme.upper()}_PROXY", value=url) or "系统的代理设置")
        for scheme in _SCHEMES
        if (url := proxies.get(scheme, ""))
    ]


def _set_variables(*names: str, value: str = "") -> str:
    """Return the variables of these names, in any case, that are set (to this value)."""
    found = [
        variable
        for variable, text in os.environ.items()
        if text and variable.upper() in names and value in ("", text)
    ]
    return "环境变量 " + "、".join(found) if found else ""


def _is_usable(proxy: str) -> bool:
    """Return whether httpx can create a connection pool for this proxy."""
    try:
        _check_port(proxy)
        # httpx reads no certificates from the environment here: they have their own message.
        httpx.AsyncHTTPTransport(proxy=_url(proxy), trust_env=False)
    except _CREATION_ERRORS:
        return False
    return True


def _check_port(proxy: str) -> None:
    """Raise ValueError for a port that no connection can have."""
    if (_url(proxy).port or 0) > _LARGEST_PORT:
        raise ValueError("the port is too large")


def _url(proxy: str) -> httpx.URL:
    # httpx adds the scheme in the same way.
    return httpx.URL(proxy if "://" in proxy else f"http://{proxy}")


def _socks_hint(*proxies: str) -> str:
    return _SOCKS_HINT if any(proxy.startswith("socks") for proxy in proxies) else ""
