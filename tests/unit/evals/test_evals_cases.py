"""A case is read strictly, known by what it asks, and never says a tenant's text in an error."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.evals import cases, expressions
from radar_pipeline.evals.values import Severity
from radar_pipeline.prompts.use_cases import UseCase

QUOTE = "The officer tells the authority within 72 hours."
SECRET = "zebra-ledger"
PASSAGE = {"text": f"We act. {QUOTE}", "kind": "policy", "status": "approved"}
REQUIREMENT = {
    "ref": "R 1",
    "title": "Notice",
    "text": "Tell the authority within 72 hours.",
    "elements": [
        {
            "id": "deadline-1",
            "role": "deadline",
            "text": "within 72 hours",
            "limit": {"amount": 72, "unit": "hours"},
        }
    ],
}
CATALOG = """\
urn: urn:x:library:mini
ref_id: mini
name: Mini
version: 1
objects:
  framework:
    urn: urn:x:framework:mini
    ref_id: mini
    name: Mini
    requirement_nodes:
      - {urn: urn:x:req_node:mini:1, ref_id: M 1, name: Notice, description: TEXT, assessable: true,
         domain: D, citation: C, elements: [{id: action-1, role: action, text: tell the authority}]}
"""
LINES: Mapping[UseCase, dict[str, Any]] = {
    UseCase.JUDGE: {
        "inputs": {"requirement": REQUIREMENT, "passages": [PASSAGE]},
        "expected": {"verdict": "covered"},
        "required_quotes": [QUOTE],
    },
    UseCase.ASK: {
        "inputs": {
            "question": "How soon?",
            "today": "2026-11-29",
            "organisation": {"industry": "Shipping", "jurisdictions": ["EU"]},
            "assessments": [],
            "passages": [PASSAGE],
        },
        "expected": {"answered": True},
        "patterns": [r"72\s+hours"],
        "forbidden_claims": [r"\b30 days\b"],
    },
    UseCase.DECOMPOSE: {
        "inputs": {"ref": "R 1", "title": "Notice", "text": "Tell the authority within 72 hours."},
        "expected": {"elements": [{"role": "action", "contains": ["authority"]}], "most": 2},
    },
    UseCase.CONTRADICT: {
        "inputs": {"first": PASSAGE, "second": PASSAGE | {"text": "We wait for a week."}},
        "expected": {"contradicts": True, "kind": "deadline"},
    },
    UseCase.EVALUATE: {
        "inputs": {"task": "Answer.", "material": QUOTE, "answer": "72 hours.", "criteria": ["It is right."]},
        "expected": {"passes": True},
    },
}


def line(use_case: UseCase = UseCase.JUDGE, **changes: Any) -> dict[str, Any]:
    common = {"case_id": "case-1", "source": "firm-a", "severity": "major", "why": "It is said."}
    return common | LINES[use_case] | changes


def judged(**inputs: Any) -> dict[str, Any]:
    """A judge's case with other inputs, of which those that are None are left out."""
    given = LINES[UseCase.JUDGE]["inputs"] | inputs
    kept = {name: value for name, value in given.items() if value is not None}
    return line(inputs=kept, required_quotes=[])


def write(data: Path, *lines: Any, use_case: UseCase = UseCase.JUDGE, name: str = "some") -> Path:
    path = data / "eval_cases" / use_case.value / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines) + "\n", "utf-8")
    return path


def mine(home: Path, *lines: dict[str, Any], slug: str = "acme") -> None:
    path = home / "tenants" / slug / "eval_cases" / "judge.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")


