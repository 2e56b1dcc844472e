"""The citation contract over real documents: ``text[start:end]`` is what a chunk or passage says it is.

Always over the sample documents of this repository; over every document under the folder that
RADAR_BENCH_DATA names (``corpora/*`` and ``coverage/*/documents``) if it is set.
"""

import os
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from radar_pipeline.ingest.chunk import chunk
from radar_pipeline.ingest.chunk.by_finding import FINDING_TOKENS
from radar_pipeline.ingest.citing import LONGEST, Citing
from radar_pipeline.ingest.discover import SourceFile, content_hash
from radar_pipeline.ingest.isolate import ParserPool, read_documents
from radar_pipeline.ingest.parsers import parser_for
from radar_pipeline.ingest.passages import passages
from radar_pipeline.ingest.sections import BlockKind, blocks, body_ranges
from radar_pipeline.models import Chunk, Document, Passage, Tenant
from radar_pipeline.settings import Settings

OURS = Path(__file__).parents[2] / "data" / "corpus"
BENCH = os.environ.get("RADAR_BENCH_DATA", "")
QUOTE = 12  # words of a requirement-sized quote
EVERY = 7  # passages of which one is quoted and located again


@dataclass(frozen=True, slots=True)
class Counts:
    documents: int = 0
    chunks: int = 0
    passages: int = 0
    quotes: int = 0

    def plus(self, chunks: int, passages_: int, quotes: int) -> "Counts":
        return Counts(
            self.documents + 1, self.chunks + chunks, self.passages + passages_, self.quotes + quotes
        )


def folders(data: str) -> list[Path]:
    if not data:
        return []
    root = Path(data)
    found = [*(root / "corpora").glob("*"), *(root / "coverage").glob("*/documents")]
    return sorted(folder for folder in found if folder.is_dir())


def read(folder: Path, tmp_path: Path) -> Iterator[Document]:
    """Every document of a folder that has a parser, through the children that a sweep reads with."""
    tenant = Tenant("corpora", "Corpora", folder, ())
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and parser_for(p.name))
    files = []
    for path in paths:
        stat = path.stat()
        name = path.relative_to(folder).as_posix()
        file = SourceFile(f"doc-{name}", name, path, stat.st_size, stat.st_mtime_ns)
        files.append((file, content_hash(file)))
    with ParserPool(Settings(data=tmp_path, home=tmp_path / "home")) as pool:
        for outcome in read_documents(files, pool, tenant):
            if isinstance(outcome, Document):
                yield outcome


def is_exact(document: Document, chunks: tuple[Chunk, ...], found: tuple[Passage, ...]) -> None:
    """Every piece is literally at its offsets, every annotation within the text, nothing left out."""
    text = document.text
    pieces: list[Chunk | Passage] = [*chunks, *found]
    for piece in pieces:
        assert text[piece.start : piece.end] == piece.text == piece.text.strip() != ""
    assert all(0 <= span.start < span.end <= len(text) for span in document.spans)
    assert all(piece.tokens <= FINDING_TOKENS for piece in chunks)
    _covered(text, sorted((c.start, c.end) for c in chunks), body_ranges(document))
    headings = [(b.start, b.end) for b in blocks(document) if b.kind is BlockKind.HEADING]
    _covered(text, sorted([*((p.start, p.end) for p in found), *headings]), body_ranges(document))


def _covered(text: str, pieces: list[tuple[int, int]], body: list[tuple[int, int]]) -> None:
    """Every character of the body that is no space is in some piece, and none of another part is."""
    for low, high in body:
        at = low
        first = bisect_right(pieces, (low, low)) - 1
        for start, end in pieces[max(0, first) :]:
            if start >= high:
                break
            assert not text[at : min(start, high)].strip()
            at = max(at, min(end, high))
        assert not text[at:high].strip()


def quotes(document: Document, found: tuple[Passage, ...]) -> int:
    """A quote of some words of every seventh passage is located at its own offsets; how many were."""
    for passage in found[::EVERY]:
        words = passage.text.split(" ")
        quote = " ".join(words[len(words) // 3 :][:QUOTE])
        start = passage.start + passage.text.index(quote)
        assert document.text[start : start + len(quote)] == quote
    return len(found[::EVERY])


def checked(folder: Path, tmp_path: Path) -> Counts:
    counts = Counts()
    for document in read(folder, tmp_path):
        chunks = chunk(document)
        found = passages(document, chunks, 256)
        is_exact(document, chunks, found)
        citing = Citing(document)
        for passage in found:
            citation = citing.cite(passage.start, passage.end).citation
            assert citation.strip() and citation.splitlines() == [citation] and len(citation) <= LONGEST + 6
        counts = counts.plus(len(chunks), len(found), quotes(document, found))
    return counts


@pytest.mark.parametrize("folder", sorted(OURS.iterdir()), ids=lambda folder: folder.name)
def test_every_piece_of_our_own_documents_is_where_it_says(folder: Path, tmp_path: Path) -> None:
    counts = checked(folder, tmp_path)
    assert counts.documents == sum(1 for p in folder.rglob("*") if p.is_file() and parser_for(p.name))
    assert min(counts.chunks, counts.passages, counts.quotes) >= counts.documents


@pytest.mark.skipif(not BENCH, reason="RADAR_BENCH_DATA does not name a folder with real documents")
@pytest.mark.parametrize("folder", folders(BENCH), ids=lambda folder: folder.parent.name + "-" + folder.name)
def test_every_piece_of_real_documents_is_where_it_says(folder: Path, tmp_path: Path) -> None:
    counts = checked(folder, tmp_path)
    print(f"{folder.name}: {counts}")
    assert min(counts.documents, counts.chunks, counts.passages, counts.quotes) > 0
