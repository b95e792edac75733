"""Carry out taps and commands.

Options carry ids, never positions, so a button of an old message still works; if its target left
the knowledge, the reply says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.dialogue import advice, interview
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.ineligibility import list_topic
from bot.core.dialogue.list_request import ListRequest
from bot.core.domain.knowledge import IDENTITY, Policy, Support
from bot.core.domain.phrases import PhraseId, phrase_id
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Effects, Mode, Option, Session
from bot.core.nlu.command_classifier import FORGET_NO, FORGET_YES
from bot.core.responses.results_list import ineligible_list
from bot.core.responses.support_answer import main_options

# Numbers of policies, as they are said.
_NUMERALS = "一两三四五六七八九十"
# The aspect that shows all that is known on a support.
WHOLE = "all"
# The placeholders that `send_phrase` fills.
_FACTS = ("policy", "count", "papers", "issued", "hotline")
# Phrases whose reply links to the hotline.
_WITH_HOTLINE = frozenset({"human", "upset"})


# -- taps --------------------------------------------------------------------------------------


def tap(context: TurnContext, session: Session, choice: str) -> Turn:
    """Carry out a tapped option, given by its id."""
    kind, _, rest = choice.partition(":")
    handler = _TAPS.get(kind)
    return handler(context, session, rest) if handler else _stale(context, session)


def _tap_answer(context: TurnContext, session: Session, rest: str) -> Turn:
    slot_id, _, picked = rest.partition(":")
    slot = context.knowledge.slots.get(slot_id)
    choices = [c for c in picked.replace(" ", "+").split("+") if slot and slot.choice(c)]
    if slot is None or not choices:
        return _stale(context, session)
    return interview.take_answer(context, session, slot, choices)


def _tap_support(context: TurnContext, session: Session, support_id: str) -> Turn:
    support = context.knowledge.supports.get(support_id)
    return show_support(context, session, support) if support else _stale(context, session)


def _tap_field(context: TurnContext, session: Session, rest: str) -> Turn:
    field, _, support_id = rest.partition(":")
    support = context.knowledge.supports.get(support_id)
    if support is None or field not in context.knowledge.fields:
        return _stale(context, session)
    return show_fields(context, session, support, field)


def run_command(context: TurnContext, session: Session, command: str) -> Turn:
    """Carry out a command, given by its name and argument: `start`, `edit:<slot>`,
    `useful:<support>` …"""
    name, _, argument = command.partition(":")
    if name in _PHRASES:
        return send_phrase(context, session, _PHRASES[name])
    handler = _COMMANDS.get(name)
    return handler(context, session, argument) if handler else _stale(context, session)


# -- supports ----------------------------------------------------------------------------------


def show_support(
    context: TurnContext,
    session: Session,
    support: Support,
    *fields: str,
    for_other_person: bool = False,
    lead: str = "",
) -> Turn:
    """Show a support in full, `lead` and the asked fields first, and put it in focus.
    `for_other_person`: do not evaluate it for the user's profile."""
    profile = {} if for_other_person else session.profile
    reply = context.renderer.full_answer(support, profile, *fields, lead=lead)
    return show_reply(context, session, support, reply)


def show_fields(context: TurnContext, session: Session, support: Support, *fields: str) -> Turn:
    """Show some fields of a support, and put it in focus."""
    if WHOLE in fields:
        reply = context.renderer.whole_answer(support, session.profile)
    else:
        reply = context.renderer.field_answer(support, session.profile, *fields)
    return show_reply(context, session, support, reply)


def show_reply(context: TurnContext, session: Session, support: Support, reply: Reply) -> Turn:
    """Send a reply about a support, and put the support in focus."""
    session = session._replace(mode=Mode.DETAIL, focus=support.id, asked="")
    session = session.with_shown(support.id)
    turn = Turn(session, (reply,), cites=(support.clause,), outcome="answer")
    return interview.ask_pending(context, turn)


# -- lists -------------------------------------------------------------------------------------


