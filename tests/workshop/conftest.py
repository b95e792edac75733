"""A folder to publish into."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workshop.publishing_folder import Desk
from tests.workshop.publishing_folder import desk as made


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a live folder with an empty history and no draft."""
    return made(tmp_path)
