"""The standard output of the process when its reader is gone or its disk is full."""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def discard_output() -> None:
    """Send later output nowhere, so that neither a write nor the flush at exit fails again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
