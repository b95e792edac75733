"""Ask what stands in the knowledge, and list what does not lead to its own entry.

Every sample question and title, every keyword and every synonym is said as the first message of
a conversation, through the same step as a founder's. Thousands of turns take 20 to 60 s, so this
runs on demand (`check --reach`) and not before a reload.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot.content.documents.problems import shown
from bot.content.readers.build_context import Places
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.knowledge import OutOfScopeTopic, Support
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session, Utterance
from bot.errors import Problem

_HINT = "改写得更像这一件事，或删掉"


def check_reach(base: KnowledgeBase, places: Places, today: date, only: str = "") -> list[Problem]:
    """Return a problem for each text of the knowledge that does not reach its own entry.

    `only`: the id of the one support or topic, or the standard word, whose texts are asked; ""
    for all.

    A support is reached if the reply is about it or offers it; an out-of-scope topic, if the reply
    names it or says that the policy does not cover the question; a synonym, if it leads to one of
    the supports that its standard word leads to.
    """

    def reply(text: str) -> Turn:
        return step(Session(), Utterance(text=text), base, today)

    problems: list[Problem] = []
    for kind, owner, key, number, text in _texts(base):
        if only not in ("", owner):
            continue
        turn = reply(text)
        if not _reaches(base, kind, owner, turn):
            place = places.at(kind, owner, key, number)
            message = f"{key} 的“{shown(text)}”问不到“{owner}”：{_told(base, turn)}"
            problems.append(Problem(place.file, place.line, message, _HINT))
    for standard, words in base.knowledge.synonyms.items():
        if only not in ("", standard):
            continue
        wanted = reached_supports(reply(standard))
        for position, text in enumerate(words):
            turn = reply(text)
            if wanted and not wanted & reached_supports(turn):
                place = places.at("words", "synonyms", standard, str(position))
                message = f"同义词“{shown(text)}”和“{standard}”问到的不一样：{_told(base, turn)}"
                problems.append(Problem(place.file, place.line, message, _HINT))
    return sorted(problems)


def reached_supports(turn: Turn) -> frozenset[str]:
    """Return the supports that a reply is about, lists or offers."""
    offered = [
        choice.id.removeprefix("s:")
        for reply in turn.replies
        for choice in reply.choices
        if choice.id.startswith("s:")
    ]
    return frozenset(filter(None, [turn.session.focus, *turn.session.listed, *offered]))


def _texts(base: KnowledgeBase) -> Iterator[tuple[str, str, str, str, str]]:
    """Return kind, id, key, number and text of each text that should lead to an entry."""
    entries: list[tuple[str, Support | OutOfScopeTopic]] = [
        *(("support", each) for each in base.knowledge.supports.values()),
        *(("signpost", each) for each in base.knowledge.signposts.values()),
    ]
    for kind, entry in entries:
        yield kind, entry.id, "title", "", entry.title
        for key in ("questions", "keywords"):
            for number, text in enumerate(getattr(entry, key)):
                yield kind, entry.id, key, str(number), text


def _reaches(base: KnowledgeBase, kind: str, owner: str, turn: Turn) -> bool:
    if kind == "support":
        return owner in reached_supports(turn)
    title = base.knowledge.signposts[owner].title
    return turn.outcome == "unknown" or any(title in reply.text for reply in turn.replies)


def _told(base: KnowledgeBase, turn: Turn) -> str:
    """Return what was answered instead."""
    if turn.session.focus:
        return f"答成了“{turn.session.focus}”"
    if turn.session.profile:
        return "当成了在说自己的情况"
    if turn.outcome == "unknown":
        return "答“没有写”"
    others = sorted(reached_supports(turn))
    return "列出了" + "、".join(others[:3]) if others else "当成了别的话"
