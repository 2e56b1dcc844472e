"""CSS as far as it decides whether a reader sees text: declarations, lengths, colours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

Style = Mapping[str, tuple[bool, str]]  # property → (important, value)

NOTHING: Style = MappingProxyType({})
_LONGEST = 20_000  # characters of declarations; data in them is no style
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|([^\n]))")
_IMPORTANT = re.compile(r"\s*!\s*important\s*\Z")
_LENGTH = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(px|pt|pc|em|rem|ex|ch|cm|mm|in|vw|vh|%)?\Z")
_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0}
_PIXELS |= {"cm": 37.8, "mm": 3.78, "in": 96.0, "vw": 10.0, "vh": 10.0, "%": 10.0}
_RELATIVE = ("em", "%", "ex", "ch")  # but for rem
_FUNCTION = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]+)(%?))?\s*\)\Z")
_NAMES = {"white": (255, 255, 255), "black": (0, 0, 0), "snow": (255, 250, 250)}
_CLEAR = (-1, -1, -1)
_FAR = -999.0  # pixels beside the page
_TINY = 2.0  # pixels; nobody reads what is smaller
_NO_CLIP = re.compile(r"rect\(\s*(?:[01](?:px)?[\s,]*){4}\)\Z")
_NO_PATH = re.compile(
    r"inset\(\s*(?:[5-9]\d|1\d\d)%.*|circle\(\s*0(?:px|%)?\s*[) a].*|polygon\((?:\s*0[px%]*,?)+\)"
)
_NO_SCALE = re.compile(r"scale(?:3d|x|y)?\(\s*0(?:\.0+)?\s*[,)]|translate(?:3d|x|y)?\([^)]*-\d{4,}px")
_NOT_SAID = frozenset({"", "none", "transparent", "inherit", "initial", "unset", "revert"})
_VALID = {
    "display": re.compile(
        r"(?:none|block|inline|inline-(?:block|flex|grid|table)|flex|grid|flow|flow-root|table|table-[a-z-]+|contents|"
        r"list-item|ruby|ruby-[a-z]+|math|-(?:webkit|ms|moz)-[a-z-]+|inherit|initial|unset|revert|revert-layer|"
        r"var\(.*|run-in)(?: [a-z -]+)?\Z"
    ),
    "visibility": re.compile(r"(?:visible|hidden|collapse|inherit|initial|unset|revert|var\(.*)\Z"),
    "opacity": re.compile(
        r"(?:[+-]?[\d.]+(?:e[+-]?\d+)?%?|inherit|initial|unset|revert|(?:var|calc|min|max)\(.*)\Z"
    ),
}
_SIDES = ("left", "top", "right", "bottom")


@lru_cache(maxsize=4_096)
def declarations(source: str) -> Style:
    """What a style attribute or the body of a rule declares; the last one of a property counts."""
    if len(source) > _LONGEST:
        return NOTHING
    found: dict[str, tuple[bool, str]] = {}
    for part in uncommented(source).split(";"):
        name, colon, value = unescaped(part).lower().partition(":")
        name, value = name.strip(), " ".join(value.split())
        plain = _IMPORTANT.sub("", value)
        important = plain != value
        valid = _VALID.get(name)
        if valid is not None and not valid.match(plain):
            continue  # as a browser does
        if colon and plain and (important or not found.get(name, (False, ""))[0]):
            found[name] = (important, plain)
    return found or NOTHING


def inline(tag: str, attributes: Mapping[str, str | None]) -> Style:
    """What an element declares by its own attributes, those of old pages included."""
    own = declarations(attributes["style"] or "") if "style" in attributes else NOTHING
    behind = "bgcolor" in attributes or "background" in attributes
    said = attributes.get("color") if tag == "font" else attributes.get("text") if tag == "body" else None
    if not behind and not said:
        return own
    old = {"color": (False, said.strip().lower())} if said else {}
    if behind:
        value = attributes.get("bgcolor") or attributes.get("background") or ""
        old["background"] = (False, value.strip().lower())
    return old | dict(own)


def uncommented(source: str) -> str:
    """CSS without its comments; each parts words as a space does."""
    return _COMMENT.sub(" ", source) if "/*" in source else source


def unescaped(source: str) -> str:
    """CSS with ``\\6e`` and the like written out."""
    return _ESCAPE.sub(_character, source) if "\\" in source else source


def _character(escape: re.Match[str]) -> str:
    if not escape[1]:
        return escape[2]
    code = int(escape[1], 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def pixels(value: str) -> float | None:
    """A length in pixels, roughly; None for what is none, such as ``auto``."""
    found = _LENGTH.match(value)
    return float(found[1]) * _PIXELS[found[2] or ""] if found else None


def colour(value: str) -> tuple[int, int, int] | None:
    """Red, green and blue; ``(-1, -1, -1)`` for a colour that lets all through; None if not known."""
    if value.startswith("#"):
        digits = value[1:]
        if len(digits) in {3, 4}:
            digits = "".join(d * 2 for d in digits)
        try:
            parts = bytes.fromhex(digits)
        except ValueError:
            return None
        if len(parts) == 4 and parts[3] == 0:
            return _CLEAR
        return (parts[0], parts[1], parts[2]) if len(parts) in {3, 4} else None
    found = _FUNCTION.match(value)
    if found:
        if found[4] is not None and not found[4].strip("0."):
            return _CLEAR
        return int(found[1]), int(found[2]), int(found[3])
    return _CLEAR if value == "transparent" else _NAMES.get(value)


def is_white(value: str) -> bool:
    """White, or so near to it that nobody sees it on white."""
    found = colour(value)
    return found is not None and min(found) >= 250


def hides_box(style: Style) -> bool:
    """Whether an element with this style shows nothing of what is in it, whatever that looks like."""
    if not style:
        return False
    moves = any(_of(style, name) not in _NOT_SAID for name in ("animation", "animation-name"))
    return (
        _of(style, "display") == "none"
        or _of(style, "content-visibility") == "hidden"
        or _is_shut(style)
        or (not moves and (_is_clear(style) or _is_beside(style) or _is_clipped(style)))
    )


def _of(style: Style, name: str) -> str:
    return style.get(name, (False, ""))[1]


def _is_clear(style: Style) -> bool:
    value = _LENGTH.match(_of(style, "opacity"))
    seen = float(value[1]) / (100 if value[2] == "%" else 1) if value else 1.0
    return seen <= 0.02 or "opacity(0" in _of(style, "filter").replace("opacity(0.", "")


def _is_beside(style: Style) -> bool:
    placed = _of(style, "position") in {"absolute", "fixed"}
    names = ("text-indent", "margin-left", "margin-top", *(_SIDES if placed else ()))
    return any((pixels(_of(style, name)) or 0.0) <= _FAR for name in names if name in style)


def _is_clipped(style: Style) -> bool:
    placed = _of(style, "position") in {"absolute", "fixed"}
    return (
        (placed and _NO_CLIP.match(_of(style, "clip")) is not None)
        or _NO_PATH.match(_of(style, "clip-path")) is not None
        or _NO_SCALE.search(_of(style, "transform")) is not None
    )


def _is_shut(style: Style) -> bool:
    """No height or width, and what does not fit is not shown. Padding makes room again."""
    cut = {_of(style, name).split(" ")[0] for name in ("overflow", "overflow-x", "overflow-y")}
    if not cut & {"hidden", "clip"} or any(name.startswith("padding") for name in style):
        return False
    sizes = (pixels(_of(style, name)) for name in ("height", "max-height", "width", "max-width"))
    return any(size is not None and size <= 1.0 for size in sizes)


@dataclass(frozen=True, slots=True)
class Ink:
    """How text looks here, as it is inherited. ``covered``: another colour than white lies behind it."""

    tiny: bool = False
    unseen: bool = False
    white: bool = False
    clear: bool = False
    covered: bool = False

    def shows(self, *, on_white: bool = True) -> bool:
        """Whether a reader sees text here. ``on_white``: nothing but white is behind the page."""
        return not (self.tiny or self.unseen or self.clear or (on_white and self.white and not self.covered))

    def inside(self, style: Style) -> "Ink":
        """The look of text in an element with this style."""
        if not style:
            return self
        ink = replace(self, covered=_covered(style, self.covered), tiny=_tiny(style, self.tiny))
        visibility = _of(style, "visibility")
        if visibility in {"hidden", "collapse", "visible"}:
            ink = replace(ink, unseen=visibility != "visible")
        said = _of(style, "color")
        if said and said not in {"inherit", "currentcolor"}:
            clear = _is_same(style, said) or (colour(said) == _CLEAR and not _is_painted(style))
            ink = replace(ink, white=is_white(said), clear=clear)
        return ink


def _is_painted(style: Style) -> bool:
    """Whether letters without a colour of their own are drawn by a background or a shadow."""
    clips = (_of(style, "background-clip"), _of(style, "-webkit-background-clip"), _of(style, "background"))
    fill = _of(style, "-webkit-text-fill-color")
    return any("text" in clip for clip in clips) or bool(fill) or _of(style, "text-shadow") not in _NOT_SAID


def _is_same(style: Style, said: str) -> bool:
    """The very colour that this element lies on."""
    own, behind = colour(said), colour(_of(style, "background-color") or _of(style, "background"))
    return own is not None and own == behind and own != _CLEAR and not is_white(said)


def _covered(style: Style, before: bool) -> bool:
    for name in ("background-image", "background-color", "background"):
        value = _of(style, name)
        if value not in _NOT_SAID and colour(value) != _CLEAR:
            return not is_white(value)
    return before


def _tiny(style: Style, before: bool) -> bool:
    value = _of(style, "font-size")
    if not value:
        sizes = (word.split("/")[0] for word in _of(style, "font").split(" "))
        value = next((s for s in sizes if (pixels(s) is not None and not s.isdigit()) or s == "0"), "")
    size = pixels(value)
    if size is None:
        return before and value in {"", "inherit", "smaller", "larger"}
    relative = value.endswith(_RELATIVE) and not value.endswith("rem")
    return size < _TINY if not relative else before or size < (2.0 if not value.endswith("%") else 20.0)
