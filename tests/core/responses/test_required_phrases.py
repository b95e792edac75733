"""The list of sentences that the code says, held against what it really says."""

from __future__ import annotations

import re
from pathlib import Path

import bot.core
from bot.content.checks.text_rules import check_phrases
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.responses.required_phrases import REQUIRED_PHRASES

CORE = Path(bot.core.__file__).parent
SAID = re.compile(r"\.say\(\s*\"([a-z_]+)\"")


def test_the_admins_phrases_fit_what_the_code_fills(base: KnowledgeBase) -> None:
    assert [str(p) for p in check_phrases(base.knowledge, REQUIRED_PHRASES)] == []


def test_every_phrase_that_the_core_names_is_listed() -> None:
    named = {
        name
        for file in CORE.rglob("*.py")
        for name in SAID.findall(file.read_text(encoding="utf-8"))
    }
    assert len(named) > 30
    assert named <= set(REQUIRED_PHRASES)
