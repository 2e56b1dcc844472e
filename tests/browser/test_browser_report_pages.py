"""The report pages in a real browser: Debian's chromium, driven by playwright, with no network."""

import itertools

import pytest
from index_builders import portfolio
from report_builders import assessment, document, not_applicable, requirement, tables, unreadable
from report_hostile import IMAGE, RTL, SCRIPT, hostile_extras, hostile_tables

from radar_pipeline.models import Verdict
from radar_pipeline.report.site.index.portfolio import IndexExtras, TenantFailure
from radar_pipeline.report.site.pages import render_index, render_tenant
from tests.support.browsing import CONTRASTS, NEEDS_CHROMIUM, Visit

WIDTHS = (1280, 390)

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The pages under test as files: an ordinary report, a hostile one, and an index of each kind."""
    folder = tmp_path_factory.mktemp("pages")
    requirements = [requirement(f"Art. {n}", domain=f"Domain {n % 2}") for n in range(6)]
    given = [assessment(r, v) for r, v in zip(requirements, Verdict, strict=False)]
    given.append(not_applicable(requirements[5]))
    ordinary = tables(requirements, given, (document("doc-a"), unreadable()))
    hostile = hostile_tables()
    (folder / "ordinary.html").write_text(render_tenant(ordinary), "utf-8")
    (folder / "hostile.html").write_text(render_tenant(hostile, hostile_extras(hostile)), "utf-8")
    failed = [TenantFailure("orbit", SCRIPT * 9, "Run `radar doctor`.")]
    index = render_index(hostile, IndexExtras({"meridian-pay": SCRIPT * 9}, failures=failed))
    (folder / "index.html").write_text(index, "utf-8")
    (folder / "portfolio.html").write_text(render_index(*portfolio(4)), "utf-8")
    return folder


NAMES = ("ordinary", "hostile", "index", "portfolio")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_without_network_complaint_or_request(browser, pages, name, scheme):
    with Visit(browser, pages / f"{name}.html", scheme=scheme) as visit:
        assert visit.complaints == []
        assert [r for r in visit.requests if not r.startswith("data:image/svg")] == [
            (pages / f"{name}.html").as_uri()
        ]
        background = visit.measure("getComputedStyle(document.body).backgroundColor")
        assert background == ("rgb(250, 249, 245)" if scheme == "light" else "rgb(17, 22, 27)")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_no_page_scrolls_sideways_even_unfolded(browser, pages, name, width):
    with Visit(browser, pages / f"{name}.html", width) as visit:
        visit.unfold()
        assert visit.measure("document.documentElement.scrollWidth") <= width


def test_hostile_strings_are_read_as_text_and_do_nothing(browser, pages):
    with Visit(browser, pages / "hostile.html") as visit:
        visit.unfold()
        text = visit.page.inner_text("main")
        for hostile in (SCRIPT, IMAGE, RTL.replace("\u202e", "⟨U+202E⟩"), "{{ 7 * 7 }}", "⟨U+0000⟩"):
            assert hostile in text
        assert visit.page.title() != "owned" and visit.complaints == []
        assert visit.measure("document.querySelectorAll('script, img, iframe, form, [style]').length") == 0


@pytest.mark.parametrize("name", NAMES)
def test_landmarks_and_headings_let_one_find_the_way(browser, pages, name):
    with Visit(browser, pages / f"{name}.html") as visit:
        visit.unfold()
        for landmark in ("header.top", "main", "footer"):
            assert visit.page.locator(landmark).count() == 1
        levels = visit.measure("[...document.querySelectorAll('h1,h2,h3,h4,h5')].map(h => +h.tagName[1])")
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
        assert visit.page.locator("svg[role=img]:not([aria-label])").count() == 0
        assert visit.page.locator("svg:not([role=img], [aria-hidden])").count() == 0
        dangling = (
            "[...document.querySelectorAll('[aria-labelledby]')].filter(e => "
            "!document.getElementById(e.getAttribute('aria-labelledby'))).length"
        )
        assert visit.measure(dangling) == 0


def test_the_keyboard_reaches_the_report_and_opens_a_requirement(browser, pages):
    with Visit(browser, pages / "ordinary.html") as visit:
        visit.page.keyboard.press("Tab")
        assert visit.measure("document.activeElement.className") == "skip"
        visit.page.locator("details.req > summary").first.focus()
        visit.page.keyboard.press("Enter")
        assert visit.page.locator("details.req").first.get_attribute("open") is not None


def test_a_link_to_a_requirement_leads_to_it(browser, pages):
    with Visit(browser, pages / "ordinary.html") as visit:
        link = visit.page.locator(".card h4 a").first
        target = link.get_attribute("href")
        link.click()
        assert visit.page.locator(target).is_visible()


def test_paper_shows_what_the_screen_folds(browser, pages):
    with Visit(browser, pages / "ordinary.html") as visit:
        folded = visit.page.locator("details.req mark").first
        assert not folded.is_visible()
        visit.page.emulate_media(media="print")
        assert folded.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_text_stands_out_from_its_background(browser, pages, name, scheme):
    """WCAG 2.2, 1.4.3: a contrast of at least 4.5 to 1."""
    with Visit(browser, pages / f"{name}.html", scheme=scheme) as visit:
        visit.unfold()
        faint = [(r, t) for r, t in visit.measure(CONTRASTS) if r < 4.5]
        assert faint == []
