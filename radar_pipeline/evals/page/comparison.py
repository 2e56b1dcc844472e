"""The page that compares two versions, case by case."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from radar_pipeline.evals import statistics, wording
from radar_pipeline.evals.comparison import Change, Comparison, Part, compare
from radar_pipeline.evals.gate import Decision
from radar_pipeline.evals.page.cases import ORDER, CaseView, views
from radar_pipeline.evals.scorers import ALL
from radar_pipeline.evals.values import Difference, Estimate, Run
from radar_pipeline.report.site import frame

PACKAGE = "radar_pipeline.evals.page"


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure of both versions. ``telling``: better or worse, where the interval says so."""

    name: str
    before: str
    now: str
    difference: str
    telling: str
    needed: str
    primary: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice of which cases are shown."""

    value: str
    label: str
    count: int
    chosen: bool = False


def render_comparison(
    candidate: Run,
    active: Run,
    decision: Decision,
    data: Path,
    changes: Sequence[str] = (),
    named: tuple[str, str] = ("", ""),
) -> str:
    """One self-contained page. ``changes``: the difference of the prompts, line by line; ``data``: the
    folder of data; ``named``: other names for the two versions than their keys, the active one's first.

    Raises ConfigurationError for two runs that cannot be compared.
    """
    found = compare(candidate, active)
    cases = views(found.rows, data)
    own = {tag for row in found.rows if not row.case.tenant for tag in row.case.tags}
    before, now = named[0] or found.active.key, named[1] or found.candidate.key
    return frame.render(
        "comparison.html.j2",
        package=PACKAGE,
        before=before,
        now=now,
        runs=((before, active), (now, candidate)),
        decision=decision,
        figures=figures(found),
        counts=[(change, wording.CHANGES[change], len(found.changed_to(change))) for change in ORDER],
        severities=_parts(found, "severity"),
        tags=[part for part in _parts(found, "tag") if part.name in own],
        left_out=_left_out(found),
        cases=cases,
        filters=_filters(cases),
        only_critical=sum(case.critical for case in cases),
        changes=changes,
        simulated=found.simulated,
    )


def figures(found: Comparison) -> list[FigureView]:
    """Every figure that was measured of either version, the primary one first."""
    names = [*found.differences, *(name for name in found.levels if name not in found.differences)]
    shown = [_figure(found, name) for name in names]
    return sorted((view for view in shown if view is not None), key=lambda view: not view.primary)


def _figure(found: Comparison, name: str) -> FigureView | None:
    now, before = found.levels.get(name, (statistics.NOTHING, statistics.NOTHING))
    difference = found.differences.get(name) or Difference(name, statistics.NOTHING)
    if all(estimate.value is None for estimate in (now, before, difference.estimate)):
        return None
    return FigureView(
        name=wording.metric(name),
        before=wording.level(name, before),
        now=wording.level(name, now),
        difference=wording.difference(name, difference.estimate),
        telling=telling(name, difference.estimate),
        needed=_needed(difference),
        primary=name == found.primary,
    )


def telling(name: str, estimate: Estimate) -> str:
    """``better`` or ``worse`` where the interval of a difference lies on one side of zero; else empty."""
    if estimate.low is None or estimate.high is None or estimate.low <= 0.0 <= estimate.high:
        return ""
    higher = ALL[name].higher_is_better if name in ALL else False
    return "better" if (estimate.low > 0.0) is higher else "worse"


def _needed(difference: Difference) -> str:
    if difference.estimate.value is None or difference.needed == 0:
        return ""
    return "cannot be told" if difference.needed is None else f"{difference.needed:,} more cases"


def _parts(found: Comparison, kind: str) -> list[Part]:
    return [part for part in found.parts if part.kind == kind]


def _left_out(found: Comparison) -> list[str]:
    """What is not compared, and why, a sentence each."""
    counted: Iterable[tuple[int, str]] = (
        (len(found.lost), f"answered by {found.active.key} alone: {', '.join(found.lost)}"),
        (len(found.gained), f"answered by {found.candidate.key} alone: {', '.join(found.gained)}"),
        (len(found.unjudged), f"judged in neither run: {', '.join(found.unjudged)}"),
        (found.others, "in one run only, or asked in another form"),
    )
    told = [f"{count} {'case' if count == 1 else 'cases'} {why}." for count, why in counted if count]
    if found.unlike:
        told.append(f"Scored by another version of the scorer in between: {', '.join(found.unlike)}.")
    return told


def _filters(cases: Sequence[CaseView]) -> list[Filter]:
    changed = sum(case.change in (Change.BROKEN, Change.FIXED) for case in cases)
    wrong = sum(case.change in (Change.BROKEN, Change.STILL_WRONG) for case in cases)
    return [
        Filter("changed", "Changed", changed, chosen=changed > 0),
        Filter("wrong", "Wrong now", wrong),
        Filter("all", "All", len(cases), chosen=changed == 0),
    ]
