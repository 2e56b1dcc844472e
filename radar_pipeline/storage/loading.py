"""The portfolio's one loader: what is published of the tenants, brought into the tables that all share."""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from radar_pipeline.ids import SLUG_PATTERN
from radar_pipeline.storage import inbox, portfolio
from radar_pipeline.storage.inbox import Parcel
from radar_pipeline.storage.portfolio import LoadCounts
from radar_pipeline.storage.releases import release_folder
from radar_pipeline.storage.sql import Connection
from radar_pipeline.storage.telling import Told


@dataclass(frozen=True, slots=True)
class Loader:
    """``work`` opens the database that only the loader writes, up to date; ``send`` puts a release's
    parcel (sweep id, tenant, folder) into the inbox."""

    home: Path
    work: Callable[[], AbstractContextManager[Connection]]
    send: Callable[[str, str, Path], None]

    def load(
        self,
        published: Mapping[str, str],
        tenants_home: Path,
        told: Told,
        erased: Callable[[], Collection[str]],
    ) -> LoadCounts:
        """See ``warehouse.load_portfolio``."""
        if self._up_to_date(published, told):
            return LoadCounts()
        with portfolio.loader_lock(self.home):
            gone = erased()  # an erasure after this waits for our lock, and then clears what we load
            published = {slug: release for slug, release in published.items() if slug not in gone}
            told = told.without(gone)
            with self.work() as con:
                loaded = portfolio.loaded_releases(con)
            waiting = {(p.tenant, p.sweep_id): p for p in inbox.parcels(self.home)}
            wanted, exported, missing = self._wanted(published, tenants_home, loaded, waiting)
            with self.work() as con:
                portfolio.load(con, wanted)
                shown = portfolio.shown(self.home)
                now = told.put(con, shown)
                stale = bool(wanted) or shown != now
                if stale:
                    portfolio.publish(con, self.home / "published", now)
            orphans = [p for p in waiting.values() if inbox.is_orphan(p, published, tenants_home)]
            inbox.discard(self.home, [*wanted, *orphans])
            inbox.remove_abandoned(self.home)
        return LoadCounts(len(wanted), exported, len(orphans), stale, tuple(missing))

    def erase(self, tenant: str) -> None:
        """See ``warehouse.erase_from_portfolio``."""
        with portfolio.loader_lock(self.home):
            inbox.discard(self.home, [p for p in inbox.parcels(self.home) if p.tenant == tenant])
            inbox.remove_abandoned(self.home, tenant, older_than=0)
            work = portfolio.work_file(self.home)
            with self.work() as con:
                portfolio.forget(con, tenant)
                fresh = portfolio.rewrite(con, work)
            portfolio.settle(fresh, work)
            with self.work() as con:
                # What is told of the tenants is no longer what was given: the next load gives it anew.
                # Days whose rows no longer are what was computed then differ from what is computed next.
                before = portfolio.shown(self.home)
                now = portfolio.Shown(portfolio.loaded_releases(con), "", before.days if before else {})
                portfolio.publish(con, self.home / "published", now)

    def _up_to_date(self, published: Mapping[str, str], told: Told) -> bool:
        shown = portfolio.shown(self.home)
        if shown is None:
            return not published and told.is_nothing()
        current = all(shown.releases.get(tenant) == release for tenant, release in published.items())
        return current and told.is_in(shown) and not inbox.parcels(self.home)

    def _wanted(
        self,
        published: Mapping[str, str],
        tenants_home: Path,
        loaded: Mapping[str, str],
        waiting: Mapping[tuple[str, str], Parcel],
    ) -> tuple[list[Parcel], int, list[str]]:
        """The parcels to load, how many were exported anew for it, tenants without their release."""
        wanted, exported, missing = [], 0, []
        for tenant, release in sorted(published.items()):
            if SLUG_PATTERN.fullmatch(tenant) is None:
                continue  # a folder that is just being removed is no tenant
            found = waiting.get((tenant, release))
            if found is None and loaded.get(tenant) == release:
                continue
            if found is None or not inbox.is_whole(found):
                folder = release_folder(tenants_home / tenant, release)
                if folder is None:
                    missing.append(tenant)
                    continue
                self.send(release, tenant, folder)
                exported += 1
            wanted.append(inbox.parcel(self.home, release, tenant))
        return wanted, exported, missing
