"""Each edit writes one line where it belongs, refuses what `check` would, and says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.content.readers.scenarios import Expect, Scenario, Step
from bot.errors import EditRefused
from bot.workshop.editing.operations import (
    NEW_SCENARIOS,
    add_question,
    add_scenario,
    add_synonym,
    add_topic_question,
    set_status,
    set_value,
)
from bot.workshop.editing.saving import Edit, save
from tests.content.sample_folder import (
    LEAVE,
    PHRASES,
    POLICY,
    SCENARIOS,
    SYNONYMS,
    TOPICS,
    VENUE,
    checked,
    put,
)

TALK = Scenario(
    name="问场地: 5万",
    today=date(2026, 11, 23),
    talk=(
        Step(
            "有场地补助吗, #1",
            "",
            Expect(
                says=("最多5万元/年", "甲，乙"),
                cites=("1.10",),
                focus="",
                profile={"identity": ("operator",)},
                maybe=(),
            ),
            "",
            1,
        ),
        Step("", "s:venue-grant", Expect(), "", 1),
    ),
    file="",
    line=1,
)


def read(folder: Path, file: str) -> str:
    return (folder / file).read_text(encoding="utf-8")


def files(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_question_is_added_as_the_last_line_of_its_support(folder: Path) -> None:
    before = read(folder, VENUE)
    edit = add_question(folder, "venue-grant", "  开店 有没有\n补助 ")
    assert (
        read(folder, VENUE)
        == before.replace("  - 场地补助子\n", "  - 场地补助子\n  - 开店 有没有 补助\n")
        or read(folder, VENUE) == before.rstrip("\n") + "\n  - 开店 有没有 补助\n"
    )
    assert (edit.file, edit.line) == (VENUE, len(before.splitlines()) + 1)
    assert edit.diff.splitlines()[-1] == "+  - 开店 有没有 补助"
    assert checked(folder) == []


def test_a_question_of_a_topic_is_added_to_the_entry_with_its_id(folder: Path) -> None:
    edit = add_topic_question(folder, "fund", "公积金，能取吗")
    assert 'questions: [公积金怎么取, "公积金，能取吗"]}' in read(folder, TOPICS)
    assert (edit.file, edit.line) == (TOPICS, 3)
    assert checked(folder) == []


def test_a_synonym_is_added_to_its_word_or_under_a_new_one(folder: Path) -> None:
    assert add_synonym(folder, "休学", "歇一年").line == 2
    assert add_synonym(folder, "学籍", "书位", new=True).line == 3
    assert (
        read(folder, SYNONYMS)
        == "synonyms:\n  休学: [停学, 缓一年, 歇一年]\n  学籍:\n    - 书位\n"
    )
    assert checked(folder) == []


def test_a_scenario_reads_back_as_it_was_given(folder: Path) -> None:
    from bot.content.readers.loader import scenarios

    edit = add_scenario(folder, TALK)
    assert (edit.file, edit.before) == (NEW_SCENARIOS, None)
    again = add_scenario(folder, Scenario("另一段", TALK.talk, "", 1))
    found = {each.name: each for each in scenarios(folder)}
    assert found[TALK.name].today == TALK.today
    for name, line in ((TALK.name, 3), ("另一段", again.line)):
        assert found[name].line == line
        assert [(s.say, s.tap, s.expect) for s in found[name].talk] == [
            (s.say, s.tap, s.expect) for s in TALK.talk
        ]


def test_a_scenario_goes_to_the_end_of_the_file_that_is_named(folder: Path) -> None:
    before = read(folder, SCENARIOS)
    add_scenario(folder, TALK, file=SCENARIOS)
    assert read(folder, SCENARIOS).startswith(before)
    assert [p for p in checked(folder) if p.file == SCENARIOS] == []


def test_a_status_is_set_with_its_days_and_a_note(folder: Path) -> None:
    day = date(2026, 11, 20)
    edit = set_status(
        folder, "leave-of-absence", "suspended", last_verified=day, note="问了教育局"
    )
    assert (
        "quote: 在校大学生创业可保留学籍休学\n# 问了教育局\nstatus: suspended\n"
        "last_verified: 2026-11-20\nconditions:\n"
    ) in read(folder, LEAVE)
    assert edit.line == read(folder, LEAVE).split("\n").index("status: suspended") + 1
    assert set_status(folder, "venue-grant", "expired").diff.count("\n+") == 2
    assert "status: open" not in read(folder, VENUE)
    assert checked(folder) == []


def test_a_policy_is_in_force_only_with_the_day_of_its_verification(folder: Path) -> None:
    set_status(folder, "town-2016", "in_force", last_verified=date(2026, 11, 2))
    assert "status: in_force\nlast_verified: 2026-11-02\n" in read(folder, POLICY)
    set_value(folder, POLICY, ["last_verified"], "")
    with pytest.raises(EditRefused, match="哪天核实"):
        set_status(folder, "town-2016", "in_force")


def test_a_value_is_set_anywhere_in_the_folder(folder: Path) -> None:
    set_value(folder, PHRASES, ["phrases", "bye"], "再见: {name}")
    assert '  bye: "再见: {name}"\n' in read(folder, PHRASES)
    set_value(folder, "bureaus.yaml", ["bureaus", "财政局", "aliases"], ["财政部门"])
    assert "note: 名称看来未变, aliases: [财政部门]}" in read(folder, "bureaus.yaml")
    set_value(folder, "bureaus.yaml", ["hotlines", "12345", "title"], "热线")
    assert '- {number: "12345", title: 热线}' in read(folder, "bureaus.yaml")


REFUSED: tuple[tuple[Callable[[Path], Edit], str], ...] = (
    (lambda f: add_question(f, "venue-grand", "问"), "没有这个扶持措施.*venue-grant"),
    (lambda f: add_question(f, "venue-grant", "。？"), "只有标点"),
    (lambda f: add_question(f, "venue-grant", "怎么休学甲？"), "已经有了.*leave-of-absence"),
    (lambda f: add_question(f, "venue-grant", "公积金怎么取"), "已经有了.*fund"),
    (lambda f: add_question(f, "venue-grant", "问" * 151), "151 个字"),
    (lambda f: add_question(f, "venue-grant", "我[们](开|办)店"), "模板"),
    (lambda f: add_question(f, "venue-grant", "问\x07"), "控制字符"),
    (lambda f: add_question(f, "venue-grant", "问\ud800"), "控制字符|UTF-8"),
    (lambda f: add_topic_question(f, "funds", "问"), "文件不管的事.*fund"),
    (lambda f: add_synonym(f, "休学", "停学。"), "已经写在.*休学"),
    (lambda f: add_synonym(f, "休学", "休学"), "已经写在.*休学"),
    (lambda f: add_synonym(f, "休学吧", "歇"), "没有这个标准词.*休学"),
    (lambda f: add_scenario(f, Scenario("", (), "", 1)), "要有名字"),
    (lambda f: add_scenario(f, Scenario("学生问休学", TALK.talk, "", 1)), "已经有了.*first"),
    (lambda f: add_scenario(f, TALK, file="language/acts.yaml"), "scenarios/"),
    (lambda f: add_scenario(f, TALK, file="scenarios/../x.yaml"), "不是知识库里的文件"),
    (lambda f: set_status(f, "venue-grant", "closed"), "只能是 open（在办）"),
    (lambda f: set_status(f, "nothing", "open"), "没有这个扶持措施或文件"),
    (lambda f: set_value(f, "../x.yaml", ["a"], "b"), "不是知识库里的文件"),
    (lambda f: set_value(f, "/etc/x.yaml", ["a"], "b"), "不是知识库里的文件"),
    (lambda f: set_value(f, "README.md", ["a"], "b"), "不是知识库里的文件"),
    (lambda f: set_value(f, "language/no.yaml", ["a"], "b"), "没有这个文件"),
    (lambda f: set_value(f, PHRASES, [], "b"), "写上键"),
    (lambda f: set_value(f, PHRASES, ["phrase", "bye"], "b"), "是不是想写“phrases”"),
)


@pytest.mark.parametrize(("make", "said"), REFUSED)
def test_what_cannot_be_written_is_refused_and_changes_nothing(
    folder: Path, make: Callable[[Path], Edit], said: str
) -> None:
    before = files(folder)
    with pytest.raises(EditRefused, match=said):
        make(folder)
    assert files(folder) == before


def test_a_link_out_of_the_folder_is_not_written(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("phrases: {a: b}\n", encoding="utf-8")
    (folder / "phrases" / "linked.yaml").symlink_to(outside)
    with pytest.raises(EditRefused, match="不是知识库里的文件"):
        set_value(folder, "phrases/linked.yaml", ["phrases", "a"], "c")
    assert outside.read_text(encoding="utf-8") == "phrases: {a: b}\n"


def test_an_unreadable_file_elsewhere_is_named_when_an_id_is_unknown(folder: Path) -> None:
    put(folder, LEAVE, "id: [\n")
    with pytest.raises(EditRefused, match=r"有文件读不了：.*leave-of-absence"):
        add_question(folder, "leave-of-absence", "问")
    assert add_question(folder, "venue-grant", "问").line > 0


def test_without_write_nothing_is_saved_until_save_is_called(folder: Path) -> None:
    before = files(folder)
    edit = add_question(folder, "venue-grant", "新问法", write=False)
    assert files(folder) == before
    save(folder, edit)
    assert read(folder, VENUE).endswith("  - 新问法\n")
