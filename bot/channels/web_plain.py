"""What the page's script does, for those who have none: asking before something is erased, and
showing what one has said oneself."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.channels.web_deps import Record
from bot.core.model import Knowledge
from bot.core.session import Utterance

# The words of the last message, on the person's own phone: the store keeps answers, not words.
SAID_COOKIE = "lct-said"
_LONGEST = 600  # a cookie holds 4 kB
MENU = {
    "c:me": "我的信息",
    "c:results": "看结果",
    "c:restart": "重新开始",
    "c:help": "帮助",
    "c:forget": "忘记我（删除全部记录）",
}


class Ask(NamedTuple):
    """What is asked before it is done: title, question, and the words of the yes."""

    title: str
    question: str
    yes: str


ASKED_FIRST = {
    "c:forget": Ask("忘记我", "删掉您的全部回答和对话记录？删掉就找不回来了。", "全部删掉"),
    "c:restart": Ask("重新开始", "从第一题重新开始？前面的回答会清掉。", "重新开始"),
}


def asked_first(said: Utterance, form: Mapping[str, Any]) -> Ask | None:
    """What has to be asked before this form is taken at its word."""
    if form.get("sure") or (said.choice == "c:restart" and form.get("first")):
        return None  # said yes already, or there is nothing to lose yet
    return ASKED_FIRST.get(said.choice)


def own_words(said: Utterance, last: Record | None, knowledge: Knowledge) -> str:
    """What somebody said or tapped, in words. `last`: the record that offered the tap, perhaps."""
    if said.text:
        return said.text
    for reply in last["replies"] if last else ():
        for choice in reply["choices"]:
            if choice["id"] == said.choice:
                return str(choice["label"])
    kind, _, rest = said.choice.partition(":")
    name, _, chosen = rest.partition(":")
    if kind == "a" and (slot := knowledge.slots.get(name)):
        return "、".join(slot.label(choice) for choice in chosen.split("+"))
    if kind == "s" and (support := knowledge.supports.get(rest)):
        return support.title
    return MENU.get(said.choice, "")


def write_said(words: str, mark: str) -> str:
    """The cookie of these words; `mark` names the answer that they got."""
    short = words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
    return f"{mark}.{urlsafe_b64encode(short.encode()).rstrip(b'=').decode()}"


def read_said(cookie: str, mark: str) -> str:
    """The words of the cookie, or "" where they belong to another answer."""
    of, _, packed = cookie.partition(".")
    if of != mark:
        return ""
    try:
        return urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()[: _LONGEST + 1]
    except ValueError:  # also what is no base64 and no UTF-8
        return ""
