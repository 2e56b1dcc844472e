"""How every limit on language models stands now, and which of it was not told yet."""

from collections.abc import Sequence

from radar_pipeline.llm.call import Feature
from radar_pipeline.llm.client import ModelClient
from radar_pipeline.report.budgets import Level, Standing, standings
from radar_pipeline.storage.operations.counters import periods
from radar_pipeline.storage.operations.records import ALL, EVALUATIONS, Alert, Limits
from radar_pipeline.sweep.environment import Environment

SHARED = (EVALUATIONS, ALL)  # scopes of what is no single tenant's


def standing(environment: Environment, slugs: Sequence[str] | None = None) -> list[Standing]:
    """The limits of these tenants (None: of all in tenants.yaml), of evaluations of prompts and, last, of all
    together.

    Empty where there is no models.yaml: no model can be asked then.
    """
    if environment.models is None:
        return []
    spending, client = environment.operations.spending, environment.models.client
    month, day = periods(environment.clock())
    noticed = spending.noticed((month, day))
    chosen = [t.slug for t in environment.tenants] if slugs is None else list(slugs)
    found = []
    for scope in (*chosen, *SHARED):
        in_month, in_day = ((period, spending.spent(scope, period)) for period in (month, day))
        found += standings(scope, _limits(client, scope), in_month, in_day, noticed)
    return found


def tell(environment: Environment, found: Sequence[Standing]) -> list[Alert]:
    """The warnings of these that nobody was told yet: each is returned once, to whoever asks first."""
    if environment.models is None:
        return []
    pressed = sorted(
        {s.scope for s in found if s.level is not Level.HOLDS}, key=lambda s: (s in SHARED, s == ALL, s)
    )
    told = []
    for scope in pressed:
        tenant = "" if scope == ALL else scope
        limits = _limits(environment.models.client, scope)
        told += environment.operations.spending.alerts(tenant, limits)
    return told


def _limits(client: ModelClient, scope: str) -> Limits:
    """Those on the calls of a scope: a tenant's, or on what no tenant pays for."""
    if scope == EVALUATIONS:
        return client.limits("", Feature.EVALUATE)
    return client.limits("" if scope == ALL else scope)
