"""Check that every name that an entry refers to exists."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from bot.content.documents.problems import nearest, shown
from bot.content.readers.build_context import BuildContext, Place
from bot.core.domain.knowledge import IDENTITY, NEEDS, Condition, Support

_FEW = 3
_NEW_BUREAU = "先写进 bureaus.yaml：name 是文件里的叫法"


def check_references(context: BuildContext) -> None:
    """Record a problem for every unknown bureau, slot, choice, clause, hotline and source file."""
    at = context.places.at
    for clause in context.clauses.values():
        for number, printed in enumerate(clause.bureaus):
            if not _is_bureau(context, printed):
                place = at("clause", clause.id, "bureaus", str(number))
                _unknown(context, place, "单位", printed, context.bureaus, _NEW_BUREAU)
    for support in context.supports.values():
        _check_support(support, context)
    for name in context.locality.suspended:
        if name not in context.supports:
            place = at("place", "", "suspended")
            _unknown(context, place, "扶持", name, context.supports)
    for slot in context.slots.values():
        if slot.none_choice and not slot.choice(slot.none_choice):
            place = at("slot", slot.id, "none_choice")
            _unknown(context, place, "选项", slot.none_choice, [c.id for c in slot.choices])
        if slot.unless:
            check_condition(context, at("slot", slot.id, "unless"), slot.unless)
        for choice in slot.choices:
            if choice.possible_if:
                place = at("choice", f"{slot.id}:{choice.id}", "possible_if")
                check_condition(context, place, choice.possible_if)
            place = at("choice", f"{slot.id}:{choice.id}", "not_with")
            check_choices(context, place, slot.id, choice.not_with)
    for signpost in context.signposts.values():
        if signpost.hotline and signpost.hotline not in context.hotlines:
            place = at("signpost", signpost.id, "hotline")
            _unknown(context, place, "热线", signpost.hotline, context.hotline_ids)
        for seen in signpost.see:
            if seen not in context.supports:
                place = at("signpost", signpost.id, "see")
                _unknown(context, place, "扶持", seen, context.supports)
    for policy in context.policies.values():
        if policy.lead_clause and policy.lead_clause not in context.clauses:
            place = at("policy", policy.id, "lead_clause")
            _unknown(context, place, "条款", policy.lead_clause, context.clauses)
    for place, entry in context.superseded:
        if entry.policy not in context.policies:
            _unknown(context, place, "文件", entry.policy, context.policies)
        for name in entry.supports:
            if name not in context.supports:
                _unknown(context, place, "扶持", name, context.supports)
    for place, sample in context.fact_samples:
        for name, choices in sample.facts.items():
            check_choices(context, place, name, choices)
    for place, kind in context.kinds:
        check_choices(context, place, IDENTITY, kind.identities)
    hotline = context.locality.hotline
    if hotline and hotline not in context.hotlines:
        _unknown(context, at("place", "", "hotline"), "热线", hotline, context.hotline_ids)
    for paper in context.papers.values():
        if paper.source_text and paper.source_text not in context.sources:
            place = at("policy", paper.policy, "source_text")
            _unknown(context, place, "原文文件", paper.source_text, context.sources)


def check_condition(context: BuildContext, place: Place, condition: Condition) -> None:
    """Record a problem if the slot or a choice of a condition does not exist."""
    named = (*condition.allowed, *condition.perhaps, *condition.barred)
    check_choices(context, place, condition.slot, named)


def check_choices(
    context: BuildContext, place: Place, slot_id: str, choices: Iterable[str]
) -> None:
    """Record a problem if the slot does not exist or lacks one of these choices."""
    slot = context.slots.get(slot_id)
    if slot is None:
        names = {each.id: each.name for each in context.slots.values()}
        _unknown_id(context, place, "问题项", slot_id, names)
        return
    labels = {each.id: each.label for each in slot.choices}
    for choice in choices:
        if choice not in labels:
            _unknown_id(context, place, f"“{slot_id}”的选项", choice, labels)


def _check_support(support: Support, context: BuildContext) -> None:
    at = context.places.at
    clause = context.clauses.get(support.clause)
    place = at("support", support.id, "clause")
    if support.clause and clause is None:
        _unknown(context, place, "条款", support.clause, context.clauses)
    elif clause and clause.policy != support.policy:
        context.add_problem(place, f"条款“{clause.id}”属于另一份文件“{clause.policy}”")
    for number, other in enumerate(support.alike):
        if other not in context.supports:
            place = at("support", support.id, "alike", str(number))
            _unknown(context, place, "扶持", other, context.supports)
    for number, topic in enumerate(support.covers):
        if topic not in context.signposts:
            place = at("support", support.id, "covers", str(number))
            _unknown(context, place, "文件不管的事", topic, context.signposts)
    for condition in support.conditions:
        place = at("support", support.id, "conditions", condition.slot)
        check_condition(context, place, condition)
    for printed in _asked_bureaus(context, support.ask):
        if not _is_bureau(context, printed):
            place = at("support", support.id, "unstated", "ask")
            _unknown(context, place, "单位", printed, context.bureaus)
    for number, need in enumerate(support.needs):
        check_choices(context, at("support", support.id, NEEDS, str(number)), NEEDS, [need])


def _asked_bureaus(context: BuildContext, text: str) -> list[str]:
    """Return the bureaus of the city in a text such as 本校或市教育局."""
    prefix = re.escape(context.locality.bureau_prefix)
    return re.findall(rf"{prefix}(?!的)[\u4e00-\u9fff]{{1,6}}?[局委办]", text) if prefix else []


def _is_bureau(context: BuildContext, printed: str) -> bool:
    names = {printed, printed.removeprefix(context.locality.bureau_prefix)}
    aliases = {alias for bureau in context.bureaus.values() for alias in bureau.aliases}
    return bool(names & (context.bureaus.keys() | aliases))


def _unknown_id(
    context: BuildContext, place: Place, what: str, name: str, labels: Mapping[str, str]
) -> None:
    """Record an unknown id. The hint lists ids with their labels, which admins know better."""
    listed = "、".join(f"{each}（{label}）" for each, label in labels.items())
    hint = nearest(name, labels) or (f"写编号：{listed}" if labels else "")
    context.add_problem(place, f"没有这个{what}：“{shown(name)}”", hint)


def _unknown(
    context: BuildContext,
    place: Place,
    what: str,
    name: str,
    known: Collection[str],
    otherwise: str = "",
) -> None:
    hint = nearest(name, known) or otherwise
    if not hint and len(known) <= _FEW and known:
        hint = "现有：" + "、".join(known)
    context.add_problem(place, f"没有这个{what}：“{shown(name)}”", hint)
