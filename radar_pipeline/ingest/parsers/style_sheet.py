"""The rules of a page's own style sheets, as far as they decide what is seen.

Rules for a size of the screen, for print or for a state such as ``:hover`` are left aside. Selectors of
names, classes and ids are followed, also one inside another; a few others are left to the HTML parser.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from radar_pipeline.ingest.parsers.css import Ink, Style, declarations, inline, pixels, uncommented, unescaped

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

_LARGEST = 1_000_000  # characters of all sheets
_MOST_RULES = 5_000  # with a say in what is seen
_MOST_SELECTED = 50  # selectors that the HTML parser applies
_MOST_STEPS = 400_000  # upwards, of all rules together; beyond, a rule is taken not to hold
_MOST_OF_A_MARK = 50  # rules for one class, id or name; the last ones count most
_MOST_TRIED = 3_000_000  # rules, at all elements together; beyond, none holds
_HIGHEST = 100  # levels above an element
_TOKEN = re.compile(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[{}]|;|[^{}"';]+|["']""", re.DOTALL)
_WATCHED = frozenset(
    """display visibility opacity filter color background background-color background-image background-clip
    -webkit-background-clip -webkit-text-fill-color text-shadow font font-size position left top right bottom
    text-indent margin-left margin-top height max-height width max-width overflow overflow-x overflow-y clip
    clip-path transform content-visibility animation animation-name padding padding-top padding-bottom
    padding-left padding-right""".split()
)
_NAME = r"(?:[\w-]|[^\x00-\x7f]|\\.)+"
_COMPOUND = re.compile(rf"(\*|{_NAME})?((?:[.#]{_NAME})*)\Z")
_MARK = re.compile(rf"([.#])({_NAME})")
_STATE = re.compile(
    r"(?<!\\):(?:hover|focus|active|visited|target|checked|before|after|first-l|selection|placeholder|-|:)",
    re.I,
)
_SELECTED = re.compile(r"[^\s>+~,]*(?:\[[^\[\]]{1,100}\]|:not\([^()]{1,100}\)|:(?:first|last)-child)+\Z")
_BLOCK = re.compile(r"@(media|layer|supports)\b(.*)\Z", re.IGNORECASE | re.DOTALL)
_WIDTH = re.compile(r"\(\s*(min|max)-width\s*:\s*([^()\s]+)\s*\)")
_SCREEN_WIDTH = 1_280.0  # pixels, on which a page is thought to be read
_HEX = re.compile(r"\\([0-9a-fA-F]{1,6})\s?")


@dataclass(frozen=True, slots=True)
class _Compound:
    tag: str = ""
    ident: str = ""
    classes: frozenset[str] = frozenset()

    def fits(self, tag: str, ident: str, classes: frozenset[str]) -> bool:
        return self.tag in {"", tag} and self.ident in {"", ident} and self.classes <= classes


@dataclass(frozen=True, slots=True)
class _Rule:
    weight: tuple[int, int, int, int]  # ids, classes, names, order
    style: Style
    own: _Compound = _Compound()
    above: tuple[tuple[str, _Compound], ...] = ()  # from the inside out: combinator, compound
    places: frozenset[int] | None = None  # the elements themselves, where the HTML parser found them


@dataclass(slots=True)
class Sheet:
    """All rules of a page. ``unsure``: something may lie behind its text that is not known."""

    unsure: bool = False
    _by_mark: dict[str, list[_Rule]] = field(default_factory=lambda: defaultdict(list))
    _placed: list[_Rule] = field(default_factory=list)
    _count: int = 0
    _steps: int = 0
    _tried: int = 0

    def read(self, sources: Iterable[str], page: "LexborHTMLParser | None" = None) -> None:
        """Take in style sheets in their order; ``page`` applies what this class does not."""
        left = _LARGEST
        for source in sources:
            self.unsure = self.unsure or "@import" in source.lower()
            for prelude, body in _rules(uncommented(source[:left])):
                style = {n: v for n, v in declarations(body).items() if n in _WATCHED}
                if style:
                    for selector in prelude.split(",") if "(" not in prelude else [prelude]:
                        self._add(" ".join(selector.split()), style, page)
            left = max(0, left - len(source))

    def style(self, tag: str, attributes: dict[str, str | None], node: Any = None) -> Style:
        """What is declared for an element, by rules and by itself."""
        own = inline(tag, attributes)
        found = self._matching(tag, attributes, node) if self._count else []
        if not found:
            return own
        merged: dict[str, tuple[bool, str]] = {}
        for style in (*(rule.style for rule in sorted(found, key=lambda rule: rule.weight)), own):
            for name, said in style.items():
                if said[0] or not merged.get(name, said)[0]:
                    merged[name] = said
        return merged

    def _matching(self, tag: str, attributes: dict[str, str | None], node: Any) -> list[_Rule]:
        ident, classes = _marks(attributes)
        marks = (f"#{ident}" if ident else "", *(f".{name}" for name in classes), tag, "*")
        rules = [rule for mark in marks for rule in self._by_mark.get(mark, ())]
        self._tried += len(rules) + len(self._placed)
        if self._tried > _MOST_TRIED:
            return []
        found = [r for r in rules if r.own.fits(tag, ident, classes) and (not r.above or self._lies(r, node))]
        if self._placed and node is not None:
            found += [rule for rule in self._placed if node.mem_id in (rule.places or ())]
        return found

    def _lies(self, rule: _Rule, node: Any) -> bool:
        """Whether what a rule asks of the elements above holds; the nearest that fits is taken."""
        above = node.parent if node is not None else None
        levels = 0
        for combinator, compound in rule.above:
            while above is not None and levels < _HIGHEST and self._steps < _MOST_STEPS:
                levels += 1
                self._steps += 1
                fits = compound.fits(above.tag or "", *_marks(above.attributes))
                above = above.parent
                if fits:
                    break
                if combinator == ">":
                    return False
            else:
                return False
        return True

    def _add(self, selector: str, style: Style, page: "LexborHTMLParser | None") -> None:
        if self._count >= _MOST_RULES or _STATE.search(selector) or not selector:
            return
        self._count += 1
        read = _selector(selector)
        if read is not None:
            own, above = read
            parts = (own, *(compound for _, compound in above))
            weight = (
                sum(bool(p.ident) for p in parts),
                sum(len(p.classes) for p in parts),
                sum(bool(p.tag) for p in parts),
                self._count,
            )
            mark = f"#{own.ident}" if own.ident else f".{min(own.classes)}" if own.classes else own.tag or "*"
            known = self._by_mark[mark]
            known.append(_Rule(weight, style, own, above))
            del known[:-_MOST_OF_A_MARK]
            return
        places = self._selected(selector, page)
        if places is not None:
            weight = (selector.count("#"), selector.count(".") + selector.count("[") + 1, 0, self._count)
            self._placed.append(_Rule(weight, style, places=places))
        elif Ink().inside(style).covered:
            self.unsure = True

    def _selected(self, selector: str, page: "LexborHTMLParser | None") -> frozenset[int] | None:
        if page is None or len(self._placed) >= _MOST_SELECTED or not _SELECTED.match(selector):
            return None
        from selectolax.lexbor import SelectolaxError

        try:
            return frozenset(node.mem_id for node in page.css(selector))
        except SelectolaxError:
            return None


