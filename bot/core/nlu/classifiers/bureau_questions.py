"""Find the bureaus that a message names, and what it asks about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from bot.core.domain.knowledge import Knowledge
from bot.core.nlu.facts.word_scanner import WordList
from bot.core.retrieval.linear_classifier import Features, LinearClassifier, Vector
from bot.core.retrieval.training import TrainingSet, training_set
from bot.core.text.normalizer import bare

# What a message asks about a bureau: what it is called today, where it is and how to reach it,
# what it leads; or it only mentions the bureau.
NAME, OFFICE, WORK, MENTION = "name", "office", "work", "mention"
KINDS = (NAME, OFFICE, WORK, MENTION)
# The kind of requests for a list that are questions for what a bureau leads, if they name one.
OVERVIEW = "overview"
# Stands for the name of a bureau in the features, so that a sample counts for every bureau.
MASK = "某局"
PASSES = 40


class BureauQuestion(NamedTuple):
    """What a message asks about bureaus. `names`: the bureaus, in the order of the message;
    `kind`: the likeliest of NAME, OFFICE, WORK, "" if it names no bureau; `probability`: that it
    asks something about them."""

    names: tuple[str, ...]
    kind: str = ""
    probability: float = 0.0


@dataclass(frozen=True)
class BureauNames:
    """Finds the names of the bureaus of one knowledge version. `normalize`: normalizes a text."""

    knowledge: Knowledge
    normalize: Callable[[str], str]

    def named(self, text: str) -> tuple[str, ...]:
        """Return the names of the bureaus that a message names, in the order of the message."""
        return self.split(text)[0]

    def split(self, text: str) -> tuple[tuple[str, ...], str]:
        """Return the bureaus that a message names, and the rest of the message without
        punctuation and polite words."""
        names, masked = self.masked(bare(self.normalize(text)))
        return names, masked.replace(MASK, "")

    def masked(self, clean: str) -> tuple[tuple[str, ...], str]:
        """Return the bureaus that a normalized text names, and the text with MASK in the place of
        their names."""
        found: dict[str, int] = {}
        for word, bureau in self._names.candidates(clean):
            if word in clean:
                found.setdefault(bureau, clean.find(word))
                # The marks keep the length, so that the places of other names stay.
                clean = clean.replace(word, "\0" + "\1" * (len(word) - 1))
        names = tuple(sorted(found, key=lambda bureau: found[bureau]))
        return names, clean.replace("\1", "").replace("\0", MASK)

    @cached_property
    def _names(self) -> WordList:
        """The names and aliases of the bureaus, also with the city before them, the longest
        first."""
        place = self.knowledge.locality
        before = ("", place.bureau_prefix, place.city, place.city_full)
        pairs = [
            (self.normalize(prefix + name), bureau.name)
            for bureau in self.knowledge.bureaus.values()
            for name in (bureau.name, *bureau.aliases, *filter(None, [bureau.now]))
            for prefix in dict.fromkeys(before)
        ]
        return WordList(sorted(pairs, key=lambda pair: -len(pair[0])))


def read_question(
    clean: str,
    names: BureauNames,
    model: LinearClassifier,
    vector: Callable[[str], Vector],
) -> BureauQuestion:
    """Return what a normalized text asks about the bureaus that it names."""
    named, masked = names.masked(clean)
    shares = model.probabilities(vector(masked)) if named else {}
    mentioned = shares.pop(MENTION, 0.0)
    return BureauQuestion(named, next(iter(shares), ""), 1.0 - mentioned if shares else 0.0)


def question_set(names: BureauNames, features: Callable[[str], Features]) -> TrainingSet:
    """Return the training set for what a message asks about a bureau. `features`: of a masked
    text."""
    samples: dict[str, list[Features]] = {}
    for kind, text in _samples(names.knowledge):
        named, masked = names.masked(names.normalize(text))
        if named:
            samples.setdefault(kind, []).append(features(masked))
    return training_set(samples, PASSES)


def _samples(knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    """Return the samples with their kinds: those for bureaus, the requests for what a bureau
    leads, and other samples that mention a bureau."""
    for kind, texts in knowledge.bureau_questions.items():
        yield from ((kind, text) for text in texts)
    for kind, texts in knowledge.requests.items():
        yield from ((WORK if kind == OVERVIEW else MENTION, text) for text in texts)
    asked = (support.questions for support in knowledge.benefits)
    yield from ((MENTION, text) for text in chain(*knowledge.acts.values(), *asked))
