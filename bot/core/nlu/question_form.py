"""Read the form of a question: yes/no, hearsay, claimed figures, and its words of content.

The words stand in `knowledge/language/questions.yaml`; this module contains no topic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache

from bot.core.domain.knowledge import Knowledge
from bot.core.nlu.patterns import is_question
from bot.core.text.figures import Figure, figures
from bot.core.text.normalizer import any_of, segments
from bot.core.text.question_form import QuestionForm

# Longest and shortest name of a matter in the asker's words, in characters.
NAME_MAX = 8
NAME_MIN = 2
# Longest question or claim that is repeated, in characters.
SAID_MAX = 20
# A speaker and a verb of saying stand within the first characters of hearsay.
SPEAKER_WITHIN = 12
# Entries in the LRU cache of forms: one turn reads the form of its text several times.
CACHE_SIZE = 256
# Texts that may be repeated; foreign words may be slips.
_REPEATABLE = re.compile(r"[\u4e00-\u9fff\d,，]+")
# Words of a question that is not answered by yes or no.
_ASKS_WHAT = re.compile(r"什么|怎么|怎样|如何|哪|谁|多少|几|多久|为何|为啥|啥|咋")
_MARKS = re.compile(r"[\s,，。.!！?？~～:：;；、“”\"]+")


class QuestionReader:
    """Reads the form of questions with the words of one knowledge version."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._words = knowledge.questions
        self._patterns = {kind: any_of(words) for kind, words in self._words.items()}
        self.read: Callable[[str], QuestionForm]
        self.read = lru_cache(maxsize=CACHE_SIZE)(self._read)

    def _read(self, clean: str) -> QuestionForm:
        """Return the form of a normalized text (cached as `read`)."""
        reported = self._reported(clean)
        content = reported if reported is not None else clean
        hearsay = reported is not None
        yes_no = self._is_yes_no(clean)
        asks = hearsay or self._asks(clean)
        return QuestionForm(
            clean=content,
            asks=asks,
            yes_no=yes_no,
            hearsay=hearsay,
            able=self._has("able", clean),
            negated=self._has("negated", clean),
            certain=self._has("certain", content),
            only=next((w for w in self._words.get("only", ()) if w in content), ""),
            ahead=self._has("ahead", content),
            still=self._has("still", clean),
            points=self._has("points", clean),
            affects=self._has("affects", content),
            outcome=self._has("outcome", clean),
            turns=self._has("turning", clean),
            about_bot=self._has("about_bot", clean),
            said=self._claim(content) if hearsay else self._question(clean),
            figures=tuple(f for f in figures(content) if hearsay or not self._wished(content, f)),
        )

    def _asks(self, clean: str) -> bool:
        return self._is_yes_no(clean) or is_question(clean) or bool(_ASKS_WHAT.search(clean))

    def pieces(self, clean: str) -> list[str]:
        """Return the parts of a text that may each ask something: its segments, also split where
        a word such as 还有 joins two questions."""
        parts = [part for segment in segments(clean) for part in self._joining.split(segment)]
        return [part.strip() for part in parts if part.strip()]

    @cached_property
    def _joining(self) -> re.Pattern[str]:
        return any_of(self._words.get("joining", ()))

    def asks_for_all_bureaus(self, clean: str) -> bool:
        """Return whether a text asks for the cooperating bureaus too."""
        return self._has("all_bureaus", clean)

    def _has(self, kind: str, clean: str) -> bool:
        pattern = self._patterns.get(kind)
        return pattern is not None and bool(pattern.search(clean))

    def _wished(self, content: str, figure: Figure) -> bool:
        """Return whether the asker wishes for a sum: “想贷20万”."""
        before = content[: content.find(figure.words)]
        return any(before.endswith(word) for word in self._words.get("wishes", ()))

    def _is_yes_no(self, clean: str) -> bool:
        if clean.rstrip().endswith(("?", "？")) and not _ASKS_WHAT.search(clean):
            return True
        return bool(self._yes_no.search(_MARKS.sub("", clean)))

    @cached_property
    def _yes_no(self) -> re.Pattern[str]:
        """The words of a yes/no question, and the particles that end one."""
        words = self._words.get("yes_no", ())
        inside = any_of(word for word in words if len(word) > 1).pattern
        ends = any_of(word for word in words if len(word) == 1).pattern
        return re.compile(rf"{inside}|(?:{ends})\Z")

    def _reported(self, clean: str) -> str | None:
        """Return what hearsay reports; None if the text is none."""
        found = self._speaker.search(clean[:SPEAKER_WITHIN])
        start = found.end() if found else 0
        frames = [w for w in self._words.get("hearsay", ()) if w in clean]
        if not found and not frames:
            return None
        return self._without(frames, clean[start:]).strip() or clean

    def only_doubts(self, clean: str) -> bool:
        """Return whether a text asks nothing but whether something is true: 是这样吗."""
        frames = [w for w in self._words.get("hearsay", ()) if w in clean]
        left = self.function_words.sub("", self._without(frames, clean))
        return bool(frames) and not any(map(str.isalnum, left))

    @staticmethod
    def _without(frames: Sequence[str], text: str) -> str:
        for frame in frames:
            text = text.replace(frame, "", 1)
        return text

    def _claim(self, reported: str) -> str:
        """Return the longest segment of what hearsay reports; "" if it is too long to repeat."""
        claim = max(map(self.trimmed, segments(reported)), key=len, default="")
        return claim if NAME_MIN <= len(claim) <= SAID_MAX else ""

    @cached_property
    def _speaker(self) -> re.Pattern[str]:
        """A speaker with a verb of saying: “辅导员说”."""
        speakers = any_of(self._words.get("speakers", ())).pattern
        sayings = any_of(self._words.get("sayings", ())).pattern
        return re.compile(rf"(?:{speakers})(?:都|还|又|也)?(?:{sayings})(?![的明清])[\s,，]*")

    def _question(self, text: str) -> str:
        """Return what a text asks, to be repeated as the question that it is: the text or, of a
        longer one, its last part that asks; "" if that is foreign, or if it only points at what
        was said (还一样吗)."""
        parts = self.pieces(text)
        asking = [part for part in parts if self._asks(part)] or parts
        for question in (self._unframed.sub("", part) for part in (text, *asking[-1:])):
            content = self.function_words.sub("", question)
            if len(question) <= SAID_MAX and len(content) >= NAME_MIN:
                repeatable = _REPEATABLE.fullmatch(question)
                return question.replace(",", "，") if repeatable else ""
        return ""

    def trimmed(self, part: str) -> str:
        """Return a part of a text without the function words at its ends."""
        return self._edges.sub("", part)

    @cached_property
    def _edges(self) -> re.Pattern[str]:
        words = any_of(self._words.get("edges", ())).pattern
        ends = any_of((*self._words.get("edges", ()), *self._words.get("endings", ()))).pattern
        return re.compile(rf"^(?:{words})+|(?:{ends})+$")

    @cached_property
    def _unframed(self) -> re.Pattern[str]:
        """The words and marks before and after a question that do not belong to it."""
        words, marks = any_of(self._words.get("edges", ())).pattern, _MARKS.pattern
        return re.compile(rf"^(?:{words}|{marks})+|(?:{marks})$")

    @cached_property
    def function_words(self) -> re.Pattern[str]:
        """The words without content."""
        return any_of(self._words.get("function_words", ()))
