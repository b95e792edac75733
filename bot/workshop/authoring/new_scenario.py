"""Record a conversation: an admin plays it, sees what the bot says, and keeps it as a scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from bot.content.readers.scenarios import Expect, Scenario, Step
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session, Utterance
from bot.errors import EditRefused
from bot.workshop.authoring.dialogue import Dialogue

# A turn as plain values: `Turn.record()`.
Record: TypeAlias = Mapping[str, Any]
# What the bot does with one message of a conversation.
Play = Callable[[Session, Utterance], Turn]

DONE = "写好了"
BACK = "撤回"
_TAP = ("#", "＃")
_HELP = f"打一句话，或“#1”点第一个按钮。“{BACK}”去掉上一句，“{DONE}”写进样例，“退出”什么都不写。"


def new_scenario(dialogue: Dialogue, play: Play) -> Scenario | None:
    """Return the conversation that the admin played, with what each reply must keep; None if
    nothing was said. Raises Leave."""
    dialogue.tell(f"演一段对话。{_HELP}")
    talk: list[Step] = []
    sessions = [Session()]
    turn: Turn | None = None
    while (said := dialogue.ask("\n您说")) != DONE:
        if said == BACK:
            if talk:
                talk.pop()
                sessions.pop()
                turn = None
            dialogue.tell(f"去掉了。现在有 {len(talk)} 句。")
            continue
        utterance = _utterance(said, turn)
        if utterance is None:
            dialogue.tell("没有这个按钮。" + _HELP)
            continue
        turn = play(sessions[-1], utterance)
        _show(dialogue, turn)
        record = turn.record()
        talk.append(played(utterance, expectations(record), record, _must_say(dialogue, record)))
        sessions.append(Session.load(turn.session.dump()))
    if not talk:
        return None
    first = talk[0].say or talk[0].tap
    name = dialogue.ask("给这段对话起个名字，说它证明什么", default=first)
    return Scenario(name, tuple(talk), "", 1)


def played(said: Utterance, expect: Expect, record: Record, words: str = "") -> Step:
    """Return a step of a scenario: what was said or tapped, and what its reply must keep.

    `expect`: what `expectations` found; `words`: what the reply must also say, apart by "；".
    Raises EditRefused for words that the reply does not say.
    """
    fault = missing(record, words)
    if fault:
        raise EditRefused(fault)
    expect = replace(expect, says=tuple(_parts(words)))
    if expect == Expect():
        # Nothing else is known of this reply: its first line must stay.
        expect = Expect(says=(shown_texts(record).split("\n", 1)[0],))
    return Step(said.text, said.choice, expect, "", 1)


def expectations(record: Record) -> Expect:
    """Return what the next knowledge must keep of a turn, given its record: its outcome, what it
    is about, what it rests on, what is asked next, what was noted and which supports fit."""
    profile: Mapping[str, Sequence[str]] = record["profile"]
    fits = tuple(each["support"] for each in record["findings"] if each["verdict"] == "applies")
    return Expect(
        outcome=record["outcome"],
        focus=record["focus"],
        cites=tuple(record["cites"]) or None,
        question=record["question"],
        profile={slot: tuple(choices) for slot, choices in profile.items()} or None,
        applies=fits or None,
    )


def missing(record: Record, words: str) -> str:
    """Return what is wrong with the words that a reply must say; "" if it says all of them."""
    visible = shown_texts(record)
    return "".join(f"回答里没有“{each}”。" for each in _parts(words) if each not in visible)


def shown_texts(record: Record) -> str:
    """Return all that a reply shows: its texts and the labels of its buttons."""
    replies = record["replies"]
    labels = [each["label"] for reply in replies for each in reply.get("choices", ())]
    return "\n".join([*(str(reply["text"]) for reply in replies), *labels])


def choices(turn: Turn) -> list[tuple[str, str]]:
    """Return the id and the label of each button of a turn."""
    return [(each.id, each.label) for reply in turn.replies for each in reply.choices]


def _utterance(said: str, turn: Turn | None) -> Utterance | None:
    """Return what was said or tapped; None for a button that is not there."""
    if not said.startswith(_TAP):
        return Utterance(text=said)
    number = said[1:].strip()
    buttons: Sequence[tuple[str, str]] = choices(turn) if turn else ()
    if number.isdecimal() and 1 <= int(number) <= len(buttons):
        return Utterance(choice=buttons[int(number) - 1][0])
    # An id of a button may be typed too, as in the files: #s:startup-loan.
    return Utterance(choice=number) if ":" in number else None


def _show(dialogue: Dialogue, turn: Turn) -> None:
    for reply in turn.replies:
        dialogue.tell(reply.text)
    for number, (_, label) in enumerate(choices(turn), 1):
        dialogue.tell(f"  #{number} {label}")


def _must_say(dialogue: Dialogue, record: Record) -> str:
    """Return words of the reply that later replies must have too."""
    return dialogue.ask(
        "以后也必须说到哪几个字？照抄，几处用“；”隔开",
        optional=True,
        check=lambda words: missing(record, words),
    )


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace(";", "；").split("；") if part.strip()]
