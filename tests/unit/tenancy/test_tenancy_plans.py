"""plans.yaml: what a plan allows, and what it means to leave a limit out."""

from decimal import Decimal
from pathlib import Path

import pytest

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.models import Quota
from radar_pipeline.settings import PROJECT
from radar_pipeline.tenancy.plans import load_plans


def plans_of(folder: Path, text: str) -> dict[str, Quota]:
    (folder / "plans.yaml").write_text(text)
    found = load_plans(folder / "plans.yaml")
    assert found is not None
    return dict(found)


def test_the_sample_plans_are_those_that_are_promised() -> None:
    plans = load_plans(PROJECT / "data" / "plans.yaml")
    assert plans is not None
    assert {name: (plan.queries, plan.models) for name, plan in plans.items()} == {
        "free": (100, "economy"),
        "pro": (5000, "full"),
        "enterprise": (None, "full"),
    }


def test_without_the_file_nothing_limits(tmp_path: Path) -> None:
    assert load_plans(tmp_path / "plans.yaml") is None
    unlimited = Quota("any")
    assert (unlimited.queries, unlimited.models) == (None, "full")
    assert (unlimited.usd_per_day, unlimited.usd_per_month) == (None, None)


def test_a_limit_left_out_is_no_limit_and_money_is_exact(tmp_path: Path) -> None:
    plans = plans_of(
        tmp_path, "plans: {a: {}, b: {queries: 0, usd_per_day: 0.1, usd_per_month: 2, models: economy}}"
    )
    assert plans["a"] == Quota("a")
    assert plans["b"] == Quota(
        "b", queries=0, models="economy", usd_per_day=Decimal("0.1"), usd_per_month=Decimal(2)
    )


@pytest.mark.parametrize(
    "wrong", ["queries: -1", "usd_per_day: -0.5", "models: ''", "usd: 3", "queries: many"]
)
def test_a_limit_that_is_none_is_refused_with_its_line(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="line 3"):
        plans_of(tmp_path, f"plans:\n  a:\n    {wrong}\n")
