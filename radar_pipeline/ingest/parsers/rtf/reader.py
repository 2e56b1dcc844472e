"""Walks the tokens of an RTF file and gives its paragraphs, tables, notes and running lines."""

import codecs
import re
from collections.abc import Callable

from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.ingest.parsers.blocks import Block, Table
from radar_pipeline.ingest.parsers.builder import clean, collapse, lines
from radar_pipeline.ingest.parsers.rtf.codepages import CHARSETS, LANGUAGES, SYMBOL, page
from radar_pipeline.ingest.parsers.rtf.head import Head
from radar_pipeline.ingest.parsers.rtf.rows import RowReader
from radar_pipeline.ingest.parsers.rtf.state import Format, Group, Style
from radar_pipeline.ingest.parsers.rtf.tokens import tokens
from radar_pipeline.models import UnreadableReason

DEEPEST = 10_000  # groups in groups
_TARGETS = {
    **dict.fromkeys(("fonttbl", "colortbl", "stylesheet", "info"), ""),
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), "furniture"),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), "furniture"),
    **dict.fromkeys(("listtext", "pntext"), "label"),
    "footnote": "note",
}
_SKIPPED = frozenset(
    """pict object nonshppict fldinst xe tc tcn rxe bkmkstart bkmkend annotation atnid atnauthor datafield
    nonesttables filetbl revtbl listtable listoverridetable rsidtbl mmathPr private template ftnsep ftnsepc
    ftncn aftnsep aftnsepc aftncn objdata objclass blipuid comment shpinst background do""".split()
)
_SHOWN_STARRED = frozenset({"shpinst", "shptxt", "ud", "footnote", "pntext", "moMath", "mmath"})
_INFO = {"title": "title", "author": "author", "category": "kind", "propname": "", "staticval": ""}
_SIGNS = {
    "~": " ", "_": "-", "-": "", "emdash": "—", "endash": "–", "emspace": " ", "enspace": " ", "qmspace": " ",
    "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "tab": " ",
    "line": "\n", "lbr": "\n", "{": "{", "}": "}", "\\": "\\", "\n": "\n", "\r": "\n",
}  # fmt: skip
_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)


