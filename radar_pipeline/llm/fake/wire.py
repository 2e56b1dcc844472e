"""HTTP on a local socket, whole or broken as a fault wants it; the only place that knows sockets."""

import contextlib
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from radar_pipeline.llm.fake.faults import Fault

_TICK = 0.02  # seconds between two looks at a waiting connection
_PIECES = 10  # of a slow body
_SILENT = frozenset({Fault.HANG, Fault.HANG_UP, Fault.RESET})


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came in; header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent: a body, or ``chunks`` of a stream; ``fault`` says what befalls it on the wire.

    ``told`` is called before the last byte of a slow reply, ``lost`` if the client is found gone before
    all is sent.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: Sequence[bytes] | None = None
    fault: Fault | None = None
    told: Callable[[], None] = lambda: None
    lost: Callable[[], None] = lambda: None


class Wire:
    """Serves on 127.0.0.1 at a free port (or ``port``) until closed; ``slow_seconds`` is what slow
    faults take. Binds at once, serves from ``start`` on; closing ends every request and connection."""

    def __init__(self, answer: Callable[[Incoming], Reply], *, port: int, slow_seconds: float) -> None:
        self.answer = answer
        self.slow_seconds = slow_seconds
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), self)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_TICK,), daemon=True)

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def close(self) -> None:
        """Ends all requests and connections, and waits for their threads."""
        self.stopping.set()
        self._server.shutdown()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._thread.join()

    def opened(self, connection: socket.socket) -> None:
        """A handler works on ``connection``."""
        with self._lock:
            self._connections.add(connection)
        if self.stopping.is_set():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def closed(self, connection: socket.socket) -> None:
        """It no longer does."""
        with self._lock:
            self._connections.discard(connection)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # joined at the close; nothing outlives a test
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], wire: Wire) -> None:
        self.wire = wire
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that left is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server
    connection: socket.socket

    def setup(self) -> None:
        super().setup()
        self.server.wire.opened(self.connection)

    def finish(self) -> None:
        self.server.wire.closed(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """The books say it better."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        address = urlsplit(self.path)
        content = self._read()
        reply = self.server.wire.answer(
            Incoming(
                method=self.command,
                path=address.path,
                query=dict(parse_qsl(address.query)),
                headers={name.lower(): value for name, value in self.headers.items()},
                content=content,
            )
        )
        try:
            self._send(reply)
        except OSError:
            reply.lost()
            self.close_connection = True

    def _read(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        content = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return content

    def _send(self, reply: Reply) -> None:
        if reply.fault in _SILENT:
            self._say_nothing(reply.fault)
        elif reply.chunks is not None:
            self._stream(reply, reply.chunks)
        else:
            self._whole(reply)

    def _say_nothing(self, fault: Fault | None) -> None:
        self.close_connection = True
        if fault is Fault.HANG:
            self._wait(None)
        elif fault is Fault.RESET:  # linger of zero seconds: the kernel sends RST, not FIN
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _whole(self, reply: Reply) -> None:
        head = self._head(reply, {"Content-Length": str(len(reply.body))})
        if reply.fault is Fault.SLOW_HEADERS:
            self._pause(self.server.wire.slow_seconds)
            reply.told()
        if reply.fault is Fault.HANG_UP_MID_BODY:
            self.close_connection = True
            self.connection.sendall(head + reply.body[: len(reply.body) // 2])
        elif reply.fault is Fault.SLOW_BODY:
            self.connection.sendall(head)
            size = max(1, -(-len(reply.body) // _PIECES))
            self._trickle(reply, [reply.body[at : at + size] for at in range(0, len(reply.body), size)])
        else:
            self.connection.sendall(head + reply.body)

    def _stream(self, reply: Reply, chunks: Sequence[bytes]) -> None:
        head = self._head(reply, {"Transfer-Encoding": "chunked"})
        framed = [f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" for chunk in chunks if chunk]
        broken = reply.fault in (Fault.STREAM_BREAKS_OFF, Fault.HANG_UP_MID_BODY)
        if not broken:  # with the last event: a client may leave as soon as it has that
            framed = [*framed[:-1], b"".join(framed[-1:]) + b"0\r\n\r\n"]
        self.close_connection = self.close_connection or broken
        if reply.fault is Fault.SLOW_HEADERS:
            self._pause(self.server.wire.slow_seconds)
            reply.told()
        self.connection.sendall(head)
        if reply.fault is Fault.SLOW_BODY:
            self._trickle(reply, framed)
        else:
            self.connection.sendall(b"".join(framed))

    def _head(self, reply: Reply, length: Mapping[str, str]) -> bytes:
        phrase = self.responses.get(reply.status, ("Status", ""))[0]
        headers = {"Content-Type": reply.content_type, **reply.headers, **length}
        lines = [
            f"HTTP/1.1 {reply.status} {phrase}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _trickle(self, reply: Reply, pieces: Sequence[bytes]) -> None:
        for number, piece in enumerate(pieces, start=1):
            self._pause(self.server.wire.slow_seconds / len(pieces))
            if number == len(pieces):
                reply.told()
            self.connection.sendall(piece)

    def _pause(self, seconds: float) -> None:
        if self._wait(seconds):
            raise ConnectionAbortedError

    def _wait(self, seconds: float | None) -> bool:
        """Waits; True as soon as the client has left or the server stops."""
        until = None if seconds is None else time.monotonic() + seconds
        while not self.server.wire.stopping.is_set():
            left = _TICK if until is None else until - time.monotonic()
            readable, _, _ = select.select([self.connection], [], [], min(_TICK, max(0.0, left)))
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                return True
            if left <= 0:
                return False
        return True
