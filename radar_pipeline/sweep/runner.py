"""The sweep: which tenants are due, each worked under its lease, stage by stage, as events.

One tenant's failure is that tenant's: it keeps its last published report, the others go on.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from radar_pipeline import ids, tenancy
from radar_pipeline.errors import ConfigurationError, LeaseHeldError, RadarError, StoreError
from radar_pipeline.models import Tenant
from radar_pipeline.storage import holder
from radar_pipeline.storage.files import store_error
from radar_pipeline.sweep import portfolio, watch
from radar_pipeline.sweep.embeddings import RequirementVectors
from radar_pipeline.sweep.environment import Environment, SweepRequest
from radar_pipeline.sweep.events import (
    Counts,
    Event,
    PortfolioPublished,
    Stage,
    StageDone,
    SweepFinished,
    SweepStarted,
    TenantFailed,
    TenantPublished,
    TenantSkipped,
    TenantStarted,
    TenantUnchanged,
)
from radar_pipeline.sweep.lease import hold
from radar_pipeline.sweep.plan import Plan, fetching, has_news, plan, remember
from radar_pipeline.sweep.tenant import work
from radar_pipeline.tenancy import erase

_SUMMED = ("parsed", "embedded", "embedding_cost_usd", "judged", "reused", "cost_usd")


@dataclass(slots=True)
class _Run:
    """What one sweep knows while it runs."""

    environment: Environment
    sweep_id: str
    as_of: date
    frameworks: tuple[str, ...]
    vectors: RequirementVectors
    totals: dict[str, float] = field(default_factory=lambda: defaultdict(int))
    failures: dict[str, tuple[str, str]] = field(default_factory=dict)  # message, remedy


def sweep(request: SweepRequest, environment: Environment) -> Iterator[Event]:
    """Sweep the requested tenants; the events end with SweepFinished.

    Raises UnknownNameError or ConfigurationError before anything is written. Closing the iterator
    early, or an interrupt, releases the lease and marks the sweep interrupted; what was finished
    stays, and the next sweep finishes the rest.
    """
    tenants = tenancy.select(environment.tenants, request.tenants)
    _check_frameworks(tenants, request.frameworks)
    operations = environment.operations
    operations.interrupt_dead_sweeps(holder.is_alive)
    as_of = request.as_of or environment.today()
    sweep_id = ids.new_sweep_id(after=operations.newest_sweep_id())
    run = _Run(
        environment,
        sweep_id,
        as_of,
        request.frameworks,
        RequirementVectors(environment.settings.portfolio, environment.embedder),
    )
    scope = {"tenants": [t.slug for t in tenants], "frameworks": list(request.frameworks)}
    operations.begin_sweep(sweep_id, as_of, scope, request.trigger, holder.this_holder())
    state = "interrupted"
    try:
        yield SweepStarted(sweep_id, tuple(t.slug for t in tenants), as_of)
        for tenant in tenants:
            yield from _tenant(run, tenant)
        yield from _portfolio(run)
        state = "failed" if run.totals["failed"] else "succeeded"
    finally:
        operations.release_leases(sweep_id)
        operations.finish_sweep(sweep_id, state)
    yield SweepFinished(sweep_id, state, dict(run.totals))


def _check_frameworks(tenants: tuple[Tenant, ...], frameworks: tuple[str, ...]) -> None:
    bound = {scope.framework_id for tenant in tenants for scope in tenant.frameworks}
    unknown = sorted(set(frameworks) - bound)
    if unknown:
        raise ConfigurationError(
            f"No tenant of this sweep is bound by {', '.join(unknown)}.",
            remedy=f"Choose from: {', '.join(sorted(bound)) or 'none'}.",
        )


def _tenant(run: _Run, tenant: Tenant) -> Iterator[Event]:
    """All events of one tenant; its failures become TenantFailed, never an exception."""
    at = [Stage.DOCUMENTS.value]  # the stage that a failure is charged to
    inputs = ""
    try:
        inputs = watch.input_key(run.environment, tenant)
        yield from _due(run, tenant, at)
    except LeaseHeldError as error:
        run.totals["skipped"] += 1
        run.environment.operations.record_stage(
            run.sweep_id, tenant.slug, at[0], "skipped", reason="lease_held"
        )
        yield TenantSkipped(tenant.slug, error.message)
    except RadarError as error:
        yield _failed(run, tenant, at[0], error, inputs)
    except Exception as error:  # a defect of ours must not cost the other tenants their night
        if run.environment.settings.debug:
            raise
        yield _failed(run, tenant, at[0], _unexpected(error, at[0]), inputs)


def _due(run: _Run, tenant: Tenant, at: list[str]) -> Iterator[Event]:
    environment = run.environment
    if _is_erased(environment, tenant):
        yield _erased(run, tenant)
        return
    today = plan(environment, tenant, run.frameworks, run.as_of, fetch=False)
    if today.due or has_news(environment, today):
        seconds = environment.settings.lease_seconds
        with hold(environment.operations, tenant.slug, run.sweep_id, seconds) as lease:
            # The plan was made before the lease was ours: another sweep may have done the work, and
            # an erasure that held the lease before us must not be undone.
            if _is_erased(environment, tenant):
                yield _erased(run, tenant)
                return
            with fetching(environment, tenant):
                today = plan(environment, tenant, run.frameworks, run.as_of)
                if today.due:
                    yield TenantStarted(tenant.slug, today.due)
                    for event in work(environment, run.sweep_id, today, lease, run.vectors, at):
                        _count(run, event)
                        yield event
                    return
                remember(environment, today)
    yield _unchanged(run, today)


def _is_erased(environment: Environment, tenant: Tenant) -> bool:
    return tenant.slug in erase.erased(environment.operations)


def _erased(run: _Run, tenant: Tenant) -> TenantSkipped:
    """Erased since the sweep began: nothing is written of it, not even to the ledger."""
    run.totals["skipped"] += 1
    return TenantSkipped(tenant.slug, f"Tenant {tenant.slug} was erased after this sweep began.")


def _count(run: _Run, event: Event) -> None:
    if isinstance(event, StageDone):
        for name in _SUMMED:
            value = event.counts.get(name, 0)
            if isinstance(value, (int, float)):
                run.totals[name] += value
    if isinstance(event, TenantPublished):
        run.totals["published"] += 1


def _unexpected(error: Exception, stage: str) -> StoreError:
    if isinstance(error, OSError):
        return store_error(Path("RADAR_HOME"), error)
    return StoreError(
        f"Unexpected {type(error).__name__} in stage {stage}.",
        remedy="Run `radar sweep --debug` to see where, and report it; the last report stays.",
    )


def _unchanged(run: _Run, today: Plan) -> TenantUnchanged:
    run.totals["unchanged"] += 1
    published = today.published.sweep_id if today.published else ""
    operations = run.environment.operations
    operations.record_stage(run.sweep_id, today.tenant.slug, Stage.BLINDSPOT_REPORT, "unchanged")
    counts: Counts = {"documents": len(today.manifest), "parsed": 0, "embedded": 0, "judged": 0}
    return TenantUnchanged(today.tenant.slug, tuple(today.frameworks), published, counts)


def _failed(run: _Run, tenant: Tenant, stage: str, error: RadarError, inputs: str) -> TenantFailed:
    run.totals["failed"] += 1
    run.failures[tenant.slug] = (error.message, error.remedy)
    reason = type(error).__name__
    run.environment.operations.record_stage(
        run.sweep_id, tenant.slug, stage, "failed", inputs, reason=f"{reason}: {error.message}"
    )
    return TenantFailed(tenant.slug, stage, reason, error.message, error.remedy)


def _portfolio(run: _Run) -> Iterator[Event]:
    """Bring the portfolio up to date with whatever is published; costs nothing if it is."""
    counts = portfolio.publish(run.environment, run.failures)
    if counts:
        yield PortfolioPublished(counts)
