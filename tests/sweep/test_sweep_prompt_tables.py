"""The tables of prompts: made from files, runs and opinions, made again when these change, and never in the
way of a night."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.console import erasing
from radar_pipeline.defs import partitions
from radar_pipeline.evals import lives, runs
from radar_pipeline.evals.values import LOCAL, Run, Subject
from radar_pipeline.prompts import perf
from radar_pipeline.storage import portfolio as storage
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.files import remove_tree
from radar_pipeline.storage.mirror import MirrorRows
from radar_pipeline.storage.operations.records import Opinion
from radar_pipeline.sweep import experimenting, portfolio, prompt_tables
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.tenancy import erase
from tests.support import feeding, prompting
from tests.support.evaluations import case, run, subject
from tests.support.world import World

NOW = datetime(2026, 11, 29, 4, tzinfo=UTC)
RIGHT, HALF = ["covered"] * 40, ["covered", "partial"] * 20


class Bench:
    """A world that was swept, with a small folder of prompts, at a moment that tests choose."""

    def __init__(self, world: World, prompts: Path) -> None:
        self.world, self.prompts, self.now = world, prompts, NOW
        self.opened: list[Environment] = []

    @property
    def environment(self) -> Environment:
        if not self.opened:
            made = self.world.environment(prompts=self.prompts)
            self.opened.append(replace(made, clock=lambda: self.now))
        return self.opened[0]

    def subject(self, version: str = "1.0.0") -> Subject:
        made = prompting.probe(self.prompts, version)
        return subject(version, made.name, made.sha)

    def save(self, made: Run) -> Run:
        runs.save(self.world.home, made)
        return made

    def changed(self) -> set[str]:
        """The tables that would be computed now."""
        shown = storage.shown(self.environment.settings.portfolio)
        return set(prompt_tables.gather(self.environment, shown).tables)

    def ask(self, sql: str) -> list[list[Any]]:
        return warehouse.query(sql, None, self.environment.settings.portfolio)[1]

    def files(self) -> dict[str, int]:
        paths = (p for p in self.world.home.rglob("*") if "sqlite" not in p.name)
        return {str(p): p.stat().st_mtime_ns for p in paths}


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return feeding.swept_world(tmp_path_factory.mktemp("swept"), "acme", "beta")


@pytest.fixture
def bench(swept: Path, tmp_path: Path) -> Iterator[Bench]:
    prompts = tmp_path / "prompts"
    prompting.write(prompts)
    prompting.locked(prompts)
    made = Bench(feeding.copy_of(swept, tmp_path), prompts)
    yield made
    made.environment.operations.close()


def test_a_version_is_in_the_registry_before_anybody_evaluated_it(bench: Bench) -> None:
    assert portfolio.publish_evaluations(bench.environment)
    columns = "prompt_key, status, evaluation, accuracy, n, owner, route"
    assert bench.ask(f"SELECT {columns} FROM prompt_versions") == [
        ["probe@1.0.0", "active", "not evaluated", None, None, "the tests", "judge"]
    ]
    (history,) = bench.ask("SELECT status_history FROM prompt_versions")[0]
    assert [line.split(" #")[0] for line in history] == ["2026-11-29T04:00:00Z active"]


def test_what_did_not_change_is_not_computed_and_not_a_byte_is_written(bench: Bench) -> None:
    bench.save(run(bench.subject(), RIGHT))
    portfolio.publish(bench.environment, {})
    before = bench.files()
    bench.now += timedelta(days=1)
    assert bench.changed() == set()
    assert portfolio.publish_evaluations(bench.environment) == {}
    assert portfolio.publish(bench.environment, {}) == {}
    assert bench.files() == before


def test_a_run_brings_its_scores_its_cases_and_the_record(bench: Bench) -> None:
    portfolio.publish_evaluations(bench.environment)
    bench.save(run(bench.subject(), HALF))
    assert portfolio.publish_evaluations(bench.environment)
    assert bench.ask("SELECT value FROM prompt_scores_now WHERE metric = 'verdict_match'") == [[0.5]]
    assert bench.ask("SELECT count(*) FROM prompt_failing_cases") == [[20]]
    assert bench.ask("SELECT metric, active, gate_passed FROM prompt_comparison") == [["*", "", True]]
    ((accuracy, n, said),) = bench.ask("SELECT accuracy, n, evaluation FROM prompt_versions")
    assert (accuracy, n) == (0.5, 40) and said.startswith("accuracy 0.50 (")


def test_a_simulated_run_is_marked_and_never_a_record(bench: Bench) -> None:
    bench.save(run(bench.subject(), HALF, simulated=True))
    portfolio.publish_evaluations(bench.environment)
    assert bench.ask("SELECT DISTINCT simulated FROM prompt_eval_scores") == [[True]]
    assert bench.ask("SELECT evaluation, accuracy FROM prompt_versions") == [["not evaluated", None]]
    bench.save(run(bench.subject(), RIGHT))
    bench.save(run(bench.subject(), HALF, simulated=True, at=NOW))
    portfolio.publish_evaluations(bench.environment)
    assert bench.ask("SELECT accuracy FROM prompt_versions") == [[1.0]], "the live one, though it is older"


def test_a_run_that_was_cut_short_is_no_record_and_the_one_before_stays(bench: Bench) -> None:
    bench.save(run(bench.subject(), RIGHT))
    bench.save(run(bench.subject(), HALF[:5], at=NOW, unasked=35))
    portfolio.publish_evaluations(bench.environment)
    assert bench.ask("SELECT accuracy, n FROM prompt_versions") == [[1.0, 40]]


def test_without_a_run_the_file_beside_the_version_is_the_record(bench: Bench) -> None:
    made = prompting.probe(bench.prompts)
    perf.write(bench.prompts, made, prompting.performance(made))
    portfolio.publish_evaluations(bench.environment)
    assert bench.ask("SELECT accuracy, dataset, CAST(evaluated_on AS VARCHAR) FROM prompt_versions") == [
        [0.81, "0123456789abcdef", "2026-11-30"]
    ]
    (bench.prompts / "judge/probe/1.0.0.perf.json").write_text("{}")
    assert portfolio.publish_evaluations(bench.environment)
    assert bench.ask("SELECT evaluation FROM prompt_versions") == [["not evaluated"]]


def test_a_draft_stands_beside_the_active_version_with_the_gates_word(bench: Bench) -> None:
    prompting.write(bench.prompts, "1.1.0", ("Quote literally.", "Be quick."), status="draft")
    bench.save(run(bench.subject(), RIGHT))
    bench.save(run(bench.subject("1.1.0"), HALF, at=NOW))
    portfolio.publish_evaluations(bench.environment)
    found = bench.ask(
        "SELECT candidate, active, difference, gate_passed FROM prompt_comparison "
        "WHERE metric = 'verdict_match'"
    )
    assert found == [[bench.subject("1.1.0").ref, bench.subject().ref, -0.5, False]]
    ((says,),) = bench.ask("SELECT DISTINCT gate_says FROM prompt_comparison WHERE active <> ''")
    assert says.startswith("probe@1.1.0 is blocked")


def test_a_draft_whose_active_version_was_not_evaluated_is_not_let_through(bench: Bench) -> None:
    prompting.write(bench.prompts, "1.1.0", ("Quote literally.", "Be quick."), status="draft")
    bench.save(run(bench.subject(), RIGHT, simulated=True))
    bench.save(run(bench.subject("1.1.0"), RIGHT, at=NOW))
    portfolio.publish_evaluations(bench.environment)
    live = bench.ask("SELECT gate_passed, gate_says FROM prompt_comparison WHERE NOT simulated")
    assert [row[0] for row in live] == [None] and "was not evaluated" in live[0][1]


def test_scores_of_earlier_runs_stay_and_cases_are_those_of_the_newest(bench: Bench) -> None:
    bench.save(run(bench.subject(), HALF))
    portfolio.publish_evaluations(bench.environment)
    newer = bench.save(run(bench.subject(), RIGHT, at=NOW))
    portfolio.publish_evaluations(bench.environment)
    over_time = "SELECT value FROM prompt_eval_scores WHERE metric = 'verdict_match' ORDER BY evaluated_at"
    assert bench.ask(over_time) == [[0.5], [1.0]]
    assert bench.ask("SELECT DISTINCT run_id FROM prompt_eval_results") == [[newer.run_id]]


def test_scores_taken_from_the_portfolio_are_those_that_would_be_computed(bench: Bench) -> None:
    bench.save(run(bench.subject(), HALF))
    portfolio.publish_evaluations(bench.environment)
    bench.save(run(bench.subject(), RIGHT, at=NOW))
    reused = prompt_tables.gather(bench.environment, storage.shown(bench.environment.settings.portfolio))
    anew = prompt_tables.gather(bench.environment, None)
    assert reused.digests().items() <= anew.digests().items()
    assert "prompt_eval_scores" in reused.tables


def test_a_lost_portfolio_is_made_again_from_files_runs_and_opinions(bench: Bench) -> None:
    bench.save(run(bench.subject(), HALF))
    portfolio.publish_evaluations(bench.environment)
    tables = (
        "SELECT * EXCLUDE (prompt_ref) FROM prompt_versions",
        "SELECT * FROM prompt_eval_scores ORDER BY ALL",
    )
    before = [bench.ask(sql) for sql in tables]
    bench.now += timedelta(days=3)
    for path in ("work/radar.duckdb", "published/portfolio.json"):
        (bench.environment.settings.portfolio / path).unlink()
    portfolio.publish(bench.environment, {})
    assert [bench.ask(sql) for sql in tables] == before


def test_a_work_file_that_is_lost_alone_takes_no_row_with_it(bench: Bench) -> None:
    portfolio.publish_evaluations(bench.environment)
    (bench.environment.settings.portfolio / "work" / "radar.duckdb").unlink()
    assert "prompt_versions" in bench.changed()


def test_a_changed_status_is_noted_once_with_its_moment(bench: Bench) -> None:
    portfolio.publish_evaluations(bench.environment)
    bench.now += timedelta(days=1)
    prompting.write(bench.prompts, status="deprecated")
    portfolio.publish_evaluations(bench.environment)
    ((history,),) = bench.ask("SELECT status_history FROM prompt_versions")
    assert [line[:-14] for line in history] == [
        "2026-11-29T04:00:00Z active",
        "2026-11-30T04:00:00Z deprecated",
    ]


def test_a_broken_version_keeps_nobody_elses_row_away(bench: Bench) -> None:
    portfolio.publish_evaluations(bench.environment)
    prompting.write(bench.prompts, "1.1.0").write_text("name: [")
    assert portfolio.publish_evaluations(bench.environment) == {}
    prompting.write(bench.prompts, "1.2.0", status="draft")
    portfolio.publish_evaluations(bench.environment)
    assert bench.ask("SELECT version FROM prompt_versions ORDER BY 1") == [["1.0.0"], ["1.2.0"]]
    before = lives.read(bench.world.home)
    prompting.write(bench.prompts).write_text("name: [")
    portfolio.publish_evaluations(bench.environment)
    assert bench.ask("SELECT version FROM prompt_versions") == [["1.2.0"]]
    assert lives.read(bench.world.home) == before, "it is not gone"


def test_what_is_damaged_of_evaluations_never_keeps_a_night_from_publishing(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    portfolio.publish(bench.environment, {})
    path = lives.path_of(bench.world.home)
    path.write_text("[")
    prompting.write(bench.prompts, "1.1.0", status="draft")
    bench.world.write("acme", "more.md", "# More\n\nVisitors are entered in a log at the reception desk.\n")
    with caplog.at_level(logging.WARNING):
        assert bench.world.sweep(change=lambda _: bench.environment).totals["published"] == 1
    assert str(path) in caplog.text
    assert bench.ask("SELECT version FROM prompt_versions") == [["1.0.0"]], "as they were"


def test_nothing_that_goes_wrong_with_the_tables_of_prompts_ends_a_night(
    bench: Bench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defective(*_: object) -> None:
        raise OverflowError("a secret of acme's")

    monkeypatch.setattr(prompt_tables, "gather", defective)
    bench.world.write("acme", "more.md", "# More\n\nVisitors are entered in a log at the reception desk.\n")
    with caplog.at_level(logging.WARNING):
        assert bench.world.sweep(change=lambda _: bench.environment).totals["published"] == 1
    assert "OverflowError" in caplog.text and "secret" not in caplog.text


def test_opinions_change_their_table_and_no_heavier_one(bench: Bench) -> None:
    bench.save(run(bench.subject(), RIGHT))
    portfolio.publish_evaluations(bench.environment)
    feeding.Bench(bench.world).say("R1", "disagree", "partial", "Only on weekdays.", "Ada Lovelace")
    assert bench.changed() == {"prompt_versions", "assessment_feedback"}
    portfolio.publish_evaluations(bench.environment)
    assert bench.ask(
        "SELECT tenant_id, requirement_id, opinion, suggested_verdict, verdict_then, judge "
        "FROM assessment_feedback"
    ) == [["acme", "rules:R1", "disagree", "partial", "covered", "local"]]
    rows = bench.ask("SELECT * FROM assessment_feedback")
    assert "Ada" not in str(rows) and "weekdays" not in str(rows)


def test_analysts_word_of_a_versions_assessments_is_part_of_its_record(bench: Bench) -> None:
    bench.save(run(bench.subject(), RIGHT))
    ref, about = bench.subject().ref, ("covered", 0.8, "llm")
    for number, opinion in enumerate(("agree", "agree", "agree", "disagree", "unsure")):
        place = ("acme", "rules", f"rules:R{number}")
        given = Opinion(f"o{number}", *place, opinion, "", *about, ref, "key", "5e1f", NOW)
        bench.environment.operations.feedback.give([given])
    portfolio.publish_evaluations(bench.environment)
    assert bench.ask("SELECT satisfaction FROM prompt_versions") == [[0.75]]


EXPERIMENT = """experiments:
  - id: terse
    use_case: judge
    prompt: probe
    arms: {A: {version: 1.0.0, weight: 1}, B: {version: 1.1.0, weight: 1}}
    started: 2026-11-01
