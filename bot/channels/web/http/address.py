"""The key of a network address for the rate limit."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address


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
