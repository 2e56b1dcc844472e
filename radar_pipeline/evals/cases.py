"""Cases from their files: ours under ``data/eval_cases/<use_case>/``, a tenant's under its own folder.

Every line is checked whole before anything is asked; what is wrong is told with its file and line.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.evals import json_lines
from radar_pipeline.evals.asked import NotFoundError, inputs_sha
from radar_pipeline.evals.cases_schema import LINES
from radar_pipeline.evals.values import Case, digest_of
from radar_pipeline.judge.literal import literal, of_document
from radar_pipeline.prompts.use_cases import UseCase

FOLDER = "eval_cases"
_README = f"The fields are told in data/{FOLDER}/README.md; mend that line and run again."


def load(data: Path, use_case: UseCase | None = None) -> tuple[Case, ...]:
    """The project's own cases in the folder of data, of one use case or all, sorted by it and their ids.

    None if there is no folder of cases. Raises ConfigurationError for a line that is not of the form, an
    id given twice within a use case, a requirement, document or quote that is not there, and a folder
    that is no use case's.
    """
    folder = data / FOLDER
    _only_use_cases(folder)
    found: list[Case] = []
    for one in UseCase if use_case is None else (use_case,):
        seen: dict[str, str] = {}
        for path in sorted((folder / one.value).glob("*.jsonl")):
            found += _read(path, one, data, seen)
    return tuple(sorted(found, key=_order))


def load_tenant(home: Path, slug: str) -> tuple[Case, ...]:
    """The cases made from a tenant's own assessments that somebody has reviewed, sorted likewise.

    They lie in ``tenants/<slug>/eval_cases/<use_case>.jsonl`` under RADAR_HOME, one JSON object a line with
    ``"reviewed": true``, and hold all that they ask: a requirement in full, and passages or documents' texts.
    Raises ConfigurationError as ``load``; no message holds the tenant's text.
    """
    folder = home / "tenants" / ids.tenant_slug(slug) / FOLDER
    found: list[Case] = []
    for one in UseCase:
        path = folder / f"{one.value}.jsonl"
        if path.is_file():
            found += _read(path, one, folder, {}, tenant=slug)
    return tuple(sorted(found, key=_order))


def dataset(cases: Iterable[Case]) -> str:
    """16 digits that name a set of cases, whatever their order: the version of the data."""
    told = sorted(
        [c.tenant, c.use_case.value, c.case_id, c.sha, c.source, c.severity.value, *sorted(c.tags)]
        for c in cases
    )
    return digest_of(told)


def case_of(use_case: UseCase, body: Mapping[str, Any], data: Path, *, tenant: str = "") -> Case:
    """The case that a line's JSON object is, once it was checked.

    Raises pydantic's ValidationError for what is not of the form, NotFoundError for what is not there.
    """
    line = LINES[use_case].model_validate_json(json.dumps(body))
    if tenant and not _self_contained(body["inputs"]):
        raise NotFoundError("A tenant's case gives its requirement and the texts of its documents itself.")
    if missing := _missing_quote(body):
        raise NotFoundError(f"The required quote number {missing} stands nowhere in the case's material.")
    case = Case(
        case_id=line.case_id,
        use_case=use_case,
        inputs=body["inputs"],
        expected=body["expected"],
        source=line.source,
        required_quotes=line.required_quotes,
        forbidden_claims=line.forbidden_claims,
        patterns=line.patterns,
        tags=line.tags,
        severity=line.severity,
        why=line.why,
        tenant=tenant,
        inputs_sha=inputs_sha(use_case, body["inputs"], data),
    )
    return replace(case, sha=_sha(case))


def _sha(case: Case) -> str:
    wanted = [case.required_quotes, case.forbidden_claims, case.patterns]
    return digest_of([case.inputs_sha, dict(case.expected), *map(list, wanted)])


def _order(case: Case) -> tuple[str, str]:
    return case.use_case.value, case.case_id


def _only_use_cases(folder: Path) -> None:
    known = {use_case.value for use_case in UseCase}
    for path in sorted(folder.glob("*/*.jsonl")):
        if path.parent.name not in known:
            raise ConfigurationError(
                f"{FOLDER}/{path.parent.name}/{path.name} lies in a folder that is no use case's.",
                remedy=f"Move it to one of {', '.join(sorted(known))}.",
            )


def _read(path: Path, use_case: UseCase, data: Path, seen: dict[str, str], tenant: str = "") -> list[Case]:
    """``seen``: where each id of the use case was met, which is added to."""
    found = []
    for place, body in json_lines.objects(path, _README):
        if tenant and not _reviewed(place, body, tenant):
            continue
        case = _checked(place, use_case, body, data, tenant)
        if case.case_id in seen:
            _fail(place, f"the id {case.case_id} is that of {seen[case.case_id]} too")
        seen[case.case_id] = place
        found.append(case)
    return found


def _reviewed(place: str, body: dict[str, Any], tenant: str) -> bool:
    """Whether somebody has reviewed a tenant's case; its two own fields are taken off."""
    reviewed, owner = body.pop("reviewed", None), body.pop("tenant", tenant)
    if not isinstance(reviewed, bool):
        _fail(place, "reviewed must be true or false")
    if owner != tenant:
        _fail(place, "the case says that it is another tenant's")
    return reviewed


def _checked(place: str, use_case: UseCase, body: dict[str, Any], data: Path, tenant: str) -> Case:
    try:
        case = case_of(use_case, body, data, tenant=tenant)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        _fail(place, _problem(first, name_all=not tenant))
    except NotFoundError as error:
        _fail(place, str(error).rstrip("."))
    return case


def _self_contained(inputs: Mapping[str, Any]) -> bool:
    return "framework" not in inputs and all("text" in d for d in inputs.get("documents", ()))


def _problem(error: Any, *, name_all: bool) -> str:
    """Where in the line and what; a field that the form does not have is named unless it may be a tenant's
    text."""
    where = [str(part)[:40] for part in error["loc"]]
    if error["type"] == "extra_forbidden" and not name_all:
        where = [*where[:-1], "a field that the form does not have"]
    return f"{'.'.join(where) or 'the case'}: {error['msg']}"


def _fail(place: str, problem: str) -> NoReturn:
    json_lines.fail(place, problem, _README)


# ── Quotes ────────────────────────────────────────────────────────────────────────────────────


def _missing_quote(body: Mapping[str, Any]) -> int:
    """Number from 1 of the first required quote that is not in the texts that the case gives; 0 if all
    are, or if a document has to be read to tell."""
    quotes, texts = body.get("required_quotes", ()), _texts(body["inputs"])
    if not quotes or texts is None:
        return 0
    return next((n for n, q in enumerate(quotes, 1) if not any(_stands_in(q, t) for t in texts)), 0)


def _stands_in(quote: str, text: str) -> bool:
    return quote in text or literal(quote).text in of_document(text).text


def _texts(inputs: Mapping[str, Any]) -> list[str] | None:
    """The texts that may be quoted; None if not all stand in the case."""
    if "documents" in inputs:
        texts = [document.get("text") for document in inputs["documents"]]
        return None if None in texts else texts
    if "passages" in inputs:
        return [passage["text"] for passage in inputs["passages"]]
    if "first" in inputs:
        return [inputs["first"]["text"], inputs["second"]["text"]]
    return [str(inputs[name]) for name in ("text", "material") if name in inputs]
