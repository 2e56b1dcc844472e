"""A report whose every text of a document or catalog is hostile. Shared by unit and browser tests."""

from dataclasses import replace
from datetime import date
from typing import Any

from report_builders import assessment, document, elements, evidence, requirement, search, tables, unreadable

from radar_pipeline.models import Element, Role, Stance, Verdict
from radar_pipeline.report.site.context import Context
from radar_pipeline.report.site.pages import PageExtras

SCRIPT = "<script>document.title='owned'</script>"
IMAGE = "<img src=x onerror=\"document.title='owned'\">"
LINK = "javascript:alert(1)"
TEMPLATE = "{{ 7 * 7 }}{% raw %}"
RTL = "invoice\u202efdp.exe"
LONG = "Donaudampfschifffahrt" * 40
BREAKOUT = "\"'></style></title></svg><h1>broken</h1><!--"
MATH = r"$\frac{1}{0}$ costs $5"
NASTY = " ".join((SCRIPT, IMAGE, LINK, TEMPLATE, RTL, LONG, BREAKOUT, MATH, "nul\x00 surrogate\ud800"))


def hostile_tables() -> dict[str, list[dict[str, Any]]]:
    """Rows in which titles, paths, quotes, notes and catalog texts are all hostile."""
    refs = [f"Art. {n} {SCRIPT}" for n in range(5)]
    requirements = [
        replace(
            requirement(ref),
            title=f"{n} {NASTY}",
            text=NASTY,
            citation=NASTY,
            domain=f"{NASTY} {n % 2}",
            expected_document=NASTY,
            elements=(Element("action-1", Role.ACTION, NASTY), Element("deadline-1", Role.DEADLINE, NASTY)),
        )
        for n, ref in enumerate(refs)
    ]
    given = []
    for of, verdict in zip(requirements, Verdict, strict=True):
        stance = Stance.CONTRADICTS if verdict is Verdict.CONTRADICTED else Stance.SUPPORTS
        quotes = (evidence(of, quote=NASTY, path=NASTY, heading_path=(NASTY, NASTY), stance=stance),)
        proved = verdict in (Verdict.COVERED, Verdict.PARTIAL, Verdict.CONTRADICTED)
        parts = tuple(replace(e, note=NASTY) for e in elements(of, ("deadline-1",)))
        given.append(
            assessment(
                of,
                verdict,
                explanation=NASTY,
                elements=parts,
                evidence=quotes if proved else (),
                search=replace(search("doc-a", "doc-b"), queries=(NASTY,)),
            )
        )
    documents = (
        document(
            "doc-a",
            title=NASTY,
            path=NASTY,
            owner=NASTY,
            version=NASTY,
            author=NASTY,
            approved_by=NASTY,
            language=NASTY,
            read_from={"title": NASTY, NASTY: NASTY},
            superseded_by="doc-b",
            duplicate_of=NASTY,
            container=NASTY,
        ),
        document("doc-b", title=NASTY, path=f"b{NASTY}", review_by=date(2020, 1, 1)),
        replace(unreadable(), path=f"x/{NASTY}"),
    )
    return tables(requirements, given, documents, passage_texts={"p-doc-a": NASTY, "p-doc-b": NASTY})


def hostile_extras(rows: dict[str, list[dict[str, Any]]]) -> PageExtras:
    return PageExtras(
        tenant_name=NASTY,
        industry=NASTY,
        jurisdictions=(NASTY,),
        framework_names={"gdpr": NASTY},
        contexts={r["evidence_id"]: Context(NASTY, NASTY) for r in rows["evidence"]},
        index_href=LINK,
    )
