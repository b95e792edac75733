"""Compare what two versions of the knowledge state of their supports, policies and bureaus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.core.domain.knowledge import (
    Bureau,
    Knowledge,
    Policy,
    PolicyStatus,
    Support,
    SupportKind,
    SupportStatus,
)

_STATUS: Mapping[str, str] = {
    PolicyStatus.IN_FORCE: "还在执行",
    PolicyStatus.UNVERIFIED: "没有核实",
    SupportStatus.OPEN: "能办",
    SupportStatus.EXPIRED: "已到期",
    SupportStatus.SUPERSEDED: "已被新文件代替",
    SupportStatus.EXHAUSTED: "名额或资金用完了",
    SupportStatus.SUSPENDED: "已暂停",
}
_KINDS: Mapping[str, str] = {
    SupportKind.BENEFIT: "和个人情况比对",
    SupportKind.BACKGROUND: "只是背景",
    SupportKind.UNLISTED: "问到才答",
}


class FactKind(StrEnum):
    """What happened to a fact."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class FactChange:
    """A changed fact. `subject`: support, topic, policy, bureau or clause; `field`: which fact of
    it, in Chinese; "" if the whole of it was added or removed."""

    kind: FactKind
    subject: str
    id: str
    title: str
    field: str = ""
    before: str = ""
    after: str = ""


def compare_facts(old: Knowledge, new: Knowledge, today: date) -> tuple[FactChange, ...]:
    """Return what was added, removed and changed. Statuses are those of this day."""

    def facts_of_supports(knowledge: Knowledge) -> dict[str, tuple[str, dict[str, str]]]:
        return {
            each.id: (each.title, _support(each, knowledge, today))
            for each in knowledge.supports.values()
        }

    found = [
        *_compare("support", facts_of_supports(old), facts_of_supports(new)),
        *_compare("topic", _topics(old), _topics(new)),
        *_compare(
            "policy",
            {p.id: (p.name, _policy(p, old, today)) for p in old.policies.values()},
            {p.id: (p.name, _policy(p, new, today)) for p in new.policies.values()},
        ),
        *_compare("clause", _clauses(old), _clauses(new)),
        *_compare(
            "bureau",
            {b.name: (b.name, _bureau(b)) for b in old.bureaus.values()},
            {b.name: (b.name, _bureau(b)) for b in new.bureaus.values()},
        ),
    ]
    order = {kind: place for place, kind in enumerate(FactKind)}
    return tuple(sorted(found, key=lambda change: order[change.kind]))


def _compare(
    subject: str,
    old: Mapping[str, tuple[str, Mapping[str, str]]],
    new: Mapping[str, tuple[str, Mapping[str, str]]],
) -> Iterator[FactChange]:
    for name, (title, fields) in new.items():
        if name not in old:
            yield FactChange(FactKind.ADDED, subject, name, title)
            continue
        before = old[name][1]
        for field, value in fields.items():
            if value != before[field]:
                yield FactChange(
                    FactKind.CHANGED, subject, name, title, field, before[field], value
                )
    for name, (title, _) in old.items():
        if name not in new:
            yield FactChange(FactKind.REMOVED, subject, name, title)


def _support(support: Support, knowledge: Knowledge, today: date) -> dict[str, str]:
    clause = knowledge.clauses[support.clause]
    closed = knowledge.closure(support, today)
    return {
        "名称": support.title,
        "能不能办": _STATUS[closed or support.status],
        "到期日": _day(support.valid_until),
        "核实日期": _day(support.last_verified),
        "条款": support.clause,
        "牵头单位": clause.lead,
        "得到什么": support.summary,
        "原文": support.quote,
        "金额": support.amount,
        "步骤": "；".join(support.steps),
        "材料": "；".join(support.materials),
        "另外要求": "；".join(support.also_requires),
        "原文没写的": "；".join(support.unstated),
        "问谁": support.ask,
        "比不比对": _KINDS[support.kind],
        "后来的规定": "；".join(f"{u.dated}《{u.title}》{u.say}" for u in support.updates),
    }


def _topics(knowledge: Knowledge) -> dict[str, tuple[str, dict[str, str]]]:
    return {
        topic.id: (
            topic.title,
            {
                "名称": topic.title,
                "电话": topic.hotline,
                "后来的规定": "；".join(f"{u.dated}《{u.title}》{u.say}" for u in topic.updates),
            },
        )
        for topic in knowledge.signposts.values()
    }


def _policy(policy: Policy, knowledge: Knowledge, today: date) -> dict[str, str]:
    return {
        "标题": policy.title,
        "状态": _STATUS[knowledge.policy_status(policy, today)],
        "印发机关": policy.issuer,
        "文号": policy.doc_no,
        "印发日期": _day(policy.issued),
        "施行日期": _day(policy.effective),
        "有效期到": _day(policy.valid_until),
        "目标年": str(policy.target_year or ""),
        "核实日期": _day(policy.last_verified),
        "出处": policy.source,
    }


def _clauses(knowledge: Knowledge) -> dict[str, tuple[str, dict[str, str]]]:
    return {
        clause.id: (
            f"条款 {clause.id} {clause.title}",
            {"原文": clause.text, "责任单位": "、".join(clause.bureaus)},
        )
        for clause in knowledge.clauses.values()
    }


def _bureau(bureau: Bureau) -> dict[str, str]:
    return {
        "现在的名称": bureau.now,
        "电话": bureau.telephone,
        "地址": bureau.address,
        "网址": bureau.url,
    }


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
