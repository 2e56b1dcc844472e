"""Archives and messages in a night: their documents are evidence, an unchanged outer file stays shut."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from reportlab.pdfgen.canvas import Canvas

from radar_pipeline.ingest import containers, isolate, parsers, unpack
from radar_pipeline.ingest.isolate import ParserPool
from radar_pipeline.models import Quota
from radar_pipeline.storage import warehouse
from radar_pipeline.sweep import documents, members, opening
from radar_pipeline.sweep.environment import Environment, SweepRequest
from radar_pipeline.sweep.manifest import load_manifest
from radar_pipeline.sweep.runner import sweep
from tests.support.packing import mailed, zipped
from tests.support.world import POLICY, PROCEDURE, UNRELATED, Swept, World


@pytest.fixture(autouse=True)
def _one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RADAR_WORKERS", "1")  # its start is most of what a small sweep costs


def pdf(*lines: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True)
    for number, line in enumerate(lines):
        canvas.drawString(72, 700 - 30 * number, line)
    canvas.save()
    return out.getvalue()


def documents_of(world: World) -> dict[str, dict[str, Any]]:
    return {row["path"]: row for row in world.report("acme")["documents"]}


def evidence(world: World) -> dict[str, str]:
    paths = {row["document_id"]: row["path"] for row in world.report("acme")["documents"]}
    return {
        row["requirement_id"].split(":", 1)[1]: paths[row["document_id"]]
        for row in world.report("acme")["evidence"]
    }


def counts(swept: Swept) -> tuple[int, int]:
    """(documents parsed, containers taken apart) of a sweep."""
    assert swept.state == "succeeded", swept.failures
    told = swept.counts("acme", "documents")
    return told["parsed"], told["unpacked"]


def limited(documents: int) -> Callable[[Environment], Environment]:
    """A change for ``World.sweep``: tenants on a plan with so many documents."""
    quota = Quota("small", documents)
    return lambda e: replace(e, tenants=tuple(replace(t, quota=quota) for t in e.tenants))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Paths of the containers that were taken apart."""
    paths: list[str] = []
    inner = unpack.unpack

    def noted(pool: ParserPool, file: Any, *rest: Any) -> Any:
        paths.append(file.path)
        return inner(pool, file, *rest)

    monkeypatch.setattr(opening, "unpack", noted)
    yield paths


def test_a_policy_in_an_archive_in_a_message_is_evidence_under_its_whole_path(world: World) -> None:
    sheet = pdf("Access rights of all staff are reviewed every 90 days by the system owner.")
    inner = zipped({"policy.md": POLICY, "in/access.pdf": sheet, ".DS_Store": b"x", "logo.png": b"\x89PNG"})
    source = world.tenant("acme", {"mail.eml": mailed({"a.zip": inner})})
    swept = world.sweep()
    assert counts(swept) == (5, 2)
    rows = documents_of(world)
    assert sorted(rows) == [
        "mail.eml",
        "mail.eml/a.zip",
        "mail.eml/a.zip/in/access.pdf",
        "mail.eml/a.zip/logo.png",
        "mail.eml/a.zip/policy.md",
    ]
    folder = rows["mail.eml/a.zip"]
    assert (folder["readable"], folder["characters"], folder["passages"]) == (True, 0, 0)
    assert (folder["media_type"], folder["kind"]) == ("application/zip", "unknown")
    assert folder["container"] == rows["mail.eml"]["document_id"]
    assert rows["mail.eml/a.zip/policy.md"]["container"] == folder["document_id"]
    found = evidence(world)
    assert found["R1"] == found["R2"] == "mail.eml/a.zip/policy.md"
    assert found["R5"] == "mail.eml/a.zip/in/access.pdf"
    assert world.verdicts("acme")["R6"] == "not_addressed"  # nothing in it hides a sentence
    assert not (world.home / "tenants" / "acme" / "work" / "unpacked").exists()
    assert source.joinpath("mail.eml").exists()


def test_an_unchanged_night_unpacks_nothing(world: World, opened: list[str]) -> None:
    world.tenant("acme", {"a.zip": zipped({"policy.md": POLICY}), "procedure.md": PROCEDURE})
    world.sweep()
    assert opened == ["a.zip"]
    assert world.sweep().totals["unchanged"] == 1
    world.write("acme", "menu.md", UNRELATED)
    assert counts(world.sweep()) == (1, 0)
    assert opened == ["a.zip"]
    assert sorted(documents_of(world)) == ["a.zip", "a.zip/policy.md", "menu.md", "procedure.md"]
    assert world.verdicts("acme")["R1"] == "covered"


