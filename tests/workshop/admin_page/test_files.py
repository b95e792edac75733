"""Files are edited in the draft, and only files of the knowledge."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.workshop.admin_page.desk import ChangedMeanwhile, Desk, file_digest
from bot.workshop.admin_page.pages.files import PART_LINES, part_of, replaced
from bot.workshop.drafts import is_draft
from bot.workshop.folder import read_files
from tests.workshop.admin_page.office import Clerk, Office
from tests.workshop.publishing_folder import OLD

BUREAUS = "/files/bureaus.yaml"
OUTSIDE = [
    "../data/admin.json",
    "..%2Fdata%2Fadmin.json",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/data/admin.json",
    "/etc/passwd",
    "%2Fetc%2Fpasswd",
    "phrases/../../data/admin.json",
    "..\\data\\admin.json",
    ".base.json",
    "phrases",
    "nothing.yaml",
    "bureaus.yaml%00",
    "file:///etc/passwd",
]


async def edited(clerk: Clerk, path: str, text: str, **fields: str) -> httpx.Response:
    """Open a file, put this text into its field, and send the form."""
    page = (await clerk.get(path)).text
    values = {
        name: page.partition(f'name="{name}" value="')[2].partition('"')[0]
        for name in ("shown", "first", "last")
    }
    return await clerk.post(path.partition("?")[0], {**values, "text": text, **fields})


async def test_an_edit_goes_into_the_draft_and_changes_nothing_live(office: Office) -> None:
    clerk = await office.signed_in()
    assert "现在没有草稿" in (await clerk.get("/files")).text
    response = await edited(clerk, BUREAUS, "bureaus: new\r\nmore: 1")
    assert response.status_code == 303
    assert read_files(office.desk.folder) == OLD
    draft = read_files(office.desk.draft)
    assert draft == {**OLD, "bureaus.yaml": b"bureaus: new\nmore: 1\n"}
    assert "草稿里改过" in (await clerk.get("/files")).text
    assert "more: 1" in (await clerk.get(BUREAUS)).text
    line = office.audit()[-1]
    assert (line["action"], line["user"], line["file"]) == ("edit", "admin", "bureaus.yaml")


async def test_a_field_that_is_sent_back_as_it_was_changes_no_byte(office: Office) -> None:
    odd = "a: 1\r\nb: “二”\n\n\tc\r\n".encode() + b"\xef\xbb\xbf"
    (office.desk.folder / "phrases" / "a.yaml").write_bytes(odd)
    clerk = await office.signed_in()
    page = (await clerk.get("/files/phrases/a.yaml")).text
    text = page.partition("<textarea")[2].partition(">\n")[2].partition("</textarea>")[0]
    await edited(clerk, "/files/phrases/a.yaml", text.replace("\n", "\r\n"))
    assert read_files(office.desk.draft)["phrases/a.yaml"] == odd


@pytest.mark.parametrize("name", OUTSIDE)
async def test_nothing_outside_of_the_knowledge_is_read_or_written(
    office: Office, name: str
) -> None:
    clerk = await office.signed_in()
    page = await clerk.get(BUREAUS)
    answer = await clerk.client.get(f"{clerk.client.base_url}/admin/files/{name}")
    assert answer.status_code in (303, 404)
    assert "argon2" not in answer.text
    assert "root:" not in answer.text
    before = (office.home / "data" / "admin.json").read_bytes()
    shown = page.text.partition('name="shown" value="')[2].partition('"')[0]
    fields = {"shown": shown, "first": "1", "last": "1", "text": "x"}
    assert (await clerk.post(f"/files/{name}", fields)).status_code in (303, 404)
    assert (office.home / "data" / "admin.json").read_bytes() == before
    assert not is_draft(office.desk.draft)


async def test_a_link_out_of_the_folder_is_no_file_of_it(office: Office) -> None:
    (office.desk.folder / "phrases" / "secret.yaml").symlink_to(office.home / "data/admin.json")
    clerk = await office.signed_in()
    assert (await clerk.get("/files/phrases/secret.yaml")).status_code == 404


async def test_two_clerks_never_lose_a_line(office: Office) -> None:
    app = office.app()
    first, second = await office.signed_in(app), await office.signed_in(app)
    await first.get(BUREAUS)
    shown = await second.field(BUREAUS, "shown")
    await edited(first, BUREAUS, "bureaus: of the first")
    fields = {"shown": shown, "first": "1", "last": "1", "text": "bureaus: <of the second>"}
    response = await second.post(BUREAUS, fields)
    assert response.status_code == 409
    assert "别人刚改过" in response.text
    assert "bureaus: &lt;of the second&gt;" in response.text
    assert read_files(office.desk.draft)["bureaus.yaml"] == b"bureaus: of the first\n"


async def test_lines_that_another_clerk_deleted_do_not_lose_the_text(office: Office) -> None:
    app = office.app()
    first, second = await office.signed_in(app), await office.signed_in(app)
    await edited(first, BUREAUS, "a: 1\nb: 2\nc: 3")
    shown = await second.field(BUREAUS, "shown")
    await edited(first, BUREAUS, "a: 1")
    fields = {"shown": shown, "first": "1", "last": "3", "text": "mine"}
    response = await second.post(BUREAUS, fields)
    assert response.status_code == 409
    assert "mine" in response.text


async def test_the_draft_itself_refuses_a_file_that_has_changed(office: Office) -> None:
    desk = Desk(office.desk.publisher, office.desk.draft, lambda moment: moment)
    stale = file_digest(b"something else")
    with pytest.raises(ChangedMeanwhile):
        await desk.save("bureaus.yaml", stale, b"mine\n", "admin")
    assert read_files(office.desk.draft) == OLD


@pytest.mark.parametrize(
    ("first", "last"), [("0", "1"), ("2", "1"), ("1", "9"), ("-1", "1"), ("x", "1"), ("", "")]
)
async def test_lines_that_the_file_does_not_have_are_refused(
    office: Office, first: str, last: str
) -> None:
    clerk = await office.signed_in()
    response = await edited(clerk, BUREAUS, "x", first=first, last=last)
    assert response.status_code in (400, 409)
    assert read_files(office.desk.folder) == OLD


async def test_problems_stand_beside_their_line(office: Office) -> None:
    clerk = await office.signed_in()
    await edited(clerk, BUREAUS, "a: 1\n\tb: 2\nc: 3")
    page = (await clerk.get(BUREAUS)).text
    assert "有 1 处问题" in page
    assert "第 2 行" in page
    assert "<code>\tb: 2</code>" in page


async def test_all_files_are_searched(office: Office) -> None:
    clerk = await office.signed_in()
    page = (await clerk.get("/files?q=B:%201")).text
    assert 'href="/admin/files/phrases/b.yaml?line=1"' in page
    assert "没有找到" in (await clerk.get("/files?q=<b>zzz")).text


def test_a_long_file_is_shown_in_parts() -> None:
    text = "".join(f"line {n}\n" for n in range(1, 201))
    assert part_of(text, 0).text.splitlines()[0] == "line 1"
    part = part_of(text, 100)
    assert part.first < 100 < part.last
    assert part.last - part.first + 1 == PART_LINES
    assert part_of(text, 9_999).last == part_of(text, 200).last == 200
    assert part_of("", 5).total == 0


LINES = st.lists(
    st.tuples(st.text("ab：\t", max_size=3), st.sampled_from(["\n", "\r\n"])), min_size=1
)


@settings(max_examples=60, deadline=None)
@given(LINES, st.data())
def test_an_edit_of_some_lines_leaves_the_others_byte_for_byte(
    lines: list[tuple[str, str]], data: st.DataObject
) -> None:
    whole = [(text + end).encode() for text, end in lines]
    first = data.draw(st.integers(1, len(lines)))
    last = data.draw(st.integers(first, len(lines)))
    old = b"".join(whole)
    new = replaced(old, first, last, "new 1\r\nnew 2")
    before, after = b"".join(whole[: first - 1]), b"".join(whole[last:])
    assert new.startswith(before + b"new 1")
    assert new.endswith(after)
    assert new.count(b"\n") == len(lines) - (last - first + 1) + 2
    shown = "\n".join(text for text, _ in lines[first - 1 : last])
    assert replaced(old, first, last, shown) == old
    gone = replaced(old, first, last, "")
    assert gone == (old if shown == "" else before + after)
