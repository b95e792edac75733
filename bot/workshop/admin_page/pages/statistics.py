"""How many people ask what, and how it ends: counts of the last weeks, with plots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.responses import Response

from bot.channels.web.statistics.plots import Plot, Series, stacked_bars
from bot.core.domain.knowledge import Knowledge
from bot.service.count_port import CountKind, DailyCount
from bot.workshop.admin_page.dependencies import AdminDependencies
from bot.workshop.admin_page.gate import Visit

PERIODS = (7, 30, 90)
MOST_SUPPORTS = 10
# Outcomes in the order of the plot, with what the page calls them.
OUTCOMES = (
    ("answer", "答上了"),
    ("clarify", "请他选"),
    ("out_of_scope", "不归文件管"),
    ("unknown", "没答上"),
)
CHANNELS = {"web": "网页", "telegram": "Telegram", "wechat": "微信", "api": "接口"}


@dataclass(frozen=True, slots=True)
class InterviewStep:
    """How a question of the interview went: how often it was asked, answered, skipped, and how
    often nobody came back to it."""

    name: str
    asked: int
    given: int
    skipped: int

    @property
    def left(self) -> int:
        """How often the conversation ended here, or turned to something else."""
        return max(0, self.asked - self.given - self.skipped)


@dataclass(frozen=True, slots=True)
class Votes:
    """The votes on the answers of one support."""

    title: str
    useful: int
    useless: int


class Statistics:
    """The page."""

    def __init__(self, deps: AdminDependencies) -> None:
        self._deps = deps

    async def show(self, visit: Visit) -> Response:
        """Handle GET; `days` is one of PERIODS."""
        asked = visit.query.get("days", "")
        days = int(asked) if asked in map(str, PERIODS) else PERIODS[1]
        today = self._deps.local(self._deps.clock()).date()
        since = today - timedelta(days=days - 1)
        counts = await self._deps.daily_counts(since.isoformat())
        dates = [since + timedelta(days=n) for n in range(days)]
        knowledge = self._deps.knowledge()
        outcomes = _sums(counts, CountKind.OUTCOME)
        useful, useless = (_sum(counts, k) for k in (CountKind.USEFUL, CountKind.USELESS))
        return visit.page(
            "statistics.html",
            days=days,
            periods=PERIODS,
            people=_per_day(counts, dates, CountKind.PEOPLE),
            outcomes=_outcome_plot(counts, dates),
            people_days=_sum(counts, CountKind.PEOPLE),
            started=_sum(counts, CountKind.STARTED),
            messages=_sum(counts, CountKind.MESSAGE),
            results=_sum(counts, CountKind.RESULTS),
            forgotten=_sum(counts, CountKind.FORGOTTEN),
            questions=sum(outcomes.values()),
            shares=[(label, outcomes[name]) for name, label in OUTCOMES],
            useful=useful,
            useless=useless,
            channels=_channels(counts),
            supports=_top_supports(counts, knowledge),
            votes=_votes(counts, knowledge),
            steps=_interview(counts, knowledge),
        )


def _sums(counts: Sequence[DailyCount], kind: CountKind) -> Counter[str]:
    """Return the sums of a kind by key."""
    found: Counter[str] = Counter()
    for count in counts:
        if count.kind is kind:
            found[count.key] += count.count
    return found


def _sum(counts: Sequence[DailyCount], kind: CountKind) -> int:
    return sum(_sums(counts, kind).values())


def _by_day(
    counts: Sequence[DailyCount], dates: Sequence[date], kind: CountKind, key: str
) -> list[int]:
    sums: Counter[str] = Counter()
    for count in counts:
        if count.kind is kind and count.key == key:
            sums[count.day] += count.count
    return [sums[day.isoformat()] for day in dates]


def _per_day(counts: Sequence[DailyCount], dates: Sequence[date], kind: CountKind) -> Plot:
    return stacked_bars(dates, [Series("people", "人", _by_day(counts, dates, kind, ""))])


def _outcome_plot(counts: Sequence[DailyCount], dates: Sequence[date]) -> Plot:
    return stacked_bars(
        dates,
        [
            Series(name, label, _by_day(counts, dates, CountKind.OUTCOME, name))
            for name, label in OUTCOMES
        ],
    )


def _channels(counts: Sequence[DailyCount]) -> list[tuple[str, int]]:
    sums: Counter[str] = Counter()
    for count in counts:
        if count.kind is CountKind.MESSAGE:
            sums[count.channel] += count.count
    return [(CHANNELS.get(name, name), number) for name, number in sums.most_common()]


def _top_supports(counts: Sequence[DailyCount], knowledge: Knowledge) -> list[tuple[str, int]]:
    found = _sums(counts, CountKind.SUPPORT).most_common(MOST_SUPPORTS)
    return [(_title(name, knowledge), number) for name, number in found]


def _votes(counts: Sequence[DailyCount], knowledge: Knowledge) -> list[Votes]:
    """Return the supports with most votes 没用."""
    useful, useless = (_sums(counts, k) for k in (CountKind.USEFUL, CountKind.USELESS))
    return [
        Votes(_title(name, knowledge), useful[name], number)
        for name, number in useless.most_common(MOST_SUPPORTS)
    ]


def _interview(counts: Sequence[DailyCount], knowledge: Knowledge) -> list[InterviewStep]:
    asked, given, skipped = (
        _sums(counts, kind) for kind in (CountKind.ASKED, CountKind.GIVEN, CountKind.SKIPPED)
    )
    return [
        InterviewStep(slot.name, asked[slot.id], given[slot.id], skipped[slot.id])
        for slot in knowledge.slots.values()
        if asked[slot.id]
    ]


def _title(support: str, knowledge: Knowledge) -> str:
    found = knowledge.supports.get(support)
    return found.title if found else support
