from datetime import date

import pytest

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, parser_for
from radar_pipeline.models import Status, UnreadableReason


def parse(source: str | bytes) -> ParsedText:
    parser = parser_for("x.html")
    assert parser is not None
    return parser.parse(source if isinstance(source, bytes) else source.encode(), "x.html")


def spans(parsed: ParsedText, kind: str) -> list[str]:
    return [parsed.text[s.start : s.end] for s in parsed.spans if s.kind == kind]


def test_the_text_is_what_a_reader_sees() -> None:
    parsed = parse(
        "<p>The <b>board</b>\n  meets&nbsp;weekly &amp; <a href=x>signs</a>.</p><div>a<p>b</p>c</div>"
    )
    assert parsed.text == "The board meets weekly & signs.\n\na\n\nb\n\nc"


@pytest.mark.parametrize(
    "markup",
    [
        "<script>covert</script>",
        "<style>covert</style>",
        "<template><p>covert</p></template>",
        "<noscript>covert</noscript>",
        "<!-- covert -->",
        "<div hidden>covert</div>",
        "<span style='display: none'>covert</span>",
        "<p aria-hidden=true>covert <b>too</b></p>",
        "<p style='display:/**/none'>covert</p>",
        r"<p style='displa\79: n\6fne'>covert</p>",
        "<p style='display:block;display:none!important;display:block'>covert</p>",
        "<p style='visibility:collapse'>covert</p>",
        "<p style='opacity:0.0'>covert</p>",
        "<p style='color:transparent'>covert</p>",
        "<p style='color:#FFF'>covert</p>",
        "<p><font color=white>covert</font></p>",
        "<p style='color:#123456;background:#123456'>covert</p>",
        "<p style='font-size:0.0px'>covert</p>",
        "<p style='font:0/0 a'>covert</p>",
        "<p style='position:absolute;left:-9999px'>covert</p>",
        "<p style='text-indent:-9999px'>covert</p>",
        "<p style='height:0;overflow:hidden'>covert</p>",
        "<p style='position:absolute;clip:rect(0 0 0 0)'>covert</p>",
        "<p style='transform:scale(0)'>covert</p>",
        "<dialog>covert</dialog>",
        "<datalist><option>covert</datalist>",
        "<noframes>covert</noframes>",
        "<audio>covert</audio><video>covert</video><canvas>covert</canvas><object>covert</object>",
    ],
)
def test_hidden_text_is_no_text(markup: str) -> None:
    assert parse(f"<p>Shown.</p>{markup}<p>Too.</p>").text == "Shown.\n\nToo."


@pytest.mark.parametrize(
    "sheet",
    [
        ".x{display:none}",
        "p.x , b{color:red;VISIBILITY:Hidden}",
        "#i{font-size:1px}",
        "div>p{opacity:0}",
        "div .x{text-indent:-999em}",
        "p.x.y:not(.z){position:fixed;top:-5000px}",
        "[data-a=b]{display:none}",
        ".x{color:white}",
        ".x{color:white;background:#fff}",
        "/* } */ @media screen{ .x{dis/**/play:block;display:none} }",
        "@media (min-width: 40em){.x{display:none}}",
        "@import 'a.css'; .x{display:none} .x{display:bl",
        r".\78{display:none}",
        "p{display:block}.x{display:none}p{display:block}",
        "div{color:#fefefe}",
        "@layer a{.b{color:red}.x{display:none}}",
    ],
)
def test_what_the_rules_of_the_page_hide_is_no_text(sheet: str) -> None:
    page = f"<style>{sheet}</style><p>Shown.</p><div><p id=i class='x y' data-a=b>covert</p></div>"
    assert parse(page).text == "Shown."


