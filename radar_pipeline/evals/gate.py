"""Whether a version may become active: rules over its run and the active version's, and why not.

One rule needs a word. The primary metric's lower bound must not lie under −2 points, and with as many cases
as a person can write that takes either gains or no losses at all: 120 answers that are all the same still
leave room for a loss of three points that they do not show. A version that answers no case worse passes all
the same, else no typo could ever be corrected, and the decision says how much the cases could have missed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from radar_pipeline.evals import phrases, power, statistics
from radar_pipeline.evals.clusters import FEWEST
from radar_pipeline.evals.comparison import Comparison, by_case, compare, is_judged
from radar_pipeline.evals.phrases import cases_named, difference_told, points, share
from radar_pipeline.evals.scorers import passed
from radar_pipeline.evals.values import Difference, Run, Severity

FEWEST_CASES = 20
CITATIONS = 0.99  # share of all quotes that must be in the documents
GROWTH = 1.2  # of cost and p95 latency, without a note
P95 = "latency_p95_ms"
COST = "cost_usd"
_NEITHER = (statistics.NOTHING, statistics.NOTHING)


class Rule(StrEnum):
    """What can block."""

    INCOMPLETE = "incomplete"
    CRITICAL = "critical_case"
    WORSE = "worse"
    DATA = "not_enough_data"
    CITATIONS = "citation_validity"
    COST = "cost"
    LATENCY = "latency"


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that blocks: what was found, and what mends it, each a sentence without its full stop."""

    rule: Rule
    says: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Decision:
    """``reasons`` is empty if it passed. ``paragraph`` tells all of it to a person: ids of cases and figures,
    no text of theirs. A simulated decision says nothing about a real model."""

    passed: bool
    reasons: tuple[Reason, ...]
    paragraph: str
    simulated: bool = False


def decide(candidate: Run, active: Run | None, *, note: str = "") -> Decision:
    """Whether the candidate may become active. Without an active version only the absolute rules hold.

    ``note``: the author's word on why more cost or time is worth it; with one, neither blocks. Raises
    ConfigurationError for two runs that cannot be compared.
    """
    comparison = compare(candidate, active) if active is not None else None
    rules: Sequence[Reason | None] = (
        _incomplete(candidate, active, comparison),
        _citations(candidate),
        _critical(candidate),
        _worse(comparison) if comparison is not None else _few(candidate),
        *(_dearer(comparison) if comparison is not None and not note.strip() else ()),
    )
    reasons = tuple(reason for reason in rules if reason is not None)
    told = phrases.paragraph(
        candidate,
        comparison,
        blocked=[(reason.says, reason.remedy) for reason in reasons],
        quotes=(0, 0) if _citations(candidate) else quotes_verified(candidate),
        note=note,
    )
    return Decision(not reasons, reasons, told, candidate.simulated)


def quotes_verified(run: Run) -> tuple[int, int]:
    """How many of the run's quotes are literally in their documents, and how many there are."""
    quotes = [quote for result in run.results for quote in result.response.quotes]
    return sum(quote.verified for quote in quotes), len(quotes)


def _incomplete(candidate: Run, active: Run | None, comparison: Comparison | None) -> Reason | None:
    again = "Evaluate it again; answers that are there are not asked for twice"
    for run in (candidate, active):
        if run is not None and run.unasked:
            return Reason(
                Rule.INCOMPLETE, f"{run.unasked} cases were not asked of {run.subject.version}", again
            )
    if comparison is None or active is None:
        missing = [name for name, repeats in by_case(candidate).items() if not is_judged(repeats)]
    elif candidate.dataset != active.dataset:
        says = f"{active.subject.version} was evaluated on other cases than {candidate.subject.version}"
        return Reason(Rule.INCOMPLETE, says, "Evaluate both on the same cases")
    else:
        missing = list(comparison.lost)
    if not missing:
        return None
    says = f"{cases_named(missing)} got no answer that could be judged"
    return Reason(Rule.INCOMPLETE, says, again)


