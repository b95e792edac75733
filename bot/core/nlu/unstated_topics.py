"""What the paper leaves unsaid about a support, found for a question that asks for it."""

from __future__ import annotations

import re
from itertools import pairwise

from bot.core.domain.knowledge import Knowledge, Support
from bot.core.text.normalizer import is_han

# A longer message is about more than one thing that the paper does not say.
SHORT = 16
_SMALL = re.compile(
    r"要不要|有没有|是不是|能不能|会不会|可不可以|行不行|得不得|收不收|怎么样|怎么|怎样|什么|多少|几多|哪里|哪个|哪点|哪些|"
    r"需不需要|需要|可以|申请|办理|能|得不|我们|他们|政府|这个|那个|请问|一下|[的了吗呢啊吧呀么嘛？?！!,，。\s]"
)

# Pairs that tell nothing apart.
_COMMON = frozenset({"学校", "学生", "大学", "创业", "企业", "公司"})
_MAY = r"(?:都|才|也|就)*(?:能不能|可不可以|能|可以|可|得|有资格|够资格|符合)够?"
_DO = r"(?:申请|参加|加入|报名|享受|入园|入驻|贷到?|进去?|办理?|拿到?|领|用|来|去|报|享|得)"
_END = r"(?:吗|么|嘛|不|没|冇|呢|啊|呀|的|[?？])"
_WHO = re.compile(
    rf"^(?:那|请问)?(?:什么样的人|什么人|哪些人|哪种人|哪类人|谁|边个){_MAY}{_DO}?{_END}*$"
)
# Of a kind of people, or of the speaker: “能进吗”, with whoever is named taken out.
_THEY = re.compile(rf"^(?:那|请问|如果|要是|是|的|也|\s|[,，])*{_MAY}{_DO}?{_END}+$")
# “那学生呢”, “如果我是农民工呢”, “研究生算吗”.
_AND_THEY = re.compile(
    r"^(?:那么?|如果|要是|假如|换成?|的话|我们?|是|的|\s|[,，])*(?:呢|行吗|行不行|可以吗|算吗|算不算)[?？]?$"
)
_I = re.compile(
    rf"^(?:那|请问|像|的|\s|[,，])*(?:(?:我们?|咱们?|俺|自己|本人){_MAY}{_DO}?|{_MAY}{_DO}){_END}+$"
    rf"|^(?:那|请问|我们?|也|\s|[,，])*(?:能不能|可不可以){_DO}{_END}*$"
)


def asks_for_whom(clean: str, unnamed: str) -> bool:
    """Whether a normalised follow-up asks for whom something is: “什么人能贷”, “大学生能进吗”,
    “我能进吗”, “那学生呢”; `unnamed` is what is left of it without the kind of people."""
    named = unnamed != clean
    they = _THEY.match(unnamed) or _AND_THEY.match(unnamed)
    return bool(_WHO.match(clean) or _I.match(clean) or (named and they))


def says_what(clean: str) -> bool:
    """Whether a question for whom something is says what it is: “大学生能贷吗”."""
    return "贷" in clean


def silence(clean: str, support: Support, knowledge: Knowledge) -> str:
    """The thing listed as unsaid that a normalised question asks for, or "". It is asked for with
    two characters of it in a row that do not name the support, or in the words that the knowledge
    has for it."""
    spoken = spoken_silence(clean, support, knowledge)
    if spoken or len(clean) > SHORT:
        return spoken
    said = [part for part in _SMALL.split(clean) if part and len(part) > 1]
    pairs = {a + b for part in said for a, b in pairwise(part) if is_han(a) and is_han(b)}
    pairs = {pair for pair in pairs if pair not in support.title and pair not in _COMMON}
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


def unwritten(clean: str, knowledge: Knowledge) -> tuple[str, str]:
    """What a short normalised question asks for that no clause says of anything, and the rest of
    what it says; ("", clean) where it asks for none of that."""
    if len(clean) <= SHORT:
        for what, sayings in knowledge.unwritten.items():
            for saying in sayings:
                if saying in clean:
                    return what, clean.replace(saying, "")
    return "", clean
