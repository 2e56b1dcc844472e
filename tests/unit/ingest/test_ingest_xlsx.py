import base64
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, number_format, parser_for, tables
from radar_pipeline.models import UnreadableReason

XLS = (  # written by xlwt: a sheet of three rows and a hidden one; packed
    "c-"
    "rk)O=uHA6#izDG(Wa!Qd6N7N+?*h_Mmw2(ykRWCu<c^5y2+S9!g^(tB88gYRyp)JSkoZy@*it;tzVzn+Kty2SE^0J$"
    "UFzQ1H-"
    "ZeeY%0rkX<o8m!K@%$v9Gy_tDC@6GJazM74frtWvn;U^5hhq4n!Q<Y3n341p&klt~a_3986M`KkX9HKxr1@NThWsqa"
    "Y@t%W$d;aG{fe%!U;UtC%c`MmK>=GZ+ihbx;e#$)qx2QzXA%3+99TmD(=v}dWDs-nvt_tlZ+mbqpS#zj&hnvSojBe3"
    "Ii7GslHt$5T4efZrd3^Djs@MiFXpg0Hf2X3$-;8Nc<Wg4NveUT|5){H|e07q*7jLaTOKN#z<q9PKwp<>pA-"
    "`_;feAPxiW9MjR($fYCWu2;K3lL)6|n|)0vvH4_T{n**h-;?6k4hkBkJPdn8nrL=n0F&sazproh6&Rb;hzIylu-"
    "ek1bo~Et34rM6)z5^Kn@MG1|x%ZhwBgH#2M=7s-Td?Ufh62KE>ZE^!NL92Jc?Ew;Tvw+Ou~y{;F&Q)q%br@Cjj-DUP"
    "nip>?#_Ru)n1#iraRs1I6i}U**brnCFn~9%E&7DuoyfvrLO)sP@wdZRReX390yuo;EdbM)5iuXc0e%UrcM$Glyao=*"
    "SSVTnFxX{WS&yI5KRSkP3_T1wIBO?C9WtQ3As9|r2z0b9;%>F#x4j65Cz)IT0me7b8svmT<#!%IaAwR3kDr(KDhK7c"
    "QhK7d5e+K1#w)2Omf9YVsM@spxvq+_^f0O*PIDi6Or|DR_8+od2oU1E;)*+z0zSIiac>fC-"
    "hiP;h<H(2~<8|jR9Sl_U^Q^dG?Ds99ddDx<<L4h9|2wJJ_xu"
)


def parse(build: Callable[[Any], None]) -> ParsedText:
    book = openpyxl.Workbook()
    build(book)
    parser = parser_for("x.xlsx")
    assert parser is not None
    return parser.parse(saved(book), "x.xlsx")


def fill(sheet: Any, *rows: list[Any]) -> None:
    for row in rows:
        sheet.append(row)


def spans(parsed: ParsedText, kind: str) -> list[str]:
    return [parsed.text[s.start : s.end] for s in parsed.spans if s.kind == kind]


def refs(parsed: ParsedText, kind: str) -> list[str]:
    return [s.ref for s in parsed.spans if s.kind == kind]


def test_each_row_is_said_with_its_headers_under_the_name_of_its_sheet() -> None:
    def build(book: Any) -> None:
        book.active.title = "Vendors"
        fill(book.active, ["Vendor", "Tier"], ["Acme", 1], [], ["Globex", None])

    parsed = parse(build)
    assert parsed.text == "Vendors\n\nVendor: Acme; Tier: 1\nVendor: Globex"
    assert spans(parsed, "heading") == ["Vendors"]
    assert [s.value for s in parsed.spans if s.kind == "cell"] == ["Vendor", "Tier", "Vendor"]


def test_dates_are_iso_and_numbers_have_no_noise() -> None:
    def build(book: Any) -> None:
        values = [date(2026, 3, 1), datetime(2026, 3, 1, 9, 30), 0.1 + 0.2, 12.0, True]
        fill(book.active, ["Day", "Moment", "Share", "Whole", "Active"], values)

    assert spans(parse(build), "cell") == ["2026-03-01", "2026-03-01 09:30", "0.3", "12", "TRUE"]


