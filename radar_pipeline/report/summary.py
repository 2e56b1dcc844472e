"""A published report in short: what the terminal and ``--json`` show of a tenant and framework."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from radar_pipeline.report.site import words
from radar_pipeline.report.site.requirement import Quote, RequirementView
from radar_pipeline.report.site.tables import Arranged, Tables
from radar_pipeline.report.site.view import FrameworkView, framework_view

GRAVEST = 5
NEAREST = 2


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A quote, or a passage that came near in a search. Holds the tenant's text."""

    text: str
    citation: str
    document: str
    where: str  # heading and page of a quote; similarity of a passage
    stance: str  # supports, contradicts, conflicts, or nearest


@dataclass(frozen=True, slots=True)
class Grave:
    """One of the gravest findings, with its proof."""

    ref: str
    title: str
    verdict: str
    importance: int
    confidence: float
    requirement: str
    citation: str
    advice: tuple[str, ...]
    searched: str  # how much was searched; empty where quotes are the proof
    excerpts: tuple[Excerpt, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A verdict that changed, and why, in words."""

    ref: str
    title: str
    from_verdict: str  # empty: the requirement is new
    to_verdict: str  # empty: the catalog no longer has it
    causes: tuple[str, ...]
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangedDocument:
    """A document that was added, changed or removed, went missing or returned, and its file."""

    change: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Summary:
    """One (tenant, framework) as published."""

    tenant_id: str
    tenant: str
    framework_id: str
    framework: str
    sweep_id: str  # that published it last
    as_of: str  # ISO date
    score: float | None
    no_score: str  # why there is none; else empty
    counts: Mapping[str, int]  # by verdict
    not_applicable: int
    first: bool  # nothing was published before: nothing to compare with
    changes: tuple[Changed, ...]
    documents: tuple[ChangedDocument, ...]  # since the publication before
    missing: tuple[str, ...]  # paths that are gone from the source and kept until that is confirmed
    resolved: int
    gravest: tuple[Grave, ...]
    unreadable: int
    page: str
    tables: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


def summaries(
    tables: Tables,
    *,
    tenant_name: str = "",
    framework_names: Mapping[str, str] | None = None,
    page: Path | None = None,
    database: Path | None = None,
) -> list[Summary]:
    """One summary per framework from a tenant's current rows, in the frameworks' order."""
    names = framework_names or {}
    data = Arranged(tables)
    result = []
    for row in sorted(data.of("framework_scores"), key=lambda r: r["framework_id"]):
        framework_id = row["framework_id"]
        view = framework_view(data, framework_id, names.get(framework_id, framework_id), {}, None)
        result.append(
            Summary(
                tenant_id=row["tenant_id"],
                tenant=tenant_name or row["tenant_id"],
                framework_id=framework_id,
                framework=view.name,
                sweep_id=data.latest[framework_id]["sweep_id"] if framework_id in data.latest else "",
                as_of=view.as_of.isoformat() if view.as_of else "",
                score=view.score,
                no_score=view.no_score,
                counts=dict(view.counts.items()),
                not_applicable=len(view.not_applicable),
                first=view.first,
                changes=_changes(view),
                documents=_documents(view),
                missing=tuple(sorted(r["path"] for r in data.of("documents") if r["missing_since"])),
                resolved=len(view.resolved),
                gravest=tuple(_grave(r) for r in view.gravest[:GRAVEST]),
                unreadable=sum(map(words.hides_text, data.of("documents"))),
                page=str(page or ""),
                tables=str(database or ""),
            )
        )
    return result


def _changes(view: FrameworkView) -> tuple[Changed, ...]:
    return tuple(
        Changed(c.ref, c.title, c.before, c.after, tuple(c.causes), tuple(c.documents)) for c in view.changes
    )


def _documents(view: FrameworkView) -> tuple[ChangedDocument, ...]:
    return tuple(ChangedDocument(d.change, d.name, d.path) for _, found in view.documents for d in found)


def _grave(r: RequirementView) -> Grave:
    near = tuple(
        _visibly(n.text, n.citation, n.document, f"similarity {n.similarity:.2f}", "nearest")
        for n in r.nearest[:NEAREST]
    )
    proof = tuple(_excerpt(q) for q in r.quotes if q.stance != "conflicts")
    sides = tuple(_excerpt(q) for q in r.quotes if q.stance == "conflicts")
    return Grave(
        ref=r.ref,
        title=r.title,
        verdict=r.verdict,
        importance=r.importance,
        confidence=r.confidence,
        requirement=r.text,
        citation=r.citation,
        advice=tuple(words.visible(a.text) for a in r.advice),
        searched="" if proof else r.searched,
        excerpts=(proof or near) + sides,
    )


def _excerpt(quote: Quote) -> Excerpt:
    parts = [f"§ {quote.heading}" if quote.heading else "", f"page {quote.page}" if quote.page else ""]
    where = ", ".join(part for part in parts if part)
    return _visibly(quote.text, quote.citation, quote.document, where, quote.stance)


def _visibly(text: str, citation: str, document: str, where: str, stance: str) -> Excerpt:
    return Excerpt(
        words.visible(text), words.visible(citation), words.visible(document), words.visible(where), stance
    )
