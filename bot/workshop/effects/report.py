"""A difference in the words of a clerk, and as JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from bot.core.eligibility.verdicts import Verdict
from bot.workshop.effects.answers import Kind
from bot.workshop.effects.diff import Diff, regressions
from bot.workshop.effects.fact_changes import FactChange, FactKind
from bot.workshop.effects.profile_changes import Answers, People, ProfileChange, Transition
from bot.workshop.effects.question_changes import Group, QuestionChange, Shown

# Questions of a group, and supports of a line, that a report names unless all are wanted.
MOST = 10
_FEW = 3
# Characters of a changed line or value that a report shows.
_WIDTH = 60

GROUPS: Mapping[Group, str] = {
    Group.NOW_UNKNOWN: "变成答不上来",
    Group.NOW_OUT_OF_SCOPE: "变成“不归这份文件管”",
    Group.OTHER_SUPPORT: "答别的扶持了",
    Group.NOW_OFFERED: "原来直接答，变成让人挑",
    Group.OTHER_OFFER: "让人挑的几项变了",
    Group.OTHER_TOPIC: "还是不归这份文件管，指到别处了",
    Group.STILL_UNANSWERED: "还是没答，说法变了",
    Group.NOW_DIRECT: "原来让人挑，现在直接答",
    Group.NOW_ANSWERED: "现在答得上来",
    Group.OTHER_WORDS: "同一项，话变了",
}
_VERDICTS: Mapping[Verdict | None, str] = {
    Verdict.APPLIES: "条件都符合",
    Verdict.MAYBE: "可能符合",
    Verdict.NOT_APPLICABLE: "不符合",
    Verdict.CLOSED: "已停办",
    None: "没有这一项",
}
_KINDS: Mapping[Kind, str] = {
    Kind.ANSWERED: "文件本身",
    Kind.OFFERED: "请人说清楚",
    Kind.OUT_OF_SCOPE: "不归这份文件管",
    Kind.UNKNOWN: "答不上来",
    Kind.TALK: "当成闲聊或指令",
}
_SUBJECTS = {
    "support": "扶持",
    "topic": "文件不管的事",
    "policy": "文件",
    "clause": "原文",
    "bureau": "单位",
}
_ADDED = {FactKind.ADDED: "新增", FactKind.REMOVED: "没有了"}


def lines(diff: Diff, most: int | None = MOST) -> Iterator[str]:
    """Yield the lines of a report. `most`: how many questions of a group are shown; None: all."""
    if not diff.changes:
        yield f"问了 {diff.asked} 句，回答都一样；各种人能得到的、各项扶持的内容也都一样。"
        return
    changed = len(diff.questions)
    yield (
        f"问了 {diff.asked} 句，{changed} 句的回答变了。"
        if changed
        else (f"问了 {diff.asked} 句，回答都一样。")
    )
    for group, title in GROUPS.items():
        found = [change for change in diff.questions if change.group is group]
        if found:
            yield ""
            yield f"{title}（{len(found)} 句）"
            yield from _group(group, found, most)
    if diff.profiles:
        yield ""
        yield f"谁能得到什么（{sum(len(p.supports) for p in diff.profiles)} 项扶持有变化）"
        yield from (
            f"  {line}" for change in diff.profiles for line in profile_lines(change, diff)
        )
    if diff.facts:
        yield ""
        yield f"内容（{len(diff.facts)} 处）"
        yield from (f"  {line}" for line in _facts(diff.facts))


def summary(diff: Diff) -> str:
    """Return the numbers of a difference in one sentence."""
    counts = diff.counts()
    parts = [f"{title} {counts[group]} 句" for group, title in GROUPS.items() if counts[group]]
    if counts["supports_changed"]:
        lost = counts["supports_lost"]
        parts.append(
            f"谁能得到有变化的扶持 {counts['supports_changed']} 项"
            + (f"（有人得不到了的 {lost} 项）" if lost else "")
        )
    if counts["facts"]:
        parts.append(f"内容改了 {counts['facts']} 处")
    return "，".join(parts) or "什么都没有变"


def regression_lines(diff: Diff) -> list[str]:
    """Return a line for each question and support that founders lose (`regressions`)."""
    lost = regressions(diff)
    told = [question_line(change) for change in lost.questions]
    return [*told, *(line for change in lost.profiles for line in profile_lines(change, diff))]


def question_line(change: QuestionChange) -> str:
    """Return a changed question with its old and new answer."""
    where = "" if set(change.sources) == {"问法"} else f"　〔{'、'.join(change.sources)}〕"
    if change.group is Group.OTHER_WORDS:
        return f"“{change.text}”{where}"
    meant = "　（新知识里写明这样答）" if change.intended else ""
    before = _told(change.before.kind, change.was)
    return f"“{change.text}”：{before} → {_told(change.after.kind, change.now)}{meant}{where}"


def profile_lines(change: ProfileChange, diff: Diff) -> list[str]:
    """Return the change of verdicts of one or more supports."""
    titles = [title for _, title in change.supports]
    named = "、".join(titles[:_FEW])
    if len(titles) > _FEW:
        named += f"等 {len(titles)} 项"
    told = "；".join(_transition(each, diff) for each in change.transitions)
    return [f"{named}：{told}"]


def people(group: People, diff: Diff) -> str:
    """Return the people of a group: “在校学生、刚注册的人”."""
    if not group.answers:
        return "所有人"
    slots = diff.slots or {}
    parts = []
    for slot, answers in group.answers:
        name, labels = slots.get(slot, (slot, {}))
        parts.append(_answers(name, labels, answers))
    return "、".join(parts) + "的人"


def _answers(name: str, labels: Mapping[str, str], answers: Answers) -> str:
    given = {answer for answer in answers if answer}
    rest = [label for choice, label in labels.items() if (choice,) not in given]
    if 0 < len(rest) <= min(_FEW, len(given) // 2) and () not in answers:
        return f"除“{'”“'.join(rest)}”以外"
    said = ["又是".join(labels.get(c, c) for c in answer) for answer in answers if answer]
    if () in answers:
        said.append(f"没说{name}")
    return "或".join(said)


def _transition(each: Transition, diff: Diff) -> str:
    who = "，或者".join(people(group, diff) for group in each.people)
    before = f"从“{_VERDICTS[each.before[0]]}”" if each.before else ""
    return f"{who}，{before}变成“{_VERDICTS[each.after]}”"


def _group(group: Group, found: Sequence[QuestionChange], most: int | None) -> Iterator[str]:
    if group is Group.OTHER_WORDS:
        yield from _other_words(found, most)
        return
    # What was meant is told last.
    ordered = sorted(found, key=lambda change: change.intended)
    for change in ordered[:most]:
        yield f"  {question_line(change)}"
    yield from _rest(len(ordered), most)


def _other_words(found: Sequence[QuestionChange], most: int | None) -> Iterator[str]:
    """Yield the changed lines of replies, each once with the questions that it answers."""
    alike: dict[tuple[str, str], list[QuestionChange]] = {}
    for change in found:
        alike.setdefault(changed_words(change), []).append(change)
    ordered = sorted(alike.items(), key=lambda item: -len(item[1]))
    for (before, after), changes in ordered[:most]:
        said = f"“{_short(before)}”" if before else "（没有这句）"
        yield f"  {said} → " + (f"“{_short(after)}”" if after else "（不说了）")
        named = "、".join(f"“{change.text}”" for change in changes[:_FEW])
        yield f"      {named}" + (f"等 {len(changes)} 句" if len(changes) > _FEW else "")
    yield from _rest(len(ordered), most)


def changed_words(change: QuestionChange) -> tuple[str, str]:
    """Return the first line in which two replies differ, of the old and of the new one; "" where
    one of them has no such line."""
    before, after = (each.reply.split("\n") for each in (change.before, change.after))
    for tag, start, end, from_, to in SequenceMatcher(None, before, after, False).get_opcodes():
        if tag != "equal":
            return "".join(before[start:end][:1]), "".join(after[from_:to][:1])
    return "", ""


def _facts(facts: Iterable[FactChange]) -> Iterator[str]:
    """Yield a line for each change; supports that change in the same way share one."""
    alike: dict[tuple[FactKind, str, str, str, str], list[str]] = {}
    for fact in facts:
        key = (fact.kind, fact.subject, fact.field, fact.before, fact.after)
        alike.setdefault(key, []).append(fact.title)
    for (kind, subject, field, before, after), titles in alike.items():
        named = "、".join(titles[:_FEW]) + (f"等 {len(titles)} 项" if len(titles) > _FEW else "")
        if kind is FactKind.CHANGED:
            first, second = _differing(before, after)
            yield f"{named}：{field} {first or '（空）'} → {second or '（空）'}"
        else:
            yield f"{_ADDED[kind]}{_SUBJECTS[subject]}：{named}"


def _differing(before: str, after: str) -> tuple[str, str]:
    """Return two values; of long ones, the parts around the first difference."""
    if max(len(before), len(after)) <= _WIDTH:
        return before, after
    same = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        min(len(before), len(after)),
    )
    start = max(0, same - 15)
    lead = "…" if start else ""
    return lead + _short(before[start:]), lead + _short(after[start:])


def _short(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _rest(count: int, most: int | None) -> Iterator[str]:
    if most is not None and count > most:
        yield f"  …… 还有 {count - most} 处（加 --all 全部列出）"


def _told(kind: Kind, shown: Sequence[Shown]) -> str:
    if not shown:
        return _KINDS[kind]
    titles = [f"{each.title}（{each.clause}）" if each.clause else each.title for each in shown]
    if kind is Kind.OFFERED:
        named = "、".join(titles[:_FEW]) + (f"等 {len(titles)} 项" if len(titles) > _FEW else "")
        return f"让人挑：{named}"
    return f"不归这份文件管：{titles[0]}" if kind is Kind.OUT_OF_SCOPE else titles[0]


def as_json(diff: Diff) -> dict[str, Any]:
    """Return the whole difference as plain JSON values."""
    lost = {change.text for change in regressions(diff).questions}
    return {
        "old": diff.old,
        "new": diff.new,
        "asked": diff.asked,
        "changes": diff.changes,
        "counts": diff.counts(),
        "questions": [
            {
                "text": change.text,
                "sources": list(change.sources),
                "group": change.group.value,
                "before": _side(change.before.kind, change.was, change.before.reply),
                "after": _side(change.after.kind, change.now, change.after.reply),
                "intended": change.intended,
                "regression": change.text in lost,
            }
            for change in diff.questions
        ],
        "profiles": [
            {
                "supports": [{"id": name, "title": title} for name, title in change.supports],
                "transitions": [_transition_values(each) for each in change.transitions],
                "lost": change.lost,
                "gained": change.gained,
                "text": profile_lines(change, diff)[0],
            }
            for change in diff.profiles
        ],
        "facts": [
            {
                "kind": fact.kind.value,
                "subject": fact.subject,
                "id": fact.id,
                "title": fact.title,
                "field": fact.field,
                "before": fact.before,
                "after": fact.after,
            }
            for fact in diff.facts
        ],
    }


def _side(kind: Kind, shown: Iterable[Shown], reply: str) -> dict[str, Any]:
    items = [{"id": s.id, "title": s.title, "clause": s.clause or None} for s in shown]
    return {"kind": kind.value, "shown": items, "reply": reply}


def _transition_values(each: Transition) -> dict[str, Any]:
    return {
        "people": [
            {slot: [list(answer) for answer in answers] for slot, answers in group.answers}
            for group in each.people
        ],
        "before": [verdict.value if verdict else None for verdict in each.before],
        "after": each.after.value if each.after else None,
    }
