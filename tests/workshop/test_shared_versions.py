"""Several machines with one history: each follows the newest version, and nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.errors import VersionError
from bot.service.version_history import Files, Origin
from bot.storage.version_files import FileHistory
from bot.workshop.folder import read_files, version_id
from bot.workshop.folder_swap import FolderSwap
from bot.workshop.shared_versions import SharedVersions
from tests.workshop.publishing_folder import OLD, Desk, write


@dataclass
class Machine:
    """A machine with a folder of its own, whose service follows the shared history."""

    desk: Desk
    copies: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.service = SharedVersions(self.desk.live, lambda _, why: self.copies.append(why))

    @property
    def files(self) -> Files:
        """Return what the service loads."""
        return read_files(self.service.folder)

    def save(self, **files: bytes) -> None:
        """Save files of phrases/ in the folder of this machine."""
        write(self.desk.folder, {f"phrases/{name}.yaml": data for name, data in files.items()})

    async def look(self) -> None:
        """Do what the service does when it sees a change: follow, load, note."""
        await self.service.follow()
        await self.note()

    async def note(self) -> None:
        """Do what the service does when the files of the folder are live."""
        if self.service.folder == self.desk.folder:
            entry = await self.desk.live.note_saved(
                Origin.SAVE, version(self.desk), self.service.number
            )
            if entry:
                self.service.noted(entry)


def version(desk: Desk) -> str:
    """Return the version that the service would show."""
    return version_id(desk.folder)


@pytest.fixture
def machines(tmp_path: Path) -> tuple[Machine, Machine]:
    """Return two machines with the same files and one history."""
    made = []
    for name in ("one", "two"):
        write(tmp_path / name / "knowledge", OLD)
        desk = Desk(tmp_path / name, FileHistory(tmp_path / "versions"), shared=True)
        made.append(Machine(desk))
    return made[0], made[1]


async def publish(machine: Machine, **files: bytes) -> None:
    """Publish these files of phrases/ from a draft on this machine."""
    desk = machine.desk
    await desk.publisher.draft(desk.draft, "小王")
    write(desk.draft, {f"phrases/{name}.yaml": data for name, data in files.items()})
    await desk.publisher.publish(desk.draft, "小王", "改")


async def test_the_first_start_notes_its_folder_and_the_second_agrees(
    machines: tuple[Machine, Machine],
) -> None:
    for machine in machines:
        await machine.look()
    assert len(await machines[0].desk.history.entries()) == 1


async def test_a_publish_is_followed_by_every_machine(machines: tuple[Machine, Machine]) -> None:
    one, two = machines
    for machine in machines:
        await machine.look()
    await publish(one, a=b"a: 2\n")
    assert await two.service.moved()
    await two.look()
    assert not await two.service.moved()
    assert two.files == one.files == {**OLD, "phrases/a.yaml": b"a: 2\n"}
    await one.look()
    assert len(await one.desk.history.entries()) == 2


async def test_a_machine_that_starts_with_old_files_takes_the_newest(
    machines: tuple[Machine, Machine],
) -> None:
    one, two = machines
    await one.look()
    await publish(one, a=b"a: 2\n")
    await publish(one, a=b"a: 3\n")
    await two.look()
    assert two.files["phrases/a.yaml"] == b"a: 3\n"
    assert len(await one.desk.history.entries()) == 3


async def test_a_machine_that_starts_with_new_files_makes_them_the_newest(
    machines: tuple[Machine, Machine],
) -> None:
    one, two = machines
    await one.look()
    two.save(a=b"a: new\n")
    await two.look()
    await one.look()
    assert one.files["phrases/a.yaml"] == b"a: new\n"


async def test_a_save_on_one_machine_reaches_the_others(
    machines: tuple[Machine, Machine],
) -> None:
    one, two = machines
    for machine in machines:
        await machine.look()
    await publish(one, a=b"a: 2\n")
    await two.look()
    # Also one that puts back by hand what was live before.
    two.save(a=OLD["phrases/a.yaml"])
    await two.look()
    await one.look()
    assert one.files == two.files == OLD
    assert len(await one.desk.history.entries()) == 3


async def test_a_save_beside_a_publish_elsewhere_is_kept_aside(
    machines: tuple[Machine, Machine],
) -> None:
    one, two = machines
    for machine in machines:
        await machine.look()
    two.save(a=b"a: saved\n")
    await publish(one, b=b"b: 2\n")
    await two.look()
    assert two.files == one.files
    [rescued] = two.desk.live.rescued()
    assert read_files(rescued) == {"phrases/a.yaml": b"a: saved\n"}


async def test_a_folder_that_cannot_be_written_is_replaced_by_a_copy(
    machines: tuple[Machine, Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = machines
    for machine in machines:
        await machine.look()
    await publish(one, a=b"a: 2\n")

    def read_only(_: FolderSwap) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(FolderSwap, "prepare", read_only)
        await two.look()
        assert two.files == one.files
        assert "磁盘是只读的" in two.copies[0]
        assert read_files(two.desk.folder) == OLD
    assert len(await one.desk.history.entries()) == 2, "the old folder is not noted as new"
    await publish(one, a=b"a: 3\n")
    await two.look()
    assert two.service.folder == two.desk.folder
    assert two.files["phrases/a.yaml"] == b"a: 3\n"


async def test_a_publish_on_a_machine_that_is_behind_brings_it_up_to_date(
    machines: tuple[Machine, Machine],
) -> None:
    one, two = machines
    for machine in machines:
        await machine.look()
    await publish(one, a=b"a: 2\n")
    # No service runs on the second machine: its folder still has the old files.
    await publish(two, b=b"b: 2\n")
    assert read_files(two.desk.folder) == {
        **OLD,
        "phrases/a.yaml": b"a: 2\n",
        "phrases/b.yaml": b"b: 2\n",
    }


async def test_a_publish_is_refused_while_the_folder_has_changes_that_went_live_nowhere(
    machines: tuple[Machine, Machine],
) -> None:
    one, two = machines
    for machine in machines:
        await machine.look()
    two.save(a="坏".encode())
    with pytest.raises(VersionError, match=r"没有生效的改动（phrases/a\.yaml）"):
        await publish(two, b=b"b: 2\n")
    assert (two.desk.folder / "phrases/a.yaml").read_text() == "坏"
    assert len(await one.desk.history.entries()) == 1


async def test_of_two_saves_at_once_one_goes_live_and_the_other_is_kept_aside(
    machines: tuple[Machine, Machine],
) -> None:
    one, two = machines
    for machine in machines:
        await machine.look()
    one.save(a=b"a: one\n")
    two.save(b=b"b: two\n")
    for machine in machines:
        await machine.service.follow()
    for machine in machines:  # both have checked their own files meanwhile
        await machine.note()
    for machine in machines:
        await machine.look()
    assert one.files == two.files == {**OLD, "phrases/a.yaml": b"a: one\n"}
    [rescued] = two.desk.live.rescued()
    assert read_files(rescued) == {"phrases/b.yaml": b"b: two\n"}
