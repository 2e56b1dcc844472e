"""The index from a real portfolio: three nights of three tenants, loaded as a sweep does it."""

from dataclasses import replace
from datetime import date

import pytest
from index_builders import NIGHTS, tenant
from report_builders import assessment, document, publication, requirement, unreadable

from radar_pipeline.models import Verdict
from radar_pipeline.report.rows import rows
from radar_pipeline.report.site.index.movers import moves
from radar_pipeline.report.site.index.portfolio import IndexExtras, Portfolio
from radar_pipeline.report.site.pages import render_index
from radar_pipeline.settings import Settings
from radar_pipeline.storage import warehouse
from radar_pipeline.sweep import index_rows
from radar_pipeline.sweep.page import index_page

REQUIREMENTS = [requirement(f"Art. {n}", importance=(5, 3, 2, 1)[n % 4]) for n in range(8)]
BLIND = ({1, 2, 3}, {1, 2}, {1, 2, 4, 5})  # which requirements are blindspots, night by night
PRIVATE = "Incident response procedure of the quiet canary"


def publish(home, slug, night, blind):
    """One publication of a tenant, as a sweep stages, publishes and hands it on."""
    given = [
        replace(assessment(r, Verdict.NOT_ADDRESSED if n in blind else Verdict.COVERED), tenant_id=slug)
        for n, r in enumerate(REQUIREMENTS)
    ]
    documents = (
        document("doc-a", title=PRIVATE),
        document("doc-b", review_by=date(2026, 1, 5)),
        unreadable(),
    )
    live = home / "tenants" / slug / "published"
    before = warehouse.TenantReport.current(live)
    made = publication(REQUIREMENTS, given, documents, NIGHTS[night], before)
    made = replace(made, tenant_id=slug, as_of=date(2026, 11, 20 + night))
    made_rows = rows(made)
    for row in made_rows["findings"] + made_rows["finding_events"]:
        row["tenant_id"] = slug
    staged = home / "tenants" / slug / "staged"
    warehouse.build_release(live if before else None, staged, made_rows, NIGHTS[night], {"gdpr"})
    warehouse.publish(home / "tenants" / slug, NIGHTS[night], staged)
    return slug, NIGHTS[night]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    released = {}
    for night, slugs in enumerate((("acme", "beta", "gamma"), ("acme",), ("acme",))):
        released |= dict(publish(folder, slug, night, BLIND[night]) for slug in slugs)
    known = [tenant(s) for s in ("acme", "beta")] + [tenant("delta", last_outcome="never")]
    warehouse.load_portfolio(folder / "portfolio", released, folder / "tenants", known)
    return folder


def every_row(home):
    """All that the portfolio holds, with what it keeps of the past."""
    held = warehouse.TenantReport.current(home / "portfolio" / "published")
    sql = "SELECT * FROM framework_scores_history"
    columns, found = warehouse.query(sql, None, home / "portfolio")
    return held | {"framework_scores_history": [dict(zip(columns, row, strict=True)) for row in found]}


def test_the_part_that_is_read_tells_the_same_as_the_whole(home):
    part = index_rows.read(home / "portfolio")
    whole = every_row(home)
    assert render_index(part) == render_index(whole)
    assert sum(map(len, part.values())) < sum(map(len, whole.values())) / 4


def test_scores_of_the_night_before_reach_the_page(home):
    found = moves(Portfolio(index_rows.read(home / "portfolio"), IndexExtras()))
    assert set(found) == {("acme", "gdpr")}
    move = found["acme", "gdpr"]
    assert move.delta is not None and move.delta < 0 and move.changed == 2
    assert move.before_as_of == date(2026, 11, 21)


def test_the_index_of_a_real_portfolio_holds_no_tenants_text(home):
    settings = Settings(home=home)
    names = {"acme": "Acme Ltd", "beta": "Beta Ltd", "delta": "Delta Ltd"}
    html = index_page(settings, names, {"gdpr": "GDPR"}, {}, {"delta": ["gdpr"]})
    for part in ("Acme Ltd", "2 of 2 organisations", "1 retired organisation", "no report yet", "5 Jan 2026"):
        assert part in html
    assert "../../tenants/acme/published/index.html#f-" in html
    assert "canary" not in html and "Breaches are reported" not in html and "doc-a.md" not in html


def test_an_index_before_anything_is_published_says_so(tmp_path):
    html = index_page(Settings(home=tmp_path), {"acme": "Acme"}, {}, {"acme": ("It broke.", "Mend it.")})
    assert "Nothing has been published yet" in html and "It broke." in html
