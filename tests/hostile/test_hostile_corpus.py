"""A tenant whose folder is a collection of attacks: swept like any other, every file accounted for."""

import os
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from radar_pipeline.ingest import discover, isolate
from radar_pipeline.ingest.chunk import chunk
from radar_pipeline.ingest.passages import passages
from radar_pipeline.models import UnreadableReason
from radar_pipeline.storage.document_files import DocumentFiles
from radar_pipeline.storage.texts import Texts
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.manifest import Entry, load_manifest
from tests.support import hostile
from tests.support.hostile import PARSED, Hostile
from tests.support.world import POLICY, PROCEDURE, World

# Raw, these move a reader's cursor, reorder what stands beside them, or end a terminal's patience.
RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
SECONDS = 15.0  # wall limit of one document


def impatient(environment: Environment) -> Environment:
    return replace(environment, settings=environment.settings.model_copy(update={"parse_seconds": SECONDS}))


def special_files(source: Path, outside: Path) -> Iterator[socket.socket]:
    """What is no document at all: links out of the source, in circles and to nowhere, pipes, sockets."""
    outside.write_text("# Outside\n\nA sentence of somebody else.\n")
    (source / "special").mkdir()
    here = source / "special"
    (here / "out.md").symlink_to(outside)
    (here / "outer").symlink_to(outside.parent)
    (here / "passwd.txt").symlink_to("/etc/passwd")
    (here / "nowhere.md").symlink_to("nothing.md")
    (here / "self.md").symlink_to("self.md")
    (here / "around").symlink_to(".")
    (here / "process.txt").symlink_to("/proc/self/environ")
    os.mkfifo(here / "pipe.md")
    with suppress(OSError):  # only root may, and not everywhere
        os.mknod(here / "zeros.md", 0o020666, os.makedev(1, 5))
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(here)  # a socket's whole path must be short
        listener.bind("socket.md")
        yield listener


def outcomes(manifest: Mapping[str, Entry]) -> dict[str, str]:
    return {path: PARSED if e.readable else str(e.reason) for path, e in manifest.items()}


def broken_promises(files: Mapping[str, Hostile], found: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [
        (path, found[path], " ".join(sorted(file.promise)))
        for path, file in files.items()
        if found[path] not in file.promise
    ]


def test_a_folder_of_attacks_is_swept_and_every_file_has_an_answer(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = world.tenant("acme", {"policy.md": POLICY, "procedure.md": PROCEDURE})
    files = hostile.write(source, hostile.corpus())
    assert len(files) >= 80
    monkeypatch.chdir(tmp_path)
    for path in source.rglob("*"):  # written long ago: a file as young as a clock's tick is looked at twice
        os.utime(path, (1_700_000_000, 1_700_000_000))
    for _ in special_files(source, tmp_path / "outside.md"):
        swept = world.sweep(change=impatient)
    assert not swept.failures
    manifest = load_manifest(world.home / "tenants" / "acme")
    found = outcomes(manifest)
    outer = {path for path, entry in manifest.items() if not entry.container}
    assert outer == {*files, "policy.md", "procedure.md"}
    assert set(found.values()) <= {PARSED, *UnreadableReason}
    assert broken_promises(files, found) == []
    _documents_of_the_report_are_those_of_the_folder(world, found)
    _every_quote_and_piece_is_where_it_says(world, manifest)
    _the_pages_hold_nothing_that_runs(world)
    _strings_come_through_as_text(world, manifest)

    opened = _counting_opened(monkeypatch)
    again = world.sweep(change=impatient)
    assert not again.failures
    retried = {path for path, outcome in found.items() if outcome in hostile.FAILED}
    assert opened <= retried


def _documents_of_the_report_are_those_of_the_folder(world: World, found: Mapping[str, str]) -> None:
    rows = world.report("acme")["documents"]
    assert len(rows) == len(found)
    parsed = [row for row in rows if row["readable"]]
    quarantined = [row for row in rows if not row["readable"]]
    assert len(parsed) == sum(outcome == PARSED for outcome in found.values())
    assert {row["reason"] for row in quarantined} <= {reason.value for reason in UnreadableReason}
    assert all(row["reason"] is None for row in parsed)
    assert world.verdicts("acme")["R1"] == "covered"  # the good documents are searched all the same


def _every_quote_and_piece_is_where_it_says(world: World, manifest: Mapping[str, Entry]) -> None:
    home = world.home / "tenants" / "acme"
    texts = Texts(home / "work" / "texts")
    for row in world.report("acme")["evidence"]:
        assert texts.get(row["version_id"])[row["start_offset"] : row["end_offset"]] == row["quote"]
    kept = DocumentFiles(home)
    for entry in list(manifest.values())[::7]:
        document = kept.get(entry.version_id) if entry.readable and entry.characters else None
        if document is not None:
            assert not re.search("[\ud800-\udfff\x00]", document.text)
            chunks = chunk(document)
            for piece in (*chunks, *passages(document, chunks, 256)):
                assert document.text[piece.start : piece.end] == piece.text


def _the_pages_hold_nothing_that_runs(world: World) -> None:
    pages = sorted((world.home / "tenants" / "acme" / "published").rglob("*.html"))
    pages += sorted((world.home / "portfolio" / "published").rglob("*.html"))
    assert pages
    for page in pages:
        text = page.read_text("utf-8")
        assert not RAW.search(text), page.name
        tree = LexborHTMLParser(text)
        assert not [script for script in tree.css("script") if "alert" in (script.text() or "")]
        for node in tree.css("*"):
            assert not [name for name in node.attributes if name.lower().startswith("on")], page.name
            for name in ("href", "src"):
                value = (node.attributes.get(name) or "").strip().lower()
                assert not value.startswith(("javascript:", "data:text", "vbscript:")), page.name


def _strings_come_through_as_text(world: World, manifest: Mapping[str, Entry]) -> None:
    kept = DocumentFiles(world.home / "tenants" / "acme")
    for path in ("strings/formulas.csv", "strings/naughty.txt", "strings/naughty.html"):
        document = kept.get(manifest[path].version_id)
        assert document is not None
        for string in (
            "=cmd|' /C calc'!A0",
            "@SUM(A1)",
            "<script>alert(1)</script>",
            "DROP TABLE assessments",
        ):
            assert string in document.text, path


def _counting_opened(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The paths whose contents are hashed or parsed from now on."""
    opened: set[str] = set()
    hashed, asked = discover.content_hash, isolate.ParserPool.ask

    def content_hash(file: discover.SourceFile) -> str:
        opened.add(file.path)
        return hashed(file)

    def ask(pool: isolate.ParserPool, file: discover.SourceFile, *rest: object) -> object:
        opened.add(file.path)
        return asked(pool, file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(discover, "content_hash", content_hash)
    monkeypatch.setattr(isolate.ParserPool, "ask", ask)
    return opened
