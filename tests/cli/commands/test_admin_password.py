"""`admin-password` sets, changes and removes the passwords of the admin page."""

from __future__ import annotations

import getpass
import io
import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import structlog

from bot.cli.main import main
from bot.workshop.admin_page.security.accounts import Accounts

GOOD = "four words of tea"


class Terminal(io.StringIO):
    """A standard input that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a settings file."""
    (tmp_path / "config.yaml").write_text("listen: 127.0.0.1:0\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, text: str, *arguments: str) -> int:
    """Run the command with this standard input."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    return main(["admin-password", *arguments])


def test_a_line_of_input_becomes_the_password(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, f"{GOOD}\n") == 0
    assert run(monkeypatch, f"{GOOD}\r\nmore\n", "--user", "王芳") == 0
    file = home / "data" / "admin.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    accounts = Accounts(file)
    assert accounts.users == ("admin", "王芳")
    assert accounts.verify("王芳", GOOD)
    assert not accounts.verify("王芳", f"{GOOD}\r")
    assert "$argon2id$" in file.read_text("utf-8")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away"
)
def test_what_root_writes_can_be_read_by_the_owner_of_the_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "data").mkdir(mode=0o700)
    os.chown(home / "data", 12345, 23456)
    assert run(monkeypatch, f"{GOOD}\n") == 0
    written = (home / "data" / "admin.json").stat()
    assert (written.st_uid, written.st_gid) == (12345, 23456)
    assert stat.S_IMODE(written.st_mode) == 0o600


def test_accounts_that_cannot_be_read_are_logged_once(home: Path) -> None:
    file = home / "data" / "admin.json"
    file.mkdir(parents=True)
    accounts = Accounts(file)
    with structlog.testing.capture_logs() as logged:
        assert (accounts.users, accounts.users) == ((), ())
    [line] = logged
    assert (line["event"], line["file"]) == ("admin_accounts_unreadable", str(file))
    file.rmdir()
    with structlog.testing.capture_logs() as logged:
        assert accounts.users == ()
    assert logged == []


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        ("\n", (), "太短"),
        ("", (), "太短"),
        ("123456789\n", (), "太短"),
        ("aaaaaaaaaaaaaa\n", (), "太容易猜"),
        ("wang.fang.1\n", ("--user", "wang.fang.1"), "太容易猜"),
        ("x" * 150 + "yz" * 60, (), "太长"),
        (GOOD, ("--user", "../x"), "名字只能用"),
        (GOOD, ("--user", "两 个"), "名字只能用"),
    ],
)
def test_a_bad_password_or_name_changes_nothing(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    arguments: Sequence[str],
    said: str,
) -> None:
    assert run(monkeypatch, text, *arguments) == 1
    assert said in capsys.readouterr().err
    assert not (home / "data").exists()


@pytest.mark.parametrize("second", [GOOD, "another one entirely"])
def test_on_a_terminal_it_is_asked_for_twice(
    home: Path, monkeypatch: pytest.MonkeyPatch, second: str
) -> None:
    typed = iter([GOOD, second])
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda prompt: next(typed))
    assert main(["admin-password"]) == (0 if second == GOOD else 1)
    assert (home / "data" / "admin.json").exists() == (second == GOOD)


def test_removing_the_last_switches_the_page_off(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, GOOD)
    run(monkeypatch, GOOD, "--user", "王芳")
    assert run(monkeypatch, "", "--remove", "--user", "李雷") == 1
    assert "现在有：admin、王芳" in capsys.readouterr().err
    assert run(monkeypatch, "", "--remove", "--user", "admin") == 0
    assert "关上" not in capsys.readouterr().out
    assert run(monkeypatch, "", "--remove") == 0
    assert "关上" in capsys.readouterr().out
    assert Accounts(home / "data" / "admin.json").users == ()
    assert run(monkeypatch, "", "--remove") == 0
