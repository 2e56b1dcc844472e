"""One number for all that a report database says, whenever and in whatever order it was written."""

import hashlib
import json

from radar_pipeline.storage import ddl, history
from radar_pipeline.storage.jsonable import jsonable
from radar_pipeline.storage.migrations.warehouse import is_portfolio
from radar_pipeline.storage.portfolio_schema import tables
from radar_pipeline.storage.schema import Life
from radar_pipeline.storage.sql import Connection, fetch


def digest(con: Connection) -> str:
    """SHA-256 over the rows of all tables of an open database, history included, without clocks and
    run ids."""
    hasher = hashlib.sha256()
    for table in tables(shared=is_portfolio(con)):
        if table.life in (Life.DAILY, Life.MIRROR):  # how runs and evaluations went, not what was found
            continue
        stored = {row["column_name"] for row in fetch(con, f"DESCRIBE {ddl.base_name(table)}")}
        found = fetch(con, history.digest_query(table, stored))
        lines = sorted(json.dumps(jsonable(row), ensure_ascii=False, sort_keys=True) for row in found)
        hasher.update(json.dumps([table.name, len(lines)]).encode())
        for line in lines:
            hasher.update(line.encode("utf-8", "surrogatepass") + b"\n")
    return hasher.hexdigest()
