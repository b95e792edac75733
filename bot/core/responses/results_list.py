"""The results: what applies, what may, and what does not, in groups and pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.domain.knowledge import DISTRICT, NEEDS
from bot.core.domain.replies import FindingLine, Reply
from bot.core.domain.session import Option, Profile, Session
from bot.core.eligibility.verdicts import Finding, Verdict
from bot.core.responses.phrasebook import Phrasebook
from bot.core.responses.support_answer import AnswerRenderer

PAGE = 6


@dataclass(frozen=True)
class ResultsList:
    """Lists findings for a founder."""

    answerer: AnswerRenderer

    @property
    def words(self) -> Phrasebook:
        """The sentences to use."""
        return self.answerer.words

    def results(
        self, session: Session, found: Sequence[Finding], page: int = 0
    ) -> tuple[Reply, tuple[FindingLine, ...]]:
        """What applies, what may, and that the rest is folded away; a page at a time. `found` is
        ranked."""
        shown = [f for f in found if f.verdict is not Verdict.NOT_APPLICABLE]
        part = shown[page * PAGE : (page + 1) * PAGE]
        lines = self._results_head(session) if page == 0 else []
        for head, group in self._groups(part, session.profile.get(NEEDS, ())):
            lines += [head, *(self._line(f, session.profile) for f in group)]
        more = len(shown) > (page + 1) * PAGE
        if not part:
            lines.append(self.words.say("group_none"))
        if more:
            lines.append(self.words.say("more_hint"))
        elif len(shown) < len(found):
            lines.append(self.words.say("group_not"))
        if part:
            lines += [self.words.say("results_foot"), self._age(part)]
        options = [self.answerer.title_option(f.support) for f in part]
        options += self._result_options(more, len(shown) < len(found))
        reply = Reply(
            "\n".join(line for line in lines if line),
            tuple(options),
            cards=tuple(self.answerer.card(f, session.profile) for f in part),
        )
        return reply, tuple(
            FindingLine(f.support.id, f.support.clause, f.verdict.value) for f in found
        )

    def _groups(
        self, part: Sequence[Finding], needs: Sequence[str]
    ) -> list[tuple[str, list[Finding]]]:
        """The findings under their headings: what meets a need first, what is open last."""
        sure = [f for f in part if f.verdict is Verdict.APPLIES]
        wanted = [f for f in sure if set(needs) & set(f.support.needs)]
        rest = [f for f in sure if f not in wanted]
        say = self.words.say
        groups = [
            (say("group_wanted"), wanted),
            (say("group_also" if needs else "group_applies"), rest),
            (say("group_maybe"), [f for f in part if f.verdict is Verdict.MAYBE]),
        ]
        return [(head, group) for head, group in groups if group]

    def _results_head(self, session: Session) -> list[str]:
        words, profile = self.words, session.profile
        told = [said for s, c in profile.items() if (said := words.told(s, c))]
        lines = [
            words.say("results_head", profile="；".join(told))
            if told
            else words.say("results_head_none" if profile else "results_empty_profile")
        ]
        district = self.answerer.knowledge.slots.get(DISTRICT)
        if district and district.none_choice in profile.get(DISTRICT, ()):
            lines.append(words.say("results_elsewhere"))
        return lines

    def _line(self, finding: Finding, profile: Profile) -> str:
        words, support = self.words, finding.support
        if finding.verdict is Verdict.MAYBE:
            return words.say("line_maybe", title=support.title, missing=words.missing(finding))
        if more := words.demands(support, profile):
            reason = words.say("line_also", what=more[0])
        else:
            reason = words.because(finding, "line_because") or words.say("line_everyone")
        lead = words.asked(support)
        return words.say("line", title=support.title, lead=lead, reason=reason)

    def _age(self, part: Sequence[Finding]) -> str:
        return self.words.age(part[0].support).split("\n")[0]

    def _result_options(self, more: bool, others: bool) -> list[Option]:
        options = [Option("c:more", self.words.say("button_more"))] if more else []
        if others:
            options.append(Option("c:others", self.words.say("button_others")))
        options.append(Option("c:me", self.words.say("button_me")))
        options.append(Option("c:restart", self.words.say("button_restart")))
        return options

    def others(self, session: Session, found: Sequence[Finding]) -> tuple[Reply, tuple[str, ...]]:
        """What does not apply, grouped by the answer that says so, and the clauses."""
        found = [f for f in found if f.verdict is Verdict.NOT_APPLICABLE]
        if not found:
            none = self.words.say("group_none")
            return Reply(none, tuple(self._result_options(False, False))), ()
        groups: dict[str, list[str]] = {}
        for finding in found:
            groups.setdefault(self.words.allowed(finding), []).append(finding.support.title)
        known = session.profile.items()
        told = [said for s, c in known if s != NEEDS and (said := self.words.told(s, c))]
        lines = [
            self.words.say("group_not_head", profile="；".join(told))
            if told
            else self.words.say("group_not_head_none")
        ]
        for allowed, titles in groups.items():
            lines.append(self.words.say("line_not", titles="｜".join(titles), allowed=allowed))
        cites = tuple(dict.fromkeys(f.support.clause for f in found))
        return Reply("\n".join(lines), tuple(self._result_options(False, False))), cites
