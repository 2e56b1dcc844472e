"""A tenant is worked under a lease that a background thread keeps renewing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from radar_pipeline.errors import LeaseLostError, RadarError
from radar_pipeline.storage import holder
from radar_pipeline.storage.operations import Lease, Operations


class HeldLease:
    """A lease of ours. ``check`` before every visible step: a lost one must write nothing more."""

    def __init__(self, operations: Operations, lease: Lease, seconds: float) -> None:
        self._operations = operations
        self._lease = lease
        self._seconds = seconds
        self._stop = threading.Event()
        self._lost: RadarError | None = None
        self._thread = threading.Thread(target=self._beat, name="lease-heartbeat", daemon=True)
        self._thread.start()

    def _beat(self) -> None:
        while not self._stop.wait(self._seconds / 3):
            try:
                self._operations.renew_lease(self._lease, self._seconds)
            except LeaseLostError as error:
                self._lost = error
                return
            except RadarError:
                continue  # the store may come back before the lease expires; check() decides

    def lost(self) -> RadarError | None:
        """Why the lease is ours no more, as far as the last renewal told; asks nobody."""
        return self._lost

    def check(self) -> None:
        """Raise LeaseLostError unless the lease is still ours; renews it on the way."""
        if self._lost is not None:
            raise self._lost
        self._operations.renew_lease(self._lease, self._seconds)

    def close(self) -> None:
        """Stop renewing and give the lease back."""
        self._stop.set()
        self._thread.join()
        self._operations.release_lease(self._lease)


@contextmanager
def hold(operations: Operations, tenant: str, sweep_id: str, seconds: float) -> Iterator[HeldLease]:
    """Hold the tenant's lease for the block. Raises LeaseHeldError if somebody alive has it."""
    lease = operations.acquire_lease(tenant, holder.this_holder(), sweep_id, seconds, holder.is_alive)
    held = HeldLease(operations, lease, seconds)
    try:
        yield held
    finally:
        held.close()
