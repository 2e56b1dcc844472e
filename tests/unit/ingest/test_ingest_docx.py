import io
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import docx
import pytest
from docx.oxml.parser import parse_xml
from docx.shared import Pt, RGBColor

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, parser_for
from radar_pipeline.models import Status, UnreadableReason

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
NOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"


def parse(build: Callable[[Any], None]) -> ParsedText:
    document = docx.Document()
    build(document)
    out = io.BytesIO()
    document.save(out)
    parser = parser_for("x.docx")
    assert parser is not None
    return parser.parse(out.getvalue(), "x.docx")


def spans(parsed: ParsedText, kind: str) -> list[str]:
    return [parsed.text[s.start : s.end] for s in parsed.spans if s.kind == kind]


def insert(paragraph: Any, xml: str) -> None:
    paragraph._p.append(parse_xml(xml))


def test_paragraphs_and_tables_come_in_the_order_of_the_page() -> None:
    def build(d: Any) -> None:
        d.add_paragraph("Before.")
        table = d.add_table(2, 2)
        for n, text in enumerate(("Record", "Period", "Invoices", "7 years")):
            table.cell(n // 2, n % 2).text = text
        d.add_paragraph("After.")

    parsed = parse(build)
    assert parsed.text == "Before.\n\nRecord: Invoices; Period: 7 years\n\nAfter."
    assert spans(parsed, "cell") == ["Invoices", "7 years"]


def test_heading_styles_form_a_tree_under_the_title() -> None:
    def build(d: Any) -> None:
        d.add_paragraph("Access Policy", style="Title")
        d.add_heading("Scope", 1)
        d.add_heading("Systems", 2)
        d.add_paragraph("All.")

    parsed = parse(build)
    headings = [(s.value, s.level) for s in parsed.spans if s.kind == "heading"]
    assert headings == [("Access Policy", 1), ("Scope", 2), ("Systems", 3)]
    assert parsed.meta.title == "Access Policy"


def test_a_document_without_heading_styles_still_has_its_numbered_headings() -> None:
    def build(d: Any) -> None:
        d.add_paragraph("1. PURPOSE")
        d.add_paragraph("The keeper keeps the register.")

    assert spans(parse(build), "heading") == ["1. PURPOSE"]


def test_list_items_show_the_numbers_that_word_shows() -> None:
    def build(d: Any) -> None:
        for text in ("first", "second"):
            d.add_paragraph(text, style="List Number")
        d.add_paragraph("dot", style="List Bullet")

    parsed = parse(build)
    assert spans(parsed, "list_item") == ["1. first", "2. second", "- dot"]
    assert parsed.text == "1. first\n2. second\n- dot"


def test_tracked_changes_read_as_accepted_and_hidden_text_is_no_text() -> None:
    def build(d: Any) -> None:
        p = d.add_paragraph("Logs are kept ")
        insert(p, f"<w:del {W}><w:r><w:delText>2</w:delText><w:t>2</w:t></w:r></w:del>")
        insert(p, f"<w:ins {W}><w:r><w:t>12</w:t></w:r></w:ins>")
        p.add_run(" months").font.hidden = False
        p.add_run(" or never").font.hidden = True

    assert parse(build).text == "Logs are kept 12 months"


def test_a_text_box_is_read_once_though_the_file_holds_it_twice() -> None:
    box = f"<w:txbxContent {W}><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent>"

    def build(d: Any) -> None:
        insert(
            d.add_paragraph("Anchor."),
            f"<w:r {W}><mc:AlternateContent {MC}><mc:Choice Requires='wps'>{box}</mc:Choice>"
            f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>",
        )

    assert parse(build).text == "Anchor.\n\nIn the box."


def test_footnotes_stand_at_the_end_of_their_section() -> None:
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    text = "<w:p><w:r><w:t>By e-mail.</w:t></w:r></w:p>"
    note = f"<w:footnotes {W}><w:footnote w:id='5'>{text}</w:footnote></w:footnotes>"

    def build(d: Any) -> None:
        d.add_heading("One", 1)
        p = d.add_paragraph("Told at once")
        insert(p, f"<w:r {W}><w:footnoteReference w:id='5'/></w:r>")
        p.add_run(".")
        d.add_paragraph("More.")
        d.add_heading("Two", 1)
        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
        d.part.relate_to(Part(PackURI("/word/footnotes.xml"), kind, note.encode(), d.part.package), NOTES)

    parsed = parse(build)
    assert parsed.text == "One\n\nTold at once.\n\nMore.\n\nBy e-mail.\n\nTwo"
    assert [(s.value, parsed.text[s.start : s.end]) for s in parsed.spans if s.kind == "footnote"] == [
        ("1", "By e-mail.")
    ]


def test_headers_and_footers_are_furniture_behind_the_body_and_speak_of_the_document() -> None:
    def build(d: Any) -> None:
        d.sections[0].header.paragraphs[0].text = "Acme | Version: 1.2 | Owner: Jane Doe"
        d.sections[0].footer.paragraphs[0].text = "Confidential"
        d.add_paragraph("Body.")

    parsed = parse(build)
    assert parsed.text.startswith("Body.\n\n")
    assert spans(parsed, "furniture") == ["Acme | Version: 1.2 | Owner: Jane Doe", "Confidential"]
    assert (parsed.meta.version, parsed.meta.owner) == ("1.2", "Jane Doe")


def test_a_control_table_and_the_properties_describe_the_document_but_a_history_does_not() -> None:
    def build(d: Any) -> None:
        d.core_properties.title = "Retention standard"
        d.core_properties.content_status = "Draft"
        d.core_properties.author = "Somebody"
        control = d.add_table(3, 2)
        for n, text in enumerate(("Document", "RS-7", "Owner", "Jane Doe", "Next review", "March 2027")):
            control.cell(n // 2, n % 2).text = text
        history = d.add_table(4, 3)
        cells = "Version Date Effective 0.1 2020-01-01 2020-02-01 0.2 2021-01-01 2021-02-01 1 2022-01-01 -"
        for n, text in enumerate(cells.split()):
            history.cell(n // 3, n % 3).text = text

    meta = parse(build).meta
    assert (meta.title, meta.owner, meta.status) == ("Retention standard", "Jane Doe", Status.DRAFT)
    assert meta.review_by == date(2027, 3, 31)
    assert (meta.version, meta.effective_date) == ("", None)


def test_a_cell_merged_over_rows_is_said_in_each() -> None:
    def build(d: Any) -> None:
        table = d.add_table(3, 2)
        for n, text in enumerate(("Vendor", "Tier", "Acme", "1", "", "2")):
            table.cell(n // 2, n % 2).text = text
        table.cell(1, 0).merge(table.cell(2, 0))

    assert spans(parse(build), "table_row") == ["Vendor: Acme; Tier: 1", "Vendor: Acme; Tier: 2"]


def test_an_empty_document_is_reported() -> None:
    with pytest.raises(ParseProblem) as caught:
        parse(lambda d: None)
    assert caught.value.reason is UnreadableReason.EMPTY


def test_cells_name_their_table_row_and_column() -> None:
    def build(d: Any) -> None:
        for _ in range(2):
            table = d.add_table(2, 2)
            for n, text in enumerate(("Risk", "Owner", "Fire", "Eve")):
                table.cell(n // 2, n % 2).text = text
            d.add_paragraph("Between.")

    parsed = parse(build)
    assert [s.ref for s in parsed.spans if s.kind == "table_row"] == ["1.2", "2.2"]
    assert [s.ref for s in parsed.spans if s.kind == "cell"] == ["1.2.1", "1.2.2", "2.2.1", "2.2.2"]


def test_short_bold_lines_are_headings_where_no_style_says_what_is_one() -> None:
    def build(d: Any) -> None:
        for title in ("1. Purpose", "1.1 Records"):
            d.add_paragraph().add_run(title).bold = True
            d.add_paragraph("Records are kept for seven years.")
        d.add_paragraph("Not ").add_run("all bold").bold = True
        d.add_paragraph().add_run("A bold sentence is a sentence.").bold = True

    headings = [(s.value, s.level) for s in parse(build).spans if s.kind == "heading"]
    assert headings == [("1. Purpose", 1), ("1.1 Records", 2)]


def test_bold_lines_are_text_where_styles_say_what_a_heading_is() -> None:
    def build(d: Any) -> None:
        d.add_heading("Scope", 1)
        d.add_paragraph().add_run("Important").bold = True
        d.add_paragraph("Text.")

    assert spans(parse(build), "heading") == ["Scope"]


def test_text_that_nobody_sees_is_no_evidence_whatever_hides_it() -> None:
    from docx.enum.style import WD_STYLE_TYPE

    def build(d: Any) -> None:
        style = d.styles.add_style("Ghost", WD_STYLE_TYPE.CHARACTER)
        style.font.hidden = True
        p = d.add_paragraph("Seen")
        p.add_run(" styled", style="Ghost")
        p.add_run(" white").font.color.rgb = RGBColor(255, 255, 255)
        p.add_run(" tiny").font.size = Pt(1)
        table = d.add_table(1, 2)
        table.cell(0, 0).paragraphs[0].add_run("White on blue").font.color.rgb = RGBColor(255, 255, 255)
        table.cell(0, 1).text = "Cell"

    assert parse(build).text == "Seen\n\nWhite on blue; Cell"


def looks(d: Any, style: str, properties: str) -> None:
    """Add run properties to a style."""
    element = d.styles[style].element.get_or_add_rPr()
    for child in parse_xml(f"<w:rPr {W}>{properties}</w:rPr>"):
        element.append(child)


@pytest.mark.parametrize(
    "properties",
    [
        "<w:vanish/>",
        '<w:sz w:val="1"/>',
        '<w:sz w:val="0.5pt"/>',
        '<w:color w:val="FFFFFF"/>',
        '<w:color w:val="000000" w:themeColor="background1"/>',
        '<w:color w:val="000000"/><w:shd w:val="clear" w:fill="000000"/>',
        '<w:color w:val="000000"/><w:highlight w:val="black"/>',
        '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="FFFFFF"/>',
    ],
)
@pytest.mark.parametrize("place", ["run", "character style", "default style", "default of the file"])
def test_a_look_that_nobody_sees_hides_wherever_it_is_said(properties: str, place: str) -> None:
    from docx.enum.style import WD_STYLE_TYPE

    def build(d: Any) -> None:
        d.styles.add_style("Plain", WD_STYLE_TYPE.PARAGRAPH).base_style = None
        d.styles.add_style("Ghost", WD_STYLE_TYPE.CHARACTER)
        shown = '<w:vanish w:val="0"/><w:color w:val="111111"/><w:sz w:val="20"/>'
        looks(d, "Plain", shown)
        d.add_paragraph("Seen", style="Plain")
        run = d.add_paragraph().add_run("covert", style="Ghost" if place == "character style" else None)
        if place == "run":
            for child in parse_xml(f"<w:rPr {W}>{properties}</w:rPr>"):
                run._r.get_or_add_rPr().append(child)
        elif place == "default of the file":
            defaults = d.styles.element.find(".//{*}rPrDefault/{*}rPr")
            for child in (*defaults.findall("{*}sz"), *parse_xml(f"<w:rPr {W}>{properties}</w:rPr>")):
                (defaults.remove if child in list(defaults) else defaults.append)(child)
            for child in d.styles["Normal"].element.findall("{*}rPr"):
                d.styles["Normal"].element.remove(child)
        else:
            looks(d, "Ghost" if place == "character style" else "Normal", properties)

    assert parse(build).text == "Seen"


@pytest.mark.parametrize(
    "properties",
    [
        '<w:vanish w:val="0"/>',
        '<w:sz w:val="8"/>',
        '<w:color w:val="FFFFFF" w:themeColor="text1"/>',
        '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="1F3864"/>',
        '<w:color w:val="FFFFFF"/><w:highlight w:val="black"/>',
        '<w:color w:val="auto"/><w:shd w:val="clear" w:fill="000000"/>',
        '<w:color w:val="FFFFFF" w:themeColor="background1" w:themeShade="7F"/>',
    ],
)
def test_a_look_that_is_seen_hides_nothing(properties: str) -> None:
    def build(d: Any) -> None:
        looks(d, "Normal", properties)
        d.add_paragraph("Seen")

    assert parse(build).text == "Seen"


def test_hidden_rows_flat_lines_and_a_table_style_hide_and_dark_rows_do_not() -> None:
    from docx.enum.style import WD_STYLE_TYPE

    def build(d: Any) -> None:
        flat = d.add_paragraph("flat")
        flat._p.get_or_add_pPr().append(parse_xml(f'<w:spacing {W} w:line="1" w:lineRule="exact"/>'))
        table = d.add_table(4, 2)
        for n, row in enumerate(table.rows):
            for cell in row.cells:
                cell.paragraphs[0].add_run(f"row {n}").font.color.rgb = RGBColor(255, 255, 255)
                cell._tc.get_or_add_tcPr().append(parse_xml(f'<w:shd {W} w:val="clear" w:fill="1F3864"/>'))
        table.rows[1]._tr.get_or_add_trPr().append(parse_xml(f"<w:hidden {W}/>"))
        low = parse_xml(f'<w:trHeight {W} w:val="1" w:hRule="exact"/>')
        table.rows[2]._tr.get_or_add_trPr().append(low)
        d.styles.add_style("Ghost", WD_STYLE_TYPE.TABLE)
        looks(d, "Ghost", "<w:vanish/>")
        d.add_table(1, 2, style="Ghost").cell(0, 0).text = "covert"

    assert parse(build).text == "row 0; row 0\nrow 3; row 3"


def test_a_paragraph_whose_end_was_deleted_goes_on_in_the_next() -> None:
    def build(d: Any) -> None:
        p = d.add_paragraph("Logs are kept ")
        p._p.insert(0, parse_xml(f"<w:pPr {W}><w:rPr><w:del/></w:rPr></w:pPr>"))
        d.add_paragraph("for a year.")

    assert parse(build).text == "Logs are kept for a year."


def test_symbols_are_read_and_unfilled_fields_are_not() -> None:
    def build(d: Any) -> None:
        p = d.add_paragraph("Done ")
        insert(p, f"<w:r {W}><w:sym w:font='Wingdings' w:char='F0FC'/></w:r>")
        prompt = "<w:sdtContent><w:r><w:t>Click here</w:t></w:r></w:sdtContent>"
        insert(p, f"<w:sdt {W}><w:sdtPr><w:showingPlcHdr/></w:sdtPr>{prompt}</w:sdt>")

    assert parse(build).text == "Done ✓"


def test_a_table_that_only_places_another_is_read_cell_by_cell() -> None:
    def build(d: Any) -> None:
        outer = d.add_table(1, 2)
        outer.cell(0, 0).text = "Left."
        inner = outer.cell(0, 1).add_table(2, 2)
        for n, text in enumerate(("Risk", "Owner", "Fire", "Eve")):
            inner.cell(n // 2, n % 2).text = text

    assert parse(build).text == "Left.\n\nRisk: Fire; Owner: Eve"


def test_a_document_with_macros_is_read_like_any_other() -> None:
    document = docx.Document()
    document.add_paragraph("Text.")
    out, changed = io.BytesIO(), io.BytesIO()
    document.save(out)
    with zipfile.ZipFile(out) as source, zipfile.ZipFile(changed, "w") as target:
        for member in source.namelist():
            content = source.read(member)
            plain = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
            target.writestr(
                member, content.replace(plain, b"application/vnd.ms-word.document.macroEnabled.main+xml")
            )
    parser = parser_for("x.docm")
    assert parser is not None
    assert parser.parse(changed.getvalue(), "x.docm").text == "Text."


def test_properties_that_a_person_added_describe_the_document() -> None:
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    types = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
    custom = (
        "<Properties xmlns='http://schemas.openxmlformats.org/officeDocument/2006/custom-properties' "
        f"xmlns:vt='{types}'><property name='Document owner'><vt:lpwstr>Eve</vt:lpwstr></property>"
        "</Properties>"
    )

    def build(d: Any) -> None:
        d.core_properties.author = "Jane Doe"
        kind = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
        role = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
        part = Part(PackURI("/docProps/custom.xml"), kind, custom.encode(), d.part.package)
        d.part.package.relate_to(part, role)
        d.add_paragraph("Text.")

    meta = parse(build).meta
    assert (meta.author, meta.owner) == ("Jane Doe", "Eve")


def test_a_contract_that_opens_with_its_first_section_is_called_as_its_file_says() -> None:
    def build(d: Any) -> None:
        d.core_properties.title = "Supplier Contract"
        d.add_heading("1 Subject", 1)
        d.add_paragraph("The supplier delivers keys.")

    assert parse(build).meta.title == "Supplier Contract"


def test_a_control_table_whose_first_row_is_marked_as_its_header_is_read() -> None:
    def build(d: Any) -> None:
        table = d.add_table(0, 2)
        for row in (("Version", "1.0 (draft)"), ("Owner", "COO"), ("Reference", "K 1"), ("Language", "en")):
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
        table.rows[0]._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {W}/>"))

    meta = parse(build).meta
    assert (meta.version, meta.owner, meta.status) == ("1.0", "COO", Status.DRAFT)
