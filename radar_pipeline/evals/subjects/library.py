"""What a case is answered from: its documents read, cut, embedded and searched as a sweep would.

Documents and vectors are prepared for many cases at once, and kept as long as the library lives.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from radar_pipeline import ids
from radar_pipeline.evals.subjects.documents import Documents
from radar_pipeline.evals.subjects.vectors import Matrix, Vectors
from radar_pipeline.evals.values import Case
from radar_pipeline.ingest import passages as cutting
from radar_pipeline.ingest import similar, tokens
from radar_pipeline.models import Document, Kind, Passage, Requirement, Status
from radar_pipeline.retrieval import search
from radar_pipeline.retrieval.embedder import Embedder
from radar_pipeline.retrieval.search import Corpus, distinct
from radar_pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class Found:
    """What a search for something came to: the chosen passages in the order a judge is shown them, and all
    that they are looked up in."""

    passages: tuple[Passage, ...]
    vectors: Matrix  # a row per passage
    queries: Matrix  # a row per text that was searched with
    searched: int
    paths: Mapping[str, str]  # by document id
    text: Callable[[str], str]  # canonical text by version id

    def path_of(self, passage_hash: str) -> str:
        """The document in which a chosen passage stands."""
        return next(self.paths[p.document_id] for p in self.passages if p.passage_hash == passage_hash)

    def says(self, passage_hash: str, start: int, end: int, quote: str) -> bool:
        """Whether the quote stands at its place, in the passage and in its document."""
        for passage in self.passages:
            if passage.passage_hash == passage_hash:
                low, high = passage.start + start, passage.start + end
                return bool(quote) and self.text(passage.version_id)[low:high] == quote
        return False


class Library:
    """The material of cases. ``prepare`` in one thread, then ``find`` in as many as one likes."""

    def __init__(self, settings: Settings, embedder: Embedder) -> None:
        self._settings = settings
        self._documents = Documents(settings)
        self._vectors = Vectors(embedder, settings.home / "evals" / "vectors")
        self._cut: dict[str, tuple[Passage, ...]] = {}  # by version id

    @property
    def identity(self) -> str:
        """Names how documents are cut and searched, 16 digits."""
        ways = (search.VERSION, cutting.PASSAGES, tokens.TOKENIZER_SHA256, similar.VERSION)
        numbers = (self._settings.candidates, self._vectors.max_tokens)
        return ids.digest(self._vectors.identity, *map(str, (*ways, *numbers)), length=16)

    def prepare(self, wanted: Sequence[tuple[Case, Requirement]]) -> None:
        """Read and embed what these cases are answered from, and what is searched for in them.

        Raises ConfigurationError for a document that cannot be read.
        """
        self._documents.prepare(e for case, _ in wanted for e in case.inputs.get("documents", ()))
        for own in (True, False):
            some = [(case.inputs, sought) for case, sought in wanted if (not case.tenant) is own]
            texts = [p.embedding_text for inputs, _ in some for p in self._passages(inputs)[0]]
            self._vectors.prepare(texts, [text for _, sought in some for text in sought.queries], keep=own)

    def find(self, inputs: Mapping[str, Any], wanted: Requirement) -> Found:
        """The passages that a search for the requirement chooses; ``prepare`` must have seen it."""
        passages, texts, paths = self._passages(inputs)
        vectors = self._vectors.of_passages(p.embedding_text for p in passages)
        queries = self._vectors.of_queries(wanted.queries)
        corpus, chosen = Corpus(passages, vectors), frozenset[str]()
        if passages:
            [scores] = corpus.scores([wanted], [queries])
            chosen = frozenset(corpus.candidate_set(scores, self._settings.candidates, ()))
        rows = [n for n, p in enumerate(passages) if p.passage_hash in chosen]
        return Found(
            passages=tuple(passages[n] for n in rows),
            vectors=vectors[rows],
            queries=queries,
            searched=len(passages),
            paths=paths,
            text=texts.__getitem__,
        )

    def _passages(
        self, inputs: Mapping[str, Any]
    ) -> tuple[tuple[Passage, ...], Mapping[str, str], Mapping[str, str]]:
        """Distinct passages in the order of their hashes, texts by version id, paths by document id."""
        if "documents" not in inputs:
            given = [_inline(number, entry) for number, entry in enumerate(inputs["passages"], 1)]
            paths = {p.document_id: f"passage {n}" for n, p in enumerate(given, 1)}
            return distinct(given, (), paths), {p.version_id: p.text for p in given}, paths
        documents = [self._documents.get(entry) for entry in inputs["documents"]]
        related = _relations(documents)
        binding = [
            passage
            for document in documents
            for passage in self._pieces(document)
            if passage.status is not Status.SUPERSEDED and not related[document.document_id].superseded_by
        ]
        paths = {document.document_id: document.path for document in documents}
        copies = [document for document, relation in related.items() if relation.duplicate_of]
        return distinct(binding, copies, paths), {d.version_id: d.text for d in documents}, paths

    def _pieces(self, document: Document) -> list[Passage]:
        if document.version_id not in self._cut:
            found = cutting.passages(document, (), self._vectors.max_tokens)
            self._cut[document.version_id] = found
        meta = document.meta
        return [replace(p, kind=meta.kind, status=meta.status) for p in self._cut[document.version_id]]


def _inline(number: int, entry: Mapping[str, Any]) -> Passage:
    text = str(entry["text"])
    heading = str(entry.get("heading", ""))
    path = tuple(part for part in heading.split(" > ") if part)
    return Passage(
        passage_hash=ids.digest("\x1f".join(path), text),
        document_id=f"passage-{number}",
        version_id=f"passage-{number}",
        start=0,
        end=len(text),
        text=text,
        heading_path=path,
        page=0,
        kind=Kind(entry["kind"]),
        status=Status(entry["status"]),
    )


def _relations(documents: Sequence[Document]) -> dict[str, similar.Relation]:
    """Which of a case's documents stand for others, as among a tenant's."""
    facts = [
        similar.Facts(
            document_id=d.document_id,
            path=d.path,
            title=d.meta.title,
            kind=d.meta.kind,
            status=d.meta.status,
            version=d.meta.version,
            effective_date=d.meta.effective_date,
        )
        for d in documents
    ]
    signatures = {d.document_id: similar.signature(d.text) for d in documents} if len(documents) > 1 else {}
    found = similar.relations(signatures, facts)
    return {d.document_id: found.get(d.document_id, similar.Relation()) for d in documents}