def test_what_stands_above_the_table_describes_it_and_its_rows_do_not() -> None:
    def build(book: Any) -> None:
        fill(book.active, ["Risk register 2026"], ["Version", "1.3"], ["Owner", "Jane Doe"], [])
        fill(book.active, ["Risk", "Owner", "Status"], ["Fire", "Bob", "Draft"], ["Loss", "Eve", "Open"])

    parsed = parse(build)
    assert "Risk: Fire; Owner: Bob; Status: Draft" in parsed.text
    assert (parsed.meta.title, parsed.meta.version, parsed.meta.owner) == (
        "Risk register 2026",
        "1.3",
        "Jane Doe",
    )
    assert parsed.meta.status.value == "unknown"


def test_what_a_person_hid_is_no_evidence() -> None:
    def build(book: Any) -> None:
        fill(book.active, ["Risk", "Note", "Owner"], ["Fire", "x", "Eve"], ["Flood", "y", "Bob"])
        book.active.row_dimensions[3].hidden = True
        book.active.column_dimensions["B"].hidden = True
        hidden = book.create_sheet("Old")
        hidden.sheet_state = "hidden"
        fill(hidden, ["A", "B"], ["3", "4"])

    parsed = parse(build)
    assert parsed.text == "Sheet\n\nRisk: Fire; Owner: Eve"
    assert refs(parsed, "cell") == ["Sheet!A2", "Sheet!C2"]


def test_cells_rows_and_columns_whose_style_shows_nothing_are_no_evidence() -> None:
    from openpyxl.styles import Font, PatternFill
    from openpyxl.styles.colors import Color

    def build(book: Any) -> None:
        sheet = book.active
        fill(sheet, ["Risk", "Owner", "Note"], *(["covert", "Eve", "covert"] for _ in range(5)))
        fill(sheet, ["covert", "covert", "covert"], ["Fire", "Bob", "covert"])
        sheet["A2"].number_format = ";;;"
        sheet["A3"].font = Font(color="FFFFFFFF")
        sheet["A4"].font = Font(color=Color(theme=0))
        sheet["A4"].fill = PatternFill("solid", fgColor="FFFFFFFF")
        sheet["A5"].font = Font(size=1)
        sheet["A6"].font = Font(color=Color(indexed=9))
        sheet.row_dimensions[7].height = 0.1
        sheet.column_dimensions["C"].width = 0.05
        for cell in sheet[1]:
            cell.font, cell.fill = Font(color="FFFFFFFF"), PatternFill("solid", fgColor="FF1F3864")

    rows = ["Owner: Eve"] * 5 + ["Risk: Fire; Owner: Bob"]
    assert parse(build).text == "\n".join(["Sheet\n", *rows])


def test_white_cells_of_a_sheet_with_a_coloured_table_are_read() -> None:
    from openpyxl.styles import Font
    from openpyxl.worksheet.table import Table

    def build(book: Any) -> None:
        fill(book.active, ["Risk", "Owner"], ["Fire", "Eve"])
        book.active["A1"].font = Font(color="FFFFFFFF")
        book.active.add_table(Table(displayName="T", ref="A1:B2"))

    assert parse(build).text == "Sheet\n\nRisk: Fire; Owner: Eve"


def repacked(data: bytes, change: Callable[[str, bytes], dict[str, bytes]]) -> bytes:
    """A workbook whose members ``change`` renamed, rewrote or added to."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            for member, content in change(name, source.read(name)).items():
                target.writestr(member, content)
    return out.getvalue()


def moved(old: str, new: str) -> Callable[[str, bytes], dict[str, bytes]]:
    """The sheets' folder under another name, in the members and in what leads there."""
    return lambda name, data: {name.replace(old, new): data.replace(old.encode(), new.encode())}


def with_hidden() -> bytes:
    book = openpyxl.Workbook()
    fill(book.active, ["Risk", "Owner"], ["Fire", "Eve"], ["HIDDEN", "Bob"])
    book.active.row_dimensions[3].hidden = True
    return saved(book)


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("folder", ["xl/pages/", "pages/", "xl/Worksheets/deep/"])
def test_what_a_person_hid_is_no_evidence_wherever_the_workbook_keeps_its_sheets(folder: str) -> None:
    parser = parser_for("x.xlsx")
    assert parser is not None
    assert parser.parse(repacked(with_hidden(), moved("xl/worksheets/", folder)), "x.xlsx").text == (
        "Sheet\n\nRisk: Fire; Owner: Eve"
    )


