"""What a parsing process may not do, tried from one; and that parsing does without it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from radar_pipeline.ingest import confine
from radar_pipeline.ingest.discover import content_hash, discover
from radar_pipeline.ingest.isolate import ParserPool, read_documents
from radar_pipeline.models import Document, Tenant, UnreadableDocument
from radar_pipeline.settings import Settings
from tests.support.outlook import BODY, SUBJECT, Outlook
from tests.support.packing import mailed, zipped

SECCOMP = sys.platform == "linux" and os.uname().machine in {"x86_64", "aarch64"}
TRY = """
import ctypes, os, socket, subprocess, sys, threading
from radar_pipeline.ingest import confine
if sys.argv[1] == "audit":
    confine._install = lambda steps: False
by = confine.confine(processes=sys.argv[2] == "processes")
try:
    exec(sys.argv[3])
    print(by, "done")
except OSError as error:
    print(by, type(error).__name__)
"""
FORBIDDEN = {
    "a socket": "socket.socket()",
    "another program": "subprocess.run(['/bin/true'])",
    "a fork": "os.fork() or os._exit(0)",
    "a spawned program": "os.posix_spawn('/bin/true', ['true'], {})",
    "a new file": "open('new', 'w')",
    "a longer file": "open('there', 'a')",
    "a shorter file": "os.truncate('there', 0)",
    "a removed file": "os.remove('there')",
    "a renamed file": "os.rename('there', 'here')",
    "a new folder": "os.mkdir('folder')",
    "the end of its parent": "os.kill(os.getppid(), 0)",
}
OF_PROCESSES = {"another program", "a fork", "a spawned program"}
ALLOWED = {
    "reading": "assert open('there').read() == 'text'",
    "a thread": "t = threading.Thread(target=print, args=('',)); t.start(); t.join()",
    "its own end": "os.kill(os.getpid(), 0)",
}


def tried(folder: Path, code: str, by: str = "seccomp", mode: str = "alone") -> str:
    (folder / "there").write_text("text")
    done = subprocess.run(
        [sys.executable, "-c", TRY, by, mode, code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (folder / "there").read_text() == "text"
    return done.stdout.strip().rsplit("\n", 1)[-1] or done.stderr


@pytest.mark.parametrize("by", ["seccomp", "audit"])
@pytest.mark.parametrize("what", FORBIDDEN)
def test_a_confined_process_may_not_have(what: str, by: str, tmp_path: Path) -> None:
    if by == "seccomp" and not SECCOMP:
        pytest.skip("the kernel has no filter for this machine")
    assert tried(tmp_path, FORBIDDEN[what], by) == f"{by} PermissionError"


@pytest.mark.parametrize("by", ["seccomp", "audit"])
@pytest.mark.parametrize("what", ALLOWED)
def test_a_confined_process_keeps(what: str, by: str, tmp_path: Path) -> None:
    if by == "seccomp" and not SECCOMP:
        pytest.skip("the kernel has no filter for this machine")
    assert tried(tmp_path, ALLOWED[what], by) == f"{by} done"


@pytest.mark.parametrize("by", ["seccomp", "audit"])
def test_text_recognition_may_start_its_program_and_still_has_no_network(by: str, tmp_path: Path) -> None:
    if by == "seccomp" and not SECCOMP:
        pytest.skip("the kernel has no filter for this machine")
    assert tried(tmp_path, FORBIDDEN["another program"], by, "processes") == f"{by} done"
    piped = "assert subprocess.run(['/bin/cat'], input=b'x', capture_output=True).stdout == b'x'"
    assert tried(tmp_path, piped, by, "processes") == f"{by} done"
    assert tried(tmp_path, FORBIDDEN["a socket"], by, "processes") == f"{by} PermissionError"


@pytest.mark.parametrize("by", ["seccomp", "audit"])
@pytest.mark.parametrize("what", sorted(FORBIDDEN.keys() - OF_PROCESSES))
def test_text_recognition_may_not_have_anything_else(what: str, by: str, tmp_path: Path) -> None:
    if by == "seccomp" and not SECCOMP:
        pytest.skip("the kernel has no filter for this machine")
    assert tried(tmp_path, FORBIDDEN[what], by, "processes") == f"{by} PermissionError"


@pytest.mark.skipif(not SECCOMP, reason="the kernel has no filter for this machine")
def test_what_a_confined_process_started_is_confined_too(tmp_path: Path) -> None:
    unhurt = "assert subprocess.run([sys.executable, '-c', 'open(\"there\")']).returncode == 0"
    assert tried(tmp_path, unhurt, "seccomp", "processes") == "seccomp done"
    for inner in (
        "import socket; socket.socket()",
        "import os; os.remove('there')",
        "import os; os.truncate('there', 0)",
        "open('there', 'w')",
        "import os; os.kill(os.getpgid(0), 0)",
        "import subprocess; subprocess.Popen(['/bin/true'], start_new_session=True)",
    ):
        code = f"assert subprocess.run([sys.executable, '-c', {inner!r}], stderr=-1).returncode == 1"
        assert tried(tmp_path, code, "seccomp", "processes") == "seccomp done", inner


@pytest.mark.skipif(not SECCOMP, reason="the kernel has no filter for this machine")
def test_code_in_c_cannot_open_a_socket_either(tmp_path: Path) -> None:
    for number in (41, 41 + 0x40000000) if os.uname().machine == "x86_64" else (198,):
        code = f"assert ctypes.CDLL(None).syscall({number}, 2, 1, 0) == -1"
        assert tried(tmp_path, code) == "seccomp done"


@pytest.mark.skipif(not SECCOMP, reason="seccomp is of Linux, and its table of these machines")
@pytest.mark.parametrize(
    "call",
    [
        "libc.syscall(452, -100, b'there', 0o777, 0)",
        "libc.syscall(440, 0)",
        "libc.chroot(b'.')",
        "libc.sethostname(b'x', -1)",
        "libc.open_by_handle_at(-1, None, 0)",
    ],
)
def test_calls_that_need_no_file_name_or_are_newer_than_the_filter_are_refused(
    call: str, tmp_path: Path
) -> None:
    code = f"""
