"""Bytes that are hardly text, names that lie about the format, and far too much of one thing."""

import base64
import codecs
import random
import struct
from collections.abc import Iterator

from tests.support.hostile import good
from tests.support.hostile.promise import Hostile, hostile

FORMULAS = [
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x.example","y")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "%0A=1",
]
NAUGHTY = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>'",
    "javascript:alert(1)",
    "{{7*7}} ${7*7} <%= 7*7 %> {% raw %}",
    "\u202egnp.exe",
    "Ω≈ç√∫˜µ≤≥÷ ﷽ 👩‍👩‍👧‍👦 Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
    "'; DROP TABLE assessments; --",
    "../../../../etc/passwd%00",
    "\\x00 \\u0000 %s%n%p NaN null undefined",
]
_PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(200)
_ANY = "parsed mismatch malformed empty"


def files(full: bool) -> Iterator[Hostile]:
    yield from _almost_nothing()
    yield from _encodings(full)
    yield from _disguised()
    yield from _much(full)
    rows = "Payload,Owner\n" + "".join(
        f'"{f.replace(chr(34), chr(34) * 2)}",Desk\n' for f in FORMULAS + NAUGHTY
    )
    yield hostile("strings", "formulas.csv", rows, "parsed")
    lines = "\n\n".join(f"{good.SENTENCE} {string}" for string in FORMULAS + NAUGHTY)
    for suffix in ("txt", "md", "eml"):
        head = "Subject: <b>x</b>\n\n" if suffix == "eml" else ""
        yield hostile("strings", f"naughty.{suffix}", head + lines, "parsed")
    escaped = lines.replace("&", "&amp;").replace("<", "&lt;")
    yield hostile("strings", "naughty.html", f"<title>&lt;b></title><p>{escaped}</p>", "parsed")
    head = (
        "---\ntitle: '<script>alert(1)</script>'\nowner: \"\\x1b[31m<img src=x onerror=alert(1)>\"\n---\n\n"
    )
    yield hostile("strings", "front-matter.md", head + lines, "parsed")


def _almost_nothing() -> Iterator[Hostile]:
    for suffix in (
        "pdf",
        "docx",
        "xlsx",
        "pptx",
        "odt",
        "ods",
        "rtf",
        "html",
        "md",
        "txt",
        "csv",
        "json",
        "eml",
        "msg",
        "zip",
    ):
        yield hostile("little", f"empty.{suffix}", b"", "empty")
        packed = suffix in ("zip", "msg")
        yield hostile(
            "little",
            f"blank.{suffix}",
            b" \t\r\n" * 50,
            "empty mismatch malformed" if packed else "empty",
        )
        yield hostile("little", f"byte.{suffix}", b"\x80", f"{_ANY} unsupported")
    for suffix in ("html", "md", "txt", "csv", "json", "eml", "rtf"):
        yield hostile("little", f"marks.{suffix}", codecs.BOM_UTF8, f"{_ANY}")
        yield hostile("little", f"wide-marks.{suffix}", codecs.BOM_UTF16_LE, f"{_ANY}")
        yield hostile("little", f"nuls.{suffix}", bytes(3_000), f"{_ANY}")
        yield hostile("little", f"unseen.{suffix}", "\u200b\u200d\ufeff\u2060" * 200, f"{_ANY}")


def _encodings(full: bool) -> Iterator[Hostile]:
    said = "Besucher müssen am Empfang eingetragen werden – “täglich”, für 5 €. " * 30
    for name, data in (
        ("cp1252", said.encode("cp1252")),
        ("latin1", "Besucher müssen am Empfang eingetragen werden. ".encode("latin-1") * 30),
        ("utf16", said.encode("utf-16")),
        ("utf16be", codecs.BOM_UTF16_BE + said.encode("utf-16-be")),
        ("utf32", said.encode("utf-32")),
        ("utf7", said.encode("utf-7")),
        ("shift-jis", ("来訪者は受付で記録されなければならない。" * 30).encode("shift-jis")),
        ("koi8", ("Посетители записываются на стойке регистрации. " * 30).encode("koi8-r")),
        ("half-utf16", said.encode("utf-16")[:-1]),
        ("broken-utf8", said.encode()[:-1] + b"\xff\xfe\x80" + said.encode()),
        ("overlong", b"\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf " * 50 + said.encode()),
        ("surrogates", b"\xed\xa0\x80\xed\xb0\x80 " * 50 + said.encode()),
        ("controls", "".join(map(chr, range(1, 32))) * 20 + said),
        ("terminal", "\x1b[2J\x1b]0;title\x07\x1b[31m" * 50 + said),
        ("ends", "\r".join([said] * 5) + "\x85\u2028\u2029\v\f" + said),
        ("private", "\ue000\uf8ff\U0010fffd\ufdd0\ufffe" * 50 + said),
        ("right-to-left", "\u202e\u2066\u2067\u202d" * 100 + said),
        ("marks", ("e" + "\u0301" * 500) * 30 + said),
    ):
        raw = data.encode() if isinstance(data, str) else data
        for suffix in ("txt", "csv", "html") if full else ("txt",):
            yield hostile("encoding", f"{name}.{suffix}", raw, f"{_ANY} too_large")


