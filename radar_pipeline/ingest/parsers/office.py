"""Office files, OOXML and OpenDocument, are ZIP archives of XML: checked before a library opens them."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

from radar_pipeline.ingest import zips
from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.ingest.parsers.magic import OLE, ZIP
from radar_pipeline.models import UnreadableReason

_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_ODF_MANIFEST = "META-INF/manifest.xml"
_ODF_ENCRYPTED = b"encryption-data"
_XML_NAMES = (".xml", ".rels", ".vml", ".rdf", ".xsl")
_START_OF_XML = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*<")
_STATED_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)")
_ENCODINGS = re.compile(rb"utf-?8|utf-?16(?:[bl]e)?|us-ascii|iso-8859-\d+|windows-125\d", re.IGNORECASE)
_NEEDLES = tuple(
    word.encode(encoding)
    for word in ("<!DOCTYPE", "<!ENTITY")
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
)
_LONGEST_NEEDLE = max(map(len, _NEEDLES))


@contextmanager
def opened(data: bytes) -> Iterator[zipfile.ZipFile]:
    """The archive of an office file, checked: its members are few, small, inside and plain XML.

    Raises ParseProblem: ``encrypted``, ``mismatch`` (an old binary office file or no archive at
    all), and as ``zips.opened``; ``malformed`` also for XML that declares a document type or hides
    one in an unusual encoding: no office program writes one, and entities hide or multiply text.
    """
    if data.startswith(OLE):
        locked = _ENCRYPTED_STREAM in data
        raise ParseProblem(UnreadableReason.ENCRYPTED if locked else UnreadableReason.MISMATCH)
    if not data.startswith(ZIP):
        raise ParseProblem(UnreadableReason.MISMATCH)
    with zips.opened(data) as archive:
        unpacked = 0
        for member in archive.infolist():
            unpacked += _looked_through(archive, member)
            if unpacked > zips.MOST_UNPACKED:  # the directory lied
                raise ParseProblem(UnreadableReason.BOMB)
        yield archive


def _looked_through(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """Bytes of a member, looked through for declarations if it is XML, by its name or its beginning."""
    named = member.filename.lower().endswith(_XML_NAMES)
    size, tail = 0, b""
    for piece in zips.pieces(archive, member):
        if not size and not named and not _START_OF_XML.match(piece):
            return member.file_size
        if not size:
            _check_encoding(piece)
        size += len(piece)
        window = tail + piece
        if any(needle in window for needle in _NEEDLES):
            raise ParseProblem(UnreadableReason.MALFORMED)
        if member.filename == _ODF_MANIFEST and _ODF_ENCRYPTED in window:
            raise ParseProblem(UnreadableReason.ENCRYPTED)
        tail = window[-_LONGEST_NEEDLE:]
    return size


def _check_encoding(start: bytes) -> None:
    stated = _STATED_ENCODING.search(start[:400])
    if stated and not _ENCODINGS.fullmatch(stated[1]):
        raise ParseProblem(UnreadableReason.MALFORMED)
