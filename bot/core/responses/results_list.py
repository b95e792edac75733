"""Render the results: the best few, pages of supports that apply or may apply, and those that do
not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from bot.core.domain.knowledge import DISTRICT, NEEDS
from bot.core.domain.replies import MAX_FINDINGS, FindingLine, Line, Reply, Role
from bot.core.domain.session import Option, Profile
from bot.core.eligibility.verdicts import Finding, State, Verdict
from bot.core.responses.phrasebook import Phrasebook
from bot.core.responses.support_answer import AnswerRenderer, support_option

# Supports on one page of the results, in the list of the best ones, and in a part of the results.
PAGE_SIZE = 5
BEST = 3
PART = 4
# Characters that a list with more than BEST supports has at most.
MAX_CHARS = 350


class ResultsPage(NamedTuple):
    """One page of the results, the first MAX_FINDINGS findings in display order, and the number of
    all findings by verdict."""

    reply: Reply
    findings: tuple[FindingLine, ...]
    counts: tuple[tuple[str, int], ...]


def results_page(
    renderer: AnswerRenderer, profile: Profile, findings: Sequence[Finding], page: int = 0
) -> ResultsPage:
    """Render one page of the results. `findings` are in display order; `page` counts from 0."""
    phrasebook = renderer.phrasebook
    shown = [f for f in findings if is_listed(f)]
    on_page = shown[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
    lines = [Line(Role.HEADING, t) for t in _head(phrasebook, profile)] if page == 0 else []
    for heading, group in _groups(phrasebook, on_page, profile.get(NEEDS, ())):
        lines.append(Line(Role.HEADING, heading))
        lines += [Line(Role.ITEM, _line(phrasebook, f, profile)) for f in group]
    has_more = len(shown) > (page + 1) * PAGE_SIZE
    has_ineligible = any(f.verdict is Verdict.NOT_APPLICABLE for f in findings)
    if not on_page:
        lines.append(Line(Role.PLAIN, phrasebook.say("group_none")))
    if has_more:
        lines.append(Line(Role.HINT, phrasebook.say("more_hint")))
    elif has_ineligible:
        lines.append(Line(Role.HINT, phrasebook.say("group_not")))
    if on_page:
        lines += _foot(phrasebook, on_page)
    options = [support_option(phrasebook, f.support) for f in on_page]
    if on_page:
        options.append(Option("c:plan", phrasebook.say("button_plan")))
    options += _options(phrasebook, has_more=has_more, has_ineligible=has_ineligible)
    reply = phrasebook.reply(*lines)._replace(
        choices=tuple(options), cards=tuple(renderer.card(f, profile) for f in on_page)
    )
    return _page(reply, findings)


def best_list(
    renderer: AnswerRenderer, profile: Profile, findings: Sequence[Finding]
) -> ResultsPage:
    """Render the best few results with what they give. `findings` are in display order."""
    phrasebook = renderer.phrasebook
    stated = phrasebook.stated_profile(profile)
    heading = phrasebook.say("best_head_none")
    if stated:
        heading = phrasebook.say("best_head", profile=stated)
    return short_list(renderer, findings, heading, BEST)


def short_list(
    renderer: AnswerRenderer, findings: Sequence[Finding], heading: str, size: int
) -> ResultsPage:
    """Render the first results of those findings that apply or may apply, with what they give;
    without any, that there are none. `findings` are in display order."""
    best = suited(findings)[:size]
    reply = _short_list(renderer.phrasebook, best, heading)
    while len(best) > BEST and len(reply.text) > MAX_CHARS:
        best = best[:-1]
        reply = _short_list(renderer.phrasebook, best, heading)
    return _page(reply, findings)


def _short_list(phrasebook: Phrasebook, best: Sequence[Finding], heading: str) -> Reply:
    lines = [Line(Role.HEADING, heading if best else phrasebook.say("group_none"))]
    for finding in best:
        title = phrasebook.title(finding.support)
        what = phrasebook.say("best_line", title=title, what=finding.support.summary)
        lines.append(Line(Role.ITEM, what))
    if best:
        lines += _foot(phrasebook, best)
    options = [support_option(phrasebook, f.support) for f in best]
    if best:
        options.append(Option("c:plan", phrasebook.say("button_plan")))
    options.append(Option("c:results", phrasebook.say("button_results")))
    return phrasebook.reply(*lines)._replace(choices=tuple(options))


def _page(reply: Reply, findings: Sequence[Finding]) -> ResultsPage:
    lines = tuple(
        FindingLine(f.support.id, f.support.clause, f.verdict.value)
        for f in findings[:MAX_FINDINGS]
    )
    return ResultsPage(reply, lines, tuple(Counter(f.verdict.value for f in findings).items()))


def _foot(phrasebook: Phrasebook, shown: Sequence[Finding]) -> list[Line]:
    ages = phrasebook.ages(finding.support for finding in shown)
    return [
        Line(Role.HINT, phrasebook.say("results_foot")),
        *(Line(Role.WARNING, age) for age in ages),
    ]


def is_listed(finding: Finding) -> bool:
    """Return whether results list a finding: what applies, may apply, or is closed but was for
    this user."""
    if finding.verdict is Verdict.CLOSED:
        return not finding.ruled_out
    return finding.verdict is not Verdict.NOT_APPLICABLE


def suited(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings that apply or may apply."""
    return [f for f in findings if f.verdict in (Verdict.APPLIES, Verdict.MAYBE)]


