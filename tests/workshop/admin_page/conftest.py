"""Fixtures of the tests of the admin page."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import composition
from bot.core.dialogue.manager import KnowledgeBase
from tests.content.sample_knowledge import playable
from tests.workshop.admin_page.office import PASSWORD, Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A home folder with the account admin."""
    office = Office(tmp_path)
    office.accounts.set_password("admin", PASSWORD)
    return office


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """Return a small knowledge with its index."""
    home = tmp_path_factory.mktemp("inbox")
    return composition.load_base(playable(home / "knowledge"), home)
