"""Cut the text of a paper into clauses, by its numbers and its lists of bureaus.

Nothing is added and nothing is changed: a clause is a run of whole paragraphs. What belongs to no
clause (headings, the addressees, the signature) is returned with a reason that the admin confirms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.content.checks.truth.verbatim import PrintedList, printed_list

# The forms in which papers number their parts, outermost first. Two forms may be of one rank.
_MARKERS = (
    re.compile(r"(?P<n>第[一二三四五六七八九十百]+章)\s*"),
    re.compile(r"(?P<n>[一二三四五六七八九十百]+)\s*、\s*"),
    re.compile(r"(?P<n>第[一二三四五六七八九十百]+条)\s*"),
    re.compile(r"(?P<n>[(（][一二三四五六七八九十百]+[)）])\s*"),
    re.compile(r"(?P<n>\d{1,2})\s*(?:[.．、](?!\d))\s*"),
    re.compile(r"(?P<n>[(（]\d{1,2}[)）])\s*"),
)
_ARTICLE = 2
# From this depth on, a list that a sentence announces with a colon is part of its clause.
_LIST_DEPTH = 3
MAX_HEADING = 40
MAX_TITLE = 30
_SENTENCE = re.compile("[。；;！？]")
_ANNOUNCES = re.compile("[：:]$")
_DIGITS = {digit: number for number, digit in enumerate("一二三四五六七八九", 1)}
# Lines of equal width, as a page of a PDF or an e-mail has them: the sentence goes on below.
_FULL_LINE = 3
_NARROW, _WIDE = 15, 60

_TITLE_ONLY = "章节标题"
_REASONS = (
    (re.compile(r"发布日期|信息来源|发文机关|索\s*引\s*号|分享"), "网页的发布信息"),
    (re.compile(r"^附\s*件"), "附件目录"),
    (re.compile(r"^[(（]?此件"), "公开方式，不含措施"),
    (re.compile(r"^(?:为|根据|按照|依据).*(?:制定|如下|提出)"), "发文依据，不含措施"),
    (re.compile(r"[〔\[]\d{4}[〕\]]\d+号$"), "文号"),
    (re.compile(r"[：:]$"), "发文对象"),
    (re.compile(r"(?:方案|办法|意见|通知|规定|措施|细则|计划|决定|政策)$"), "文件标题"),
    (re.compile(r"^\d{4}年\d{1,2}月\d{1,2}日$"), "落款日期"),
    (re.compile(r"(?:政府|办公室|委员会|[局厅部办])$"), "发文机关"),
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the source: its lines as they stand there, and the number of the first."""

    line: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the paragraph on one line."""
        return "".join(self.lines)


@dataclass(frozen=True, slots=True)
class CutClause:
    """A clause as it was cut. `number`: its place as numbers from 1, such as (2, 3, 1); `place`:
    as the paper prints it."""

    number: tuple[int, ...]
    place: str
    title: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def text(self) -> str:
        """Return the words of the clause, one paragraph a line."""
        return "\n".join(each.text for each in self.paragraphs)

    @property
    def bureaus(self) -> PrintedList | None:
        """Return the list of bureaus that the clause ends with, or None."""
        return printed_list(self.text)


@dataclass(frozen=True, slots=True)
class LeftOver:
    """A paragraph outside of all clauses, and why it needs none; "" if that is not known."""

    paragraph: Paragraph
    why: str


@dataclass(frozen=True, slots=True)
class CutPaper:
    """The clauses of a paper and the paragraphs outside of them, both in the order of the text."""

    clauses: tuple[CutClause, ...]
    left_over: tuple[LeftOver, ...]

    def merged(self, number: int) -> CutPaper:
        """Return the paper with clause `number` (from 0) joined to the one before it."""
        before, here = self.clauses[number - 1 : number + 1]
        joined = replace(before, paragraphs=(*before.paragraphs, *here.paragraphs))
        clauses = (*self.clauses[: number - 1], joined, *self.clauses[number + 1 :])
        return replace(self, clauses=clauses)

    def without(self, number: int, why: str) -> CutPaper:
        """Return the paper with clause `number` (from 0) left out, for this reason."""
        gone = [LeftOver(each, why) for each in self.clauses[number].paragraphs]
        left = sorted((*self.left_over, *gone), key=lambda each: each.paragraph.line)
        clauses = (*self.clauses[:number], *self.clauses[number + 1 :])
        return CutPaper(clauses, tuple(left))

    def titled(self, number: int, title: str) -> CutPaper:
        """Return the paper with another title for clause `number` (from 0)."""
        clauses = list(self.clauses)
        clauses[number] = replace(clauses[number], title=title)
        return replace(self, clauses=tuple(clauses))


@dataclass(frozen=True, slots=True)
class _Marked:
    """A paragraph with its number in the paper; `depth` -1: it has none."""

    paragraph: Paragraph
    depth: int
    label: str
    value: int
    rest: str

    @property
    def is_heading(self) -> bool:
        return len(self.rest) <= MAX_HEADING and not _SENTENCE.search(self.rest)


def cut(source: str) -> CutPaper:
    """Return the clauses of a paper."""
    marked = [_marked(each) for each in paragraphs(source)]
    if all(each.depth < 0 for each in marked):
        return _unnumbered([each.paragraph for each in marked])
    first = next(n for n, each in enumerate(marked) if each.depth >= 0)
    last = _body_end(marked)
    cutter = _Cutter()
    for each in marked[first:last]:
        cutter.take(each)
    clauses, headings = cutter.finish()
    outside = [*marked[:first], *marked[last:]]
    left = [LeftOver(each.paragraph, _reason(each.paragraph.text)) for each in outside]
    left += [LeftOver(each, _TITLE_ONLY) for each in headings]
    return CutPaper(clauses, tuple(sorted(left, key=lambda each: each.paragraph.line)))


def _unnumbered(whole: Sequence[Paragraph]) -> CutPaper:
    """Return the clauses of a paper without numbers: each paragraph of sentences is one."""
    clauses: list[CutClause] = []
    left = []
    for each in whole:
        why = _reason(each.text)
        if why or not _SENTENCE.search(each.text):
            left.append(LeftOver(each, why))
        else:
            number = len(clauses) + 1
            place = f"第{number}段"
            clauses.append(CutClause((number,), place, title_of(each.text), (each,)))
    return CutPaper(tuple(clauses), tuple(left))


def paragraphs(source: str) -> list[Paragraph]:
    """Return the paragraphs of a source. Lines that a narrow page broke are one paragraph."""
    lines = [(number, line.strip()) for number, line in enumerate(source.splitlines(), 1)]
    width = _page_width([line for _, line in lines if line])
    found: list[Paragraph] = []
    open_line = False
    for number, line in lines:
        if not line:
            open_line = False
            continue
        if open_line and _depth(line) < 0:
            found[-1] = Paragraph(found[-1].line, (*found[-1].lines, line))
        else:
            found.append(Paragraph(number, (line,)))
        open_line = bool(width) and len(line) >= width - _FULL_LINE
    return found


def _page_width(lines: Sequence[str]) -> int:
    """Return the width at which lines were broken; 0 if each paragraph is one line."""
    longest = max(map(len, lines), default=0)
    if not _NARROW <= longest <= _WIDE:
        return 0
    full = [line for line in lines if len(line) >= longest - _FULL_LINE]
    broken = [line for line in full if not re.search(r"[。；;：:)）]$", line)]
    return longest if len(broken) >= max(3, len(lines) // 4) else 0


def _marker(line: str) -> tuple[int, re.Match[str] | None]:
    for depth, pattern in enumerate(_MARKERS):
        if found := pattern.match(line):
            return depth, found
    return -1, None


def _depth(line: str) -> int:
    return _marker(line)[0]


def _marked(paragraph: Paragraph) -> _Marked:
    depth, found = _marker(paragraph.text)
    if found is None:
        return _Marked(paragraph, -1, "", 0, paragraph.text)
    label = found["n"]
    return _Marked(paragraph, depth, label, _value(label), paragraph.text[found.end() :])


def _value(label: str) -> int:
    """Return the number of a label such as （十二）, 第三条 or 4."""
    digits = re.sub(r"[^\d一二三四五六七八九十百]", "", label)
    if digits.isdigit():
        return int(digits)
    hundreds, _, rest = digits.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    total = _DIGITS.get(hundreds, 0) * 100 + _DIGITS.get(ones, 0)
    return total + (_DIGITS.get(tens, 1) * 10 if ten else 0)


def _body_end(marked: Sequence[_Marked]) -> int:
    """Return where the signature, the enclosures or the links of the page begin."""
    last = max(n for n, each in enumerate(marked) if each.depth >= 0)
    for number in range(last + 1, len(marked)):
        text = marked[number].paragraph.text
        if text.startswith("附件") or (len(text) <= MAX_HEADING and not _SENTENCE.search(text)):
            return number
    return len(marked)


def _reason(text: str) -> str:
    return next((why for pattern, why in _REASONS if pattern.search(text)), "")


class _Cutter:
    """Collect paragraphs into clauses, under the headings that are open."""

    def __init__(self) -> None:
        self._clauses: list[CutClause] = []
        self._headings: list[Paragraph] = []
        # The numbers that are open, from the outside: depth, label, value.
        self._open: list[tuple[int, str, int]] = []
        self._title = ""
        self._waiting: list[Paragraph] = []
        # Whether the waiting paragraphs began with a number of their own.
        self._numbered = False
        # The groups of unnumbered paragraphs below one heading.
        self._groups: list[list[Paragraph]] = []

    def take(self, each: _Marked) -> None:
        if each.depth < 0 or self._is_listed(each):
            self._waiting.append(each.paragraph)
            if not self._numbered and printed_list(each.paragraph.text):
                # Below a heading, each list of bureaus ends a clause.
                self._groups.append(self._waiting)
                self._waiting = []
            return
        self._close()
        while self._open and self._open[-1][0] >= each.depth:
            self._open.pop()
        self._open.append((each.depth, each.label, each.value))
        if each.is_heading:
            self._headings.append(each.paragraph)
            self._title, self._numbered = each.rest, False
        else:
            self._title, self._numbered = title_of(each.rest), True
            self._waiting = [each.paragraph]

    def finish(self) -> tuple[tuple[CutClause, ...], list[Paragraph]]:
        self._close()
        return tuple(self._clauses), self._headings

    def _is_listed(self, each: _Marked) -> bool:
        """Return whether a numbered paragraph belongs to a list that a sentence announced."""
        if not self._waiting or not self._open or each.depth < _LIST_DEPTH:
            return False
        inside = each.depth > self._open[-1][0]
        announced = any(_ANNOUNCES.search(waiting.text) for waiting in self._waiting)
        return inside and announced

    def _close(self) -> None:
        if self._numbered:
            if self._waiting:
                self._add(self._numbers(), self._place(), self._title, self._waiting)
        else:
            groups = [*self._groups, *([self._waiting] if self._waiting else [])]
            for number, group in enumerate(groups, 1):
                alone = len(groups) == 1
                self._add(
                    self._numbers() if alone else (*self._numbers(), number),
                    self._place() if alone else f"{self._place()}{number}",
                    self._title if alone else title_of(group[0].text),
                    group,
                )
        self._groups, self._waiting = [], []

    def _add(
        self, number: tuple[int, ...], place: str, title: str, group: Sequence[Paragraph]
    ) -> None:
        title = title or title_of(group[0].text)
        self._clauses.append(CutClause(number, place, title, tuple(group)))

    def _cited(self) -> list[tuple[int, str, int]]:
        """Return the numbers that name the clause: articles (第三条) run through all chapters."""
        articles = any(depth == _ARTICLE for depth, _, _ in self._open)
        return [each for each in self._open if each[0] >= _ARTICLE or not articles]

    def _numbers(self) -> tuple[int, ...]:
        return tuple(value for _, _, value in self._cited())

    def _place(self) -> str:
        """Return the numbers as the paper prints them, brackets full-width: 二（一）3."""
        joined = "".join(label for _, label, _ in self._cited())
        return joined.replace("(", "（").replace(")", "）")


def title_of(text: str) -> str:
    """Return a title for a clause: its first sentence if that is short, else its beginning."""
    sentence = _SENTENCE.split(text, 1)[0].strip()
    if len(sentence) <= MAX_TITLE:
        return sentence
    return re.split("[,，:：]", sentence, maxsplit=1)[0][:MAX_TITLE]


def unique_ids(paper: CutPaper, prefix: str) -> Iterator[str]:
    """Return an id for each clause: the prefix and its numbers, such as 2027-2.3. A number that
    the paper prints twice gets a letter."""
    seen: set[str] = set()
    for clause in paper.clauses:
        name = ".".join(map(str, clause.number)) or "0"
        letters = iter("bcdefghijklmnopqrstuvwxyz")
        unique = name
        while unique in seen:
            unique = f"{name}{next(letters)}"
        seen.add(unique)
        yield f"{prefix}{unique}"
