"""Messages between the sweep, its parser servers and their children: length-prefixed JSON."""

import struct
from collections.abc import Mapping
from datetime import date
from typing import IO, Any

from radar_pipeline.ingest.parsers import ParsedText
from radar_pipeline.models import DocumentMeta, Kind, Span, Status

HEADER = struct.Struct(">Q")
LARGEST = 1 << 30  # bytes; a longer message is a broken stream


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
    meta = parsed.meta
    return {
        "text": parsed.text,
        "spans": [[s.kind, s.start, s.end, s.value, s.level] for s in parsed.spans],
        "meta": {
            "title": meta.title,
            "version": meta.version,
            "owner": meta.owner,
            "effective_date": meta.effective_date.isoformat() if meta.effective_date else None,
            "review_by": meta.review_by.isoformat() if meta.review_by else None,
            "kind": meta.kind.value,
            "status": meta.status.value,
        },
        "pages": parsed.pages,
    }


def text_from_wire(message: Mapping[str, Any]) -> ParsedText:
    """The parsed text that a message holds."""
    meta = message["meta"]
    return ParsedText(
        text=message["text"],
        spans=tuple(Span(*span) for span in message["spans"]),
        meta=DocumentMeta(
            title=meta["title"],
            version=meta["version"],
            owner=meta["owner"],
            effective_date=_date(meta["effective_date"]),
            review_by=_date(meta["review_by"]),
            kind=Kind(meta["kind"]),
            status=Status(meta["status"]),
        ),
        pages=message["pages"],
    )


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
