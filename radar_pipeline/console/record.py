"""The decision record of one verdict, from a tenant's published tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from radar_pipeline.console.plain import plain
from radar_pipeline.console.terminal import VERDICT_STYLE
from radar_pipeline.report.named import requirement_named

PROVENANCE = (
    "judge",
    "judge_model",
    "prompt_ref",
    "prompt_evaluation",
    "calibration",
    "embedder",
    "retrieval",
    "judgement_key",
    "requirement_hash",
    "tokens_in",
    "tokens_out",
    "cost_usd",
)
Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]


def decision_record(tables: Tables, slug: str, ref: str, framework: str | None) -> dict[str, Any]:
    """Requirement, verdict, elements, quotes and candidates of ``ref`` (``Art. 33(1)`` or its id).

    Raises UnknownNameError if there is no such requirement, or more than one.
    """
    requirement = requirement_named(tables["requirements"], slug, ref, framework)
    wanted = requirement["requirement_id"]

    def of(table: str) -> list[dict[str, Any]]:
        return [dict(row) for row in tables[table] if row["requirement_id"] == wanted]

    texts = {row["element_id"]: row["text"] for row in of("elements")}
    paths = {row["document_id"]: row["path"] for row in tables["documents"]}
    return {
        "tenant": slug,
        "requirement": dict(requirement),
        "assessment": of("assessments")[0],
        "elements": [row | {"text": texts.get(row["element_id"], "")} for row in of("assessment_elements")],
        "evidence": of("evidence"),
        "candidates": [row | {"path": paths.get(row["document_id"], "")} for row in of("search_results")],
        "findings": of("findings"),
    }


def render(console: Console, record: Mapping[str, Any]) -> None:
    """The record for a person."""
    requirement, assessment = record["requirement"], record["assessment"]
    console.print(f"[bold]{plain(requirement['ref'])} {plain(requirement['title'])}[/]", soft_wrap=True)
    console.print(f"{plain(requirement['text'])}  [dim]{plain(requirement['citation'])}[/]\n")
    if assessment["applicability"] == "not_applicable":
        console.print(
            f"[bold]not applicable[/]: {plain(assessment['not_applicable_why'] or 'no reason was given')}"
        )
        return
    style = VERDICT_STYLE[assessment["verdict"]]
    words = assessment["verdict"].replace("_", " ")
    why = f" ({assessment['reason']})" if assessment["reason"] else ""
    review = " · needs review" if assessment["needs_review"] else ""
    console.print(f"[{style} bold]{words}{why}[/] · confidence {assessment['confidence']:.2f}{review}")
    console.print(plain(assessment["explanation"] or ""))
    _elements(console, record["elements"])
    _evidence(console, record["evidence"])
    _search(console, record)
    _provenance(console, assessment)


def _elements(console: Console, elements: Sequence[Row]) -> None:
    if elements:
        console.print("\n[bold]Elements[/]")
    for row in elements:
        note = f" – {row['note']}" if row["note"] else ""
        text = plain(f"{row['element_id']}: {row['text']}{note}")
        console.print(f"  {row['status']:13} {row['score']:.2f}  {text}", soft_wrap=True)


def _evidence(console: Console, evidence: Sequence[Row]) -> None:
    if evidence:
        console.print("\n[bold]Quotes[/]")
    for row in evidence:
        page = f", p. {row['page']}" if row["page"] else ""
        heading = " > ".join(row["heading_path"] or [])
        place = row["citation"] or f"{row['path']}{page}{', § ' + heading if heading else ''}"
        console.print(f"  {row['stance']}: “{plain(row['quote'])}”", soft_wrap=True)
        console.print(
            f"    {plain(place)}\n    [dim]{plain(row['path'])} [{row['start_offset']}:{row['end_offset']}] "
            f"{row['version_id']}[/]",
            soft_wrap=True,
        )


def _search(console: Console, record: Mapping[str, Any]) -> None:
    assessment = record["assessment"]
    console.print(
        f"\n[bold]Search[/] {assessment['passages_searched']} passages of "
        f"{assessment['documents_searched']} documents, asked:"
    )
    for query in assessment["search_queries"] or ():
        console.print(f"  ? {plain(query)}", soft_wrap=True)
    console.print("  came nearest:")
    for row in record["candidates"]:
        snippet = " ".join((row["text"] or "").split())[:110]
        parts = f"(dense {row['dense']:.3f}, lexical {row['lexical']:.3f})"
        place = f"{plain(row['citation'] or row['path'])}: [dim]{plain(snippet)}[/]"
        console.print(f"  {row['rank']:2}  {row['score']:.3f} {parts}  {place}", soft_wrap=True)


def _provenance(console: Console, assessment: Row) -> None:
    console.print("\n[bold]Record[/]")
    for name in PROVENANCE:
        console.print(f"  {name:18} {plain(str(assessment[name]))}", soft_wrap=True)
