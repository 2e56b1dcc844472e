"""Two runs on the same cases: what each scorer says of the difference, and what became of each case.

Only cases that both runs judged are paired. What could not be paired is named, because a version that does
not answer the hard cases must not look better for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.evals import statistics
from radar_pipeline.evals.scorers import PRIMARY, passed
from radar_pipeline.evals.values import Case, Difference, Estimate, Result, Run, Severity, Subject


class Change(StrEnum):
    """What became of a case. With repeats a case is right if every repeat is."""

    FIXED = "fixed"
    BROKEN = "broken"
    STILL_WRONG = "still_wrong"
    STILL_RIGHT = "still_right"


@dataclass(frozen=True, slots=True)
class Row:
    """A paired case. Each side shows its first wrong repeat, or else its first."""

    name: str  # of the case: its id, a tenant's own with the tenant before it
    case: Case
    change: Change
    candidate: Result
    active: Result


@dataclass(frozen=True, slots=True)
class Part:
    """The paired cases of one severity, or with one tag."""

    kind: str  # severity | tag
    name: str
    cases: int
    right: int  # of the candidate
    right_before: int  # of the active version
    fixed: int
    broken: int
    difference: Difference  # of the primary metric


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything about a candidate beside the active version.

    ``levels``: by figure (a scorer's name, or one of ``statistics.PERCENTILES``), the candidate's and the
    active version's on the cases that both scored. ``lost``: cases that only the active version's run judged,
    ``gained``: only the candidate's; ``unjudged``: neither. ``lower``: cases whose primary score fell.
    ``others``: cases of one run that the other does
    not hold in the same form. ``unlike``: scorers that changed in between, which are left out.
    """

    candidate: Subject
    active: Subject
    simulated: bool
    primary: str
    differences: Mapping[str, Difference]
    levels: Mapping[str, tuple[Estimate, Estimate]]
    rows: tuple[Row, ...]
    parts: tuple[Part, ...]
    lost: tuple[str, ...]
    gained: tuple[str, ...]
    lower: tuple[str, ...]
    unjudged: tuple[str, ...]
    others: int
    unlike: tuple[str, ...]

    def changed_to(self, change: Change) -> tuple[Row, ...]:
        """The rows with this change, the most severe first."""
        rank = list(Severity)
        found = (row for row in self.rows if row.change is change)
        return tuple(sorted(found, key=lambda row: (rank.index(row.case.severity), row.name)))


def compare(candidate: Run, active: Run) -> Comparison:
    """The candidate's run beside the active version's.

    Raises ConfigurationError for runs that say nothing about each other: of two use cases, one simulated and
    the other not, or their primary metric scored by two versions of its scorer.
    """
    _check(candidate, active)
    ours, theirs = by_case(candidate), by_case(active)
    alike = [name for name in ours if name in theirs and ours[name][0].case.sha == theirs[name][0].case.sha]
    judged = {name: (is_judged(ours[name]), is_judged(theirs[name])) for name in alike}
    rows = tuple(_row(ours[name], theirs[name]) for name, both in judged.items() if all(both))
    unlike = tuple(n for n, sha in candidate.scorers.items() if active.scorers.get(n, sha) != sha)
    metrics = [n for n in candidate.scorers if n in active.scorers and n not in unlike]
    primary = PRIMARY[candidate.subject.use_case]
    return Comparison(
        candidate=candidate.subject,
        active=active.subject,
        simulated=candidate.simulated,
        primary=primary,
        differences={metric: _difference(metric, candidate, active, alike) for metric in metrics},
        levels=_levels(metrics, candidate, active, alike),
        rows=rows,
        parts=_parts(rows, primary, candidate, active),
        lost=tuple(name for name, both in judged.items() if both == (False, True)),
        gained=tuple(name for name, both in judged.items() if both == (True, False)),
        unjudged=tuple(name for name, both in judged.items() if both == (False, False)),
        lower=_lower(primary, candidate, active, alike),
        others=len(ours.keys() | theirs.keys()) - len(alike),
        unlike=unlike,
    )


def by_case(run: Run) -> dict[str, list[Result]]:
    """A run's results by case, the repeats in order."""
    found: dict[str, list[Result]] = {}
    for result in sorted(run.results, key=lambda r: r.repeat):
        found.setdefault(statistics.name_of(result.case), []).append(result)
    return {name: found[name] for name in sorted(found)}


