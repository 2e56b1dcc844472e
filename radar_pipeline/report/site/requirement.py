"""One requirement as the page shows it: verdict, elements, proof, advice, decision record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from radar_pipeline import ids
from radar_pipeline.models import Verdict
from radar_pipeline.report.site import words
from radar_pipeline.report.site.chart import ORDER
from radar_pipeline.report.site.context import Context
from radar_pipeline.report.site.tables import Arranged, Row

NEAREST_SHOWN = 5
_ROLES = {"actor": 0, "action": 1, "object": 2, "deadline": 3, "condition": 4}


@dataclass(frozen=True, slots=True)
class Quote:
    """A verified quote in its place."""

    anchor: str
    stance: str
    citation: str  # as a person would cite it
    document: str
    path: str
    heading: str
    page: int
    offsets: str
    version: str
    text: str
    around: Context


@dataclass(frozen=True, slots=True)
class Near:
    """A passage that came near in a search."""

    citation: str
    document: str
    text: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Part:
    """One element and what was found for it."""

    element_id: str
    role: str
    text: str
    status: str
    status_words: str
    note: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do: from a finding."""

    what: str
    text: str
    status: str
    kind: str


@dataclass(frozen=True, slots=True)
class RequirementView:
    """One requirement with its verdict and everything that carries it."""

    anchor: str
    ref: str
    title: str
    text: str
    citation: str
    domain: str
    importance: int
    expected: str
    verdict: str
    verdict_words: str
    reason: str
    suggested: str
    applicable: bool
    why_not: str
    confidence: float
    confidence_words: str
    needs_review: bool
    explanation: str
    parts: list[Part]
    quotes: list[Quote]
    searched: str
    queries: list[str]
    nearest: list[Near]
    advice: list[Advice]
    record: list[tuple[str, str]]


def requirement_view(data: Arranged, row: Row, contexts: Mapping[str, Context]) -> RequirementView:
    """One requirement's verdict with its proof."""
    requirement_id = row["requirement_id"]
    a = data.assessments[requirement_id]
    first = data.publications.get(row["framework_id"], 0) <= 1
    searched = a["verdict"] in (Verdict.NOT_ADDRESSED.value, Verdict.NOT_ASSESSED.value)
    return RequirementView(
        anchor=anchor(requirement_id),
        ref=row["ref"],
        title=row["title"],
        text=row["text"],
        citation=row["citation"],
        domain=row["domain"],
        importance=row["importance"],
        expected=row["expected_document"],
        verdict=a["verdict"],
        verdict_words=words.VERDICTS[a["verdict"]],
        reason=words.REASONS.get(a["reason"] or "", ""),
        suggested=words.VERDICTS.get(a["suggested_verdict"] or "", ""),
        applicable=a["applicability"] != "not_applicable",
        why_not=a["not_applicable_why"] or "",
        confidence=a["confidence"],
        confidence_words=words.confidence(a["confidence"]),
        needs_review=a["needs_review"],
        explanation=a["explanation"],
        parts=_parts(data, requirement_id),
        quotes=[quote_view(data, e, contexts) for e in data.evidence.get(requirement_id, ())],
        searched=_searched(a),
        queries=list(a["search_queries"] or ()) if searched else [],
        nearest=_nearest(data, requirement_id) if searched else [],
        advice=[_advice(f, first) for f in data.findings.get(requirement_id, ())],
        record=_record(a),
    )


def anchor(requirement_id: str) -> str:
    """An HTML id that no ref can break."""
    return f"r-{ids.digest(requirement_id, length=12)}"


# ── Parts of a requirement ────────────────────────────────────────────────────────────────────


def quote_view(data: Arranged, row: Row, contexts: Mapping[str, Context]) -> Quote:
    """A row of evidence as the page shows it."""
    document = data.name_of(row["document_id"], row["path"])
    heading = " › ".join(_below_title(row["heading_path"] or (), document))
    return Quote(
        anchor=f"q-{ids.digest(row['evidence_id'], length=12)}",
        stance=row["stance"],
        citation=row["citation"] or _cited(document, heading, row["page"]),
        document=document,
        path=row["path"],
        heading=heading,
        page=row["page"],
        offsets=f"{row['start_offset']}–{row['end_offset']}",
        version=row["version_id"],
        text=row["quote"],
        around=contexts.get(row["evidence_id"], Context()),
    )


def _cited(document: str, heading: str, page: int) -> str:
    """Of a quote that was published before there were citations."""
    parts = (document, f"§ {heading}" if heading else "", f"p. {page}" if page else "")
    return ", ".join(part for part in parts if part)


def _below_title(headings: Sequence[str], title: str) -> Sequence[str]:
    """The headings without the document's own title, which stands before them."""
    return headings[1:] if headings and headings[0].strip().lower() == title.strip().lower() else headings


def _parts(data: Arranged, requirement_id: str) -> list[Part]:
    parts = []
    for row in data.elements.get(requirement_id, ()):
        found = data.element_results.get((requirement_id, row["element_id"]))
        status = found["status"] if found else ""
        parts.append(
            Part(
                element_id=row["element_id"],
                role=words.ROLES.get(row["role"], str(row["role"])),
                text=row["text"],
                status=status or "unknown",
                status_words=words.ELEMENTS.get(status, "not judged"),
                note=(found["note"] or "") if found else "",
            )
        )
    order = {r["element_id"]: _ROLES.get(r["role"], 9) for r in data.elements.get(requirement_id, ())}
    return sorted(parts, key=lambda p: (order[p.element_id], words.natural(p.element_id)))


def _searched(a: Row) -> str:
    if not a["passages_searched"]:
        return "There was no text to search."
    passages = words.plural(a["passages_searched"], "passage")
    return f"Searched {passages} of {words.plural(a['documents_searched'], 'document')}."


def _nearest(data: Arranged, requirement_id: str) -> list[Near]:
    return [
        Near(r["citation"] or name, name, r["text"], r["dense"])
        for r in data.nearest.get(requirement_id, ())[:NEAREST_SHOWN]
        for name in [data.name_of(r["document_id"], r["path"])]
    ]


def _advice(row: Row, first: bool) -> Advice:
    """``first``: in the first publication everything is new, so nothing is marked as new."""
    return Advice(
        what=words.RECOMMENDATIONS[row["recommendation"]],
        text=row["advice"],
        status=words.STATUSES["persisting" if first else row["status"]],
        kind=row["kind"],
    )


def _record(a: Row) -> list[tuple[str, str]]:
    """The decision record: who judged what, by which versions."""
    scores = ", ".join(
        f"{words.VERDICTS[v].lower()} {a['p_' + v.value]:.2f}" for v in ORDER if v is not Verdict.NOT_ASSESSED
    )
    record = [
        ("Judge", f"{a['judge']}, {a['judge_model']}"),
        ("Prompt", f"{a['prompt_ref'] or 'none'} ({a['prompt_evaluation']})"),
        ("Calibration", a["calibration"]),
        ("Scores", scores),
        ("Candidates", f"{words.plural(len(a['candidates'] or ()), 'passage')}"),
        ("Embedding", a["embedder"]),
        ("Search", a["retrieval"]),
        ("Requirement hash", a["requirement_hash"]),
        ("Judgement key", a["judgement_key"]),
    ]
    if a["tokens_in"] or a["cost_usd"]:
        spent = f"{a['tokens_in']:,} tokens in, {a['tokens_out']:,} out, ${a['cost_usd']:.4f}"
        record.append(("Spent", spent))
    return record
