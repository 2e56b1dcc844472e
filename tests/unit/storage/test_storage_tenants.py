"""The portfolio's table of tenants: who they are, and how their last sweep ended."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from storage_builders import bytes_under, report, value

from radar_pipeline.storage import warehouse
from radar_pipeline.storage.daily import DailyRows
from radar_pipeline.storage.metrics_schema import DAILY
from radar_pipeline.storage.mirror import MirrorRows
from radar_pipeline.storage.portfolio_schema import TENANTS
from radar_pipeline.storage.prompts_schema import FEEDBACK, RESULTS
from radar_pipeline.storage.schema import Table
from radar_pipeline.storage.views import views

S1, S2, S3 = "20261101T000000.000Z-aaaaaa", "20261102T000000.000Z-aaaaaa", "20261103T000000.000Z-aaaaaa"
HOLDS_HISTORY = {"trend", "change_log", "llm_by_tenant", "usage_to_date", "prompt_failing_cases"}
# Of no tenant, or whose tenant is *: all of them together.
OF_ALL = {"llm_by_day", "llm_by_prompt", "llm_by_deployment", "prompt_scores_now"}
USED_ON = date(2026, 11, 1)


def told(slug: str, sweep: str = S1, **given) -> dict:
    row = {
        "tenant_id": slug,
        "name": slug.title(),
        "industry": "Ships",
        "jurisdictions": ["EU", "SE"],
        "plan": "free",
        "state": "active",
        "last_sweep_id": sweep,
        "last_outcome": "published",
        "failed_stage": None,
        "failure_reason": None,
        "published_at": datetime(2026, 11, 1, tzinfo=UTC),
    }
    assert row.keys() == {c.name for c in TENANTS.columns} and given.keys() <= row.keys()
    return row | given


def used(*tenants: str) -> DailyRows:
    """A row of each tenant in every table by day."""
    plain = {"BIGINT": 1, "DOUBLE": 0.5, "VARCHAR": "x"}

    def row(table: Table, tenant: str) -> dict:
        values = {c.name: plain.get(c.type) for c in table.columns}
        own = {"day": USED_ON, "tenant_id": tenant, "level": "tenant"}
        return values | {name: value for name, value in own.items() if name in values}

    return DailyRows(USED_ON, {table.name: [row(table, t) for t in tenants] for table in DAILY})


def mirrored(*tenants: str) -> MirrorRows:
    """A failed case and an opinion of each tenant."""

    def row(table: Table, tenant: str) -> dict:
        return {c.name: value(c, "x") for c in table.columns} | {"tenant_id": tenant}

    failed = [row(RESULTS, tenant) | {"passed": False} for tenant in tenants]
    return MirrorRows({RESULTS.name: failed, FEEDBACK.name: [row(FEEDBACK, tenant) for tenant in tenants]})


class Portfolio:
    """A portfolio with tenants that publish and are told of."""

    def __init__(self, root: Path) -> None:
        self.home, self.tenants = root / "portfolio", root / "tenants"
        self.published: dict[str, str] = {}

    def publish(self, tenant: str, sweep: str) -> None:
        home = self.tenants / tenant
        rows = report(sweep, tenant=tenant)
        for each in rows["assessments"]:
            each |= {"verdict": "not_addressed", "applicability": "applicable"}
        for each in rows["documents"]:
            each["readable"] = False
        warehouse.build_release(home / "published", home / "staged", rows, sweep, {"gdpr"})
        warehouse.write_inbox(self.home, sweep, tenant, home / "staged")
        warehouse.publish(home, sweep, home / "staged")
        self.published[tenant] = sweep

    def load(self, *tenants: dict):
        return warehouse.load_portfolio(self.home, self.published, self.tenants, list(tenants))

    def rows(self) -> dict[str, dict]:
        found = warehouse.TenantReport.current(self.home / "published")["tenants"]
        return {row["tenant_id"]: row for row in found}

    def files(self) -> dict[str, int]:
        return {str(p): p.stat().st_mtime_ns for p in (self.home / "published").rglob("*")}

    def counts(self) -> dict[str, int]:
        """Rows of globex by view."""
        asked = {
            v.name: f"SELECT count(*) FROM {v.name} WHERE tenant_id = 'globex'"
            for v in views(shared=True)
            if v.name not in OF_ALL
        }
        return {name: warehouse.query(sql, None, self.home)[1][0][0] for name, sql in asked.items()}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    made = Portfolio(tmp_path_factory.mktemp("template"))
    for sweep in (S1, S2):
        made.publish("acme", sweep)
        made.publish("globex", sweep)
    rows = [told("acme"), told("globex")]
    days, rest = used("acme", "globex"), mirrored("acme", "globex")
    warehouse.load_portfolio(made.home, made.published, made.tenants, rows, by_day=days, mirrored=rest)
    return made


@pytest.fixture
def portfolio(template, tmp_path):
    """Two tenants, published twice and told of."""
    made = Portfolio(tmp_path / "home")
    shutil.copytree(template.home.parent, made.home.parent, symlinks=True)
    made.published = dict(template.published)
    return made


def test_what_is_told_of_the_tenants_comes_back_in_tables_and_parquet(portfolio):
    assert portfolio.rows() == {"acme": told("acme"), "globex": told("globex")}
    assert (portfolio.home / "published" / "parquet" / "tenants.parquet").exists()


def test_a_tenant_that_never_succeeded_has_a_row_too(tmp_path):
    portfolio = Portfolio(tmp_path)
    failed = {
        "last_outcome": "failed",
        "failed_stage": "documents",
        "failure_reason": "SourceUnreadableError",
    }
    assert portfolio.load(told("acme", published_at=None, **failed)).published
    assert portfolio.rows()["acme"]["failure_reason"] == "SourceUnreadableError"
    ((outcome, documents),) = warehouse.query(
        "SELECT last_outcome, documents FROM sweep_health", None, portfolio.home
    )[1]
    assert (outcome, documents) == ("failed", None)


def test_a_night_in_which_only_the_clock_moved_writes_nothing(portfolio):
    before = portfolio.files()
    later = {"last_outcome": "unchanged", "published_at": datetime(2026, 11, 2, tzinfo=UTC)}
    assert not portfolio.load(told("globex", S3, **later), told("acme", S3, **later))
    assert portfolio.files() == before


@pytest.mark.parametrize(
    "change",
    [{"name": "Acme AB"}, {"jurisdictions": []}, {"plan": "team"}, {"failure_reason": "StoreError"}],
)
def test_whatever_else_changes_of_a_tenant_is_published(portfolio, change):
    assert portfolio.load(told("acme", **change), told("globex")).published
    assert portfolio.rows()["acme"] == told("acme", **change)
    assert not portfolio.load(told("acme", **change), told("globex"))


def test_a_retired_tenant_keeps_its_rows_and_leaves_the_views_of_what_is_current(portfolio):
    before = portfolio.counts()
    assert all(before.values()), before
    portfolio.load(told("acme"))
    assert portfolio.rows()["globex"] == told("globex", state="retired")
    assert {name for name, count in portfolio.counts().items() if count} == HOLDS_HISTORY
    rows = warehouse.query("SELECT count(*) FROM findings WHERE tenant_id = 'globex'", None, portfolio.home)
    assert rows[1] == [[2]]
    assert not portfolio.load(told("acme"))
    portfolio.load(told("acme"), told("globex"))
    assert portfolio.counts() == before, "it came back"


def test_a_tenant_that_left_without_ever_publishing_leaves_no_row(portfolio):
    portfolio.load(told("acme"), told("globex"), told("ghost", last_outcome="never", published_at=None))
    assert "ghost" in portfolio.rows()
    portfolio.load(told("acme"), told("globex"))
    assert "ghost" not in portfolio.rows()


def test_an_erased_tenant_has_no_row_in_table_views_or_any_byte(portfolio):
    warehouse.erase_from_portfolio(portfolio.home, "globex")
    del portfolio.published["globex"]
    portfolio.load(told("acme"))
    assert set(portfolio.rows()) == {"acme"}
    assert not any(portfolio.counts().values())
    assert b"globex" not in bytes_under(portfolio.home) and b"Globex" not in bytes_under(portfolio.home)


def test_a_load_that_names_no_tenants_leaves_the_table_as_it_is(portfolio):
    portfolio.publish("acme", S3)
    warehouse.load_portfolio(portfolio.home, portfolio.published, portfolio.tenants)
    assert portfolio.rows() == {"acme": told("acme"), "globex": told("globex")}
    assert not portfolio.load(told("acme"), told("globex"))


def test_killed_between_table_and_snapshot_the_next_load_publishes(portfolio, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(*_):
        raise Killed

    digest = warehouse.rows_digest(portfolio.home / "published")
    with monkeypatch.context() as patch:
        patch.setattr("radar_pipeline.storage.portfolio.publish", killed)
        with pytest.raises(Killed):
            portfolio.load(told("acme", plan="team"), told("globex"))
    assert warehouse.rows_digest(portfolio.home / "published") == digest
    assert portfolio.load(told("acme", plan="team"), told("globex")).published
    assert portfolio.rows()["acme"]["plan"] == "team"
    assert warehouse.rows_digest(portfolio.home / "published") != digest


def test_the_digest_of_a_portfolio_counts_its_tenants_without_clocks_and_outcomes(portfolio, tmp_path):
    other = Portfolio(tmp_path / "home")  # the same releases in a portfolio of its own
    other.home, other.published = tmp_path / "other", dict(portfolio.published)
    other.load(told("globex", S3, last_outcome="unchanged"), told("acme", S3))
    digests = [warehouse.rows_digest(each.home / "published") for each in (portfolio, other)]
    assert digests[0] == digests[1]
    other.load(told("globex"), told("acme", industry="Aircraft"))
    assert warehouse.rows_digest(other.home / "published") != digests[0]


def test_a_row_that_does_not_fit_is_our_defect(portfolio):
    with pytest.raises(ValueError, match="same key"):
        portfolio.load(told("acme", plan="team"), told("acme"))
    with pytest.raises(ValueError, match="missing columns: plan"):
        portfolio.load({k: v for k, v in told("acme", name="x").items() if k != "plan"})
