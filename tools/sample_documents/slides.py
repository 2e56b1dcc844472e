"""Writes a PPTX with python-pptx: a title slide, bullets of two levels, tables, speaker's notes, a footer."""

import copy
import io
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pptx
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.util import Inches, Pt

from tools.sample_documents.packing import repack
from tools.sample_documents.sources import Text, table_rows

TITLE, CONTENT, TITLE_ONLY = 0, 1, 5  # layouts of python-pptx's own template
THUMBNAIL = "/docProps/thumbnail.jpeg"  # of an empty template
_WIDTH, _TOP, _ROW = Inches(9), Inches(1.5), Inches(0.5)


def build(source: Text, path: Path) -> None:
    """Write one presentation. Raises ValueError for a slide with a table and bullets: it has no room."""
    show = pptx.Presentation()
    _properties(show, source)
    first, *others = _split(source.blocks())
    slide = _begin(show, TITLE, source.title, source)
    lines = [f"{label}: {value}" for label, value in source.control]
    _lines(slide.placeholders[1].text_frame, lines, size=14)
    _notes(slide, first)
    for heading, *blocks in others:
        _slide(show, heading.removeprefix("# "), blocks, source)
    buffer = io.BytesIO()
    show.save(buffer)
    repack(buffer.getvalue(), source.date, path)


def _split(blocks: list[str]) -> list[list[str]]:
    """The blocks of each slide, its heading first; those before the first heading come first."""
    slides: list[list[str]] = [[]]
    for block in blocks:
        if block.startswith("# "):
            slides.append([block])
        else:
            slides[-1].append(block)
    return slides


def _slide(show: Any, heading: str, blocks: list[str], source: Text) -> None:
    tables = [block for block in blocks if block.startswith("|")]
    texts = [block for block in blocks if not block.startswith(("|", "> "))]
    if tables and texts:
        raise ValueError(f"slide {heading!r} has a table and bullets; part them")
    slide = _begin(show, TITLE_ONLY if tables else CONTENT, heading, source)
    for block in tables:
        _table(slide, table_rows(block))
    if texts:
        lines = [line for block in texts for line in block.splitlines()]
        _lines(slide.placeholders[1].text_frame, lines, size=20)
    _notes(slide, blocks)


def _begin(show: Any, layout: int, title: str, source: Text) -> Any:
    """A slide with its title and, but for the first, its footer, which python-pptx leaves in the layout."""
    slide = show.slides.add_slide(show.slide_layouts[layout])
    slide.shapes.title.text = title
    for place in slide.slide_layout.placeholders:
        if place.placeholder_format.type == PP_PLACEHOLDER.FOOTER and layout != TITLE:
            element = copy.deepcopy(place._element)
            element.nvSpPr.cNvPr.set("id", str(max(shape.shape_id for shape in slide.shapes) + 1))
            slide.shapes._spTree.append(element)
            slide.shapes[-1].text_frame.text = source.footer
    return slide


def _lines(frame: Any, lines: list[str], *, size: int) -> None:
    """Fill a text frame: ``- `` and the indented ``  - `` are levels of its bullets."""
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.text = line.strip().removeprefix("- ")
        paragraph.level = 1 if line.startswith("  ") else 0
        paragraph.font.size = Pt(size - 2 * paragraph.level)


def _table(slide: Any, rows: list[list[str]]) -> None:
    frame = slide.shapes.add_table(len(rows), len(rows[0]), Inches(0.5), _TOP, _WIDTH, _ROW * len(rows))
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            cell = frame.table.cell(r, c)
            cell.text = text
            cell.text_frame.paragraphs[0].font.size = Pt(14)


def _notes(slide: Any, blocks: list[str]) -> None:
    """What the speaker says: one paragraph for each block of quoted lines."""
    quoted = [block for block in blocks if block.startswith("> ")]
    said = [" ".join(line.removeprefix("> ") for line in block.splitlines()) for block in quoted]
    if said:
        slide.notes_slide.notes_text_frame.text = "\n".join(said)


def _properties(show: Any, source: Text) -> None:
    written = datetime.combine(source.date, time(9))
    known = show.core_properties
    known.title, known.author, known.last_modified_by = source.title, source.author, source.author
    known.created = known.modified = written
    known.revision = 1
    package = show.part.package
    for key, relation in list(package._rels.items()):
        if not relation.is_external and str(relation.target_part.partname) == THUMBNAIL:
            package._rels.pop(key)
