"""Agreement of the verdicts with judgements made from the paper alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import Knowledge
from bot.core.domain.session import Profile
from bot.core.eligibility.verdicts import evaluate
from tests.knowledge_base import DAY

PAIRS = Path(__file__).parent / "judged_pairs.yaml"
# The least share of pairs for which the verdict is one that the judge accepts.
LEAST_AGREEMENT = 0.97


@dataclass(frozen=True)
class Pair:
    """A person, a support, and the verdicts that the words of the paper allow, best first."""

    profile: Profile
    support: str
    accepted: tuple[str, ...]
    why: str


def read_pairs(file: Path) -> list[Pair]:
    """Return the judged pairs of a file."""
    rows: list[dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [
        Pair(
            {
                "identity": tuple(row["identity"]),
                **({} if row["stage"] == "unknown" else {"stage": (row["stage"],)}),
            },
            row["support"],
            tuple(row["verdict"]),
            row["why"],
        )
        for row in rows
    ]


def differences(pairs: list[Pair], knowledge: Knowledge) -> Iterator[str]:
    """Describe each pair whose verdict the judge does not accept."""
    for pair in pairs:
        support = knowledge.supports[pair.support]
        verdict = evaluate(support, pair.profile, knowledge, DAY).verdict
        if verdict not in pair.accepted:
            people = dict(pair.profile)
            yield f"{people} {pair.support}: {verdict}, judged {pair.accepted}: {pair.why}"


def test_the_verdicts_agree_with_the_judge(base: KnowledgeBase) -> None:
    pairs = read_pairs(PAIRS)
    different = list(differences(pairs, base.knowledge))
    print("\n".join(different))
    assert len(pairs) >= 200
    assert 1 - len(different) / len(pairs) >= LEAST_AGREEMENT, "\n".join(different)


def test_every_benefit_is_judged(base: KnowledgeBase) -> None:
    judged = {pair.support for pair in read_pairs(PAIRS)}
    missing = {s.id for s in base.knowledge.benefits} - judged
    assert missing <= ADDED_SINCE


# Benefits that were added after the judgement.
ADDED_SINCE = {
    "consulting-firms",
    "higher-level-bases",
    "science-park-building",
    "talent-terms",
    "finance-at-contests",
    "capital-markets",
    "public-service-platforms",
    "zone-makerspaces",
}
