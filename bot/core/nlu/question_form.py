"""Read the form of a question: yes/no, hearsay, claimed figures, and its words of content.

The words stand in `knowledge/language/questions.yaml`; this module contains no topic.
"""

from __future__ import annotations

import re
from functools import cached_property

from bot.core.domain.knowledge import Knowledge
from bot.core.nlu.patterns import is_question
from bot.core.text.figures import Figure, figures
from bot.core.text.normalizer import any_of, segments
from bot.core.text.question_form import QuestionForm

# Longest echo of the asker's words, in characters; longer words are not repeated. Shortest one.
ECHO_MAX = 18
ECHO_MIN = 2
# A speaker and a verb of saying stand within the first characters of hearsay.
SPEAKER_WITHIN = 12
# Words of a question that is not answered by yes or no.
_ASKS_WHAT = re.compile(r"什么|怎么|怎样|如何|哪|谁|多少|几|多久|为何|为啥|啥|咋")
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
            certain=self._has("certain", content),
            only=next((w for w in self._words.get("only", ()) if w in content), ""),
            ahead=self._has("ahead", content),
            turns=self._has("turning", clean),
            about_bot=self._has("about_bot", clean),
            figures=tuple(f for f in figures(content) if hearsay or not self._wished(content, f)),
            echo=self._echo(content),
        )

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
