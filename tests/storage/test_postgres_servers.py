"""Which servers a URL names."""

from __future__ import annotations

import pytest

from bot.storage.postgres_servers import server_urls

WRITES = "target_session_attrs=read-write"


@pytest.mark.parametrize(
    ("url", "urls"),
    [
        ("postgresql://a/d", ["postgresql://a/d"]),
        ("postgresql://u:p@[::1]:5432/d?x=1", ["postgresql://u:p@[::1]:5432/d?x=1"]),
        ("postgresql://u@/d?host=/run/pg", ["postgresql://u@/d?host=/run/pg"]),
        ("postgresql:///d", ["postgresql:///d"]),
        (
            f"postgresql://u:p%40@a:1,b/d?{WRITES}",
            [f"postgresql://u:p%40@a:1/d?{WRITES}", f"postgresql://u:p%40@b/d?{WRITES}"],
        ),
        (
            "postgresql://[::1]:1,[::2]/d?sslmode=require",
            [f"postgresql://{host}/d?{WRITES}&sslmode=require" for host in ("[::1]:1", "[::2]")],
        ),
        (
            "postgres://a,b/d?target_session_attrs=any",
            [f"postgres://{host}/d?target_session_attrs=any" for host in "ab"],
        ),
        (
            "postgresql://u@/d?host=a,b&port=1,2",
            [
                f"postgresql://u@/d?{WRITES}&host={h}&port={p}"
                for h, p in zip("ab", "12", strict=True)
            ],
        ),
        (
            "postgresql://u@/d?host=a,b&port=1",
            [f"postgresql://u@/d?{WRITES}&host={host}&port=1" for host in "ab"],
        ),
        ("postgresql://u@/d?host=a,b", [f"postgresql://u@/d?{WRITES}&host={h}" for h in "ab"]),
    ],
)
def test_every_server_has_its_url(url: str, urls: list[str]) -> None:
    assert server_urls(url) == urls
