"""The shapes of a slide in reading order, without those that nobody sees."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.ingest.parsers.pptx.shapes import Paragraph, Shape, chart, diagram, paragraphs, table_rows
from radar_pipeline.ingest.parsers.xml import attribute, child, each, local, tree

_TITLES = frozenset({"title", "ctrTitle"})
_FURNITURE = frozenset({"dt", "ftr", "sldNum", "hdr"})
_BULLETED = frozenset({"body", "obj", "", "tbl", "chart", "dgm", "media", "clipArt", "pic"})
_FILLS = frozenset({"solidFill", "gradFill", "blipFill", "pattFill"})
_WHITE = frozenset({"ffffff", "bg1", "lt1"})


@dataclass(frozen=True, slots=True)
class _Place:
    """How a group's own coordinates lie on the slide: slide = offset + (x − origin) · scale."""

    offset: tuple[float, float] = (0.0, 0.0)
    origin: tuple[float, float] = (0.0, 0.0)
    scale: tuple[float, float] = (1.0, 1.0)


class SlideReader:
    """Reads slides of one presentation, whose pages have this width and height; 0 if unknown."""

    def __init__(self, width: int, height: int) -> None:
        self._size = (width, height)

    def shapes(self, slide: Any) -> list[Shape]:
        """What a slide shows: placeholders by their number, then other shapes as they lie, back to front."""
        root = child(slide._element, "cSld", "spTree")
        if root is None:
            return []
        found = list(self._walk(slide, root, _Place(), on_white=self._is_white(slide)))
        return sorted(found, key=lambda shape: (not shape.title, shape.order))

    def notes(self, slide: Any) -> list[Paragraph]:
        """The speaker's notes of a slide."""
        notes = _related(slide, "/notesSlide")
        if notes is None:
            return []
        return [
            paragraph
            for shape in each(notes._element, "sp")
            if _placeholder(shape)[0] == "body"
            for paragraph in _body(shape, bullets=False, on_white=False)
        ]

    def layout(self, slide: Any) -> str:
        """The kind of a slide's layout (``title``, ``secHead`` …), empty if it has none."""
        layout = _related(slide, "/slideLayout")
        return attribute(layout._element, "type") if layout is not None else ""

    def _walk(self, slide: Any, parent: Any, place: _Place, *, on_white: bool) -> Iterator[Shape]:
        for element in parent:
            name = local(element)
            if name == "AlternateContent":
                yield from self._walk(slide, _alternative(element), place, on_white=on_white)
            elif name not in {"sp", "grpSp", "graphicFrame", "cxnSp"} or self._hidden(element, place):
                continue
            elif name == "grpSp":
                yield from self._walk(slide, element, _inside(element, place), on_white=on_white)
            elif name == "graphicFrame":
                yield from self._frame(slide, element, place)
            else:
                yield self._shape(element, place, on_white=on_white)

    def _shape(self, element: Any, place: _Place, *, on_white: bool) -> Shape:
        kind, order = _placeholder(element)
        filled = _is_filled(element)
        return Shape(
            paragraphs=_body(element, bullets=kind in _BULLETED, on_white=on_white and not filled),
            title=kind in _TITLES,
            furniture=kind in _FURNITURE,
            order=order,
            top=_top(element, place),
        )

    def _frame(self, slide: Any, element: Any, place: _Place) -> Iterator[Shape]:
        """A table, a chart or a SmartArt."""
        _, order = _placeholder(element)
        top = _top(element, place)
        for table in each(element, "tbl"):
            yield Shape(rows=table_rows(table), order=order, top=top)
        for reference in each(element, "chart"):
            root = _xml(slide, attribute(reference, "id"))
            if root is not None:
                title, rows = chart(root)
                if title:
                    yield Shape([Paragraph(title)], order=order, top=top)
                yield Shape(rows=rows, order=order, top=top)
        for reference in each(element, "relIds"):
            root = _xml(slide, attribute(reference, "dm"))
            if root is not None:
                yield Shape(diagram(root), order=order, top=top)

    def _hidden(self, element: Any, place: _Place) -> bool:
        """Hidden by its author, without any size, or wholly beside the slide."""
        own = next((c for c in element.iter() if local(c) == "cNvPr"), None)
        if own is not None and attribute(own, "hidden") in {"1", "true"}:
            return True
        box = _box(element, place)
        if box is None or not all(self._size):
            return False
        left, top, width, height = box
        beside = left >= self._size[0] or top >= self._size[1] or left + width <= 0 or top + height <= 0
        return beside or (width == 0 and height == 0)

    def _is_white(self, slide: Any) -> bool:
        """Whether nothing but white lies behind a slide's text, as far as its parts say."""
        part: Any = slide
        parts: list[Any] = []
        while part is not None and len(parts) < 3:
            parts.append(part)
            part = (
                _related(part, ("/slideLayout", "/slideMaster")[len(parts) - 1]) if len(parts) < 3 else None
            )
        for one in parts:
            tree_ = child(one._element, "cSld", "spTree")
            if tree_ is not None and any(map(_covers, tree_.iter())):
                return False
        backgrounds = [b for one in parts if (b := child(one._element, "cSld", "bg")) is not None]
        if not backgrounds:
            return True
        colour = next((c for c in backgrounds[0].iter() if attribute(c, "val")), None)
        return colour is not None and attribute(colour, "val").lower() in _WHITE and len(colour) == 0


