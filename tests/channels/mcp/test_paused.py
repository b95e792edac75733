"""While the bot is paused, the tools refuse every call with its phrase."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.channels.mcp.tools import Tools
from bot.core.dialogue.manager import KnowledgeBase
from bot.errors import ToolCallRefused
from tests.core.small_knowledge import small_base
from tests.knowledge_base import DAY


def test_a_paused_bot_answers_no_tool() -> None:
    small = small_base()
    place = replace(small.knowledge.locality, paused=True)
    paused = KnowledgeBase(replace(small.knowledge, locality=place), small.index, small.act_model)
    tools = Tools(lambda: paused, lambda _: DAY, 500)
    for name in [tool.name for tool in tools.definitions()]:
        with pytest.raises(ToolCallRefused, match="先停一停"):
            tools.call(name, {})
