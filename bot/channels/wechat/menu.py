"""The menu of an account whose settings have none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.channels.common.phrases import Phrases


@dataclass(frozen=True, slots=True)
class Button:
    """A button that sends a choice or opens a submenu; see `api_client.MenuButton`."""

    name: str
    choice: str = ""
    url: str = ""
    children: Sequence[Button] = ()


def default_menu(phrases: Phrases) -> list[Button]:
    """Return the menu: what fits me, my results, and the rest of the commands."""
    say = phrases.say
    return [
        Button(say("wechat_menu_start"), "c:start"),
        Button(say("wechat_menu_results"), "c:results"),
        Button(
            say("wechat_menu_more"),
            children=(
                Button(say("wechat_menu_me"), "c:me"),
                Button(say("wechat_menu_papers"), "c:papers"),
                Button(say("wechat_menu_help"), "c:help"),
                Button(say("wechat_menu_restart"), "c:restart"),
                Button(say("wechat_menu_forget"), "c:forget"),
            ),
        ),
    ]
