"""A versioned, deterministic decomposer for requirements whose catalog brings no elements.

It is cautious: a duty is one action element unless the text itself lists parts, as in
"(a) …; (b) …" or sentence after sentence of duties. A wrong split would invent missing parts,
and a missing part lowers a verdict.
"""

import re

from radar_pipeline.models import Element, Limit, Role

VERSION = "decompose@1"

_ITEM = re.compile(r"(?:^|(?<=[\s;:,]))\(?(?:[a-z]|[ivx]{1,4}|\d{1,2})[.)]\s+")
_DEADLINE = re.compile(
    r"\b(?:within|no later than|not later than|at most|no more than|at least every|every)\s+"
    r"(?P<count>\d+)\s+(?:calendar\s+)?(?P<unit>hour|day|month|year)s?\b",
    re.IGNORECASE,
)
_MAX_ITEMS = 12
_SHORTEST_PART = 12  # characters; shorter parts are enumeration debris, not duties


def decompose(text: str) -> tuple[Element, ...]:
    """Elements of ``text``: one action per listed part, and its numeric deadlines."""
    parts = _parts(text)
    actions = [Element(f"action-{n}", Role.ACTION, part) for n, part in enumerate(parts, 1)]
    deadlines = [
        Element(
            f"deadline-{n}",
            Role.DEADLINE,
            match.group(0),
            Limit(float(match["count"]), match["unit"].lower() + "s"),
        )
        for n, match in enumerate(_DEADLINE.finditer(text), 1)
    ]
    return (*actions, *deadlines)


def _parts(text: str) -> list[str]:
    """The listed parts, each with the list's lead-in dropped; the whole text if it lists none."""
    pieces = [piece.strip(" ;,.") for piece in _ITEM.split(text)]
    items = [re.sub(r"\s*(?:;\s*)?\b(?:and|or)$", "", p).strip(" ;,.") for p in pieces[1:]]
    items = [item for item in items if len(item) >= _SHORTEST_PART]
    if 2 <= len(items) <= _MAX_ITEMS:
        return items
    return [text.strip()]
