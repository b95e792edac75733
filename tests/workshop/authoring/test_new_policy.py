"""From the text of a paper to the files of a policy that `check` accepts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.content.readers.loader import read_folder
from bot.errors import EditRefused
from bot.workshop.authoring.dialogue import Leave
from bot.workshop.authoring.new_policy import new_policy
from bot.workshop.authoring.policy_writing import propose_facts
from bot.workshop.editing.saving import Edit, save_all
from tests.content.sample_folder import POLICY, checked
from tests.workshop.authoring.scripted import Scripted
from tests.workshop.authoring.test_paper_cutting import ARTICLES

SOURCE = (
    "某市人民政府关于印发某市支持青年创业办法的通知\n某政发〔2027〕12号\n"
    f"现印发给你们，请贯彻执行。\n{ARTICLES}"
).replace(
    "提供贷款。",
    "提供贷款。(责任单位:科技局等)\n第四条 自2027年4月1日起施行,有效期至2030年3月31日。",
)
ANSWERS = [
    "看 2", "题目 2 租房补贴", "合并 1", "不认识", "",  # the clauses
    "",  # the paragraph without a reason
    "", "", "", "", "", "", "not-a-page", "http://example.cn/1", "青年办法",
    "Town", "town-2016", "town-2027",
    "财政", "", "科技局",  # 人社局 is new, 青年局 another name of 科技局
]  # fmt: skip


def made(folder: Path, answers: list[str] | None = None) -> tuple[list[Edit], Scripted]:
    dialogue = Scripted(ANSWERS if answers is None else answers)
    return new_policy(dialogue, folder, "paper.txt", SOURCE.encode()), dialogue


def test_the_files_pass_every_check(folder: Path) -> None:
    edits, dialogue = made(folder)
    assert checked(folder) == []
    save_all(folder, edits)
    assert checked(folder) == []
    assert dialogue.left == []
    assert [each.file for each in edits] == [
        "bureaus.yaml",
        "sources/town-2027.txt",
        "policies/town-2027/policy.yaml",
    ]
    assert (folder / "sources/town-2027.txt").read_bytes() == SOURCE.encode()


def test_header_clauses_and_bureaus_are_those_of_the_paper(folder: Path) -> None:
    edits, dialogue = made(folder)
    save_all(folder, edits)
    context = read_folder(folder)[1]
    policy = context.policies["town-2027"]
    assert (policy.title, policy.issuer) == ("某市支持青年创业办法", "某市人民政府")
    assert (policy.doc_no, policy.short_name) == ("某政发〔2027〕12号", "青年办法")
    assert policy.issued == date(2027, 3, 1)
    assert (policy.effective, policy.valid_until) == (date(2027, 4, 1), date(2030, 3, 31))
    mine = [c for c in context.clauses.values() if c.policy == "town-2027"]
    assert [(c.id, c.place, c.title) for c in mine] == [
        ("2027-1", "第一条", "为支持青年创业,制定本办法"),
        ("2027-2", "第二条", "租房补贴"),
        ("2027-3", "第三条", "鼓励金融机构提供贷款"),
        ("2027-4", "第四条", "自2027年4月1日起施行,有效期至2030年3月31日"),
    ]
    assert mine[1].text.split("\n")[1] == "（一）营业执照;"
    assert (mine[1].bureaus, mine[2].bureaus) == (("市人社局", "青年局"), ("科技局",))
    assert mine[2].open_list
    assert "人社局" in context.bureaus
    assert context.bureaus["科技局"].aliases == ("科委", "青年局")
    assert "没看懂" in dialogue.shown
    assert "bureaus.yaml 里没有“财政”" in dialogue.shown


@pytest.mark.parametrize("count", range(len(ANSWERS)))
def test_leaving_at_any_question_writes_nothing(folder: Path, count: int) -> None:
    before = sorted((p, p.read_bytes()) for p in folder.rglob("*") if p.is_file())
    with pytest.raises(Leave):
        made(folder, [*ANSWERS[:count], "退出"])
    assert sorted((p, p.read_bytes()) for p in folder.rglob("*") if p.is_file()) == before


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("办法。".encode("gbk"), "UTF-8"),
        (b"", "是空的"),
        ("甲\t乙。".encode(), "Tab"),
        ("甲\u200b乙。".encode(), "看不见的字符"),
    ],
)
def test_a_source_that_cannot_be_read_is_refused(folder: Path, data: bytes, said: str) -> None:
    with pytest.raises(EditRefused, match=said):
        new_policy(Scripted([]), folder, "paper.txt", data)


def test_the_header_proposes_only_what_the_text_says() -> None:
    facts = propose_facts("这里什么也没写。\n2027年13月1日\n")
    assert (facts.title, facts.issuer, facts.doc_no) == ("", "", "")
    assert (facts.issued, facts.effective, facts.valid_until) == (None, None, None)


def test_edits_that_cannot_all_be_written_are_taken_back(folder: Path) -> None:
    edits, _ = made(folder)
    changed = (folder / POLICY).read_bytes() + b"# by somebody else\n"
    bureaus = (folder / "bureaus.yaml").read_bytes()
    wrong = Edit(POLICY, 1, b"old", changed)
    with pytest.raises(EditRefused, match="别人改过"):
        save_all(folder, [*edits, wrong])
    assert not (folder / "sources/town-2027.txt").exists()
    assert (folder / "bureaus.yaml").read_bytes() == bureaus
