"""`admin-password`: switch the admin page on and off; `preview`: talk to a draft for it."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from bot.app import composition
from bot.cli.common import locations, print_json, read_json_lines
from bot.cli.parser import Commands
from bot.errors import ConfigError


def register(commands: Commands) -> None:
    """Add the command."""
    command = commands.add(
        "admin-password",
        run,
        title="设管理页面的密码；设了以后才有 /admin",
        example="--user 王芳",
    )
    command.add_argument(
        "--user", default="", metavar="名字", help="谁的密码（默认 admin）；一人一个名字"
    )
    command.add_argument(
        "--remove",
        action="store_true",
        help="删掉这个人；不写 --user 就全部删掉，管理页面随之关闭",
    )
    # The admin page starts this command to talk to a draft in another process.
    preview = commands.add_hidden("preview", run_preview)
    preview.add_argument("folder")
    preview.add_argument("home")


def run(options: argparse.Namespace) -> int:
    """Set a password, typed twice on a terminal or read as one line, or remove accounts."""
    from bot.workshop.admin_page.dependencies import DATA
    from bot.workshop.admin_page.security.accounts import (
        ACCOUNTS_FILE,
        DEFAULT_USER,
        Accounts,
        user_fault,
    )

    accounts = Accounts(locations(options).home / DATA / ACCOUNTS_FILE)
    if options.remove:
        gone = accounts.remove(options.user)
        print(f"删掉了：{'、'.join(gone)}。" if gone else "本来就没有设过密码。")
        if not accounts.users:
            print("管理页面关上了。")
        return 0
    user = options.user or DEFAULT_USER
    if fault := user_fault(user):
        raise ConfigError([fault])
    accounts.set_password(user, _password(user))
    print(f"{user} 的密码设好了，马上可以用它登录 /admin；原来登录着的要重新登录。")
    return 0


def _password(user: str) -> str:
    """Return the password that was typed. Raises ConfigError for two different ones."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass(f"{user} 的新密码（至少 10 个字符，打字时不显示）：")
    if getpass.getpass("再打一遍：") != first:
        raise ConfigError(["两遍不一样，没有改。请再来一次"])
    return first


def run_preview(options: argparse.Namespace) -> int:
    """Answer lines of JSON from the knowledge of a folder, and store nothing."""
    from bot.config import Settings

    base = composition.load_base(Path(options.folder), Path(options.home))
    lines = read_json_lines(sys.stdin)
    return composition.run(
        composition.chat_lines(base, composition.MEMORY, Settings(), lines, print_json)
    )
