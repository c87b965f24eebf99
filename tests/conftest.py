"""Fixtures of the whole suite."""

import pytest
from django.core.cache import cache
from django.core.management.commands import flush as flush_command

from botcore import clock, config, triggers

APPEND_ONLY = ["botcore_auditentry", "subscriptions_ledgerentry", "subscriptions_rolechange"]


@pytest.fixture(autouse=True)
def _empty_cache():
    """What one test left in the cache is not there for the next, in whatever order they run."""
    cache.clear()


@pytest.fixture(autouse=True)
def _fresh_process():
    """No setting held in memory from one test to the next."""
    config.forget()
    yield
    clock.use(None)
    config.forget()


@pytest.fixture(autouse=True, scope="session")
def _flush_append_only():
    """Emptying the tables after a test must pass the triggers that refuse every DELETE (SQLite: PostgreSQL
    truncates).
    """
    flush = flush_command.sql_flush

    def around(style, connection, **options):
        statements = flush(style, connection, **options)
        if connection.vendor != "sqlite":
            return statements
        off = [sql for table in APPEND_ONLY for sql in triggers.remove_sql("sqlite", table)]
        on = [sql for table in APPEND_ONLY for sql in triggers.install_sql("sqlite", table)]
        return [*off, *statements, *on]

    flush_command.sql_flush = around
    yield
    flush_command.sql_flush = flush
