"""Stores of conversations: SQLite (one file, one process) or PostgreSQL (many processes)."""

from bot.storage.factory import open_store, store_for

__all__ = ["open_store", "store_for"]