class Reader:
    """Reads one file: ``blocks``, ``furniture`` and ``properties`` once ``read`` is done."""

    def __init__(self) -> None:
        self.blocks: list[Block | Table] = []
        self.furniture: list[str] = []
        self.properties: dict[str, str] = {}
        self.language = ""
        self._group = Group()
        self._outer: list[Group] = []
        self._format = Format()
        self._head = Head()
        self._texts: dict[str, list[str]] = {}  # what is collected for each target
        self._notes: list[tuple[str, str]] = []
        self._bold = True
        self._rows = RowReader()
        self._property = ""
        self._skipping = 0  # characters that stand for a Unicode one
        self._decoder = codecs.getincrementaldecoder("cp1252")("replace")
        self._starred = False

    def read(self, source: str) -> None:
        """Read a file given as Latin-1. Raises ParseProblem ``malformed``."""
        for token in tokens(source):
            if token.brace:
                if self._brace(token.brace):
                    break
            elif token.text:
                self._text(token.text)
            else:
                self._word(token.word, token.number)
        self._end_paragraph()
        self._end_table()

    # ── Groups ────────────────────────────────────────────────────────────────────────────────

    def _brace(self, brace: str) -> bool:
        """Open or close a group; True once the file's own is closed."""
        self._skipping, self._starred = 0, False
        if brace == "{":
            self._outer.append(self._group)
            self._group = self._group.inner()
            if len(self._outer) > DEEPEST:
                raise ParseProblem(UnreadableReason.MALFORMED)
            return False
        if not self._outer:
            return True
        closed, self._group = self._group, self._outer.pop()
        self._close(closed.target, self._group.target)
        self._set_encoding()
        return not self._outer

    def _close(self, target: str, outer: str) -> None:
        if target in {"fonttbl", "stylesheet"}:
            self._head.end_entry(target, collapse(self._taken(target)))
        if target == outer:
            return
        if target == "note":
            number = str(len(self._notes) + self._noted() + 1)
            note = collapse(self._taken("note"))
            self._notes += [(number, note)] if note else []
        elif target == "furniture":
            for line in lines(self._taken("furniture")).split("\n"):
                if line and line not in self.furniture:
                    self.furniture.append(line)
        elif target.startswith("info:"):
            self._keep_property(target[5:])

    def _noted(self) -> int:
        return sum(len(block.notes) for block in self.blocks if isinstance(block, Block))

    def _keep_property(self, name: str) -> None:
        text = collapse(self._taken(f"info:{name}"))
        if name == "propname":
            self._property = text
        elif name == "staticval":
            self.properties.setdefault(self._property, text)
        elif text:
            self.properties[_INFO[name]] = text

    # ── Text ──────────────────────────────────────────────────────────────────────────────────

    def _text(self, text: str) -> None:
        if self._skipping:
            text, self._skipping = text[self._skipping :], max(0, self._skipping - len(text))
        if text and self._group.target == "colortbl":
            self._head.end_colours(text.count(";"))
        elif text and self._group.target != "skip":
            self._add(self._decoder.decode(text.encode("latin-1")))

    def _add(self, text: str) -> None:
        group = self._group
        if group.target == "skip" or group.unseen or self._is_white() or not text:
            return
        if group.symbol and group.target == "body":
            return
        if group.target == "body" and text.strip():
            self._bold = self._bold and (group.bold or self._style().bold)
        self._texts.setdefault(group.target, []).append(text)

    def _is_white(self) -> bool:
        """White text that lies on no colour of its own."""
        if not self._head.is_white(self._group.colour):
            return False
        return not (self._group.shaded or self._format.shaded or self._format.in_table)

    def _taken(self, target: str) -> str:
        text = "".join(self._texts.pop(target, ()))
        return clean(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))

    def _set_encoding(self) -> None:
        self._decoder = codecs.getincrementaldecoder(self._group.encoding)("replace")

    # ── Words ─────────────────────────────────────────────────────────────────────────────────

    def _word(self, word: str, number: int | None) -> None:
        starred, self._starred = self._starred, word == "*"
        if self._skipping and len(word) == 1 and not word.isalpha():
            self._skipping -= 1
        elif word in _TARGETS or word in _SKIPPED or starred:
            self._destination(word, starred)
        elif self._group.target == "skip":
            if word in {"result", "shptxt", "ud"}:
                self._group.target = "body"
        elif self._group.target == "info" and word in _INFO:
            self._group.target = f"info:{word}"
        elif self._group.target in {"fonttbl", "colortbl", "stylesheet"}:
            self._head.word(self._group.target, word, number)
        elif word in _SIGNS:
            self._add(_SIGNS[word])
        else:
            handler = _WORDS.get(word)
            if handler:
                handler(self, number)

    def _destination(self, word: str, starred: bool) -> None:
        group = self._group
        if group.target == "skip":
            group.target = "body" if word in {"shptxt", "ud"} else "skip"
        elif word in _TARGETS:
            group.target = _TARGETS[word] or word
        elif word == "userprops":
            group.target = "info"
        elif word in _SKIPPED or (starred and word not in _SHOWN_STARRED):
            group.target = "skip"

    def _style(self) -> Style:
        return self._head.styles.get(self._format.style or 0, Style()) if self._format.style else Style()

    def _character(self, number: int | None) -> None:
        code = (number or 0) % 0x10000
        self._add(chr(code) if code else "")
        self._skipping = self._group.fallback

    def _font(self, number: int | None) -> None:
        charset = self._head.fonts.get(number or 0)
        self._group.symbol = charset == SYMBOL
        if charset in CHARSETS and charset:
            self._group.encoding = CHARSETS[charset]
        elif charset is not None:
            self._group.encoding = self._outer[0].encoding if self._outer else "cp1252"
        self._set_encoding()

    def _page(self, encoding: str) -> None:
        for group in (*self._outer, self._group):
            group.encoding = encoding
        self._set_encoding()

    # ── Paragraphs and tables ─────────────────────────────────────────────────────────────────

    def _end_paragraph(self, _: int | None = None) -> None:
        if self._group.target in {"note", "furniture"}:
            self._texts.setdefault(self._group.target, []).append("\n")
            return
        if self._group.target != "body":
            return
        if self._format.in_table:
            self._texts.setdefault("body", []).append(" ")
            return
        self._end_table()
        text, label = lines(self._taken("body")), collapse(self._taken("label"))
        if text and not self._style().hidden:
            self.blocks.append(self._block(text, label))
            self._notes = []
        self._bold = True

    def _block(self, text: str, label: str) -> Block:
        style, level = self._style(), self._format.level
        named = _HEADING.match(style.name)
        if level is None:
            level = style.level or (int(named[1]) if named else 0 if style.name.lower() == "title" else None)
        shown = label if any(map(str.isalnum, label)) else "-" if label else ""
        return Block(
            text=text,
            level=level,
            label=shown,
            depth=self._format.depth if shown else None,
            contents=style.name.lower().startswith("toc "),
            bold=self._bold,
            notes=self._notes,
        )

    def _cell(self, _: int | None = None) -> None:
        label, text = collapse(self._taken("label")), collapse(self._taken("body"))
        said = [f"{label} {text}".strip(), *(note for _, note in self._notes)]
        self._rows.cell(" ".join(filter(None, said)))
        self._notes, self._bold = [], True

    def _end_table(self) -> None:
        rows = self._rows.taken()
        if rows:
            narrow = all(len(row.cells) < 2 for row in rows)
            boxes = [Block(row.cells[0]) for row in rows if row.cells and row.cells[0]]
            self.blocks += boxes if narrow else [Table(rows)]


