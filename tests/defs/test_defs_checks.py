"""The checks of a run: whom they look at and when, what they tell, and what they hold back."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from radar_pipeline.defs import checks, soundness
from radar_pipeline.defs import expectations as ge
from radar_pipeline.defs.assemble import build_definitions
from radar_pipeline.defs.automation import NIGHTLY
from radar_pipeline.defs.checks import Inspection
from radar_pipeline.defs.partitions import range_tags, sync_partitions
from radar_pipeline.defs.specs import BLOCKING, CHECKS, ROWS_ARE_SOUND
from radar_pipeline.settings import Settings
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.storage.texts import Texts
from radar_pipeline.sweep import verify
from radar_pipeline.sweep.manifest import load_manifest
from tests.support.two_tenants import CANARY, FILE, TITLE, lose_source, source, with_two_tenants
from tests.support.world import World

NAMES = {key.name: key for key in CHECKS}
Query = Callable[[str, Path | None, Path], tuple[list[str], list[list[Any]]]]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("published")
    world = with_two_tenants(World(folder / "data", folder / "store"))
    assert world.sweep().state == "succeeded"
    return world


@pytest.fixture
def swept(published: World, world: World) -> World:
    """Tenants acme and beta, swept once: a copy, as a sweep takes its time."""
    shutil.copytree(published.data, world.data, dirs_exist_ok=True)
    shutil.copytree(published.home, world.home, symlinks=True)
    world.tenants |= published.tenants
    return world


def made(world: World, *names: str) -> list[dg.AssetCheckResult]:
    inspection = Inspection(world.environment())
    return [inspection.result(NAMES[name]) for name in names or NAMES]


def number(result: dg.AssetCheckResult, name: str) -> Any:
    return result.metadata[name].value


def table_of(result: dg.AssetCheckResult) -> Sequence[dg.TableRecord]:
    told = result.metadata["expectations"]
    assert isinstance(told, dg.TableMetadataValue)
    return told.records


def faults(result: dg.AssetCheckResult) -> dict[str, tuple[int, str]]:
    """What does not hold: how many rows, and whose."""
    records = [record.data for record in table_of(result)]
    return {r["says"]: (r["broken_rows"], r["tenants"]) for r in records if not r["held"]}


def with_one_blindspot_too_many(query: Query) -> Query:
    """The portfolio as if acme had been told of a blindspot without a document to search."""

    def lying(sql: str, tenant_home: Path | None, portfolio: Path) -> tuple[list[str], list[list[Any]]]:
        columns, rows = query(sql, tenant_home, portfolio)
        if "documents_searched" in sql and "verdict" in columns:
            mine = [row for row in rows if row[0] == "acme"]
            for row in mine[:1]:
                row[columns.index("without_corpus")] = True
        return columns, rows

    return lying


def test_all_checks_pass_for_sound_tenants_and_say_how_many_they_looked_at(swept: World) -> None:
    for result in made(swept):
        assert result.passed, result.description
        assert number(result, "tenants") == number(result, "tenants_looked_at") == 2
        assert number(result, "broken_rows") == 0 and faults(result) == {}
        records = [record.data for record in table_of(result)]
        assert records[0]["says"] == "the rows are there" and len(records) > 5


def test_what_passed_is_not_looked_at_again_until_it_changes(
    swept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made(swept)
    assert all(result.passed for result in first)
    swept.sweep()  # nothing is due
    looks: list[str] = []
    validate = ge.validate

    def counting(rules: Sequence[ge.Rule], columns: Sequence[str], rows: ge.Rows) -> list[ge.Outcome]:
        looks.extend({str(row[0]) for row in rows})
        return validate(rules, columns, rows)

    monkeypatch.setattr(ge, "validate", counting)
    monkeypatch.setattr(TenantStore, "numbers", lambda *_: pytest.fail("a store was opened"))
    for result in made(swept):
        assert result.passed and number(result, "unchanged") and number(result, "tenants") == 2
    assert looks == []
    monkeypatch.undo()
    monkeypatch.setattr(ge, "validate", counting)
    (source(swept, "beta") / FILE).write_text("# Another policy\n\nNothing of note.\n", encoding="utf-8")
    swept.sweep()
    assert all(result.passed and number(result, "tenants_looked_at") == 1 for result in made(swept))
    assert set(looks) == {"beta"}


def test_a_lost_or_older_memory_means_looking_again(swept: World, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "documents_are_sound"
    assert [number(r, "tenants_looked_at") for r in made(swept, name) + made(swept, name)] == [2, 0]
    memory = swept.settings().portfolio / "work" / "checked.json"
    memory.write_text("{", encoding="utf-8")
    assert [number(result, "tenants_looked_at") for result in made(swept, name)] == [2]
    stricter = checks.of_tables(soundness.EVIDENCE)  # other rules under the same name
    monkeypatch.setitem(checks._MADE, name, stricter)
    assert [number(result, "tenants_looked_at") for result in made(swept, name)] == [2]


def test_an_empty_corpus_shown_as_a_blindspot_fails_and_is_looked_at_until_it_is_gone(
    swept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("assessments_are_sound", ROWS_ARE_SOUND.name)
    with monkeypatch.context() as patched:
        patched.setattr(warehouse, "query", with_one_blindspot_too_many(warehouse.query))
        for looked_at in (2, 1):  # beta passed
            for result in made(swept, *names):
                assert not result.passed and result.severity is dg.AssetCheckSeverity.ERROR
                assert faults(result) == {"an empty corpus has no blindspots": (1, "acme")}
                assert number(result, "tenants_looked_at") == looked_at
    assert all(result.passed for result in made(swept, *names))


def test_pieces_that_a_store_lost_are_missed(swept: World) -> None:
    home = swept.settings().tenant_home("acme")
    [version] = {entry.version_id for entry in load_manifest(home).values()}
    TenantStore(home / "work" / "lance").drop_versions({version})
    for name, piece in (("chunks_are_sound", "chunk"), ("passages_are_sound", "passage")):
        [result] = made(swept, name)
        assert not result.passed
        assert faults(result)[f"a document that was read has {piece}s"] == (1, "acme")
    shutil.rmtree(home / "work")  # nothing at all is left of beside what the report tells
    [result] = made(swept, "chunks_are_sound")
    assert faults(result)["a document that was read has chunks"] == (1, "acme")


def test_work_that_is_ahead_of_its_report_is_no_fault_and_not_remembered(swept: World) -> None:
    (source(swept, "acme") / FILE).write_text("# Another policy\n\nNothing of note.\n", encoding="utf-8")
    manifest = swept.settings().tenant_home("acme") / "work" / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"version_id": "', '"version_id": "x'), "utf-8")
    for _ in range(2):
        [result] = made(swept, "passages_are_sound")
        assert result.passed and number(result, "tenants_looked_at") >= 1


def test_a_warning_is_no_error(two: World) -> None:
    for slug in ("acme", "beta"):
        (source(two, slug) / FILE).rename(source(two, slug) / "policy.pdf")
    two.sweep()
    [result] = made(two, "documents_are_sound")
    assert not result.passed and result.severity is dg.AssetCheckSeverity.WARN
    assert faults(result) == {"some document of a tenant could be read": (2, "acme, beta")}
    assert all(other.passed for other in made(two) if other.check_name != "documents_are_sound")


def test_a_check_that_cannot_be_made_fails(two: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for result in made(two):  # nothing is published
        assert not result.passed and "Could not look" in str(result.description)
    two.sweep()
    with monkeypatch.context() as patched:
        patched.setattr(ge, "_great_expectations", lambda: 1 / 0)
        for result in made(two):
            assert not result.passed and "ZeroDivisionError" in str(result.description)
    lance = two.settings().tenant_home("acme") / "work" / "lance"
    shutil.rmtree(lance)
    lance.write_text("in the way")
    for result in made(two, "chunks_are_sound", "passages_are_sound"):
        assert not result.passed
    (two.settings().portfolio / "published" / "radar.duckdb").write_bytes(b"damaged")
    for result in made(two):
        assert not result.passed and result.metadata["remedy"].value


def test_no_check_tells_a_word_of_a_document(two: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (source(two, "acme") / f"broken-{FILE}.pdf").write_bytes(b"%PDF-1.7 broken " + CANARY.encode())
    two.sweep()
    impossible = ge.among("it is somebody else's", ge.TENANT, ["nobody"])
    monkeypatch.setattr(checks, "all_rules", lambda rules, fewest: [impossible, *rules])
    for result in made(two):
        assert result.passed == (not number(result, "rows"))  # every row there is is broken
        for secret in (CANARY, TITLE, FILE):
            assert secret not in repr(result)


def test_tenants_are_looked_at_in_portions_and_none_is_left_out(
    swept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert checks.portions(["a", "b", "c", "d"], {"a": 30_000, "b": 20_000, "c": 60_000, "d": 1}) == [
        ["a", "b"],
        ["c"],
        ["d"],
    ]
    monkeypatch.setattr(checks, "BATCH_ROWS", 1)
    for result in made(swept, "documents_are_sound", "chunks_are_sound"):
        assert result.passed and number(result, "rows") == 2


def test_broken_rows_fail_the_run_and_keep_the_page_from_being_shown_as_new(
    two: World, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = two.environment()
    sync_partitions(instance, ["acme", "beta"])
    job = build_definitions(environment).resolve_job_def(NIGHTLY)

    def run() -> dg.ExecuteInProcessResult:
        return job.execute_in_process(
            instance=instance, tags=range_tags("acme", "acme"), raise_on_error=False
        )

    def materialised(result: dg.ExecuteInProcessResult) -> set[str]:
        return {
            e.asset_key.to_user_string() for e in result.get_asset_materialization_events() if e.asset_key
        }

    with monkeypatch.context() as patched:
        patched.setattr(warehouse, "query", with_one_blindspot_too_many(warehouse.query))
        result = run()
        # Nothing is due now, but rows that failed are looked at again until they are replaced or pass.
        assert not run().success
    assert not result.success
    assert "report_tables" in materialised(result) and "report_site" not in materialised(result)
    failed = {c.check_name for c in result.get_asset_check_evaluations() if not c.passed}
    assert failed == {"assessments_are_sound", "rows_are_sound"}
    assert run().success


def test_a_piece_that_is_not_in_its_text_keeps_tables_and_page_back(
    swept: World, instance: dg.DagsterInstance
) -> None:
    texts = Texts(swept.settings().tenant_home("acme") / "work" / "texts")
    [version] = texts.version_ids()
    text = texts.get(version)
    next(path for path in texts.root.rglob(f"{version}*") if path.is_file()).unlink()
    texts.put(version, "x" + text)  # every offset is one too small
    sync_partitions(instance, ["acme", "beta"])
    job = build_definitions(swept.environment()).resolve_job_def(NIGHTLY)
    result = job.execute_in_process(instance=instance, tags=range_tags("beta", "beta"), raise_on_error=False)
    told = {e.asset_key.to_user_string() for e in result.get_asset_materialization_events() if e.asset_key}
    assert not result.success and not told & {"report_tables", "report_site"}
    [failed] = [c for c in result.get_asset_check_evaluations() if not c.passed]
    assert failed.check_name == "citations_are_exact" and failed.blocking
    [outcome] = made(swept, "citations_are_exact")
    assert faults(outcome)["every chunk is literally in the text it names"] == (1, "acme")
    assert faults(outcome)["every quote is literally in the text it names"] == (1, "acme")


@pytest.mark.parametrize("store", ["texts", "lance"])
def test_a_tenant_whose_store_cannot_be_read_is_named_and_keeps_nobody_back(
    swept: World, instance: dg.DagsterInstance, store: str
) -> None:
    for path in (swept.settings().tenant_home("acme") / "work" / store).rglob("*"):
        if path.is_file():
            path.write_bytes(b"torn")
    sync_partitions(instance, ["acme", "beta"])
    job = build_definitions(swept.environment()).resolve_job_def(NIGHTLY)
    result = job.execute_in_process(instance=instance, tags=range_tags("beta", "beta"), raise_on_error=False)
    told = {e.asset_key.to_user_string() for e in result.get_asset_materialization_events() if e.asset_key}
    assert result.success and {"report_tables", "report_site"} <= told
    [outcome] = made(swept, "citations_are_exact")  # and it is looked at again until it can be read
    assert not outcome.passed and outcome.severity is dg.AssetCheckSeverity.WARN
    assert faults(outcome) == {"what is stored of a tenant can be read": (1, "acme")}
    assert number(outcome, "tenants_looked_at") == 1


def test_a_store_that_breaks_in_an_unforeseen_way_is_its_tenants_fault_alone(
    swept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = verify.tenant

    def breaking(folder: Path, settings: Settings) -> verify.Verified:
        if folder.name == "acme":
            raise OSError("torn")
        return real(folder, settings)

    monkeypatch.setattr(verify, "tenant", breaking)
    [outcome] = made(swept, "citations_are_exact")
    assert outcome.severity is dg.AssetCheckSeverity.WARN
    assert faults(outcome) == {"what is stored of a tenant can be read": (1, "acme")}


def test_checks_alone_look_at_every_tenant(swept: World, instance: dg.DagsterInstance) -> None:
    job = build_definitions(swept.environment()).resolve_implicit_global_asset_job_def()
    selected = [key for key in CHECKS if key not in BLOCKING]
    subset = job.get_subset(asset_check_selection=set(selected), asset_selection=set())
    result = subset.execute_in_process(instance=instance)
    evaluations = {c.check_name: c.passed for c in result.get_asset_check_evaluations()}
    assert evaluations == {key.name: True for key in selected}


def test_a_run_that_publishes_nothing_says_why_and_not_that_rows_are_missing(
    two: World, instance: dg.DagsterInstance
) -> None:
    for slug in ("acme", "beta"):
        lose_source(two, slug)
    sync_partitions(instance, ["acme", "beta"])
    job = build_definitions(two.environment()).resolve_job_def(NIGHTLY)
    result = job.execute_in_process(instance=instance, tags=range_tags("acme", "beta"), raise_on_error=False)
    [event] = [event for event in result.all_events if event.is_step_failure]
    assert event.step_failure_data.error is not None
    assert "acme (SourceUnreadableError in documents)" in event.step_failure_data.error.message
    assert not any(c.passed for c in result.get_asset_check_evaluations() if c.check_name in NAMES)


def test_a_rule_that_cannot_be_checked_did_not_hold() -> None:
    [outcome] = ge.validate([ge.between("it is small", "no_such_column", 0, 1)], ["tenant_id"], [["acme"]])
    assert not outcome.held and outcome.tenants == ()


def test_portions_of_rows_are_one_outcome_for_each_rule() -> None:
    bad, good = ge.Outcome("it is", False, 2, ("beta",)), ge.Outcome("it is", True, 0)
    assert ge.together([bad, good, ge.Outcome("it is", False, 1, ("acme", "beta"))]) == [
        ge.Outcome("it is", False, 3, ("acme", "beta"))
    ]
