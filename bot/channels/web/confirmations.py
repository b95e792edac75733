"""The menu of the page, and the confirmations before data is erased."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.core.domain.knowledge import Knowledge
from bot.core.domain.session import Utterance

FORGET, RESTART = "c:forget", "c:restart"


class Confirmation(NamedTuple):
    """A question before data is erased: the title of its page, the text, the label of yes."""

    title: str
    question: str
    yes: str


def menu_labels(knowledge: Knowledge) -> dict[str, str]:
    """Return the labels of the menu by choice id."""
    return {
        "c:me": knowledge.say("web_menu_me"),
        "c:results": knowledge.say("web_menu_results"),
        RESTART: knowledge.say("web_menu_restart"),
        "c:help": knowledge.say("web_menu_help"),
        FORGET: knowledge.say("web_menu_forget"),
    }


def confirmations(knowledge: Knowledge) -> dict[str, Confirmation]:
    """Return the confirmations by choice id. Browsers with scripts show the question only."""
    return {
        FORGET: Confirmation(
            knowledge.say("web_forget_title"),
            knowledge.say("web_forget_question"),
            knowledge.say("web_forget_yes"),
        ),
        RESTART: Confirmation(
            knowledge.say("web_restart_title"),
            knowledge.say("web_restart_question"),
            knowledge.say("web_restart_yes"),
        ),
    }


def needs_confirmation(utterance: Utterance, form: Mapping[str, Any]) -> bool:
    """Return whether this form erases data and was not confirmed yet. Before the first answer a
    restart erases nothing."""
    if form.get("confirmed") or (utterance.choice == RESTART and form.get("first")):
        return False
    return utterance.choice in (FORGET, RESTART)
