"""What a hostile or broken file does, it does to a child process: the pool always has an answer."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from radar_pipeline.errors import RadarError, SourceUnreadableError
from radar_pipeline.ingest.ahead import Ahead
from radar_pipeline.ingest.discover import SourceFile, content_hash, discover
from radar_pipeline.ingest.isolate import ParserPool, read_documents, version_of
from radar_pipeline.models import Document, DocumentMeta, Kind, Span, Tenant, UnreadableDocument
from radar_pipeline.settings import Settings

# A server whose parser obeys the document: the file's text is run in the child. It may ask the kernel
# for anything (test_ingest_confine.py has what it may not): the limits must hold by themselves.
OBEDIENT = """
import os, signal, time
import radar_pipeline.ingest.server as server
from radar_pipeline.ingest.parsers import ParsedText
from radar_pipeline.models import DocumentMeta
def parse(request, writer):
    exec(open(request["location"]).read(), {"os": os, "signal": signal, "time": time})
    return server.text_to_wire(ParsedText("parsed", (), DocumentMeta()))
server._parse = parse
server.confine = lambda **_: None
server.FORMATS = server.CONTAINERS = ()  # it loads no parser: it would use none
server.main()
"""


def tenant(root: Path) -> Tenant:
    return Tenant("acme", "Acme", root, ())


def settings(**values: float) -> Settings:
    return Settings(**({"workers": 2, "parse_seconds": 20.0} | values))  # type: ignore[arg-type]


def pairs(root: Path) -> list[tuple[SourceFile, str]]:
    return [(file, content_hash(file)) for file in discover(tenant(root))]


def read(root: Path, **values: float) -> dict[str, str]:
    with ParserPool(settings(**values)) as pool:
        found = list(read_documents(pairs(root), pool, tenant(root)))
    return {d.path: d.reason.value if isinstance(d, UnreadableDocument) else "read" for d in found}


def pdf(password: str = "") -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption(password, ownerPassword="o") if password else None)
    canvas.drawString(72, 700, "The keeper keeps the register.")
    canvas.save()
    return out.getvalue()


@pytest.fixture
def obedient() -> Iterator[ParserPool]:
    limits = settings(workers=1, parse_seconds=0.5, parse_memory_mb=512)
    with ParserPool(limits, command=(sys.executable, "-c", OBEDIENT)) as pool:
        yield pool


def run(pool: ParserPool, folder: Path, code: str) -> Document | UnreadableDocument:
    folder.mkdir(exist_ok=True)
    path = folder / "x.txt"
    path.write_text(code)
    ((file, digest),) = pairs(folder)
    return pool.parse(file, digest, tenant(folder))


def test_every_bad_file_is_listed_with_its_reason(tmp_path: Path) -> None:
    whole = pdf()
    files = {
        "good.md": b"# Policy\n\nText.",
        "good.pdf": whole,
        "zero.pdf": b"",
        "zero.md": b"",
        "white.txt": b" \n\n ",
        "locked.pdf": pdf("secret"),
        "cut.pdf": whole[:200],
        "login.pdf": b"<html>log in</html>",
        "binary.txt": b"\x00\x01\x02",
        "sheet.xlsx": b"PK\x03\x04",
        "noext": b"text",
        "large.txt": b"x" * (1024 * 1024 + 1),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    reasons = read(tmp_path, max_document_mb=1)
    assert set(reasons) == set(files)
    assert reasons == {
        "good.md": "read",
        "good.pdf": "read",
        "zero.pdf": "empty",
        "zero.md": "empty",
        "white.txt": "empty",
        "locked.pdf": "encrypted",
        "cut.pdf": "malformed",
        "login.pdf": "mismatch",
        "binary.txt": "mismatch",
        "sheet.xlsx": "malformed",
        "noext": "unsupported",
        "large.txt": "too_large",
    }


def test_a_too_large_file_is_refused_before_anybody_opens_it(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"x" * 10)
    (file,) = discover(tenant(tmp_path))
    grown = SourceFile(file.document_id, file.path, tmp_path / "gone", 5 * 1024 * 1024, 0)
    with ParserPool(settings(max_document_mb=1)) as pool:
        outcome = pool.parse(grown, "h", tenant(tmp_path))
    assert isinstance(outcome, UnreadableDocument) and outcome.reason.value == "too_large"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("time.sleep(60)", "timeout"),
        ("while True: pass", "timeout"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "crash"),
        ("os.kill(os.getpid(), signal.SIGABRT)", "crash"),
        ("os._exit(3)", "crash"),
        ("x = bytearray(10**12)", "oom"),
        ("x = [bytes(10**6) for _ in range(10**5)]", "oom"),
        ("raise ValueError('a sentence of the tenant')", "crash"),
        ("os.write(os.open(__import__('tempfile').mktemp(), os.O_CREAT | os.O_WRONLY), b'x')", "crash"),
    ],
)
def test_a_child_that_misbehaves_has_a_reason_and_the_next_is_read(
    obedient: ParserPool, tmp_path: Path, code: str, reason: str
) -> None:
    outcome = run(obedient, tmp_path / "a", code)
    assert isinstance(outcome, UnreadableDocument) and outcome.reason.value == reason
    assert isinstance(run(obedient, tmp_path / "b", "pass"), Document)


def test_descendants_of_a_child_end_with_it(obedient: ParserPool, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    os.mkfifo(note)
    listener = os.open(note, os.O_RDONLY | os.O_NONBLOCK)
    tell = f"os.write(os.open({str(note)!r}, os.O_WRONLY), str(os.getpid()).encode())"
    fork = f"if os.fork() == 0:\n    {tell}\ntime.sleep(60)"
    outcome = run(obedient, tmp_path / "a", fork)
    assert isinstance(outcome, UnreadableDocument) and outcome.reason.value == "timeout"
    assert gone(int(os.read(listener, 20)))


def test_a_server_that_dies_is_replaced_once(obedient: ParserPool, tmp_path: Path) -> None:
    outcome = run(obedient, tmp_path / "a", "os.kill(os.getppid(), signal.SIGKILL); time.sleep(60)")
    assert isinstance(outcome, UnreadableDocument)
    assert (outcome.reason.value, outcome.attempts) == ("crash", 2)
    assert isinstance(run(obedient, tmp_path / "b", "pass"), Document)


def test_nothing_is_started_when_nothing_is_to_be_parsed(tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_text("x")
    (tmp_path / "b.md").write_bytes(b"")
    with ParserPool(settings(), command=("/nonexistent/program",)) as pool:
        assert len(list(read_documents(pairs(tmp_path), pool, tenant(tmp_path)))) == 2


def test_results_come_in_the_order_of_the_input_from_several_threads(tmp_path: Path) -> None:
    for n in range(60):
        (tmp_path / f"{n:02d}.txt").write_text(f"Document {n}. " * (1 + 997 * (n % 7 == 0)))
    with ParserPool(settings(workers=3)) as pool:
        found = list(read_documents(pairs(tmp_path), pool, tenant(tmp_path)))
        assert [d.path for d in found] == [f"{n:02d}.txt" for n in range(60)]
        assert all(
            isinstance(d, Document) and d.text.startswith(f"Document {n}.") for n, d in enumerate(found)
        )
        with ThreadPoolExecutor(8) as threads:
            again = threads.map(lambda pair: pool.parse(*pair, tenant(tmp_path)), pairs(tmp_path))
            assert list(again) == found


def test_a_file_that_changes_or_vanishes_under_us_is_no_verdict_on_the_document(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text("One.")
    ((file, digest),) = pairs(tmp_path)
    with ParserPool(settings(workers=1)) as pool:
        (tmp_path / "x.md").write_text("Two.")
        with pytest.raises(SourceUnreadableError, match="changed"):
            pool.parse(file, digest, tenant(tmp_path))
        (tmp_path / "x.md").unlink()
        with pytest.raises(SourceUnreadableError, match="No such file"):
            pool.parse(file, digest, tenant(tmp_path))


def test_the_version_is_known_before_parsing_and_moves_with_what_decides_it(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text("One.")
    ((file, digest),) = pairs(tmp_path)
    plain = tenant(tmp_path)
    told = Tenant("acme", "Acme", tmp_path, (), kinds={"*.md": Kind.CONTRACT})
    with ParserPool(settings(workers=1)) as pool:
        document = pool.parse(file, digest, plain)
        contract = pool.parse(file, digest, told)
    assert isinstance(document, Document) and isinstance(contract, Document)
    assert document.version_id == version_of(file, digest, plain)
    assert contract.meta.kind is Kind.CONTRACT
    assert contract.version_id == version_of(file, digest, told) != document.version_id
    assert version_of(file, "other", plain) != document.version_id


def test_an_interrupted_reading_does_not_wait_for_the_slowest_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("pass")
    (tmp_path / "b.txt").write_text("time.sleep(60)")
    limits = settings(workers=2, parse_seconds=60)
    with ParserPool(limits, command=(sys.executable, "-c", OBEDIENT)) as pool:
        reading = read_documents(pairs(tmp_path), pool, tenant(tmp_path))
        assert isinstance(next(reading), Document)
        started = time.monotonic()
        with pytest.raises(RadarError):
            reading.throw(RadarError("stop", remedy=""))  # type: ignore[attr-defined]
        assert time.monotonic() - started < 10
        assert isinstance(pool.parse(*pairs(tmp_path)[0], tenant(tmp_path)), Document)


class Readers:
    """Stands in for a pool: ``parse`` is ours."""

    workers = 1

    def __init__(self, parse: Callable[[SourceFile], Document | UnreadableDocument]) -> None:
        self._parse = parse
        self.interrupted = threading.Event()

    def parse(self, file: SourceFile, *_: object) -> Document | UnreadableDocument:
        return self._parse(file)

    def interrupt(self) -> None:
        self.interrupted.set()


def numbered(count: int) -> Iterator[tuple[SourceFile, str]]:
    for number in range(count):
        yield SourceFile(str(number), f"{number}.md", Path(), 1, 0), "hash"


def test_reading_is_not_ahead_of_who_takes_it_by_more_than_fits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Ahead.__init__, "__defaults__", (1_000,))
    started: list[int] = []
    taken = 0
    furthest = 0

    def parse(file: SourceFile) -> Document:
        nonlocal furthest
        started.append(int(file.document_id))
        furthest = max(furthest, started[-1] - taken)
        spans = (Span("page", 0, 1),) * 4  # weigh as much as 400 characters
        return Document(
            file.document_id, "v", file.path, "h", "text/markdown", "p", DocumentMeta(), "x" * 600, spans
        )

    for document in read_documents(numbered(40), Readers(parse), tenant(tmp_path)):  # type: ignore[arg-type]
        assert document.document_id == str(taken)
        taken += 1
    assert started == list(range(40))
    assert furthest <= 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interrupt_before_the_first_result_does_not_wait_either(
    error: type[BaseException], tmp_path: Path
) -> None:
    begun = threading.Event()

    def parse(file: SourceFile) -> Document:
        begun.set()
        assert readers.interrupted.wait(10), "nobody ended what was being parsed"
        raise RadarError("ended", remedy="")

    def files() -> Iterator[tuple[SourceFile, str]]:
        yield from numbered(1)
        begun.wait(10)
        raise error

    readers = Readers(parse)
    with pytest.raises(error):
        next(read_documents(files(), readers, tenant(tmp_path)))  # type: ignore[arg-type]
    assert readers.interrupted.is_set()


TAKEN_OVER = """
import json, os
import radar_pipeline.ingest.server as server
def parse(request, writer):
    tell = lambda kind, payload: server._send(writer, kind, payload)
    exec(open(request["location"]).read(), {"tell": tell, "os": os, "json": json, "good": good})
    return good
