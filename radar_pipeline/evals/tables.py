"""Rows of the portfolio's tables of runs and opinions. Pure: the same runs give the same rows.

The columns are described in ``storage.prompts_schema``. Of a tenant's own case only its id, closed words and
numbers come here.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.evals import ruling, statistics
from radar_pipeline.evals.comparison import compare
from radar_pipeline.evals.scorers import passed
from radar_pipeline.evals.values import Case, Estimate, Result, Run
from radar_pipeline.storage.operations.records import Opinion

Row = dict[str, Any]
NOT_COMPARED = "*"  # in place of a metric, where there is nothing to compare with
# What a scorer may have found in closed words; anything else may have text of an answer in it.
_WORD = re.compile(r"[a-z]+(_[a-z]+)*|\d+ of \d+")


def result_rows(run: Run) -> list[Row]:
    """A row for each case, repeat and scorer."""
    return [row for result in run.results for row in _scored(run, result)]


def score_rows(run: Run) -> list[Row]:
    """The run's figures with their intervals."""
    return [
        {**_about(run), "metric": metric, **_estimated(estimate), "unasked": run.unasked}
        for metric, estimate in statistics.summary(run).items()
    ]


def comparison_rows(candidate: Run, active: Run | None) -> list[Row]:
    """The paired differences of every metric, each with what the gate says of the candidate.

    One row without figures where there is nothing to compare with, or the runs cannot be compared. Both
    runs' tenants' cases get other names, so that no paragraph names one.
    """
    candidate, active = _unnamed(candidate), _unnamed(active) if active is not None else None
    at = max(run.evaluated_at for run in (candidate, active) if run is not None)
    pair = _pair(candidate, active.subject.ref if active is not None else "", at)
    try:
        decision = ruling.decide(candidate, active)
        differences = compare(candidate, active).differences if active is not None else {}
    except ConfigurationError as error:
        return [pair | _without_figures() | {"gate_passed": None, "gate_says": error.message}]
    pair |= {"gate_passed": decision.passed, "gate_says": decision.paragraph}
    rows = [
        pair | {"metric": metric, **_estimated(each.estimate, "difference"), "needed": each.needed}
        for metric, each in differences.items()
    ]
    return rows or [pair | _without_figures()]


def unevaluated_rows(candidate: Run, active: str) -> list[Row]:
    """The one row where the version to compare with was not evaluated by the same kind of provider."""
    asked = "the fake provider" if candidate.simulated else "a real model"
    says = f"{candidate.subject.key} is compared with nothing: {active} was not evaluated with {asked} yet."
    pair = _pair(candidate, active, candidate.evaluated_at)
    return [pair | _without_figures() | {"gate_passed": None, "gate_says": says}]


def feedback_rows(opinions: Iterable[Opinion]) -> list[Row]:
    """What analysts said, without their names and words."""
    return [
        {
            "tenant_id": o.tenant,
            "framework_id": o.framework_id,
            "requirement_id": o.requirement_id,
            "opinion": o.opinion,
            "suggested_verdict": o.suggested_verdict,
            "verdict_then": o.verdict,
            "confidence_then": o.confidence,
            "judge": o.judge,
            "prompt_ref": o.prompt_ref,
            "given_by": o.who,
            "given_at": o.at,
        }
        for o in opinions
    ]


def _about(run: Run) -> Row:
    return {
        "run_id": run.run_id,
        "use_case": run.subject.use_case.value,
        "prompt_key": run.subject.key,
        "prompt_ref": run.subject.ref,
        "model": run.model,
        "dataset": run.dataset,
        "simulated": run.simulated,
        "evaluated_at": run.evaluated_at,
    }


def _scored(run: Run, result: Result) -> list[Row]:
    case = result.case
    shared = {
        **_about(run),
        "tenant_id": case.tenant,
        "case_id": case.case_id,
        "case_sha": case.sha,
        "source": _digest(case, case.source) if case.tenant else case.source,
        "severity": case.severity.value,
        "tags": [] if case.tenant else list(case.tags),
        "repeat": result.repeat,
        "passed": passed(result),
        "error": result.response.error,
    }
    return [
        {
            **shared,
            "scorer": name,
            "scorer_sha": run.scorers.get(name, ""),
            "value": score.value,
            "answer": score.answer if not case.tenant and _WORD.fullmatch(score.answer) else "",
        }
        for name, score in result.scores.items()
    ]


def _estimated(estimate: Estimate, value: str = "value") -> Row:
    return {
        value: estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
        "clusters": estimate.clusters,
    }


def _without_figures() -> Row:
    nothing = Estimate(None, None, None, 0, 0)
    return {"metric": NOT_COMPARED, **_estimated(nothing, "difference"), "needed": None}


def _pair(candidate: Run, active: str, at: datetime) -> Row:
    return {
        "use_case": candidate.subject.use_case.value,
        "candidate": candidate.subject.ref,
        "active": active,
        "simulated": candidate.simulated,
        "compared_at": at,
    }


def _unnamed(run: Run) -> Run:
    """The run with another id for each tenant's case, the same each time, and without its tenant."""
    return replace(run, results=tuple(_anonymous(result) for result in run.results))


def _anonymous(result: Result) -> Result:
    case = result.case
    if not case.tenant:
        return result
    return replace(
        result, case=replace(case, case_id=f"tenant-case-{_digest(case, case.case_id)}", tenant="")
    )


def _digest(case: Case, word: str) -> str:
    return ids.digest(case.tenant, word, length=8)
