"""Parse what a message names: the number or label of an option, a field of a support, a bureau.

The words come from the knowledge; this module contains no topic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bot.core.domain.session import Option
from bot.core.nlu.business_mentions import BusinessMentions
from bot.core.nlu.classifiers.bureau_questions import BureauNames
from bot.core.nlu.comparison import ComparisonParser
from bot.core.nlu.facts.word_scanner import WordList
from bot.core.nlu.patterns import to_standard_words
from bot.core.nlu.profile_extractor import ProfileExtractor
from bot.core.text.figures import whole_number
from bot.core.text.normalizer import CLEAN_CACHE_SIZE, any_of, bare, runs, spaced

# Content words of an English fragment with function words.
MAX_FRAGMENT_WORDS = 2
# The answers to the question whether to delete everything.
FORGET_YES, FORGET_NO = "forget_yes", "forget_no"
# Prefix of the labels of options that change an answer: “身份” selects 改身份.
EDIT_PREFIX = "改"
# Kinds of options that make a list: choices of a slot and supports.
LISTED_KINDS = ("a:", "s:")
# Particles and punctuation at the ends of the text beside a field.
_TAIL = re.compile(r"[的呢吗啊呀吧嘛了,，。?？!！\s]+$|^[那请问,，。\s]+")
_ONE = r"(?:[1-9][0-9]?|十[一二三四五六七八九]?|[一二两三四五六七八九])"
# An option by its number, also in brackets: “第二个选项”, “(2)”.
_NUMBERED = rf"(?:第\s*)?[(\[【]?\s*{_ONE}\s*[)\]】]?\s*(?:个|项|号|条)?(?:选项|答案)?"
_PICK = r"^(?:我?(?:选|要|就选|点|回复)|(?:应该)?(?:是|选|改成))?\s*"
_PICK_END = r"\s*(?:[吧啊呀哦噢哈]|。|!|！)*$"
_AND = r"\s*(?:和|跟|与|、|,|，|/|\+|还有|\s)\s*"
_NUMBERS = re.compile(rf"{_PICK}{_NUMBERED}[、.]?(?:{_AND}{_NUMBERED})*{_PICK_END}")
# The last option: “最后一个”.
_LAST = re.compile(rf"{_PICK}(?:最后|最末|末尾)的?那?一?(?:个|项|条)(?:选项|答案)?{_PICK_END}")
# Numerals as on a cheque.
_FINANCIAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾", "一二三四五六七八九十")
# The mark of an item in an enumeration: “1.”, “②”, “二、”; not a quantity: “3年”, “2个人”.
ITEM = re.compile(
    r"(?:^|(?<=[\s,，。;；?？!！、:：吗呢])\s*)(?:[(（]?[1-9](?:[.．、)）]\s*(?![0-9])|"
    r"(?=[\u4e00-\u9fff])(?![年个月万块天千百位家人号楼岁点次小元成倍条项件期级证照码本份张和跟]))|"
    r"[(（]?[一二三四五][、.．)）]|第[一二三四五](?:个问题|问)?[,，:：、])"
)
# A measure word after 多少: the question asks for a number of things, not for an amount.
_COUNTED = re.compile(r"(?:个(?!月|点)|家(?!庭)|人|所|间|处|座|名|位)(?!的?钱)")


@dataclass(frozen=True)
class MessageParser(ProfileExtractor):
    """Parses messages with the words of one knowledge version."""

    @cached_property
    def _confirmations(self) -> dict[str, str]:
        """Map each word for yes or no, without punctuation, to FORGET_YES or FORGET_NO."""
        return {
            bare(self.clean(word)): name
            for name, words in self.knowledge.confirmations.items()
            for word in words
        }

    @cached_property
    def _field_words(self) -> WordList:
        """The words of all fields of a support, longest first."""
        pairs = [
            (self.lexicon.normalize(word), name)
            for name, words in self.knowledge.fields.items()
            for word in words
        ]
        return WordList(sorted(pairs, key=lambda pair: -len(pair[0])))

    def confirmation(self, text: str) -> str:
        """Return FORGET_YES or FORGET_NO if the whole message is a yes or a no, else ""."""
        return self._confirmations.get(bare(self.clean(text)), "")

    @cached_property
    def businesses(self) -> BusinessMentions:
        """Finds the business that a message names."""
        return BusinessMentions(self.knowledge, self.lexicon)

    def select(self, text: str, options: Sequence[Option]) -> tuple[str, ...]:
        """Return the ids of the options that a message selects by number or label."""
        clean = self.clean(text)
        found = _NUMBERS.match(clean.translate(_FINANCIAL))
        if found and options:
            picked = [whole_number(n) for n in re.findall(_ONE, found[0])]
            if all(1 <= n <= len(options) for n in picked):
                return tuple(dict.fromkeys(options[n - 1].id for n in picked))
        if options and options[0].id[:2] in LISTED_KINDS and _LAST.match(clean):
            kind = options[0].id[:2]
            return ([option.id for option in options if option.id.startswith(kind)][-1],)
        said = bare(clean)
        for option in options:
            label = bare(self.clean(option.label))
            if said and said in (label, label.removeprefix(EDIT_PREFIX)):
                return (option.id,)
        return ()

    def is_invalid_number(self, text: str, options: Sequence[Option]) -> bool:
        """Return whether the message is a number that is not the number of an option."""
        clean = self.clean(text)
        number = _NUMBERS.match(clean.translate(_FINANCIAL)) or re.fullmatch(r"[0-9]{1,2}", clean)
        return bool(number) and not self.select(text, options)

    def fields(self, text: str) -> tuple[tuple[str, ...], str]:
        """Return the fields that a message asks for (who, amount …), in the order of the text, and
        the rest of the text. Of two words that overlap the longer one counts."""
        names, rest, _ = self._field_words_in(self.clean(text))
        return names, rest

    def field(self, text: str) -> tuple[str, str]:
        """Return the field asked for in the longest word, or "", and the rest of the text."""
        _, rest, main = self._field_words_in(self.clean(text))
        return main, rest

    @cached_property
    def _field_words_in(self) -> Callable[[str], tuple[tuple[str, ...], str, str]]:
        """Return the fields that a normalized text asks for, in standard words or dialect, the
        rest, and the main field (cached: one turn asks for those of its text several times)."""
        return lru_cache(maxsize=CLEAN_CACHE_SIZE)(self._find_field_words)

    def _find_field_words(self, clean: str) -> tuple[tuple[str, ...], str, str]:
        found = self._find_fields(clean)
        if not found[0] and (standard := to_standard_words(clean)) != clean:
            found = self._find_fields(standard)
        return found if found[0] else ((), clean, "")

    def _find_fields(self, clean: str) -> tuple[tuple[str, ...], str, str]:
        rest, found, main = clean, [], ""
        for word, name in self._field_words.candidates(clean):
            for at in _places(word, rest):
                if at > 0 and word[0] == "几" and rest[at - 1] in "十好":
                    continue  # “十几年” is no question
                if name == "amount" and _COUNTED.match(rest, at + len(word)):
                    continue  # “有多少家孵化器” asks for a number, not for an amount
                main = main or name
                found.append((at, name))
                rest = rest[:at] + " " * len(word) + rest[at + len(word) :]
        names = tuple(dict.fromkeys(name for _, name in sorted(found)))
        bare = re.sub(r"\s+", " ", ITEM.sub(" ", rest))
        return names, _TAIL.sub("", bare).strip(), main

    @cached_property
    def _fillers(self) -> dict[str, re.Pattern[str]]:
        """The words without content, by the kind of question (`Knowledge.fillers`)."""
        return {kind: any_of(words) for kind, words in self.knowledge.fillers.items()}

    def without_fillers(self, kind: str, clean: str) -> str:
        """Return a normalized text without the words that have no content in a question of this
        kind."""
        fillers = self._fillers.get(kind)
        return fillers.sub("", clean) if fillers else clean

    def asks_for_phone_number(self, text: str) -> bool:
        """Return whether the message asks for a telephone number and nothing else."""
        if "电话" not in bare(self.clean(text)):
            return False
        _, rest = self.bureaus.split(text)
        return len(self.without_fillers("telephone", rest)) <= 1

    @cached_property
    def comparisons(self) -> ComparisonParser:
        """The parser of comparisons."""
        return ComparisonParser(self.knowledge)

    def content_words(self, text: str) -> tuple[str, ...]:
        """Return the runs of Chinese characters, Latin letters and digits of a message, without
        polite words at its ends and English function words."""
        words = runs(spaced(self.clean(text)))
        return tuple(run for run in words if run not in self._function_words)

    def asks_nothing(self, text: str) -> bool:
        """Return whether a message has at most one character of content, or numbers and English
        function words only: “' or 1=1”."""
        words = self.content_words(text)
        numbers = all(word.isdigit() for word in words) and self.has_function_words(text)
        return numbers or len("".join(words)) <= 1

    def is_fragment(self, text: str) -> bool:
        """Return whether a message is one or two content words with English function words:
        “free or paid”."""
        few = len(self.content_words(text)) <= MAX_FRAGMENT_WORDS
        return few and self.has_function_words(text)

    def has_function_words(self, text: str) -> bool:
        """Return whether a message has an English word without content: “or”."""
        return not self._function_words.isdisjoint(runs(self.clean(text)))

    @cached_property
    def _function_words(self) -> frozenset[str]:
        return frozenset(self.knowledge.function_words)

    @cached_property
    def bureaus(self) -> BureauNames:
        """Finds the names of bureaus."""
        return BureauNames(self.knowledge, self.clean)


def is_empty(clean: str) -> bool:
    """Return whether a normalized text is punctuation only."""
    return not bare(clean)


def _places(word: str, text: str) -> list[int]:
    """Return where the word stands in the text, without overlaps."""
    return [found.start() for found in re.finditer(re.escape(word), text)]
