"""Markdown: the canonical text is what a reader sees, not the markup. Front matter is kept, marked."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from radar_pipeline.ingest.metadata import HEAD_CHARACTERS, control_fields, meta_from_fields, normalise
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.ingest.parsers.builder import (
    LINE,
    LONGEST_HEADING,
    PARAGRAPH,
    TextBuilder,
    clean,
    collapse,
)
from radar_pipeline.ingest.parsers.decode import decode
from radar_pipeline.ingest.parsers.visible import HiddenText
from radar_pipeline.ingest.titles import first_title
from radar_pipeline.models import UnreadableReason

_FRONT = re.compile(r"---[ \t]*\n(?P<yaml>.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
LONGEST_FRONT = 65_536
_NESTS = frozenset({"blockquote_open", "list_item_open"})
_UNNESTS = frozenset({"blockquote_close", "list_item_close"})
_YAML_LINE = re.compile(r"([A-Za-z][\w -]{1,40}):\s+(\S.*)")


def parse(data: bytes, path: str) -> ParsedText:
    """Parse a Markdown file (CommonMark with tables). ``path`` is not used."""
    source = clean(decode(data))
    front, fields, body = _split_front_matter(source)
    builder = TextBuilder()
    if front:
        builder.annotate("front_matter", *builder.block(front))
    writer = _Writer(builder)
    try:
        writer.write(_markdown().parse(body))
    except RecursionError as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error
    text = builder.text()
    start = len(front)
    if not text[start:].strip():
        raise ParseProblem(UnreadableReason.EMPTY)
    known = control_fields(text[start : start + HEAD_CHARACTERS]) | fields
    return ParsedText(
        text=text, spans=builder.sorted_spans(), meta=meta_from_fields(known, title=writer.title)
    )


@cache
def _markdown() -> MarkdownIt:
    # Beyond maxNesting text would be dropped in silence; beyond Python's own limit it is an error.
    return MarkdownIt("commonmark", {"maxNesting": 10_000}).enable(["table", "strikethrough"])


def _split_front_matter(source: str) -> tuple[str, dict[str, str], str]:
    """(front matter as written, its known fields, the rest). Broken YAML is read line by line."""
    match = _FRONT.match(source[: LONGEST_FRONT + 8])
    if not match:
        return "", {}, source
    written = match["yaml"]
    try:
        loaded = yaml.load(written, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError):
        lines = (_YAML_LINE.match(line) for line in written.splitlines())
        loaded = {m[1]: m[2] for m in lines if m}
    if not isinstance(loaded, dict):
        return "", {}, source  # a thematic break and prose, not front matter
    scalars = {str(key): _scalar(value) for key, value in loaded.items()}
    return match.group().strip(), normalise(scalars), source[match.end() :]


def _scalar(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str | int | float) else ""


class _Writer:
    """Walks markdown-it's tokens and writes what they show."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._lists: list[int | None] = []  # next number, None for bullets
        self._marker = ""
        self._fresh_list = False
        self._hidden = HiddenText()
        self._open: list[int] = []  # what hid when each list item or quote around began
        self._tables = 0
        self.title = ""

    def write(self, tokens: Sequence[Token]) -> None:
        self._hidden = HiddenText(token.content for token in tokens if token.type == "html_block")
        position = 0
        while position < len(tokens):
            token = tokens[position]
            if token.type in _NESTS:
                self._open.append(self._hidden.depth)
            elif token.type in _UNNESTS:
                self._hidden.close(self._open.pop())
            if token.type == "table_open":
                end = _closing(tokens, position, "table_close")
                self._table(tokens[position:end])
                position = end
            else:
                self._token(token, tokens[position - 1] if position else None)
            position += 1

    def _token(self, token: Token, before: Token | None) -> None:
        match token.type:
            case "inline" if before is not None and before.type == "heading_open":
                self._heading(self._inline(token), int(before.tag[1:]))
            case "inline":
                self._block(self._inline(token))
            case "fence" | "code_block" if not self._hidden.active:
                self._block(token.content.strip("\n"), keep_lines=True)
            case "html_block":
                for line in self._hidden.block(token.content):
                    self._block(line)
            case "bullet_list_open" | "ordered_list_open":
                ordered = token.type.startswith("ordered")
                self._fresh_list = not self._lists
                self._lists.append(int(token.attrs.get("start", 1)) if ordered else None)
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
            case "list_item_open":
                marker = self._next_marker(token.markup)
                self._marker = "" if self._hidden.active else marker
            case "list_item_close" if self._marker.strip() not in {"", "-"} and not self._hidden.active:
                self._marker, number = "", self._marker
                self._block(number)  # "72." on a line of its own is more likely text than a list
            case _:
                pass

    def _next_marker(self, delimiter: str) -> str:
        number = self._lists[-1]
        if number is None:
            return "- "
        self._lists[-1] = number + 1
        return f"{number}{delimiter} "

    def _heading(self, title: str, level: int) -> None:
        if not collapse(title):
            return
        if len(collapse(title)) > LONGEST_HEADING:
            self._block(title)  # a paragraph above a rule: CommonMark calls it a heading, no reader does
            return
        self.title = first_title(self.title, title)
        self._builder.heading(title, level)

    def _block(self, text: str, *, keep_lines: bool = False) -> None:
        shown = text if keep_lines else collapse(text)
        if not shown.strip():
            return
        separator = PARAGRAPH if not self._lists or self._fresh_list else LINE
        start, end = self._builder.block(self._marker + shown, separator)
        if self._lists:
            self._builder.annotate("list_item", start, end, level=len(self._lists) - 1)
        self._marker, self._fresh_list = "", False

    def _inline(self, token: Token) -> str:
        before = self._hidden.depth
        text = "".join(self._shown(child) for child in token.children or ())
        self._hidden.close(before)
        return text

    def _shown(self, child: Token) -> str:
        if child.type == "html_inline":
            return self._hidden.tag(child.content)
        if self._hidden.active:
            return ""
        match child.type:
            case "text" | "code_inline":
                return child.content
            case "softbreak" | "hardbreak":
                return " "
            case "image":
                return " ".join(c.content for c in child.children or ())
            case _:
                return ""

    def _table(self, tokens: Sequence[Token]) -> None:
        rows = self._rows(tokens)
        headers, body = rows[0], rows[1:]
        self._tables += 1
        separator = PARAGRAPH
        for number, row in enumerate(body, 2) if body else [(1, headers)]:
            names = headers if body else [""] * len(row)
            before = self._builder.position
            ref = f"{self._tables}.{number}"
            refs = [f"{ref}.{column}" for column in range(1, len(row) + 1)]
            self._builder.row(list(zip(names, row, strict=True)), separator, ref, refs)
            separator = LINE if self._builder.position > before else separator

    def _rows(self, tokens: Sequence[Token]) -> list[list[str]]:
        rows: list[list[str]] = []
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(self._inline(token))
        width = len(rows[0])
        return [(row + [""] * width)[:width] for row in rows]


def _closing(tokens: Sequence[Token], position: int, kind: str) -> int:
    return next(i for i in range(position, len(tokens)) if tokens[i].type == kind)
