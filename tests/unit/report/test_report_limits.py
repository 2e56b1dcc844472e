"""What pages say when a plan or a budget kept requirements from being assessed: a notice with its remedy."""

import re
from typing import Any

import pytest
from index_builders import data, tenant
from report_builders import assessment, not_applicable, requirement, tables

from radar_pipeline.models import Reason, Verdict
from radar_pipeline.report.site.index.gaps import gaps
from radar_pipeline.report.site.pages import render_index, render_tenant


def page(*reasons: Reason | None, **kinds: Any) -> str:
    """A tenant's page: for each reason a requirement that is not assessed, for None one that is covered."""
    asked = [requirement(f"Art. {number}") for number in range(1, len(reasons) + 1)]
    given = [
        assessment(of) if why is None else assessment(of, Verdict.NOT_ASSESSED, reason=why)
        for of, why in zip(asked, reasons, strict=True)
    ]
    text = re.sub(r"<style.*?</style>", "", render_tenant(tables(asked, given)), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))


def test_a_used_up_plan_is_a_notice_with_its_remedy_above_the_verdicts_that_stand() -> None:
    shown = page(Reason.QUOTA, Reason.QUOTA, None)
    notice, verdicts = shown.index("2 requirements wait to be assessed"), shown.index("Verdicts by domain")
    assert notice < verdicts
    assert "plan allows in a month are used up" in shown
    assert "raise queries of the plan in plans.yaml" in shown
    assert "What is said of the others stands." in shown


def test_a_used_up_budget_names_the_file_and_the_command() -> None:
    shown = page(Reason.BUDGET, None)
    assert "1 requirement waits to be assessed" in shown
    assert "raise budgets in models.yaml" in shown and "radar usage" in shown


def test_both_are_told_apart() -> None:
    shown = page(Reason.QUOTA, Reason.BUDGET, Reason.BUDGET)
    assert "1 requirement waits" in shown and "2 requirements wait" in shown


@pytest.mark.parametrize("reason", [None, Reason.UNCERTAIN, Reason.PROVIDERS_FAILED])
def test_no_other_reason_is_told_as_a_limit(reason: Reason | None) -> None:
    assert "to be assessed" not in page(reason, None).replace("asks to be assessed", "")


def test_what_does_not_apply_waits_for_nothing() -> None:
    of = requirement("Art. 1")
    rows = tables([of], [not_applicable(of)])
    rows["assessments"][0] |= {"reason": Reason.QUOTA.value}
    assert "waits to be assessed" not in render_tenant(rows)


def test_the_index_names_who_waits_most_first_and_leaves_retired_tenants_out() -> None:
    waiting = [
        {"tenant_id": "acme", "reason": "budget", "requirements": 2},
        {"tenant_id": "beta", "reason": "quota", "requirements": 40},
        {"tenant_id": "gone", "reason": "quota", "requirements": 9},
    ]
    known = [tenant("acme"), tenant("beta"), tenant("gone", state="retired")]
    found = gaps(data(tenants=known, held_by_limits=waiting))
    assert [(w.organisation.tenant_id, w.requirements, w.why) for w in found.waiting] == [
        ("beta", 40, "plan"),
        ("acme", 2, "budget"),
    ]
    assert found.any
    html = render_index({"tenants": known, "held_by_limits": waiting})
    assert "42 requirements wait for a plan or a budget" in html and "radar usage" in html
    assert "wait for a plan" not in render_index({"tenants": known})