def test_a_member_that_did_not_change_is_not_read_again_when_its_archive_did(world: World) -> None:
    files = {"policy.md": POLICY, "b.zip": zipped({"procedure.md": PROCEDURE}), "bad.pdf": b"no pdf"}
    world.tenant("acme", {"a.zip": zipped(files)})
    assert counts(world.sweep()) == (5, 2)
    before = documents_of(world)
    world.write("acme", "a.zip", zipped({**files, "menu.md": UNRELATED}))
    assert counts(world.sweep()) == (2, 2)  # the archive itself, and what is new in it
    after = documents_of(world)
    unchanged = [path for path in before if path != "a.zip"]
    assert [after[path]["version_id"] for path in unchanged] == [before[p]["version_id"] for p in unchanged]
    world.write("acme", "a.zip", zipped({"policy.md": POLICY}))
    world.sweep()
    assert sorted(documents_of(world)) == ["a.zip", "a.zip/policy.md"]


def test_an_upgraded_parser_opens_only_the_archive_it_has_something_in(
    world: World, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"one.zip": zipped({"policy.md": POLICY}), "two.zip": zipped({"note.txt": "A note. " * 9})}
    world.tenant("acme", files)
    world.sweep()
    opened.clear()
    inner = parsers.parser_identity

    def identity(path: str, *rest: Any) -> str:
        return inner(path, *rest) + "+" * path.endswith(".txt")

    for module in (parsers, isolate):
        monkeypatch.setattr(module, "parser_identity", identity)
    assert counts(world.sweep()) == (1, 1)
    assert opened == ["two.zip"]
    assert world.sweep().totals["unchanged"] == 1


def test_a_refused_archive_is_one_unreadable_document(world: World) -> None:
    bomb = zipped({"policy.md": POLICY, "zeros.md": bytes(40_000_000)})
    world.tenant("acme", {"bomb.zip": zipped({"inner.zip": bomb}), "procedure.md": PROCEDURE})
    assert world.sweep().state == "succeeded"
    rows = documents_of(world)
    assert sorted(rows) == ["bomb.zip", "bomb.zip/inner.zip", "procedure.md"]
    assert (rows["bomb.zip/inner.zip"]["readable"], rows["bomb.zip/inner.zip"]["reason"]) == (False, "bomb")
    assert world.verdicts("acme")["R6"] == "not_assessed"  # it may well be in there
    assert world.sweep().totals["unchanged"] == 1  # deterministic: not tried again every night


