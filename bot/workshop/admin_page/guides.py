"""The guides that users have begun on the page: their answers so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from bot.errors import EditRefused
from bot.workshop.authoring.dialogue import Dialogue
from bot.workshop.authoring.guided import (
    Asked,
    Finished,
    Given,
    Guide,
    advance,
    read_answer,
)
from bot.workshop.authoring.new_policy import new_policy
from bot.workshop.authoring.new_support import new_support
from bot.workshop.editing.saving import Edit

# Guides that are kept, each with up to 2 MB of a source; the oldest goes first.
MOST_GUIDES = 30
# The name of a source that was pasted, for messages about it.
PASTED = "原文"


@dataclass(frozen=True, slots=True)
class Begun:
    """A guide that a user has begun. `source`: of a policy; `proposed`: questions for a support;
    `given`: the answers that were accepted; `found`: where it stands over the files `digest`."""

    kind: str
    day: date
    source: bytes = b""
    proposed: Sequence[str] = ()
    given: tuple[Given, ...] = ()
    found: Asked | Finished | None = None
    digest: str = ""

    def edits(self, folder: Path) -> list[Edit]:
        """Return what the guide writes into a folder. Raises EditRefused if it has not come to
        its end there."""
        found = self._run(folder, self.given)
        if isinstance(found, Asked):
            raise EditRefused("草稿刚刚又改过，有一步要再答一次，还没有写进去。请退回去看看。")
        return list(found.edits)

    def over(self, folder: Path, digest: str) -> Begun:
        """Return the guide as it stands over a folder with this digest; answers that fit no
        question there are dropped. Raises EditRefused."""
        if self.found is not None and digest == self.digest:
            return self
        found = self._run(folder, self.given)
        count = found.count if isinstance(found, Asked) else len(self.given)
        return replace(self, found=found, digest=digest, given=self.given[:count])

    def answered(self, folder: Path, answer: Given) -> Begun:
        """Return the guide after one more answer; the same guide, with a fault, if it cannot be
        used."""
        found = self._run(folder, (*self.given, answer))
        used = not (isinstance(found, Asked) and found.count <= len(self.given))
        return replace(self, found=found, given=(*self.given, answer) if used else self.given)

    def back(self) -> Begun:
        """Return the guide without the last answer."""
        return replace(self, found=None, given=self.given[:-1])

    def _run(self, folder: Path, given: Sequence[Given]) -> Asked | Finished:
        return advance(self._guide(folder), given)

    def _guide(self, folder: Path) -> Guide:
        return KINDS[self.kind](self, folder)


def _support(begun: Begun, folder: Path) -> Guide:
    def guide(dialogue: Dialogue) -> Sequence[Edit]:
        return new_support(dialogue, folder, begun.day, begun.proposed)

    return guide


def _policy(begun: Begun, folder: Path) -> Guide:
    def guide(dialogue: Dialogue) -> Sequence[Edit]:
        return new_policy(dialogue, folder, PASTED, begun.source)

    return guide


SUPPORT, POLICY = "support", "policy"
KINDS: dict[str, Callable[[Begun, Path], Guide]] = {SUPPORT: _support, POLICY: _policy}


@dataclass
class Guides:
    """The guides by session and kind, in memory: a restart of the service ends them."""

    _begun: dict[tuple[str, str], Begun] = field(default_factory=dict)

    def find(self, who: str, kind: str) -> Begun | None:
        """Return the guide of a session, None if it has begun none of this kind."""
        return self._begun.get((who, kind))

    def keep(self, who: str, begun: Begun) -> None:
        """Remember where a guide stands."""
        self._begun.pop((who, begun.kind), None)
        self._begun[who, begun.kind] = begun
        if len(self._begun) > MOST_GUIDES:
            self._begun.pop(next(iter(self._begun)))

    def drop(self, who: str, kind: str) -> None:
        """Forget a guide."""
        self._begun.pop((who, kind), None)


def answer_of(begun: Begun, form: dict[str, str]) -> Given:
    """Return the answer to the question that a guide shows. Raises EditRefused."""
    if not isinstance(begun.found, Asked):
        raise EditRefused("已经没有要答的了。")
    return read_answer(begun.found.question, form)
