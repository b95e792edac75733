"""A second, invented policy beside the real one, and another city: only files are added."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.app import composition
from bot.content.checks.required_phrases import required_phrases
from bot.content.checks.run import examine
from bot.content.checks.scenario_runner import check_scenarios
from bot.content.readers.loader import load
from bot.content.readers.place import time_zone
from bot.content.search.classifier_cache import act_model_for
from bot.content.search.index_cache import index_for
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.single_turn import ask
from bot.core.domain.knowledge import PolicyStatus, Supersedes, SupportStatus
from tests.core.small_knowledge import ids_of, talk, text_of
from tests.knowledge_base import DAY, KNOWLEDGE

FICTIONAL = Path(__file__).parent / "fictional"
BUREAU = "  - {name: 虚构小店局, now: 云上市虚构小店局, confidence: B, aliases: [小店管理处]}\n"


def built(folder: Path, cache: Path, *changes: tuple[str, str, str]) -> KnowledgeBase:
    """Return the real knowledge with the invented policy; `changes` are file, old and new text."""
    copied(folder)
    for file, old, new in changes:
        edit(folder, file, old, new)
    knowledge = load(folder)
    index = index_for(knowledge, cache, prefer_rust=False)
    return KnowledgeBase(knowledge, index, act_model_for(knowledge, index.analyzer, cache))


def copied(folder: Path) -> None:
    """Write the files of the real knowledge and of the invented policy into a folder."""
    shutil.copytree(KNOWLEDGE, folder)
    for kind in ("policies", "sources", "scenarios"):
        shutil.copytree(FICTIONAL / kind, folder / kind, dirs_exist_ok=True)
    edit(folder, "bureaus.yaml", "bureaus:\n", f"bureaus:\n{BUREAU}")


def edit(folder: Path, name: str, old: str, new: str) -> None:
    file = folder / name
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> KnowledgeBase:
    """Return the real knowledge with the invented policy, which is in force."""
    return built(tmp_path_factory.mktemp("both") / "knowledge", cache)


@pytest.fixture(scope="module")
def undecided(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> KnowledgeBase:
    """Return both policies, neither known to be in force and nothing superseded."""
    file = "policies/cloud-2024-shops/policy.yaml"
    entry = "  - {policy: liuzhou-2016-makerspace, supports: [startup-guarantee-loan]}\n"
    folder = tmp_path_factory.mktemp("undecided") / "knowledge"
    return built(
        folder,
        cache,
        (file, "status: in_force\nlast_verified: 2025-12-01\n", "status: unverified\n"),
        (file, f"supersedes:\n{entry}", ""),
    )


def test_the_invented_policy_passes_the_checks_with_its_own_scenarios(
    both: KnowledgeBase, tmp_path: Path
) -> None:
    folder = tmp_path / "knowledge"
    copied(folder)
    found = examine(folder, DAY, required_phrases())
    assert found.problems == []
    own = [each for each in found.scenarios if each.file == "scenarios/cloud-paper.yaml"]
    assert len(own) == 2
    assert check_scenarios(own, both, DAY) == []


def test_each_reply_names_its_paper_and_its_date(both: KnowledgeBase) -> None:
    assert "云上市小店成长办法（2024-03-01）第一条" in text_of(talk(both, "s:cloud-shop-loan")[-1])
    real = text_of(talk(both, "s:leave-and-keep-enrolment")[-1])
    assert "柳州市大力促进众创空间发展工作方案（2016-02-05）" in real


def test_what_is_superseded_gives_way_to_its_replacement(both: KnowledgeBase) -> None:
    answer = ask("没有抵押的创业者，创业担保贷款能申请吗", both, DAY)
    assert answer["matches"][0]["support"] == "cloud-shop-loan"
    assert "最高8万元" in answer["reply"]


def test_the_policy_in_force_leads_among_look_alikes(both: KnowledgeBase) -> None:
    answer = ask("市里的创新创业大赛、电商创业大赛", both, DAY)
    assert answer["matches"][0]["support"] == "cloud-contest"


def test_a_question_that_names_the_paper_gets_that_paper(both: KnowledgeBase) -> None:
    answer = ask("2016年那份文件里的创新创业大赛、电商创业大赛", both, DAY)
    assert answer["matches"][0]["support"] == "startup-contests"


@pytest.mark.parametrize(
    "said", ["2024年那份文件里有哪些扶持", "云上小店办法写了什么", "云上市小店成长办法里面有什么"]
)
def test_what_a_paper_has_is_listed(said: str, both: KnowledgeBase) -> None:
    turn = talk(both, said)[-1]
    assert [o for o in ids_of(turn) if o.startswith("s:")] == [
        "s:cloud-shop-loan",
        "s:cloud-contest",
    ]
    assert "《云上市小店成长办法》（2024-03-01）里有这几项" in text_of(turn)
    assert set(turn.cites) == {"cloud-1", "cloud-2"}


def test_what_the_older_paper_has_is_listed_too(both: KnowledgeBase) -> None:
    turn = talk(both, "2016年的文件有什么")[-1]
    policies = {both.knowledge.supports[o[2:]].policy for o in ids_of(turn) if o[:2] == "s:"}
    assert policies == {"liuzhou-2016-makerspace"}
    assert "里有这几项" in text_of(turn)


def test_a_question_on_one_support_of_a_named_paper_is_no_list(both: KnowledgeBase) -> None:
    assert "里有这几项" not in text_of(talk(both, "2024年的文件里小店主能贷多少")[-1])
    assert "里有这几项" not in text_of(talk(both, "2024年的文件还有效吗")[-1])


@pytest.mark.parametrize(
    "said", ["农民工的创业贷款能借多少", "我打工回来，农民工创业担保贷款怎么贷"]
)
def test_a_look_alike_does_not_take_a_question_that_names_another_support(
    said: str, both: KnowledgeBase
) -> None:
    answer = ask(said, both, DAY)
    assert answer["matches"][0]["support"] == "migrant-startup-loan"
    assert "8万元" not in answer["reply"]


def test_look_alikes_that_nothing_settles_are_asked_for(undecided: KnowledgeBase) -> None:
    turn = talk(undecided, "市里的创新创业大赛、电商创业大赛")[-1]
    assert turn.outcome == "clarify"
    assert "您问的是哪一份文件的" in text_of(turn)
    assert {"s:startup-contests", "s:cloud-contest"} <= set(ids_of(turn))
    assert "云朵小店比赛（2024 年，云上小店办法）" in [o.label for o in turn.replies[0].choices]


def test_other_questions_are_answered_as_before(both: KnowledgeBase, base: KnowledgeBase) -> None:
    for question in ("休学创业能保留学籍吗", "一址多照", "众创空间场地能免费吗"):
        first = [ask(question, each, DAY)["matches"][0]["support"] for each in (both, base)]
        assert first[0] == first[1], question


def test_a_list_tells_the_age_of_each_of_its_papers(both: KnowledgeBase) -> None:
    pages = talk(both, "c:results", *["更多"] * 9)
    text = "\n".join(map(text_of, pages))
    assert "《云上小店办法》（2024-03-01）最近核实：2025-12-01" in text
    assert "（2016-02-05）⚠ 文件目标年是 2020 年" in text


@pytest.mark.parametrize("said", ["帮助", "你是谁"])
def test_help_and_who_are_you_name_all_papers(said: str, both: KnowledgeBase) -> None:
    text = text_of(talk(both, said)[-1])
    assert "两份文件" in text
    assert "云上市虚构办公室印发的《云上市小店成长办法》（2024-03-01）" in text
    assert "《柳州市大力促进众创空间发展工作方案》（2016-02-05）" in text


def test_what_no_paper_covers_is_said_of_all_papers(both: KnowledgeBase) -> None:
    assert "这几份文件不管这个" in text_of(talk(both, "公积金怎么取出来")[-1])


def test_the_papers_are_listed_the_newest_first(both: KnowledgeBase) -> None:
    text = text_of(talk(both, "你知道哪些文件")[-1])
    assert text.index("云上市小店成长办法") < text.index("柳州市大力促进")


def test_validity_is_told_of_the_paper_in_focus_else_of_all(both: KnowledgeBase) -> None:
    focus = text_of(talk(both, "s:cloud-shop-loan", "文件还有效吗")[-1])
    assert "云上市小店成长办法" in focus
    assert "众创空间发展工作方案" not in focus
    text = text_of(talk(both, "文件还有效吗")[-1])
    assert "最近核实：2025-12-01" in text
    assert "众创空间发展工作方案" in text


def test_a_covered_topic_is_not_out_of_scope_any_more(both: KnowledgeBase) -> None:
    assert "business-tips" not in both.knowledge.signposts


def test_an_alias_is_a_name_of_a_bureau_in_a_clause(both: KnowledgeBase) -> None:
    bureau = both.knowledge.bureau("市小店管理处")
    assert bureau is not None
    assert bureau.name == "虚构小店局"


def test_another_city_is_another_place_file(
    tmp_path_factory: pytest.TempPathFactory, cache: Path
) -> None:
    folder = tmp_path_factory.mktemp("city") / "knowledge"
    shutil.copytree(KNOWLEDGE, folder)
    shutil.copy(FICTIONAL / "place.yaml", folder)
    knowledge = load(folder)
    index = index_for(knowledge, cache, prefer_rust=False)
    base = KnowledgeBase(knowledge, index, act_model_for(knowledge, index.analyzer, cache))

    greeting = text_of(talk(base, "你好")[-1])
    assert "我是云上通" in greeting
    assert "云上众创空间" in greeting
    assert "12333" in text_of(talk(base, "帮助")[-1])
    assert "我只知道云上的" in text_of(talk(base, "桂林开店有补贴吗")[-1]) + text_of(
        talk(base, "南宁众创空间补贴多少")[-1]
    )
    assert knowledge.say("web_hotline") == "12333"
    assert time_zone(folder).key == "Asia/Tokyo"
    assert time_zone(KNOWLEDGE).key == "Asia/Shanghai"
    east = datetime.now(timezone(timedelta(hours=9))).date()
    assert composition.today(knowledge) == east


def test_what_is_superseded_is_marked_and_never_fits(both: KnowledgeBase) -> None:
    text = text_of(talk(both, "s:startup-guarantee-loan")[-1])
    assert text.startswith("⚠ 这一项已被新文件代替")
    assert both.knowledge.closure(both.knowledge.supports["startup-guarantee-loan"], DAY)
    assert not both.knowledge.closure(both.knowledge.supports["startup-contests"], DAY)


def test_a_paper_that_is_not_in_force_yet_supersedes_nothing(both: KnowledgeBase) -> None:
    knowledge = both.knowledge
    old = knowledge.policies["liuzhou-2016-makerspace"]
    new = replace(
        knowledge.policies["cloud-2024-shops"],
        effective=DAY + timedelta(days=1),
        supersedes=(Supersedes(old.id),),
    )
    later = replace(knowledge, policies={old.id: old, new.id: new})
    assert later.policy_status(old, DAY) is old.status
    assert not later.is_superseded("startup-guarantee-loan", DAY)
    assert later.policy_status(old, DAY + timedelta(days=1)) is PolicyStatus.SUPERSEDED
    assert later.is_superseded("startup-guarantee-loan", DAY + timedelta(days=1))


def test_a_look_alike_that_is_used_up_gives_way(both: KnowledgeBase) -> None:
    knowledge = both.knowledge
    assert knowledge.precedes("cloud-contest", "startup-contests", DAY)
    contest = replace(knowledge.supports["cloud-contest"], status=SupportStatus.EXHAUSTED)
    used_up = replace(knowledge, supports={**knowledge.supports, contest.id: contest})
    assert used_up.precedes("startup-contests", "cloud-contest", DAY)
