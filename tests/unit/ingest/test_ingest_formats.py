"""What every format promises: spans are exact and nested, chunks and passages cover the body."""

import csv
import io
from collections.abc import Callable
from email.message import EmailMessage
from html import escape
from itertools import pairwise

import docx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar_pipeline.ingest.chunk import chunk
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, parser_for
from radar_pipeline.ingest.passages import passages
from radar_pipeline.ingest.sections import body_ranges
from radar_pipeline.models import Document, DocumentMeta, Kind

CHARACTERS = st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\u2028\u2029")
CELL = st.text(CHARACTERS, max_size=40) | st.sampled_from(
    ["Owner", "1.", "- ", "> x", "a; b: c", "12.5", "Vendor"]
)
ROWS = st.lists(st.lists(CELL, min_size=1, max_size=5), min_size=1, max_size=8)


def as_docx(rows: list[list[str]]) -> bytes:
    document = docx.Document()
    for row in rows:
        document.add_heading(row[0], 1 + len(row) % 4)
        document.add_paragraph(" ".join(row), style="List Number" if len(row) % 2 else None)
    table = document.add_table(len(rows), 5)
    for n, row in enumerate(rows):
        for m, cell in enumerate(row):
            table.cell(n, m).text = cell
    document.sections[0].footer.paragraphs[0].text = rows[0][0]
    return saved(document)


def as_xlsx(rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([f"'{cell}" for cell in row])
    return saved(book)


def as_html(rows: list[list[str]]) -> bytes:
    cells = "".join("<tr>" + "".join(f"<td>{escape(c)}" for c in row) for row in rows)
    items = "".join(f"<li>{escape(row[0])}<br>x" for row in rows)
    return f"<nav>n</nav><h2>{escape(rows[0][0])}</h2><ol>{items}</ol><table>{cells}</table>".encode()


def as_eml(rows: list[list[str]]) -> bytes:
    mail = EmailMessage()
    mail["Subject"] = "S"
    mail.set_content("\n".join("> " * (n % 3) + " ".join(row) for n, row in enumerate(rows)) + "\n-- \nJ")
    return bytes(mail)


def as_csv(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def saved(file: object) -> bytes:
    out = io.BytesIO()
    file.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


def check(parsed: ParsedText, kind: Kind) -> None:
    text = parsed.text
    for span in parsed.spans:
        assert 0 <= span.start < span.end <= len(text)
        if span.kind in {"heading", "list_item", "table_row", "cell", "furniture"}:
            assert text[span.start : span.end].strip()
    for one in ("heading", "list_item", "table_row", "cell", "furniture"):
        own = sorted((s.start, s.end) for s in parsed.spans if s.kind == one)
        assert all(before[1] <= after[0] for before, after in pairwise(own))
    doc = Document("d", "v", "x", "h", "m", "p", DocumentMeta(kind=kind), text, parsed.spans)
    chunks = chunk(doc)
    covered: set[int] = set()
    for piece in chunks:
        assert text[piece.start : piece.end] == piece.text
        covered |= set(range(piece.start, piece.end))
    assert {i for a, b in body_ranges(doc) for i in range(a, b) if not text[i].isspace()} <= covered
    for found in passages(doc, chunks, 256):
        assert text[found.start : found.end] == found.text != ""
        assert found.chunk_ids


@pytest.mark.parametrize(
    ("path", "build"),
    [("x.docx", as_docx), ("x.xlsx", as_xlsx), ("x.html", as_html), ("x.eml", as_eml), ("x.csv", as_csv)],
)
def test_spans_chunks_and_passages_are_exact_in_every_format(
    path: str, build: Callable[[list[list[str]]], bytes]
) -> None:
    parser = parser_for(path)
    assert parser is not None

    @settings(max_examples=25, deadline=None, database=None)
    @given(ROWS, st.sampled_from([Kind.RECORD, Kind.POLICY, Kind.CONTRACT]))
    def promise(rows: list[list[str]], kind: Kind) -> None:
        try:
            parsed = parser.parse(build(rows), path)
        except ParseProblem as problem:
            assert problem.reason.value in {"empty", "mismatch"}
            return
        check(parsed, kind)

    promise()
