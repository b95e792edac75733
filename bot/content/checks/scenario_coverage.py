"""Check that supports have scenarios, choices are used, and expired supports are closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from bot.content.documents.problems import nearest, shown
from bot.content.readers.build_context import BuildContext, Place
from bot.content.readers.references import check_choices
from bot.content.readers.scenarios import Scenario, Step
from bot.core.domain.knowledge import DISTRICT, NEEDS, Support, SupportStatus
from bot.core.domain.session import Mode

MAX_TAP_BYTES = 48
MANY_GONE = 8
OUTCOMES = ("answer", "clarify", "unknown")

Pair = tuple[str, str]


def check_scenario_coverage(
    context: BuildContext, scenarios: Sequence[Scenario], today: date
) -> None:
    """Record unknown names in scenarios, supports without a scenario, unused choices, and open
    supports whose last day has passed."""
    steps = [step for scenario in scenarios for step in scenario.talk]
    if not steps:
        hint = "从备份里拿回来；每项扶持至少要有一个样例"
        context.problems.add("scenarios/", 1, "一个对话样例也没有", hint)
        return
    if _check_whole(context, steps):
        for step in steps:
            _check_step(context, step)
    for support in context.knowledge("").benefits:
        # A clause that does not exist is a problem of its own, and no scenario can cite it.
        known = support.clause in context.clauses
        if known and not any(covers_support(step, support) for step in steps):
            place = context.places.at("support", support.id)
            context.add_problem(
                place,
                f"“{support.id}”没有对话样例",
                f'在 scenarios/ 里写一步：cites 有 "{support.clause}"，并且提到它的编号或标题',
            )
    _check_unused(context, steps)
    for support in context.supports.values():
        until = support.valid_until
        if until and until < today and support.status is SupportStatus.OPEN:
            place = context.places.at("support", support.id, "valid_until")
            context.add_problem(
                place, f"{until} 已经过期，status 还是 open", "改成 status: expired"
            )


def _check_whole(context: BuildContext, steps: Iterable[Step]) -> bool:
    """Return whether most supports named in scenarios exist.

    If many are unknown, part of a policy file is probably missing: that is one problem.
    """
    named = {name for step in steps for name in (*step.expect.judged, step.expect.focus or "")}
    gone = sorted(name for name in named if name and name not in context.supports)
    if len(gone) <= MANY_GONE:
        return True
    message = f"对话样例里有 {len(gone)} 项扶持措施在这里找不到，如“{shown(gone[0])}”"
    hint = "政策文件多半没有存完整：从备份里拿回来"
    context.problems.add("policies/", 1, message, hint)
    return False


def covers_support(step: Step, support: Support) -> bool:
    """Return whether a step expects the clause of a support and names its id or title."""
    return support.clause in step.expect.clauses and _names(step, support)


def used_choices(context: BuildContext, steps: Iterable[Step]) -> set[Pair]:
    """Return every (slot, choice) that a condition, a need or a scenario uses."""
    used: set[Pair] = set()
    for support in context.supports.values():
        used |= {
            (c.slot, choice)
            for c in support.conditions
            for choice in (*c.allowed, *c.perhaps, *c.barred)
        }
        used |= {(NEEDS, need) for need in support.needs}
    for step in steps:
        slot, choices = tapped_answer(step)
        used |= {(slot, choice) for choice in choices}
        for slot, choices in (step.expect.profile or {}).items():
            used |= {(slot, choice) for choice in choices}
    return used


def tapped_answer(step: Step) -> tuple[str, tuple[str, ...]]:
    """Return slot and choices of the button `a:<slot>:<choice+choice>`; "" for other buttons."""
    kind, _, rest = step.tap.partition(":")
    slot, _, choices = rest.partition(":")
    return (slot, tuple(choices.split("+"))) if kind == "a" and choices else ("", ())


def _names(step: Step, support: Support) -> bool:
    expect = step.expect
    buttons = (f"s:{support.id}", f":{support.id}")
    return (
        support.id in expect.judged
        or support.id == expect.focus
        or step.tap == buttons[0]
        or (step.tap.startswith("f:") and step.tap.endswith(buttons[1]))
        or any(support.title in said for said in expect.says)
    )


def _check_unused(context: BuildContext, steps: Sequence[Step]) -> None:
    used = used_choices(context, steps)
    asked = {step.expect.question for step in steps}
    for slot in context.slots.values():
        if slot.id == DISTRICT:  # It selects the county government and decides no verdict.
            continue
        mine = {choice for owner, choice in used if owner == slot.id}
        if not mine and slot.id not in asked:
            place = context.places.at("slot", slot.id)
            message = f"问题项“{slot.id}”没有用处：没有条件、需求或样例用到它"
            context.add_problem(place, message, "删掉它，或写进 conditions")
            continue
        for choice in slot.choices:
            if choice.id not in mine and choice.id != slot.none_choice:
                place = context.places.at("choice", f"{slot.id}:{choice.id}")
                message = f"选项“{slot.id}:{choice.id}”没有用处：没有条件、需求或样例用到它"
                context.add_problem(place, message, "删掉它，或写进 conditions、needs")


def _check_step(context: BuildContext, step: Step) -> None:
    place = Place(step.file, step.line)
    expect = step.expect
    supports = [*expect.judged]
    if expect.focus:
        supports.append(expect.focus)
    _known(context, place, "扶持措施", supports, context.supports)
    _known(context, place, "条款", expect.clauses, context.clauses)
    _known(context, place, "问题项", [expect.question or ""], context.slots)
    _known(context, place, "mode", [expect.mode or ""], [mode.value for mode in Mode])
    _known(context, place, "outcome", [expect.outcome or ""], OUTCOMES)
    for slot, choices in (expect.profile or {}).items():
        check_choices(context, place, slot, choices)
    _check_tap(context, place, step)


def _check_tap(context: BuildContext, place: Place, step: Step) -> None:
    """Record a button of the wrong form or with an unknown name. A removed support is allowed: its
    buttons may still be in old messages."""
    if not step.tap:
        return
    kind, _, rest = step.tap.partition(":")
    if kind not in ("a", "s", "f", "c") or not rest or len(step.tap.encode()) > MAX_TAP_BYTES:
        hint = "a:问题项:选项、s:措施、f:内容:措施、c:命令，最多 48 个字节"
        context.add_problem(place, f"tap 写法不对：“{shown(step.tap)}”", hint)
        return
    if kind == "a":
        slot, choices = tapped_answer(step)
        check_choices(context, place, slot or rest, choices)
    if kind == "f":
        _known(context, place, "内容（aspects）", [rest.partition(":")[0]], context.fields)


def _known(
    context: BuildContext, place: Place, what: str, names: Iterable[str], known: Iterable[str]
) -> None:
    """Record each unknown name; "" is ignored."""
    table = list(known)
    for name in names:
        if name and name not in table:
            context.add_problem(place, f"没有这个{what}：“{shown(name)}”", nearest(name, table))
