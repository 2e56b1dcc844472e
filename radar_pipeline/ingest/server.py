"""The parser server: reads requests from its input, forks one limited and confined child for each.

A request is to parse a document, or to unpack a container: its members are then passed on as they
come, before the answer.

Runs as ``python -m radar_pipeline.ingest.server``; single-threaded, imports the parsers and
nothing else, so that a fork is cheap and safe.
"""

import ctypes
import gc
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

from radar_pipeline.ingest import ocr
from radar_pipeline.ingest.confine import confine
from radar_pipeline.ingest.containers import CONTAINERS, container_for
from radar_pipeline.ingest.discover import bytes_hash
from radar_pipeline.ingest.parsers import FORMATS, ParseProblem, parser_for
from radar_pipeline.ingest.wire import CONTENT, HEADER, LARGEST, NAME, read_frame, text_to_wire, write_frame
from radar_pipeline.models import UnreadableReason

SECONDS_PER_PAGE = 0.5
LONGEST = 60.0  # seconds of wall clock for any document, however many pages; more only if settings say so
# Of one document: a few kilobytes of a workbook can name one text a million times.
MOST_CHARACTERS = 25_000_000
MOST_SPANS = 1_000_000
_PAGES = b"P"  # frame types from the child
_RESULT = b"R"
_PR_SET_PDEATHSIG = 1
_OPEN_FILES = 64
_READ_SIZE = 1 << 20
CHANGED = "it changed while it was being read"
_PIECE = 1 << 20  # bytes of a member in one message


def main() -> None:
    """Serve until the input ends or the parent is gone."""
    for parser in FORMATS:
        parser.preload()
    for container in CONTAINERS:
        container.preload()
    gc.collect()
    gc.freeze()  # children then copy fewer pages
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not enter the stream of answers
    while (frame := read_frame(source)) is not None:
        try:
            write_frame(sink, _Child(json.loads(frame), sink).answer())
        except BrokenPipeError:
            return


@dataclass(slots=True)
class _Received:
    """What came from the child so far."""

    buffer: bytearray
    sink: IO[bytes]
    pages: int = 0
    result: bytes | None = None

    def take(self) -> None:
        """Decode complete frames; pass on those of a member. Raises BrokenPipeError."""
        while len(self.buffer) > HEADER.size:
            (length,) = HEADER.unpack_from(self.buffer, 1)
            end = 1 + HEADER.size + length
            if length > LARGEST or len(self.buffer) < end:
                return
            payload = bytes(self.buffer[1 + HEADER.size : end])
            kind = bytes(self.buffer[:1])
            if kind == _PAGES:
                self.pages = int(payload)
            elif kind in (NAME, CONTENT):
                write_frame(self.sink, kind + payload)
            else:
                self.result = payload
            del self.buffer[:end]


class _Child:
    """One forked parse, watched until it answered, died, or ran out of time."""

    def __init__(self, request: Mapping[str, Any], sink: IO[bytes]) -> None:
        self._request = request
        self._received = _Received(bytearray(), sink)

    def answer(self) -> bytes:
        """The child's result as JSON, or the reason why there is none."""
        reader, writer = os.pipe()
        server = os.getpid()
        child = os.fork()
        if child == 0:
            os.close(reader)
            _run_child(self._request, writer, server)
        os.close(writer)
        try:
            in_time = self._listen(reader)
        finally:
            os.close(reader)
            _kill_group(child)
            _, status, usage = os.wait4(child, 0)
        if self._received.result is not None:
            return self._received.result
        return json.dumps({"reason": _reason(status, in_time, usage.ru_maxrss, self._request).value}).encode()

    def _listen(self, reader: int) -> bool:
        """Read until the child's end; False if the wall clock ran out first."""
        started = time.monotonic()
        watch = select.poll()
        watch.register(reader, select.POLLIN)
        watch.register(0, 0)  # only hang-up: our parent is gone
        while self._received.result is None:
            left = started + _seconds(self._request, self._received.pages) - time.monotonic()
            if left <= 0:
                return False
            for descriptor, _ in watch.poll(min(left, 60.0) * 1000 + 1):
                if descriptor == 0:
                    self._orphaned()
                data = os.read(reader, _READ_SIZE)
                if not data:
                    return True
                self._received.buffer += data
                self._received.take()
        return True

    @staticmethod
    def _orphaned() -> NoReturn:
        raise SystemExit(0)  # ``answer``'s finally clause kills the child


def _run_child(request: Mapping[str, Any], writer: int, server: int) -> NoReturn:
    code = 1
    try:
        os.setsid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != server:
            os._exit(1)  # the server died before the line above took hold
        _limit(request)
        confine(processes=bool(request.get("ocr")))
        answer = _unpack if request.get("unpack") else _parse
        _send(writer, _RESULT, json.dumps(answer(request, writer)).encode())
        code = 0
    except MemoryError:
        with suppress(BaseException):
            _send(writer, _RESULT, json.dumps({"reason": UnreadableReason.OOM.value}).encode())
    except BaseException:  # the exit status tells; a message might quote the document
        code = 1
    finally:
        os._exit(code)


