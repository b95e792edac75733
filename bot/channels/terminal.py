"""Chat in a terminal: read lines, print replies with numbered choices."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from typing import TextIO

from bot.channels.common.guide_port import GuidePort
from bot.channels.common.line_input import LineDecoder, without_keys
from bot.channels.common.phrases import LivePhrases, Phrases
from bot.channels.common.rendering import TERMINAL, TextLayout, render_text, sanitize
from bot.core.domain.session import Utterance
from bot.errors import GuideBusy, GuideStopping, PolicyBotError
from bot.service.ports import Answered, Incoming

PROMPT = "你　　 "
EXIT_WORDS = frozenset({"退出", "exit", "quit", "/exit", "/quit"})
_INDENT = "　　　 "
_CYAN = "36"
_BOLD = "1"

ReadLine = Callable[[], Awaitable[str | None]]
Write = Callable[[str], object]


async def run_terminal(
    guide: GuidePort,
    conv: str,
    read: ReadLine,
    write: Write,
    now: Callable[[], datetime],
    phrases: LivePhrases,
    *,
    text_chars: int = 500,
    colour: bool = False,
    greet: bool = True,
) -> None:
    """Chat until `read` returns None (end of input) or the user types an exit word.

    Texts are cut after `text_chars` characters. With `greet`, print the guide's greeting first.
    Message ids contain the start time, so that they stay unique across runs on the same store.
    """
    started = now().strftime("%Y%m%dT%H%M%S%f")
    count = 0

    async def take_turn(utterance: Utterance) -> None:
        nonlocal count
        count += 1
        incoming = Incoming(conv, f"{started}-{count}", utterance, now())
        try:
            answered = await guide.answer(incoming)
        except PolicyBotError as error:
            write(f"{_error_text(error, phrases())}\n")
            return
        write(_formatted(answered, phrases(), colour))

    if greet:
        await take_turn(Utterance(choice="c:start"))
    while True:
        write(_coloured(PROMPT, _BOLD, colour))
        line = await read()
        if line is None or line.strip().lower() in EXIT_WORDS:
            write(phrases().say("channel_goodbye") + "\n")
            return
        if text := sanitize(line).strip():
            await take_turn(Utterance(text=text[:text_chars]))


def _error_text(error: PolicyBotError, phrases: Phrases) -> str:
    if isinstance(error, GuideStopping):
        return phrases.say("channel_stopping")
    if isinstance(error, GuideBusy):
        return phrases.say("channel_busy")
    return str(error)


def _formatted(answered: Answered, phrases: Phrases, colour: bool) -> str:
    name = phrases.say("terminal_name")
    layout = TextLayout(repeated=phrases.say("channel_repeated"))
    parts = render_text(answered.replies, TERMINAL, layout)
    lines = "\n".join(parts).splitlines()
    text = "\n".join([*lines[:1], *(f"{_INDENT}{line}".rstrip() for line in lines[1:])])
    return f"{_coloured(f'{name} ', _CYAN, colour)}{text}\n\n"


def _coloured(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text


def wants_colour(out: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether `out` is a terminal and NO_COLOR is not set."""
    return out.isatty() and not environ.get("NO_COLOR")


def console_reader(stream: TextIO = sys.stdin) -> ReadLine:
    """Return a function that reads lines of a terminal, pipe or file, and None at the end.

    It waits on the event loop instead of a thread, so Ctrl-C ends the program at once.
    """
    lines = _lines(stream)

    async def read() -> str | None:
        return await anext(lines, None)

    return read


async def _lines(stream: TextIO) -> AsyncIterator[str]:
    decoder = LineDecoder()
    while data := await _read_chunk(stream.fileno()):
        for line in decoder.feed(data):
            yield without_keys(line)
    for line in decoder.end():
        yield without_keys(line)


async def _read_chunk(fd: int) -> bytes:
    """Return the available bytes, b"" at the end of the input or of the terminal."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(fd, ready.set)
    except PermissionError:  # a plain file: epoll refuses it, and reading it never blocks
        return os.read(fd, 65536)
    except NotImplementedError:  # Windows cannot wait for a console
        return await asyncio.to_thread(os.read, fd, 65536)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(fd)
    try:
        return os.read(fd, 65536)
    except OSError as error:
        if error.errno == errno.EIO:  # the window of the terminal was closed
            return b""
        raise
