import io
import zipfile

import pytest

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, parser_for
from radar_pipeline.models import UnreadableReason

NAMES = (
    " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (
            ("office", "office"),
            ("text", "text"),
            ("table", "table"),
            ("style", "style"),
            ("draw", "drawing"),
            ("meta", "meta"),
            ("fo", "xsl-fo-compatible"),
        )
    )
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def archive(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        written.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        for name, content in members.items():
            written.writestr(f"{name}.xml", content)
    return out.getvalue()


def content(body: str, styles: str = "", kind: str = "text") -> str:
    return (
        f"<office:document-content {NAMES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )


def parse(body: str, automatic: str = "", **members: str) -> ParsedText:
    parser = parser_for("x.odt")
    assert parser is not None
    return parser.parse(archive(content=content(body, automatic), **members), "x.odt")


def spans(parsed: ParsedText, kind: str) -> list[str]:
    return [parsed.text[s.start : s.end] for s in parsed.spans if s.kind == kind]


def style(name: str, properties: str, family: str = "text") -> str:
    return f'<style:style style:name="{name}" style:family="{family}">{properties}</style:style>'


def test_headings_form_a_tree_under_the_title() -> None:
    title = '<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>'
    common = f"<office:styles {NAMES}>{style('Title', '', 'paragraph')}</office:styles>"
    parsed = parse(
        '<text:p text:style-name="P1">Access policy</text:p><text:h text:outline-level="1">Scope</text:h>'
        '<text:h text:outline-level="2">Systems</text:h>'
        "<text:p>All<text:s/>of<text:line-break/>Them.</text:p>",
        title,
        styles=f"<office:document-styles {NAMES}>{common}</office:document-styles>",
    )
    headings = [(s.value, s.level) for s in parsed.spans if s.kind == "heading"]
    assert headings == [("Access policy", 1), ("Scope", 2), ("Systems", 3)]
    assert parsed.text.endswith("All of\nThem.")


def test_list_items_show_their_numbers_and_depths() -> None:
    numbers = (
        '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" '
        'style:num-suffix="."/><text:list-level-style-number text:level="2" style:num-format="a" '
        'style:num-suffix=")"/></text:list-style>'
    )
    item = "<text:list-item><text:p>{}</text:p>{}</text:list-item>"
    inner = "<text:list>" + item.format("inner", "") + "</text:list>"
    body = f'<text:list text:style-name="L">{item.format("one", "")}{item.format("two", inner)}</text:list>'
    parsed = parse(body, numbers)
    assert spans(parsed, "list_item") == ["1. one", "2. two", "a) inner"]
    assert [s.level for s in parsed.spans if s.kind == "list_item"] == [0, 0, 1]


def test_tracked_changes_read_as_accepted_and_hidden_text_and_comments_are_no_text() -> None:
    hidden = style("T1", '<style:text-properties text:display="none"/>')
    white = style("T2", '<style:text-properties fo:color="#ffffff"/>')
    tiny = style("T3", '<style:text-properties fo:font-size="1pt"/>')
    parsed = parse(
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        '<text:p>Kept <text:change-start/>12<text:change-end/> months<text:change text:change-id="c"/>'
        '<text:span text:style-name="T1"> hidden</text:span>'
        '<text:span text:style-name="T2"> white</text:span>'
        '<text:span text:style-name="T3"> tiny</text:span>'
        "<office:annotation><text:p>comment</text:p></office:annotation>.</text:p>"
        '<text:section text:display="none"><text:p>section</text:p></text:section>',
        hidden + white + tiny,
    )
    assert parsed.text == "Kept 12 months."


@pytest.mark.parametrize(
    "body",
    [
        '<text:section text:display="condition" text:is-hidden="true"><text:p>covert</text:p></text:section>',
        '<text:section text:display="condition" text:condition="ooow:1"><text:p>covert</text:p>'
        "</text:section>",
        '<text:p>covert<text:hidden-paragraph text:is-hidden="true"/></text:p>',
        '<text:p>covert<text:hidden-paragraph text:condition="ooow:TRUE"/></text:p>',
        '<text:p><text:hidden-text text:condition="ooow:1">covert</text:hidden-text></text:p>',
        '<text:p text:style-name="low">covert</text:p>',
        '<text:p text:style-name="small">covert</text:p>',
    ],
)
def test_what_a_condition_or_a_size_hides_is_no_evidence(body: str) -> None:
    low = style("low", '<style:paragraph-properties fo:line-height="0.01cm"/>', "paragraph")
    small = style("small", '<style:text-properties fo:font-size="0.1mm"/>', "paragraph")
    assert parse(f"<text:p>Seen.</text:p>{body}", low + small).text == "Seen."
    shown = body.replace('"true"', '"false"').replace("ooow:1", "ooow:x==1").replace("TRUE", "x")
    assert ("covert" in parse(f"<text:p>Seen.</text:p>{shown}").text) is True


@pytest.mark.parametrize("look", ['text:display="none"', 'fo:font-size="1pt"', 'fo:color="#ffffff"'])
def test_the_default_look_of_a_document_hides_what_does_not_differ(look: str) -> None:
    default = (
        f'<style:default-style style:family="paragraph"><style:text-properties {look}/></style:default-style>'
    )
    own = '<style:text-properties text:display="true" fo:font-size="9pt" fo:color="#000000"/>'
    named = style("N", "", "paragraph") + style("S", own, "paragraph")
    body = (
        '<text:p text:style-name="S">Seen.</text:p><text:p>covert</text:p>'
        '<text:p text:style-name="N">covert</text:p>'
    )
    assert parse(body, default + named).text == "Seen."


def test_footnotes_and_text_boxes_stand_after_what_they_belong_to() -> None:
    parsed = parse(
        '<text:p>Told<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation>'
        "<text:note-body><text:p>By mail.</text:p></text:note-body></text:note>.<draw:frame><draw:text-box>"
        "<text:p>Boxed.</text:p></draw:text-box></draw:frame></text:p>"
    )
    assert parsed.text == "Told.\n\nBoxed.\n\nBy mail."
    assert [(s.value, parsed.text[s.start : s.end]) for s in parsed.spans if s.kind == "footnote"] == [
        ("1", "By mail.")
    ]


def test_rows_carry_headers_merged_cells_and_places() -> None:
    def cell(text: str, more: str = "") -> str:
        return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"

    def row(*cells: str) -> str:
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    rows = (
        f"<table:table-header-rows>{row(cell('Area'), cell('Risk'))}</table:table-header-rows>",
        row(cell("Sites", 'table:number-rows-spanned="2"'), cell("Fire")),
        row("<table:covered-table-cell/>", cell("Flood")),
    )
    parsed = parse(f"<table:table>{''.join(rows)}</table:table>")
    assert spans(parsed, "table_row") == ["Area: Sites; Risk: Fire", "Area: Sites; Risk: Flood"]
    assert [s.ref for s in parsed.spans if s.kind == "cell"] == ["1.2.1", "1.2.2", "1.3.1", "1.3.2"]


def test_running_lines_and_properties_describe_the_document() -> None:
    parsed = parse(
        "<text:p>Body.</text:p>",
        styles=f"<office:document-styles {NAMES}><office:master-styles><style:master-page><style:footer>"
        "<text:p>Owner: Eve</text:p></style:footer></style:master-page></office:master-styles>"
        "</office:document-styles>",
        meta=f"<office:document-meta {NAMES}><office:meta><dc:title>Retention</dc:title>"
        "<meta:initial-creator>Jane Doe</meta:initial-creator><dc:creator>Bob</dc:creator>"
        '<meta:user-defined meta:name="Version">4</meta:user-defined></office:meta></office:document-meta>',
    )
    assert parsed.text == "Body.\n\nOwner: Eve" and spans(parsed, "furniture") == ["Owner: Eve"]
    meta = parsed.meta
    assert (meta.title, meta.author, meta.owner, meta.version) == ("Retention", "Jane Doe", "Eve", "4")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (archive(content=content("<text:p/>")), UnreadableReason.EMPTY),
        (archive(content=content("", kind="spreadsheet")), UnreadableReason.MISMATCH),
        (archive(content="<office"), UnreadableReason.MALFORMED),
        (archive(other="<a/>"), UnreadableReason.MISMATCH),
    ],
)
def test_what_is_no_readable_text_says_why(data: bytes, reason: UnreadableReason) -> None:
    parser = parser_for("x.odt")
    assert parser is not None
    with pytest.raises(ParseProblem) as caught:
        parser.parse(data, "x.odt")
    assert caught.value.reason is reason
