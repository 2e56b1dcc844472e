"""The lists of the index: what moved, what is gravest, what could not be read, how the sweep went."""

from datetime import date

from index_builders import (
    NIGHTS,
    change,
    data,
    document,
    finding,
    held,
    requirement,
    score,
    sweep,
    tenant,
    unread,
    verdict,
)

from radar_pipeline.models import UnreadableReason
from radar_pipeline.report.site import words
from radar_pipeline.report.site.index.gaps import gaps
from radar_pipeline.report.site.index.grave import gravest
from radar_pipeline.report.site.index.health import health
from radar_pipeline.report.site.index.movers import movers, moves
from radar_pipeline.report.site.index.portfolio import IndexExtras, TenantFailure
from radar_pipeline.report.site.pages import render_index

# ── Movers ────────────────────────────────────────────────────────────────────────────────────


def moved(before, now, *changes, extras=None, **tables):
    rows = [held(before, 0, 2), held(now, 2)]
    made = data(
        extras,
        framework_scores=[now],
        framework_scores_history=rows,
        sweeps=[sweep(now["tenant_id"], n, now["framework_id"]) for n in range(3)],
        verdict_changes=changes,
        **tables,
    )
    return moves(made)


def test_a_move_is_against_the_publication_before_with_its_main_causes():
    changes = [change("a", "document_changed", "framework"), change("a", "document_changed")]
    changes += [change("a", "time"), change("a", "scope", "time"), change("a", "model", night=1)]
    move = moved(score("a", 60.0), score("a", 52.5), *changes)["a", "gdpr"]
    assert (move.before, move.now, move.delta, move.changed) == (60.0, 52.5, -7.5, 4)
    assert move.causes == ["a document changed (2)", "time passed (2)"]
    assert (move.as_of, move.before_as_of) == (date(2026, 11, 22), date(2026, 11, 21))


def test_changes_merged_by_cause_count_for_all_they_stand_for():
    merged = change("a", "document_changed", changes=7)
    move = moved(score("a", 60.0), score("a", 62.0), merged)["a", "gdpr"]
    assert move.changed == 7 and move.causes == ["a document changed (7)"]


def test_the_score_of_two_publications_ago_is_not_the_one_before():
    rows = [held(score("a", 10.0), 0, 1), held(score("a", 50.0), 1, 2), held(score("a", 51.0), 2)]
    made = data(
        framework_scores=[score("a", 51.0)],
        framework_scores_history=list(reversed(rows)),
        sweeps=[sweep("a", n) for n in (2, 0, 1)],
    )
    assert moves(made)["a", "gdpr"].before == 50.0


def test_a_first_report_and_one_without_history_move_nowhere():
    first = data(framework_scores=[score("a", 5.0)], sweeps=[sweep("a")])
    unknown = data(framework_scores=[score("a", 5.0)], sweeps=[sweep("a", 1), sweep("a", 2)])
    assert moves(first) == {} == moves(unknown)
    assert "No report has a predecessor yet" in render_index(first.tables)


def test_scores_of_different_formulas_are_not_subtracted():
    move = moved(score("a", 60.0), score("a", 70.0, formula="weighted-coverage@2"))["a", "gdpr"]
    assert move.delta is None and not movers({("a", "gdpr"): move}).any


def test_a_score_that_is_lost_is_told_and_is_no_fall_to_zero():
    found = movers(moved(score("a", 60.0), score("a", None)))
    assert [m.tenant for m in found.lost] == ["a"] and not found.down
    assert [m.tenant for m in movers(moved(score("a", None), score("a", 60.0))).back] == ["a"]


def test_movers_are_ordered_by_size_each_way():
    found = {}
    for slug, now in (("a", 51.0), ("b", 70.0), ("c", 49.0), ("d", 20.0), ("e", 50.04)):
        found |= moved(score(slug, 50.0), score(slug, now))
    made = movers(found)
    assert [m.tenant for m in made.up] == ["b", "a"] and [m.tenant for m in made.down] == ["d", "c"]


# ── The gravest ───────────────────────────────────────────────────────────────────────────────


def test_a_blindspot_of_several_tenants_is_one_entry():
    slugs = ("a", "b", "c", "d")
    made = data(
        framework_scores=[score(s, 50.0) for s in slugs],
        assessments=[verdict(s, "Art. 30(1)") for s in slugs[:3]],
        findings=[finding(s, "Art. 30(1)", first_seen_sweep=NIGHTS[n]) for n, s in enumerate(slugs[:3])],
        requirements=[requirement(s, "Art. 30(1)") for s in slugs],
        sweeps=[sweep(s, n) for s in slugs for n in range(3)],
    )
    (grave,) = gravest(made)
    assert (grave.ref, grave.title, grave.severity, grave.bound) == (
        "Art. 30(1)",
        "Title of Art. 30(1)",
        5,
        4,
    )
    assert [h.since for h in grave.holders] == [date(2026, 11, 20 + n) for n in range(3)]
    assert grave.since == date(2026, 11, 20) and grave.confidence == "86%"
    assert "3 of 4 organisations" in render_index(made.tables)


