"""The clean folder, to be broken by each test in its own way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.content.sample_folder import build


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A complete knowledge folder without a problem."""
    return build(tmp_path / "knowledge")
