"""While the bot is paused, no page shows what the knowledge says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.channels.web.app import build_web
from tests.channels.web.scripted_guide import ScriptedGuide, scripted_deps, small_knowledge
from tests.channels.web.web_client import client_of


@pytest.mark.parametrize(
    "path", ["/supports", "/supports/venue", "/policies/paper", "/bureaus/x", "/r/abc"]
)
@pytest.mark.parametrize("paused", [True, False])
async def test_pages_from_the_knowledge_say_that_it_is_paused(path: str, paused: bool) -> None:
    small = small_knowledge()
    knowledge = replace(small, locality=replace(small.locality, paused=paused))
    deps = replace(scripted_deps(ScriptedGuide()), knowledge=lambda: knowledge)
    async with client_of(build_web(deps)) as client:
        page = await client.get(path)
        assert ("先停一停" in page.text) == paused
        assert (page.status_code == 503) == paused
        assert (await client.get("/")).status_code == 200
        assert (await client.get("/healthz")).status_code == 200
