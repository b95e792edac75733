"""“为什么没有贷款”, “有哪些贷款”: every support of a topic, with the answer that lets it fit or
rules it out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.dialogue.interview import Interview
from bot.core.domain.knowledge import IDENTITY
from bot.core.domain.replies import Reply, Turn
from bot.core.domain.session import Mode, Session
from bot.core.eligibility.verdicts import Finding, Verdict
from bot.core.responses.support_answer import AnswerRenderer

MOST = 6
_WHY = r"(?:为什么|为啥|为何|凭什么|怎么(?!办|样|申请|才)|咋(?!办)|点解|why)"
_NONE = (
    r"(?:没有|没得|没|冇|不能|不可以|不可|拿不到|领不到|贷不到|贷不了|办不了|申请不了|享受不了|"
    r"不给|不适合|不符合|不行|得不到|轮不到)"
)
_DO = r"(?:我们?|的|拿到?|领到?|申请|享受|享|得到?|办|要|用|给|上)*"
_MINE = r"(?:我们?|俺|咱|就|都|这里|这边|里面?|列表|结果|会|也|像我这种?)*"
_REFUSED = (
    re.compile(
        rf"{_WHY}{_MINE}{_NONE}{_DO}(?P<topic>[^,，。?？!！\s]{{2,10}}?)(?:吗|呢|了|的|啊|份|呀)*[?？]?$"
    ),
    re.compile(
        rf"^(?P<topic>[^,，。?？!！\s]{{2,10}}?){_WHY}{_MINE}{_NONE}{_DO}(?:吗|呢|了|的|啊|份|呀)*[?？]?$"
    ),
    re.compile(
        rf"{_WHY}(?P<topic>[^,，。?？!！\s]{{2,10}}?){_MINE}{_NONE}{_DO}(?:吗|呢|了|的|啊|份|呀)*[?？]?$"
    ),
)
_NO_TOPIC = re.compile(
    r"^(?:的|申请|享受|办理?|拿到?|领到?|得到?|行|可以|这个?|那个?|我们?|适合|条件|资格|份|有|项|些|一|上面|答案|结果)*$"
)


def refused_topic(clean: str) -> str:
    """The topic that a normalised message says was refused, or ""."""
    if "为" not in clean and "凭" not in clean and not re.search(r"怎么|咋|点解|why", clean):
        return ""
    for pattern in _REFUSED:
        found = pattern.search(clean)
        if found and not _NO_TOPIC.match(found["topic"]):
            return found["topic"]
    return ""


@dataclass(frozen=True)
class IneligibilityExplainer:
    """Says which supports of a topic fit and which do not, and why."""

    interview: Interview

    @property
    def answerer(self) -> AnswerRenderer:
        """Puts knowledge into replies."""
        return self.interview.answerer

    def of_topic(self, session: Session, topic: str, people: Sequence[str] = ()) -> Turn | None:
        """What there is on a topic, to choose from; None where no support is named for it. For
        `people` who are named, whoever asks: what does not fit them is left out."""
        asked = session.with_answer(IDENTITY, people) if people else session
        named = [f for f in self.about(asked, topic) if topic in f.support.title]
        if people:
            named = [f for f in named if f.verdict is not Verdict.NOT_APPLICABLE]
        if not named:
            return None
        turn = self.explain(asked, self.answerer.words.say("topic_head", topic=topic), named)
        session = session._replace(mode=Mode.CLARIFY, focus="")
        return turn._replace(session=session, outcome="clarify")

    def explain(self, session: Session, head: str, about: Sequence[Finding]) -> Turn:
        """Supports of a topic below this line, each with its verdict and what made it so."""
        words, shown = self.answerer.words, about[:MOST]
        lines = [head, *(self._line(finding, session) for finding in shown)]
        if len(about) > MOST:
            lines.append(words.say("refusal_more", count=str(len(about) - MOST)))
        lines += [words.say("results_foot"), words.age(shown[0].support).split("\n")[0]]
        reply = Reply(
            "\n".join(line for line in lines if line),
            tuple(self.answerer.title_option(finding.support) for finding in shown),
        )
        session = session._replace(focus="")
        cites = tuple(dict.fromkeys(finding.support.clause for finding in shown))
        return Turn(session, (reply,), cites=cites, outcome="answer")

    def about(self, session: Session, topic: str) -> Sequence[Finding]:
        """The supports that go by a topic: in their titles first, then among their keywords."""
        found = self.interview.findings(session.profile)
        titled = [f for f in found if topic in f.support.title or topic in f.support.amount]
        return [*titled, *(f for f in found if topic in f.support.keywords and f not in titled)]

    def _line(self, finding: Finding, session: Session) -> str:
        words, title = self.answerer.words, finding.support.title
        if finding.verdict is Verdict.MAYBE:
            return words.say("line_maybe", title=title, missing=words.missing(finding))
        if finding.verdict is Verdict.NOT_APPLICABLE:
            return words.say("refusal_not", title=title, reason=words.refusal(finding))
        more = words.demands(finding.support, session.profile)
        if more:
            return words.say("refusal_fits", title=title, what="；".join(more))
        return words.say("refusal_applies", title=title)
