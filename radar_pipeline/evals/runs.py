"""Runs as files under ``RADAR_HOME/evals/runs``: ``<run_id>.json`` tells what was run, and
``<run_id>.results.json`` each case's result.

A tenant's case leaves only ids, closed words and numbers here: its text stays under the tenant's folder.
"""

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from radar_pipeline import ids
from radar_pipeline.errors import StoreError
from radar_pipeline.evals.responses import FOLDER
from radar_pipeline.evals.scorers.model_grade import COUNTS
from radar_pipeline.evals.values import Case, Quoted, Response, Result, Run, Score, Severity, Subject
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.storage.files import read_json, remove_temporaries, storing, write_json

LOG = logging.getLogger(__name__)
FORM = 1  # raise when older files can no longer be read
_RESULTS = ".results.json"
_CODES = (  # of an answer or what was expected: closed words and numbers
    *("verdict", "also", "withheld", "confidence", "answered"),
    *("contradicts", "kind", "passes", "score"),
)


def save(home: Path, run: Run) -> Run:
    """Keep a run under RADAR_HOME (``home``); one of the same id gives way. Returns it as it was kept:
    without the cases of tenants that were erased while it was made. Raises StoreError."""
    folder = _folder(home)
    while True:  # an erasure beside us looks for the run before or after we write it: look again
        kept = _without_erased(home, run)
        write_json(folder / f"{run.run_id}{_RESULTS}", [_result_json(result) for result in kept.results])
        write_json(folder / f"{run.run_id}.json", _head_json(run))  # last: a run is there once it is
        if len(_without_erased(home, kept).results) == len(kept.results):
            return kept


def load(home: Path, problems: list[str] | None = None) -> list[Run]:
    """All runs, the newest last. A damaged file, or one of another form, is left out, and its name added to
    ``problems``."""
    found = (_whole(home, head, problems) for head in heads(home, problems))
    return [run for run in found if run is not None]


def heads(home: Path, problems: list[str] | None = None) -> list[Run]:
    """All runs without their results, the newest last: little to read."""
    folder = _folder(home)
    paths = sorted(folder.glob("*.json")) if folder.is_dir() else []
    found = (_read(p, problems) for p in paths if not p.name.endswith(_RESULTS))
    return sorted((run for run in found if run), key=lambda run: (run.evaluated_at, run.run_id))


def latest(home: Path, subject: Subject, simulated: bool | None = None) -> Run | None:
    """The newest run of exactly this content; ``simulated`` None: whoever answered."""
    for head in reversed(heads(home)):
        same = (head.subject.use_case, head.subject.ref) == (subject.use_case, subject.ref)
        if same and simulated in (None, head.simulated):
            run = _whole(home, head, None)
            if run is not None:
                return run
    return None


def find(home: Path, run_id: str) -> Run | None:
    """The run of that id, None if there is none that can be read."""
    head = _read(_folder(home) / f"{run_id}.json", None)
    return _whole(home, head, None) if head else None


def forget(home: Path, tenant: str) -> None:
    """Take a tenant's cases out of all runs. Raises StoreError.

    Results that cannot be read go as a whole, as nobody can tell whose they are, and so does a run that
    cannot be written anew, as on a full disk: what was answered is kept elsewhere, so no money is lost.
    """
    folder = _folder(home)
    for path in sorted(folder.glob(f"*{_RESULTS}")):
        run = find(home, path.name.removesuffix(_RESULTS))
        kept = [result for result in run.results if result.case.tenant != tenant] if run else []
        if run is None or len(kept) < len(run.results):
            with storing(path):
                path.unlink(missing_ok=True)
            if run is not None:
                with suppress(StoreError):
                    save(home, replace(run, results=tuple(kept)))
    remove_temporaries(folder)


def _without_erased(home: Path, run: Run) -> Run:
    """The run without the cases of tenants whose folder is gone."""
    own = {result.case.tenant for result in run.results} - {""}
    gone = {tenant for tenant in own if not (home / "tenants" / ids.tenant_slug(tenant)).is_dir()}
    kept = tuple(result for result in run.results if result.case.tenant not in gone)
    return replace(run, results=kept) if gone else run


def _folder(home: Path) -> Path:
    return home / FOLDER / "runs"


def _read(path: Path, problems: list[str] | None) -> Run | None:
    try:
        body: Any = read_json(path)
        run = None if body is None else _head(body)
        if run is not None and run.run_id != path.stem:
            raise ValueError("another run's")
        return run
    except (StoreError, KeyError, TypeError, ValueError, AttributeError):
        _tell(path, problems)
        return None


