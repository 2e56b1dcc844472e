"""Bytes to text: byte-order marks, UTF-8, and the old encodings, never by guess where UTF-8 fits."""

import codecs
import re

from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.models import UnreadableReason

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"\x7fELF",
    b"{\\rtf",
)
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SAMPLE = 65_536
_TOO_SHORT_TO_GUESS = 64  # bytes
_NEVER_BARE = ("utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be", "utf_7")


def decode(data: bytes, declared: str = "") -> str:
    """Text of a text file, newlines as ``\\n``, without a byte-order mark.

    ``declared``: the encoding that the file or its envelope names; believed where UTF-8 does not
    fit, and for the escape-sequence encodings, whose bytes UTF-8 always fits.

    Raises ParseProblem: ``mismatch`` for binary content, ``malformed`` for a broken encoding under
    a byte-order mark, ``empty`` if nothing but whitespace is left.
    """
    text = _decoded(data, declared).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise ParseProblem(UnreadableReason.EMPTY)
    return text


def _decoded(data: bytes, declared: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding)
    if data.startswith(_MAGIC) or b"\x00" in data:
        raise ParseProblem(UnreadableReason.MISMATCH)
    if len(_BINARY.findall(data[:_SAMPLE])) * 50 > min(len(data), _SAMPLE):
        raise ParseProblem(UnreadableReason.MISMATCH)
    named = _codec(declared)
    for encoding in (named, "utf-8") if named.startswith("iso2022") else ("utf-8", named):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return _legacy(data)


def _codec(declared: str) -> str:
    """Python's name of a declared text encoding, empty if there is none; Latin-1 as browsers read it."""
    try:
        found = codecs.lookup(declared.strip().strip("\"'"))
    except (LookupError, ValueError):
        return ""
    if not getattr(found, "_is_text_encoding", True) or found.name.startswith(("utf-16", "utf-32")):
        return ""
    return "cp1252" if found.name in {"iso8859-1", "ascii"} else found.name


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error


def _legacy(data: bytes) -> str:
    """Windows-1252 if every byte has a meaning there that fits, else what charset-normalizer finds."""
    try:
        western = data.decode("cp1252")
    except UnicodeDecodeError:
        western = ""
    high = sum(byte >= 0x80 for byte in data[:_SAMPLE])
    if western and (high * 20 <= min(len(data), _SAMPLE) or len(data) < _TOO_SHORT_TO_GUESS):
        return western
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE], cp_exclusion=list(_NEVER_BARE)).best()
    if best is not None:
        try:
            return data.decode(best.encoding)
        except UnicodeDecodeError:
            pass
    if western:
        return western
    raise ParseProblem(UnreadableReason.MISMATCH)
