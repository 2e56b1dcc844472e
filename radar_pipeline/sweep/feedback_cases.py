"""Evaluation cases from assessments that people corrected or confirmed, each reviewed before it counts.

A case holds what the judge saw, so it lies in the tenant's folder and is erased with it.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock
from pydantic import ValidationError

from radar_pipeline import frameworks, ids
from radar_pipeline.errors import ConfigurationError, StoreError, UnknownNameError
from radar_pipeline.evals.asked import NotFoundError
from radar_pipeline.evals.cases import FOLDER, case_of
from radar_pipeline.evals.values import Severity
from radar_pipeline.models import Element, Passage, Requirement, Verdict
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.report.named import Row, requirement_named
from radar_pipeline.retrieval.search import distinct
from radar_pipeline.settings import Settings
from radar_pipeline.storage.files import mend, storing, write_text
from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.sweep import relations
from radar_pipeline.sweep.feedback import Tables, Told, told
from radar_pipeline.sweep.manifest import load_manifest
from radar_pipeline.tenancy import feedback as notes
from radar_pipeline.tenancy.feedback import AGREE, DISAGREE

TAG = "feedback"
_OWN = ("tenant", "reviewed")  # fields that only tenants' lines have
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The assessment that becomes a case, and how.

    ``name``: whose word gives the verdict, where people differ. ``keep_quotes``: the verdict that corrects
    the published one rests on the same quotes.
    """

    ref: str
    framework: str = ""
    name: str = ""
    reviewed: bool = False
    keep_quotes: bool = False
    severity: Severity = Severity.MAJOR


def make(settings: Settings, operations: Operations, tables: Tables, slug: str, wanted: Wanted) -> Line:
    """Write the case of an assessment that people spoke of; made again, it replaces itself.

    The expected verdict is the one that a person gave it. ``tables``: the tenant's published rows. Raises
    UnknownNameError for a ref that the report does not have, ConfigurationError if nobody said what the
    verdict is, if people differ, or if what the judge saw is no longer there.
    """
    home = settings.tenant_home(slug)
    requirement = requirement_named(tables["requirements"], slug, wanted.ref, wanted.framework or None)
    of = requirement["requirement_id"]
    assessment = next(row for row in tables["assessments"] if row["requirement_id"] == of)
    word = _word(told(operations, home, slug, requirement_id=of), assessment, slug, wanted)
    verdict = _verdict(word)
    passages = _passages(home, tables, assessment, wanted.ref)
    evidence = [row for row in tables["evidence"] if row["requirement_id"] == of]
    rests = (word.opinion.opinion == AGREE or wanted.keep_quotes) and verdict != Verdict.NOT_ADDRESSED
    line: Line = {
        "case_id": _case_id(slug, of, assessment["judgement_key"]),
        "inputs": {
            "requirement": _asked(_requirement(settings, assessment, wanted.ref)),
            "passages": [_shown(passage) for passage in passages],
        },
        "expected": {"verdict": verdict},
        "source": _source(evidence, assessment, slug),
        "required_quotes": _quotes(evidence, passages) if rests else [],
        "forbidden_claims": [],
        "patterns": [],
        "tags": [TAG, f"was-{assessment['verdict'].replace('_', '-')}"],
        "severity": wanted.severity.value,
        "why": word.why or f"{verdict} by the word of a person, {assessment['verdict']} as published.",
    }
    _check(line, settings, slug)
    return _put(home, line | {"tenant": slug, "reviewed": wanted.reviewed})


def listed(tenant_home: Path) -> list[Line]:
    """The tenant's cases, reviewed or not, in the order in which they were made. Raises StoreError."""
    return _read(path_of(tenant_home))


def accept(settings: Settings, slug: str, case_id: str) -> Line:
    """Mark a case as reviewed: from now on it is asked.

    Raises UnknownNameError if there is none such, ConfigurationError for one that could not be asked.
    """
    with _editing(settings.tenant_home(slug)) as lines:
        for line in lines:
            if line["case_id"] == case_id:
                _check({key: value for key, value in line.items() if key not in _OWN}, settings, slug)
                line["reviewed"] = True
                return line
        known = ", ".join(line["case_id"] for line in lines[:8]) or "none yet"
        raise UnknownNameError(f"There is no case {case_id[:80]!r}.", remedy=f"There are: {known}.")


# ── What goes into a case ─────────────────────────────────────────────────────────────────────


def _word(said: Sequence[Told], assessment: Row, slug: str, wanted: Wanted) -> Told:
    """Whose word gives the expected verdict: the newest of those who are sure, if they agree."""
    who = notes.who(slug, wanted.name) if wanted.name else ""
    sure = [one for one in said if one.counts and _verdict(one) and who in ("", one.opinion.who)]
    current = [one for one in sure if one.opinion.judgement_key == assessment["judgement_key"]]
    if not current:
        problem = "was judged anew since somebody spoke of it" if sure else "has no verdict by a person"
        raise ConfigurationError(
            f"The assessment of {wanted.ref[:80]!r} {problem}.",
            remedy=f"Say what it should be: radar feedback {slug} REF disagree --verdict VERDICT.",
        )
    if len({_verdict(one) for one in current}) > 1:
        raise ConfigurationError(
            f"People differ on the verdict of {wanted.ref[:80]!r}.",
            remedy="Say whose word counts, with --as NAME.",
        )
    return current[0]


def _verdict(one: Told) -> str:
    """What the person is sure that the verdict is; empty if that was not said."""
    if one.opinion.opinion == AGREE:
        return one.opinion.verdict
    return one.opinion.suggested_verdict if one.opinion.opinion == DISAGREE else ""


