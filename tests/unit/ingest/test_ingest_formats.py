"""What every format promises: spans are exact and nested, chunks and passages cover the body."""

import ast
import csv
import io
import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from html import escape
from importlib.metadata import packages_distributions, version
from itertools import pairwise
from pathlib import Path

import docx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx import Presentation

from radar_pipeline.ingest import parsers
from radar_pipeline.ingest.chunk import chunk
from radar_pipeline.ingest.parsers import (
    FORMATS,
    Format,
    ParsedText,
    ParseProblem,
    parser_for,
    parser_identity,
    reason_unread,
)
from radar_pipeline.ingest.passages import passages
from radar_pipeline.ingest.sections import body_ranges
from radar_pipeline.models import Document, DocumentMeta, Kind, UnreadableReason

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


def as_pptx(rows: list[list[str]]) -> bytes:
    show = Presentation()
    for n, row in enumerate(rows):
        slide = show.slides.add_slide(show.slide_layouts[1 + n % 2])
        slide.shapes.title.text = row[0]
        slide.placeholders[1].text_frame.text = "\n".join(row)
        slide.notes_slide.notes_text_frame.text = row[-1]
    table = show.slides.add_slide(show.slide_layouts[5]).shapes.add_table(len(rows), 5, 0, 0, 900, 900).table
    for n, row in enumerate(rows):
        for m, cell in enumerate(row):
            table.cell(n, m).text = cell
    return saved(show)


def as_odt(rows: list[list[str]]) -> bytes:
    table = "".join("<T:table-row>" + "".join(map(odf_cell, row)) + "</T:table-row>" for row in rows)
    said = "".join(
        f"<t:h t:outline-level='{1 + n % 3}'>{escape(row[0])}</t:h><t:list><t:list-item>"
        f"<t:p>{escape(row[-1])}<t:note><t:note-body><t:p>n</t:p></t:note-body></t:note></t:p></t:list-item></t:list>"
        for n, row in enumerate(rows)
    )
    return odf("text", f"{said}<T:table>{table}</T:table>")


def as_ods(rows: list[list[str]]) -> bytes:
    table = "".join("<T:table-row>" + "".join(map(odf_cell, row)) + "</T:table-row>" for row in rows)
    return odf("spreadsheet", f"<T:table T:name='A b'>{table}</T:table>" * 2)


def odf_cell(text: str) -> str:
    return f"<T:table-cell><t:p>{escape(text)}</t:p></T:table-cell>"


def odf(kind: str, body: str) -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    names = " ".join(
        f"xmlns:{n}='{space}{name}:1.0'" for n, name in (("o", "office"), ("t", "text"), ("T", "table"))
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "content.xml",
            f"<o:document-content {names}><o:body><o:{kind}>{body}</o:{kind}></o:body></o:document-content>",
        )
    return out.getvalue()


def as_rtf(rows: list[list[str]]) -> bytes:
    def said(text: str) -> str:
        units = text.encode("utf-16-le")
        numbers = (int.from_bytes(units[n : n + 2], "little", signed=True) for n in range(0, len(units), 2))
        return "".join(f"\\u{number}?" for number in numbers)

    table = "".join(r"\trowd\intbl " + "".join(rf"{said(c)}\cell " for c in row) + r"\row " for row in rows)
    body = "".join(
        rf"\pard\outlinelevel0 {said(row[0])}\par\pard {{\pntext 1.}}x{said(row[-1])}\par" for row in rows
    )
    return rf"{{\rtf1 {body}{table}{{\footer {said(rows[0][0])}}}\pard z{{\footnote n}}\par}}".encode()


def as_json(rows: list[list[str]]) -> bytes:
    listed = [dict(zip(row, reversed(row), strict=True)) for row in rows]
    return json.dumps({"rows": rows, "listed": listed, "long": " ".join(map(" ".join, rows)) * 9}).encode()


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
    assert all(span.ref for span in parsed.spans if span.kind in {"table_row", "cell"})
    for one in (
        "heading",
        "list_item",
        "table_row",
        "cell",
        "furniture",
        "slide",
        "sheet",
        "notes",
        "footnote",
    ):
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
    [
        ("x.docx", as_docx),
        ("x.xlsx", as_xlsx),
        ("x.html", as_html),
        ("x.eml", as_eml),
        ("x.csv", as_csv),
        ("x.pptx", as_pptx),
        ("x.odt", as_odt),
        ("x.ods", as_ods),
        ("x.rtf", as_rtf),
        ("x.json", as_json),
    ],
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


# ── Which version of a document it is ─────────────────────────────────────────────────────────

OURS = Path(parsers.__file__).parents[3]  # the folder that radar_pipeline lies in


def file_of(module: str) -> Path | None:
    path = OURS.joinpath(*module.split("."))
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)


def imported(module: str) -> Iterator[str]:
    path = file_of(module)
    assert path is not None
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def libraries(module: str) -> set[str]:
    """The distributions that a parser's module and all of ours behind it in the room import."""
    seen: set[str] = set()
    packages: set[str] = set()
    todo = [module]
    while todo:
        one = todo.pop()
        if one in seen:
            continue
        seen.add(one)
        for name in imported(one):
            if name.startswith("radar_pipeline."):
                todo += [name] if name.startswith("radar_pipeline.ingest.") and file_of(name) else []
            elif name.split(".")[0] not in {*sys.stdlib_module_names, "radar_pipeline"}:
                packages.add(name.split(".")[0])
    known = packages_distributions()
    return {known[package][0] for package in packages}


@pytest.mark.parametrize("parser", FORMATS, ids=lambda parser: parser.name)
def test_a_version_is_named_by_every_library_that_its_text_comes_from(parser: Format) -> None:
    named = parser_identity(f"x{parser.suffixes[0]}").split("+")
    assert {f"{name}-{version(name)}" for name in libraries(parser.module)} <= set(named)


@pytest.mark.parametrize("suffix", [".ics", ".vcf", ".log", ".rst", ".tex", ".yaml", ".yml"])
def test_what_is_text_by_another_name_is_read_as_it_stands(suffix: str) -> None:
    parser = parser_for(f"x{suffix}")
    assert parser is not None
    said = "SUMMARY:Access review\nDESCRIPTION:Accounts are reviewed each quarter."
    assert parser.parse(said.encode(), f"x{suffix}").text == said


def test_a_lone_signature_hides_no_sentence_and_what_is_packed_by_outlook_may() -> None:
    assert {reason_unread(f"x{s}") for s in (".p7s", ".asc", ".sig")} == {UnreadableReason.NOT_TEXT}
    assert {reason_unread(f) for f in ("winmail.dat", "x.xml", "x.pgp")} == {UnreadableReason.UNSUPPORTED}
