"""How every limit on language models stands now, and which of it was not told yet."""

from collections.abc import Sequence

from radar_pipeline.report.budgets import Level, Standing, standings
from radar_pipeline.storage.operations.counters import periods
from radar_pipeline.storage.operations.records import ALL, Alert
from radar_pipeline.sweep.environment import Environment


def standing(environment: Environment, slugs: Sequence[str] | None = None) -> list[Standing]:
    """The limits of these tenants (None: of all in tenants.yaml) and, last, of all together.

    Empty where there is no models.yaml: no model can be asked then.
    """
    if environment.models is None:
        return []
    spending, limits = environment.operations.spending, environment.models.client.limits
    month, day = periods(environment.clock())
    noticed = spending.noticed((month, day))
    chosen = [t.slug for t in environment.tenants] if slugs is None else list(slugs)
    found = []
    for scope in (*chosen, ALL):
        in_month, in_day = ((period, spending.spent(scope, period)) for period in (month, day))
        found += standings(scope, limits("" if scope == ALL else scope), in_month, in_day, noticed)
    return found


def tell(environment: Environment, found: Sequence[Standing]) -> list[Alert]:
    """The warnings of these that nobody was told yet: each is returned once, to whoever asks first."""
    if environment.models is None:
        return []
    pressed = sorted({s.scope for s in found if s.level is not Level.HOLDS}, key=lambda s: (s == ALL, s))
    told = []
    for scope in pressed:
        tenant = "" if scope == ALL else scope
        told += environment.operations.spending.alerts(tenant, environment.models.client.limits(tenant))
    return told
