"""Find questions on who is eligible, and topics that no clause states for any support."""

from __future__ import annotations

import re

from bot.core.domain.knowledge import Knowledge

# Longest message, in characters, that is matched with these topics; a longer one is likely to ask
# for something else as well. Chosen by hand on the development scenarios.
MESSAGE_MAX = 16
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
