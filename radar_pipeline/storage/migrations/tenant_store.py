"""Steps of a tenant's working store. Step n brings a store of version n - 1 to version n."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from radar_pipeline.storage.lance_tables import META, VECTORS, VERSION
from radar_pipeline.storage.releases import newer

MARKER = "schema_version"


def days_of_use(db: Any) -> None:
    """2: vectors got the day of their last use; those without one count as used today."""
    for name in db.list_tables().tables:
        if name.startswith(VECTORS):
            table = db.open_table(name)
            # A migration that was killed half-way runs again over the tables it had finished.
            if "last_used" not in table.schema.names:
                table.add_columns({"last_used": "current_date()"})


def responses(db: Any) -> None:
    """3: a table for the answers of models; it is created when the first one is kept."""
    del db  # an older program would not expire them, so it must refuse the store


STEPS: dict[int, Callable[[Any], None]] = {2: days_of_use, 3: responses}


def migrate(db: Any, path: Path) -> None:
    """Mark a new store, bring an older one up to date, refuse a newer one (NewerStoreError)."""
    if MARKER not in db.list_tables().tables:
        db.create_table(MARKER, pa.table({"name": ["version"], "value": [VERSION]}, schema=META))
        return
    table = db.open_table(MARKER)
    version = int(table.to_arrow().column("value")[0].as_py())
    if version > VERSION:
        raise newer(path, version, VERSION)
    for step in sorted(STEPS):
        if step > version:
            STEPS[step](db)
            table.update(values={"value": step})
