"""A tenant's working store in LanceDB: pieces of documents, vectors, judgements, candidate sets.

The only module that knows LanceDB. One writer at a time is assumed: the tenant's lease. Every write
may be repeated after a crash at any point; a document row is written after its pieces and tells that
they are whole.
"""

import json
import os
import threading
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from radar_pipeline.models import Assessment, Chunk, Judgement, Passage
from radar_pipeline.storage import lance_tables as tables
from radar_pipeline.storage import piece_numbers
from radar_pipeline.storage.files import store_error
from radar_pipeline.storage.lance_tables import Piece
from radar_pipeline.storage.migrations import tenant_store as migrations
from radar_pipeline.storage.piece_numbers import PieceNumbers
from radar_pipeline.storage.responses import Responses
from radar_pipeline.storage.used_keys import UsedKeys

FEW = 200  # keys up to here are looked up by a filter; for more, a column is read and compared
BATCH_ROWS = 20_000  # passages in one commit
BATCH_CHARACTERS = 32_000_000  # or so much text, whichever comes first
SLACK_DAYS = 7  # a day of last use may be so much out of date: vectors are rewritten weekly, not nightly

Vector = NDArray[np.float32]


class TenantStore:
    """The store under ``path``; opened at first use, created if it is to be written."""

    def __init__(self, path: Path, today: Callable[[], date] | None = None) -> None:
        self.path = path
        self._today = today or (lambda: datetime.now(UTC).date())
        self._connection: Any = None
        self._open: dict[str, Any] = {}
        self._vector_keys: dict[str, set[str]] = {}
        self._opening = threading.RLock()  # the responses are read and written by several threads
        self.responses = Responses(self._table_if, self._storing)

    # ── Documents ─────────────────────────────────────────────────────────────────────────────

    def stored_versions(self) -> set[str]:
        """Document versions whose chunks and passages are all there."""
        return self._keys("documents", "version_id")

    def put_documents(self, items: Iterable[Piece]) -> None:
        """Store versions with their chunks and passages, replacing what was there of them.

        ``items`` may be a generator: it is consumed in batches, each a few commits.
        """
        batch: dict[str, Piece] = {}
        passages = characters = 0
        for item in items:
            batch[item[0].version_id] = item
            passages += len(item[2])
            characters += len(item[0].text)
            if passages >= BATCH_ROWS or characters >= BATCH_CHARACTERS:
                self._put_batch(list(batch.values()))
                batch, passages, characters = {}, 0, 0
        if batch:
            self._put_batch(list(batch.values()))

    def drop_versions(self, version_ids: Collection[str]) -> None:
        """Forget versions with their pieces; vectors and judgements stay until they expire."""
        gone = set(version_ids)
        # The document row first: a version half dropped must not count as whole.
        for name in ("documents", "chunks", "passages"):
            self._delete(name, "version_id", gone)

    def passages(self, version_ids: Collection[str]) -> list[Passage]:
        """The passages of these versions, by document and place."""
        return tables.read_passages(self._rows("passages", "version_id", version_ids))

    def chunks(self, version_ids: Collection[str]) -> list[Chunk]:
        """The chunks of these versions, by version and ordinal."""
        return tables.read_chunks(self._rows("chunks", "version_id", version_ids))

    def numbers(self, of: Callable[[piece_numbers.Read], list[PieceNumbers]]) -> list[PieceNumbers]:
        """Counts and offsets of all pieces, of ``piece_numbers.chunks`` or ``.passages``: no text."""
        return of(lambda name, columns: self._rows(name, None, (), columns))

    def _put_batch(self, pieces: list[Piece]) -> None:
        wanted = {document.version_id for document, _, _ in pieces}
        # Left by a killed sweep, or to be replaced: deleted, so that adding can't duplicate.
        stale = wanted & (self._keys("chunks", "version_id") | self._keys("passages", "version_id"))
        stale |= wanted & self.stored_versions()
        if stale:
            self.drop_versions(stale)
        self._add("chunks", tables.chunk_table(pieces))
        self._add("passages", tables.passage_table(pieces))
        self._add("documents", tables.document_table(pieces))

    # ── Vectors ───────────────────────────────────────────────────────────────────────────────

    def vectors(self, model_hash: str, text_hashes: Sequence[str]) -> dict[str, Vector]:
        """The vectors of those texts that have one. Rows are views of one matrix: don't write."""
        found = self._rows(tables.vector_table(model_hash), "text_hash", text_hashes, ["text_hash", "vector"])
        if found is None or found.num_rows == 0:
            return {}
        column = found.column("vector").combine_chunks()
        matrix = column.flatten().to_numpy(zero_copy_only=False).reshape(found.num_rows, -1)
        return dict(zip(found.column("text_hash").to_pylist(), matrix, strict=True))

    def put_vectors(self, model_hash: str, text_hashes: Sequence[str], matrix: Vector) -> None:
        """Keep one row of ``matrix`` (n × dimensions) per text; texts that have one keep theirs."""
        if matrix.ndim != 2 or len(text_hashes) != matrix.shape[0]:
            raise ValueError("One row of the matrix per text hash is needed.")
        name = tables.vector_table(model_hash)
        known = self._known_vectors(name)
        fresh = {h: row for row, h in enumerate(text_hashes) if h not in known}
        if not fresh:
            return
        dimensions = matrix.shape[1]
        values = np.ascontiguousarray(matrix[list(fresh.values())], dtype=np.float32).reshape(-1)
        table = pa.table(
            {
                "text_hash": list(fresh),
                "vector": pa.FixedSizeListArray.from_arrays(pa.array(values), dimensions),
                "last_used": pa.array([self._today()] * len(fresh), pa.date32()),
            },
            schema=tables.vector_schema(dimensions),
        )
        self._add(name, table)
        known.update(fresh)

    def _known_vectors(self, name: str) -> set[str]:
        if name not in self._vector_keys:
            self._vector_keys[name] = self._keys(name, "text_hash")
        return self._vector_keys[name]

    # ── Memoised work ─────────────────────────────────────────────────────────────────────────

    def judgements(self, keys: Collection[str]) -> dict[str, Judgement]:
        """The judgements known under these keys."""
        return tables.read_judgements(self._rows("judgements", "judgement_key", keys))

    def put_judgements(self, items: Mapping[str, Judgement]) -> None:
        """Keep judgements by key; a later one replaces an earlier one."""
        if items:
            self._merge("judgements", "judgement_key", tables.judgement_table(items, self._today()))

    def candidate_sets(self, corpus_keys: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Passage hashes of earlier retrievals, exactly as they were."""
        found = self._rows("candidate_sets", "corpus_key", corpus_keys)
        return tables.read_candidates(found, "corpus_key")

    def last_candidates(self, requirement_keys: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The newest candidate set of each requirement."""
        found = self._rows("last_candidates", "requirement_key", requirement_keys)
        return tables.read_candidates(found, "requirement_key")

    def put_candidates(self, rows: Mapping[tuple[str, str], tuple[str, ...]]) -> None:
        """Keep sets by (corpus key, requirement key); each becomes its requirement's newest."""
        if not rows:
            return
        today = self._today()
        # By corpus key alone, the last one given wins: keys within one merge must differ.
        unique = {pair: rows[pair] for pair in {pair[0]: pair for pair in rows}.values()}
        self._merge("candidate_sets", "corpus_key", tables.candidate_table(unique, today))
        self._merge("last_candidates", "requirement_key", tables.last_candidate_table(rows, today))

    def put_assessments(self, framework_id: str, assessments: Sequence[Assessment]) -> None:
        """Make these the current assessments of a framework, in one commit."""
        unique = {a.requirement_id: a for a in assessments}
        if any(a.framework_id != framework_id for a in assessments):
            raise ValueError("An assessment belongs to another framework.")
        records = [json.dumps(asdict(a), default=str, ensure_ascii=False) for a in unique.values()]
        table = tables.assessment_table(unique.values(), records)
        mine = f"framework_id = {tables.quoted(framework_id)}"
        with self._storing():
            (
                self._table("assessments", table.schema)
                .merge_insert("requirement_id")
                .when_matched_update_all()
                .when_not_matched_insert_all()
                .when_not_matched_by_source_delete(mine)
                .execute(table)
            )

    # ── Upkeep ────────────────────────────────────────────────────────────────────────────────

    def touch_and_expire(self, today: date, keep_days: int = 90, used: UsedKeys | None = None) -> None:
        """Note what was of use, forget what has not been for ``keep_days``, and tidy the files.

        To write little, a day of last use is only renewed when over SLACK_DAYS old, so a row goes
        between ``keep_days`` and ``keep_days + SLACK_DAYS`` after its last use, never before. Answers
        of models go ``keep_days`` after they were given, used or not.
        """
        used = used or UsedKeys()
        present = set(self._names())
        keyed: dict[str, tuple[str, Collection[str]]] = {
            "judgements": ("judgement_key", used.judgements),
            "candidate_sets": ("corpus_key", used.corpus_keys),
            "last_candidates": ("requirement_key", used.requirement_keys),
        }
        by_table = {tables.vector_table(model): hashes for model, hashes in used.vectors.items()}
        keyed |= {
            name: ("text_hash", by_table.get(name, ())) for name in present if name.startswith(tables.VECTORS)
        }
        for name, (column, keys) in keyed.items():
            if name in present:
                self._touch(name, column, set(keys), today)
                self._expire(name, today - timedelta(days=keep_days + SLACK_DAYS))
        self.responses.expire(today - timedelta(days=keep_days))
        self._vector_keys.clear()
        self._tidy(present)

    def counts(self) -> dict[str, int]:
        """Rows by table; the vectors of all models together."""
        result = dict.fromkeys([*tables.SCHEMAS, "vectors"], 0)
        with self._storing():
            for name in self._names():
                group = "vectors" if name.startswith(tables.VECTORS) else name
                if group in result:
                    result[group] += self._open_table(name).count_rows()
        return result

    def _touch(self, name: str, column: str, keys: set[str], today: date) -> None:
        if not keys:
            return
        limit = today - timedelta(days=SLACK_DAYS)
        rows = self._rows(name, None, (), [column, "last_used"])
        rows = rows.filter(pc.less(rows.column("last_used"), pa.scalar(limit, pa.date32())))
        stale = rows.column(column).to_pylist()
        touched = [key for key in stale if key in keys]
        # Mostly all are in use still: one condition, where a list of keys would be long.
        everything = [f"last_used < date '{limit.isoformat()}'"]
        some = [tables.is_in(column, part) for part in tables.parts(touched)]
        with self._storing():
            for where in everything if touched and len(touched) == len(stale) else some:
                self._open_table(name).update(where=where, values={"last_used": today})

    def _expire(self, name: str, before: date) -> None:
        where = f"last_used < date '{before.isoformat()}'"
        with self._storing():
            table = self._open_table(name)
            if table.count_rows(where):
                table.delete(where)

    def _tidy(self, present: Collection[str]) -> None:
        """Compact, and remove old versions with what was deleted from them."""
        with self._storing(), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # "fails other readers": the lease is ours
            for name in present:
                table = self._open_table(name)
                if table.version > 1:
                    table.optimize(cleanup_older_than=timedelta(0))

    # ── LanceDB ───────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _storing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError, ValueError) as error:
            # LanceDB raises these for its own faults too; its words may quote rows.
            raise store_error(self.path, error) from (error if isinstance(error, OSError) else None)

    def _db(self) -> Any:
        with self._opening:
            if self._connection is None:
                os.environ.setdefault("LANCE_LOG", "error")
                import lancedb

                with self._storing():
                    self.path.mkdir(parents=True, exist_ok=True)
                    connection = lancedb.connect(str(self.path))
                    migrations.migrate(connection, self.path)
                self._connection = connection
        return self._connection

    def _names(self) -> list[str]:
        if not self.path.exists():
            return []
        db = self._db()
        with self._storing():
            return [str(name) for name in db.list_tables().tables if name != migrations.MARKER]

    def _open_table(self, name: str) -> Any:
        if name not in self._open:
            self._open[name] = self._db().open_table(name)
        return self._open[name]

    def _table(self, name: str, schema: pa.Schema | None) -> Any:
        """The table, created if absent."""
        if not self._has(name):
            self._open[name] = self._db().create_table(name, schema=schema, exist_ok=True)
        return self._open_table(name)

    def _table_if(self, name: str, schema: pa.Schema | None) -> Any:
        """The table; without a schema to create it by, None if absent."""
        return self._table(name, schema) if schema or self._has(name) else None

    def _has(self, name: str) -> bool:
        return name in self._open or name in self._names()

    def _add(self, name: str, rows: pa.Table) -> None:
        """Append rows whose keys are known to be absent."""
        if rows.num_rows:
            with self._storing():
                self._table(name, rows.schema).add(rows)

    def _merge(self, name: str, key: str, rows: pa.Table) -> None:
        """Insert or replace rows by key; the keys of ``rows`` differ from each other."""
        with self._storing():
            merge = self._table(name, rows.schema).merge_insert(key)
            merge.when_matched_update_all().when_not_matched_insert_all().execute(rows)

    def _delete(self, name: str, column: str, values: set[str]) -> None:
        present = sorted(values & self._keys(name, column)) if values else []
        with self._storing():
            for part in tables.parts(present):
                self._open_table(name).delete(tables.is_in(column, part))

    def _keys(self, name: str, column: str) -> set[str]:
        return set(self._rows(name, None, (), [column]).column(column).to_pylist())

    def _rows(
        self, name: str, column: str | None, values: Collection[str], select: list[str] | None = None
    ) -> Any:
        """Rows whose ``column`` is among ``values`` (None: all); no rows if there is no table."""
        if not self._has(name):
            schema = tables.SCHEMAS.get(name, tables.vector_schema(1))
            return schema.empty_table()
        with self._storing():
            query = self._open_table(name).search()
            if select is not None:
                query = query.select(select)
            if column is None:
                return query.to_arrow()
            wanted = list(dict.fromkeys(values))
            if len(wanted) <= FEW:
                return query.where(tables.is_in(column, wanted)).to_arrow()
            rows = query.to_arrow()
            return rows.filter(pc.is_in(rows.column(column), pa.array(wanted, pa.string())))
