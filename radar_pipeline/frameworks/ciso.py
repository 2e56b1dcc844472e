"""CISO Assistant libraries (YAML): a framework, mapping sets, or both.

Many published catalogs cut a sentence over a node and its children ("… shall provide: (a) …"). A
child that is a fragment gets the words it hangs on, and a parent that breaks off gets its children,
so that every requirement can be judged by itself.
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Literal

from radar_pipeline.frameworks.ciso_shape import CisoLibrary, Framework, Mappings, Node
from radar_pipeline.frameworks.library import FrameworkNode, Library, Objects, RequirementNode
from radar_pipeline.frameworks.mappings import CONVERSE, MappingSet, Side
from radar_pipeline.frameworks.publication import (
    NOTHING_BENEATH,
    Publication,
    Source,
    malformed,
    name,
    only_headings_in_use,
    prose,
    slug,
)
from radar_pipeline.yaml_files import read_yaml

_IMPORTANCE: Mapping[str, Literal[1, 2, 3, 5]] = {"mandatory": 5, "recommended": 3, "nice_to_have": 1}
_WITHDRAWN = re.compile(r"^\[?withdrawn\b[^\]]*\]?\.?$", re.IGNORECASE)
_NUMBERED = re.compile(
    r"^(?:article|section|chapter|title|annex|part|recital)\b[\s\divxlc.]*$", re.IGNORECASE
)
_BREAKS_OFF = re.compile(r"[:\u2013\u2014]$")
_LIST_END = re.compile(r"[;,]\s*(?:and|or)?$")
_LONGEST_HEADING = 110  # characters; a longer description is a text, not a title
_LONGEST_LEAD = 500  # characters; of a longer lead-in only the sentence that breaks off is repeated
_DEEPEST = 12  # levels of lead-ins
_RELATIONSHIPS = {"equal", "intersect", "not_related", *CONVERSE}


def recognises(source: Source) -> bool:
    """Whether the YAML file has a library's ``objects``."""
    return re.search(r"(?m)^[\"']?objects[\"']?\s*:", source.text) is not None


def read(source: Source) -> Publication:
    """The framework and the mapping sets in the file. Raises ConfigurationError with line and key."""
    library = read_yaml(source.path, CisoLibrary)
    found = library.objects
    if len(found.frameworks) > 1:
        raise malformed(source, "objects.frameworks", "it holds several frameworks; split it into one each")
    if not found.frameworks and not found.requirement_mapping_sets:
        raise malformed(source, "objects", "it holds neither a framework nor requirement mapping sets")
    mappings = tuple(_mapping_set(source, library, m) for m in found.requirement_mapping_sets)
    if not found.frameworks:
        return Publication(None, mappings)
    converted, left_out = _framework(source, library, found.frameworks[0])
    return Publication(converted, mappings, left_out)


def _framework(source: Source, library: CisoLibrary, framework: Framework) -> tuple[Library, dict[str, int]]:
    title = source.name or name(framework.name or library.name) or name(framework.urn)
    withdrawn = sum(_withdrawn(node) for node in framework.requirement_nodes)
    tree = _Tree(source, title, framework)
    nodes, unused = only_headings_in_use(tree.nodes())
    own = slug(name(framework.ref_id or library.ref_id)) or slug(framework.urn.rsplit(":", 1)[-1])
    converted = Library(
        urn=name(library.urn),
        ref_id=own,
        name=source.name or name(library.name) or title,
        version=source.version or name(library.version),
        locale=name(library.locale),
        description=prose(library.description),
        copyright=prose(library.copyright),
        publication_date=str(library.publication_date or ""),
        provider=name(library.provider),
        packager=name(library.packager),
        objects=Objects(
            framework=FrameworkNode(
                urn=name(framework.urn),
                ref_id=own,
                name=title,
                description=prose(framework.description),
                requirement_nodes=tuple(nodes),
            )
        ),
    )
    return converted, {"withdrawn": withdrawn, NOTHING_BENEATH: unused}


