"""Command-line arguments: argparse with Chinese messages, examples and suggestions."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, Protocol

from bot import __version__
from bot.content.documents.problems import nearest

MODULE = "python -m bot"
CONSOLE_COMMAND = "liuchuangtong"

# English messages of argparse and the Chinese ones in their place.
_USAGE_FAULTS = (
    (r"the following arguments are required: ", "缺少 "),
    (r"unrecognized arguments: ", "不认识 "),
    (r"argument (\S+): expected .*", r"\1 后面要写一个值"),
    (r"ambiguous option: (\S+) .*", r"\1 写得不全"),
)
_UNKNOWN_COMMAND = re.compile(r"argument \S+: invalid choice: '([^']*)' \(choose from (.*)\)")


class Commands(Protocol):
    """Where a command group adds its commands."""

    def add(
        self,
        name: str,
        run: Callable[[argparse.Namespace], int],
        *,
        title: str,
        example: str,
    ) -> argparse.ArgumentParser:
        """Add a command: its name, what runs it, one line about it, its arguments as typed."""
        ...

    def add_hidden(
        self, name: str, run: Callable[[argparse.Namespace], int]
    ) -> argparse.ArgumentParser:
        """Add a command that help and suggestions leave out."""
        ...


class ChineseParser(argparse.ArgumentParser):
    """An ArgumentParser whose help and usage errors are in Chinese."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            add_help=False, formatter_class=argparse.RawDescriptionHelpFormatter, **options
        )
        self.command_names: list[str] = []
        self._positionals.title, self._optionals.title = "要写的", "可以加的"
        self.add_argument("-h", "--help", action="help", help="显示这段说明")

    def format_usage(self) -> str:
        return super().format_usage().replace("usage:", "用法：", 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage:", "用法：", 1)

    def error(self, message: str) -> NoReturn:
        """Print the usage and the fault, and exit with code 2."""
        unknown = _UNKNOWN_COMMAND.fullmatch(message)
        if unknown:
            message = self._unknown_name(unknown[1], re.findall(r"[\w-]+", unknown[2]))
        for english, chinese in _USAGE_FAULTS:
            message = re.sub(english, chinese, message)
        self.exit(2, f"{self.format_usage()}用法不对：{message}\n")

    def _unknown_name(self, typed: str, choices: list[str]) -> str:
        """Return the message for a command, or a value of an argument, that does not exist."""
        known = self.command_names or choices
        hint = nearest(typed, known) or "可以写：" + "、".join(known)
        return f"没有 '{typed}' 这个{'命令' if self.command_names else '写法'}（{hint}）"


class _Commands:
    """The sub-commands of one parser."""

    def __init__(self, parser: ChineseParser) -> None:
        self._parser = parser
        self._group = parser.add_subparsers(title="命令", required=True, metavar="命令")

    def add(
        self,
        name: str,
        run: Callable[[argparse.Namespace], int],
        *,
        title: str,
        example: str,
    ) -> argparse.ArgumentParser:
        command = self._group.add_parser(
            name,
            help=title,
            description=title,
            epilog=f"例如：\n  {self._parser.prog} {name} {example}".rstrip(),
        )
        command.set_defaults(run=run)
        self._parser.command_names.append(name)
        return command

    def add_hidden(
        self, name: str, run: Callable[[argparse.Namespace], int]
    ) -> argparse.ArgumentParser:
        command = self._group.add_parser(name)
        command.set_defaults(run=run)
        return command


def program_name() -> str:
    """Return what the user typed to start the program."""
    return CONSOLE_COMMAND if Path(sys.argv[0]).stem == CONSOLE_COMMAND else MODULE


def build_parser(*groups: Callable[[Commands], None]) -> argparse.ArgumentParser:
    """Return the parser with the commands of these groups."""
    prog = program_name()
    parser = ChineseParser(
        prog=prog,
        description="创业扶持政策问答",
        epilog=f"某个命令怎么用、有什么例子：\n  {prog} ask --help",
    )
    parser.add_argument("--version", action="version", version=f"{CONSOLE_COMMAND} {__version__}")
    parser.add_argument(
        "--config",
        metavar="文件",
        help="设置文件（默认是当前文件夹的 config.yaml；没有就用自带的设置和知识库）",
    )
    for action in parser._actions:
        if action.dest == "version":
            action.help = "显示版本"
    commands = _Commands(parser)
    for group in groups:
        group(commands)
    return parser