good = server.text_to_wire(server.parser_for("a.md").parse(b"# Good", "a.md"))
server._parse = parse
server.FORMATS = server.CONTAINERS = ()
server.main()
"""


@pytest.mark.parametrize(
    "code",
    [
        "tell(b'M', b'a name nobody asked for'); tell(b'D', b'data')",
        "tell(b'R', b'{no json'); os._exit(0)",
        "tell(b'R', b'[' * 100_000); os._exit(0)",
        "tell(b'R', b'[1]'); os._exit(0)",
        """tell(b'R', b'{"reason": "bored"}'); os._exit(0)""",
        """tell(b'R', b'{"reason": ["bored"]}'); os._exit(0)""",
        """tell(b'R', b'{"text": 1}'); os._exit(0)""",
        """tell(b'R', b'{"gone": "a sentence of the tenant"}'); os._exit(0)""",
        "tell(b'R', json.dumps(good | {'spans': [['page', 'a', 'b', '', 0, '']]}).encode()); os._exit(0)",
        "tell(b'R', json.dumps(good | {'pages': 'many'}).encode()); os._exit(0)",
        "tell(b'R', json.dumps(good | {'meta': []}).encode()); os._exit(0)",
    ],
)
def test_an_answer_nobody_understands_is_a_crash_and_the_next_document_is_read(
    code: str, tmp_path: Path
) -> None:
    with ParserPool(settings(workers=1), command=(sys.executable, "-c", TAKEN_OVER)) as pool:
        outcome = run(pool, tmp_path / "a", code)
        assert isinstance(outcome, UnreadableDocument) and outcome.reason.value == "crash"
        after = run(pool, tmp_path / "b", "pass")
        assert isinstance(after, Document) and "Good" in after.text


SWEEP = """
import sys
from pathlib import Path
from radar_pipeline.ingest.discover import content_hash, discover
from radar_pipeline.ingest.isolate import ParserPool
from radar_pipeline.models import Tenant
from radar_pipeline.settings import Settings
tenant = Tenant("acme", "Acme", Path(sys.argv[1]), ())
(file,) = discover(tenant)
with ParserPool(Settings(workers=1, parse_seconds=60), command=(sys.executable, "-c", sys.argv[2])) as pool:
    pool.parse(file, content_hash(file), tenant)
"""


def test_a_killed_sweep_leaves_no_orphan(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    os.mkfifo(note)
    (tmp_path / "docs").mkdir()
    pids = "f'{os.getpid()} {os.getppid()}'.encode()"
    (tmp_path / "docs" / "x.txt").write_text(
        f"os.write(os.open({str(note)!r}, os.O_WRONLY), {pids})\ntime.sleep(60)"
    )
    sweep = subprocess.Popen([sys.executable, "-c", SWEEP, str(tmp_path / "docs"), OBEDIENT])
    child, server = map(int, os.read(os.open(note, os.O_RDONLY), 40).split())
    sweep.send_signal(signal.SIGKILL)
    sweep.wait()
    assert gone(server)
    assert gone(child)


def gone(pid: int) -> bool:
    """Whether a process ends within a few seconds (zombies count as ended)."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in "ZX":
            return True
        time.sleep(0.02)
    return False
