"""When documents disappear: what leaves at once, what is held, and what ends the wait."""

import json
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from radar_pipeline.cli import main
from radar_pipeline.storage import holder
from radar_pipeline.sweep import removals, watch
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.manifest import Entry, load_manifest, save_manifest
from tests.support.packing import zipped
from tests.support.ticking import settle
from tests.support.world import POLICY, PROCEDURE, UNRELATED, Swept, World

START = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


class Nights:
    """A world whose clock is ours."""

    def __init__(self, world: World, files: int, *, write: bool = True) -> None:
        self.world = world
        notes = {f"note-{n}.md": f"# Note {n}\n\nThe office has {n} plants.\n" for n in range(files - 2)}
        chosen = {"policy.md": POLICY, "procedure.md": PROCEDURE, **notes} if write else {}
        self.source = world.tenant("acme", chosen)
        self.now = START

    def set(self, environment: Environment) -> Environment:
        settings = environment.settings.model_copy(update={"debug": True})
        return replace(environment, clock=lambda: self.now, settings=settings)

    def sweep(self, **later: float) -> Swept:
        self.now += timedelta(**later)
        return self.world.sweep(change=self.set)

    def look(self) -> watch.Look:
        environment = self.set(self.world.environment())
        return watch.look(environment, environment.tenants[0], environment.today())

    def remove(self, *names: str) -> dict[str, bytes]:
        paths = [self.source / name for name in names] or list(self.source.iterdir())
        removed = {path.name: path.read_bytes() for path in paths}
        for path in paths:
            path.unlink()
        return removed

    def put_back(self, files: dict[str, bytes]) -> None:
        for name, content in files.items():
            (self.source / name).write_bytes(content)

    def documents(self) -> dict[str, datetime | None]:
        """When each document of the report was first missed."""
        return {row["path"]: row["missing_since"] for row in self.world.report("acme")["documents"]}

    @property
    def held(self) -> list[str]:
        return sorted(path for path, since in self.documents().items() if since)


