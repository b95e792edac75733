"""What the paper leaves unsaid about a support, found for a question that asks for it."""

from __future__ import annotations

import re
from itertools import pairwise

from bot.core.model import Knowledge, Support
from bot.core.text import is_han

# A longer message is about more than one thing that the paper does not say.
SHORT = 16
_SMALL = re.compile(
    r"要不要|有没有|是不是|能不能|会不会|可不可以|行不行|得不得|收不收|怎么样|怎么|怎样|什么|多少|几多|哪里|哪个|哪点|哪些|"
    r"需要|需不需要|可以|申请|办理|我们|他们|政府|这个|那个|请问|一下|[的了吗呢啊吧呀么嘛？?！!,，。\s]"
)


def silence(clean: str, support: Support, knowledge: Knowledge) -> str:
    """The thing listed as unsaid that a normalised question asks for, or "". It is asked for with
    two characters of it in a row that do not name the support, or in the words that the knowledge
    has for it."""
    spoken = spoken_silence(clean, support, knowledge)
    if spoken or len(clean) > SHORT:
        return spoken
    said = [part for part in _SMALL.split(clean) if part and len(part) > 1]
    pairs = {a + b for part in said for a, b in pairwise(part) if is_han(a) and is_han(b)}
    pairs = {pair for pair in pairs if pair not in support.title}
    hits = {what: sum(p in _SMALL.sub(" ", what) for p in pairs) for what in support.unstated}
    best = max(hits, key=hits.__getitem__, default="")
    return best if best and hits[best] else ""


def spoken_silence(clean: str, support: Support, knowledge: Knowledge) -> str:
    """The thing listed as unsaid for which a short normalised question has the words that people
    use, or ""."""
    if len(clean) > SHORT:
        return ""
    spoken = [w for w, sayings in knowledge.silences.items() if any(s in clean for s in sayings)]
    return next((what for what in support.unstated for word in spoken if word in what), "")