def _limit(request: Mapping[str, Any]) -> None:
    memory = int(request["memory_mb"]) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    _limit_cpu(float(request["seconds"]))


def _seconds(request: Mapping[str, Any], pages: int) -> float:
    """Wall clock and CPU seconds that a document of so many pages may take; more if it may be scanned
    and is to be recognised."""
    reading = max(float(request["seconds"]), min(SECONDS_PER_PAGE * pages, LONGEST))
    return reading + (ocr.seconds(pages) if request.get("ocr") else 0.0)


def _limit_cpu(seconds: float) -> None:
    whole = int(seconds) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (whole, hard))


class _GoneError(Exception):
    """The file is not what was listed; the text says why in our words."""


def _content(request: Mapping[str, Any]) -> bytes:
    within = request.get("within")
    try:
        with Path(request["location"]).open("rb") as stream:
            # A folder on the way may have become a link since the listing: to somebody else's documents.
            if within and not _place(stream).is_relative_to(within):
                raise _GoneError(CHANGED)
            data = stream.read()
    except OSError as error:
        raise _GoneError(error.strerror or "input/output error") from error
    if bytes_hash(data) != request["hash"]:
        raise _GoneError(CHANGED)
    return data


def _place(stream: IO[bytes]) -> Path:
    """Where an open file lies, whatever name it was opened by."""
    descriptor = Path(f"/proc/self/fd/{stream.fileno()}")
    return descriptor.resolve() if descriptor.exists() else Path(stream.name).resolve()


def _guarded(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer of a parser's or container's work, or what stopped it."""
    try:
        return work()
    except _GoneError as gone:
        return {"gone": str(gone)}
    except ParseProblem as problem:
        return {"reason": problem.reason.value}
    except MemoryError:
        raise
    except Exception:  # a parser's own defect on this file; the file stays reported
        return {"reason": UnreadableReason.MALFORMED.value}


def _parse(request: Mapping[str, Any], writer: int) -> dict[str, Any]:
    def work() -> dict[str, Any]:
        data, parser = _content(request), parser_for(request["path"])
        if parser is None:
            raise ParseProblem(UnreadableReason.UNSUPPORTED)
        parser.check(data, request["path"])
        pages = parser.count_pages(data)
        if pages:
            _send(writer, _PAGES, str(pages).encode())
            _limit_cpu(_seconds(request, pages))
        parsed = parser.parse(data, request["path"], request.get("ocr", ""))
        if len(parsed.text) > MOST_CHARACTERS or len(parsed.spans) > MOST_SPANS:
            raise ParseProblem(UnreadableReason.TOO_LARGE)
        return text_to_wire(parsed)

    return _guarded(work)


def _unpack(request: Mapping[str, Any], writer: int) -> dict[str, Any]:
    """Send the members of a container, no more than the request has room for."""

    def work() -> dict[str, Any]:
        data, container = _content(request), container_for(request["path"])
        if container is None:
            raise ParseProblem(UnreadableReason.UNSUPPORTED)
        count, size = 0, 0
        for member in container.members(data, request["path"]):
            count, size = count + 1, size + len(member.data)
            if count > request["members"] or size > request["bytes"]:
                raise ParseProblem(UnreadableReason.BOMB)
            _send(writer, NAME, member.name.encode("utf-8", "replace"))
            for start in range(0, len(member.data), _PIECE):
                _send(writer, CONTENT, member.data[start : start + _PIECE])
        return {"members": count}

    return _guarded(work)


def _send(writer: int, kind: bytes, payload: bytes) -> None:
    view = memoryview(kind + HEADER.pack(len(payload)) + payload)
    while view:
        view = view[os.write(writer, view) :]


def _kill_group(child: int) -> None:
    for kill in (os.killpg, os.kill):  # the group exists only once the child called setsid
        with suppress(ProcessLookupError, PermissionError):
            kill(child, signal.SIGKILL)


def _reason(status: int, in_time: bool, peak_kib: int, request: Mapping[str, Any]) -> UnreadableReason:
    """Why a child ended without a result."""
    if not in_time:
        return UnreadableReason.TIMEOUT
    if os.WIFSIGNALED(status):
        ended_by = os.WTERMSIG(status)
        if ended_by in {signal.SIGXCPU, signal.SIGALRM}:
            return UnreadableReason.TIMEOUT
        near_limit = peak_kib > 0.8 * int(request["memory_mb"]) * 1024
        # PDFium gives up with a trap when memory runs out; the kernel's own killer sends SIGKILL.
        if near_limit and ended_by in {signal.SIGKILL, signal.SIGABRT, signal.SIGTRAP, signal.SIGILL}:
            return UnreadableReason.OOM
    return UnreadableReason.CRASH


if __name__ == "__main__":
    main()
