"""What the storage room needs of a database connection, so that only one module knows the engine."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol


class Connection(Protocol):
    """A connection that runs SQL; ``register`` gives an Arrow table a name in it."""

    def execute(self, query: str, parameters: object = None) -> Any:
        """Run one or more statements."""

    def register(self, view_name: str, python_object: object) -> Any:
        """Make an Arrow table readable under a name."""

    def unregister(self, view_name: str) -> Any:
        """Forget it again."""


@contextmanager
def transaction(con: Connection) -> Iterator[None]:
    """All of the block or nothing."""
    con.execute("BEGIN")
    try:
        yield
        con.execute("COMMIT")
    except BaseException:
        # After some failures there is nothing left to roll back; the first error is the one to tell.
        with suppress(Exception):
            con.execute("ROLLBACK")
        raise


def changed(con: Connection, sql: str, parameters: object = None) -> int:
    """Run a statement that changes rows; how many it changed."""
    row = con.execute(sql, parameters).fetchone()
    return int(row[0]) if row else 0


def fetch(con: Connection, sql: str) -> list[dict[str, Any]]:
    """A query's rows by column name."""
    # Not through Arrow: its zoned timestamps import pandas, a quarter of a second at every command.
    result = con.execute(sql)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
