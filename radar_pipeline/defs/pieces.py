"""The numbers of tenants' stored chunks and passages, as rows to be checked: counts and offsets only."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radar_pipeline import ids
from radar_pipeline.storage import piece_numbers, warehouse
from radar_pipeline.storage.piece_numbers import PieceNumbers
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.manifest import load_manifest

COLUMNS = (
    *("tenant_id", "version_id", "characters", "declared", "stored", "distinct", "unknown"),
    *("start", "end", "shortest", "published", "vectors"),
)
Numbers = Callable[[piece_numbers.Read], list[PieceNumbers]]


@dataclass(frozen=True, slots=True)
class Pieces:
    """``fewest`` rows there must be; ``ahead``: tenants whose work is ahead of what is published.

    A sweep that failed, or is under way, has cut documents that no report shows yet. Their pieces are
    looked at all the same, but not against the report.
    """

    rows: list[list[Any]]
    fewest: int
    ahead: frozenset[str] = frozenset()

    def with_(self, others: "Pieces") -> "Pieces":
        """These and others together."""
        return Pieces(self.rows + others.rows, self.fewest + others.fewest, self.ahead | others.ahead)


def pieces_of(environment: Environment, slug: str, numbers: Numbers) -> Pieces:
    """The pieces of a tenant, a row for each document version. Raises StoreError."""
    home = environment.tenant_home(slug)
    told = _published(environment.settings.portfolio, slug)
    read = {entry.version_id for entry in load_manifest(home).values() if entry.has_text}
    ahead = bool(read) and read != told.keys()
    expected = {} if ahead else told
    store = TenantStore(home / "work" / "lance")
    found = {one.version_id: one for one in store.numbers(numbers)}
    vectors = store.counts()["vectors"] if found else 0
    rows = [
        _row(slug, found.get(version, PieceNumbers(version)), expected.get(version), vectors)
        for version in sorted({*expected, *found})
    ]
    return Pieces(rows, len(expected), frozenset({slug} if ahead else ()))


def _row(slug: str, one: PieceNumbers, published: int | None, vectors: int) -> list[Any]:
    numbers = (one.characters, one.declared, one.stored, one.distinct, one.unknown)
    return [slug, one.version_id, *numbers, one.start, one.end, one.shortest, published, vectors]


def _published(portfolio: Path, slug: str) -> dict[str, int]:
    """Passages of every document version that was read, as the portfolio tells."""
    query = (
        "SELECT list(version_id), list(passages) FROM documents "
        f"WHERE readable AND characters > 0 AND tenant_id = '{ids.tenant_slug(slug)}'"
    )
    [[versions, passages]] = warehouse.query(query, None, portfolio)[1]
    return dict(zip(versions or (), passages or (), strict=True))