def _switch(name: str) -> Callable[[Reader, int | None], None]:
    return lambda reader, number: setattr(reader._group, name, number != 0)


def _number(name: str) -> Callable[[Reader, int | None], None]:
    return lambda reader, number: setattr(reader._group, name, number or 0)


def _formatted(name: str, value: object) -> Callable[[Reader, int | None], None]:
    return lambda reader, _: setattr(reader._format, name, value)


def _outline(reader: Reader, number: int | None) -> None:
    reader._format.level = number + 1 if number is not None and 0 <= number < 9 else None


def _new_paragraph(reader: Reader, _: int | None) -> None:
    reader._format = Format()


def _language(reader: Reader, number: int | None) -> None:
    reader.language = LANGUAGES.get((number or 0) & 0x3FF, "")


def _merge(word: str) -> Callable[[Reader, int | None], None]:
    return lambda reader, _: reader._rows.merge(word)


_WORDS: dict[str, Callable[[Reader, int | None], None]] = {
    "u": Reader._character,
    "f": Reader._font,
    "uc": lambda reader, number: setattr(reader._group, "fallback", max(0, min(number or 0, 100))),
    "ansicpg": lambda reader, number: reader._page(page(str(number or 1252))),
    "mac": lambda reader, _: reader._page("mac_roman"),
    "pc": lambda reader, _: reader._page("cp437"),
    "pca": lambda reader, _: reader._page("cp850"),
    "deflang": _language,
    "plain": lambda reader, _: reader._group.plain(),
    "v": _switch("hidden"),
    "deleted": _switch("deleted"),
    "htmlrtf": _switch("marked_up"),
    "b": _switch("bold"),
    "fs": _number("size"),
    "cf": _number("colour"),
    **dict.fromkeys(("highlight", "chcbpat", "cb"), _switch("shaded")),
    **dict.fromkeys(("cbpat", "shading"), _formatted("shaded", True)),
    "pard": _new_paragraph,
    "intbl": _formatted("in_table", True),
    "outlinelevel": _outline,
    "s": lambda reader, number: setattr(reader._format, "style", number),
    "ilvl": lambda reader, number: setattr(reader._format, "depth", max(0, min(number or 0, 8))),
    **dict.fromkeys(("par", "sect", "page", "column"), Reader._end_paragraph),
    **dict.fromkeys(("nestcell", "nestrow"), lambda reader, _: reader._add(" ")),
    "cell": Reader._cell,
    "row": lambda reader, _: reader._rows.end_row(),
    "trowd": lambda reader, _: reader._rows.define(),
    "trhdr": lambda reader, _: reader._rows.mark_header(),
    "cellx": lambda reader, _: reader._rows.define_cell(),
    **{word: _merge(word) for word in ("clvmgf", "clvmrg", "clmgf", "clmrg")},
}
