"""Find the topic of a question why a support is refused: "为什么没有贷款", "贷款凭什么不给我"."""

from __future__ import annotations

import re

_WHY = r"(?:为什么|为啥|为何|凭什么|怎么(?!办|样|申请|才)|咋(?!办)|点解|why)"
_REFUSED = (
    r"(?:没有|没得|没|冇|不能|不可以|不可|拿不到|领不到|贷不到|贷不了|办不了|申请不了|享受不了|"
    r"不给|不适合|不符合|不行|得不到|轮不到)"
)
_OBTAIN = r"(?:我们?|的|拿到?|领到?|申请|享受|享|得到?|办|要|用|给|上)*"
_SPEAKER = r"(?:我们?|俺|咱|就|都|这里|这边|里面?|列表|结果|会|也|像我这种?)*"
_TOPIC = r"(?P<topic>[^,，。?？!！\s]{2,10}?)"
_END = r"(?:吗|呢|了|的|啊|份|呀)*[?？]?$"
_PATTERNS = (
    re.compile(rf"{_WHY}{_SPEAKER}{_REFUSED}{_OBTAIN}{_TOPIC}{_END}"),
    re.compile(rf"^{_TOPIC}{_WHY}{_SPEAKER}{_REFUSED}{_OBTAIN}{_END}"),
    re.compile(rf"{_WHY}{_TOPIC}{_SPEAKER}{_REFUSED}{_OBTAIN}{_END}"),
)
# Matches of `topic` that name nothing.
_NO_TOPIC = re.compile(
    r"^(?:的|申请|享受|办理?|拿到?|领到?|得到?|行|可以|这个?|那个?|我们?|适合|条件|资格|份|有|项|些|一|上面|答案|结果)*$"
)
_ASKS_WHY = re.compile(r"为|凭|怎么|咋|点解|why")


def refused_topic(clean: str) -> str:
    """Return the topic that a normalized message says is refused; "" if it is no such question."""
    if not _ASKS_WHY.search(clean):
        return ""
    for pattern in _PATTERNS:
        found = pattern.search(clean)
        if found and not _NO_TOPIC.match(found["topic"]):
            return found["topic"]
    return ""
