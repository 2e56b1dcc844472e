"""The words of the program as value types: frozen, slotted, free of any store or orchestrator.

Offsets are code points into a document version's one canonical text, half-open.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radar_pipeline import ids

if TYPE_CHECKING:  # the parser children are forked from a process that must stay small
    import numpy as np
    from numpy.typing import NDArray


class Verdict(StrEnum):
    """What the documents do to a requirement."""

    COVERED = "covered"
    PARTIAL = "partial"
    CONTRADICTED = "contradicted"
    NOT_ADDRESSED = "not_addressed"
    NOT_ASSESSED = "not_assessed"


class Reason(StrEnum):
    """Why a requirement is ``not_assessed``. A failure is never shown as a verdict."""

    NO_CORPUS = "no_corpus"
    UNREADABLE_DOCUMENTS = "unreadable_documents"
    JUDGE_FAILED = "judge_failed"
    UNCERTAIN = "uncertain"
    UNVERIFIED_QUOTE = "unverified_quote"
    PROVIDERS_FAILED = "providers_failed"  # no model could be reached; asked again at the next sweep
    REFUSED = "refused"  # the model declined to answer
    INVALID_ANSWER = "invalid_answer"  # what the model said is not of the form asked for, or was cut off
    TOO_LONG = "too_long"  # more than the model reads at once
    QUOTA = "quota"  # the plan's queries of this month are used up
    BUDGET = "budget"  # the money set aside for models is used up
    SUSPECTED_INJECTION = "suspected_injection"  # nothing is left but instructions to a reader's machine


class Applicability(StrEnum):
    """A separate axis from the verdict; ``unknown`` counts as applicable."""

    APPLICABLE = "applicable"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


class Role(StrEnum):
    """What an element is within its requirement."""

    ACTOR = "actor"
    ACTION = "action"
    OBJECT = "object"
    DEADLINE = "deadline"
    CONDITION = "condition"


class Kind(StrEnum):
    """What a document is; decides how it is cut and what its sentences can prove."""

    REGULATION = "regulation"
    POLICY = "policy"
    PROCEDURE = "procedure"
    AUDIT_REPORT = "audit_report"
    CONTRACT = "contract"
    TECHNICAL = "technical"
    RECORD = "record"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """Where a document stands in its life."""

    APPROVED = "approved"
    DRAFT = "draft"
    SUPERSEDED = "superseded"
    UNKNOWN = "unknown"


class UnreadableReason(StrEnum):
    """Why a document could not be read: a closed set."""

    TIMEOUT = "timeout"
    OOM = "oom"
    CRASH = "crash"
    ENCRYPTED = "encrypted"
    EMPTY = "empty"
    MALFORMED = "malformed"
    BOMB = "bomb"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too_large"
    MISMATCH = "mismatch"
    NEEDS_OCR = "needs_ocr"  # pictures of pages and no text layer
    NOT_TEXT = "not_text"  # a picture, a recording, a program: it hides no sentence from the search


class Cause(StrEnum):
    """Why a verdict changed between two published sweeps: a closed set, several allowed."""

    DOCUMENT_ADDED = "document_added"
    DOCUMENT_CHANGED = "document_changed"
    DOCUMENT_REMOVED = "document_removed"
    DOCUMENT_UNREADABLE = "document_unreadable"
    PARSER = "parser"
    EMBEDDER = "embedder"
    RETRIEVAL = "retrieval"
    FRAMEWORK = "framework"
    SCOPE = "scope"
    PROMPT = "prompt"
    MODEL = "model"
    CALIBRATION = "calibration"
    TIME = "time"


# ── Frameworks ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Limit:
    """A numeric deadline: at most ``amount`` calendar ``unit``; at least, if it is a ``minimum``."""

    amount: float
    unit: str  # hours | days | months | years
    minimum: bool = False

    @property
    def hours(self) -> float:
        """The limit in hours, generous to the document: a month counts 31 days and a year 366, or 28
        and 365 where that much must at least be reached."""
        days = {"months": 28, "years": 365} if self.minimum else {"months": 31, "years": 366}
        return self.amount * {"hours": 1, "days": 24}.get(self.unit, 24 * days.get(self.unit, 1))

    def __str__(self) -> str:
        return f"at {'least' if self.minimum else 'most'} {self.amount:g} {self.unit}"


@dataclass(frozen=True, slots=True)
class Element:
    """An atomic part of a requirement."""

    element_id: str
    role: Role
    text: str
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """One assessable node of a framework."""

    requirement_id: str
    framework_id: str
    ref: str
    title: str
    text: str
    domain: str
    importance: int
    citation: str
    elements: tuple[Element, ...]
    addressee: str = ""
    expected_document: str = ""
    expected_kinds: tuple[Kind, ...] = ()
    terms: tuple[str, ...] = ()
    implementation_groups: tuple[str, ...] = ()  # the publisher's own, such as required | addressable

    @property
    def content_hash(self) -> str:
        """Hash of all that a judge or a search sees of the requirement and its elements."""
        elements = [
            [e.element_id, e.role.value, e.text, _bound(e.limit) if e.limit else None] for e in self.elements
        ]
        body = [self.requirement_id, self.title, self.text, list(self.terms), elements]
        return ids.digest(json.dumps(body, ensure_ascii=False))

    @property
    def queries(self) -> tuple[str, ...]:
        """The texts that retrieval asks with: the whole requirement first, then each element."""
        whole = f"{self.title}. {self.text}"
        return (whole, *(e.text for e in self.elements))


def _bound(limit: Limit) -> list[float | str]:
    return [limit.amount, limit.unit, *(["at_least"] if limit.minimum else [])]


@dataclass(frozen=True, slots=True)
class Framework:
    """A catalog of requirements with a version."""

    framework_id: str
    name: str
    version: str
    provider: str
    requirements: tuple[Requirement, ...]
    renames: Mapping[str, str] = field(default_factory=dict)  # ref of an earlier version -> ref now

    @property
    def content_hash(self) -> str:
        """Hash over all requirements in order."""
        return ids.digest(self.framework_id, self.version, *(r.content_hash for r in self.requirements))


# ── Tenants ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class FrameworkScope:
    """A framework that binds a tenant, and why; refs that do not apply carry the reason why.

    As written in tenants.yaml a ref may be a glob (``P*``); a sweep's plan resolves it.
    """

    framework_id: str
    not_applicable: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """What a plan lets a tenant bring, and use of language models; None is without limit.

    Days and months are UTC's.
    """

    plan: str
    documents: int | None = None
    megabytes: int | None = None
    queries: int | None = None  # answers of language models in a month
    models: str = "full"  # tier: the key of a route in models.yaml
    usd_per_day: Decimal | None = None  # for language models, as usd_per_month
    usd_per_month: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BucketUrl:
    """Documents in S3-compatible storage: what lies under ``prefix`` of a bucket, as under a folder.

    Credentials are never part of it: they come from the environment or an AWS profile.
    """

    name: str
    prefix: str = ""  # no '/' at either end; empty: the whole bucket
    endpoint: str = ""  # http(s)://…; empty: AWS, or what AWS_ENDPOINT_URL names
    profile: str = ""  # of the AWS configuration; empty: what the environment says
    anonymous: bool = False  # ask without credentials

    def __str__(self) -> str:
        return f"s3://{self.name}/{self.prefix}" if self.prefix else f"s3://{self.name}"


@dataclass(frozen=True, slots=True)
class StandingQuestion:
    """A question that a tenant wants answered at every sweep; its text is one clean line."""

    question_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organisation and where its documents lie."""

    slug: str
    name: str
    documents: Path | BucketUrl
    frameworks: tuple[FrameworkScope, ...]
    industry: str = ""
    jurisdictions: tuple[str, ...] = ()
    plan: str = "free"
    quota: Quota | None = None
    kinds: Mapping[str, Kind] = field(default_factory=dict)  # path glob -> kind, first match wins
    ignore: tuple[str, ...] = ()  # path globs left out on purpose
    recogniser: str = ""  # what reads scanned pages, such as tesseract-5.3.0/eng; empty: nothing does
    questions: tuple[StandingQuestion, ...] = ()
    persona: str = ""  # whose variant of the prompts judges and answers for it; empty: the default one

    def scope(self, framework_id: str) -> FrameworkScope | None:
        """The tenant's scope of one framework, None if it does not bind the tenant."""
        return next((s for s in self.frameworks if s.framework_id == framework_id), None)


