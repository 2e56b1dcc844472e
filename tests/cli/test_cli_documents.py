"""What was read of a tenant and what was not, as a person sees it; and another try after a mend."""

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from radar_pipeline.cli import main
from radar_pipeline.ingest import similar
from radar_pipeline.models import DocumentMeta, Kind, Status, UnreadableReason
from radar_pipeline.storage import holder
from radar_pipeline.storage.files import write_json
from radar_pipeline.storage.operations import Operations
from radar_pipeline.sweep.manifest import Entry, load_manifest, save_manifest
from tests.support.packing import zipped
from tests.support.world import POLICY, PROCEDURE, World


def radar(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["documents", *arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("original")
    world = World(folder / "data", folder / "store")
    inside = {"broken.pdf": b"%PDF-1.7 and no more", "procedure.md": PROCEDURE}
    files = {
        "policy.md": POLICY,
        "a.zip": zipped(inside),
        "login.pdf": "<html>log in</html>",
        "logo.png": "x",
    }
    world.tenant("acme", {**files, "evil\x1b[31m.doc": "x"})
    world.tenant("borealis")
    assert world.sweep().state == "succeeded"
    return world


@pytest.fixture
def swept(original: World, world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A copy of a world that was swept once."""
    monkeypatch.setenv("RADAR_WORKERS", "1")
    shutil.copytree(original.data, world.data, dirs_exist_ok=True)
    shutil.copytree(original.home, world.home, symlinks=True)
    return world


def test_list_shows_every_document_and_where_it_stands(swept: World) -> None:
    rows = json.loads(radar("list", "acme", "--json").output)
    assert {row["path"]: row["state"] for row in rows} == {
        "a.zip": "unpacked",
        "a.zip/broken.pdf": "quarantined",
        "a.zip/procedure.md": "read",
        "evil\x1b[31m.doc": "quarantined",
        "login.pdf": "quarantined",
        "logo.png": "no text expected",
        "policy.md": "read",
    }
    shown = radar("list", "acme").output
    assert "policy.md" in shown and "\x1b[31m.doc" not in shown


def entry(path: str, **changes: Any) -> Entry:
    """A document as a sweep remembers it, of a text of its own."""
    name = f"{path}-v"
    return replace(Entry(path, f"doc-{path}", 9, 1, "", name, "md", characters=900, pages=9), **changes)


def test_list_tells_old_versions_copies_scans_and_what_is_missing_apart(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.tenant("acme")
    about = DocumentMeta(
        title="Badge policy",
        kind=Kind.POLICY,
        version="2.0",
        owner="Head of Sites [red]",
        effective_date=date(2025, 3, 1),
        review_by=date(2027, 3, 1),
        language="en",
        status=Status.APPROVED,
    )
    texts = {"new.md": "one", "sub/old.md": "two", "copy.md": "one"}
    old = replace(about, version="1.0", effective_date=date(2023, 3, 1))
    entries = [
        entry("new.md", meta=about),
        entry("sub/old.md", meta=old, container="in/mail.eml"),
        entry("copy.md", meta=about, version_id="new.md-v", missing_since="2026-11-20T01:00:00+00:00"),
        entry("scan.pdf", scanned_pages=(3, 4), meta=DocumentMeta(status=Status.DRAFT)),
        entry("bad.pdf", reason=UnreadableReason.ENCRYPTED, characters=-1),
    ]
    home = world.settings().tenant_home("acme")
    save_manifest(home, {e.path: e for e in entries})
    words = [f"word{n}" for n in range(200)]
    signed = {
        f"{path}-v": similar.signature(" ".join([*words, text])).as_json() for path, text in texts.items()
    }
    write_json(home / "work" / "signatures.json", {"version": similar.VERSION, "signatures": signed})
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    rows = {row["path"]: row for row in json.loads(radar("list", "acme", "--json").output)}
    assert rows["sub/old.md"]["superseded_by"] == "new.md" == rows["copy.md"]["duplicate_of"]
    assert rows["new.md"]["owner"] == "Head of Sites [red]" and rows["new.md"]["review_by"] == "2027-03-01"
    assert rows["scan.pdf"]["scanned_pages"] == [3, 4] and rows["bad.pdf"]["reason"] == "encrypted"
    monkeypatch.setenv("COLUMNS", "100")
    narrow = radar("list", "acme").output
    assert max(map(len, narrow.splitlines())) <= 100 and len(narrow.splitlines()) < 20
    monkeypatch.setenv("COLUMNS", "240")
    shown = " ".join(radar("list", "acme").output.split())
    for said in ("read · old version of new.md", "read · copy of new.md", "policy v2.0", "2027-03-01"):
        assert said in shown
    for said in (
        "scans p. 3–4",
        "in mail.eml",
        "missing since 2026-11-20",
        "quarantined: ",
        "draft",
        "[red]",
        "en",
    ):
        assert said in shown
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_quarantined_tells_why_since_when_and_what_to_do(swept: World) -> None:
    shown = radar("quarantined").output
    assert "acme: a.zip/broken.pdf" in shown and "the file is damaged" in shown
    assert "acme: login.pdf" in shown and "Give the file the suffix of its real format." in shown
    assert "3 documents in quarantine" in shown and "since 20" in shown and "1 attempt" in shown
    assert "\x1b[31m.doc" not in shown and "policy.md" not in shown and "logo.png" not in shown
    rows = json.loads(radar("quarantined", "acme", "--json").output)
    mismatch = next(row for row in rows if row["path"] == "login.pdf")
    assert (mismatch["reason"], mismatch["attempts"], mismatch["state"]) == ("mismatch", 1, "quarantined")
    assert mismatch["size"] == 19 and mismatch["since"] and mismatch["remedy"]
    assert "could be read" in radar("quarantined", "borealis").output


def test_retry_makes_the_tenant_due_and_reads_only_what_was_asked(swept: World) -> None:
    assert swept.sweep("acme").totals["unchanged"] == 1
    told = radar("retry", "acme", "a.zip/broken.pdf")
    assert told.exit_code == 0 and "1 document of tenant acme will be read again" in told.output
    counts = swept.sweep("acme").counts("acme", "documents")
    assert (counts["parsed"], counts["unpacked"], counts["failed_now"]) == (1, 1, 1)
    assert "3 documents of tenant acme" in radar("retry", "acme").output
    assert swept.sweep("acme").counts("acme", "documents")["failed_now"] == 3
    assert swept.sweep("acme").totals["unchanged"] == 1
    audits = [a for a in Operations(swept.settings().operations).audits() if a.action == "documents_retried"]
    assert len(audits) == 2 and "login" not in str(audits)


def test_retry_of_nothing_says_so_and_changes_nothing(swept: World) -> None:
    home = swept.home / "tenants" / "borealis"
    before = load_manifest(home)
    assert "Nothing of tenant borealis" in radar("retry", "borealis").output
    assert "Nothing of tenant borealis" in radar("retry", "borealis", "policy.md").output
    assert load_manifest(home) == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("retry", "acme", "a.zip/brokn.pdf"), "Did you mean a.zip/broken.pdf?"),
        (("retry", "acme", "broken.pdf"), "a.zip/broken.pdf"),
        (("retry", "acme", "nothing like it"), "radar documents list"),
        (("retry", "nobody"), "no tenant 'nobody'"),
        (("list", "nobody"), "no tenant 'nobody'"),
        (("quarantined", "acme", "nobody"), "no tenant 'nobody'"),
        (("list", "../acme"), "not a tenant slug"),
    ],
)
def test_an_unknown_name_is_refused_with_those_near_it(
    swept: World, arguments: tuple[str, ...], says: str
) -> None:
    result = radar(*arguments)
    assert (result.exit_code, says in result.output) == (2, True), result.output


def test_retry_waits_for_nobody_and_disturbs_nobody(swept: World) -> None:
    operations = Operations(swept.settings().operations)
    lease = operations.acquire_lease("acme", holder.this_holder(), "a sweep", 60, holder.is_alive)
    before = load_manifest(swept.home / "tenants" / "acme")
    result = radar("retry", "acme")
    assert result.exit_code == 3 and "is being worked on" in result.output
    assert load_manifest(swept.home / "tenants" / "acme") == before
    operations.release_lease(lease)
    assert radar("retry", "acme").exit_code == 0


def test_a_tenant_that_was_never_swept_has_no_documents_yet(world: World, tmp_path: Path) -> None:
    world.tenant("acme")
    assert "No document of acme" in radar("list", "acme").output
    assert json.loads(radar("quarantined", "--json").output) == []
