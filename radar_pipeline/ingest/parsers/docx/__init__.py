"""DOCX by python-docx's package reader and a walk of its own: in page order, with numbers, notes,
text boxes, headers and footers; deleted and hidden text left out, inserted text read."""

import io
import re
from collections.abc import Iterator
from typing import Any

from docx.opc.constants import CONTENT_TYPE
from docx.opc.exceptions import OpcError
from docx.opc.part import PartFactory
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from docx.package import Package
from docx.parts.document import DocumentPart

from radar_pipeline.ingest.metadata import FILE_PROPERTIES, Said, control_fields, meta_from_fields
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.ingest.parsers.blocks import Block, BlockWriter, Table
from radar_pipeline.ingest.parsers.builder import collapse
from radar_pipeline.ingest.parsers.docx.reader import Reader
from radar_pipeline.ingest.parsers.office import opened
from radar_pipeline.ingest.parsers.properties import properties
from radar_pipeline.models import UnreadableReason

_BETWEEN = re.compile(r"\s+[|–—-]\s+")  # the fields of a running header
_WORD = frozenset(
    {
        CONTENT_TYPE.WML_DOCUMENT_MAIN,
        "application/vnd.ms-word.document.macroEnabled.main+xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
        "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    }
)
PartFactory.part_type_for.update(dict.fromkeys(_WORD, DocumentPart))
_SPECIAL_NOTES = frozenset({"separator", "continuationSeparator", "continuationNotice"})


def parse(data: bytes, path: str) -> ParsedText:
    """Parse a Word document. ``path`` is not used; Word alone knows pages, so there are none.

    Raises ParseProblem: those of ``office.opened``; ``mismatch`` for another office file;
    ``malformed``; ``empty``; ``too_large`` for a table that is a database.
    """
    with opened(data) as archive:
        known = properties(archive)
    try:
        part = _main_part(data)
        on_white = part.element.find(qn("w:background")) is None
        pictures = next(part.element.iter(qn("wp:anchor"), qn("w:pict")), None) is not None
        reader = Reader(
            part.styles.element, _numbering(part), _notes(part), on_white=on_white, pictures=pictures
        )
        found = list(reader.blocks(part.element.body))
        furniture = list(_furniture(part, reader))
    except ValueError as error:  # python-docx: the main part is no Word document
        raise ParseProblem(UnreadableReason.MISMATCH) from error
    except (SyntaxError, OpcError, KeyError, AttributeError, RecursionError) as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error
    writer = BlockWriter()
    writer.write(found)
    if not writer.builder.position:
        raise ParseProblem(UnreadableReason.EMPTY)
    head = writer.control_text()
    writer.furniture(furniture)
    said = control_fields(_BETWEEN.sub("\n", "\n".join(furniture))) | control_fields(head)
    fields = {"language": _language(part)} | {k: v for k, v in known.items() if k != "title"} | said
    return ParsedText(
        text=writer.builder.text(),
        spans=writer.builder.sorted_spans(),
        meta=meta_from_fields(fields, title=writer.title, otherwise=known.get("title", "")),
    )


def _main_part(data: bytes) -> Any:
    """The main part of a Word document, also of one with macros or a template. Raises ValueError."""
    part = Package.open(io.BytesIO(data)).main_document_part
    if part.content_type not in _WORD:
        raise ValueError(part.content_type)
    return part


def _language(part: Any) -> str:
    """The language that the document's defaults name, such as ``en-GB``."""
    found = part.styles.element.find("/".join(map(qn, ("w:docDefaults", "w:rPrDefault", "w:rPr", "w:lang"))))
    return "" if found is None else Said(str(found.get(qn("w:val")) or ""), FILE_PROPERTIES)


def _numbering(part: Any) -> Any:
    related = _related(part, "/numbering")
    return related[0].element if related else None


def _notes(part: Any) -> dict[tuple[str, str], Any]:
    notes: dict[tuple[str, str], Any] = {}
    for kind in ("footnote", "endnote"):
        for related in _related(part, f"/{kind}s"):
            for element in parse_xml(related.blob).findall(qn(f"w:{kind}")):
                if element.get(qn("w:type")) not in _SPECIAL_NOTES:
                    notes[kind, str(element.get(qn("w:id")) or "")] = element
    return notes


def _furniture(part: Any, reader: Reader) -> Iterator[str]:
    """Texts of headers and footers, each once, a line for a block."""
    seen: set[str] = set()
    for kind in ("/header", "/footer"):
        for related in _related(part, kind):
            for block in reader.blocks(related.element):
                rows = block.rows if isinstance(block, Table) else ()
                texts = ["; ".join(filter(None, map(collapse, row.cells))) for row in rows]
                for text in (*texts, *([collapse(block.text)] if isinstance(block, Block) else ())):
                    if text and text not in seen:
                        seen.add(text)
                        yield text


def _related(part: Any, ending: str) -> list[Any]:
    relations = sorted(part.rels.items())
    return [r.target_part for _, r in relations if not r.is_external and r.reltype.endswith(ending)]