# ── Documents ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Span:
    """An annotation of ``text[start:end]``.

    ``kind`` is one of: ``page`` (value: number from 1), ``slide`` (value: number from 1), ``notes`` (of
    a slide), ``sheet`` (value: name), ``heading`` (value: title, level from 1), ``furniture`` (running
    header, footer, page number: never evidence), ``table_row``, ``cell`` (value: column header),
    ``list_item``, ``footnote``, ``front_matter`` (never evidence), ``ocr`` (read from a picture).
    ``ref`` says where in the source it stands, where the format has names for places: ``14`` for a
    sheet's row, ``Register!C14`` for a cell, ``2.3`` for the third row of a document's second table.
    """

    kind: str
    start: int
    end: int
    value: str = ""
    level: int = 0
    ref: str = ""


@dataclass(frozen=True, slots=True)
class DocumentMeta:
    """What a document says about itself; unknown stays unknown (empty or None).

    ``read_from`` says for each known field, by its name here, where it was read: a closed set of
    places in ``ingest/metadata.py``.
    """

    title: str = ""
    version: str = ""
    owner: str = ""
    author: str = ""
    effective_date: date | None = None
    review_by: date | None = None
    approved_by: str = ""
    approved_on: date | None = None
    language: str = ""  # ISO 639-1
    kind: Kind = Kind.UNKNOWN
    status: Status = Status.UNKNOWN
    read_from: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The fields as JSON values."""
        return {
            **{f.name: getattr(self, f.name) for f in fields(self)},
            **{name: str(getattr(self, name) or "") for name in _DATES},
            "kind": self.kind.value,
            "status": self.status.value,
            "read_from": dict(self.read_from),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "DocumentMeta":
        """What ``as_json`` gave. Raises KeyError, TypeError or ValueError for anything else."""
        dates = {name: date.fromisoformat(values[name]) if values[name] else None for name in _DATES}
        kinds = {"kind": Kind(values["kind"]), "status": Status(values["status"])}
        return cls(**{**values, **dates, **kinds})


_DATES = ("effective_date", "review_by", "approved_on")


@dataclass(frozen=True, slots=True)
class Document:
    """One readable document version: canonical text with annotations."""

    document_id: str
    version_id: str  # digest(content hash, parser name and version)
    path: str  # relative to the tenant's source, '/'-separated
    content_hash: str
    media_type: str
    parser: str  # name@version
    meta: DocumentMeta
    text: str
    spans: tuple[Span, ...]
    pages: int = 0
    scanned_pages: tuple[int, ...] = ()  # not read at all: pictures, or what could not be loaded
    ocr_pages: tuple[int, ...] = ()  # pictures whose text a program recognised

    @property
    def needs_ocr(self) -> bool:
        """True if most of it could not be read, because it is pictures of pages."""
        return 2 * len(self.scanned_pages) > self.pages

    def spans_of(self, kind: str) -> tuple[Span, ...]:
        """The document's annotations of one kind, in text order."""
        return tuple(s for s in self.spans if s.kind == kind)


