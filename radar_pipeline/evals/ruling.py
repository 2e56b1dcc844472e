"""What the gate says of runs in which not everything that fails is the candidate's doing.

The scripted model and the local judge fail critical cases of their own accord, whatever a prompt tells or a
change of a rule does. What fails on both sides is therefore not held against a change there; that it fails
is told. A prompt that a real model answers is held to every critical case.
"""

from collections.abc import Collection
from dataclasses import replace

from radar_pipeline.evals import gate
from radar_pipeline.evals.comparison import by_case
from radar_pipeline.evals.gate import Decision
from radar_pipeline.evals.phrases import TO_DO, cases_named
from radar_pipeline.evals.scorers import passed
from radar_pipeline.evals.statistics import name_of
from radar_pipeline.evals.values import LOCAL, Run, Severity


def decide(candidate: Run, active: Run | None, *, note: str = "") -> Decision:
    """As ``gate.decide``; but critical cases that fail on both sides do not block where both are simulated,
    or both the local judge's. Raises as it does."""
    excused = _excused(candidate, active) if active is not None else frozenset()
    if active is None or not excused:
        return gate.decide(candidate, active, note=note)
    found = gate.decide(_eased(candidate, excused), _eased(active, excused), note=note)
    verb = "fails" if len(excused) == 1 else "fail"
    told = f"{cases_named(sorted(excused), 'critical case')} {verb} as before, which is not held against it."
    says, to_do, what = found.paragraph.partition(TO_DO)
    return replace(found, paragraph=f"{says} {told}{to_do}{what}")


def critical_failures(run: Run) -> list[str]:
    """The critical cases that fail in some repeat, or could not be judged, by name."""
    return [
        name
        for name, repeats in by_case(run).items()
        if repeats[0].case.severity is Severity.CRITICAL and any(passed(r) is not True for r in repeats)
    ]


def _excused(candidate: Run, active: Run) -> frozenset[str]:
    local = candidate.subject.name == active.subject.name == LOCAL
    if not local and not (candidate.simulated and active.simulated):
        return frozenset()
    return frozenset(critical_failures(candidate)) & frozenset(critical_failures(active))


def _eased(run: Run, names: Collection[str]) -> Run:
    """The run with these cases as severe as any other."""
    results = tuple(
        replace(r, case=replace(r.case, severity=Severity.MAJOR)) if name_of(r.case) in names else r
        for r in run.results
    )
    return replace(run, results=results)
