"""Every name that one thing uses for another must exist; the nearest one is the hint."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from bot.content.documents.problems import nearest, shown
from bot.content.readers.build_context import Place, Reading
from bot.core.domain.knowledge import NEEDS, Condition, Support

_FEW = 3

# a bureau of the city inside a sentence such as 本校或市教育局
_ASKED = re.compile(r"市(?!的)[\u4e00-\u9fff]{1,6}?[局委办]")


def check_references(reading: Reading) -> None:
    """Record every unknown bureau, slot, choice, clause, hotline and source file."""
    at = reading.places.at
    for clause in reading.clauses.values():
        for number, printed in enumerate(clause.bureaus):
            if not _is_bureau(reading, printed):
                place = at("clause", clause.id, "bureaus", str(number))
                _unknown(reading, place, "单位", printed, reading.bureaus)
    for support in reading.supports.values():
        _check_support(support, reading)
    for slot in reading.slots.values():
        if slot.none_choice and not slot.choice(slot.none_choice):
            place = at("slot", slot.id, "none_choice")
            _unknown(reading, place, "选项", slot.none_choice, [c.id for c in slot.choices])
        if slot.unless:
            check_condition(reading, at("slot", slot.id, "unless"), slot.unless)
        for choice in slot.choices:
            if choice.possible_if:
                place = at("choice", f"{slot.id}:{choice.id}", "possible_if")
                check_condition(reading, place, choice.possible_if)
    for signpost in reading.signposts.values():
        if signpost.hotline and signpost.hotline not in reading.hotlines:
            place = at("signpost", signpost.id, "hotline")
            _unknown(reading, place, "热线", signpost.hotline, reading.hotlines)
        for seen in signpost.see:
            if seen not in reading.supports:
                place = at("signpost", signpost.id, "see")
                _unknown(reading, place, "扶持", seen, reading.supports)
    for paper in reading.papers.values():
        if paper.source_text and paper.source_text not in reading.sources:
            place = at("policy", paper.policy, "source_text")
            _unknown(reading, place, "原文文件", paper.source_text, reading.sources)


def check_condition(reading: Reading, place: Place, condition: Condition) -> None:
    """The slot and each choice of a condition must exist."""
    check_choices(reading, place, condition.slot, condition.allowed)


def check_choices(reading: Reading, place: Place, slot_id: str, choices: Iterable[str]) -> None:
    """The slot must exist, and have each of these choices."""
    slot = reading.slots.get(slot_id)
    if slot is None:
        names = {each.id: each.name for each in reading.slots.values()}
        _unknown_id(reading, place, "问题项", slot_id, names)
        return
    labels = {each.id: each.label for each in slot.choices}
    for choice in choices:
        if choice not in labels:
            _unknown_id(reading, place, f"“{slot_id}”的选项", choice, labels)


def _check_support(support: Support, reading: Reading) -> None:
    at = reading.places.at
    clause = reading.clauses.get(support.clause)
    place = at("support", support.id, "clause")
    if support.clause and clause is None:
        _unknown(reading, place, "条款", support.clause, reading.clauses)
    elif clause and clause.policy != support.policy:
        reading.complain(place, f"条款“{clause.id}”属于另一份文件“{clause.policy}”")
    for condition in support.conditions:
        place = at("support", support.id, "conditions", condition.slot)
        check_condition(reading, place, condition)
    for printed in _ASKED.findall(support.ask):
        if not _is_bureau(reading, printed):
            place = at("support", support.id, "unstated", "ask")
            _unknown(reading, place, "单位", printed, reading.bureaus)
    for number, need in enumerate(support.needs):
        check_choices(reading, at("support", support.id, NEEDS, str(number)), NEEDS, [need])


def _is_bureau(reading: Reading, printed: str) -> bool:
    return printed in reading.bureaus or printed.removeprefix("市") in reading.bureaus


def _unknown_id(
    reading: Reading, place: Place, what: str, name: str, labels: Mapping[str, str]
) -> None:
    """An id that is not there; who knows only what founders see finds the id beside it."""
    listed = "、".join(f"{each}（{label}）" for each, label in labels.items())
    hint = nearest(name, labels) or (f"写编号：{listed}" if labels else "")
    reading.complain(place, f"没有这个{what}：“{shown(name)}”", hint)


def _unknown(reading: Reading, place: Place, what: str, name: str, known: Collection[str]) -> None:
    hint = nearest(name, known)
    if not hint and len(known) <= _FEW and known:
        hint = "现有：" + "、".join(known)
    reading.complain(place, f"没有这个{what}：“{shown(name)}”", hint)
