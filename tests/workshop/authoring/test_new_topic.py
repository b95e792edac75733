"""From a question that no policy covers to a topic that `check` accepts."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.readers.loader import load, scenarios
from bot.errors import EditRefused
from bot.workshop.authoring.dialogue import Leave
from bot.workshop.authoring.new_topic import new_topic
from bot.workshop.editing.operations import NEW_SCENARIOS, NEW_TOPICS, add_topic
from bot.workshop.editing.saving import save_all
from tests.content.sample_folder import checked, edit
from tests.workshop.authoring.scripted import Scripted

TAKEN = ["〔姓名〕摆摊要办什么证", "公积金怎么取"]
PROPOSED = ["火星上怎么种土豆", "〔姓名〕摆摊的证去哪办", "怎么休学甲"]
ANSWERS = [
    "打 0772-1234567 办证", "摆摊许可",
    "fund", "new", "street-stalls",  # taken, no id, right
    "9", "1",  # the hotline
    "公积金", "摆摊证 摊位证",
    "1",  # the proposed question
    "怎么休学甲", "摆地摊犯法吗", "",
]  # fmt: skip


@pytest.fixture
def made(folder: Path) -> Scripted:
    edit(folder, "bureaus.yaml", '{number: "12345"', '{id: city, number: "12345"')
    dialogue = Scripted(ANSWERS)
    save_all(folder, new_topic(dialogue, folder, TAKEN, PROPOSED))
    return dialogue


def test_the_topic_and_its_scenario_pass_every_check(folder: Path, made: Scripted) -> None:
    assert checked(folder) == []
    assert made.left == []
    topic = load(folder).signposts["street-stalls"]
    assert (topic.title, topic.hotline) == ("摆摊许可", "12345")
    assert "hotline: city" in (folder / NEW_TOPICS).read_text("utf-8")
    assert topic.keywords == ("摆摊证", "摊位证")
    assert topic.questions == ("摆摊要办什么证", "摆摊的证去哪办", "摆地摊犯法吗")
    [added] = [each for each in scenarios(folder) if each.file == NEW_SCENARIOS]
    [step] = added.talk
    assert (step.say, step.expect.outcome) == ("摆摊要办什么证", "unknown")
    assert step.expect.says == ("摆摊许可",)


@pytest.mark.parametrize(
    "said",
    [
        "“0772-1234567”像电话号码",
        "已经有编号是“fund”的指路牌了",
        "已经有编号是“new”的指路牌了",
        "没有“9”，请写 1 到 2",
        "问法“怎么休学甲”重复",
    ],
)
def test_what_check_would_refuse_is_refused_at_once(made: Scripted, said: str) -> None:
    assert said in made.shown


def test_a_second_topic_goes_into_the_same_file(folder: Path, made: Scripted) -> None:
    answers = ["写诗", "poems", "2", "写诗", "写首诗", ""]
    save_all(folder, new_topic(Scripted(answers), folder))
    assert checked(folder) == []
    topics = load(folder).signposts
    assert {"street-stalls", "poems"} <= {*topics}
    assert topics["poems"].hotline == ""
    with pytest.raises(EditRefused, match="已经有编号"):
        add_topic(folder, {"id": "poems"})


@pytest.mark.parametrize("count", range(0, len(ANSWERS), 3))
def test_leaving_at_any_question_writes_nothing(folder: Path, count: int) -> None:
    with pytest.raises(Leave):
        new_topic(Scripted([*ANSWERS[:count], "退出"]), folder, TAKEN, PROPOSED)
    assert not (folder / NEW_TOPICS).exists()
    assert not (folder / NEW_SCENARIOS).exists()
