"""Guide an admin from a clause to a support with its quote, its conditions and its scenario."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from bot.content.checks.text_rules import MIN_QUESTIONS
from bot.content.readers.build_context import BuildContext
from bot.content.readers.loader import read_folder
from bot.core.domain.knowledge import NEEDS, Basis, Clause, Slot, Support, SupportKind
from bot.errors import EditRefused
from bot.workshop.authoring.dialogue import Check, Dialogue
from bot.workshop.authoring.new_policy import new_id
from bot.workshop.authoring.support_writing import (
    card_scenario,
    keywords_of,
    most_like,
    support_edit,
    support_faults,
    unasked,
)
from bot.workshop.editing.operations import add_scenario
from bot.workshop.editing.saving import Edit
from bot.workshop.editing.yaml_text import Flow, Plain, Value

_KINDS = (
    (SupportKind.BENEFIT.value, "给人的扶持（一般都是）"),
    (SupportKind.BACKGROUND.value, "只是背景：目标、谁牵头"),
    (SupportKind.UNLISTED.value, "说给机器人不问的人，如中小学生"),
)


class _Draft:
    """The support that is being described, with the folder that it must fit."""

    def __init__(self, dialogue: Dialogue, context: BuildContext, clause: Clause, day: date):
        self.dialogue = dialogue
        self.context = context
        self.clause = clause
        self.day = day
        self.values: dict[str, Value] = {"clause": clause.id}

    def fits(self, key: str) -> Check:
        """Return the check that `check` finds no fault with a text under this key."""
        return lambda text: self.faults(key, text)

    def fits_list(self, key: str) -> Check:
        """Return the check of one more text in the list of a key."""

        return lambda text: self.faults(key, [text], whole=False)

    def faults(self, key: str, value: Value, *, whole: bool = True) -> str:
        """Return the faults of a key with this value, one a line; without `whole`, only those of
        the items of a list."""
        values = {**self.values, key: value}
        found = support_faults(self.context, self.clause.policy, values, self.day)
        return "\n".join(str(f) for f in found if f.key == key and (whole or not f.whole))


def new_support(
    dialogue: Dialogue, folder: Path, day: date, proposed: Sequence[str] = ()
) -> list[Edit]:
    """Return the edits that add a support and its scenario. Nothing is written yet.

    `proposed`: questions that people asked and that were not answered; those that are most like
    the support are shown. Raises EditRefused and Leave.
    """
    context = read_folder(folder)[1]
    if not context.clauses:
        raise EditRefused("还没有条款。先用 new policy 加一份文件。")
    dialogue.begin("加一项扶持。")
    clause = _choose_clause(dialogue, context)
    draft = _Draft(dialogue, context, clause, day)
    draft.values["quote"] = _mark_quote(draft)
    _describe(draft)
    _conditions(draft)
    _details(draft)
    told = ("title", "summary", "quote", "keywords")
    about = "\n".join(str(draft.values.get(key, "")) for key in told)
    asked = most_like(about, unasked(context, proposed))
    draft.values["questions"] = _questions(draft, asked)
    return _edits(draft, folder)


def _choose_clause(dialogue: Dialogue, context: BuildContext) -> Clause:
    policies = [(p.id, p.name) for p in context.policies.values()]
    policy = dialogue.choose("\n哪一份文件？", policies) if len(policies) > 1 else policies[0][0]
    clauses = {c.id: c for c in context.clauses.values() if c.policy == policy}
    if not clauses:
        raise EditRefused("这份文件还没有条款。")
    options = [(name, f"{c.place}　{c.title}") for name, c in clauses.items()]
    clause = clauses[dialogue.choose("\n依据哪一条？", options)]
    dialogue.show(f"{clause.place}　{clause.title}", clause.text)
    return clause


def _mark_quote(draft: _Draft) -> str:
    """Return the words of the clause on which the support rests."""
    dialogue = draft.dialogue
    while True:
        quote = dialogue.mark(
            "从原文里挑出说这件事的那一段，从“鼓励”“支持”这样的词挑起。",
            draft.clause.text,
            check=draft.fits("quote"),
        )
        dialogue.tell(f"\n“{quote}”")
        if dialogue.confirm("就是这一段吗？", default=True):
            return quote


def _describe(draft: _Draft) -> None:
    dialogue, values = draft.dialogue, draft.values
    values["title"] = dialogue.ask("\n它叫什么，短一点，最多 40 个字", check=draft.fits("title"))
    values["summary"] = dialogue.ask(
        "能得到什么，大白话，最多 80 个字。原文没有的数不写，原文是鼓励就写鼓励",
        check=draft.fits("summary"),
    )
    values["id"] = dialogue.ask(
        "给它一个编号：小写英文和数字，用 - 连接，如 startup-loan。定了就不再改",
        check=new_id({*draft.context.supports}, "扶持"),
    )
    kind = dialogue.choose("它是哪一种？", _KINDS, default="1")
    if kind != SupportKind.BENEFIT.value:
        values["kind"] = kind


def _conditions(draft: _Draft) -> None:
    """Ask for whom the support is, for each slot that can decide it."""
    if "kind" in draft.values:
        return
    found: dict[str, Value] = {}
    for slot in _deciding(draft.context):
        condition = _condition(draft, slot)
        if condition:
            found[slot.id] = Flow(condition)
    if found:
        draft.values["conditions"] = found
    needs = draft.context.slots.get(NEEDS)
    if needs:
        options = [(choice.id, choice.label) for choice in needs.choices]
        draft.values[NEEDS] = list(
            draft.dialogue.choose_some("\n对得上哪种需求？只影响排前排后", options)
        )


def _deciding(context: BuildContext) -> list[Slot]:
    """Return the slots that conditions use; every slot but the needs if none does."""
    used = {c.slot for support in context.supports.values() for c in support.conditions}
    return [s for s in context.slots.values() if s.id != NEEDS and (s.id in used or not used)]


def _condition(draft: _Draft, slot: Slot) -> dict[str, Value]:
    """Return who meets the condition on a slot and where that is written; {} for no condition."""
    dialogue = draft.dialogue
    options = [(choice.id, choice.label) for choice in slot.choices]
    wanted = dialogue.choose_some(f"\n给谁？按“{slot.name}”选。不看这一项就空着", options)
    if not wanted:
        return {}
    values: dict[str, Value] = {"of": list(wanted)}
    rest = [option for option in options if option[0] not in wanted]
    perhaps = dialogue.choose_some("哪些也可能算、原文没有说清？", rest)
    if perhaps:
        values["perhaps"] = list(perhaps)
    words = dialogue.ask(
        "原文里哪几个字是说给这些人的？照抄，越短越好；原文没写、是我们的理解就空着",
        optional=True,
        check=lambda text: (
            "" if text in draft.clause.text else f"条款里没有“{text}”，照着原文抄。"
        ),
    )
    basis = Basis.PAPER if words else Basis.READING
    closed = bool(words) and dialogue.confirm(
        "原文的话把别人排除了吗？只有说了“只给”“为…者”这样的才是；拿不准就说不是", default=False
    )
    values["basis"] = basis.value
    values["closed"] = Plain("true" if closed else "false")
    if words:
        values["quote"] = words
    return values


def _details(draft: _Draft) -> None:
    dialogue, values = draft.dialogue, draft.values
    values["also_requires"] = list(
        dialogue.list("\n还有什么要求，机器人问不出来的？", check=draft.fits_list("also_requires"))
    )
    what = list(dialogue.list("\n大家会问、原文却没写的是什么？如“最多能借多少”"))
    lead = draft.clause.lead
    if what:

        def unknown(text: str) -> str:
            return draft.faults("unstated", {"what": what, "ask": text})

        ask = dialogue.ask("这些该问谁？", default=lead, optional=not lead, check=unknown)
        values["unstated"] = {"what": what, **({"ask": ask} if ask else {})}
    words = dialogue.ask(
        "\n关键词，用空格分开，五到十五个", check=lambda text: _words(draft, text)
    )
    values["keywords"] = keywords_of(words)


def _words(draft: _Draft, text: str) -> str:
    return draft.faults("keywords", keywords_of(text))


def _questions(draft: _Draft, proposed: Sequence[str]) -> list[Value]:
    """Return at least 12 sample questions, first from those that people asked."""
    dialogue = draft.dialogue
    found: list[Value] = []
    if proposed:
        options = [(each, each) for each in proposed]
        question = "\n有人这样问过、没答上来，最像的在前。哪些是在问这一项？"
        found += dialogue.choose_some(question, options)
    check = _question_check(draft, found)
    while True:
        missing = MIN_QUESTIONS - len(found)
        wanted = f"还要 {missing} 条" if missing > 0 else "够了，还可以再写"
        asked = f"\n大家会怎么问？像真人说话，错别字、一两个词的也要；{wanted}"
        found += [each for each in dialogue.list(asked, check=check) if each not in found]
        if len(found) >= MIN_QUESTIONS:
            return found
        dialogue.tell(f"至少要 {MIN_QUESTIONS} 条，现在有 {len(found)} 条。")


def _question_check(draft: _Draft, found: list[Value]) -> Check:
    """Return the check of one question: not asked elsewhere, no telephone number, not too long."""

    def check(text: str) -> str:
        return draft.faults("questions", [*found, text], whole=False)

    return check


def _edits(draft: _Draft, folder: Path) -> list[Edit]:
    policy = draft.clause.policy
    for fault in support_faults(draft.context, policy, draft.values, draft.day):
        draft.dialogue.tell(f"写好以后还要改：{fault}")
    edits = [support_edit(policy, draft.values)]
    if draft.values.get("kind") is None:
        support = Support(
            id=str(draft.values["id"]),
            policy=policy,
            clause=draft.clause.id,
            title=str(draft.values["title"]),
            summary=str(draft.values["summary"]),
            quote=str(draft.values["quote"]),
        )
        scenario = card_scenario(support, draft.context.fields, draft.clause.lead)
        edits.append(add_scenario(folder, scenario, write=False))
    return edits