def ineligible_list(
    renderer: AnswerRenderer, profile: Profile, findings: Sequence[Finding]
) -> tuple[Reply, tuple[str, ...]]:
    """Return the supports that do not apply, grouped by what the failed condition allows, and
    their clauses."""
    phrasebook = renderer.phrasebook
    ineligible = [f for f in findings if f.verdict is Verdict.NOT_APPLICABLE]
    options = tuple(_options(phrasebook, has_more=False, has_ineligible=False))
    if not ineligible:
        return Reply(phrasebook.say("group_none"), options), ()
    titles_by_allowed: dict[str, list[str]] = {}
    for finding in ineligible:
        allowed = phrasebook.failed_allowed(finding)
        titles_by_allowed.setdefault(allowed, []).append(finding.support.title)
    answers = {slot: choices for slot, choices in profile.items() if slot != NEEDS}
    stated = phrasebook.stated_profile(answers)
    if stated:
        lines = [phrasebook.say("group_not_head", profile=stated)]
    else:
        lines = [phrasebook.say("group_not_head_none")]
    for allowed, titles in titles_by_allowed.items():
        lines.append(phrasebook.say("line_not", titles="｜".join(titles), allowed=allowed))
    cites = tuple(dict.fromkeys(f.support.clause for f in ineligible))
    return Reply("\n".join(lines), options), cites


def _groups(
    phrasebook: Phrasebook, findings: Sequence[Finding], needs: Sequence[str]
) -> list[tuple[str, list[Finding]]]:
    """Return the findings by heading: what meets a need, what may meet it; then the others: what
    applies or is open to anyone, what may apply; closed ones last."""
    open_ones = [f for f in findings if f.verdict is not Verdict.CLOSED]
    fitting = [f for f in open_ones if f.open_to_anyone]
    possible = [f for f in open_ones if f not in fitting]
    needed = [f for f in fitting if set(needs) & set(f.support.needs)]
    needed_maybe = [f for f in possible if set(needs) & set(f.support.needs)]
    groups = [
        (phrasebook.say("group_wanted"), needed),
        (phrasebook.say("group_wanted_maybe"), needed_maybe),
        (
            phrasebook.say("group_also" if needs else "group_applies"),
            [f for f in fitting if f not in needed],
        ),
        (phrasebook.say("group_maybe"), [f for f in possible if f not in needed_maybe]),
        (phrasebook.say("group_closed"), [f for f in findings if f.verdict is Verdict.CLOSED]),
    ]
    return [(heading, group) for heading, group in groups if group]


def _head(phrasebook: Phrasebook, profile: Profile) -> list[str]:
    stated = phrasebook.stated_profile(profile)
    if stated:
        lines = [phrasebook.say("results_head", profile=stated)]
    else:
        lines = [phrasebook.say("results_head_none" if profile else "results_empty_profile")]
    district = phrasebook.knowledge.slots.get(DISTRICT)
    if district and district.none_choice in profile.get(DISTRICT, ()):
        lines.append(phrasebook.say("results_elsewhere", these_papers=phrasebook.these_papers()))
    return lines


def _line(phrasebook: Phrasebook, finding: Finding, profile: Profile) -> str:
    if line := unsettled_line(phrasebook, finding):
        return line
    say, title = phrasebook.say, phrasebook.title(finding.support)
    if more := phrasebook.further_requirements(finding.support, profile):
        return say("line_also", title=title, count=str(len(more)), what=more[0])
    if any(c.state is State.MET and not c.condition.anyone for c in finding.checks):
        return say("line_all_met", title=title)
    return say("line_everyone", title=title)


def unsettled_line(phrasebook: Phrasebook, finding: Finding) -> str:
    """Return the line of a support that is closed, or that only may apply: what is missing, or
    what the paper leaves unclear; "" for another one."""
    title = phrasebook.title(finding.support)
    if finding.verdict is Verdict.CLOSED:
        return phrasebook.say("line_closed", title=title)
    if finding.verdict is not Verdict.MAYBE or finding.open_to_anyone:
        return ""
    if missing := phrasebook.missing_slots(finding):
        return phrasebook.say("line_maybe", title=title, missing=missing)
    return phrasebook.say("line_unclear", title=title, reason=phrasebook.unclear_reason(finding))


def _options(phrasebook: Phrasebook, *, has_more: bool, has_ineligible: bool) -> list[Option]:
    options = [Option("c:more", phrasebook.say("button_more"))] if has_more else []
    if has_ineligible:
        options.append(Option("c:others", phrasebook.say("button_others")))
    options.append(Option("c:me", phrasebook.say("button_me")))
    options.append(Option("c:restart", phrasebook.say("button_restart")))
    return options
