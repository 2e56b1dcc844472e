"""The document formats: one file each, one line of registration each.

Looking a parser up imports nothing heavy; its module is imported when it first parses.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol, cast

from radar_pipeline import ids
from radar_pipeline.ingest import about
from radar_pipeline.ingest.metadata import METADATA
from radar_pipeline.ingest.parsers import magic
from radar_pipeline.models import DocumentMeta, Span, UnreadableReason

NO_PARSER = "none"
FOLDER = "application/zip"  # media type of what holds documents and no text of its own


@dataclass(frozen=True, slots=True)
class ParsedText:
    """What a parser makes of a file: canonical text, annotations, self-description, page count.

    ``scanned_pages``: nothing on them was read, as they are pictures or could not be loaded.
    """

    text: str
    spans: tuple[Span, ...]
    meta: DocumentMeta
    pages: int = 0
    scanned_pages: tuple[int, ...] = ()
    ocr_pages: tuple[int, ...] = ()


class ParseProblem(Exception):  # noqa: N818 - a finding about a file, not an error of the program
    """A file that can't be read, with its reason. Carries none of the file's text."""

    def __init__(self, reason: UnreadableReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Parser(Protocol):
    """Turns the bytes of one format into canonical text."""

    @property
    def name(self) -> str:
        """Short name of the format."""

    @property
    def version(self) -> str:
        """Raised whenever the same bytes would yield another text."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """File name endings, lower case, with the dot."""

    @property
    def media_type(self) -> str:
        """IANA media type."""

    @property
    def recognises(self) -> bool:
        """Whether the format may hold scanned pages, and ``ocr`` says in which languages to read them."""

    def parse(self, data: bytes, path: str, ocr: str = "") -> ParsedText:
        """Parse a file's bytes. Raises ParseProblem with the reason why it can't."""

    def count_pages(self, data: bytes) -> int:
        """A cheap page count that sets the time limit; 0 where the format has no pages."""


@dataclass(frozen=True, slots=True)
class Format:
    """A registered parser: ``module`` has ``parse`` and, if the format has pages, ``count_pages``."""

    name: str
    version: str
    suffixes: tuple[str, ...]
    media_type: str
    module: str
    libraries: tuple[str, ...] = ()  # the distributions whose versions change the text
    recognises: bool = False  # scanned pages, where asked to: ``parse`` takes the languages as ``ocr``

    def parse(self, data: bytes, path: str, ocr: str = "") -> ParsedText:
        """Parse with the format's module. Raises ParseProblem: as the module, and as ``check``."""
        self.check(data, path)
        parse = cast(Callable[..., ParsedText], self._load("parse"))
        parsed = parse(data, path, ocr=ocr) if self.recognises else parse(data, path)
        return replace(parsed, meta=about.completed(parsed.meta, parsed.text, parsed.spans, path))

    def check(self, data: bytes, path: str) -> None:
        """Raises ParseProblem: ``empty``, or ``mismatch`` if the first bytes are not of this format."""
        if not data or not data.strip(b" \t\r\n\x0b\x0c"):
            raise ParseProblem(UnreadableReason.EMPTY)
        if not magic.fits(suffix_of(path), data):
            raise ParseProblem(UnreadableReason.MISMATCH)

    def count_pages(self, data: bytes) -> int:
        """Pages as the format's module counts them, 0 if it has none."""
        counter = cast(Callable[[bytes], int] | None, self._load("count_pages"))
        return counter(data) if counter else 0

    def preload(self) -> None:
        """Import the format's module now, so that forked children need not."""
        self._load("parse")

    def _load(self, function: str) -> object:
        return getattr(importlib.import_module(self.module), function, None)


_HERE = "radar_pipeline.ingest.parsers"

_CHARSET = "charset-normalizer"  # of text that does not say how it is encoded
_LANGUAGE = "py3langid"  # of every document
_MARKDOWN = ("markdown-it-py", "PyYAML", "selectolax", _CHARSET)
_PLAIN = (".txt", ".text", ".log", ".rst", ".tex", ".yaml", ".yml", ".ics", ".vcf")  # read as they stand
_SHEETS = ("python-calamine", "lxml")
_OUTLOOK = ("python-oxmsg", "olefile", "selectolax", _CHARSET)
_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument"