def failure(data: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        cases.load(data)
    assert caught.value.remedy
    return caught.value.message


@pytest.mark.parametrize("use_case", list(UseCase))
def test_a_good_line_of_each_use_case_is_read_whole(tmp_path: Path, use_case: UseCase) -> None:
    write(tmp_path, line(use_case, tags=["hard"], severity="critical"), use_case=use_case)
    [case] = cases.load(tmp_path)
    assert (case.case_id, case.use_case, case.source) == ("case-1", use_case, "firm-a")
    assert (case.severity, case.tags, case.why) == (Severity.CRITICAL, ("hard",), "It is said.")
    assert case.inputs == LINES[use_case]["inputs"] and case.expected == LINES[use_case]["expected"]
    assert len(case.sha) == len(case.inputs_sha) == 16


def test_only_the_use_case_asked_for_is_read(tmp_path: Path) -> None:
    write(tmp_path, line())
    write(tmp_path, "not even JSON", use_case=UseCase.ASK)
    assert [case.use_case for case in cases.load(tmp_path, UseCase.JUDGE)] == [UseCase.JUDGE]
    assert cases.load(tmp_path / "nowhere") == ()


@pytest.mark.parametrize(
    ("use_case", "changes", "said"),
    [
        (UseCase.JUDGE, {"colour": "red"}, "colour"),
        (UseCase.JUDGE, {"case_id": "Case 1"}, "case_id"),
        (UseCase.JUDGE, {"severity": "grave"}, "severity"),
        (UseCase.JUDGE, {"why": "  "}, "why"),
        (UseCase.JUDGE, {"expected": {"verdict": "not_assessed"}}, "expected.verdict"),
        (UseCase.JUDGE, {"expected": {"verdict": "covered", "also": ["covered"]}}, "named twice"),
        (UseCase.JUDGE, {"expected": {"verdict": "not_addressed"}}, "no quote that must be given"),
        (UseCase.JUDGE, {"required_quotes": ["This is said nowhere at all."]}, "quote number 1"),
        (UseCase.ASK, {"expected": {"answered": "true"}}, "expected.answered"),
        (UseCase.ASK, {"patterns": ["("]}, "RE2"),
        (UseCase.ASK, {"forbidden_claims": ["x*"]}, "matches an empty text"),
        (UseCase.ASK, {"forbidden_claims": ["(?!x)y"]}, "no look-around"),
        (UseCase.ASK, {"patterns": ["a" * 301]}, "at most 300 characters"),
        (UseCase.DECOMPOSE, {"expected": {"elements": [], "most": 2}}, "expected.elements"),
        (UseCase.CONTRADICT, {"expected": {"contradicts": False, "kind": "duty"}}, "kind is for"),
        (UseCase.EVALUATE, {"expected": {"passes": 1}}, "expected.passes"),
    ],
)
def test_a_wrong_field_is_told_with_its_file_and_line(
    tmp_path: Path, use_case: UseCase, changes: dict[str, Any], said: str
) -> None:
    write(tmp_path, line(use_case, case_id="before"), "", line(use_case, **changes), use_case=use_case)
    message = failure(tmp_path)
    assert f"{use_case.value}/some.jsonl, line 3" in message and said in message


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"passages": None}, "either documents or passages"),
        ({"documents": [{"path": "a.md", "text": "x"}]}, "either documents or passages"),
        ({"requirement": None}, "either framework and ref, or a requirement"),
        ({"framework": "mini", "ref": "M 1"}, "either framework and ref, or a requirement"),
        ({"requirement": None, "framework": "mini", "ref": "M 9"}, "'M 9'"),
        ({"requirement": None, "framework": "nis9", "ref": "M 1"}, "'nis9'"),
        ({"passages": None, "documents": [{"path": "../x.md"}]}, "stays inside"),
        ({"passages": None, "documents": [{"path": "/etc/passwd"}]}, "stays inside"),
        ({"passages": None, "documents": [{"path": "gone.md"}]}, "gone.md"),
        ({"passages": None, "documents": [{"path": "outside.md"}]}, "outside.md"),
        ({"passages": []}, "at least one passage"),
    ],
)
def test_what_a_case_asks_about_exists_and_lies_in_the_folder_of_data(
    tmp_path: Path, inputs: dict[str, Any], said: str
) -> None:
    data = tmp_path / "data"
    write(data, judged(**inputs))
    (data / "frameworks").mkdir()
    (data / "frameworks" / "mini.yaml").write_text(CATALOG, "utf-8")
    (tmp_path / "secret.md").write_text("Not for a model.", "utf-8")
    (data / "outside.md").symlink_to(tmp_path / "secret.md")
    assert said in failure(data)


@pytest.mark.parametrize("text", ["{", "[]", "null", '{"case_id": NaN}', "[" * 5000])
def test_a_line_that_is_no_json_object_is_told(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    assert "line 1: it is no JSON" in failure(tmp_path)


def test_a_field_given_twice_is_never_silently_replaced(tmp_path: Path) -> None:
    text = json.dumps(line())
    write(tmp_path, text[:-1] + ', "expected": {"verdict": "partial"}}')
    assert "a field is given twice" in failure(tmp_path)


def test_a_line_separator_inside_a_text_does_not_end_the_line(tmp_path: Path) -> None:
    write(tmp_path, json.dumps(line(why="One\u2028two."), ensure_ascii=False))
    assert cases.load(tmp_path)[0].why == "One\u2028two."


def test_an_id_is_given_once_in_a_use_case_over_all_its_files(tmp_path: Path) -> None:
    write(tmp_path, line(), name="a")
    write(tmp_path, line(UseCase.EVALUATE), use_case=UseCase.EVALUATE)
    assert len(cases.load(tmp_path)) == 2
    write(tmp_path, line(), name="b")
    message = failure(tmp_path)
    assert "judge/a.jsonl, line 1" in message and "judge/b.jsonl, line 1" in message


def test_a_folder_that_is_no_use_case_is_not_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path, line())
    path.parent.rename(path.parent.parent / "jugde")
    assert "jugde/some.jsonl" in failure(tmp_path)


