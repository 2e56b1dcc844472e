"""What people call figures, and what was expected and said, in words, for pages and terminals."""

from collections.abc import Callable, Mapping
from typing import Any

from radar_pipeline.evals import phrases, statistics
from radar_pipeline.evals.comparison import Change
from radar_pipeline.evals.gate import Rule
from radar_pipeline.evals.scorers import ALL
from radar_pipeline.evals.scorers.properties import answered
from radar_pipeline.evals.values import Case, Estimate, Response
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.report.site.words import VERDICTS, plural

METRICS: Mapping[str, str] = {
    "verdict_match": "Right verdict",
    "verdict_cost": "Cost of wrong verdicts",
    "properties": "Properties of a right answer",
    "element_match": "Elements found",
    "evidence_recall": "Evidence recall",
    "evidence_precision": "Evidence precision",
    "citation_validity": "Valid citations",
    "schema_validity": "Valid form at once",
    "forbidden_claim": "No forbidden claim",
    "pattern": "Patterns found",
    "latency_ms": "Latency, case by case",
    "latency_p50_ms": "Latency, median",
    "latency_p95_ms": "Latency, 95th percentile",
    "cost_usd": "Cost of a request",
    "model_grade": "Grade by a model, report only",
}
CHANGES: Mapping[Change, str] = {
    Change.BROKEN: "now wrong",
    Change.FIXED: "now right",
    Change.STILL_WRONG: "still wrong",
    Change.STILL_RIGHT: "still right",
}
RULES: Mapping[Rule, str] = {  # why the gate blocks, in a word or two
    Rule.INCOMPLETE: "incomplete",
    Rule.CRITICAL: "critical case",
    Rule.WORSE: "worse",
    Rule.DATA: "too few data",
    Rule.CITATIONS: "citations",
    Rule.COST: "cost",
    Rule.LATENCY: "latency",
}


def metric(name: str) -> str:
    """A figure's name for a person."""
    return METRICS.get(name, name.replace("_", " "))


def figure(name: str, value: float | None) -> str:
    """A value in its unit; empty for None."""
    return "" if value is None else _form(name)(value)


def level(name: str, estimate: Estimate) -> str:
    """A value with its interval: ``86.3% (79.0% to 91.2%)``; empty if there is none."""
    value = figure(name, estimate.value)
    if not value or estimate.low is None or estimate.high is None:
        return value
    return f"{value} ({figure(name, estimate.low)} to {figure(name, estimate.high)})"


def difference(name: str, estimate: Estimate) -> str:
    """A difference with its sign and interval: ``−0.8 points (−3.9 to +2.3)``; empty if there is none."""
    if estimate.value is None:
        return ""
    told = [
        _signed(name, value) for value in (estimate.value, estimate.low, estimate.high) if value is not None
    ]
    points = " points" if _unit(name) == "share" else ""
    return told[0] + points + (f" ({told[1]} to {told[2]})" if len(told) == 3 else "")


def _unit(name: str) -> str:
    return "ms" if name in statistics.PERCENTILES else ALL[name].unit if name in ALL else "cost"


def _form(name: str) -> Callable[[float], str]:
    forms: Mapping[str, Callable[[float], str]] = {
        "share": phrases.share,
        "usd": phrases.dollars,
        "ms": phrases.milliseconds,
    }
    return forms.get(_unit(name), lambda value: f"{value:.2f}")


def _signed(name: str, value: float) -> str:
    told = f"{100 * abs(value):.1f}" if _unit(name) == "share" else _form(name)(abs(value))
    sign = "" if not told.strip("$0. ms") else "−" if value < 0 else "+"
    return f"{sign}{told}"


# ── Answers ───────────────────────────────────────────────────────────────────────────────────


def expected(case: Case) -> str:
    """What is right, in words; of a tenant's case its closed words only."""
    right = case.expected
    match case.use_case:
        case UseCase.JUDGE:
            return " or ".join(_verdict(v) for v in (right.get("verdict"), *right.get("also", ())))
        case UseCase.ASK:
            return "An answer" if right.get("answered") else "No answer to all of it, and what is left open"
        case UseCase.DECOMPOSE:
            return "; ".join(map(_element, right.get("elements", ())))
        case UseCase.CONTRADICT:
            return _contradiction(right)
        case UseCase.EVALUATE:
            return _passes(right)


def said(case: Case, response: Response) -> str:
    """What was answered, in a few words."""
    answer = response.answer
    if not response.answered:
        return f"No answer ({response.error})"
    match case.use_case:
        case UseCase.JUDGE:
            verdict = _verdict(answer.get("verdict"))
            withheld = str(answer.get("withheld") or "").replace("_", " ")
            return f"Withheld ({withheld}), leaning to {verdict.lower()}" if withheld else verdict
        case UseCase.ASK:
            return "An answer" if answered(response) else "No answer to all of it"
        case UseCase.DECOMPOSE:
            return plural(len(answer.get("elements") or ()), "element")
        case UseCase.CONTRADICT:
            return _contradiction(answer)
        case UseCase.EVALUATE:
            return _passes(answer)


def verdict_code(case: Case, response: Response) -> str:
    """The verdict by which a badge is coloured; empty where the answer is none."""
    verdict = response.answer.get("verdict") if case.use_case is UseCase.JUDGE else None
    if not response.answered or verdict not in VERDICTS:
        return ""
    return "not_assessed" if response.answer.get("withheld") else str(verdict)


def _verdict(verdict: Any) -> str:
    return VERDICTS.get(str(verdict), "None")


def _element(element: Mapping[str, Any]) -> str:
    limit = element.get("contains_limit")
    return f"{element['role']}: {', '.join(element['contains'])}{f' ({limit})' if limit else ''}"


def _contradiction(value: Mapping[str, Any]) -> str:
    kind = value.get("kind")
    told = f" ({kind})" if kind and kind != "none" else ""
    return f"A contradiction{told}" if value.get("contradicts") else "No contradiction"


def _passes(value: Mapping[str, Any]) -> str:
    return "Passes" if value.get("passes") else "Fails"