def show_list(context: TurnContext, session: Session, request: ListRequest) -> Turn:
    """Show the list that a message requests."""
    if request.more:
        return _more(context, session)
    if request.topic:
        # A pending question is not repeated: "第二个" refers to an item of this list.
        turn = list_topic(context, session, request.topic, request.people)
        return turn or _stale(context, session)
    return _show_all(context, session, request.people)


def _show_all(context: TurnContext, session: Session, people: Sequence[str]) -> Turn:
    """Show the results for the named identities or for the known one; without either, start the
    interview. A known identity is not replaced."""
    if people and not session.answered(IDENTITY):
        labels = context.phrasebook.labels(IDENTITY, people)
        note = context.phrasebook.say("presumed", who=labels)
        slot = context.knowledge.slots.get(IDENTITY)
        if slot and slot.none_choice in people:
            note = context.phrasebook.say("noted", what=f"{slot.name}：{labels}")
        session = session.with_answer(IDENTITY, people)
        turn = interview.show_results(context, session, (note,))
        return interview.with_option(turn, context.renderer.edit_option(IDENTITY))
    if session.profile.get(IDENTITY):
        return interview.show_results(context, session)
    return interview.begin(context, session)


def _more(context: TurnContext, session: Session, _argument: str = "") -> Turn:
    if session.mode is Mode.RESULTS:
        return interview.show_next_page(context, session)
    if session.interviewing:
        return _continue(context, session)
    if session.profile:
        return interview.show_results(context, session)
    return interview.begin(context, session)


def _ineligible(context: TurnContext, session: Session, _argument: str) -> Turn:
    profile = session.profile
    reply, cites = ineligible_list(context.renderer, profile, context.ranked_findings(profile))
    session = session._replace(mode=Mode.RESULTS, page=-1)
    return interview.ask_pending(context, Turn(session, (reply,), cites=cites))


# -- phrases -----------------------------------------------------------------------------------


def send_phrase(context: TurnContext, session: Session, phrase: PhraseId) -> Turn:
    """Send a phrase about the bot or the policy."""
    phrasebook = context.phrasebook
    policy = _policy(context, session)
    text = phrasebook.say_id(
        phrase,
        policy=policy.title,
        count=_NUMERALS[min(len(context.knowledge.policies), len(_NUMERALS)) - 1],
        papers=phrasebook.papers(),
        issued=policy.issued.isoformat(),
        hotline=phrasebook.hotline(),
    )
    links = (phrasebook.call_link(),) if phrase in _WITH_HOTLINE else ()
    # The reply to a command does not offer the same command.
    options = tuple(o for o in main_options(phrasebook) if o.id != f"c:{phrase}")
    turn = Turn(session, (Reply(text, options, links=links),))
    # Do not repeat the pending question after a goodbye.
    return turn if phrase == "bye" else interview.ask_pending(context, turn)


def _policy(context: TurnContext, session: Session) -> Policy:
    """Return the policy of the support in focus, or else the newest one."""
    policies, support = context.knowledge.policies, context.knowledge.supports.get(session.focus)
    if support:
        return policies[support.policy]
    return max(policies.values(), key=lambda policy: policy.issued)


def _valid(context: TurnContext, session: Session, argument: str = "") -> Turn:
    """Say whether the policy is in force, and what the support in focus adds to that. Without a
    focus, several policies are listed."""
    phrasebook, knowledge = context.phrasebook, context.knowledge
    support = knowledge.supports.get(session.focus)
    if support is None and len(knowledge.policies) > 1:
        return _papers(context, session, argument)
    lines = [phrasebook.policy_state(_policy(context, session))]
    if support and (closed := phrasebook.closed_note(support)):
        lines.insert(0, closed)
    if support and support.valid_until:
        until = support.valid_until.isoformat()
        lines.append(phrasebook.say("valid_support", title=support.title, date=until))
    reply = Reply(phrasebook.compose(*lines), main_options(phrasebook))
    return interview.ask_pending(context, Turn(session, (reply,)))


