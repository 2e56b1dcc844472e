"""RTF by a reader of its own: text with its headings, lists, tables and notes. Pictures, embedded
objects, hidden and deleted text and comments contribute nothing."""

from radar_pipeline.ingest.metadata import (
    FILE_PROPERTIES,
    Said,
    control_fields,
    meta_from_fields,
    normalise,
)
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.ingest.parsers.blocks import BlockWriter
from radar_pipeline.ingest.parsers.rtf.reader import Reader
from radar_pipeline.models import UnreadableReason

_START = "{\\rtf"


def parse(data: bytes, path: str) -> ParsedText:
    """Parse an RTF file. ``path`` is not used.

    Raises ParseProblem: ``mismatch`` for another file; ``malformed`` for nesting that no program
    writes; ``empty``; ``too_large`` for a table that is a database.
    """
    source = data.decode("latin-1")
    start = source.find(_START, 0, 64)
    if start < 0:
        raise ParseProblem(UnreadableReason.MISMATCH)
    reader = Reader()
    reader.read(source[start:])
    writer = BlockWriter()
    writer.write(reader.blocks)
    if not writer.builder.position:
        raise ParseProblem(UnreadableReason.EMPTY)
    head = writer.control_text()
    writer.furniture(reader.furniture)
    known = normalise(reader.properties, FILE_PROPERTIES)
    said = control_fields("\n".join(reader.furniture)) | control_fields(head)
    language = {"language": Said(reader.language, FILE_PROPERTIES)}
    fields = language | {name: value for name, value in known.items() if name != "title"} | said
    meta = meta_from_fields(fields, title=writer.title, otherwise=known.get("title", ""))
    return ParsedText(text=writer.builder.text(), spans=writer.builder.sorted_spans(), meta=meta)
