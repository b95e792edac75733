"""The recorded conversations, and the replies of the guide to them without a channel."""

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
_LINK = re.compile(r"[^·].*：(https?://\S+)")


@dataclass(frozen=True)
class UserInput:
    """A user input: text, or the id of a choice."""

    say: str = ""
    tap: str = ""

    def __str__(self) -> str:
        return self.say or f"[{self.tap}]"


@dataclass(frozen=True)
class Conversation:
    """A recorded conversation."""

    name: str
    talk: tuple[UserInput, ...]


@dataclass(frozen=True)
class Turn:
    """A user input, the choices offered before it, and the record of the guide's answer."""

    given: UserInput
    offered: tuple[Option, ...]
    record: dict[str, Any]

    @property
    def replies(self) -> tuple[Reply, ...]:
        """The replies of the guide."""
        return tuple(Reply.load(reply) for reply in self.record["replies"])


@dataclass(frozen=True)
class DisplayedReply:
    """The content of a displayed answer without the formatting of the channel.

    `words`: the text without white space. `choices`: labels. `links`: URLs of pages.
    """

    words: str
    choices: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def conversations() -> list[Conversation]:
    """Return the conversations of conversations.yaml."""
    data = yaml.safe_load(_FILE.read_text("utf-8"))
    return [
        Conversation(c["name"], tuple(UserInput(**given) for given in c["talk"])) for c in data
    ]


def without_spaces(text: str) -> str:
    """Return the text without white space, which splitting a long text removes."""
    return "".join(text.split())


def parse_display(text: str, offered: Sequence[Option] = ()) -> DisplayedReply:
    """Parse a text: numbered lines are choices, lines with a URL are links.

    `offered`: the choices whose numbers may stand at the items of the text that name them; such an
    item is both an item and a choice.
    """
    words, choices, links = [], [], []
    labels = {n: option.label for n, option in enumerate(offered, 1)}
    items = {f"· {label}" for label in labels.values()}
    for line in text.split("\n"):
        if line.strip() in items:
            continue  # the choice says the same
        if number := _NUMBERED.fullmatch(line.strip()):
            label = labels.get(int(line.strip().partition(".")[0]), number[1])
            if number[1] != label and number[1].startswith(label):
                words.append(f"· {number[1]}")
            choices.append(label if number[1].startswith(label) else number[1])
        elif link := _LINK.fullmatch(line.strip()):
            links.append(link[1])
        else:
            words.append(line)
    return DisplayedReply(without_spaces("".join(words)), tuple(choices), tuple(links))


def offered_by(replies: Sequence[Reply]) -> tuple[Option, ...]:
    """Return the choices that numbers refer to after these replies."""
    return next((reply.choices for reply in reversed(replies) if reply.choices), ())


def expected_display(replies: Sequence[Reply]) -> DisplayedReply:
    """Return the display of replies that every channel must produce."""
    shown = parse_display("\n".join(reply.text for reply in replies), offered_by(replies))
    labels = tuple(option.label for reply in replies for option in reply.choices)
    opened = [link.url for reply in replies for link in reply.links]
    urls = tuple(url for url in opened if not url.startswith("tel:"))
    # A phone number is not a page: it is part of the words and not printed again.
    assert all(url[4:] in shown.words for url in opened if url not in urls)
    return DisplayedReply(shown.words, (*shown.choices, *labels), (*shown.links, *urls))


def typed_numbers(tap: str, offered: Sequence[Option]) -> str:
    """Return what a user without buttons types for a tap (2, or 1和3), "" if it is not offered."""
    head, _, last = tap.rpartition(":")
    ids = [option.id for option in offered]
    taps = [f"{head}:{part}" for part in last.split("+")]
    if not all(one in ids for one in taps):
        return ""
    return "和".join(str(ids.index(one) + 1) for one in taps)


def guide_step(base: KnowledgeBase) -> Step:
    """Return the step as `serve` builds it, with a public URL."""
    return composition.step_over(lambda: base, result_link(PUBLIC, KEY, lambda: base))


async def reference(
    base: KnowledgeBase, *, old_buttons: bool, confirm: bool = False, push: bool = False
) -> dict[str, list[Turn]]:
    """Return the turns of each conversation.

    Without `old_buttons`, taps that are not offered are skipped: the channel has no buttons.
    `confirm`: the channel asks before everything is deleted; `push`: it can send by itself.
    """
    store = await open_store(composition.MEMORY)
    played: dict[str, list[Turn]] = {}
    try:
        async with Guide(store, guide_step(base), clock=now) as guide:
            for conversation in conversations():
                played[conversation.name] = await _play(
                    guide, conversation, old_buttons, confirm, push
                )
    finally:
        await store.close()
    return played


async def _play(
    guide: Guide, conversation: Conversation, old_buttons: bool, confirm: bool, push: bool
) -> list[Turn]:
    turns: list[Turn] = []
    offered: tuple[Option, ...] = ()
    for count, given in enumerate(conversation.talk):
        if given.tap and not (old_buttons or typed_numbers(given.tap, offered)):
            continue
        utterance = Utterance(given.say, given.tap, confirm, push=push)
        incoming = Incoming(f"reference:{conversation.name}", str(count), utterance, now())
        turns.append(Turn(given, offered, dict((await guide.answer(incoming)).record)))
        offered = offered_by(turns[-1].replies)
    return turns
