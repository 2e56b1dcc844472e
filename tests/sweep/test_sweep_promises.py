"""What a sweep promises: proof, nothing lost, nothing spent twice, no failure shown as a verdict."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.models import Question, Tenant
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.texts import Texts
from radar_pipeline.sweep import watch
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import TenantUnchanged
from tests.support.world import (
    DUTIES,
    POLICY,
    PROCEDURE,
    UNRELATED,
    CountingEmbedder,
    ScriptedJudge,
    World,
)

FAILED = "not_assessed"


def scripted(environment: Environment) -> tuple[Environment, ScriptedJudge, CountingEmbedder]:
    judge, embedder = ScriptedJudge(environment.judge), CountingEmbedder(environment.embedder)
    return replace(environment, judge=judge, embedder=embedder), judge, embedder


class Watched:
    """Sweeps a world with a judge and an embedder that remember what they were asked."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.judge: ScriptedJudge
        self.embedder: CountingEmbedder

    def __call__(self, environment: Environment) -> Environment:
        environment, self.judge, self.embedder = scripted(environment)
        return environment


def test_every_requirement_of_a_first_sweep_is_accounted_for(world: World) -> None:
    world.tenant("acme")
    swept = world.sweep()
    assert swept.state == "succeeded"
    assert set(world.verdicts("acme")) == {ref for ref, *_ in DUTIES}
    assert world.verdicts("acme")["R1"] in ("covered", "partial")
    assert world.verdicts("acme")["R6"] == "not_addressed"


def test_every_stored_quote_is_literally_in_the_version_it_names(world: World) -> None:
    world.tenant("acme")
    world.sweep()
    evidence = world.report("acme")["evidence"]
    texts = Texts(world.home / "tenants" / "acme" / "work" / "texts")
    assert evidence
    for row in evidence:
        text = texts.get(row["version_id"])
        assert text[row["start_offset"] : row["end_offset"]] == row["quote"]


def test_every_published_score_can_be_recomputed_in_sql(world: World) -> None:
    world.tenant("acme")
    world.sweep()
    published = {r["framework_id"]: r["score"] for r in world.report("acme")["framework_scores"]}
    path = world.home / "tenants" / "acme" / "published" / "radar.duckdb"
    assert published and dict(warehouse.recompute_scores(path)) == pytest.approx(published)


def test_a_blindspot_shows_its_search(world: World) -> None:
    world.tenant("acme")
    world.sweep()
    report = world.report("acme")
    blind = [r for r in report["assessments"] if r["verdict"] == "not_addressed"]
    assert blind
    for row in blind:
        assert row["passages_searched"] > 0 and row["documents_searched"] == 2
        assert row["search_queries"][0].startswith(row["requirement_id"][:0])
        nearest = [r for r in report["search_results"] if r["requirement_id"] == row["requirement_id"]]
        assert nearest and nearest[0]["text"]


def test_an_unchanged_night_opens_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.tenant("acme")
    world.sweep()

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a table was opened or a document parsed")

    monkeypatch.setattr("radar_pipeline.storage.tenant_store.TenantStore.__init__", refuse)
    monkeypatch.setattr("radar_pipeline.ingest.isolate.ParserPool.parse", refuse)
    monkeypatch.setattr("radar_pipeline.storage.warehouse.TenantReport.current", refuse)
    watched = Watched(world)
    swept = world.sweep(change=watched)
    assert any(isinstance(e, TenantUnchanged) for e in swept.events)
    assert not watched.judge.asked and not watched.embedder.texts


def test_the_passing_of_a_day_makes_nothing_due_but_a_review_date_does(world: World) -> None:
    world.tenant("acme")
    world.sweep(as_of=date(2026, 11, 22))
    assert world.sweep(as_of=date(2026, 11, 23)).totals.get("unchanged") == 1
    watched = Watched(world)
    swept = world.sweep(as_of=date(2031, 2, 1), change=watched)
    assert swept.totals["published"] == 1 and not watched.judge.asked
    stale = [r for r in world.report("acme")["findings"] if r["kind"] == "stale"]
    assert [r["status"] for r in stale] == ["new"]


def test_one_changed_document_costs_only_what_it_touches(world: World) -> None:
    world.tenant("acme")
    world.sweep()
    world.write("acme", "procedure.md", PROCEDURE.replace("every 90 days", "every two years"))
    watched = Watched(world)
    swept = world.sweep(change=watched)
    assert swept.totals["parsed"] == 1
    assert 1 <= len(watched.embedder.texts) <= 2
    assert "R5" in watched.judge.asked


