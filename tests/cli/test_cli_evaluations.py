"""`radar prompts eval`, `compare`, `gate`, `promote`, `calibrate`, as a person meets them."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from filelock import FileLock

from radar_pipeline.cli import main
from radar_pipeline.evals import gate, runs
from radar_pipeline.evals.simulated.model import respond
from radar_pipeline.llm.fake import FakeServer, Request
from radar_pipeline.prompts import files, lock, perf
from radar_pipeline.prompts.status import Status
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.storage.warehouse import TenantReport
from tests.support.gating import LITERAL, case, draft, grading_cases, world_with_cases, write_cases
from tests.support.models import with_models
from tests.support.world import World

TYPO = (("You are a compliance auditor. You are", "You are a compliance auditor: You are"),)
Serve = Callable[..., FakeServer]


def radar(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["prompts", *arguments], catch_exceptions=False)


def answer(*arguments: str, code: int = 0) -> Any:
    result = radar(*arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def flat(result: Result) -> str:
    return " ".join(result.output.split())


@pytest.fixture
def ready(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    return world_with_cases(world, monkeypatch)


@pytest.fixture
def prompts(ready: World) -> Path:
    return ready.data.parent / "prompts"


@pytest.fixture
def serve(ready: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """From now on there are keys, and a model that does what prompts tell it. How long that takes on a busy
    machine decides nothing."""
    monkeypatch.setattr(gate, "P95", "")
    running: list[FakeServer] = []

    def start(says: Callable[[Request], Any] = respond, *, confess: bool = False) -> FakeServer:
        server = FakeServer(says, confess=confess)
        running.append(server)
        with_models(ready, server, monkeypatch)
        return server

    yield start
    for server in running:
        server.close()


def status_of(prompts: Path, version: str) -> Status:
    return files.load(prompts, UseCase.JUDGE, "coverage", version).status


# ── eval ──────────────────────────────────────────────────────────────────────────────────────


def test_without_a_key_every_prompts_line_is_marked_as_simulated_and_the_local_judges_is_not(
    ready: World,
) -> None:
    found = {line["version"]: line for line in answer("eval")["versions"]}
    assert set(found) == {"coverage@1.0.0", "coverage@1.1.0", "coverage@1.2.0", "local@rules-4"}
    assert {key for key, line in found.items() if line["simulated"]} == set(found) - {"local@rules-4"}
    assert found["coverage@1.0.0"]["cases"] == 24 and found["coverage@1.0.0"]["cost"]["value"] is None
    told = radar("eval").output
    assert told.count("simulated") >= 3 and "a scripted model answered" in told
    assert not list((ready.data.parent / "prompts").rglob(f"*{perf.SUFFIX}"))


def test_an_evaluation_is_kept_published_and_shown_on_a_page(ready: World) -> None:
    found = answer("eval", "coverage", "local")
    page = Path(found["page"])
    assert page == ready.home / "evals" / "site" / "index.html"
    assert "coverage@1.0.0" in page.read_text("utf-8") and "simulated" in page.read_text("utf-8")
    assert {run.subject.key for run in runs.load(ready.home)} == {"coverage@1.0.0", "local@rules-4"}
    rows = TenantReport.table(ready.home / "portfolio" / "published", "prompt_eval_scores")
    assert {row["prompt_key"] for row in rows} == {"coverage@1.0.0", "local@rules-4"}
    assert {row["simulated"] for row in rows if row["prompt_key"] == "coverage@1.0.0"} == {True}


def test_critical_cases_that_fail_are_named_below_the_table(ready: World) -> None:
    write_cases(ready, [case(0, expected={"verdict": "contradicted"}), *(case(n) for n in range(1, 24))])
    told = flat(radar("eval", "local"))
    assert "Critical cases that fail" in told and "notice-00: expected contradicted, said" in told
    assert answer("eval", "local")["versions"][0]["critical_failed"][0]["case"] == "notice-00"


def test_a_real_models_evaluation_tells_time_and_cost(serve: Serve) -> None:
    serve()
    line = answer("eval", "coverage")["versions"][0]
    assert (line["simulated"], line["asked"].partition("/")[2]) == (False, "gpt-test-mid")
    assert line["cost"]["value"] > 0 and line["p95"]["value"] > 0
    assert "scripted" not in radar("eval", "coverage").output


def test_a_use_case_all_versions_or_names_choose_what_is_evaluated(ready: World, prompts: Path) -> None:
    draft(prompts, "1.3.0", *TYPO)
    write_cases(ready, grading_cases(), UseCase.EVALUATE)
    assert [v["version"] for v in answer("eval", "--use-case", "evaluate")["versions"]] == ["grade@1.0.0"]
    keys = {v["version"] for v in answer("eval", "--all", "--use-case", "judge")["versions"]}
    assert "coverage@1.3.0" in keys
    assert radar("eval", "nothing").exit_code == 2
    assert "local@rules-4" in flat(radar("eval", "local@rules-1"))


def test_a_labelled_set_is_shown_and_leaves_no_run(ready: World, tmp_path: Path) -> None:
    folder = tmp_path / "labelled"
    (folder / "documents").mkdir(parents=True)
    text = "Customer records are encrypted at rest."
    (folder / "documents" / "policy.txt").write_text(text)
    asked = {
        "requirement_id": "R2",
        "title": "Encryption",
        "text": "Customer records must be encrypted at rest.",
    }
    (folder / "requirements.jsonl").write_text(json.dumps(asked) + "\n")
    label = {"document_id": "policy", "requirement_id": "R2", "verdict": "covered", "evidence": []}
    label["evidence"] = [{"start": 0, "end": len(text)}]
    (folder / "labels.jsonl").write_text(json.dumps(label) + "\n")
    found = answer("eval", "local", "--labelled", str(folder))
    assert (found["versions"][0]["cases"], found["page"]) == (1, None)
    assert runs.load(ready.home) == []


# ── compare ───────────────────────────────────────────────────────────────────────────────────


def test_two_versions_are_compared_case_by_case_without_asking(ready: World, prompts: Path) -> None:
    draft(prompts, "1.3.0", *LITERAL)
    result = radar("compare", "coverage", "coverage@1.3.0")
    assert result.exit_code == 2 and "radar prompts eval coverage@1.0.0 coverage@1.3.0" in flat(result)
    assert radar("eval", "coverage@1.0.0", "coverage@1.3.0").exit_code == 0
    found = answer("compare", "coverage@1.0.0", "coverage@1.3.0")
    assert found["figures"]["citation_validity"]["value"] == -1.0 and found["simulated"]
    assert {case["change"] for case in found["cases"].values()} == {"broken"}
    page = Path(found["page"])
    assert page.name == "coverage@1.0.0-coverage@1.3.0.html"
    text = page.read_text("utf-8")
    assert "In no document" in text and "Verified" in text and "letter for letter" in text
    told = flat(radar("compare", "coverage@1.0.0", "coverage@1.3.0"))
    assert "24 now wrong" in told and "Simulated" in told and "Valid citations" in told


def test_a_simulated_prompt_is_not_compared_with_the_local_judge(ready: World) -> None:
    assert radar("eval", "coverage", "local").exit_code == 0
    result = radar("compare", "coverage", "local")
    assert result.exit_code == 2 and "are simulated, the other's are not" in flat(result)


# ── gate ──────────────────────────────────────────────────────────────────────────────────────


def test_a_prompt_broken_on_purpose_is_blocked_and_the_paragraph_says_why(prompts: Path) -> None:
    """A draft that no longer says that quotes are copied letter for letter."""
    draft(prompts, "1.3.0", *LITERAL)
    result = radar("gate", "coverage")
    assert result.exit_code == 7
    told = flat(result)
    assert "coverage@1.3.0 beside coverage@1.0.0: blocked" in told
    assert "only 0.0% of its" in told and "quotes are literally in the documents" in told
    assert "Tell the model to copy quotes letter by letter" in told
    assert "Simulated, which says nothing about a real model" in told
    assert status_of(prompts, "1.3.0") is Status.DRAFT


def test_a_draft_that_answers_alike_passes_though_the_scripted_model_fails_a_critical_case(
    ready: World, prompts: Path
) -> None:
    write_cases(ready, [case(0, expected={"verdict": "contradicted"}), *(case(n) for n in range(1, 24))])
    draft(prompts, "1.0.1", *TYPO)
    result = radar("gate")
    assert result.exit_code == 0, result.output
    assert "1 critical case (notice-00) fails as before, which is not held against it" in flat(result)


def test_a_real_model_is_held_to_every_critical_case(ready: World, prompts: Path, serve: Serve) -> None:
    write_cases(ready, [case(0, expected={"verdict": "contradicted"}), *(case(n) for n in range(1, 24))])
    draft(prompts, "1.0.1", *TYPO)
    serve()
    result = radar("gate", "coverage@1.0.1")
    assert result.exit_code == 7 and "1 critical case (notice-00) of 1 fails" in flat(result)


def test_without_a_draft_there_is_nothing_to_decide(ready: World) -> None:
    result = radar("gate")
    assert result.exit_code == 0 and "No version to decide about" in result.output
    assert radar("gate", "coverage").exit_code == 2  # it has no draft
    told = flat(radar("gate", "coverage@1.0.0"))
    assert "the first of its variant" in told and "passes" not in told


def test_the_versions_that_changed_since_a_revision_are_decided_about(prompts: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(["git", "-C", str(prompts), *identity, *arguments], check=True, capture_output=True)

    assert radar("gate", "--changed-since", "HEAD").exit_code == 2  # no repository
    git("init", "--initial-branch=main")
    git("add", ".")
    git("commit", "--message=first")
    assert answer("gate", "--changed-since", "main")["decisions"] == []
    git("checkout", "-b", "work")
    draft(prompts, "1.3.0", *LITERAL)
    assert [d["version"] for d in answer("gate", "--changed-since", "main", code=7)["decisions"]] == [
        "coverage@1.3.0"
    ]
    git("add", ".")
    git("commit", "--message=second")
    found = answer("gate", "--changed-since", "main", code=7)["decisions"]
    assert [(d["version"], d["measured_by"], d["passed"]) for d in found] == [
        ("coverage@1.3.0", "coverage@1.0.0", False)
    ]
    for wrong in ("nowhere", "--help", ""):
        assert radar("gate", f"--changed-since={wrong}").exit_code == 2


def test_the_local_judge_is_measured_by_its_reference(ready: World) -> None:
    result = radar("gate", "local")
    assert result.exit_code == 2 and "radar prompts gate local --accept" in flat(result)
    assert radar("gate", "local", "--accept").exit_code == 0
    path = ready.data / "eval_cases" / "reference" / "local.json"
    assert len(path.read_text("utf-8").splitlines()) == 24 + 2
    assert radar("gate", "local").exit_code == 0
    path.write_text(path.read_text("utf-8").replace('"not_addressed"', '"covered"'))
    write_cases(ready, [case(n) for n in range(30)])
    result = radar("gate", "local")
    assert "6 cases are not in the reference yet" in flat(result)
    assert runs.load(ready.home) == []  # what a gate asks of the local judge is no news


def test_a_local_judge_that_answers_worse_than_its_reference_is_blocked(
    ready: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from radar_pipeline.judge.local import LocalJudge
    from radar_pipeline.models import Verdict

    assert radar("gate", "local", "--accept").exit_code == 0
    judge = LocalJudge.judge

    def blind(self: LocalJudge, question: Any) -> Any:
        return replace(judge(self, question), verdict=Verdict.CONTRADICTED, citations=())

    monkeypatch.setattr(LocalJudge, "judge", blind)
    monkeypatch.setattr("radar_pipeline.evals.responses.Responses.get", lambda *_: None)
    found = answer("gate", "local", code=7)["decisions"][0]
    assert not found["passed"] and "critical case" in found["says"] and "--accept" in found["says"]
    assert answer("gate", "local", "--accept")["decisions"][0]["passed"]
    assert answer("gate", "local")["decisions"][0]["passed"]


def test_a_damaged_reference_is_told(ready: World) -> None:
    path = ready.data / "eval_cases" / "reference" / "local.json"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    result = radar("gate", "local")
    assert result.exit_code == 2 and "is damaged" in flat(result)


# ── promote ───────────────────────────────────────────────────────────────────────────────────


def test_a_draft_that_has_earned_it_becomes_active_with_its_figures(prompts: Path, serve: Serve) -> None:
    serve()
    made = draft(prompts, "1.0.1", *TYPO)
    found = answer("promote", "coverage", "--dry-run")
    assert (found["passed"], found["promoted"]) == (True, False)
    assert status_of(prompts, "1.0.1") is Status.DRAFT
    found = answer("promote", "coverage")
    assert (found["passed"], found["promoted"], found["measured_by"]) == (True, True, "coverage@1.0.0")
    assert status_of(prompts, "1.0.1") is Status.ACTIVE and status_of(prompts, "1.0.0") is Status.DEPRECATED
    body = perf.read(prompts, made)
    assert body is not None and body["n"] == 24 and "note" not in body
    assert (lock.read(prompts) or {})["judge/coverage/1.0.1"] == made.sha
    assert radar("check").exit_code == 0


def test_a_critical_case_that_the_judge_itself_is_in_doubt_of_bars_no_draft_for_good(
    prompts: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("radar_pipeline.judge.llm.ABSTAIN", 1.0)  # it is in doubt of every answer
    serve()
    draft(prompts, "1.0.1", *TYPO)
    found = answer("promote", "coverage")
    assert found["promoted"]
    assert "1 critical case (notice-00) is withheld as too uncertain, as before" in found["says"]


def test_a_draft_that_has_not_is_refused_in_one_paragraph_and_no_file_changes(
    prompts: Path, serve: Serve
) -> None:
    serve()
    draft(prompts, "1.3.0", *LITERAL)
    before = {path: path.read_bytes() for path in prompts.rglob("*") if path.is_file()}
    result = radar("promote", "coverage@1.3.0")
    assert result.exit_code == 7
    assert "coverage@1.3.0 is blocked" in flat(result) and "quotes are literally" in flat(result)
    assert "Simulated" not in result.output
    assert {path: path.read_bytes() for path in prompts.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("keyed", [False, True])
def test_simulated_figures_promote_nothing(prompts: Path, serve: Serve, keyed: bool) -> None:
    if keyed:
        serve(confess=True)  # there is a key, and the provider says that it is a fake
    draft(prompts, "1.0.1", *TYPO)
    result = radar("promote", "coverage")
    assert result.exit_code == 7 and "only the fake provider could answer" in flat(result)
    assert status_of(prompts, "1.0.1") is Status.DRAFT and not list(prompts.rglob(f"*{perf.SUFFIX}"))


def test_one_version_is_promoted_at_a_time(prompts: Path, serve: Serve, ready: World) -> None:
    serve()
    draft(prompts, "1.0.1", *TYPO)
    held = ready.home / "evals" / "promote.lock"
    held.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(held):
        result = radar("promote", "coverage")
    assert result.exit_code != 0 and "Another version is being promoted" in flat(result)
    assert status_of(prompts, "1.0.1") is Status.DRAFT
    assert answer("promote", "coverage")["promoted"]


def test_a_dearer_version_needs_a_note_which_is_kept_with_its_figures(prompts: Path, serve: Serve) -> None:
    serve()
    rule = "A draft does not bind."
    made = draft(prompts, "1.3.0", ("A draft does not bind", f"{rule} " * 400 + "A draft does not bind"))
    result = radar("promote", "coverage")
    assert result.exit_code == 7 and "over 20% more" in flat(result) and "with a note" in flat(result)
    found = answer("promote", "coverage", "--note", "It reads  drafts better.")
    assert found["promoted"]
    assert (perf.read(prompts, made) or {})["note"] == "It reads drafts better."
    assert radar("promote", "coverage@1.3.0", "--note", "x" * 301).exit_code == 2


def test_what_is_wrong_with_a_file_is_told_before_anybody_is_asked(prompts: Path, serve: Serve) -> None:
    server = serve()
    for version, change, told in (
        ("1.0.1", LITERAL, "a minor change"),
        ("1.3.0", (("change: Tried in a test.", 'change: ""'),), "must say what it changed"),
        ("2.0.0", (("element_id: {type: string}", "element_name: {type: string}"),), "cannot be promoted"),
    ):
        path = files.path_of(prompts, draft(prompts, version, *change))
        result = radar("promote", f"coverage@{version}")
        assert result.exit_code == 2 and told in flat(result), result.output
        path.unlink()
    assert radar("promote", "coverage@1.0.0").exit_code == 2  # it is active
    draft(prompts, "1.3.0", *TYPO)
    draft(prompts, "1.4.0", *TYPO)
    assert "coverage has 2 drafts" in flat(radar("promote", "coverage"))
    assert len(server.books) == 0


def test_an_edited_active_version_keeps_every_other_from_its_promotion(prompts: Path) -> None:
    path = prompts / "judge" / "coverage" / f"1.0.0{files.SUFFIX}"
    draft(prompts, "1.3.0", *TYPO)
    path.write_text(path.read_text("utf-8").replace(*TYPO[0]), "utf-8")
    result = radar("promote", "coverage@1.3.0")
    assert result.exit_code == 2 and "was edited" in flat(result)


def test_the_first_version_of_a_variant_needs_no_evaluation_without_a_key(prompts: Path) -> None:
    draft(prompts, "1.3.0", ("name: coverage\n", "name: coverage\nvariant: engineer\n"))
    found = answer("promote", "coverage")
    assert found["promoted"] and "needs no evaluation" in found["says"]
    assert status_of(prompts, "1.3.0") is Status.ACTIVE and status_of(prompts, "1.0.0") is Status.ACTIVE
    assert radar("check").exit_code == 0


# ── calibrate ─────────────────────────────────────────────────────────────────────────────────


def test_a_graders_agreement_is_told_and_too_few_labels_are_report_only(ready: World, serve: Serve) -> None:
    write_cases(ready, grading_cases(), UseCase.EVALUATE)
    simulated = answer("calibrate")
    assert simulated["simulated"] and not simulated["counts"] and "simulated" in simulated["says"]
    serve()
    found = answer("calibrate")
    assert (found["version"], found["n"], found["counts"]) == ("grade@1.0.0", 24, False)
    assert found["kappa"]["value"] == 1.0 and "76 more labels are needed" in found["says"]
    assert "Report only" in radar("calibrate").output
    assert radar("calibrate", "coverage").exit_code == 2


def test_an_erased_tenants_cases_leave_no_page(ready: World) -> None:
    assert radar("eval", "local").exit_code == 0
    site = ready.home / "evals" / "site"
    assert site.is_dir()
    (ready.home / "tenants" / "acme").mkdir(parents=True)
    result = CliRunner().invoke(main, ["tenants", "erase", "acme", "--yes"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert not site.exists()