def _whole(home: Path, head: Run, problems: list[str] | None) -> Run | None:
    path = _folder(home) / f"{head.run_id}{_RESULTS}"
    try:
        rows: Any = read_json(path)
        return replace(head, results=tuple(_result(row, head.subject.use_case) for row in rows))
    except (StoreError, KeyError, TypeError, ValueError, AttributeError):
        _tell(path, problems)
        return None


def _tell(path: Path, problems: list[str] | None) -> None:
    LOG.warning("%s is damaged or of another form, and left out; evaluate again.", path.name)
    if problems is not None:
        problems.append(path.name)


# ── JSON ──────────────────────────────────────────────────────────────────────────────────────


def _head_json(run: Run) -> dict[str, Any]:
    subject = {name: getattr(run.subject, name) for name in Subject.__slots__}
    plain = ("run_id", "model", "dataset", "repeats", "simulated", "unasked")
    return {
        "form": FORM,
        **{name: getattr(run, name) for name in plain},
        "subject": subject,
        "scorers": dict(run.scorers),
        "evaluated_at": run.evaluated_at.isoformat(),
    }


def _head(body: Mapping[str, Any]) -> Run:
    if body["form"] != FORM:
        raise ValueError("another form")
    subject, at = body["subject"], datetime.fromisoformat(body["evaluated_at"])
    words = [*subject.values(), *body["scorers"].values(), body["model"], body["dataset"]]
    if at.tzinfo is None or not all(isinstance(word, str) for word in words):
        raise ValueError("of another form")
    return Run(
        run_id=body["run_id"],
        subject=Subject(**{**subject, "use_case": UseCase(subject["use_case"])}),
        model=body["model"],
        dataset=body["dataset"],
        scorers=dict(body["scorers"]),
        repeats=int(body["repeats"]),
        evaluated_at=at,
        simulated=bool(body["simulated"]),
        results=(),
        unasked=int(body["unasked"]),
    )


def _result_json(result: Result) -> dict[str, Any]:
    shown = _without_text(result) if result.case.tenant else result
    case = shown.case
    return {
        "case": {
            **{name: getattr(case, name) for name in _CASE},
            "inputs": _inputs(case.inputs),
            "expected": dict(case.expected),
        },
        "repeat": shown.repeat,
        "response": shown.response.as_json(),
        "scores": {name: _score_json(score) for name, score in shown.scores.items()},
        "reused": shown.reused,
    }


_LISTS = ("required_quotes", "forbidden_claims", "patterns", "tags")
_CASE = ("case_id", "source", *_LISTS, "severity", "why", "tenant", "inputs_sha", "sha")


def _inputs(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked, without the texts of whole documents: the case's file has them."""
    documents = [{k: v for k, v in d.items() if k != "text"} for d in inputs.get("documents", ())]
    return {**inputs, **({"documents": documents} if documents else {})}


def _score_json(score: Score) -> dict[str, Any]:
    return {
        "value": score.value,
        "answer": score.answer,
        "explanation": score.explanation,
        "metadata": dict(score.metadata),
    }


def _result(row: Mapping[str, Any], use_case: UseCase) -> Result:
    body = dict(row["case"])
    lists = {name: tuple(body[name]) for name in _LISTS}
    case = Case(**{**body, **lists, "use_case": use_case, "severity": Severity(body["severity"])})
    return Result(
        case=case,
        repeat=int(row["repeat"]),
        response=Response.from_json(row["response"]),
        scores={name: Score(**score) for name, score in row["scores"].items()},
        reused=bool(row["reused"]),
    )


def _without_text(result: Result) -> Result:
    """A tenant's result as all may see it: ids, closed words, numbers."""
    case, response = result.case, result.response
    return Result(
        case=replace(
            case,
            inputs={},
            expected=_coded(case.expected),
            required_quotes=(),
            forbidden_claims=(),
            patterns=(),
            why="",
        ),
        repeat=result.repeat,
        response=replace(response, answer=_coded(response.answer), quotes=_marks(response.quotes)),
        scores={name: _figure(score) for name, score in result.scores.items()},
        reused=result.reused,
    )


def _figure(score: Score) -> Score:
    """Its value, and whether a grade counts: what passes is told from that."""
    counts = score.metadata.get(COUNTS)
    return Score(score.value, metadata={COUNTS: counts} if isinstance(counts, bool) else {})


def _coded(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in _CODES if name in answer}


def _marks(quotes: Iterable[Quoted]) -> tuple[Quoted, ...]:
    """That there were quotes, and whether they were verified."""
    return tuple(Quoted("", quoted.verified, quoted.passage) for quoted in quotes)
