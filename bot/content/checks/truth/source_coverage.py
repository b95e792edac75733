"""Report coverage: paragraphs by clauses, supports by scenarios, choices by supports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.content.checks.scenario_coverage import covers_support
from bot.content.checks.truth.verbatim import stored_form
from bot.content.readers.build_context import BuildContext, Paper
from bot.content.readers.loader import read_folder
from bot.content.readers.policies import squeeze
from bot.content.readers.scenarios import Scenario, read_scenarios
from bot.core.domain.knowledge import DISTRICT, NEEDS, SupportKind

_SHOWN = 24

Span = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a source, the clauses and supports that cover it, or why none needs to.

    `left`: the text that no clause contains, "" if the paragraph is covered or exempt.
    """

    file: str
    line: int
    text: str
    clauses: tuple[str, ...] = ()
    supports: tuple[str, ...] = ()
    why: str = ""
    left: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceUse:
    """The number of benefits that name a choice in conditions or needs, and the number of those
    that do not use its slot. `exempt`: no benefit needs to name it (districts, and 都不是)."""

    slot: str
    choice: str
    named: int
    open_to_all: int
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """The coverage report. `scenarios`: support → the number of scenarios that cover it."""

    paragraphs: tuple[Paragraph, ...]
    scenarios: Mapping[str, int]
    choices: tuple[ChoiceUse, ...]

    def __str__(self) -> str:
        return render(self)

    @property
    def gaps(self) -> tuple[Paragraph, ...]:
        """Return the paragraphs that are not covered completely."""
        return tuple(p for p in self.paragraphs if p.left)

    @property
    def unproven(self) -> tuple[str, ...]:
        """Return the supports without a scenario."""
        return tuple(name for name, count in self.scenarios.items() if not count)

    @property
    def unnamed(self) -> tuple[ChoiceUse, ...]:
        """Return the choices that no benefit names, without the exempt ones."""
        return tuple(use for use in self.choices if not use.named and not use.exempt)


def coverage(folder: Path) -> Report:
    """Return the report on readable files. Unreadable ones cover nothing (`check` says why)."""
    files, context = read_folder(folder)
    scenarios = read_scenarios(files, context.problems)
    paragraphs: list[Paragraph] = []
    for paper in context.papers.values():
        paragraphs += _paragraphs(context, paper)
    return Report(tuple(paragraphs), _count_scenarios(context, scenarios), _choices(context))


def render(report: Report) -> str:
    """Return the report in Chinese, for a terminal."""
    lines = ["一、原文段落"]
    for paragraph in report.paragraphs:
        lines.append(f"{paragraph.file}:{paragraph.line}: {_short(paragraph.text)}")
        lines.append(f"    {_verdict(paragraph)}")
    lines += ["", "二、扶持措施的对话样例（个数）"]
    lines += [f"{count:4d}  {name}" for name, count in report.scenarios.items()]
    lines += ["", "三、选项（点名的扶持措施 + 不看这一项的扶持措施）"]
    lines += [f"{u.named:4d} + {u.open_to_all:<4d} {u.slot}:{u.choice}" for u in report.choices]
    covered = len(report.paragraphs) - len(report.gaps)
    proven = len(report.scenarios) - len(report.unproven)
    unnamed = "、".join(f"{use.slot}:{use.choice}" for use in report.unnamed) or "无"
    lines += [
        "",
        f"原文 {len(report.paragraphs)} 段，已交代 {covered} 段，未覆盖 {len(report.gaps)} 段",
        f"扶持措施 {len(report.scenarios)} 项，有样例 {proven} 项",
        f"没有扶持措施点名的选项：{unnamed}",
    ]
    return "\n".join(lines)


def _paragraphs(context: BuildContext, paper: Paper) -> list[Paragraph]:
    """Return each line of the source that is not blank, in order, with what covers it."""
    lines = [line.strip() for line in context.sources.get(paper.source_text, "").splitlines()]
    spans = _spans(context, paper, "".join(lines))
    found = []
    start = 0
    for number, text in enumerate(lines, 1):
        end = start + len(text)
        here = [(name, a - start, b - start) for name, a, b in spans if a < end and b > start]
        if text:
            found.append(_paragraph(context, paper, number, text, here))
        start = end
    return found


def _spans(context: BuildContext, paper: Paper, whole: str) -> list[Span]:
    """Return the position of each clause of the policy in its source."""
    spans = []
    for clause in context.clauses.values():
        wanted = squeeze(stored_form(clause.text, paper.repairs))
        start = whole.find(wanted)
        if clause.policy == paper.policy and wanted and start >= 0:
            spans.append((clause.id, start, start + len(wanted)))
    return spans


def _paragraph(
    context: BuildContext, paper: Paper, number: int, text: str, spans: list[Span]
) -> Paragraph:
    left = "".join(
        letter for n, letter in enumerate(text) if not any(a <= n < b for _, a, b in spans)
    )
    clauses = tuple(name for name, _, _ in spans)
    why = next((u.why for u in paper.uncovered if text.startswith(u.starts)), "")
    excused = bool(why) and not clauses
    return Paragraph(
        file=f"sources/{paper.source_text}",
        line=number,
        text=text,
        clauses=clauses,
        supports=tuple(s.id for s in context.supports.values() if s.clause in clauses),
        why=why if excused else "",
        left="" if excused else left,
    )


def _count_scenarios(context: BuildContext, scenarios: tuple[Scenario, ...]) -> dict[str, int]:
    return {
        support.id: sum(
            any(covers_support(step, support) for step in scenario.talk) for scenario in scenarios
        )
        for support in context.supports.values()
    }


def _choices(context: BuildContext) -> tuple[ChoiceUse, ...]:
    benefits = [s for s in context.supports.values() if s.kind is SupportKind.BENEFIT]
    uses = []
    for slot in context.slots.values():
        asked = [
            {a for c in s.conditions if c.slot == slot.id for a in (*c.allowed, *c.perhaps)}
            | (set(s.needs) if slot.id == NEEDS else set())
            for s in benefits
        ]
        free = sum(not allowed for allowed in asked)
        for choice in slot.choices:
            named = sum(choice.id in allowed for allowed in asked)
            exempt = slot.id == DISTRICT or choice.id == slot.none_choice
            uses.append(ChoiceUse(slot.id, choice.id, named, free, exempt))
    return tuple(uses)


def _verdict(paragraph: Paragraph) -> str:
    if not paragraph.clauses:
        return f"不需要条款：{paragraph.why}" if not paragraph.left else "未覆盖"
    said = "条款 " + "、".join(paragraph.clauses)
    names = "、".join(paragraph.supports) or "没有扶持措施"
    tail = f"；未覆盖的部分：{_short(paragraph.left)}" if paragraph.left else ""
    return f"{said}：{names}{tail}"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
