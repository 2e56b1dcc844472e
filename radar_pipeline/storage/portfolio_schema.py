"""What only the portfolio has: who the tenants are and how their last sweep ended, what models cost, and how
good prompts are."""

from radar_pipeline.storage.metrics_schema import DAILY
from radar_pipeline.storage.prompts_schema import MIRRORED
from radar_pipeline.storage.schema import TABLES, TENANT, Column, Life, Table

TENANTS = Table(
    "tenants",
    "Every tenant of tenants.yaml, and every other whose rows are here; only in the portfolio.",
    Life.CURRENT,
    ("tenant_id",),
    (
        TENANT,
        Column("name", "VARCHAR", "Name of the organisation, from tenants.yaml."),
        Column("industry", "VARCHAR", "Its industry, from tenants.yaml; empty if not given."),
        Column("jurisdictions", "VARCHAR[]", "Where it is bound by law, from tenants.yaml."),
        Column("plan", "VARCHAR", "Its plan, from tenants.yaml."),
        Column(
            "state",
            "VARCHAR",
            "active, or retired: published once, and no longer in tenants.yaml. The views of what is current "
            "leave retired tenants out.",
        ),
        Column(
            "last_sweep_id",
            "VARCHAR",
            "Its newest sweep when these tables were last written; NULL if never swept.",
            volatile=True,
        ),
        Column(
            "last_outcome",
            "VARCHAR",
            "How that sweep ended for it: published, unchanged, failed, skipped or never. "
            "A night that leaves every tenant as it was writes nothing: a published one stays published.",
            volatile=True,
        ),
        Column("failed_stage", "VARCHAR", "Stage in which it failed; else NULL."),
        Column(
            "failure_reason",
            "VARCHAR",
            "Class of the error, such as SourceUnreadableError; Interrupted for a sweep that was killed, "
            "lease_held for a skipped one; else NULL. The message is in `radar status`.",
        ),
        Column("published_at", "TIMESTAMPTZ", "When its report last changed; NULL if never.", volatile=True),
    ),
    scoped=False,
)

PORTFOLIO_TABLES: tuple[Table, ...] = (*TABLES, TENANTS, *DAILY, *MIRRORED)


def tables(*, shared: bool) -> tuple[Table, ...]:
    """The tables of the portfolio (``shared``) or of a tenant's own database."""
    return PORTFOLIO_TABLES if shared else TABLES
