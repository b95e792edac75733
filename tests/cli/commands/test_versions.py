"""`draft`, `publish`, `versions`, `show`, `undo` and `status` over a small knowledge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli.main import main
from tests.content.sample_folder import VENUE, edit
from tests.content.sample_knowledge import playable
from tests.knowledge_base import linked_cache

BUREAUS = "bureaus.yaml"
Command = Callable[..., tuple[int, str]]


@pytest.fixture
def home(tmp_path: Path, cache: Path) -> Path:
    """Return a folder with settings and a small knowledge."""
    playable(tmp_path / "knowledge")
    linked_cache(cache, tmp_path / "data" / "cache")
    (tmp_path / "config.yaml").write_text("listen: 127.0.0.1:1\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def bot(home: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs a command; it returns the exit code and what was printed."""

    def run(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main(["--config", str(home / "config.yaml"), *arguments])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_a_change_is_drafted_published_shown_and_undone(home: Path, bot: Command) -> None:
    assert bot("versions") == (0, "还没有记下版本：服务启动一次，或发布一次，就有了。\n")
    assert "和现在的一样" in bot("draft", "--by", "小王")[1]
    draft = home / "data" / "draft"
    edit(draft, BUREAUS, "名称看来未变", "名称没有变")
    code, said = bot("draft")
    assert code == 0
    assert "小王" in said
    assert f"改了　{BUREAUS}" in said
    assert "名称没有变" in bot("draft", "--diff")[1]

    code, said = bot("publish", "-m", "单位名称核实过了", "--by", "小王")
    assert code == 0, said
    assert "发布　小王　单位名称核实过了" in said
    assert "下次启动就用这个版本" in said
    assert "名称没有变" in (home / "knowledge" / BUREAUS).read_text("utf-8")
    newest, first = bot("versions")[1].splitlines()
    assert newest.endswith("单位名称核实过了　← 现在")
    assert "保存" in first
    assert "名称没有变" in bot("show", "2")[1]
    assert "最早一个版本" in bot("show", "1")[1]
    assert BUREAUS in bot("show", "1", "--files")[1].splitlines()
    old = bot("show", newest.split("　")[1][:6], BUREAUS)[1]
    assert old == (home / "knowledge" / BUREAUS).read_text("utf-8")
    assert bot("show", "2", "nothing.yaml")[0] == 1

    code, said = bot("status")
    assert code == 0
    assert "现在是版本 2" in said
    assert "小王 发布：单位名称核实过了" in said
    assert "服务没有在这里运行" in said
    assert "没有核实过还执不执行（1 项）\n    某市支持创业办法" in said
    code, said = bot("undo", "-m", "又退回来")
    assert code == 0, said
    assert "名称看来未变" in (home / "knowledge" / BUREAUS).read_text("utf-8")
    assert "撤回" in bot("versions")[1].splitlines()[0]


def test_a_draft_with_a_problem_is_not_published(home: Path, bot: Command) -> None:
    bot("draft")
    edit(home / "data" / "draft", VENUE, "补5万元", "补9万元")
    before = (home / "knowledge" / VENUE).read_bytes()
    code, said = bot("publish", "-m", "改金额")
    assert code == 1
    assert f"{VENUE}:" in said
    assert (home / "knowledge" / VENUE).read_bytes() == before


def test_wrong_use_is_told(home: Path, bot: Command) -> None:
    assert bot("publish", "-m", "改") == (
        1,
        f"{home / 'data' / 'draft'} 不是草稿，或者还没有草稿：先运行 draft\n",
    )
    code, said = bot("publish", str(home / "knowledge"), "-m", "改")
    assert (code, "不是草稿" in said) == (1, True)
    assert bot("show", "7") == (1, "没有版本“7”：versions 列出有哪些\n")
    assert bot("undo", "-m", "退") == (1, "没有更早的版本可以撤回\n")
    bot("draft")
    assert bot("draft", "--drop") == (0, "草稿丢掉了。\n")


def test_a_regression_blocks_a_publish_until_it_is_accepted(home: Path, bot: Command) -> None:
    edit(home / "knowledge", VENUE, "场地补助癸", "租个铺面")
    bot("draft")
    edit(home / "data" / "draft", VENUE, "租个铺面", "场地补助寅")
    before = (home / "knowledge" / VENUE).read_bytes()
    code, said = bot("publish", "-m", "改问法")
    assert (code, "“租个铺面”：场地补助" in said) == (1, True), said
    assert "--accept" in said
    assert (home / "knowledge" / VENUE).read_bytes() == before
    code, said = bot("publish", "-m", "改问法", "--accept")
    assert code == 0, said
    assert (home / "knowledge" / VENUE).read_bytes() != before
