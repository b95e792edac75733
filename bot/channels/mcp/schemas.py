"""The input schemas of the tools; their enumerations come from the knowledge."""

from __future__ import annotations

from typing import Any, NamedTuple

from bot.channels.mcp.records import Record
from bot.core.domain.knowledge import Knowledge, Slot

# Supports that one check returns: unless told otherwise, and at most.
LIMIT = 5
MOST = 100


class ToolDefinition(NamedTuple):
    """A tool as an assistant sees it: `schema` is that of its arguments, `output` the model of its
    structured answer."""

    name: str
    title: str
    description: str
    schema: dict[str, Any]
    output: type[Record]


def search_schema(knowledge: Knowledge, text_chars: int) -> dict[str, Any]:
    """Return the arguments of `search_supports`."""
    query = _text(knowledge.say("tools_search_query"))
    return _object({"query": {**query, "minLength": 1, "maxLength": text_chars}}, "query")


def support_schema(knowledge: Knowledge) -> dict[str, Any]:
    """Return the arguments of `get_support`. The ids are not enumerated: there may be thousands,
    and a wrong one is answered with the nearest."""
    return _object({"id": _text(knowledge.say("tools_support_id"))}, "id")


def clause_schema(knowledge: Knowledge) -> dict[str, Any]:
    """Return the arguments of `get_clause`."""
    say = knowledge.say
    policies = "、".join(
        say("tools_clause_policy_item", id=policy.id, title=policy.title)
        for policy in knowledge.policies.values()
    )
    example = next(iter(knowledge.clauses), "")
    policy = _text(say("tools_clause_policy", policies=policies))
    return _object(
        {
            "policy": {**policy, "enum": list(knowledge.policies)},
            "clause": _text(say("tools_clause_id", example=example)),
        },
        "policy",
        "clause",
    )


def check_schema(knowledge: Knowledge) -> dict[str, Any]:
    """Return the arguments of `check_eligibility`: one for each slot of the interview."""
    say = knowledge.say
    slots = {slot.id: _slot(knowledge, slot) for slot in knowledge.slots.values()}
    limit = say("tools_check_limit", most=str(MOST), usual=str(LIMIT))
    return _object(
        {
            **slots,
            "support": _text(say("tools_check_support")),
            "limit": {"type": "integer", "minimum": 1, "maximum": MOST, "description": limit},
            "offset": {
                "type": "integer",
                "minimum": 0,
                "description": say("tools_check_offset"),
            },
        }
    )


def _slot(knowledge: Knowledge, slot: Slot) -> dict[str, Any]:
    choices = "、".join(
        knowledge.say("tools_check_choice", id=choice.id, label=choice.label)
        for choice in slot.choices
    )
    described = knowledge.say(
        "tools_check_slot", name=slot.name, question=slot.question, choices=choices
    )
    one = {"type": "string", "enum": [choice.id for choice in slot.choices]}
    if not slot.multiple:
        return {**one, "description": described}
    return {"type": "array", "items": one, "description": described}


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
