"""Fixtures of the tests of the admin page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workshop.admin_page.office import PASSWORD, Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A home folder with the account admin."""
    office = Office(tmp_path)
    office.accounts.set_password("admin", PASSWORD)
    return office
