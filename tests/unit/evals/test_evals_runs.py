"""Runs are kept whole, found again, survive damage, and hold no tenant's text."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from radar_pipeline.errors import StoreError
from radar_pipeline.evals import runs
from radar_pipeline.evals.values import Quoted, Response, Run
from tests.support.evaluations import SUNDAY, case, response, run, subject

SECRET = "The pigeons of Acme carry every notice."


def folder(home: Path) -> Path:
    return home / "evals" / "runs"


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    wanted = run(subject(status="active", variant="auditor"), ["covered", "partial", "not_addressed"])
    runs.save(tmp_path, wanted)
    assert runs.load(tmp_path) == [wanted]
    assert runs.find(tmp_path, wanted.run_id) == wanted
    assert runs.heads(tmp_path) == [replace(wanted, results=())]


def test_texts_of_whole_documents_stay_in_the_cases_own_files(tmp_path: Path) -> None:
    inputs = {"documents": [{"path": "a.md", "text": SECRET, "kind": "policy"}]}
    runs.save(tmp_path, run(subject(), ["covered"], cases={0: case(0, inputs=inputs)}))
    [result] = runs.load(tmp_path)[0].results
    assert result.case.inputs == {"documents": [{"path": "a.md", "kind": "policy"}]}


def test_the_newest_run_comes_last_and_is_the_one_found(tmp_path: Path) -> None:
    old, new = run(subject(), ["covered"]), run(subject(), ["partial"], at=SUNDAY + timedelta(days=7))
    simulated = run(subject(), ["partial"], at=SUNDAY + timedelta(days=8), simulated=True)
    for one in (new, simulated, old):
        runs.save(tmp_path, one)
    assert runs.load(tmp_path) == [old, new, simulated]
    assert runs.latest(tmp_path, subject()) == simulated
    assert runs.latest(tmp_path, subject(), simulated=False) == new
    assert runs.latest(tmp_path, subject(sha="cd" * 32)) is None
    assert runs.latest(tmp_path, subject(status="deprecated"), simulated=False) == new


def test_a_damaged_or_older_file_is_left_out_and_told(tmp_path: Path) -> None:
    good, bad = run(subject(), ["covered"]), run(subject("1.0.1"), ["covered"])
    for one in (good, bad):
        runs.save(tmp_path, one)
    (folder(tmp_path) / f"{bad.run_id}.results.json").write_text('[{"case": 3}]')
    (folder(tmp_path) / "0000.json").write_text("{")
    (folder(tmp_path) / "1111.json").write_text('{"form": 0}')
    (folder(tmp_path) / "2222.json").write_text((folder(tmp_path) / f"{good.run_id}.json").read_text())
    problems: list[str] = []
    assert runs.load(tmp_path, problems) == [good]
    assert sorted(problems) == sorted(["0000.json", "1111.json", "2222.json", f"{bad.run_id}.results.json"])


def test_without_runs_there_are_none(tmp_path: Path) -> None:
    assert runs.load(tmp_path) == []
    assert runs.latest(tmp_path, subject()) is None


def test_a_tenants_case_leaves_ids_closed_words_and_numbers(tmp_path: Path) -> None:
    (tmp_path / "tenants" / "acme").mkdir(parents=True)
    own = case(
        0,
        tenant="acme",
        inputs={"passages": [{"text": SECRET}]},
        why=SECRET,
        required_quotes=(SECRET,),
        forbidden_claims=("pigeons",),
        patterns=("Acme",),
    )
    told = run(subject(), ["covered"], cases={0: own})
    answer = Response(
        {"verdict": "partial", "withheld": "uncertain", "text": SECRET, "elements": [{"id": SECRET}]},
        (Quoted(SECRET, True, 2, "pigeons.md"),),
        model="mine/tiny-1",
        cost_usd=0.01,
    )
    scores = {n: replace(s, answer=SECRET, explanation=SECRET) for n, s in told.results[0].scores.items()}
    runs.save(tmp_path, replace(told, results=(replace(told.results[0], response=answer, scores=scores),)))
    written = b"".join(p.read_bytes() for p in folder(tmp_path).iterdir())
    assert b"igeons" not in written
    assert b"Acme" not in written
    [result] = runs.load(tmp_path)[0].results
    assert (result.case.case_id, result.case.tenant, result.case.source) == ("case-000", "acme", "source-0")
    assert dict(result.response.answer) == {"verdict": "partial", "withheld": "uncertain"}
    assert result.response.quotes == (Quoted("", True, 2),)
    assert result.scores["verdict_match"].value == scores["verdict_match"].value
    assert result.response.cost_usd == 0.01


def names_acme(home: Path) -> list[str]:
    return [path.name for path in sorted(folder(home).iterdir()) if b"acme" in path.read_bytes()]


def of_acme_and_ours(home: Path) -> Run:
    (home / "tenants" / "acme").mkdir(parents=True)
    return run(subject(), ["covered", "covered"], cases={0: case(0, tenant="acme"), 1: case(1)})


def test_a_run_that_ends_after_an_erasure_brings_nothing_back(tmp_path: Path) -> None:
    mixed = of_acme_and_ours(tmp_path)
    (tmp_path / "tenants" / "acme").rmdir()
    assert [result.case for result in runs.save(tmp_path, mixed).results] == [case(1)]
    assert names_acme(tmp_path) == []


def test_what_cannot_be_read_is_forgotten_as_a_whole(tmp_path: Path) -> None:
    mixed = of_acme_and_ours(tmp_path)
    runs.save(tmp_path, mixed)
    results = folder(tmp_path) / f"{mixed.run_id}.results.json"
    whole = results.read_bytes()
    results.write_bytes(whole[:-20])  # damaged
    (folder(tmp_path) / "0123.results.json").write_bytes(whole)  # killed before its head was written
    (folder(tmp_path) / ".tmp-4567.results.json-89abcdef").write_bytes(whole)  # killed while it was written
    assert len(names_acme(tmp_path)) == 3
    runs.forget(tmp_path, "acme")
    assert names_acme(tmp_path) == []


def test_a_full_disk_keeps_nobody_from_being_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.save(tmp_path, of_acme_and_ours(tmp_path))

    def full(*_: object) -> None:
        raise StoreError("No space left.", remedy="Free some.")

    monkeypatch.setattr(runs, "write_json", full)
    runs.forget(tmp_path, "acme")
    assert names_acme(tmp_path) == [] and runs.load(tmp_path) == []


@pytest.mark.parametrize(
    ("said", "instead"),
    [('"2026-11-22T05:00:00+00:00"', '"2026-11-22T05:00:00"'), ('"mine/tiny-1"', "[1]"), ('"1.0.0"', "{}")],
)
def test_a_head_of_wrong_types_is_left_out(tmp_path: Path, said: str, instead: str) -> None:
    good, bad = run(subject(), ["covered"]), run(subject(), ["covered"], simulated=True)
    for one in (good, bad):
        runs.save(tmp_path, one)
    head = folder(tmp_path) / f"{bad.run_id}.json"
    assert said in head.read_text()
    head.write_text(head.read_text().replace(said, instead, 1))
    assert runs.load(tmp_path) == [good]


def test_a_tenant_that_is_forgotten_leaves_no_row(tmp_path: Path) -> None:
    (tmp_path / "tenants" / "acme").mkdir(parents=True)
    mixed = run(subject(), ["covered", "covered"], cases={0: case(0, tenant="acme"), 1: case(1)})
    runs.save(tmp_path, mixed)
    runs.forget(tmp_path, "acme")
    assert [result.case for result in runs.load(tmp_path)[0].results] == [case(1)]


def test_what_a_response_holds_survives_the_file(tmp_path: Path) -> None:
    failed = replace(response(), error="refusal", answer={}, quotes=(), valid=False, latency_ms=None)
    told = run(subject(), ["covered"])
    runs.save(tmp_path, replace(told, results=(replace(told.results[0], response=failed),), unasked=3))
    [read] = runs.load(tmp_path)
    assert read.results[0].response == failed
    assert (read.unasked, read.complete) == (3, False)
