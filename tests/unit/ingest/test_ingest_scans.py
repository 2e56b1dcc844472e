"""Scanned pages: flagged, never taken for empty, recognised only where somebody asked for it."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from radar_pipeline.console import checkup
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.ingest import ocr
from radar_pipeline.ingest.discover import content_hash, discover
from radar_pipeline.ingest.isolate import ParserPool, version_of
from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.ingest.parsers.pdf import parse_pdf
from radar_pipeline.models import Document, Tenant, UnreadableDocument, UnreadableReason
from radar_pipeline.settings import Settings
from radar_pipeline.sweep.manifest import RETRYABLE
from tests.support.papers import both, lines, paper, picture
from tests.support.waiting import wait_for

SCANNED = ["Access rights of all staff are reviewed", "every ninety days by the system owner."]
needs_tesseract = pytest.mark.skipif(
    shutil.which(ocr.PROGRAM) is None, reason="tesseract is not installed: nothing can be recognised"
)
scan = picture(SCANNED)
text = lines(["The firm notifies the regulator within 72 hours."])


@pytest.fixture(autouse=True)
def _ask_anew() -> Iterator[None]:
    yield
    ocr._version.cache_clear()
    ocr._languages.cache_clear()


def test_a_document_of_scans_alone_needs_ocr_and_is_not_empty() -> None:
    with pytest.raises(ParseProblem) as caught:
        parse_pdf(paper(scan, scan))
    assert caught.value.reason is UnreadableReason.NEEDS_OCR


def test_a_blank_page_is_no_scan() -> None:
    with pytest.raises(ParseProblem) as caught:
        parse_pdf(paper(lambda canvas: canvas.rect(72, 72, 9, 9)))
    assert caught.value.reason is UnreadableReason.EMPTY


def test_scanned_pages_are_flagged_one_by_one() -> None:
    parsed = parse_pdf(paper(text, scan, both(scan, lines(["Page 3"])), text))
    assert (parsed.pages, parsed.scanned_pages, parsed.ocr_pages) == (4, (2, 3), ())


def test_a_small_picture_makes_no_scan() -> None:
    assert parse_pdf(paper(text, picture(SCANNED, share=0.3))).scanned_pages == ()


def test_recognition_is_off_by_default() -> None:
    assert ocr.identity(Settings()) == ""


def test_without_the_program_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr.shutil, "which", lambda _: None)
    with pytest.raises(ConfigurationError, match=r"tesseract is not installed.*RADAR_OCR=false"):
        ocr.identity(Settings(ocr=True))
    (check,) = [c for c in checkup.run(Settings(ocr=True)) if c.name == "text recognition"]
    assert "tesseract" in check.problem and check.remedy


@pytest.mark.parametrize("languages", ["", "eng;rm", "--psm", "eng+", "a" * 30])
def test_languages_are_names_and_nothing_else(languages: str) -> None:
    with pytest.raises(ValueError, match="ocr_languages"):
        Settings(ocr_languages=languages)


@needs_tesseract
def test_a_language_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigurationError, match="xyz"):
        ocr.identity(Settings(ocr=True, ocr_languages="xyz"))


def test_a_word_that_is_hardly_legible_leaves_a_gap_and_no_guess() -> None:
    head = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
    rows = [("must", 96.0), ("nat", 31.0), ("|", 12.0), ("fail", 91.0)]
    table = head + "\n".join(
        f"5\t1\t1\t1\t1\t{n}\t{n * 50}\t10\t40\t12\t{c}\t{w}" for n, (w, c) in enumerate(rows)
    )
    assert [word.text for word in ocr._read(table)] == ["must", ocr.UNREAD, "fail"]


def test_switching_recognition_on_changes_the_version_of_pdfs_alone(tmp_path: Path) -> None:
    for name in ("a.pdf", "b.md"):
        (tmp_path / name).write_bytes(b"x")
    off = Tenant("acme", "Acme", tmp_path, ())
    on = replace(off, recogniser="tesseract-5/eng")
    changed = {f.path: version_of(f, "h", off) != version_of(f, "h", on) for f in discover(off)}
    assert changed == {"a.pdf": True, "b.md": False}


@needs_tesseract
def test_a_scan_is_recognised_in_the_isolated_child_and_marked(tmp_path: Path) -> None:
    (tmp_path / "mixed.pdf").write_bytes(paper(text, scan))
    settings = Settings(ocr=True, workers=1)
    off = Tenant("acme", "Acme", tmp_path, ())
    on = replace(off, recogniser=ocr.identity(settings))
    (file,) = discover(off)
    with ParserPool(settings) as pool:
        before, after = (pool.parse(file, content_hash(file), tenant) for tenant in (off, on))
    assert isinstance(before, Document) and isinstance(after, Document)
    assert (before.scanned_pages, before.ocr_pages) == ((2,), ())
    assert (after.scanned_pages, after.ocr_pages) == ((), (2,))
    (span,) = after.spans_of("ocr")
    assert after.text[span.start : span.end] == " ".join(SCANNED) and span.value == "2"
    assert after.parser.endswith(f"+{on.recogniser}")


def test_a_document_whose_scans_could_not_be_recognised_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ocr, "PROGRAM", "no-such-program")
    assert parse_pdf(paper(text, scan), ocr="eng").scanned_pages == (2,)


def test_a_document_whose_recognition_ran_out_of_time_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(picture: bytes, languages: str, within: float) -> list[ocr.Word]:
        assert 0 < within <= ocr.PAGE_SECONDS
        raise TimeoutError

    monkeypatch.setattr(ocr, "words", slow)
    with pytest.raises(ParseProblem) as caught:
        parse_pdf(paper(text, scan), ocr="eng")
    assert caught.value.reason is UnreadableReason.TIMEOUT
    assert caught.value.reason in RETRYABLE
    assert parse_pdf(paper(text, text), ocr="eng").scanned_pages == ()


IMPATIENT = """
import radar_pipeline.ingest.ocr as ocr, radar_pipeline.ingest.server as server
ocr.PAGE_SECONDS = 0.01
server.main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_a_recognition_that_hangs_ends_with_its_document(tmp_path: Path) -> None:
    program = tmp_path / "programs" / ocr.PROGRAM
    program.parent.mkdir()
    endless = f"{os.getpid()}8765"  # seconds; tells ours from others
    program.write_text(f"#!/bin/sh\nexec sleep {endless}\n")
    program.chmod(0o755)
    source = tmp_path / "source"
    source.mkdir()
    (source / "scan.pdf").write_bytes(paper(text, scan))
    tenant = Tenant("acme", "Acme", source, (), recogniser="tesseract-5/eng")
    (file,) = discover(tenant)
    command = ("env", f"PATH={program.parent}:{os.environ['PATH']}", sys.executable, "-c", IMPATIENT)
    with ParserPool(Settings(workers=1), command=command) as pool:
        outcome = pool.parse(file, content_hash(file), tenant)
        wait_for(lambda: not running(endless))
    assert isinstance(outcome, UnreadableDocument) and outcome.reason is UnreadableReason.TIMEOUT


def running(argument: str) -> bool:
    return any(argument.encode() in command(path) for path in Path("/proc").glob("[0-9]*/cmdline"))


def command(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it ended meanwhile
        return b""


def test_a_scan_behind_the_wall_says_why_it_was_not_read(tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(paper(scan))
    tenant = Tenant("acme", "Acme", tmp_path, ())
    (file,) = discover(tenant)
    with ParserPool(Settings(workers=1)) as pool:
        outcome = pool.parse(file, content_hash(file), tenant)
    assert isinstance(outcome, UnreadableDocument) and outcome.reason is UnreadableReason.NEEDS_OCR
