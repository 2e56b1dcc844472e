"""What a tenant's page says, as plain values: the template only lays it out."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from markupsafe import Markup

from radar_pipeline.models import Verdict
from radar_pipeline.report.site import words
from radar_pipeline.report.site.chart import ORDER, Bar
from radar_pipeline.report.site.context import Context
from radar_pipeline.report.site.links import framework_anchor
from radar_pipeline.report.site.requirement import RequirementView, anchor, requirement_view
from radar_pipeline.report.site.tables import Arranged, Counts, Row


@dataclass(frozen=True, slots=True)
class DomainView:
    """A group of requirements, in the framework's order."""

    name: str
    counts: Mapping[Verdict, int]
    requirements: list[RequirementView]

    @property
    def bar(self) -> Bar:
        """The domain in the chart."""
        return Bar(self.name, self.counts)

    @property
    def total(self) -> int:
        """Requirements that apply."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A verdict that changed and why."""

    anchor: str  # empty: the requirement is no longer on the page
    ref: str
    title: str
    before: str
    after: str
    causes: list[str]
    documents: list[str]


@dataclass(frozen=True, slots=True)
class DocumentChangeView:
    """A document that was added, changed or removed, went missing or returned."""

    change: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class FrameworkView:
    """One framework's part of the page."""

    anchor: str
    name: str
    version: str
    score: float | None
    delta: float | None
    no_score: str
    formula: str
    counts: Counts
    not_applicable: list[RequirementView]
    as_of: date | None
    published_at: datetime | None
    first: bool
    gravest: list[RequirementView]
    domains: list[DomainView]
    changes: list[ChangeView]
    resolved: list[str]
    withheld: list[tuple[int, str]] = field(default_factory=list)  # requirements not assessed, by reason
    charts: list[Markup] = field(default_factory=list)
    documents: list[tuple[str, list[DocumentChangeView]]] = field(default_factory=list)  # by what happened

    @property
    def requirements(self) -> int:
        """How many requirements apply."""
        return self.counts.total


def framework_view(
    data: Arranged,
    framework_id: str,
    name: str,
    contexts: Mapping[str, Context],
    previous_score: float | None,
) -> FrameworkView:
    """Everything the page says about one framework. ``previous_score``: None if there was none."""
    score = next(r for r in data.of("framework_scores") if r["framework_id"] == framework_id)
    rows = sorted(
        (r for r in data.of("requirements") if r["framework_id"] == framework_id),
        key=lambda r: words.natural(r["ref"]),
    )
    shown = [
        requirement_view(data, row, contexts) for row in rows if row["requirement_id"] in data.assessments
    ]
    latest = data.latest.get(framework_id)
    value = score["score"]
    return FrameworkView(
        anchor=framework_anchor(framework_id),
        name=name,
        version=rows[0]["framework_version"] if rows else "",
        score=value,
        delta=value - previous_score if value is not None and previous_score is not None else None,
        no_score=_no_score(score),
        formula=score["formula"],
        counts=Counts.of(score),
        not_applicable=[r for r in shown if not r.applicable],
        as_of=latest["as_of"] if latest else None,
        published_at=latest["published_at"] if latest else None,
        first=data.publications.get(framework_id, 0) <= 1,
        gravest=_gravest(shown),
        domains=_domains([r for r in shown if r.applicable]),
        changes=_changes(data, framework_id),
        resolved=_resolved(data, framework_id),
        withheld=_withheld([r for r in shown if r.applicable]),
        documents=document_changes(data, framework_id),
    )


def _no_score(row: Row) -> str:
    """Why there is no score; empty where there is one."""
    if row["score"] is not None:
        return ""
    if not row["importance"]:
        return "No requirement of this framework applies."
    share = words.withheld(row["importance_not_assessed"], row["importance"])
    return (
        f"{share} of the requirements, by importance, could not be assessed. "
        "Above 20% a score would say more than is known."
    )


def _withheld(shown: list[RequirementView]) -> list[tuple[int, str]]:
    """How many have no verdict, and why, the commonest reason first."""
    reasons = Counter(r.reason for r in shown if r.verdict == Verdict.NOT_ASSESSED.value and r.reason)
    return sorted(((n, why) for why, n in reasons.items()), key=lambda pair: (-pair[0], pair[1]))


def _gravest(shown: list[RequirementView]) -> list[RequirementView]:
    """Contradictions, blindspots and conflicts, the most important first, the surest of those first."""
    telling = {"blindspot", "contradiction", "conflict"}
    grave = [r for r in shown if r.applicable and telling & {a.kind for a in r.advice}]
    # What was withheld this time keeps its finding open, but there is no verdict to lead with.
    grave = [r for r in grave if r.verdict != Verdict.NOT_ASSESSED.value]
    return sorted(grave, key=lambda r: (-r.importance, -r.confidence, words.natural(r.ref)))


def _domains(shown: list[RequirementView]) -> list[DomainView]:
    groups: dict[str, list[RequirementView]] = {}
    for requirement in shown:
        groups.setdefault(requirement.domain or "Other", []).append(requirement)
    return [
        DomainView(name, {v: sum(r.verdict == v.value for r in group) for v in ORDER}, group)
        for name, group in groups.items()
    ]


def _changes(data: Arranged, framework_id: str) -> list[ChangeView]:
    views = []
    for row in data.latest_of("verdict_changes", framework_id):
        present = data.requirements.get(row["requirement_id"])
        requirement = present or data.departed_requirements.get(row["requirement_id"])
        views.append(
            ChangeView(
                anchor=anchor(row["requirement_id"]) if present else "",
                ref=requirement["ref"] if requirement else row["requirement_id"].partition(":")[2],
                title=requirement["title"] if requirement else "",
                before=row["from_verdict"] or "",
                after=row["to_verdict"] or "",
                causes=[words.cause(c, row["from_verdict"], row["to_verdict"]) for c in row["causes"] or ()],
                documents=[data.name_of(d) for d in row["document_ids"] or ()],
            )
        )
    return sorted(views, key=lambda c: words.natural(c.ref))


def document_changes(data: Arranged, framework_id: str) -> list[tuple[str, list[DocumentChangeView]]]:
    """Documents that are not as they were at the publication before, by what happened to them."""
    groups: dict[str, list[DocumentChangeView]] = {change: [] for change in words.DOCUMENT_CHANGES}
    for row in data.of("document_changes"):
        if row["framework_id"] == framework_id:
            name = row["title"] or row["path"]
            groups[row["change"]].append(DocumentChangeView(row["change"], name, row["path"]))
    return [(words.DOCUMENT_CHANGES[change], views) for change, views in groups.items() if views]


def _resolved(data: Arranged, framework_id: str) -> list[str]:
    """Titles of the findings that this publication resolved."""
    gone = {
        e["fingerprint"] for e in data.latest_of("finding_events", framework_id) if e["event"] == "resolved"
    }
    return sorted(r["title"] for r in data.of("findings") if r["fingerprint"] in gone)
