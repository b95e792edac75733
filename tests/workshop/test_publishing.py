"""Draft, publish and undo: what goes live, what is refused, and that nothing is lost."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import pytest

from bot.content.documents.snapshot import UNFINISHED
from bot.errors import KnowledgeError, StoreUnavailable, VersionError
from bot.service.version_history import Origin, VersionNote
from bot.workshop import put_live
from bot.workshop.drafts import draft_state, drop_draft, is_draft
from bot.workshop.effects.questions import NOT_ASKED, Question
from bot.workshop.file_lock import try_lock
from bot.workshop.folder import read_files
from bot.workshop.folder_swap import FolderSwap
from bot.workshop.publishing import NOT_COMPARED, RegressionError, find
from tests.workshop.publishing_folder import NOON, OLD, Desk, write


async def edited(desk: Desk, **files: bytes) -> None:
    """Make a draft in which these files of phrases/ are changed."""
    await desk.publisher.draft(desk.draft, "小王")
    write(desk.draft, {f"phrases/{name}.yaml": data for name, data in files.items()})


async def test_a_draft_goes_live_with_who_and_why(desk: Desk) -> None:
    await edited(desk, a=b"a: 2\n")
    published = await desk.publisher.publish(desk.draft, "小王", " 改\n一句 ")
    assert read_files(desk.folder) == {**OLD, "phrases/a.yaml": b"a: 2\n"}
    assert published.files.changed == ("phrases/a.yaml",)
    assert list(published.effects.lines) == ["比较过了"]
    newest = await desk.history.newest()
    assert newest == published.entry
    assert (newest.note.who, newest.note.why) == ("小王", "改 一句")
    assert await desk.history.files(newest.number) == read_files(desk.folder)
    assert desk.leftovers() == []


async def test_files_are_added_and_removed_with_their_folders(desk: Desk) -> None:
    for in_place in (False, True):
        desk.in_place = in_place
        await desk.publisher.draft(desk.draft, "小王")
        before = read_files(desk.folder)
        name = "policies/q/supports/t.yaml" if in_place else "policies/r/policy.yaml"
        write(desk.draft, {name: b"new\n"})
        removed = "policies/r/policy.yaml" if in_place else "policies/p/supports/s.yaml"
        (desk.draft / removed).unlink()
        await desk.publisher.publish(desk.draft, "小王", "换")
        expected = {n: data for n, data in before.items() if n != removed}
        assert read_files(desk.folder) == {**expected, name: b"new\n"}
        assert not (desk.folder / removed).parent.exists()


async def test_what_was_live_and_in_no_version_is_noted_first(desk: Desk) -> None:
    await edited(desk, a=b"a: 2\n")
    await desk.publisher.publish(desk.draft, "小王", "改")
    assert await desk.origins() == [Origin.PUBLISH, Origin.SAVE]
    assert await desk.history.files(1) == OLD


async def test_the_draft_stays_and_is_based_on_what_it_published(desk: Desk) -> None:
    await edited(desk, a=b"a: 2\n")
    await desk.publisher.publish(desk.draft, "小王", "改")
    state = draft_state(desk.draft, await desk.live.files())
    assert not state.own
    assert not state.others
    write(desk.draft, {"phrases/a.yaml": b"a: 3\n"})
    await desk.publisher.publish(desk.draft, "小王", "再改")
    assert (desk.folder / "phrases/a.yaml").read_bytes() == b"a: 3\n"


@pytest.mark.parametrize("why", ["", "  \n"])
async def test_a_reason_is_required(desk: Desk, why: str) -> None:
    await edited(desk, a=b"a: 2\n")
    with pytest.raises(VersionError, match="-m"):
        await desk.publisher.publish(desk.draft, "小王", why)
    assert read_files(desk.folder) == OLD


async def test_a_draft_with_problems_is_refused_and_nothing_changes(desk: Desk) -> None:
    await edited(desk, a="坏".encode())
    with pytest.raises(KnowledgeError, match=r"phrases/a\.yaml:1: 写坏了"):
        await desk.publisher.publish(desk.draft, "小王", "改")
    assert read_files(desk.folder) == OLD
    assert await desk.history.entries() == []
    assert desk.leftovers() == []


async def test_a_regression_blocks_until_it_is_accepted(desk: Desk) -> None:
    await edited(desk, a="差".encode())
    with pytest.raises(RegressionError, match=r"“phrases/a\.yaml”答不上了"):
        await desk.publisher.publish(desk.draft, "小王", "改")
    assert read_files(desk.folder) == OLD
    await desk.publisher.publish(desk.draft, "小王", "改", accept=True)
    assert (desk.folder / "phrases/a.yaml").read_text() == "差"


async def test_the_questions_of_the_inbox_are_compared_too(desk: Desk) -> None:
    async def asked() -> list[Question]:
        return [Question("摊位多少钱")]

    desk.asked = asked
    await edited(desk, a=b"a: 2\n")
    _, effects = await desk.publisher.preview(desk.draft)
    assert list(effects.lines) == ["比较过了", "问了“摊位多少钱”〔收件箱〕"]
    published = await desk.publisher.publish(desk.draft, "小王", "改")
    assert list(published.effects.lines) == list(effects.lines)


async def test_an_inbox_that_cannot_be_read_is_told_and_stops_nothing(desk: Desk) -> None:
    async def asked() -> list[Question]:
        raise StoreUnavailable("数据库连不上")

    desk.asked = asked
    await edited(desk, a=b"a: 2\n")
    published = await desk.publisher.publish(desk.draft, "小王", "改")
    assert list(published.effects.lines) == [f"{NOT_ASKED}数据库连不上", "比较过了"]


async def test_a_draft_without_changes_is_refused(desk: Desk) -> None:
    await edited(desk)
    with pytest.raises(VersionError, match="没有要发布的改动"):
        await desk.publisher.publish(desk.draft, "小王", "改")


async def test_another_clerks_change_of_another_file_is_taken_over_on_request(desk: Desk) -> None:
    await edited(desk, a=b"a: mine\n", c=b"c: mine\n")
    write(desk.folder, {"phrases/b.yaml": b"b: theirs\n", "phrases/d.yaml": b"d: theirs\n"})
    (desk.folder / "README.md").unlink()
    with pytest.raises(VersionError, match=r"(?s)phrases/b\.yaml.*phrases/d.*README.*--rebase"):
        await desk.publisher.publish(desk.draft, "小王", "改")
    published = await desk.publisher.publish(desk.draft, "小王", "改", rebase=True)
    assert published.rebased == ("README.md", "phrases/b.yaml", "phrases/d.yaml")
    rest = {name: data for name, data in OLD.items() if name != "README.md"}
    assert read_files(desk.folder) == {
        **rest,
        "phrases/a.yaml": b"a: mine\n",
        "phrases/b.yaml": b"b: theirs\n",
        "phrases/c.yaml": b"c: mine\n",
        "phrases/d.yaml": b"d: theirs\n",
    }
    assert read_files(desk.draft) == read_files(desk.folder)


async def test_a_file_that_both_changed_needs_the_word_of_the_editor(desk: Desk) -> None:
    await edited(desk, a=b"a: mine\n")
    write(desk.folder, {"phrases/a.yaml": b"a: theirs\n", "phrases/b.yaml": b"b: theirs\n"})
    with pytest.raises(VersionError, match=r"(?s)phrases/a\.yaml.*--merged phrases/a\.yaml"):
        await desk.publisher.publish(desk.draft, "小王", "改", rebase=True)
    assert (desk.folder / "phrases/a.yaml").read_bytes() == b"a: theirs\n"
    with pytest.raises(VersionError, match=r"bureaus\.yaml 没有被两边都改过"):
        await desk.publisher.publish(desk.draft, "小王", "改", merged=["bureaus.yaml"])
    write(desk.draft, {"phrases/a.yaml": b"a: both\n"})
    await desk.publisher.publish(desk.draft, "小王", "改", merged=["phrases/a.yaml"])
    assert (desk.folder / "phrases/a.yaml").read_bytes() == b"a: both\n"
    assert (desk.folder / "phrases/b.yaml").read_bytes() == b"b: theirs\n"
    # What the other clerk had saved is in the history.
    files = await desk.history.files(1)
    assert files
    assert files["phrases/a.yaml"] == b"a: theirs\n"


async def test_the_same_change_by_both_is_no_conflict(desk: Desk) -> None:
    await edited(desk, a=b"a: same\n", c=b"c: mine\n")
    write(desk.folder, {"phrases/a.yaml": b"a: same\n"})
    await desk.publisher.publish(desk.draft, "小王", "改", rebase=True)
    assert (desk.folder / "phrases/c.yaml").read_bytes() == b"c: mine\n"


async def test_a_save_during_the_check_is_seen(desk: Desk) -> None:
    await edited(desk, a=b"a: mine\n")
    desk.on_check = lambda: write(desk.folder, {"phrases/b.yaml": b"b: theirs\n"})
    with pytest.raises(VersionError, match="检查的这一会儿，有人改了"):
        await desk.publisher.publish(desk.draft, "小王", "改")
    assert (desk.folder / "phrases/b.yaml").read_bytes() == b"b: theirs\n"
    assert (desk.folder / "phrases/a.yaml").read_bytes() == OLD["phrases/a.yaml"]


@pytest.mark.parametrize("in_place", [False, True])
async def test_a_save_at_the_last_moment_is_kept_aside(
    desk: Desk, in_place: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await edited(desk, a=b"a: mine\n")
    desk.in_place = in_place

    prepare = FolderSwap.prepare

    def saved_meanwhile(swap: FolderSwap) -> None:
        write(desk.folder, {"phrases/a.yaml": b"a: theirs\n"})
        prepare(swap)

    monkeypatch.setattr(FolderSwap, "prepare", saved_meanwhile)
    await desk.publisher.publish(desk.draft, "小王", "改")
    assert (desk.folder / "phrases/a.yaml").read_bytes() == b"a: mine\n"
    [rescued] = desk.live.rescued()
    assert (rescued / "phrases/a.yaml").read_bytes() == b"a: theirs\n"


async def test_of_two_publishes_at_once_one_is_refused(desk: Desk) -> None:
    await edited(desk, a=b"a: mine\n")
    other = desk.home / "data" / "other"
    await desk.publisher.draft(other, "小李")
    write(other, {"phrases/a.yaml": b"a: theirs\n"})
    results = await asyncio.gather(
        desk.publisher.publish(desk.draft, "小王", "改"),
        desk.publisher.publish(other, "小李", "改"),
        return_exceptions=True,
    )
    refused = [each for each in results if isinstance(each, VersionError)]
    assert len(refused) == 1
    assert (desk.folder / "phrases/a.yaml").read_bytes() in (b"a: mine\n", b"a: theirs\n")
    assert await desk.origins() == [Origin.PUBLISH, Origin.SAVE]


async def test_a_publish_waits_for_the_lock_and_gives_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await edited(desk, a=b"a: 2\n")
    monkeypatch.setattr(put_live, "LOCK_SECONDS", 0.1)
    held = try_lock(desk.live.lock_file)
    assert held
    with pytest.raises(VersionError, match="另一个发布或撤回正在进行"):
        await desk.publisher.publish(desk.draft, "小王", "改")
    held.release()
    await desk.publisher.publish(desk.draft, "小王", "改")


async def test_a_folder_with_files_of_no_version_keeps_them(desk: Desk) -> None:
    write(desk.folder, {".git/HEAD": b"ref", "notes.docx": b"\0", "phrases/.keep": b""})
    (desk.folder / "link").symlink_to(desk.home)
    inode = desk.folder.stat().st_ino
    await edited(desk, a=b"a: 2\n")
    assert not (desk.draft / "notes.docx").exists()
    await desk.publisher.publish(desk.draft, "小王", "改")
    assert desk.folder.stat().st_ino == inode
    assert (desk.folder / "phrases/a.yaml").read_bytes() == b"a: 2\n"
    for name in (".git/HEAD", "notes.docx", "phrases/.keep", "link"):
        assert (desk.folder / name).exists(), name
    assert not (desk.folder / UNFINISHED).exists()


async def test_modes_stay(desk: Desk) -> None:
    (desk.folder / "phrases").chmod(0o750)
    (desk.folder / "phrases/a.yaml").chmod(0o640)
    desk.folder.chmod(0o755)
    await edited(desk, a=b"a: 2\n", b=b"b: 2\n")
    for in_place in (False, True):
        desk.in_place = in_place
        write(desk.draft, {"phrases/a.yaml": b"a: %d\n" % (3 + in_place)})
        await desk.publisher.publish(desk.draft, "小王", "改")
        names = ("phrases", "phrases/a.yaml", ".")
        modes = [oct((desk.folder / name).stat().st_mode & 0o777) for name in names]
        assert modes == ["0o750", "0o640", "0o755"]


async def test_undo_puts_back_the_version_before_the_live_one(desk: Desk) -> None:
    await edited(desk, a=b"a: 2\n")
    await desk.publisher.publish(desk.draft, "小王", "改")
    undone = await desk.publisher.undo("", "小李", "答错了")
    assert read_files(desk.folder) == OLD
    assert (undone.entry.note.origin, undone.entry.note.who) == (Origin.UNDO, "小李")
    await desk.publisher.undo("2", "小李", "还是要")
    assert (desk.folder / "phrases/a.yaml").read_bytes() == b"a: 2\n"
    assert await desk.origins() == [Origin.UNDO, Origin.UNDO, Origin.PUBLISH, Origin.SAVE]


async def test_undo_of_a_direct_save_keeps_it_in_the_history(desk: Desk) -> None:
    await edited(desk, a=b"a: 2\n")
    await desk.publisher.publish(desk.draft, "小王", "改")
    write(desk.folder, {"phrases/a.yaml": b"a: saved\n"})
    await desk.publisher.undo("", "小李", "保存错了")
    assert (desk.folder / "phrases/a.yaml").read_bytes() == b"a: 2\n"
    files = await desk.history.files(3)
    assert files
    assert files["phrases/a.yaml"] == b"a: saved\n"


async def test_undo_passes_the_same_checks(desk: Desk) -> None:
    write(desk.folder, {"phrases/a.yaml": "坏".encode()})
    await edited(desk, a=b"a: 2\n")
    await desk.publisher.publish(desk.draft, "小王", "改")
    with pytest.raises(KnowledgeError):
        await desk.publisher.undo("", "小李", "退")
    assert (desk.folder / "phrases/a.yaml").read_bytes() == b"a: 2\n"


async def test_undo_without_an_earlier_version_is_refused(desk: Desk) -> None:
    with pytest.raises(VersionError, match="没有更早的版本"):
        await desk.publisher.undo("", "小李", "退")


async def test_a_version_is_named_by_its_number_or_the_beginning_of_its_id(desk: Desk) -> None:
    for number, version in enumerate(["abc123000000", "abd456000000", "abc123000000"]):
        await desk.live.history.add(_note(version, number), {}, after=number)
    entries = await desk.history.entries()
    assert find(entries, "2").number == 2
    assert find(entries, "ABC").number == 3
    assert find(entries, "abd4").number == 2
    with pytest.raises(VersionError, match="不止一个：3（abc123000000）、2（abd456000000）"):
        find(entries, "ab")
    for unknown in ("9", "x", "-1", "", "²"):
        if unknown:
            with pytest.raises(VersionError, match="没有版本"):
                find(entries, unknown)


def _note(version: str, number: int) -> VersionNote:
    return VersionNote(version, f"{number}" * 64, Origin.SAVE, NOON, "", "")


async def test_a_dropped_draft_with_changes_is_kept_aside_once(desk: Desk) -> None:
    await edited(desk)
    assert drop_draft(desk.draft) is None
    await edited(desk, a=b"a: mine\n")
    aside = drop_draft(desk.draft)
    assert aside
    assert not desk.draft.exists()
    assert (aside / "phrases/a.yaml").read_bytes() == b"a: mine\n"
    with pytest.raises(VersionError, match="还没有草稿"):
        drop_draft(desk.draft)


async def test_a_folder_that_is_no_draft_is_neither_published_nor_dropped(
    desk: Desk, tmp_path: Path
) -> None:
    other = tmp_path / "mine"
    write(other, OLD)
    for refused in (
        desk.publisher.publish(other, "小王", "改"),
        desk.publisher.draft(other, "小王"),
    ):
        with pytest.raises(VersionError, match=r"不是草稿|也不是草稿"):
            await refused
    with pytest.raises(VersionError, match="不是草稿"):
        drop_draft(other)
    assert read_files(other) == OLD


async def test_a_draft_without_changes_is_made_anew_when_others_went_on(desk: Desk) -> None:
    await edited(desk)
    write(desk.folder, {"phrases/b.yaml": b"b: theirs\n"})
    await desk.publisher.draft(desk.draft, "小王")
    assert (desk.draft / "phrases/b.yaml").read_bytes() == b"b: theirs\n"
    write(desk.draft, {"phrases/a.yaml": b"a: mine\n"})
    with pytest.raises(VersionError, match="已经有一份改过的草稿"):
        await desk.publisher.draft(desk.draft, "小王")
    assert is_draft(desk.draft)


async def test_a_damaged_note_of_a_draft_is_told(desk: Desk) -> None:
    await edited(desk, a=b"a: mine\n")
    (desk.draft / ".base.json").write_bytes(b"[1")
    with pytest.raises(VersionError, match="读不出来"):
        await desk.publisher.publish(desk.draft, "小王", "改")
    assert (desk.draft / "phrases/a.yaml").read_bytes() == b"a: mine\n"


async def test_a_folder_that_cannot_be_written_is_told_and_nothing_changes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await edited(desk, a=b"a: 2\n")

    def no_room(_: FolderSwap) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FolderSwap, "prepare", no_room)
    with pytest.raises(VersionError, match="磁盘满了"):
        await desk.publisher.publish(desk.draft, "小王", "改")
    assert read_files(desk.folder) == OLD
    assert Origin.PUBLISH not in await desk.origins()


async def test_what_a_killed_check_left_is_removed_later(desk: Desk) -> None:
    data = desk.home / "data"
    for name, hours in (("checking-old", 2), ("checking-now", 0)):
        (data / name).mkdir(parents=True)
        moment = (NOON - timedelta(hours=hours)).timestamp()
        os.utime(data / name, (moment, moment))
    await edited(desk, a=b"a: 2\n")
    await desk.publisher.publish(desk.draft, "小王", "改")
    assert [path.name for path in data.glob("checking-*")] == ["checking-now"]


async def test_a_publish_mends_a_live_folder_that_cannot_be_read(desk: Desk) -> None:
    write(desk.folder, {"phrases/a.yaml": "坏".encode()})
    await edited(desk, a=b"a: mended\n")
    published = await desk.publisher.publish(desk.draft, "小王", "改好")
    assert list(published.effects.lines) == [NOT_COMPARED]
    assert (desk.folder / "phrases/a.yaml").read_bytes() == b"a: mended\n"


async def test_an_undo_does_not_compare_answers(desk: Desk) -> None:
    write(desk.folder, {"phrases/a.yaml": "差".encode()})
    await edited(desk, a=b"a: 2\n")
    await desk.publisher.publish(desk.draft, "小王", "改")
    undone = await desk.publisher.undo("", "小李", "退")
    assert list(undone.effects.lines) == []
    assert (desk.folder / "phrases/a.yaml").read_text() == "差"