@dataclass(frozen=True, slots=True)
class UnreadableDocument:
    """A source file that could not be read, and why. It is reported, never dropped."""

    document_id: str
    version_id: str
    path: str
    content_hash: str
    reason: UnreadableReason
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document version cut by its kind's strategy; ``text[start:end] == chunk.text``."""

    chunk_id: str
    version_id: str
    ordinal: int
    start: int
    end: int
    text: str
    heading_path: tuple[str, ...]
    tokens: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document short enough for the embedder. What is embedded and shown to judges.

    ``passage_hash`` is over text and heading path only, so equal passages of two versions (or of
    two documents) are one passage to the vectors and the judgements.
    """

    passage_hash: str
    document_id: str
    version_id: str
    start: int
    end: int
    text: str
    heading_path: tuple[str, ...]
    page: int
    kind: Kind
    status: Status
    chunk_ids: tuple[str, ...] = ()

    @property
    def embedding_text(self) -> str:
        """What is embedded: the passage under its nearest heading."""
        heading = self.heading_path[-1] if self.heading_path else ""
        return f"{heading}\n{self.text}" if heading else self.text


# ── Judging ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage as a judge sees it. Nothing here may depend on other passages of the corpus,
    or the judgement would not be a function of its key."""

    passage_hash: str
    text: str
    heading_path: tuple[str, ...]
    kind: Kind
    status: Status
    vector: "NDArray[np.float32] | None" = None  # L2-normalised


