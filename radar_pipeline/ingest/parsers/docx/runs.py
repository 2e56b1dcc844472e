"""The text of one paragraph: what stands there once all tracked changes are accepted."""

from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import qn

from radar_pipeline.ingest.parsers.docx.faces import NO_FACE, Face, face, is_on

W_P, W_R, W_T, W_TBL, W_VAL = (qn(name) for name in ("w:p", "w:r", "w:t", "w:tbl", "w:val"))
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_CHOICE, _FALLBACK, _ALTERNATE = f"{_MC}Choice", f"{_MC}Fallback", f"{_MC}AlternateContent"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_TEXT_BOX = qn("w:txbxContent")
_REMOVED = frozenset(
    qn(name) for name in ("w:del", "w:moveFrom", "w:pPr", "w:rPr", "w:instrText", "w:sdtPr", "w:rt")
)
_SYMBOL, _CONTROL = qn("w:sym"), qn("w:sdt")
_PLACEHOLDER = f"{qn('w:sdtPr')}/{qn('w:showingPlcHdr')}"
# What the private characters of Wingdings and Symbol look like, as far as documents use them.
_SIGNS_OF_FONTS = {
    "wingdings": dict(
        zip("\xfe\xfd\xa8\x6f\xfc\xfb\xe0\xdf\xa7\x6c\x6e\x76\xd8", "☑☒☐☐✓✗→←▪●■❖➢", strict=True)
    ),
    "symbol": dict(zip("\xb0\xa3\xb3\xb1\xb4\xb7\xae\xb9\xbb\xa7\xe2\xd3\xd4", "°≤≥±×•→≠≈♣®©™", strict=True)),
}
_PROPERTIES, _STYLE, _BOLD = map(qn, ("w:rPr", "w:rStyle", "w:b"))
_NOTES = {qn("w:footnoteReference"): "footnote", qn("w:endnoteReference"): "endnote"}
_SIGNS = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}


@dataclass(slots=True)
class Content:
    """What a paragraph holds: its text, the notes it refers to, the text boxes anchored in it."""

    pieces: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)  # (footnote or endnote, id)
    boxes: list[Any] = field(default_factory=list)
    bold: bool = True  # all of its text is

    @property
    def text(self) -> str:
        """The text, forced line breaks as ``\\n``."""
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Looks:
    """How text looks by its style, by id, and which styles make it bold; how it looks in this paragraph
    before its runs say anything; whether nothing but white lies behind it."""

    faces: dict[str, Face] = field(default_factory=dict)
    bold: frozenset[str] = frozenset()
    around: Face = NO_FACE
    on_white: bool = False

    def hides(self, run: Any) -> bool:
        """Whether a run is formatted so that nobody reads it: hidden, tiny, or of the colour behind it."""
        properties = run.find(_PROPERTIES)
        look = self.around
        if properties is not None:
            look = face(properties).over(self.faces.get(_value(properties, _STYLE), NO_FACE).over(look))
        return not look.shows(on_white=self.on_white)

    def is_bold(self, run: Any) -> bool:
        """Whether a run is bold by itself or by its character style."""
        properties = run.find(_PROPERTIES)
        if properties is None:
            return False
        return is_on(properties.find(_BOLD), _value(properties, _STYLE) in self.bold)


def read(paragraph: Any, found: Content, looks: Looks) -> None:
    """Add what a ``w:p`` holds. Depth is bounded: the XML parser refuses more than 256 levels."""
    _collect(paragraph, found, looks)


def _collect(element: Any, found: Content, looks: Looks) -> None:
    for child in element:
        tag = child.tag
        if tag in {W_T, _MATH_TEXT}:
            found.pieces.append(child.text or "")
        elif tag in _SIGNS:
            found.pieces.append(_SIGNS[tag])
        elif tag in _NOTES:
            found.notes.append((_NOTES[tag], str(child.get(qn("w:id")) or "")))
        elif tag == _TEXT_BOX:
            found.boxes.append(child)
        elif tag == W_R:
            _collect_run(child, found, looks)
        elif tag == _SYMBOL:
            found.pieces.append(_symbol(child))
        elif tag == _ALTERNATE:
            _collect_alternate(child, found, looks)
        elif tag not in _REMOVED and isinstance(tag, str) and not is_prompt(child):
            _collect(child, found, looks)


def _collect_run(run: Any, found: Content, looks: Looks) -> None:
    if looks.hides(run):
        return
    before = len(found.pieces)
    _collect(run, found, looks)
    if found.bold and any(map(str.strip, found.pieces[before:])):
        found.bold = looks.is_bold(run)


def _collect_alternate(element: Any, found: Content, looks: Looks) -> None:
    """The same drawing in a new and an old form: one of them is read."""
    chosen = element.find(_CHOICE)
    if chosen is None:
        chosen = element.find(_FALLBACK)
    if chosen is not None:
        _collect(chosen, found, looks)


def _symbol(element: Any) -> str:
    """A character by its number in a font; one of a font that is not known says nothing."""
    try:
        code = int(element.get(qn("w:char")) or "", 16)
    except ValueError:
        return ""
    font = str(element.get(qn("w:font")) or "").lower()
    if 0xF000 <= code <= 0xF0FF or font in _SIGNS_OF_FONTS:
        return _SIGNS_OF_FONTS.get(font, {}).get(chr(code & 0xFF), "")
    return chr(code) if 0x20 <= code < 0xD800 else ""


def is_prompt(element: Any) -> bool:
    """A form field that nobody filled in: it shows what to write there."""
    return element.tag == _CONTROL and element.find(_PLACEHOLDER) is not None


def _value(element: Any, name: str) -> str:
    child = element.find(name)
    return "" if child is None else str(child.get(W_VAL) or "")