FORMATS: tuple[Format, ...] = (
    Format("pdf", "3", (".pdf",), "application/pdf", f"{_HERE}.pdf", ("pypdfium2",), recognises=True),
    Format("markdown", "4", (".md", ".markdown"), "text/markdown", f"{_HERE}.markdown", _MARKDOWN),
    Format("text", "2", _PLAIN, "text/plain", f"{_HERE}.text", (_CHARSET,)),
    Format(
        "docx",
        "3",
        (".docx", ".docm"),
        f"{_OPEN_XML}.wordprocessingml.document",
        f"{_HERE}.docx",
        ("python-docx", "lxml"),
    ),
    Format(
        "xlsx",
        "4",
        (".xlsx", ".xlsm"),
        f"{_OPEN_XML}.spreadsheetml.sheet",
        f"{_HERE}.xlsx",
        _SHEETS,
    ),
    Format("xls", "2", (".xls", ".xlsb"), "application/vnd.ms-excel", f"{_HERE}.xlsx", _SHEETS),
    Format(
        "pptx",
        "2",
        (".pptx", ".pptm", ".ppsx"),
        f"{_OPEN_XML}.presentationml.presentation",
        f"{_HERE}.pptx",
        ("python-pptx", "lxml"),
    ),
    Format("odt", "2", (".odt",), f"{_OPEN_DOCUMENT}.text", f"{_HERE}.odf.document", ("lxml",)),
    Format("ods", "2", (".ods",), f"{_OPEN_DOCUMENT}.spreadsheet", f"{_HERE}.odf.spreadsheet", _SHEETS),
    Format("rtf", "1", (".rtf",), "application/rtf", f"{_HERE}.rtf"),
    Format(
        "json", "1", (".json", ".jsonl", ".ndjson"), "application/json", f"{_HERE}.json_text", (_CHARSET,)
    ),
    Format("html", "3", (".html", ".htm"), "text/html", f"{_HERE}.html", ("selectolax", _CHARSET)),
    Format("eml", "4", (".eml",), "message/rfc822", f"{_HERE}.eml", ("selectolax", _CHARSET)),
    Format("msg", "2", (".msg",), "application/vnd.ms-outlook", f"{_HERE}.msg", _OUTLOOK),
    Format("zip", "1", (".zip",), FOLDER, f"{_HERE}.archive"),
    Format("csv", "2", (".csv", ".tsv"), "text/csv", f"{_HERE}.delimited", (_CHARSET,)),
)


# Scans come as .tif, documents in archives and winmail.dat: those are not here on purpose.
WITHOUT_TEXT = frozenset(
    """.png .jpg .jpeg .gif .svg .webp .bmp .ico .heic .psd .ai .eps .mp3 .wav .m4a .ogg .flac .mp4 .mov
    .avi .mkv .webm .woff .woff2 .ttf .otf .eot .css .scss .map .dwg .dxf .step .stp .stl .exe .dll .so
    .dylib .bin .iso .dmg .msi .pyc .class .o .p7s .asc .sig""".split()
)


def parser_for(path: str) -> Format | None:
    """The parser of a path by its suffix, None if the format is not supported."""
    return _by_suffix().get(suffix_of(path))


def parser_identity(path: str, recogniser: str = "") -> str:
    """Which parser would read this path, and with which libraries, such as
    ``pdf@3+about@2+py3langid-0.4.0+pypdfium2-5.15.2``; ``none`` if nobody.

    Cheap: part of every version id, and computed for every file at every sweep. ``recogniser``: what
    reads scanned pages, which counts for the formats that may have them.
    """
    suffix = suffix_of(path)
    parser = _by_suffix().get(suffix)
    own = _identity(suffix)
    return f"{own}+{recogniser}" if recogniser and parser and parser.recognises else own


def reason_unread(path: str) -> UnreadableReason:
    """Why a path without a parser is not read: no text is expected in it, or nobody reads its format.

    A logo among the policies must not cast doubt on every blindspot; a presentation must. A picture
    may be of a page: it is listed as not read, but taken for what pictures among documents mostly are.
    """
    return UnreadableReason.NOT_TEXT if suffix_of(path) in WITHOUT_TEXT else UnreadableReason.UNSUPPORTED


def version_id(content_hash: str, parser: str, *overrides: str) -> str:
    """Identity of a document version: content, parser, and whatever else decides what is read."""
    return f"ver-{ids.digest(content_hash, parser, *overrides, length=24)}"


def suffix_of(path: str) -> str:
    """A path's ending in lower case, with its dot; empty if it has none."""
    name = path.rsplit("/", 1)[-1]
    return "." + name.rsplit(".", 1)[1].lower() if "." in name[1:] else ""


@cache
def _by_suffix() -> dict[str, Format]:
    return {suffix: parser for parser in FORMATS for suffix in parser.suffixes}


@cache
def _identity(suffix: str) -> str:
    parser = _by_suffix().get(suffix)
    if parser is None:
        return NO_PARSER
    parts = (f"{parser.name}@{parser.version}", METADATA, *map(_library, (_LANGUAGE, *parser.libraries)))
    return "+".join(parts)


def _library(name: str) -> str:
    try:
        return f"{name}-{version(name)}"
    except PackageNotFoundError:
        return f"{name}-missing"
