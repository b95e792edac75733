"""The chat in a terminal."""

from __future__ import annotations

import asyncio
import codecs
import io
import os
import pty
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import pytest

from bot.channels.common.line_input import LineDecoder
from bot.channels.terminal import ReadLine, console_reader, run_terminal, wants_colour
from bot.core.domain.replies import Reply
from bot.core.domain.session import Option, Utterance
from bot.errors import GuideBusy
from tests.channels.fake_guide import FakeGuide, now
from tests.channels.messenger_phrases import phrases


def typed(lines: Iterable[str]) -> ReadLine:
    """Return a reader of these lines, followed by the end of the input."""
    rest = iter(lines)

    async def read() -> str | None:
        return next(rest, None)

    return read


async def chat(guide: FakeGuide, *lines: str, **options: bool) -> str:
    """Return the output after these lines."""
    screen = io.StringIO()
    await run_terminal(guide, "terminal:me", typed(lines), screen.write, now, phrases, **options)
    return screen.getvalue()


async def test_the_chat_starts_with_the_greeting_and_ends_at_the_end_of_input() -> None:
    guide = FakeGuide()

    shown = await chat(guide, "你好")

    assert guide.utterances == [Utterance(choice="c:start"), Utterance(text="你好")]
    assert shown.endswith("听到：你好\n\n你　　 再见。\n")


async def test_exit_words_are_not_sent_to_the_guide() -> None:
    guide = FakeGuide()

    await chat(guide, " 退出 ", "还在吗", greet=False)

    assert guide.received == []


async def test_a_line_is_cut_at_the_limit() -> None:
    guide = FakeGuide()
    screen = io.StringIO()

    await run_terminal(
        guide,
        "terminal:me",
        typed(["学" * 30]),
        screen.write,
        now,
        phrases,
        text_chars=20,
        greet=False,
    )

    assert guide.utterances == [Utterance(text="学" * 20)]


async def test_choices_are_numbered_and_lines_are_indented() -> None:
    guide = FakeGuide(lambda _: [Reply("哪一步？", (Option("a:stage:idea", "还在想"),))])

    shown = await chat(guide, "1", greet=False)

    assert "柳创通 哪一步？\n　　　 1. 还在想\n" in shown


async def test_blank_lines_are_not_messages() -> None:
    guide = FakeGuide()

    await chat(guide, "", "  \t", "\x00", greet=False)

    assert guide.received == []


async def test_no_escape_codes_without_colour() -> None:
    assert "\x1b" not in await chat(FakeGuide(), "你好")
    assert "\x1b[36m" in await chat(FakeGuide(), "你好", colour=True)


async def test_every_message_has_a_unique_id_with_the_start_time() -> None:
    guide = FakeGuide()

    await chat(guide, "一", "一")

    ids = [incoming.message_id for incoming in guide.received]
    assert len(set(ids)) == 3
    assert all(message_id.startswith("20261123T080000") for message_id in ids)


async def test_a_busy_guide_is_reported_and_the_chat_continues() -> None:
    guide = FakeGuide()
    guide.fault = GuideBusy("等待处理的消息太多")

    shown = await chat(guide, "你好", "退出", greet=False)

    assert "现在咨询的人太多，请稍后再发一次\n" in shown
    assert shown.endswith("再见。\n")


async def test_lines_come_from_a_pipe_as_they_arrive() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as stream:
        read = console_reader(stream)
        os.write(writing, "第一行\n第".encode())
        assert await read() == "第一行"
        waiting = asyncio.ensure_future(read())
        await asyncio.sleep(0)
        assert not waiting.done()
        os.write(writing, "二行".encode())
        os.close(writing)
        assert await waiting == "第二行"
        assert await read() is None


@pytest.fixture
def transcript(tmp_path: Path) -> Iterator[TextIO]:
    """Open a plain file with an invalid byte and no newline at its end."""
    (tmp_path / "transcript.txt").write_bytes("你好\n坏".encode() + b"\xff\n" + "再问".encode())
    with (tmp_path / "transcript.txt").open(encoding="utf-8") as stream:
        yield stream


async def test_lines_come_from_a_plain_file(transcript: TextIO) -> None:
    read = console_reader(transcript)

    assert [await read() for _ in range(4)] == ["你好", "坏\ufffd", "再问", None]


def test_colour_needs_a_terminal_and_no_no_color_variable() -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert wants_colour(Screen(), {})
    assert not wants_colour(Screen(), {"NO_COLOR": "1"})
    assert not wants_colour(io.StringIO(), {})


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (codecs.BOM_UTF8 + "场地能免费吗".encode(), "场地能免费吗"),
        ("场地能免费吗".encode("gbk"), "场地能免费吗"),
        ("我是大三学生，休学創業".encode("gb18030"), "我是大三学生，休学創業"),
        (b"\x1b[A1", "1"),
        ("\x1b[3~跳过".encode(), "跳过"),
        ("\x1b[200~跳过\x1b[201~".encode(), "跳过"),
        (b"\x1bOB2", "2"),
        (b"\x1b[[A1\x1b[1;5D", "1"),
        (b"\xff\xff", "\ufffd\ufffd"),
    ],
)
async def test_lines_are_read_in_the_encodings_and_with_the_keys_of_terminals(
    tmp_path: Path, sent: bytes, read: str
) -> None:
    file = tmp_path / "typed"
    file.write_bytes(sent + b"\n" + "第二行".encode())
    with file.open(encoding="utf-8", errors="replace") as stream:
        reader = console_reader(stream)
        assert [await reader(), await reader(), await reader()] == [read, "第二行", None]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8", "gb18030"])
@pytest.mark.parametrize("piece", [1, 2, 3, 1000])
def test_lines_are_the_same_in_whatever_pieces_they_arrive(encoding: str, piece: int) -> None:
    lines = ["场地能免费吗", "", "我是大三学生 😀", "最后一行"]
    data = ("\ufeff" + "\n".join(lines)).encode(encoding)
    decoder = LineDecoder()
    found: list[str] = []
    for start in range(0, len(data), piece):
        found += decoder.feed(data[start : start + piece])
    assert found + decoder.end() == lines


@pytest.mark.parametrize("sent", [b"", b"1", b"\n", b"\xff", b"\xff\xfe", b"\xff\xfe1"])
def test_the_shortest_inputs_end_without_an_error(sent: bytes) -> None:
    decoder = LineDecoder()
    assert len(decoder.feed(sent) + decoder.end()) <= 1


async def test_the_input_ends_when_the_terminal_is_closed() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, encoding="utf-8") as stream:
        read = console_reader(stream)
        os.write(ours, "你好\n".encode())
        assert await read() == "你好"
        os.close(ours)
        assert await read() is None
