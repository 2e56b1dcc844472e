"""What Dagster is told of a version's evaluation: plain numbers, which the UI plots over time, and tables.

Tenants' own cases are named, and nothing else is told of them.
"""

import json
from collections.abc import Mapping
from typing import Any

import dagster as dg

from radar_pipeline.defs.evals_records import cut
from radar_pipeline.evals.values import Case, Result, Run, Severity

FAILING_SHOWN = 100
_SEVERITIES = dg.TableSchema(
    columns=[
        dg.TableColumn("severity", "string", "critical, major or minor."),
        dg.TableColumn("cases", "int", "Cases of that severity."),
        dg.TableColumn("passed", "int", "Those that pass in every repeat."),
        dg.TableColumn("failed", "int", "Those that fail in one."),
    ]
)
_FAILING = dg.TableSchema(
    columns=[
        dg.TableColumn("case", "string", "Id of the case; a tenant's own with its slug before it."),
        dg.TableColumn("severity", "string", "critical cases must pass."),
        dg.TableColumn("tags", "string", "What the case tries."),
        dg.TableColumn("source", "string", "Document that cases share."),
        dg.TableColumn("expected", "string", "The right answer."),
        dg.TableColumn("said", "string", "What was answered, or the kind of error."),
    ]
)


def of_results(run: Run) -> dict[str, Any]:
    """How many cases were asked, and what came of them."""
    passing = _passing(run)
    errors = [result for result in run.results if result.response.error]
    live = [result for result in run.results if not result.reused]
    cost = sum(r.response.cost_usd or 0.0 for r in live)
    return {
        **_about(run),
        "dagster/row_count": len(run.results) * len(run.scorers),
        "cases": len(passing),
        "passed": sum(all(p is True for p in each) for _, each in passing.values()),
        "failed": sum(_fails(each) for _, each in passing.values()),
        "unjudged": sum(None in each and not _fails(each) for _, each in passing.values()),
        "errors": len(errors),
        "reused": len(run.results) - len(live),
        "asked": len(live),
        "tokens_in": sum(r.response.tokens_in for r in live),
        "tokens_out": sum(r.response.tokens_out for r in live),
        "cost_usd": round(cost, 6),
        "by_severity": dg.MetadataValue.table(_by_severity(passing), schema=_SEVERITIES),
    }


def of_scores(run: Run) -> dict[str, Any]:
    """Every figure that could be measured, with the ends of its interval where the data tell them."""
    from radar_pipeline.evals import statistics

    told: dict[str, Any] = {}
    for metric, estimate in statistics.summary(run).items():
        if estimate.value is None:
            continue
        told |= {metric: estimate.value, f"{metric}_n": estimate.n}
        if estimate.low is not None and estimate.high is not None:
            told |= {f"{metric}_low": estimate.low, f"{metric}_high": estimate.high}
    failing = _failing(run)
    return {
        **_about(run),
        "n": len(_passing(run)),
        **told,
        "failed": len(failing),
        "critical_failed": sum(result.case.severity is Severity.CRITICAL for result in failing),
        "failing": dg.MetadataValue.table(list(map(_row, failing[:FAILING_SHOWN])), schema=_FAILING),
    }


def told_of(run: Run) -> str:
    """The description of a materialisation."""
    if run.simulated:
        return "Simulated: the fake provider answered, and its figures tell nothing of any model."
    return f"Answered by {run.model}."


def _about(run: Run) -> dict[str, Any]:
    return {
        "run": run.run_id,
        "prompt_ref": run.subject.ref,
        "model": run.model,
        "simulated": run.simulated,
        "dataset": run.dataset,
        "repeats": run.repeats,
        "evaluated_at": dg.MetadataValue.timestamp(run.evaluated_at),
    }


def _passing(run: Run) -> dict[str, tuple[Case, list[bool | None]]]:
    """By case, whether each repeat passes."""
    from radar_pipeline.evals.comparison import by_case
    from radar_pipeline.evals.scorers import passed

    return {name: (of[0].case, [passed(r) for r in of]) for name, of in by_case(run).items()}


def _fails(repeats: list[bool | None]) -> bool:
    return False in repeats


def _by_severity(passing: Mapping[str, tuple[Case, list[bool | None]]]) -> list[dg.TableRecord]:
    rows = []
    for severity in Severity:
        own = [each for case, each in passing.values() if case.severity is severity]
        right = sum(all(p is True for p in each) for each in own)
        counts = {"cases": len(own), "passed": right, "failed": sum(map(_fails, own))}
        rows.append(dg.TableRecord({"severity": severity.value, **counts}))
    return rows


def _failing(run: Run) -> list[Result]:
    """The first wrong repeat of each case that fails, the most severe first."""
    from radar_pipeline.evals.comparison import by_case
    from radar_pipeline.evals.scorers import passed

    wrong = [next((r for r in of if passed(r) is False), None) for of in by_case(run).values()]
    rank = list(Severity)
    return sorted((r for r in wrong if r is not None), key=lambda r: rank.index(r.case.severity))


def _row(result: Result) -> dg.TableRecord:
    from radar_pipeline.evals.scorers import PRIMARY
    from radar_pipeline.evals.statistics import name_of

    case = result.case
    own = {"case": name_of(case), "severity": case.severity.value}
    if case.tenant:
        return dg.TableRecord({**own, "tags": "", "source": "", "expected": "", "said": ""})
    score = result.scores.get(PRIMARY[case.use_case])
    said = result.response.error or (score.answer if score else "")
    told = {"expected": _expected(case.expected), "said": cut(said)}
    return dg.TableRecord({**own, "tags": ", ".join(case.tags), "source": case.source, **told})


def _expected(expected: Mapping[str, Any]) -> str:
    """One word as it is, more as JSON."""
    values = list(expected.values())
    if len(values) == 1 and isinstance(values[0], str):
        return cut(values[0])
    return cut(json.dumps(dict(expected), ensure_ascii=False))
