"""Replies about a support, the results, and a founder's own answers: knowledge put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from bot.core.domain.knowledge import (
    Knowledge,
    OutOfScopeTopic,
    Slot,
    Support,
    SupportKind,
)
from bot.core.domain.replies import Card, Link, Reply
from bot.core.domain.session import Option, Profile, Session
from bot.core.eligibility.verdicts import Finding, judge
from bot.core.responses.card import lay_out
from bot.core.responses.phrasebook import HOTLINE, Phrasebook
from bot.core.responses.support_fields import FieldRenderer

# Where the paper is silent on these, later rules may speak.
OFTEN_SILENT = frozenset({"amount", "conditions", "deadline", "steps", "materials"})

# The phrase on the button of each field.
_BUTTONS = {
    "text": "button_text",
    "who": "button_who",
    "why": "button_why",
    "updates": "button_updates",
}


@dataclass(frozen=True)
class AnswerRenderer:
    """Puts knowledge into replies, for one knowledge version and one day."""

    knowledge: Knowledge
    today: date

    @cached_property
    def words(self) -> Phrasebook:
        """The sentences to use."""
        return Phrasebook(self.knowledge, self.today)

    @cached_property
    def sides(self) -> FieldRenderer:
        """What there is to say on a side of a support."""
        return FieldRenderer(self.words)

    # -- one support ---------------------------------------------------------------------------

    def support(self, support: Support, profile: Profile, *fields: str) -> Reply:
        """The answer about a support: what it is, for whom, what is unsaid, who leads, and how
        old it is. `fields` puts the things that were asked for first."""
        words = self.words
        finding = judge(support, profile, self.knowledge.slots)
        lines = [*self._sides(support, profile, fields), support.summary]
        if "why" not in fields:
            if profile and support.kind is SupportKind.BENEFIT:
                told = words.verdict if support.conditions else words.anyone
                lines.append(told(finding, profile))
            lines.append(words.say("quote", quote=support.quote))
        if not {"conditions", "why"} & set(fields):
            lines.append(words.also(support, profile))
        lines.append(words.unstated(support))
        if "who" not in fields:
            lines.append(words.lead(support))
        lines += [words.basis(support), words.age(support)]
        if len(fields) < 2:
            lines.append(self.sides.more_later(support, *fields))
        return Reply(
            "\n".join(line for line in lines if line),
            self.support_options(support, *fields),
            links=self._links(support, *fields),
            cards=(self.card(finding, profile),),
        )

    def field(self, support: Support, profile: Profile, *fields: str) -> Reply:
        """The answer to a follow-up on some sides of a support, with its source and its age."""
        said = self._sides(support, profile, fields)
        more = self.sides.more_later(support, *fields) if len(fields) == 1 else ""
        reply = self._sourced(support, *said, last=more if fields[0] in OFTEN_SILENT else "")
        return reply._replace(
            choices=self.support_options(support, *fields),
            links=self._links(support, *fields),
        )

    def _sides(self, support: Support, profile: Profile, fields: Sequence[str]) -> list[str]:
        """What was asked for, side by side. Of several sides each is told in short: what later
        rules say would bury the next one."""
        alone = len(fields) == 1
        said = [self.sides.text(support, profile, field, later=alone) for field in fields]
        if support.updates and not alone and "updates" not in fields and fields:
            said.append(self.words.say("more_updates"))
        return said

    def _links(self, support: Support, *fields: str) -> tuple[Link, ...]:
        """What is asked for can be opened: the paper's own page, the line that knows who."""
        words, links = self.words, []
        if "text" in fields:
            links.append(Link(words.say("source_page"), words.policy(support).source))
        if "who" in fields:
            links.append(words.call())
        return tuple(links)

    def silence(self, support: Support, what: str) -> Reply:
        """That the paper does not say this about the support, and whom to ask."""
        ask = self.words.ask(support)
        more = self.words.say("more_updates") if support.updates else ""
        return self._sourced(support, self.words.say("silent", what=what, ask=ask), more)

    def of_whom(self, support: Support, identities: Sequence[str]) -> Reply:
        """Whether the paper means people of this kind, whoever asks, and its conditions."""
        said = self.words.of_whom(support, identities)
        return self._sourced(support, said, self.sides.text(support, {}, "conditions"))

    def sure(self, support: Support) -> Reply:
        """What the answer rests on, for somebody who doubts it."""
        quote = self.words.say("sure", quote=support.quote)
        return self._sourced(support, quote, self.words.lead(support))

    def brief(self, support: Support) -> Reply:
        """The answer in one line."""
        return Reply(support.summary, self.support_options(support))

    def _sourced(self, support: Support, *lines: str, last: str = "") -> Reply:
        lines = (*lines, self.words.basis(support), self.words.age(support), last)
        return Reply(
            "\n".join(dict.fromkeys(line for line in lines if line)), self.support_options(support)
        )

    def support_options(self, support: Support, *said: str) -> tuple[Option, ...]:
        """What to tap below an answer: the other sides of it, the way on, and a thumb."""
        fields = ["text", "who"]
        if support.conditions:
            fields.append("why")
        if support.updates:
            fields.append("updates")
        options = [
            Option(f"f:{name}:{support.id}", self.words.say(_BUTTONS[name]))
            for name in fields
            if name not in said
        ]
        options.append(Option("c:start", self.words.say("button_more_for_me")))
        options.append(Option(f"c:useful:{support.id}", self.words.say("button_useful")))
        options.append(Option(f"c:useless:{support.id}", self.words.say("button_useless")))
        return tuple(options)

    def card(self, finding: Finding, profile: Profile) -> Card:
        """The support laid out to fold open on a page; `finding` is it held against `profile`."""
        return lay_out(self.words, finding, profile)

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
        if elsewhere:
            return Reply(self.words.say("elsewhere"), options)
        post = self.knowledge.signposts.get(signpost)
        line = post.hotline if post else HOTLINE
        links = (self.words.call(line),) if line else ()
        if post and post.see:
            see = [self.knowledge.supports[support] for support in post.see]
            text = f"{self.uncovered(post)}\n{self.words.say('signpost_see')}"
            return Reply(text, (*[Option(f"s:{s.id}", s.title) for s in see], *options), links)
        return Reply(self.uncovered(post), options, links=links)

    def uncovered(self, post: OutOfScopeTopic | None) -> str:
        """That the paper does not cover it; a topic of no office has no line to call."""
        if post is None:
            return self.words.say("unknown")
        if not post.hotline:
            return self.words.say("only_this")
        line = self.knowledge.hotlines[post.hotline].title
        return self.words.say("signpost", title=post.title, hotline=post.hotline, line=line)

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
        options = self._question_options(slot, first=first)
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
        return Option(
            f"c:edit:{slot}", self.words.say("button_edit", slot=self.knowledge.slots[slot].name)
        )


def lead_options(words: Phrasebook) -> tuple[Option, ...]:
    """What to tap when nothing in particular is going on."""
    return (
        Option("c:start", words.say("button_start")),
        Option("c:help", words.say("button_help")),
    )
