"""The accounts of the admin page: names and password hashes in one file."""

from __future__ import annotations

import json
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import ConfigError, reason
from bot.workshop.admin_page.security.private_files import write_private

ACCOUNTS_FILE = "admin.json"
DEFAULT_USER = "admin"
SHORTEST_PASSWORD = 10
# Characters; more would only cost time.
LONGEST_PASSWORD = 200
# Different characters of a password: aaaaaaaaaa is none.
LEAST_DIFFERENT = 4
_USER = re.compile(r"[\w.-]{1,32}")


@dataclass(frozen=True, slots=True)
class Account:
    """A user with the hash of the password. `generation` changes with every password; a session
    of an older one is void."""

    user: str
    hash: str
    generation: str


class Accounts:
    """The accounts in `file`. Without any, the admin page is off.

    `hasher`: argon2id; its parameters stand in each hash. Every method reads the file anew: the
    command line may have changed it. Methods that write raise ConfigError with what is wrong.
    """

    def __init__(self, file: Path, hasher: PasswordHasher | None = None) -> None:
        self._file = file
        self._hasher = hasher or PasswordHasher()
        self._told = ""
        # Verified for a user that does not exist, so that both cases take the same time.
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    @property
    def users(self) -> tuple[str, ...]:
        """The names of the users; none if the file is missing, damaged or not readable. What is
        wrong with it is logged once."""
        return tuple(self._read())

    def account(self, user: str) -> Account | None:
        """Return the account of a user."""
        return self._read().get(user)

    def set_password(self, user: str, password: str) -> None:
        """Create the account, or replace its password. All sessions of the user end."""
        fault = user_fault(user) or password_fault(password, user)
        if fault:
            raise ConfigError([fault])
        hashed = self._hasher.hash(_normal(password))
        self._write({**self._read(), user: Account(user, hashed, secrets.token_hex(8))})

    def remove(self, user: str = "") -> tuple[str, ...]:
        """Remove the account of a user, or all; return the names of the removed. All their
        sessions end."""
        accounts = self._read()
        gone = tuple(name for name in accounts if not user or name == user)
        if user and not gone:
            known = "、".join(accounts) or "还没有任何人"
            raise ConfigError([f"没有叫“{user}”的管理员（现在有：{known}）"])
        if gone:
            self._write({name: one for name, one in accounts.items() if name not in gone})
        return gone

    def verify(self, user: str, password: str) -> Account | None:
        """Return the account if the password is right. Takes about 0.1 s of a processor and 64 MB
        for any user and password."""
        account = self._read().get(user)
        try:
            self._hasher.verify(account.hash if account else self._nobody, _normal(password))
        except (VerificationError, InvalidHashError):
            return None
        return account

    def _read(self) -> dict[str, Account]:
        try:
            stored = json.loads(self._file.read_text("utf-8"))
            return {user: _account(user, values) for user, values in stored["users"].items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            self._log(reason(error) if isinstance(error, OSError) else "文件坏了")
            return {}

    def _log(self, why: str) -> None:
        """Log why the file cannot be used; without it, the page is off."""
        if self._told != why:
            self._told = why
            log = structlog.get_logger()
            log.error("admin_accounts_unreadable", file=str(self._file), reason=why)

    def _write(self, accounts: Mapping[str, Account]) -> None:
        users = {
            user: {"hash": account.hash, "generation": account.generation}
            for user, account in accounts.items()
        }
        text = json.dumps({"users": users}, ensure_ascii=False, indent=1)
        try:
            write_private(self._file, text.encode())
        except OSError as error:
            raise ConfigError([f"{self._file} 写不进去：{reason(error)}"]) from error


def user_fault(user: str) -> str:
    """Return what is wrong with a name, "" if nothing is."""
    if _USER.fullmatch(user):
        return ""
    return "名字只能用汉字、字母、数字、点、横线和下划线，最多 32 个字"


def password_fault(password: str, user: str) -> str:
    """Return what is wrong with a new password, "" if nothing is."""
    normal = _normal(password)
    if len(normal) < SHORTEST_PASSWORD:
        return f"密码太短：至少要 {SHORTEST_PASSWORD} 个字符，可以是一句只有您知道的话"
    if len(normal) > LONGEST_PASSWORD:
        return f"密码太长：最多 {LONGEST_PASSWORD} 个字符"
    if len(set(normal)) < LEAST_DIFFERENT or normal.casefold() == user.casefold():
        return "这个密码太容易猜：不要重复同几个字符，也不要和名字一样"
    return ""


def _normal(password: str) -> str:
    """Return the password as it is hashed: input methods encode the same letter differently, and
    a lone surrogate cannot be encoded."""
    text = unicodedata.normalize("NFKC", password)
    return text.encode("utf-8", "replace").decode()


def _account(user: str, values: Mapping[str, Any]) -> Account:
    return Account(user, str(values["hash"]), str(values["generation"]))
