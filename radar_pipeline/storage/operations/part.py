"""What the parts of the operations store share: one database, one clock, and how a row is put."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from radar_pipeline.storage.migrations.operations.database import Database


class Part:
    """One subject of the store."""

    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        self._db = db
        self._clock = clock


def put(con: Connection, table: sa.Table, key: dict[str, Any], row: dict[str, Any]) -> None:
    """Update the row with this key, or insert it."""
    if con.execute(sa.update(table).filter_by(**key).values(**row)).rowcount == 0:
        con.execute(sa.insert(table).values(**key, **row))


def dumps(value: Mapping[str, Any]) -> str:
    """As JSON, equal values alike."""
    return json.dumps(value, sort_keys=True, default=str)


def check(word: str, known: frozenset[str]) -> None:
    """Raise ValueError for a word outside a closed set."""
    if word not in known:
        raise ValueError(f"No such state: {word}.")
