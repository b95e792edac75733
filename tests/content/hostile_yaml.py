"""Input that makes an ordinary YAML loader hang, crash or run for minutes."""

from __future__ import annotations

from bot.content.documents.tree import MAX_BYTES


def merge_bomb() -> bytes:
    """Return 431 bytes that a loader with merge keys never finishes."""
    lines = ["a0: &a0 {k: v}"]
    lines += [f"a{n}: &a{n} {{<<: [*a{n - 1},*a{n - 1}]}}" for n in range(1, 14)]
    return "\n".join(lines).encode()[:431]


HOSTILE = {
    "merge bomb": merge_bomb(),
    "depth 40,000": b"[" * 40_000,
    "depth 40,000, closed": b"[" * 40_000 + b"]" * 40_000,
    "mappings in mappings": b"{a: " * 40_000,
    "indents": b"".join(b" " * n + b"a:\n" for n in range(2000)),
    "tag directives": b"".join(b"%%TAG !a%d! b\n" % n for n in range(120_000)),
    "one long key": b"a" * (MAX_BYTES - 4) + b": b",
    "blanks before a comment": b"a: b" + b" " * (MAX_BYTES - 10) + b"#c",
    **{
        f"2 MiB of {unit!r}": (unit * (MAX_BYTES // len(unit) + 1))[:MAX_BYTES]
        for unit in (
            *(b"[", b"]", b"{", b"}", b"(", b"- ", b"? ", b"- - ? ", b"a: ", b'"', b"'", b"|\n"),
            *(b">\n", b"&a ", b"*a ", b"!a ", b"#", b"%", b"---\n", b"...\n", b"[],", b"{},"),
            *(b"\n", b" ", b"\r", b"\\", b"&", b"*", b"!", b",", b":", b"<<: ", b"[a, ", b"{? "),
            *(b"-\n", b"a:\n", b"- a\n", b"?\n", b"a #b\n", b"- a #b\n", b"\n- ", b"- '\n\n"),
            *("：".encode(), "、甲 ".encode(), "- 甲\n  乙\n".encode()),
        )
    },
}