def _papers(context: TurnContext, session: Session, _argument: str) -> Turn:
    """List the policies that the bot knows, the newest first, each with its state."""
    phrasebook = context.phrasebook
    policies = context.knowledge.policies.values()
    newest = sorted(policies, key=lambda policy: policy.issued, reverse=True)
    lines = [phrasebook.say("papers_head", count=str(len(newest)))]
    lines += [phrasebook.policy_state(policy) for policy in newest]
    reply = Reply("\n".join(lines), main_options(phrasebook))
    return interview.ask_pending(context, Turn(session, (reply,)))


def _offices(context: TurnContext, session: Session, argument: str) -> Turn:
    """Say how to reach these bureaus, or that it is not known."""
    return _bureaus(context, session, argument, context.phrasebook.office_of)


def _present_names(context: TurnContext, session: Session, argument: str) -> Turn:
    """Say what these bureaus are called today, and how to reach them."""
    return _bureaus(context, session, argument, context.phrasebook.present_name)


def _bureaus(
    context: TurnContext, session: Session, argument: str, describe: Callable[[str], str]
) -> Turn:
    known = context.knowledge.bureaus
    names = [name for name in argument.split("+") if name in known]
    if not names:
        return _stale(context, session)
    phrasebook = context.phrasebook
    text = "\n".join(describe(name) for name in names)
    reply = Reply(text, main_options(phrasebook), links=(phrasebook.call_link(),))
    return interview.ask_pending(context, Turn(session, (reply,), outcome="answer"))


def _stale(context: TurnContext, session: Session) -> Turn:
    return send_phrase(context, session, phrase_id("stale"))


def _hello(context: TurnContext, session: Session, _argument: str) -> Turn:
    known = session.answers or session.focus
    return send_phrase(context, session, phrase_id("hello" if known else "greeting", *_FACTS))


def _confused(context: TurnContext, session: Session, _argument: str = "") -> Turn:
    """Say why the pending question is asked and that it may be skipped; without one, say what the
    user can ask."""
    slot = context.knowledge.slots.get(session.pending)
    if session.interviewing and slot:
        why = context.phrasebook.say("why_asked", why=slot.why)
        return interview.ask(context, session, slot, (why, context.phrasebook.say("may_skip")))
    return send_phrase(context, session, phrase_id("confused", *_FACTS))


# -- the support in focus ----------------------------------------------------------------------


