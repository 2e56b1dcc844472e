"""E-mails: subject, who, when, and what was written. Attachments are named here; they are documents
of their own (``ingest/containers``).

Quoted history stays evidence, without its ``>`` marks and apart from the new text: often it is the
only copy of what was agreed, and the line that introduces it says whose words it holds. Only a
signature below its standard ``-- `` line is furniture.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime
from itertools import groupby

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.ingest.parsers.builder import LINE, LONGEST_HEADING, TextBuilder, clean, collapse
from radar_pipeline.ingest.parsers.decode import decode
from radar_pipeline.ingest.parsers.html import parse_html
from radar_pipeline.ingest.parsers.text import parse_text
from radar_pipeline.models import DocumentMeta, Kind, UnreadableReason

LONGEST_HEADER = 2_000  # characters; a list of recipients beyond tells nothing
SHOWN = ("From", "To", "Cc", "Date")
_KNOWN = ("from", "to", "date", "subject", "received", "message-id", "mime-version", "return-path")
_ENCRYPTED = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
_DEEPEST = 100  # parts within parts
_MOST_PARTS = 2_500  # more than a container may hold
_WRAPPED_FROM = 50  # characters; a line that a mail program broke is not much shorter
_LONGEST_SIGNATURE = 12  # lines; more below the mark is no signature
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_QUOTED = re.compile(r"[ \t]?((?:>[ \t]?)+)")


def parse(data: bytes, path: str) -> ParsedText:
    """Parse a message. ``path`` is not used. It counts as a record of its day.

    Raises ParseProblem: ``mismatch`` (no header of a message), ``encrypted``, ``malformed`` for
    parts nested beyond reading, ``empty``; and that of a text part which can't be read, even where
    others can: what it says must not be missed in silence.
    """
    try:
        # The new policies parse headers by a grammar that takes minutes for a hostile one.
        message = message_from_bytes(data.lstrip(b"\r\n"), policy=policy.compat32)
        if not any(name in message for name in _KNOWN):
            raise ParseProblem(UnreadableReason.MISMATCH)
        texts, attachments = _contents(message)
    except RecursionError as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error
    envelope = {name: header(message, name) for name in SHOWN}
    return compose(header(message, "Subject"), envelope, texts, attachments, _sent(message))


def compose(
    subject: str,
    envelope: Mapping[str, str],
    texts: Sequence[ParsedText],
    attachments: Sequence[str],
    sent: date | None,
) -> ParsedText:
    """A message as a document: its subject a heading, then who and when, then what was written.

    Raises ParseProblem ``empty`` if it says nothing and brings nothing.
    """
    if not texts and not attachments:
        raise ParseProblem(UnreadableReason.EMPTY)
    builder = TextBuilder()
    builder.heading(subject[:LONGEST_HEADING], 1)
    separator = "\n\n"
    for name, value in envelope.items():
        if value:
            builder.block(f"{name}: {value}", separator)
            separator = LINE
    for parsed in texts:
        builder.include(parsed.text, parsed.spans, levels=1)
    for name in attachments:
        builder.block(f"Attachment: {name}")
    meta = DocumentMeta(title=subject[:LONGEST_HEADING], effective_date=sent, kind=Kind.RECORD)
    return ParsedText(text=builder.text(), spans=builder.sorted_spans(), meta=meta)


def header(message: Message, name: str) -> str:
    """A header as people read it; encoded words that can't be decoded stay as they are."""
    raw = str(message.get(name, ""))[:LONGEST_HEADER]
    return collapse(clean(_decoded_words(raw)))


def _decoded_words(raw: str) -> str:
    raw = raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace")  # bytes without any encoding
    if "=?" not in raw:
        return raw
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, ValueError):
        return raw
    return "".join(
        piece if isinstance(piece, str) else _bytes_as_text(piece, charset or "utf-8")
        for piece, charset in pieces
    )


def _bytes_as_text(piece: bytes, charset: str) -> str:
    try:
        return piece.decode(charset, "replace")
    except (LookupError, ValueError):
        return piece.decode("utf-8", "replace")


def _sent(message: Message) -> date | None:
    try:
        return parsedate_to_datetime(header(message, "Date")).date()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _contents(message: Message) -> tuple[list[ParsedText], list[str]]:
    """The texts of a message in order, and the names of its attachments."""
    texts: list[ParsedText] = []
    attachments: list[str] = []
    for ordinal, part in enumerate(_leaves(message, 0)):
        if ordinal >= _MOST_PARTS:
            raise ParseProblem(UnreadableReason.BOMB)
        if not is_text(part):
            attachments += filter(None, [name_of(part)])
            continue
        try:
            texts.append(_text(part))
        except ParseProblem as problem:
            if problem.reason is not UnreadableReason.EMPTY:
                raise
    return texts, attachments


