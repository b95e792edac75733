"""A small knowledge folder for tests that save and reload."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.content.sample_folder import SCENARIOS, build, edit
from tests.knowledge_base import KNOWLEDGE


def playable(folder: Path) -> Path:
    """Write a folder that passes every check and scenario. Checking it takes about 50 ms."""
    build(folder)
    for name in ("aspects", "lists"):
        shutil.copy(KNOWLEDGE / "language" / f"{name}.yaml", folder / "language")
    shutil.copytree(KNOWLEDGE / "phrases", folder / "phrases", dirs_exist_ok=True)
    edit(
        folder, SCENARIOS, "    - say: 结果\n", "    - tap: a:identity:operator\n    - say: 结果\n"
    )
    edit(folder, SCENARIOS, 'cites: ["1.10", "1.2"]', 'cites: ["1.10"]')
    return folder
