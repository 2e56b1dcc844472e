"""Office files: entities, sparse and giant sheets, tables in tables, locked ones."""

from collections.abc import Iterator

from tests.support.hostile import good
from tests.support.hostile.promise import Hostile, hostile

_PARTS = {
    "docx": (good.word, "word/document.xml"),
    "xlsx": (good.workbook, "xl/worksheets/sheet1.xml"),
    "pptx": (good.slides, "ppt/slides/slide1.xml"),
    "odt": (good.open_text, "content.xml"),
    "ods": (good.open_sheet, "content.xml"),
}
_HEAD = b'<?xml version="1.0"?>'
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def files(full: bool) -> Iterator[Hostile]:
    yield from _entities()
    yield from _books(full)
    yield from _open_books()
    yield from _locked()
    depth = 3_000 if full else 400
    nested = b"<w:tbl><w:tr><w:tc>" * depth + b"<w:p/>" + b"<w:p/></w:tc></w:tr></w:tbl>" * depth
    yield hostile("office", "tables.docx", _in_body(nested + b"<w:p/>"), "malformed parsed")
    runs = b"<w:p><w:r><w:t>a</w:t></w:r></w:p>" * (400_000 if full else 20_000)
    yield hostile("office", "runs.docx", _in_body(runs), "parsed too_large bomb")
    wide = (
        b"<w:tbl>"
        + b"<w:tr><w:tc><w:tcPr><w:gridSpan w:val='2000000000'/></w:tcPr><w:p/></w:tc></w:tr>" * 9
        + b"</w:tbl>"
    )
    yield hostile("office", "span.docx", _in_body(wide), "parsed malformed too_large")