def _leaves(part: Message, depth: int) -> Iterator[Message]:
    """Parts that hold something, of alternatives the one to be read."""
    if part.get_content_type() in _ENCRYPTED:
        raise ParseProblem(UnreadableReason.ENCRYPTED)
    if depth > _DEEPEST:
        raise ParseProblem(UnreadableReason.MALFORMED)
    inner = part.get_payload()
    if part.get_content_maintype() != "multipart" or not isinstance(inner, list):
        yield part
        return
    children = [child for child in inner if isinstance(child, Message)]
    if part.get_content_subtype() == "alternative" and children:
        children = [_preferred(children)]
    for child in children:
        yield from _leaves(child, depth + 1)


def _preferred(parts: list[Message]) -> Message:
    """Plain text with something in it, else the last that is readable, else the last."""
    for part in parts:
        if part.get_content_type() == "text/plain" and _decodes(part):
            return part
    readable = [p for p in parts if p.get_content_type() == "text/html" or p.is_multipart()]
    return (readable or parts)[-1]


def _decodes(part: Message) -> bool:
    """Whether a part is text with something in it."""
    try:
        return bool(_source(part))
    except ParseProblem:
        return False


def is_text(part: Message) -> bool:
    """Whether a part is what was written, and not a file that hangs on it."""
    if part.get_content_maintype() == "multipart" and not part.is_multipart():
        return True  # it does not say where its parts end: one text
    if part.get_content_type() not in {"text/plain", "text/html"}:
        return False
    return "attachment" not in str(part.get("Content-Disposition", "")).lower()


def name_of(part: Message) -> str:
    """An attachment's file name, a forwarded message's subject; pictures in the text have none."""
    inner = part.get_payload()
    if part.get_content_type() == "message/rfc822" and isinstance(inner, list) and inner:
        forwarded = inner[0]
        return header(forwarded, "Subject") if isinstance(forwarded, Message) else ""
    name = part.get_filename("")
    return collapse(clean(_decoded_words(name[:LONGEST_HEADER])))


def payload_of(part: Message) -> bytes:
    """A part's content without its transfer encoding."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(part: Message) -> ParsedText:
    source = _source(part)
    if part.get_content_type() == "text/html":
        return parse_html(source)
    return plain_text(source)


def _source(part: Message) -> str:
    return decode(payload_of(part), part.get_content_charset("") or "")


def plain_text(source: str) -> ParsedText:
    """Runs of lines of the same author, each a text of its own; a signature is furniture."""
    builder = TextBuilder()
    for marks, run in groupby(source.split("\n"), _depth):
        text = "\n".join(_QUOTED.sub("", line, count=1) if marks else line for line in run)
        signature = _SIGNATURE.search(text)
        below = text[signature.end() :].strip() if signature else ""
        if signature and 0 < below.count("\n") + 1 <= _LONGEST_SIGNATURE and not marks:
            _include(builder, text[: signature.start()])
            builder.annotate("furniture", *builder.block(clean(below)))
        else:
            _include(builder, text)
    if not builder.position:
        raise ParseProblem(UnreadableReason.EMPTY)
    return ParsedText(builder.text(), builder.sorted_spans(), DocumentMeta())


def _depth(line: str) -> int:
    match = _QUOTED.match(line)
    return match[1].count(">") if match else 0


def _include(builder: TextBuilder, source: str) -> None:
    if source.strip():
        parsed = parse_text(_unwrapped(source.strip("\n")))
        builder.include(parsed.text, parsed.spans)


def _unwrapped(source: str) -> str:
    """Lines that the mail program broke: it says so by a space at the end (RFC 3676), or the line
    is long and the next one goes on in lower case."""
    kept: list[str] = []
    length = 0  # of the last line as it was sent
    for line in source.split("\n"):
        goes_on = kept and line[:1].islower() and length >= _WRAPPED_FROM
        if kept and line.strip() and (goes_on or (kept[-1].endswith(" ") and length > 1)):
            kept[-1] = f"{kept[-1].rstrip()} {line}"
        else:
            kept.append(line)
        length = len(line)
    return "\n".join(kept)
