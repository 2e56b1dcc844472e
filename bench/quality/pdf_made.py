"""PDFs made from a seed, laid out line by line, so that what stands where is known exactly."""

import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from bench.quality.pdf_traits import FAMILIES, Made, Traits, traits_of
from bench.quality.pdf_words import Writer

A4 = (595.0, 842.0)
_MARGIN, _GUTTER, _TOP, _BOTTOM = 64.0, 24.0, 92.0, 80.0
_NOTE_SIZE = 7.5


@dataclass(slots=True)
class _Piece:
    """Text drawn in one go; ``space``: extra points between its words."""

    page: int
    x: float
    y: float
    text: str
    font: str
    size: float
    space: float = 0.0


def made_files(seed: int = 4, number: int = 72) -> Iterator[Made]:
    """``number`` files of different looks; the same seed gives the same files."""
    for index in range(number):
        rng = random.Random(f"{seed}:{index}")
        yield make(f"made-{index:02d}", traits_of(index, rng), rng)


def make(name: str, traits: Traits, rng: random.Random) -> Made:
    """One file of given looks."""
    return _Layout(name, traits, rng).made()


class _Layout:
    """Breaks lines, columns and pages, and keeps account of what came where."""

    def __init__(self, name: str, traits: Traits, rng: random.Random) -> None:
        self._truth = Made(name, traits)
        self._traits, self._rng, self._writer = traits, rng, Writer(rng)
        self._plain, self._bold = FAMILIES[traits.family]
        self._pieces: list[_Piece] = []
        self._titles: dict[int, str] = {}  # page -> section that it begins in
        self._outline: list[tuple[str, int, int]] = []
        self._notes: dict[int, list[str]] = {}  # page -> lines of its footnotes
        self._note_numbers = count(1)
        self._page, self._column, self._y = 1, 0, A4[1] - _TOP
        self._section = ""

    def made(self) -> Made:
        """Lay everything out and draw it."""
        traits = self._traits
        size = traits.size * (1.9 if traits.columns == 1 else 1.3)
        self._line([(self._writer.title(), -1)], self._bold, size, heading=True)
        self._truth.headings.append((self._pieces[-1].text, 1))
        for number in range(1, traits.sections + 1):
            self._heading(f"{number}", 1)
            self._paragraphs(self._rng.randint(2, 4))
            if traits.tables and number % 2:
                self._table()
            for sub in range(1, self._rng.randint(1, 3)):
                self._heading(f"{number}.{sub}", 2)
                self._paragraphs(self._rng.randint(1, 3))
        self._truth.data = self._drawn()
        return self._truth

    # ── Blocks ────────────────────────────────────────────────────────────────────────────────

    def _heading(self, number: str, level: int) -> None:
        style, title = self._traits.headings, self._writer.title()
        shown = f"{number} {title}" if self._traits.numbered or style == "run_in" else title
        if style == "capitals" and level == 1:
            shown = shown.upper()
        self._truth.headings.append((shown, level + 1))
        size = self._traits.size * ({1: 1.45, 2: 1.2}[level] if style == "large" else 1.0)
        self._section = self._section or shown
        if style == "run_in" and level == 2:
            self._text([self._writer.sentence() for _ in range(4)], run_in=f"{shown}.")
            self._outline.append((f"{shown}.", level, self._pieces[-1].page))
            return
        self._room(4 * size)
        self._y -= 0.6 * size
        self._line([(shown, -1)], self._bold, size, heading=True)
        self._section = shown if level == 1 else self._section
        self._outline.append((shown, level, self._page))
        self._y -= 0.35 * size

    def _paragraphs(self, number: int) -> None:
        for _ in range(number):
            self._text([self._writer.sentence() for _ in range(self._rng.randint(2, 6))])

    def _text(self, sentences: Sequence[str], run_in: str = "") -> None:
        """A paragraph; in files with footnotes one sentence in six carries a mark."""
        self._truth.sentences += sentences
        words = [(word, index) for index, text in enumerate(sentences) for word in text.split()]
        marks = {}
        if self._traits.notes and self._rng.random() < 0.5:
            marks[self._rng.randrange(len(sentences))] = next(self._note_numbers)
        lead = [(word, -1) for word in run_in.split()]
        pages: dict[int, set[int]] = {}
        for line, last in self._broken(lead + words):
            ends = [s for n, (_, s) in enumerate(line) if n + 1 == len(line) or line[n + 1][1] != s]
            noted = {s for s in ends if s in marks and line_ends(line, s, sentences[s])}
            self._line(
                line, self._plain, self._traits.size, justify=not last, marks={s: marks[s] for s in noted}
            )
            for sentence in {s for _, s in line}:
                pages.setdefault(sentence, set()).add(self._page)
        self._truth.crossing += [sentences[s] for s, on in pages.items() if len(on) > 1 and s >= 0]
        self._y -= 0.7 * self._traits.size

    def _table(self) -> None:
        size, columns = self._traits.size, self._rng.randint(3, 4)
        width = (A4[0] - 2 * _MARGIN) / columns
        headers = [f"{self._writer.header()} {chr(65 + n)}" for n in range(columns)]
        grid = [[self._writer.cell() for _ in headers] for _ in range(self._rng.randint(3, 6))]
        self._room((len(grid) + 2) * 2.8 * size)
        for number, row in enumerate([headers, *grid]):
            font = self._bold if number == 0 else self._plain
            cells = [list(self._broken([(w, -1) for w in cell.split()], width - 10, font)) for cell in row]
            deepest = max(len(lines) for lines in cells)
            for column, lines in enumerate(cells):
                for depth, (line, _) in enumerate(lines):
                    text = " ".join(word for word, _ in line)
                    y = self._y - depth * 1.25 * size
                    self._pieces.append(_Piece(self._page, _MARGIN + column * width, y, text, font, size))
            self._y -= (deepest * 1.25 + 0.5) * size
        self._truth.rows += [list(zip(headers, row, strict=True)) for row in grid]
        self._y -= size

    # ── Lines ─────────────────────────────────────────────────────────────────────────────────

    @property
    def _width(self) -> float:
        inner = A4[0] - 2 * _MARGIN
        return inner if self._traits.columns == 1 else (inner - _GUTTER) / 2

    def _broken(
        self, words: list[tuple[str, int]], width: float | None = None, font: str = ""
    ) -> Iterator[tuple[list[tuple[str, int]], bool]]:
        """(words of a line, whether it is the last); long words may be parted by a hyphen."""
        width, font, size = width or self._width, font or self._plain, self._traits.size
        line: list[tuple[str, int]] = []
        waiting = list(reversed(words))
        while waiting:
            word, sentence = waiting.pop()
            if self._wide([*line, (word, sentence)], font, size) <= width:
                line.append((word, sentence))
                continue
            for cut in range(len(word) - 3, 2, -1) if self._traits.hyphens and word.isalpha() else ():
                if self._wide([*line, (word[:cut] + "-", sentence)], font, size) <= width:
                    line.append((word[:cut] + "-", sentence))
                    word = word[cut:]
                    break
            if not line:
                line.append((word, sentence))
            else:
                waiting.append((word, sentence))
            yield line, False
            line = []
        if line:
            yield line, True

    @staticmethod
    def _wide(words: Sequence[tuple[str, int]], font: str, size: float) -> float:
        return float(pdfmetrics.stringWidth(" ".join(w for w, _ in words), font, size))

    def _line(
        self,
        words: list[tuple[str, int]],
        font: str,
        size: float,
        *,
        heading: bool = False,
        justify: bool = False,
        marks: dict[int, int] | None = None,
    ) -> None:
        """Place one line; leading words of sentence -1 in a paragraph are a run-in heading, bold."""
        notes = [line for mark in (marks or {}).values() for line in self._note(mark)]
        self._room(1.3 * size, len(notes))
        self._titles.setdefault(self._page, self._section)
        self._notes.setdefault(self._page, []).extend(notes)
        x = _MARGIN + self._column * (self._width + _GUTTER)
        space = (self._width - self._wide(words, font, size)) / max(len(words) - 1, 1)
        spread = space if justify and self._traits.justified and len(words) > 1 else 0.0
        lead = sum(s < 0 for _, s in words) if not heading else 0
        groups = [(words[:lead], self._bold), (words[lead:], font)]
        for group, face in groups:
            for part, mark in _parted(group, marks or {}, each=self._traits.word_by_word or bool(spread)):
                self._pieces.append(_Piece(self._page, x, self._y, part, face, size))
                x += pdfmetrics.stringWidth(part, face, size)
                if mark:
                    self._pieces.append(_Piece(self._page, x, self._y + 0.35 * size, mark, face, 0.6 * size))
                    x += pdfmetrics.stringWidth(mark, face, 0.6 * size)
                x += pdfmetrics.stringWidth(" ", face, size) + spread
        self._y -= 1.3 * size

    def _room(self, height: float, new_notes: int = 0) -> None:
        """Go on in the next column or page if there is no room here."""
        notes = len(self._notes.get(self._page, [])) + new_notes
        if self._y - height >= _BOTTOM + notes * 1.3 * _NOTE_SIZE + (14 if notes else 0):
            return
        self._column += 1
        if self._column >= self._traits.columns:
            self._column, self._page = 0, self._page + 1
        self._y = A4[1] - _TOP

    def _note(self, mark: int) -> list[str]:
        text = f"{mark} {self._writer.sentence()} {self._writer.sentence()}"
        self._truth.notes.append(text)
        lines: list[str] = []
        line = ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if pdfmetrics.stringWidth(longer, self._plain, _NOTE_SIZE) > A4[0] - 2 * _MARGIN:
                lines, line = [*lines, line], word
            else:
                line = longer
        return [*lines, line]

    # ── Drawing ───────────────────────────────────────────────────────────────────────────────

    def _drawn(self) -> bytes:
        out = io.BytesIO()
        canvas = Canvas(out, pagesize=A4, invariant=1)  # reportlab turns the sheet of a rotated page itself
        level_shown = 0
        for page in range(1, self._page + 1):
            canvas.setPageRotation(self._traits.rotation)
            _turn(canvas, self._traits.rotation)
            mine = [p for p in self._pieces if p.page == page]
            if self._traits.across:
                mine.sort(key=lambda p: (-round(p.y), p.x))
            for piece in [*self._edges(page), *mine, *self._foot(page)]:
                canvas.setFont(piece.font, piece.size)
                canvas.drawString(piece.x, piece.y, piece.text)
            if self._traits.outline:
                for title, level, _ in (entry for entry in self._outline if entry[2] == page):
                    key = f"{title}-{page}"
                    canvas.bookmarkPage(key)
                    level_shown = min(level - 1, level_shown + 1)
                    canvas.addOutlineEntry(title, key, level_shown)
            canvas.showPage()
        canvas.save()
        return out.getvalue()

    def _foot(self, page: int) -> list[_Piece]:
        lines = self._notes.get(page, [])
        top = _BOTTOM + (len(lines) - 1) * 1.3 * _NOTE_SIZE
        return [
            _Piece(page, _MARGIN, top - n * 1.3 * _NOTE_SIZE, line, self._plain, _NOTE_SIZE)
            for n, line in enumerate(lines)
        ]

    def _edges(self, page: int) -> list[_Piece]:
        header = {
            "same": f"{self._truth.name.title()} Manual, internal copy",
            "alternate": ("Operations Manual of the Institute", "Volume Two, Procedures")[page % 2],
            "varying": self._titles.get(page, ""),
        }.get(self._traits.header, "")
        footer = {"page_of": f"Page {page} of {self._page}", "dashed": f"- {page} -", "outer": str(page)}.get(
            self._traits.footer, ""
        )
        self._truth.furniture += [text for text in (header, footer) if text]
        odd = page % 2 == 1
        left = _MARGIN if odd or self._traits.header == "same" else A4[0] - _MARGIN - 190
        low = A4[0] / 2 - 20 if self._traits.footer != "outer" else (A4[0] - _MARGIN if odd else _MARGIN)
        return [
            _Piece(page, left, A4[1] - 48, header, self._plain, 8.0),
            _Piece(page, low, 40, footer, self._plain, 8.0),
        ]


def line_ends(line: list[tuple[str, int]], sentence: int, text: str) -> bool:
    """Whether the last word of a sentence stands on the line."""
    last = [word for word, s in line if s == sentence][-1]
    return text.endswith(last)


def _parted(
    words: Sequence[tuple[str, int]], marks: dict[int, int], *, each: bool
) -> Iterator[tuple[str, str]]:
    """(text drawn in one go, footnote mark behind it)."""
    part: list[str] = []
    for word, sentence in words:
        part.append(word)
        mark = str(marks[sentence]) if sentence in marks and word.endswith(".") else ""
        if each or mark:
            yield " ".join(part), mark
            part = []
    if part:
        yield " ".join(part), ""


def _turn(canvas: Canvas, rotation: int) -> None:
    """Turn the paper under the pen, so that the page reads upright once a viewer has turned it."""
    if rotation == 90:
        canvas.translate(A4[1], 0)
    elif rotation == 180:
        canvas.translate(*A4)
    elif rotation == 270:
        canvas.translate(0, A4[0])
    canvas.rotate(rotation)
