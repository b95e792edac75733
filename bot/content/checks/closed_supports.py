"""Check that every support that is closed today says so: in its reply, in the list, on its card.

Scenarios are also played as if nothing were closed (`states`), so they do not check this.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot.content.readers.build_context import Places
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.knowledge import Support, SupportKind
from bot.core.domain.session import Profile, Session, Utterance
from bot.core.eligibility.verdicts import evaluate
from bot.core.responses.phrasebook import Phrasebook
from bot.core.responses.results_list import best_list, results_page
from bot.core.responses.support_answer import AnswerRenderer
from bot.errors import Problem

_HINT = "多半是 phrases/ 里 support_…、age_…、closed_…、title_closed、group_closed 的哪一句改坏了"


def check_closed(base: KnowledgeBase, places: Places, today: date) -> list[Problem]:
    """Return a problem for each place where a support that is closed on this day, by its status,
    its last day or its policy, does not say so. The switches for emergencies are left out."""
    base = base.without_switches
    problems = []
    for support in base.knowledge.supports.values():
        if base.knowledge.closure(support, today) is None:
            continue
        place = places.at("support", support.id, "status")
        problems += [
            Problem(place.file, place.line, f"“{support.id}”已经停办，{what}", _HINT)
            for what in _silent(base, support, today)
        ]
    return sorted(problems)


def _silent(base: KnowledgeBase, support: Support, today: date) -> Iterator[str]:
    """Yield a Chinese sentence for each place that does not say that the support is closed."""
    phrasebook = Phrasebook(base.knowledge, today)
    note, title = phrasebook.closed_note(support), phrasebook.title(support)
    if not note.strip():
        yield "没有写停办的提醒"
        return
    turn = step(Session(), Utterance(choice=f"s:{support.id}"), base, today)
    if not turn.replies[0].text.startswith(note):
        yield "点开它，第一句没有说"
    if support.kind is not SupportKind.BENEFIT:
        return
    if title == support.title:
        yield "名字后面没有标"
    profile = _suitable(support)
    finding = evaluate(support, profile, base.knowledge, today)
    renderer = AnswerRenderer(phrasebook)
    listed = results_page(renderer, profile, (finding,)).reply
    heading = phrasebook.say("group_closed")
    if title not in listed.text.partition(heading)[2]:
        yield f"结果里没有列在“{heading}”下面"
    if not any(note in section.body for card in listed.cards for section in card.sections):
        yield "卡片上没有说"
    if support.title in best_list(renderer, profile, (finding,)).reply.text:
        yield "还会当作适合推荐给人"


def _suitable(support: Support) -> Profile:
    """Return answers that meet the conditions that name choices."""
    return {c.slot: c.allowed[:1] for c in support.conditions if c.allowed}
