"""The recorded conversations, and what the guide itself says to them, without any channel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.app import composition
from bot.app.server import result_link
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.replies import Reply
from bot.core.domain.session import Option, Utterance
from bot.service.guide import Guide
from bot.service.ports import Incoming, Step
from bot.storage.factory import open_store
from tests.channels.fake_guide import now

KEY = b"a key for tests, thirty-two long"
PUBLIC = "https://chuang.example.cn"

_FILE = Path(__file__).with_name("conversations.yaml")
_NUMBERED = re.compile(r"\d{1,2}\. (.+)")
_LINK = re.compile(r"[^：]+：(https?://\S+)")


@dataclass(frozen=True)
class Said:
    """What the founder does: words, or something tapped."""

    say: str = ""
    tap: str = ""

    def __str__(self) -> str:
        return self.say or f"[{self.tap}]"


@dataclass(frozen=True)
class Conversation:
    """A talk from its beginning."""

    name: str
    talk: tuple[Said, ...]


@dataclass(frozen=True)
class Turn:
    """A step, what stood there to tap before it, and the guide's own record of its answer."""

    said: Said
    offered: tuple[Option, ...]
    record: dict[str, Any]

    @property
    def replies(self) -> tuple[Reply, ...]:
        """What the guide said."""
        return tuple(Reply.load(reply) for reply in self.record["replies"])


@dataclass(frozen=True)
class Seen:
    """What a reader sees of an answer, the decoration of the channel taken off: the words
    without blanks, the labels to choose from, the pages to open."""

    words: str
    choices: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def conversations() -> list[Conversation]:
    """All of conversations.yaml."""
    data = yaml.safe_load(_FILE.read_text("utf-8"))
    return [Conversation(c["name"], tuple(Said(**said) for said in c["talk"])) for c in data]


def blankless(text: str) -> str:
    """The text without blanks: where a long one is cut, only blanks are lost."""
    return "".join(text.split())


def undressed(text: str) -> Seen:
    """A text whose numbered lines are choices, and whose last lines may be links."""
    words, choices, links = [], [], []
    for line in text.split("\n"):
        if number := _NUMBERED.fullmatch(line.strip()):
            choices.append(number[1])
        elif link := _LINK.fullmatch(line.strip()):
            links.append(link[1])
        else:
            words.append(line)
    return Seen(blankless("".join(words)), tuple(choices), tuple(links))


def wanted(replies: Sequence[Reply]) -> Seen:
    """The replies of the guide, as every channel must show them."""
    own = undressed("\n".join(reply.text for reply in replies))
    labels = tuple(option.label for reply in replies for option in reply.choices)
    opened = [link.url for reply in replies for link in reply.links]
    urls = tuple(url for url in opened if not url.startswith("tel:"))
    # A number to call is no page: it stands in the words, once, and is not printed again.
    assert all(url[4:] in own.words for url in opened if url not in urls)
    return Seen(own.words, (*own.choices, *labels), (*own.links, *urls))


def numbers(tap: str, offered: Sequence[Option]) -> str:
    """What a founder without buttons types in place of this tap: 2, or 1和3; "" where it is not
    on offer."""
    head, _, last = tap.rpartition(":")
    ids = [option.id for option in offered]
    taps = [f"{head}:{part}" for part in last.split("+")]
    if not all(one in ids for one in taps):
        return ""
    return "和".join(str(ids.index(one) + 1) for one in taps)


def guide_step(base: KnowledgeBase) -> Step:
    """The step as `serve` wires it, with a public address."""
    return composition.step_over(lambda: base, result_link(PUBLIC, KEY, lambda: base))


async def reference(base: KnowledgeBase, *, old_buttons: bool) -> dict[str, list[Turn]]:
    """What the guide says to each conversation. Without `old_buttons`, taps that are not on
    offer are left out: such a channel has nothing to tap."""
    store = await open_store(composition.MEMORY)
    played: dict[str, list[Turn]] = {}
    try:
        async with Guide(store, guide_step(base), clock=now) as guide:
            for conversation in conversations():
                played[conversation.name] = await _play(guide, conversation, old_buttons)
    finally:
        await store.close()
    return played


async def _play(guide: Guide, conversation: Conversation, old_buttons: bool) -> list[Turn]:
    turns: list[Turn] = []
    offered: tuple[Option, ...] = ()
    for count, said in enumerate(conversation.talk):
        if said.tap and not (old_buttons or numbers(said.tap, offered)):
            continue
        utterance = Utterance(said.say, said.tap)
        incoming = Incoming(f"reference:{conversation.name}", str(count), utterance, now())
        turns.append(Turn(said, offered, dict((await guide.answer(incoming)).record)))
        offered = next((r.choices for r in reversed(turns[-1].replies) if r.choices), ())
    return turns
