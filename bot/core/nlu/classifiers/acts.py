"""Recognise what a message does: its dialogue act, or what kind of request it is.

Recognisers, in order of trust: a text that equals a sample of the knowledge; then linear
classifiers trained on the samples of `knowledge/language/acts.yaml`. The *gate* separates talk
about the bot or the conversation from everything about policy, the *act* classifier tells which
act it is, the *request* classifier what kind of request about policy. The *elsewhere* classifier
separates questions on out-of-scope topics from questions on supports and from what people tell of
themselves. The *bureaus* classifier tells what a text asks about a bureau that it names, the
*papers* classifier what it asks about the paper or a later rule. The *facts* and *places*
classifiers find what it states about the speaker (`bot.core.nlu.facts.fact_model`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from operator import eq
from typing import NamedTuple
from zlib import crc32

from bot.core.domain.knowledge import Knowledge
from bot.core.nlu.classifiers.act_features import ActFeatures
from bot.core.nlu.classifiers.bureau_questions import (
    BureauNames,
    BureauQuestion,
    question_set,
    read_question,
)
from bot.core.nlu.classifiers.paper_questions import PaperNames, PaperQuestion, detail_set
from bot.core.nlu.classifiers.paper_questions import read_question as read_paper_question
from bot.core.nlu.facts.entities import entity_words
from bot.core.nlu.facts.fact_model import fact_set
from bot.core.nlu.facts.place_model import place_set
from bot.core.retrieval.analyzer import Analyzer
from bot.core.retrieval.linear_classifier import (
    Features,
    LinearClassifier,
    Vector,
    share_vocabulary,
)
from bot.core.retrieval.training import TrainingSet, fit, training_set
from bot.core.text.normalizer import bare, fold_syllable, segments, unmarked

# Acts that ask for one side of a support: questions about policy, which the gate does not accept.
ASPECT_PREFIX = "asp_"
TALK, POLICY = "talk", "policy"
# Acts that ask for advice on policy, as some requests do.
ADVICE = frozenset({"compare", "next_step", "list_plan", "results", "more", "phone_script"})
QUESTION, OUT_OF_SCOPE = "question", "oos"
OTHER_PERSON, HEARSAY, RECOMMEND = "other_person", "hearsay", "recommend"
# Kinds of requests about the list that was shown: one part, all but one part, the item about
# something, what follows it (an act as well).
LIST_ONLY, LIST_WITHOUT, LIST_WHICH, LIST_MORE = "list_only", "list_without", "list_which", "more"
ON_LIST = frozenset({LIST_ONLY, LIST_WITHOUT, LIST_WHICH, LIST_MORE})
# Passes of the training. Chosen on a test set by other writers (docs/decisions/042).
ACT_PASSES, GATE_PASSES, REQUEST_PASSES = 20, 60, 40
# Passes on the samples of questions elsewhere (docs/decisions/055).
ELSEWHERE_PASSES = 40
# Questions are more likely than the other kinds of requests.
REQUEST_BALANCE = 0.5
# One in this many sample questions of the supports and topics trains the request classifier: they
# are many more than the other samples.
QUESTION_SHARE = 3
# One in this many samples of facts trains the classifier of questions elsewhere.
HERE_SHARE = 4
# One in this many samples of talk trains the request classifier, so that talk is not taken for an
# everyday matter. Texts that state no fact: one in this many sample questions, and of talk.
TALK_SHARE = 4
FACT_SHARE, FACT_TALK_SHARE = 2, 8
# The gate's probability from which talk is a kind of request.
TALK_FROM = 0.5
# A text is scored only if the samples have this share of it: foreign words are no act.
KNOWN_FROM = 0.2
# Entries in the LRU cache of scored texts.
CACHE_SIZE = 512


class ActScore(NamedTuple):
    """The scores of a text. `talk`: the probability that it is talk about the bot or the
    conversation; `acts` and `requests`: the probability of each, the likeliest first; `on_list`:
    that of the requests if a list was shown, which also may be requests about this list."""

    talk: float
    acts: Mapping[str, float]
    requests: Mapping[str, float]
    on_list: Mapping[str, float]

    @property
    def act(self) -> str:
        """Return the likeliest act; "" without scores."""
        return next(iter(self.acts), "")

    @property
    def request(self) -> str:
        """Return the likeliest kind of request; "" without scores."""
        return next(iter(self.requests), "")


class ActModel(NamedTuple):
    """The trained classifiers. They share one vocabulary."""

    gate: LinearClassifier
    acts: LinearClassifier
    requests: LinearClassifier
    facts: LinearClassifier
    elsewhere: LinearClassifier
    bureaus: LinearClassifier
    papers: LinearClassifier
    places: LinearClassifier

    @classmethod
    def of(cls, classifiers: Mapping[str, LinearClassifier]) -> ActModel:
        """Return a model of these classifiers by name, on one vocabulary."""
        return cls(*share_vocabulary([classifiers[name] for name in cls._fields]))


@dataclass(frozen=True)
class ActRecogniser:
    """Recognises the acts of one knowledge version."""

    knowledge: Knowledge
    analyzer: Analyzer
    trained: ActModel | None = None

    @cached_property
    def samples(self) -> Mapping[str, str]:
        """Map each sample of an act, without punctuation, to the act; the first act in the
        knowledge wins."""
        return {
            unmarked(self.analyzer.lexicon.normalize(sample)): act
            for act, samples in reversed(all_acts(self.knowledge).items())
            for sample in samples
        }

    def exact(self, clean: str) -> str:
        """Return the act of a normalized text that equals a sample, apart from polite words, or
        sounds like one and shares a character with it, or is its pinyin; "" for another text."""
        text = bare(clean)
        act = self.samples.get(unmarked(clean)) or self.samples.get(text)
        if act:
            return act
        if text.isascii():
            sound = tuple(map(fold_syllable, self.analyzer.lexicon.split_pinyin(text)))
            acts = {self.samples[sample] for sample in self._by_sound.get(sound, ())}
            return acts.pop() if sound[1:] and len(acts) == 1 else ""
        alike = self._by_sound.get(self._sound(text), ())
        return next((self.samples[s] for s in alike if any(map(eq, s, text))), "")

    @cached_property
    def _by_sound(self) -> Mapping[tuple[str, ...], Sequence[str]]:
        """Map folded syllables to the samples that sound so."""
        table: dict[tuple[str, ...], list[str]] = {}
        for sample in self.samples:
            table.setdefault(self._sound(sample), []).append(sample)
        return table

    def _sound(self, text: str) -> tuple[str, ...]:
        """Return the folded syllable of each character; other characters stay."""
        return tuple(self.analyzer.lexicon.folded.get(c, c) for c in text)

    @cached_property
    def score(self) -> Callable[[str], ActScore]:
        """Score a normalized text (cached)."""
        return lru_cache(maxsize=CACHE_SIZE)(self._score)

    def _score(self, clean: str) -> ActScore:
        text, model = self.vector(clean), self.model
        if model.gate.known_share(text) < KNOWN_FROM:
            return ActScore(0.0, {}, {}, {})
        gate, acts, requests = (
            each.probabilities(text) for each in (model.gate, model.acts, model.requests)
        )
        talk = gate.get(TALK, 0.0)
        on_list = requests if talk >= TALK_FROM else _without(requests, {TALK})
        return ActScore(talk, acts, _without(on_list, ON_LIST), on_list)

    @cached_property
    def elsewhere(self) -> Callable[[str], float]:
        """Return the log-odds that a normalized text asks for an out-of-scope topic, against a
        question on a support or a statement on the speaker (cached). 0.0 without topics."""
        return lru_cache(maxsize=CACHE_SIZE)(self._elsewhere)

    def _elsewhere(self, clean: str) -> float:
        return self.model.elsewhere.log_odds(self.vector(clean))

    @cached_property
    def bureau_question(self) -> Callable[[str], BureauQuestion]:
        """Return what a normalized text asks about the bureaus that it names (cached)."""
        names = BureauNames(self.knowledge, self.analyzer.lexicon.normalize)

        @lru_cache(maxsize=CACHE_SIZE)
        def read(clean: str) -> BureauQuestion:
            return read_question(clean, names, self.model.bureaus, self.vector)

        return read

    @cached_property
    def paper_question(self) -> Callable[[str], PaperQuestion]:
        """Return what a normalized text asks about a paper (cached)."""
        names = PaperNames(self.knowledge, self.analyzer.lexicon.normalize)

        @lru_cache(maxsize=CACHE_SIZE)
        def read(clean: str) -> PaperQuestion:
            return read_paper_question(clean, names, self.model.papers, self.vector)

        return read

    @cached_property
    def vector(self) -> Callable[[str], Vector]:
        """Return the vector of a normalized text for all classifiers (cached)."""
        of_features = self.model.gate.vector
        return lru_cache(maxsize=CACHE_SIZE)(lambda clean: of_features(self.features(clean)))

    @cached_property
    def features(self) -> Callable[[str], Features]:
        """The feature extractor of the classifiers."""
        return ActFeatures(self.analyzer.cut, self._marks)

    def _marks(self, clean: str) -> Iterable[str]:
        if self.analyzer.has_terms(clean):
            yield "term"

    @cached_property
    def model(self) -> ActModel:
        """The trained classifiers; trained here if none were given."""
        if self.trained:
            return self.trained
        sets = training_sets(self.knowledge, self.analyzer, self.features)
        return ActModel.of({name: fit(each) for name, each in sets.items()})


def all_acts(knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    """Return the samples of all acts; those that ask for an aspect have the ASPECT_PREFIX."""
    aspects = {ASPECT_PREFIX + name: s for name, s in knowledge.aspect_questions.items()}
    return {**knowledge.acts, **aspects}


def _without(requests: Mapping[str, float], kinds: Set[str]) -> Mapping[str, float]:
    """Return the probabilities of the other kinds of requests if it is none of these kinds."""
    left = sum(share for kind, share in requests.items() if kind not in kinds)
    return {k: share / left for k, share in requests.items() if k not in kinds and left}


def is_talk(act: str) -> bool:
    """Return whether an act is talk about the bot or the conversation, no question about
    policy."""
    return bool(act) and not act.startswith(ASPECT_PREFIX)


def _share(texts: Iterable[str], one_in: int) -> Iterator[str]:
    """Yield one in so many texts. A checksum chooses, so that a new text changes no other."""
    return (text for text in texts if crc32(text.encode()) % one_in == one_in - 1)


def training_sets(
    knowledge: Knowledge, analyzer: Analyzer, extract: Callable[[str], Features]
) -> dict[str, TrainingSet]:
    """Return the training sets of the classifiers of a knowledge version, by the names of
    `ActModel`. `extract`: the features of a normalized text. Takes about 8 s of one core for
    34,000 texts, half of it in `extract`."""
    cache: dict[str, Features] = {}

    def features(text: str) -> Features:
        clean = analyzer.lexicon.normalize(text)
        if clean not in cache:
            cache[clean] = extract(clean)
        return cache[clean]

    acts = {act: [features(s) for s in samples] for act, samples in all_acts(knowledge).items()}
    requests = {kind: [*samples] for kind, samples in knowledge.requests.items()}
    supports = [(s.title, *s.questions) for s in knowledge.supports.values()]
    topics = [(s.title, *s.questions) for s in knowledge.signposts.values()]
    asked, elsewhere = [*chain(*supports)], [*chain(*topics)]
    policy = [*asked, *(text for samples in requests.values() for text in samples)]
    policy += [part for text in asked for part in segments(analyzer.lexicon.normalize(text))]
    talk = [f for act, found in acts.items() if is_talk(act) for f in found]
    aspects = [f for act, found in acts.items() if not is_talk(act) for f in found]
    here = [t for kind, texts in requests.items() if kind != OUT_OF_SCOPE for t in texts]
    here += [*asked, *_share((s.text for s in knowledge.fact_samples), HERE_SHARE)]
    away = [*requests.get(OUT_OF_SCOPE, ()), *elsewhere]
    requests.setdefault(QUESTION, []).extend(_share(asked, QUESTION_SHARE))
    requests.setdefault(OUT_OF_SCOPE, []).extend(_share(elsewhere, QUESTION_SHARE))
    spoken = [s for act, found in knowledge.acts.items() if act not in ADVICE for s in found]
    requests[TALK] = spoken[::TALK_SHARE]
    requests[LIST_MORE] = [*knowledge.acts.get(LIST_MORE, ())]
    others = [*aspects, *(features(text) for text in dict.fromkeys(policy))]
    # Counted in each entry, so that a new sample of one entry changes no other.
    silent = [text for each in supports for text in each[::FACT_SHARE]]
    silent += [text for each in topics for text in each[:: 2 * FACT_SHARE]]
    silent += [text for each in knowledge.acts.values() for text in each[::FACT_TALK_SHARE]]
    words = entity_words(knowledge, analyzer.lexicon)
    return {
        "gate": training_set({TALK: talk, POLICY: others}, GATE_PASSES),
        "acts": training_set(acts, ACT_PASSES),
        "requests": training_set(
            {kind: [features(s) for s in texts] for kind, texts in requests.items()},
            REQUEST_PASSES,
            REQUEST_BALANCE,
        ),
        "facts": fact_set(words, features, silent),
        "elsewhere": training_set(
            {OUT_OF_SCOPE: [features(t) for t in away], POLICY: [features(t) for t in here]}
            if away
            else {},
            ELSEWHERE_PASSES,
        ),
        "bureaus": question_set(BureauNames(knowledge, analyzer.lexicon.normalize), extract),
        "papers": detail_set(PaperNames(knowledge, analyzer.lexicon.normalize), features),
        "places": place_set(words, [*asked, *elsewhere, *chain(*knowledge.acts.values())]),
    }
