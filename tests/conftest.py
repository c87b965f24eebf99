"""Fixtures of the whole suite."""

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import TransactionTestCase

from botcore import clock, config, triggers

APPEND_ONLY = {"botcore_auditentry", "subscriptions_ledgerentry", "subscriptions_rolechange"}
KEPT = {"django_content_type", "auth_permission"}


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
def _quick_emptying():
    """After a test on committed data only the tables that hold rows are emptied. Django's own way, TRUNCATE of all
    and the signal that fills the permissions anew, takes longer than most tests.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: empty_tables())
        yield


def empty_tables() -> None:
    """Delete all rows that tests wrote, past the triggers that refuse every DELETE."""
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in tables))
        filled = [name for (name,) in cursor.fetchall()]
        guarded = APPEND_ONLY.intersection(filled)
        statements = [
            *(sql for name in guarded for sql in triggers.remove_sql(connection.vendor, name)),
            *(f"DELETE FROM {name}" for name in filled),
            "SET CONSTRAINTS ALL IMMEDIATE" if guarded and connection.vendor == "postgresql" else "",
            *(sql for name in guarded for sql in triggers.install_sql(connection.vendor, name)),
        ]
        for statement in filter(None, statements):
            cursor.execute(statement)
