"""A conversation that was played becomes a scenario that holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.checks.scenario_runner import check_scenarios
from bot.content.readers.loader import scenarios
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session, Utterance
from bot.workshop.authoring.dialogue import Leave
from bot.workshop.authoring.new_scenario import choices, new_scenario
from bot.workshop.editing.operations import NEW_SCENARIOS, add_scenario
from tests.knowledge_base import DAY
from tests.workshop.authoring.scripted import Scripted


class Player:
    """Plays messages against the knowledge and keeps the turns."""

    def __init__(self, base: KnowledgeBase) -> None:
        self.base = base
        self.turns: list[Turn] = []

    def __call__(self, session: Session, said: Utterance) -> Turn:
        self.turns.append(step(session, said, self.base, DAY))
        return self.turns[-1]


def test_a_played_conversation_is_stored_and_holds(base: KnowledgeBase, folder: Path) -> None:
    player = Player(base)
    first = ["我是大学生", "没有这样说", "记下了", "#2", "", "#99"]
    later = ["天气怎么样", "", "撤回", "#c:results", "", "写好了", "学生看结果"]
    dialogue = Scripted([*first, *later])
    found = new_scenario(dialogue, player)
    assert found is not None
    assert "回答里没有“没有这样说”" in dialogue.shown
    assert "没有这个按钮" in dialogue.shown
    said, tapped, results = found.talk
    assert (said.say, said.expect.says) == ("我是大学生", ("记下了",))
    assert said.expect.profile == {"identity": ("student",)}
    assert tapped.tap == choices(player.turns[0])[1][0]
    assert results.tap == "c:results"
    assert results.expect.applies
    assert found.name == "学生看结果"
    add_scenario(folder, found)
    again = [each for each in scenarios(folder) if each.file == NEW_SCENARIOS]
    assert [len(each.talk) for each in again] == [3]
    assert check_scenarios(again, base, DAY) == []


def test_a_scenario_fails_when_the_answer_changes(base: KnowledgeBase) -> None:
    found = new_scenario(Scripted(["你是谁", "", "写好了", ""]), Player(base))
    assert found is not None
    assert found.name == "你是谁"
    asked = found.talk[0]
    other = asked.__class__("休学能保留学籍吗", "", asked.expect, "", 1)
    changed = found.__class__(found.name, (other,), "", 1)
    assert check_scenarios([changed], base, DAY) != []


def test_nothing_said_is_no_scenario_and_leaving_leaves(base: KnowledgeBase) -> None:
    assert new_scenario(Scripted(["写好了"]), Player(base)) is None
    with pytest.raises(Leave):
        new_scenario(Scripted(["我是大学生", "", "退出"]), Player(base))
