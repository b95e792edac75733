"""Advise what to do: a first step, a checklist, a comparison, a recommendation, a summary.

The advice is about the support in focus, else the supports of the last list or of the
conversation, else those that suit the profile best.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.dialogue.actions import interview
from bot.core.dialogue.context import TurnContext
from bot.core.dialogue.question_resolver import decide
from bot.core.domain.knowledge import Support
from bot.core.domain.replies import Line, Reply, Role, Turn
from bot.core.domain.session import Mode, Option, Profile, Session
from bot.core.eligibility.verdicts import Finding, Verdict, evaluate
from bot.core.nlu.classifiers.acts import RECOMMEND
from bot.core.nlu.patterns import strip_function_words
from bot.core.responses import advice
from bot.core.responses.results_list import is_listed
from bot.core.responses.support_answer import main_options, support_option
from bot.core.retrieval.confidence import CLARIFY_FROM

# Supports of one checklist, comparison or recommendation.
MAX_ADVISED = 3
# The probability of a request to choose one from which it is no request to compare.
CHOICE_FROM = 0.7

Render = Callable[[Sequence[Finding]], str]


def show_next_step(context: TurnContext, session: Session, text: str = "") -> Turn:
    """Say what to do first for the support that the conversation is about; to a text that names
    the hotline, what to say there."""
    if context.phrasebook.hotline() in text:
        return show_phone_line(context, session)
    return _advise(
        context,
        session,
        lambda findings: advice.next_step(
            context.phrasebook, session.profile, findings[0].support
        ),
        count=1,
    )


def show_phone_line(context: TurnContext, session: Session, _argument: str = "") -> Turn:
    """Give a sentence to read out to the hotline."""
    phrasebook = context.phrasebook

    def render(findings: Sequence[Finding]) -> str:
        supports = [finding.support for finding in findings]
        line = advice.phone_line(phrasebook, session.profile, supports)
        return phrasebook.say("next_phone", hotline=phrasebook.hotline(), line=line)

    return _advise(context, session, render, count=1)


def show_plan(context: TurnContext, session: Session, _argument: str = "") -> Turn:
    """Show a checklist of at most MAX_ADVISED supports."""
    return _advise(
        context,
        session,
        lambda findings: advice.action_plan(context.phrasebook, session.profile, findings),
        fill=True,
    )


def show_recommendation(context: TurnContext, session: Session, _argument: str = "") -> Turn:
    """Say which support of the last list or of all suits the user best."""
    if session.profile and not session.listed:
        session = session._replace(shown=())
    return _advise(
        context,
        session._replace(focus=""),
        lambda findings: advice.recommendation(context.phrasebook, session.profile, findings),
    )


def show_comparison(context: TurnContext, session: Session, text: str = "") -> Turn:
    """Compare the supports that a text names, else those of the conversation; ask which ones are
    meant if there is only one."""
    named = compared_supports(context, session, text)
    if not named and _asks_for_one(context, session, text):
        return show_recommendation(context, session)
    supports = named if len(named) > 1 else [*named, *_discussed(context, session)]
    supports = list(dict.fromkeys(supports, None))[:MAX_ADVISED] if supports else []
    if len(supports) < 2:
        reply = Reply(context.phrasebook.say("compare_what"), main_options(context.phrasebook))
        return interview.ask_pending(context, Turn(session, (reply,)))
    findings = [_evaluate(context, session.profile, support) for support in supports]
    text = advice.comparison(context.phrasebook, session.profile, findings)
    stated, judged = (Line(Role.PLAIN, text),), bool(session.profile)
    ages = context.renderer.ages(supports, stated, judged=judged)
    text = "\n".join((text, *(age.text for age in ages)))
    return _turn(context, session._replace(focus=""), text, supports)


def show_summary(context: TurnContext, session: Session, _argument: str = "") -> Turn:
    """Summarise the conversation: the answers and the supports that were shown."""
    supports = _discussed(context, session)[:MAX_ADVISED]
    if not supports and not session.profile:
        reply = Reply(context.phrasebook.say("summary_none"), main_options(context.phrasebook))
        return interview.ask_pending(context, Turn(session, (reply,)))
    if not supports:
        supports = [f.support for f in _best(context, session.profile)]
    text = advice.conversation_summary(context.phrasebook, session.profile, supports)
    return _turn(context, session, text, supports)


def _advise(
    context: TurnContext,
    session: Session,
    render: Render,
    count: int = MAX_ADVISED,
    *,
    fill: bool = False,
) -> Turn:
    """Return advice on the supports of the conversation; without any, start the interview. With
    `fill`, those that suit the user best are added until there are `count`."""
    supports = _discussed(context, session)
    judged = [_evaluate(context, session.profile, support) for support in supports]
    findings = [f for f in judged if f.verdict is not Verdict.NOT_APPLICABLE]
    if session.profile and (fill or not findings):
        known = {finding.support.id for finding in findings}
        best = [f for f in _best(context, session.profile) if f.support.id not in known]
        findings += best[: max(0, count - len(findings))]
    findings = findings or judged
    if not findings:
        note = context.phrasebook.say("advice_first")
        return interview.proceed(context, session._replace(interviewing=True), (note,))
    findings = findings[:count]
    return _turn(context, session, render(findings), [f.support for f in findings])


def _turn(context: TurnContext, session: Session, text: str, supports: Sequence[Support]) -> Turn:
    phrasebook = context.phrasebook
    options = [support_option(phrasebook, support) for support in supports]
    options.append(Option("c:plan", phrasebook.say("button_plan")))
    options.append(Option("c:results", phrasebook.say("button_results")))
    cites = tuple(dict.fromkeys(support.clause for support in supports))
    for support in reversed(supports):
        session = session.with_shown(support.id)
    if len(supports) == 1:
        session = session._replace(mode=Mode.DETAIL, focus=supports[0].id)
    reply = Reply(text, tuple(options), links=(phrasebook.call_link(),))
    turn = Turn(session, (reply,), cites=cites, outcome="answer")
    return interview.ask_pending(context, turn)


def _evaluate(context: TurnContext, profile: Profile, support: Support) -> Finding:
    return evaluate(support, profile, context.knowledge, context.today)


def _best(context: TurnContext, profile: Profile) -> list[Finding]:
    return [f for f in context.ranked_findings(profile) if is_listed(f)][:MAX_ADVISED]


def _discussed(context: TurnContext, session: Session) -> list[Support]:
    """Return the benefits that the conversation is about: the one in focus first, then those shown
    before it, the latest first, else the last list. Candidates for an unclear question are no
    list."""
    known = {support.id: support for support in context.knowledge.benefits}
    listed = () if session.asked and session.mode is Mode.CLARIFY else session.listed
    if session.focus in known:
        ids = [session.focus, *reversed(session.shown)]
    elif listed and session.mode in (Mode.RESULTS, Mode.CLARIFY):
        ids = list(listed)
    else:
        ids = [*reversed(session.shown), *listed]
    return [known[s] for s in dict.fromkeys(ids) if s in known]


def _asks_for_one(context: TurnContext, session: Session, text: str) -> bool:
    """Return whether a text that names no support asks to choose among several that were shown."""
    requests = context.acts.score(context.parser.clean(text)).requests
    return requests.get(RECOMMEND, 0.0) >= CHOICE_FROM and len(_discussed(context, session)) > 1


def compared_supports(context: TurnContext, session: Session, text: str) -> list[Support]:
    """Return the supports that the parts of a comparison name: “A和B哪个好”, “跟B比呢”."""
    parts = context.parser.comparisons.parts(context.parser.clean(text))
    named = [_named(context, session, part) for part in parts]
    return list(dict.fromkeys(support for support in named if support))


def _named(context: TurnContext, session: Session, part: str) -> Support | None:
    """Return the support that a part of a comparison names: the one in focus if the part has no
    word of content (这个), the certain match of a search, else the first support of the last list
    that has a term of it, else the likely match."""
    known = context.knowledge.supports
    if not context.questions.function_words.sub("", part):
        return known.get(session.focus)
    terms = [term for term in context.index.analyzer.terms_in(part) if term in part]
    queries = [" ".join(terms), part] if terms else [part]
    found = [context.resolver.resolve(q, session.profile, context.today) for q in queries]
    result = max(found, key=lambda r: r.confidence)
    if decide(result, len(part)) != "answer":
        names = [name for name in (strip_function_words(part), *terms) if name]
        listed = [known[s] for s in session.listed if s in known]
        named = [(len(n), s) for s in listed for n in names if n in s.title]
        if named:
            return max(named, key=lambda pair: pair[0])[1]
    likely = result.confidence >= CLARIFY_FROM and not result.out_of_scope
    return known[result.matches[0].support] if result.matches and likely else None
