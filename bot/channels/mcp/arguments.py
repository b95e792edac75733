"""Read the arguments of a tool call; a fault is refused with what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rapidfuzz import fuzz, process

from bot.core.domain.knowledge import Knowledge, Slot
from bot.core.text.normalizer import sanitize
from bot.errors import ToolCallRefused

# Known values that a refusal names: the most similar ones, or all of a short list.
MOST_NEAR = 5
MOST_KNOWN = 40
# Similarity, of 100, from which a known value is a likely meaning.
NEAR_FROM = 55.0
# Characters of a wrong value that a refusal repeats.
MOST_REPEATED = 60


class Arguments:
    """The arguments of one call. Every method raises ToolCallRefused for a value that cannot be
    used. A missing value and null are alike."""

    def __init__(self, knowledge: Knowledge, values: Mapping[str, Any]) -> None:
        self._knowledge = knowledge
        self._values = {name: value for name, value in values.items() if value is not None}

    def allow(self, tool: str, names: Iterable[str]) -> None:
        """Refuse an argument that the tool does not have."""
        known = list(names)
        for name in self._values:
            if name not in known:
                raise ToolCallRefused(
                    self._knowledge.say(
                        "tools_extra", tool=tool, name=_short(name), known="、".join(known)
                    )
                )

    def text(self, name: str, most: int) -> str:
        """Return a required text of at most `most` characters."""
        value = self._values.get(name, "")
        if not isinstance(value, str):
            raise ToolCallRefused(self._knowledge.say("tools_not_text", name=name))
        if not value.strip():
            raise ToolCallRefused(self._knowledge.say("tools_required", name=name))
        if len(value) > most:
            raise ToolCallRefused(self._knowledge.say("tools_too_long", name=name, most=str(most)))
        return value.strip()

    def has(self, name: str) -> bool:
        """Return whether an argument is given."""
        return name in self._values

    def one_of(self, name: str, known: Mapping[str, str]) -> str:
        """Return a required id. `known`: id → title; the title is accepted in its place."""
        return self._known(name, self.text(name, 200), known)

    def choices(self, slot: Slot) -> tuple[str, ...]:
        """Return the choices that are given for a slot of the interview, each once."""
        value = self._values.get(slot.id, [])
        given = [value] if isinstance(value, str) else value
        if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
            raise ToolCallRefused(self._knowledge.say("tools_not_choices", name=slot.id))
        known = {choice.id: choice.label for choice in slot.choices}
        chosen = tuple(dict.fromkeys(self._known(slot.id, each, known) for each in given))
        if len(chosen) > 1 and not slot.multiple:
            raise ToolCallRefused(self._knowledge.say("tools_only_one", name=slot.id))
        return chosen

    def number(self, name: str, least: int, most: int, usual: int) -> int:
        """Return a whole number in a range; `usual` if it is missing."""
        value = self._values.get(name, usual)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ToolCallRefused(
                self._knowledge.say(
                    "tools_not_number", name=name, least=str(least), most=str(most)
                )
            )
        return value

    def _known(self, name: str, value: str, known: Mapping[str, str]) -> str:
        if value in known:
            return value
        for key, title in known.items():
            if value == title:
                return key
        say = self._knowledge.say
        hint = self._near(value, known) or self._all(known)
        raise ToolCallRefused(say("tools_not_known", name=name, value=_short(value), hint=hint))

    def _near(self, value: str, known: Mapping[str, str]) -> str:
        """Return the most similar known values; "" if none is similar."""
        names = {key: f"{key} {title}" for key, title in known.items()}
        titled = process.extract(
            value[:200], names, scorer=fuzz.partial_ratio, score_cutoff=NEAR_FROM, limit=MOST_NEAR
        )
        exact = process.extract(
            value[:200], list(known), scorer=fuzz.ratio, score_cutoff=NEAR_FROM, limit=MOST_NEAR
        )
        keys = dict.fromkeys([*(key for key, *_ in exact), *(key for *_, key in titled)])
        near = "、".join(self._named(key, known) for key in list(keys)[:MOST_NEAR])
        return self._knowledge.say("tools_near", near=near) if near else ""

    def _all(self, known: Mapping[str, str]) -> str:
        shown = "、".join(self._named(key, known) for key in list(known)[:MOST_KNOWN])
        return self._knowledge.say("tools_known", known=shown)

    def _named(self, key: str, known: Mapping[str, str]) -> str:
        return self._knowledge.say("tools_check_choice", id=key, label=known[key])


def _short(value: str) -> str:
    value = sanitize(value)
    return value if len(value) <= MOST_REPEATED else f"{value[:MOST_REPEATED]}…"
