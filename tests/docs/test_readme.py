"""The README stays short, its commands are those of the build files, its sample is true output."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.session import Session, Utterance
from tests.knowledge_base import DAY, ROOT

READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
INSTALL = "python3 -m venv .venv && .venv/bin/pip install --quiet --require-hashes -r {lock} && "
RUN = INSTALL.format(lock="requirements.lock") + ".venv/bin/python -m bot chat"
TEST = INSTALL.format(lock="requirements-dev.lock") + ".venv/bin/python -m pytest"

readme = pytest.mark.parametrize("file", READMES, ids=lambda file: file.name)


def blocks(file: Path, language: str) -> list[str]:
    """Return the contents of the code blocks of this language."""
    return re.findall(rf"^```{language}\n(.*?)\n```$", file.read_text("utf-8"), re.M | re.S)


@readme
def test_a_readme_has_at_most_120_lines(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= 120


@readme
def test_a_readme_gives_one_command_to_run_and_one_to_test(file: Path) -> None:
    assert blocks(file, "sh") == [RUN, TEST]


def test_the_commands_do_what_the_makefile_does() -> None:
    recipes = (ROOT / "Makefile").read_text("utf-8").replace("$(BIN)", ".venv/bin")
    steps = {step for command in (RUN, TEST) for step in command.split(" && ")}
    missing = [s for s in steps if s.replace("python3", "$(PYTHON)") not in recipes]
    assert missing == []


def test_the_commands_do_what_the_build_does() -> None:
    build = (ROOT / ".ci" / "run").read_text("utf-8").replace(" --disable-pip-version-check", "")
    assert [step for step in TEST.split(" && ") if step not in build] == []


@readme
def test_the_sample_conversation_is_true_output(file: Path, base: KnowledgeBase) -> None:
    sample = next(block for block in blocks(file, "") if block.startswith("你"))
    session, replies, shown = Session(), "", 0
    for line in sample.splitlines():
        speaker, _, text = line.partition(" ")
        if speaker.startswith("你"):
            turn = step(session, Utterance(text=text.strip()), base, DAY)
            session, replies = turn.session, "\n".join(reply.text for reply in turn.replies)
        else:
            for part in filter(None, text.split("…")):
                assert part in replies
                shown += 1
    assert shown >= 3


def test_the_screenshots_are_small() -> None:
    images = list((ROOT / "docs" / "images").glob("*.png"))
    assert len(images) == 3
    assert sum(image.stat().st_size for image in images) < 400_000


@readme
def test_the_quality_figures_are_those_of_the_quality_page(file: Path) -> None:
    page = (ROOT / "docs" / "quality.md").read_text("utf-8")
    (total,) = re.findall(r"^\| \*\*all\*\* \|(.*)\|$", page, re.M)
    inside, outside, first, _, _, _, answered, *baselines = re.findall(r"[\d.]+", total)
    bm25, bm25_answered, topics, topics_answered = baselines
    rows = re.findall(r"^\|[^|]*([\d,]+ ?句?\)?[^|]*)\|(.*%.*)\|$", file.read_text("utf-8"), re.M)
    figures = [re.findall(r"[\d.]+", row) for _, row in rows]
    assert figures == [[first, bm25, topics], [answered, bm25_answered, topics_answered]]
    text = file.read_text("utf-8").replace(",", "")
    assert all(count in text for count in (inside, outside, str(int(inside) + int(outside))))