def test_what_is_asked_is_known_by_the_bytes_of_its_documents(tmp_path: Path) -> None:
    document = tmp_path / "eval_cases" / "judge" / "documents" / "x.md"
    document.parent.mkdir(parents=True)
    body = judged(passages=None, documents=[{"path": "eval_cases/judge/documents/x.md"}])
    write(tmp_path, body)
    seen = set()
    for text in ("One.", "Two.", "One."):
        document.write_text(text, "utf-8")
        seen.add(cases.load(tmp_path)[0].inputs_sha)
    assert len(seen) == 2


def test_what_is_asked_is_known_by_the_words_of_its_requirement(tmp_path: Path) -> None:
    write(tmp_path, judged(requirement=None, framework="mini", ref="M 1"))
    catalog = tmp_path / "frameworks" / "mini.yaml"
    catalog.parent.mkdir()
    seen = set()
    for words in ("Tell the authority.", "Tell the authority and the people."):
        catalog.write_text(CATALOG.replace("TEXT", words), "utf-8")
        seen.add(cases.load(tmp_path)[0].inputs_sha)
    assert len(seen) == 2


def test_another_expectation_asks_nothing_new_and_is_another_set(tmp_path: Path) -> None:
    write(tmp_path, line())
    [before] = cases.load(tmp_path)
    for changes in ({"expected": {"verdict": "partial"}}, {"required_quotes": []}, {"patterns": ["hours"]}):
        write(tmp_path, line(**changes))
        [after] = cases.load(tmp_path)
        assert after.inputs_sha == before.inputs_sha and after.sha != before.sha
        assert cases.dataset([after]) != cases.dataset([before])
    write(tmp_path, line(severity="critical"))
    [graver] = cases.load(tmp_path)
    assert graver.sha == before.sha and cases.dataset([graver]) != cases.dataset([before])


def test_a_set_is_the_same_in_whichever_order_and_files_its_cases_stand(tmp_path: Path) -> None:
    one, two = line(case_id="one"), line(case_id="two")
    write(tmp_path / "x", one, two)
    write(tmp_path / "y", two, name="a")
    write(tmp_path / "y", one, name="b")
    first, second = cases.load(tmp_path / "x"), cases.load(tmp_path / "y")
    assert first == second and cases.dataset(first) == cases.dataset(reversed(second))
    assert cases.dataset(first[:1]) != cases.dataset(first)


def test_an_expression_takes_time_linear_in_the_text() -> None:
    assert expressions.problem(r"(a+)+$") == ""
    assert expressions.matches(r"(a+)+$", ["a" * 100_000 + "!"]) == [False]


# ── Tenants ───────────────────────────────────────────────────────────────────────────────────


def test_a_tenants_case_counts_only_once_somebody_has_reviewed_it(tmp_path: Path) -> None:
    open_, done = line(case_id="open", reviewed=False), line(case_id="done", reviewed=True, tenant="acme")
    mine(tmp_path, open_, done)
    [case] = cases.load_tenant(tmp_path, "acme")
    assert (case.case_id, case.tenant) == ("done", "acme")
    assert cases.load_tenant(tmp_path, "other") == ()


def test_no_tenants_case_is_taken_for_anothers(tmp_path: Path) -> None:
    mine(tmp_path, line(reviewed=True, tenant="beta"))
    with pytest.raises(ConfigurationError, match="another tenant's"):
        cases.load_tenant(tmp_path, "acme")


@pytest.mark.parametrize(
    "body",
    [
        line(reviewed=True, **{SECRET: 1}),
        line(reviewed=True, severity=SECRET),
        line(reviewed=True, patterns=[f"{SECRET}("]),
        line(reviewed=True, required_quotes=[f"The {SECRET} is said nowhere."]),
        line(reviewed=True) | {"inputs": {"framework": SECRET, "ref": SECRET, "passages": [PASSAGE]}},
        judged(passages=None, documents=[{"path": f"{SECRET}.md"}]) | {"reviewed": True},
    ],
)
def test_an_error_in_a_tenants_case_holds_none_of_its_text(tmp_path: Path, body: dict[str, Any]) -> None:
    mine(tmp_path, body)
    with pytest.raises(ConfigurationError) as caught:
        cases.load_tenant(tmp_path, "acme")
    assert SECRET not in str(caught.value) and "line 1" in caught.value.message


def test_a_slug_cannot_lead_out_of_the_tenants_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        cases.load_tenant(tmp_path, "../acme")
