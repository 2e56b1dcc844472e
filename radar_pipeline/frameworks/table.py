"""A catalog as a CSV table; docs/frameworks.md documents the header.

One row is one requirement. A comma, a semicolon or a tab may divide the columns; a cell with several
values divides them by ``|``.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.frameworks.library import FrameworkNode, Library, Objects, RequirementNode
from radar_pipeline.frameworks.publication import Publication, Source, malformed, name, prose, slug

REQUIRED = ("ref", "title", "text")
OPTIONAL = ("domain", "importance", "citation", "groups", "expected_document", "terms")
_IMPORTANCE: Mapping[str, Literal[1, 2, 3, 5]] = {"": 3, "1": 1, "2": 2, "3": 3, "5": 5}
_LONGEST_CELL = 200_000  # characters
_HEADER_REMEDY = (
    f"Let its first line name the columns {', '.join(REQUIRED)} and, as wanted, {', '.join(OPTIONAL)}."
)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int  # where the row begins, from 1
    cells: Mapping[str, str]


def recognises(source: Source) -> bool:
    """Whether the file calls itself a table."""
    return source.path.suffix.lower() in (".csv", ".tsv")


def read(source: Source) -> Publication:
    """The catalog in the table. Raises ConfigurationError with the line."""
    header, rows = _rows(source)
    identity = slug(source.identity or source.name or source.path.stem)
    if not identity:
        raise malformed(source, "", "its name has no letter or digit to make an id of; say one with --id")
    title = source.name or name(source.path.stem)
    seen: dict[str, int] = {}
    nodes = []
    for row in rows:
        node = _node(source, row, identity, title)
        if node.ref_id in seen:
            raise malformed(
                source, f"line {row.line}", f"the ref {node.ref_id!r} is that of line {seen[node.ref_id]} too"
            )
        seen[node.ref_id] = row.line
        nodes.append(node)
    if not nodes:
        raise malformed(source, "", "it has a header and no requirement")
    version = source.version or f"content-{ids.digest(*(n.model_dump_json() for n in nodes), length=8)}"
    library = Library(
        urn=f"urn:radar:csv:{identity}",
        ref_id=identity,
        name=title,
        version=version,
        packager="CSV",
        objects=Objects(
            framework=FrameworkNode(
                urn=f"urn:radar:csv:framework:{identity}",
                ref_id=identity,
                name=title,
                requirement_nodes=tuple(nodes),
            )
        ),
    )
    ignored = sum(bool(column) and column not in (*REQUIRED, *OPTIONAL) for column in header)
    return Publication(library, left_out={"unknown columns": ignored})


def _node(source: Source, row: _Row, identity: str, title: str) -> RequirementNode:
    cells = row.cells
    for column in REQUIRED:
        if not name(cells[column]):
            raise malformed(source, f"line {row.line}", f"the column {column} is empty")
    importance = cells.get("importance", "").strip()
    if importance not in _IMPORTANCE:
        problem = f"importance is {importance[:20]!r}; it may be 1, 2, 3 or 5, or left empty"
        raise malformed(source, f"line {row.line}", problem)
    ref = name(cells["ref"])
    return RequirementNode(
        urn=f"urn:radar:csv:req_node:{identity}:{ref}",
        ref_id=ref,
        name=name(cells["title"]),
        description=prose(cells["text"]),
        assessable=True,
        domain=name(cells.get("domain", "")),
        importance=_IMPORTANCE[importance],
        citation=name(cells.get("citation", "")) or f"{title}, {ref}",
        implementation_groups=_several(cells.get("groups", "")),
        expected_document=name(cells.get("expected_document", "")),
        terms=_several(cells.get("terms", "")),
    )


def _several(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (name(part) for part in cell.split("|")))))


def _rows(source: Source) -> tuple[list[str], list[_Row]]:
    text = source.text.removeprefix("\ufeff")
    first = text.split("\n", 1)[0]
    divider = max(",;\t", key=first.count)
    lines = _lines(source, text, divider)
    header = [cell.strip().casefold().replace(" ", "_") for cell in next(lines, (1, []))[1]]
    missing = [column for column in REQUIRED if column not in header]
    repeated = sorted({column for column in header if column and header.count(column) > 1})
    if missing or repeated:
        problems = [f"the column {c} is missing" for c in missing] + [f"{c} is named twice" for c in repeated]
        raise ConfigurationError(
            f"{source.path.name}, line 1: {'; '.join(problems)}.",
            remedy=f"{_HEADER_REMEDY} Nothing was imported.",
        )
    rows = []
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            problem = f"it has {len(cells)} cells where the header has {len(header)}; is a quote missing?"
            raise malformed(source, f"line {line}", problem)
        rows.append(_Row(line, dict(zip(header, cells, strict=True))))
    return header, rows


def _lines(source: Source, text: str, divider: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line on which it begins: a quoted cell may run over several."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise malformed(source, f"line {begins}", f"not valid CSV: {error}") from None
        yield begins, cells
