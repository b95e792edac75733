"""The composition root: the result link, `chat --jsonl`, and loading of checked knowledge."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import composition
from bot.app.server import result_link
from bot.channels.web.http.signing import read_result
from bot.config import Settings
from bot.core.dialogue import manager
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.json_codec import dump, load
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session, Utterance
from bot.errors import KnowledgeError, Problem
from bot.service.ports import Incoming, Step
from tests.content.sample_folder import SCENARIOS, SYNONYMS, VENUE, edit
from tests.content.sample_knowledge import playable

KEY = b"a key for tests, thirty-two long"
PUBLIC = "https://chuang.example.cn"
# 20:00 UTC is 04:00 of the next day in Liuzhou.
EVENING = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


def linked(base: KnowledgeBase, public_url: str = PUBLIC) -> Step:
    """Return the step function of the messengers."""
    return composition.step_over(lambda: base, result_link(public_url, KEY, lambda: base))


def conversation(step: Step, *said: str) -> list[Turn]:
    """Return the turns of a conversation of taps and texts."""
    turns, session = [], Session()
    for count, what in enumerate(said):
        tapped = what[1:2] == ":"
        utterance = Utterance(choice=what) if tapped else Utterance(text=what)
        turn = step(session, Incoming("telegram:1", str(count), utterance, EVENING))
        turns.append(turn)
        session = turn.session
    return turns


def links(turn: Turn) -> list[str]:
    """Return the links of a turn that lead to this service."""
    urls = [link.url for reply in turn.replies for link in reply.links]
    return [url for url in urls if url.startswith(PUBLIC)]


def test_only_results_link_to_the_result_page(base: KnowledgeBase) -> None:
    talk = ("c:start", "a:identity:student", "a:stage:idea", "c:skip", "c:skip", "c:others")
    *before, results, others = conversation(linked(base), *talk)
    assert [links(turn) for turn in (*before, others)] == [[]] * 5
    (url,) = links(results)
    shared = read_result(KEY, url.removeprefix(f"{PUBLIC}/r/"), base.knowledge.slots)
    assert shared
    assert shared.profile == {"identity": ("student",), "stage": ("idea",)}
    assert shared.version == base.knowledge.version
    assert shared.day == date(2026, 11, 24)
    assert [bool(reply.links) for reply in results.replies][-1]
    label = results.replies[-1].links[-1].label
    assert label == base.knowledge.phrases["result_page"]


TALKS = (
    ("c:start", "a:identity:student", "a:stage:idea", "c:skip", "结果"),
    ("c:start", "a:identity:student", "a:stage:idea", "c:unsure", "结果"),
    ("c:start", "a:identity:student", "怎么休学", "a:stage:idea", "c:skip", "结果"),
    ("c:start", "a:identity:student", "有什么贷款", "a:stage:idea", "c:skip", "结果", "2"),
    ("c:start", "a:identity:veteran", "a:stage:idea", "c:skip", "结果", "2"),
    ("c:start", "c:skip", "a:stage:idea", "c:skip", "结果", "c:more", "2"),
)


def test_equal_sessions_and_inputs_share_one_turn(
    base: KnowledgeBase,
) -> None:
    step = linked(base)
    for talk in TALKS:
        for ours, theirs in zip(conversation(step, *talk), conversation(step, *talk), strict=True):
            assert ours is theirs


def test_a_cached_turn_equals_a_computed_one(base: KnowledgeBase) -> None:
    step, link = linked(base), result_link(PUBLIC, KEY, lambda: base)
    assert link
    for _ in range(2):
        for talk in TALKS:
            session = Session()
            for what, turn in zip(talk, conversation(step, *talk), strict=True):
                tapped = what[1:2] == ":"
                utterance = Utterance(choice=what) if tapped else Utterance(text=what)
                utterance = replace(utterance, push=True)  # Telegram can send at any time
                fresh = manager.step(session, utterance, base, date(2026, 11, 24))
                assert turn.session == fresh.session
                assert [r.text for r in turn.replies] == [r.text for r in fresh.replies]
                assert load(dump(turn.record())) == turn.record()
                assert Session.load(load(dump(turn.session.dump()))) == turn.session
                session = fresh.session


def test_a_turn_is_computed_again_on_the_next_day(base: KnowledgeBase) -> None:
    step, said = linked(base), Utterance("结果")
    session = Session().with_answer("identity", ["student"])
    first, second = (
        step(session, Incoming("telegram:1", "1", said, EVENING + timedelta(days=days)))
        for days in (0, 1)
    )
    days = []
    for turn in (first, second):
        shared = read_result(
            KEY, links(turn)[0].removeprefix(f"{PUBLIC}/r/"), base.knowledge.slots
        )
        assert shared
        days.append(shared.day)
    assert days == [date(2026, 11, 24), date(2026, 11, 25)]


def test_without_a_public_url_there_is_no_link(base: KnowledgeBase) -> None:
    assert result_link("", KEY, lambda: base) is None
    results = conversation(linked(base, ""), "a:identity:student", "结果")[-1]
    assert results.findings
    assert links(results) == []


def test_results_of_an_empty_profile_have_no_link(base: KnowledgeBase) -> None:
    results = conversation(linked(base), "结果")[-1]
    assert results.findings
    assert links(results) == []


def test_the_step_uses_the_knowledge_that_is_live_at_each_message(base: KnowledgeBase) -> None:
    served: list[KnowledgeBase] = []

    def live() -> KnowledgeBase:
        served.append(base)
        return base

    conversation(composition.step_over(live), "c:start", "你好")
    assert len(served) == 2, "once a turn, so that a turn never sees half of each"


def chat_lines(base: KnowledgeBase, *items: Any) -> list[dict[str, Any]]:
    """Return what `chat --jsonl` writes for these lines."""
    out: list[dict[str, Any]] = []
    lines: Iterator[Any] = iter(items)
    work = composition.chat_lines(base, composition.MEMORY, Settings(), lines, out.append)
    assert asyncio.run(work) == 0
    return out


def test_each_input_line_gets_one_object_in_order(base: KnowledgeBase) -> None:
    said = [
        {"user": "a", "choice": "a:identity:student"},
        {"user": "b", "text": "结果"},
        {"user": "a", "choice": "c:me"},
        {"user": "a", "text": ""},
    ]
    out = chat_lines(base, *said)
    assert [line["user"] for line in out] == ["a", "b", "a", "a"]
    assert [line["profile"] for line in out] == [
        {"identity": ["student"]}, {}, {"identity": ["student"]}, {"identity": ["student"]},
    ]  # fmt: skip
    assert out[1]["mode"] == "results"
    assert all(line["replies"] for line in out)


@pytest.mark.parametrize(
    ("item", "word"),
    [
        ({"error": "这一行不是 JSON 对象"}, "JSON"),
        ({}, "user"),
        ({"user": ""}, "user"),
        ({"user": 3, "text": "好"}, "user"),
        ({"user": "a"}, "text"),
        ({"user": "a", "text": None}, "text"),
        ({"user": "a", "choice": ["c:me"]}, "choice"),
    ],
)
def test_a_bad_line_gets_an_error_and_the_conversation_continues(
    base: KnowledgeBase, item: dict[str, Any], word: str
) -> None:
    wrong, right = chat_lines(base, item, {"user": "a", "text": "你好"})
    assert word in wrong["error"]
    assert wrong["user"] == item.get("user")
    assert right["replies"]


def test_any_text_and_any_user_name_are_accepted(base: KnowledgeBase) -> None:
    odd = ["\ud800", "\x00", "a" * 5_000, "名字\n", "😀"]
    out = chat_lines(base, *({"user": name, "text": name} for name in odd))
    assert [line["user"] for line in out] == odd
    assert all(line.get("replies") for line in out)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a small knowledge folder without problems."""
    return playable(tmp_path / "knowledge")


