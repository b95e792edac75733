"""Progress lines: on a terminal, for work longer than a second."""

from __future__ import annotations

import io
import threading

from bot.cli.progress import progress


class Terminal(io.StringIO):
    """A text stream that says it is a terminal, and signals the first thing written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        count = super().write(text)
        self.written.set()
        return count


def test_long_work_is_shown_on_a_terminal_and_cleared_at_its_end() -> None:
    out = Terminal()
    with progress("正在检查", out):
        assert out.written.wait(60)
    shown = out.getvalue()
    assert "正在检查… 1 秒" in shown
    assert shown.endswith("\r\x1b[K")


def test_short_work_is_not_shown() -> None:
    out = Terminal()
    with progress("正在检查", out):
        pass
    assert out.getvalue() == ""


def test_nothing_is_written_where_there_is_no_terminal() -> None:
    out = io.StringIO()
    with progress("正在检查", out):
        assert threading.active_count() >= 1
    assert out.getvalue() == ""
