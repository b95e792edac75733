"""The draft can be talked to, in a process that ends."""

from __future__ import annotations

import asyncio

import pytest

from bot.workshop.admin_page import preview
from tests.workshop.admin_page.office import Office
from tests.workshop.admin_page.test_files import BUREAUS, edited


async def test_the_draft_answers_and_begins_again_when_it_changes(office: Office) -> None:
    clerk = await office.signed_in()
    await clerk.get("/preview")
    await clerk.post("/preview", {"text": "你好<b>"})
    page = (await clerk.get("/preview")).text
    assert f"{office.desk.folder}\n你好&lt;b&gt;" in page
    await clerk.post("/preview", {"choice": "c:start", "label": "<开始>"})
    page = (await clerk.get("/preview")).text
    assert page.count("&lt;开始&gt;</button>") == 1
    assert "\nc:start</p>" in page
    await edited(clerk, BUREAUS, "bureaus: new")
    assert "草稿又改过了" in (await clerk.get("/preview")).text
    await clerk.post("/preview", {"text": "再来"})
    page = (await clerk.get("/preview")).text
    assert f"{office.desk.draft}\n再来" in page
    assert "你好" not in page
    await clerk.post("/preview/restart")
    assert "再来" not in (await clerk.get("/preview")).text


async def test_each_session_has_its_own_conversation(office: Office) -> None:
    app = office.app()
    first, second = await office.signed_in(app), await office.signed_in(app)
    await first.post("/preview", {"text": "我的"})
    assert "我的" not in (await second.get("/preview")).text


async def test_a_draft_that_cannot_be_loaded_is_told(office: Office) -> None:
    clerk = await office.signed_in()
    response = await clerk.post("/preview", {"text": "坏"})
    assert response.status_code == 409
    assert "知识库有 1 处问题" in response.text
    assert (await clerk.post("/preview", {"text": "好"})).status_code == 303
    assert (await clerk.post("/preview", {"text": " "})).status_code == 303


async def test_the_process_ends_when_nobody_uses_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "IDLE_SECONDS", 0.05)
    app = office.app()
    clerk = await office.signed_in(app)
    await clerk.post("/preview", {"text": "好"})
    for _ in range(200):
        if not any(t.get_name() == "admin-preview" for t in asyncio.all_tasks()):
            break
        await asyncio.sleep(0.01)
    assert not any(t.get_name() == "admin-preview" for t in asyncio.all_tasks())
    assert (await clerk.post("/preview", {"text": "又来"})).status_code == 303
