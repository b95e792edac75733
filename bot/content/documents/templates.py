"""Expand templates of what users say: `我们{space}[的](老板|经理)` stands for several texts.

Three forms, which may stand in each other: `[optional]`, `(one|of|these)`, and `{list}` with the
values of `language/lists.yaml`. `{years:1-3}` is a range of numbers, in digits and in Chinese
numerals. A value of a list is plain text: it refers to no other list. The expansion is
deterministic: the order is that of the template.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from bot.content.documents.problems import Problems, nearest, shown
from bot.content.documents.tree import ListNode, MappingNode, Node, TextNode, walk

LISTS_FILE = "language/lists.yaml"
# Files whose lists of texts may hold templates.
TEMPLATE_FILES = ("interview.yaml", "language/aspects.yaml")
# Folder of files in which the lists of words, and no others, may hold templates.
TEMPLATE_FOLDER = "later_rules/"
_WORD_LISTS = frozenset({"words", "not_words"})
# Where templates stand, for a message.
TEMPLATE_PLACES = (*TEMPLATE_FILES, f"{TEMPLATE_FOLDER} 的 words")
MAX_TEXTS = 300
MAX_NUMBER = 99

Lists = Mapping[str, tuple[str, ...]]

_MARKS = re.compile(r"[\[\](){}|]")
_WIDE = re.compile(r"[（［｛]|[）］｝]|｜")
_PIECE = re.compile(r"[\[\](){}|]|[^\[\](){}|]+")
_REFERENCE = re.compile(r"\{([a-z][a-z0-9_]*)(?::(\d{1,4})-(\d{1,4}))?\}")
# What a text has only if it is meant as a template: a choice in brackets or a reference.
_MEANT = re.compile(r"\([^()]*\|[^()]*\)|\[[^\[\]]*\|[^\[\]]*\]|\{[a-z][a-z0-9_]*(?::\d+-\d+)?\}")
_CLOSES = {"(": ")", "[": "]"}
_DIGITS = "零一二三四五六七八九"
_TWO = 2
_TEN = 10


class TemplateError(Exception):
    """A template that cannot be read. `message` and `hint` are for the admin."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class _Choice:
    """One of several sequences; a part of a sequence is a text or another choice."""

    options: tuple[tuple[str | _Choice, ...], ...]

    def count(self) -> int:
        total = 0
        for option in self.options:
            texts = 1
            for part in option:
                texts *= 1 if isinstance(part, str) else part.count()
            total += texts
        return total

    def texts(self) -> Iterator[str]:
        for option in self.options:
            parts = ((part,) if isinstance(part, str) else tuple(part.texts()) for part in option)
            yield from ("".join(chosen) for chosen in product(*parts))


def is_template(text: str) -> bool:
    """Return whether a text holds a mark of a template."""
    return bool(_MARKS.search(text) or _WIDE.search(text))


def expand(template: str, lists: Lists) -> tuple[str, ...]:
    """Return the texts of a template in its order, each once.

    Raises TemplateError for brackets without their pair, an unknown list, a range that is empty
    or above 99, an empty text, and more than 300 texts.
    """
    wide = _WIDE.search(template)
    if wide:
        message = f"模板里有全角的“{wide.group()}”"
        raise TemplateError(message, "模板的括号和竖线要用半角：( ) [ ] { } |")
    parsed = _Parser(template, lists).whole()
    if parsed.count() > MAX_TEXTS:
        message = f"这个模板展开有 {parsed.count()} 句，最多 {MAX_TEXTS} 句"
        raise TemplateError(message, "拆成几个小的")
    texts = tuple(dict.fromkeys(parsed.texts()))
    if not all(text.strip() for text in texts):
        raise TemplateError("这个模板也能展开成空的", "方括号外面至少要有一个字")
    return texts


def numerals(number: int) -> tuple[str, ...]:
    """Return a number from 0 to 99 in digits and in Chinese numerals: 2 → 2, 二, 两."""
    tens, units = divmod(number, _TEN)
    if number < _TEN:
        words: tuple[str, ...] = (_DIGITS[number],)
    else:
        head = "" if tens == 1 else _DIGITS[tens]
        words = (f"{head}十{_DIGITS[units] if units else ''}",)
    if number == _TWO:
        words = (*words, "两")
    return (str(number), *words)