def test_an_unrelated_document_that_leaves_makes_nobody_judge_again(world: World) -> None:
    filler = {f"menu-{n}.md": UNRELATED.replace("lentil", f"soup{n}") for n in range(6)}
    world.tenant("acme", {"policy.md": POLICY * 3, "procedure.md": PROCEDURE, **filler})
    environment = {"candidates": 3}
    small = lambda e: replace(e, settings=e.settings.model_copy(update=environment))  # noqa: E731
    world.sweep(change=small)
    before = {r["requirement_id"]: r["judgement_key"] for r in world.report("acme")["assessments"]}
    (world.data / "corpus" / "acme" / "menu-0.md").unlink()
    watched = Watched(world)
    world.sweep(change=lambda e: watched(small(e)))
    after = {r["requirement_id"]: r["judgement_key"] for r in world.report("acme")["assessments"]}
    unchanged = {key for key in before if before[key] == after[key]}
    assert unchanged >= {"rules:R1", "rules:R2", "rules:R3", "rules:R4", "rules:R5"}
    assert not {f"rules:{ref}" for ref in watched.judge.asked} & unchanged


def test_a_document_that_leaves_and_returns_costs_nothing_anew(world: World) -> None:
    world.tenant("acme")
    world.sweep()
    (world.data / "corpus" / "acme" / "procedure.md").unlink()
    world.sweep()
    world.write("acme", "procedure.md", PROCEDURE)
    watched = Watched(world)
    swept = world.sweep(change=watched)
    assert swept.totals["published"] == 1
    assert watched.embedder.texts == [] and watched.judge.asked == []


def test_a_changed_verdict_says_why(world: World) -> None:
    world.tenant("acme")
    world.sweep()
    before = world.verdicts("acme")
    (world.data / "corpus" / "acme" / "policy.md").unlink()
    world.sweep()
    after = world.verdicts("acme")
    changed = {ref for ref in before if before[ref] != after[ref]}
    assert "R1" in changed
    changes = {
        r["requirement_id"].split(":")[1]: r["causes"] for r in world.report("acme")["verdict_changes"]
    }
    assert changes.keys() == changed
    assert "document_removed" in changes["R1"]


def test_a_failed_parse_is_never_a_blindspot(world: World) -> None:
    world.tenant("acme", {"policy.md": POLICY, "scan.pdf": b"%PDF-1.7 broken"})
    world.sweep()
    verdicts = world.verdicts("acme")
    assert "not_addressed" not in verdicts.values()
    row = next(r for r in world.report("acme")["assessments"] if r["requirement_id"] == "rules:R6")
    assert (row["verdict"], row["reason"]) == (FAILED, "unreadable_documents")
    assert row["suggested_verdict"] == "not_addressed"
    unreadable = [r for r in world.report("acme")["documents"] if not r["readable"]]
    assert [r["path"] for r in unreadable] == ["scan.pdf"] and unreadable[0]["reason"] == "malformed"
    assert [r["kind"] for r in world.report("acme")["findings"] if r["kind"] == "unreadable"] == [
        "unreadable"
    ]


def test_a_corpus_that_cannot_be_read_at_all_has_no_verdict_and_no_score(world: World) -> None:
    world.tenant("acme", {"empty.pdf": b"", "notes.md": b""})
    world.sweep()
    assert set(world.verdicts("acme").values()) == {FAILED}
    assert {r["reason"] for r in world.report("acme")["assessments"]} == {"unreadable_documents"}
    assert [r["score"] for r in world.report("acme")["framework_scores"]] == [None]


def test_an_empty_source_of_a_published_tenant_keeps_its_documents_and_verdicts(world: World) -> None:
    source = world.tenant("acme")
    world.sweep()
    before = world.verdicts("acme")
    for path in source.iterdir():
        path.unlink()
    assert world.sweep().state == "succeeded"
    assert all(r["missing_since"] for r in world.report("acme")["documents"])
    assert world.verdicts("acme") == before


def test_an_empty_source_of_a_tenant_never_published_is_a_mistake_to_mend(world: World) -> None:
    world.tenant("acme", {})
    swept = world.sweep()
    assert swept.state == "failed" and world.report("acme") == {}
    assert "no documents" in swept.failures[0].message and "tenants.yaml" in swept.failures[0].remedy


def test_a_source_that_cannot_be_listed_is_not_an_empty_one(world: World) -> None:
    source = world.tenant("acme")
    world.sweep()
    before = world.verdicts("acme")
    source.rename(source.with_name("elsewhere"))
    swept = world.sweep()
    assert swept.failures[0].reason == "SourceUnreadableError"
    assert world.verdicts("acme") == before
    source.with_name("elsewhere").rename(source)
    assert world.sweep().totals.get("unchanged") == 1


def test_a_crashing_judge_is_never_a_verdict_and_is_asked_again(world: World) -> None:
    world.tenant("acme")

    def fails(question: Question) -> bool:
        return question.requirement.ref in ("R1", "R6")

    world.sweep(change=lambda e: replace(e, judge=ScriptedJudge(e.judge, fails)))
    rows = {r["requirement_id"]: r for r in world.report("acme")["assessments"]}
    for ref in ("rules:R1", "rules:R6"):
        assert (rows[ref]["verdict"], rows[ref]["reason"]) == (FAILED, "judge_failed")
    watched = Watched(world)
    world.sweep(change=watched)
    assert sorted(watched.judge.asked) == ["R1", "R6"]
    assert world.verdicts("acme")["R6"] == "not_addressed"


