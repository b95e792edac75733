"""Replies as values: text, choices, links and cards, independent of markup and channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from bot.core.domain.session import Effects, Option, Session


@dataclass(frozen=True, slots=True)
class Link:
    """A labelled URL: https://… or tel:…"""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a card: 得到什么, 为什么适合您, 找谁办, 原文, …"""

    heading: str
    body: str


@dataclass(frozen=True, slots=True)
class Card:
    """A support as a card, for channels with a page layout; the others show only the text.

    `verdict`: `applies`, `fits` (the answers match, but the document has further
    conditions), `maybe` or `not_applicable`.
    """

    support: str
    title: str
    verdict: str
    sections: tuple[Section, ...] = ()


class Role(StrEnum):
    """What a line of a reply is, so that a channel can render it in its own way."""

    PLAIN = "plain"
    NOTED = "noted"  # which fact about the user was stored
    ANSWER = "answer"  # the sentence that answers the question
    FACT = "fact"  # a further fact, as a row: what, verdict, requirement, contact
    LATER = "later"  # what a later rule says, with its date
    QUOTE = "quote"  # the policy, word for word
    BASIS = "basis"  # clause, year and lead bureau
    SILENT = "silent"  # what the policy does not state
    WARNING = "warning"  # the age of the policy, or that a support is closed
    HEADING = "heading"  # above items
    ITEM = "item"  # an item of a list
    QUESTION = "question"  # a question of the interview
    HINT = "hint"  # what the user can do next


class Line(NamedTuple):
    """A line of a reply, without line ends, and its role."""

    role: Role
    text: str


class Reply(NamedTuple):
    """One message to the user.

    `text` is the whole message. `lines` gives the role of lines in it; `layout` joins both.
    `multiple`: several choices may be selected at once. `repeated`: the choices were offered
    before, below another message.
    """

    text: str
    choices: tuple[Option, ...] = ()
    links: tuple[Link, ...] = ()
    cards: tuple[Card, ...] = ()
    multiple: bool = False
    lines: tuple[Line, ...] = ()
    repeated: bool = False

    def layout(self) -> tuple[Line, ...]:
        """Return every line of the text with its role; a line without one is PLAIN. Lines that
        other code put before or behind the text keep it readable."""
        roles = {line.text: line.role for line in reversed(self.lines)}
        return tuple(Line(roles.get(t, Role.PLAIN), t) for t in self.text.split("\n"))

    def without(self, role: Role) -> Reply:
        """Return the reply without the lines of a role."""
        kept = [line for line in self.layout() if line.role is not role]
        return self._replace(text="\n".join(line.text for line in kept), lines=tuple(kept))

    def dump(self) -> dict[str, Any]:
        """Return plain JSON values. `text` and `choices` are always present, other keys only if
        they are not empty."""
        data: dict[str, Any] = {
            "text": self.text,
            "choices": [{"id": o.id, "label": o.label} for o in self.choices],
        }
        if self.links:
            data["links"] = [{"label": x.label, "url": x.url} for x in self.links]
        if self.cards:
            data["cards"] = [
                {
                    "support": c.support,
                    "title": c.title,
                    "verdict": c.verdict,
                    "sections": [{"heading": s.heading, "body": s.body} for s in c.sections],
                }
                for c in self.cards
            ]
        if self.multiple:
            data["multiple"] = True
        if self.repeated:
            data["repeated"] = True
        if self.lines:
            data["roles"] = [line.role.value for line in self.layout()]
        return data

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Reply:
        """Parse what `dump` returned."""
        return cls(
            text=str(data["text"]),
            choices=tuple(Option(c["id"], c["label"]) for c in data.get("choices", ())),
            links=tuple(Link(x["label"], x["url"]) for x in data.get("links", ())),
            cards=tuple(
                Card(
                    c["support"],
                    c["title"],
                    c["verdict"],
                    tuple(Section(s["heading"], s["body"]) for s in c["sections"]),
                )
                for c in data.get("cards", ())
            ),
            multiple=bool(data.get("multiple", False)),
            lines=tuple(
                Line(Role(role), line)
                for role, line in zip(
                    data.get("roles", ()), data["text"].split("\n"), strict=False
                )
            ),
            repeated=bool(data.get("repeated", False)),
        )


# Findings of a turn. A record is stored for weeks; 200 lines are about 13 KB.
MAX_FINDINGS = 200


class FindingLine(NamedTuple):
    """A support with its clause and verdict."""

    support: str
    clause: str
    verdict: str


class Recognised(NamedTuple):
    """An act of a message, as it is logged and explained: its name, the recogniser that found it,
    the confidence from 0 to 1, and the number of its clause."""

    act: str
    recogniser: str
    confidence: float = 1.0
    clause: int = 0

    def __str__(self) -> str:
        return f"{self.act} ({self.recogniser} {self.confidence:.2f}, {self.clause})"


class Turn(NamedTuple):
    """The result of a step: the new session, the replies and their basis.

    `cites`: ids of the cited clauses. `findings`: in turns that show results, the first
    MAX_FINDINGS findings in display order. `finding_counts`: pairs of a verdict and the number of
    all findings with it; empty in other turns. `acts`: what the message was taken to mean; empty
    for a tapped option. `progress`: the number of the pending question of the interview, from 1,
    and the number of questions; zeros if none is pending. `outcome`: answer, clarify or unknown
    when a question was asked, else None.
    """

    session: Session
    replies: tuple[Reply, ...]
    cites: tuple[str, ...] = ()
    findings: tuple[FindingLine, ...] = ()
    outcome: str | None = None
    effects: Effects = Effects()
    finding_counts: tuple[tuple[str, int], ...] = ()
    acts: tuple[Recognised, ...] = ()
    progress: tuple[int, int] = (0, 0)

    def record(self) -> dict[str, Any]:
        """Return the turn as plain JSON values (`chat --jsonl`, `/api/v1/chat`), without the
        user. `finding_counts` is present only in turns that show results, `step` and `steps` only
        while a question of the interview is pending. Every call returns a new object."""
        data: dict[str, Any] = {
            "replies": [reply.dump() for reply in self.replies],
            "mode": self.session.mode.value,
            "question": self.session.pending or None,
            "profile": {slot: list(choices) for slot, choices in self.session.profile.items()},
            "focus": self.session.focus or None,
            "findings": [
                {"support": f.support, "clause": f.clause, "verdict": f.verdict}
                for f in self.findings
            ],
            "cites": list(self.cites),
            "outcome": self.outcome,
        }
        if self.finding_counts:
            data["finding_counts"] = dict(self.finding_counts)
        if self.progress[1]:
            data["step"], data["steps"] = self.progress
        return data
