"""The bot, or one support, is stopped and started again from the page."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from bot.content.readers.loader import load
from bot.core.domain.knowledge import Knowledge, SupportStatus
from bot.errors import KnowledgeError
from bot.workshop.folder import read_files
from tests.content.sample_folder import put
from tests.content.sample_knowledge import playable
from tests.workshop.admin_page.office import PASSWORD, Office

SUPPORT = "venue-grant"


@pytest.fixture
def served(tmp_path: Path) -> Office:
    """An office whose knowledge can be loaded."""
    folder = playable(tmp_path / "knowledge")
    good = [load(folder)]

    def live() -> Knowledge:
        with suppress(KnowledgeError):  # the service goes on with what it has
            good[0] = load(folder)
        return good[0]

    office = Office(tmp_path, more={"knowledge": live})
    office.accounts.set_password("admin", PASSWORD)
    return office


async def test_the_bot_is_paused_and_started_again(served: Office) -> None:
    before = read_files(served.desk.folder)
    clerk = await served.signed_in()
    assert "停掉整个机器人" in (await clerk.get("/switches")).text
    response = await clerk.post("/switches", {"what": "pause", "why": "答错了"})
    assert response.status_code == 303, response.text
    assert load(served.desk.folder).locality.paused
    assert served.refreshed == 1
    page = (await clerk.get("/switches?done=switched")).text
    assert "现在停着" in page
    assert "整个机器人现在停着" in (await clerk.get()).text
    newest = await served.desk.history.newest()
    assert newest is not None
    assert (newest.note.who, newest.note.why) == ("admin", "答错了")
    assert newest.note.version == load(served.desk.folder).version
    await clerk.post("/switches", {"what": "resume", "why": "改好了"})
    assert not load(served.desk.folder).locality.paused
    assert read_files(served.desk.folder) == before
    actions = [(e["action"], e.get("what"), e.get("why")) for e in served.audit()[1:]]
    assert actions == [("switch", "pause", "答错了"), ("switch", "resume", "改好了")]


async def test_a_support_is_suspended_and_taken_up_again(served: Office) -> None:
    clerk = await served.signed_in()
    await clerk.get("/switches")
    before = read_files(served.desk.folder)
    put(served.desk.folder, "place.yaml", before["place.yaml"] + b"suspended:\n- who-leads\n")
    await clerk.post("/switches", {"what": "off", "support": SUPPORT, "why": "没钱了"})
    assert load(served.desk.folder).locality.suspended == ("who-leads", SUPPORT)
    assert load(served.desk.folder).supports[SUPPORT].status is SupportStatus.SUSPENDED
    page = (await clerk.get("/switches")).text
    assert f'name="support" value="{SUPPORT}"' in page
    assert f'<option value="{SUPPORT}">' not in page
    await clerk.post("/switches", {"what": "on", "support": SUPPORT, "why": "又有了"})
    assert load(served.desk.folder).supports[SUPPORT].status is not SupportStatus.SUSPENDED
    await clerk.post("/switches", {"what": "on", "support": "who-leads", "why": "又有了"})
    assert read_files(served.desk.folder) == before


@pytest.mark.parametrize(
    "fields",
    [
        {"what": "pause", "why": ""},
        {"what": "off", "support": "../x", "why": "x"},
        {"what": "off", "support": "", "why": "x"},
        {"what": "on", "support": SUPPORT, "why": "x"},
        {"what": "", "why": "x"},
        {"why": "x"},
    ],
    ids=str,
)
async def test_what_cannot_be_switched_changes_nothing(
    served: Office, fields: dict[str, str]
) -> None:
    before = read_files(served.desk.folder)
    clerk = await served.signed_in()
    await clerk.get("/switches")
    assert (await clerk.post("/switches", fields)).status_code == 400
    assert read_files(served.desk.folder) == before


async def test_a_folder_with_a_fault_is_told_and_left_alone(served: Office) -> None:
    clerk = await served.signed_in()
    await clerk.get("/switches")
    put(served.desk.folder, "bureaus.yaml", "bureaus: [\n")
    before = read_files(served.desk.folder)
    response = await clerk.post("/switches", {"what": "pause", "why": "x"})
    assert response.status_code == 400
    assert "bureaus.yaml" in response.text
    assert read_files(served.desk.folder) == before
