"""Scenarios played: a conversation as data, held against what the guide really says.

The tests play them, `check` plays them before every publish, and `replay` shows them to an admin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.content.readers.scenarios import NONE, Expect, Scenario, Step
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session, Utterance
from bot.errors import Problem


@dataclass(frozen=True, slots=True)
class Played:
    """A step of a scenario with the turn that followed, and what was not as expected."""

    step: Step
    turn: Turn
    misses: tuple[str, ...]


def play(scenario: Scenario, base: KnowledgeBase, today: date) -> Iterator[Played]:
    """Each step with its turn. `today` is used where the scenario names no day of its own."""
    session = Session()
    for said in scenario.talk:
        utterance = Utterance(text=said.say, choice=said.tap)
        turn = step(session, utterance, base, scenario.today or today)
        session = Session.load(turn.session.dump())
        yield Played(said, turn, tuple(_misses(said.expect, turn)))


def rehearse(scenarios: Iterable[Scenario], base: KnowledgeBase, today: date) -> list[Problem]:
    """Everything that is not as the scenarios say."""
    problems = []
    for scenario in scenarios:
        for played in play(scenario, base, today):
            said = played.step.say or played.step.tap
            where = f"对话样例“{scenario.name}”，“{said}”："
            problems += [
                Problem(played.step.file, played.step.line, where + miss) for miss in played.misses
            ]
    return problems


def _misses(expect: Expect, turn: Turn) -> Iterator[str]:
    text = "\n".join(reply.text for reply in turn.replies)
    labels = "\n".join(o.label for reply in turn.replies for o in reply.choices)
    yield from (f"没有说“{w}”" for w in expect.says if w not in text and w not in labels)
    yield from (f"不该说“{w}”" for w in expect.never_says if w in text)
    if expect.cites is not None:
        missing = [c for c in expect.cites if c not in turn.cites]
        if missing or (not expect.cites and turn.cites):
            yield f"依据应是 {_list(expect.cites)}，实际是 {_list(turn.cites)}"
    session = turn.session
    yield from _differs("接着问的", expect.question, session.pending)
    yield from _differs("结果类型", expect.outcome, turn.outcome or "")
    yield from _differs("所处状态", expect.mode, session.mode.value)
    yield from _differs("正在谈的扶持", expect.focus, session.focus)
    for slot, choices in (expect.profile or {}).items():
        held = session.profile.get(slot, ())
        if set(held) != set(choices):
            yield f"{slot} 应记成 {_list(choices)}，实际是 {_list(held)}"
    for verdict in ("applies", "maybe", "not_applicable"):
        wanted: Sequence[str] | None = getattr(expect, verdict)
        if wanted is not None:
            found = [f.support for f in turn.findings if f.verdict == verdict]
            missing = [s for s in wanted if s not in found]
            if missing:
                yield f"{verdict} 里缺 {_list(missing)}"


def _differs(what: str, expected: str | None, found: str) -> Iterator[str]:
    if expected is None:
        return
    wanted = "" if expected == NONE else expected
    if wanted != found:
        yield f"{what}应是 {wanted or '无'}，实际是 {found or '无'}"


def _list(items: Iterable[str]) -> str:
    return "、".join(items) or "无"
