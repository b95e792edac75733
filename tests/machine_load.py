"""Time limits that account for other work on the machine."""

from __future__ import annotations

import os


def allowed(seconds: float) -> float:
    """Return a limit in seconds: `seconds` for an idle machine, more with the load per core.

    The load is the average of the last minute.
    """
    load, *_ = os.getloadavg()
    return seconds * max(1.0, load / (os.cpu_count() or 1))