@dataclass(frozen=True, slots=True)
class Question:
    """All that a judge may use: one requirement and its candidate set, sorted by passage hash.

    ``query_vectors`` has one L2-normalised row per text of ``requirement.queries``
    (row 0 the whole requirement, row 1 + i its i-th element).
    """

    requirement: Requirement
    candidates: tuple[Candidate, ...]
    query_vectors: "NDArray[np.float32] | None" = None


@dataclass(frozen=True, slots=True)
class JudgeIdentity:
    """What must be equal for a judgement to be reused."""

    judge: str  # local | llm
    model: str  # model or rule-set version, with the embedder's identity where vectors are used
    prompt: str  # name@version#sha, empty for the local judge
    calibration: str  # version of the confidence calibration

    @property
    def hash(self) -> str:
        """Digest of all parts."""
        return ids.digest(self.judge, self.model, self.prompt, self.calibration)


class Stance(StrEnum):
    """What a quote does to its requirement."""

    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    CONFLICTS = "conflicts"  # one side of a disagreement between documents: carries no verdict


class ElementStatus(StrEnum):
    """What was found for one element."""

    MET = "met"
    MISSING = "missing"
    CONTRADICTED = "contradicted"
    NOT_NEEDED = "not_needed"  # a condition or exemption that need not be arranged


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote as a judge names it: offsets in the passage, text as the judge read it."""

    passage_hash: str
    start: int
    end: int
    quote: str
    stance: Stance
    element_ids: tuple[str, ...] = ()
    score: float = 0.0
    noisy: bool = False  # the judge's wording differs by what recognition of characters makes of it


@dataclass(frozen=True, slots=True)
class ElementJudgement:
    """The judge's finding for one element."""

    element_id: str
    status: ElementStatus
    score: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge said about (requirement, candidate set): the memoised part of an assessment.

    ``scores`` holds a probability-like number per verdict (covered, partial, contradicted,
    not_addressed; sum 1), also when the judge abstains. ``ranking`` lists the candidates'
    passage hashes by evidential strength, strongest first. ``spoke`` is who answered, where that is not
    wholly told by the identity of the judge that was asked: the model of a route, or a stand-in.
    """

    verdict: Verdict
    confidence: float
    scores: Mapping[Verdict, float]
    elements: tuple[ElementJudgement, ...]
    citations: tuple[Citation, ...]
    explanation: str
    suggested_verdict: Verdict | None = None
    reason: Reason | None = None
    ranking: tuple[str, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float = 0.0
    spoke: JudgeIdentity | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verified quote: ``document.text[start:end] == quote``."""

    evidence_id: str
    document_id: str
    version_id: str
    path: str
    page: int
    heading_path: tuple[str, ...]
    start: int
    end: int
    quote: str
    stance: Stance
    element_ids: tuple[str, ...]
    score: float
    citation: str = ""  # as a person would cite it: "Access Control Policy v3, § 4.2, p. 6"
    ocr: bool = False  # some of the quote was recognised in a picture
    noisy: bool = False  # the judge's wording differed by noise; the quote is what the document says


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """One row of a search record."""

    rank: int
    passage_hash: str
    document_id: str
    version_id: str
    start: int
    end: int
    score: float
    dense: float
    lexical: float
    citation: str = ""


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """What was asked, what came nearest, how much was searched."""

    queries: tuple[str, ...]
    passages_searched: int
    documents_searched: int
    nearest: tuple[RankedPassage, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict on (tenant, requirement) with its evidence, confidence and decision record."""

    tenant_id: str
    framework_id: str
    requirement_id: str
    requirement_hash: str
    verdict: Verdict
    applicability: Applicability
    confidence: float
    needs_review: bool
    scores: Mapping[Verdict, float]
    explanation: str
    elements: tuple[ElementJudgement, ...]
    evidence: tuple[Evidence, ...]
    search: SearchRecord
    judge: JudgeIdentity
    judgement_key: str
    candidates: tuple[str, ...]  # passage hashes of the judged set, sorted
    candidate_documents: tuple[str, ...]  # document ids behind them, sorted, distinct
    embedder: str
    retrieval: str
    reason: Reason | None = None
    suggested_verdict: Verdict | None = None
    reused: bool = False
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float = 0.0
    not_applicable_why: str = ""


# ── Report ────────────────────────────────────────────────────────────────────────────────────


class FindingKind(StrEnum):
    """What is worth acting on."""

    BLINDSPOT = "blindspot"  # requirement not addressed
    GAP = "gap"  # element missing of a partly covered requirement
    CONTRADICTION = "contradiction"  # documents contradict the requirement
    CONFLICT = "conflict"  # two documents disagree
    STALE = "stale"  # document past its review date
    OWNERLESS = "ownerless"  # document in force that names no owner
    SUPERSEDED = "superseded"  # old version of a document that lies beside it
    DUPLICATE = "duplicate"  # nearly the same text as another document
    UNREADABLE = "unreadable"  # document that could not be read
    INJECTION = "injection"  # document that instructs a reader's machine


class FindingStatus(StrEnum):
    """The life of a finding across published sweeps."""

    NEW = "new"
    PERSISTING = "persisting"
    RESOLVED = "resolved"
    REGRESSED = "regressed"
    SUPPRESSED = "suppressed"


class Recommendation(StrEnum):
    """What to do next, typed."""

    AMEND = "amend"
    CREATE = "create"
    LINK = "link"
    OBTAIN_EVIDENCE = "obtain_evidence"
    RESOLVE_CONFLICT = "resolve_conflict"
    REFRESH = "refresh"
    ASSIGN_OWNER = "assign_owner"
    RETIRE = "retire"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something worth acting on, with a stable fingerprint."""

    fingerprint: str
    tenant_id: str
    framework_id: str  # empty for findings on the corpus as a whole
    requirement_id: str
    element_id: str
    document_id: str
    kind: FindingKind
    severity: int  # 1..5, from the requirement's importance
    title: str
    recommendation: Recommendation
    advice: str


@dataclass(frozen=True, slots=True)
class FindingState:
    """A finding as published: its life, and where it began."""

    finding: Finding
    status: FindingStatus
    first_seen_sweep: str
    times_seen: int


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """A verdict that differs from the previous published sweep, and why."""

    framework_id: str
    requirement_id: str
    from_verdict: Verdict | None
    to_verdict: Verdict | None  # None: the framework no longer has the requirement
    causes: tuple[Cause, ...]
    document_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Score of (tenant, framework), 0..100, None when over 20% of the importance is not assessed."""

    framework_id: str
    score: float | None
    formula: str
    importance: int
    importance_not_assessed: int
    counts: Mapping[Verdict, int]
    not_applicable: int
