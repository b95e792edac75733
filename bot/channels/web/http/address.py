"""The address of a client for the rate limit, and the address of this service for links."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from starlette.requests import Request

_PORT = re.compile(r":\d{1,5}$", re.ASCII)


def own_origin(request: Request, public_url: str) -> str:
    """Return the public address, else the address that the visitor opened if it cannot lead to a
    foreign site, else ""."""
    if public_url:
        return public_url
    host = request.headers.get("host", "")
    return f"{request.url.scheme}://{host}" if _is_local_name(host) else ""


def _is_local_name(host: str) -> bool:
    """Return whether this is an IP address, or a name of the local network: the Host header is the
    word of the client, and anybody can own another name."""
    name = _PORT.sub("", host).lower()
    try:
        ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return bool(name) and ("." not in name or name.endswith(".local"))
    return True


@lru_cache(maxsize=1024)
def address_key(host: str) -> str:
    """Return the key of a client address: the address, or the /64 network of an IPv6 address,
    because one subscriber can use any address of a /64."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(int(address) >> 64)
    return host