def test_a_container_that_is_read_otherwise_today_is_tried_again_where_it_was_refused(
    world: World, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = zipped({"../policy.md": POLICY})
    world.tenant("acme", {"a.zip": refused, "b.zip": zipped({"c.zip": refused}), "menu.md": UNRELATED})
    world.sweep()
    assert not documents_of(world)["b.zip/c.zip"]["readable"]
    assert world.sweep().totals["unchanged"] == 1
    opened.clear()
    changed = [replace(c, version="next") if c.name == "zip" else c for c in containers.CONTAINERS]
    suffixes = {suffix: container for container in changed for suffix in container.suffixes}
    monkeypatch.setattr(containers, "_by_suffix", lambda: suffixes)
    world.sweep()
    assert opened == ["a.zip", "b.zip", "b.zip/c.zip"]
    assert world.sweep().totals["unchanged"] == 1


def test_a_message_that_could_not_be_parsed_keeps_what_was_attached_when_its_archive_changes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = """
import radar_pipeline.ingest.server as server
inner = server._parse
server._parse = lambda request, writer: (
    {"reason": "malformed"} if request["path"].endswith(".eml") else inner(request, writer)
)
server.main()
"""
    monkeypatch.setattr(ParserPool.__init__, "__defaults__", ((isolate.SERVER[0], "-c", server),))
    files = {"mail.eml": mailed({"policy.md": POLICY.encode()})}
    world.tenant("acme", {"a.zip": zipped(files), "menu.md": UNRELATED})
    world.sweep()
    assert world.verdicts("acme")["R1"] == "covered"
    world.write("acme", "a.zip", zipped({**files, "procedure.md": PROCEDURE}))
    world.sweep()
    assert documents_of(world)["a.zip/mail.eml/policy.md"]["readable"]
    assert world.sweep().totals["unchanged"] == 1


def test_a_container_costs_a_look_at_its_own_members_and_not_at_everybody_elses(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks: list[int] = []

    class Counted(dict[str, Any]):
        def values(self) -> Any:
            walks[-1] += 1
            return super().values()

        def items(self) -> Any:
            walks[-1] += 1
            return super().items()

    inner = members.current
    monkeypatch.setattr(members, "current", lambda *given: Counted(inner(*given)))
    for slug, count in (("few", 2), ("many", 6)):
        world.tenant(slug, {f"{n}.zip": zipped({"b.zip": zipped({"p.md": POLICY})}) for n in range(count)})
        walks.append(0)
        world.sweep(slug)
    assert walks[0] == walks[1]


def test_documents_of_an_archive_count_against_the_plan_before_a_report_of_them_is_published(
    world: World,
) -> None:
    world.tenant("acme", {"a.zip": zipped({"policy.md": POLICY}), "menu.md": UNRELATED})
    assert world.sweep(change=limited(4)).state == "succeeded"
    world.write("acme", "a.zip", zipped({f"{n}.md": f"{POLICY}{n}" for n in range(3)}))
    for _ in range(2):  # opened, and known without opening it
        (failure,) = world.sweep(change=limited(4)).failures
        assert failure.reason == "QuotaExceededError" and "5 documents" in failure.message
    assert sorted(documents_of(world)) == ["a.zip", "a.zip/policy.md", "menu.md"]
    world.write("acme", "a.zip", zipped({f"{n}.md": f"{POLICY}{n}" for n in range(2)}))
    assert world.sweep(change=limited(4)).state == "succeeded"
    assert world.sweep(change=limited(3)).failures  # though nothing else changed


def test_archives_in_archives_end_at_the_third(world: World) -> None:
    deep = zipped({"policy.md": POLICY})
    for name in ("four", "three", "two"):
        deep = zipped({f"{name}.zip": deep})
    world.tenant("acme", {"one.zip": deep, "procedure.md": PROCEDURE})
    assert world.sweep().state == "succeeded"
    rows = documents_of(world)
    assert rows["one.zip/two.zip/three.zip"]["readable"]
    assert rows["one.zip/two.zip/three.zip/four.zip"]["reason"] == "bomb"
    assert len(rows) == 5


def test_what_a_tenant_leaves_out_is_left_out_of_archives_too(world: World) -> None:
    files = {"policy.md": POLICY, "drafts/menu.md": UNRELATED, "__MACOSX/._policy.md": b"x"}
    world.tenant("acme", {"a.zip": zipped(files)}, ignore=["drafts"])
    world.sweep()
    assert sorted(documents_of(world)) == ["a.zip", "a.zip/policy.md"]
    world.tenants["acme"]["ignore"] = ["policy.md"]
    world.save()
    world.sweep()
    assert sorted(documents_of(world)) == ["a.zip", "a.zip/drafts/menu.md"]


def test_a_removed_archive_takes_its_documents_with_it(world: World) -> None:
    files = {f"{name}.md": UNRELATED + name for name in "bcdefgh"}
    source = world.tenant("acme", {"a.zip": zipped({"policy.md": POLICY}), **files})
    world.sweep()
    (source / "a.zip").unlink()
    assert world.sweep().state == "succeeded"
    assert sorted(documents_of(world)) == sorted(files)
    assert world.verdicts("acme")["R1"] != "covered"


def test_killed_between_unpacking_and_reading_nothing_is_lost_or_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"{n}.md": f"# Note {n}\n\nText {n}." for n in range(8)}
    nested = zipped({"policy.md": POLICY, **files})
    wanted = World(world.data, world.home.parent / "undisturbed")
    world.tenant(
        "acme", {"a.zip": zipped({"b.zip": nested}), "mail.eml": mailed({"p.md": PROCEDURE.encode()})}
    )
    wanted.sweep()
    monkeypatch.setattr(documents, "SAVE_EVERY", 3)
    for stop in (1, 6):
        run = sweep(SweepRequest(("acme",)), replace(world.environment()))
        for _, event in zip(range(3 + stop), run, strict=False):
            assert event
        spool = world.home / "tenants" / "acme" / "work" / "unpacked"
        spool.mkdir(parents=True, exist_ok=True)
        (spool / "left by a power cut").write_text("x")
        run.close()  # type: ignore[attr-defined]
    assert world.sweep().state == "succeeded"
    assert not (world.home / "tenants" / "acme" / "work" / "unpacked").exists()
    assert sorted(documents_of(world)) == sorted(row["path"] for row in wanted.report("acme")["documents"])
    digests = [
        warehouse.rows_digest(w.home / "tenants" / "acme" / "published" / "radar.duckdb")
        for w in (world, wanted)
    ]
    assert digests[0] == digests[1]


def test_a_member_that_took_too_long_is_tried_once_more_and_then_quarantined(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = """
import radar_pipeline.ingest.server as server
inner = server._parse
server._parse = lambda request, writer: (
    {"reason": "timeout"} if "slow" in request["path"] else inner(request, writer)
)
server.main()
"""
    monkeypatch.setattr(ParserPool.__init__, "__defaults__", ((isolate.SERVER[0], "-c", slow),))
    world.tenant("acme", {"a.zip": zipped({"slow.md": POLICY, "procedure.md": PROCEDURE})})
    home: Path = world.home / "tenants" / "acme"
    for attempt, parsed in ((1, 3), (2, 1)):
        assert counts(world.sweep()) == (parsed, 1)
        entry = load_manifest(home)["a.zip/slow.md"]
        assert (entry.reason, entry.attempts, entry.quarantined) == ("timeout", attempt, attempt == 2)
        assert entry.failed_since
    assert world.sweep().totals["unchanged"] == 1