def _critical(candidate: Run) -> Reason | None:
    """A critical case passes in every repeat; ``ruling`` excuses some of them."""
    critical = {
        name: repeats
        for name, repeats in by_case(candidate).items()
        if repeats[0].case.severity is Severity.CRITICAL
    }
    failed = [name for name, repeats in critical.items() if any(passed(r) is not True for r in repeats)]
    if not failed:
        return None
    verb = "fails" if len(failed) == 1 else "fail"
    says = f"{cases_named(failed, 'critical case')} of {len(critical)} {verb}"
    return Reason(Rule.CRITICAL, says, "Look at what it answered in its critical cases, and mend the prompt")


def _few(candidate: Run) -> Reason | None:
    judged = [repeats[0].case for repeats in by_case(candidate).values() if is_judged(repeats)]
    missing = _missing(len(judged), len({statistics.source_of(case) for case in judged}))
    return _not_enough(len(judged), missing) if missing else None


def _worse(comparison: Comparison) -> Reason | None:
    difference = comparison.differences[comparison.primary]
    estimate = difference.estimate
    if missing := _missing(estimate.n, estimate.clusters):
        return _not_enough(estimate.n, missing)
    if estimate.low is None or estimate.high is None or estimate.low < -statistics.MARGIN:
        return _loss(comparison, difference) if comparison.lower else None
    return None


def _loss(comparison: Comparison, difference: Difference) -> Reason:
    """Blocked by the interval: because it is worse, or because nobody can tell."""
    estimate, before = difference.estimate, comparison.active.version
    if estimate.high is not None and estimate.high < 0.0:
        says = f"it is worse than {before}"
        return Reason(Rule.WORSE, says, "Look at the cases that became worse, and mend the prompt")
    says = (
        f"{estimate.n} cases cannot show that it loses less than {points(statistics.MARGIN)} against "
        f"{before}: the difference is {difference_told(estimate)}, which is not enough data rather than a "
        f"proof of harm"
    )
    wanted = "More cases alone will not decide"
    if more := difference.needed:
        wanted = f"About {more} more cases like these would decide"
    lower = cases_named(comparison.lower)
    return Reason(Rule.DATA, says, f"{wanted}; or mend what it answers worse in {lower}")


def _missing(cases: int, sources: int) -> int:
    """How many cases at least are missing for any judgement."""
    few_sources = power.for_sources(cases, sources) if cases else None
    return max(0, FEWEST_CASES - cases, few_sources or 0)


def _not_enough(cases: int, missing: int) -> Reason:
    says = f"{cases} judged cases are not enough data"
    return Reason(
        Rule.DATA,
        says,
        f"Add at least {missing} cases; {FEWEST} sources and {FEWEST_CASES} cases are the least",
    )


def _citations(candidate: Run) -> Reason | None:
    verified, given = quotes_verified(candidate)
    if not given or verified >= CITATIONS * given:
        return None
    wrong = sorted(
        {
            statistics.name_of(r.case)
            for r in candidate.results
            if not all(q.verified for q in r.response.quotes)
        }
    )
    says = (
        f"only {share(verified / given)} of its {given} quotes are literally in the documents, at least "
        f"{share(CITATIONS)} must be; the others are in {cases_named(wrong)}"
    )
    return Reason(Rule.CITATIONS, says, "Tell the model to copy quotes letter by letter")


def _dearer(comparison: Comparison) -> list[Reason]:
    """Cost and time, where both were asked live."""
    if comparison.simulated:
        return []
    before = comparison.active.version
    found = []
    for rule, figure, noun, told in (
        (Rule.COST, COST, "the cost of a request", phrases.dollars),
        (Rule.LATENCY, P95, "the 95th percentile of latency", phrases.milliseconds),
    ):
        now, then = (estimate.value for estimate in comparison.levels.get(figure, _NEITHER))
        if now is not None and then is not None and now > GROWTH * then * (1 + 1e-9):
            says = f"{noun} is {told(now)}, with {before} it is {told(then)}, which is over 20% more"
            found.append(Reason(rule, says, "Promote it with a note that says why that is worth it"))
    return found
