"""Locks between processes that the engine itself releases when their holder dies (O-PROC-1, O-MIG-2)."""

import fcntl
import hashlib
import os
import time
from pathlib import Path

import psycopg
from django.db import connection

BOT_TIER, MIGRATION = "bot", "migrate"


class FileLock:
    """An operating-system lock on a file beside the SQLite database."""

    def __init__(self, name: str) -> None:
        database = Path(str(connection.settings_dict["NAME"]))
        self._path = database.with_name(f"{database.name}.{name}.lock")
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the lock if it is free; True while it is ours."""
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(file)
                return False
            self._file = file
        return True

    def is_held(self) -> bool:
        return self._file is not None

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class AdvisoryLock:
    """A PostgreSQL session advisory lock on a connection of its own."""

    def __init__(self, name: str) -> None:
        digest = hashlib.sha256(f"lucien:{name}".encode()).digest()
        self._key = int.from_bytes(digest[:8], "big", signed=True)
        self._connection: psycopg.Connection | None = None

    def acquire(self) -> bool:
        """Take the lock if it is free; True while it is ours. Raises psycopg.OperationalError when the server is
        away.
        """
        if self.is_held():
            return True
        fresh = psycopg.connect(**_connection_arguments(), autocommit=True)
        if fresh.execute("SELECT pg_try_advisory_lock(%s)", [self._key]).fetchone()[0]:
            self._connection = fresh
            return True
        fresh.close()
        return False

    def is_held(self) -> bool:
        """Whether the connection that holds it still answers: the server lets go of the lock of a dead one."""
        if self._connection is None:
            return False
        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            self.release()
            return False
        return True

    def release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def lock(name: str) -> FileLock | AdvisoryLock:
    """The lock `name` of the configured database; not yet acquired."""
    return FileLock(name) if connection.vendor == "sqlite" else AdvisoryLock(name)


def wait_for(held: FileLock | AdvisoryLock, seconds: float) -> bool:
    """Try to take a lock for up to `seconds`; False when another holds it all that time."""
    deadline = time.monotonic() + seconds
    while not held.acquire():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.2)
    return True


def _connection_arguments() -> dict:
    arguments = connection.get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port", "sslmode", "connect_timeout")
    return {name: arguments[name] for name in wanted if arguments.get(name)}
