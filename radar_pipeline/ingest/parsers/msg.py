"""Messages that Outlook saved (OLE storage, MS-OXMSG): read as an e-mail is, body text before HTML.

Attachments are named here; they are documents of their own (``ingest/containers``).
"""

import io
import struct
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_string, policy
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime

from olefile import OleFileIO
from oxmsg.domain import constants as pid
from oxmsg.domain.encodings import encoding_from_codepage
from oxmsg.domain.model import UnrecognizedCodePageError, UnsupportedEncodingError
from oxmsg.storage import Storage

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.ingest.parsers.builder import clean, collapse
from radar_pipeline.ingest.parsers.eml import LONGEST_HEADER, SHOWN, compose, header, plain_text
from radar_pipeline.ingest.parsers.html import parse_html
from radar_pipeline.ingest.parsers.rtf_packed import unpacked
from radar_pipeline.models import UnreadableReason

_TOP, _EMBEDDED, _ATTACHED = 32, 24, 8  # bytes before the properties of each kind of object
_DISPLAY_TO, _DISPLAY_CC, _RTF_COMPRESSED, _ATTACH_FILENAME = 0x0E04, 0x0E03, 0x1009, 0x3704
_ATTACH_DATA_OBJECT = "__substg1.0_3701000D"
_HIDDEN, _CONTENT_ID, _DISPLAY_NAME = 0x7FFE, 0x3712, 0x3001
_STRING8, _STRING, _BINARY = 0x1E, 0x1F, 0x0102
_PACKED_FREE = 16 * 1024 * 1024  # bytes; streams that share their sectors are told by their sum
_PROPERTIES = "__properties_version1.0"
_PROPERTY = struct.Struct("<HH4xQ")  # kind, number, value or length
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


