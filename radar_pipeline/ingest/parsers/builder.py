"""Writes a canonical text block by block and keeps the annotations' offsets exact."""

import re
from collections.abc import Sequence

from radar_pipeline.models import Span

PARAGRAPH = "\n\n"
LINE = "\n"
LONGEST_HEADING = 200  # characters; the value of a heading span, not its text

# Controls that would confuse stores, terminals or the tokenizer; each becomes one space.
_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127, *range(128, 160)), " ") | {
    0xFEFF: " ",
    0xFFFE: " ",
    0xFFFF: " ",
}
_WRAPPED = re.compile(r"(?<=[^.!?:;\n])\n(?=[a-z])")
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff]"
)  # seldom there: cheaper to ask


def clean(text: str) -> str:
    """Replace control characters by spaces, one for one, so that offsets stay what they were."""
    return text.translate(_CONTROLS) if _CONTROL.search(text) else text


def collapse(text: str) -> str:
    """One line: every run of whitespace becomes one space, ends trimmed."""
    return " ".join(text.split())


def lines(text: str) -> str:
    """Text with forced line breaks as ``\\n``: each line collapsed, blank ones left out. A break
    within a sentence, as programs wrap e-mails, becomes a space."""
    kept = "\n".join(filter(None, map(collapse, text.split("\n"))))
    return _WRAPPED.sub(" ", kept)


class TextBuilder:
    """Accumulates text and spans. Offsets are code points into the text built so far."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self.spans: list[Span] = []

    @property
    def position(self) -> int:
        """Where the next character will stand."""
        return self._length

    def block(self, text: str, separator: str = PARAGRAPH) -> tuple[int, int]:
        """Append a block after a separator (none at the very beginning); its offsets."""
        if self._length:
            self._append(separator)
        start = self._length
        self._append(text)
        return start, self._length

    def heading(self, text: str, level: int) -> None:
        """Append a heading as its own paragraph. Text that is blank leaves no trace."""
        title = collapse(text)
        if title:
            start, end = self.block(title)
            self.annotate("heading", start, end, title[:LONGEST_HEADING], level)

    def row(
        self, cells: Sequence[tuple[str, str]], separator: str, ref: str = "", refs: Sequence[str] = ()
    ) -> None:
        """Append a table row of (header, value) cells as ``Header: value; Header: value``.

        ``ref`` and ``refs`` say where the row and each of its cells stand in the source.
        """
        places = refs or [""] * len(cells)
        filled = [
            (collapse(h).rstrip(":"), collapse(v), place)
            for (h, v), place in zip(cells, places, strict=True)
            if v.strip()
        ]
        if not filled:
            return
        if self._length:
            self._append(separator)
        row_start = self._length
        for ordinal, (header, value, place) in enumerate(filled):
            self._append("; " if ordinal else "")
            self._append(f"{header}: " if header else "")
            start = self._length
            self._append(value)
            self.annotate("cell", start, self._length, header[:LONGEST_HEADING], ref=place)
        self.annotate("table_row", row_start, self._length, ref=ref)

    def include(self, text: str, spans: Sequence[Span], levels: int = 0) -> None:
        """Append another text with its annotations as a paragraph; its headings sink by ``levels``."""
        start, _ = self.block(text)
        for span in spans:
            level = span.level + levels if span.kind == "heading" else span.level
            self.annotate(span.kind, start + span.start, start + span.end, span.value, level, ref=span.ref)

    def annotate(
        self, kind: str, start: int, end: int, value: str = "", level: int = 0, *, ref: str = ""
    ) -> None:
        """Add a span; an empty range is dropped."""
        if end > start:
            self.spans.append(Span(kind, start, end, value, level, ref))

    def text(self) -> str:
        """The whole text so far."""
        return "".join(self._parts)

    def sorted_spans(self) -> tuple[Span, ...]:
        """All spans in text order, outer before inner."""
        return tuple(sorted(self.spans, key=lambda s: (s.start, -s.end, s.kind)))

    def _append(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._length += len(text)