def is_judged(repeats: Sequence[Result]) -> bool:
    """Whether it can be told of every repeat if it passes."""
    return all(passed(result) is not None for result in repeats)


def _check(candidate: Run, active: Run) -> None:
    ours, theirs = candidate.subject, active.subject
    told = f"{ours.key} and {theirs.key} cannot be compared"
    if ours.use_case is not theirs.use_case:
        raise ConfigurationError(
            f"{told}: one is for {ours.use_case}, the other for {theirs.use_case}.",
            remedy="Compare two versions for the same use case.",
        )
    if candidate.simulated != active.simulated:
        made_up = ours if candidate.simulated else theirs
        raise ConfigurationError(
            f"{told}: the figures of {made_up.key} are simulated, the other's are not.",
            remedy="Evaluate both with a real model, or both with the fake provider.",
        )
    primary = PRIMARY[ours.use_case]
    if candidate.scorers.get(primary, "") != active.scorers.get(primary):
        raise ConfigurationError(
            f"{told}: {primary} changed between the two runs.",
            remedy="Evaluate both again; answers that are there are scored anew without asking.",
        )


def _row(ours: Sequence[Result], theirs: Sequence[Result]) -> Row:
    shown = [next((r for r in side if not passed(r)), side[0]) for side in (ours, theirs)]
    now, before = (bool(passed(result)) for result in shown)
    if now:
        change = Change.STILL_RIGHT if before else Change.FIXED
    else:
        change = Change.BROKEN if before else Change.STILL_WRONG
    return Row(statistics.name_of(ours[0].case), ours[0].case, change, *shown)


def _difference(metric: str, candidate: Run, active: Run, cases: Iterable[str]) -> Difference:
    ours, theirs = statistics.scored(candidate, metric), statistics.scored(active, metric)
    sources = statistics.sources_of(candidate)
    both = [name for name in cases if name in ours and name in theirs]
    return statistics.paired(
        metric,
        [fmean(ours[name]) for name in both],
        [fmean(theirs[name]) for name in both],
        [sources[name] for name in both],
        share=statistics.is_share(metric),
    )


def _lower(metric: str, candidate: Run, active: Run, cases: Iterable[str]) -> tuple[str, ...]:
    ours, theirs = statistics.scored(candidate, metric), statistics.scored(active, metric)
    both = (name for name in cases if name in ours and name in theirs)
    return tuple(name for name in both if fmean(ours[name]) < fmean(theirs[name]) - 1e-12)


def _levels(
    metrics: Iterable[str], candidate: Run, active: Run, cases: Iterable[str]
) -> dict[str, tuple[Estimate, Estimate]]:
    known = set(cases)
    found: dict[str, tuple[Estimate, Estimate]] = {}
    for metric in metrics:
        sides = [statistics.scored(run, metric) for run in (candidate, active)]
        both = known & sides[0].keys() & sides[1].keys()
        sources = statistics.sources_of(candidate)
        ours, theirs = (
            statistics.figures(metric, {name: side[name] for name in sorted(both)}, sources) for side in sides
        )
        found |= {name: (ours[name], theirs[name]) for name in ours}
    return found


def _parts(rows: Sequence[Row], primary: str, candidate: Run, active: Run) -> tuple[Part, ...]:
    """By severity, the worst first, then by tag."""
    groups: dict[tuple[str, str], list[Row]] = {("severity", str(one)): [] for one in Severity}
    for row in rows:
        groups["severity", str(row.case.severity)].append(row)
    for tag in sorted({tag for row in rows for tag in row.case.tags}):
        groups["tag", tag] = [row for row in rows if tag in row.case.tags]
    parts = []
    for (kind, name), of in groups.items():
        counts = {change: sum(row.change is change for row in of) for change in Change}
        stayed = counts[Change.STILL_RIGHT]
        part = Part(
            kind,
            name,
            len(of),
            right=stayed + counts[Change.FIXED],
            right_before=stayed + counts[Change.BROKEN],
            fixed=counts[Change.FIXED],
            broken=counts[Change.BROKEN],
            difference=_difference(primary, candidate, active, [row.name for row in of]),
        )
        parts.append(part)
    return tuple(part for part in parts if part.cases)
