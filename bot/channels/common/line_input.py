"""Decode lines that a terminal, a pipe or a file sends."""

from __future__ import annotations

import codecs
import re

BOM = "\ufeff"
# Arrow, delete and function keys, and the marks around a pasted text, where no line editor reads
# them: ESC [ … letter or ~, and ESC O letter (ECMA-48); ESC [ [ letter on the console of Linux.
_KEY_SEQUENCE = re.compile(r"\x1b(?:\[\[[A-E]|\[[0-?]*[ -/]*[@-~]|O.)")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class LineDecoder:
    """Splits bytes that arrive in pieces into lines of text.

    Input that begins with the mark of UTF-16 is UTF-16, as Windows PowerShell writes files. Any
    other line is read by `decode_line`.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._started = False
        self._utf_16: codecs.IncrementalDecoder | None = None

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that these bytes complete."""
        if not self._started:
            data = b"".join([*self._parts, data])
            if len(data) < 2:
                self._parts = [data]
                return []
            self._parts, self._started = [], True
            if data[:2] in _UTF_16:
                self._utf_16 = codecs.getincrementaldecoder("utf-16")("replace")
        return self._split(self._as_utf_8(data))

    def end(self) -> list[str]:
        """Return the last line, which has no line break, if there is one."""
        rest = b"".join(self._parts)
        if self._utf_16:
            rest += self._utf_16.decode(b"", True).encode()
        return [decode_line(rest)] if rest else []

    def _as_utf_8(self, data: bytes) -> bytes:
        # A lone surrogate becomes U+FFFD in the decoder and is never passed on.
        return self._utf_16.decode(data).encode() if self._utf_16 else data

    def _split(self, data: bytes) -> list[str]:
        first, *others = data.split(b"\n")
        self._parts.append(first)
        if not others:
            return []
        lines = [b"".join(self._parts), *others[:-1]]
        self._parts = [others[-1]]
        return [decode_line(line) for line in lines]


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
