"""A valid knowledge folder for each test to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.content.sample_folder import build


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a complete knowledge folder without problems."""
    return build(tmp_path / "knowledge")
