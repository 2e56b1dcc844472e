"""Our own catalog files: the library shape that CISO Assistant's maps onto, plus elements.

A library holds a framework; its requirement nodes form a tree by ``parent_urn``; assessable nodes
carry what we add: domain, importance, citation, expected document, search terms and elements.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.frameworks.decompose import decompose
from radar_pipeline.models import Element, Framework, Kind, Limit, Requirement, Role
from radar_pipeline.yaml_files import read_yaml


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LimitNode(_Strict):
    """``limit: {at_most: 72, unit: hours}``, or ``at_least`` for a minimum."""

    at_most: float | None = Field(default=None, gt=0)
    at_least: float | None = Field(default=None, gt=0)
    unit: Literal["hours", "days", "months", "years"]

    @model_validator(mode="after")
    def _one_bound(self) -> "LimitNode":
        if (self.at_most is None) is (self.at_least is None):
            raise ValueError("a limit has either at_most or at_least")
        return self

    def limit(self) -> Limit:
        """The value type."""
        if self.at_least is not None:
            return Limit(self.at_least, self.unit, minimum=True)
        assert self.at_most is not None
        return Limit(self.at_most, self.unit)


class ElementNode(_Strict):
    """One atomic part as written in the file."""

    id: str = Field(pattern=r"^(actor|action|object|deadline|condition)-[1-9]\d*$")
    role: Role
    text: str = Field(min_length=2)
    limit: LimitNode | None = None


class RequirementNode(_Strict):
    """A node of the tree, assessable or grouping."""

    urn: str
    ref_id: str = Field(min_length=1)
    name: str = ""
    description: str = ""
    parent_urn: str | None = None
    depth: int = 1
    assessable: bool
    citation: str = ""
    domain: str = ""
    importance: Literal[1, 2, 3, 5] = 3
    addressee: str = ""
    expected_document: str = ""
    expected_kinds: tuple[Kind, ...] = ()
    terms: tuple[str, ...] = ()
    implementation_groups: tuple[str, ...] = ()
    elements: tuple[ElementNode, ...] = ()

    @field_validator("elements")
    @classmethod
    def _unique_elements(cls, value: tuple[ElementNode, ...]) -> tuple[ElementNode, ...]:
        if len({e.id for e in value}) != len(value):
            raise ValueError("two elements have the same id")
        return value


class FrameworkNode(_Strict):
    """The framework inside the library."""

    urn: str
    ref_id: str
    name: str
    description: str = ""
    requirement_nodes: tuple[RequirementNode, ...]


class Objects(_Strict):
    """What a library holds."""

    framework: FrameworkNode


class Library(_Strict):
    """The file as a whole."""

    urn: str
    ref_id: str
    name: str
    version: str | int
    objects: Objects
    locale: str = "en"
    description: str = ""
    copyright: str = ""
    publication_date: Annotated[str, BeforeValidator(lambda value: str(value or ""))] = ""
    provider: str = ""
    packager: str = ""
    renames: Mapping[str, str] = Field(default_factory=dict)  # ref of an earlier version -> ref now


def read_library(path: Path) -> Framework:
    """The framework in a library file. Raises ConfigurationError naming the place and the remedy."""
    return framework_of(path, read_yaml(path, Library))


def framework_of(path: Path, library: Library) -> Framework:
    """The framework that ``library`` means once it lies at ``path``; its id is the name of the file.

    Raises ConfigurationError as ``read_library`` does. Nothing is read or written.
    """
    framework = library.objects.framework
    _check_identity(path, framework)
    _check_renames(path, library)
    domains = {node.urn: node.name or node.ref_id for node in framework.requirement_nodes}
    requirements = tuple(
        _requirement(path.stem, node, domains) for node in framework.requirement_nodes if node.assessable
    )
    if not requirements:
        raise ConfigurationError(
            f"{path.name} has no assessable requirement.",
            remedy="Set `assessable: true` on the nodes that state a duty.",
        )
    return Framework(
        path.stem,
        framework.name,
        str(library.version),
        library.provider,
        requirements,
        dict(library.renames),
    )


def _check_renames(path: Path, library: Library) -> None:
    nodes = library.objects.framework.requirement_nodes
    known, assessable = {n.ref_id for n in nodes}, {n.ref_id for n in nodes if n.assessable}
    problems = [
        problem
        for old, new in library.renames.items()
        for wrong, problem in (
            (old in known, f"{old!r} is renamed to {new!r} but is still there"),
            (new not in assessable, f"{old!r} is renamed to {new!r}, which is no requirement of it"),
        )
        if wrong
    ]
    if problems:
        raise ConfigurationError(
            f"{path.name}: renames: {'; '.join(problems[:5])}.",
            remedy="Write each as `old ref: new ref`; the new one is in the file, the old one is not.",
        )


def _check_identity(path: Path, framework: FrameworkNode) -> None:
    problems = [
        *_duplicates(path, "ref_id", (n.ref_id for n in framework.requirement_nodes)),
        *_duplicates(path, "urn", (n.urn for n in framework.requirement_nodes)),
    ]
    urns = {node.urn for node in framework.requirement_nodes}
    problems += [
        f"{node.ref_id} has an unknown parent_urn"
        for node in framework.requirement_nodes
        if node.parent_urn and node.parent_urn not in urns
    ]
    problems += [f"{ref} is its own ancestor" for ref in _rings(framework.requirement_nodes)]
    problems += [
        f"{node.ref_id} is assessable but says nothing (no description and no name)"
        for node in framework.requirement_nodes
        if node.assessable and not (node.description or node.name).strip()
    ]
    if framework.ref_id != path.stem:
        problems.append(f"the framework's ref_id {framework.ref_id!r} is not the file's name")
    if problems:
        raise ConfigurationError(
            f"{path.name}: {'; '.join(problems[:5])}.", remedy="Mend these nodes and run again."
        )


def _duplicates(path: Path, field: str, values: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    repeated = {value for value in values if value in seen or seen.add(value)}  # type: ignore[func-returns-value]
    return [f"{field} {value!r} occurs twice" for value in sorted(repeated)]


def _rings(nodes: Iterable[RequirementNode]) -> list[str]:
    """Refs of nodes whose line of parents never ends; a tree made of them could not be shown."""
    parents = {node.urn: node.parent_urn for node in nodes}
    ended: set[str] = set()
    rings = []
    for node in nodes:
        line: list[str] = []
        step: str | None = node.urn
        while step and step not in ended and step not in line:
            line.append(step)
            step = parents.get(step)
        if step and step in line:
            rings.append(node.ref_id)
        ended.update(line)
    return rings


def _requirement(framework_id: str, node: RequirementNode, domains: dict[str, str]) -> Requirement:
    text = " ".join((node.description or node.name).split())
    elements = tuple(
        Element(e.id, e.role, e.text, e.limit.limit() if e.limit else None) for e in node.elements
    )
    return Requirement(
        requirement_id=ids.requirement_id(framework_id, node.ref_id),
        framework_id=framework_id,
        ref=node.ref_id,
        title=node.name or node.ref_id,
        text=text,
        domain=node.domain or domains.get(node.parent_urn or "", ""),
        importance=node.importance,
        citation=node.citation,
        elements=elements or decompose(node.description or node.name),
        addressee=node.addressee,
        expected_document=node.expected_document,
        expected_kinds=node.expected_kinds,
        terms=node.terms,
        implementation_groups=node.implementation_groups,
    )
