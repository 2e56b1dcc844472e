"""Waiting for another process, for as long as a busy machine may need."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 150.0  # seconds


def wait_for(ready: Callable[[], Any]) -> Any:
    """What ``ready`` returns once that is true. Raises AssertionError when patience runs out."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = ready()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"not ready within {PATIENCE} s")