def test_far_values_are_refused_wherever_the_workbook_keeps_its_sheets() -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = book.active["XFD1048576"] = "far"
    parser = parser_for("x.xlsx")
    assert parser is not None
    for name, data in (("x.xlsx", saved(book)), ("x.xlsb", binary_workbook(last=1_000_000))):
        with pytest.raises(ParseProblem) as caught:
            parser.parse(repacked(data, moved("worksheets/", "pages/")), name)
        assert caught.value.reason is UnreadableReason.TOO_LARGE


@pytest.mark.parametrize(
    "change",
    [
        lambda name, data: {} if name == "xl/_rels/workbook.xml.rels" else {name: data},
        lambda name, data: {name: data.replace(b"/sheet1.xml", b"/sheet9.xml")},
        lambda name, data: {name: data, name.replace("sheet1", "SHEET1"): data},
        lambda name, data: {name: data, name.replace("workbook.xml", "workbook.bin"): data},
        lambda name, data: {name: data.replace(b"</sheets>", b'<sheet name="Sheet" id="x"/></sheets>')},
    ],
)
def test_a_workbook_that_does_not_say_where_its_sheets_are_is_malformed(
    change: Callable[[str, bytes], dict[str, bytes]],
) -> None:
    parser = parser_for("x.xlsx")
    assert parser is not None
    with pytest.raises(ParseProblem) as caught:
        parser.parse(repacked(with_hidden(), change), "x.xlsx")
    assert caught.value.reason is UnreadableReason.MALFORMED


def test_rows_behind_a_filter_or_in_a_closed_group_are_read() -> None:
    def build(book: Any) -> None:
        fill(book.active, ["Risk", "Status"], ["Fire", "Open"], ["Flood", "Closed"])
        book.active.auto_filter.ref = "A1:B3"
        book.active.auto_filter.add_filter_column(1, ["Open"])
        book.active.row_dimensions[3].hidden = True
        grouped = book.create_sheet("Grouped")
        fill(grouped, ["Risk", "Status"], ["Theft", "Open"])
        grouped.row_dimensions.group(2, 2, hidden=True)

    text = parse(build).text
    assert "Risk: Flood; Status: Closed" in text and "Risk: Theft; Status: Open" in text


def test_rows_and_cells_point_at_their_places_and_sheets_are_marked() -> None:
    def build(book: Any) -> None:
        book.active.title = "Risk register"
        for n, row in enumerate((["Risk", "Owner"], [], ["Fire", "Eve"])):
            for column, value in enumerate(row, 28):
                book.active.cell(n + 4, column, value)

    parsed = parse(build)
    assert refs(parsed, "table_row") == ["Risk register!6"]
    assert refs(parsed, "cell") == ["Risk register!AB6", "Risk register!AC6"]
    assert [(s.value, parsed.text[s.start : s.end]) for s in parsed.spans if s.kind == "sheet"] == [
        ("Risk register", parsed.text)
    ]


def test_numbers_are_said_as_their_cells_show_them() -> None:
    shown = {"0.0%": 0.125, "$#,##0.00": 1200, "00000": 42, "#,##0;(#,##0)": -1500, '0 "days"': 30, "@": 7}

    def build(book: Any) -> None:
        fill(book.active, ["a", "b", "c", "d", "e", "f"], list(shown.values()))
        for cell, code in zip(book.active[2], shown, strict=True):
            cell.number_format = code

    assert spans(parse(build), "cell") == ["12.5%", "$1,200.00", "00042", "(1,500)", "30 days", "7"]


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (0.5, "0%", "50%"),
        (1234.5, "#,##0.00", "1,234.50"),
        (1234.5, "[$€-407] #,##0.00", "€ 1,234.50"),
        (1234.5, '#,##0.00\\ "EUR"', "1,234.50 EUR"),
        (2_500_000, '0.0,,"M"', "2.5M"),
        (2.5, "0.##", "2.5"),
        (2.0, "0.##", "2"),
        (-3, "0;[Red]-0", "-3"),
        (0, '_(* #,##0_);_(* (#,##0);_(* "-"??_);_(@_)', "-"),
        (0.25, "# ?/?", None),
        (12, "General", None),
        (12, "[>100]0;0.0", None),
        (12, "0.00E+00", None),
    ],
)
def test_a_format_code_that_is_understood_gives_what_a_spreadsheet_shows(
    value: float, code: str, text: str | None
) -> None:
    assert number_format.shown(value, code) == text


