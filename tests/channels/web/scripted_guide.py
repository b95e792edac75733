"""A fake guide that interviews with three questions, and a small knowledge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import yaml

from bot.channels.web.dependencies import WebDependencies, WebSettings
from bot.core.domain.knowledge import Choice, Knowledge, Policy, PolicyStatus, Slot
from bot.core.domain.replies import Card, FindingLine, Link, Reply, Section, Turn
from bot.core.domain.session import Effects, Mode, Option, Profile, Session, Utterance
from bot.errors import GuideBusy, StoreUnavailable
from bot.service.ports import Answered, Incoming
from tests.core.small_knowledge import locality
from tests.knowledge_base import KNOWLEDGE

SLOTS = (
    Slot(
        "identity",
        "身份",
        "您是哪一类创业者？",
        "不同身份的扶持不同。",
        (
            Choice("student", "在校学生"),
            Choice("graduate", "高校毕业生"),
            Choice("returnee", "留学回国人员"),
            Choice("none", "都不是"),
        ),
        multiple=True,
        none_choice="none",
    ),
    Slot(
        "stage",
        "阶段",
        "您的创业项目到哪一步了？",
        "",
        (
            Choice("idea", "还在想"),
            Choice("startup", "刚注册"),
            Choice("established", "已经在经营"),
        ),
    ),
    Slot(
        "needs",
        "需求",
        "您最想要哪方面的支持？",
        "",
        (Choice("funding", "资金"), Choice("venue", "场地"), Choice("school", "休学学分")),
        multiple=True,
    ),
)
PAPER = Policy(
    "paper",
    "创业方案",
    "市政府",
    date(2016, 2, 5),
    "https://example.gov.cn/",
    PolicyStatus.UNVERIFIED,
    target_year=2020,
)


def shipped_phrases() -> dict[str, str]:
    """Return the phrases of the real knowledge."""
    phrases: dict[str, str] = {}
    for file in sorted((KNOWLEDGE / "phrases").glob("*.yaml")):
        phrases |= yaml.safe_load(file.read_text("utf-8"))["phrases"]
    return phrases


PHRASES = {
    **shipped_phrases(),
    "pick_many": "几个一起选，打字用“和”隔开。",
    "basis": "依据：{policy}（{issued}）{place}",
    "age_unverified": "目标年是 {year} 年，请向{lead}核实",
}
CARDS = (
    Card(
        "leave-of-absence",
        "休学创业保留学籍",
        "applies",
        (
            Section("得到什么", "在校大学生创业可以保留学籍休学。"),
            Section("为什么适合您", "您是在校学生。"),
            Section("找谁办", "市教育局（牵头）、市人社局。"),
            Section("原文", "支持大学生保留学籍休学创业，<b>不是标记</b>。"),
            Section("后来的规定", "2024-05《办法》\n（来源：https://example.gov.cn/a，政府网页）"),
            Section("文件状态", "目标年是 2020 年，请核实。"),
        ),
    ),
    Card("venue-subsidy", "众创空间场地补贴", "maybe", (Section("得到什么", "场地补贴。"),)),
    Card("operator-award", "运营机构奖励", "not_applicable", (Section("得到什么", "奖励。"),)),
)


def small_knowledge(version: str = "v1") -> Knowledge:
    """Return knowledge with three questions and one policy."""
    slots = {slot.id: slot for slot in SLOTS}
    return Knowledge(
        version, {PAPER.id: PAPER}, {}, {}, {}, {}, slots, {}, PHRASES, locality=locality()
    )


class ScriptedGuide:
    """Interviews with three questions, then shows cards; keeps everything in memory.

    `taken` lists the processed messages in order. `down` makes every turn fail: "busy" or "store".
    """

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.records: dict[tuple[str, str], Answered] = {}
        self.latest: dict[str, Mapping[str, Any]] = {}
        self.taken: list[tuple[str, str, Utterance]] = []
        self.down = ""

    async def answer(self, incoming: Incoming) -> Answered:
        """Process each message id once."""
        if self.down == "busy":
            raise GuideBusy("忙")
        if self.down == "store":
            raise StoreUnavailable("磁盘满了")
        key = (incoming.conv, incoming.message_id)
        if key in self.records:
            return replace(self.records[key], duplicate=True)
        turn = step(self.sessions.get(incoming.conv, Session()), incoming.utterance)
        answered = Answered(turn.record(), turn.outcome)
        self.taken.append((incoming.conv, incoming.message_id, incoming.utterance))
        if turn.effects.forget:
            self.sessions.pop(incoming.conv, None)
            self.latest.pop(incoming.conv, None)
        else:
            self.sessions[incoming.conv] = turn.session
            self.latest[incoming.conv] = turn.record()
            self.records[key] = answered
        return answered

    async def last(self, conv: str) -> Mapping[str, Any] | None:
        """Return the latest record."""
        return self.latest.get(conv)

    async def view(self, conv: str) -> Session | None:
        """Return the session."""
        return self.sessions.get(conv)

    def said(self) -> list[str]:
        """Return the processed choices and texts, without greetings."""
        return [u.choice or u.text for _, i, u in self.taken if i != "greeting"]


def step(session: Session, said: Utterance) -> Turn:
    """Return the scripted turn."""
    if said.text == "忘记我" or said.choice == "c:forget":
        return _forget()
    if said.choice in ("c:start", "c:restart"):
        return _ask(Session(), "您好，我是柳创通，帮您找柳州的创业扶持。随时可以直接提问。\n\n")
    if said.choice.startswith("a:"):
        _, slot, choices = said.choice.split(":")
        return _ask(session.with_answer(slot, choices.split("+")))
    if said.choice == "c:skip":
        return _ask(session.with_answer(session.pending, []))
    for pending in (slot for slot in SLOTS if slot.id == session.pending):
        for choice in pending.choices:
            if said.text == choice.label:
                return _ask(session.with_answer(pending.id, [choice.id]))
    if said.choice == "c:results":
        return _results(session)
    again = f"\n\n回到刚才的问题：{_question(session)}" if session.pending else ""
    link = Link("拨打 12345", "tel:12345")
    bad = Link("不该能点", "javascript:alert(1)")
    reply = Reply(
        f"您说的是“{said.text or said.choice}”，我还没有答案。{again}", links=(link, bad)
    )
    several = any(slot.multiple for slot in SLOTS if slot.id == session.pending)
    again_asked = reply._replace(choices=_options(session), multiple=several)
    return Turn(session, (again_asked,), outcome="unknown")


def _forget() -> Turn:
    return Turn(Session(), (Reply("已经全部删除。"),), effects=Effects(forget=True))


def _question(session: Session) -> str:
    return next((s.question for s in SLOTS if s.id == session.pending), "")


def _options(session: Session) -> tuple[Option, ...]:
    slot = next((s for s in SLOTS if s.id == session.pending), None)
    return tuple(Option(f"a:{slot.id}:{c.id}", c.label) for c in slot.choices) if slot else ()


def _ask(session: Session, before: str = "") -> Turn:
    slot = next((s for s in SLOTS if not session.answered(s.id)), None)
    if slot is None:
        return _results(session)
    asking = session._replace(pending=slot.id, mode=Mode.INTERVIEW)
    options = (*_options(asking), Option("c:skip", "跳过"))
    typed = f"\n{PHRASES['pick_many']}" if slot.multiple else ""
    reply = Reply(before + slot.question + typed, options, multiple=slot.multiple)
    return Turn(asking, (reply,))


def _results(session: Session) -> Turn:
    done = session._replace(pending="", mode=Mode.RESULTS)
    options = (
        Option("s:leave-of-absence", "休学创业保留学籍"),
        Option("c:useful:leave-of-absence", "有用"),
        Option("c:useless:leave-of-absence", "没用"),
    )
    text = "适合您的有 1 项，可能适合的有 1 项。"
    lines = tuple(FindingLine(c.support, "2.3.2", c.verdict) for c in CARDS)
    return Turn(done, (Reply(text, options, cards=CARDS),), findings=lines)


def scripted_deps(guide: ScriptedGuide, settings: WebSettings | None = None) -> WebDependencies:
    """Return dependencies with this guide."""

    def ask(text: str) -> Mapping[str, Any]:
        return {"outcome": "unknown", "matches": [], "reply": "不知道"}

    async def ready() -> tuple[bool, Mapping[str, Any]]:
        up = guide.down != "store"
        return up, {"knowledge": "v1", "store": "ok" if up else "磁盘满了"}

    def cards(profile: Profile, today: date) -> tuple[Card, ...]:
        return CARDS

    return WebDependencies(
        guide=guide,
        greet=lambda: step(Session(), Utterance(choice="c:start")).record(),
        ask=ask,
        session_view=guide.view,
        last=guide.last,
        knowledge=small_knowledge,
        result_card=cards,
        ready=ready,
        clock=lambda: datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
        key=b"a key for tests, thirty-two long",
        settings=settings or WebSettings(user_per_minute=0, address_per_minute=0),
    )
