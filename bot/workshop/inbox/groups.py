"""The inbox as an admin reads it: entries that are still open, grouped by likeness."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.content.checks.text_rules import normal
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.inbox import EntryKind, InboxEntry
from bot.core.text.scrubbing import scrub, without_placeholders
from bot.service.inbox_port import StoredEntry
from bot.workshop.inbox.grouping import group_alike, vector
from bot.workshop.inbox.ignoring import Ignoring
from bot.workshop.inbox.open_entries import OpenEntries


@dataclass(frozen=True, slots=True)
class Group:
    """Entries of one kind that ask alike.

    `key`: names the group across calls; it does not tell the text. `texts`: the different
    questions, the most frequent first; empty for votes without a question. `subjects`: ids of the
    supports or topics concerned, `channels`: both with their number of entries, the most frequent
    first. `people`: how many conversations. `reasons`: what was said with votes. `open`: whether
    the live knowledge still does not answer it well, and it is not ignored.
    """

    key: str
    kind: EntryKind
    texts: tuple[str, ...]
    subjects: tuple[tuple[str, int], ...]
    channels: tuple[tuple[str, int], ...]
    count: int
    people: int
    first: datetime
    last: datetime
    reasons: tuple[str, ...] = ()
    open: bool = True

    @property
    def text(self) -> str:
        """Return the question that stands for the group, "" for votes without a question."""
        return self.texts[0] if self.texts else ""

    @property
    def subject(self) -> str:
        """Return the support or topic that most entries concern, "" without one."""
        return self.subjects[0][0] if self.subjects else ""

    @property
    def entries(self) -> list[InboxEntry]:
        """Return an entry for each question of the group, or for its votes without one."""
        return [InboxEntry(self.kind, text, self.subject) for text in self.texts or ("",)]


def read_groups(
    stored: Iterable[StoredEntry],
    base: KnowledgeBase,
    today: date,
    ignoring: Ignoring,
    ignored: Mapping[str, datetime],
    *,
    kind: EntryKind | None = None,
    everything: bool = False,
) -> list[Group]:
    """Return the groups of these entries, the most frequent first.

    `base`: the live knowledge; what it answers well is left out, and so is what is `ignored`.
    `kind`: only entries of this kind. `everything`: leave nothing out.
    """
    entries = [_scrubbed(each) for each in stored]
    judge = OpenEntries(base, today)
    groups = []
    for wanted in EntryKind:
        if kind not in (None, wanted):
            continue
        for members in _alike([e for e in entries if e.entry.kind is wanted], base):
            left = _not_ignored(members, ignoring, ignored)
            still = [each for each in left if judge.is_open(each.entry)]
            if still or everything:
                shown = members if everything else still
                groups.append(_group(shown, ignoring, is_open=bool(still)))
    return sorted(groups, key=lambda g: (-g.count, -g.last.timestamp(), g.text, g.key))


def find_group(key: str, groups: Iterable[Group], ignoring: Ignoring) -> Group | None:
    """Return the group that a list showed under a key, None if it is no more."""
    for group in groups:
        # The question that led the group may have become another one since.
        if key in {group.key, *map(ignoring.key_of, group.entries)}:
            return group
    return None


def _scrubbed(stored: StoredEntry) -> StoredEntry:
    """Return an entry as it is stored today: an older version did not scrub it."""
    entry = stored.entry
    clean = entry._replace(text=scrub(entry.text), reason=scrub(entry.reason))
    return StoredEntry(clean, stored.channel, stored.at, stored.person)


def _alike(entries: Sequence[StoredEntry], base: KnowledgeBase) -> list[list[StoredEntry]]:
    """Return the entries of one kind in groups. Votes are grouped for each support apart."""
    by_text: dict[tuple[str, str], list[StoredEntry]] = defaultdict(list)
    for each in entries:
        by_text[_apart(each), normal(each.entry.text)].append(each)
    # The most frequent text leads; of equal ones the one that came first.
    order = sorted(
        by_text.values(),
        key=lambda same: (-len(same), min(e.at for e in same), same[0].entry.text),
    )
    lists: dict[str, list[list[StoredEntry]]] = defaultdict(list)
    for same in order:
        lists[_apart(same[0])].append(same)
    groups = []
    for texts in lists.values():
        asked = (without_placeholders(same[0].entry.text) for same in texts)
        for positions in group_alike([vector(base.index, text) for text in asked]):
            groups.append([e for position in positions for e in texts[position]])  # noqa: PERF401
    return groups


def _apart(stored: StoredEntry) -> str:
    """Return the support that entries are grouped for apart, "" for entries that are no votes."""
    return stored.entry.subject if stored.entry.kind is EntryKind.UNHELPFUL else ""


def _not_ignored(
    members: Sequence[StoredEntry], ignoring: Ignoring, ignored: Mapping[str, datetime]
) -> Sequence[StoredEntry]:
    """Return the entries of a group that are not ignored: none if one of its questions is. Votes
    without a question are ignored up to the time when an admin did so."""
    since = [(each, ignored.get(ignoring.hash_of(each.entry))) for each in members]
    if any(at and each.entry.text for each, at in since):
        return ()
    return [each for each, at in since if not at or each.at > at]


def _group(members: Sequence[StoredEntry], ignoring: Ignoring, *, is_open: bool) -> Group:
    leader = members[0].entry
    texts: dict[str, str] = {}
    for each in members:
        texts.setdefault(normal(each.entry.text), each.entry.text)
    newest = sorted(members, key=lambda e: e.at, reverse=True)
    return Group(
        key=ignoring.key_of(leader),
        kind=leader.kind,
        texts=tuple(text for text in texts.values() if text),
        subjects=_counted(e.entry.subject for e in members),
        channels=_counted(e.channel for e in members),
        count=len(members),
        people=len({e.person for e in members}),
        first=newest[-1].at,
        last=newest[0].at,
        reasons=tuple(dict.fromkeys(e.entry.reason for e in newest if e.entry.reason)),
        open=is_open,
    )


def _counted(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counts = Counter(name for name in names if name)
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