def refused(folder: Path, home: Path) -> list[Problem]:
    with pytest.raises(KnowledgeError) as caught:
        composition.checked_base(folder, home)
    assert composition.check(folder, home).problems == caught.value.problems
    assert composition.prepare(folder, home)["version"] == ""
    return list(caught.value.problems)


def test_a_folder_without_problems_is_served(folder: Path, tmp_path: Path) -> None:
    base = composition.checked_base(folder, tmp_path)
    assert composition.check(folder, tmp_path).problems == ()
    assert composition.prepare(folder, tmp_path) == {
        "version": base.knowledge.version,
        "problems": [],
    }


def test_a_malformed_folder_is_refused_with_all_problems(folder: Path, tmp_path: Path) -> None:
    first = edit(folder, "interview.yaml", "name: 身份", "nmae: 身份")
    second = edit(folder, SYNONYMS, "休学: [停学, 缓一年]", "休学: 停学")
    places = [(problem.file, problem.line) for problem in refused(folder, tmp_path)]
    assert ("interview.yaml", first) in places
    assert (SYNONYMS, second) in places


def test_a_folder_with_a_wrong_quote_is_refused(folder: Path, tmp_path: Path) -> None:
    line = edit(folder, VENUE, "quote: 给予最多5万", "quote: 给予最多6万")
    found = refused(folder, tmp_path)
    assert (VENUE, line) in [(problem.file, problem.line) for problem in found]
    # The form is valid, so the service may start with it while the checks run.
    assert composition.load_base(folder, tmp_path).knowledge.supports


