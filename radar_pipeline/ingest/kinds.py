"""What kind a document is: what the tenant says, else what it says of itself, else its name.

A kind decides how a document is cut and what its sentences can prove, so a guess from words is
made only where they are plain; the rest is ``unknown``.
"""

import re
from dataclasses import replace

from radar_pipeline.ingest.sources.naming import matches
from radar_pipeline.models import DocumentMeta, Kind, Tenant

# The noun that comes last is the head: a "log management policy" is a policy, not a log.
_WORDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        Kind.AUDIT_REPORT,
        re.compile(r"\b(?:audit (?:report|findings?)|(?:audit|assessment|assurance|penetration test|pentest|"
                   r"gap analysis|inspection) report|soc ?2 report)\b"),
    ),
    (
        Kind.CONTRACT,
        re.compile(r"\b(?:agreements?|contracts?|addendum|nda|dpa|msa|sla|terms(?: of (?:service|use)| and "
                   r"conditions)?|licen[cs]e|deed|lease|memorandum of understanding|engagement letter)\b"),
    ),
    (
        Kind.RECORD,
        # A post-mortem tells what happened; an auditor judged nothing, so it is no audit report.
        re.compile(r"\b(?:minutes|register|registry|logs?|ledger|inventory|records?|ropa|retention schedule|"
                   r"meeting notes|list|tracker|post ?mortem|incident (?:report|review)|retrospective|"
                   r"lessons learned|e ?mails?)\b"),
    ),
    (
        Kind.PROCEDURE,
        re.compile(r"\b(?:procedures?|process|playbook|runbook|sop|work instructions?|(?:response|recovery|"
                   r"continuity) plan|guidelines?|checklist)\b"),
    ),
    (Kind.POLICY, re.compile(r"\b(?:polic(?:y|ies)|code of conduct|charter|privacy (?:notice|statement))\b")),
    (Kind.REGULATION, re.compile(r"\b(?:regulation|directive|statute|act(?: \d{4})?|gdpr)\b")),
)  # fmt: skip
_WEAK: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.POLICY, re.compile(r"\bstandards?\b")),
    (
        Kind.TECHNICAL,
        re.compile(r"\b(?:architecture|specification|design|technical|readme|api|configuration|data flow|"
                   r"deployment|infrastructure|manual|system description)\b"),
    ),
)  # fmt: skip
_COMPLEMENT = re.compile(r"\b(?:of|on|for|regarding|concerning|about|between|with)\b")


def with_kind(meta: DocumentMeta, path: str, tenant: Tenant) -> DocumentMeta:
    """What is known of a document, with its kind and where that was read: the tenant's globs, else
    what it says of itself, else words. The file's own name speaks before its title, its folder last.
    """
    kind, place = _told(path, tenant, meta.kind, meta.title)
    places = dict(meta.read_from)
    if place:
        places["kind"] = places.get("title", "heading") if place == "title" else place
    return replace(meta, kind=kind, read_from=dict(sorted(places.items())))


def _told(path: str, tenant: Tenant, said: Kind, title: str) -> tuple[Kind, str]:
    """The kind, and who says so: a place of ``metadata``, ``title``, or empty for the document itself."""
    for pattern, kind in tenant.kinds.items():
        if matches(path, pattern):
            return kind, "tenants.yaml"
    if said is not Kind.UNKNOWN:
        return said, ""
    folder, _, name = path.rpartition("/")
    for words, place in (
        (name.rpartition(".")[0] or name, "file_name"),
        (title, "title"),
        (folder, "file_name"),
    ):
        kind = kind_from_words(words)
        if kind is not Kind.UNKNOWN:
            return kind, place
    return Kind.UNKNOWN, ""


def declared_kind(path: str, tenant: Tenant) -> str:
    """The kind that the tenant's globs give a path, empty if none does: part of the version id."""
    return next((kind.value for pattern, kind in tenant.kinds.items() if matches(path, pattern)), "")


def kind_from_words(words: str) -> Kind:
    """The kind that words name plainly (``Internal audit report`` → audit_report), else unknown."""
    plain = re.sub(r"[^a-z0-9]+", " ", words.lower()).strip()
    if plain.replace(" ", "_") in set(Kind):
        return Kind(plain.replace(" ", "_"))
    head = _COMPLEMENT.split(plain, maxsplit=1)[0]
    for text in (head, plain):  # "minutes of the policy committee" are minutes
        for vocabulary in (_WORDS, _WEAK):
            kind = _last_named(text, vocabulary)
            if kind is not Kind.UNKNOWN:
                return kind
    return Kind.UNKNOWN


def _last_named(text: str, vocabulary: tuple[tuple[Kind, re.Pattern[str]], ...]) -> Kind:
    ends = [(match.end(), kind) for kind, pattern in vocabulary for match in pattern.finditer(text)]
    return max(ends, key=lambda pair: pair[0])[1] if ends else Kind.UNKNOWN
