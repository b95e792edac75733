"""Print how long a comparison of two knowledge folders takes.

    python -m bench.diff [--processes 2]

The second folder is the knowledge with a changed condition and another sample question. Both
indexes are built before; that takes the time of `check`. Printed are a comparison without stored
answers, one with the answers of the old version (the normal case: they are stored after each
reload and each comparison), and one with those of both.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path

from bot.app import composition, knowledge_diff
from bot.workshop.effects.report import summary

ROOT = Path(__file__).parents[1]
CHANGES = (
    ("makerspace-operating-grant.yaml", "of: [operator],", "of: [operator, company],"),
    ("online-shop-loan.yaml", "questions:\n", "questions:\n  - 我在直播间卖腐竹想借点钱周转\n"),
)


def changed_copy(folder: Path) -> Path:
    """Copy the knowledge into a folder and change it."""
    shutil.copytree(ROOT / "knowledge", folder)
    for name, old, new in CHANGES:
        (file,) = folder.glob(f"policies/*/supports/{name}")
        text = file.read_text(encoding="utf-8")
        if old not in text:
            raise SystemExit(f"{name} has no {old!r} any more: adapt this benchmark")
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=2)
    processes = parser.parse_args().processes
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        old, new = ROOT / "knowledge", changed_copy(home / "changed")
        for folder in (old, new):
            composition.load_base(folder, home)
        files = knowledge_diff.question_files(None, old)

        def timed(what: str) -> None:
            began, cpu = time.perf_counter(), sum(_cpu())
            found = knowledge_diff.diff(old, new, home, files, processes=processes)
            wall, used = time.perf_counter() - began, sum(_cpu()) - cpu
            print(f"{what:32} {wall:6.1f} s  ({used:.1f} s of processor time)", flush=True)
            print(f"  {found.asked} questions: {summary(found)}")

        timed("nothing stored")
        stored = sorted((home / composition.CACHE).glob("answers-*"))
        version = composition.load_base(new, home).knowledge.version
        for file in stored:
            if version in file.name:
                file.unlink()
        timed("old answers stored")
        timed("all answers stored")


def _cpu() -> tuple[float, float, float, float]:
    """Return the processor time of this process and of those that it waited for."""
    times = os.times()
    return times.user, times.system, times.children_user, times.children_system


if __name__ == "__main__":
    main()
