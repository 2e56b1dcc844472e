"""ZIP archives checked before and while they are unpacked: few members, small, plain and inside."""

import io
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.models import UnreadableReason

MOST_MEMBERS = 2_000
MOST_UNPACKED = 500 * 1024 * 1024  # bytes
HIGHEST_RATIO = 200  # unpacked to packed; deflate of prose reaches about 10
PIECE = 1 << 20  # bytes that are unpacked at a time
_RATIO_FREE = 16 * 1024 * 1024  # bytes that any member may have: sparse sheets repeat themselves
_ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000  # a member, strongly, or the directory itself
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_BROKEN = (
    *(zipfile.BadZipFile, EOFError, OSError, ValueError, KeyError, zlib.error, lzma.LZMAError),
    *(UnicodeDecodeError, OverflowError),
)


@contextmanager
def opened(data: bytes) -> Iterator[zipfile.ZipFile]:
    """The archive, its directory checked.

    Raises ParseProblem, also for what breaks while it is open: ``encrypted``, ``bomb`` (too many
    members, too large, too well packed), ``unsupported`` (a method of packing that nobody unpacks
    here), ``malformed`` (broken, or with a member that leads out of the archive or is a link).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check(archive, len(data))
            yield archive
    except NotImplementedError as error:
        raise ParseProblem(UnreadableReason.UNSUPPORTED) from error
    except _BROKEN as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error


def pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """A member's bytes as they unpack. Raises ParseProblem ``bomb`` when they are too many."""
    size = 0
    most = min(MOST_UNPACKED, max(_RATIO_FREE, HIGHEST_RATIO * member.compress_size))
    with archive.open(member) as stream:
        while piece := stream.read(PIECE):
            size += len(piece)
            if size > most:
                raise ParseProblem(UnreadableReason.BOMB)
            yield piece


def leads_out(name: str) -> bool:
    """Whether a member's name is no place inside its archive: absolute, on a drive, or upwards."""
    plain = name.replace("\\", "/")
    return plain.startswith("/") or ".." in plain.split("/") or _DRIVE.match(name) is not None


def _check(archive: zipfile.ZipFile, packed: int) -> None:
    members = archive.infolist()
    unpacked = sum(m.file_size for m in members)
    if len(members) > MOST_MEMBERS or unpacked > min(MOST_UNPACKED, max(_RATIO_FREE, HIGHEST_RATIO * packed)):
        raise ParseProblem(UnreadableReason.BOMB)  # members that share their packed bytes, too
    if any(m.flag_bits & _ENCRYPTED_FLAGS for m in members):
        raise ParseProblem(UnreadableReason.ENCRYPTED)
    for member in members:
        if member.file_size > max(_RATIO_FREE, HIGHEST_RATIO * member.compress_size):
            raise ParseProblem(UnreadableReason.BOMB)
        if leads_out(member.filename) or stat.S_ISLNK(member.external_attr >> 16):
            raise ParseProblem(UnreadableReason.MALFORMED)
        if member.compress_type not in _METHODS:
            raise ParseProblem(UnreadableReason.UNSUPPORTED)
