"""One at a time over all processes, for what two at once would do twice or against each other."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from radar_pipeline.errors import LeaseHeldError
from radar_pipeline.evals.responses import FOLDER
from radar_pipeline.storage.files import storing


@contextmanager
def alone(home: Path, lock: str, held: str) -> Iterator[None]:
    """Hold the lock of that file under RADAR_HOME (``home``). Waits for nobody: LeaseHeldError, which says
    ``held``, while another process has it."""
    path = home / FOLDER / lock
    with storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        taken = FileLock(path, timeout=0)
        try:
            taken.acquire()
        except Timeout:
            raise LeaseHeldError(held, remedy="Wait until it is done, and run the command again.") from None
    try:
        yield
    finally:
        taken.release()
