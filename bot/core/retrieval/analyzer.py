"""Turn a text into weighted features, and find the knowledge's own terms in it.

A feature is a string with a one-letter prefix:

- `w:` a word of the segmenter, `b:` two neighbouring Chinese characters, `l:` a run of Latin
  letters or digits, `p:` two neighbouring folded syllables, `t:` a term.

A term is a title word, keyword or standard word of the knowledge. It is found literally, through
a synonym, through an English phrase, or by sound. Terms are not added to jieba's dictionary: long
entries there hide the shorter words inside them (measured in docs/decisions/003).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

from bot.core.domain.knowledge import Knowledge, OutOfScopeTopic, Support
from bot.core.text.locality import OtherCityDetector
from bot.core.text.normalizer import Cut, Lexicon, any_of, fold_syllable, is_han, runs

# Feature weights, relative to 1.0 for a word of two or more characters. Chosen by hand on the
# development questions.
SINGLE_CHARACTER_WEIGHT = 0.4
BIGRAM_WEIGHT = 0.8
SYLLABLE_BIGRAM_WEIGHT = 0.3
# Factors on the features of a term that is not in the text itself, relative to 1.0 for a literal
# match: a synonym of it is there, its exact syllables are, its folded syllables are. Chosen by
# hand on the development questions.
SYNONYM_WEIGHT = 0.5
HOMOPHONE_WEIGHT = 0.85
FOLDED_HOMOPHONE_WEIGHT = 0.6
# Factor on the coverage weight of a character pair that contains a stop word. Chosen by hand on
# the development questions.
STOP_CHARACTER_FACTOR = 0.25
# Coverage weight of a Latin or digit run, which has no character rarity. Same scale: 0..1.
LATIN_COVERAGE_WEIGHT = 0.8

# Longest term, in characters, and longest term that is searched by sound, in syllables.
TERM_MAX_CHARS = 10
TERM_MAX_SYLLABLES = 8
# Longest English phrase, in words.
PHRASE_MAX_WORDS = 3
# Chunk length, in characters, for knowledge texts that exceed the search limit.
CHUNK_CHARS = 200
# Entries in the LRU cache of coverage weights of character pairs.
PAIR_CACHE_SIZE = 8_192
# Entries in the LRU cache of the terms of a text.
TERMS_CACHE_SIZE = 256

# Words and character pairs that occur in questions on any topic.
_STOP_WORDS = """
的 了 吗 呢 啊 吧 呀 嘛 么 咩 哦 我 你 您 他 她 它 我们 你们 他们 咱 俺 是 在 有 和 与 及 或
就 都 也 还 又 很 太 不 没 没有 要 想 能 会 可以 可 得 把 被 给 让 对 到 从 去 来 个 些 这
那 这个 那个 什么 怎么 怎样 如何 哪 哪里 哪个 多少 几 请问 请 一下 一个 现在 是不是 有没有
能不能 可不可以 行不行 知道 问 说 讲 听说 然后 但是 因为 所以 如果 而且 已经 市
里 上 下 一 不是 只 才 再 那么 这么 这样 那样
"""
_STOP_PAIRS = """
怎么 什么 可以 能不 不能 有没 没有 请问 是不 不是 哪里 多少 我们 我想 想问 问一 一下 我是 现在
知道 一个 这个 那个 怎样 如何 听说 已经 我的 你们 他们 是什 么办 吗请
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
STOP_PAIRS = frozenset(_STOP_PAIRS.split())


@dataclass(frozen=True, slots=True)
class Analysis:
    """An analyzed question.

    `text`: the normalized text. `features`: feature → weight, those of the terms last. `pairs`:
    the features that coverage is measured on (`b:` and `l:`, else `w:` and `p:`) → coverage
    weight. `terms`: the terms found, in the order of the text. `other_city`: the question is about
    another city.
    """

    text: str
    features: Mapping[str, float]
    pairs: Mapping[str, float]
    terms: tuple[str, ...]
    other_city: bool


class _Terms(NamedTuple):
    """The terms of a text, in its order. `weights`: the weight of each as a feature; `expanded`:
    the factor on the surface features of those that are not in the text itself."""

    names: tuple[str, ...]
    weights: Mapping[str, float]
    expanded: Mapping[str, float]


