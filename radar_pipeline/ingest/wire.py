"""Messages between the sweep, its parser servers and their children: length-prefixed JSON."""

import re
import struct
from collections.abc import Mapping
from typing import IO, Any

from radar_pipeline.ingest.parsers import ParsedText
from radar_pipeline.models import DocumentMeta, Span

HEADER = struct.Struct(">Q")
LARGEST = 1 << 30  # bytes; a longer message is a broken stream
NAME, CONTENT = b"M", b"D"  # first byte of a member's messages; an answer begins with "{"

LONGEST_LABEL = 300  # characters of a span's value or ref, and of a field of the metadata
_LONE = re.compile("[\ud800-\udfff]")


def write_frame(stream: IO[bytes], payload: bytes) -> None:
    """Send one message. Raises OSError (BrokenPipeError) if the other end is gone."""
    stream.write(HEADER.pack(len(payload)) + payload)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The next message, None at the end of the stream or if it breaks off."""
    head = stream.read(HEADER.size)
    if len(head) < HEADER.size:
        return None
    (length,) = HEADER.unpack(head)
    if length > LARGEST:
        return None
    payload = stream.read(length)
    return payload if len(payload) == length else None


def text_to_wire(parsed: ParsedText) -> dict[str, Any]:
    """A parsed text as JSON values."""
    return {
        "text": whole(parsed.text),  # now: JSON would make one character of two halves, and move all offsets
        "spans": [[s.kind, s.start, s.end, _label(s.value), s.level, _label(s.ref)] for s in parsed.spans],
        "meta": parsed.meta.as_json(),
        "pages": parsed.pages,
        "scanned_pages": list(parsed.scanned_pages),
        "ocr_pages": list(parsed.ocr_pages),
    }


def text_from_wire(message: Mapping[str, Any]) -> ParsedText:
    """The parsed text that a message holds, whoever wrote it. Raises ValueError, TypeError or KeyError
    for what no parser of ours would send."""
    text = whole(message["text"])
    return ParsedText(
        text=text,
        spans=tuple(_span(*span, length=len(text)) for span in message["spans"]),
        meta=DocumentMeta.from_json({name: _field(value) for name, value in message["meta"].items()}),
        pages=_count(message["pages"]),
        scanned_pages=tuple(map(_count, message["scanned_pages"])),
        ocr_pages=tuple(map(_count, message["ocr_pages"])),
    )


def whole(text: str) -> str:
    """Text that every store can hold: a half of a surrogate pair becomes U+FFFD, in its place."""
    return _LONE.sub("\ufffd", text)


def _count(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError("Pages are counted.")
    return value


def _label(text: str) -> str:
    return whole(text[:LONGEST_LABEL])


def _field(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name)[:LONGEST_LABEL]: _label(str(place)) for name, place in value.items()}
    return _label(value) if isinstance(value, str) else value


def _span(kind: str, start: int, end: int, value: str, level: int, ref: str, *, length: int) -> Span:
    if not 0 <= start < end <= length:
        raise ValueError("A span lies outside of its text.")
    return Span(kind, start, end, _label(value), level, _label(ref))
