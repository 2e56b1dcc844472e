"""PDF files whose page trees, outlines, streams and numbers lead a reader astray."""

import io
import zlib
from collections.abc import Iterator, Mapping

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from tests.support.hostile import good
from tests.support.hostile.promise import Hostile, hostile

_ANY = "parsed malformed empty"
_TEXT = f"BT /F1 12 Tf 72 700 Td ({good.SENTENCE}) Tj ET".encode()
_PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>"
_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def files(full: bool) -> Iterator[Hostile]:
    yield from _trees(full)
    yield from _streams(full)
    for name, box, promise in (
        ("huge-box", b"0 0 1e30 1e30", _ANY),
        ("nan-box", b"nan nan inf inf", _ANY),
        ("inside-out-box", b"612 792 0 0", _ANY),
        ("tiny-box", b"0 0 0 0", _ANY),
        ("negative-box", b"-2147483648 -2147483648 2147483647 2147483647", _ANY),
    ):
        yield hostile("pdf", f"{name}.pdf", document({3: _PAGE.replace(b"0 0 612 792", box)}), promise)
    yield hostile("pdf", "locked.pdf", locked("secret"), "encrypted")
    yield hostile("pdf", "owner-locked.pdf", locked(""), "parsed encrypted")
    yield hostile("pdf", "no-references.pdf", good.pdf().split(b"xref")[0], _ANY)
    yield hostile("pdf", "loop-references.pdf", document({}, trailer=b"/Prev 9"), _ANY)
    yield hostile("pdf", "prefixed.pdf", b"\0" * 900 + good.pdf(), f"{_ANY} mismatch")
    yield hostile("pdf", "appended.pdf", good.pdf() + good.folder(), _ANY)
    yield hostile("pdf", "twice.pdf", good.pdf() * 2, _ANY)
    yield hostile("pdf", "scanned.pdf", scanned(), "empty needs_ocr parsed")
    script = b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(while(1){})>>>>"
    yield hostile("pdf", "script.pdf", document({1: script}), "parsed")
    launch = b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/Launch/F(/bin/sh)>>>>"
    yield hostile("pdf", "launch.pdf", document({1: launch}), "parsed")