class Item:
    """A message, an attachment, or a message within: properties by number, missing ones empty."""

    def __init__(self, storage: Storage, header_size: int) -> None:
        self.storage = storage
        table = storage.properties_stream_bytes[header_size:]
        rows = _PROPERTY.iter_unpack(table[: len(table) - len(table) % _PROPERTY.size])
        self._values = {number: value for _, number, value in rows}

    def text(self, number: int) -> str:
        """A text property; characters that don't fit its code page are replaced."""
        data = self._bytes(number, _STRING)
        if data is not None:
            return data.decode("utf-16-le", "replace").rstrip("\x00")
        data = self._bytes(number, _STRING8)
        return self._decoded(data, pid.PID_MESSAGE_CODEPAGE).rstrip("\x00") if data else ""

    def html(self) -> str:
        """The body in HTML, which may be text or bytes in the code page of the internet."""
        data = self._bytes(pid.PID_HTML, _BINARY)
        return self._decoded(data, pid.PID_INTERNET_CODEPAGE) if data else self.text(pid.PID_HTML)

    def binary(self, number: int) -> bytes:
        """A property of bytes."""
        return self._bytes(number, _BINARY) or b""

    def number(self, number: int) -> int:
        """A property that is a number or a yes."""
        return int(self._values.get(number, 0)) & 0xFFFFFFFF

    def moment(self, number: int) -> datetime | None:
        """A property that is a time."""
        try:
            return _EPOCH + timedelta(microseconds=self._values[number] // 10)
        except (KeyError, OverflowError):
            return None

    def content(self) -> bytes:
        """The bytes of the file that this attachment is."""
        return self.binary(pid.PID_ATTACH_DATA_BINARY)

    def plain(self) -> str:
        """The body in plain text."""
        return self.text(pid.PID_BODY).replace("\r\n", "\n").replace("\r", "\n")

    def attachments(self) -> Iterator["Item"]:
        """What is attached, in its order."""
        return (Item(storage, _ATTACHED) for storage in self.storage.iter_attachment_storages())

    def embedded(self) -> "Item | None":
        """The message that this attachment is, if it is one."""
        inner = next((s for s in self.storage.storages if s.name == _ATTACH_DATA_OBJECT), None)
        if inner is None or _PROPERTIES not in {s.name for s in inner.streams}:
            return None
        return Item(inner, _EMBEDDED)

    @property
    def name(self) -> str:
        """An attachment's file name; the subject of an embedded message."""
        numbers = (pid.PID_ATTACH_LONG_FILENAME, _ATTACH_FILENAME, _DISPLAY_NAME)
        return next((n for n in (collapse(clean(self.text(number))) for number in numbers) if n), "")

    @property
    def in_text(self) -> bool:
        """True for what is shown within the message, such as the picture of a signature."""
        return bool(self.number(_HIDDEN) or self.text(_CONTENT_ID))

    def _bytes(self, number: int, kind: int) -> bytes | None:
        try:
            return self.storage.property_stream_bytes(number, kind)
        except KeyError:
            return None

    def _decoded(self, data: bytes, codepage: int) -> str:
        number = self.number(codepage)
        try:
            return data.decode(encoding_from_codepage(number) if number else "cp1252", "replace")
        except (LookupError, ValueError, UnrecognizedCodePageError, UnsupportedEncodingError):
            return data.decode("cp1252", "replace")


def parse(data: bytes, path: str) -> ParsedText:
    """Parse a message. ``path`` is not used. It counts as a record of its day.

    Raises ParseProblem: ``mismatch`` (an OLE file, but no message), ``encrypted``, ``bomb``,
    ``malformed``, ``empty``.
    """
    item = loaded(data)
    texts = [parsed for parsed in [body(item)] if parsed is not None]
    if not texts and "SMIME" in item.text(pid.PID_MESSAGE_CLASS).upper():
        raise ParseProblem(UnreadableReason.ENCRYPTED)
    attachments = [a.name for a in item.attachments() if a.name and not a.in_text]
    return compose(subject(item), envelope(item), texts, attachments, sent(item))


def loaded(data: bytes) -> Item:
    """The message that an OLE file holds. Raises ParseProblem as ``parse``."""
    try:
        with OleFileIO(io.BytesIO(data)) as ole:
            entries = [entry for entry in ole.direntries if entry is not None]
            if sum(entry.size for entry in entries) > max(_PACKED_FREE, 2 * len(data)):
                raise ParseProblem(UnreadableReason.BOMB)
            if not ole.exists(_PROPERTIES):
                raise ParseProblem(UnreadableReason.MISMATCH)
            return Item(Storage.from_ole(ole), _TOP)
    except (OSError, ValueError, KeyError, IndexError, struct.error, RecursionError, TypeError) as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error


def subject(item: Item) -> str:
    """What the message is about."""
    return collapse(clean(item.text(pid.PID_SUBJECT)))[:LONGEST_HEADER]


def envelope(item: Item) -> dict[str, str]:
    """Who wrote to whom and when: as its internet headers say, else as Outlook noted."""
    headers = _headers(item)
    noted = {
        "From": _sender(item),
        "To": item.text(_DISPLAY_TO),
        "Cc": item.text(_DISPLAY_CC),
        "Date": format_datetime(moment) if (moment := item.moment(pid.PID_CLIENT_SUBMIT_TIME)) else "",
    }
    return {
        name: header(headers, name) or collapse(clean(noted[name].rstrip("\x00")))[:LONGEST_HEADER]
        for name in SHOWN
    }


def sent(item: Item) -> date | None:
    """The day it was sent, where it says so."""
    try:
        return parsedate_to_datetime(header(_headers(item), "Date")).date()
    except (ValueError, TypeError, IndexError, OverflowError):
        moment = item.moment(pid.PID_CLIENT_SUBMIT_TIME)
        return moment.date() if moment else None


def body(item: Item) -> ParsedText | None:
    """What was written: the plain text, else the HTML, else the packed RTF; None if nothing was."""
    try:
        if item.plain().strip():
            return plain_text(item.plain())
        html = item.html()
        if html.strip():
            return parse_html(html)
        rich = unpacked(item.binary(_RTF_COMPRESSED))
        return plain_text(rich) if rich.strip() else None
    except ParseProblem as problem:
        if problem.reason is UnreadableReason.EMPTY:
            return None
        raise


def _headers(item: Item) -> Message:
    return message_from_string(item.text(pid.PID_TRANSPORT_MESSAGE_HEADERS), policy=policy.compat32)


def _sender(item: Item) -> str:
    name = item.text(pid.PID_SENDER_NAME).strip()
    address = item.text(pid.PID_SENDER_SMTP_ADDRESS) or item.text(pid.PID_SENDER_EMAIL_ADDRESS)
    if name and address and name != address:
        return f"{name} <{address}>"
    return name or address or item.text(pid.PID_SENT_REPRESENTING_NAME)
