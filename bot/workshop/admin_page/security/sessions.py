"""The sessions of the admin page: one small file each, so that several processes share them.

The cookie holds a signed random id. The name of the file is a hash of the id: who can read the
folder has no session. The time of the file is when the session was last used.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from itsdangerous import BadSignature, Signer

from bot.workshop.admin_page.security.accounts import Account, Accounts
from bot.workshop.admin_page.security.private_files import write_private

SESSIONS_FOLDER = "admin-sessions"
LONGEST = timedelta(hours=12)
IDLE = timedelta(hours=1)
# A use is noted at most this often, as the time of the file.
NOTED_EVERY = timedelta(minutes=1)
# Sessions of one user; the oldest ends when there is one more.
MOST_SESSIONS = 20
_SUFFIX = ".json"
_LONG_AGO = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class AdminSession:
    """A valid session. `key`: the name of its file, which is no secret. `id`: the secret."""

    id: str
    key: str
    user: str
    started: datetime


class Sessions:
    """The sessions of the accounts, in `folder`. `secret` signs the cookies."""

    def __init__(
        self, folder: Path, accounts: Accounts, secret: bytes, clock: Callable[[], datetime]
    ) -> None:
        self._folder = folder
        self._accounts = accounts
        self._signer = Signer(secret, salt="admin-session", digest_method=sha256)
        self._clock = clock

    def begin(self, account: Account) -> str:
        """Begin a session; return the value of its cookie. Raises OSError."""
        now = self._clock()
        self._drop_stale(now)
        oldest_first = sorted(self._of(account.user), key=lambda one: one[1])
        for key, _ in oldest_first[: len(oldest_first) - MOST_SESSIONS + 1]:
            self._remove(key)
        id_ = secrets.token_urlsafe(24)
        values = {
            "user": account.user,
            "generation": account.generation,
            "started": now.isoformat(),
        }
        file = self._file(_key(id_))
        write_private(file, json.dumps(values).encode())
        _note_use(file, now)
        return self._signer.sign(id_).decode()

    def find(self, cookie: str) -> AdminSession | None:
        """Return the session of a cookie while it is valid: not older than LONGEST, used within
        IDLE, and the password is still the one it was begun with. Notes the use."""
        try:
            id_ = self._signer.unsign(cookie).decode()
        except BadSignature:
            return None
        key, now = _key(id_), self._clock()
        values, seen = self._read(key), self._seen(key)
        if values is None:
            return None
        account = self._accounts.account(values.get("user", ""))
        started = _time(values)
        if (
            account is None
            or account.generation != values.get("generation")
            # A clock that was set back must not make a session last longer.
            or abs(now - started) >= LONGEST
            or abs(now - seen) >= IDLE
        ):
            self._remove(key)
            return None
        if abs(now - seen) >= NOTED_EVERY:
            # Only the time is set: that cannot bring back a session that was ended meanwhile.
            with suppress(OSError):
                _note_use(self._file(key), now)
        return AdminSession(id_, key, account.user, started)

    def end(self, session: AdminSession) -> None:
        """End a session."""
        self._remove(session.key)

    def end_all(self, user: str) -> int:
        """End all sessions of a user; return how many there were."""
        found = self._of(user)
        for key, _ in found:
            self._remove(key)
        return len(found)

    def _of(self, user: str) -> list[tuple[str, str]]:
        """Return key and start of each session of a user."""
        return [
            (key, values["started"])
            for key in self._keys()
            if (values := self._read(key)) and values.get("user") == user and "started" in values
        ]

    def _drop_stale(self, now: datetime) -> None:
        for key in self._keys():
            if abs(now - self._seen(key)) >= IDLE:
                self._remove(key)

    def _keys(self) -> list[str]:
        return [file.stem for file in self._folder.glob(f"*{_SUFFIX}")]

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"

    def _read(self, key: str) -> dict[str, str] | None:
        try:
            values = json.loads(self._file(key).read_text("utf-8"))
            return {str(name): str(value) for name, value in values.items()}
        except (OSError, ValueError, AttributeError):
            return None

    def _seen(self, key: str) -> datetime:
        try:
            return datetime.fromtimestamp(self._file(key).stat().st_mtime, UTC)
        except OSError:
            return _LONG_AGO

    def _remove(self, key: str) -> None:
        with suppress(OSError):
            self._file(key).unlink()


def _key(id_: str) -> str:
    return sha256(id_.encode()).hexdigest()[:32]


def _time(values: dict[str, str]) -> datetime:
    """Return when the session began; a time that cannot be read is long ago."""
    try:
        return datetime.fromisoformat(values["started"])
    except (KeyError, ValueError):
        return _LONG_AGO


def _note_use(file: Path, now: datetime) -> None:
    os.utime(file, (now.timestamp(), now.timestamp()))
