"""What the gate says of runs in which not everything that fails is the candidate's doing.

The scripted model and the local judge fail critical cases of their own accord, whatever a prompt tells or a
change of a rule does. What fails on both sides is therefore not held against a change there; that it fails
is told. A prompt that a real model answers is held to every critical case, but for one thing that no wording
of it can mend: the judge itself is in doubt of an answer and withholds it, in both versions alike, and it
leans to the right verdict. Withheld for any other reason, such as a quote that is in no document, it fails.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from radar_pipeline.evals import gate
from radar_pipeline.evals.comparison import by_case
from radar_pipeline.evals.gate import Decision
from radar_pipeline.evals.phrases import TO_DO, cases_named
from radar_pipeline.evals.scorers import passed, verdicts
from radar_pipeline.evals.statistics import name_of
from radar_pipeline.evals.values import LOCAL, Result, Run, Severity
from radar_pipeline.models import Reason


def decide(candidate: Run, active: Run | None, *, note: str = "") -> Decision:
    """As ``gate.decide``; but critical cases that fail on both sides do not block where both are simulated,
    or both the local judge's, or where both lean to the right verdict and are withheld as uncertain. Raises
    as it does."""
    excused = _excused(candidate, active) if active is not None else frozenset()
    if active is None or not excused:
        return gate.decide(candidate, active, note=note)
    found = gate.decide(_eased(candidate, excused), _eased(active, excused), note=note)
    told = _told(sorted(excused), live=not (_local(candidate, active) or found.simulated))
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
    both = frozenset(critical_failures(candidate)) & frozenset(critical_failures(active))
    if _local(candidate, active) or (candidate.simulated and active.simulated):
        return both
    return both & _only_doubted(candidate) & _only_doubted(active)


def _local(candidate: Run, active: Run) -> bool:
    return candidate.subject.name == active.subject.name == LOCAL


def _only_doubted(run: Run) -> frozenset[str]:
    """The cases whose every answer passes, or is only withheld as uncertain and leans to a right verdict."""
    return frozenset(
        name
        for name, repeats in by_case(run).items()
        if all(passed(result) is True or _doubted(result) for result in repeats)
    )


def _doubted(result: Result) -> bool:
    answer = result.response.answer
    return answer.get("withheld") == Reason.UNCERTAIN and answer.get("verdict") in verdicts.right(result.case)


def _told(excused: Sequence[str], *, live: bool) -> str:
    named, one = cases_named(excused, "critical case"), len(excused) == 1
    if live:
        return (
            f"{named} {'is' if one else 'are'} withheld as too uncertain, as before, though leaning to the "
            f"right verdict, which is not held against it."
        )
    return f"{named} {'fails' if one else 'fail'} as before, which is not held against it."


def _eased(run: Run, names: Collection[str]) -> Run:
    """The run with these cases as severe as any other."""
    results = tuple(
        replace(r, case=replace(r.case, severity=Severity.MAJOR)) if name_of(r.case) in names else r
        for r in run.results
    )
    return replace(run, results=results)