class _Tree:
    """The nodes of one framework with the words that each borrows from those around it."""

    def __init__(self, source: Source, title: str, framework: Framework) -> None:
        self._title = title
        self._nodes = [node for node in framework.requirement_nodes if not _withdrawn(node)]
        self._by_urn = {node.urn: node for node in self._nodes}
        self._children: dict[str, list[Node]] = {}
        for node in self._nodes:
            self._children.setdefault(node.parent_urn or "", []).append(node)
        everything = {node.urn for node in framework.requirement_nodes}
        for node in framework.requirement_nodes:
            if node.parent_urn and node.parent_urn not in everything:
                raise malformed(source, name(node.urn), "its parent_urn names no node of the framework")
        for node in self._nodes:
            if node.assessable and not (prose(node.description) or name(node.name)):
                raise malformed(source, name(node.urn), "it is assessable but has no name and no description")
        self._refs = _refs(self._nodes)
        self._groups = {g.ref_id: g for g in framework.implementation_groups_definition}

    def nodes(self) -> list[RequirementNode]:
        """All nodes in our form, in the publisher's order."""
        return [self._node(node) for node in self._nodes]

    def _node(self, node: Node) -> RequirementNode:
        above = self._above(node)
        headings = [_heading(n) for n in above]
        named = name(node.name) if node.name and not _NUMBERED.match(node.name.strip()) else ""
        title = named or next((h for h in headings if h), "") or self._refs[node.urn]
        return RequirementNode(
            urn=name(node.urn),
            ref_id=self._refs[node.urn],
            name=title if node.assessable else _heading(node) or name(node.name),
            description=self._whole(node) if node.assessable else prose(node.description),
            parent_urn=name(node.parent_urn) if node.parent_urn in self._by_urn else None,
            depth=node.depth,
            assessable=node.assessable,
            citation=f"{self._title}, {self._cited(node, above)}" if node.assessable else "",
            domain=next((h for h in reversed(headings) if h), "") if node.assessable else "",
            importance=_IMPORTANCE.get(node.importance.casefold(), 3),
            implementation_groups=tuple(self._label(g) for g in node.implementation_groups),
        )

    def _above(self, node: Node) -> list[Node]:
        """The node's ancestors, nearest first."""
        found: list[Node] = []
        step = self._by_urn.get(node.parent_urn or "")
        while step is not None and step not in found:
            found.append(step)
            step = self._by_urn.get(step.parent_urn or "")
        return found

    def _cited(self, node: Node, above: list[Node]) -> str:
        return next((name(n.ref_id) for n in (node, *above) if n.ref_id.strip()), self._refs[node.urn])

    def _label(self, group: str) -> str:
        defined = self._groups.get(group)
        return name((defined.name if defined else "") or group).casefold()

    def _whole(self, node: Node) -> str:
        text = self._with_lead(node, 0)
        if _BREAKS_OFF.search(text):
            children = [prose(child.description) for child in self._children.get(node.urn, ())]
            items = [f"({_letter(n)}) {child}" for n, child in enumerate(filter(None, children))]
            text = "\n".join([text, *items])
        return text

    def _with_lead(self, node: Node, depth: int) -> str:
        """The node's text, after its parent's where it is only the end of that sentence."""
        text = prose(node.description) or name(node.name)
        parent = self._by_urn.get(node.parent_urn or "")
        if parent is None or depth >= _DEEPEST:
            return text
        said = prose(parent.description)
        hangs = text[:1].islower() and len(said) > _LONGEST_HEADING
        if not (_BREAKS_OFF.search(said) and not _is_heading(parent)) and not hangs:
            return text
        return f"{_last_sentence(self._with_lead(parent, depth + 1))} {_LIST_END.sub('', text)}"


def _heading(node: Node) -> str:
    """The node's title: its name, or the description where the name is only a number."""
    named = name(node.name)
    if named and not _NUMBERED.match(named):
        return named
    first = prose(node.description).split("\n", 1)[0].rstrip(" :")
    if first and not node.assessable and len(first) <= _LONGEST_HEADING and not _hanging(node):
        return first
    return "" if node.assessable or _hanging(node) else named


def _hanging(node: Node) -> bool:
    """Whether a grouping's only line is the beginning of a sentence rather than a title."""
    text = prose(node.description)
    return bool(_BREAKS_OFF.search(text)) and "\n" not in text and " " in text


def _is_heading(node: Node) -> bool:
    return not node.assessable and bool(node.name.strip()) and not _NUMBERED.match(node.name.strip())


def _last_sentence(text: str) -> str:
    return text if len(text) <= _LONGEST_LEAD else re.split(r"(?<=[.;])\s+(?=[A-Z(])", text)[-1]


def _letter(number: int) -> str:
    return chr(97 + number) if number < 26 else str(number + 1)


def _withdrawn(node: Node) -> bool:
    return node.assessable and _WITHDRAWN.match(prose(node.description)) is not None


def _refs(nodes: list[Node]) -> dict[str, str]:
    """A ref of each node by urn: the publisher's, or the urn's last part where it gave none."""
    tails = {node.urn: name(node.urn.rsplit(":", 1)[-1]) for node in nodes}
    given = {node.urn: name(node.ref_id) for node in nodes}
    often = Counter(ref for ref in given.values() if ref)
    return {
        urn: ref if ref and (often[ref] == 1 or not tails[urn]) else (tails[urn] or name(urn))
        for urn, ref in given.items()
    }


def _mapping_set(source: Source, library: CisoLibrary, mappings: Mappings) -> MappingSet:
    ref = slug(name(mappings.ref_id)) or slug(mappings.urn.rsplit(":", 1)[-1])
    if not ref:
        raise malformed(source, "requirement_mapping_sets", "a set has neither ref_id nor urn")
    for pair in mappings.requirement_mappings:
        if pair.relationship not in _RELATIONSHIPS:
            problem = f"{pair.relationship[:40]!r} is no relationship ({', '.join(sorted(_RELATIONSHIPS))})"
            raise malformed(source, f"mapping set {ref}", problem)
    return MappingSet.model_validate(
        {
            "urn": name(mappings.urn) or f"{name(library.urn)}:{ref}",
            "ref_id": ref,
            "name": name(mappings.name) or ref,
            "version": source.version or name(library.version),
            "provider": name(library.provider),
            "source": _side(mappings.source_framework_urn),
            "target": _side(mappings.target_framework_urn),
            "pairs": tuple(
                (_tail(p.source_requirement_urn), _tail(p.target_requirement_urn), p.relationship)
                for p in mappings.requirement_mappings
            ),
        }
    )


def _side(urn: str) -> Side:
    return Side(framework=slug(_tail(urn)) or "unknown", urn=name(urn))


def _tail(urn: str) -> str:
    return name(urn.rsplit(":", 1)[-1])
