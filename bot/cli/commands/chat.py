"""`chat`: hold a conversation on the terminal or over lines of JSON."""

from __future__ import annotations

import argparse
import os
import sys

from bot.app import composition
from bot.cli.common import load_base, load_settings, locations, print_json, read_json_lines
from bot.cli.parser import Commands


def register(commands: Commands) -> None:
    """Add the command."""
    chat = commands.add("chat", run, title="在终端里聊天", example="--store sqlite:///data/bot.db")
    chat.add_argument("--jsonl", action="store_true", help='逐行读 {"user","text"|"choice"}')
    chat.add_argument(
        "--store", default="", metavar="地址", help="把对话存到这个地址（默认只在内存里）"
    )


def run(options: argparse.Namespace) -> int:
    """Converse until the input ends or the user leaves."""
    settings = load_settings(options)
    base = load_base(settings, locations(options).home)
    store = options.store or composition.MEMORY
    if options.jsonl:
        lines = read_json_lines(sys.stdin)
        return composition.run(composition.chat_lines(base, store, settings, lines, print_json))
    return composition.run(composition.chat_terminal(base, store, settings, os.environ))
