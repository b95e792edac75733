"""Check verbatim texts: clauses in the source, quotes in the clause, bureaus as printed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.content.checks.truth.quotes import common_beginning, first_difference
from bot.content.documents.problems import nearest, shown
from bot.content.readers.build_context import BuildContext, Paper, Repair
from bot.content.readers.policies import squeeze
from bot.core.domain.knowledge import Clause

_TAIL = re.compile(
    r"[(（](?P<label>[\u4e00-\u9fff]{0,6}单位)[:：](?P<names>[^;；()（）]+)(?:[;；][^()（）]*)?[)）]\s*$"
)
_BETWEEN = re.compile(r"[、,，]")


@dataclass(frozen=True, slots=True)
class PrintedList:
    """The list of bureaus at the end of a clause. `is_open`: it ends with 等."""

    label: str
    bureaus: tuple[str, ...]
    is_open: bool


def check_verbatim(context: BuildContext) -> None:
    """Record clauses, quotes and bureaus that differ from the source."""
    for paper in context.papers.values():
        source = context.sources.get(paper.source_text)
        if source is not None:
            _check_paper(context, paper, source)
    for clause in context.clauses.values():
        _check_bureaus(context, clause)
    for support in context.supports.values():
        clause_of = context.clauses.get(support.clause)
        if clause_of and support.quote and support.quote not in clause_of.text:
            place = context.places.at("support", support.id, "quote")
            message = f"quote 不在条款 {support.clause} 的原文里：“{shown(support.quote)}”"
            where = first_difference(support.quote, clause_of.text)
            hint = "从条款的 text 里逐字复制一段，标点也要一样"
            context.add_problem(place, message, f"{where}；{hint}" if where else hint)
        for condition in support.conditions:
            if clause_of and condition.quote not in clause_of.text:
                path = ("conditions", condition.slot, "quote")
                message = (
                    f"条件的 quote 不在条款 {support.clause} 的原文里：“{shown(condition.quote)}”"
                )
                context.add_problem(
                    context.places.at("support", support.id, *path),
                    message,
                    "从条款的 text 里逐字复制说给谁的那几个字",
                )


def stored_form(text: str, repairs: tuple[Repair, ...]) -> str:
    """Return the text as the source file has it, with every repair undone."""
    by_shown = {repair.shown: repair.stored for repair in repairs if repair.shown}
    if not by_shown:
        return text
    longest_first = sorted(by_shown, key=len, reverse=True)
    pattern = re.compile("|".join(re.escape(each) for each in longest_first))
    return pattern.sub(lambda found: by_shown[found.group()], text)


def printed_list(text: str) -> PrintedList | None:
    """Return the list at the end of a clause, such as (责任单位:市科技局,各县区政府), or None."""
    found = _TAIL.search(text)
    if not found:
        return None
    names = found["names"].strip()
    is_open = names.endswith("等")
    bureaus = tuple(n.strip() for n in _BETWEEN.split(names.removesuffix("等")) if n.strip())
    return PrintedList(found["label"], bureaus, is_open)


def _check_paper(context: BuildContext, paper: Paper, source: str) -> None:
    at = context.places.at
    for number, repair in enumerate(paper.repairs):
        if repair.stored not in source:
            place = at("policy", paper.policy, "repairs", str(number))
            message = f"原文文件里没有要修补的字：“{shown(repair.stored)}”"
            context.add_problem(place, message, "stored 要与原文文件逐字一样")
    starts = [line.strip() for line in source.splitlines()]
    for number, each in enumerate(paper.uncovered):
        if each.starts and not any(line.startswith(each.starts) for line in starts):
            place = at("policy", paper.policy, "uncovered", str(number))
            message = f"原文里没有以“{shown(each.starts)}”开头的段落"
            context.add_problem(
                place, message, nearest(each.starts, [x[:40] for x in starts if x])
            )
    whole = squeeze(source)
    policy = context.policies.get(paper.policy)
    for number, named in enumerate(policy.basis if policy else ()):
        if squeeze(stored_form(named, paper.repairs)) not in whole:
            place = at("policy", paper.policy, "basis", str(number))
            message = f"原文里没有这一份依据：“{shown(named)}”"
            context.add_problem(place, message, "照抄原文的名称和文号；网页丢的字要先写进 repairs")
    for clause in context.clauses.values():
        if clause.policy != paper.policy or not clause.text:
            continue
        wanted = squeeze(stored_form(clause.text, paper.repairs))
        if wanted not in whole:
            end = common_beginning(wanted, whole)
            where = wanted[max(0, end - 5) : end + 15]
            context.add_problem(
                at("clause", clause.id, "text"),
                f"条款 {clause.id} 的 text 与原文不一致，从“{shown(where)}”起",
                "逐字照抄原文文件；网页丢的字要先写进 repairs",
            )


def _check_bureaus(context: BuildContext, clause: Clause) -> None:
    printed = printed_list(clause.text)
    place = context.places.at("clause", clause.id, "bureaus")
    if printed is None:
        if clause.bureaus and "、".join(clause.bureaus) not in clause.text:
            message = f"条款 {clause.id} 的原文末尾没有印责任单位，原文里也没有这串单位"
            context.add_problem(place, message, "原文没有就不写 bureaus")
        return
    if clause.bureaus != printed.bureaus:
        expected = "、".join(printed.bureaus)
        first = clause.bureaus[0] if clause.bureaus else ""
        if first != printed.bureaus[0]:
            message = f"条款 {clause.id} 的牵头单位应是“{printed.bureaus[0]}”，要排第一位"
        else:
            message = f"条款 {clause.id} 的 bureaus 与原文印的不一样"
        context.add_problem(place, message, f"原文是：{expected}")
    if clause.open_list != printed.is_open:
        place = context.places.at("clause", clause.id, "open_list")
        said = (
            "以“等”结尾，要写 open_list: true" if printed.is_open else "没有“等”，不写 open_list"
        )
        context.add_problem(place, f"条款 {clause.id} 印的责任单位{said}")
    if clause.bureaus_label != printed.label:
        place = context.places.at("clause", clause.id, "bureaus_label")
        message = f"条款 {clause.id} 印的是“{printed.label}”，不是“{clause.bureaus_label}”"
        context.add_problem(place, message, f"写 bureaus_label: {printed.label}")
