"""The answers of models that a tenant's working store keeps, by cache key.

Several threads of the tenant's one writer read and write them: a lock makes them one.
"""

import threading
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from radar_pipeline.storage.lance_tables import RESPONSES, is_in

TABLE = "responses"
COMPACT_AFTER = 100  # answers; each is a fragment of its own, and a look-up opens them all


class Responses:
    """The table of answers. ``table`` opens it: None if it is absent and not to be created."""

    def __init__(
        self,
        table: Callable[[str, pa.Schema | None], Any],
        storing: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._table = table
        self._storing = storing
        self._lock = threading.Lock()
        self._known: set[str] | None = None
        self._loose = 0

    def get(self, cache_keys: Collection[str], not_before: datetime) -> dict[str, str]:
        """The bodies kept under these keys that were not put earlier."""
        with self._lock:
            wanted = [key for key in dict.fromkeys(cache_keys) if key in self._keys()]
            if not wanted:
                return {}
            with self._storing():
                table = self._table(TABLE, None)
                table.checkout_latest()  # another handle may have tidied away the version this one reads
                found = table.search().where(is_in("cache_key", wanted)).to_arrow()
        rows = zip(*(found.column(name).to_pylist() for name in RESPONSES.names), strict=True)
        return {key: body for key, body, created in rows if created >= not_before}

    def put(self, cache_key: str, body: str, now: datetime) -> None:
        """Keep a body; a later one replaces an earlier one."""
        row = pa.table({"cache_key": [cache_key], "body": [body], "created": [now]}, schema=RESPONSES)
        with self._lock:
            known = self._keys()
            with self._storing():
                table = self._table(TABLE, RESPONSES)
                if cache_key in known:
                    merge = table.merge_insert("cache_key")
                    merge.when_matched_update_all().when_not_matched_insert_all().execute(row)
                else:
                    table.add(row)  # a third of the price of looking for it
                known.add(cache_key)
                self._loose += 1
                if self._loose >= COMPACT_AFTER:
                    table.optimize()
                    self._loose = 0

    def expire(self, before: date) -> None:
        """Forget the bodies that were put before that day (UTC)."""
        where = f"created < timestamp '{before.isoformat()} 00:00:00'"
        with self._lock, self._storing():
            table = self._table(TABLE, None)
            if table is not None and table.count_rows(where):
                table.delete(where)
                self._known = None

    def _keys(self) -> set[str]:
        """The keys that are there, read once: the lease's holder is the only writer."""
        if self._known is None:
            with self._storing():
                table = self._table(TABLE, None)
                rows = table.search().select(["cache_key"]).to_arrow() if table is not None else None
            self._known = set(rows.column("cache_key").to_pylist()) if rows is not None else set()
        return self._known
