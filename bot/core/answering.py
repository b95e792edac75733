"""Replies about a support, the results, and a founder's own answers: knowledge put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from bot.core.eligibility import Finding, Verdict, held, told, what_if
from bot.core.model import COUNTIES, REPLIES, Knowledge, Slot, Support, SupportKind
from bot.core.replies import Card, Link, Reply, Section
from bot.core.session import Option, Profile, Session, profile_key
from bot.core.wording import PAUSE, Wording

# On a card: every answer fits, and the paper asks for more that we cannot judge.
FITS = "fits"
DISTRICT = "district"
# Where the paper is silent on these, later rules may speak.
OFTEN_SILENT = frozenset({"amount", "conditions", "deadline", "steps", "materials"})


@dataclass(frozen=True)
class Answerer:
    """Puts knowledge into replies, for one knowledge version and one day."""

    knowledge: Knowledge
    today: date

    @cached_property
    def words(self) -> Wording:
        """The sentences to use."""
        return Wording(self.knowledge, self.today)

    # -- one support ---------------------------------------------------------------------------

    def support(self, support: Support, profile: Profile, field: str = "") -> Reply:
        """The answer about a support: what it is, for whom, what is unsaid, who leads, and how
        old it is. `field` puts the thing that was asked for first."""
        key = (self.today, support.id, field, profile_key(profile))
        return self.knowledge.remember(
            "support", key, lambda: self._support(support, profile, field), REPLIES
        )

    def _support(self, support: Support, profile: Profile, field: str) -> Reply:
        words = self.words
        finding = held(self.knowledge, support, profile)
        lines = [support.summary]
        if field:
            lines.insert(0, self.field_text(support, profile, field))
        if field != "why":
            if profile and support.kind is SupportKind.BENEFIT and support.conditions:
                lines.append(words.verdict(finding))
            lines.append(words.say("quote", quote=support.quote))
        if field not in ("conditions", "why"):
            lines.append(words.also(support))
        lines.append(words.unstated(support))
        if field != "who":
            lines.append(words.lead(support))
        lines += [words.basis(support), words.age(support), self._more_later(support, field)]
        return Reply(
            "\n".join(line for line in lines if line),
            self.support_options(support, field),
            links=self._links(support, field),
            cards=(self.card(finding, profile),),
        )

    def field(self, support: Support, profile: Profile, field: str) -> Reply:
        """The answer to a follow-up on one side of a support, with its source and its age."""
        words = self.words
        lines = [self.field_text(support, profile, field), words.basis(support)]
        lines.append(words.age(support))
        if field in OFTEN_SILENT:
            lines.append(self._more_later(support, field))
        return Reply(
            "\n".join(line for line in lines if line),
            self.support_options(support, field),
            links=self._links(support, field),
        )

    def _links(self, support: Support, field: str) -> tuple[Link, ...]:
        """What is asked for can be opened: the paper's own page, the line that knows who."""
        words = self.words
        if field == "text":
            return (Link(words.say("source_page"), words.policy(support).source),)
        return (words.call(),) if field == "who" else ()

    def field_text(self, support: Support, profile: Profile, field: str) -> str:
        """What the knowledge holds on this side of the support; else that the paper is silent,
        and whom to ask."""
        words = self.words
        ask = words.say("ask_whom", ask=words.ask(support))
        if field == "who":
            return words.who(support, profile)
        if field == "text":
            clause = words.clause(support)
            return words.say("full_text", place=clause.place) + "\n" + clause.text
        if field == "updates":
            return words.updates(support)
        if field == "why":
            return self._why(support, profile)
        if field == "conditions":
            return self._conditions(support, profile, ask)
        if field == "amount":
            said = (
                words.say("amount", amount=support.amount)
                if support.amount
                else words.say("amount_none") + ask
            )
            return said + self._later(support, field)
        if field == "deadline":
            if support.valid_until:
                return words.say("deadline", date=support.valid_until.isoformat())
            policy = words.policy(support)
            year = str(policy.target_year or policy.issued.year)
            return words.say("deadline_none", year=year) + ask + self._later(support, field)
        held = support.steps if field == "steps" else support.materials
        if held:
            return words.say(field, what="；".join(held))
        return words.say(f"{field}_none") + ask + self._later(support, field)

    def _later(self, support: Support, field: str) -> str:
        """What later rules say of this very side, right below a silence of the paper."""
        told = tuple(update for update in support.updates if field in update.about)
        return "\n" + self.words.updates(replace(support, updates=told)) if told else ""

    def _more_later(self, support: Support, field: str) -> str:
        """That there are later rules which were not told with this field."""
        untold = [update for update in support.updates if field not in update.about]
        return self.words.say("more_updates") if untold and field != "updates" else ""

    def _conditions(self, support: Support, profile: Profile, ask: str) -> str:
        words = self.words
        named = [
            words.say(
                "condition",
                slot=self.knowledge.slots[c.slot].name,
                allowed=words.labels(c.slot, c.allowed),
            )
            for c in support.conditions
        ]
        parts = [*named, *support.also_requires]
        head = words.say("conditions", what="；".join(parts)) if parts else ""
        lines = [head or words.say("conditions_none") + ask]
        if profile and support.conditions:
            lines.append(words.verdict(held(self.knowledge, support, profile)))
        return "\n".join(lines) + self._later(support, "conditions")

    def _why(self, support: Support, profile: Profile) -> str:
        words = self.words
        finding = held(self.knowledge, support, profile)
        lines = [words.verdict(finding)] if support.kind is SupportKind.BENEFIT else []
        lines += [words.say("why_head"), words.reasons(finding)]
        change = what_if(support, profile, self.knowledge)
        if change:
            changes = [
                words.say("change", slot=self._name(slot), choice=words.labels(slot, (choice,)))
                for slot, choice in change.answers
            ]
            verdict = self._verdict_word(change.verdict)
            lines.append(words.say("what_if", changes=PAUSE.join(changes), verdict=verdict))
        lines.append(words.say("quote", quote=support.quote))
        return "\n".join(lines)

    def _verdict_word(self, verdict: Verdict) -> str:
        phrase = {
            Verdict.APPLIES: "verdict_word_applies",
            Verdict.MAYBE: "verdict_word_maybe",
            Verdict.NOT_APPLICABLE: "verdict_word_not",
        }
        return self.words.say(phrase[verdict])

    def support_options(self, support: Support, field: str = "") -> tuple[Option, ...]:
        """What to tap below an answer: the other sides of it, the way on, and a thumb."""
        fields = [("text", "button_text"), ("who", "button_who")]
        if support.conditions:
            fields.append(("why", "button_why"))
        if support.updates:
            fields.append(("updates", "button_updates"))
        options = [
            Option(f"f:{name}:{support.id}", self.words.say(button))
            for name, button in fields
            if name != field
        ]
        options.append(Option("c:start", self.words.say("button_more_for_me")))
        options.append(Option(f"c:useful:{support.id}", self.words.say("button_useful")))
        options.append(Option(f"c:useless:{support.id}", self.words.say("button_useless")))
        return tuple(options)

    def card(self, finding: Finding, profile: Profile) -> Card:
        """The support laid out to fold open on a page; `finding` is it held against `profile`."""
        support = finding.support
        local = COUNTIES in self.words.clause(support).bureaus
        place = tuple(profile.get(DISTRICT, ())) if local else ()
        key = (self.today, told(self.knowledge, support, profile), place)
        return self.knowledge.remember("card", key, lambda: self._card(finding, profile))

    def _card(self, finding: Finding, profile: Profile) -> Card:
        words, support = self.words, finding.support
        get = "\n".join(x for x in (support.summary, words.also(support)) if x)
        sections = [
            Section(words.say("card_get"), get),
            Section(words.say("card_why"), words.reasons(finding)),
            Section(words.say("card_who"), words.who(support, profile)),
            Section(words.say("card_quote"), f"“{support.quote}”\n{words.basis(support)}"),
        ]
        if support.updates:
            sections.append(Section(words.say("card_updates"), words.updates(support)))
        status = [words.age(support), words.unstated(support)]
        sections.append(Section(words.say("card_status"), "\n".join(x for x in status if x)))
        fits = finding.verdict is Verdict.APPLIES and support.also_requires
        verdict = FITS if fits else finding.verdict.value
        return Card(support.id, support.title, verdict, tuple(sections))

    # -- choosing and the profile --------------------------------------------------------------

    def title_option(self, support: Support) -> Option:
        """A support to tap."""
        return Option(f"s:{support.id}", support.title)

    def clarify(self, supports: Sequence[Support]) -> Reply:
        """Two or three candidates to tap, and a way to say that none of them is meant."""
        options = [self.title_option(s) for s in supports]
        options.append(Option("c:none", self.words.say("button_none")))
        return Reply(self.words.say("clarify"), tuple(options))

    def unknown(self, signpost: str, elsewhere: bool) -> Reply:
        """That the paper does not say, and the line that may know."""
        options = (
            Option("c:start", self.words.say("button_start")),
            Option("c:help", self.words.say("button_help")),
        )
        post = self.knowledge.signposts.get(signpost)
        if elsewhere:
            return Reply(self.words.say("elsewhere"), options)
        if post is None:
            return Reply(self.words.say("unknown"), options, links=(self.words.call(),))
        line = self.knowledge.hotlines[post.hotline].title
        text = self.words.say("signpost", title=post.title, hotline=post.hotline, line=line)
        return Reply(text, options, links=(self.words.call(post.hotline),))

    def question(
        self,
        slot: Slot,
        notes: Sequence[str] = (),
        *,
        first: bool = False,
        again: bool = False,
    ) -> Reply:
        """A slot's question with its choices, after these notes."""
        phrase = "ask_again" if again else "question"
        lines = [*notes, self.words.say(phrase, question=slot.question)]
        if slot.multiple and not again:
            lines.append(self.words.say("pick_many"))
        options = self.knowledge.remember(
            "options", (slot.id, first), lambda: self._question_options(slot, first=first)
        )
        return Reply("\n".join(lines), options, multiple=slot.multiple)

    def _question_options(self, slot: Slot, *, first: bool) -> tuple[Option, ...]:
        options = [Option(f"a:{slot.id}:{c.id}", c.label) for c in slot.choices]
        options.append(Option("c:skip", self.words.say("button_skip")))
        if not first:
            options.append(Option("c:back", self.words.say("button_back")))
        return tuple(options)

    def me(self, session: Session) -> Reply:
        """What the founder has told us, and how to change it."""
        words = self.words
        lines = [
            words.say(
                "me_line",
                slot=self.knowledge.slots[a.slot].name,
                what=words.labels(a.slot, a.choices) or words.say("me_skipped"),
            )
            for a in session.answers
            if a.slot in self.knowledge.slots
        ]
        head = [words.say("me_head"), *lines, words.say("me_hint")]
        options = [
            self.edit_option(a.slot) for a in session.answers if a.slot in self.knowledge.slots
        ]
        if not lines:
            head = [words.say("me_none")]
            options.append(Option("c:start", words.say("button_start")))
        else:
            options.append(Option("c:results", words.say("button_results")))
            options.append(Option("c:forget", words.say("button_forget")))
        return Reply("\n".join(head), tuple(options))

    def edit_option(self, slot: str) -> Option:
        """A way to answer this slot anew."""
        return Option(f"c:edit:{slot}", self.words.say("button_edit", slot=self._name(slot)))

    def _name(self, slot: str) -> str:
        return self.knowledge.slots[slot].name

    def summary_of(self, profile: Profile) -> str:
        """The answers in one line: 身份：…；创业阶段：…"""
        return "；".join(
            f"{self._name(slot)}：{self.words.labels(slot, choices)}"
            for slot, choices in profile.items()
            if slot in self.knowledge.slots
        )


def lead_options(words: Wording) -> tuple[Option, ...]:
    """What to tap when nothing in particular is going on."""
    return (
        Option("c:start", words.say("button_start")),
        Option("c:help", words.say("button_help")),
    )
