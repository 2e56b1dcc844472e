"""Hostile office files, pages and e-mails: bounded, with the right reason, and the next one is read."""

import io
import os
import shutil
import time
import zipfile
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pytest

from radar_pipeline.ingest.discover import content_hash, discover
from radar_pipeline.ingest.isolate import ParserPool, read_documents
from radar_pipeline.models import Document, Kind, Tenant, UnreadableDocument
from radar_pipeline.settings import Settings

REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = '<?xml version="1.0"?>'


def read(root: Path, workers: int = 2) -> dict[str, Document | UnreadableDocument]:
    tenant = Tenant("acme", "Acme", root, ())
    pairs = [(file, content_hash(file)) for file in discover(tenant)]
    with ParserPool(Settings(workers=workers, parse_seconds=30)) as pool:
        return {d.path: d for d in read_documents(pairs, pool, tenant)}


def reasons(root: Path) -> dict[str, str]:
    found = read(root)
    return {p: d.reason.value if isinstance(d, UnreadableDocument) else "read" for p, d in found.items()}


def word(text: str = "The keeper keeps it.") -> bytes:
    document = docx.Document()
    document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def with_member(data: bytes, name: str, content: bytes) -> bytes:
    """An archive with one member replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, content)
    return out.getvalue()


def member(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def sheet(rows: str) -> bytes:
    """A workbook of one sheet, from its XML."""
    out = io.BytesIO()
    base, kind = "application/vnd.openxmlformats-", "officedocument.spreadsheetml"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
            f'ContentType="{base}package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
            f'ContentType="{base}{kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
            f'ContentType="{base}{kind}.worksheet+xml"/></Types>',
        )
        for name, target, what in (
            ("_rels/.rels", "xl/workbook.xml", "officeDocument"),
            ("xl/_rels/workbook.xml.rels", "worksheets/sheet1.xml", "worksheet"),
        ):
            archive.writestr(
                name,
                f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
                f'Type="{REL}/{what}" Target="{target}"/></Relationships>',
            )
        archive.writestr(
            "xl/workbook.xml",
            f'{HEAD}<workbook xmlns="{SHEET}" xmlns:r="{REL}"><sheets><sheet name="S" sheetId="1" '
            f'r:id="r1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'{HEAD}<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>',
        )
    return out.getvalue()


def cell(ref: str, text: str) -> str:
    row = ref.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return f'<row r="{row}"><c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c></row>'


def nested_mail(depth: int) -> bytes:
    opening = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth))
    closing = "".join(f"--b{n}--\n" for n in reversed(range(depth)))
    return f"Subject: x\nMIME-Version: 1.0\n{opening}\nText.\n{closing}".encode()


def test_archives_that_unpack_beyond_reason_are_bombs_before_a_library_opens_them(tmp_path: Path) -> None:
    zeros = with_member(word(), "word/media/a.bin", bytes(64 << 20))
    blanks = with_member(word(), "word/styles.xml", b"<a>" + b" " * (64 << 20) + b"</a>")
    crowd = io.BytesIO()
    with zipfile.ZipFile(crowd, "w") as archive:
        for n in range(2_100):
            archive.writestr(f"{n}.xml", "<a/>")
    for name, data in {"zeros": zeros, "blanks": blanks, "crowd": crowd.getvalue()}.items():
        (tmp_path / f"{name}.docx").write_bytes(data)
        (tmp_path / f"{name}.xlsx").write_bytes(data)
    assert set(reasons(tmp_path).values()) == {"bomb"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_declared_document_type_is_refused_whatever_its_encoding(tmp_path: Path, encoding: str) -> None:
    plain = member(word(), "word/document.xml").decode()
    body = plain.split("?>", 1)[1]
    declared = f'{HEAD[:-2]} encoding="{encoding}"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    hostile = (declared + body.replace("The keeper", "&e;")).encode(encoding)
    (tmp_path / "xxe.docx").write_bytes(with_member(word(), "word/document.xml", hostile))
    assert reasons(tmp_path) == {"xxe.docx": "malformed"}


def test_office_files_that_are_something_else_say_so(tmp_path: Path) -> None:
    book = io.BytesIO()
    openpyxl.Workbook().save(book)
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    files = {
        "locked.docx": ole + "EncryptedPackage".encode("utf-16-le") + bytes(512),
        "locked.xlsx": ole + "EncryptedPackage".encode("utf-16-le") + bytes(512),
        "old.docx": ole + bytes(512),
        "page.docx": b"<html>log in</html>",
        "sheet.docx": book.getvalue(),
        "cut.docx": word()[:-400],
        "empty.docx": word(""),
        "torn.docx": with_member(word(), "word/document.xml", b"<w:document"),
        "bare.xlsx": with_member(word(), "[Content_Types].xml", b"<a/>"),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert reasons(tmp_path) == {
        "locked.docx": "encrypted",
        "locked.xlsx": "encrypted",
        "old.docx": "mismatch",
        "page.docx": "mismatch",
        "sheet.docx": "mismatch",
        "cut.docx": "malformed",
        "empty.docx": "empty",
        "torn.docx": "malformed",
        "bare.xlsx": "mismatch",
    }


def test_a_sparse_sheet_costs_what_it_holds_or_is_refused(tmp_path: Path) -> None:
    files = {
        "far.xlsx": sheet(cell("XFD1048576", "far")),
        "tall.xlsx": sheet(cell("A1", "top") + cell("A1048576", "bottom")),
        "wide.xlsx": sheet(cell("A1", "left") + cell("XFD1", "right")),
        "corners.xlsx": sheet(cell("A1", "one") + cell("XFD1048576", "two")),
        "formatted.xlsx": sheet(cell("A1", "one") + '<row r="1048576"><c r="XFD1048576" s="1"/></row>'),
        "long.xlsx": sheet("".join(cell(f"A{n}", "x") for n in range(1, 60_000))),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    started = time.monotonic()
    assert reasons(tmp_path) == {
        "far.xlsx": "read",
        "tall.xlsx": "read",
        "wide.xlsx": "read",
        "corners.xlsx": "too_large",
        "formatted.xlsx": "read",
        "long.xlsx": "too_large",
    }
    assert time.monotonic() - started < 25


def test_nesting_that_nobody_writes_is_refused_in_bounded_time(tmp_path: Path) -> None:
    paragraph = "<w:sdt><w:sdtContent>" * 5_000
    plain = member(word(), "word/document.xml").replace(b"<w:body>", b"<w:body>" + paragraph.encode())
    files = {
        "divs.html": b"<div>" * 100_000 + b"deep" + b"</div>" * 100_000,
        "mail.eml": nested_mail(1_000),
        "quotes.md": b"> " * 100_000 + b"deep",
        "controls.docx": with_member(word(), "word/document.xml", plain),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    started = time.monotonic()
    assert set(reasons(tmp_path).values()) == {"malformed"}
    assert time.monotonic() - started < 25


def test_deep_but_readable_nesting_is_read(tmp_path: Path) -> None:
    (tmp_path / "divs.html").write_bytes(b"<div>" * 2_000 + b"deep")
    (tmp_path / "spans.html").write_bytes(b"<span>" * 20_000 + b"deep")
    (tmp_path / "mail.eml").write_bytes(nested_mail(20))
    found = read(tmp_path)
    assert all(isinstance(d, Document) for d in found.values())


def test_tables_that_span_beyond_sense_are_bounded(tmp_path: Path) -> None:
    row = "<tr><td colspan=1000 rowspan=1000>x</td></tr>"
    (tmp_path / "spans.html").write_text(f"<table>{row * 3_000}</table>")
    (tmp_path / "rows.html").write_text(f"<table>{'<tr><td>a<td>b' * 60_000}</table>")
    (tmp_path / "cells.csv").write_text("a,b\n" * 60_000)
    started = time.monotonic()
    found = reasons(tmp_path)
    assert found == {"spans.html": "read", "rows.html": "too_large", "cells.csv": "too_large"}
    assert time.monotonic() - started < 25


def test_one_of_each_format_is_read_in_a_child_with_its_kind(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["Subject"] = "Log retention policy"
    mail.set_content("Agreed.")
    book = io.BytesIO()
    workbook = openpyxl.Workbook()
    for cells in (["Risk", "Owner"], ["Fire", "Jane"]):
        workbook.active.append(cells)
    workbook.save(book)
    files = {
        "access-policy.docx": word(),
        "risk-register.xlsx": book.getvalue(),
        "incident-post-mortem.html": b"<h1>Outage</h1><p>It failed.</p>",
        "mail.eml": bytes(mail),
        "vendor-register.csv": b"Vendor,Tier\nAcme,1\n",
        "minutes.htm": b"<p>They met.</p>",
        "assets.tsv": b"Asset\tOwner\nLaptop\tJane\n",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    found = read(tmp_path)
    kinds = {path: d.meta.kind for path, d in found.items() if isinstance(d, Document)}
    assert kinds == dict.fromkeys(files, Kind.RECORD) | {
        "access-policy.docx": Kind.POLICY,
        "assets.tsv": Kind.UNKNOWN,
    }
    for document in found.values():
        assert isinstance(document, Document) and "+about@" in document.parser
        assert not document.parser.endswith("missing")


@pytest.mark.skipif("RADAR_BENCH_DATA" not in os.environ, reason="needs RADAR_BENCH_DATA")
def test_collected_hostile_files_have_an_answer_under_every_name(tmp_path: Path) -> None:
    hostile = Path(os.environ["RADAR_BENCH_DATA"]) / "hostile"
    for source in sorted(p for p in hostile.rglob("*") if p.is_file() and p.stat().st_size < 1 << 20):
        if source.parts[len(hostile.parts)] in {"hostile-generated", "blns", "csv-injection-payloads"}:
            for suffix in (source.suffix, ".csv", ".html", ".eml", ".docx", ".xlsx", ".md", ".txt"):
                shutil.copyfile(source, tmp_path / f"{source.stem}{suffix}")
    found = reasons(tmp_path)
    assert set(found.values()) <= {"read", "empty", "mismatch", "malformed", "too_large", "unsupported"}