def _entities() -> Iterator[Hostile]:
    laughs = b'<!DOCTYPE x [<!ENTITY a0 "ha">' + b"".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">'.encode() for n in range(1, 12)
    )
    types = {
        "laughs": (laughs + b"]>", b"&a11;"),
        "quadratic": (b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 50_000 + b'">]>', b"&a;" * 5_000),
        "outside": (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>', b"&e;"),
        "parameter": (b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>', b""),
        "doctype": (b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">', b""),
    }
    for suffix, (base, part) in _PARTS.items():
        xml = good.member(base(), part)
        body = xml.split(b"?>", 1)[1] if xml.lstrip().startswith(b"<?xml") else xml
        for name, (doctype, use) in types.items():
            changed = _HEAD + doctype + body.replace(good.SENTENCE.encode(), good.SENTENCE.encode() + use)
            yield hostile("xml", f"{name}.{suffix}", good.rezip(base(), {part: changed}), "malformed")


def _books(full: bool) -> Iterator[Hostile]:
    word = b'<c r="%b" t="inlineStr"><is><t>far</t></is></c>'
    far = _sheet(b'<row r="1048576">' + word % b"XFD1048576" + b"</row>")
    corners = _sheet(
        b'<row r="1">' + word % b"A1" + b'</row><row r="1048576">' + word % b"XFD1048576" + b"</row>"
    )
    yield hostile("sheet", "far.xlsx", far, "parsed")
    yield hostile("sheet", "corners.xlsx", corners, "too_large")
    cell = b'<row r="1">' + word % b"A1" + b"</row>"
    yield hostile("sheet", "declared.xlsx", _sheet(cell, b'<dimension ref="A1:XFD1048576"/>'), "parsed")
    merged = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    yield hostile("sheet", "merged.xlsx", _sheet(cell, b"", merged), "parsed too_large")
    rows = 1_000_000 if full else 60_000
    tall = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(1, rows))
    yield hostile("sheet", "tall.xlsx", _sheet(tall), "too_large")
    shared = b"".join(
        b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n)
        for n in range(1, 40_000 if full else 2_000)
    )
    long = b"y" * (1 << 20 if full else 30_000)
    yield hostile("sheet", "shared.xlsx", _sheet(shared, strings=long), "parsed bomb too_large oom timeout")
    wrong = _sheet(b'<row r="1"><c r="A1" t="s"><v>999999999</v></c></row>')
    yield hostile("sheet", "no-such-string.xlsx", wrong, "malformed empty parsed")
    yield hostile(
        "sheet",
        "backwards.xlsx",
        _sheet(b'<row r="-5"><c r="ZZZZZZ99999999999"><v>1</v></c></row>'),
        "malformed parsed empty too_large",
    )


def _sheet(rows: bytes, before: bytes = b"", after: bytes = b"", strings: bytes = b"") -> bytes:
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xml = _HEAD + b'<worksheet xmlns="%b">%b<sheetData>%b</sheetData>%b</worksheet>' % (
        space,
        before,
        rows,
        after,
    )
    changes = {"xl/worksheets/sheet1.xml": xml}
    if strings:
        changes["xl/sharedStrings.xml"] = _HEAD + b'<sst xmlns="%b"><si><t>%b</t></si></sst>' % (
            space,
            strings,
        )
    return good.rezip(good.workbook(), changes)


def _open_books() -> Iterator[Hostile]:
    base = good.open_sheet()
    xml = good.member(base, "content.xml")
    cell = b"<table:table-cell office:value-type='string'%b><text:p>far</text:p></table:table-cell>"
    for name, row, columns, promise in (
        ("rows.ods", b" table:number-rows-repeated='1048576'", b"", "parsed too_large"),
        ("cells.ods", b"", b" table:number-columns-repeated='16384'", "parsed too_large"),
        (
            "both.ods",
            b" table:number-rows-repeated='1048576'",
            b" table:number-columns-repeated='16384'",
            "too_large",
        ),
        (
            "beyond.ods",
            b" table:number-rows-repeated='99999999999999999999'",
            b"",
            "parsed too_large malformed",
        ),
        (
            "minus.ods",
            b" table:number-rows-repeated='-1'",
            b" table:number-columns-repeated='x'",
            "parsed malformed empty",
        ),
    ):
        repeated = b"<table:table-row%b>" % row + cell % columns + b"</table:table-row></table:table>"
        yield hostile(
            "sheet",
            name,
            good.rezip(base, {"content.xml": xml.replace(b"</table:table>", repeated, 1)}),
            promise,
        )
    spaces = b"<text:p><text:s text:c='2000000000'/>x</text:p>"
    text = good.member(good.open_text(), "content.xml").replace(b"</office:text>", spaces + b"</office:text>")
    yield hostile(
        "office",
        "spaces.odt",
        good.rezip(good.open_text(), {"content.xml": text}),
        "parsed bomb malformed too_large",
    )


def _locked() -> Iterator[Hostile]:
    locked = _OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(512)
    for suffix in ("docx", "xlsx", "pptx"):
        yield hostile("locked", f"locked.{suffix}", locked, "encrypted")
    for suffix, base in (("odt", good.open_text()), ("ods", good.open_sheet())):
        manifest = good.member(base, "META-INF/manifest.xml").replace(
            b'manifest:full-path="content.xml"',
            b'manifest:full-path="content.xml" manifest:size="10"',
        )
        manifest = manifest.replace(
            b"</manifest:manifest>",
            b'<manifest:file-entry manifest:full-path="x"><manifest:encryption-data/></manifest:file-entry>'
            b"</manifest:manifest>",
        )
        changes = {"META-INF/manifest.xml": manifest, "content.xml": b"\x8f\x1c\x99\xd0" * 100}
        yield hostile("locked", f"locked.{suffix}", good.rezip(base, changes), "encrypted malformed")


def _in_body(xml: bytes) -> bytes:
    body = good.member(good.word(), "word/document.xml").replace(b"<w:body>", b"<w:body>" + xml)
    return good.rezip(good.word(), {"word/document.xml": body})
