"""Report rows on their way into the tables: checked, rounded, and turned into Arrow."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pyarrow as pa

from radar_pipeline.storage.schema import BY_NAME, Column, Table

Row = Mapping[str, Any]
DECIMALS = 6  # floats are rounded once, here, so that equal means equal on the next night too

_ARROW: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
    "INTEGER": pa.int32(),
    "INTEGER[]": pa.list_(pa.int32()),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
}


def check_rows(rows: Mapping[str, Sequence[Row]], frameworks: Collection[str]) -> None:
    """Raise ValueError unless the rows fit the schema, belong to one tenant and are in scope.

    A row with an empty framework_id belongs to the corpus as a whole and is in every scope.
    The messages name tables and columns only, never a value.
    """
    unknown = sorted(set(rows) - set(BY_NAME))
    if unknown:
        raise ValueError(f"No such report table: {', '.join(unknown)}.")
    tenants: set[Any] = set()
    for name, given in rows.items():
        table = BY_NAME[name]
        check_table(table, given)
        _check_scope(table, given, frameworks)
        tenants.update(row["tenant_id"] for row in given)
    if len(tenants) > 1:
        raise ValueError("The rows of one release belong to several tenants.")


def check_table(table: Table, rows: Sequence[Row]) -> None:
    """Raise ValueError unless the rows have the table's columns, and no key twice."""
    _check_columns(table, rows)
    _check_keys(table, rows)


def arrow_table(table: Table, rows: Sequence[Row]) -> pa.Table:
    """The rows as an Arrow table in the schema's types; ValueError names a column that does not fit."""
    arrays = [_array(table, column, [row[column.name] for row in rows]) for column in table.columns]
    return pa.table(arrays, names=[column.name for column in table.columns])


def _array(table: Table, column: Column, values: list[Any]) -> pa.Array:
    if column.type == "DOUBLE":
        values = [_rounded(value) for value in values]
    try:
        return pa.array(values, type=_ARROW[column.type])
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError):
        # Arrow's message quotes the value, which may be a tenant's sentence.
        raise ValueError(f"{table.name}.{column.name} holds a value that is not {column.type}.") from None


def _rounded(value: float | None) -> float | None:
    """To DECIMALS; NaN, which no comparison would ever find equal, is NULL; -0.0 is 0.0."""
    if value is None or math.isnan(value):
        return None
    return round(float(value), DECIMALS) + 0.0


def _check_columns(table: Table, rows: Sequence[Row]) -> None:
    expected = {column.name for column in table.columns}
    for row in rows:
        if row.keys() != expected:
            missing = ", ".join(sorted(expected - row.keys())) or "none"
            unknown = ", ".join(sorted(map(str, row.keys() - expected))) or "none"
            raise ValueError(f"Row of {table.name}: missing columns: {missing}; unknown columns: {unknown}.")


def _check_keys(table: Table, rows: Sequence[Row]) -> None:
    seen = set()
    for row in rows:
        key = tuple(row[name] for name in table.key)
        if None in key or row.get("tenant_id", "") is None:
            raise ValueError(
                f"Row of {table.name}: a key column ({', '.join(table.key)}, tenant_id) is NULL."
            )
        if key in seen:
            raise ValueError(f"Two rows of {table.name} have the same key ({', '.join(table.key)}).")
        seen.add(key)


def _check_scope(table: Table, rows: Sequence[Row], frameworks: Collection[str]) -> None:
    if table.scoped and any(
        row["framework_id"] not in frameworks and row["framework_id"] != "" for row in rows
    ):
        raise ValueError(f"A row of {table.name} belongs to a framework that this release does not cover.")
