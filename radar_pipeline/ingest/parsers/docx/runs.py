"""The text of one paragraph: what stands there once all tracked changes are accepted."""

from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import qn

W_P, W_R, W_T, W_TBL, W_VAL = (qn(name) for name in ("w:p", "w:r", "w:t", "w:tbl", "w:val"))
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_CHOICE, _FALLBACK, _ALTERNATE = f"{_MC}Choice", f"{_MC}Fallback", f"{_MC}AlternateContent"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_TEXT_BOX = qn("w:txbxContent")
_REMOVED = frozenset(qn(name) for name in ("w:del", "w:moveFrom", "w:pPr", "w:rPr", "w:instrText", "w:sdtPr"))
_NOTES = {qn("w:footnoteReference"): "footnote", qn("w:endnoteReference"): "endnote"}
_SIGNS = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_OFF = frozenset({"0", "false", "off"})


@dataclass(slots=True)
class Content:
    """What a paragraph holds: its text, the notes it refers to, the text boxes anchored in it."""

    pieces: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)  # (footnote or endnote, id)
    boxes: list[Any] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text, forced line breaks as ``\\n``."""
        return "".join(self.pieces)


def content(paragraph: Any) -> Content:
    """Read a ``w:p``. Depth is bounded: the XML parser refuses more than 256 levels."""
    found = Content()
    _collect(paragraph, found)
    return found


def _collect(element: Any, found: Content) -> None:
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
        elif tag == _ALTERNATE:
            _collect_alternate(child, found)
        elif tag not in _REMOVED and isinstance(tag, str) and not (tag == W_R and hidden(child)):
            _collect(child, found)


def _collect_alternate(element: Any, found: Content) -> None:
    """The same drawing in a new and an old form: one of them is read."""
    chosen = element.find(_CHOICE)
    if chosen is None:
        chosen = element.find(_FALLBACK)
    if chosen is not None:
        _collect(chosen, found)


def hidden(run: Any) -> bool:
    """Whether a run is formatted as hidden text."""
    properties = run.find(qn("w:rPr"))
    mark = properties.find(qn("w:vanish")) if properties is not None else None
    return mark is not None and mark.get(W_VAL) not in _OFF
