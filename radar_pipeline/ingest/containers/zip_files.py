"""Members of a ZIP archive: what a person would find in the folder, in the archive's order."""

import zipfile
from collections.abc import Iterator

from radar_pipeline.ingest import zips
from radar_pipeline.ingest.containers import Member
from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.models import UnreadableReason

_NAME_IS_UTF8 = 0x800


def members(data: bytes, path: str) -> Iterator[Member]:
    """The files of an archive. ``path`` is not used. ZIP64, deflate, bzip2 and LZMA are unpacked.

    Raises ParseProblem: ``mismatch`` (no archive), and as ``zips.opened``.
    """
    if not data.startswith(b"PK"):
        raise ParseProblem(UnreadableReason.MISMATCH)
    with zips.opened(data) as archive:
        for member in archive.infolist():
            if not member.is_dir() and not member.filename.endswith("\\"):
                yield Member(_name(member), b"".join(zips.pieces(archive, member)))


def _name(member: zipfile.ZipInfo) -> str:
    """The name; by the standard cp437 unless marked as UTF-8, but many programs forget the mark."""
    if member.flag_bits & _NAME_IS_UTF8 or member.filename.isascii():
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename
