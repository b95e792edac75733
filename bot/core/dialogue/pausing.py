"""What the bot says while it is paused: one phrase, except about what it stores of the person."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.policy import POLICY
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Option, Session
from bot.core.nlu.message_parser import FORGET_NO, FORGET_YES
from bot.core.nlu.understanding import Act

# Commands about what is stored of the person: they always work.
STILL_DONE = frozenset(
    {"forget", "forget_ask", FORGET_NO, FORGET_YES, "privacy", "me", "unfollow"}
)


def still_done(acts: Sequence[Act]) -> tuple[Act, ...]:
    """Return the acts that are carried out while the bot is paused."""
    return tuple(
        act
        for act in acts
        if act.argument in STILL_DONE
        or any(row.action in STILL_DONE for row in POLICY.get(act.name, ()))
    )


def is_still_tapped(choice: str) -> bool:
    """Return whether a tapped option is carried out while the bot is paused."""
    kind, _, rest = choice.partition(":")
    return kind == "c" and rest.partition(":")[0] in STILL_DONE


def say_paused(context: TurnContext, session: Session) -> Turn:
    """Say that the bot is paused. The session stays, so that the conversation goes on later."""
    say = context.phrasebook.say
    own = Option("c:me", say("button_me")), Option("c:forget", say("button_forget"))
    links = (context.phrasebook.call_link(),)
    return Turn(session, (Reply(say("paused"), own if session.profile else (), links=links),))
