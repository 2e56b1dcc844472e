"""Messages between the sweep, its parser servers and their children: length-prefixed JSON."""

import struct
from collections.abc import Mapping
from typing import IO, Any

from radar_pipeline.ingest.parsers import ParsedText
from radar_pipeline.models import DocumentMeta, Span

HEADER = struct.Struct(">Q")
LARGEST = 1 << 30  # bytes; a longer message is a broken stream
NAME, CONTENT = b"M", b"D"  # first byte of a member's messages; an answer begins with "{"


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
        "text": parsed.text,
        "spans": [[s.kind, s.start, s.end, s.value, s.level, s.ref] for s in parsed.spans],
        "meta": parsed.meta.as_json(),
        "pages": parsed.pages,
        "scanned_pages": list(parsed.scanned_pages),
        "ocr_pages": list(parsed.ocr_pages),
    }


def text_from_wire(message: Mapping[str, Any]) -> ParsedText:
    """The parsed text that a message holds."""
    return ParsedText(
        text=message["text"],
        spans=tuple(Span(*span) for span in message["spans"]),
        meta=DocumentMeta.from_json(message["meta"]),
        pages=message["pages"],
        scanned_pages=tuple(message["scanned_pages"]),
        ocr_pages=tuple(message["ocr_pages"]),
    )
