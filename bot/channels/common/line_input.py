"""Decode lines that a terminal, a pipe or a file sends."""

from __future__ import annotations

import re

BOM = "\ufeff"
# Arrow, delete and function keys, and the marks around a pasted text, where no line editor reads
# them: ESC [ … letter or ~, and ESC O letter (ECMA-48).
_KEY_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.)")


def decode_line(line: bytes) -> str:
    """Return the text of one line.

    A line that is not UTF-8 is read as GB 18030, which contains GBK: the encoding of Chinese
    terminals and files that do not use UTF-8. Bytes that are neither become U+FFFD.
    """
    for encoding in ("utf-8", "gb18030"):
        try:
            return line.decode(encoding).removeprefix(BOM)
        except UnicodeDecodeError:
            continue
    return line.decode("utf-8", "replace").removeprefix(BOM)


def without_keys(text: str) -> str:
    """Return typed text without the sequences of keys that are no characters."""
    return _KEY_SEQUENCE.sub("", text)