def test_the_gravest_come_by_severity_then_by_how_many_they_concern():
    def one(slug, ref, severity, given="not_addressed"):
        kind = "contradiction" if given == "contradicted" else "blindspot"
        return verdict(slug, ref, given), finding(slug, ref, kind, severity=severity)

    rows = [
        one("a", "Art. 9", 3),
        one("a", "Art. 10", 5),
        one("a", "Art. 2", 5),
        one("b", "Art. 2", 5),
        one("a", "Art. 12", 5, "contradicted"),
        one("b", "Art. 9", 3),
    ]
    made = data(
        framework_scores=[score("a", 1.0), score("b", 1.0)],
        assessments=[a for a, _ in rows],
        findings=[f for _, f in rows],
    )
    assert [g.ref for g in gravest(made)] == ["Art. 2", "Art. 12", "Art. 10", "Art. 9"]


def test_what_is_covered_set_aside_or_not_applicable_is_not_grave():
    made = data(
        framework_scores=[score("a", 1.0)],
        assessments=[
            verdict("a", "Art. 1", "covered"),
            verdict("a", "Art. 2", "not_assessed"),
            verdict("a", "Art. 3", applicability="not_applicable"),
            verdict("a", "Art. 4"),
        ],
        findings=[finding("a", "Art. 4", status="suppressed")],
    )
    assert gravest(made) == []


def test_a_range_of_confidence_and_the_need_of_a_person_are_told():
    made = data(
        framework_scores=[score("a", 1.0), score("b", 1.0)],
        assessments=[verdict("a", "Art. 1", confidence=0.7, needs_review=True), verdict("b", "Art. 1")],
    )
    (grave,) = gravest(made)
    assert grave.confidence == "70–86%" and grave.needs_review == 1
    assert [h.tenant for h in grave.holders] == ["b", "a"]


# ── Reading gaps and health ───────────────────────────────────────────────────────────────────


def test_unread_documents_are_counted_by_reason_and_mended_once():
    made = data(
        framework_scores=[score("a", 1.0), score("b", 1.0)],
        sweeps=[sweep("a", documents=7), sweep("b", documents=3)],
        documents=[
            *(unread("a", "encrypted", n) for n in range(2)),
            unread("a", "empty", 3),
            unread("b", "encrypted"),
            document("b", 2, overdue=True, review_by=date(2026, 5, 1)),
            document("b", 3),
        ],
    )
    found = gaps(made)
    first, second = found.tenants
    assert first.unreadable == [(2, "protected by a password"), (1, "without text")] and first.documents == 7
    assert (second.overdue, second.oldest) == (1, date(2026, 5, 1))
    assert [(m.documents, m.tenants) for m in found.mends] == [(3, 2), (1, 1)]
    assert found.mends[0].remedy == "Provide a copy without a password."


def test_a_picture_is_no_reading_gap():
    made = data(framework_scores=[score("a", 1.0)], documents=[unread("a", "not_text")])
    assert not gaps(made).any and gaps(made).mends == []


def test_an_empty_source_is_a_gap_and_not_a_clean_record():
    made = data(framework_scores=[score("a", None)], sweeps=[sweep("a", documents=0)])
    assert gaps(made).tenants[0].empty
    assert "its source held no document" in render_index(made.tables)


def test_a_failure_of_an_earlier_sweep_is_still_told_with_what_to_do():
    rows = [
        tenant("a", last_outcome="failed", failed_stage="documents", failure_reason="SourceUnreadableError")
    ]
    (failure,) = gaps(data(tenants=rows)).failures
    assert failure.message == "Its last sweep failed in stage documents (SourceUnreadableError)."
    assert "radar sweep --tenant a" in failure.remedy
    told = IndexExtras(failures=[TenantFailure("a", "It broke.", "Mend it.")])
    (failure,) = gaps(data(told, tenants=rows)).failures
    assert (failure.message, failure.remedy) == ("It broke.", "Mend it.")


def test_every_reason_has_words_after_a_number():
    assert set(words.UNREAD) == set(UnreadableReason)


def test_health_counts_how_each_tenants_last_sweep_ended():
    rows = [
        tenant("a"),
        tenant("b", last_outcome="unchanged"),
        tenant("c", last_outcome="never", last_sweep_id=None),
        tenant("d", last_outcome="unchanged"),
    ]
    sweeps = [sweep("a", 1, cost_usd=9.0), sweep("a", 2, cost_usd=1.25), sweep("a", 2, "soc2", cost_usd=0.25)]
    extras = IndexExtras(failures=[TenantFailure("d", "x", "y")])
    found = health(data(extras, tenants=rows, sweeps=sweeps, framework_scores=[score("a", 1.0)]))
    assert found.outcomes == [("published", 1), ("unchanged", 1), ("failed", 1), ("never", 1)]
    assert found.cost_usd == 1.5 and found.as_of == date(2026, 11, 22)
    assert f"{found.started:%Y-%m-%d %H:%M}" == "2026-11-22 01:00"


def test_health_does_without_the_table_of_tenants():
    extras = IndexExtras(tenant_names={"a": "A", "b": "B"})
    found = health(data(extras, sweeps=[sweep("a")], framework_scores=[score("a", 1.0)]))
    assert found.outcomes == [("published", 1), ("never", 1)]


def test_an_odd_sweep_id_has_no_moment():
    assert health(data(tenants=[tenant("a", last_sweep_id="by-hand")])).started is None
