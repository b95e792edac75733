"""The process whose writes are recorded: turns over a real store, each acknowledged in a file.

`python -m tests.faults.recorded_store STORE_CLASS FOLDER TURNS`
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from bot.service.guide import Guide
from bot.storage.sqlite import connection
from tests.echo_dialogue import NOW, message, note
from tests.faults.mutants import STORES

TALKS = 6


async def main(kind: str, folder: Path, turns: int) -> None:
    """Acknowledged turns of a few talks at once, one of which forgets now and then."""
    # Small enough that many cuts fall into the checkpoints and the second use of the log.
    connection.CHECKPOINT_PAGES = 20
    store = STORES[kind](folder / "bot.db")
    await store.open()
    acks = os.open(folder / "acks", os.O_WRONLY | os.O_CREAT, 0o600)

    async def talk(guide: Guide, name: int) -> None:
        for number in range(turns // TALKS):
            text = "forget" if name == 0 and number % 40 == 39 else "字" * (number % 90)
            part = f"telegram:{name}-{number // 40}"
            await guide.answer(message(part, str(number), text, push=True))
            if name:
                os.write(acks, f"{part} {number}\n".encode())

    async with Guide(store, note, clock=lambda: NOW) as guide:
        await asyncio.gather(*(talk(guide, name) for name in range(TALKS)))
    # No tidy close: the record ends in the middle of work, like the power.
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
