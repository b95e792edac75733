"""Read the form of a question: yes/no, hearsay, claimed figures, and its words of content.

The words stand in `knowledge/language/questions.yaml`; this module contains no topic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from bot.core.domain.knowledge import Knowledge
from bot.core.nlu.patterns import is_question
from bot.core.text.figures import Figure, figures
from bot.core.text.normalizer import any_of, is_han, segments
from bot.core.text.question_form import QuestionForm

# Longest and shortest name of a matter in the asker's words, in characters.
NAME_MAX = 8
NAME_MIN = 2
# Runs of words in a name, and what stands between them.
NAMED, SEPARATOR = 2, "、"
# The details of a paper; the words for each stand under `paper_<detail>`.
PAPER_DETAILS = ("issuer", "number", "date", "title", "origin")
# A speaker and a verb of saying stand within the first characters of hearsay.
SPEAKER_WITHIN = 12
# Words of a question that is not answered by yes or no.
_ASKS_WHAT = re.compile(r"什么|怎么|怎样|如何|哪|谁|多少|几|多久|为何|为啥|啥|咋")
# A part of a number, which a longer word has, is another number.
_NUMBER = re.compile("[一二三四五六七八九十百千万]+")
_YEAR = re.compile(r"\d+年?")
_MARKS = re.compile(r"[\s,，。.!！?？~～:：;；、“”\"]+")


class QuestionReader:
    """Reads the form of questions with the words of one knowledge version."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._words = knowledge.questions

    def read(self, clean: str) -> QuestionForm:
        """Return the form of a normalized text."""
        reported = self._reported(clean)
        content = reported if reported is not None else clean
        hearsay = reported is not None
        yes_no = self._is_yes_no(clean)
        return QuestionForm(
            clean=content,
            asks=hearsay or yes_no or is_question(clean) or bool(_ASKS_WHAT.search(clean)),
            yes_no=yes_no,
            hearsay=hearsay,
            able=self._has("able", clean),
            negated=self._has("negated", clean),
            certain=self._has("certain", content),
            only=next((w for w in self._words.get("only", ()) if w in content), ""),
            ahead=self._has("ahead", content),
            points=self._has("points", clean),
            affects=self._has("affects", content),
            outcome=self._has("outcome", clean),
            turns=self._has("turning", clean),
            about_bot=self._has("about_bot", clean),
            figures=tuple(f for f in figures(content) if hearsay or not self._wished(content, f)),
        )

    def earlier_matters(self, clean: str) -> Iterator[tuple[str, str]]:
        """Return what a normalized text may go back to, each with the rest of the text:
        “刚才贷款那个，几时截止” → 贷款, 几时截止."""
        parts = segments(clean)
        for number, part in enumerate(parts):
            found = self._returning.match(part)
            topic = self.trimmed(found["topic"] or found["named"]) if found else ""
            if found and NAME_MIN <= len(topic) <= NAME_MAX:
                rest = [*parts[:number], found["rest"], *parts[number + 1 :]]
                yield topic, "，".join(filter(None, rest))

    @cached_property
    def _returning(self) -> re.Pattern[str]:
        before = any_of(self._words.get("returning", ())).pattern
        after = any_of(self._words.get("matters", ())).pattern
        topic = rf"(?P<topic>.{{{NAME_MIN},{NAME_MAX}}}?)"
        edges = rf"(?:{any_of(self._words.get('edges', ())).pattern})*"
        return re.compile(
            rf"^{edges}(?:(?:{before}){topic}(?:(?:{after})|$)|{topic.replace('topic', 'named')}"
            rf"(?:{after}))(?P<rest>.*)$"
        )

    def pieces(self, clean: str) -> list[str]:
        """Return the parts of a text that may each ask something: its segments, also split where
        a word such as 还有 joins two questions."""
        parts = [part for segment in segments(clean) for part in self._joining.split(segment)]
        return [part.strip() for part in parts if part.strip()]

    @cached_property
    def _joining(self) -> re.Pattern[str]:
        return any_of(self._words.get("joining", ()))

    def paper_details(self, clean: str) -> frozenset[str]:
        """Return the details of a paper that a text asks for: issuer, number, date, title, or
        origin for where a statement stands."""
        return frozenset(d for d in PAPER_DETAILS if self._has(f"paper_{d}", clean))

    def asks_about_paper(self, clean: str) -> bool:
        """Return whether a segment of a text asks for a detail of a paper and for nothing else."""

        def has_other_words(part: str) -> bool:
            for known in (self._paper_words, _YEAR, self.function_words, _MARKS):
                part = known.sub("", part)
            return len(part) > NAME_MIN

        return any(self.paper_details(p) and not has_other_words(p) for p in segments(clean))

    @cached_property
    def _paper_words(self) -> re.Pattern[str]:
        """The words of a question for a detail of a paper."""
        kinds = [f"paper_{name}" for name in (*PAPER_DETAILS, "words")]
        return any_of(word for kind in kinds for word in self._words.get(kind, ()))

    def asks_for_present_name(self, rest: str) -> bool:
        """Return whether a text without the name of a bureau asks what became of it."""
        return self._has("renamed", rest) or rest in self._words.get("and_this", ())

    def asks_for_all_bureaus(self, clean: str) -> bool:
        """Return whether a text asks for the cooperating bureaus too."""
        return self._has("all_bureaus", clean)

    def _has(self, kind: str, clean: str) -> bool:
        return any(word in clean for word in self._words.get(kind, ()))

    def _wished(self, content: str, figure: Figure) -> bool:
        """Return whether the asker wishes for a sum: “想贷20万”."""
        before = content[: content.find(figure.words)]
        return any(before.endswith(word) for word in self._words.get("wishes", ()))

    def _is_yes_no(self, clean: str) -> bool:
        bare = _MARKS.sub("", clean)
        if clean.rstrip().endswith(("?", "？")) and not _ASKS_WHAT.search(clean):
            return True
        return any(
            word in bare if len(word) > 1 else bare.endswith(word)
            for word in self._words.get("yes_no", ())
        )

    def _reported(self, clean: str) -> str | None:
        """Return what hearsay reports; None if the text is none."""
        found = self._speaker.search(clean[:SPEAKER_WITHIN])
        start = found.end() if found else 0
        frames = [w for w in self._words.get("hearsay", ()) if w in clean]
        if not found and not frames:
            return None
        rest = clean[start:]
        for frame in frames:
            before, _, after = rest.partition(frame)
            rest = after if len(_MARKS.sub("", after)) > len(_MARKS.sub("", before)) else before
        return rest.strip() or clean

    @cached_property
    def _speaker(self) -> re.Pattern[str]:
        """A speaker with a verb of saying: “辅导员说”."""
        speakers = any_of(self._words.get("speakers", ())).pattern
        sayings = any_of(self._words.get("sayings", ())).pattern
        return re.compile(rf"(?:{speakers})(?:都|还|又|也)?(?:{sayings})(?![的明清])[\s,，]*")

    def name(self, text: str, words: Iterable[str], weight: Callable[[str], float]) -> str:
        """Return the name of what a text asks about, at most NAME_MAX characters long: the text
        itself, else its rarest runs of Chinese words of content; "" if it has none. `words`: the
        words of the text, which may overlap; `weight`: the rarity of a character."""
        whole = self.trimmed(text)
        if NAME_MIN <= len(whole) <= NAME_MAX and all(map(is_han, whole)):
            return whole
        is_content = [False] * len(text)
        numbers = {number[0] for number in _NUMBER.finditer(text)}
        content = [w for w in words if len(w) > 1 and not self._says_little(w)]
        content = [w for w in content if {n[0] for n in _NUMBER.finditer(w)} <= numbers]
        for word in content:
            at = text.find(word)
            is_content[at : at + len(word)] = [True] * len(word)
        marked = "".join(c if known else " " for c, known in zip(text, is_content, strict=True))
        names = [n for run in marked.split() for n in _parts_within(run, content)]
        rare = sorted(names, key=lambda name: -sum(map(weight, name)) / len(name))[:NAMED]
        found = [name for name in names if name in rare]
        return SEPARATOR.join(found if len(SEPARATOR.join(found)) <= NAME_MAX else rare[:1])

    def _says_little(self, word: str) -> bool:
        """Return whether a word is no name: foreign, or made of function words."""
        rest = self.function_words.sub("", word)
        return len(rest) < NAME_MIN or not all(map(is_han, word)) or self._has("certain", word)

    def trimmed(self, part: str) -> str:
        """Return a part of a text without the function words at its ends."""
        return self._edges.sub("", part)

    @cached_property
    def _edges(self) -> re.Pattern[str]:
        words = any_of(self._words.get("edges", ())).pattern
        ends = any_of((*self._words.get("edges", ()), *self._words.get("endings", ()))).pattern
        return re.compile(rf"^(?:{words})+|(?:{ends})+$")

    @cached_property
    def function_words(self) -> re.Pattern[str]:
        """The words without content."""
        return any_of(self._words.get("function_words", ()))


def _parts_within(run: str, words: Iterable[str]) -> list[str]:
    """Return a run if it is short enough for a name, else the words in it that are."""
    if len(run) <= NAME_MAX:
        return [run]
    return [word for word in words if word in run and len(word) <= NAME_MAX]