def _trees(full: bool) -> Iterator[Hostile]:
    loop = document({2: b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>"})
    yield hostile("pdf", "tree-of-itself.pdf", loop, _ANY)
    mutual = {
        2: b"<</Type/Pages/Kids[6 0 R]/Count 9>>",
        6: b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R 3 0 R]/Count 9>>",
    }
    yield hostile("pdf", "two-trees.pdf", document(mutual), _ANY)
    yield hostile(
        "pdf",
        "many-claimed.pdf",
        document({2: b"<</Type/Pages/Kids[3 0 R]/Count 2147483647>>"}),
        f"{_ANY} too_large timeout oom",
    )
    yield hostile("pdf", "minus-claimed.pdf", document({2: b"<</Type/Pages/Kids[3 0 R]/Count -5>>"}), _ANY)
    many = 100_000 if full else 3_000
    kids = b"<</Type/Pages/Kids[" + b"3 0 R " * many + b"]/Count %d>>" % many
    yield hostile("pdf", "one-page-often.pdf", document({2: kids}), f"{_ANY} bomb too_large timeout oom")
    yield hostile("pdf", "no-kids.pdf", document({2: b"<</Type/Pages/Kids[99 0 R null 7]/Count 3>>"}), _ANY)
    deep = {
        n: b"<</Type/Pages/Kids[%d 0 R]/Count 1/Parent %d 0 R>>" % (n + 1, n - 1) for n in range(6, 3_000)
    }
    deep |= {2: b"<</Type/Pages/Kids[6 0 R]/Count 1>>", 3_000: _PAGE}
    yield hostile("pdf", "deep-tree.pdf", document(deep), _ANY)
    catalog = b"<</Type/Catalog/Pages 2 0 R/Outlines 6 0 R>>"
    item = b"<</Title(Loop)/Parent 6 0 R/Next %d 0 R/First %d 0 R/Dest[3 0 R/Fit]>>"
    for name, following, first in (("next", 7, 99), ("child", 99, 7), ("both", 8, 8)):
        outline = {
            1: catalog,
            6: b"<</First 7 0 R/Last 7 0 R/Count 1>>",
            7: item % (following, first),
            8: item % (7, 7),
        }
        yield hostile("pdf", f"outline-{name}-loop.pdf", document(outline), "parsed")
    count = 50_000 if full else 5_000
    wide = {n: item % (n + 1, 999_999) for n in range(7, count)}
    yield hostile("pdf", "outline-wide.pdf", document({1: catalog, 6: b"<</First 7 0 R>>"} | wide), "parsed")


def _streams(full: bool) -> Iterator[Hostile]:
    megabytes = 1_024 if full else 64
    spaces = zlib.compress(_TEXT + b" " * (megabytes << 20), 9)
    yield hostile(
        "pdf",
        "inflating.pdf",
        document({4: stream(spaces, b"/Filter/FlateDecode")}),
        f"{_ANY} oom bomb timeout",
    )
    twice = zlib.compress(spaces, 9)
    yield hostile(
        "pdf",
        "inflating-twice.pdf",
        document({4: stream(twice, b"/Filter[/FlateDecode/FlateDecode]")}),
        f"{_ANY} oom bomb timeout",
    )
    filters = stream(_TEXT, b"/Filter[" + b"/ASCIIHexDecode" * 5_000 + b"]")
    yield hostile("pdf", "filters.pdf", document({4: filters}), _ANY)
    yield hostile(
        "pdf", "long-lie.pdf", document({4: stream(_TEXT).replace(b"/Length ", b"/Length 99999999")}), _ANY
    )
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>"
    page = _PAGE.replace(b"/Font", b"/XObject<</X 6 0 R>>/Font")
    loop = {3: page, 4: stream(b"/X Do " + _TEXT), 6: form + b"/Length 6>>stream\n/X Do \nendstream"}
    yield hostile("pdf", "form-of-itself.pdf", document(loop), "parsed empty")
    texts = b"BT /F1 12 Tf " + b"1 0 Td (a) Tj " * (1_000_000 if full else 30_000) + b"ET"
    yield hostile(
        "pdf",
        "letters.pdf",
        document({4: stream(zlib.compress(texts), b"/Filter/FlateDecode")}),
        f"{_ANY} too_large timeout",
    )
    yield hostile(
        "pdf",
        "lines.pdf",
        document({4: stream(b"BT /F1 1 Tf " + b"0 -1 Td (a b) Tj " * 20_000 + b"ET")}),
        f"{_ANY} too_large",
    )
    yield hostile("pdf", "operands.pdf", document({4: stream(b"[" * 100_000 + _TEXT)}), _ANY)
    yield hostile("pdf", "saves.pdf", document({4: stream(b"q " * 200_000 + _TEXT)}), _ANY)
    yield hostile("pdf", "arrays.pdf", document({6: b"[" * 100_000 + b"]" * 100_000}), _ANY)
    size = b"BT /F1 1e38 Tf 1e38 1e38 Td (%b) Tj /F1 0 Tf (x) Tj /F1 -9 Tf (y) Tj ET" % good.SENTENCE.encode()
    yield hostile("pdf", "font-sizes.pdf", document({4: stream(size)}), _ANY)
    turned = (
        b"BT /F1 12 Tf 0 1 -1 0 300 300 Tm (%b) Tj nan nan nan nan nan nan Tm (z) Tj ET"
        % good.SENTENCE.encode()
    )
    yield hostile("pdf", "turned.pdf", document({4: stream(turned)}), _ANY)


def document(changes: Mapping[int, bytes], trailer: bytes = b"") -> bytes:
    """A PDF of one page from its objects, some of them replaced or added."""
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: _PAGE,
        4: stream(_TEXT),
        5: _FONT,
    } | dict(changes)
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    places = {}
    for number, body in sorted(objects.items()):
        places[number] = out.tell()
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
    start, size = out.tell(), max(objects) + 1
    rows = (b"%010d 00000 n \n" % places[n] if n in places else b"0000000000 65535 f \n" for n in range(size))
    out.write(b"xref\n0 %d\n%b" % (size, b"".join(rows)))
    out.write(b"trailer<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF" % (size, trailer, start))
    return out.getvalue()


def stream(data: bytes, extra: bytes = b"") -> bytes:
    """A stream object."""
    return b"<</Length %d%b>>stream\n%b\nendstream" % (len(data), extra, data)


def locked(password: str) -> bytes:
    """Encrypted: nobody opens it without the password, or (empty) anybody may only read it."""
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption(password, ownerPassword="o", canCopy=0), invariant=1)
    canvas.drawString(72, 700, good.SENTENCE)
    canvas.save()
    return out.getvalue()


def scanned() -> bytes:
    """A page that is one picture."""
    picture = b"/Type/XObject/Subtype/Image/Width 8/Height 8/ColorSpace/DeviceGray/BitsPerComponent 8"
    page = _PAGE.replace(b"/Font", b"/XObject<</X 6 0 R>>/Font")
    return document({3: page, 4: stream(b"q 612 0 0 792 0 0 cm /X Do Q"), 6: stream(bytes(64), picture)})