"""


def test_experiments_are_told_by_the_reports_that_were_just_loaded(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def results(environment: Environment) -> list[dict[str, Any]]:
        shown = storage.shown(environment.settings.portfolio)
        told.append(shown.releases["acme"] if shown else "")
        return []

    monkeypatch.setattr(experimenting, "results", results)
    portfolio.publish(bench.environment, {})
    assert told == [], "there is none"
    (bench.world.data / "experiments.yaml").write_text(EXPERIMENT)
    bench.world.write("acme", "more.md", "# More\n\nVisitors are entered in a log at the reception desk.\n")
    bench.world.sweep(change=lambda _: bench.environment)
    newest = warehouse.published_release(bench.world.home / "tenants" / "acme")
    assert newest is not None and told[-1] == newest.sweep_id
    before = len(told)
    portfolio.publish(bench.environment, {})
    assert len(told) == before


def test_a_note_that_is_damaged_costs_a_computation_and_no_more(bench: Bench) -> None:
    portfolio.publish_evaluations(bench.environment)
    note = bench.environment.settings.portfolio / "work" / "mirrored.json"
    for damaged in ("[", '{"versions": {"inputs": 1}, "evaluations": 2}', "[]"):
        note.write_text(damaged)
        assert portfolio.publish_evaluations(bench.environment) == {}
        assert bench.changed() == set()


def test_an_erased_tenant_leaves_no_row_of_case_or_opinion_and_none_comes_back(bench: Bench) -> None:
    own = case(1, case_id="acme-r1", tenant="acme")
    bench.save(run(bench.subject(), HALF, cases={1: own}))
    for_both = feeding.Bench(bench.world)
    for_both.say("R1", "agree")
    portfolio.publish(bench.environment, {})
    tenants = "SELECT count(*) FROM {} WHERE tenant_id = 'acme'"
    assert bench.ask(tenants.format("assessment_feedback")) == [[1]]
    assert bench.ask(tenants.format("prompt_failing_cases")) == [[1]]
    settings, operations = bench.environment.settings, bench.environment.operations
    stale = prompt_tables.gather(bench.environment, None)
    erase.erase(settings, operations, "acme")
    home, gone = settings.home / "tenants", partial(erase.erased, operations)
    for rows in (None, stale):
        warehouse.load_portfolio(settings.portfolio, {}, home, erased=gone, mirrored=rows)
        assert bench.ask(tenants.format("assessment_feedback")) == [[0]]
        assert bench.ask(tenants.format("prompt_eval_results")) == [[0]]
    portfolio.publish(bench.environment, {})
    assert bench.ask(tenants.format("prompt_eval_results")) == [[0]]
    assert bench.ask("SELECT count(*) > 0 FROM prompt_eval_results") == [[True]]
    assert bench.changed() == set()


def test_the_command_that_erases_takes_the_tenants_cases_out_of_all_runs(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = case(1, case_id="acme-r1", tenant="acme")
    bench.save(run(bench.subject(), HALF, cases={1: own}))
    monkeypatch.setattr(partitions, "forget_tenant", lambda _: None)
    erasing.erase(bench.environment.settings, "acme")
    (left,) = runs.load(bench.world.home)
    assert len(left.results) == len(HALF) - 1
    assert b"acme" not in b"".join(p.read_bytes() for p in (bench.world.home / "evals").rglob("*.json"))


def test_an_evaluation_that_ends_during_an_erasure_brings_no_case_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = run(bench.subject(), HALF, cases={1: case(1, case_id="acme-r1", tenant="acme")})

    def ends_meanwhile(folder: Path) -> None:
        if folder.name == "acme":
            bench.save(made)  # its cases were taken out of all runs, and its folder is still there
        remove_tree(folder)

    monkeypatch.setattr(erase, "remove_tree", ends_meanwhile)
    monkeypatch.setattr(partitions, "forget_tenant", lambda _: None)
    erasing.erase(bench.environment.settings, "acme")
    assert b"acme" not in b"".join(p.read_bytes() for p in (bench.world.home / "evals").rglob("*.json"))


def test_reports_of_the_local_judge_are_told_with_its_record(bench: Bench) -> None:
    model = bench.ask("SELECT DISTINCT judge_model FROM assessments")[0][0]
    bench.save(run(subject("rules-4", LOCAL, "4" * 64), HALF, model=f"{model} +0123abcd"))
    portfolio.publish_evaluations(bench.environment)
    found = bench.ask(
        "SELECT tenant_id, prompt_key, status, assessments, accuracy FROM prompts_in_reports ORDER BY ALL"
    )
    assert found == [[tenant, "local@rules-4", "active", 7, 0.5] for tenant in ("acme", "beta")]


def test_a_portfolio_without_tenants_can_tell_of_prompts(tmp_path: Path) -> None:
    world = World(tmp_path / "data", tmp_path / "store")
    world.save()
    prompting.write(tmp_path / "prompts")
    environment = world.environment(prompts=tmp_path / "prompts")
    assert portfolio.publish_evaluations(environment)["prompt_versions"] == 1
    assert not (environment.settings.portfolio / "published" / "index.html").exists()
    assert isinstance(prompt_tables.gather(environment, None), MirrorRows)
    environment.operations.close()


def test_a_folder_of_prompts_that_is_gone_ends_no_life(bench: Bench) -> None:
    portfolio.publish_evaluations(bench.environment)
    before = lives.read(bench.world.home)
    bench.prompts.rename(bench.prompts.with_name("elsewhere"))
    portfolio.publish_evaluations(bench.environment)
    assert lives.read(bench.world.home) == before
