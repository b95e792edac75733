"""Read policies/*.yaml: policies, clauses and supports."""

from __future__ import annotations

from datetime import date

from bot.content.documents.mapping_reader import MappingReader
from bot.content.readers.build_context import BuildContext, Paper, Repair, Uncovered
from bot.core.domain.knowledge import (
    Clause,
    Condition,
    Policy,
    PolicyStatus,
    Support,
    SupportKind,
    SupportStatus,
)


def read_policy(fields: MappingReader, context: BuildContext) -> None:
    """Read one policy file: the header, the clauses and the supports."""
    policy = Policy(
        id=fields.text("id", required=True),
        title=fields.text("title", required=True),
        issuer=fields.text("issuer", required=True),
        doc_no=fields.text("doc_no"),
        issued=fields.day("issued", required=True) or date.min,
        target_year=fields.integer("target_year"),
        source=fields.text("source", required=True),
        status=fields.enum_value("status", PolicyStatus, PolicyStatus.UNVERIFIED),
        last_verified=fields.day("last_verified"),
    )
    paper = Paper(
        policy=policy.id,
        source_text=fields.text("source_text", required=True),
        repairs=tuple(_repair(each) for each in fields.tables("repairs")),
        uncovered=tuple(_uncovered(each) for each in fields.tables("uncovered")),
    )
    fields.require_keys("clauses", "supports")
    context.keep("policy", context.policies, policy.id, policy, fields)
    context.papers.setdefault(policy.id, paper)
    for each in fields.tables("clauses"):
        clause = _clause(each, policy.id)
        context.keep("clause", context.clauses, clause.id, clause, each)
    for each in fields.tables("supports"):
        support = _support(each, policy.id)
        context.keep("support", context.supports, support.id, support, each)
    fields.finish()


def conditions(fields: MappingReader, key: str) -> tuple[Condition, ...]:
    """Return the conditions of a mapping from slots to allowed choices, in file order."""
    found = []
    for slot, allowed in fields.text_list_mapping(key).items():
        if allowed:
            found.append(Condition(slot, allowed))
        else:
            fields.add_problem(key, f"“{key}”里的“{slot}”没有写任何选项", "写上选项，或删掉它")
    return tuple(found)


def _repair(fields: MappingReader) -> Repair:
    repair = Repair(fields.text("stored", required=True), fields.text("shown", required=True))
    fields.finish()
    return repair


def _uncovered(fields: MappingReader) -> Uncovered:
    uncovered = Uncovered(fields.text("starts", required=True), fields.text("why", required=True))
    fields.finish()
    return uncovered


def _clause(fields: MappingReader, policy: str) -> Clause:
    clause = Clause(
        id=fields.text("id", required=True),
        policy=policy,
        place=fields.text("place", required=True),
        title=fields.text("title", required=True),
        bureaus=fields.texts("bureaus"),
        open_list=fields.boolean("open_list"),
        bureaus_label=fields.text("bureaus_label") or "责任单位",
        text=fields.text("text", required=True),
    )
    fields.finish()
    return clause


def _support(fields: MappingReader, policy: str) -> Support:
    unstated = fields.table("unstated")
    support = Support(
        id=fields.text("id", required=True),
        policy=policy,
        clause=fields.text("clause", required=True),
        kind=fields.enum_value("kind", SupportKind, SupportKind.BENEFIT),
        title=fields.text("title", required=True),
        summary=fields.text("summary", required=True),
        quote=fields.text("quote", required=True),
        conditions=conditions(fields, "conditions"),
        also_requires=fields.texts("also_requires"),
        needs=fields.texts("needs"),
        keywords=fields.texts("keywords"),
        questions=fields.texts("questions"),
        unstated=unstated.texts("what") if unstated else (),
        ask=unstated.text("ask") if unstated else "",
        amount=fields.text("amount"),
        steps=fields.texts("steps"),
        materials=fields.texts("materials"),
        valid_until=fields.day("valid_until"),
        status=fields.enum_value("status", SupportStatus, SupportStatus.OPEN),
        last_verified=fields.day("last_verified"),
    )
    if unstated:
        unstated.finish()
    fields.finish()
    return support
