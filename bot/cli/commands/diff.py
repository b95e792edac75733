"""`diff`: what another version of the knowledge answers otherwise."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from bot.app import composition, knowledge_diff
from bot.cli.common import load_settings, locations, print_json
from bot.cli.parser import Commands
from bot.cli.progress import progress
from bot.core.domain.json_codec import load
from bot.errors import ConfigError, StoreError
from bot.workshop.effects.last_reload import lower_priority
from bot.workshop.effects.questions import NOT_ASKED, Question
from bot.workshop.effects.report import MOST, as_json, lines

# Exit codes: 1 is a fault and 2 wrong usage, as for every command.
SAME, CHANGES = 0, 3


def register(commands: Commands) -> None:
    """Add the command."""
    command = commands.add(
        "diff",
        run,
        title="比较两份知识库：哪些问题的回答变了，谁能得到的变了",
        example="knowledge data/draft",
    )
    command.add_argument("folders", nargs="*", metavar="文件夹", help="旧的、新的知识库文件夹")
    command.add_argument(
        "--live",
        action="store_true",
        help="旧的是现在生效的知识库；新的不写，就是草稿 data/draft，没有草稿就是设置里的文件夹",
    )
    command.add_argument(
        "--questions",
        nargs="+",
        type=Path,
        metavar="文件",
        help="还问这些文件里的问题（一行一句，前面写“- ”；不写就用知识库旁边的 tests/questions）",
    )
    command.add_argument("--all", action="store_true", help="全部列出来")
    command.add_argument("--json", action="store_true", help="打印一个 JSON 对象")
    # A running service starts this command after each reload.
    effects = commands.add_hidden("effects", run_effects)
    for name in ("old", "new", "home"):
        effects.add_argument(name, type=Path)
    effects.add_argument("--niceness", type=int)
    effects.add_argument("--questions", nargs="*", type=Path)
    # The command starts itself as a helper process.
    helper = commands.add_hidden("answers", run_answers)
    helper.add_argument("cache", type=Path)
    helper.add_argument("today", type=date.fromisoformat)


def run(options: argparse.Namespace) -> int:
    """Print the difference. Return 0 if nothing changes, 3 if something does."""
    folders = _folders(options)
    if folders is None:
        print("要写两个文件夹：旧的和新的；或者写 --live，再写新的（也可以不写）", file=sys.stderr)
        return 2
    beside = load_settings(options).knowledge if options.live else folders[0]
    files = knowledge_diff.question_files(options.questions, beside, folders[1])
    more = _inbox_questions(options)
    state = {"done": 0, "total": 0}

    def count(done: int, total: int) -> None:
        state.update(done=done, total=total)

    def title() -> str:
        return f"正在把问题各问一遍 {state['done']}/{state['total']}"

    with progress(title, sys.stderr):
        found = knowledge_diff.diff(
            *folders, locations(options).home, files, more=more, progress=count
        )
    if options.json:
        print_json(as_json(found))
    else:
        print(f"旧：{folders[0]}（{found.old}）\n新：{folders[1]}（{found.new}）")
        print("\n".join(lines(found, None if options.all else MOST)))
    return CHANGES if found.changes else SAME


def _inbox_questions(options: argparse.Namespace) -> list[Question]:
    """Return the questions of the inbox; why they cannot be read is printed."""
    from bot.app.server import store_url

    settings = load_settings(options)
    try:
        return composition.run(knowledge_diff.stored_questions(settings, store_url(settings)))
    except (ConfigError, StoreError) as error:
        print(f"{NOT_ASKED}{error}", file=sys.stderr)
        return []


def _folders(options: argparse.Namespace) -> tuple[Path, Path] | None:
    """Return the two folders to compare; None if the command line does not tell them."""
    given = [Path(folder) for folder in options.folders]
    if not options.live:
        return (given[0], given[1]) if len(given) == 2 else None
    if len(given) > 1:
        return None
    settings, home = load_settings(options), locations(options).home
    new = given[0] if given else knowledge_diff.next_folder(settings, home)
    return knowledge_diff.live_folder(settings, home), new


def run_answers(options: argparse.Namespace) -> int:
    """Answer lines of questions on the standard input."""
    for line in knowledge_diff.answers(options.cache, options.today, sys.stdin.buffer):
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    return 0


def run_effects(options: argparse.Namespace) -> int:
    """Print the numbers of a difference as one JSON object. The standard input has the questions
    of the inbox as a list in JSON."""
    lower_priority(options.niceness)
    asked = load(sys.stdin.buffer.read())
    found = knowledge_diff.effects(
        options.old, options.new, options.home, options.questions, asked
    )
    sys.stdout.buffer.write(found.dump())
    return 0
