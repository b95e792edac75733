"""What the page's script does, for those who have none: asking before something is erased."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.core.domain.session import Utterance

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
