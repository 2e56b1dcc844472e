"""JSON and JSON lines: each value a line under its path, each array of objects a register of rows.

Numbers stand as the file writes them, keys that occur twice are both kept, ``null`` says nothing.
Rows and cells name their places by JSON Pointer (RFC 6901); of JSON lines by line and pointer.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeAlias

from radar_pipeline.ingest.metadata import CONTROL_BLOCK, meta_from_fields, normalise
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.ingest.parsers.builder import (
    LINE,
    LONGEST_HEADING,
    PARAGRAPH,
    TextBuilder,
    clean,
    collapse,
    lines,
)
from radar_pipeline.ingest.parsers.decode import decode
from radar_pipeline.ingest.parsers.tables import MOST_CELLS
from radar_pipeline.models import DocumentMeta, Kind, UnreadableReason

DEEPEST = 60  # containers in containers
MOST_CHARACTERS = 100_000_000  # of text; long paths said with each of many values are a bomb
_WIDEST = 40  # values of an object that is read as one row
_LONGEST_VALUE = 400  # characters; more is prose, and stands as a paragraph
_DESCRIBING = frozenset({"metadata", "meta", "document", "info", "header", "catalog", "profile"})
_NUMBER = re.compile(r" ?\d+$")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ARROW = " › "

Value: TypeAlias = "str | bool | list[Value] | _Object | None"


@dataclass(frozen=True, slots=True)
class _Object:
    """An object as its pairs, in order, with keys that occur twice."""

    pairs: list[tuple[str, "Value"]]


def parse(data: bytes, path: str) -> ParsedText:
    """Parse a JSON file, or one of JSON lines whatever its name.

    Raises ParseProblem: those of ``decode``; ``malformed`` for what is no JSON (one bad line of many
    too: what it said is unknown) or is nested too deep; ``empty``; ``too_large``.
    """
    text = _decoded(data)
    writer = _Writer()
    values = _values(text, by_line=path.lower().endswith((".jsonl", ".ndjson")))
    meta = writer.write(values)
    if not writer.builder.position:
        raise ParseProblem(UnreadableReason.EMPTY)
    return ParsedText(writer.builder.text(), writer.builder.sorted_spans(), meta)


def _decoded(data: bytes) -> str:
    """JSON may come in UTF-16 or UTF-32 without a mark: its first characters are ASCII."""
    encoding = json.detect_encoding(data[:8])
    if b"\x00" in data[:4] and encoding.startswith(("utf-16", "utf-32")):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            raise ParseProblem(UnreadableReason.MALFORMED) from error
    return decode(data)


def _values(text: str, *, by_line: bool) -> list[tuple[int, Value]]:
    """(line, value) of each line of JSON lines; (0, value) of a single one."""
    if not by_line:
        try:
            return [(0, _loaded(text))]
        except json.JSONDecodeError as error:
            if error.msg != "Extra data":
                raise ParseProblem(UnreadableReason.MALFORMED) from error
    numbered = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    try:
        return [(n, _loaded(line)) for n, line in numbered]
    except json.JSONDecodeError as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error


def _loaded(text: str) -> Value:
    try:
        found: Value = json.loads(
            text, object_pairs_hook=_Object, parse_float=str, parse_int=str, parse_constant=str
        )
    except RecursionError as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands: the keys above it as people read them, and its pointer."""

    path: tuple[str, ...] = ()
    pointer: str = ""
    depth: int = 0

    def at(self, key: str) -> "_Place":
        if self.depth >= DEEPEST:
            raise ParseProblem(UnreadableReason.MALFORMED)
        escaped = _text(key).replace("~", "~0").replace("/", "~1")
        return _Place((*self.path, shown(key)), f"{self.pointer}/{escaped}", self.depth + 1)

    def item(self, number: int) -> "_Place":
        """An element of an array: ``controls 1`` for the first."""
        name = f"{self.path[-1]} {number + 1}" if self.path else str(number + 1)
        return replace(self.at(str(number)), path=(*self.path[:-1], name))


