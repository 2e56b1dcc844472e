"""Writes docs/tables.md from the schema: ``python -m radar_pipeline.storage.docs [FILE]``."""

import sys
from collections.abc import Iterator
from pathlib import Path

from radar_pipeline.settings import PROJECT
from radar_pipeline.storage.ddl import VERSION, base_name, table_comment
from radar_pipeline.storage.files import write_text
from radar_pipeline.storage.history import SCORES
from radar_pipeline.storage.schema import TABLES, VALIDITY, Column, Life, Table

TARGET = PROJECT / "docs" / "tables.md"

INTRODUCTION = f"""\
# The report tables

<!-- Generated from radar_pipeline/storage/schema.py by `python -m radar_pipeline.storage.docs`. -->

Schema version {VERSION}. The names here are a public contract: they are kept, or migrated.

The same tables are in two places:

- **a tenant's report**, `tenants/<slug>/published/radar.duckdb`, with everything, and
- **the portfolio**, `portfolio/published/radar.duckdb`, with the rows of all tenants and without the
  columns marked *private*: those hold a tenant's text, and never leave the tenant's folder.

Beside each database lies `parquet/<table>.parquet` with the current rows. Ask with
`radar query --tenant acme "SELECT …"` or, of the portfolio, `radar query "SELECT …"`; or attach the
file read-only in any DuckDB ≥ 1.5. A published file is never written to: a new publication replaces it,
and a reader that has the old one open keeps it.

## How tables keep time

- **history**: `<name>` is a view of the current rows. `<name>_history` holds every row that ever was
  published, with `valid_from_sweep` and `valid_to_sweep` (NULL while current); a row is written only when
  one of its values changes. `<name>_as_of(sweep)` gives the rows as of a sweep, for example
  `SELECT * FROM assessments_as_of('20261122T040000.000Z-3f9a1c')`; as sweep ids sort by time, a date works
  too: `assessments_as_of('20261201')` is the state when 1 December began (UTC).
- **events**: rows are only added.
- **current**: rows are replaced by each publication of their framework; there is no history.

The key names the columns that identify a row of a tenant at one moment; in the portfolio, `tenant_id`
belongs to every key. A publication touches only the rows of the frameworks it swept; rows of `documents`,
and rows whose `framework_id` is empty, are about the corpus as a whole and change with any of them.
Columns marked *varies* hold a clock or a run id: they differ between two runs that found the same, and are
left out when two stores are compared. Numbers of type DOUBLE are rounded to six decimals.
"""

CLOSING = f"""\
## Bookkeeping

`schema_version(version, last_sweep)` tells the version of these tables and the last sweep published in
them. The portfolio also has `loaded(tenant_id, release)`: which publication of each tenant it holds.

## Recomputing a score

Every `framework_scores.score` equals what this query gives on the tables beside it:

```sql
{SCORES.strip()}
```
"""


def render() -> str:
    """The page, in Markdown."""
    overview = ["## Overview", "", "| table | keeps | what |", "|---|---|---|"]
    overview += [f"| [{t.name}](#{t.name}) | {t.life.value} | {t.comment} |" for t in TABLES]
    sections = ["\n".join(_section(table)) for table in TABLES]
    return "\n\n".join([INTRODUCTION.rstrip(), "\n".join(overview), *sections, CLOSING.rstrip()]) + "\n"


def _section(table: Table) -> Iterator[str]:
    yield f"## {table.name}"
    yield ""
    yield table_comment(table, view=table.life is Life.HISTORY)
    yield ""
    key = ", ".join(f"`{name}`" for name in table.key)
    others = f" All rows: `{base_name(table)}`; as of a sweep: `{table.name}_as_of(sweep)`."
    yield f"Key: {key}. Keeps: {table.life.value}.{others if table.life is Life.HISTORY else ''}"
    yield ""
    yield "| column | type | meaning | |"
    yield "|---|---|---|---|"
    for column in table.columns:
        yield _line(column)
    if table.life is Life.HISTORY:
        for column in VALIDITY:
            yield _line(column, f"only in `{base_name(table)}`")


def _line(column: Column, note: str = "") -> str:
    marks = [note, "*private*" if column.private else "", "*varies*" if column.volatile else ""]
    meaning = column.comment.replace("|", "\\|")
    return f"| `{column.name}` | {column.type} | {meaning} | {', '.join(mark for mark in marks if mark)} |"


def main(arguments: list[str]) -> None:
    """Write the page to the file named, docs/tables.md by default."""
    write_text(Path(arguments[0]) if arguments else TARGET, render())


if __name__ == "__main__":
    main(sys.argv[1:])
