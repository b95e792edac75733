"""Describe a support: find its faults, write its file.

The faults are those that `check` would find: the same readers and rules run on the text that is
to be written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from bot.content.checks.text_rules import check_texts, normal
from bot.content.checks.truth.fact_rules import check_facts
from bot.content.checks.truth.modality import check_modality
from bot.content.checks.truth.number_rules import check_numbers
from bot.content.checks.truth.verbatim import check_verbatim
from bot.content.documents.mapping_reader import as_mapping
from bot.content.documents.problems import Problems
from bot.content.documents.snapshot import SUPPORTS
from bot.content.documents.tree import MappingNode, parse
from bot.content.readers.build_context import BuildContext, Places
from bot.content.readers.policies import read_support
from bot.content.readers.references import check_references
from bot.content.readers.scenarios import Expect, Scenario, Step
from bot.core.domain.knowledge import OutOfScopeTopic, Support
from bot.core.text.scrubbing import without_placeholders
from bot.workshop.editing.document import Document
from bot.workshop.editing.saving import Edit
from bot.workshop.editing.yaml_text import Flow, Value, block
from bot.workshop.editor_schema.kinds import modeline

# The keys of a support in the order in which files have them; those in brackets stand on one line.
_KEYS = (
    "id", "clause", "order", "kind", "title", "summary", "quote", "amount", "valid_until",
    "status", "last_verified", "review_by", "conditions", "needs", "also_requires", "steps",
    "materials", "unstated", "keywords", "general", "alike", "covers", "questions",
)  # fmt: skip
_ON_ONE_LINE = frozenset({"needs", "keywords", "alike", "covers"})

_NO_ID = "new"
# Questions of the inbox that are shown: what one looks through on a screen.
MOST_PROPOSED = 30

# What a support says, by key, as in its file.
Draft = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Fault:
    """What `check` would say of a draft. `key`: the key that it is about; `whole`: it is about all
    of its value, not about one item of a list."""

    key: str
    message: str
    hint: str
    whole: bool = True

    def __str__(self) -> str:
        return f"{self.message}（{self.hint}）" if self.hint else self.message


def support_file(policy: str, name: str) -> str:
    """Return the path of the file of a support."""
    return f"policies/{policy}/{SUPPORTS}/{name}.yaml"


def support_text(draft: Draft) -> str:
    """Return the content of the file of a support; empty keys are left out."""
    value: dict[str, Value] = {}
    for key in _KEYS:
        each = draft.get(key)
        if not each:
            continue
        value[key] = (
            Flow(each) if key in _ON_ONE_LINE and not isinstance(each, str | Flow) else each
        )
    return "\n".join(block(value, 0)) + "\n"


def support_edit(policy: str, draft: Draft) -> Edit:
    """Return the edit that adds the file of a support. Raises EditRefused if YAML would read a
    text of it as something else."""
    file = support_file(policy, str(draft["id"]))
    text = modeline(file) + support_text(draft)
    return Edit(file, 1, None, Document(file, text.encode()).bytes)


def support_faults(context: BuildContext, policy: str, draft: Draft, today: date) -> list[Fault]:
    """Return what `check` would say of a support that is not written yet.

    `context`: the tables of the folder. A missing id is no fault; other missing keys are, so a
    guide that asks for one key after the other takes the faults of that key.
    """
    draft = {"id": _NO_ID, **draft}
    file = support_file(policy, str(draft["id"]))
    data = support_text(draft).encode()
    problems = Problems()
    tree = parse(file, data, problems)
    part = alone(context, problems)
    fields = as_mapping(file, tree, problems, "扶持措施") if tree is not None else None
    if fields is None or not isinstance(tree, MappingNode):
        return [Fault("", each.message, each.hint) for each in problems.sorted()]
    read_support(fields, part)
    check_verbatim(part)
    check_modality(part)
    check_numbers(part)
    check_facts(part, today)
    check_references(part)
    # Repeated questions and keywords are looked for in the whole folder.
    others = {name: each for name, each in context.supports.items() if name not in part.supports}
    places = context.places.copy()
    for name in part.supports:
        places.note("support", name, fields)
    supports = {**others, **part.supports}
    whole = replace(part, supports=supports, signposts=context.signposts, slots={}, places=places)
    check_texts(whole)
    return [
        Fault(_key_at(tree, each.line), each.message, each.hint, each.line in tree.lines.values())
        for each in problems.sorted()
        if each.file == file
    ]


def alone(context: BuildContext, problems: Problems) -> BuildContext:
    """Return the tables with no support in them, and nothing else that the checks would judge."""
    return BuildContext(
        problems=problems,
        places=Places(),
        policies=context.policies,
        clauses=context.clauses,
        bureaus=context.bureaus,
        hotlines=context.hotlines,
        hotline_ids=context.hotline_ids,
        slots=context.slots,
        locality=context.locality,
    )


def _key_at(tree: MappingNode, line: int) -> str:
    """Return the key that a line belongs to."""
    above = [(number, key) for key, number in tree.lines.items() if number <= line]
    return max(above)[1] if above else ""


def unasked(context: BuildContext, proposed: Iterable[str]) -> list[str]:
    """Return the proposed questions that the knowledge has not yet, without repeats and without
    the marks of what was scrubbed."""
    entries: list[Support | OutOfScopeTopic] = [*context.supports.values()]
    entries += context.signposts.values()
    seen = {normal(question) for entry in entries for question in entry.questions}
    found = []
    for each in proposed:
        text = " ".join(without_placeholders(each).split())
        if normal(text) and normal(text) not in seen:
            seen.add(normal(text))
            found.append(text)
    return found


def keywords_of(text: str) -> list[str]:
    """Return the keywords of a line, with blanks or commas between."""
    for mark in "，、,；;":
        text = text.replace(mark, " ")
    return list(dict.fromkeys(text.split()))


def most_like(about: str, texts: Iterable[str], most: int = MOST_PROPOSED) -> list[str]:
    """Return the texts that have the largest part of their pairs of characters in common with
    `about`, the most similar first; texts that are equally similar keep their order."""
    known = _pairs(about)

    def likeness(text: str) -> float:
        pairs = _pairs(text)
        return len(pairs & known) / len(pairs) if pairs else 0.0

    return sorted(texts, key=likeness, reverse=True)[:most]


def _pairs(text: str) -> set[str]:
    plain = normal(text)
    return {plain[n : n + 2] for n in range(len(plain) - 1)}


def card_scenario(support: Support, aspects: Collection[str], lead: str = "") -> Scenario:
    """Return the conversation that shows a support: its button, its words, and whom to see.

    `aspects`: the ids of the aspects that buttons may ask for. `lead`: the printed name of the
    lead bureau; "" if the paper names none.
    """
    name = f"点开“{support.title}”（{support.id}），看原文、找谁"
    cites = (support.clause,)
    talk = [Step("", f"s:{support.id}", Expect(focus=support.id, cites=cites), "", 1)]
    if "text" in aspects:
        said = Expect(cites=cites, says=(support.quote,))
        talk.append(Step("", f"f:text:{support.id}", said, "", 1))
    if "who" in aspects and lead:
        talk.append(Step("", f"f:who:{support.id}", Expect(focus=support.id, says=(lead,)), "", 1))
    return Scenario(name, tuple(talk), "", 1)
