"""`ask`: answer one question without a conversation."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from bot.app import composition
from bot.cli.common import load_base, load_settings, locations, print_json, read_json_lines
from bot.cli.parser import Commands, program_name

EXAMPLE = "休学创业能保留学籍吗"


def register(commands: Commands) -> None:
    """Add the command."""
    ask = commands.add("ask", run, title="问一句，打印回答", example=EXAMPLE)
    ask.add_argument("text", nargs="*", metavar="问题", help="问题")
    ask.add_argument("--json", action="store_true", help="打印一个 JSON 对象")
    ask.add_argument("--jsonl", action="store_true", help='从标准输入逐行读 {"id","text"}')


def run(options: argparse.Namespace) -> int:
    """Answer the question of the command line, or every line of the standard input."""
    text = " ".join(options.text)
    if not options.jsonl and not text.strip():
        print(f"要问什么？例如：{program_name()} ask {EXAMPLE}", file=sys.stderr)
        return 2
    settings = load_settings(options)
    base, limit = load_base(settings, locations(options).home), settings.limits.text_chars
    if options.jsonl:
        for item in read_json_lines(sys.stdin):
            print_json(_answer_line(base, item, limit))
        return 0
    answer = composition.ask(base, text[:limit])
    if options.json:
        print_json({"id": None, "text": text, **answer})
    else:
        print(answer["reply"])
    return 0


def _answer_line(base: Any, item: dict[str, Any], limit: int) -> dict[str, Any]:
    asked = {"id": item.get("id"), "text": item.get("text")}
    if "error" in item:
        return {**asked, "error": item["error"]}
    text = item.get("text")
    return {**asked, **composition.ask(base, text[:limit] if isinstance(text, str) else "")}
