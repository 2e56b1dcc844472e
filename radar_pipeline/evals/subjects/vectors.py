"""Vectors of texts, each embedded once; those of the project's own cases are kept in a file."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radar_pipeline import ids
from radar_pipeline.ingest import tokens
from radar_pipeline.ingest.windows import windows
from radar_pipeline.retrieval.embedder import Embedder, bound
from radar_pipeline.storage.files import write_bytes

BATCH = 256  # texts between two savings
MOST_KEPT = 50_000  # vectors in the file; beyond that those that are not of this evaluation go

Matrix = NDArray[np.float32]
Key = tuple[bool, str]  # whether it is searched with, and the text


class Vectors:
    """Of passages, and of the texts that they are searched with. ``prepare`` in one thread, then ``of_…``."""

    def __init__(self, embedder: Embedder, folder: Path) -> None:
        self.identity = embedder.identity
        self.max_tokens = embedder.max_tokens
        self._room = embedder.max_tokens - tokens.SPECIAL_TOKENS
        self._embedders = {query: bound(embedder, "", query=query) for query in (False, True)}
        self._path = folder / f"{ids.digest(self.identity, length=12)}.npz"
        self._kept: dict[str, Matrix] | None = None  # by name; None: not read yet
        self._known: dict[Key, Matrix] = {}

    def prepare(self, passages: Iterable[str], queries: Iterable[str], *, keep: bool) -> None:
        """Embed what has no vector yet. ``keep``: no tenant's text, so that the vectors may be kept.

        Raises ModelCallError where the embedder is a service that fails.
        """
        wanted = {(False, text) for text in passages}
        wanted |= {(True, window) for text in queries for window in windows(text, self._room)}
        kept = self._read() if keep else {}
        for key in wanted - self._known.keys():
            if (row := kept.get(_name(key))) is not None:
                self._known[key] = row
        for query, embedder in self._embedders.items():
            missing = [text for of, text in wanted - self._known.keys() if of is query]
            missing.sort(key=lambda text: (-len(text), text))  # little padding
            for start in range(0, len(missing), BATCH):
                batch = missing[start : start + BATCH]
                rows = {(query, t): r for t, r in zip(batch, embedder.embed(batch), strict=True)}
                self._known |= rows
                if keep:
                    self._save({_name(key): row for key, row in rows.items()})

    def of_passages(self, texts: Iterable[str]) -> Matrix:
        """One row per text."""
        rows = [self._known[False, text] for text in texts]
        return np.stack(rows) if rows else np.zeros((0, 0), dtype=np.float32)

    def of_queries(self, texts: Iterable[str]) -> Matrix:
        """One row per text; of one that is read in several windows, their direction, as a sweep has it."""
        return np.stack([_mean([self._known[True, w] for w in windows(t, self._room)]) for t in texts])

    def _read(self) -> dict[str, Matrix]:
        """What is kept; nothing where the file is damaged."""
        if self._kept is None:
            try:
                with np.load(self._path, allow_pickle=False) as stored:
                    self._kept = dict(zip(stored["names"].tolist(), stored["rows"], strict=True))
            except (OSError, ValueError, KeyError, zipfile.BadZipFile):
                self._kept = {}
        return self._kept

    def _save(self, fresh: Mapping[str, Matrix]) -> None:
        kept = self._read()
        kept |= fresh
        if len(kept) > MOST_KEPT:
            used = {_name(key) for key in self._known}
            kept = self._kept = {name: row for name, row in kept.items() if name in used}
        stream = io.BytesIO()
        np.savez(stream, names=np.array(list(kept)), rows=np.stack(list(kept.values())))
        write_bytes(self._path, stream.getvalue())


def _name(key: Key) -> str:
    query, text = key
    return ids.digest("query" if query else "passage", text)


def _mean(rows: list[Matrix]) -> Matrix:
    if len(rows) == 1:
        return rows[0]
    total = np.sum(rows, axis=0, dtype=np.float32)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), dtype=np.float32)