@pytest.mark.parametrize(
    "sheet",
    [
        "@media print{.x{display:none}}",
        "@media (max-width:600px){.x{display:none}}",
        ".x:hover{display:none}",
        ".x::before{display:none}",
        ".x{display:none}#i{display:block}",
        ".x{display:none}p.x{display:block}",
        ".x{display:none!important}.x{display:inline!important}",
        "/* .x{display:none} */",
        "p>.x{display:none}",
        ".z .x{display:none}",
        "[{display:none}",
        "body{background:navy}.x{color:#fff}",
        ".x{color:#fff;background-image:url(a.png)}",
        "div:nth-child(2){background:#000}.x{color:#fff}",
        "@import 'a.css';.x{color:#fff}",
        "div{font-size:0}.x{font-size:14px}",
        "div{visibility:hidden}.x{visibility:visible}",
        "div{color:white}.x{color:black}",
        ".x{background-clip:text;background-image:url(a);color:transparent}",
        "@keyframes in{to{opacity:1}}.x{opacity:0;animation:in 1s forwards}",
        ".x{height:0;overflow:hidden;padding-top:50%}",
        ".x{left:-9999px;opacity:0.5;font-size:0.9em;text-indent:-1em}",
        ".x{display:no/**/ne}",
    ],
)
def test_what_the_rules_of_the_page_show_is_text(sheet: str) -> None:
    page = f"<style>{sheet}</style><p>Shown.</p><div><p id=i class='x y'>overt</p></div>"
    assert parse(page).text == "Shown.\n\novert"


def test_white_text_of_a_dark_row_is_text() -> None:
    parsed = parse(
        "<table><tr bgcolor=navy><th style='color:#fff'>Risk<th style='color:#fff'>Owner<tr><td>Fire<td>Eve"
        "</table>"
    )
    assert parsed.text == "Risk: Fire; Owner: Eve"


def test_headings_lists_and_the_title() -> None:
    parsed = parse(
        "<title>Policy - Intranet</title><h2>Menu</h2><h1>Access policy</h1>"
        "<ol type=a start=2><li>one<li>two<ul><li>in</ul></ol>"
    )
    assert [(s.value, s.level) for s in parsed.spans if s.kind == "heading"] == [
        ("Menu", 2),
        ("Access policy", 1),
    ]
    assert spans(parsed, "list_item") == ["b. one", "c. two", "- in"]
    assert [s.level for s in parsed.spans if s.kind == "list_item"] == [0, 0, 1]
    assert parsed.meta.title == "Access policy"
    assert parse("<title>Only  title</title><p>x").meta.title == "Only title"


def test_a_table_row_carries_its_headers_also_over_spanned_cells() -> None:
    parsed = parse(
        "<table><thead><tr><th>Vendor<th colspan=2>Tier<th>Note</thead>"
        "<tr><td rowspan=2>Acme<td>1<td>x<td>n<tr><td>2<td>y<td>m</table>"
    )
    rows = ["Vendor: Acme; Tier: 1; Tier: x; Note: n", "Vendor: Acme; Tier: 2; Tier: y; Note: m"]
    assert spans(parsed, "table_row") == rows


def test_row_headers_and_definitions_are_labels() -> None:
    parsed = parse(
        "<table><tr><th>Owner<td>Jane Doe<tr><th>Status<td>Approved</table>"
        "<dl><dt>Next review<dd>1 March 2027</dl>"
    )
    assert parsed.text == "Owner: Jane Doe\nStatus: Approved\n\nNext review: 1 March 2027"
    meta = parsed.meta
    assert (meta.owner, meta.status, meta.review_by) == ("Jane Doe", Status.APPROVED, date(2027, 3, 1))


def test_a_table_that_only_lays_out_is_no_table() -> None:
    parsed = parse(
        "<table><tr><td><h1>Policy</h1><p>One.</p><table><tr><th>A<th>B<tr><td>1<td>2</table></table>"
    )
    assert parsed.text == "Policy\n\nOne.\n\nA: 1; B: 2"


