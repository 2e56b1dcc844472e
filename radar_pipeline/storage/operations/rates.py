"""Rate limits per deployment, shared by all processes: requests and tokens in any sixty seconds."""

from collections.abc import Callable
from datetime import datetime, timedelta

from radar_pipeline.storage.migrations.operations.database import Database
from radar_pipeline.storage.operations.errors import RateUnavailableError
from radar_pipeline.storage.operations.part import Part

REQUESTS, TOKENS = "requests", "tokens"


class Rates(Part):
    """Whose turn it is to ask a deployment."""

    def __init__(self, db: Database, clock: Callable[[], datetime], sleep: Callable[[float], None]) -> None:
        super().__init__(db, clock)
        self._sleep = sleep

    def acquire(
        self,
        alias: str,
        requests_per_minute: int | None,
        tokens_per_minute: int | None,
        tokens: int,
        deadline_seconds: float,
    ) -> float:
        """Wait for room for one request of so many tokens, and take it; returns the seconds waited.

        None is without limit. RateUnavailableError, without waiting, if the deadline comes first.
        """
        limits = ((REQUESTS, requests_per_minute, 1), (TOKENS, tokens_per_minute, tokens))
        wanted = [(unit, most, weight) for unit, most, weight in limits if most is not None and weight > 0]
        began = self._clock()
        deadline = began + timedelta(seconds=deadline_seconds)
        while wanted:
            refusal = self._try(alias, wanted)
            if refusal is None:
                break
            wait = refusal.wait_seconds
            if wait is None or self._clock() + timedelta(seconds=wait) > deadline:
                raise refusal
            self._sleep(wait)
        return (self._clock() - began).total_seconds()

    def _try(self, alias: str, wanted: list[tuple[str, int, int]]) -> RateUnavailableError | None:
        """Take it under every limit, or under none: then why and for how long."""
        from radar_pipeline.storage.operations.rate_bucket import take  # a quarter of a second to import

        now_ms = int(self._clock().timestamp() * 1000)
        try:
            with self._db.write(lock=f"rate {alias}") as con:
                take(con, alias, wanted, now_ms)
        except RateUnavailableError as refusal:
            return refusal
        return None
