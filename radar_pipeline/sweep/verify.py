"""Every stored chunk, passage and quote against the document version it names: ids and counts, never
a word of them. ``text[start:end]`` is literally what is kept, or it is told by its id."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from radar_pipeline.errors import RadarError
from radar_pipeline.models import Chunk, Passage
from radar_pipeline.settings import Settings
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.storage.texts import Texts

PAGE = 5_000  # quotes read at a time
VERSIONS = 200  # document versions whose pieces are read at a time
TEXTS_IN_MEMORY = 8
_Piece = TypeVar("_Piece", Chunk, Passage)
TRIES = 3  # a sweep may publish, and forget old texts, while we read
# Those of past reports too: their texts are kept as long as they are cited.
QUOTES = """
SELECT evidence_id, version_id, start_offset, end_offset, quote FROM evidence_history
UNION SELECT evidence_id, version_id, start_offset, end_offset, quote FROM standing_answer_quotes_history
ORDER BY version_id, evidence_id, start_offset, end_offset, quote LIMIT {limit} OFFSET {offset}
"""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of one tenant. ``problem``: why it could not be verified at all."""

    tenant: str
    quotes: int = 0
    wrong: tuple[str, ...] = ()  # evidence ids
    problem: str = ""
    remedy: str = ""
    chunks: int = 0
    passages: int = 0
    wrong_chunks: tuple[str, ...] = ()  # chunk ids
    wrong_passages: tuple[str, ...] = ()  # passage hashes

    @property
    def pieces(self) -> int:
        """Chunks and passages together."""
        return self.chunks + self.passages

    @property
    def wrong_pieces(self) -> tuple[str, ...]:
        """Ids of the chunks and passages that are not where they say."""
        return self.wrong_chunks + self.wrong_passages

    @property
    def sound(self) -> bool:
        """True if every chunk, passage and quote is literally where it says."""
        return not (self.wrong or self.wrong_pieces or self.problem)


def tenants(settings: Settings) -> Iterator[Verified]:
    """Verify tenant by tenant whatever is stored, that of retired tenants included."""
    home = settings.home / "tenants"
    for folder in sorted(home.iterdir()) if home.is_dir() else ():
        yield tenant(folder, settings)


def tenant(folder: Path, settings: Settings) -> Verified:
    """Verify one tenant's stored pieces and quotes, whatever the sweeps beside us do."""
    try:
        return _tenant(folder, settings)
    except RadarError as error:
        return Verified(folder.name, problem=error.message, remedy=error.remedy)


def _tenant(folder: Path, settings: Settings) -> Verified:
    for left in reversed(range(TRIES)):
        before = warehouse.published_release(folder)
        try:
            found = _verify(folder, settings) if before else Verified(folder.name)
        except RadarError:
            if not left or warehouse.published_release(folder) == before:
                raise
            continue
        if found.sound or warehouse.published_release(folder) == before:
            return found
    return found


def _verify(folder: Path, settings: Settings) -> Verified:
    text = lru_cache(maxsize=TEXTS_IN_MEMORY)(Texts(folder / "work" / "texts").get)
    store = TenantStore(folder / "work" / "lance")
    chunks, passages = 0, 0
    wrong_chunks: list[str] = []
    wrong_passages: list[str] = []
    versions = sorted(store.stored_versions())
    for low in range(0, len(versions), VERSIONS):
        some = versions[low : low + VERSIONS]
        cut, found = store.chunks(some), store.passages(some)
        chunks, passages = chunks + len(cut), passages + len(found)
        wrong_chunks += [c.chunk_id for c in _misplaced(cut, text)]
        wrong_passages += [p.passage_hash for p in _misplaced(found, text)]
    quotes, wrong = _quotes(folder, settings, text)
    bad = wrong or wrong_chunks or wrong_passages
    return Verified(
        folder.name,
        quotes,
        tuple(wrong),
        remedy=_REMEDY.format(folder / "work" / "manifest.json") if bad else "",
        chunks=chunks,
        passages=passages,
        wrong_chunks=tuple(wrong_chunks),
        wrong_passages=tuple(wrong_passages),
    )


def _misplaced(items: Sequence[_Piece], text: Callable[[str], str]) -> list[_Piece]:
    """Those that are not at their offsets; sorted, so that each text is read once."""
    ordered = sorted(items, key=lambda item: item.version_id)
    return [item for item in ordered if text(item.version_id)[item.start : item.end] != item.text]


def _quotes(folder: Path, settings: Settings, text: Callable[[str], str]) -> tuple[int, list[str]]:
    count, wrong = 0, []
    while True:
        sql = QUOTES.format(limit=PAGE, offset=count)
        _, rows = warehouse.query(sql, folder, settings.portfolio)
        wrong += [evidence for evidence, version, a, b, quote in rows if text(version)[a:b] != quote]
        count += len(rows)
        if len(rows) < PAGE:
            return count, wrong


_REMEDY = "Delete {} and sweep: its documents are then read anew."
