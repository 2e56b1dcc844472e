"""The answers of the local judge that its changes are measured by, kept with the cases: ``FILE``.

Answers are kept, not scores: they are scored anew by the scorers of today, so that a better scorer needs
no new reference. A line for each case, so that a change of the judge is read as a difference of lines.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.evals import cases as casebook
from radar_pipeline.evals import scorers
from radar_pipeline.evals.values import Case, Response, Result, Run, Subject
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.storage.files import write_text

FILE = "eval_cases/reference/local.json"
ACCEPT = "radar prompts gate local --accept"


def write(data: Path, run: Run) -> Path:
    """Make a run the reference. ``data``: the folder of data. A tenant's case never comes into it."""
    subject = run.subject
    lines = [
        json.dumps(
            {"case_id": r.case.case_id, "sha": r.case.sha, "response": _response(r.response)},
            ensure_ascii=False,
            sort_keys=True,
        )
        for r in sorted(run.results, key=lambda r: r.case.case_id)
        if not r.case.tenant and r.repeat == 1
    ]
    head = {
        "judge": subject.version,
        "sha": subject.sha,
        "model": run.model,
        "accepted": run.evaluated_at.isoformat(timespec="seconds"),
    }
    told = json.dumps(head, ensure_ascii=False)[1:-1]
    path = data / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, "{" + told + ', "answers": [\n' + ",\n".join(lines) + "\n]}\n")
    return path


def read(data: Path, cases: Iterable[Case]) -> Run:
    """The reference as a run on those of these cases that stand in it in the same form.

    Raises ConfigurationError where there is none, or it is damaged.
    """
    path = data / FILE
    own = {case.case_id: case for case in cases if case.use_case is UseCase.JUDGE and not case.tenant}
    try:
        body: Any = json.loads(path.read_text("utf-8"))
        kept = [(own.get(a["case_id"]), a["sha"], a["response"]) for a in body["answers"]]
        alike = [(case, response) for case, sha, response in kept if case is not None and case.sha == sha]
        subject = Subject(UseCase.JUDGE, "local", str(body["judge"]), str(body["sha"]), status="active")
        return _run(
            subject,
            str(body["model"]),
            datetime.fromisoformat(body["accepted"]).astimezone(UTC),
            [(case, Response.from_json(response)) for case, response in alike],
        )
    except FileNotFoundError:
        raise ConfigurationError(f"There is no {path}.", remedy=f"Write it: {ACCEPT}.") from None
    except (OSError, KeyError, TypeError, ValueError):
        raise ConfigurationError(
            f"{path} is damaged.", remedy=f"Restore it, or write it anew: {ACCEPT}."
        ) from None


def alike(run: Run, reference: Run) -> tuple[Run, Run]:
    """Both on the cases that both have in the same form: new cases need no new reference."""
    ours, theirs = ({(r.case.case_id, r.case.sha) for r in each.results} for each in (run, reference))
    both = ours & theirs
    first, second = (_only(each, both) for each in (run, reference))
    return first, second


def _only(run: Run, names: set[tuple[str, str]]) -> Run:
    kept = tuple(r for r in run.results if (r.case.case_id, r.case.sha) in names and not r.case.tenant)
    return replace(run, results=kept, dataset=casebook.dataset([r.case for r in kept]))


def _run(subject: Subject, model: str, at: datetime, answers: Sequence[tuple[Case, Response]]) -> Run:
    used = scorers.for_use_case(subject.use_case)
    return Run(
        run_id="reference",
        subject=subject,
        model=model,
        dataset=casebook.dataset([case for case, _ in answers]),
        scorers={scorer.name: scorer.sha for scorer in used},
        repeats=1,
        evaluated_at=at,
        simulated=False,
        results=tuple(
            Result(case, 1, response, {s.name: s.score(case, response) for s in used}, reused=True)
            for case, response in answers
        ),
    )


def _response(response: Response) -> dict[str, Any]:
    """What was answered, without when: the same answer is the same line."""
    return replace(response, asked_at="").as_json()
