"""The project's own cases are of the form, cover what they claim to, and quote what is there."""

from collections import Counter
from functools import cache
from pathlib import Path

from radar_pipeline.evals import cases
from radar_pipeline.evals.values import Case, Severity
from radar_pipeline.ingest.parsers import parser_for
from radar_pipeline.judge.literal import of_document
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.settings import PROJECT

DATA = PROJECT / "data"
HARD = {
    "wrong-deadline",
    "negation-far",
    "promise-without-procedure",
    "right-words-other-subject",
    "injected-instruction",
    "superseded-policy",
    "evidence-split",
}


@cache
def own() -> tuple[Case, ...]:
    return cases.load(DATA)


def of(use_case: UseCase) -> list[Case]:
    return [case for case in own() if case.use_case is use_case]


@cache
def text_of(path: str) -> str:
    parser = parser_for(path)
    assert parser is not None
    return parser.parse((DATA / path).read_bytes(), path).text


def test_every_use_case_has_cases_of_several_sources() -> None:
    for use_case in UseCase:
        assert len({case.source for case in of(use_case)}) >= 8, use_case
        assert not any(case.tenant for case in of(use_case))


def test_requirements_are_assessed_across_catalogs_formats_and_verdicts() -> None:
    judged = of(UseCase.JUDGE)
    assert len(judged) >= 120
    assert {"gdpr", "hipaa", "soc2", "nist-csf", "eu-ai-act"} <= {c.inputs.get("framework") for c in judged}
    formats = {Path(d["path"]).suffix for case in judged for d in case.inputs.get("documents", ())}
    assert {".md", ".txt", ".html", ".csv", ".eml", ".json"} <= formats
    verdicts = Counter(case.expected["verdict"] for case in judged)
    assert len(verdicts) == 4 and min(verdicts.values()) >= len(judged) / 6


def test_the_hard_ones_are_there_and_some_must_never_fail() -> None:
    judged = of(UseCase.JUDGE)
    assert {tag for case in judged for tag in case.tags} >= HARD
    assert sum(case.severity is Severity.CRITICAL for case in judged) >= 20


def test_every_required_quote_is_literally_in_a_document_of_its_case() -> None:
    for case in own():  # quotes of what stands in the case itself are checked as it is read
        texts = [
            of_document(text_of(d["path"])).text for d in case.inputs.get("documents", ()) if "text" not in d
        ]
        for quote in case.required_quotes:
            assert not texts or any(of_document(quote).text in text for text in texts), case.case_id


def test_a_case_has_a_reason_and_what_is_covered_or_contradicted_its_proof() -> None:
    for case in own():
        assert case.why.endswith("."), case.case_id
    for case in of(UseCase.JUDGE):
        proven = case.expected["verdict"] in ("covered", "contradicted")
        assert case.required_quotes or not proven or "not_addressed" in case.expected.get("also", ())
