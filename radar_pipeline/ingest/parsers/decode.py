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


def decode(data: bytes) -> str:
    """Text of a text file, newlines as ``\\n``, without a byte-order mark.

    Raises ParseProblem: ``mismatch`` for binary content, ``malformed`` for a broken encoding under
    a byte-order mark, ``empty`` if nothing but whitespace is left.
    """
    text = _decoded(data).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise ParseProblem(UnreadableReason.EMPTY)
    return text


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding)
    if data.startswith(_MAGIC) or b"\x00" in data:
        raise ParseProblem(UnreadableReason.MISMATCH)
    if len(_BINARY.findall(data[:_SAMPLE])) * 50 > min(len(data), _SAMPLE):
        raise ParseProblem(UnreadableReason.MISMATCH)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _legacy(data)


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
    if western and high * 20 <= min(len(data), _SAMPLE):
        return western
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    if best is not None:
        try:
            return data.decode(best.encoding)
        except UnicodeDecodeError:
            pass
    if western:
        return western
    raise ParseProblem(UnreadableReason.MISMATCH)
