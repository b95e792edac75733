"""Read the inbox of a store that a service may have open, and act on its groups."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.app import composition
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.inbox import EntryKind
from bot.errors import EditRefused, reason
from bot.storage.factory import open_inbox
from bot.workshop.editing.saving import Edit, replace_file
from bot.workshop.effects.answers import answer_to
from bot.workshop.inbox import actions, report
from bot.workshop.inbox.groups import Group, find_group, read_groups
from bot.workshop.inbox.ignoring import Ignoring

# Below the home folder: the keys of the groups of the last list, in its order; no texts.
NUMBERS = "data/inbox-numbers.json"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read. `days`: how far back. `kind`: only this kind. `everything`: also what is
    answered well by now, and what is ignored."""

    days: int
    kind: EntryKind | None = None
    everything: bool = False


async def groups(url: str, base: KnowledgeBase, ignoring: Ignoring, wanted: Wanted) -> list[Group]:
    """Return the groups of the inbox in the store at a URL, the most frequent first. Raises
    ConfigError or StoreError."""
    inbox = await open_inbox(url)
    try:
        stored = await inbox.entries(composition.now() - timedelta(days=wanted.days))
        ignored = await inbox.ignored()
    finally:
        await inbox.close()
    return read_groups(
        stored,
        base,
        composition.today(base.knowledge),
        ignoring,
        ignored,
        kind=wanted.kind,
        everything=wanted.everything,
    )


async def open_questions(
    url: str, base: KnowledgeBase, ignoring: Ignoring, days: int
) -> list[str]:
    """Return a question of each open group of the last days, the most frequent first. Raises
    ConfigError or StoreError."""
    found = await groups(url, base, ignoring, Wanted(days))
    return [group.text for group in found]


async def ignore(url: str, group: Group, ignoring: Ignoring) -> None:
    """Do not show the questions of a group again. Raises ConfigError or StoreError."""
    inbox = await open_inbox(url)
    try:
        hashes = {ignoring.hash_of(entry) for entry in group.entries}
        await inbox.ignore(hashes, composition.now())
    finally:
        await inbox.close()


def add_word(folder: Path, home: Path, text: str, words: str) -> list[Edit]:
    """Add a synonym that makes a question answered; see `actions.add_word`."""
    load: Callable[[Path], KnowledgeBase] = partial(composition.load_base, home=home)
    return actions.add_word(
        folder,
        text,
        words,
        load,
        lambda said, base: answer_to(said, base, composition.today(base.knowledge)),
    )


def lines(found: Sequence[Group], base: KnowledgeBase) -> list[str]:
    """Return the groups in words, with their numbers from 1."""
    zone, today = ZoneInfo(base.knowledge.locality.time_zone), composition.today(base.knowledge)
    return [
        line
        for number, group in enumerate(found, 1)
        for line in report.group_lines(number, group, base, today, zone)
    ]


def remember_numbers(home: Path, found: Sequence[Group]) -> None:
    """Keep which number of the list means which group, for the actions. Raises OSError."""
    path = home / NUMBERS
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(path, json.dumps([group.key for group in found]).encode())


def numbered(home: Path, number: int, found: Sequence[Group], ignoring: Ignoring) -> Group:
    """Return the group that the last list showed under a number. Raises EditRefused if there is
    none, or no more."""
    try:
        keys = json.loads((home / NUMBERS).read_bytes())
    except FileNotFoundError:
        keys = [group.key for group in found]
    except (OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else "文件坏了"
        raise EditRefused(f"上次的编号读不出来（{why}）：先看一次 inbox") from None
    if not keys:
        raise EditRefused("没有没答好的问题，用不着写编号")
    if not 1 <= number <= len(keys):
        raise EditRefused(f"没有第 {number} 组：上次列出的是 1 到 {len(keys)}")
    group = find_group(keys[number - 1], found, ignoring)
    if group:
        return group
    raise EditRefused(f"第 {number} 组已经没有了：答得上来了，或者过了期。请再看一次 inbox")
