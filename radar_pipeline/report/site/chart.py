"""Verdicts by domain as stacked bars: matplotlib's SVG, stripped to what our style sheet colours."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

from radar_pipeline.models import Verdict
from radar_pipeline.report.site.words import VERDICTS, plural, visible

ORDER = (
    Verdict.COVERED,
    Verdict.PARTIAL,
    Verdict.CONTRADICTED,
    Verdict.NOT_ADDRESSED,
    Verdict.NOT_ASSESSED,
)
_SVG = "http://www.w3.org/2000/svg"
_DROPPED = {f"{{{_SVG}}}defs", f"{{{_SVG}}}metadata"}
_LABEL_LIMIT = 44


@dataclass(frozen=True, slots=True)
class Bar:
    """One domain and how many of its requirements have each verdict."""

    label: str
    counts: Mapping[Verdict, int]

    @property
    def total(self) -> int:
        """Requirements of the domain that apply."""
        return sum(self.counts.values())


def stacked_bars(bars: Sequence[Bar], name: str, *, narrow: bool = False) -> Markup:
    """An inline SVG; ``name`` labels it for those who hear the page. ``narrow``: for phones.

    The same input gives the same bytes. Colours and fonts are left to the page's style sheet:
    each segment has the class ``v-<verdict>``, each text ``lab`` or ``num``.
    """
    return _clean(_draw(bars, narrow), name)


def _draw(bars: Sequence[Bar], narrow: bool) -> bytes:
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    row = 46 if narrow else 31  # CSS pixels; 72 to the inch
    width, height = (360, row * len(bars) + 6) if narrow else (1000, row * len(bars) + 8)
    left = 0.0 if narrow else 0.31
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "radar"}):
        figure = Figure(figsize=(width / 72, height / 72))
        FigureCanvasSVG(figure)
        axes = figure.add_axes((left, 0, 0.92 - left if not narrow else 0.9, 1))
        axes.set_axis_off()
        widest = max((bar.total for bar in bars), default=1) or 1
        axes.set_xlim(0, widest)
        axes.set_ylim(len(bars), 0)
        for position, bar in enumerate(bars):
            _bar(axes, bar, position, narrow, widest)
        out = BytesIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return out.getvalue()


def _bar(axes: Any, bar: Bar, position: int, narrow: bool, widest: int) -> None:
    label = visible(bar.label)
    label = label if len(label) <= _LABEL_LIMIT else label[: _LABEL_LIMIT - 1] + "…"
    thickness, middle = (0.42, position + 0.68) if narrow else (0.66, position + 0.5)
    common = {"parse_math": False, "va": "center_baseline", "clip_on": False}
    if narrow:
        axes.text(0, position + 0.24, label, ha="left", fontsize=12.5, gid="lab", **common)
    else:
        axes.text(-widest * 0.014, middle, label, ha="right", fontsize=13.5, gid="lab", **common)
    start = 0
    for verdict in ORDER:
        count = bar.counts.get(verdict, 0)
        if not count:
            continue
        axes.barh(middle, count, left=start, height=thickness, gid=f"seg-{verdict.value}", clip_on=False)
        if count / widest > 0.03:
            axes.text(
                start + count / 2,
                middle,
                str(count),
                ha="center",
                fontsize=11.5,
                gid=f"num-{verdict.value}",
                **common,
            )
        start += count
    axes.text(start + widest * 0.012, middle, str(bar.total), ha="left", fontsize=12, gid="tot", **common)


def _clean(svg: bytes, name: str) -> Markup:
    """Keep shapes, texts and places; drop matplotlib's own styles, ids and metadata."""
    root = ElementTree.fromstring(svg)
    for parent in list(root.iter()):
        for child in [c for c in parent if c.tag in _DROPPED]:
            parent.remove(child)
    _restyle(root, "")
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    root.set("role", "img")
    root.set("aria-label", visible(name))
    root.set("class", "chart")
    ElementTree.register_namespace("", _SVG)
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _restyle(node: ElementTree.Element, inherited: str) -> None:
    gid = node.attrib.pop("id", "")
    kind, _, verdict = gid.partition("-")
    inherited = gid if kind in ("seg", "num", "lab", "tot") else inherited
    kind, _, verdict = inherited.partition("-")
    style = node.attrib.pop("style", "")
    node.attrib.pop("clip-path", None)
    if node.tag == f"{{{_SVG}}}text":
        node.set("class", f"{kind} on-{verdict}" if verdict else kind or "lab")
        node.set("text-anchor", _found(r"text-anchor:\s*(\w+)", style, "start"))
        node.set("font-size", _found(r"([\d.]+)px", style, "12"))
    elif node.tag == f"{{{_SVG}}}path":
        node.set("class", f"seg v-{verdict}" if verdict else "blank")
    for child in list(node):
        _restyle(child, inherited)


def _found(pattern: str, text: str, default: str) -> str:
    match = re.search(pattern, text)
    return match.group(1) if match else default


def describe(bars: Sequence[Bar], framework: str) -> str:
    """The chart in a sentence, for those who hear the page; the table under it has every number."""
    totals = {v: sum(bar.counts.get(v, 0) for bar in bars) for v in ORDER}
    parts = ", ".join(f"{n} {VERDICTS[v].lower()}" for v, n in totals.items() if n)
    return f"Verdicts by domain for {framework}: {plural(len(bars), 'domain')}; {parts or 'none'}."
