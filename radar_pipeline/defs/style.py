"""What all assets say alike: owners, what they hold, where their code is, and columns for the UI's tab."""

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg

from radar_pipeline.storage.portfolio_schema import tables
from radar_pipeline.storage.schema import TABLES, Column, Life, Table

OWNERS = ["team:radar"]

# Whether an asset's data hold a tenant's own words: who may see it follows from this.
PRIVATE = {"radar/holds": "tenant-text"}
SHARED = {"radar/holds": "numbers"}

CHUNKS = (
    ("row_id", "string", "Version and ordinal.", False),
    ("version_id", "string", "Document version it was cut from.", False),
    ("chunk_id", "string", "Hash of its place and text.", False),
    ("ordinal", "int64", "Its place among the version's chunks, from 0.", False),
    ("start", "int64", "First code point in the canonical text.", False),
    ("end", "int64", "One past the last code point.", False),
    ("text", "string", "The chunk, literally.", True),
    ("heading_path", "list<string>", "Headings above it.", True),
    ("tokens", "int64", "Its length in tokens of the pinned tokenizer.", False),
)
VECTORS = (
    ("text_hash", "string", "Hash of what was embedded: a passage with its headings.", False),
    ("vector", "fixed_size_list<float>", "Its embedding.", False),
    ("last_used", "date32[day]", "Day of its last use; dropped 90 days after.", False),
)


def metadata(schema: dg.TableSchema | None, *code: str) -> dict[str, Any]:
    """Metadata of a definition: its columns, and the modules of the room ``sweep`` that make it."""
    found: dict[str, Any] = {"code": ", ".join(f"radar_pipeline/sweep/{name}" for name in code)}
    return found | ({"dagster/column_schema": schema} if schema else {})


def table_schema(table: Table) -> dg.TableSchema:
    """The columns of one report table, those that hold a tenant's text among them."""
    return dg.TableSchema(
        columns=[_column(c, c.name, table) for c in table.columns],
        constraints=dg.TableConstraints(other=[f"key: {', '.join(table.key)}"]),
    )


def all_tables(*, shared: bool) -> dg.TableSchema:
    """The columns of all report tables as ``table.column``; ``shared``: those the portfolio holds."""
    own = (Life.DAILY, Life.MIRROR)  # assets of their own
    found = [table for table in tables(shared=shared) if table.life not in own]
    return dg.TableSchema(
        columns=[
            _column(c, f"{table.name}.{c.name}", table)
            for table in found
            for c in (table.shared if shared else table.columns)
        ],
        constraints=dg.TableConstraints(other=[f"key of {t.name}: {', '.join(t.key)}" for t in found]),
    )


def plain_schema(columns: Iterable[tuple[str, str, str, bool]]) -> dg.TableSchema:
    """A schema of columns given as name, type, meaning and whether they hold a tenant's text."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(name, kind, says, tags={"private": ""} if private else None)
            for name, kind, says, private in columns
        ]
    )


def lineage_from(upstream: dg.AssetKey) -> dg.TableColumnLineage:
    """Every column that tenants share goes into the portfolio as it is; no other does."""
    deps: Mapping[str, list[dg.TableColumnDep]] = {
        name: [dg.TableColumnDep(upstream, name)]
        for name in (f"{table.name}.{c.name}" for table in TABLES for c in table.shared)
    }
    return dg.TableColumnLineage(deps)


def _column(column: Column, name: str, table: Table) -> dg.TableColumn:
    return dg.TableColumn(
        name,
        column.type.lower(),
        column.comment,
        constraints=dg.TableColumnConstraints(nullable=column.name not in table.key),
        tags={"private": ""} if column.private else None,
    )
