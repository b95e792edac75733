"""Find the business that a message names: “开个螺蛳粉店”, “奶茶店”."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from bot.core.domain.knowledge import Knowledge
from bot.core.nlu.patterns import has_content
from bot.core.text.normalizer import Lexicon, any_of

_OPENING = (
    r"(?:(?:想|要|打算|准备|计划|如果|自己)*(?:开办|开|办|做|搞|弄|经营|盘|摆)"
    r"(?:了|着|下)?(?:一|个|家|间|点|小|些)*)"
)
# The name before the kind of business, at most six characters and without question words.
_NAME = r"[^有什哪啥么能可,，。?？!！;；\s]{0,6}?"


@dataclass(frozen=True)
class BusinessMentions:
    """Finds businesses by the kinds (店, 厂 …) that one knowledge version lists."""

    knowledge: Knowledge
    lexicon: Lexicon

    def remove(self, clean: str, *, named: bool = False) -> str:
        """Return a normalized text without the business in it.

        Return "" if it has none, or one that the policy covers: “开网店”. With `named`, a business
        without a name (“开店”) does not count.
        """
        kinds = self.knowledge.questions.get("ventures")
        opened = self._opened.search(clean) if kinds else None
        found = opened or (self._bare.match(clean) if kinds else None)
        if not found or self._known.search(found[0]):
            return ""
        # Without a verb the name is required: “企业有什么贷款” is about an identity.
        if (named or not opened) and not has_content(found["name"] + "店"):
            return ""
        return f"{clean[: found.start()]} {clean[found.end() :]}"

    @cached_property
    def policy_businesses(self) -> tuple[str, ...]:
        """The businesses among the standard words of the knowledge: 网店."""
        kinds = self.knowledge.questions.get("ventures", ())
        return tuple(w for w in self.knowledge.synonyms if any(w.endswith(k) for k in kinds))

    @cached_property
    def _bare(self) -> re.Pattern[str]:
        kinds = any_of(map(self.lexicon.normalize, self.knowledge.questions["ventures"]))
        return re.compile(rf"(?P<name>{_NAME})(?:{kinds.pattern})")

    @cached_property
    def _opened(self) -> re.Pattern[str]:
        return re.compile(_OPENING + self._bare.pattern)

    @cached_property
    def _known(self) -> re.Pattern[str]:
        """Matches every standard word, synonym and English phrase of the knowledge."""
        table = self.knowledge.synonyms
        words = {*table, *(word for synonyms in table.values() for word in synonyms)}
        words |= self.knowledge.english.keys()
        return any_of(map(self.lexicon.normalize, words))
