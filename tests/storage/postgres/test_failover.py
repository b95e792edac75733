"""The servers of a URL."""

from __future__ import annotations

import pytest

from bot.storage.postgres.failover import server_urls


@pytest.mark.parametrize(
    ("url", "urls"),
    [
        ("postgresql://a/d", ["postgresql://a/d"]),
        ("postgresql://u:p@[::1]:5432/d?x=1", ["postgresql://u:p@[::1]:5432/d?x=1"]),
        ("postgresql://u@/d?host=/run/pg", ["postgresql://u@/d?host=/run/pg"]),
        ("postgresql:///d", ["postgresql:///d"]),
        (
            "postgresql://u:p%40@a:1,b/d?target_session_attrs=read-write",
            ["postgresql://u:p%40@a:1/d", "postgresql://u:p%40@b/d"],
        ),
        (
            "postgresql://[::1]:1,[::2]/d?sslmode=require",
            [f"postgresql://{host}/d?sslmode=require" for host in ("[::1]:1", "[::2]")],
        ),
        (
            "postgres://a,b/d?target_session_attrs=any",
            [f"postgres://{host}/d" for host in "ab"],
        ),
        (
            "postgresql://u@/d?host=a,b&port=1,2",
            [f"postgresql://u@/d?host={h}&port={p}" for h, p in zip("ab", "12", strict=True)],
        ),
        (
            "postgresql://u@/d?host=a,b&port=1",
            [f"postgresql://u@/d?host={host}&port=1" for host in "ab"],
        ),
        ("postgresql://u@/d?host=a,b", [f"postgresql://u@/d?host={h}" for h in "ab"]),
    ],
)
def test_each_server_gets_a_url_of_its_own(url: str, urls: list[str]) -> None:
    assert server_urls(url) == urls
