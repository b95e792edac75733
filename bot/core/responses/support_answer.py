"""Render replies: answers about supports, questions of the interview, the user's own answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.domain.knowledge import OutOfScopeTopic, Slot, Support, SupportKind, Update
from bot.core.domain.phrases import phrase_id
from bot.core.domain.replies import Card, Line, Link, Reply, Role
from bot.core.domain.session import Option, Profile, Session
from bot.core.domain.told import age_key, told_key
from bot.core.eligibility.verdicts import Finding, evaluate
from bot.core.responses.advice import phone_line
from bot.core.responses.card import build_card
from bot.core.responses.phrasebook import SEPARATOR, Phrasebook
from bot.core.responses.silence import silence
from bot.core.responses.support_fields import (
    ALL_BUREAUS,
    later_rules_hint,
    render_field,
    rules_on,
    rules_on_topic,
)
from bot.core.text.figures import figures

# Fields that the policy often leaves unstated and that later rules may state.
OFTEN_UNSTATED = frozenset({"amount", "conditions", "deadline", "steps", "materials"})

# The phrase on the button of each field.
_BUTTONS = {
    "all": phrase_id("button_all"),
    "text": phrase_id("button_text"),
    "who": phrase_id("button_who"),
    "why": phrase_id("button_why"),
    "updates": phrase_id("button_updates"),
}


@dataclass(frozen=True)
class AnswerRenderer:
    """Renders replies for one knowledge version and one day."""

    phrasebook: Phrasebook
    # Keys of what was said in the conversation (`told_key`).
    told: frozenset[str] = frozenset()
    # Whether the message asks how old a policy is or whether it still holds.
    asks_age: bool = False
    # Ids of the supports that the conversation follows; None: its channel cannot send by itself.
    follows: frozenset[str] | None = None

    def forgetting(self) -> AnswerRenderer:
        """Return the renderer that repeats what was said, for a user who asks for it."""
        return replace(self, told=frozenset())

    # -- one support ---------------------------------------------------------------------------

    def full_answer(
        self, support: Support, profile: Profile, *fields: str, lead: Sequence[Line] = ()
    ) -> Reply:
        """Return the first answer on a support: the answer to just this question (`lead`) and the
        asked fields, then summary, verdict, quote, further requirements and source; then the
        hint at later rules. What was said is left out."""
        phrasebook = self.phrasebook
        finding = evaluate(support, profile, phrasebook.knowledge, phrasebook.today)
        new, answered = self._is_new(support.quote), "\n".join(line.text for line in lead)
        told, closed = rules_on(support, *fields), phrasebook.closed_note(support)
        later = self._later([u for u in told if self._is_new(u.say) and u.say not in answered])
        shown = [Line(Role.WARNING, closed), *lead]
        shown += _rows(self._fields(support, profile, fields))
        shown += later if fields else []
        summary = "" if support.summary.rstrip("。") in answered else support.summary
        beside = bool(lead or fields)
        verdict = self._verdict(support, finding, profile)
        lines = [*shown, Line(Role.FACT if beside else Role.ANSWER, summary)]
        if "why" not in fields:
            lines.append(Line(Role.FACT, verdict))
            if new and "text" not in fields:
                quote = phrasebook.say("quote", quote=support.quote)
                lines.append(Line(Role.QUOTE, quote))
        if new and not {"conditions", "why"} & set(fields):
            note = phrasebook.further_requirements_note(support, profile)
            lines.append(Line(Role.FACT, note))
        if new and not {"who", ALL_BUREAUS, "text"} & set(fields):
            lines.append(Line(Role.BASIS, phrasebook.basis_short(support)))
        lines += self.ages([support], lines, judged=bool(verdict))
        lines += [] if fields else later
        hint = later_rules_hint(phrasebook, support, told, *fields) if new else ""
        return phrasebook.reply(*lines, Line(Role.HINT, hint))._replace(
            choices=self.field_options(support, *fields),
            links=self._links(support, *fields),
            cards=(self.card(finding, profile),),
        )

    def _later(self, updates: Sequence[Update]) -> list[Line]:
        """Return statements of later rules as lines."""
        stated = [(update, update.say) for update in updates]
        told = self.phrasebook.later_statements(stated, self.told)
        return [Line(Role.LATER, text) for text in told]

    def _verdict(self, support: Support, finding: Finding, profile: Profile) -> str:
        """Return whether a support fits the profile; "" without a profile."""
        if not profile or support.kind is not SupportKind.BENEFIT:
            return ""
        if support.conditions:
            return self.phrasebook.verdict(finding, profile)
        return self.phrasebook.unconditional_verdict(support, profile)

    def _is_new(self, text: str) -> bool:
        """Return whether a text was not said in this conversation."""
        return told_key(text) not in self.told

    def ages(
        self, supports: Sequence[Support], lines: Sequence[Line], *, judged: bool
    ) -> list[Line]:
        """Return how old and how certain the policies of these supports are: when it is asked, and
        once in a conversation, with the first verdict (`judged`) or the first sum or share of a
        policy. The figures of later rules, which have dates of their own, do not count."""
        if self.asks_age:
            return [Line(Role.WARNING, age) for age in self.phrasebook.ages(supports)]
        stated = "\n".join(line.text for line in lines if line.role is not Role.LATER)
        if not (judged or any(f.kind in ("money", "share") for f in figures(stated))):
            return []
        new = [s for s in supports if age_key(s.policy) not in self.told]
        return [Line(Role.WARNING, age) for age in self.phrasebook.ages(new)]

    def whole_answer(self, support: Support, profile: Profile, *fields: str) -> Reply:
        """Return all that is known on a support: the asked fields first, then summary, verdict,
        quote, unstated topics, bureaus, source and validity."""
        phrasebook = self.phrasebook
        finding = evaluate(support, profile, phrasebook.knowledge, phrasebook.today)
        told, closed = rules_on(support, *fields), phrasebook.closed_note(support)
        later = Line(Role.LATER, phrasebook.rules(told))
        lines = [Line(Role.WARNING, closed), *_rows(self._fields(support, profile, fields))]
        lines += [later] if fields else []
        lines.append(Line(Role.ANSWER, support.summary))
        if "why" not in fields:
            lines.append(Line(Role.FACT, self._verdict(support, finding, profile)))
            lines.append(Line(Role.QUOTE, phrasebook.say("quote", quote=support.quote)))
        if not {"conditions", "why"} & set(fields):
            note = phrasebook.further_requirements_note(support, profile)
            lines.append(Line(Role.FACT, note))
        lines.append(Line(Role.SILENT, phrasebook.unstated(support)))
        if not {"who", ALL_BUREAUS} & set(fields):
            lines.append(Line(Role.FACT, phrasebook.bureaus(support)))
        lines.append(Line(Role.BASIS, phrasebook.basis(support)))
        age = [line for line in phrasebook.validity(support).split("\n") if line != closed]
        lines += [Line(Role.WARNING, line) for line in age]
        lines += [] if fields else [later]
        lines.append(Line(Role.HINT, later_rules_hint(phrasebook, support, told, *fields)))
        return phrasebook.reply(*lines)._replace(
            choices=self.field_options(support, *fields),
            links=self._links(support, *fields),
            cards=(self.card(finding, profile),),
        )

    def field_answer(self, support: Support, profile: Profile, *fields: str) -> Reply:
        """Return the answer on some fields of a support, with source and validity."""
        lines, told = self._fields(support, profile, fields), rules_on(support, *fields)
        hint = ""
        if len(fields) > 1 or fields[0] in OFTEN_UNSTATED:
            hint = later_rules_hint(self.phrasebook, support, told, *fields)
        judged = bool(profile) and bool({"conditions", "why"} & set(fields))
        reply = self._with_source(support, *lines, rules=told, last=hint, judged=judged)
        return reply._replace(
            choices=self.field_options(support, *fields),
            links=self._links(support, *fields),
        )

    def _fields(self, support: Support, profile: Profile, fields: Sequence[str]) -> list[str]:
        """Return the texts of the fields. Where the bureau was named before, what to say to it."""
        phrasebook = self.phrasebook
        texts = {field: render_field(phrasebook, support, profile, field) for field in fields}
        is_benefit = support.kind is SupportKind.BENEFIT
        if is_benefit and "who" in texts and not self._is_new(texts["who"]):
            line = phone_line(phrasebook, profile, [support])
            call = phrasebook.say("next_phone", hotline=phrasebook.hotline(), line=line)
            texts["who"] = f"{phrasebook.lead_again(support)}\n{call}"
        return list(texts.values())

    def _links(self, support: Support, *fields: str) -> tuple[Link, ...]:
        """Return the page of the policy for the field `text`, the hotline for the field `who`."""
        phrasebook, links = self.phrasebook, []
        if "text" in fields:
            links.append(Link(phrasebook.say("source_page"), phrasebook.policy(support).source))
        if {"who", ALL_BUREAUS} & set(fields):
            links.append(phrasebook.call_link())
        return tuple(links)

    def unstated_answer(self, support: Support, what: str) -> Reply:
        """Return that the policy does not state `what` about a support, and whom to ask."""
        told, topic = rules_on_topic(support, what), self.phrasebook.say("topic", what=what)
        hint = later_rules_hint(self.phrasebook, support, told)
        silent = silence(self.phrasebook, support, topic)
        return self._with_source(support, silent, rules=told, last=hint)

    def fact_reply(self, support: Support, answer: Sequence[Line]) -> Reply:
        """Return an answer from the fact units of a support, with the rules that belong to every
        answer on it."""
        said = "\n".join(line.text for line in answer)
        always = [u for u in support.updates if u.always and u.say not in said]
        closed = Line(Role.WARNING, self.phrasebook.closed_note(support))
        later = self._later([u for u in always if self._is_new(u.say)])
        ages = self.ages([support], answer, judged=False)
        reply = self.phrasebook.reply(closed, *answer, *later, *ages)
        return reply._replace(choices=self.field_options(support))

    def identity_answer(self, support: Support, identities: Sequence[str]) -> Reply:
        """Return whether a support is for people with these identities, and its conditions. The
        user's own profile is not used."""
        verdict = self.phrasebook.identity_verdict(support, identities)
        conditions = render_field(self.phrasebook, support, {}, "conditions")
        told = rules_on(support, "conditions")
        return self._with_source(support, verdict, conditions, rules=told, judged=True)

    def quote_answer(self, support: Support) -> Reply:
        """Return the quote and the bureaus, for a user who doubts the answer."""
        quote = self.phrasebook.say("sure", quote=support.quote)
        told = [u for u in rules_on(support) if self._is_new(u.say)]
        return self._with_source(support, quote, self.phrasebook.basis_short(support), rules=told)

    def short_answer(self, support: Support) -> Reply:
        """Return a warning if a support is not available, its summary, and the later rules that
        belong to every answer."""
        phrasebook = self.phrasebook
        closed, answer = phrasebook.closed_note(support), Line(Role.ANSWER, support.summary)
        reply = phrasebook.reply(
            Line(Role.WARNING, closed), answer, *self._later(rules_on(support))
        )
        return reply._replace(choices=self.field_options(support))

    def _with_source(
        self,
        support: Support,
        *lines: str,
        rules: Sequence[Update] = (),
        last: str = "",
        judged: bool = False,
    ) -> Reply:
        """Return the lines, then these later rules, the source, the age and the last line.
        `judged`: the lines have a verdict."""
        phrasebook = self.phrasebook
        closed = Line(Role.WARNING, phrasebook.closed_note(support))
        basis = phrasebook.basis_short(support) if self._is_new(support.quote) else ""
        answers, later = _rows(lines), self._later(rules)
        ages = self.ages([support], answers, judged=judged)
        source = (Line(Role.BASIS, basis), *ages, Line(Role.HINT, last))
        reply = phrasebook.reply(closed, *answers, *later, *source)
        return reply._replace(choices=self.field_options(support))

    def field_options(self, support: Support, *shown: str) -> tuple[Option, ...]:
        """Return the options below an answer: the fields that are not shown, the interview,
        to follow the support where that is possible, and feedback."""
        fields = ["all", "text", "who"]
        if support.conditions:
            fields.append("why")
        if support.updates:
            fields.append("updates")
        options = [
            Option(f"f:{field}:{support.id}", self.phrasebook.say_id(_BUTTONS[field]))
            for field in fields
            if field not in shown
        ]
        say = self.phrasebook.say
        options.append(Option("c:start", say("button_more_for_me")))
        if self.follows is not None and support.id not in self.follows:
            options.append(Option(f"c:follow:{support.id}", say("button_follow")))
        options.append(Option(f"c:useful:{support.id}", say("button_useful")))
        options.append(Option(f"c:useless:{support.id}", say("button_useless")))
        return tuple(options)

    def card(self, finding: Finding, profile: Profile) -> Card:
        """Return the card of a support. `finding` is its evaluation for `profile`."""
        return build_card(self.phrasebook, finding, profile)

    # -- choosing and the profile --------------------------------------------------------------

    def clarification(self, supports: Sequence[Support]) -> Reply:
        """Return the question which of these supports is meant."""
        options = [support_option(self.phrasebook, support) for support in supports]
        options.append(Option("c:none", self.phrasebook.say("button_none")))
        return Reply(self.phrasebook.say("clarify"), tuple(options))

    def suggesting(self, reply: Reply, supports: Sequence[Support]) -> Reply:
        """Return a reply without an answer with the supports that the question may be about."""
        if not supports:
            return reply
        titles = "”“".join(support.title for support in supports)
        asked = Line(Role.HINT, self.phrasebook.say("suggested", titles=titles))
        options = [support_option(self.phrasebook, support) for support in supports]
        choices = (*options, *reply.choices)
        return self.phrasebook.reply(*reply.layout(), asked)._replace(
            choices=choices, links=reply.links
        )

    def policy_clarification(self, supports: Sequence[Support]) -> Reply:
        """Return the question of which policy the support is meant."""
        phrasebook = self.phrasebook
        options = []
        for support in supports:
            policy = phrasebook.policy(support)
            label = phrasebook.say(
                "button_of_paper",
                title=support.title,
                policy=policy.name,
                year=str(policy.issued.year),
            )
            options.append(Option(f"s:{support.id}", label))
        options.append(Option("c:none", phrasebook.say("button_none")))
        return Reply(phrasebook.say("clarify_paper"), tuple(options))

    def unknown_answer(
        self,
        topic_id: str,
        *,
        other_city: bool,
        asked: str = "",
        suggested: Sequence[Support] = (),
    ) -> Reply:
        """Return that the policy does not cover the question, with a number to call. `topic_id`:
        the out-of-scope topic, "" if none was found; `other_city`: the question is about another
        city; `asked`: the words of the asker, "" if they cannot be repeated; `suggested`: the
        supports that the question may be about."""
        options = main_options(self.phrasebook)
        if suggested:
            near = self._near(asked)
            reply = Reply(near, options, (self.phrasebook.call_link(),))
            return self.suggesting(reply, suggested)
        if other_city:
            these = self.phrasebook.these_papers()
            return Reply(self.phrasebook.say("elsewhere", these_papers=these), options)
        topic = self.phrasebook.knowledge.signposts.get(topic_id)
        if topic is None and asked:
            these = self.phrasebook.these_papers()
            text = self.phrasebook.say("unknown_asked", these_papers=these, asked=asked)
            return Reply(text, options, (self.phrasebook.call_link(),))
        number = topic.hotline if topic else self.phrasebook.hotline()
        links = (self.phrasebook.call_link(number),) if number else ()
        if topic and topic.see:
            supports = self.phrasebook.knowledge.supports
            see_also = [support_option(self.phrasebook, supports[s]) for s in topic.see]
            see = self.phrasebook.say("signpost_see")
            text = f"{self.out_of_scope_text(topic)}\n{see}"
            return Reply(text, (*see_also, *options), links)
        return Reply(self.out_of_scope_text(topic), options, links=links)

    def _near(self, asked: str) -> str:
        """Return that the policy does not state just what is asked."""
        these = self.phrasebook.these_papers()
        if asked:
            return self.phrasebook.say("unknown_near", these_papers=these, asked=asked)
        return self.phrasebook.say("unknown_unnamed", these_papers=these)

    def out_of_scope_text(self, topic: OutOfScopeTopic | None) -> str:
        """Return that the policy does not cover a topic, the hotline of the topic if it has one,
        and what later rules state on it."""
        these = self.phrasebook.these_papers()
        if topic is None:
            return self.phrasebook.say("unknown", these_papers=these)
        if not topic.hotline:
            return self.phrasebook.say("only_this", these_papers=these)
        line, number = self.phrasebook.knowledge.hotlines[topic.hotline].title, topic.hotline
        text = self.phrasebook.say(
            "signpost", title=topic.title, hotline=number, line=line, these_papers=these
        )
        return self.phrasebook.compose(text, self.phrasebook.rules(topic.updates))

    def question(
        self,
        slot: Slot,
        notes: Sequence[str] = (),
        *,
        first: bool = False,
        again: bool = False,
        progress: tuple[int, int] = (0, 0),
    ) -> Reply:
        """Return the question of a slot with its choices, after these notes. `first`: there is no
        earlier question to go back to; `again`: it was asked before; `progress`: the number of
        the question and the number of questions, which is not said for a single one."""
        say, (step, steps) = self.phrasebook.say, progress
        lines = [Line(Role.PLAIN, text) for note in notes for text in note.split("\n")]
        if steps > 1:
            lines.append(Line(Role.QUESTION, say("step", step=str(step), steps=str(steps))))
        question = say("ask_again" if again else "question", question=slot.question)
        lines.append(Line(Role.QUESTION, question))
        if slot.multiple and not again:
            lines.append(Line(Role.HINT, say("pick_many")))
        options = [Option(f"a:{slot.id}:{c.id}", c.label) for c in slot.choices]
        options.append(Option("c:skip", self.phrasebook.say("button_skip")))
        if not first:
            options.append(Option("c:back", self.phrasebook.say("button_back")))
        reply = self.phrasebook.reply(*lines)
        return reply._replace(choices=tuple(options), multiple=slot.multiple, repeated=again)

    def profile_summary(self, session: Session) -> Reply:
        """Return the user's answers, with options to change them."""
        say, slots = self.phrasebook.say, self.phrasebook.knowledge.slots
        answers = [answer for answer in session.answers if answer.slot in slots]
        if not answers and not session.kinds and not session.follows:
            return Reply(say("me_none"), (Option("c:start", say("button_start")),))
        lines = [
            say(
                "me_line",
                slot=slots[slot].name,
                what=self.phrasebook.labels(slot, choices) or say("me_skipped"),
            )
            for slot, choices in answers
        ]
        if session.kinds:
            lines.append(say("me_kinds", what=SEPARATOR.join(session.kinds)))
        options = [self.edit_option(answer.slot) for answer in answers]
        if session.follows:
            supports = self.phrasebook.knowledge.supports
            titles = [supports[f.support].title for f in session.follows if f.support in supports]
            if any(not f.support for f in session.follows):
                titles.append(say("me_follows_results"))
            lines.append(say("me_follows", what=SEPARATOR.join(titles)))
            options.append(Option("c:unfollow", say("button_unfollow")))
        options.append(Option("c:results", say("button_results")))
        options.append(Option("c:forget", say("button_forget")))
        return Reply("\n".join([say("me_head"), *lines, say("me_hint")]), tuple(options))

    def edit_option(self, slot: str) -> Option:
        """Return the option that asks a slot again."""
        label = self.phrasebook.say("button_edit", slot=self.phrasebook.knowledge.slots[slot].name)
        return Option(f"c:edit:{slot}", label)


def _rows(texts: Sequence[str]) -> list[Line]:
    """Return texts as an answer with facts below it: the first line is the answer."""
    rows = [row for text in texts for row in text.split("\n")]
    return [Line(Role.FACT if number else Role.ANSWER, row) for number, row in enumerate(rows)]


def support_option(phrasebook: Phrasebook, support: Support) -> Option:
    """Return the option that opens a support; its title is marked if it is not available."""
    return Option(f"s:{support.id}", phrasebook.title(support))


def main_options(phrasebook: Phrasebook) -> tuple[Option, ...]:
    """Return the options of a reply that has none of its own: start and help."""
    return (
        Option("c:start", phrasebook.say("button_start")),
        Option("c:help", phrasebook.say("button_help")),
    )
