"""Loading a folder into Knowledge; no bytes raise an exception."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.content.readers.loader import load, read
from bot.core.domain.knowledge import Basis, Condition, PolicyStatus, SupportKind, SupportStatus
from bot.errors import KnowledgeError
from tests.content.hostile_yaml import merge_bomb
from tests.content.sample_folder import (
    FILES,
    PHRASES,
    POLICY,
    RULE,
    SCENARIOS,
    SOURCE,
    TOPICS,
    edit,
    put,
)


def test_every_field_of_a_support_is_read(folder: Path) -> None:
    support = load(folder).supports["venue-grant"]

    assert (support.policy, support.clause) == ("town-2016", "1.10")
    assert support.kind is SupportKind.BENEFIT
    assert support.summary == "开办空间，最多补5万元/年。"
    assert support.quote == "给予最多5万元/年的补助"
    assert support.conditions == (
        Condition("identity", ("operator",), basis=Basis.READING, closed=False),
    )
    assert support.needs == ("venue",)
    assert support.also_requires == ("已经开办",)
    assert (support.unstated, support.ask) == (("怎么申请",), "市科技局或本校")
    assert support.keywords == ("场地", "补助")
    assert len(support.questions) == 12
    assert support.amount == "最多5万元/年"
    assert support.steps == ("向市科技局问", "不清楚就打12345")
    assert support.materials == ("营业执照",)
    assert support.valid_until == date(2027, 12, 31)
    assert support.status is SupportStatus.OPEN
    assert support.last_verified == date(2026, 11, 1)


def test_optional_fields_of_a_support_have_defaults(folder: Path) -> None:
    support = load(folder).supports["who-leads"]

    assert support.kind is SupportKind.BACKGROUND
    assert support.conditions == ()
    assert support.needs == ()
    assert support.updates == ()
    assert support.amount == support.ask == ""
    assert support.valid_until is None
    assert support.status is SupportStatus.OPEN


def test_an_update_is_added_to_the_supports_that_it_names(folder: Path) -> None:
    knowledge = load(folder)

    (update,) = knowledge.supports["venue-grant"].updates
    assert (update.title, update.issuer, update.dated) == ("新办法", "某市", "2024-05")
    assert (update.say, update.confidence) == ("提高到30万元", "A")
    assert update.source == "https://example.cn/1"
    assert update.valid_until == date(2027, 12, 31)
    assert update.about == ("who",)
    assert knowledge.supports["leave-of-absence"].updates == ()


def test_the_policy_and_its_clauses_are_read_as_printed(folder: Path) -> None:
    knowledge = load(folder)

    policy = knowledge.policies["town-2016"]
    assert (policy.doc_no, policy.target_year) == ("", 2020)
    assert (policy.issued, policy.last_verified) == (date(2016, 2, 5), date(2026, 11, 1))
    assert policy.status is PolicyStatus.UNVERIFIED
    assert list(knowledge.clauses) == ["1.10", "1.2", "1.3"]
    first, second, _ = knowledge.clauses.values()
    assert first.bureaus == ("市科技局", "财政局", "各县区政府")
    assert first.lead == "市科技局"
    assert (first.open_list, first.bureaus_label) == (False, "责任单位")
    assert first.text.startswith("(一)场地补助。")
    assert "“双核驱动”" in first.text
    assert (second.open_list, second.bureaus_label) == (True, "主要责任单位")


def test_a_present_day_name_is_kept_only_with_a_source(folder: Path) -> None:
    bureaus = load(folder).bureaus

    assert bureaus["科技局"].now == "某市科学技术局"
    assert bureaus["科技局"].verified == "2026-11-01"
    assert bureaus["科技局"].aliases == ("科委",)
    assert bureaus["财政局"].now == ""
    assert bureaus["财政局"].note == "名称看来未变"


def test_slots_words_and_phrases_are_read(folder: Path) -> None:
    knowledge = load(folder)

    identity = knowledge.slots["identity"]
    assert identity.multiple
    assert not identity.changeable
    assert identity.none_choice == "none"
    assert [choice.id for choice in identity.choices] == ["student", "operator", "none"]
    assert identity.choices[0].words == ("大学生", "在校学生")
    assert identity.choices[1].not_words == ("帮办空间的人",)
    assert identity.choices[1].possible_if == Condition("stage", ("idea",))
    assert knowledge.slots["stage"].changeable
    assert knowledge.hotlines["12345"].title == "政务服务便民热线"
    assert knowledge.signposts["fund"].questions == ("公积金怎么取",)
    assert knowledge.synonyms == {"休学": ("停学", "缓一年")}
    assert knowledge.spoken == {"点样": "怎么"}
    assert knowledge.elsewhere == ("南宁", "桂林")
    assert knowledge.english == {"gap year": ("休学",)}
    assert knowledge.phrases["hello"] == "您好，{name}。\n要找人工，请打 12345。"
    assert knowledge.confirmations == {"forget_yes": ("删",), "forget_no": ("不删",)}
    assert knowledge.fields == {"who": ("找谁",)}
    assert knowledge.fillers["telephone"] == ("的",)


def test_the_phrases_of_every_file_are_read(folder: Path) -> None:
    put(folder, "phrases/web.yaml", "phrases:\n  title: 网页\n")

    assert set(load(folder).phrases) == {"hello", "bye", "title"}


def test_load_raises_all_problems_sorted(folder: Path) -> None:
    put(folder, PHRASES, "phrases: [\n")
    edit(folder, "bureaus.yaml", "note: 名称", "nota: 名称")
    (folder / TOPICS).unlink()

    with pytest.raises(KnowledgeError) as caught:
        load(folder)

    assert [p.file for p in caught.value.problems] == [
        "bureaus.yaml",
        "out_of_scope/",
        PHRASES,
    ]
    assert str(caught.value).count("\n") == 2


@pytest.mark.parametrize("name", [POLICY, SOURCE, "interview.yaml", RULE])
@pytest.mark.parametrize(
    "data", [merge_bomb(), b"[" * 40_000, b"\xff\xfe", b"\0", b"- 1", b"{}", b"1"]
)
def test_a_broken_file_ends_in_problems(folder: Path, name: str, data: bytes) -> None:
    put(folder, name, data)

    read(folder)
    if name != SOURCE:
        with pytest.raises(KnowledgeError):
            load(folder)


@pytest.mark.parametrize("name", ["bureaus.yaml", RULE, SCENARIOS])
def test_a_file_cut_off_anywhere_ends_in_knowledge_or_problems(folder: Path, name: str) -> None:
    data = (folder / name).read_bytes()

    for end in range(0, len(data), 9):
        put(folder, name, data[:end])
        knowledge, problems = read(folder)
        assert knowledge or problems


@given(
    st.sampled_from(sorted(FILES)),
    st.text(alphabet="aA甲：: -?[]{}|>'\"#\n", max_size=60) | st.binary(max_size=60),
    st.integers(0, 2000),
)
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_text_in_any_file_never_raises(
    folder: Path, name: str, junk: str | bytes, where: int
) -> None:
    original = FILES[name].encode()
    bytes_ = junk.encode() if isinstance(junk, str) else junk
    put(folder, name, original[:where] + bytes_ + original[where:])
    try:
        knowledge, problems = read(folder)
    finally:
        put(folder, name, original)

    assert knowledge or problems


def test_topics_that_no_clause_mentions_are_read_with_their_words(folder: Path) -> None:
    edit(
        folder,
        "language/unstated.yaml",
        "never_stated:",
        "never_stated: {能不能重复申请: [重复申请]}",
    )

    assert load(folder).unwritten == {"能不能重复申请": ("重复申请",)}


def test_a_later_rule_is_added_to_the_out_of_scope_topics_that_it_names(folder: Path) -> None:
    edit(folder, RULE, "supports: [venue-grant]", "topics: [fund]")

    knowledge = load(folder)
    assert [u.say for u in knowledge.signposts["fund"].updates] == ["提高到30万元"]
    assert knowledge.supports["venue-grant"].updates == ()


def test_a_later_rule_may_name_kinds_of_people_and_belong_to_every_answer(folder: Path) -> None:
    more = "people: [{label: 退役军人, words: [退伍了], identities: [operator], once: true}]"
    warns = "words: ['(集|募)资']"
    edit(folder, RULE, "about: [who]", f"about: [who, 怎么申请], always: true, {warns}, {more}")

    (update,) = load(folder).supports["venue-grant"].updates
    (kind,) = update.people
    assert update.always
    assert update.words == ("集资", "募资")
    assert update.states("怎么申请补助")
    assert (kind.label, kind.words, kind.identities, kind.once) == (
        "退役军人",
        ("退伍了",),
        ("operator",),
        True,
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("supports: [venue-grant]", "topics: [no-topic]", "没有“no-topic”这件文件不管的事"),
        ("supports: [venue-grant]", "about: []", "用在哪个扶持措施或哪件文件不管的事"),
        ("about: [who]", "about: [抵押]", "既不是 language/aspects.yaml 里的一项，也不在没写的事"),
        ("about: [who]", "people: [{label: 军人}]", "没有写大家怎么说"),
        ("about: [who]", "words: [集资]", "没有写 always: true"),
        (
            "about: [who]",
            "people: [{label: 军人, identities: [soldier]}]",
            "没有这个“identity”的选项：“soldier”",
        ),
    ],
)
def test_a_later_rule_with_an_unknown_name_is_refused(
    folder: Path, old: str, new: str, message: str
) -> None:
    edit(folder, RULE, old, new)

    _, problems = read(folder)
    assert message in "\n".join(problem.message for problem in problems)


def test_an_office_of_a_bureau_needs_a_source_and_a_date(folder: Path) -> None:
    edit(folder, "bureaus.yaml", "confidence: A, ", "confidence: A, telephone: '000', ")
    _, problems = read(folder)
    assert [problem.message for problem in problems] == ["写了“telephone”，却没有写出处和日期"]


def test_a_hotline_that_is_named_by_its_id_changes_in_one_place(folder: Path) -> None:
    edit(folder, "bureaus.yaml", '{number: "12345"', '{id: city, number: "12345"')
    edit(folder, "place.yaml", "hotline: '12345'", "hotline: city")
    edit(folder, TOPICS, "hotline: '12345'", "hotline: city")
    assert load(folder).signposts["fund"].hotline == "12345"
    edit(folder, "bureaus.yaml", 'number: "12345"', 'number: "12346"')
    edit(folder, PHRASES, "请打 12345", "请打 12346")
    knowledge = load(folder)
    assert knowledge.signposts["fund"].hotline == knowledge.locality.hotline == "12346"
    assert list(knowledge.hotlines) == ["12346"]


def test_two_hotlines_do_not_share_an_id(folder: Path) -> None:
    edit(folder, "bureaus.yaml", "hotlines:", 'hotlines:\n  - {id: a, number: "1", title: 甲}')
    edit(folder, "bureaus.yaml", '{number: "12345"', '{id: a, number: "12345"')
    _, problems = read(folder)
    assert [problem.message for problem in problems] == ["热线“a”重复"]


@pytest.mark.parametrize("grade", ["confidence: U, ", ""])
def test_a_proven_office_of_a_bureau_without_proof_is_no_silent_loss(
    folder: Path, grade: str
) -> None:
    office = f"{grade}telephone: '000', source: 某处, "
    edit(folder, "bureaus.yaml", "confidence: A, ", office)
    _, problems = read(folder)
    assert [problem.message for problem in problems] == [
        f"写了“{key}”、出处和日期，confidence 却是 U（不写也是 U），不会给人看"
        for key in ("now", "telephone")
    ]


def test_a_name_of_a_bureau_without_proof_stays_in_the_file_and_is_not_shown(
    folder: Path,
) -> None:
    knowledge = load(folder)
    assert (folder / "bureaus.yaml").read_text("utf-8").count("某市财政局") == 1
    assert knowledge.bureaus["财政局"].now == ""