libc = ctypes.CDLL(None, use_errno=True)
if {call} == -1:
    raise OSError(ctypes.get_errno(), "") if ctypes.get_errno() in (1, 38) else ValueError
"""
    assert tried(tmp_path, code) in {"seccomp PermissionError", "seccomp OSError"}


def test_the_filters_of_both_machines_are_whole() -> None:
    """Every jump of a rule stays within the program, and every way ends with an answer."""
    for machine in confine._MACHINES.values():
        for processes in (False, True):
            steps = confine._filter(machine, 42, processes)
            for at, (code, if_true, if_false, _) in enumerate(steps):
                if code not in (confine._LOAD, confine._RETURN):
                    assert at + 1 + max(if_true, if_false) < len(steps)
            assert steps[-1][0] == confine._RETURN


HOSTILE = """
import radar_pipeline.ingest.server as server
def parse(request, writer):
    import socket, subprocess
    if "socket" in request["path"]:
        socket.create_connection(("192.0.2.1", 80))
    if "program" in request["path"]:
        subprocess.run(["/bin/true"])
    return inner(request, writer)
inner, server._parse = server._parse, parse
server.main()
"""


def test_a_parser_that_reaches_out_quarantines_its_document_and_nothing_else(tmp_path: Path) -> None:
    for name in ("a socket.md", "b program.md", "c good.md"):
        (tmp_path / name).write_text("# Policy\n\nText.")
    tenant = Tenant("acme", "Acme", tmp_path, ())
    pairs = [(file, content_hash(file)) for file in discover(tenant)]
    with ParserPool(Settings(workers=1), command=(sys.executable, "-c", HOSTILE)) as pool:
        outcomes = list(read_documents(pairs, pool, tenant))
    assert [o.reason.value for o in outcomes if isinstance(o, UnreadableDocument)] == ["crash", "crash"]
    assert isinstance(outcomes[-1], Document)


def test_every_kind_of_document_is_read_without_what_is_forbidden(tmp_path: Path) -> None:
    from docx import Document as Docx
    from openpyxl import Workbook
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.drawString(72, 700, "The keeper keeps the register.")
    canvas.save()
    docx = Docx()
    docx.add_paragraph("The keeper keeps the register.")
    docx.save(str(tmp_path / "a.docx"))
    book = Workbook()
    book.active.append(["Keeper", "Register"])
    book.active.append(["Ann", "Keys"])
    book.save(str(tmp_path / "a.xlsx"))
    texts = {"a.md": b"# A\n\nText.", "a.txt": b"Text \xe9.", "a.csv": b"a,b\n1,2", "a.html": b"<p>Text.</p>"}
    mails = {"a.eml": mailed({}), "a.msg": bytes(Outlook({SUBJECT: "Keys", BODY: "Text."}))}
    for name, data in {**texts, **mails, "a.zip": zipped({"a.md": "x"})}.items():
        (tmp_path / name).write_bytes(data)
    tenant = Tenant("acme", "Acme", tmp_path, ())
    pairs = [(file, content_hash(file)) for file in discover(tenant)]
    with ParserPool(Settings(workers=2)) as pool:
        outcomes = list(read_documents(pairs, pool, tenant))
    assert [o.path for o in outcomes if isinstance(o, UnreadableDocument)] == []
    assert len(outcomes) == 10