@dataclass(slots=True)
class _Writer:
    builder: TextBuilder = field(default_factory=TextBuilder)
    _fresh: bool = True  # a paragraph begins with the next line
    _leaves: int = 0

    def write(self, values: Sequence[tuple[int, Value]]) -> DocumentMeta:
        """Write all values; what they say of the document."""
        single = len(values) == 1 and not values[0][0]
        if single:
            self._value(values[0][1], _Place())
        elif all(isinstance(value, _Object) for _, value in values):
            self._register([(_Place((), f"{n}#"), value) for n, value in values])
        else:
            for number, value in values:
                self._value(value, _Place((), f"{number}#"))
        first = values[0][1] if values else None
        described = dict(_described(first)) if single and isinstance(first, _Object) else {}
        meta = meta_from_fields(normalise(described, CONTROL_BLOCK))
        listed = not single or isinstance(first, list)
        return replace(meta, kind=Kind.RECORD) if listed and meta.kind is Kind.UNKNOWN else meta

    def _value(self, value: Value, place: _Place) -> None:
        if isinstance(value, _Object):
            self._object(value, place)
        elif isinstance(value, list):
            self._array(value, place)
        else:
            self._leaf(value, place)

    def _object(self, value: _Object, place: _Place) -> None:
        self._fresh = True
        for key, inner in value.pairs:
            if not isinstance(inner, list | _Object):
                self._leaf(inner, place.at(key))
        for key, inner in value.pairs:
            if isinstance(inner, list | _Object):
                self._value(inner, place.at(key))
        self._fresh = True

    def _array(self, values: Sequence[Value], place: _Place) -> None:
        items = [(place.item(n), value) for n, value in enumerate(values)]
        if len(items) > 1 and all(isinstance(value, _Object) and _is_row(value) for _, value in items):
            self._register(items)
            return
        for inner, value in items:
            # Words in a list are one line each, under the list's own name.
            plain = not isinstance(value, list | _Object)
            self._value(value, replace(inner, path=place.path) if plain else inner)

    def _register(self, items: Sequence[tuple[_Place, Value]]) -> None:
        """Objects as rows with the same order of columns; the first value is said with the array's path."""
        flat = [
            (place, dict(_leaves(value, _Place((), place.pointer, place.depth)))) for place, value in items
        ]
        names = list(dict.fromkeys(name for _, cells in flat for name in cells))
        self._count(sum(len(cells) for _, cells in flat))
        if len(names) > 10 * _WIDEST:
            for place, value in items:
                self._value(value, place)
            return
        separator = PARAGRAPH
        for place, cells in flat:
            said = [(name, *cells[name]) for name in names if name in cells]
            above = [*place.path[:-1], _NUMBER.sub("", place.path[-1])] if place.path else []
            heads = [_ARROW.join([*above, name] if n == 0 else [name]) for n, (name, _, _) in enumerate(said)]
            rows = [(head, text) for head, (_, _, text) in zip(heads, said, strict=True)]
            self.builder.row(rows, separator, place.pointer, [pointer for _, pointer, _ in said])
            separator = LINE if rows else separator
        self._fresh = True

    def _leaf(self, value: Value, place: _Place) -> None:
        text = _text(value)
        if not text.strip():
            return
        self._count(1)
        name = _ARROW.join(place.path)
        separator, self._fresh = PARAGRAPH if self._fresh else LINE, False
        if len(text) <= _LONGEST_VALUE:
            self.builder.row([(name, text)], separator, place.pointer, [place.pointer])
            return
        said = lines(text)
        prefix = f"{name}: " if name else ""
        start, end = self.builder.block(f"{prefix}{said}", PARAGRAPH)
        self.builder.annotate("cell", start + len(prefix), end, name[:LONGEST_HEADING], ref=place.pointer)
        self._fresh = True

    def _count(self, leaves: int) -> None:
        self._leaves += leaves
        if self._leaves > MOST_CELLS or self.builder.position > MOST_CHARACTERS:
            raise ParseProblem(UnreadableReason.TOO_LARGE)


def shown(key: str) -> str:
    """A key as one line."""
    return collapse(_text(key))


def _text(value: Value) -> str:
    """A scalar as the file writes it; half a surrogate pair, which no store takes, is replaced."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return ""
    if _SURROGATE.search(value):
        value = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return clean(value)


def _is_row(value: Value) -> bool:
    """Whether an object is small enough to be said in one line."""
    texts = [text for _, (_, text) in islice(_leaves(value, _Place()), _WIDEST + 1)]
    return len(texts) <= _WIDEST and all(len(text) <= _LONGEST_VALUE for text in texts)


def _leaves(value: Value, place: _Place) -> Iterator[tuple[str, tuple[str, str]]]:
    """(path, (pointer, text)) of each scalar under a value; a path that occurs again is numbered."""
    seen: dict[str, int] = {}
    for inner, scalar in _scalars(value, place):
        text = _text(scalar)
        if text.strip():
            name = _ARROW.join(inner.path)
            seen[name] = seen.get(name, 0) + 1
            yield name if seen[name] == 1 else f"{name} {seen[name]}", (inner.pointer, text)


def _scalars(value: Value, place: _Place) -> Iterator[tuple[_Place, Value]]:
    if isinstance(value, _Object):
        for key, inner in value.pairs:
            yield from _scalars(inner, place.at(key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _scalars(inner, place.item(number))
    else:
        yield place, value


def _described(described: _Object, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Labelled values of the file itself: at its top, or in an object that describes it."""
    for key, value in described.pairs:
        if isinstance(value, _Object) and key.lower() in _DESCRIBING and depth < 2:
            yield from _described(value, depth + 1)
        elif isinstance(value, str):
            yield _CAMEL.sub(" ", shown(key)), _text(value)
