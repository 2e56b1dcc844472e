"""Made-up rows of a portfolio for tests of the index. No row holds a tenant's text."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from radar_pipeline import ids
from radar_pipeline.report.site.index.portfolio import IndexExtras, Portfolio, TenantFailure

Row = dict[str, Any]
NIGHTS = ("20261120T010000.000Z-aaaaaa", "20261121T010000.000Z-bbbbbb", "20261122T010000.000Z-cccccc")
NAMES = {
    "gdpr": "General Data Protection Regulation",
    "hipaa": "HIPAA Security and Breach Notification Rules",
    "soc2": "SOC 2 Trust Services Criteria (2017, revised points of focus 2022)",
    "nist-csf": "NIST Cybersecurity Framework 2.0",
    "eu-ai-act": "EU AI Act: high-risk systems, duties of providers and deployers",
}


def data(extras: IndexExtras | None = None, **tables: Sequence[Row]) -> Portfolio:
    """These tables arranged."""
    return Portfolio(tables, extras or IndexExtras())


def tenant(tenant_id: str, **changes: Any) -> Row:
    return {
        "tenant_id": tenant_id,
        "name": tenant_id.replace("-", " ").title(),
        "industry": "payments",
        "jurisdictions": ["EU"],
        "plan": "pro",
        "state": "active",
        "last_sweep_id": NIGHTS[-1],
        "last_outcome": "published",
        "failed_stage": None,
        "failure_reason": None,
        "published_at": datetime(2026, 11, 22, 1, 2, tzinfo=UTC),
        **changes,
    }


def score(tenant_id: str, value: float | None, framework_id: str = "gdpr", **changes: Any) -> Row:
    return {
        "tenant_id": tenant_id,
        "framework_id": framework_id,
        "score": value,
        "formula": "weighted-coverage@1",
        "importance": 100,
        "importance_not_assessed": 0 if value is not None else 34,
        "covered": 40,
        "partial": 20,
        "contradicted": 3,
        "not_addressed": 12,
        "not_assessed": 0 if value is not None else 30,
        "not_applicable": 2,
        **changes,
    }


def sweep(tenant_id: str, night: int = 2, framework_id: str = "gdpr", **changes: Any) -> Row:
    return {
        "tenant_id": tenant_id,
        "framework_id": framework_id,
        "sweep_id": NIGHTS[night],
        "as_of": date(2026, 11, 20 + night),
        "published_at": datetime(2026, 11, 20 + night, 1, 2, tzinfo=UTC),
        "input_key": "key",
        "documents": 12,
        "unreadable": 0,
        "judged": 90,
        "reused": 0,
        "cost_usd": 0.0,
        **changes,
    }


def held(row: Row, first: int, last: int | None = None) -> Row:
    """A row of history: from a night up to another (None: still)."""
    closed = NIGHTS[last] if last is not None else None
    return {**row, "valid_from_sweep": NIGHTS[first], "valid_to_sweep": closed}


def change(tenant_id: str, *causes: str, framework_id: str = "gdpr", night: int = 2, **changes: Any) -> Row:
    return {
        "tenant_id": tenant_id,
        "framework_id": framework_id,
        "requirement_id": f"{framework_id}:Art. 1",
        "sweep_id": NIGHTS[night],
        "from_verdict": "covered",
        "to_verdict": "partial",
        "causes": list(causes),
        "document_ids": [],
        **changes,
    }


def verdict(tenant_id: str, ref: str, given: str = "not_addressed", **changes: Any) -> Row:
    framework_id = changes.get("framework_id", "gdpr")
    return {
        "tenant_id": tenant_id,
        "framework_id": framework_id,
        "requirement_id": ids.requirement_id(framework_id, ref),
        "verdict": given,
        "applicability": "applicable",
        "confidence": 0.86,
        "needs_review": False,
        **changes,
    }


def finding(tenant_id: str, ref: str, kind: str = "blindspot", **changes: Any) -> Row:
    framework_id = changes.get("framework_id", "gdpr")
    return {
        "tenant_id": tenant_id,
        "framework_id": framework_id,
        "requirement_id": ids.requirement_id(framework_id, ref),
        "fingerprint": ids.digest(tenant_id, framework_id, ref, kind),
        "kind": kind,
        "severity": 5,
        "status": "persisting",
        "first_seen_sweep": NIGHTS[0],
        **changes,
    }


def requirement(tenant_id: str, ref: str, **changes: Any) -> Row:
    framework_id = changes.get("framework_id", "gdpr")
    return {
        "tenant_id": tenant_id,
        "framework_id": framework_id,
        "requirement_id": ids.requirement_id(framework_id, ref),
        "ref": ref,
        "title": f"Title of {ref}",
        "importance": 5,
        **changes,
    }


def document(tenant_id: str, number: int = 1, **changes: Any) -> Row:
    return {
        "tenant_id": tenant_id,
        "document_id": f"doc-{number}",
        "readable": True,
        "reason": None,
        "needs_ocr": False,
        "review_by": date(2027, 1, 1),
        "overdue": False,
        **changes,
    }


def unread(tenant_id: str, reason: str, number: int = 1) -> Row:
    return document(tenant_id, number, readable=False, reason=reason, review_by=None)


# ── A whole portfolio ─────────────────────────────────────────────────────────────────────────

_TITLES = (
    ("Art. 33(1)", "Notifying the authority of a breach"),
    ("Art. 30(1)", "Keeping a record of processing"),
    ("Art. 35(1)", "Assessing the impact of risky processing"),
    ("Art. 28(3)", "Binding processors by contract"),
    ("Art. 17(1)", "Erasing personal data on request"),
    ("Art. 32(1)(d)", "Testing the security measures regularly"),
)
_FIRMS = ("Meridian Pay", "Cedar Health Records", "Norrland Motion AB", "Orbit Logistics", "Halden & Sons")
_INDUSTRIES = ("payments", "health records", "drive systems", "logistics", "retail")
_OUTCOMES = ("published", "published", "unchanged", "published", "unchanged")


def portfolio(
    tenants: int, frameworks: Sequence[str] = ("gdpr", "hipaa", "soc2"), requirements: int = 6
) -> tuple[dict[str, list[Row]], IndexExtras]:
    """A portfolio of realistic shape, the same each time: moves, gaps, one failure, one retired."""
    tables: dict[str, list[Row]] = {
        name: []
        for name in (
            *("tenants", "framework_scores", "framework_scores_history", "sweeps", "verdict_changes"),
            *("assessments", "findings", "requirements", "documents"),
        )
    }
    names = {}
    for n in range(tenants):
        slug = f"firm-{n:02}"
        firm = _FIRMS[n % len(_FIRMS)]
        names[slug] = firm if n < len(_FIRMS) else f"{firm.split()[0]} {_INDUSTRIES[n % 3].title()} {n}"
        row = tenant(slug, name=names[slug], industry=_INDUSTRIES[n % 5], last_outcome=_OUTCOMES[n % 5])
        tables["tenants"].append(row)
        for m, framework in enumerate(frameworks):
            if m and (n + m) % 3 == 0:
                continue
            _pair(tables, slug, framework, (n * 37 + m * 23) % 71, requirements)
        if n % 4 == 1:
            tables["documents"] += [unread(slug, "encrypted", 1), unread(slug, "empty", 2)]
            tables["documents"] += [unread(slug, "encrypted", 3)]
        if n % 3 == 1:
            overdue = date(2026, 3, 1) + timedelta(days=n)
            tables["documents"].append(document(slug, 4, overdue=True, review_by=overdue))
    failed = tables["tenants"][-1]
    failed |= {"last_outcome": "failed", "failed_stage": "documents"}
    failed["failure_reason"] = "SourceUnreadableError"
    tables["tenants"].append(tenant("quill-press", state="retired", last_outcome="unchanged"))
    _pair(tables, "quill-press", "gdpr", 40, requirements)
    tables["tenants"].append(tenant("new-firm", last_outcome="never", last_sweep_id=None, published_at=None))
    extras = IndexExtras(
        tenant_names=names,
        framework_names=NAMES,
        links={slug: f"../../tenants/{slug}/published/index.html" for slug in (*names, "quill-press")},
        failures=[
            TenantFailure(
                failed["tenant_id"],
                "The documents folder could not be listed: permission denied.",
                "Give the user that runs `radar` read access, then run `radar sweep`.",
            )
        ],
        bound={"new-firm": ["gdpr"]},
    )
    return tables, extras


def _pair(tables: dict[str, list[Row]], slug: str, framework: str, spread: int, requirements: int) -> None:
    value = None if spread % 17 == 4 else 26.0 + spread + spread % 7 / 10
    blindspots = 40 - spread // 2
    now = score(slug, value, framework, not_addressed=blindspots, contradicted=spread % 5)
    before = {**now, "score": 26.0 + spread + (spread % 13 - 6) / 2 if spread % 3 else value}
    tables["framework_scores"].append(now)
    tables["framework_scores_history"] += [held(before, 1, 2), held(now, 2)]
    unreadable = 3 if int(slug[-2:] if slug[-2:].isdigit() else 0) % 4 == 1 else 0
    tables["sweeps"] += [sweep(slug, n, framework, unreadable=unreadable) for n in (0, 1, 2)]
    if spread % 3:
        tables["verdict_changes"] += [
            *(change(slug, "document_changed", framework_id=framework) for _ in range(1 + spread % 4)),
            *(change(slug, "framework", framework_id=framework) for _ in range(spread % 3)),
        ]
    for n in range(requirements):
        ref, title = _TITLES[n % len(_TITLES)]
        ref = ref if n < len(_TITLES) else f"Art. {40 + n}"
        severity = (5, 5, 3, 3, 2, 1)[n % 6]
        common = {"framework_id": framework}
        tables["requirements"].append(requirement(slug, ref, title=title, importance=severity, **common))
        if (spread + n) % 3 == 0:
            continue
        against = (spread + n) % 7 == 0
        found = verdict(slug, ref, "contradicted" if against else "not_addressed", **common)
        tables["assessments"].append(found | {"confidence": 0.55 + spread % 40 / 100, "needs_review": not n})
        kind = "contradiction" if against else "blindspot"
        tables["findings"].append(
            finding(slug, ref, kind, severity=severity, first_seen_sweep=NIGHTS[spread % 3], **common)
        )
