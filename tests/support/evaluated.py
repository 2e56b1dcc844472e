"""Runs with repeats, wrong answers and missing ones, made of ``evaluations``."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from radar_pipeline.evals.scorers import for_use_case
from radar_pipeline.evals.values import Case, Quoted, Response, Result, Run, Severity
from tests.support.evaluations import case, response, run, subject


def judge_cases(count: int, critical: Sequence[int] = ()) -> tuple[Case, ...]:
    """``case-000`` and on, whose right verdict is covered; four share a source, odd ones a tag."""
    return tuple(
        case(
            n,
            severity=Severity.CRITICAL if n in critical else Severity.MAJOR,
            tags=("odd",) if n % 2 else ("even",),
        )
        for n in range(count)
    )


def answer(*, right: bool = True, verified: int = 1, made_up: int = 0, **given: Any) -> Response:
    """An answer with so many quotes that are in the documents and so many that are not."""
    quotes = tuple(Quoted(f"quote {n}", n < verified) for n in range(verified + made_up))
    return response("covered" if right else "not_addressed", quotes=quotes, **given)


def unanswered(error: str = "timeout") -> Response:
    """No answer came, by no fault of the prompt."""
    return Response({}, error=error)


def run_of(
    cases: Sequence[Case],
    version: str = "1.0.0",
    *,
    wrong: Sequence[int] = (),
    answers: Mapping[int, Response | Sequence[Response]] | None = None,
    usual: Response | None = None,
    repeats: int = 1,
    **given: Any,
) -> Run:
    """A run in which the cases at ``wrong`` are answered wrong and those of ``answers`` by these, if
    several by one a repeat."""
    results = []
    for number, asked in enumerate(cases):
        told = (answers or {}).get(number) or usual or answer()
        for repeat in range(1, repeats + 1):
            said = told if isinstance(told, Response) else told[repeat - 1]
            if number in wrong:
                said = replace(said, answer={"verdict": "not_addressed"})
            scores = {s.name: s.score(asked, said) for s in for_use_case(asked.use_case)}
            results.append(Result(asked, repeat, said, scores))
    made = run(subject(version), [], **given)
    return replace(made, repeats=repeats, results=tuple(results))
