"""Random conversations: any input in any state leads to a valid turn and session."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from bot.core.dialogue.actions.commands import COMMANDS
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.dialogue.policy import PLAIN_COMMANDS, POLICY
from bot.core.dialogue.understanding.understand import understand
from bot.core.dialogue.whose_matter import read_facts
from bot.core.domain.knowledge import Knowledge
from bot.core.domain.replies import Turn
from bot.core.domain.session import Answer, Session, Utterance
from tests.knowledge_base import DAY, all_questions

GARBAGE = (
    "",
    " ",
    "x" * 3000,
    "政策" * 1500,
    "？" * 3000,
    "😀👨‍👩‍👧",
    "\x00\x1b[31m\x07",
    "\ud800坏\udfff",
    "\u202eتوكيل\u202c مرحبا",
    "'; DROP TABLE sessions; --",
    "<script>alert(1)</script>",
    "{lead}{0}{{%s",
    "a:identity:student",
    "c:forget",
    "\u200b\ufeff",
    "﷽" * 200,
    "١٢٣",
    "Ⅷ",
    "1e999",
    "-1",
    "0",
    "NaN",
)
NUMBERS = ("1", "2", "１", "②", "第三个", "1和2", "1、2、3", "9", "15", "99", "十三", "1 2 9")
STALE = (
    "s:gone",
    "f:who:gone",
    "a:gone:x",
    "a:identity:gone",
    "c:gone",
    "c:edit:gone",
    "zzz",
    ":",
)
FACTS = (
    "我是学生",
    "我不是学生",
    "不对，我毕业了",
    "又是学生又是海归",
    "我在柳北区",
    "还没注册",
    "我们公司开了十年",
    "资金和场地",
    "都不是",
    "不在柳州",
)
MAX_COMMAND = 6
MAY_REMOVE_ANSWERS = {
    "back",
    "return",
    "restart",
    "restart_yes",
    "forget",
    "forget_yes",
    "edit",
}
# A part that matches contains a question word and therefore states no fact.
ASKS = re.compile(r"吗|什么|怎么|如何|哪|谁|多少|能不能|有没有|可不可以|是不是|[?？]$")
PARTS = re.compile(r"[,，。.!！?？;；:：、…~～]+")


# A statement about the speaker inside a question: "我是学生能贷款吗", "能贷款吗 我是学生".
STATES_FACT = re.compile(r"(?:.*\s)?\s*(?:我|本人)(?:是|们|刚)")


def only_asks(text: str) -> bool:
    """Return whether every part of a text is a question and none states a fact."""
    parts = [p for p in PARTS.split(text.rstrip("?？。")) if p.strip()]
    return bool(parts) and all(ASKS.search(p) and not STATES_FACT.match(p) for p in parts)


QUESTIONS = tuple(q.text for q in all_questions() if only_asks(q.text))


def taps(knowledge: Knowledge) -> list[str]:
    """Return the ids of all options, and of some that left the knowledge."""
    found = [f"s:{s}" for s in knowledge.supports]
    found += [f"f:{f}:{s}" for f in knowledge.fields for s in knowledge.supports]
    found += [f"c:{thumb}:{s}" for thumb in ("useful", "useless") for s in knowledge.supports]
    return [*found, *STALE]


def said_for(command: str, knowledge: Knowledge) -> list[str]:
    """Return the short samples of the acts that give a command in every situation."""
    return [
        sample
        for act, samples in knowledge.acts.items()
        if PLAIN_COMMANDS.get(act, POLICY[act][0].action) == command and len(POLICY[act]) == 1
        for sample in samples
        if len(sample) <= MAX_COMMAND  # a longer one may speak of another person
    ]


def answers(knowledge: Knowledge) -> list[str]:
    """Return the ids of all answers, and of some with two choices."""
    return [
        f"a:{slot.id}:{picked}"
        for slot in knowledge.slots.values()
        for picked in (
            *(c.id for c in slot.choices),
            f"{slot.choices[0].id}+{slot.choices[-1].id}",
            f"{slot.choices[1].id}+gone",
        )
    ]


def samples(knowledge: Knowledge) -> list[str]:
    """Return the sample questions of all supports."""
    return [q for s in knowledge.supports.values() for q in s.questions if only_asks(q)]


class RandomConversation(RuleBasedStateMachine):
    """One user who types and taps anything."""

    base: KnowledgeBase

    def __init__(self) -> None:
        super().__init__()
        self.session = Session()
        self.turn: Turn | None = None
        knowledge = self.base.knowledge
        self.names = {
            "tap": taps(knowledge),
            "answer": answers(knowledge),
            "command": [*COMMANDS, *(f"edit:{s}" for s in knowledge.slots)],
            "question": [*QUESTIONS, *samples(knowledge)],
        }

    def take(self, said: Utterance) -> tuple[Answer, ...]:
        """Take one step and return the answers before it."""
        before = self.session.answers
        self.turn = step(self.session, said, self.base, DAY)
        self.session = self.turn.session
        return before

    def pick(self, data: st.DataObject, kind: str) -> str:
        return data.draw(st.sampled_from(self.names[kind]), kind)

    @rule(data=st.data())
    def tap(self, data: st.DataObject) -> None:
        before = self.take(Utterance(choice=self.pick(data, "tap")))
        assert self.session.answers == before

    @rule(data=st.data())
    def tap_an_answer(self, data: st.DataObject) -> None:
        picked = self.pick(data, "answer")
        before = self.take(Utterance(choice=picked))
        slot = picked.split(":")[1]
        assert [a for a in self.session.answers if a.slot != slot] == [
            a for a in before if a.slot != slot
        ]
        assert "+" in picked or self.session.profile[slot]

    @rule(data=st.data())
    def tap_what_is_offered(self, data: st.DataObject) -> None:
        if self.session.offered:
            option = data.draw(st.sampled_from(self.session.offered))
            self.take(Utterance(choice=option.id))

    @rule(data=st.data(), spoken=st.booleans())
    def command(self, data: st.DataObject, spoken: bool) -> None:
        name = self.pick(data, "command")
        pending, removal_offered = self.session.pending, self.removal_offered()
        words = said_for(name, self.base.knowledge)
        if spoken and words:
            before = self.take(Utterance(data.draw(st.sampled_from(words))))
        else:
            before = self.take(Utterance(choice=f"c:{name}"))
        if name.split(":")[0] in MAY_REMOVE_ANSWERS or (spoken and removal_offered):
            return  # a sentence may be a yes to the question whether to start again
        kept = {a.slot: a.choices for a in self.session.answers}
        for answer in before:
            skipped = name in ("skip", "unsure") and answer.slot == pending
            assert skipped or kept.get(answer.slot) == answer.choices, (name, answer)

    def removal_offered(self) -> bool:
        """Return whether a choice that may remove answers is offered."""
        offered = [o.id.split(":") for o in self.session.offered]
        return any(kind == "c" and rest[0] in MAY_REMOVE_ANSWERS for kind, *rest in offered)

    @rule(data=st.data())
    def question(self, data: st.DataObject) -> None:
        text = self.pick(data, "question")
        context = self.base.context(DAY)
        acts = understand(context, Session(), text).acts
        presumes_identity = acts[-1].name == "list" and not acts[-1].argument
        facts = read_facts(context, self.session, text)
        act = self.base.acts.exact(self.base.reader.clean(text))
        if act or presumes_identity or facts.stated or facts.denied or facts.about:
            return  # "导师有什么待遇" fills the identity, "我是学生，能贷款吗" states it
        before = self.take(Utterance(text))
        if not self.session.about:
            assert self.session.answers == before, text
        assert self.turn is not None
        assert self.turn.outcome in ("answer", "clarify", "unknown", None)

    @rule(text=st.sampled_from(GARBAGE) | st.text(max_size=40))
    def garbage(self, text: str) -> None:
        before = self.take(Utterance(text))
        if text in GARBAGE and text != "0":
            assert self.session.answers == before, text

    @rule(text=st.sampled_from(GARBAGE) | st.text(max_size=40))
    def garbage_button(self, text: str) -> None:
        if not text.startswith(("a:", "c:")):
            before = self.take(Utterance(choice=text))
            assert self.session.answers == before

    @rule(text=st.sampled_from(NUMBERS))
    def number(self, text: str) -> None:
        risky = self.removal_offered()
        before = {a.slot for a in self.take(Utterance(text))}
        assert risky or before <= {a.slot for a in self.session.answers}

    @rule(text=st.sampled_from(FACTS))
    def fact(self, text: str) -> None:
        before = {a.slot for a in self.take(Utterance(text))}
        assert before - {"identity"} <= {a.slot for a in self.session.answers}

    @invariant()
    def every_reply_has_text(self) -> None:
        if self.turn is None:
            return
        assert self.turn.replies
        for reply in self.turn.replies:
            assert reply.text.strip()
            reply.text.encode("utf-8")

    @invariant()
    def options_have_short_ids_and_distinct_labels(self) -> None:
        for reply in self.turn.replies if self.turn else ():
            labels = [o.label for o in reply.choices]
            assert len(labels) == len(set(labels)), labels
            for option in reply.choices:
                assert len(option.id.encode()) <= 48
                assert option.label.strip()

    @invariant()
    def the_session_is_the_same_after_a_round_trip_as_json(self) -> None:
        stored = json.dumps(self.session.dump(), ensure_ascii=False)
        stored.encode("utf-8")
        assert Session.load(json.loads(stored)) == self.session

    @invariant()
    def the_record_is_plain_json(self) -> None:
        if self.turn:
            json.dumps(self.turn.record(), ensure_ascii=False).encode("utf-8")

    @invariant()
    def answers_are_valid_choices_of_the_knowledge(self) -> None:
        for answer in self.session.answers:
            slot = self.base.knowledge.slots[answer.slot]
            assert all(slot.choice(c) for c in answer.choices)
            assert slot.multiple or len(answer.choices) <= 1
            assert not (slot.none_choice in answer.choices and len(answer.choices) > 1)


@pytest.mark.parametrize("examples", [25])
def test_random_conversations_keep_all_invariants(base: KnowledgeBase, examples: int) -> None:
    machine: Any = type("BoundConversation", (RandomConversation,), {"base": base})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_question_fills_a_slot_in_any_state(base: KnowledgeBase) -> None:
    """Each question once; the states take turns."""
    states = [Session()]
    for taps_before in (["c:start"], ["c:start", "a:identity:none"], ["c:results"]):
        session = Session()
        for each in taps_before:
            session = step(session, Utterance(choice=each), base, DAY).session
        states.append(session)
    filled = []
    for number, text in enumerate(QUESTIONS):
        if base.acts.exact(base.reader.clean(text)):
            continue
        session = states[number % len(states)]
        turn = step(session, Utterance(text), base, DAY)
        assert turn.replies[0].text
        told = base.reader.facts(text).sure
        own = turn.session.turned_to("")
        moved = session.pending and own.pending != session.pending
        if not told and (own.answers != session.answers or moved):
            filled.append(text)
    assert not filled


def test_no_sample_question_is_taken_only_for_an_answer_of_the_interview(
    base: KnowledgeBase,
) -> None:
    context = base.context(DAY)
    session = step(Session(), Utterance(choice="c:start"), base, DAY).session
    unanswered = []
    for slot in base.knowledge.slots:
        asked = session._replace(pending=slot)
        for text in samples(base.knowledge):
            if slot in read_facts(context, asked, text).stated:
                acts = understand(context, asked, text).acts
                unanswered += [text] if acts[-1].name == "answer_slot" else []
    assert not unanswered