def _disguised() -> Iterator[Hostile]:
    noise = random.Random(7).randbytes(4_000)
    for name, data in (
        ("picture.pdf", _PNG),
        ("picture.txt", _PNG),
        ("program.docx", b"MZ\x90\0" + noise),
        ("program.txt", b"\x7fELF\x02\x01\x01" + noise),
        ("pages.txt", good.pdf()),
        ("pages.docx", good.pdf()),
        ("book.txt", good.word()),
        ("book.pdf", good.word()),
        ("book.xlsx", good.word()),
        ("book.pptx", good.workbook()),
        ("sheet.odt", good.open_sheet()),
        ("text.ods", good.open_text()),
        ("photo.json", b"\xff\xd8\xff\xe0\0\x10JFIF" + noise),
        ("packed.csv", b"\x1f\x8b\x08\0" + noise),
        ("store.md", b"SQLite format 3\0" + noise),
        ("page.docx", good.page()),
        ("page.pdf", good.page()),
        ("text.zip", good.plain()),
        ("text.rtf", good.plain()),
        ("text.odt", good.plain()),
    ):
        yield hostile("disguise", name, data, "mismatch")
    for name, data in (
        ("folder.docx", good.folder()),
        ("text.msg", good.plain()),
        ("page.txt", good.page()),
        ("text.html", good.plain()),
        ("mail.txt", good.mail()),
        ("rich.txt", good.rich()),
    ):
        yield hostile("disguise", name, data, "parsed mismatch malformed")
    for name, data in (
        ("text.json", good.plain()),
        ("page.eml", good.page()),
        ("noise.txt", noise),
        ("noise.md", noise),
    ):
        yield hostile("disguise", name, data, _ANY)
    yield hostile("disguise", "rich.doc", good.rich(), "unsupported parsed")
    yield hostile("disguise", "no-suffix", good.plain(), "unsupported")
    yield hostile("disguise", "odd.PDF.exe", good.pdf(), "not_text unsupported")
    yield hostile("disguise", "loud.PdF", good.pdf(), "parsed")
    for name, sector in (("loop.msg", 0), ("far.msg", 0x7FFFFFFF), ("end.msg", 0xFFFFFFFE)):
        yield hostile("disguise", name, compound(sector), "malformed mismatch empty")


def compound(sector: int) -> bytes:
    """A compound file (the container of Outlook messages) whose every sector leads to ``sector``."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6xLLLL", 62, 3, 0xFFFE, 9, 6, 0, 1, sector, 0)
    head += struct.pack("<LLLLL", 4096, sector, 1, sector, 1) + struct.pack("<L", 0) * 109
    return head[:512].ljust(512, b"\0") + struct.pack("<L", sector) * 128 * 8


def _much(full: bool) -> Iterator[Hostile]:
    size = 20_000_000 if full else 60_000
    line = (good.SENTENCE + " ") * (size // len(good.SENTENCE))
    packed = base64.b64encode(random.Random(3).randbytes(size // 4 * 3)).decode()
    for suffix in ("txt", "md", "csv", "html", "eml"):
        head = "Subject: x\n\n" if suffix == "eml" else ""
        yield hostile("much", f"line.{suffix}", head + line, "parsed too_large timeout malformed")
        yield hostile("much", f"word.{suffix}", head + "x" * size, "parsed too_large timeout malformed")
        yield hostile(
            "much", f"lines.{suffix}", head + "ab\n" * (size // 20), "parsed too_large timeout malformed"
        )
    yield hostile("much", "packed.txt", packed, "parsed too_large")
    yield hostile("much", "ideographs.txt", "記録" * (size // 8), "parsed too_large")
    yield hostile("much", "breaks.txt", "\n" * size + good.SENTENCE, "parsed too_large")
    yield hostile("much", "spaces.txt", " " * size + good.SENTENCE, "parsed too_large")
    yield hostile("much", "columns.csv", "a," * (size // 20) + "\n" + "b," * (size // 20), "parsed too_large")
    yield hostile("much", "quote.csv", 'a,b\n"' + "x\n" * (size // 10), "parsed too_large malformed")
    yield hostile("much", "string.json", '{"a": "' + "x" * size + '"}', "parsed too_large")
    yield hostile("much", "words.rtf", r"{\rtf1 " + "x" * size + "}", "parsed too_large malformed timeout")
