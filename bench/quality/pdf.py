"""How much of a PDF is read, and how well its structure is found.

Words against ``pdftotext`` (poppler); headings against the files' own bookmarks, with the outline
hidden from the parser and with it; furniture, sentences over page breaks, footnotes and table cells
against what the generated files are known to hold.
"""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path

import pypdfium2 as pdfium

from bench.quality.pdf_made import made_files
from bench.quality.pdf_traits import Made
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.ingest.parsers.pdf import parse_pdf

ENOUGH = 0.97  # of the words, and of the files
_WORD = re.compile(r"\w+")
_HYPHEN = re.compile(r"(?<=\w)[-\xad\u2010\u2011](?:\s*\n\s*)?(?=\w)")
_LEAD = re.compile(
    r"^(?:(?i:chapter|appendix|part|kapitel|anhang)\s+\w+[.:]?\s+)?(?:\d+[.:]?|[A-Z][.:]|[A-Z](?=\.\d))(?:\.\d+)*[.:]?\s+|^(?i:chapter|appendix|part|kapitel|anhang)\s+\w+[.:]?\s+"
)
_LIGATURES = str.maketrans({"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"})


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` of ``of``, over so many files."""

    hits: int
    of: int
    files: int

    @property
    def value(self) -> float:
        """The share; 0 where there is nothing to find."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95% score interval (Wilson 1927)."""
        if not self.of:
            return 0.0, 1.0
        z, n, p = 1.96, self.of, self.value
        centre, spread = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)


@dataclass(slots=True)
class Measured:
    """Shares by the name of their row, and what fell short."""

    rows: dict[str, Share] = field(default_factory=dict)
    short: list[str] = field(default_factory=list)

    def add(self, name: str, hits: int, of: int) -> None:
        """Count one file into a row."""
        if of:
            before = self.rows.get(name, Share(0, 0, 0))
            self.rows[name] = Share(before.hits + hits, before.of + of, before.files + 1)


def measure(folders: Sequence[Path], seed: int = 4, number: int = 72) -> Measured:
    """Measure the PDFs of some folders, and generated ones. Raises ConfigurationError without poppler."""
    program = shutil.which("pdftotext")
    if program is None:
        raise ConfigurationError(
            "pdftotext is not installed: there is nothing to compare with.",
            remedy="Install poppler-utils.",
        )
    measured = Measured()
    for folder in folders:
        for path in sorted(p for p in folder.iterdir() if p.suffix.lower() == ".pdf"):
            _real(path, program, measured)
    for made in made_files(seed, number):
        _made(made, program, measured)
    return measured


def _real(path: Path, program: str, measured: Measured) -> None:
    data = path.read_bytes()
    parsed = _parsed(data)
    _words(f"real: files with word recall ≥ {ENOUGH}", path.name, parsed, data, program, measured)
    _headings("real", data, parsed, measured)


def _made(made: Made, program: str, measured: Measured) -> None:
    parsed = _parsed(made.data)
    _words(f"made: files with word recall ≥ {ENOUGH}", made.name, parsed, made.data, program, measured)
    _headings("made", made.data, parsed, measured)
    body, furniture, notes = _parts(parsed)
    outside = Counter(_plain(text) for text in furniture)
    truth = Counter(_plain(text) for text in made.furniture)
    kept_out = sum((truth & outside).values())
    measured.add("made: running lines outside the body", kept_out, sum(truth.values()))
    measured.add("made: lines outside the body that run", kept_out, sum(outside.values()))
    measured.add("made: sentences contiguous", *_found(made.sentences, body))
    measured.add("made: sentences over a page break contiguous", *_found(made.crossing, body))
    measured.add("made: footnotes whole and marked", *_found(made.notes, "\n".join(notes)))
    cells = [s for s in parsed.spans if s.kind == "cell"]
    pairs = Counter((_plain(s.value), _plain(parsed.text[s.start : s.end])) for s in cells)
    wanted = Counter((_plain(h), _plain(v)) for row in made.rows for h, v in row)
    measured.add("made: table cells with their header", sum((pairs & wanted).values()), sum(wanted.values()))
    expected = Counter(_title(title) for title, _ in made.headings)
    got = Counter(_title(s.value) for s in parsed.spans if s.kind == "heading")
    measured.add("made: headings found (all)", sum((expected & got).values()), sum(expected.values()))
    measured.add("made: headings right (all)", sum((expected & got).values()), sum(got.values()))


def _words(
    row: str, name: str, parsed: ParsedText | None, data: bytes, program: str, measured: Measured
) -> None:
    theirs = subprocess.run([program, "-", "-"], input=data, capture_output=True, check=False).stdout
    wanted = _bag(theirs.decode("utf-8", "replace"))
    got = _bag(parsed.text if parsed else "")
    recall = sum((wanted & got).values()) / max(sum(wanted.values()), 1)
    measured.add(row, int(recall >= ENOUGH), 1)
    measured.add(
        row.replace("files with word recall ≥ 0.97", "words"),
        sum((wanted & got).values()),
        sum(wanted.values()),
    )
    if recall < ENOUGH:
        measured.short.append(f"{name}: {recall:.3f}")


def _headings(kind: str, data: bytes, shown: ParsedText | None, measured: Measured) -> None:
    truth = outline_of(data)
    if not truth:
        return
    for label, parsed in (("by looks", _parsed(data, outline=False)), ("with bookmarks", shown)):
        spans = [s for s in parsed.spans if s.kind == "heading"] if parsed else []
        got = Counter(_title(s.value) for s in spans)
        both = sum((truth & got).values())
        measured.add(f"{kind}: bookmarks found as headings, {label}", both, sum(truth.values()))
        measured.add(f"{kind}: headings that are bookmarks, {label}", both, sum(got.values()))


def outline_of(data: bytes) -> Counter[str]:
    """The titles of a file's bookmarks, without numbers, case and punctuation."""
    document = pdfium.PdfDocument(data)
    try:
        titles = [entry.get_title() for entry in document.get_toc(max_depth=15)]
    finally:
        document.close()
    return Counter(filter(None, map(_title, titles)))


def _parsed(data: bytes, *, outline: bool = True) -> ParsedText:
    try:
        return parse_pdf(data, outline=outline)
    except ParseProblem as problem:
        raise ConfigurationError(
            f"A PDF of the bench could not be read: {problem.reason.value}.", remedy="Leave it out."
        ) from problem


def _parts(parsed: ParsedText) -> tuple[str, list[str], list[str]]:
    """(body without furniture, furniture lines, footnotes)."""
    furniture = [s for s in parsed.spans if s.kind == "furniture"]
    body, position = [], 0
    for span in furniture:
        body.append(parsed.text[position : span.start])
        position = span.end
    body.append(parsed.text[position:])
    notes = [parsed.text[s.start : s.end] for s in parsed.spans if s.kind == "footnote"]
    return "".join(body), [parsed.text[s.start : s.end] for s in furniture], notes


def _found(sentences: Iterable[str], body: str) -> tuple[int, int]:
    flat = " ".join(body.split())
    wanted = [" ".join(sentence.split()) for sentence in sentences]
    return sum(sentence in flat for sentence in wanted), len(wanted)


def _bag(text: str) -> Counter[str]:
    return Counter(_WORD.findall(_HYPHEN.sub("", text.translate(_LIGATURES)).lower()))


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip(":")


def _title(text: str) -> str:
    bare = _LEAD.sub("", " ".join(text.translate(_LIGATURES).split()))
    return "".join(c for c in bare.lower() if c.isalnum())
