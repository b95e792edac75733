"""Run scenarios against the dialogue and report each unmet expectation.

The tests run all scenarios, `check` runs them before new content goes live, and `replay` prints
their conversations. A scenario holds if it holds in one of the states for which it may have been
written (`states`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.content.checks.scenario_states import states
from bot.content.readers.scenarios import NONE, Expect, Scenario, Step
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session, Utterance
from bot.errors import Problem

# Characters of a reply that a problem shows.
SAID_CHARS = 80
VERDICTS = ("applies", "maybe", "not_applicable", "closed")


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step of a scenario, its turn, and a Chinese sentence for each unmet expectation."""

    step: Step
    turn: Turn
    failures: tuple[str, ...]


def run_scenario(
    scenario: Scenario,
    base: KnowledgeBase,
    today: date,
    *,
    without: frozenset[str] = frozenset(),
) -> Iterator[StepResult]:
    """Yield the result of each step. A day given by the scenario replaces `today`. `without`: see
    `step`."""
    session = Session()
    for each in scenario.talk:
        utterance = Utterance(text=each.say, choice=each.tap)
        turn = step(session, utterance, base, scenario.today or today, without=without)
        session = Session.load(turn.session.dump())
        yield StepResult(each, turn, tuple(failures(each.expect, turn)))


def check_scenarios(
    scenarios: Iterable[Scenario], base: KnowledgeBase, today: date
) -> list[Problem]:
    """Return a problem for each unmet expectation of each scenario that holds in no state of the
    knowledge (`states`)."""
    played_in = states(base, today)
    return [
        problem
        for scenario in scenarios
        for problem in _problems(scenario, best_play(scenario, played_in, today))
    ]


def check_as_written(
    scenarios: Iterable[Scenario], base: KnowledgeBase, today: date
) -> list[Problem]:
    """Return a problem for each expectation that the knowledge does not meet exactly as it is.
    Unlike `check_scenarios`, this notices a support that is closed by mistake."""
    return [
        problem
        for scenario in scenarios
        for problem in _problems(scenario, tuple(run_scenario(scenario, base, today)))
    ]


def best_play(
    scenario: Scenario, played_in: Sequence[KnowledgeBase], today: date
) -> tuple[StepResult, ...]:
    """Return the results of a scenario in the first of these states in which it holds; if there is
    none, in the first of those with the fewest unmet expectations."""
    best: tuple[StepResult, ...] = ()
    fewest: int | None = None
    for base in played_in:
        played = tuple(run_scenario(scenario, base, today))
        unmet = sum(len(result.failures) for result in played)
        if fewest is None or unmet < fewest:
            best, fewest = played, unmet
        if not unmet:
            break
    return best


def _problems(scenario: Scenario, played: Iterable[StepResult]) -> Iterator[Problem]:
    for result in played:
        given = result.step.say or result.step.tap
        where = f"对话样例“{scenario.name}”，“{given}”："
        # Problems of a line are listed by message: the hint stands once, at the first one.
        first = min(result.failures, default="")
        for failure in result.failures:
            hint = _said(result.turn) if failure == first else ""
            yield Problem(result.step.file, result.step.line, where + failure, hint)


def _said(turn: Turn) -> str:
    """Return the beginning of what the bot says in a turn."""
    text = " ".join(" ".join(reply.text for reply in turn.replies).split())
    shown = text if len(text) <= SAID_CHARS else f"{text[:SAID_CHARS]}…"
    return f"机器人说的是：{shown or '什么也没有说'}"


def failures(expect: Expect, turn: Turn) -> Iterator[str]:
    """Yield a Chinese sentence for each expectation that a turn does not meet."""
    texts = [reply.text for reply in turn.replies]
    labels = [choice.label for reply in turn.replies for choice in reply.choices]
    visible = "\n".join((*texts, *labels))
    yield from (f"没有说“{words}”" for words in expect.says if words not in visible)
    yield from (f"不该说“{words}”" for words in expect.never_says if words in visible)
    yield from _clause_failures(expect, turn.cites)
    session = turn.session
    yield from _differs("接着问的", expect.question, session.pending)
    yield from _differs("结果类型", expect.outcome, turn.outcome or "")
    yield from _differs("所处状态", expect.mode, session.mode.value)
    yield from _differs("正在谈的扶持", expect.focus, session.focus)
    for slot, choices in (expect.profile or {}).items():
        stored = session.profile.get(slot, ())
        if set(stored) != set(choices):
            yield f"{slot} 应记成 {_list(choices)}，实际是 {_list(stored)}"
    for verdict in VERDICTS:
        found = [f.support for f in turn.findings if f.verdict == verdict]
        yield from _verdict_failures(expect, verdict, found)


def _clause_failures(expect: Expect, cites: tuple[str, ...]) -> Iterator[str]:
    if expect.cites is not None:
        missing = [clause for clause in expect.cites if clause not in cites]
        if missing or (not expect.cites and cites):
            yield f"依据应是 {_list(expect.cites)}，实际是 {_list(cites)}"
    only = expect.cites_only
    if only is not None and set(only) != set(cites):
        yield f"依据应该只有 {_list(only)}，实际是 {_list(cites)}"


def _verdict_failures(expect: Expect, verdict: str, found: list[str]) -> Iterator[str]:
    some: tuple[str, ...] | None = getattr(expect, verdict)
    missing = [support for support in some or () if support not in found]
    if missing:
        yield f"{verdict} 里缺 {_list(missing)}"
    only: tuple[str, ...] | None = getattr(expect, f"{verdict}_only")
    if only is not None and set(only) != set(found):
        yield f"{verdict} 应该只有 {_list(only)}，实际是 {_list(found)}"


def _differs(what: str, expected: str | None, found: str) -> Iterator[str]:
    if expected is None:
        return
    wanted = "" if expected == NONE else expected
    if wanted != found:
        yield f"{what}应是 {wanted or '无'}，实际是 {found or '无'}"


def _list(items: Iterable[str]) -> str:
    return "、".join(items) or "无"
