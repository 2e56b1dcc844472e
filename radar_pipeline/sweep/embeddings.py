"""Stage ``embeddings``: every distinct text is embedded once, and kept."""

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from radar_pipeline.ingest import tokens
from radar_pipeline.models import Passage, Requirement
from radar_pipeline.retrieval.embedder import Embedder
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.sweep import keys

BATCH = 256  # texts per commit: what a kill can make us embed twice

Matrix = NDArray[np.float32]
_WORD = re.compile(r"\S+")


def embed_missing(
    store: TenantStore, embedder: Embedder, texts: Mapping[str, str]
) -> Generator[tuple[int, int], None, int]:
    """Embed those of ``texts`` (by hash) that have no vector yet; yields (done, total).

    Longest first, so that a text is batched with others of its length and little is padded.
    The model is not even loaded when nothing is missing.
    """
    model = keys.model_hash(embedder.identity)
    present = store.vectors(model, sorted(texts)).keys()
    missing = sorted((h for h in texts if h not in present), key=lambda h: (-len(texts[h]), h))
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        store.put_vectors(model, batch, embedder.embed([texts[h] for h in batch]))
        yield min(start + BATCH, len(missing)), len(missing)
    return len(missing)


def passage_texts(passages: Iterable[Passage]) -> dict[str, str]:
    """What is embedded of each passage, by text hash."""
    return {keys.text_hash(text): text for text in (p.embedding_text for p in passages)}


def vectors_of(store: TenantStore, embedder: Embedder, texts: Sequence[str]) -> Matrix:
    """One row per text; every text must have been embedded."""
    hashes = [keys.text_hash(text) for text in texts]
    found = store.vectors(keys.model_hash(embedder.identity), sorted(set(hashes)))
    if not hashes:
        return np.zeros((0, 0), dtype=np.float32)
    return np.stack([found[h] for h in hashes])


class RequirementVectors:
    """Vectors of requirements' queries: no tenant's text, so they are shared by all tenants.

    The shared table has one writer at a time, held by a file lock.
    """

    def __init__(self, portfolio: Path, embedder: Embedder) -> None:
        self._folder = portfolio / "work"
        self._embedder = embedder
        self._known: dict[str, Matrix] = {}

    def prepare(self, requirements: Iterable[Requirement]) -> int:
        """Make the vectors of these requirements available; returns how many texts were embedded."""
        queries = {r.content_hash: r.queries for r in requirements}
        wanted = {h: q for h, q in queries.items() if h not in self._known}
        if not wanted:
            return 0
        room = self._embedder.max_tokens - tokens.SPECIAL_TOKENS
        windows = {t: _windows(t, room) for texts in wanted.values() for t in texts}
        texts = {keys.text_hash(w): w for pieces in windows.values() for w in pieces}
        self._folder.mkdir(parents=True, exist_ok=True)
        store = TenantStore(self._folder / "lance")
        with FileLock(self._folder / "vectors.lock"):
            embedded = _exhaust(embed_missing(store, self._embedder, texts))
        found = store.vectors(keys.model_hash(self._embedder.identity), sorted(texts))
        for content_hash, query_texts in wanted.items():
            self._known[content_hash] = np.stack(
                [_mean([found[keys.text_hash(w)] for w in windows[t]]) for t in query_texts]
            )
        return embedded

    def of(self, requirement: Requirement) -> Matrix:
        """One row per text of ``requirement.queries``; ``prepare`` must have seen it."""
        return self._known[requirement.content_hash]


def _windows(text: str, room: int) -> list[str]:
    """The text itself if it has at most ``room`` tokens, else pieces of at most so many, cut between
    words; a word that alone has more stands alone."""
    if tokens.count(text) <= room:
        return [text]
    index, pieces, start = tokens.TokenIndex(text), [], 0
    while start < len(text):
        end = index.advance(start, room)
        if end <= start:
            word = _WORD.search(text, start)
            end = word.end() if word else len(text)
        pieces.append(text[start:end].strip())
        start = end
    return [piece for piece in pieces if piece]


def _mean(rows: Sequence[Matrix]) -> Matrix:
    """The direction of a text that the model reads in several windows: it would cut off the rest."""
    if len(rows) == 1:
        return rows[0]
    total = np.sum(rows, axis=0, dtype=np.float32)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), dtype=np.float32)


def _exhaust(steps: Generator[tuple[int, int], None, int]) -> int:
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return int(stop.value)
