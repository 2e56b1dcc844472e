"""What all assets say alike: their owners, and table schemas as Dagster shows them."""

import dagster as dg

from radar_pipeline.storage.schema import TABLES, Column

OWNERS = ["team:radar"]


def table_schemas(*, shared: bool) -> dict[str, dg.MetadataValue]:
    """The columns of each report table as metadata; ``shared``: only those the portfolio holds."""
    return {
        f"table_{table.name}": dg.MetadataValue.table_schema(
            dg.TableSchema(
                columns=[_column(c, table.key) for c in (table.shared if shared else table.columns)],
                constraints=dg.TableConstraints(other=[f"key: {', '.join(table.key)}"]),
            )
        )
        for table in TABLES
    }


def _column(column: Column, key: tuple[str, ...]) -> dg.TableColumn:
    return dg.TableColumn(
        column.name,
        column.type.lower(),
        column.comment,
        constraints=dg.TableColumnConstraints(nullable=column.name not in key),
        tags={"private": ""} if column.private else None,
    )
