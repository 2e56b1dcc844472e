"""A run in a line: what a table or a page shows of it, and which critical cases it fails."""

from collections import Counter
from dataclasses import dataclass

from radar_pipeline.evals import statistics, wording
from radar_pipeline.evals.comparison import by_case
from radar_pipeline.evals.gate import Decision
from radar_pipeline.evals.ruling import critical_failures
from radar_pipeline.evals.scorers import PRIMARY, passed
from radar_pipeline.evals.values import LOCAL, Estimate, Result, Run, Severity, Subject

SIMULATED = "simulated"
PASSES = "passes"


@dataclass(frozen=True, slots=True)
class Failure:
    """A critical case that fails."""

    case: str
    expected: str
    said: str


@dataclass(frozen=True, slots=True)
class Line:
    """``asked``: the model that answered, or ``SIMULATED``. Figures are means with their intervals, of
    nothing where nothing was measured. ``gate``: ``PASSES``, or the rules that block in words; empty where
    nothing was decided."""

    subject: Subject
    asked: str
    simulated: bool
    cases: int
    accuracy: Estimate
    cost_weighted: Estimate
    recall: Estimate
    citations: Estimate
    p50: Estimate
    p95: Estimate
    cost: Estimate
    critical: int
    failures: tuple[Failure, ...]
    unasked: int
    gate: str
    measured_by: str  # the version that the gate compared with; empty if there was none


def line_of(run: Run, decision: Decision | None, measured_by: str = "") -> Line:
    """The line of a run, with what the gate says of it."""
    told = statistics.summary(run)

    def figure(name: str) -> Estimate:
        return told.get(name, statistics.NOTHING)

    results = by_case(run)
    return Line(
        subject=run.subject,
        asked=asked_of(run),
        simulated=run.simulated,
        cases=len(results),
        accuracy=figure(PRIMARY[run.subject.use_case]),
        cost_weighted=figure("verdict_cost"),
        recall=figure("evidence_recall"),
        citations=figure("citation_validity"),
        p50=figure("latency_p50_ms"),
        p95=figure("latency_p95_ms"),
        cost=figure("cost_usd"),
        critical=sum(repeats[0].case.severity is Severity.CRITICAL for repeats in results.values()),
        failures=tuple(_failure(name, results[name]) for name in critical_failures(run)),
        unasked=run.unasked,
        gate=gate_told(decision) if decision is not None else "",
        measured_by=measured_by,
    )


def asked_of(run: Run) -> str:
    """The model that gave most of the answers, as people call it."""
    if run.simulated:
        return SIMULATED
    if run.subject.name == LOCAL:
        return "its rules"
    models = Counter(r.response.model for r in run.results if r.response.model)
    return models.most_common(1)[0][0] if models else run.model.partition(" ")[0]


def gate_told(decision: Decision) -> str:
    """What the gate says, in a few words."""
    if decision.passed:
        return PASSES
    return ", ".join(dict.fromkeys(wording.RULES[reason.rule] for reason in decision.reasons))


def _failure(name: str, repeats: list[Result]) -> Failure:
    wrong = next((r for r in repeats if passed(r) is not True), repeats[0])
    return Failure(name, wording.expected(wrong.case), wording.said(wrong.case, wrong.response))
