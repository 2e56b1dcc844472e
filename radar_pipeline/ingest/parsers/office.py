"""Office files are ZIP archives of XML: checked before a library opens them."""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

from radar_pipeline.ingest.metadata import normalise
from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.models import UnreadableReason

MOST_MEMBERS = 2_000
MOST_UNPACKED = 500 * 1024 * 1024  # bytes
HIGHEST_RATIO = 200  # unpacked to packed; deflate of prose reaches about 10
_RATIO_FREE = 16 * 1024 * 1024  # bytes that any member may have: sparse sheets repeat themselves
_PIECE = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_ENCRYPTED_FLAG = 0x1
_NEEDLES = tuple(
    word.encode(encoding)
    for word in ("<!DOCTYPE", "<!ENTITY")
    for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
_LONGEST_NEEDLE = max(map(len, _NEEDLES))
_PROPERTY = re.compile(
    r"<(?:[\w.-]+:)?(title|version|contentStatus|category)\b[^>]*>([^<]{1,400})</", re.IGNORECASE
)
_PROPERTY_LABELS = {"contentstatus": "status", "category": "kind"}


@contextmanager
def opened(data: bytes) -> Iterator[zipfile.ZipFile]:
    """The archive of an office file, checked: its members are few, small and plain XML.

    Raises ParseProblem: ``encrypted``, ``mismatch`` (an old binary office file or no archive at
    all), ``bomb``, ``malformed`` (a broken archive, or XML that declares a document type: no
    office program writes one, and entities hide or multiply text).
    """
    if data.startswith(_OLE):
        locked = _ENCRYPTED_STREAM in data
        raise ParseProblem(UnreadableReason.ENCRYPTED if locked else UnreadableReason.MISMATCH)
    if not data.startswith(b"PK"):
        raise ParseProblem(UnreadableReason.MISMATCH)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check(archive)
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, KeyError) as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error


def properties(archive: zipfile.ZipFile) -> dict[str, str]:
    """What the file's properties say, as known fields of ``metadata``; the author is not its owner."""
    try:
        source = archive.read("docProps/core.xml").decode("utf-8", "replace")
    except KeyError:
        return {}
    from html import unescape

    found = {name.lower(): unescape(value) for name, value in _PROPERTY.findall(source[:100_000])}
    known = normalise({_PROPERTY_LABELS.get(name, name): value for name, value in found.items()})
    made_up = known.get("title", "").lower().startswith(("microsoft", "untitled", "document", "workbook"))
    return {name: value for name, value in known.items() if name != "title" or not made_up}


def _check(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS or sum(m.file_size for m in members) > MOST_UNPACKED:
        raise ParseProblem(UnreadableReason.BOMB)
    if any(m.flag_bits & _ENCRYPTED_FLAG for m in members):
        raise ParseProblem(UnreadableReason.ENCRYPTED)
    unpacked = 0
    for member in members:
        if member.file_size > max(_RATIO_FREE, HIGHEST_RATIO * member.compress_size):
            raise ParseProblem(UnreadableReason.BOMB)
        unpacked += _streamed(archive, member)
        if unpacked > MOST_UNPACKED:  # the directory lied
            raise ParseProblem(UnreadableReason.BOMB)


def _streamed(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """Bytes of an XML member as it unpacks, looked through for declarations; others by their size."""
    if not member.filename.lower().endswith((".xml", ".rels", ".vml")):
        return member.file_size
    size, tail = 0, b""
    with archive.open(member) as stream:
        while piece := stream.read(_PIECE):
            size += len(piece)
            if size > MOST_UNPACKED:
                raise ParseProblem(UnreadableReason.BOMB)
            window = tail + piece
            if any(needle in window for needle in _NEEDLES):
                raise ParseProblem(UnreadableReason.MALFORMED)
            tail = window[-_LONGEST_NEEDLE:]
    return size