def test_navigation_and_the_page_footer_are_furniture_behind_the_body() -> None:
    parsed = parse("<nav><ul><li>Home</ul></nav><p>Body.</p><footer>Imprint</footer>")
    assert parsed.text == "Body.\n\nHome\nImprint"
    assert spans(parsed, "furniture") == ["Home", "Imprint"]


def test_forced_breaks_part_lines_but_not_sentences() -> None:
    assert parse("<p>Owner: Jane<br>Status: Draft</p>").text == "Owner: Jane\nStatus: Draft"
    assert parse("<p>The keeper<br>keeps it.</p>").text == "The keeper keeps it."
    assert parse("<pre>a\n  b</pre>").text == "a\n  b"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<meta charset=iso-8859-1><p>Überprüfung’</p>".encode("cp1252"), "Überprüfung’"),
        ("<meta content='text/html; charset=Shift_JIS'><p>日本語</p>".encode("shift_jis"), "日本語"),
        ("<meta charset=latin-1><p>Prüfung</p>".encode(), "Prüfung"),
        ("<p>Prüfung</p>".encode("utf-16"), "Prüfung"),
        ("<meta charset=nonsense><p>Prüfung</p>".encode("cp1252"), "Prüfung"),
    ],
)  # fmt: skip
def test_the_declared_encoding_is_believed_where_utf8_does_not_fit(data: bytes, text: str) -> None:
    assert parse(data).text == text


def test_references_to_controls_are_spaces() -> None:
    assert not any(ord(c) < 32 for c in parse("<p>a&#1;b&#30;c&#x9f;d</p>").text)


@pytest.mark.parametrize("source", ["<title>x</title>", "<p> </p>", "<nav>Home</nav>", "<script>x</script>"])
def test_a_page_that_shows_nothing_is_reported(source: str) -> None:
    with pytest.raises(ParseProblem) as caught:
        parse(source)
    assert caught.value.reason is UnreadableReason.EMPTY


def test_cells_name_their_table_row_and_column_and_a_page_its_language() -> None:
    table = "<table><tr><th>Risk<th>Owner<tr><td>Fire<td>Eve</table>"
    parsed = parse(f"<html lang='de-AT'><body>{table}<p>x{table}")
    cells = [s.ref for s in parsed.spans if s.kind == "cell"]
    assert cells == ["1.2.1", "1.2.2", "2.2.1", "2.2.2"]
    assert parsed.meta.language == "de"


def test_a_header_of_two_rows_names_each_column_with_both() -> None:
    parsed = parse(
        "<table><thead><tr><th rowspan=2>Risk<th colspan=2>Treatment<tr><th>Action<th>Due</thead>"
        "<tr><td>Fire<td>Drill<td>May</table>"
    )
    assert spans(parsed, "table_row") == ["Risk: Fire; Treatment Action: Drill; Treatment Due: May"]


@pytest.mark.parametrize("cell", ["td", "th"])
def test_a_control_table_is_read_whatever_its_first_row_is_marked_as(cell: str) -> None:
    rows = "<tr><td>Owner<td>COO</tr><tr><td>Next review<td>3 May 2027</tr><tr><td>Class<td>internal</tr>"
    head = f"<tr><{cell}>Version<{cell}>1.0 (draft)</tr>"
    found = parse(f"<h1>Key policy</h1><table>{head}{rows}</table><p>Keys are kept.")
    assert (found.meta.version, found.meta.owner, found.meta.status) == ("1.0", "COO", Status.DRAFT)
    assert found.meta.review_by == date(2027, 5, 3)
    register = parse(
        f"<table><tr><{cell}>Version<{cell}>Change</tr><tr><td>1.0<td>New</tr><tr><td>2.0<td>More</table>"
    )
    assert not register.meta.version


def test_a_form_to_sign_in_with_names_no_page() -> None:
    page = "<title>Supplier portal rules</title><h1>Sign in</h1><p>Enter.</p>"
    assert parse(page).meta.title == "Supplier portal rules"
