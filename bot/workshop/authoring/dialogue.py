"""Ask an admin, line by line: a terminal, a pipe or a test gives the answers.

退出 at any question, or the end of the input, raises Leave: nothing has been written then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.errors import EditRefused
from bot.workshop.authoring.quote_cutting import cut_quote

LEAVE = ("退出", "quit", "exit")
_SEPARATOR = re.compile(r"[\s,，、;；+]+")
_YES = frozenset({"是", "好", "对", "要", "y", "yes"})
_NO = frozenset({"不", "否", "不是", "不要", "不用", "没有", "n", "no"})

# What is wrong with an answer; "" if nothing is.
Check = Callable[[str], str]
# An id and what people call it.
Option = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """One of several things that commands act on: what names it, and its whole text."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """What can be done with an item: `word` and its number, and `argument` if more is to be typed.
    `label`: what it does; "" if a page, which shows all of an item, needs no such command."""

    word: str
    label: str = ""
    argument: str = ""


class Leave(Exception):
    """The admin left; nothing is to be written."""


def accept(_: str) -> str:
    """Find no fault with any answer."""
    return ""


class Dialogue:
    """Questions to an admin. Each is asked again until its answer can be used."""

    def __init__(self, lines: Iterator[str], write: Callable[[str], None]) -> None:
        """`lines`: the answers, one a line. `write`: shows a text, with its own line breaks."""
        self._lines = lines
        self._write = write

    def begin(self, text: str) -> None:
        """Say what is to be done, and how to leave."""
        self.tell(f"{text}随时输入“退出”，什么都不会写。")

    def show(self, title: str, text: str) -> None:
        """Show a text that the next questions are about."""
        self.tell(f"\n{title}\n{text}\n")

    def tell(self, text: str) -> None:
        """Show a line."""
        self._write(text + "\n")

    def ask(
        self, question: str, *, default: str = "", optional: bool = False, check: Check = accept
    ) -> str:
        """Return the answer in one line; `default` for an empty one. `optional`: "" is allowed."""
        hint = f"（直接回车：{default}）" if default else "（没有就直接回车）" if optional else ""
        while True:
            answer = self._answer(f"{question}{hint}\n> ") or default
            if not answer:
                if optional:
                    return ""
                self.tell("这一项要写。不想写了就输入“退出”。")
                continue
            fault = check(answer)
            if not fault:
                return answer
            self.tell(fault)

    def confirm(self, question: str, *, default: bool) -> bool:
        """Return whether the answer is yes."""
        likely = "是" if default else "不是"
        while True:
            answer = self._answer(f"{question}（是 / 不是，直接回车：{likely}）\n> ").casefold()
            if not answer:
                return default
            if answer in _YES or answer in _NO:
                return answer in _YES
            self.tell("请回答“是”或“不是”。")

    def choose(self, question: str, options: Sequence[Option], *, default: str = "") -> str:
        """Return the id of the option that is chosen by number, id or label."""
        self._show(question, options)
        while True:
            answer = self.ask("选一个，写号码", default=default)
            found = find_option(answer, options)
            if found:
                return found
            self.tell(f"没有“{answer}”，请写 1 到 {len(options)}。")

    def choose_some(self, question: str, options: Sequence[Option]) -> tuple[str, ...]:
        """Return the ids of the options that are chosen; none for an empty answer."""
        self._show(question, options)
        while True:
            answer = self.ask("可以写几个号码，用空格分开", optional=True)
            words = [word for word in _SEPARATOR.split(answer) if word]
            found = [find_option(word, options) for word in words]
            if all(found):
                return tuple(dict.fromkeys(found))
            wrong = "、".join(w for w, each in zip(words, found, strict=True) if not each)
            self.tell(f"没有“{wrong}”，请写 1 到 {len(options)}。")

    def list(self, question: str, *, check: Check = accept) -> tuple[str, ...]:
        """Return answers, one a line, until an empty line."""
        self.tell(f"{question}（一行一条，空一行结束）")
        found: list[str] = []
        while answer := self._answer("> "):
            fault = check(answer)
            if fault:
                self.tell(fault)
            elif answer not in found:
                found.append(answer)
        return tuple(found)

    def mark(self, question: str, source: str, *, check: Check = accept) -> str:
        """Return a part of a text, which was shown, cut by its first and last words."""
        while True:
            self.tell(question)
            beginning = self.ask("这一段开头的几个字")
            end = self.ask("这一段最后的几个字", optional=True)
            try:
                part = cut_quote(source, beginning, end)
            except EditRefused as refused:
                self.tell(str(refused))
                continue
            fault = check(part)
            if not fault:
                return part
            self.tell(f"\n“{part}”\n{fault}")

    def command(self, question: str, items: Sequence[Item], commands: Sequence[Command]) -> str:
        """Return a command on one of the items, such as “合并 3”; "" to go on."""
        self.tell(f"\n{question}")
        for number, item in enumerate(items, 1):
            self.tell(f"  {number}. {item.title}")
        return self.ask(usage(commands), optional=True)

    def _show(self, question: str, options: Sequence[Option]) -> None:
        self.tell(question)
        for number, (name, label) in enumerate(options, 1):
            self.tell(f"  {number}. {label}" + (f"（{name}）" if name != label else ""))

    def _answer(self, prompt: str) -> str:
        self._write(prompt)
        line = next(self._lines, None)
        if line is None:
            raise Leave
        answer = " ".join(line.split())
        if answer in LEAVE:
            raise Leave
        return answer


def usage(commands: Sequence[Command]) -> str:
    """Return how the commands are typed."""
    told = [
        f"{each.word} 3 {each.argument}".rstrip() + (f"（{each.label}）" if each.label else "")
        for each in commands
    ]
    return "　".join(told)


def find_option(answer: str, options: Sequence[Option]) -> str:
    """Return the id of an option; "" if there is none."""
    if answer.isdecimal() and 1 <= int(answer) <= len(options):
        return options[int(answer) - 1][0]
    return next((name for name, label in options if answer in (name, label)), "")
