"""What the guide says: text, things to tap, links. No markup and no channel in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from bot.core.domain.json_codec import dump
from bot.core.domain.session import Effects, Option, Session


@dataclass(frozen=True, slots=True)
class Link:
    """An address to open: https://… or tel:…"""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a card that folds open: 得到什么, 为什么适合您, 找谁办, 原文, …"""

    heading: str
    body: str


@dataclass(frozen=True, slots=True)
class Card:
    """A support laid out for a page. Channels of plain text ignore it: the text says enough.

    `verdict`: `applies`, `fits` (the answers fit, the paper asks for more), `maybe` or
    `not_applicable`.
    """

    support: str
    title: str
    verdict: str
    sections: tuple[Section, ...] = ()


class Reply(NamedTuple):
    """One message to the founder. `multiple`: several of the choices may be ticked at once."""

    text: str
    choices: tuple[Option, ...] = ()
    links: tuple[Link, ...] = ()
    cards: tuple[Card, ...] = ()
    multiple: bool = False

    def dump(self) -> dict[str, Any]:
        """Plain JSON values. `text` and `choices` are always there; the rest only when used."""
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
        return data

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Reply:
        """The reply that `dump` wrote."""
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
        )


class FindingLine(NamedTuple):
    """A support and its verdict, as shown."""

    support: str
    clause: str
    verdict: str


class _Turn(NamedTuple):
    session: Session
    replies: tuple[Reply, ...]
    cites: tuple[str, ...] = ()
    findings: tuple[FindingLine, ...] = ()
    outcome: str | None = None
    effects: Effects = Effects()


class Turn(_Turn):
    """The whole outcome of a step: the new session, what to say, and what it rests on.

    `outcome` is answer, clarify or unknown where a question was asked, else None. What is written
    of a turn is written once, for however many founders it comes out the same.
    """

    def record(self) -> dict[str, Any]:
        """The turn as scripts get it (`chat --jsonl`, `/api/v1/chat`), without the user."""
        return {
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

    @cached_property
    def record_text(self) -> str:
        """The record as JSON."""
        return dump(self.record())

    @cached_property
    def session_text(self) -> str:
        """The session after it, as JSON."""
        return dump(self.session.dump())

    @cached_property
    def reply_texts(self) -> tuple[str, ...]:
        """Each reply as JSON."""
        return tuple(dump(reply.dump()) for reply in self.replies)