def test_a_sweep_that_lost_its_lease_publishes_nothing(world: World) -> None:
    world.tenant("acme")
    world.sweep()
    before = world.verdicts("acme")
    world.write("acme", "policy.md", UNRELATED)
    operations = world.environment().operations

    def steals(_: Question) -> bool:
        for lease in operations.leases():
            operations.release_lease(lease)
            operations.acquire_lease("acme", "elsewhere:boot:1:1.00", "thief", 60, lambda _: True)
        return False

    swept = world.sweep(change=lambda e: replace(e, judge=ScriptedJudge(e.judge, steals)))
    assert [f.reason for f in swept.failures] == ["LeaseLostError"]
    assert world.verdicts("acme") == before
    assert [lease.sweep_id for lease in operations.leases()] == ["thief"]


def test_one_failing_tenant_leaves_the_others_published(world: World) -> None:
    world.tenant("acme")
    world.tenant("broken")
    world.tenant("corvid")
    (world.data / "corpus" / "broken").rename(world.data / "corpus" / "gone")
    swept = world.sweep()
    assert swept.state == "failed" and [f.tenant for f in swept.failures] == ["broken"]
    assert world.verdicts("acme") and world.verdicts("corvid") and not world.report("broken")
    states = {s.tenant_id: s.last_stage for s in world.environment().operations.tenant_states()}
    assert states["broken"] is not None and states["broken"].state == "failed"
    index = (world.home / "portfolio" / "published" / "index.html").read_text()
    assert "broken" in index.lower()


def test_a_tenant_whose_inputs_nobody_can_tell_costs_the_others_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for slug in ("acme", "beta"):
        world.tenant(slug)
    inner = watch.input_key

    def broken(environment: Environment, tenant: Tenant) -> str:
        if tenant.slug == "acme":
            raise RuntimeError("a defect of ours")
        return inner(environment, tenant)

    monkeypatch.setattr(watch, "input_key", broken)
    swept = world.sweep()
    assert [failure.tenant for failure in swept.failures] == ["acme"]
    assert swept.totals["published"] == 1 and world.verdicts("beta")["R1"] == "covered"


def test_a_sweep_of_one_framework_leaves_the_other_alone(world: World) -> None:
    world.framework(DUTIES[:3], name="other")
    world.tenant("acme", frameworks=[{"id": "rules"}, {"id": "other"}])
    world.sweep(frameworks=("other",))
    assert {r["framework_id"] for r in world.report("acme")["assessments"]} == {"other"}
    world.sweep()
    assert {r["framework_id"] for r in world.report("acme")["assessments"]} == {"other", "rules"}


def test_what_does_not_apply_is_not_searched_for(world: World) -> None:
    world.tenant("acme", frameworks=[{"id": "rules", "not_applicable": [{"ref": "R6", "why": "No drones."}]}])
    watched = Watched(world)
    world.sweep(change=watched)
    assert "R6" not in watched.judge.asked
    row = next(r for r in world.report("acme")["assessments"] if r["requirement_id"] == "rules:R6")
    assert (row["applicability"], row["not_applicable_why"]) == ("not_applicable", "No drones.")
    assert world.report("acme")["framework_scores"][0]["not_applicable"] == 1


def test_a_mistyped_exemption_is_refused(world: World) -> None:
    world.tenant("acme", frameworks=[{"id": "rules", "not_applicable": [{"ref": "R99", "why": "Typo."}]}])
    swept = world.sweep()
    assert "R99" in swept.failures[0].message


@pytest.mark.parametrize(
    ("tenants", "frameworks", "error"),
    [
        (("nobody",), (), UnknownNameError),
        (("../acme",), (), ConfigurationError),
        ((), ("nope",), ConfigurationError),
    ],
)
def test_a_wrong_name_is_refused_before_anything_is_written(
    world: World, tenants: tuple[str, ...], frameworks: tuple[str, ...], error: type[Exception]
) -> None:
    world.tenant("acme")
    with pytest.raises(error):
        world.sweep(*tenants, frameworks=frameworks)
    assert not world.environment().operations.sweeps()


def test_no_tenants_text_reaches_another_tenant_or_the_portfolio(world: World) -> None:
    canaries = {"acme": "Zebrafish lanterns hum at dusk.", "borealis": "Quartz otters fold the maps."}
    for slug, canary in canaries.items():
        world.tenant(slug, {f"{slug}-policy.md": f"{POLICY}\n\n{canary}\n"})
    world.sweep()
    for slug, canary in canaries.items():
        own = world.home / "tenants" / slug
        assert any(canary.encode() in p.read_bytes() for p in own.rglob("*") if p.is_file())
        for path in world.home.rglob("*"):
            if path.is_file() and own not in path.parents:
                data = path.read_bytes()
                assert canary.encode() not in data, path
                assert f"{slug}-policy.md".encode() not in data, path


def test_the_ledger_and_the_failures_hold_no_tenants_text(world: World) -> None:
    world.tenant("acme", {"secret-merger-plan.md": POLICY})
    world.sweep()
    operations = world.environment().operations
    sweep_id = operations.sweeps()[0].sweep_id
    told = json.dumps([str(s) for s in operations.stages(sweep_id)])
    assert "secret-merger-plan" not in told and "privacy training" not in told
