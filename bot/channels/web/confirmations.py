"""The menu of the page, and the confirmation pages for browsers without scripts."""

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


class Confirmation(NamedTuple):
    """A question before data is erased: the title of its page, the text, the label of yes."""

    title: str
    question: str
    yes: str


CONFIRMATIONS = {
    "c:forget": Confirmation(
        "忘记我", "删掉您的全部回答和对话记录？删掉就找不回来了。", "全部删掉"
    ),
    "c:restart": Confirmation("重新开始", "从第一题重新开始？前面的回答会清掉。", "重新开始"),
}


def needs_confirmation(utterance: Utterance, form: Mapping[str, Any]) -> bool:
    """Return whether this form erases data and was not confirmed yet. Before the first answer a
    restart erases nothing."""
    if form.get("confirmed") or (utterance.choice == "c:restart" and form.get("first")):
        return False
    return utterance.choice in CONFIRMATIONS
