"""Reading gaps: what no sweep could read, what is past its review date, who failed, and what mends it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from radar_pipeline.models import Reason
from radar_pipeline.report.site import words
from radar_pipeline.report.site.index.portfolio import Organisation, Portfolio
from radar_pipeline.report.site.tables import Row

LIMITS = {Reason.QUOTA.value: "plan", Reason.BUDGET.value: "budget"}  # what is used up

_STAGE_REMEDY = "`radar status` has the message; `radar sweep --tenant {}` tries again."


@dataclass(frozen=True, slots=True)
class Gap:
    """What a tenant's report could not take into account."""

    organisation: Organisation
    documents: int  # listed at its last publication
    unreadable: list[tuple[int, str]]  # how many, why
    overdue: int
    oldest: date | None  # the review date longest past
    empty: bool  # its source held no document at all

    @property
    def unread(self) -> int:
        """Documents that could not be read."""
        return sum(count for count, _ in self.unreadable)


@dataclass(frozen=True, slots=True)
class Failure:
    """A tenant whose last sweep failed, and what to do."""

    organisation: Organisation
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Mend:
    """One reason for unread documents, over all tenants."""

    why: str
    remedy: str
    documents: int
    tenants: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Requirements of a tenant that a plan or a budget kept from being assessed."""

    organisation: Organisation
    requirements: int
    why: str


@dataclass(frozen=True, slots=True)
class Gaps:
    """All of them: the tenant with most unread documents first."""

    tenants: list[Gap] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    mends: list[Mend] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Whether there is a gap."""
        return bool(self.tenants or self.failures or self.waiting)


def gaps(data: Portfolio) -> Gaps:
    """From the current ``documents``, the last publications and the failures."""
    documents: dict[str, list[Row]] = {}
    for row in data.of("documents"):
        if row["tenant_id"] in data.active:
            documents.setdefault(row["tenant_id"], []).append(row)
    found = [_gap(data, o, documents.get(o.tenant_id, [])) for o in data.active.values()]
    telling = [gap for gap in found if gap.unreadable or gap.overdue or gap.empty]
    return Gaps(
        tenants=sorted(telling, key=lambda g: (-g.empty, -g.unread, -g.overdue, g.organisation.name.lower())),
        failures=_failures(data),
        mends=_mends([row for rows in documents.values() for row in rows if words.hides_text(row)]),
        waiting=_waiting(data),
    )


def _waiting(data: Portfolio) -> list[Waiting]:
    rows = [row for row in data.of("held_by_limits") if row["tenant_id"] in data.active]
    found = [
        Waiting(data.active[row["tenant_id"]], row["requirements"], LIMITS[row["reason"]]) for row in rows
    ]
    return sorted(found, key=lambda w: (-w.requirements, w.organisation.name.lower(), w.why))


def _gap(data: Portfolio, o: Organisation, documents: Sequence[Row]) -> Gap:
    reasons = Counter(
        words.UNREAD.get(words.unread_because(d), "unreadable") for d in documents if words.hides_text(d)
    )
    overdue = [d for d in documents if d["overdue"]]
    last = data.last_publication.get(o.tenant_id)
    listed = last["documents"] if last else len(documents)
    return Gap(
        organisation=o,
        documents=listed,
        unreadable=sorted(((n, why) for why, n in reasons.items()), key=lambda r: (-r[0], r[1])),
        overdue=len(overdue),
        oldest=min((d["review_by"] for d in overdue if d["review_by"]), default=None),
        empty=last is not None and not listed,
    )


def _failures(data: Portfolio) -> list[Failure]:
    told = {f.tenant_id: f for f in data.extras.failures}
    failed = [o for o in data.active.values() if o.outcome == "failed"]
    result = []
    for o in sorted(failed, key=lambda o: (o.name.lower(), o.tenant_id)):
        if o.tenant_id in told:
            message, remedy = told[o.tenant_id].message, told[o.tenant_id].remedy
        else:
            stage = f" in stage {o.failed_stage}" if o.failed_stage else ""
            why = f" ({o.failure_reason})" if o.failure_reason else ""
            message, remedy = f"Its last sweep failed{stage}{why}.", _STAGE_REMEDY.format(o.tenant_id)
        result.append(Failure(o, message, remedy))
    return result


def _mends(unread: Sequence[Row]) -> list[Mend]:
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in unread:
        groups.setdefault(words.unreadable(words.unread_because(row)), []).append(row)
    mends = [Mend(*what, len(rows), len({r["tenant_id"] for r in rows})) for what, rows in groups.items()]
    return sorted(mends, key=lambda m: (-m.documents, m.why))
