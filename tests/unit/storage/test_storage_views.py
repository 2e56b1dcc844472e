"""The views: their contract, and their answers on rows made for it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from storage_builders import report, row

from radar_pipeline import ids
from radar_pipeline.storage import ddl, warehouse
from radar_pipeline.storage.prompts_views import PROMPTS_VIEWS
from radar_pipeline.storage.views import VIEWS, views

S1, S2, S3 = "20261101T000000.000Z-aaaaaa", "20261102T000000.000Z-aaaaaa", "20261103T000000.000Z-aaaaaa"
AS_OF = {S1: date(2026, 11, 1), S2: date(2026, 11, 2), S3: date(2026, 11, 3)}
# Digest of all definitions, by version: a client may rely on a version having the views it had.
DEFINITIONS = {
    3: "bfa22ab9f3479022",
    4: "297534a846064384",
    5: "c2d340c0da5d69ff",
    6: "a6c1f868c3ced247",
    7: "0e9df754beeb045d",
}


def duty(tag: str) -> str:
    return f"requirement_id-gdpr:{tag}"


def definitions() -> str:
    kept = []
    for shared in (False, True):
        kept += [f"{view.name}: {view.select(shared=shared)}" for view in views(shared=shared)]
    return ids.digest(*kept, length=16)


def publication(sweep: str, tags: tuple[str, ...] = ("a", "b"), **verdicts: str) -> dict[str, list[dict]]:
    """One publication of gdpr: requirements by tag, with their verdicts."""
    rows = report(sweep, tags=tags)
    for name in ("search_results", "evidence", "findings", "finding_events", "verdict_changes", "documents"):
        rows[name] = []
    for each in rows["assessments"]:
        each |= {
            "verdict": verdicts.get(each["requirement_id"][-1], "covered"),
            "applicability": "applicable",
        }
    rows["sweeps"][0] |= {"as_of": AS_OF[sweep], "published_at": datetime(2026, 11, 1, tzinfo=UTC)}
    return rows


def finding(tag: str, kind: str, severity: int, **given: Any) -> dict[str, Any]:
    own = {"requirement_id": duty(tag), "kind": kind, "severity": severity, "status": "persisting"}
    return row("findings", f"{tag}-{kind}", **own, element_id="", first_seen_sweep=S1) | given


class Report:
    """A tenant's report over several publications."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0

    def add(self, sweep: str, rows: dict[str, list[dict]]) -> "Report":
        previous = self.folder / str(self.count)
        self.count += 1
        warehouse.build_release(previous, self.folder / str(self.count), rows, sweep, {"gdpr"})
        return self

    def view(self, name: str) -> list[dict[str, Any]]:
        return warehouse.TenantReport.view(self.folder / str(self.count), name)


@pytest.fixture
def made(tmp_path):
    return Report(tmp_path)


