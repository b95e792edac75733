"""Read the form of a question: yes/no, hearsay, claimed figures, and its words of content.

The words stand in `knowledge/language/questions.yaml`; this module contains no topic.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from bot.core.domain.knowledge import Knowledge
from bot.core.nlu.patterns import is_question
from bot.core.text.figures import Figure, figures
from bot.core.text.normalizer import any_of, segments
from bot.core.text.question_form import QuestionForm

# Longest echo of the asker's words, in characters; longer words are not repeated. Shortest one.
ECHO_MAX = 18
ECHO_MIN = 2
# Longest name of a matter that a text goes back to, in characters.
MATTER_MAX = 8
# The details of a paper; the words for each stand under `paper_<detail>`.
PAPER_DETAILS = ("issuer", "number", "date", "title", "origin")
# A speaker and a verb of saying stand within the first characters of hearsay.
SPEAKER_WITHIN = 12
# Words of a question that is not answered by yes or no.
_ASKS_WHAT = re.compile(r"什么|怎么|怎样|如何|哪|谁|多少|几|多久|为何|为啥|啥|咋")
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
            echo=self._echo(content),
        )

    def earlier_matters(self, clean: str) -> Iterator[tuple[str, str]]:
        """Return what a normalized text may go back to, each with the rest of the text:
        “刚才贷款那个，几时截止” → 贷款, 几时截止."""
        parts = segments(clean)
        for number, part in enumerate(parts):
            found = self._returning.match(part)
            topic = self._trimmed(found["topic"] or found["named"]) if found else ""
            if found and ECHO_MIN <= len(topic) <= MATTER_MAX:
                rest = [*parts[:number], found["rest"], *parts[number + 1 :]]
                yield topic, "，".join(filter(None, rest))

    @cached_property
    def _returning(self) -> re.Pattern[str]:
        before = any_of(self._words.get("returning", ())).pattern
        after = any_of(self._words.get("matters", ())).pattern
        topic = rf"(?P<topic>.{{{ECHO_MIN},{MATTER_MAX}}}?)"
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
            return len(part) > ECHO_MIN

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

    def _echo(self, content: str) -> str:
        """Return the words of the last part that has content, without edges of function words."""
        parts = [self._trimmed(part) for part in segments(content)]
        kept = [part for part in parts if len(part) >= ECHO_MIN]
        whole = "，".join(kept)
        if ECHO_MIN <= len(whole) <= ECHO_MAX:
            return whole
        return next((part for part in reversed(kept) if len(part) <= ECHO_MAX), "")

    def _trimmed(self, part: str) -> str:
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