def test_a_header_over_two_rows_names_each_column_with_both() -> None:
    def build(book: Any) -> None:
        fill(book.active, ["Risk", "Treatment", None], [None, "Action", "Due"], ["Fire", "Drill", "May"])
        book.active.merge_cells("B1:C1")
        book.active.merge_cells("A1:A2")

    rows = spans(parse(build), "table_row")
    assert rows == ["Risk: Fire; Treatment Action: Drill; Treatment Due: May"]


def test_a_header_said_again_further_down_is_no_row() -> None:
    def build(book: Any) -> None:
        fill(book.active, ["Risk", "Owner"], ["Fire", "Eve"], ["Risk", "Owner"], ["Flood", "Bob"])

    assert spans(parse(build), "table_row") == ["Risk: Fire; Owner: Eve", "Risk: Flood; Owner: Bob"]


def test_an_old_workbook_and_a_binary_one_are_read_by_the_same_code() -> None:
    rows = "Vendors\n\nVendor: Acme; Tier: 1\nVendor: Globex; Tier: 2.5"
    for name, data in (("x.xls", zlib.decompress(base64.b85decode(XLS))), ("x.xlsb", binary_workbook())):
        parser = parser_for(name)
        assert parser is not None
        parsed = parser.parse(data, name)
        assert parsed.text == rows and refs(parsed, "cell")[-1] == "Vendors!B3"


def test_a_binary_sheet_with_far_values_is_refused() -> None:
    parser = parser_for("x.xlsb")
    assert parser is not None
    with pytest.raises(ParseProblem) as caught:
        parser.parse(binary_workbook(last=1_000_000), "x.xlsb")
    assert caught.value.reason is UnreadableReason.TOO_LARGE


def record(kind: int, payload: bytes = b"") -> bytes:
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return number + bytes([len(payload)]) + payload


def binary_workbook(last: int = 2) -> bytes:
    """A minimal XLSB of three rows, the last of them in row ``last`` (from 0)."""

    def wide(text: str) -> bytes:
        return struct.pack("<I", len(text)) + text.encode("utf-16-le")

    def cell(column: int, value: str | float) -> bytes:
        head = struct.pack("<II", column, 0)
        text = isinstance(value, str)
        return record(6, head + wide(value)) if text else record(5, head + struct.pack("<d", value))

    bundle = record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Vendors"))
    sheet = record(129) + record(148, struct.pack("<IIII", 0, last, 0, 40)) + record(145)
    for number, row in ((0, ("Vendor", "Tier")), (1, ("Acme", 1.0)), (last, ("Globex", 2.5))):
        sheet += record(0, struct.pack("<I", number) + bytes(13))
        sheet += b"".join(cell(column, value) for column, value in enumerate(row))
        sheet += cell(40, 1.0) if last > 2 and number == last else b""
    space = "http://schemas.openxmlformats.org"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{space}/package/2006/content-types"/>')
        archive.writestr("xl/workbook.bin", record(131) + record(143) + bundle + record(144) + record(132))
        archive.writestr(
            "xl/_rels/workbook.bin.rels",
            f'<Relationships xmlns="{space}/package/2006/relationships"><Relationship Id="rId1" '
            f'Type="{space}/officeDocument/2006/relationships/worksheet" '
            'Target="worksheets/sheet1.bin"/></Relationships>',
        )
        archive.writestr("xl/worksheets/sheet1.bin", sheet + record(146) + record(130))
    return out.getvalue()


def test_a_cell_merged_over_rows_is_said_in_each() -> None:
    def build(book: Any) -> None:
        fill(book.active, ["Area", "Risk"], ["Sites", "Fire"], [None, "Flood"], ["Staff", "Leave"])
        book.active.merge_cells("A2:A3")

    rows = spans(parse(build), "table_row")
    assert rows == ["Area: Sites; Risk: Fire", "Area: Sites; Risk: Flood", "Area: Staff; Risk: Leave"]


def test_more_rows_than_a_document_has_are_refused_and_never_cut_in_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 5)
    with pytest.raises(ParseProblem) as caught:
        parse(lambda book: fill(book.active, *([["a", "b"]] * 6)))
    assert caught.value.reason is UnreadableReason.TOO_LARGE


def test_an_empty_workbook_is_reported() -> None:
    with pytest.raises(ParseProblem) as caught:
        parse(lambda book: None)
    assert caught.value.reason is UnreadableReason.EMPTY
