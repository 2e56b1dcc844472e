"""What is gravest over all tenants: one entry for each requirement, with everyone whom it concerns."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from radar_pipeline.models import Applicability, FindingKind, FindingStatus, Verdict
from radar_pipeline.report.site import words
from radar_pipeline.report.site.index.portfolio import Portfolio
from radar_pipeline.report.site.requirement import anchor
from radar_pipeline.report.site.tables import Row

_KINDS = {
    Verdict.NOT_ADDRESSED.value: FindingKind.BLINDSPOT.value,
    Verdict.CONTRADICTED.value: FindingKind.CONTRADICTION.value,
}
_NOT_OPEN = (FindingStatus.RESOLVED.value, FindingStatus.SUPPRESSED.value)


@dataclass(frozen=True, slots=True)
class Holder:
    """A tenant at which the requirement is a blindspot or contradicted."""

    tenant: str
    href: str  # to the requirement on its page
    verdict: str
    confidence: float
    needs_review: bool
    since: date | None  # as-of date of the publication that first told it


@dataclass(frozen=True, slots=True)
class Grave:
    """A requirement and those at which it is a blindspot or contradicted, the surest first."""

    ref: str
    title: str
    framework: str
    severity: int
    holders: list[Holder]
    bound: int  # tenants whom the framework binds and who have a report on it

    @property
    def verdicts(self) -> list[tuple[str, int]]:
        """(verdict, how many), contradicted first."""
        counts = [
            (v.value, sum(h.verdict == v.value for h in self.holders))
            for v in (Verdict.CONTRADICTED, Verdict.NOT_ADDRESSED)
        ]
        return [(verdict, count) for verdict, count in counts if count]

    @property
    def since(self) -> date | None:
        """When it was first told of any of them."""
        return min((h.since for h in self.holders if h.since), default=None)

    @property
    def confidence(self) -> str:
        """``86%``, or the range ``72–86%``."""
        low, high = (round(100 * f(h.confidence for h in self.holders)) for f in (min, max))
        return f"{high}%" if low == high else f"{low}–{high}%"

    @property
    def needs_review(self) -> int:
        """At how many a person should look."""
        return sum(h.needs_review for h in self.holders)


def gravest(data: Portfolio) -> list[Grave]:
    """By severity, then by how many tenants it concerns; findings that were set aside are left out."""
    findings = _findings(data)
    dates = {(r["tenant_id"], r["framework_id"], r["sweep_id"]): r["as_of"] for r in data.of("sweeps")}
    requirements = {(r["tenant_id"], r["requirement_id"]): r for r in data.of("requirements")}
    groups: dict[str, list[tuple[Row, list[Row]]]] = {}
    for row in _concerned(data):
        found = findings.get((row["tenant_id"], row["requirement_id"], _KINDS[row["verdict"]]), [])
        present = [f for f in found if f["status"] not in _NOT_OPEN]
        if present or all(f["status"] != FindingStatus.SUPPRESSED.value for f in found):
            groups.setdefault(row["requirement_id"], []).append((row, present))
    bound: dict[str, int] = {}
    for _, framework_id in data.counted:
        bound[framework_id] = bound.get(framework_id, 0) + 1
    result = []
    for requirement_id, group in groups.items():
        first = group[0][0]
        told = requirements.get((first["tenant_id"], requirement_id))
        severities = [f["severity"] for _, found in group for f in found]
        holders = [_holder(data, row, found, dates) for row, found in group]
        result.append(
            Grave(
                ref=told["ref"] if told else requirement_id.partition(":")[2],
                title=told["title"] if told else "",
                framework=data.short(first["framework_id"]),
                severity=max(severities, default=told["importance"] if told else 1),
                holders=sorted(holders, key=lambda h: (h.verdict, -h.confidence, h.tenant.lower())),
                bound=bound.get(first["framework_id"], 0),
            )
        )
    return sorted(result, key=_order)


def _order(grave: Grave) -> tuple[object, ...]:
    contradicted = any(h.verdict == Verdict.CONTRADICTED.value for h in grave.holders)
    place = (grave.framework, words.natural(grave.ref))
    return (-grave.severity, -len(grave.holders), not contradicted, *place)


def _concerned(data: Portfolio) -> Iterable[Row]:
    for row in data.of("assessments"):
        applies = row["applicability"] != Applicability.NOT_APPLICABLE.value
        if applies and row["verdict"] in _KINDS and (row["tenant_id"], row["framework_id"]) in data.counted:
            yield row


def _findings(data: Portfolio) -> dict[tuple[str, str, str], list[Row]]:
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in data.of("findings"):
        groups.setdefault((row["tenant_id"], row["requirement_id"], row["kind"]), []).append(row)
    return groups


def _holder(
    data: Portfolio, row: Row, findings: list[Row], dates: dict[tuple[str, str, str], date]
) -> Holder:
    organisation = data.active[row["tenant_id"]]
    place = (row["tenant_id"], row["framework_id"])
    seen = [dates[k] for f in findings if (k := (*place, f["first_seen_sweep"])) in dates]
    return Holder(
        tenant=organisation.name,
        href=organisation.at(anchor(row["requirement_id"])),
        verdict=row["verdict"],
        confidence=row["confidence"],
        needs_review=row["needs_review"],
        since=min((day for day in seen if day), default=None),
    )
