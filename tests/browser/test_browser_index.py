"""The index in a real browser: its table, its frame, its links. See the other module for what holds for
every page: no request, no complaint, contrast, headings, nothing that scrolls sideways."""

import re

import pytest
from index_builders import portfolio
from report_builders import assessment, requirement, tables

from radar_pipeline.models import Verdict
from radar_pipeline.report.site.index.portfolio import IndexExtras
from radar_pipeline.report.site.pages import render_index, render_tenant
from tests.support.browsing import NEEDS_CHROMIUM, Visit

pytestmark = NEEDS_CHROMIUM
FIVE = ("gdpr", "hipaa", "soc2", "nist-csf", "eu-ai-act")
FRAME = "document.querySelector('.scroll:has(.heat)')"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """An index over sixty tenants, and a small one beside the tenant's page that it links to."""
    folder = tmp_path_factory.mktemp("index")
    (folder / "sixty.html").write_text(render_index(*portfolio(60, FIVE)), "utf-8")
    requirements = [requirement(f"Art. {n}") for n in range(3)]
    rows = tables(requirements, [assessment(r, Verdict.NOT_ADDRESSED) for r in requirements])
    (folder / "tenant.html").write_text(render_tenant(rows), "utf-8")
    extras = IndexExtras({"meridian-pay": "Meridian Pay"}, {"gdpr": "GDPR"}, {"meridian-pay": "tenant.html"})
    (folder / "one.html").write_text(render_index(rows, extras), "utf-8")
    return folder


def test_a_screen_reader_hears_a_table_with_headers(browser, pages):
    with Visit(browser, pages / "one.html") as visit:
        table = visit.page.get_by_role("table", name="Score, blindspots and contradictions")
        assert table.get_by_role("columnheader").all_inner_texts() == ["Organisation", "GDPR"]
        assert table.get_by_role("rowheader", name="Meridian Pay").count() == 1
        cell = table.get_by_role("cell").first
        assert cell.get_by_role("link", name=re.compile("0.0 ?, Meridian Pay, GDPR")).count() == 1
        assert "3 blindspots" in cell.text_content() and "0 contradicted" in cell.text_content()


@pytest.mark.parametrize("link", [".heat td a", ".heat th a", ".grave a"])
def test_links_lead_to_a_place_that_a_tenants_page_has(browser, pages, link):
    with Visit(browser, pages / "one.html") as visit:
        visit.page.locator(link).first.click()
        visit.page.wait_for_url("**/tenant.html*")
        missing = "location.hash && !document.querySelector(':target')"
        assert not visit.measure(missing) and visit.complaints == []


def test_sixty_rows_keep_their_headers_in_sight(browser, pages):
    with Visit(browser, pages / "sixty.html") as visit:
        visit.measure("document.querySelectorAll('.heat tbody tr')[40].scrollIntoView({behavior: 'instant'})")
        top = visit.measure("document.querySelector('.heat thead th').getBoundingClientRect().top")
        assert 0 <= top < 5
        assert visit.measure(f"{FRAME}.scrollHeight - {FRAME}.clientHeight") <= 10  # the page scrolls


def test_on_a_phone_a_wide_table_scrolls_in_its_own_frame(browser, pages):
    with Visit(browser, pages / "sixty.html", 390) as visit:
        visit.unfold()
        assert visit.measure("document.documentElement.scrollWidth") <= 390
        assert visit.measure(f"{FRAME}.scrollWidth > {FRAME}.clientWidth")
        visit.measure(f"{FRAME}.scrollTo({{left: 250, top: 900, behavior: 'instant'}})")
        place = "(e => [e.getBoundingClientRect().left - {0}.getBoundingClientRect().left, e.innerText])"
        place = place.format(FRAME)
        left, _ = visit.measure(f"{place}(document.querySelectorAll('.heat tbody th')[20])")
        assert 0 <= left < 5  # the organisation stays
        head = "document.querySelector('.heat thead th').getBoundingClientRect().top"
        assert 0 <= visit.measure(f"{head} - {FRAME}.getBoundingClientRect().top") < 5


def test_every_score_is_a_number_on_the_page_and_not_a_colour_alone(browser, pages):
    with Visit(browser, pages / "sixty.html") as visit:
        cells = visit.page.locator(".heat td[class^=h]").all_inner_texts()
        assert len(cells) > 150 and all(text.strip()[0].isdigit() for text in cells)


def test_the_keyboard_reaches_every_cell_and_shows_where_it_is(browser, pages):
    with Visit(browser, pages / "one.html") as visit:
        visit.page.locator(".heat th a").focus()
        visit.page.keyboard.press("Tab")
        assert visit.measure("document.activeElement.closest('td') !== null")
        assert visit.measure("getComputedStyle(document.activeElement.closest('td')).outlineStyle") == "solid"
