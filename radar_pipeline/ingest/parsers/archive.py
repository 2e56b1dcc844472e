"""ZIP: a folder that travels as a file. It has no text of its own; its members are documents.

Who unpacks it is ``ingest/containers``; here it is only looked at, so that it is listed as read.
"""

from radar_pipeline.ingest import zips
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.models import DocumentMeta, UnreadableReason


def parse(data: bytes, path: str) -> ParsedText:
    """An archive that can be unpacked, without text. ``path`` is not used.

    Raises ParseProblem: ``empty`` (no file in it), and as ``zips.opened``.
    """
    with zips.opened(data) as archive:
        if all(member.is_dir() for member in archive.infolist()):
            raise ParseProblem(UnreadableReason.EMPTY)
    return ParsedText("", (), DocumentMeta())
