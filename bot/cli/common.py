"""What several commands share: settings, the knowledge base, and lines of JSON."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from bot.app import composition
from bot.channels.common.line_input import LineDecoder
from bot.cli.progress import progress

if TYPE_CHECKING:
    from bot.config import Locations, Settings
    from bot.core.dialogue.manager import KnowledgeBase

# Characters of one line of JSON; a longer line is answered with an error.
LINE_LIMIT = 1_000_000
CHUNK = 65_536


def write_text(text: str) -> None:
    """Write a text to the terminal at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def locations(options: argparse.Namespace) -> Locations:
    """Return where the settings and the program's own data are. Raises ConfigError."""
    # Importing bot.config takes 0.25 s, which `prepare` need not wait for.
    from bot.config import locate

    return locate(options.config, os.environ, Path.cwd())


def load_settings(options: argparse.Namespace) -> Settings:
    """Return the settings of the command line's file and the environment. Raises ConfigError."""
    from bot.config import load

    found = locations(options)
    return load(found.settings, os.environ, home=found.home)


def load_base(settings: Settings, home: Path) -> KnowledgeBase:
    """Return the knowledge base with its search index. Raises KnowledgeError."""
    with progress("正在准备知识库，第一次要学一遍问法，大约十秒", sys.stderr):
        return composition.load_base(settings.knowledge, home)


def knowledge_folder(options: argparse.Namespace) -> Path:
    """Return the folder that the command names, or that of the settings."""
    return Path(options.folder) if options.folder else load_settings(options).knowledge


def read_json_lines(stream: TextIO) -> Iterator[dict[str, Any]]:
    """Return one object for each line that is not blank.

    A line that holds no JSON object becomes {"error": …}, so that every line gets an answer.
    """
    for line in _text_lines(stream):
        if not line.strip():
            continue
        try:
            item = json.loads(line) if len(line) <= LINE_LIMIT else None
        except (ValueError, RecursionError):
            item = None
        yield item if isinstance(item, dict) else {"error": "这一行不是 JSON 对象"}


def _text_lines(stream: TextIO) -> Iterator[str]:
    decoder = LineDecoder()
    # This returns what has arrived: a script waits for the answer before its next line.
    while data := os.read(stream.fileno(), CHUNK):
        yield from decoder.feed(data)
    yield from decoder.end()


def print_json(item: dict[str, Any]) -> None:
    """Print an object as one line of JSON, and flush."""
    text = json.dumps(item, ensure_ascii=False)
    sys.stdout.write((text if text.isascii() else _escape_surrogates(text)) + "\n")
    sys.stdout.flush()


def _escape_surrogates(text: str) -> str:
    """Escape lone surrogates, which cannot be encoded as UTF-8."""
    return "".join(c if not "\ud800" <= c <= "\udfff" else f"\\u{ord(c):04x}" for c in text)
