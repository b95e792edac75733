"""Follow a support or the results, and tell what a new knowledge changed.

Only channels that can send messages by themselves offer it (`Utterance.push`).
"""

from __future__ import annotations

from bot.core.dialogue.actions import interview, phrases
from bot.core.dialogue.context import TurnContext
from bot.core.domain.phrases import phrase_id
from bot.core.domain.replies import Line, Reply, Role, Turn
from bot.core.domain.session import Follow, Option, Profile, Session
from bot.core.responses.changes import (
    MOST_NAMED,
    Mark,
    ResultsChange,
    SupportChange,
    is_of,
    results_change,
    results_mark,
    support_change,
    support_mark,
)
from bot.core.responses.phrasebook import SEPARATOR
from bot.core.responses.support_answer import support_option
from bot.core.text.normalizer import bare

# What a conversation follows at most; the oldest goes first.
MAX_FOLLOWS = 10
# The support id of the results.
RESULTS = ""
# The command that tells what changed; the service sends it after the knowledge changed.
CHANGED = "changed"
# The phrase for each change of a support.
_SUPPORT_PHRASES = {
    "gone": phrase_id("changed_gone", "title"),
    "closed": phrase_id("changed_closed", "title"),
    "reopened": phrase_id("changed_reopened", "title"),
    "text": phrase_id("changed_text", "title"),
    "rules": phrase_id("changed_rules", "title"),
}


def follow_support(context: TurnContext, session: Session, support_id: str) -> Turn:
    """Follow the support of a button; see `follow`."""
    if support_id not in context.knowledge.supports:
        return phrases.say_stale(context, session)
    return follow(context, session._replace(focus=support_id), "")


def follow(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Follow the support in focus, or else the results; in a channel that cannot send messages by
    itself, say so."""
    if not context.push:
        return phrases.send_phrase(context, session, phrases.NOTIFY)
    say, support = context.phrasebook.say, context.knowledge.supports.get(session.focus)
    if support:
        text = say("follow_support", title=support.title)
        session = _with(session, Follow(support.id, support_mark(context.phrasebook, support.id)))
    elif profile := _profile(session):
        text = say("follow_results", profile=context.phrasebook.stated_profile(profile))
        session = _with(session, Follow(RESULTS, _results_mark(context, session)))
    else:
        return phrases.send_phrase(context, session, phrase_id("follow_what"))
    reply = Reply(text, (unfollow_option(context),))
    return interview.ask_pending(context, Turn(session, (reply,)))


def unfollow(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Stop telling what changes."""
    follows = bool(session.follows)
    session = session._replace(follows=())
    phrase = phrase_id("unfollowed") if follows else phrase_id("follows_nothing")
    return phrases.send_phrase(context, session, phrase)


def asks_to_unfollow(context: TurnContext, session: Session, text: str) -> bool:
    """Return whether a follower writes one of the words that end it."""
    if not session.follows:
        return False
    words = context.phrasebook.say("unfollow_words").split(SEPARATOR)
    return bare(context.parser.clean(text)) in {bare(context.parser.clean(w)) for w in words}


def unfollow_option(context: TurnContext) -> Option:
    """Return the option that ends it."""
    return Option("c:unfollow", context.phrasebook.say("button_unfollow"))


def tell_changes(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Tell what changed since the last message on it, and mark it as told; say nothing if nothing
    did."""
    phrasebook = context.phrasebook
    lines: list[str] = []
    options: dict[str, Option] = {}
    for followed in session.follows:
        told, supports = _changes(context, session, followed)
        lines += told
        for support in supports:
            if support in context.knowledge.supports:
                known = context.knowledge.supports[support]
                options.setdefault(support, support_option(phrasebook, known))
    session = _marked(context, session)
    if not lines:
        return Turn(session, ())
    shown = [*list(options.values())[:MOST_NAMED], unfollow_option(context)]
    reply = phrasebook.reply(
        Line(Role.HEADING, phrasebook.say("changed_head")),
        *(Line(Role.ITEM, line) for line in dict.fromkeys(lines)),
        Line(Role.HINT, phrasebook.say("changed_foot")),
    )
    return Turn(session, (reply._replace(choices=tuple(shown)),))


def has_news(context: TurnContext, session: Session) -> bool:
    """Return whether `tell_changes` would say something."""
    return any(_changes(context, session, followed)[0] for followed in session.follows)


def refreshed(context: TurnContext, session: Session) -> Session:
    """Return the session with a new mark of the results if its answers changed: what they change
    is no news."""
    if all(f.support or is_of(f.mark, _profile(session)) for f in session.follows):
        return session
    results = Follow(RESULTS, _results_mark(context, session))
    follows = tuple(f if f.support else results for f in session.follows)
    return session._replace(follows=follows)


def _with(session: Session, new: Follow) -> Session:
    kept = [f for f in session.follows if f.support != new.support]
    return session._replace(follows=(*kept, new)[-MAX_FOLLOWS:])


def _results_mark(context: TurnContext, session: Session) -> Mark:
    profile = _profile(session)
    return results_mark(profile, context.ranked_findings(profile))


def _profile(session: Session) -> Profile:
    """Return the answers of the user; those of the person spoken of if there are none."""
    own = next((p.answers for p in session.people if not p.name), ()) if session.about else ()
    return {a.slot: a.choices for a in own if a.choices} or session.profile


def _now(context: TurnContext, session: Session, followed: Follow) -> Mark:
    if followed.support:
        return support_mark(context.phrasebook, followed.support)
    return _results_mark(context, session)


def _marked(context: TurnContext, session: Session) -> Session:
    follows = (f._replace(mark=_now(context, session, f)) for f in session.follows)
    # A support that left the knowledge is not followed any more.
    return session._replace(follows=tuple(f for f in follows if f.mark))


def _changes(
    context: TurnContext, session: Session, followed: Follow
) -> tuple[list[str], tuple[str, ...]]:
    """Return what changed as lines, and the supports that they are about."""
    now = _now(context, session, followed)
    if followed.support:
        change = support_change(followed.mark, now)
        if change is None:
            return [], ()
        return _support_lines(context, followed.support, change), (followed.support,)
    if not is_of(followed.mark, _profile(session)):
        return [], ()
    changed = results_change(followed.mark, now)
    return (_results_lines(context, changed), changed.new) if changed else ([], ())


def _support_lines(context: TurnContext, support_id: str, change: SupportChange) -> list[str]:
    support = context.knowledge.supports.get(support_id)
    title = support.title if support else support_id
    found = [name for name, changed in change._asdict().items() if changed]
    return [context.phrasebook.say_id(_SUPPORT_PHRASES[name], title=title) for name in found]


def _results_lines(context: TurnContext, change: ResultsChange) -> list[str]:
    say, supports = context.phrasebook.say, context.knowledge.supports
    new = [supports[s].title for s in change.new[:MOST_NAMED]]
    lost = [supports[s].title if s in supports else s for s in change.lost[:MOST_NAMED]]
    lines = [say("changed_new", titles="”“".join(new))] if new else []
    return [*lines, say("changed_lost", titles="”“".join(lost))] if lost else lines
