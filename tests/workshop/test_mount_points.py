"""Mount points, also those that bind a folder onto itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.workshop.mount_points import is_mount_point, mount_points
from tests.knowledge_base import ROOT

LINES = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
63 22 254:0 /opt/bot/knowledge /opt/bot/knowledge rw,relatime shared:1 - ext4 /dev/vda rw
64 22 254:0 /a /mnt/two\\040words\\134x rw - ext4 /dev/vda rw
short
"""
BIND = 'mount --bind "$2" "$2" && exec "$1" -c "$3" "$2"'
ASK = (
    "import sys; from pathlib import Path; from bot.workshop.mount_points import is_mount_point; "
)
ASK += "print(is_mount_point(Path(sys.argv[1])))"


def test_the_mount_points_of_a_process_are_read() -> None:
    assert mount_points(LINES) == {"/", "/opt/bot/knowledge", "/mnt/two words\\x"}


def test_a_plain_folder_is_no_mount_point(tmp_path: Path) -> None:
    assert not is_mount_point(tmp_path)
    assert is_mount_point(Path("/"))


def test_a_folder_that_is_bound_onto_itself_is_a_mount_point(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if not unshare:
        pytest.skip("no name spaces here")
    done = subprocess.run(
        [unshare, "-Urm", "sh", "-c", BIND, "sh", sys.executable, str(tmp_path), ASK],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        pytest.skip("this user may not mount")
    assert done.stdout == "True\n"