class _Parser:
    """Parse one template."""

    def __init__(self, template: str, lists: Lists) -> None:
        self._template = template
        self._lists = lists
        self._pieces = _PIECE.findall(template)
        self._at = 0

    def whole(self) -> _Choice:
        parsed = self._options(closing="")
        if self._at < len(self._pieces):
            raise TemplateError(f"多了一个“{self._pieces[self._at]}”", "括号要成对")
        return parsed

    def _options(self, closing: str) -> _Choice:
        options: list[tuple[str | _Choice, ...]] = []
        parts: list[str | _Choice] = []
        while self._at < len(self._pieces):
            piece = self._pieces[self._at]
            if piece == "|" and closing:
                options.append(tuple(parts))
                parts = []
            elif piece == "|":
                raise TemplateError("竖线“|”外面没有括号", "写成 (甲|乙)")
            elif piece in _CLOSES:
                self._at += 1
                inner = self._options(_CLOSES[piece])
                parts.append(_Choice((*inner.options, ())) if piece == "[" else inner)
                self._close(piece)
            elif piece == "{":
                parts.append(self._reference())
            elif piece in ")]}":
                break
            else:
                parts.append(piece)
            self._at += 1
        return _Choice((*options, tuple(parts)))

    def _close(self, opened: str) -> None:
        wanted = _CLOSES[opened]
        if self._at >= len(self._pieces) or self._pieces[self._at] != wanted:
            raise TemplateError(f"“{opened}”没有配对的“{wanted}”", "括号要成对")

    def _reference(self) -> _Choice:
        written = "".join(self._pieces[self._at : self._at + 3])
        found = _REFERENCE.fullmatch(written)
        if not found:
            message = f"“{shown(written)}”写法不对"
            raise TemplateError(message, "写成 {列表名} 或 {years:1-3}，名字用小写英文")
        self._at += 2
        name, low, high = found.groups()
        values = self._range(int(low), int(high)) if low else self._values(name)
        return _Choice(tuple((value,) for value in values))

    def _range(self, low: int, high: int) -> tuple[str, ...]:
        if low > high or high > MAX_NUMBER:
            message = f"范围“{low}-{high}”不对"
            raise TemplateError(message, f"从小到大，0 到 {MAX_NUMBER}")
        return tuple(text for number in range(low, high + 1) for text in numerals(number))

    def _values(self, name: str) -> tuple[str, ...]:
        if name not in self._lists:
            message = f"没有“{name}”这个列表"
            hint = nearest(name, self._lists) or f"先写进 {LISTS_FILE}"
            raise TemplateError(message, hint)
        return self._lists[name]


@dataclass(frozen=True, slots=True)
class Expansion:
    """A template as written, with its place and its texts. `owners`: the keys and ids that it
    stands under, outermost first."""

    file: str
    line: int
    owners: tuple[str, ...]
    template: str
    texts: tuple[str, ...] = field(repr=False)


def takes_templates(file: str) -> bool:
    """Return whether a file has lists of texts that may hold templates."""
    return file in TEMPLATE_FILES or file.startswith(TEMPLATE_FOLDER)


def expand_file(file: str, root: Node, lists: Lists, problems: Problems) -> list[Expansion]:
    """Replace the templates in the lists of a file by their texts, and return what was replaced.

    Every text keeps the line of its template. A text that another template of the list gave is
    left out; one that also stands by itself is left to the check for repeated texts. A template
    with a fault becomes a problem and is dropped.
    """
    done: list[Expansion] = []
    for node, owners in _lists_of(root):
        if file not in TEMPLATE_FILES and _WORD_LISTS.isdisjoint(owners[-1:]):
            continue
        if not any(isinstance(item, TextNode) and is_template(item.value) for item in node.items):
            continue
        items: list[Node] = []
        known: set[str] = set()
        for item in node.items:
            if not isinstance(item, TextNode) or not is_template(item.value):
                items.append(item)
                continue
            try:
                texts = expand(item.value, lists)
            except TemplateError as error:
                message = f"模板“{shown(item.value)}”：{error.message}"
                problems.add(file, item.line, message, error.hint)
                continue
            done.append(Expansion(file, item.line, owners, item.value, texts))
            items += [
                TextNode(item.line, text, quoted=True) for text in texts if text not in known
            ]
            known.update(texts)
        node.items[:] = items
    return done


def report_templates(file: str, root: Node, problems: Problems) -> None:
    """Record templates in a file where they are plain text."""
    for node in walk(root):
        if isinstance(node, TextNode) and _MEANT.search(node.value):
            message = f"这里不能写模板：“{shown(node.value)}”"
            problems.add(
                file, node.line, message, "一句一行；模板只写在 " + "、".join(TEMPLATE_PLACES)
            )


def sample(texts: tuple[str, ...], most: int) -> tuple[str, ...]:
    """Return at most this many of the texts, evenly spread and in their order."""
    if len(texts) <= most:
        return texts
    step = len(texts) / most
    return tuple(texts[int(number * step)] for number in range(most))


def _lists_of(root: Node) -> Iterator[tuple[ListNode, tuple[str, ...]]]:
    """Return each list with the keys above it; a mapping with an `id` adds that."""
    waiting: list[tuple[Node, tuple[str, ...]]] = [(root, ())]
    while waiting:
        node, owners = waiting.pop()
        if isinstance(node, ListNode):
            yield node, owners
            waiting += [(item, owners) for item in reversed(node.items)]
        elif isinstance(node, MappingNode):
            name = node.values.get("id")
            above = (*owners, name.value) if isinstance(name, TextNode) else owners
            waiting += [(value, (*above, key)) for key, value in reversed(node.values.items())]
