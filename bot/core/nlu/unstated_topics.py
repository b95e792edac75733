"""Find the unstated topic that a question asks for.

An unstated topic is a detail of a support on which the policy is silent (`Support.unstated`).
"""

from __future__ import annotations

import re
from itertools import pairwise

from bot.core.domain.knowledge import Knowledge, Support
from bot.core.text.normalizer import is_han

# Longest message, in characters, that is matched with unstated topics; a longer one is likely to
# ask for something else as well. Chosen by hand on the development scenarios.
MESSAGE_MAX = 16
# Words that are removed before character pairs are compared.
_FUNCTION_WORDS = re.compile(
    r"要不要|有没有|是不是|能不能|会不会|可不可以|行不行|得不得|收不收|怎么样|怎么|怎样|什么|多少|几多|哪里|哪个|哪点|哪些|"
    r"需不需要|需要|可以|申请|办理|能|得不|我们|他们|政府|这个|那个|请问|一下|[的了吗呢啊吧呀么嘛？?！!,，。\s]"
)
# Character pairs that occur in many topics and supports.
_COMMON_PAIRS = frozenset({"学校", "学生", "大学", "创业", "企业", "公司"})
_MODAL = r"(?:都|才|也|就)*(?:能不能|可不可以|能|可以|可|得|有资格|够资格|符合)够?"
_VERB = r"(?:申请|参加|加入|报名|享受|入园|入驻|贷到?|进去?|办理?|拿到?|领|用|来|去|报|享|得)"
_PARTICLE = r"(?:吗|么|嘛|不|没|冇|呢|啊|呀|的|[?？])"
# “什么人能贷”.
_WHO = re.compile(
    rf"^(?:那|请问)?(?:什么样的人|什么人|哪些人|哪种人|哪类人|谁|边个){_MODAL}{_VERB}?{_PARTICLE}*$"
)
# “大学生能进吗” without the identity.
_THEY = re.compile(rf"^(?:那|请问|如果|要是|是|的|也|\s|[,，])*{_MODAL}{_VERB}?{_PARTICLE}+$")
# “那学生呢”, “如果我是农民工呢”, “研究生算吗” without the identity.
_AND_THEY = re.compile(
    r"^(?:那么?|如果|要是|假如|换成?|的话|我们?|是|的|\s|[,，])*(?:呢|行吗|行不行|可以吗|算吗|算不算)[?？]?$"
)
# “我能进吗”.
_I = re.compile(
    rf"^(?:那|请问|像|的|\s|[,，])*(?:(?:我们?|咱们?|俺|自己|本人){_MODAL}{_VERB}?|{_MODAL}{_VERB}){_PARTICLE}+$"
    rf"|^(?:那|请问|我们?|也|\s|[,，])*(?:能不能|可不可以){_VERB}{_PARTICLE}*$"
)


def asks_about_eligibility(clean: str, without_identity: str) -> bool:
    """Return whether a normalized follow-up asks who is eligible: “什么人能贷”, “大学生能进吗”,
    “我能进吗”, “那学生呢”. `without_identity`: the text with its identities removed."""
    names_identity = without_identity != clean
    they = _THEY.match(without_identity) or _AND_THEY.match(without_identity)
    return bool(_WHO.match(clean) or _I.match(clean) or (names_identity and they))


def names_loan(clean: str) -> bool:
    """Return whether a question about eligibility is about a loan: “大学生能贷吗”."""
    return "贷" in clean


def find_unstated_topic(clean: str, support: Support, knowledge: Knowledge) -> str:
    """Return the unstated topic of the support that a normalized question asks for, or "".

    The question contains a phrase for it (see `find_unstated_phrase`), or the most pairs of
    characters that are in the topic and not in the title of the support.
    """
    by_phrase = find_unstated_phrase(clean, support, knowledge)
    if by_phrase or len(clean) > MESSAGE_MAX:
        return by_phrase
    parts = [part for part in _FUNCTION_WORDS.split(clean) if part and len(part) > 1]
    pairs = {a + b for part in parts for a, b in pairwise(part) if is_han(a) and is_han(b)}
    pairs = {pair for pair in pairs if pair not in support.title and pair not in _COMMON_PAIRS}
    hits = {
        topic: sum(p in _FUNCTION_WORDS.sub(" ", topic) for p in pairs)
        for topic in support.unstated
    }
    best = max(hits, key=hits.__getitem__, default="")
    return best if best and hits[best] else ""


def find_unstated_phrase(clean: str, support: Support, knowledge: Knowledge) -> str:
    """Return the unstated topic of the support for which a short normalized question contains a
    phrase of the knowledge, or ""."""
    if len(clean) > MESSAGE_MAX:
        return ""
    words = [w for w, phrases in knowledge.silences.items() if any(p in clean for p in phrases)]
    return next((topic for topic in support.unstated for word in words if word in topic), "")


def find_unwritten_topic(clean: str, knowledge: Knowledge) -> tuple[str, str]:
    """Find a topic on which no clause says anything in a short normalized question.

    Return the topic and the rest of the text; ("", clean) if there is none.
    """
    if len(clean) <= MESSAGE_MAX:
        for topic, phrases in knowledge.unwritten.items():
            for phrase in phrases:
                if phrase in clean:
                    return topic, clean.replace(phrase, "")
    return "", clean
