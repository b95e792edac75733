"""bench.peers: its users and those of the peer come to an end on the real knowledge."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest

from bench import channel_bot, peer_bot
from bench.peers import Tally, User
from bot.core.dialogue.manager import KnowledgeBase


@pytest.mark.parametrize(
    "question", ["创业担保贷款能贷多少", "我想回乡养蛇，没本钱", "公积金怎么取"]
)
async def test_a_user_comes_to_a_result_and_opens_a_support(
    base: KnowledgeBase, tmp_path: Path, question: str
) -> None:
    tally = Tally(math.inf)
    async with channel_bot.running(tmp_path / "bot.db", base) as bot:
        for seed in range(3):
            await User(bot, seed + 1, question, random.Random(seed), tally).converse()
    assert tally.wrong == 0
    assert tally.kinds["question"] == 6
    assert len(tally.times) == tally.kinds.total()


@pytest.mark.parametrize("concurrent", [False, True])
async def test_the_peer_answers_as_expected(tmp_path: Path, concurrent: bool) -> None:
    async with peer_bot.running(tmp_path / "peer.db", concurrent) as bot:
        for said, expected in peer_bot.CONVERSATION:
            assert (await bot.say(1, said)).startswith(expected)
