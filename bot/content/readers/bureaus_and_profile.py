"""bureaus.yaml and profile.yaml → whom to ask, and what the guide asks."""

from __future__ import annotations

import re
from enum import StrEnum

from bot.content.documents.mapping_reader import Fields
from bot.content.readers.build_context import Reading
from bot.content.readers.policies import conditions
from bot.core.domain.knowledge import Bureau, Choice, Hotline, Slot

_ABOUT_WHEN = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)


class Confidence(StrEnum):
    """How sure a fact is: a government page, named press, a register, general knowledge only."""

    GOVERNMENT = "A"
    PRESS = "B"
    REGISTER = "C"
    UNPROVEN = "U"


def read_bureaus(fields: Fields, reading: Reading) -> None:
    """bureaus.yaml: bodies as the papers name them, and telephone lines."""
    fields.must_have("bureaus", "hotlines")
    for each in fields.tables("bureaus"):
        bureau = _bureau(each)
        reading.keep("bureau", reading.bureaus, bureau.name, bureau, each)
    for each in fields.tables("hotlines"):
        hotline = Hotline(each.text("number", required=True), each.text("title", required=True))
        each.finish()
        reading.keep("hotline", reading.hotlines, hotline.number, hotline, each)
    fields.finish()


def read_profile(fields: Fields, reading: Reading) -> None:
    """profile.yaml: the questions of the interview and their choices."""
    fields.must_have("slots")
    for each in fields.tables("slots"):
        slot = _slot(each, reading)
        reading.keep("slot", reading.slots, slot.id, slot, each)
    fields.finish()


def _bureau(fields: Fields) -> Bureau:
    now = fields.text("now")
    proven = fields.chosen("confidence", Confidence, Confidence.UNPROVEN)
    verified = fields.text("verified")
    if verified and not _ABOUT_WHEN.fullmatch(verified):
        fields.complain("verified", "“verified”不是日期", "写成 2026-11-23 这样")
    bureau = Bureau(
        name=fields.text("name", required=True),
        aliases=fields.texts("aliases"),
        # a name that no source proves is kept in the file for the admin, and never shown
        now=now if proven is not Confidence.UNPROVEN else "",
        verified=verified,
        note=fields.text("note"),
    )
    fields.finish()
    return bureau


def _slot(fields: Fields, reading: Reading) -> Slot:
    name = fields.text("id", required=True)
    choices: dict[str, Choice] = {}
    for each in fields.tables("choices"):
        choice = _choice(each)
        if choice.id in choices:
            first = reading.places.at("choice", f"{name}:{choice.id}")
            each.complain("id", f"选项“{choice.id}”重复，{first} 已经用了")
        elif choice.id:
            choices[choice.id] = choice
            reading.places.note("choice", f"{name}:{choice.id}", each)
    unless = conditions(fields, "unless")
    if len(unless) > 1:
        fields.complain("unless", "“unless”只能写一个问题项")
    slot = Slot(
        id=name,
        name=fields.text("name", required=True),
        question=fields.text("question", required=True),
        why=fields.text("why", required=True),
        choices=tuple(choices.values()),
        multiple=fields.flag("multiple"),
        changeable=fields.flag("changeable"),
        none_choice=fields.text("none_choice"),
        unless=unless[0] if unless else None,
    )
    fields.finish()
    return slot


def _choice(fields: Fields) -> Choice:
    possible = conditions(fields, "possible_if")
    if len(possible) > 1:
        fields.complain("possible_if", "“possible_if”只能写一个问题项")
    choice = Choice(
        id=fields.text("id", required=True),
        label=fields.text("label", required=True),
        words=fields.texts("words"),
        not_words=fields.texts("not_words"),
        possible_if=possible[0] if possible else None,
        replaces=fields.texts("replaces"),
        office=fields.text("office"),
    )
    fields.finish()
    return choice
