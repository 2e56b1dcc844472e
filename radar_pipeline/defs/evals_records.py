"""Rows of the portfolio as Dagster shows them."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from radar_pipeline.storage import warehouse
from radar_pipeline.sweep.environment import Environment

CUT = 160  # characters of a cell that tells something in words


def rows_of(environment: Environment, query: str) -> list[dict[str, Any]]:
    """The answer of the published portfolio. Raises StoreError."""
    columns, rows = warehouse.query(query, None, environment.settings.portfolio)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def record(row: Mapping[str, Any]) -> dg.TableRecord:
    """A row of a table in metadata, all of whose rows must have the same fields; None: not known."""
    return dg.TableRecord(dict(row))


def cut(text: str) -> str:
    """A text short enough for a cell, on one line."""
    words = " ".join(text.split())
    return words if len(words) <= CUT else f"{words[: CUT - 1]}…"
