"""Rules of use: every support has a scenario, every choice a use, nothing expired is offered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from bot.content.documents.problems import nearest, shown
from bot.content.readers.build_context import Place, Reading
from bot.content.readers.references import check_choices
from bot.content.readers.scenarios import Scenario, Step
from bot.core.domain.knowledge import DISTRICT, NEEDS, Support, SupportStatus
from bot.core.domain.session import Mode

MAX_TAP_BYTES = 48
MANY_GONE = 8
OUTCOMES = ("answer", "clarify", "unknown")

Pair = tuple[str, str]


def check_reach(reading: Reading, scenarios: Sequence[Scenario], today: date) -> None:
    """Record wrong names in scenarios, supports without one, unused choices, expired supports."""
    steps = [step for scenario in scenarios for step in scenario.talk]
    if not steps:
        hint = "从备份里拿回来；每项扶持至少要有一个样例"
        reading.problems.add("scenarios/", 1, "一个对话样例也没有", hint)
        return
    if _check_whole(reading, steps):
        for step in steps:
            _check_step(reading, step)
    for support in reading.knowledge("").benefits:
        if not any(is_witness(step, support) for step in steps):
            place = reading.places.at("support", support.id)
            reading.complain(
                place,
                f"“{support.id}”没有对话样例",
                f'在 scenarios/ 里写一步：cites 有 "{support.clause}"，并且提到它的编号或标题',
            )
    _check_unused(reading, steps)
    for support in reading.supports.values():
        until = support.valid_until
        if until and until < today and support.status is SupportStatus.OPEN:
            place = reading.places.at("support", support.id, "valid_until")
            reading.complain(place, f"{until} 已经过期，status 还是 open", "改成 status: expired")


def _check_whole(reading: Reading, steps: Iterable[Step]) -> bool:
    """Whether the scenarios know the supports. Where they name many that are not there, half of a
    policy file is missing, and that is one problem."""
    named = {name for step in steps for name in (*step.expect.judged, step.expect.focus or "")}
    gone = sorted(name for name in named if name and name not in reading.supports)
    if len(gone) <= MANY_GONE:
        return True
    message = f"对话样例里有 {len(gone)} 项扶持措施在这里找不到，如“{shown(gone[0])}”"
    hint = "政策文件多半没有存完整：从备份里拿回来"
    reading.problems.add("policies/", 1, message, hint)
    return False


def is_witness(step: Step, support: Support) -> bool:
    """Whether a step proves this support: cites its clause, and names it by id or title."""
    return support.clause in step.expect.clauses and _names(step, support)


def used_choices(reading: Reading, steps: Iterable[Step]) -> set[Pair]:
    """Every (slot, choice) that a condition, a need or a scenario uses."""
    used: set[Pair] = set()
    for support in reading.supports.values():
        used |= {(c.slot, allowed) for c in support.conditions for allowed in c.allowed}
        used |= {(NEEDS, need) for need in support.needs}
    for step in steps:
        slot, choices = tapped(step)
        used |= {(slot, choice) for choice in choices}
        for slot, choices in (step.expect.profile or {}).items():
            used |= {(slot, choice) for choice in choices}
    return used


def tapped(step: Step) -> tuple[str, tuple[str, ...]]:
    """Slot and choices of a pressed answer `a:<slot>:<choice+choice>`; "" for other buttons."""
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


def _check_unused(reading: Reading, steps: Sequence[Step]) -> None:
    used = used_choices(reading, steps)
    asked = {step.expect.question for step in steps}
    for slot in reading.slots.values():
        if slot.id == DISTRICT:  # names the county government; no verdict rests on it
            continue
        mine = {choice for owner, choice in used if owner == slot.id}
        if not mine and slot.id not in asked:
            place = reading.places.at("slot", slot.id)
            message = f"问题项“{slot.id}”没有用处：没有条件、需求或样例用到它"
            reading.complain(place, message, "删掉它，或写进 conditions")
            continue
        for choice in slot.choices:
            if choice.id not in mine and choice.id != slot.none_choice:
                place = reading.places.at("choice", f"{slot.id}:{choice.id}")
                message = f"选项“{slot.id}:{choice.id}”没有用处：没有条件、需求或样例用到它"
                reading.complain(place, message, "删掉它，或写进 conditions、needs")


def _check_step(reading: Reading, step: Step) -> None:
    place = Place(step.file, step.line)
    expect = step.expect
    supports = [*expect.judged]
    if expect.focus:
        supports.append(expect.focus)
    _known(reading, place, "扶持措施", supports, reading.supports)
    _known(reading, place, "条款", expect.clauses, reading.clauses)
    _known(reading, place, "问题项", [expect.question or ""], reading.slots)
    _known(reading, place, "mode", [expect.mode or ""], [mode.value for mode in Mode])
    _known(reading, place, "outcome", [expect.outcome or ""], OUTCOMES)
    for slot, choices in (expect.profile or {}).items():
        check_choices(reading, place, slot, choices)
    _check_tap(reading, place, step)


def _check_tap(reading: Reading, place: Place, step: Step) -> None:
    """The form of a button, and names that never change; an old support may be pressed."""
    if not step.tap:
        return
    kind, _, rest = step.tap.partition(":")
    if kind not in ("a", "s", "f", "c") or not rest or len(step.tap.encode()) > MAX_TAP_BYTES:
        hint = "a:问题项:选项、s:措施、f:内容:措施、c:命令，最多 48 个字节"
        reading.complain(place, f"tap 写法不对：“{shown(step.tap)}”", hint)
        return
    if kind == "a":
        slot, choices = tapped(step)
        check_choices(reading, place, slot or rest, choices)
    if kind == "f":
        _known(reading, place, "内容（fields）", [rest.partition(":")[0]], reading.fields)


def _known(
    reading: Reading, place: Place, what: str, names: Iterable[str], known: Iterable[str]
) -> None:
    """Each name must be known; "" stands for none."""
    table = list(known)
    for name in names:
        if name and name not in table:
            reading.complain(place, f"没有这个{what}：“{shown(name)}”", nearest(name, table))
