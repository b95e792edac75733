"""The audit log of the admin page: who signed in, who changed what, as JSON lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import structlog

from bot.channels.common.logging import log_fault
from bot.core.domain.json_codec import dump_bytes
from bot.workshop.admin_page.security.private_files import append_private

AUDIT_FILE = "admin-audit.log"
# Characters of one value: a reason is no place for a book.
LONGEST_VALUE = 500


class Audit:
    """Appends to `file`, which only this user can read, and to the log of the service."""

    def __init__(self, file: Path, clock: Callable[[], datetime]) -> None:
        self._file = file
        self._clock = clock

    def note(self, action: str, user: str, address: str, **details: str) -> None:
        """Write one line. `action`: what was done, such as `sign_in`; `details` never hold a
        password. The log of the service gets the line without the address. A disk that is full
        stops nobody from taking a wrong answer back: the fault is logged."""
        kept = {name: value[:LONGEST_VALUE] for name, value in details.items()}
        structlog.get_logger().info("admin", action=action, user=user, **kept)
        at = self._clock().isoformat(timespec="seconds")
        line = {"at": at, "action": action, "user": user, "address": address, **kept}
        try:
            append_private(self._file, dump_bytes(line) + b"\n")
        except OSError as error:
            log_fault("audit_not_written", error)
