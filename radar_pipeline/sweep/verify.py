"""Every stored quote against the document version it names: ids and counts, never the quote."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from radar_pipeline.errors import RadarError
from radar_pipeline.settings import Settings
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.storage.texts import Texts

PAGE = 5_000  # quotes read at a time
TEXTS_IN_MEMORY = 8
TRIES = 3  # a sweep may publish, and forget old texts, while we read
# Those of past reports too: their texts are kept as long as they are cited.
QUOTES = """
SELECT DISTINCT evidence_id, version_id, start_offset, end_offset, quote FROM evidence_history
ORDER BY version_id, evidence_id, start_offset, end_offset, quote LIMIT {limit} OFFSET {offset}
"""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of one tenant. ``problem``: why its quotes could not be verified at all."""

    tenant: str
    quotes: int = 0
    wrong: tuple[str, ...] = ()  # evidence ids
    problem: str = ""
    remedy: str = ""

    @property
    def sound(self) -> bool:
        """True if every quote is literally where it says."""
        return not (self.wrong or self.problem)


def tenants(settings: Settings) -> Iterator[Verified]:
    """Verify tenant by tenant whatever is stored, that of retired tenants included."""
    home = settings.home / "tenants"
    for folder in sorted(home.iterdir()) if home.is_dir() else ():
        try:
            yield _tenant(folder, settings)
        except RadarError as error:
            yield Verified(folder.name, problem=error.message, remedy=error.remedy)


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
    store = TenantStore(folder / "work" / "lance")
    store.passages(store.stored_versions())  # that they can be read at all
    text = lru_cache(maxsize=TEXTS_IN_MEMORY)(Texts(folder / "work" / "texts").get)
    count, wrong = 0, []
    while True:
        sql = QUOTES.format(limit=PAGE, offset=count)
        _, rows = warehouse.query(sql, folder, settings.portfolio)
        wrong += [evidence for evidence, version, a, b, quote in rows if text(version)[a:b] != quote]
        count += len(rows)
        if len(rows) < PAGE:
            return _found(folder, count, tuple(wrong))


def _found(folder: Path, count: int, wrong: tuple[str, ...]) -> Verified:
    if not wrong:
        return Verified(folder.name, count)
    manifest = folder / "work" / "manifest.json"
    return Verified(
        folder.name,
        count,
        wrong,
        remedy=f"Delete {manifest} and sweep: its documents are then read anew.",
    )