FOUR = ("policy.md", "note-0.md", "note-1.md", "note-2.md")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten documents, swept once."""
    root = tmp_path_factory.mktemp("ten")
    Nights(World(root / "data", root / "store"), 10).sweep()
    return root


@pytest.fixture
def ten(template: Path, tmp_path: Path) -> Nights:
    for name in ("data", "store"):
        shutil.copytree(template / name, tmp_path / name, symlinks=True)
    return Nights(World(tmp_path / "data", tmp_path / "store"), 10, write=False)


def radar(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=answer)


def test_four_of_ten_that_disappear_are_held_and_their_text_stays_evidence(ten: Nights) -> None:
    verdicts = ten.world.verdicts("acme")
    ten.remove(*FOUR)
    swept = ten.sweep(minutes=1)
    assert swept.totals["published"] == 1
    assert ten.held == sorted(FOUR) and len(ten.documents()) == 10
    assert ten.documents()["policy.md"] == START + timedelta(minutes=1)
    assert ten.world.verdicts("acme") == verdicts
    page = (ten.world.home / "tenants" / "acme" / "published" / "index.html").read_text()
    assert "held until confirmed" in page


def test_a_held_removal_asks_for_one_report_and_not_for_one_at_every_look(ten: Nights) -> None:
    ten.remove(*FOUR)
    settle(ten.world)
    seen = ten.look()
    assert seen.due and seen.source_differs
    ten.sweep(minutes=1)
    after = ten.look()
    assert after.idle and not after.source_differs and after.input_key != seen.input_key
    assert ten.sweep(minutes=30).totals.get("unchanged") == 1
    assert len(ten.documents()) == 10
    ten.now += timedelta(minutes=31)
    over = ten.look()
    assert over.due and over.source_differs
    assert over.input_key not in (seen.input_key, after.input_key)  # a sensor asks for each input once


def test_a_second_listing_after_an_hour_removes_and_names_what_left(ten: Nights) -> None:
    ten.remove(*FOUR)
    ten.sweep(minutes=1)
    assert ten.sweep(minutes=59).totals.get("unchanged") == 1
    assert ten.sweep(minutes=2).totals["published"] == 1
    assert sorted(ten.documents()) == sorted({"procedure.md", *(f"note-{n}.md" for n in range(3, 8))})
    report = json.loads(radar("report", "acme", "--json").output)["reports"][0]
    assert {d["path"]: d["change"] for d in report["documents"]} == dict.fromkeys(FOUR, "removed")
    assert not report["missing"]


def test_three_of_ten_leave_at_once(ten: Nights) -> None:
    ten.remove("note-0.md", "note-1.md", "note-2.md")
    ten.sweep(minutes=1)
    assert len(ten.documents()) == 7 and not ten.held


def test_a_published_tenant_whose_source_is_suddenly_empty_keeps_everything(ten: Nights) -> None:
    verdicts = ten.world.verdicts("acme")
    ten.remove()
    assert ten.sweep(minutes=1).state == "succeeded"
    assert len(ten.held) == 10 and ten.world.verdicts("acme") == verdicts


def test_a_source_that_stays_empty_ends_in_a_report_without_documents_and_without_verdicts(
    ten: Nights,
) -> None:
    ten.remove()
    ten.sweep(minutes=1)
    assert ten.sweep(minutes=61).totals["published"] == 1
    assert ten.documents() == {}
    assert set(ten.world.verdicts("acme").values()) == {"not_assessed"}
    assert ten.sweep(minutes=1).totals.get("unchanged") == 1
    settle(ten.world)
    assert ten.look().idle


def test_an_empty_source_of_a_tenant_nobody_knows_any_more_is_no_empty_report(ten: Nights) -> None:
    ten.remove()
    (ten.world.home / "tenants" / "acme" / "work" / "manifest.json").unlink()
    swept = ten.sweep(minutes=61)
    assert swept.state == "failed" and "no documents" in swept.failures[0].message
    assert len(ten.documents()) == 10


def test_a_file_that_comes_back_is_missing_no_more_and_costs_nothing(ten: Nights) -> None:
    removed = ten.remove(*FOUR)
    ten.sweep(minutes=1)
    ten.put_back(removed)
    swept = ten.sweep(minutes=120)
    assert swept.totals["published"] == 1 and swept.totals.get("parsed", 0) == 0
    assert len(ten.documents()) == 10 and not ten.held
    ten.remove(*FOUR)
    ten.sweep(minutes=1)
    assert ten.documents()["policy.md"] == START + timedelta(minutes=122)  # another wait begins


def test_files_left_out_on_purpose_are_not_missing(ten: Nights) -> None:
    ten.world.tenants["acme"]["ignore"] = ["note-*"]
    ten.world.save()
    ten.sweep(minutes=1)
    assert sorted(ten.documents()) == ["policy.md", "procedure.md"]


def test_a_held_document_that_was_to_be_tried_again_is_not_read(ten: Nights) -> None:
    home = ten.world.home / "tenants" / "acme"
    path = home / "work" / "manifest.json"
    body = json.loads(path.read_text())
    for row in body["files"]:
        if row["path"] == "note-0.md":
            row |= {"reason": "timeout", "attempts": 1, "characters": -1}
    path.write_text(json.dumps(body))
    ten.remove(*FOUR)
    swept = ten.sweep(minutes=1)
    assert swept.state == "succeeded" and swept.totals.get("parsed", 0) == 0
    assert ten.sweep(minutes=1).totals.get("unchanged") == 1


def test_what_a_person_had_retried_while_it_was_held_does_not_leave_by_that(ten: Nights) -> None:
    ten.put_back({"bad.pdf": b"no pdf"})
    ten.sweep(minutes=1)
    ten.remove(*FOUR, "bad.pdf")
    ten.sweep(minutes=1)
    assert ten.world.verdicts("acme")["R6"] == "not_assessed"  # it may stand in the file nobody can read
    assert radar("documents", "retry", "acme", "bad.pdf").exit_code == 0
    swept = ten.sweep(minutes=1)
    assert swept.state == "succeeded" and swept.totals.get("parsed", 0) == 0
    assert "bad.pdf" in ten.held and ten.world.verdicts("acme")["R6"] == "not_assessed"
    assert ten.sweep(minutes=1).totals.get("unchanged") == 1
    (row,) = [
        r for r in json.loads(radar("documents", "list", "acme", "--json").output) if r["path"] == "bad.pdf"
    ]
    assert row["state"] == "not read yet"
    ten.put_back({"bad.pdf": b"no pdf"})
    assert ten.sweep(minutes=1).totals["parsed"] == 1  # it is there again, and tried again


def test_an_archive_that_was_half_read_when_it_went_missing_is_read_whole_when_it_is_back(
    ten: Nights,
) -> None:
    ten.put_back(
        {"a.zip": zipped({"menu.md": UNRELATED, "flights.md": "# Drones\n\nPilots hold a licence."})}
    )
    ten.sweep(minutes=1)
    home = ten.world.home / "tenants" / "acme"
    manifest = load_manifest(home)  # as a sweep leaves it that was killed before it read this member
    manifest["a.zip/flights.md"] = replace(manifest["a.zip/flights.md"], characters=-1)
    shutil.rmtree(home / "work" / "annotations")
    save_manifest(home, manifest)
    removed = ten.remove(*FOUR, "a.zip")
    ten.sweep(minutes=1)
    assert load_manifest(home)["a.zip/flights.md"].hides_text
    ten.put_back(removed)
    assert ten.sweep(minutes=1).counts("acme", "documents")["unpacked"] == 1
    assert load_manifest(home)["a.zip/flights.md"].readable
    assert ten.sweep(minutes=1).totals.get("unchanged") == 1


def test_a_listing_that_failed_half_way_removes_nothing(ten: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    (ten.source / "sub").mkdir()
    ten.put_back({"sub/deep.md": b"# Deep\n\nBadges are worn.\n"})
    ten.sweep(minutes=1)
    before = load_manifest(ten.world.home / "tenants" / "acme")

    def refuse(path: object, scan: object = os.scandir) -> object:
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied")
        return scan(path)  # type: ignore[operator]

    monkeypatch.setattr("os.scandir", refuse)
    swept = ten.sweep(minutes=61)
    assert swept.failures[0].reason == "SourceUnreadableError"
    assert load_manifest(ten.world.home / "tenants" / "acme") == before and not ten.held


# ── Confirmed by a person ─────────────────────────────────────────────────────────────────────


def test_a_person_is_told_what_leaves_and_may_decline(ten: Nights) -> None:
    ten.remove(*FOUR)
    ten.sweep(minutes=1)
    declined = radar("documents", "confirm-removals", "acme", answer="n\n")
    assert declined.exit_code == 1 and all(name in declined.output for name in FOUR)
    assert len(ten.held) == 4
    agreed = radar("documents", "confirm-removals", "acme", answer="y\n")
    assert agreed.exit_code == 0 and "4 documents" in agreed.output
    assert ten.look().due
    ten.sweep(minutes=1)
    assert len(ten.documents()) == 6 and not ten.held
    assert [a.action for a in ten.world.environment().operations.audits()] == ["removals_confirmed"]


def test_a_removal_of_everything_can_be_confirmed_too(ten: Nights) -> None:
    ten.remove()
    ten.sweep(minutes=1)
    assert radar("documents", "confirm-removals", "acme", "--yes").exit_code == 0
    ten.sweep(minutes=1)
    assert ten.documents() == {} and set(ten.world.verdicts("acme").values()) == {"not_assessed"}


def test_removals_can_be_confirmed_while_the_source_is_out_of_reach(ten: Nights) -> None:
    ten.remove(*FOUR)
    ten.sweep(minutes=1)
    elsewhere = ten.source.rename(ten.source.with_name("elsewhere"))
    assert radar("documents", "confirm-removals", "acme", "--yes").exit_code == 0
    elsewhere.rename(ten.source)
    ten.sweep(minutes=1)
    assert len(ten.documents()) == 6


def test_nothing_is_confirmed_beside_a_sweep_that_holds_the_lease(ten: Nights) -> None:
    ten.remove(*FOUR)
    ten.sweep(minutes=1)
    operations = ten.world.environment().operations
    operations.acquire_lease("acme", holder.this_holder(), "other", 60, holder.is_alive)
    for more in ((), ("--yes",)):
        refused = radar("documents", "confirm-removals", "acme", *more)
        assert refused.exit_code == 3 and "process" in refused.output
        assert "report?" not in refused.output
    assert len(removals.awaiting(load_manifest(ten.world.home / "tenants" / "acme"))) == 4


def test_confirming_nothing_says_so_and_an_unknown_tenant_is_named(ten: Nights) -> None:
    nothing = radar("documents", "confirm-removals", "acme")
    assert nothing.exit_code == 0 and "No removal" in nothing.output
    assert radar("documents", "confirm-removals", "nobody").exit_code == 2
    assert radar("documents", "confirm-removals", "../acme").exit_code == 2


# ── The rule itself ───────────────────────────────────────────────────────────────────────────


def entry(path: str, container: str = "", since: str = "") -> Entry:
    return Entry(
        path, f"doc-{path}", 1, 1, "c", "v", "p", characters=5, container=container, missing_since=since
    )


def rule(known: list[Entry], listed: list[str], now: datetime = START) -> list[str]:
    present = {path: entry(path) for path in listed}
    kept = removals.held(present, {e.path: e for e in known}, (), now, timedelta(hours=1))
    assert all(e.missing_since for e in kept.values())
    return sorted(kept)


@pytest.mark.parametrize(
    ("files", "missing", "held"),
    [
        (10, 3, 0),
        (10, 4, 4),
        (20, 4, 0),
        (19, 4, 4),
        (100, 3, 0),
        (100, 20, 0),
        (100, 21, 21),
        (3, 3, 3),
        (2, 1, 0),
        (1, 1, 1),
    ],
)
def test_more_than_three_and_over_a_fifth_or_all_of_them_are_held(
    files: int, missing: int, held: int
) -> None:
    known = [entry(f"f{n}") for n in range(files)]
    assert len(rule(known, [f"f{n}" for n in range(missing, files)])) == held


def test_new_files_are_no_reason_to_let_all_the_known_ones_go() -> None:
    assert rule([entry("policy.md")], ["policy-v2.md"]) == ["policy.md"]


def test_members_of_an_archive_go_and_stay_with_it_and_do_not_count() -> None:
    files = [entry(f"f{n}") for n in range(30)]
    members = [entry(f"a.zip/m{n}", "a.zip") for n in range(50)]
    inner = [entry("a.zip/m0/x.md", "a.zip/m0")]
    known = [*files, entry("a.zip"), *members, *inner]
    assert rule(known, [f"f{n}" for n in range(30)]) == []  # one file of 31, whatever it holds
    gone = rule(known, [f"f{n}" for n in range(20)])
    assert len(gone) == 10 + 1 + 50 + 1 and "a.zip/m0/x.md" in gone


def test_each_missing_file_waits_its_own_hour() -> None:
    late = START - timedelta(minutes=61)
    known = [entry(f"f{n}", since=late.isoformat()) for n in range(5)]
    known += [entry(f"f{n}", since=START.isoformat()) for n in range(5, 10)]
    known += [entry(f"f{n}") for n in range(10, 16)]
    listed = [f"f{n}" for n in range(10, 16)]
    assert rule(known, listed, START) == [f"f{n}" for n in range(5, 10)]
    assert rule(known, listed, START + timedelta(hours=2)) == []


def test_what_was_not_read_yet_is_held_like_the_others_with_all_of_its_archive() -> None:
    known = [entry("read.md"), entry("a.zip"), replace(entry("a.zip/m.md", "a.zip"), characters=-1)]
    known += [replace(entry(f"f{n}"), characters=-1) for n in range(2)]
    assert rule(known, []) == ["a.zip", "a.zip/m.md", "f0", "f1", "read.md"]


def test_paths_of_the_manifest_tell_an_emptied_tenant_from_an_unknown_one(tmp_path: Path) -> None:
    assert not removals.is_emptied(tmp_path)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "manifest.json").write_text("{")
    assert not removals.is_emptied(tmp_path)
