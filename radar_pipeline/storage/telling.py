"""What the portfolio is told beside the tenants' releases: who they are, rows by day, mirrored rows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from radar_pipeline.storage import daily, portfolio
from radar_pipeline.storage.daily import DailyRows
from radar_pipeline.storage.mirror import MirrorRows
from radar_pipeline.storage.portfolio import Shown
from radar_pipeline.storage.rows import Row
from radar_pipeline.storage.sql import Connection


@dataclass(frozen=True, slots=True)
class Told:
    """Each part may be None: what is stored of it stays."""

    tenants: Sequence[Row] | None = None
    by_day: DailyRows | None = None
    mirrored: MirrorRows | None = None

    def without(self, gone: Collection[str]) -> "Told":
        """The same without anything about some tenants."""
        tenants, by_day, mirrored = self.tenants, self.by_day, self.mirrored
        return Told(
            None if tenants is None else [row for row in tenants if row["tenant_id"] not in gone],
            None if by_day is None else by_day.without(gone),
            None if mirrored is None else mirrored.without(gone),
        )

    def is_nothing(self) -> bool:
        """Whether an empty portfolio says as much."""
        days = bool(self.by_day and self.by_day.digests())
        rows = bool(self.mirrored and any(self.mirrored.tables.values()))
        return self.tenants is None and not days and not rows

    def is_in(self, shown: Shown) -> bool:
        """Whether a snapshot holds just this. ValueError for rows that don't fit the schema."""
        return (
            (self.tenants is None or portfolio.tenants_digest(self.tenants) == shown.tenants)
            and (self.by_day is None or self.by_day.are_in(shown.days))
            and (self.mirrored is None or self.mirrored.are_in(shown.mirrored))
        )

    def put(self, con: Connection, before: Shown | None) -> Shown:
        """Store it; what a snapshot of the open database then shows, ``before`` being the last one."""
        tenants, days, mirrored = (before.tenants, before.days, before.mirrored) if before else ("", {}, {})
        if self.tenants is not None:
            portfolio.tell(con, self.tenants)
            tenants = portfolio.tenants_digest(self.tenants)
        if self.by_day is not None:
            daily.put(con, self.by_day)
            days = self.by_day.after(days)
        if self.mirrored is not None:
            self.mirrored.put(con)
            mirrored = self.mirrored.after(mirrored)
        return Shown(portfolio.loaded_releases(con), tenants, days, mirrored)
