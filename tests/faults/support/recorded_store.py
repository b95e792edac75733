"""The process whose writes are recorded: it runs turns and writes each acknowledgement to a file.

`python -m tests.faults.support.recorded_store STORE_CLASS FOLDER TURNS`
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from bot.service.guide import Guide
from bot.storage.sqlite import connection
from tests.echo_dialogue import NOW, echo_step, message
from tests.faults.support.mutants import STORES

CONVERSATIONS = 6


async def main(kind: str, folder: Path, turns: int) -> None:
    """Run turns of a few concurrent conversations, one of which deletes its data now and then."""
    # Small enough that many cuts fall into the checkpoints and the second use of the log.
    connection.CHECKPOINT_PAGES = 20
    store = STORES[kind](folder / "bot.db")
    await store.open()
    acks = os.open(folder / "acks", os.O_WRONLY | os.O_CREAT, 0o600)

    async def converse(guide: Guide, name: int) -> None:
        for number in range(turns // CONVERSATIONS):
            text = "forget" if name == 0 and number % 40 == 39 else "字" * (number % 90)
            part = f"telegram:{name}-{number // 40}"
            await guide.answer(message(part, str(number), text, push=True))
            if name:
                os.write(acks, f"{part} {number}\n".encode())

    async with Guide(store, echo_step, clock=lambda: NOW) as guide:
        await asyncio.gather(*(converse(guide, name) for name in range(CONVERSATIONS)))
    # Exit without closing the store, as a power cut would.
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
