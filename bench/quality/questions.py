"""Labelled questions as the pipeline would ask them: its parser, passages, vectors and retrieval.

For fitting only: the reported figures go through the real sweep (``bench.quality coverage``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.quality.labelled import Label, LabelledSet
from radar_pipeline import ids
from radar_pipeline.ingest.parsers.text import parse
from radar_pipeline.ingest.passages import passages
from radar_pipeline.models import Candidate, Document, DocumentMeta, Passage, Question, Requirement
from radar_pipeline.retrieval.embedder import Embedder
from radar_pipeline.retrieval.search import Corpus, distinct

CANDIDATES = 24  # as the setting's default: the weights depend on how many compete


@dataclass(frozen=True, slots=True)
class Asked:
    """One labelled question: the judge's input, the label, where each candidate stands."""

    set_name: str
    question: Question
    label: Label
    spans: tuple[tuple[int, int], ...]  # of the candidates, in their order
    title_vector: NDArray[np.float32]

    @property
    def hits(self) -> NDArray[np.bool_]:
        """Per candidate: whether it shares a real piece of text with the labelled evidence."""
        return np.array(
            [
                any(min(b, e) - max(a, s) >= min(20, (e - s) / 2) for s, e in self.label.evidence)
                for a, b in self.spans
            ]
        )


class VectorCache:
    """Vectors by text, kept in one file between runs (half precision: fitting needs no more)."""

    def __init__(self, path: Path, embedder: Embedder) -> None:
        self.path, self.embedder = path, embedder
        self._rows: dict[str, NDArray[np.float16]] = {}
        if path.exists():
            with np.load(path) as stored:
                self._rows = dict(zip(stored["keys"].tolist(), stored["rows"], strict=True))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row per text."""
        keys = [ids.digest(self.embedder.identity, t) for t in texts]
        missing = list({k: t for k, t in zip(keys, texts, strict=True) if k not in self._rows}.items())
        if missing:
            found = self.embedder.embed([t for _, t in missing]).astype(np.float16)
            self._rows.update(zip((k for k, _ in missing), found, strict=True))
        return np.stack([self._rows[k] for k in keys]).astype(np.float32)

    def save(self) -> None:
        """Write the file; atomic."""
        part = self.path.with_suffix(".part.npz")
        np.savez(part, keys=np.array(list(self._rows)), rows=np.stack(list(self._rows.values())))
        part.replace(self.path)


def ask(labelled: LabelledSet, vectors: VectorCache, candidates: int = CANDIDATES) -> Iterator[Asked]:
    """Every labelled question of a set, document by document."""
    queries = {ref: vectors.embed(r.queries) for ref, r in labelled.requirements.items()}
    titles = {ref: vectors.embed([r.title])[0] for ref, r in labelled.requirements.items()}
    by_document: dict[str, list[Label]] = {}
    for label in labelled.labels:
        by_document.setdefault(label.document_id, []).append(label)
    for document_id, path in labelled.documents.items():
        found = distinct(cut(document_id, path, vectors.embedder.max_tokens))
        if not found:
            continue
        corpus = Corpus(found, vectors.embed([p.embedding_text for p in found]))
        rows = {p.passage_hash: n for n, p in enumerate(corpus.passages)}
        for label in by_document.get(document_id, ()):
            requirement = labelled.requirements[label.ref]
            (scores,) = corpus.scores([requirement], [queries[label.ref]])
            chosen = corpus.candidate_set(scores, candidates, ())
            picked = [rows[h] for h in chosen]
            yield Asked(
                labelled.name,
                _question(requirement, queries[label.ref], corpus, picked),
                label,
                tuple((corpus.passages[n].start, corpus.passages[n].end) for n in picked),
                titles[label.ref],
            )


def cut(document_id: str, path: Path, max_tokens: int) -> tuple[Passage, ...]:
    """The passages of one text file."""
    parsed = parse(path.read_bytes(), path.name)
    document = Document(
        document_id=document_id,
        version_id=document_id,
        path=path.name,
        content_hash=document_id,
        media_type="text/plain",
        parser="text",
        meta=DocumentMeta(),
        text=parsed.text,
        spans=parsed.spans,
    )
    return passages(document, (), max_tokens)


def _question(
    requirement: Requirement, queries: NDArray[np.float32], corpus: Corpus, picked: Sequence[int]
) -> Question:
    return Question(
        requirement,
        tuple(
            Candidate(p.passage_hash, p.text, p.heading_path, p.kind, p.status, corpus.vectors[n])
            for n in picked
            for p in (corpus.passages[n],)
        ),
        queries,
    )
