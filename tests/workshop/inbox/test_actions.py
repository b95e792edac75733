"""An action writes a line and a scenario that hold together, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.content.readers.loader import load, scenarios
from bot.core.dialogue.manager import KnowledgeBase
from bot.errors import EditRefused
from bot.workshop.editing.saving import Edit, file_path, save
from bot.workshop.effects.answers import Answer, Kind
from bot.workshop.inbox import actions
from bot.workshop.inbox.actions import add_samples, add_topic_samples, add_word
from tests.content.sample_folder import SYNONYMS, TOPICS, VENUE, build

GRANT, NEW = "venue-grant", "摆个地摊要不要租金"
ADDITIONS = "scenarios/additions.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build(tmp_path / "knowledge")


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def refused(folder: Path, act: Callable[[], object], said: str) -> None:
    """Expect a refusal that changes nothing."""
    before = contents(folder)
    with pytest.raises(EditRefused, match=said):
        act()
    assert contents(folder) == before


def test_a_sample_comes_with_its_scenario(folder: Path) -> None:
    edits = add_samples(folder, [NEW], GRANT)
    assert [edit.file for edit in edits] == [VENUE, ADDITIONS]
    assert load(folder).supports[GRANT].questions[-1] == NEW
    line = file_path(folder, VENUE).read_text(encoding="utf-8").splitlines()[edits[0].line - 1]
    assert line == f"  - {NEW}"
    [scenario] = [s for s in scenarios(folder) if s.file.endswith("additions.yaml")]
    [step] = scenario.talk
    assert (step.say, step.expect.outcome, step.expect.focus) == (NEW, "answer", GRANT)


def test_a_topic_sample_expects_the_topic(folder: Path) -> None:
    topic = next(iter(load(folder).signposts.values()))
    edits = add_topic_samples(folder, [NEW], topic.id)
    assert [edit.file for edit in edits] == [TOPICS, ADDITIONS]
    assert load(folder).signposts[topic.id].questions[-1] == NEW
    expect = next(s for s in scenarios(folder) if s.talk[0].say == NEW).talk[0].expect
    assert (expect.outcome, expect.cites) == ("unknown", ())
    assert expect.says == ((topic.title,) if topic.hotline else ())


def test_every_text_of_a_group_is_added_once(folder: Path) -> None:
    known = load(folder).supports[GRANT].questions[0]
    add_samples(folder, [NEW, known, "租铺面有没有人帮出钱", f"{NEW}？"], GRANT)
    assert load(folder).supports[GRANT].questions[-2:] == (NEW, "租铺面有没有人帮出钱")
    assert [s.talk[0].say for s in scenarios(folder)][-2:] != [known, known]


def test_marks_of_what_was_scrubbed_are_not_written(folder: Path) -> None:
    add_samples(folder, [f"我叫〔姓名〕，{NEW}"], GRANT)
    assert load(folder).supports[GRANT].questions[-1] == f"我叫，{NEW}"
    refused(folder, lambda: add_samples(folder, ["〔号码〕"], GRANT), "没有问题原文")
    refused(folder, lambda: add_samples(folder, [""], GRANT), "--text")


def test_what_cannot_be_added_changes_nothing(folder: Path) -> None:
    known = load(folder).supports[GRANT].questions[0]
    refused(folder, lambda: add_samples(folder, [NEW], "venue-grnt"), "是不是想写“venue-grant”")
    refused(folder, lambda: add_samples(folder, [known], GRANT), "已经有了")
    refused(folder, lambda: add_topic_samples(folder, [NEW], "nothing"), "没有这个文件不管的事")


def test_a_scenario_that_cannot_be_written_takes_the_sample_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(where: Path, edit: Edit) -> Edit:
        if edit.file == ADDITIONS:
            raise EditRefused("写不了")
        return save(where, edit)

    monkeypatch.setattr(actions, "save", failing)
    refused(folder, lambda: add_samples(folder, [NEW], GRANT), "写不了")


def word(folder: Path, words: str, answer: Answer) -> list[Edit]:
    """Try a word; the answer of the changed knowledge is given."""
    tried = []

    def read(where: Path) -> KnowledgeBase:
        tried.append(load(where))
        return None  # type: ignore[return-value] # not looked at

    edits = add_word(folder, NEW, words, read, lambda _text, _base: answer)
    assert len(tried) == 1
    return edits


def test_a_synonym_is_written_if_the_question_is_answered_with_it(folder: Path) -> None:
    standard = next(iter(load(folder).synonyms))
    answer = Answer(Kind.ANSWERED, (GRANT,))
    for words, said in ((f"地摊={standard}", "地摊"), (f"{standard} = 摆摊", "摆摊")):
        edits = word(folder, words, answer)
        assert [edit.file for edit in edits] == [SYNONYMS, ADDITIONS]
        assert said in load(folder).synonyms[standard]
    names = [s.name for s in scenarios(folder) if s.file.endswith("additions.yaml")]
    assert len(names) == len(set(names)) == 2


def test_a_synonym_that_does_not_help_is_not_written(folder: Path) -> None:
    standard = next(iter(load(folder).synonyms))
    silent = Answer(Kind.UNKNOWN)
    refused(folder, lambda: word(folder, f"地摊={standard}", silent), "还是答不上来")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("地摊", "写成 说法=标准词"),
        ("地摊=", "写成 说法=标准词"),
        ("甲=乙=丙", "写成 说法=标准词"),
        ("地摊=火星", "都不是标准词"),
    ],
)
def test_a_word_that_is_unclear_is_refused(words: str, said: str, folder: Path) -> None:
    answer = Answer(Kind.ANSWERED, (GRANT,))
    refused(folder, lambda: word(folder, words, answer), said)
