"""Read policies/<policy>/: policy.yaml (header and clauses) and supports/*.yaml."""

from __future__ import annotations

import re
from datetime import date
from pathlib import PurePosixPath as Path

from bot.content.documents.mapping_reader import MappingReader
from bot.content.documents.problems import shown
from bot.content.documents.tree import ListNode
from bot.content.readers.build_context import BuildContext, Paper, Place, Repair, Uncovered
from bot.core.domain.knowledge import (
    Basis,
    Clause,
    Condition,
    Policy,
    PolicyStatus,
    Supersedes,
    Support,
    SupportKind,
    SupportStatus,
)

_BLANK_LINE = re.compile(r"\n[ \t]*\n")


def read_policy(fields: MappingReader, context: BuildContext) -> None:
    """Read policies/<policy>/policy.yaml: the header and the clauses."""
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
        effective=fields.day("effective"),
        valid_until=fields.day("valid_until"),
        lead_clause=fields.text("lead_clause"),
        short_name=fields.text("short_name"),
        supersedes=tuple(_supersedes(each, context) for each in fields.tables("supersedes")),
        basis=fields.texts("basis"),
        review_by=fields.day("review_by"),
    )
    paper = Paper(
        policy=policy.id,
        source_text=fields.text("source_text", required=True),
        repairs=tuple(_repair(each) for each in fields.tables("repairs")),
        uncovered=tuple(_uncovered(each) for each in fields.tables("uncovered")),
    )
    fields.require_keys("clauses")
    _check_name(fields, policy.id, Path(fields.file).parent.name, "文件夹")
    context.keep("policy", context.policies, policy.id, policy, fields)
    context.papers.setdefault(policy.id, paper)
    for each in fields.tables("clauses"):
        clause = _clause(each, policy.id)
        context.keep("clause", context.clauses, clause.id, clause, each)
    fields.finish()


def read_support(fields: MappingReader, context: BuildContext) -> None:
    """Read policies/<policy>/supports/<id>.yaml: one support."""
    file = Path(fields.file)
    order = fields.integer("order")
    support = _support(fields, file.parts[-3])
    _check_name(fields, support.id, file.stem, "文件")
    context.keep("support", context.supports, support.id, support, fields)
    if order is not None:
        context.support_order.setdefault(support.id, order)


def _check_name(fields: MappingReader, name: str, file: str, what: str) -> None:
    """Record a problem if an id differs from the name of its file or folder."""
    if name and name != file:
        message = f"编号“{shown(name)}”和{what}名“{shown(file)}”不一样"
        fields.add_problem("id", message, f"把{what}改名成编号；编号定了就不改")


def choice_lists(fields: MappingReader, key: str) -> tuple[Condition, ...]:
    """Return a mapping from slots to choices, such as `unless` or `possible_if`, in file order."""
    found = []
    for slot, allowed in fields.text_list_mapping(key).items():
        if allowed:
            found.append(Condition(slot, allowed))
        else:
            fields.add_problem(key, f"“{key}”里的“{slot}”没有写任何选项", "写上选项，或删掉它")
    return tuple(found)


def conditions(fields: MappingReader, key: str) -> tuple[Condition, ...]:
    """Return the conditions of a support: by slot, who meets it and where that is written."""
    table = fields.table(key)
    found = []
    for slot in table or ():
        node = table.node.values[slot] if table else None
        if table is None or isinstance(node, ListNode):
            hint = "写成 {of: [选项], basis: paper, closed: true, quote: 原文里的字}"
            fields.add_problem(key, f"“{slot}”要写明依据", hint)
        elif (each := table.table(slot)) is not None:
            found.append(_condition(each, slot))
    return tuple(found)


def _condition(fields: MappingReader, slot: str) -> Condition:
    for required in ("basis", "closed"):
        if required not in fields:
            hint = (
                "basis: paper（原文写的）或 reading（我们的理解）；"
                "closed: true（原文的话把别人排除了）或 false"
            )
            fields.add_problem(required, f"“{slot}”缺少“{required}”", hint)
    condition = Condition(
        slot=slot,
        allowed=fields.texts("of"),
        perhaps=fields.texts("perhaps"),
        anyone="anyone_but" in fields,
        barred=fields.texts("anyone_but"),
        basis=fields.enum_value("basis", Basis, Basis.READING),
        closed=fields.boolean("closed"),
        quote=fields.text("quote"),
    )
    if condition.anyone == ("of" in fields):
        hint = "of：给谁；anyone_but：不限谁，方括号里写原文排除的，没有就空着"
        fields.add_problem("of", f"“{slot}”要写 of 或 anyone_but，只写一个", hint)
    if condition.basis is Basis.PAPER and not condition.quote:
        hint = "quote 抄原文里说给谁的那几个字；原文没有，就写 basis: reading"
        fields.add_problem("basis", f"“{slot}”写了 basis: paper，却没有 quote", hint)
    if condition.basis is Basis.READING and condition.closed:
        hint = "只有原文的话才能排除人：写 closed: false"
        fields.add_problem("closed", f"“{slot}”是我们的理解，不能写 closed: true", hint)
    if condition.barred and not condition.closed:
        hint = "排除了人，就要写 basis: paper、closed: true 和 quote"
        fields.add_problem("closed", f"“{slot}”的 anyone_but 排除了人，closed 却是 false", hint)
    fields.finish()
    return condition


def _supersedes(fields: MappingReader, context: BuildContext) -> Supersedes:
    entry = Supersedes(fields.text("policy", required=True), fields.texts("supports"))
    context.superseded.append((Place(fields.file, fields.line("policy")), entry))
    fields.finish()
    return entry


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
        text=_joined(fields.text("text", required=True)),
    )
    fields.finish()
    return clause


def squeeze(text: str) -> str:
    """Return the text without line breaks and the blanks beside them."""
    return "".join(line.strip() for line in text.splitlines())


def _joined(text: str) -> str:
    """Return a text without its line breaks. A blank line stays as the end of a paragraph."""
    return "\n".join(squeeze(paragraph) for paragraph in _BLANK_LINE.split(text))


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
        alike=fields.texts("alike"),
        covers=fields.texts("covers"),
        general=fields.boolean("general"),
        valid_until=fields.day("valid_until"),
        status=fields.enum_value("status", SupportStatus, SupportStatus.OPEN),
        last_verified=fields.day("last_verified"),
        review_by=fields.day("review_by"),
    )
    if unstated:
        unstated.finish()
    fields.finish()
    return support