def _covers(element: Any) -> bool:
    """Whether something may lie behind text: a picture or a filled shape."""
    name = local(element)
    return name == "pic" or (name == "sp" and _is_filled(element)) or name == "graphicFrame"


def _is_filled(element: Any) -> bool:
    look = child(element, "spPr")
    if look is not None:
        if any(local(c) in _FILLS for c in look):
            return True
        if child(look, "noFill") is not None:
            return False
    style = child(element, "style", "fillRef")
    return style is not None and attribute(style, "idx") not in {"", "0"}


def _body(element: Any, *, bullets: bool, on_white: bool) -> list[Paragraph]:
    body = child(element, "txBody")
    return paragraphs(body, bullets=bullets, on_white=on_white) if body is not None else []


def _placeholder(element: Any) -> tuple[str, int]:
    """(kind, number) of a placeholder; (``none``, a high number) of another shape."""
    for part in element:
        mark = child(part, "nvPr", "ph") if local(part).startswith("nv") else None
        if mark is not None:
            number = attribute(mark, "idx")
            return attribute(mark, "type"), int(number) if number.isdecimal() and len(number) <= 9 else 0
    return "none", 10**10


def _alternative(element: Any) -> Any:
    """The same shape in a new and an old form: one of them is read."""
    chosen = child(element, "Choice")
    if chosen is None or next((c for c in chosen.iter() if local(c) in {"t", "tbl"}), None) is None:
        fallback = child(element, "Fallback")
        chosen = fallback if fallback is not None else chosen
    return chosen if chosen is not None else ()


def _transform(element: Any) -> Any:
    name = {"grpSp": ("grpSpPr", "xfrm"), "graphicFrame": ("xfrm",)}.get(local(element), ("spPr", "xfrm"))
    return child(element, *name)


def _pair(transform: Any, name: str, first: str, second: str) -> tuple[float, float] | None:
    found = child(transform, name)
    if found is None:
        return None
    return float(attribute(found, first) or 0), float(attribute(found, second) or 0)


def _box(element: Any, place: _Place) -> tuple[float, float, float, float] | None:
    """(left, top, width, height) on the slide; None for a shape placed by its layout."""
    transform = _transform(element)
    offset, size = (
        (_pair(transform, "off", "x", "y"), _pair(transform, "ext", "cx", "cy"))
        if transform is not None
        else (None, None)
    )
    if offset is None or size is None:
        return None
    left, top = (place.offset[n] + (offset[n] - place.origin[n]) * place.scale[n] for n in (0, 1))
    return left, top, size[0] * place.scale[0], size[1] * place.scale[1]


def _top(element: Any, place: _Place) -> int:
    box = _box(element, place)
    return int(box[1]) if box else 0


def _inside(group: Any, place: _Place) -> _Place:
    box, transform = _box(group, place), _transform(group)
    origin = _pair(transform, "chOff", "x", "y") if transform is not None else None
    size = _pair(transform, "chExt", "cx", "cy") if transform is not None else None
    if box is None or origin is None or size is None or not all(size):
        return place
    return _Place((box[0], box[1]), origin, (box[2] / size[0], box[3] / size[1]))


def _related(part: Any, ending: str) -> Any:
    """The first part that this one refers to in such a role, as parsed XML; None if there is none."""
    for relation in part.rels.values():
        if not relation.is_external and relation.reltype.endswith(ending):
            target = relation.target_part
            return target if hasattr(target, "_element") else None
    return None


def _xml(slide: Any, relation: str) -> Any:
    """The root of the part that a relation of the slide points to; None if it is not there or broken."""
    try:
        part = slide.related_part(relation)
        return part._element if hasattr(part, "_element") else tree(part.blob)
    except (KeyError, ParseProblem):
        return None
