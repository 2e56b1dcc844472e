"""Parsing and unpacking behind a wall: what a hostile file does, it does to a child process with limits.

A small clean server process per worker (``python -m radar_pipeline.ingest.server``) imports only
the parsers and forks one child per document. The sweep's own process is never forked: it holds
threads of torch and Lance. Limits of a child: address space, CPU seconds, no file writes, no
network, no further process (``confine``), own session, and a wall clock after which its whole group
is killed. Servers end when their input ends, children when their server does, so that a killed sweep
leaves nobody behind.
"""

import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import count, islice
from pathlib import Path
from queue import LifoQueue
from types import MappingProxyType, TracebackType
from typing import IO, Any, Protocol

from radar_pipeline.errors import RadarError
from radar_pipeline.ingest.about import with_language
from radar_pipeline.ingest.ahead import Ahead
from radar_pipeline.ingest.discover import SourceFile, bytes_hash, fetch, source_file_unreadable
from radar_pipeline.ingest.kinds import declared_kind, with_kind
from radar_pipeline.ingest.ocr import languages_of
from radar_pipeline.ingest.parsers import (
    FOLDER,
    ParsedText,
    parser_for,
    parser_identity,
    reason_unread,
    version_id,
)
from radar_pipeline.ingest.wire import CONTENT, NAME, read_frame, text_from_wire, write_frame
from radar_pipeline.models import Document, Tenant, UnreadableDocument, UnreadableReason
from radar_pipeline.settings import Settings

SERVER = (sys.executable, "-m", "radar_pipeline.ingest.server")
_ATTEMPTS = 2  # a server that dies under a document is replaced once
_LOOKAHEAD = 8  # documents per worker that may be done ahead of the one awaited
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")


def version_of(file: SourceFile, content_hash: str, tenant: Tenant) -> str:
    """The version id that ``ParserPool.parse`` will give this file: known before it is parsed.

    The file's identity and the tenant's word on its kind are part of it: equal bytes under two
    names are two documents, and a kind that the tenant changes must be read anew.
    """
    identity = parser_identity(file.path, tenant.recogniser)
    return version_id(content_hash, identity, file.document_id, declared_kind(file.path, tenant))


class Receiver(Protocol):
    """Takes the messages that come before an answer: the members of a container."""

    def begin(self) -> None:
        """Forget what came: the question is asked anew."""

    def take(self, frame: bytes) -> None:
        """One message. What it raises ends the server."""


class ParserPool:
    """Parses documents in child processes. Safe to call from several threads.

    Starts no process before the first document that somebody must parse. Use as a context manager.
    ``command`` starts a server; tests put a hostile one in its place.
    """

    def __init__(self, settings: Settings, command: Sequence[str] = SERVER) -> None:
        self._settings = settings
        self._limits = {"seconds": settings.parse_seconds, "memory_mb": settings.parse_memory_mb}
        self._servers = [_Server(command) for _ in range(settings.workers)]
        self._idle: LifoQueue[_Server] = LifoQueue()
        for server in self._servers:
            self._idle.put(server)
        self._interruptions = 0

    @property
    def workers(self) -> int:
        """Documents that can be parsed at the same time."""
        return self._settings.workers

    def __enter__(self) -> "ParserPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all servers, after what they are parsing."""
        for server in self._servers:
            server.stop()

    def interrupt(self) -> None:
        """End all servers at once; questions they were asked raise. The pool can be used again."""
        self._interruptions += 1
        for server in self._servers:
            server.kill()

    def parse(self, file: SourceFile, content_hash: str, tenant: Tenant) -> Document | UnreadableDocument:
        """Read one file. A file that can't be parsed is an UnreadableDocument with its reason.

        Raises SourceUnreadableError if the file is gone, unreadable, or no longer the content
        that ``content_hash`` names: that is a fault of the source, not of the document.
        """
        version = version_of(file, content_hash, tenant)
        parser = parser_for(file.path)
        if file.size > self._settings.max_document_mb * 1024 * 1024:
            return _unreadable(file, version, content_hash, UnreadableReason.TOO_LARGE)
        if file.size == 0:
            return _unreadable(file, version, content_hash, UnreadableReason.EMPTY)
        if parser is None:
            return _unreadable(file, version, content_hash, reason_unread(file.path))
        task = {"ocr": languages_of(tenant.recogniser)} if parser.recognises and tenant.recogniser else {}
        answer, attempts = self.ask(file, content_hash, task)
        parsed = UnreadableReason(answer["reason"]) if "reason" in answer else _parsed(answer)
        if isinstance(parsed, UnreadableReason):
            return _unreadable(file, version, content_hash, parsed, attempts)
        return _document(file, version, content_hash, tenant, parsed, parser.media_type)

    def fits(self, file: SourceFile) -> bool:
        """Whether a file's size lets anybody open it at all."""
        return 0 < file.size <= self._settings.max_document_mb * 1024 * 1024

    def ask(
        self,
        file: SourceFile,
        content_hash: str,
        task: Mapping[str, Any] = MappingProxyType({}),
        receiver: "Receiver | None" = None,
    ) -> tuple[dict[str, Any], int]:
        """The answer of a child about one file, or the reason why there is none, and how many tries.

        ``task``: what else the request says. ``receiver`` takes what comes before the answer. Raises
        SourceUnreadableError as ``parse``, and what the receiver raises.
        """
        fetch(file)
        request = {
            "location": os.fspath(file.location),
            **({"within": os.fspath(file.within)} if file.within else {}),
            "path": file.path,
            "hash": content_hash,
            **self._limits,
            **task,
        }
        before = self._interruptions
        server = self._idle.get()
        try:
            for attempt in range(1, _ATTEMPTS + 1):
                if receiver:
                    receiver.begin()
                answer = server.ask(request, receiver) if before == self._interruptions else None
                if answer is not None:
                    return _told(file, content_hash, answer), attempt
                if before != self._interruptions:
                    raise RadarError("Reading documents was interrupted.", remedy="Sweep again.")
            return {"reason": UnreadableReason.CRASH.value}, _ATTEMPTS
        finally:
            self._idle.put(server)


