"""The inbox in words for the terminal, and as values for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, tzinfo
from typing import Any

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.inbox import EntryKind
from bot.core.text.scrubbing import without_placeholders
from bot.workshop.effects.answers import Answer, Kind, answer_to
from bot.workshop.inbox.groups import Group

KINDS = {
    EntryKind.UNKNOWN: "没答上来",
    EntryKind.OUT_OF_SCOPE: "说了文件不管",
    EntryKind.UNPICKED: "给了几项，没人选",
    EntryKind.UNHELPFUL: "点了没用",
}
CHANNELS = {
    "web": "网页",
    "api": "接口",
    "telegram": "Telegram",
    "wechat": "微信",
    "terminal": "终端",
    "script": "脚本",
}
# Further questions and reasons of a group that are shown, and supports that it may be about.
MORE_TEXTS, MORE_REASONS, NEAR = 3, 3, 3


def near_supports(text: str, base: KnowledgeBase) -> list[str]:
    """Return the supports that a question is most like, the best first."""
    asked = without_placeholders(text)
    return [match.support for match in base.index.search(asked, limit=NEAR).matches]


def group_lines(
    number: int, group: Group, base: KnowledgeBase, today: date, zone: tzinfo
) -> Iterator[str]:
    """Return the lines that show a group to an admin."""
    state = "" if group.open else "（答得上来了，或不再列出）"
    yield (
        f"{number:>3}  {KINDS[group.kind]}　{group.count} 次，{group.people} 人　"
        f"{channels(group)}　{when(group, zone)}{state}"
    )
    yield f"     “{group.text}”" if group.text else "     （没有问题原文）"
    more = group.texts[1 : 1 + MORE_TEXTS]
    if more:
        rest = len(group.texts) - 1 - len(more)
        also = " ".join(f"“{text}”" for text in more)
        yield f"     也这样问：{also}{f' 等，还有 {rest} 种' if rest else ''}"
    for reason in group.reasons[:MORE_REASONS]:
        yield f"     说：“{reason}”"
    if group.subject:
        yield f"     {about(group, base)}"
    if group.text:
        answer = answer_to(without_placeholders(group.text), base, today)
        yield f"     现在：{told_now(answer, base)}"
        near = "、".join(_titled(s, base) for s in near_supports(group.text, base))
        if near and answer.kind not in (Kind.ANSWERED, Kind.OFFERED):
            yield f"     最像：{near}"


def channels(group: Group) -> str:
    """Return the channels of a group with their numbers of entries, in words."""
    return "、".join(f"{CHANNELS.get(name, name)} {n}" for name, n in group.channels)


def when(group: Group, zone: tzinfo) -> str:
    """Return the first and the last day of a group."""
    first, last = (moment.astimezone(zone).date() for moment in (group.first, group.last))
    return f"{last}" if first == last else f"{first} 到 {last}"


def group_values(number: int, group: Group, base: KnowledgeBase) -> dict[str, Any]:
    """Return a group as plain values for JSON; times are ISO 8601 in UTC."""
    return {
        "number": number,
        "key": group.key,
        "kind": group.kind.value,
        "text": group.text,
        "texts": list(group.texts),
        "count": group.count,
        "people": group.people,
        "first": group.first.isoformat(),
        "last": group.last.isoformat(),
        "channels": dict(group.channels),
        "subjects": dict(group.subjects),
        "reasons": list(group.reasons),
        "open": group.open,
        "near": near_supports(group.text, base) if group.text else [],
    }


def summary(groups: Sequence[Group]) -> str:
    """Return how many groups and entries there are."""
    count = sum(group.count for group in groups)
    return f"没答好的问题：{len(groups)} 组，{count} 次"


def about(group: Group, base: KnowledgeBase) -> str:
    """Return what the support or topic of a group is to it."""
    name = _titled(group.subject, base)
    if group.kind is EntryKind.UNKNOWN:
        return f"正说着：{name}"
    if group.kind is EntryKind.UNPICKED:
        return f"头一项：{name}"
    return f"说的是：{name}"


def told_now(answer: Answer, base: KnowledgeBase) -> str:
    """Return in words how a question is answered."""
    names = "、".join(_titled(each, base) for each in answer.shown)
    if answer.kind is Kind.ANSWERED:
        return f"答 {names}"
    if answer.kind is Kind.OFFERED:
        return f"让人选 {names}" if names else "列出几项让人选"
    if answer.kind is Kind.OUT_OF_SCOPE:
        topics = base.knowledge.signposts
        known = any(topic in topics for topic in answer.shown)
        return f"说文件不管这个（{names}）" if known else "说只知道本市的"
    return "答不上来" if answer.kind is Kind.UNKNOWN else "当成随便聊聊的话"


def _titled(name: str, base: KnowledgeBase) -> str:
    """Return an id with its title."""
    knowledge = base.knowledge
    entry = knowledge.supports.get(name) or knowledge.signposts.get(name)
    return f"{name} {entry.title}" if entry else name
