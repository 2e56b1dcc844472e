"""Where a quote stands, as a person would cite it: ``Access Control Policy v3, § 4.2, p. 6``.

The parts, in this order, each only if it is known:

- the document: its title, else (or where that is only a sheet's name) its file name; ``in`` the archive
  or message that it came in; its version (``v3``; ``version Rev C``), unless the title says it; for a
  message the day it was sent;
- the section: the number of the nearest heading that has one (``§ 4.2``, ``Art. 33``, ``Annex A``), of
  the numbered clause below it that the quote stands in (``§ 4.2.1``, ``Art. 33(1)``), and the title of
  an unnumbered heading, in quotation marks and shortened, where that is nearer;
- the place: page (``pp. 6–7`` if the quote goes on), slide, sheet with rows or cells, row of a table,
  place in a JSON file, note; in a text that has none of all this the paragraph, counted;
- ``(OCR)`` if some of the quote was recognised in a picture.

Everything a document says of itself may be nonsense: a citation is one line of bounded length, and no
text, span or place makes it fail.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

from radar_pipeline.ingest.places import places
from radar_pipeline.ingest.sectioning import Numbering, section
from radar_pipeline.ingest.sections import NEVER_EVIDENCE
from radar_pipeline.ingest.spanning import Spans, one_line, shortened
from radar_pipeline.models import Document, Span

LONGEST = 240  # characters of a citation
LONGEST_NAME = 90  # of the document's name in it
LONGEST_VERSION = 20
MONTHS = (  # ours: those of ``strftime`` are in the language of whoever runs it
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_MESSAGES = frozenset({"message/rfc822", "application/vnd.ms-outlook"})
_ENVELOPE = re.compile(r"(?:[^\n]*\n\n)?(?:(?:From|To|Cc|Date): [^\n]*(?:\n|\Z)){1,4}")  # subject first
_VERSION = re.compile(
    r"(?:version|vers?\.?|v\.?|rev(?:ision|\.)?|issue|edition)?\s*(?P<number>\d{1,4}(?:\.\d{1,4}){0,3}[a-z]?)"
    r"(?![\w/-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quote stands. ``citation`` is what one reads; ``ocr``: recognised in a picture."""

    citation: str
    ocr: bool = False


def cite(document: Document, start: int, end: int, container: str = "") -> Place:
    """The citation of ``document.text[start:end]``. ``container``: path of the archive or message that
    the document came in. For many quotes of one document make a ``Citing`` once."""
    return Citing(document, container).cite(start, end)


class Citing:
    """The citations of one document."""

    def __init__(self, document: Document, container: str = "") -> None:
        self._document = document
        self._spans = Spans(document)
        self._numbering = Numbering(document)
        self._name = _name(document, container)
        self._paragraphs: list[int] | None = None

    def cite(self, start: int, end: int) -> Place:
        """The citation of ``text[start:end]``; bounds outside of the text are moved into it."""
        length = len(self._document.text)
        start = max(0, min(start, length))
        end = max(start, min(end, length))
        found = places(self._spans, start, end)
        # A slide's or sheet's heading is its title or name, which the place tells better.
        heads = "" if found.names_section else section(self._numbering, self._document, start)
        parts = [part for part in (heads, *found.parts) if part] or self._paragraph(start)
        ocr = bool(self._spans.touching("ocr", start, end)) or bool(
            set(found.pages) & set(self._document.ocr_pages)
        )
        told = shortened(", ".join((self._name, *parts)), LONGEST)
        return Place(f"{told} (OCR)" if ocr else told, ocr)

    def _paragraph(self, start: int) -> list[str]:
        """The number of the paragraph, for a text that has no other places; of a message, in its body."""
        if self._paragraphs is None:
            text, body = self._document.text, self._body()
            self._paragraphs = [m.start() for m in re.finditer(r"[^\n]*\S[^\n]*", text) if m.start() >= body]
        inert = [s for kind in NEVER_EVIDENCE for s in self._spans.of(kind) if s.start <= start]
        before = bisect_right(self._paragraphs, start) - sum(self._lines(span, start) for span in inert)
        return [f"para. {before}"] if before > 0 and len(self._paragraphs) > 1 else []

    def _body(self) -> int:
        """Where the text begins that is counted: of a message, behind its subject and who, whom and when."""
        if self._document.media_type not in _MESSAGES:
            return 0
        envelope = _ENVELOPE.match(self._document.text)
        subject = next((s.end for s in self._document.spans_of("heading") if not s.start), 0)
        return max(envelope.end() if envelope else 0, subject)

    def _lines(self, span: Span, start: int) -> int:
        lines = self._paragraphs or []
        return bisect_right(lines, min(span.end, start) - 1) - bisect_right(lines, span.start - 1)


def _name(document: Document, container: str) -> str:
    """Title or file name, where it came in, and its version or date."""
    file = document.path.rsplit("/", 1)[-1]
    sheets = {one_line(sheet.value).lower() for sheet in document.spans_of("sheet")}
    title = one_line(document.meta.title)
    name = shortened("" if title.lower() in sheets else title, LONGEST_NAME)
    name = name or shortened(one_line(file), LONGEST_NAME)
    version = _version(document.meta.version, name)
    sent = document.meta.effective_date if document.media_type in _MESSAGES else None
    outer = shortened(one_line(container.rsplit("/", 1)[-1]), LONGEST_NAME // 2)
    return (
        (name or "untitled document")
        + (f" {version}" if version else "")
        + (f", message of {sent.day} {MONTHS[sent.month - 1]} {sent.year}" if sent else "")
        + (f" (in {outer})" if outer else "")
    )


def _version(said: str, name: str) -> str:
    said = one_line(said)
    match = _VERSION.match(said)
    if not match:
        known = said and len(said) <= LONGEST_VERSION and said.lower() not in name.lower()
        return f"version {said}" if known and any(c.isdigit() or c.isupper() for c in said) else ""
    number = match["number"]
    in_title = rf"(?:\bv|version|ver\.?|rev(?:ision|\.)?|issue|edition)\s*{re.escape(number)}(?![\w.])"
    if re.search(in_title, name, re.IGNORECASE) or name.endswith(f" {number}"):
        return ""
    return f"v{number}"
