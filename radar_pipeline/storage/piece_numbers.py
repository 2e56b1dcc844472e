"""What a tenant's stored pieces come to, version by version: counts and offsets, without any text."""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

Read = Callable[[str, list[str]], pa.Table]  # the columns of a table


@dataclass(frozen=True, slots=True)
class PieceNumbers:
    """The chunks, or the passages, of one document version.

    ``start`` is the first offset of any, ``end`` the last, both None if there is no piece;
    ``shortest`` counts code points. ``characters`` and ``declared`` are what the version's own row
    says of its text's length and of its pieces; None if it has no row, so is not known to be whole.
    """

    version_id: str
    characters: int | None = None
    declared: int | None = None
    stored: int = 0
    distinct: int = 0
    unknown: int = 0  # pieces without a name or an offset
    start: int | None = None
    end: int | None = None
    shortest: int | None = None


def chunks(read: Read) -> list[PieceNumbers]:
    """The chunks of every stored version."""
    return _numbers(read, "chunks", "chunk_id")


def passages(read: Read) -> list[PieceNumbers]:
    """The passages of every stored version."""
    return _numbers(read, "passages", "passage_hash")


def _numbers(read: Read, name: str, key: str) -> list[PieceNumbers]:
    pieces = read(name, ["row_id", "version_id", key, "start", "end"])
    pieces = pieces.append_column("length", pc.subtract(pieces["end"], pieces["start"]))
    missing = pc.or_(pc.is_null(pieces[key]), pc.is_null(pieces["length"]))
    pieces = pieces.append_column("missing", pc.cast(missing, pa.int64()))
    grouped = pieces.group_by("version_id").aggregate(
        [
            *(("row_id", how) for how in ("count", "count_distinct")),
            *(("missing", "sum"), ("start", "min"), ("end", "max"), ("length", "min")),
        ]
    )
    documents = read("documents", ["version_id", "characters", name]).to_pylist()
    declared = {row["version_id"]: (row["characters"], row[name]) for row in documents}
    found = {row["version_id"]: row for row in grouped.to_pylist()}
    return [
        _of(version, *declared.get(version, (None, None)), found.get(version))
        for version in sorted({*declared, *found})
    ]


def _of(
    version: str, characters: int | None, declared: int | None, row: dict[str, int] | None
) -> PieceNumbers:
    if row is None:
        return PieceNumbers(version, characters, declared)
    return PieceNumbers(
        version,
        characters,
        declared,
        stored=row["row_id_count"],
        distinct=row["row_id_count_distinct"],
        unknown=row["missing_sum"],
        start=row["start_min"],
        end=row["end_max"],
        shortest=row["length_min"],
    )
