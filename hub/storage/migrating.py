"""Bringing a database of an older program up to the schema of this one, inside the caller's transaction."""

from collections.abc import Mapping
from typing import Any

from hub.sites import moment

SCHEMA = 5


def version(connection: Any) -> int | None:
    """The schema of the database; None where nothing is in it yet."""
    tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE table_name = 'schema_version'")
    if not tables.fetchall():
        return None
    (found,) = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    return None if found is None else int(found)


def migrate(connection: Any, texts: Mapping[str, str], since: int) -> list[int]:
    """Run each migration after schema `since`, in order; the schemas that it went through.

    `texts` are the files of migrations/ by name; a name begins with the number of the schema that it leads to.
    """
    numbered = {int(name[:4]): text for name, text in texts.items()}
    ahead = list(range(since + 1, SCHEMA + 1))
    for number in ahead:
        connection.execute(numbered[number])
    return ahead


def note(connection: Any, number: int, at: float) -> None:
    """Note that the database has this schema from `at` on."""
    connection.execute("INSERT INTO schema_version VALUES ($number, $at)", {"number": number, "at": moment(at)})
