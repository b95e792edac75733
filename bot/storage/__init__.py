"""Where conversations live: SQLite (one file, one process) or PostgreSQL (many)."""

from bot.storage.factory import open_store, store_for

__all__ = ["open_store", "store_for"]
