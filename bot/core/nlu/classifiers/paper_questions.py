"""Read what a message asks about a paper: the policy, or a later rule that was told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from re import Pattern
from typing import NamedTuple

from bot.core.domain.knowledge import Knowledge
from bot.core.retrieval.linear_classifier import Features, LinearClassifier, Vector
from bot.core.retrieval.training import TrainingSet, training_set
from bot.core.text.normalizer import any_of, segments

# The details of a paper: who issued it, its number, its day, its title, what it is based on, where
# its text stands, until when it holds, which paper makes a statement, who is responsible for all
# of it.
ISSUER, NUMBER, DATE, TITLE = "issuer", "number", "date", "title"
BASIS, COPY, UNTIL, ORIGIN, LEAD = "basis", "copy", "until", "origin", "lead"
DETAILS = (ISSUER, NUMBER, DATE, TITLE, BASIS, COPY, UNTIL, ORIGIN, LEAD)
# Messages that ask for something else; with it, the kinds of samples.
MENTION = "mention"
KINDS = (*DETAILS, MENTION)
# Acts that are about papers too: whether one is in force, which ones the bot knows.
FORCE, PAPERS = "validity", "which_papers"
# Stands for the title of a paper in the features, so that a sample counts for every paper.
MASK = "某文件"
PASSES = 60
# The probability from which a text asks for a detail besides the likeliest one, and from which one
# of its clauses asks for a detail.
SECOND_FROM, CLAUSE_FROM = 0.25, 0.8
# One in this many of the other samples of the knowledge is a sample of MENTION.
OTHER_SHARE = 2


class PaperQuestion(NamedTuple):
    """What a text asks about a paper. `details`: of DETAILS, the likeliest first, and FORCE;
    `probability`: that it asks for them, and for nothing else."""

    details: tuple[str, ...] = ()
    probability: float = 0.0


@dataclass(frozen=True)
class PaperNames:
    """Finds the titles of the papers of one knowledge version. `normalize`: normalizes a text."""

    knowledge: Knowledge
    normalize: Callable[[str], str]

    def masked(self, clean: str) -> str:
        """Return a normalized text with MASK in the place of each title."""
        return self._titles.sub(MASK, clean)

    @cached_property
    def _titles(self) -> Pattern[str]:
        policies = self.knowledge.policies.values()
        named = [name for policy in policies for name in (policy.title, policy.short_name)]
        return any_of(
            self.normalize(name) for name in (*named, *self.knowledge.later_rules) if name
        )


def read_question(
    clean: str,
    names: PaperNames,
    model: LinearClassifier,
    vector: Callable[[str], Vector],
) -> PaperQuestion:
    """Return what a normalized text asks about a paper, as a whole and in its clauses."""
    shares = model.probabilities(vector(names.masked(clean)))
    asked = {kind: share for kind, share in shares.items() if kind not in (MENTION, PAPERS)}
    details = {kind: share for kind, share in asked.items() if share >= SECOND_FROM}
    for part in (part for part in segments(clean) if part != clean):
        for kind, share in model.probabilities(vector(names.masked(part))).items():
            if share >= CLAUSE_FROM and kind in asked:
                details.setdefault(kind, 0.0)
    return PaperQuestion(tuple(details), sum(asked.values()))


def detail_set(names: PaperNames, features: Callable[[str], Features]) -> TrainingSet:
    """Return the training set for what a text asks about a paper. `features`: of a masked text."""
    samples: dict[str, list[Features]] = {}
    for kind, text in _samples(names.knowledge):
        samples.setdefault(kind, []).append(features(names.masked(names.normalize(text))))
    return training_set(samples, PASSES)


def _samples(knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    """Return the samples with their kinds: those for papers, the acts on papers, those for aspects
    of a support, which are most alike, and a share of all others."""
    for kind, texts in knowledge.paper_questions.items():
        yield from ((kind, text) for text in texts)
    for act, texts in knowledge.acts.items():
        if act in (FORCE, PAPERS):
            yield from ((act, text) for text in texts)
    others = [
        *(texts for act, texts in knowledge.acts.items() if act not in (FORCE, PAPERS)),
        *knowledge.requests.values(),
        *(support.questions for support in knowledge.supports.values()),
        *(topic.questions for topic in knowledge.signposts.values()),
        [sample.text for sample in knowledge.fact_samples],
    ]
    alike = chain(*knowledge.aspect_questions.values())
    shared = chain(*(texts[::OTHER_SHARE] for texts in others))
    yield from ((MENTION, text) for text in chain(alike, shared))
