"""What a reader of a publisher's format is given and hands back, and how foreign words are made safe.

A publisher's file is data: nothing in it becomes a path, a control sequence or markup.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.frameworks.library import Library, RequirementNode
from radar_pipeline.frameworks.mappings import MappingSet

_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]"
)
_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,200}>")
LONGEST_ID = 63
NOTHING_BENEATH = "groupings with nothing to assess"  # recitals, definitions, a publisher's headings


@dataclass(frozen=True, slots=True)
class Source:
    """A file to import: its whole text, read once.

    ``identity``, ``name`` and ``version`` are what the person says beside it; empty if nothing.
    """

    path: Path
    text: str
    identity: str = ""
    name: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """What one file publishes, in our form. ``left_out`` counts what was dropped, by reason.

    ``verbatim`` is the file's own text where that is our form already.
    """

    library: Library | None
    mappings: tuple[MappingSet, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    verbatim: str = ""


def prose(text: object) -> str:
    """A text as stored: no control or reordering characters, no trailing spaces, line breaks kept."""
    plain = _UNSAFE.sub("", str(text or "").replace("\r\n", "\n").replace("\r", "\n"))
    lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in plain.split("\n"))
    return re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()


def name(text: object) -> str:
    """A name or ref as stored: one line, no markup."""
    return " ".join(_TAG.sub("", prose(text)).split())


def slug(text: str) -> str:
    """``text`` as an id: a-z, 0-9 and '-'; a long one is cut and told apart by a digest.

    Empty when nothing of the text can be part of an id.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    found = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    if len(found) > LONGEST_ID:
        found = f"{found[: LONGEST_ID - 9].strip('-')}-{ids.digest(found, length=8)}"
    return found


def only_headings_in_use(nodes: list[RequirementNode]) -> tuple[list[RequirementNode], int]:
    """The nodes without the groupings under which nothing can be assessed, and how many those were."""
    by_urn = {node.urn: node for node in nodes}
    used: set[str] = set()
    for node in nodes:
        step: RequirementNode | None = node if node.assessable else None
        while step is not None and step.urn not in used:
            used.add(step.urn)
            step = by_urn.get(step.parent_urn or "")
    kept = [node for node in nodes if node.urn in used]
    return kept, len(nodes) - len(kept)


def malformed(source: Source, place: str, problem: str) -> ConfigurationError:
    """The error for a publisher's file that can't be taken over."""
    return ConfigurationError(
        f"{source.path.name}{', ' if place else ''}{place}: {problem}.",
        remedy="Mend it there, or get the file from its publisher again; nothing was imported.",
    )
