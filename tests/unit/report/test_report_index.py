import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from index_builders import (
    NAMES,
    data,
    portfolio,
    score,
    sweep,
    tenant,
    unread,
    verdict,
)
from report_builders import assessment, tables
from report_builders import requirement as catalog_requirement
from report_hostile import IMAGE, LINK, NASTY, SCRIPT

from radar_pipeline.models import Verdict
from radar_pipeline.report.site.index.gaps import gaps
from radar_pipeline.report.site.index.grave import gravest
from radar_pipeline.report.site.index.health import health
from radar_pipeline.report.site.index.heatmap import band, heat_map
from radar_pipeline.report.site.index.movers import moves
from radar_pipeline.report.site.index.portfolio import IndexExtras, TenantFailure
from radar_pipeline.report.site.pages import render_index, render_tenant


def heat(extras=None, **tables):
    made = data(extras, **tables)
    return heat_map(made, moves(made))


def names(lines):
    return [line.organisation.tenant_id for line in lines]


class Cells(HTMLParser):
    """Rows of the first table of a page as lists of (tag, text), and every link and id."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.links, self.ids, self.scopes, self.tables = [], [], [], [], 0
        self.texts = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tables += tag == "table"
        if tag == "tr" and self.tables == 1:
            self.rows.append([])
        if tag in ("td", "th") and self.tables == 1:
            self.rows[-1].append([tag, ""])
            self.scopes += [values.get("scope")] if tag == "th" else []
        self.links += [values["href"]] if "href" in values else []
        self.ids += [values["id"]] if "id" in values else []

    def handle_data(self, text):
        self.texts.append(text)
        if self.tables == 1 and self.rows and self.rows[-1]:
            self.rows[-1][-1][1] += text

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self.texts))


# ── The heat map ──────────────────────────────────────────────────────────────────────────────


def test_the_lowest_score_of_any_framework_puts_a_tenant_first():
    scores = [
        score("even", 60.0),
        score("even", 60.0, "soc2"),
        score("weak", 95.0),
        score("weak", 20.0, "soc2"),
    ]
    assert names(heat(framework_scores=scores).scored) == ["weak", "even"]


def test_a_tenant_without_a_score_is_neither_best_nor_worst():
    made = heat(framework_scores=[score("a", None), score("b", 10.0), score("c", 99.0)])
    assert names(made.scored) == ["b", "c"] and names(made.unscored) == ["a"]


def test_no_score_says_how_much_is_not_assessed_and_not_bound_is_a_dash():
    scores = [score("acme", None), score("beta", 50.0, "soc2")]
    page = Cells(render_index({"framework_scores": scores}))
    rows = {row[0][1].strip(): [re.sub(r"\s+", " ", text).strip() for _, text in row] for row in page.rows}
    assert rows["acme"][1].startswith("not scored") and "34% not assessed" in rows["acme"][1]
    assert rows["acme"][2] == "–not bound" and rows["beta"][1] == "–not bound"


def test_a_bound_tenant_without_a_report_is_not_taken_for_an_unbound_one():
    extras = IndexExtras(bound={"acme": ["gdpr"], "fresh": ["gdpr"], "other": ["soc2"]})
    made = heat(extras, framework_scores=[score("acme", 50.0)], tenants=[tenant("fresh"), tenant("other")])
    states = {line.organisation.tenant_id: [c.state for c in line.cells] for line in made.lines}
    assert states == {
        "acme": ["scored", "unbound"],
        "fresh": ["unpublished", "unbound"],
        "other": ["unbound", "unpublished"],
    }
    assert (made.foot[0].scored, made.foot[0].bound) == (1, 2)


def test_a_framework_that_no_longer_binds_is_shown_but_counts_nowhere():
    extras = IndexExtras(bound={"acme": ["gdpr"]})
    scores = [score("acme", 80.0), score("acme", 5.0, "soc2")]
    made = heat(extras, framework_scores=scores)
    gdpr, soc2 = made.lines[0].cells
    assert soc2.dropped and not gdpr.dropped and made.lines[0].scores == [80.0]
    assert made.foot[1].mean is None and made.foot[1].blindspots == 0


def test_the_foot_has_the_mean_of_scores_and_the_sum_of_counts():
    scores = [score("a", 40.0, not_addressed=7), score("b", 60.0, not_addressed=2), score("c", None)]
    foot = heat(framework_scores=scores).foot[0]
    assert (foot.mean, foot.scored, foot.bound) == (50.0, 2, 3)
    assert (foot.blindspots, foot.contradicted) == (7 + 2 + 12, 9)


def test_retired_tenants_are_in_a_list_of_their_own_and_in_no_number():
    rows = [tenant("here"), tenant("gone", state="retired", last_outcome="failed")]
    scores = [score("here", 50.0), score("gone", 1.0)]
    extra = {"documents": [unread("gone", "encrypted")], "assessments": [verdict("gone", "Art. 1")]}
    made = data(tenants=rows, framework_scores=scores, sweeps=[sweep("here"), sweep("gone")], **extra)
    heat = heat_map(made, {})
    assert names(heat.lines) == ["here"] and [r.name for r in heat.retired] == ["Gone"]
    assert heat.foot[0].mean == 50.0 and heat.retired[0].scores == [("gdpr", 1.0)]
    assert not gaps(made).any and gravest(made) == []
    assert health(made).outcomes == [("published", 1)]


@pytest.mark.parametrize(("value", "expected"), [(85.0, 0), (84.96, 0), (84.94, 1), (39.9, 4), (0.0, 4)])
def test_a_band_is_that_of_the_number_shown(value, expected):
    assert band(value) == expected


def test_columns_begin_with_the_framework_that_binds_most():
    scores = [score("a", 1.0, "soc2"), score("b", 1.0, "soc2"), score("a", 1.0, "gdpr")]
    made = heat(IndexExtras(framework_names=NAMES), framework_scores=scores)
    assert [short for short, _ in made.columns] == [
        "SOC 2 Trust Services Criteria",
        "General Data Protection Regulation",
    ]


# ── The page ──────────────────────────────────────────────────────────────────────────────────


def test_the_table_has_headers_and_every_cell_its_place():
    rows, extras = portfolio(4)
    page = Cells(render_index(rows, extras))
    body = [row for row in page.rows[1:] if len(row) > 1]
    assert {len(row) for row in body} == {len(page.rows[0])} and len(body) == 4 + 1 + 1
    assert all(row[0][0] == "th" for row in body)
    assert set(page.scopes) == {"col", "row", "rowgroup"}


def test_links_lead_to_what_a_tenants_page_has():
    requirements = [catalog_requirement(f"Art. {n}") for n in range(3)]
    given = [assessment(r, Verdict.NOT_ADDRESSED) for r in requirements]
    rows = tables(requirements, given)
    target = Cells(render_tenant(rows))
    index = Cells(render_index(rows, IndexExtras(links={"meridian-pay": "x/index.html"})))
    there = {link.partition("#")[2] for link in index.links if link.startswith("x/index.html#")}
    assert len(there) == 4 and there <= set(target.ids)
    assert {link[1:] for link in index.links if link.startswith("#")} <= {*index.ids, "main"}


def test_hostile_names_and_links_stay_text():
    rows, extras = portfolio(3)
    for row in rows["tenants"]:
        row |= {"name": NASTY, "industry": NASTY, "failed_stage": NASTY, "failure_reason": NASTY}
    for row in rows["requirements"]:
        row |= {"title": NASTY, "ref": NASTY}
    for row in rows["verdict_changes"]:
        row["causes"] = [NASTY]
    for row in rows["documents"]:
        row["reason"] = NASTY if row["reason"] else None
    rows["tenants"][0]["last_outcome"] = "failed"
    extras = replace(
        extras,
        tenant_names={},
        framework_names=dict.fromkeys(NAMES, NASTY),
        links=dict.fromkeys(extras.links, LINK),
        failures=[TenantFailure("firm-01", NASTY, NASTY)],
    )
    html = render_index(rows, extras)
    assert SCRIPT not in html and IMAGE not in html and 'href="javascript:' not in html
    assert "{{ 7 * 7 }}" in html and "\u202e" not in html and "\x00" not in html
    assert not re.search(r"<(script|img|iframe|form|style)[ >]", html.partition("</style>")[2])
    html.encode("utf-8")


def test_the_same_rows_give_the_same_index():
    first, second = (render_index(*portfolio(7)) for _ in range(2))
    assert first == second


def test_sixty_tenants_make_a_page_of_fair_size():
    html = render_index(*portfolio(60, requirements=60))
    assert "All 61 organisations by name" in html and len(html) < 2_000_000