@pytest.mark.parametrize("shared", [False, True])
def test_the_views_have_the_columns_types_and_comments_they_promise(tmp_path, shared):
    if shared:
        warehouse.load_portfolio(tmp_path, {}, tmp_path / "tenants", [])
    else:
        warehouse.build_release(None, tmp_path / "published", report(S1), S1, {"gdpr"})
    # Attached under another name, and not in use: as a client with several files does.
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{tmp_path / 'published' / 'radar.duckdb'}' AS mine (READ_ONLY)")
        for view in views(shared=shared):
            con.execute(f"SELECT * FROM mine.{view.name}").fetchall()
            found = con.execute(
                "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = ? "
                "ORDER BY column_index",
                [view.name],
            ).fetchall()
            columns = view.shown(shared=shared)
            types = [c.type.replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE") for c in columns]
            wanted = [(c.name, t, c.comment) for c, t in zip(columns, types, strict=True)]
            assert found == wanted
        told = con.execute("SELECT view_name, comment FROM duckdb_views() WHERE NOT internal").fetchall()
        assert {v.name: v.comment for v in views(shared=shared)}.items() <= dict(told).items()


def test_a_changed_definition_comes_with_a_new_version():
    assert definitions() == DEFINITIONS.get(ddl.VERSION), (
        "A view changed. Databases are given new views by a migration: if this version was released, step "
        "ddl.VERSION up (with a step, maybe empty, in migrations/warehouse.py); then pin the new digest."
    )


def test_an_unknown_view_is_refused(made):
    made.add(S1, publication(S1))
    with pytest.raises(ValueError, match="no view movers"):
        made.view("movers")
    assert warehouse.TenantReport.view(made.folder / "nothing", "trend") == []


def test_blindspots_come_gravest_first_and_contradictions_before_gaps(made):
    verdicts = {"a": "not_addressed", "b": "contradicted", "c": "not_addressed", "d": "partial"}
    rows = publication(S1, tuple("abcde"), **verdicts)
    rows["findings"] = [
        finding("a", "blindspot", 3),
        finding("b", "contradiction", 3),
        finding("b", "gap", 5),
        finding("c", "blindspot", 5),
        finding("d", "gap", 5),
        finding("e", "blindspot", 5, status="resolved"),
    ]
    found = made.add(S1, rows).view("current_blindspots")
    assert [(r["requirement_id"], r["severity"]) for r in found] == [
        (duty("c"), 5),
        (duty("b"), 3),
        (duty("a"), 3),
    ]
    assert found[0]["title"] == "title-gdpr:c" and found[0]["advice"]


def test_what_does_not_apply_is_no_blindspot(made):
    rows = publication(S1, a="not_addressed")
    rows["assessments"][0]["applicability"] = "not_applicable"
    assert made.add(S1, rows).view("current_blindspots") == []


def test_a_blindspot_tells_its_age_in_publications_and_in_days(made):
    for sweep in (S1, S2, S3):
        rows = publication(sweep, a="not_addressed", b="not_addressed")
        rows["findings"] = [finding("a", "blindspot", 3), finding("b", "blindspot", 2, first_seen_sweep=S3)]
        made.add(sweep, rows)
    old, new = made.view("current_blindspots")
    assert (old["age_sweeps"], new["age_sweeps"]) == (3, 1)
    assert old["first_seen_on"] == AS_OF[S1]
    assert old["age_days"] - new["age_days"] == 2 and old["age_days"] >= 0
    assert old["age_days"] in [(datetime.now(UTC).date() + timedelta(d) - AS_OF[S1]).days for d in (-1, 0, 1)]


def test_the_trend_has_every_publication_and_what_it_gained(made):
    for sweep, score, formula in ((S1, 50.0, "1"), (S2, 50.0, "1"), (S3, 62.5, "1")):
        rows = publication(sweep)
        rows["framework_scores"][0] |= {"score": score, "formula": formula}
        rows["verdict_changes"] = [row("verdict_changes", "gdpr:a", sweep_id=S3)] if sweep == S3 else []
        made.add(sweep, rows)
    found = made.view("trend")
    assert [(r["sweep_id"], r["score"], r["delta"], r["verdict_changes"]) for r in found] == [
        (S1, 50.0, None, 0),
        (S2, 50.0, 0.0, 0),
        (S3, 62.5, 12.5, 1),
    ]
    assert (found[2]["previous_sweep_id"], found[2]["previous_as_of"]) == (S2, AS_OF[S2])


@pytest.mark.parametrize("change", [{"formula": "2"}, {"score": None}])
def test_scores_that_cannot_be_compared_have_no_delta(made, change):
    for sweep, more in ((S1, {}), (S2, change)):
        rows = publication(sweep)
        rows["framework_scores"][0] |= {"score": 50.0, "formula": "1"} | more
        made.add(sweep, rows)
    assert [r["delta"] for r in made.view("trend")] == [None, None]


def test_a_finding_is_shown_with_its_quotes_and_a_blindspot_with_what_came_near(made):
    rows = publication(S1, tuple("abc"), a="not_addressed", b="contradicted", c="partial")
    gap = finding("c", "gap", 2, element_id="deadline-1")
    rows["findings"] = [finding("a", "blindspot", 5), finding("b", "contradiction", 4), gap]
    rows["evidence"] = [
        row("evidence", "e1", requirement_id=duty("b"), stance="contradicts"),
        row("evidence", "e2", requirement_id=duty("c"), element_ids=["deadline-1"]),
    ]
    rows["search_results"] = [
        row("search_results", "x", requirement_id=duty(tag), rank=rank) for tag in "abc" for rank in (2, 1)
    ]
    found = made.add(S1, rows).view("finding_evidence")
    shown = [(r["requirement_id"][-1], r["proof"], r["rank"], r["of_element"]) for r in found]
    assert shown == [
        ("a", "nearest", 1, True),
        ("a", "nearest", 2, True),
        ("b", "quote", None, True),
        ("c", "quote", None, True),
        ("c", "nearest", 1, False),
        ("c", "nearest", 2, False),
    ]
    assert all(r["text"] and r["text_hash"] and r["path"] for r in found)
    assert found[2]["stance"] == "contradicts" and found[2]["text_hash"] == "quote_hash-e1"


def test_a_conflict_is_proved_by_its_two_sides_and_they_prove_nothing_else(made):
    rows = publication(S1, ("a",), a="contradicted")
    rows["findings"] = [finding("a", "contradiction", 4), finding("a", "conflict", 3)]
    stances = {"e1": "contradicts", "e2": "conflicts", "e3": "conflicts"}
    rows["evidence"] = [
        row("evidence", name, requirement_id=duty("a"), stance=stance) for name, stance in stances.items()
    ]
    found = made.add(S1, rows).view("finding_evidence")
    assert sorted((r["kind"], r["text_hash"][-2:]) for r in found) == [
        ("conflict", "e2"),
        ("conflict", "e3"),
        ("contradiction", "e1"),
    ]


def test_a_change_names_the_requirement_as_it_was_and_documents_that_are_gone(made):
    first = publication(S1)
    first["documents"] = [row("documents", "gone", path="gone.md"), row("documents", "kept", path="kept.md")]
    made.add(S1, first)
    second = publication(S2)
    second["documents"] = [row("documents", "kept", path="kept.md")]
    second["verdict_changes"] = [
        row("verdict_changes", "gdpr:a", sweep_id=S2, document_ids=["document_id-gone"], from_verdict=None)
    ]
    made.add(S2, second)
    third = publication(S3, ("b",))  # the catalog dropped gdpr:a
    third["verdict_changes"] = [
        row("verdict_changes", "gdpr:a", sweep_id=S3, document_ids=[], to_verdict=None)
    ]
    made.add(S3, third)
    newest, oldest = made.view("change_log")
    assert (newest["sweep_id"], newest["document_paths"]) == (S3, [])
    assert newest["title"] == "title-gdpr:a", "a requirement that was dropped is not nameless"
    assert (oldest["title"], oldest["document_paths"]) == ("title-gdpr:a", ["gone.md"])
    assert (oldest["as_of"], oldest["from_verdict"]) == (AS_OF[S2], None)


def test_a_document_is_stale_by_the_date_of_the_last_sweep_or_unreadable(made):
    rows = publication(S1)
    due = {"review_by": date(2026, 10, 1), "readable": True, "overdue": True, "needs_ocr": False}
    rows["documents"] = [
        row("documents", "locked", readable=False, overdue=False, review_by=None, needs_ocr=False),
        row("documents", "old", **due),
        row("documents", "scan", readable=True, overdue=False, review_by=None, needs_ocr=True),
        row("documents", "fine", readable=True, overdue=False, needs_ocr=False),
    ]
    rows["evidence"] = [
        row("evidence", f"e{n}", requirement_id=duty(tag), document_id="document_id-old")
        for n, tag in enumerate("aab")
    ]
    found = made.add(S1, rows).view("stale_documents")
    assert [(r["document_id"], r["why"], r["days_overdue"], r["requirements_citing"]) for r in found] == [
        ("document_id-old", "overdue", 31, 2),
        ("document_id-locked", "unreadable", None, 0),
        ("document_id-scan", "unreadable", None, 0),
    ]


def test_health_counts_what_applies_and_the_last_publication_only(made):
    made.add(S1, publication(S1))
    rows = publication(S2, tuple("abcd"), a="not_assessed")
    for each in rows["assessments"]:
        each["needs_review"] = each["requirement_id"].endswith("b")
    rows["assessments"][3] |= {"applicability": "not_applicable", "verdict": "not_assessed"}
    rows["sweeps"][0] |= {"documents": 7, "unreadable": 1, "judged": 2, "reused": 1, "cost_usd": 0.5}
    (found,) = made.add(S2, rows).view("sweep_health")
    names = ("as_of", "documents", "unreadable", "frameworks", "requirements", "judged", "reused", "cost_usd")
    assert [found[name] for name in names] == [AS_OF[S2], 7, 1, 1, 3, 2, 1, 0.5]
    assert (found["not_assessed_share"], found["needs_review_share"]) == (0.333333, 0.333333)
    assert "last_outcome" not in found, "a tenant's own report cannot know it"


def test_the_largest_move_comes_first_and_a_first_publication_is_none(tmp_path):
    scores = {"acme": (50.0, 55.0), "globex": (80.0, 40.0), "initech": (10.0,)}
    published = {}
    for tenant, given in scores.items():
        home = tmp_path / "tenants" / tenant
        for sweep, score in zip((S1, S2), given, strict=False):
            rows = report(sweep, tenant=tenant)
            rows["framework_scores"][0]["score"] = score
            warehouse.build_release(home / "published", home / "staged", rows, sweep, {"gdpr"})
            warehouse.publish(home, sweep, home / "staged")
            published[tenant] = sweep
    warehouse.load_portfolio(tmp_path / "portfolio", published, tmp_path / "tenants")
    found = warehouse.TenantReport.view(tmp_path / "portfolio" / "published", "movers")
    moves = [(r["tenant_id"], r["previous_score"], r["score"], r["delta"]) for r in found]
    assert moves == [("globex", 80.0, 40.0, -40.0), ("acme", 50.0, 55.0, 5.0)]


def test_every_view_names_a_tenant_and_describes_itself():
    for view in VIEWS:
        names = {f.column.name for f in view.fields}
        assert view.comment.endswith(".") and len(names) == len(view.fields)
        assert "tenant_id" in names or view in PROMPTS_VIEWS