@dataclass(frozen=True)
class Analyzer:
    """Analyzes questions and knowledge texts in the same way, for one knowledge version.

    `cut`: the word segmenter. `synonyms`: standard word → synonyms. `english`: English phrase →
    terms. `terms`: every term. `dialect`: dialect word → standard word. `city_words`: names of the
    city, which are stop words.
    """

    cut: Cut
    lexicon: Lexicon
    synonyms: Mapping[str, tuple[str, ...]]
    english: Mapping[str, tuple[str, ...]]
    terms: frozenset[str]
    cities: OtherCityDetector
    dialect: Mapping[str, str] = field(default_factory=dict)
    city_words: tuple[str, ...] = ()

    @cached_property
    def _stop_words(self) -> frozenset[str]:
        return STOP_WORDS.union(self.city_words)

    @cached_property
    def _stop_pairs(self) -> frozenset[str]:
        return STOP_PAIRS.union(self.city_words)

    def normalize(self, text: str) -> str:
        """Return the normalized text with dialect words replaced by standard ones."""
        return replace_dialect(self.lexicon.normalize(text), self._dialect_pattern, self.dialect)

    @cached_property
    def _dialect_pattern(self) -> re.Pattern[str]:
        return any_of(self.dialect)

    @cached_property
    def standard_words(self) -> dict[str, str]:
        """Map each normalized synonym to its standard word."""
        return {
            self.normalize(synonym): standard
            for standard, synonyms in self.synonyms.items()
            for synonym in synonyms
        }

    @cached_property
    def english_words(self) -> frozenset[str]:
        """Every single word of the English phrases of the knowledge."""
        return frozenset(word for phrase in self.english for word in phrase.split())

    @cached_property
    def terms_by_sound(self) -> dict[tuple[str, ...], str]:
        """Map folded syllables to the term or synonym with that sound; the first one in order of
        length, then of characters, wins."""
        table: dict[tuple[str, ...], str] = {}
        for term in sorted(self.terms | set(self.standard_words), key=lambda t: (len(t), t)):
            if len(term) >= 2 and all(is_han(c) for c in term):
                sound = tuple(self.lexicon.folded.get(c, c) for c in term)
                table.setdefault(sound, term)
        return table

    def features(self, text: str, *, truncate: bool = True) -> dict[str, float]:
        """Return the words, pairs and syllables of a knowledge text, without terms.

        With `truncate` the text is cut at the search limit; otherwise it is analyzed in chunks
        and the weights of a feature are summed over the chunks.
        """
        if truncate:
            return self._surface_features(self.normalize(text))
        whole: dict[str, float] = defaultdict(float)
        for start in range(0, len(text), CHUNK_CHARS):
            chunk = self.normalize(text[start : start + CHUNK_CHARS])
            for feature, weight in self._surface_features(chunk).items():
                whole[feature] += weight
        return whole

    def entry_terms(self, entry: Support | OutOfScopeTopic) -> list[str]:
        """Return the keywords of an entry and the terms in its title, sorted."""
        names = {self.normalize(k) for k in entry.keywords}
        literal = self._literal_terms(self.normalize(entry.title))
        names.update(term for term in literal if term in self.terms)
        return sorted(names)

    def analyze(self, text: str) -> Analysis:
        """Analyze a question; expand it with synonyms, English phrases, pinyin and homophones."""
        clean = self.normalize(text)
        features = dict(self._surface_features(clean))
        terms = self._find_terms(clean)
        for term, weight in terms.expanded.items():
            for feature, value in self._term_features(term).items():
                features[feature] = max(features.get(feature, 0.0), value * weight)
        features.update(terms.weights)
        pairs = {f: self._pair_weight(f[2:]) for f in features if f[0] in "bl"}
        if not pairs:
            pairs = {f: 1.0 for f in features if f[0] in "wp"}
        return Analysis(
            text=clean,
            features=features,
            pairs=pairs,
            terms=terms.names,
            other_city=self.cities.is_about_other_city(clean),
        )

    def terms_in(self, text: str) -> tuple[str, ...]:
        """Return the terms of a question as `analyze` finds them, without the other features."""
        return self._find_terms(self.normalize(text)).names

    def has_terms(self, text: str) -> bool:
        """Return whether a question has a term: `bool(terms_in(text))`, without looking for more
        once one is found."""
        clean = self.normalize(text)
        literal = self._literal_terms(clean)
        return bool(literal or self._translated_terms(clean) or self._homophones(clean, literal))

    @cached_property
    def _find_terms(self) -> Callable[[str], _Terms]:
        """Return the terms in a normalized text (cached: one turn asks for those of its text and
        of its clauses several times)."""
        return lru_cache(maxsize=TERMS_CACHE_SIZE)(self._compute_terms)

    def _compute_terms(self, clean: str) -> _Terms:
        literal = self._literal_terms(clean)
        expanded: dict[str, float] = {}
        for name in literal:
            if name in self.standard_words:
                expanded[self.standard_words[name]] = SYNONYM_WEIGHT
        for term in self._translated_terms(clean):
            expanded[term] = 1.0
        homophones = self._homophones(clean, literal)
        # A dict keeps the order of the text. The order of a set differs between processes
        # (hash randomisation) and would change which of two equal matches comes first.
        terms = dict.fromkeys((*(w for w in literal if w in self.terms), *expanded, *homophones))
        weights = {
            f"t:{term}": max(expanded.get(term, 0.0), homophones.get(term, 0.0)) or 1.0
            for term in terms
        }
        return _Terms(tuple(terms), weights, {**homophones, **expanded})

    def _surface_features(self, clean: str) -> dict[str, float]:
        features: dict[str, float] = {}
        for word in self.cut(clean):
            if word in self._stop_words or not word[:1].isalnum():
                continue
            if is_han(word[0]):
                features[f"w:{word}"] = 1.0 if len(word) > 1 else SINGLE_CHARACTER_WEIGHT
            elif len(word) > 1 and not self._is_pinyin(word):
                features[f"w:{word}"] = 1.0
        syllables: list[str] = []
        for run in runs(clean):
            if is_han(run[0]):
                for left, right in pairwise(run):
                    if left + right not in self._stop_pairs:
                        features[f"b:{left}{right}"] = BIGRAM_WEIGHT
                syllables += [self.lexicon.folded.get(c, c) for c in run]
            elif run[0].isalpha():
                typed = self.lexicon.split_pinyin(run) if self._is_pinyin(run) else ()
                if typed:
                    syllables += [fold_syllable(s) for s in typed]
                else:
                    features[f"l:{run}"] = BIGRAM_WEIGHT
                    syllables.append("|")
            else:
                if len(run) > 1:
                    features[f"l:{run}"] = BIGRAM_WEIGHT
                syllables.append("|")
        for first, second in pairwise(syllables):
            if "|" not in (first, second):
                features[f"p:{first} {second}"] = SYLLABLE_BIGRAM_WEIGHT
        return features

    def _is_pinyin(self, latin: str) -> bool:
        """Return whether a Latin run reads as pinyin and is not a known English word."""
        return (
            len(latin) > 1
            and latin not in self.english_words
            and bool(self.lexicon.split_pinyin(latin))
        )

    @cached_property
    def _longest_by_prefix(self) -> dict[str, int]:
        """Map the first two characters of terms and synonyms to the greatest length, in
        characters, of those that start so."""
        longest: dict[str, int] = {}
        for name in (*self.terms, *self.standard_words):
            if 2 <= len(name) <= TERM_MAX_CHARS:
                longest[name[:2]] = max(len(name), longest.get(name[:2], 0))
        return longest

    def _literal_terms(self, clean: str) -> list[str]:
        """Return the terms and synonyms that are substrings of the text, in its order."""
        found: dict[str, None] = {}
        longest_of = self._longest_by_prefix.get
        for start in range(len(clean) - 1):
            longest = longest_of(clean[start : start + 2])
            if longest is None:
                continue
            for end in range(start + 2, min(len(clean), start + longest) + 1):
                window = clean[start:end]
                if window in self.terms or window in self.standard_words:
                    found[window] = None
        return list(found)

    def _term_features(self, term: str) -> Mapping[str, float]:
        """Return the surface features of a term (cached; the number of terms bounds the cache)."""
        known = self._term_feature_cache.get(term)
        if known is None:
            known = self._surface_features(self.normalize(term))
            self._term_feature_cache[term] = known
        return known

    @cached_property
    def _term_feature_cache(self) -> dict[str, Mapping[str, float]]:
        return {}

    def _translated_terms(self, clean: str) -> list[str]:
        """Return the terms of the English phrases in the text, the longest phrase first: "which
        office" is no office."""
        words = [r for r in runs(clean) if r[0].isascii() and r[0].isalpha()]
        terms: list[str] = []
        start = 0
        while start < len(words):
            ends = range(min(len(words), start + PHRASE_MAX_WORDS), start, -1)
            end = next((e for e in ends if " ".join(words[start:e]) in self.english), start + 1)
            terms += self.english.get(" ".join(words[start:end]), ())
            start = end
        return terms

    @cached_property
    def _longest_by_sound_prefix(self) -> dict[tuple[str, ...], int]:
        """Map the first two folded syllables of terms to the greatest length, in syllables, of
        those that start so."""
        longest: dict[tuple[str, ...], int] = {}
        for sound in self.terms_by_sound:
            longest[sound[:2]] = max(len(sound), longest.get(sound[:2], 0))
        return longest

    def _homophones(self, clean: str, literal: Sequence[str]) -> dict[str, float]:
        """Return the terms that sound like a part of the text but are not written in it, each
        with its weight."""
        found: dict[str, float] = {}
        longest_of = self._longest_by_sound_prefix.get
        for syllables, characters in self._syllable_runs(clean):
            folded = [fold_syllable(s) for s in syllables]
            for start, prefix in enumerate(pairwise(folded)):
                longest = longest_of(prefix)
                if longest is None:
                    continue
                longest = min(longest, TERM_MAX_SYLLABLES)
                for end in range(start + 2, min(len(folded), start + longest) + 1):
                    term = self.terms_by_sound.get(tuple(folded[start:end]))
                    if term is None:
                        continue
                    typed = "".join(characters[start:end])
                    if any(term in word or (typed and typed in word) for word in literal):
                        continue
                    if typed and not self._shares_characters(typed, term):
                        continue
                    exact = all(
                        self.lexicon.syllables.get(c) == s
                        for c, s in zip(term, syllables[start:end], strict=True)
                    )
                    weight = HOMOPHONE_WEIGHT if exact else FOLDED_HOMOPHONE_WEIGHT
                    standard = self.standard_words.get(term, term)
                    found[standard] = max(found.get(standard, 0.0), weight)
                    found[term] = max(found.get(term, 0.0), weight)
        return found

    @staticmethod
    def _shares_characters(typed: str, term: str) -> bool:
        """Return whether at least one character in three is the same, position by position."""
        same = sum(a == b for a, b in zip(typed, term, strict=True))
        return same >= 1 and same * 3 >= len(term)

    def _syllable_runs(self, clean: str) -> list[tuple[list[str], list[str]]]:
        """Return runs of syllables with the character of each, "" where pinyin was typed. All
        pinyin of the text is one run, the last."""
        found: list[tuple[list[str], list[str]]] = []
        latin: tuple[list[str], list[str]] = ([], [])
        for run in runs(clean):
            if is_han(run[0]):
                found.append(([self.lexicon.syllables.get(c, c) for c in run], list(run)))
            elif self._is_pinyin(run):
                syllables = self.lexicon.split_pinyin(run)
                latin[0].extend(syllables)
                latin[1].extend("" for _ in syllables)
        if latin[0]:
            found.append(latin)
        return found

    @cached_property
    def _pair_weight(self) -> Callable[[str], float]:
        return lru_cache(maxsize=PAIR_CACHE_SIZE)(self._compute_pair_weight)

    def _compute_pair_weight(self, pair: str) -> float:
        """Return the coverage weight (0..1) of a character pair: the mean rarity of its
        characters, reduced where one is a stop word."""
        if not is_han(pair[0]):
            return LATIN_COVERAGE_WEIGHT
        weight = sum(map(self.lexicon.weight, pair)) / len(pair)
        return weight if self._stop_words.isdisjoint(pair) else weight * STOP_CHARACTER_FACTOR

    def is_about_other_city(self, text: str) -> bool:
        """Return whether a question is about another city."""
        return self.cities.is_about_other_city(self.normalize(text))