def _marks(attributes: dict[str, str | None]) -> tuple[str, frozenset[str]]:
    return attributes.get("id") or "", frozenset((attributes.get("class") or "").split())


def _rules(source: str) -> Iterator[tuple[str, str]]:
    """(selectors, declarations) of all rules that hold on a screen of the common size."""
    scan = _Scan()
    for match in _TOKEN.finditer(source):
        if scan.ends_rule(match.group()):
            yield scan.rule()
    if scan.body is not None:
        yield scan.rule()


@dataclass(slots=True)
class _Scan:
    """Follows braces. ``body``: of the open rule, if one is."""

    prelude: list[str] = field(default_factory=list)
    body: list[str] | None = None
    ignored: int = 0  # braces open in a block that is left aside

    def rule(self) -> tuple[str, str]:
        """The rule that ended."""
        ended = "".join(self.prelude).strip(), "".join(self.body or ())
        self.prelude, self.body = [], None
        return ended

    def ends_rule(self, token: str) -> bool:
        """Take in a token; whether a rule ends with it."""
        if self.ignored:
            self.ignored += {"{": 1, "}": -1}.get(token, 0)
        elif self.body is not None:
            if token == "}":
                return True
            if token == "{":  # a rule inside a rule: what was read of this one holds
                self.ignored = 1
            else:
                self.body.append(token)
        elif token == "{":
            self._open("".join(self.prelude).strip())
        elif token in {"}", ";"}:  # of a block such as @layer around rules; of a statement such as @import
            self.prelude = []
        else:
            self.prelude.append(token)
        return False

    def _open(self, said: str) -> None:
        if not said.startswith("@"):
            self.body = []
            return
        self.prelude = []
        self.ignored = 0 if _holds(said) else 1


def _holds(said: str) -> bool:
    """Whether the rules of a block such as ``@media`` hold on a screen of the common size."""
    match = _BLOCK.match(said)
    if match is None or match[1].lower() != "media":
        return match is not None
    return any(map(_is_screen, match[2].lower().split(",")))


def _is_screen(query: str) -> bool:
    for bound, length in _WIDTH.findall(query):
        width = pixels(length)
        if width is None or (width > _SCREEN_WIDTH if bound == "min" else width < _SCREEN_WIDTH):
            return False
    return set(_WIDTH.sub(" ", query).split()) <= {"only", "screen", "all", "and"}


def _written_out(escape: re.Match[str]) -> str:
    sign = unescaped(escape.group())
    return sign if sign.isalnum() or sign in "-_" else f"\\{sign}"


def _selector(selector: str) -> tuple[_Compound, tuple[tuple[str, _Compound], ...]] | None:
    """(the element itself, what lies above it from the inside out); None where it asks for more."""
    words = _HEX.sub(_written_out, selector).replace(">", " > ").split()
    found: list[tuple[str, _Compound]] = []
    combinator = " "
    for word in reversed(words):
        if word == ">":
            combinator = ">"
            continue
        compound = _compound("html" if word == ":root" else word)
        if compound is None:
            return None
        found.append((combinator, compound))
        combinator = " "
    return (found[0][1], tuple(found[1:])) if found else None


def _compound(word: str) -> _Compound | None:
    match = _COMPOUND.match(word)
    if match is None:
        return None
    marks = [(kind, unescaped(name)) for kind, name in _MARK.findall(match[2])]
    return _Compound(
        tag="" if match[1] in {None, "*"} else match[1].lower(),
        ident=next((name for kind, name in marks if kind == "#"), ""),
        classes=frozenset(name for kind, name in marks if kind == "."),
    )
