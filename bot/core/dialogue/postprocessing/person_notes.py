"""Tell people that a later rule names their kind: "您是退役军人，后来的规定单列了".

The conditions of a support come from the policy; a later rule may name more people. Who belongs
to them is said as a possibility, with the date and the source of the rule, when the support is
answered or listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.core.dialogue.context import TurnContext
from bot.core.domain.knowledge import IDENTITY, Support, Update
from bot.core.domain.replies import Line, Link, Reply, Role, Turn
from bot.core.domain.session import Session
from bot.core.responses.phrasebook import SEPARATOR

# Prefix of the option that opens a support.
_SUPPORT = "s:"


def remember_kinds(context: TurnContext, session: Session, text: str) -> Session:
    """Return the session with the kinds of people that the user states to belong to, without the
    kinds that are never stored."""
    known = context.knowledge.person_kinds
    stated = [k for k in context.parser.person_kinds(text).stated if not known[k].once]
    kinds = tuple(dict.fromkeys((*session.kinds, *stated)))
    return session if kinds == session.kinds else session._replace(kinds=kinds)


def add_person_notes(context: TurnContext, text: str, turn: Turn) -> Turn:
    """Return the turn with a note for each later rule that names the kind of the user, if a
    support of the rule is answered or listed. One kind is noted once in a conversation."""
    session, known = turn.session, context.knowledge.person_kinds
    said = context.parser.person_kinds(text)
    identities = session.profile.get(IDENTITY, ())
    by_identity = [k.label for k in known.values() if set(k.identities) & set(identities)]
    kinds = dict.fromkeys((*said.stated, *said.asked, *session.kinds, *by_identity))
    labels = [label for label in kinds if label in known and label not in session.kinds_told]
    supports = list(_shown(context, turn))
    # A kind that is not stored is told at once: a later turn does not know it.
    if any(known[label].once for label in said.stated):
        supports += context.knowledge.supports.values()
    notes = list(_notes(context, labels, supports))
    told = [label for label, _, _ in notes]
    if not told or not turn.replies:
        return turn
    lines: list[Line] = []
    links: list[Link] = []
    for support, update in dict.fromkeys((support, update) for _, support, update in notes):
        named = SEPARATOR.join(label for label, *rest in notes if rest == [support, update])
        note, link = context.phrasebook.person_note(support, named, update)
        lines.append(Line(Role.LATER, note))
        links.append(link)
    stored = [label for label in told if not known[label].once]
    session = session._replace(kinds_told=tuple(dict.fromkeys((*session.kinds_told, *stored))))
    return turn._replace(session=session, replies=_appended(turn.replies, lines, links))


def _shown(context: TurnContext, turn: Turn) -> Iterator[Support]:
    """Return the supports that a turn answers or lists. A clarification lists nothing yet."""
    supports, session = context.knowledge.supports, turn.session
    if turn.outcome == "answer" and session.focus in supports:
        yield supports[session.focus]
    if turn.outcome == "clarify" and session.asked:
        return
    for reply in turn.replies:
        for option in reply.choices:
            support = supports.get(option.id.removeprefix(_SUPPORT))
            if option.id.startswith(_SUPPORT) and support:
                yield support


def _notes(
    context: TurnContext, labels: Iterable[str], supports: Iterable[Support]
) -> Iterator[tuple[str, Support, Update]]:
    """Return each label with the first support and its statement that name it."""
    updates = [(s, u) for s in supports for u in s.updates if u.people]
    for label in labels:
        for support, update in updates:
            if any(kind.label == label for kind in update.people):
                yield label, support, update
                break


def _appended(
    replies: tuple[Reply, ...], lines: Sequence[Line], links: Sequence[Link]
) -> tuple[Reply, ...]:
    """Append the lines and the links to the first reply that shows a support, else to the first
    reply."""
    at = next(
        (n for n, r in enumerate(replies) if r.cards or any(":" in o.id for o in r.choices)), 0
    )
    reply = replies[at]
    longer = reply._replace(
        text="\n".join([reply.text, *(line.text for line in lines)]),
        lines=(*reply.lines, *lines),
        links=tuple(dict.fromkeys((*reply.links, *links))),
    )
    return (*replies[:at], longer, *replies[at + 1 :])