def test_a_folder_whose_scenario_fails_is_refused(folder: Path, tmp_path: Path) -> None:
    line = edit(folder, SCENARIOS, "says: 保留学籍", "says: 不保留学籍")
    (problem,) = refused(folder, tmp_path)
    assert problem.file == SCENARIOS
    assert abs(problem.line - line) <= 3
    assert "不保留学籍" in problem.message


def test_a_subprocess_finds_the_same_problems(
    folder: Path, tmp_path: Path, base: KnowledgeBase
) -> None:
    fresh = composition.fresh_base(folder, tmp_path, base)
    assert fresh.knowledge.version == composition.checked_base(folder, tmp_path).knowledge.version
    edit(folder, SCENARIOS, "says: 保留学籍", "says: 不保留学籍")
    edit(folder, "bureaus.yaml", "note: 名称看来未变", "note: 打2825000")
    with pytest.raises(KnowledgeError) as caught:
        composition.fresh_base(folder, tmp_path, base)
    assert list(caught.value.problems) == refused(folder, tmp_path)


def test_the_live_version_is_checked_but_not_loaded_again(folder: Path, tmp_path: Path) -> None:
    live = composition.load_base(folder, tmp_path)
    assert composition.fresh_base(folder, tmp_path, live) is live
    edit(folder, SCENARIOS, "says: 保留学籍", "says: 不保留学籍")
    with pytest.raises(KnowledgeError):
        composition.fresh_base(folder, tmp_path, live)


def test_the_first_start_builds_the_index_once(folder: Path, tmp_path: Path) -> None:
    base = composition.first_base(folder, tmp_path)
    (tables,) = (tmp_path / composition.CACHE).glob("tables-*.json")
    made = tables.stat().st_mtime_ns
    assert composition.first_base(folder, tmp_path).knowledge.version == base.knowledge.version
    assert tables.stat().st_mtime_ns == made
    assert (tmp_path / composition.CACHE).stat().st_mode & 0o077 == 0


def test_a_broken_folder_does_not_start(folder: Path, tmp_path: Path) -> None:
    (folder / "interview.yaml").unlink()
    with pytest.raises(KnowledgeError, match=r"interview\.yaml"):
        composition.first_base(folder, tmp_path)


def test_a_record_is_plain_json_and_is_not_stored(base: KnowledgeBase) -> None:
    record = composition.record(base, Session(), Utterance(choice="c:start"))
    assert json.loads(json.dumps(record)) == record
    assert record["mode"] == "interview"
    asked = composition.ask(base, "休学创业能保留学籍吗")
    assert (asked["outcome"], asked["matches"][0]["clause"]) == ("answer", "3.2")


def test_result_cards_are_the_supports_that_apply_or_may_apply(base: KnowledgeBase) -> None:
    profile = {"identity": ("student",)}
    cards = composition.result_cards(base, profile, date(2026, 11, 23))
    assert {card.verdict for card in cards} <= {"applies", "fits", "maybe"}
    assert "leave-and-keep-enrolment" in {card.support for card in cards}


def test_a_card_states_further_requirements_once(base: KnowledgeBase) -> None:
    cards = composition.result_cards(base, {"identity": ("migrant_worker",)}, date(2026, 11, 23))
    told = [sum(s.body.count("文件还要求") for s in card.sections) for card in cards]
    assert set(told) == {0, 1}


def test_a_forgetting_turn_removes_what_people_said_from_the_caches(base: KnowledgeBase) -> None:
    step = linked(base)
    conversation(step, "c:start", "我叫阿斑鸠想开网店有补贴吗", "怎么办离婚啊阿斑鸠")
    assert "阿斑鸠" in repr(vars(base.cache))
    conversation(step, "c:forget")
    assert "阿斑鸠" not in repr(vars(base.cache))
