"""Runs telemelya, a third-party Bot API emulator, without Redis and MinIO. Prints its port.

Runs in tests/channels/peers/.venv, not in the project's environment.
"""

import asyncio
import socket

import fakeredis
import uvicorn
from telemelya.server.app import app
from telemelya.server.media import media_manager
from telemelya.server.state import state_manager


async def keep_in_memory() -> None:
    """Instead of connecting to Redis."""
    state_manager._redis = fakeredis.FakeAsyncRedis(decode_responses=True)


async def nothing() -> None:
    """Instead of connecting to MinIO: no media in these tests."""


async def main() -> None:
    state_manager.connect = keep_in_memory
    media_manager.connect = media_manager.close = nothing
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    print(listener.getsockname()[1], flush=True)
    await uvicorn.Server(uvicorn.Config(app, log_level="warning")).serve([listener])


asyncio.run(main())
