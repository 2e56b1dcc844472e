"""Ending early: when nobody listens any more, what is under way is finished, and nothing new begins.

A request that was sent may be billed, so its answer is waited for and kept; a retry, another deployment
and a wait for one's turn are not.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar

_STOP: ContextVar[threading.Event | None] = ContextVar("radar_stop", default=None)


@contextmanager
def pool(at_once: int, name: str) -> Iterator[ThreadPoolExecutor]:
    """So many threads that ask models. Left by an exception, an interrupt among them, it ends as soon as
    the requests under way do."""
    stop = threading.Event()
    executor = ThreadPoolExecutor(at_once, name, initializer=_STOP.set, initargs=(stop,))
    try:
        yield executor
    except BaseException:
        stop.set()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def stopped() -> bool:
    """Whether this thread is to begin nothing new."""
    stop = _STOP.get()
    return stop is not None and stop.is_set()


def sleep(seconds: float) -> None:
    """Wait, but no longer than somebody listens."""
    stop = _STOP.get()
    if stop is None:
        time.sleep(seconds)
    else:
        stop.wait(seconds)