def read_documents(
    files: Iterable[tuple[SourceFile, str]], pool: ParserPool, tenant: Tenant
) -> Iterator[Document | UnreadableDocument]:
    """Parse (file, content hash) pairs in parallel; results in the order of the input.

    At most a few documents per worker are ahead of the one yielded, fewer if they are large, so memory
    stays bounded.
    """
    pending = zip(count(), files)
    window: deque[Future[Document | UnreadableDocument]] = deque()
    ahead = Ahead()
    with ThreadPoolExecutor(pool.workers, thread_name_prefix="ingest") as threads:

        def submit(most: int) -> None:
            for number, (file, content_hash) in islice(pending, most):
                work = partial(pool.parse, file, content_hash, tenant)
                window.append(threads.submit(ahead.read, number, work))

        try:
            submit(pool.workers * _LOOKAHEAD)
            while window:
                result = window.popleft().result()
                ahead.taken()
                submit(1)
                yield result
        except BaseException:  # ^C, an error, or nobody wants the rest: don't wait for the slowest file
            for future in window:
                future.cancel()
            ahead.end()
            pool.interrupt()
            raise


class _Server:
    """The parent's end of one server process, started at the first question."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def ask(self, request: dict[str, Any], receiver: "Receiver | None") -> dict[str, Any] | None:
        """The server's answer; None if it died over the question, or told what nobody understands (the
        next one gets a new server)."""
        with self._lock:
            process = self._process or self._start()
            try:
                write_frame(_pipe(process.stdin), json.dumps(request).encode())
                frame = read_frame(_pipe(process.stdout))
                while frame is not None and frame[:1] in (NAME, CONTENT) and receiver:
                    receiver.take(frame)
                    frame = read_frame(_pipe(process.stdout))
            except OSError:
                frame = None
            except BaseException:  # ^C, or no room for what comes: the stream is out of step
                self._kill()
                raise
            answer = None if frame is None else _understood(frame)
            if answer is None:
                self._kill()
            return answer

    def stop(self) -> None:
        """End the server once it has answered."""
        with self._lock:
            self._kill()

    def kill(self) -> None:
        """End the server now, whatever it does; the kernel ends its child with it."""
        process = self._process
        if process is not None:
            process.kill()

    def _start(self) -> "subprocess.Popen[bytes]":
        root = Path(__file__).resolve().parents[2]
        environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        paths = [str(root), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        environment |= {
            "PYTHONPATH": os.pathsep.join(paths),
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a parser's complaint may quote the document
            env=environment,
            start_new_session=True,  # ^C is for the sweep; it ends its servers itself
        )
        return self._process

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for stream in (process.stdin, process.stdout):
            if stream:
                with suppress(OSError):  # unsent bytes to a dead server
                    stream.close()
        try:
            process.wait(timeout=2)  # it ends, child first, when its input does
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise BrokenPipeError
    return stream


def _understood(frame: bytes) -> dict[str, Any] | None:
    """The answer in a message, None if it is none: the child may not have been itself any more."""
    try:
        answer = json.loads(frame)
        if isinstance(answer, dict) and "reason" in answer:
            UnreadableReason(answer["reason"])
    except (ValueError, TypeError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _told(file: SourceFile, content_hash: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer. That the file is gone or changed is looked up before it fails a tenant, and said in
    our words."""
    if "gone" not in answer:
        return answer
    try:
        changed = bytes_hash(file.location.read_bytes()) != content_hash
    except OSError as error:
        raise source_file_unreadable(file, error.strerror or "input/output error") from error
    left = file.within is not None and not file.location.resolve().is_relative_to(file.within)
    if changed or left:
        raise source_file_unreadable(file, "it changed while it was being read")
    return {"reason": UnreadableReason.CRASH.value}


def _parsed(answer: dict[str, Any]) -> ParsedText | UnreadableReason:
    try:
        return text_from_wire(answer)
    except (KeyError, TypeError, ValueError, AttributeError):  # no parser of ours sent this
        return UnreadableReason.CRASH


def _document(
    file: SourceFile, version: str, content_hash: str, tenant: Tenant, parsed: ParsedText, media_type: str
) -> Document:
    meta = with_language(parsed.meta, parsed.text, parsed.spans)
    return Document(
        document_id=file.document_id,
        version_id=version,
        path=file.path,
        content_hash=content_hash,
        media_type=media_type,
        parser=parser_identity(file.path, tenant.recogniser),
        meta=parsed.meta if media_type == FOLDER else with_kind(meta, file.path, tenant),
        text=parsed.text,
        spans=parsed.spans,
        pages=parsed.pages,
        scanned_pages=parsed.scanned_pages,
        ocr_pages=parsed.ocr_pages,
    )


def _unreadable(
    file: SourceFile, version: str, content_hash: str, reason: UnreadableReason, attempts: int = 1
) -> UnreadableDocument:
    return UnreadableDocument(file.document_id, version, file.path, content_hash, reason, attempts)
