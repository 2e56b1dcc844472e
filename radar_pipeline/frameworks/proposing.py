"""Which requirements of a catalog want better elements, and a copy of it that has them, for a person to read.

The catalog in force is never changed here: what was read and found right is taken over by an import.
"""

import io
import re
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.frameworks import own
from radar_pipeline.frameworks.catalog import available
from radar_pipeline.frameworks.decompose import decompose
from radar_pipeline.frameworks.library import Library, framework_of
from radar_pipeline.frameworks.mappings import key
from radar_pipeline.frameworks.publication import Source
from radar_pipeline.models import Element, Limit, Requirement
from radar_pipeline.storage.files import storing, write_text
from radar_pipeline.yaml_files import read_yaml

_BY_HAND = re.compile(r"(?m)^( *)requirement_nodes:\s*\n\1 +- ")  # an import does not indent its lists
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Catalog:
    """A catalog in force: its file, its requirements, and the refs of those whose elements are by rule."""

    path: Path
    requirements: tuple[Requirement, ...]
    by_rule: frozenset[str]

    def wanted(self, refs: Collection[str]) -> tuple[Requirement, ...]:
        """The requirements of these refs, or without any all whose elements the rules of ``decompose`` made.

        Raises UnknownNameError for a ref that it has not.
        """
        if not refs:
            return tuple(r for r in self.requirements if r.ref in self.by_rule)
        known = {key(r.ref): r for r in self.requirements}
        named = [ref.removeprefix(f"{self.path.stem}:") for ref in refs]
        if missing := [ref for ref in named if key(ref) not in known]:
            raise UnknownNameError(
                f"{self.path.stem} has no requirement {missing[0][:80]!r}.",
                remedy=f"`radar frameworks show {self.path.stem}` lists them all.",
            )
        return tuple(known[ref] for ref in dict.fromkeys(map(key, named)))


def read_catalog(folder: Path, framework_id: str) -> Catalog:
    """The catalog of that id. Raises UnknownNameError, or ConfigurationError for a file that is wrong."""
    known = available(folder)
    if framework_id not in known:
        raise UnknownNameError(
            f"There is no framework {framework_id[:80]!r}.",
            remedy=f"Known are: {', '.join(known) or 'none'}; `radar frameworks import` adds others.",
        )
    path = folder / f"{framework_id}.yaml"
    library = read_yaml(path, Library)
    requirements = framework_of(path, library).requirements
    texts = {n.ref_id: n.description or n.name for n in library.objects.framework.requirement_nodes}
    by_rule = frozenset(r.ref for r in requirements if r.elements == decompose(texts[r.ref]))
    return Catalog(path, requirements, by_rule)


def check_target(folder: Path, target: Path) -> None:
    """Raises ConfigurationError unless a catalog for review may be written there: beside the ``folder`` of
    those in force, and over nothing that somebody may have worked on."""
    problem = ""
    if target.resolve().is_relative_to(folder.resolve()):
        problem = "lies among the catalogs in force, where a sweep would take it for one"
    elif target.exists():
        problem = "is there already"
    elif target.suffix not in SUFFIXES:
        problem = f"does not end in {SUFFIXES[0]}"
    if problem:
        raise ConfigurationError(f"{target} {problem}.", remedy="Name a new .yaml file in another folder.")


def write_copy(catalog: Catalog, elements: Mapping[str, tuple[Element, ...]], target: Path) -> None:
    """Write the catalog with these elements by ref; the rest, comments and order too, stays as it is.

    Raises ConfigurationError if the target may not be written or the copy would not be read as it is meant.
    """
    check_target(catalog.path.parent, target)
    present = catalog.path.read_text("utf-8")
    writer = _writer(present)
    data = writer.load(present)
    for node in data["objects"]["framework"]["requirement_nodes"]:
        if node["ref_id"] in elements:
            node["elements"] = CommentedSeq(map(_entry, elements[node["ref_id"]]))
    out = io.StringIO()
    writer.dump(data, out)
    text = out.getvalue()
    if not own.recognises(Source(target, text)):
        text += "renames: {}\n"  # tells an import that the form is ours
    _check_copy(catalog, elements, text)
    write_text(target, text)


def _writer(text: str) -> YAML:
    """One that changes as little as it can of a file that a person wrote, or that an import did."""
    writer = YAML()  # round trip: comments, quotes and order stay
    writer.preserve_quotes = True
    by_hand = _BY_HAND.search(text) is not None
    writer.width = 4096 if by_hand else 110
    writer.indent(mapping=2, sequence=4 if by_hand else 2, offset=2 if by_hand else 0)
    return writer


def _entry(element: Element) -> CommentedMap:
    """An element on one line; quotes keep every text a text."""
    quoted = DoubleQuotedScalarString(element.text)
    entry = CommentedMap(id=element.element_id, role=element.role.value, text=quoted)
    if element.limit:
        entry["limit"] = _limit(element.limit)
    entry.fa.set_flow_style()
    return entry


def _limit(limit: Limit) -> CommentedMap:
    amount: Any = int(limit.amount) if limit.amount == int(limit.amount) else limit.amount
    entry = CommentedMap({"at_least" if limit.minimum else "at_most": amount, "unit": limit.unit})
    entry.fa.set_flow_style()
    return entry


def _check_copy(catalog: Catalog, elements: Mapping[str, tuple[Element, ...]], text: str) -> None:
    """Read the very text as a sweep would, under the name that it would have."""
    scratch = Path(tempfile.gettempdir())
    with storing(scratch), tempfile.TemporaryDirectory(prefix="radar-copy-") as place:
        path = Path(place) / catalog.path.name
        path.write_text(text, "utf-8")
        library = read_yaml(path, Library)
    made = framework_of(path, library).requirements
    before, after = {r.ref: r for r in catalog.requirements}, {r.ref: r for r in made}
    wrong = [
        ref
        for ref in before.keys() | after.keys()
        if ref not in before
        or ref not in after
        or after[ref].elements != elements.get(ref, before[ref].elements)
        or (after[ref].title, after[ref].text) != (before[ref].title, before[ref].text)
    ]
    if wrong:
        raise ConfigurationError(
            f"The copy of {catalog.path.name} would not say the same of {sorted(wrong)[0]}.",
            remedy="Write the proposed elements into a copy of the file by hand.",
        )