def _passages(home: Path, tables: Tables, assessment: Row, ref: str) -> list[Passage]:
    """What the judge saw, in the order in which it did, with the status that each document has beside
    the others."""
    manifest = load_manifest(home)
    own = (row for row in tables["sweeps"] if row["framework_id"] == assessment["framework_id"])
    related = relations.remembered(home, manifest, max(row["as_of"] for row in own))
    readable = {entry.version_id for entry in manifest.values() if entry.readable}
    stored = TenantStore(home / "work" / "lance").passages(readable)
    standing = relations.in_force(relations.standing(stored, related))
    paths = {entry.document_id: entry.path for entry in manifest.values()}
    by_hash = {p.passage_hash: p for p in distinct(standing, relations.copies(related), paths)}
    shown = assessment["candidates"] or []
    if not shown or not all(passage_hash in by_hash for passage_hash in shown):
        problem = "are no longer all there" if shown else "there were none"
        raise ConfigurationError(
            f"The passages that {ref[:80]!r} was judged by: {problem}.",
            remedy="Sweep the tenant, and speak of the assessment that is published then.",
        )
    return [by_hash[passage_hash] for passage_hash in shown]


def _requirement(settings: Settings, assessment: Row, ref: str) -> Requirement:
    """As it was judged, with its elements' limits, which only the catalog has."""
    catalog = frameworks.load(settings.data / "frameworks", assessment["framework_id"])
    for requirement in catalog.requirements:
        of = (requirement.requirement_id, requirement.content_hash)
        if of == (assessment["requirement_id"], assessment["requirement_hash"]):
            return requirement
    raise ConfigurationError(
        f"The catalog's {ref[:80]!r} is not what was judged.",
        remedy="Sweep the tenant, and speak of the assessment that is published then.",
    )


def _asked(requirement: Requirement) -> dict[str, Any]:
    return {
        "ref": requirement.ref,
        "title": requirement.title,
        "text": requirement.text,
        "elements": [_element(element) for element in requirement.elements],
    }


def _element(element: Element) -> dict[str, Any]:
    told_ = {"id": element.element_id, "role": element.role.value, "text": element.text}
    if element.limit is None:
        return told_
    limit = {"amount": element.limit.amount, "unit": element.limit.unit, "minimum": element.limit.minimum}
    return told_ | {"limit": limit}


def _shown(passage: Passage) -> dict[str, str]:
    return {
        "text": passage.text,
        "heading": " > ".join(passage.heading_path),
        "kind": passage.kind.value,
        "status": passage.status.value,
    }


def _quotes(evidence: Sequence[Row], passages: Sequence[Passage]) -> list[str]:
    """The verified quotes that stand in a passage as a whole, each once."""
    found = dict.fromkeys(row["quote"] for row in evidence)
    return [quote for quote in found if any(quote in passage.text for passage in passages)]


def _source(evidence: Sequence[Row], assessment: Row, slug: str) -> str:
    """The document that decides; else one that was looked into, else the firm."""
    best = max(evidence, key=lambda row: float(row["score"]), default=None)
    return best["document_id"] if best else next(iter(assessment["candidate_documents"] or ()), slug)


def _case_id(slug: str, requirement_id: str, judgement_key: str) -> str:
    """The same for the same assessment, another one in every tenant."""
    readable = re.sub(r"[^a-z0-9]+", "-", requirement_id.lower()).strip("-")[:50]
    return f"{readable}-{ids.digest(slug, requirement_id, judgement_key, length=12)}"


def _check(line: Line, settings: Settings, slug: str) -> None:
    """Refuse what an evaluation could not read; nothing of the case's text is told."""
    try:
        case_of(UseCase.JUDGE, line, settings.data, tenant=slug)
    except (ValidationError, NotFoundError) as error:
        where = ""
        if isinstance(error, ValidationError):
            [first, *_] = error.errors(include_input=False, include_url=False)
            where = f" ({'.'.join(str(part) for part in first['loc'][:3])})"
        raise ConfigurationError(
            f"{line['case_id']} is no case that could be asked{where}.",
            remedy="Mend or write it by hand, as data/eval_cases/README.md tells.",
        ) from None


# ── The file ──────────────────────────────────────────────────────────────────────────────────


def path_of(tenant_home: Path) -> Path:
    """The file of the tenant's cases."""
    return tenant_home / FOLDER / f"{UseCase.JUDGE.value}.jsonl"


def _put(tenant_home: Path, line: Line) -> Line:
    """Write the line in the place of its former self, which stays reviewed if nothing else differs."""
    with _editing(tenant_home) as lines:
        for position, other in enumerate(lines):
            if other["case_id"] == line["case_id"]:
                if other != line | {"reviewed": True}:
                    lines[position] = line
                return lines[position]
        lines.append(line)
    return line


@contextmanager
def _editing(tenant_home: Path) -> Iterator[list[Line]]:
    """The lines, to be changed in place by one process at a time; written whole at the end."""
    path = path_of(tenant_home)
    with storing(path):
        path.parent.mkdir(exist_ok=True)  # never the tenant's own folder: it may be erased beside us
        with FileLock(path.with_suffix(".lock")):
            lines = _read(path)
            yield lines
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            write_text(path, text, within=tenant_home)


def _read(path: Path) -> list[Line]:
    with storing(path):
        if not path.exists():
            return []
        data = path.read_bytes()
    try:
        lines = [json.loads(text) for text in data.decode("utf-8-sig").split("\n") if text.strip()]
        if all(isinstance(line, Mapping) and isinstance(line["case_id"], str) for line in lines):
            return lines
    except (ValueError, KeyError):
        pass  # said below
    raise StoreError(f"{path} is damaged.", remedy=f"{mend(path)} Or delete the line that is no JSON object.")
