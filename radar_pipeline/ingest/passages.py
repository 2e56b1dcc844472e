"""Passages: what is embedded and shown to judges. Whole sentences of one paragraph, list item or
table row, under one heading, on one slide or sheet, never longer than the embedder reads. A slide's
notes and a footnote stand in passages of their own.

Promises, held by property tests: ``text[start:end] == passage.text``; every character of the body
that is no whitespace is in exactly one passage, but for headings, which their section's passages
carry in ``heading_path`` (a heading with nothing under it is a passage of its own).
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from radar_pipeline import ids
from radar_pipeline.ingest.cutting import words
from radar_pipeline.ingest.sections import Block, BlockKind, PageFinder, blocks
from radar_pipeline.ingest.sentences import FINEST, clauses, sentences
from radar_pipeline.ingest.tokens import SPECIAL_TOKENS, TokenIndex, count, token_index
from radar_pipeline.models import Chunk, Document, Passage

PASSAGES = "passages@3"  # raise when the same text would be cut otherwise
TARGET_TOKENS = 80  # sentences are grouped up to here
HARD_LIMIT = 256  # tokens with heading and special tokens, whatever the embedder reads
SHORT_TOKENS = 14  # lines up to here join their neighbours: addresses, code, bare list items
LONGEST_KEY = 30  # tokens of a row's first cell that is kept as a heading of its other pieces
LONGEST_LEAD = 60  # tokens of a "The processor shall:" that is kept as a heading of its items


@dataclass(frozen=True, slots=True)
class _Piece:
    """A passage to be: offsets, path, tokens, and the blocks it holds."""

    start: int
    end: int
    path: tuple[str, ...]
    tokens: int
    kind: BlockKind
    last: int = 0  # tokens of the last block it holds
    whole: bool = True  # holds whole blocks only


def passages(document: Document, chunks: Sequence[Chunk], max_tokens: int) -> tuple[Passage, ...]:
    """Cut a document into passages, in text order, each mapped to the chunks it touches.

    ``max_tokens``: the embedder's limit in tokens; ``embedding_text`` with its special tokens
    never exceeds it, nor HARD_LIMIT. A list item whose lead-in ("The processor shall:") stands in
    another passage carries it as the last entry of ``heading_path``.
    """
    limit = min(max_tokens, HARD_LIMIT) - SPECIAL_TOKENS
    cutter = _Cutter(document, limit)
    pages = PageFinder(document)
    mapping = _ChunkFinder(chunks)
    return tuple(
        Passage(
            passage_hash=ids.digest("\x1f".join(piece.path), document.text[piece.start : piece.end]),
            document_id=document.document_id,
            version_id=document.version_id,
            start=piece.start,
            end=piece.end,
            text=document.text[piece.start : piece.end],
            heading_path=piece.path,
            page=pages.page(piece.start),
            kind=document.meta.kind,
            status=document.meta.status,
            chunk_ids=mapping.touching(piece.start, piece.end),
        )
        for piece in cutter.pieces(blocks(document))
    )


class _Cutter:
    def __init__(self, document: Document, limit: int) -> None:
        self._text = document.text
        self._index = token_index(document.text)
        self._cell_ends = sorted(span.end for span in document.spans_of("cell"))
        self._limit = limit
        self._fitted: dict[str, tuple[str, int]] = {}

    def pieces(self, found: Sequence[Block]) -> Iterator[_Piece]:
        open_piece: _Piece | None = None
        leads = _Leads(self._text)
        for ordinal, block in enumerate(found):
            if block.kind is BlockKind.HEADING:
                if open_piece:
                    yield open_piece
                open_piece = None
                leads.clear()
                if _is_bare(found, ordinal):
                    yield from self._cut(block, block.path[:-1])
                continue
            if block.apart:
                leads.clear()
            path = block.path + leads.above(block)
            for piece in self._cut(block, path):
                if open_piece and self._joins(open_piece, piece, block):
                    open_piece = self._joined(open_piece, piece)
                    continue
                if open_piece:
                    yield open_piece
                open_piece = piece
            leads.see(block, self._index)
        if open_piece:
            yield open_piece

    def _joins(self, one: _Piece, other: _Piece, block: Block) -> bool:
        """Whether a block goes on in the passage before it: a lead-in takes its first item, short
        lines stand together. Both hold whole blocks, so no sentence is torn."""
        if (
            block.first
            or block.apart
            or not (one.whole and other.whole)
            or one.tokens + other.tokens > self._target(other.path)
        ):
            return False
        if self._text[one.end - 1] == ":":
            return one.path == other.path[: len(one.path)]
        if one.kind is not other.kind and block.kind is not BlockKind.ITEM:
            return False
        if block.gap and block.kind is not BlockKind.ITEM:
            return False
        fragments = other.tokens <= SHORT_TOKENS and one.last <= SHORT_TOKENS
        return fragments and one.path == other.path[: len(one.path)]

    def _joined(self, one: _Piece, other: _Piece) -> _Piece:
        return _Piece(one.start, other.end, one.path, one.tokens + other.tokens, other.kind, other.last)

    def _cut(self, block: Block, path: tuple[str, ...]) -> list[_Piece]:
        """The pieces of one block: the whole block if it is short enough, else its sentences grouped."""
        path, room = self._fit(path)
        total = self._index.count(block.start, block.end)
        target = min(TARGET_TOKENS, room)
        if total <= target:
            return [_Piece(block.start, block.end, path, total, block.kind, last=total)]
        cells = self._cells(block)
        if len(cells) > 1:
            return self._cut_row(block, path, cells)
        return self._grouped(block, path, self._sentence_units(block.start, block.end, room), target)

    def _cells(self, block: Block) -> list[tuple[int, int]]:
        """The cells of a row with their headers; nothing for what is no row."""
        if block.kind is not BlockKind.ROW:
            return []
        first = bisect_right(self._cell_ends, block.start)
        last = bisect_right(self._cell_ends, block.end)
        ranges: list[tuple[int, int]] = []
        start = block.start
        for cell_end in self._cell_ends[first:last]:
            end = min(block.end, cell_end + 1)  # with the semicolon
            if end > start:
                ranges.append((start, end))
            start = end + 1
        return ranges

    def _cut_row(self, block: Block, path: tuple[str, ...], cells: list[tuple[int, int]]) -> list[_Piece]:
        """Whole cells grouped; all pieces but the first stand under the row's first cell."""
        key = self._text[cells[0][0] : cells[0][1]].rstrip(";")
        keyed = self._fit((*path, key))[0] if count(key) <= LONGEST_KEY else path
        room = min(self._fit(path)[1], self._fit(keyed)[1])
        units: list[tuple[int, int]] = []
        for start, end in cells:
            fits = self._index.count(start, end) <= min(TARGET_TOKENS, room)
            units += [(start, end)] if fits else self._sentence_units(start, end, room)
        first, *others = self._grouped(block, path, units, min(TARGET_TOKENS, room))
        return [first, *(replace(piece, path=keyed) for piece in others)]

    def _sentence_units(self, start: int, end: int, room: int) -> list[tuple[int, int]]:
        found = sentences(self._text, start, end)
        return [unit for low, high in found for unit in self._shortened(low, high, room)]

    def _grouped(
        self, block: Block, path: tuple[str, ...], units: list[tuple[int, int]], target: int
    ) -> list[_Piece]:
        """Neighbouring units together up to the target."""
        groups: list[_Piece] = []
        for start, end in units:
            tokens = self._index.count(start, end)
            if groups and groups[-1].tokens + tokens <= target:
                last = groups.pop()
                tokens = self._index.count(last.start, end)
                groups.append(_Piece(last.start, end, path, tokens, block.kind, whole=False))
            else:
                groups.append(_Piece(start, end, path, tokens, block.kind, whole=False))
        return groups

    def _shortened(self, start: int, end: int, room: int, fineness: int = 0) -> list[tuple[int, int]]:
        """A sentence that fits as it is, or its clauses grouped as long as they fit, or its words."""
        if self._index.count(start, end) <= room:
            return [(start, end)]
        if fineness > FINEST:
            return words(self._text, self._index, start, end, room)
        merged: list[tuple[int, int]] = []
        for low, high in clauses(self._text, start, end, fineness):
            if merged and self._index.count(merged[-1][0], high) <= room:
                merged[-1] = (merged[-1][0], high)
            else:
                merged.append((low, high))
        return [part for low, high in merged for part in self._shortened(low, high, room, fineness + 1)]

    def _target(self, path: tuple[str, ...]) -> int:
        return min(TARGET_TOKENS, self._fit(path)[1])

    def _fit(self, path: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
        """The path with its last heading cut to half the limit at most, and the room it leaves."""
        if not path:
            return path, self._limit
        heading = path[-1]
        if heading not in self._fitted:
            self._fitted[heading] = _fit_heading(heading, self._limit // 2)
        fitted, tokens = self._fitted[heading]
        return (*path[:-1], fitted), self._limit - tokens


class _Leads:
    """The lead-ins under which list items stand: "The processor shall:" and, nested, "(a) ensure:"."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._open: list[tuple[int, str]] = []

    def clear(self) -> None:
        self._open.clear()

    def above(self, block: Block) -> tuple[str, ...]:
        """The lead-ins above a block; a paragraph ends every list."""
        if block.kind is not BlockKind.ITEM:
            self._open.clear()
        while self._open and self._open[-1][0] >= block.level:
            self._open.pop()
        return tuple(lead for _, lead in self._open)

    def see(self, block: Block, index: TokenIndex) -> None:
        """Remember a block that ends with a colon: its last sentence leads what follows."""
        if block.kind is BlockKind.ROW or self._text[block.end - 1] != ":":
            return
        start, end = sentences(self._text, block.start, block.end)[-1]
        if index.count(start, end) <= LONGEST_LEAD:
            level = block.level if block.kind is BlockKind.ITEM else -1
            self._open.append((level, self._text[start:end]))


class _ChunkFinder:
    """Which chunks a range touches. Chunks are sorted by start, and so, nearly, by end."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._chunks = sorted(chunks, key=lambda c: (c.start, c.end))
        self._starts = [c.start for c in self._chunks]
        self._longest = max((c.end - c.start for c in self._chunks), default=0)

    def touching(self, start: int, end: int) -> tuple[str, ...]:
        """Ids of the chunks that share at least one character with the range."""
        first = bisect_right(self._starts, start - self._longest - 1)
        last = bisect_right(self._starts, end - 1)
        return tuple(c.chunk_id for c in self._chunks[first:last] if c.end > start)


def _is_bare(found: Sequence[Block], ordinal: int) -> bool:
    """A heading with nothing under it: the next block is no body and no subheading."""
    if ordinal + 1 == len(found):
        return True
    following = found[ordinal + 1]
    return following.kind is BlockKind.HEADING and following.level <= found[ordinal].level


def _fit_heading(heading: str, limit: int) -> tuple[str, int]:
    tokens = count(heading)
    if tokens <= limit:
        return heading, tokens
    while tokens > limit and len(heading) > 1:
        heading = heading[: max(1, len(heading) * limit // tokens - 1)].rstrip()
        tokens = count(heading)
    return heading, tokens
