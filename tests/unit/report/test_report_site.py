import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from report_builders import (
    assessment,
    document,
    not_applicable,
    publication,
    requirement,
    tables,
    unreadable,
)
from report_hostile import IMAGE, LINK, NASTY, SCRIPT, hostile_extras, hostile_tables

from radar_pipeline.models import Reason, Verdict
from radar_pipeline.report.rows import rows
from radar_pipeline.report.site import words
from radar_pipeline.report.site.chart import Bar, stacked_bars
from radar_pipeline.report.site.index.portfolio import IndexExtras, TenantFailure
from radar_pipeline.report.site.pages import PageExtras, render_index, render_tenant

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """Tags, attributes, texts and ids of a page; complains about tags that do not nest."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.ids, self.links, self.open = [], [], [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append((tag, values))
        if tag not in VOID:
            self.open.append(tag)
        if "id" in values:
            self.ids.append(values["id"])
        if "href" in values:
            self.links.append(values["href"])

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self.texts))


def page(*args, extras=None, **kwargs):
    return Page(render_tenant(tables(*args, **kwargs), extras))


def every_verdict():
    requirements = [requirement(f"Art. {n}") for n in range(6)]
    given = [assessment(r, v) for r, v in zip(requirements, Verdict, strict=False)]
    return requirements, [*given, not_applicable(requirements[5], "We hold no such data.")]


def test_a_page_shows_score_verdicts_quotes_and_reasons():
    requirements, given = every_verdict()
    text = page(requirements, given, (document("doc-a"), unreadable())).text
    for part in (
        *words.VERDICTS.values(),
        "37.5",
        "of 100",
        "Breaches are reported to the authority within 72",
    ):
        assert part in text
    assert "Searched 240 passages of 9 documents." in text
    assert "We hold no such data." in text
    assert "it is protected by a password" in text and "Provide a copy without a password." in text
    assert "not evaluated" in text and "the judge was too unsure to say" in text


def test_no_score_says_why():
    of = requirement()
    text = page([of], [assessment(of, Verdict.NOT_ASSESSED, reason=Reason.NO_CORPUS)]).text
    assert "No score" in text and "100% of the requirements, by importance, could not be assessed" in text
    assert "the documents hold no text to search" in text


def test_a_share_above_the_limit_is_never_told_as_the_limit():
    assert [words.withheld(part, 1000) for part in (200, 201, 204, 205, 206, 1000)] == [
        "20%",
        "20.1%",
        "20.4%",
        "20.5%",
        "21%",
        "100%",
    ]


def test_the_gravest_are_the_most_important_and_stand_before_the_list():
    light = requirement("Art. 2", importance=1, title="The light one")
    grave = requirement("Art. 10", importance=5, title="The grave one")
    html = render_tenant(
        tables([light, grave], [assessment(r, Verdict.NOT_ADDRESSED) for r in (light, grave)])
    )
    cards = re.findall(r'<article class="card.*?</article>', html, re.S)
    assert "The grave one" in cards[0] and "The light one" in cards[1]
    assert html.index("The gravest") < html.index("All requirements")


def test_what_changed_is_told_with_its_cause_and_document():
    of = requirement()
    a, b = document("doc-a"), document("doc-b", title="Breach manual")
    first = tables([of], [assessment(of, Verdict.NOT_ADDRESSED)], (a, b))
    now = publication(
        [of],
        [assessment(of, candidates=("p-doc-a", "p-new"))],
        (a, replace(b, content_hash="new")),
        "20261123T010000.000Z-bbbbbb",
        first,
    )
    second = rows(now)
    for table in ("sweeps", "verdict_changes", "finding_events"):
        second[table] = first[table] + second[table]
    text = Page(render_tenant(second, PageExtras(previous_scores={"gdpr": 0.0}))).text
    assert "1 verdict changed since the last published sweep" in text
    assert "a document changed: Breach manual" in text
    assert "1 finding resolved" in text and "▲ 100.0 since the last sweep" in text


def test_each_framework_has_its_own_part_and_the_documents_are_told_once():
    gdpr, soc2 = requirement(), requirement("CC1.1", framework_id="soc2", title="Board oversight")
    found = page([gdpr, soc2], [assessment(gdpr), assessment(soc2, Verdict.NOT_ADDRESSED)])
    sections = [attrs for tag, attrs in found.tags if tag == "section" and attrs.get("class") == "framework"]
    assert len({s["id"] for s in sections}) == 2
    assert found.ids.count("documents") == 1 and "100.0" in found.text and "Board oversight" in found.text


def test_a_verdict_withheld_keeps_its_advice_but_does_not_lead_the_page():
    of = requirement()
    first = tables([of], [assessment(of, Verdict.NOT_ADDRESSED)])
    withheld = assessment(of, Verdict.NOT_ASSESSED, reason=Reason.UNREADABLE_DOCUMENTS)
    second = tables([of], [withheld], sweep_id="20261123T010000.000Z-bbbbbb", previous=first)
    html = render_tenant(second)
    assert '<article class="card' not in html and "What to do" in html


def test_a_first_sweep_and_an_unchanged_one_say_so():
    of = requirement()
    first = tables([of], [assessment(of)])
    assert "This is the first published sweep" in Page(render_tenant(first)).text
    second = tables([of], [assessment(of)], sweep_id="20261123T010000.000Z-bbbbbb", previous=first)
    second["sweeps"] = first["sweeps"] + second["sweeps"]
    assert "No verdict changed" in Page(render_tenant(second)).text


def test_nothing_is_marked_new_in_a_first_report_and_what_is_new_later_is():
    a, b = requirement("Art. 1"), requirement("Art. 2")
    first = tables([a, b], [assessment(a, Verdict.NOT_ADDRESSED), assessment(b)])
    assert "life-new" not in render_tenant(first).split("</style>")[1]
    given = [assessment(a, Verdict.NOT_ADDRESSED), assessment(b, Verdict.NOT_ADDRESSED)]
    second = tables([a, b], given, sweep_id="20261123T010000.000Z-bbbbbb", previous=first)
    second["sweeps"] = first["sweeps"] + second["sweeps"]
    cards = re.findall(r'<article class="card.*?</article>', render_tenant(second), re.S)
    assert ["life-new" in card for card in cards] == [False, True]


# ── Safety ────────────────────────────────────────────────────────────────────────────────────


def hostile_page():
    made = hostile_tables()
    return render_tenant(made, hostile_extras(made))


def test_hostile_strings_stay_text():
    html = hostile_page()
    found = Page(html)
    assert SCRIPT not in html and IMAGE not in html
    tags = {tag for tag, _ in found.tags}
    assert not tags & {"script", "img", "iframe", "object", "embed", "form", "base", "a:href"}
    assert sum(tag == "h1" for tag, _ in found.tags) == 1
    assert not [name for _, attrs in found.tags for name in attrs if name.startswith("on") or name == "style"]
    assert "{{ 7 * 7 }}" in found.text and "<script>document.title" in found.text
    assert "\u202e" not in html and "invoice⟨U+202E⟩fdp.exe" in found.text
    assert "\x00" not in html and "nul⟨U+0000⟩ surrogate⟨U+D800⟩" in found.text
    html.encode("utf-8")


def test_links_lead_nowhere_but_within_the_page_or_beside_it():
    found = Page(hostile_page())
    targets = set(found.ids)
    for link in found.links:
        assert link.startswith("data:image/svg") or not re.match(r"[a-z]+:|//", link), link
        if link.startswith("#"):
            assert link[1:] in targets
    assert len(found.ids) == len(set(found.ids))


def test_the_page_forbids_scripts_and_requests_and_makes_none():
    html = hostile_page()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html).group(1)
    assert "default-src &#39;none&#39;" in policy and "unsafe" not in policy
    assert not re.search(r"<link(?![^>]*data:)|@import|url\(|<img", html)


def test_every_unreadable_reason_cause_and_verdict_has_words():
    from radar_pipeline.models import Cause, ElementStatus, Recommendation, UnreadableReason
    from radar_pipeline.report.advice import REMEDIES

    assert set(REMEDIES) == set(UnreadableReason)
    assert set(words.CAUSES) == set(Cause) and set(words.VERDICTS) == set(Verdict) == set(words.MEANINGS)
    assert set(words.REASONS) == set(Reason) and set(words.ELEMENTS) == set(ElementStatus)
    assert set(words.RECOMMENDATIONS) == set(Recommendation)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u200bb", "a⟨U+200B⟩b"),
        ("نص عربي", "نص عربي"),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
    ],
)
def test_only_what_hides_or_reorders_is_shown_by_its_number(text, shown):
    assert words.visible(text) == shown


# ── Large, reproducible ───────────────────────────────────────────────────────────────────────


def test_the_same_rows_give_the_same_bytes():
    requirements, given = every_verdict()
    first, second = (render_tenant(tables(requirements, given)) for _ in range(2))
    assert first == second


def test_the_head_says_why_verdicts_are_withheld():
    requirements = [requirement(f"Art. {n}") for n in range(3)]
    given = [
        assessment(requirements[0]),
        *(assessment(r, Verdict.NOT_ASSESSED, reason=Reason.UNCERTAIN) for r in requirements[1:]),
    ]
    html = render_tenant(tables(requirements, given))
    assert "Not assessed: 2 because the judge was too unsure to say." in html
    assert "Not assessed: " not in render_tenant(tables(requirements[:1], given[:1]))


def test_a_thousand_requirements_are_folded():
    requirements = [requirement(f"Art. {n}", domain=f"Domain {n % 20}") for n in range(1000)]
    given = [assessment(r, list(Verdict)[n % 5]) for n, r in enumerate(requirements)]
    html = render_tenant(tables(requirements, given))
    assert '<details class="domain">' in html and '<details class="domain" open>' not in html
    assert html.count('<article class="card') == 8


def test_a_chart_has_our_classes_and_none_of_matplotlibs_styles():
    svg = stacked_bars([Bar("A & B", {Verdict.COVERED: 2, Verdict.NOT_ADDRESSED: 1})], "What it shows")
    assert 'class="seg v-covered"' in svg and 'aria-label="What it shows"' in svg and "A &amp; B" in svg
    assert "style" not in svg and " id=" not in svg and "<metadata" not in svg


def test_refs_are_in_natural_order():
    assert sorted(["Art. 10", "Art. 9(2)", "Art. 9(10)"], key=words.natural) == [
        "Art. 9(2)",
        "Art. 9(10)",
        "Art. 10",
    ]
    assert sorted(["²", "2", "a", ""], key=words.natural)


# ── Index ─────────────────────────────────────────────────────────────────────────────────────


def test_the_index_lists_each_tenant_with_link_score_and_failures():
    requirements, given = every_verdict()
    made = tables(requirements, given, (document("doc-a"), unreadable()))
    extras = IndexExtras(
        tenant_names={"meridian-pay": "Meridian Pay"},
        framework_names={"gdpr": "GDPR"},
        links={"meridian-pay": "tenants/meridian-pay/index.html"},
        failures=[TenantFailure("orbit", "Its documents could not be listed.", "Run `radar doctor`.")],
    )
    found = Page(render_index(made, extras))
    assert "tenants/meridian-pay/index.html" in found.links
    assert found.links.count("#gaps") >= 2  # of what is unread, and who failed
    for part in ("Meridian Pay", "GDPR", "1 unread", "1 organisation could not be swept", "orbit"):
        assert part in found.text
    assert "last sweep failed" in found.text and "no report yet" in found.text
    assert "2 organisations" in found.text


def test_the_index_takes_hostile_names_and_links_and_an_empty_portfolio():
    made = hostile_tables()
    extras = IndexExtras(
        tenant_names={"meridian-pay": NASTY},
        links={"meridian-pay": LINK},
        failures=[TenantFailure("x", NASTY, NASTY)],
    )
    html = render_index(made, extras)
    assert SCRIPT not in html and 'href="javascript:' not in html
    Page(html)
    assert "Nothing has been published yet" in Page(render_index({})).text
    assert "Nothing has been published for this organisation yet" in Page(render_tenant({})).text
