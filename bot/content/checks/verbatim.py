"""Rules of the letter: clauses stand in the source, quotes in their clause, bureaus as printed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.content.documents.problems import nearest, shown
from bot.content.readers.build_context import Paper, Reading, Repair
from bot.core.domain.knowledge import Clause

_TAIL = re.compile(
    r"[(（](?P<label>[\u4e00-\u9fff]{0,6}单位)[:：](?P<names>[^;；()（）]+)(?:[;；][^()（）]*)?[)）]\s*$"
)
_BETWEEN = re.compile(r"[、,，]")


@dataclass(frozen=True, slots=True)
class PrintedList:
    """The list of bureaus that closes a clause."""

    label: str
    bureaus: tuple[str, ...]
    is_open: bool


def check_verbatim(reading: Reading) -> None:
    """Record what departs from the letter of the source."""
    for paper in reading.papers.values():
        source = reading.sources.get(paper.source_text)
        if source is not None:
            _check_paper(reading, paper, source)
    for clause in reading.clauses.values():
        _check_bureaus(reading, clause)
    for support in reading.supports.values():
        clause_of = reading.clauses.get(support.clause)
        if clause_of and support.quote and support.quote not in clause_of.text:
            place = reading.places.at("support", support.id, "quote")
            message = f"quote 不在条款 {support.clause} 的原文里：“{shown(support.quote)}”"
            reading.complain(place, message, "从条款的 text 里逐字复制一段，标点也要一样")


def squeeze(text: str) -> str:
    """The text without line breaks and the blanks beside them: paragraphs may be set anyhow."""
    return "".join(line.strip() for line in text.splitlines())


def stored_form(text: str, repairs: tuple[Repair, ...]) -> str:
    """The text as the source file has it: each repaired place back in its damaged form."""
    by_shown = {repair.shown: repair.stored for repair in repairs if repair.shown}
    if not by_shown:
        return text
    longest_first = sorted(by_shown, key=len, reverse=True)
    pattern = re.compile("|".join(re.escape(each) for each in longest_first))
    return pattern.sub(lambda found: by_shown[found.group()], text)


def printed_list(text: str) -> PrintedList | None:
    """The list that closes a clause, such as (责任单位:市科技局,各县区政府), or None."""
    found = _TAIL.search(text)
    if not found:
        return None
    names = found["names"].strip()
    is_open = names.endswith("等")
    bureaus = tuple(n.strip() for n in _BETWEEN.split(names.removesuffix("等")) if n.strip())
    return PrintedList(found["label"], bureaus, is_open)


def _check_paper(reading: Reading, paper: Paper, source: str) -> None:
    at = reading.places.at
    for number, repair in enumerate(paper.repairs):
        if repair.stored not in source:
            place = at("policy", paper.policy, "repairs", str(number))
            message = f"原文文件里没有要修补的字：“{shown(repair.stored)}”"
            reading.complain(place, message, "stored 要与原文文件逐字一样")
    starts = [line.strip() for line in source.splitlines()]
    for number, each in enumerate(paper.uncovered):
        if each.starts and not any(line.startswith(each.starts) for line in starts):
            place = at("policy", paper.policy, "uncovered", str(number))
            message = f"原文里没有以“{shown(each.starts)}”开头的段落"
            reading.complain(place, message, nearest(each.starts, [x[:40] for x in starts if x]))
    whole = squeeze(source)
    for clause in reading.clauses.values():
        if clause.policy != paper.policy or not clause.text:
            continue
        wanted = squeeze(stored_form(clause.text, paper.repairs))
        if wanted not in whole:
            where = _first_difference(wanted, whole)
            reading.complain(
                at("clause", clause.id, "text"),
                f"条款 {clause.id} 的 text 与原文不一致，从“{shown(where)}”起",
                "逐字照抄原文文件；网页丢的字要先写进 repairs",
            )


def _first_difference(wanted: str, whole: str) -> str:
    """Where the clause leaves the source: the longest beginning that the source has, cut off."""
    low, high = 0, len(wanted)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if wanted[:middle] in whole else (low, middle - 1)
    return wanted[max(0, low - 5) : low + 15]


def _check_bureaus(reading: Reading, clause: Clause) -> None:
    printed = printed_list(clause.text)
    place = reading.places.at("clause", clause.id, "bureaus")
    if printed is None:
        if clause.bureaus and "、".join(clause.bureaus) not in clause.text:
            message = f"条款 {clause.id} 的原文末尾没有印责任单位，原文里也没有这串单位"
            reading.complain(place, message, "原文没有就不写 bureaus")
        return
    if clause.bureaus != printed.bureaus:
        expected = "、".join(printed.bureaus)
        first = clause.bureaus[0] if clause.bureaus else ""
        if first != printed.bureaus[0]:
            message = f"条款 {clause.id} 的牵头单位应是“{printed.bureaus[0]}”，要排第一位"
        else:
            message = f"条款 {clause.id} 的 bureaus 与原文印的不一样"
        reading.complain(place, message, f"原文是：{expected}")
    if clause.open_list != printed.is_open:
        place = reading.places.at("clause", clause.id, "open_list")
        said = (
            "以“等”结尾，要写 open_list: true" if printed.is_open else "没有“等”，不写 open_list"
        )
        reading.complain(place, f"条款 {clause.id} 印的责任单位{said}")
    if clause.bureaus_label != printed.label:
        place = reading.places.at("clause", clause.id, "bureaus_label")
        message = f"条款 {clause.id} 印的是“{printed.label}”，不是“{clause.bureaus_label}”"
        reading.complain(place, message, f"写 bureaus_label: {printed.label}")
