"""The terminal chat: a line in, the replies out, choices numbered."""

from __future__ import annotations

import asyncio
import codecs
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from typing import TextIO

from bot.channels.common.guide_port import Answers
from bot.channels.common.rendering import TERMINAL, clean, render_text
from bot.core.domain.session import Utterance
from bot.errors import PolicyBotError
from bot.service.ports import Answered, Incoming

PROMPT = "你　　 "
NAME = "柳创通 "
LEAVE = frozenset({"退出", "exit", "quit", "/exit", "/quit"})

Read = Callable[[], Awaitable[str | None]]
Write = Callable[[str], object]


async def run_terminal(
    guide: Answers,
    conv: str,
    read: Read,
    write: Write,
    now: Callable[[], datetime],
    *,
    colour: bool = False,
    greet: bool = True,
) -> None:
    """Talk until `read` gives None (end of input) or the user says 退出.

    `greet` opens with the guide's greeting. Message ids carry the time of the start, so that a
    later run on the same store never repeats one.
    """
    started = now().strftime("%Y%m%dT%H%M%S%f")
    count = 0

    async def say(utterance: Utterance) -> None:
        nonlocal count
        count += 1
        incoming = Incoming(conv, f"{started}-{count}", utterance, now())
        try:
            answered = await guide.answer(incoming)
        except PolicyBotError as error:
            write(f"{error}\n")
            return
        write(_shown(answered, colour))

    if greet:
        await say(Utterance(choice="c:start"))
    while True:
        write(_dye(PROMPT, "1", colour))
        line = await read()
        if line is None or line.strip().lower() in LEAVE:
            write("再见。\n")
            return
        if text := clean(line).strip():
            await say(Utterance(text=text))


def _shown(answered: Answered, colour: bool) -> str:
    parts = render_text(answered.replies, TERMINAL)
    lines = "\n".join(parts).splitlines()
    text = "\n".join([*lines[:1], *(f"　　　 {line}".rstrip() for line in lines[1:])])
    return f"{_dye(NAME, '36', colour)}{text}\n\n"


def _dye(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text


def wants_colour(out: TextIO, environ: Mapping[str, str]) -> bool:
    """Colour only on a terminal, and not where NO_COLOR asks for none."""
    return out.isatty() and not environ.get("NO_COLOR")


def console_reader(stream: TextIO = sys.stdin) -> Read:
    """Reads lines from a terminal, a pipe or a file without blocking the event loop.

    No thread waits in `readline`, so Ctrl-C ends the program at once.
    """
    lines = _lines(stream)

    async def read() -> str | None:
        return await anext(lines, None)

    return read


async def _lines(stream: TextIO) -> AsyncIterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    held = ""
    while True:
        data = await _read(stream.fileno())
        held += decoder.decode(data, final=not data)
        *lines, held = held.split("\n")
        for line in lines:
            yield line
        if not data:
            if held:
                yield held
            return


async def _read(fd: int) -> bytes:
    """What there is to read, b"" at the end."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(fd, ready.set)
    except PermissionError:  # a plain file: epoll refuses it, and it never blocks
        return os.read(fd, 65536)
    except NotImplementedError:  # Windows cannot wait for a console
        return await asyncio.to_thread(os.read, fd, 65536)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(fd)
    return os.read(fd, 65536)