def replace_dialect(clean: str, pattern: re.Pattern[str], dialect: Mapping[str, str]) -> str:
    """Replace each dialect word of a normalized text; `pattern` matches the keys of `dialect`."""
    return pattern.sub(lambda found: dialect[found[0]], clean)


def build_analyzer(knowledge: Knowledge, cut: Cut, lexicon: Lexicon) -> Analyzer:
    """Build the analyzer of a knowledge version; collect its terms from keywords, titles, quotes
    and standard words."""
    supports = tuple(knowledge.supports.values())
    entries: tuple[Support | OutOfScopeTopic, ...] = (*supports, *knowledge.signposts.values())
    pattern = any_of(knowledge.spoken)

    def normalize(text: str) -> str:
        return replace_dialect(lexicon.normalize(text), pattern, knowledge.spoken)

    names: set[str] = set(knowledge.synonyms)
    for entry in entries:
        names.update(normalize(keyword) for keyword in entry.keywords)
        names.update(w for w in cut(normalize(entry.title)) if len(w) > 1)
    for support in supports:
        names.update(w for w in cut(normalize(support.quote)) if len(w) > 2)
    stop_words = STOP_WORDS.union(knowledge.locality.city_words)
    return Analyzer(
        cut=cut,
        lexicon=lexicon,
        synonyms=knowledge.synonyms,
        english=knowledge.english,
        terms=frozenset(n for n in names if 2 <= len(n) <= TERM_MAX_CHARS and n not in stop_words),
        cities=OtherCityDetector.of(knowledge, lexicon),
        city_words=knowledge.locality.city_words,
        dialect=knowledge.spoken,
    )