def _doubt(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Show the quote of the support in focus; without one, say whether the policy is valid."""
    support = context.knowledge.supports.get(session.focus)
    if support is None:
        return _valid(context, session)
    return show_reply(context, session, support, context.renderer.quote_answer(support))


def _shorter(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Show the summary of the support in focus; without one, help."""
    support = context.knowledge.supports.get(session.focus)
    if support is None:
        return _confused(context, session)
    return show_reply(context, session, support, context.renderer.short_answer(support))


def _that_all(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Say that the policy states no more about the support in focus; without one, show more."""
    if session.focus in context.knowledge.supports and not session.interviewing:
        option = Option("c:start", context.phrasebook.say("button_more_for_me"))
        return Turn(session, (Reply(context.phrasebook.say("that_all"), (option,)),))
    return _more(context, session)


def _repeat(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Repeat what was shown last."""
    supports = context.knowledge.supports
    support = supports.get(session.focus)
    if support:
        reply = context.renderer.forgetting().full_answer(support, session.profile)
        return show_reply(context, session, support, reply)
    if session.interviewing:
        return _continue(context, session)
    if session.mode is Mode.RESULTS:
        return interview.show_results(context, session)
    if session.mode is Mode.CLARIFY and session.listed:
        candidates = [supports[s] for s in session.listed if s in supports]
        reply = context.renderer.clarification(candidates)
        return Turn(session, (reply,), outcome="clarify")
    known = bool(session.answers)
    return send_phrase(context, session, phrase_id("hello" if known else "greeting", *_FACTS))


def _feedback(context: TurnContext, session: Session, support: str, *, useful: bool) -> Turn:
    if support not in context.knowledge.supports:
        return _stale(context, session)
    phrasebook = context.phrasebook
    text = phrasebook.say("feedback" if useful else "feedback_bad")
    links = () if useful else (phrasebook.call_link(),)
    reply = Reply(text, main_options(phrasebook), links=links)
    turn = Turn(session, (reply,), effects=Effects(feedback=(support, useful)))
    return interview.ask_pending(context, turn)


def _useful(context: TurnContext, session: Session, support: str) -> Turn:
    return _feedback(context, session, support, useful=True)


def _useless(context: TurnContext, session: Session, support: str) -> Turn:
    return _feedback(context, session, support, useful=False)


# -- the interview -----------------------------------------------------------------------------


def _start(context: TurnContext, session: Session, _argument: str) -> Turn:
    return interview.begin(context, session)


def _results(context: TurnContext, session: Session, _argument: str) -> Turn:
    return interview.show_results(context, session)


def _back(context: TurnContext, session: Session, _argument: str) -> Turn:
    return interview.back(context, session)


def _return(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Return from a support to the results that it was opened from, else to the last question."""
    from_list = session.mode is Mode.DETAIL and session.listed and not session.pending
    if from_list and session.profile:
        return interview.show_results(context, session)
    return interview.back(context, session)


def _skip(context: TurnContext, session: Session, _argument: str = "") -> Turn:
    return _skip_with(context, session, phrase_id("skipped"))


def _none_fits(context: TurnContext, session: Session, _argument: str) -> Turn:
    return _skip_with(context, session, phrase_id("none_fits"))


def _skip_with(context: TurnContext, session: Session, phrase: PhraseId) -> Turn:
    if not session.pending:
        return send_phrase(context, session, phrase_id("nothing_open", *_FACTS))
    return interview.skip(context, session, context.phrasebook.say_id(phrase))


def _unsure(context: TurnContext, session: Session, _argument: str) -> Turn:
    return _skip(context, session) if session.pending else _confused(context, session)


def _all(context: TurnContext, session: Session, _argument: str) -> Turn:
    """Leave the pending question open, because "都要" excludes nothing; without one, show more."""
    if session.interviewing and session.pending:
        return interview.skip(context, session, context.phrasebook.say("all_wanted"))
    return _more(context, session)


def _continue(context: TurnContext, session: Session, _argument: str = "") -> Turn:
    slot = context.knowledge.slots.get(session.pending)
    if session.interviewing and slot:
        return interview.ask(context, session, slot)
    if session.mode is Mode.RESULTS:
        return _more(context, session)
    return interview.begin(context, session)


def _restart(context: TurnContext, _session: Session, _argument: str) -> Turn:
    notes = (context.phrasebook.say("restarted"), context.phrasebook.say("intro"))
    return interview.proceed(context, Session(interviewing=True), notes)


def _show_profile(context: TurnContext, session: Session, _argument: str) -> Turn:
    turn = Turn(session, (context.renderer.profile_summary(session),))
    return interview.ask_pending(context, turn)


def _edit(context: TurnContext, session: Session, slot_id: str) -> Turn:
    slot = context.knowledge.slots.get(slot_id)
    if slot:
        return interview.ask(context, session, slot, (context.phrasebook.say("edit_ask"),))
    if session.answers:
        return Turn(session, (context.renderer.profile_summary(session),))
    return interview.begin(context, session)


def _forget(context: TurnContext, session: Session, argument: str) -> Turn:
    return _ask_forget(context, session, argument) if context.confirm else _erase(context)


def _ask_forget(context: TurnContext, session: Session, _argument: str) -> Turn:
    say = context.phrasebook.say
    options = (
        Option(f"c:{FORGET_YES}", say("button_forget_yes")),
        Option(f"c:{FORGET_NO}", say("button_forget_no")),
    )
    return Turn(session, (Reply(say("forget_question"), options),))


def _forget_yes(context: TurnContext, session: Session, argument: str) -> Turn:
    # A button of an old message asks again: its question was not the last one.
    if not _awaits_confirmation(session):
        return _forget(context, session, argument)
    return _erase(context)


def _forget_no(context: TurnContext, session: Session, _argument: str) -> Turn:
    reply = Reply(context.phrasebook.say("forget_kept"), main_options(context.phrasebook))
    return interview.ask_pending(context, Turn(session, (reply,)))


def _awaits_confirmation(session: Session) -> bool:
    """Return whether the last turn asked whether to delete everything."""
    return any(option.id == f"c:{FORGET_YES}" for option in session.offered)


def confirmation(word: str, session: Session) -> str:
    """Return the command that a yes or no gives; "" if nothing was asked to be confirmed."""
    return word if word and _awaits_confirmation(session) else ""


def _erase(context: TurnContext) -> Turn:
    # The reply has no options: a later number must not refer to anything from before.
    reply = Reply(context.phrasebook.say("forgotten"))
    return Turn(Session(), (reply,), effects=Effects(forget=True))


def _none_of_candidates(context: TurnContext, session: Session, _argument: str) -> Turn:
    reply = context.renderer.unknown_answer("", other_city=False)
    effects = Effects(unanswered=session.asked)
    mode = Mode.INTERVIEW if session.interviewing else Mode.IDLE
    turn = Turn(
        session._replace(mode=mode, asked=""), (reply,), outcome="unknown", effects=effects
    )
    return interview.ask_pending(context, turn)


Handler = Callable[[TurnContext, Session, str], Turn]

# By the kind of the option id (`Option`).
_TAPS: dict[str, Handler] = {
    "a": _tap_answer,
    "s": _tap_support,
    "f": _tap_field,
    "c": run_command,
}
# The phrase that a command sends.
_PHRASES = {
    "bye": phrase_id("bye", *_FACTS),
    "bot_cost": phrase_id("bot_cost", *_FACTS),
    "contact_warning": phrase_id("contact_warning", *_FACTS),
    "english": phrase_id("english", *_FACTS),
    "feedback_bad": phrase_id("feedback_bad", *_FACTS),
    "guarantee": phrase_id("guarantee", *_FACTS),
    "help": phrase_id("help", *_FACTS),
    "human": phrase_id("human", *_FACTS),
    "noise": phrase_id("noise", *_FACTS),
    "nontext": phrase_id("nontext", *_FACTS),
    "notify": phrase_id("notify", *_FACTS),
    "privacy": phrase_id("privacy", *_FACTS),
    "share": phrase_id("share", *_FACTS),
    "thanks": phrase_id("thanks", *_FACTS),
    "trust": phrase_id("trust", *_FACTS),
    "upset": phrase_id("upset", *_FACTS),
    "who_am_i": phrase_id("who_am_i", *_FACTS),
}
_COMMANDS: dict[str, Handler] = {
    "all": _all,
    "back": _back,
    "brief": _shorter,
    "bureau": _present_names,
    "compare": advice.show_comparison,
    "confused": _confused,
    "continue": _continue,
    "edit": _edit,
    "field": _tap_field,
    "forget": _forget,
    "forget_ask": _ask_forget,
    FORGET_NO: _forget_no,
    FORGET_YES: _forget_yes,
    "hello": _hello,
    "me": _show_profile,
    "more": _more,
    "next": advice.show_next_step,
    "none": _none_of_candidates,
    "office": _offices,
    "none_fits": _none_fits,
    "others": _ineligible,
    "papers": _papers,
    "phone_line": advice.show_phone_line,
    "plan": advice.show_plan,
    "recommend": advice.show_recommendation,
    "repeat": _repeat,
    "restart": _restart,
    "results": _results,
    "return": _return,
    "skip": _skip,
    "start": _start,
    "summary": advice.show_summary,
    "sure": _doubt,
    "that_all": _that_all,
    "unsure": _unsure,
    "useful": _useful,
    "useless": _useless,
    "valid": _valid,
}
