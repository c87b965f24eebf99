"""Append-only tables: a trigger refuses UPDATE and DELETE on both engines, whoever asks (C-AUDIT-1)."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def install_sql(vendor: str, table: str) -> list[str]:
    """The statements that make `table` append-only on an engine (`connection.vendor`)."""
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for act in ("UPDATE", "DELETE")
        ]
    return [
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
    ]


def remove_sql(vendor: str, table: str) -> list[str]:
    """The statements that undo `install_sql`."""
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {table}_no_{act}" for act in ("update", "delete")]
    return [f"DROP FUNCTION IF EXISTS {table}_refuse() CASCADE"]


def append_only(*tables: str) -> migrations.RunPython:
    """A reversible migration operation that makes tables append-only."""

    def run(statements, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            for statement in statements(schema_editor.connection.vendor, table):
                schema_editor.execute(statement, params=None)

    return migrations.RunPython(
        lambda apps, editor: run(install_sql, editor), lambda apps, editor: run(remove_sql, editor)
    )
