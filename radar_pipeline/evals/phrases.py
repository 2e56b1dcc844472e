"""Figures and decisions of the gate in English, for a person who has not seen the run."""

from collections.abc import Sequence

from radar_pipeline.evals import statistics
from radar_pipeline.evals.comparison import Change, Comparison
from radar_pipeline.evals.scorers import PRIMARY
from radar_pipeline.evals.values import LOCAL, Estimate, Run

TO_DO = " What to do:"  # what a blocked paragraph ends with
_NAMED = 3  # ids of cases told; the others are counted
_LONGEST = 300  # characters of a note
_METRICS = {  # a primary metric in words
    "verdict_match": "accuracy",
    "properties": "share of expected properties",
    "element_match": "agreement on elements",
}
_LIVE = {"cost_usd": "a request costs", "latency_p95_ms": "the 95th percentile of latency is"}


def share(value: float) -> str:
    """``86.3%``."""
    return f"{value:.1%}"


def points(value: float, *, signed: bool = False) -> str:
    """A difference of shares: ``2.0 points``, with its sign ``+2.0 points``."""
    return f"{_number(value, signed)} points"


def difference_told(estimate: Estimate) -> str:
    """``−0.8 points (95% interval −3.9 to +2.3)``."""
    value = points(estimate.value or 0.0, signed=True)
    if estimate.low is None or estimate.high is None:
        return f"{value} (not enough data for an interval)"
    return f"{value} (95% interval {_number(estimate.low, True)} to {_number(estimate.high, True)})"


def level_told(estimate: Estimate) -> str:
    """``86.3% (95% interval 79.0% to 91.2%)``."""
    value = share(estimate.value or 0.0)
    if estimate.low is None or estimate.high is None:
        return f"{value} (not enough data for an interval)"
    return f"{value} (95% interval {share(estimate.low)} to {share(estimate.high)})"


def dollars(value: float) -> str:
    """``$0.0121``."""
    return f"${value:.4f}"


def milliseconds(value: float) -> str:
    """``840 ms``, ``2.4 s``."""
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.1f} s"


def cases_named(ids: Sequence[str], noun: str = "case") -> str:
    """``2 cases (a, b)``, the first few by id."""
    rest = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return f"{len(ids)} {noun}{'' if len(ids) == 1 else 's'} ({', '.join(ids[:_NAMED])}{rest})"


def paragraph(
    run: Run,
    comparison: Comparison | None,
    blocked: Sequence[tuple[str, str]],
    quotes: tuple[int, int],
    note: str = "",
) -> str:
    """The whole decision: what it is and why, the figures behind it, what to do.

    ``blocked``: what was found and what mends it, by rule; ``quotes``: how many are verified, of how many,
    (0, 0) where that is not to be told.
    """
    told = [_verdict(run, comparison, [says for says, _ in blocked])]
    told.append(_alone(run) if comparison is None else _beside(comparison))
    if comparison is not None:
        told += [_changes(comparison), _live(comparison)]
    verified, given = quotes
    if given:
        told.append(
            f"{verified} of {given} quotes ({share(verified / given)}) are literally in the documents."
        )
    if note.strip():
        told.append(f"Its note: {' '.join(note.split())[:_LONGEST].rstrip('.')}.")
    says = " ".join(sentence for sentence in told if sentence)
    remedies = ". ".join(dict.fromkeys(remedy for _, remedy in blocked))
    return f"{says}{TO_DO} {remedies}." if remedies else says


def _verdict(run: Run, comparison: Comparison | None, reasons: Sequence[str]) -> str:
    simulated = "Simulated, which says nothing about a real model: " if run.simulated else ""
    if reasons:
        return f"{simulated}{run.subject.key} is blocked: {'; '.join(reasons)}."
    if run.subject.name == LOCAL:
        return f"{run.subject.key} holds beside its reference."
    if comparison is None:
        return f"{simulated}{run.subject.key} may become active; no version is active to compare it with."
    if run.subject.status in ("active", "deprecated"):  # compared by a person, not about to be promoted
        return f"{simulated}{run.subject.key} would pass the gate beside {comparison.active.version}."
    return f"{simulated}{run.subject.key} may become active in place of {comparison.active.version}."


def _alone(run: Run) -> str:
    metric = PRIMARY[run.subject.use_case]
    found = statistics.summary(run).get(metric, statistics.NOTHING)
    if found.value is None:
        return "None of its answers could be judged."
    return f"On {found.n} cases from {found.clusters} sources its {_METRICS[metric]} is {level_told(found)}."


def _beside(comparison: Comparison) -> str:
    metric = comparison.primary
    ours, theirs = comparison.levels.get(metric, (statistics.NOTHING, statistics.NOTHING))
    if ours.value is None:
        return "No case was judged in both runs."
    return (
        f"On the {ours.n} cases from {ours.clusters} sources that both answered its {_METRICS[metric]} is "
        f"{level_told(ours)}, that of {comparison.active.version} is {level_told(theirs)}, the difference "
        f"{difference_told(comparison.differences[metric].estimate)}."
    )


def _changes(comparison: Comparison) -> str:
    fixed, broken = (
        [row.name for row in comparison.changed_to(change)] for change in (Change.FIXED, Change.BROKEN)
    )
    parts = [f"{cases_named(fixed)} now right"] if fixed else []
    parts += [f"{cases_named(broken)} now wrong"] if broken else []
    told = f"Changed: {', '.join(parts)}." if parts else "No case changed between right and wrong."
    low = comparison.differences[comparison.primary].estimate.low
    if not comparison.lower and low is not None and low < -statistics.MARGIN:
        told += f" No case scores lower, though so many cases would not show a loss of up to {points(-low)}."
    return told


def _live(comparison: Comparison) -> str:
    told = []
    for (figure, words), form in zip(_LIVE.items(), (dollars, milliseconds), strict=True):
        now, before = comparison.levels.get(figure, (statistics.NOTHING, statistics.NOTHING))
        if not comparison.simulated and now.value is not None and before.value is not None:
            told.append(f"{words} {form(now.value)}, before {form(before.value)}")
    sentence = "; ".join(told)
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else ""


def _number(value: float, signed: bool) -> str:
    told = f"{abs(100 * value):.1f}"
    if told == "0.0":
        return told
    return f"{'−' if value < 0 else '+' if signed else ''}{told}"
