"""Statements over Arrow tables, inside the caller's transaction."""

from typing import Any

import pyarrow as pa

_INSERT = {
    "site": "INSERT INTO site BY NAME SELECT * FROM incoming",
    "device": "INSERT INTO device BY NAME SELECT * FROM incoming",
    "sensor": "INSERT INTO sensor BY NAME SELECT * FROM incoming",
    "place": "INSERT INTO place BY NAME SELECT * FROM incoming",
    "gap": "INSERT INTO gap BY NAME SELECT * FROM incoming",
    "quarantine": "INSERT INTO quarantine BY NAME SELECT * FROM incoming",
}


def append(connection: Any, name: str, rows: pa.Table) -> None:
    """Append an Arrow table whose columns are in the schema's order: the short way, for what comes in every batch."""
    connection.from_arrow(rows).insert_into(name)


def add(connection: Any, name: str, rows: pa.Table) -> None:
    """Append an Arrow table to the table `name`, column by column name."""
    run(connection, [_INSERT[name]], rows)


def run(connection: Any, statements: list[str], rows: pa.Table, params: dict[str, Any] | None = None) -> None:
    """Run statements that read these rows as `incoming`."""
    connection.register("incoming", rows)
    for statement in statements:
        connection.execute(statement, params)
    connection.unregister("incoming")
