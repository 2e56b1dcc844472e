"""Runs of subjects on made-up cases, scored by the real scorers."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from radar_pipeline import ids
from radar_pipeline.evals import scorers
from radar_pipeline.evals.values import Case, Quoted, Response, Result, Run, Severity, Subject
from radar_pipeline.prompts.use_cases import UseCase

SUNDAY = datetime(2026, 11, 22, 5, tzinfo=UTC)
SHA = "ab" * 32


def subject(version: str = "1.0.0", name: str = "coverage", sha: str = SHA, **given: Any) -> Subject:
    return Subject(UseCase.JUDGE, name, version, sha, **given)


def case(number: int, **given: Any) -> Case:
    """A case about a duty that is covered; four cases share a source."""
    own: dict[str, Any] = {
        "case_id": f"case-{number:03d}",
        "use_case": UseCase.JUDGE,
        "inputs": {},
        "expected": {"verdict": "covered"},
        "source": f"source-{number // 4}",
        "tags": ("deadline",),
        "severity": Severity.MAJOR,
        "sha": ids.digest(str(number), length=16),
    }
    return Case(**own | given)


def response(verdict: str = "covered", **given: Any) -> Response:
    quotes = (Quoted("All records are encrypted.", True, 1, "policy.md"),)
    own: dict[str, Any] = {"quotes": quotes, "cost_usd": 0.01, "latency_ms": 900.0, "model": "mine/tiny-1"}
    return Response({"verdict": verdict}, **own | given)


def run(
    of: Subject,
    verdicts: Sequence[str],
    *,
    cases: Mapping[int, Case] | None = None,
    at: datetime = SUNDAY,
    simulated: bool = False,
    **given: Any,
) -> Run:
    """A run in which case n, from 0, was answered with ``verdicts[n]``."""
    used = scorers.for_use_case(of.use_case)
    results = []
    for number, verdict in enumerate(verdicts):
        asked = (cases or {}).get(number) or case(number)
        answer = response(verdict, simulated=simulated)
        results.append(Result(asked, 1, answer, {s.name: s.score(asked, answer) for s in used}))
    own: dict[str, Any] = {
        "run_id": ids.digest(of.ref, str(simulated), at.isoformat(), length=16),
        "model": "mine/tiny-1",
        "dataset": "d" * 16,
        "repeats": 1,
    }
    return Run(
        subject=of,
        scorers={s.name: s.sha for s in used},
        evaluated_at=at,
        simulated=simulated,
        results=tuple(results),
        **own | given,
    )
