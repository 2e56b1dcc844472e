"""What a version is found to do, as it is kept beside its file and in the registry."""

from collections.abc import Mapping
from typing import Any

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.evals import statistics
from radar_pipeline.evals.scorers import PRIMARY
from radar_pipeline.evals.shares import exact
from radar_pipeline.evals.values import Case, Estimate, Run, digest_of
from radar_pipeline.prompts.use_cases import UseCase

_QUOTED = frozenset({"covered", "partial", "contradicted"})  # verdicts that need a quote


def performance(run: Run, satisfaction: tuple[int, int] | None = None) -> dict[str, Any]:
    """The body of a version's ``.perf.json``: figures as {value, low, high, n}, None where not measured.

    accuracy: mean of the primary metric. citation_rate: of the answers whose right verdict needs a quote, the
    share that has a verified one; hallucination_rate: the share of all quotes that is in no document.
    ``satisfaction``: how many of analysts' opinions agree, of how many. judge_version: of the scorers, all
    that told right from wrong. Raises ConfigurationError for a simulated or an unfinished run, and where
    nothing was judged.
    """
    _check(run)
    told = statistics.summary(run)
    accuracy = told[PRIMARY[run.subject.use_case]]
    return {
        "sha": run.subject.sha,
        "dataset": run.dataset,
        "n": accuracy.n,
        "accuracy": _figure(accuracy),
        "citation_rate": _figure(citation_rate(run)),
        "hallucination_rate": _figure(hallucination_rate(run)),
        "latency_p50_ms": _figure(told.get("latency_p50_ms")),
        "latency_p95_ms": _figure(told.get("latency_p95_ms")),
        "cost_per_request_usd": _figure(told.get("cost_usd")),
        "satisfaction": _opinions(satisfaction),
        "judge_version": f"scorers-{digest_of(dict(run.scorers))[:12]}",
        "date": run.evaluated_at.date().isoformat(),
        "model": run.model,
    }


def citation_rate(run: Run) -> Estimate:
    """Share of answers with a verified quote, where the right answer needs one; over the answers given."""
    needing = [r for r in run.results if r.response.answered and needs_quote(r.case)]
    found = [float(any(quote.verified for quote in r.response.quotes)) for r in needing]
    return statistics.mean(found, [statistics.source_of(r.case) for r in needing], share=True)


def hallucination_rate(run: Run) -> Estimate:
    """Share of the quotes given that are literally in no document of their case; ``n`` counts quotes."""
    given = [(quote, statistics.source_of(r.case)) for r in run.results for quote in r.response.quotes]
    missing = [float(not quote.verified) for quote, _ in given]
    return statistics.mean(missing, [source for _, source in given], share=True)


def needs_quote(case: Case) -> bool:
    """Whether a right answer to the case proves itself by a quote."""
    if case.use_case is UseCase.JUDGE:
        return case.expected.get("verdict") in _QUOTED
    return case.use_case is UseCase.ASK and case.expected.get("answered") is True


def _check(run: Run) -> None:
    key = run.subject.key
    if run.simulated:
        raise ConfigurationError(
            f"The figures of {key} are simulated, and are kept in no file.",
            remedy="Evaluate it with a real model: set a provider's key.",
        )
    if not run.complete:
        raise ConfigurationError(
            f"The evaluation of {key} is not complete: {run.unasked} cases were not asked.",
            remedy="Evaluate it again; answers that are there are not asked for twice.",
        )
    if not statistics.scored(run, PRIMARY[run.subject.use_case]):
        raise ConfigurationError(
            f"None of the answers of {key} could be judged.", remedy="See why with `radar prompts eval`."
        )


def _figure(estimate: Estimate | None) -> Mapping[str, Any] | None:
    if estimate is None or estimate.value is None:
        return None
    low, high = estimate.low, estimate.high
    if low is not None and high is not None:  # the value is within; rounding may say otherwise
        low, high = min(low, estimate.value), max(high, estimate.value)
    return {"value": estimate.value, "low": low, "high": high, "n": estimate.n}


def _opinions(satisfaction: tuple[int, int] | None) -> Mapping[str, Any] | None:
    """Of independent opinions: whose they are is not told here."""
    agreed, of = satisfaction or (0, 0)
    if not of:
        return None
    low, high = exact(agreed / of, float(of))
    return {"value": agreed / of, "low": low, "high": high, "n": of}
