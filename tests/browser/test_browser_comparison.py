"""The pages of evaluations in a real browser: no network, no script, and choices that work all the same."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from radar_pipeline.evals import ruling
from radar_pipeline.evals.page.comparison import render_comparison
from radar_pipeline.evals.page.overview import Link, render_overview
from radar_pipeline.evals.scoreboard import line_of
from tests.support.browsing import CONTRASTS, NEEDS_CHROMIUM, Visit
from tests.support.evaluated import answer, judge_cases, run_of
from tests.support.evaluations import SUNDAY

pytestmark = NEEDS_CHROMIUM
NAMES = ("comparison", "alike", "overview")
LONG = "word" * 60 + "<b>x</b>"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A comparison in which something changed, one in which nothing did, and the overview."""
    folder = tmp_path_factory.mktemp("pages")
    cases = [
        replace(case, why=LONG, inputs={"framework": "gdpr", "ref": LONG}, tags=(*case.tags, LONG))
        for case in judge_cases(24, critical=(1, 3))
    ]
    told = {0: answer(verified=1, made_up=1)}
    broken = run_of(cases, "1.1.0", wrong=(3, 9), answers=told, simulated=True)
    before = run_of(cases, "1.0.0", wrong=(5, 9), simulated=True)
    decision = ruling.decide(broken, before)
    lines = ["--- a", "+++ b", f"-{LONG}", "+Copy it."]
    page = render_comparison(broken, before, decision, Path("nowhere"), lines)
    (folder / "comparison.html").write_text(page, "utf-8")
    page = render_comparison(before, before, decision, Path("nowhere"))
    (folder / "alike.html").write_text(page, "utf-8")
    line = line_of(broken, decision, "coverage@1.0.0")
    page = render_overview([line, line], [Link("comparison.html", "both")], SUNDAY)
    (folder / "overview.html").write_text(page, "utf-8")
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_an_evaluations_page_opens_without_network_complaint_or_request(browser, pages, name, scheme):
    with Visit(browser, pages / f"{name}.html", scheme=scheme) as visit:
        assert visit.complaints == []
        own = (pages / f"{name}.html").as_uri()
        assert [r for r in visit.requests if not r.startswith("data:image/svg")] == [own]
        background = visit.measure("getComputedStyle(document.body).backgroundColor")
        assert background == ("rgb(250, 249, 245)" if scheme == "light" else "rgb(17, 22, 27)")
        assert visit.measure("document.querySelectorAll('script, img, iframe, form, [style]').length") == 0


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", NAMES)
def test_no_evaluations_page_scrolls_sideways_even_unfolded(browser, pages, name, width):
    with Visit(browser, pages / f"{name}.html", width) as visit:
        visit.unfold()
        assert visit.measure("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_text_of_an_evaluations_page_stands_out_from_its_background(browser, pages, name, scheme):
    """WCAG 2.2, 1.4.3: a contrast of at least 4.5 to 1."""
    with Visit(browser, pages / f"{name}.html", scheme=scheme) as visit:
        visit.unfold()
        assert [(r, t) for r, t in visit.measure(CONTRASTS) if r < 4.5] == []


@pytest.mark.parametrize("name", NAMES)
def test_headings_and_labels_let_one_find_the_way(browser, pages, name):
    with Visit(browser, pages / f"{name}.html") as visit:
        visit.unfold()
        for landmark in ("header.top", "main", "footer"):
            assert visit.page.locator(landmark).count() == 1
        levels = visit.measure("[...document.querySelectorAll('h1,h2,h3,h4,h5')].map(h => +h.tagName[1])")
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
        unlabelled = "[...document.querySelectorAll('input')].filter(i => !i.labels.length).length"
        assert visit.measure(unlabelled) == 0
        ids = visit.measure("[...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(ids) == len(set(ids))


def shown(visit):
    return visit.measure(
        "[...document.querySelectorAll('details.case')].filter(c => c.checkVisibility())"
        ".map(c => c.querySelector('h3').textContent)"
    )


def test_changed_cases_are_shown_first_and_the_choices_work_by_keyboard(browser, pages):
    with Visit(browser, pages / "comparison.html") as visit:
        assert shown(visit) == ["case-003", "case-000", "case-005"]
        visit.page.locator("#show-changed").focus()
        visit.page.keyboard.press("ArrowRight")
        assert shown(visit) == ["case-003", "case-000", "case-009"]
        visit.page.keyboard.press("ArrowRight")
        assert len(shown(visit)) == 24
        visit.page.get_by_label("Critical").check()
        assert shown(visit) == ["case-003", "case-001"]


def test_where_nothing_changed_all_cases_are_shown(browser, pages):
    with Visit(browser, pages / "alike.html") as visit:
        assert len(shown(visit)) == 24 and visit.page.locator("#show-all").is_checked()


def test_a_case_opens_to_both_answers_and_paper_shows_every_case(browser, pages):
    with Visit(browser, pages / "comparison.html") as visit:
        case = visit.page.locator("#case-1")
        case.locator("summary").first.click()
        assert case.locator(".side").count() == 2 and case.locator(".side").last.is_visible()
        visit.page.emulate_media(media="print")
        assert len(shown(visit)) == 24
        assert visit.page.locator("#case-9 .side").first.is_visible()


def test_the_overview_leads_to_a_comparison_and_back(browser, pages):
    (pages / "index.html").write_text((pages / "overview.html").read_text("utf-8"), "utf-8")
    with Visit(browser, pages / "index.html") as visit:
        visit.page.get_by_role("link", name="both").click()
        assert "coverage@1.1.0" in visit.page.inner_text("h1")
        visit.page.get_by_role("link", name="All evaluations").click()
        assert visit.page.inner_text("h1") == "Evaluations"
