"""Parser servers that outlive a test: their start is most of what a small sweep waits for.

A server keeps nothing of a document, since each is parsed in a child of its own; and a real night sends
thousands of documents through one. Only servers of the product's own command are kept, each for the
environment and folder it was started in; one that was interrupted, or died, is not.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.ingest import isolate

Process = subprocess.Popen[bytes]
MOST = 4  # kept by one process of tests


class Warm:
    """Idle servers, by what they were started in."""

    def __init__(self) -> None:
        self._idle: list[tuple[Any, Process]] = []
        self._started_in: dict[int, Any] = {}  # by process id

    def take(self) -> Process | None:
        """A server as one started now would be."""
        here = surroundings()
        for entry in reversed(self._idle):
            if entry[0] == here:
                self._idle.remove(entry)
                if entry[1].poll() is None:
                    return entry[1]
                end(entry[1])
        return None

    def note(self, process: Process) -> None:
        self._started_in[process.pid] = surroundings()

    def forget(self, process: Process) -> None:
        """It is being killed, and may look alive for a moment longer."""
        self._started_in.pop(process.pid, None)

    def keep(self, process: Process) -> bool:
        """Whether the server, which nobody asks anything now, is kept for another pool."""
        started_in = self._started_in.get(process.pid)
        if started_in is None or process.poll() is not None:
            return False
        self._idle.append((started_in, process))
        if len(self._idle) > MOST:
            end(self._idle.pop(0)[1])
        return True

    def close(self) -> None:
        while self._idle:
            end(self._idle.pop()[1])


def surroundings() -> Any:
    """All that a server takes over from the process that starts it."""
    names = (*isolate._KEPT_ENVIRONMENT, "PYTHONPATH")
    return Path.cwd(), [os.environ.get(name) for name in names]


def end(process: Process) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    process.wait()


@contextmanager
def warm_parsers() -> Iterator[None]:
    """While this lasts, pools take their servers from those that earlier pools left."""
    warm, server = Warm(), isolate._Server
    start, stop, kill = server._start, server.stop, server.kill

    def started(self: isolate._Server) -> Process:
        if self._command != isolate.SERVER:
            return start(self)
        self._process = warm.take()
        if self._process is None:
            warm.note(start(self))
        assert self._process is not None
        return self._process

    def stopped(self: isolate._Server) -> None:
        with self._lock:
            if self._process is not None and warm.keep(self._process):
                self._process = None
        stop(self)

    def killed(self: isolate._Server) -> None:
        if self._process is not None:
            warm.forget(self._process)
        kill(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "_start", started)
        patch.setattr(server, "stop", stopped)
        patch.setattr(server, "kill", killed)
        yield
    warm.close()
