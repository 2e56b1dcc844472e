"""How limits stand: a warning from 80% on, reached when it is used up or has refused a call."""

from decimal import Decimal

import pytest

from radar_pipeline.report.budgets import Level, Standing, standings
from radar_pipeline.storage.operations.records import ALL, EVALUATIONS, Alert, Limits, Spent

MONTH, DAY = "2026-11", "2026-11-22"


def stands(used: str, limit: str = "5", *, refused: bool = False) -> Level:
    return Standing("acme", DAY, "usd", Decimal(used), Decimal(0), Decimal(limit), refused).level


@pytest.mark.parametrize(
    ("used", "level"),
    [("3.999999", Level.HOLDS), ("4", Level.WARNING), ("4.999", Level.WARNING), ("5", Level.REACHED)],
)
def test_a_limit_warns_at_80_percent_and_is_reached_at_100(used: str, level: Level) -> None:
    assert stands(used) is level


def test_a_limit_that_refused_a_call_is_reached_though_something_is_left() -> None:
    assert stands("4.9", refused=True) is Level.REACHED
    assert (
        "calls are refused" in Standing("acme", DAY, "usd", Decimal("4.9"), Decimal(0), Decimal(5), True).says
    )


def test_a_limit_of_nothing_of_which_nothing_was_wanted_is_no_alarm() -> None:
    assert stands("0", "0") is Level.HOLDS
    assert stands("0", "0", refused=True) is Level.REACHED


def test_each_limit_is_held_against_its_own_period_and_unit() -> None:
    month = (MONTH, Spent(Decimal(9), 81, Decimal("0.5"), 2))
    day = (DAY, Spent(Decimal(1), 3, Decimal(0), 0))
    limits = Limits(100, Decimal(5), Decimal(10), Decimal(20), None)
    mine = standings("acme", limits, month, day, ())
    assert [(s.unit, s.period, s.used, s.left, s.level) for s in mine] == [
        ("queries", MONTH, Decimal(81), Decimal(17), Level.WARNING),
        ("usd", MONTH, Decimal(9), Decimal("0.5"), Level.WARNING),
        ("usd", DAY, Decimal(1), Decimal(4), Level.HOLDS),
    ]
    assert mine[0].says == "acme has used 81 of 100 queries in 2026-11."
    assert "plans.yaml" in mine[0].remedy and "models.yaml" in mine[1].remedy
    [whole] = standings(ALL, limits, month, day, ())
    assert (whole.scope, whole.period, whole.limit) == (ALL, DAY, Decimal(20))


def test_a_refusal_counts_for_the_limit_that_refused_and_not_for_the_raised_one() -> None:
    spent = Spent(Decimal("1.9"), 0, Decimal(0), 0)
    alerts = [Alert("acme", DAY, "usd", "reached", Decimal(2), Decimal("1.9"))]
    before = standings("acme", Limits(usd_per_day=Decimal(2)), (MONTH, spent), (DAY, spent), alerts)
    after = standings("acme", Limits(usd_per_day=Decimal(9)), (MONTH, spent), (DAY, spent), alerts)
    assert [s.level for s in before + after] == [Level.REACHED, Level.HOLDS]


def test_the_limits_of_evaluations_stand_by_themselves_and_name_their_own_remedy() -> None:
    spent = Spent(Decimal("1.9"), 40, Decimal(0), 0)
    limits = Limits(queries_per_month=10, usd_per_day=Decimal(1), evaluations_usd_per_day=Decimal(2))
    [day] = standings(EVALUATIONS, limits, (MONTH, spent), (DAY, spent), ())
    assert (day.period, day.limit, day.level) == (DAY, Decimal(2), Level.WARNING)
    assert day.says == f"Evaluations of prompts have used $1.90 of $2.00 in {DAY}."
    assert day.remedy == "Raise budgets: evaluations in models.yaml, or wait for the next day (UTC)."
