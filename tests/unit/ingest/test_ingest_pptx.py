import io
from collections.abc import Callable
from typing import Any

import pytest
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches, Pt

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, parser_for
from radar_pipeline.models import UnreadableReason

TITLE, CONTENT, SECTION, BLANK = 0, 1, 2, 6


def parse(build: Callable[[Any], None], name: str = "x.pptx") -> ParsedText:
    show = Presentation()
    build(show)
    out = io.BytesIO()
    show.save(out)
    parser = parser_for(name)
    assert parser is not None
    return parser.parse(out.getvalue(), name)


def slide(show: Any, layout: int, title: str = "", *lines: str) -> Any:
    made = show.slides.add_slide(show.slide_layouts[layout])
    if title:
        made.shapes.title.text = title
    if lines:
        made.placeholders[1].text_frame.text = "\n".join(lines)
    return made


def box(made: Any, text: str, left: float = 1, top: float = 1, width: float = 3) -> Any:
    shape = made.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(1 if width else 0))
    shape.text_frame.text = text
    return shape


def spans(parsed: ParsedText, kind: str) -> list[str]:
    return [parsed.text[s.start : s.end] for s in parsed.spans if s.kind == kind]


def test_slides_follow_each_other_with_their_titles_under_the_title_of_the_show() -> None:
    def build(show: Any) -> None:
        slide(show, TITLE, "Access review", "For the board")
        slide(show, SECTION, "Findings")
        slide(show, CONTENT, "Accounts", "Two are stale.", "One is shared.")

    parsed = parse(build)
    headings = [(s.value, s.level) for s in parsed.spans if s.kind == "heading"]
    assert headings == [("Access review", 1), ("Findings", 2), ("Accounts", 3)]
    assert spans(parsed, "list_item") == ["- Two are stale.", "- One is shared."]
    assert [s.value for s in parsed.spans if s.kind == "slide"] == ["1", "2", "3"]
    assert spans(parsed, "slide")[2] == "Accounts\n\n- Two are stale.\n- One is shared."
    assert parsed.meta.title == "Access review"


def test_speaker_notes_belong_to_their_slide_and_are_marked() -> None:
    def build(show: Any) -> None:
        slide(show, CONTENT, "One", "Body.").notes_slide.notes_text_frame.text = "Keys lie in the safe."
        slide(show, CONTENT, "Two", "Body.")

    parsed = parse(build)
    assert spans(parsed, "notes") == ["Keys lie in the safe."]
    assert spans(parsed, "slide")[0].endswith("Notes\n\nKeys lie in the safe.")
    assert [(s.value, s.level) for s in parsed.spans if s.kind == "heading"][1] == ("Notes", 2)


def test_a_hidden_slide_and_what_lies_beside_or_unseen_on_a_slide_is_no_evidence() -> None:
    def build(show: Any) -> None:
        slide(show, CONTENT, "Old", "Never again.")._element.set("show", "0")
        made = slide(show, BLANK)
        box(made, "Seen.")
        box(made, "Beside.", left=-9)
        box(made, "Nothing.", width=0)
        white = box(made, "White.", top=3).text_frame.paragraphs[0].runs[0]
        white.font.color.rgb = RGBColor(255, 255, 255)
        tiny = box(made, "Tiny.", top=4).text_frame.paragraphs[0].runs[0]
        tiny.font.size = Pt(1)
        hidden = box(made, "Hidden.", top=5)
        hidden._element.nvSpPr.cNvPr.set("hidden", "1")

    assert parse(build).text == "Slide 2\n\nSeen."


def test_white_text_on_a_coloured_shape_is_read() -> None:
    def build(show: Any) -> None:
        made = slide(show, BLANK)
        shape = made.shapes.add_shape(1, Inches(1), Inches(1), Inches(3), Inches(1))
        shape.text_frame.text = "On blue."
        shape.text_frame.paragraphs[0].runs[0].font.color.rgb = RGBColor(255, 255, 255)

    assert "On blue." in parse(build).text


def test_a_slide_without_a_title_is_headed_by_its_topmost_line() -> None:
    def build(show: Any) -> None:
        made = slide(show, BLANK)
        box(made, "Logs are kept for a year.", top=3)
        box(made, "Retention", top=1)

    parsed = parse(build)
    assert spans(parsed, "heading") == ["Retention"]
    assert parsed.text == "Retention\n\nLogs are kept for a year."


def test_tables_charts_and_groups_are_read_with_their_places() -> None:
    def build(show: Any) -> None:
        made = slide(show, CONTENT, "Risks")
        place = (Inches(1), Inches(2), Inches(6), Inches(2))
        table = made.shapes.add_table(2, 2, *place).table
        for n, text in enumerate(("Risk", "Grade", "Fire", "High")):
            table.cell(n // 2, n % 2).text = text
        data = CategoryChartData()
        data.categories = ["Q1", "Q2"]
        data.add_series("Incidents", (3, 5))
        chart = made.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, data).chart
        chart.has_title = True
        chart.chart_title.text_frame.text = "By quarter"
        group = made.shapes.add_group_shape()
        group.shapes.add_textbox(Inches(1), Inches(5), Inches(2), Inches(1)).text_frame.text = "Grouped."

    parsed = parse(build)
    assert spans(parsed, "table_row") == ["Risk: Fire; Grade: High", "Q1; Incidents: 3", "Q2; Incidents: 5"]
    assert [s.ref for s in parsed.spans if s.kind == "table_row"] == ["1.2", "2.2", "2.3"]
    assert [s.ref for s in parsed.spans if s.kind == "cell"][:2] == ["1.2.1", "1.2.2"]
    assert "By quarter" in parsed.text and "Grouped." in parsed.text


def test_slide_numbers_and_footers_are_furniture() -> None:
    def build(show: Any) -> None:
        made = slide(show, CONTENT, "One", "Body.")
        shape = box(made, "Confidential")
        nv = shape._element.nvSpPr.nvPr
        from pptx.oxml import parse_xml

        names = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
        nv.append(parse_xml(f'<p:ph {names} type="ftr" idx="11"/>'))

    parsed = parse(build)
    assert spans(parsed, "furniture") == ["Confidential"]
    assert parsed.text.endswith("Confidential")


def test_a_show_with_macros_is_read_like_any_other() -> None:
    assert parse(lambda show: slide(show, TITLE, "Show"), "x.pptm").text == "Show"


@pytest.mark.parametrize("broken", ["r:id", "rId1", "rId99"])
def test_a_slide_that_is_not_there_or_none_makes_the_show_malformed(broken: str) -> None:
    def build(show: Any) -> None:
        slide(show, CONTENT, "One", "Body.")
        gone = slide(show, CONTENT, "Two", "Body.")
        entry = show.slides._sldIdLst[1]
        if broken == "r:id":
            gone.part._element = gone.slide_layout.part._element  # its place holds another part
        else:
            entry.rId = broken  # of the slide master, and of nothing

    with pytest.raises(ParseProblem) as caught:
        parse(build)
    assert caught.value.reason is UnreadableReason.MALFORMED


def test_a_show_of_pictures_and_another_office_file_say_why_they_are_not_read() -> None:
    with pytest.raises(ParseProblem) as caught:
        parse(lambda show: slide(show, BLANK))
    assert caught.value.reason is UnreadableReason.EMPTY
    import docx

    out = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("Text.")
    document.save(out)
    parser = parser_for("x.pptx")
    assert parser is not None
    with pytest.raises(ParseProblem) as caught:
        parser.parse(out.getvalue(), "x.pptx")
    assert caught.value.reason is UnreadableReason.MISMATCH
