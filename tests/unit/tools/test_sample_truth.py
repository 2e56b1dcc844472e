"""The auditor's verdicts on the sample organisations name what exists, and quote what is there."""

import json
from functools import cache
from typing import Any

import pytest

from radar_pipeline import frameworks, tenancy
from radar_pipeline.ingest.parsers import parser_for
from radar_pipeline.models import Verdict
from radar_pipeline.settings import PROJECT
from radar_pipeline.sweep.plan import resolved

DATA = PROJECT / "data"
LINES = (DATA / "eval_cases" / "sample_truth.jsonl").read_text("utf-8").splitlines()
TRUTHS = [json.loads(line) for line in LINES]
PAIRS = sorted({(t["tenant"], t["framework"]) for t in TRUTHS})


@cache
def text_of(tenant: str, document: str) -> str:
    parser = parser_for(document)
    assert parser is not None
    parsed = parser.parse((DATA / "corpus" / tenant / document).read_bytes(), document)
    return " ".join(parsed.text.split())


def test_every_sample_organisation_has_truths_under_every_framework_that_binds_it() -> None:
    known = frameworks.available(DATA / "frameworks")
    tenants = tenancy.load_tenants(DATA / "tenants.yaml", known)
    bound = {(t.slug, s.framework_id) for t in tenants for s in t.frameworks}
    assert set(PAIRS) == bound
    assert all(sum(t["tenant"] == tenant.slug for t in TRUTHS) >= 40 for tenant in tenants)


@pytest.mark.parametrize(("slug", "framework_id"), PAIRS)
def test_each_truth_is_on_a_requirement_that_applies_and_is_given_once(slug: str, framework_id: str) -> None:
    folder = DATA / "frameworks"
    tenants = tenancy.load_tenants(DATA / "tenants.yaml", frameworks.available(folder))
    tenant = next(t for t in tenants if t.slug == slug)
    framework = frameworks.load(folder, framework_id)
    scope = tenant.scope(framework_id)
    assert scope is not None
    applicable = {r.ref for r in framework.requirements} - resolved(
        tenant, framework, scope
    ).not_applicable.keys()
    refs = [t["ref"] for t in TRUTHS if (t["tenant"], t["framework"]) == (slug, framework_id)]
    assert len(refs) == len(set(refs)) and set(refs) <= applicable


@pytest.mark.parametrize("slug", sorted({t["tenant"] for t in TRUTHS}))
def test_each_quote_stands_in_its_document(slug: str) -> None:
    for truth in (t for t in TRUTHS if t["tenant"] == slug):
        quotes: list[dict[str, Any]] = truth.get("quotes") or ([truth] if truth["quote"] else [])
        assert bool(quotes) or truth["verdict"] == Verdict.NOT_ADDRESSED
        for quote in quotes:
            assert " ".join(quote["quote"].split()) in text_of(slug, quote["document"]), truth["ref"]
