"""Read bureaus.yaml (bureaus, hotlines) and interview.yaml (slots, choices)."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum

from bot.content.documents.mapping_reader import MappingReader
from bot.content.readers.build_context import BuildContext
from bot.content.readers.policies import choice_lists
from bot.core.domain.knowledge import Bureau, Choice, ChoiceRole, Hotline, Slot

# How to reach a bureau.
_OFFICE = ("telephone", "address", "url")
_ABOUT_WHEN = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)


class Confidence(StrEnum):
    """The source of a fact: a government page, a named newspaper, a register, or none."""

    GOVERNMENT = "A"
    PRESS = "B"
    REGISTER = "C"
    UNPROVEN = "U"


def read_bureaus(fields: MappingReader, context: BuildContext) -> None:
    """Read bureaus.yaml: bureaus as the policies name them, and hotlines."""
    fields.require_keys("bureaus", "hotlines")
    for each in fields.tables("bureaus"):
        bureau = _bureau(each)
        context.keep("bureau", context.bureaus, bureau.name, bureau, each)
    for each in fields.tables("hotlines"):
        hotline = Hotline(
            each.text("number", required=True),
            each.text("title", required=True),
            each.day("review_by"),
            each.text("id"),
        )
        if hotline.id and hotline.id in context.hotline_ids:
            each.add_problem("id", f"热线“{hotline.id}”重复", "换一个编号")
        context.hotline_ids.setdefault(hotline.id or hotline.number, hotline.number)
        each.finish()
        context.keep("hotline", context.hotlines, hotline.number, hotline, each)
    city = context.locality
    context.locality = replace(city, hotline=context.hotline(city.hotline))
    fields.finish()


def read_interview(fields: MappingReader, context: BuildContext) -> None:
    """Read interview.yaml: the slots and their choices."""
    fields.require_keys("slots")
    for each in fields.tables("slots"):
        slot = _slot(each, context)
        context.keep("slot", context.slots, slot.id, slot, each)
    _check_roles(context)
    fields.finish()


def _check_roles(context: BuildContext) -> None:
    """Record a role that a second choice has, and a limit of years that is missing or useless."""
    owners: dict[ChoiceRole, str] = {}
    for slot in context.slots.values():
        for choice in slot.choices:
            name = f"{slot.id}:{choice.id}"
            place = context.places.at("choice", name, "role")
            if choice.role and owners.setdefault(choice.role, name) != name:
                message = f"“{choice.role}”已经是“{owners[choice.role]}”的 role 了"
                context.add_problem(place, message, "一个 role 只给一个选项")
            if (choice.role is ChoiceRole.YOUNG) != (choice.under_years is not None):
                message = f"“{name}”：role: young 和 under_years 要一起写"
                context.add_problem(place, message, "开了不到几年算这一项，就写几")


def _bureau(fields: MappingReader) -> Bureau:
    now = fields.text("now")
    proven = fields.enum_value("confidence", Confidence, Confidence.UNPROVEN)
    verified = fields.text("verified")
    if verified and not _ABOUT_WHEN.fullmatch(verified):
        fields.add_problem("verified", "“verified”不是日期", "写成 2026-11-23 这样")
    source = fields.text("source")
    office = {key: fields.text(key) for key in _OFFICE}
    for key in _OFFICE:
        if office[key] and not (source and verified):
            message = f"写了“{key}”，却没有写出处和日期"
            fields.add_problem(key, message, "写上 source 和 verified；没有核实过的不写")
    # What has no proof stays in the file for the admin and is never shown.
    shown = proven is not Confidence.UNPROVEN
    if source and verified and not shown:
        for key in ("now", *_OFFICE):
            if fields.text(key):
                message = f"写了“{key}”、出处和日期，confidence 却是 U（不写也是 U），不会给人看"
                hint = "核实过就把 confidence 改成 A、B 或 C；没有核实就去掉 verified"
                fields.add_problem(key, message, hint)
    bureau = Bureau(
        name=fields.text("name", required=True),
        aliases=fields.texts("aliases"),
        now=now if shown else "",
        verified=verified,
        note=fields.text("note"),
        confidence=proven.value,
        source=source,
        review_by=fields.day("review_by"),
        **(office if shown else {}),
    )
    fields.finish()
    return bureau


def _slot(fields: MappingReader, context: BuildContext) -> Slot:
    name = fields.text("id", required=True)
    choices: dict[str, Choice] = {}
    for each in fields.tables("choices"):
        choice = _choice(each)
        if choice.id in choices:
            first = context.places.at("choice", f"{name}:{choice.id}")
            each.add_problem("id", f"选项“{choice.id}”重复，{first} 已经用了")
        elif choice.id:
            choices[choice.id] = choice
            context.places.note("choice", f"{name}:{choice.id}", each)
    unless = choice_lists(fields, "unless")
    if len(unless) > 1:
        fields.add_problem("unless", "“unless”只能写一个问题项")
    slot = Slot(
        id=name,
        name=fields.text("name", required=True),
        question=fields.text("question", required=True),
        why=fields.text("why", required=True),
        choices=tuple(choices.values()),
        multiple=fields.boolean("multiple"),
        changeable=fields.boolean("changeable"),
        none_choice=fields.text("none_choice"),
        unless=unless[0] if unless else None,
    )
    fields.finish()
    return slot


def _choice(fields: MappingReader) -> Choice:
    possible = choice_lists(fields, "possible_if")
    if len(possible) > 1:
        fields.add_problem("possible_if", "“possible_if”只能写一个问题项")
    choice = Choice(
        id=fields.text("id", required=True),
        label=fields.text("label", required=True),
        words=fields.texts("words"),
        not_words=fields.texts("not_words"),
        possible_if=possible[0] if possible else None,
        not_with=fields.texts("not_with"),
        replaces=fields.texts("replaces"),
        office=fields.text("office"),
        denied_by=fields.texts("denied_by"),
        lasting=fields.boolean("lasting"),
        role=fields.enum_value("role", ChoiceRole, None),
        under_years=fields.integer("under_years"),
    )
    fields.finish()
    return choice
