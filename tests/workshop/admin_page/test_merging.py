"""A file that two have changed is merged on the page, and nobody loses a line."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from bot.errors import VersionError
from bot.workshop.drafts import merge_file, read_base
from bot.workshop.folder import read_files
from tests.workshop.admin_page.office import Clerk, Office
from tests.workshop.admin_page.test_files import edited
from tests.workshop.admin_page.test_publishing import published
from tests.workshop.publishing_folder import write

NAME = "phrases/a.yaml"
FILE, MERGE = f"/files/{NAME}", f"/merge/{NAME}"
BEFORE = "a: 1\nb: 2\nc: 3\n"


async def begun(office: Office, mine: str, theirs: str) -> Clerk:
    """Return a clerk whose draft changed a file that somebody else published meanwhile."""
    write(office.desk.folder, {NAME: BEFORE.encode()})
    clerk = await office.signed_in()
    await edited(clerk, "/files/bureaus.yaml", "bureaus: base")
    await published(clerk, "先记一个版本")
    await edited(clerk, FILE, mine)
    await office.desk.publisher.draft(office.home / "other", "王芳")
    write(office.home / "other", {NAME: theirs.encode()})
    await office.desk.publisher.publish(office.home / "other", "王芳", "别人改的")
    return clerk


async def send(clerk: Clerk, take: str, **fields: str) -> httpx.Response:
    """Send a form of the page as it stands."""
    page = (await clerk.get(MERGE)).text
    shown = dict(re.findall(r'name="(mine|theirs)" value="([^"]*)"', page))
    text = unescape(page.rpartition("<textarea")[2].partition(">\n")[2].partition("</text")[0])
    return await clerk.post(MERGE, {"take": take, "text": text, **shown, **fields})


async def test_changes_of_other_lines_are_merged_and_published(office: Office) -> None:
    clerk = await begun(office, "a: mine\nb: 2\nc: 3", "a: 1\nb: 2\nc: theirs\n")
    page = (await clerk.get("/changes")).text
    assert f'href="/admin{MERGE}"' in page
    page = (await clerk.get(MERGE)).text
    for line in ("-a: 1", "+a: mine", "-c: 3", "+c: theirs", "王芳", "别人改的"):
        assert line in page
    assert "已经合好" in page
    response = await send(clerk, "merged")
    assert response.headers["location"] == "/admin/changes?done=merged"
    assert read_files(office.desk.draft)[NAME] == b"a: mine\nb: 2\nc: theirs\n"
    assert (await clerk.get(MERGE)).status_code == 404
    assert office.audit()[-1]["action"] == "merge"
    assert "发布好了" in await published(clerk)
    assert read_files(office.desk.folder)[NAME] == b"a: mine\nb: 2\nc: theirs\n"


async def test_a_base_that_no_version_holds_leaves_the_choice_to_the_clerk(office: Office) -> None:
    clerk = await office.signed_in()
    await edited(clerk, FILE, "a: mine")
    write(office.desk.folder, {NAME: b"a: theirs\n"})
    page = (await clerk.get(MERGE)).text
    assert "有 1 处两边都改了" in page
    assert (await send(clerk, "merged")).status_code == 400


async def test_a_place_that_both_changed_must_be_decided(office: Office) -> None:
    clerk = await begun(office, "a: <mine>\nb: 2\nc: 3", "a: theirs\nb: 2\nc: 3\n")
    assert "有 1 处两边都改了" in (await clerk.get(MERGE)).text
    response = await send(clerk, "merged")
    assert (response.status_code, "还有两边都改了" in response.text) == (400, True)
    assert read_files(office.desk.draft)[NAME] == b"a: <mine>\nb: 2\nc: 3\n"
    assert (await send(clerk, "merged", text="a: both\r\nb: 2\r\nc: 3")).status_code == 303
    assert read_files(office.desk.draft)[NAME] == b"a: both\nb: 2\nc: 3\n"


@pytest.mark.parametrize(("take", "kept"), [("mine", b"a: mine\n"), ("theirs", b"a: theirs\n")])
async def test_one_side_is_taken_whole(office: Office, take: str, kept: bytes) -> None:
    clerk = await begun(office, "a: mine", "a: theirs\n")
    assert (await send(clerk, take)).status_code == 303
    assert read_files(office.desk.draft)[NAME] == kept
    assert (await clerk.get(MERGE)).status_code == 404


async def test_a_file_that_changed_again_meanwhile_is_not_overwritten(office: Office) -> None:
    clerk = await begun(office, "a: mine", "a: theirs\n")
    for folder in (office.desk.folder, office.desk.draft):
        before = read_files(folder)[NAME]
        page = (await clerk.get(MERGE)).text
        shown = dict(re.findall(r'name="(mine|theirs)" value="([^"]*)"', page))
        write(folder, {NAME: b"a: again\n"})
        response = await clerk.post(MERGE, {"take": "merged", "text": "a: <both>", **shown})
        assert response.status_code == 409
        assert "a: &lt;both&gt;" in response.text
        assert read_files(folder)[NAME] == b"a: again\n"
        write(folder, {NAME: before})


async def test_a_later_change_of_the_live_file_is_a_new_conflict(office: Office) -> None:
    clerk = await begun(office, "a: mine", "a: theirs\n")
    await send(clerk, "mine")
    write(office.desk.folder, {NAME: b"a: later\n"})
    assert (await clerk.get(MERGE)).status_code == 200
    await published(clerk)
    assert read_files(office.desk.folder)[NAME] == b"a: later\n"


async def test_a_file_that_somebody_removed_can_stay_away(office: Office) -> None:
    clerk = await begun(office, "a: mine", "a: theirs\n")
    (office.desk.folder / NAME).unlink()
    assert "删了这个文件" in (await clerk.get(MERGE)).text
    assert (await send(clerk, "theirs")).status_code == 303
    assert NAME not in read_files(office.desk.draft)
    assert NAME not in read_base(office.desk.draft).hashes


async def test_the_draft_itself_refuses_a_file_that_has_changed(office: Office) -> None:
    await begun(office, "a: mine", "a: theirs\n")
    with pytest.raises(VersionError, match="又被改过"):
        merge_file(office.desk.draft, NAME, b"a: stale\n", b"a: theirs\n", b"a: both\n")
    assert read_files(office.desk.draft)[NAME] == b"a: mine\n"


@pytest.mark.parametrize(
    "path", ["/merge/bureaus.yaml", "/merge/..%2Fdata%2Fadmin.json", "/merge/x"]
)
async def test_only_files_that_both_changed_can_be_merged(office: Office, path: str) -> None:
    clerk = await begun(office, "a: mine", "a: theirs\n")
    before = read_files(office.desk.draft)
    assert (await clerk.get(path)).status_code in (303, 404)
    fields = {"take": "merged", "text": "x: 1", "mine": "", "theirs": ""}
    assert (await clerk.post(path, fields)).status_code in (303, 404)
    assert (await send(clerk, "x")).status_code == 400
    assert read_files(office.desk.draft) == before
