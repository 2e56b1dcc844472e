"""A tenant's report tables: history, releases, publication."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from storage_builders import report, row

from radar_pipeline.errors import NewerStoreError, StoreError
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.ddl import VERSION
from radar_pipeline.storage.schema import TABLES, Life

S1, S2, S3 = "20261101T000000.000Z-aaaaaa", "20261102T000000.000Z-aaaaaa", "20261103T000000.000Z-aaaaaa"


def sql(path: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(path.resolve()), read_only=True) as con:
        return con.execute(query).fetchall()


def build(home: Path, rows, sweep: str, frameworks=("gdpr",), previous: Path | None = None):
    target = home / f"release-{sweep}-{len(list(home.glob('release-*')))}"
    return target / "radar.duckdb", warehouse.build_release(previous, target, rows, sweep, set(frameworks))


def test_rows_come_back_as_they_were_given(tmp_path):
    rows = report(S1)
    path, counts = build(tmp_path, rows, S1)
    current = warehouse.TenantReport.current(path)
    assert {name: len(found) for name, found in current.items()} == {
        t.name: len(rows[t.name]) for t in TABLES
    }
    for name, given in rows.items():
        assert sorted(current[name], key=str) == sorted(given, key=str)
    assert counts.written["assessments"] == 2
    assert not any(counts.closed.values())


def test_no_file_reads_as_no_rows(tmp_path):
    assert warehouse.TenantReport.current(tmp_path / "radar.duckdb") == {}


def test_the_same_rows_again_write_no_row(tmp_path):
    first, _ = build(tmp_path, report(S1), S1)
    again = report(S2)
    for name in ("finding_events", "verdict_changes", "sweeps"):
        again[name] = report(S1)[name]
    second, counts = build(tmp_path, again, S2, previous=first)
    assert not any(counts.written.values())
    assert not any(counts.closed.values())
    assert warehouse.rows_digest(first) == warehouse.rows_digest(second)


def test_a_changed_row_is_ended_and_its_successor_begins(tmp_path):
    rows = report(S1)
    first, _ = build(tmp_path, rows, S1)
    rows["assessments"][0]["verdict"] = "partial"
    second, counts = build(tmp_path, rows, S2, previous=first)
    assert (counts.written["assessments"], counts.closed["assessments"]) == (1, 1)
    key = rows["assessments"][0]["requirement_id"]
    spans = (
        "SELECT verdict, valid_from_sweep, valid_to_sweep FROM assessments_history WHERE requirement_id = "
    )
    found = sql(second, spans + f"'{key}' ORDER BY valid_from_sweep")
    assert found == [("verdict-gdpr:a", S1, S2), ("partial", S2, None)]


def test_a_null_that_becomes_a_value_is_a_change_and_a_null_that_stays_is_none(tmp_path):
    rows = report(S1)
    rows["assessments"][0]["reason"] = None
    first, _ = build(tmp_path, rows, S1)
    same, counts = build(tmp_path, rows, S2, previous=first)
    assert counts.written["assessments"] == 0
    rows["assessments"][0]["reason"] = "uncertain"
    _, counts = build(tmp_path, rows, S3, previous=same)
    assert counts.written["assessments"] == 1


def test_a_vanished_row_is_ended_not_deleted(tmp_path):
    first, _ = build(tmp_path, report(S1), S1)
    second, counts = build(tmp_path, report(S2, tags=("a",)), S2, previous=first)
    assert counts.closed["evidence"] == 1
    assert len(warehouse.TenantReport.current(second)["evidence"]) == 1
    assert sql(second, "SELECT count(*) FROM evidence_history") == [(2,)]


def test_a_framework_that_was_not_swept_is_untouched(tmp_path):
    first, _ = build(tmp_path, report(S1), S1)
    both, _ = build(tmp_path, report(S2, framework="hipaa"), S2, ("hipaa",), previous=first)
    current = warehouse.TenantReport.current(both)
    assert {r["framework_id"] for r in current["assessments"]} == {"gdpr", "hipaa"}
    assert {r["framework_id"] for r in current["search_results"]} == {"gdpr", "hipaa"}
    assert sql(both, "SELECT count(*) FROM assessments_history WHERE valid_to_sweep IS NOT NULL") == [(0,)]


def test_documents_and_findings_about_the_corpus_change_with_any_sweep(tmp_path):
    rows = report(S1)
    rows["findings"].append(row("findings", "stale", framework_id="", requirement_id=""))
    first, _ = build(tmp_path, rows, S1)
    second, counts = build(
        tmp_path, report(S2, tags=("b",), framework="hipaa"), S2, ("hipaa",), previous=first
    )
    assert counts.closed["documents"] == 1
    assert counts.closed["findings"] == 1
    assert [d["document_id"] for d in warehouse.TenantReport.current(second)["documents"]] == [
        "document_id-b"
    ]


def test_the_state_as_of_a_sweep_can_be_asked_for(tmp_path):
    rows = report(S1)
    first, _ = build(tmp_path, rows, S1)
    rows["assessments"][0]["verdict"] = "partial"
    second, _ = build(tmp_path, rows, S2, previous=first)
    third, _ = build(tmp_path, report(S3, tags=("b",)), S3, previous=second)
    counted = {
        s: sql(third, f"SELECT count(*), count(*) FILTER (verdict = 'partial') FROM assessments_as_of('{s}')")
        for s in (S1, S2, S3)
    }
    assert counted == {S1: [(2, 0)], S2: [(2, 1)], S3: [(1, 0)]}
    assert sql(third, "SELECT count(*) FROM assessments_as_of('2026')") == [(0,)]


def test_a_sweep_that_publishes_twice_leaves_no_momentary_row(tmp_path):
    rows = report(S1)
    first, _ = build(tmp_path, rows, S1)
    rows["assessments"][0]["verdict"] = "partial"
    second, _ = build(tmp_path, rows, S1, previous=first)
    assert sql(second, "SELECT count(*) FROM assessments_history") == [(2,)]
    assert sql(second, f"SELECT count(*) FROM assessments_as_of('{S1}') WHERE verdict = 'partial'") == [(1,)]


def test_an_overtaken_sweep_cannot_rewrite_history(tmp_path):
    first, _ = build(tmp_path, report(S2), S2)
    with pytest.raises(StoreError, match="later"):
        build(tmp_path, report(S1), S1, previous=first)


def test_events_are_only_added(tmp_path):
    first, _ = build(tmp_path, report(S1), S1)
    second, counts = build(tmp_path, report(S2), S2, previous=first)
    assert counts.written["verdict_changes"] == 2
    assert len(warehouse.TenantReport.current(second)["verdict_changes"]) == 4


def test_floats_are_rounded_once_so_noise_is_no_change(tmp_path):
    rows = report(S1)
    rows["assessments"][0]["confidence"] = 0.1 + 0.2
    first, _ = build(tmp_path, rows, S1)
    rows["assessments"][0]["confidence"] = 0.3
    rows["assessments"][1]["p_covered"] = 0.2500000001
    _, counts = build(tmp_path, rows, S2, previous=first)
    assert counts.written["assessments"] == 0


def test_not_a_number_is_stored_as_unknown(tmp_path):
    rows = report(S1)
    rows["assessments"][0]["confidence"] = float("nan")
    first, _ = build(tmp_path, rows, S1)
    _, counts = build(tmp_path, rows, S2, previous=first)
    assert counts.written["assessments"] == 0
    assert sql(first, "SELECT count(*) FROM assessments WHERE confidence IS NULL") == [(1,)]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda r: r["assessments"][0].pop("verdict"), "missing columns: verdict"),
        (lambda r: r["assessments"][0].update(secret=1), "unknown columns: secret"),
        (lambda r: r.update(nonsense=[]), "No such report table: nonsense"),
        (lambda r: r["evidence"].append(dict(r["evidence"][0])), "same key"),
        (lambda r: r["evidence"][0].update(evidence_id=None), "NULL"),
        (lambda r: r["evidence"][0].update(framework_id="hipaa"), "does not cover"),
        (lambda r: r["evidence"][0].update(page="Canary"), "not INTEGER"),
        (lambda r: r["evidence"][0].update(tenant_id="other"), "several tenants"),
    ],
)
def test_rows_that_do_not_fit_are_refused_by_name_and_never_quoted(tmp_path, spoil, message):
    rows = report(S1)
    spoil(rows)
    with pytest.raises(ValueError, match=message) as raised:
        build(tmp_path, rows, S1)
    assert "Canary" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_the_digest_ignores_order_clocks_and_run_ids_but_no_value(tmp_path):
    rows = report(S1)
    first, _ = build(tmp_path, rows, S1)
    other = report(S2)
    for found in other.values():
        found.reverse()
    other["sweeps"][0]["published_at"] = datetime(2027, 1, 1, tzinfo=UTC)
    second, _ = build(tmp_path, other, S2)
    assert warehouse.rows_digest(first) == warehouse.rows_digest(second)
    other["evidence"][0]["quote"] = "Another quote."
    third, _ = build(tmp_path, other, S2)
    assert warehouse.rows_digest(first) != warehouse.rows_digest(third)


def test_the_digest_tells_ended_rows_from_current_ones(tmp_path):
    first, _ = build(tmp_path, report(S1), S1)
    second, _ = build(tmp_path, report(S1, tags=("a",)), S2, previous=first)
    assert warehouse.rows_digest(first) != warehouse.rows_digest(second)


def test_every_table_view_column_and_macro_explains_itself(tmp_path):
    path, _ = build(tmp_path, report(S1), S1)
    snapshot = tmp_path / "snapshot.duckdb"
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{path}' AS a (READ_ONLY)")
        con.execute(f"ATTACH '{snapshot}' AS b")
        con.execute("COPY FROM DATABASE a TO b")
    for database in (path, snapshot):
        assert sql(database, "SELECT table_name FROM duckdb_tables() WHERE comment IS NULL") == []
        assert (
            sql(database, "SELECT view_name FROM duckdb_views() WHERE comment IS NULL AND NOT internal") == []
        )
        silent = "SELECT table_name, column_name FROM duckdb_columns() WHERE comment IS NULL AND NOT internal"
        assert sql(database, silent) == []
        macros = sql(database, "SELECT function_name, comment FROM duckdb_functions() WHERE NOT internal")
        assert len(macros) == sum(t.life is Life.HISTORY for t in TABLES)
    assert all(
        comment
        for _, comment in sql(
            path, "SELECT function_name, comment FROM duckdb_functions() WHERE NOT internal"
        )
    )


def test_every_current_view_is_there_as_parquet(tmp_path):
    path, _ = build(tmp_path, report(S1), S1)
    for table in TABLES:
        file = path.parent / "parquet" / f"{table.name}.parquet"
        found = duckdb.sql(f"SELECT * FROM '{file}'").to_arrow_table()
        assert found.column_names == [c.name for c in table.columns]
        assert found.num_rows == len(report(S1)[table.name])


def test_scores_are_recomputed_from_the_tables_beside_them(tmp_path):
    rows = report(S1, tags=("a", "b", "c", "d", "e", "f"))
    verdicts = ["covered", "partial", "contradicted", "not_addressed", "not_assessed", "covered"]
    weights = [5, 3, 2, 1, 1, 2]
    for r, a, verdict, weight in zip(
        rows["requirements"], rows["assessments"], verdicts, weights, strict=True
    ):
        r["importance"], a["verdict"], a["applicability"] = weight, verdict, "applicable"
    rows["assessments"][-1]["applicability"] = "not_applicable"
    path, _ = build(tmp_path, rows, S1)
    assert warehouse.recompute_scores(path) == [("gdpr", round(100 * (5 + 1.5) / 11, 6))]


@pytest.mark.parametrize(("unknown", "score"), [(1, 100.0), (2, None)])
def test_a_score_is_unknown_when_over_a_fifth_of_the_importance_is(tmp_path, unknown, score):
    rows = report(S1, tags=("a", "b", "c", "d", "e"))
    for i, (r, a) in enumerate(zip(rows["requirements"], rows["assessments"], strict=True)):
        r["importance"], a["applicability"] = 1, "applicable"
        a["verdict"] = "not_assessed" if i < unknown else "covered"
    path, _ = build(tmp_path, rows, S1)
    assert warehouse.recompute_scores(path) == [("gdpr", score)]


# ── Versions ──────────────────────────────────────────────────────────────────────────────────


def test_a_newer_database_is_refused_with_the_remedy(tmp_path):
    path, _ = build(tmp_path, report(S1), S1)
    with duckdb.connect(str(path)) as con:
        con.execute(f"UPDATE schema_version SET version = {VERSION + 1}")
    for attempt in (
        lambda: build(tmp_path, report(S2), S2, previous=path),
        lambda: warehouse.TenantReport.current(path),
        lambda: warehouse.rows_digest(path),
    ):
        with pytest.raises(NewerStoreError, match="Install the newer version"):
            attempt()


def test_a_damaged_database_is_a_store_error(tmp_path):
    (tmp_path / "radar.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError):
        warehouse.TenantReport.current(tmp_path / "radar.duckdb")
