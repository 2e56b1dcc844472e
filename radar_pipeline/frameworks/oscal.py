"""OSCAL catalogs in JSON, a resolved profile being one (NIST OSCAL 1.x).

A control is a requirement, an enhancement one under its control, a group a grouping. The statement is
its text; guidance and assessment methods stay with the publisher. Withdrawn controls are left out.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.frameworks.library import FrameworkNode, Library, Objects, RequirementNode
from radar_pipeline.frameworks.oscal_parameters import Parameter, Parameters
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

DEEPEST = 60  # levels of braces and brackets
_OTHERS = {  # OSCAL models that state no requirements of their own
    "profile": "a profile that is not resolved: it only points to controls. Import the resolved profile "
    "catalog, which its publisher ships beside it or an OSCAL tool makes of it",
    "assessment-results": "assessment results, which judge controls and state none",
    "assessment-plan": "an assessment plan, which states no controls",
    "component-definition": "a component definition, which states no controls",
    "system-security-plan": "a system security plan. It belongs among a tenant's documents",
    "plan-of-action-and-milestones": "a plan of action, which states no controls",
    "mapping-collection": "a mapping collection, which is not read yet",
}
_EDITION = re.compile(r"\b(?:rev(?:ision)?|version|release|edition|v)\.?\s*\d[\w.+-]*", re.IGNORECASE)
_LINK = re.compile(r"\[([^\[\]]{0,200})\]\(#?[^()\s]{1,200}\)")


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Prop(_Lenient):
    name: str
    value: str
    class_: str = Field("", alias="class")


class _Part(_Lenient):
    name: str
    prose: str = ""
    props: tuple[_Prop, ...] = ()
    parts: tuple["_Part", ...] = ()


class _Control(_Lenient):
    id: str = Field(min_length=1)
    title: str
    params: tuple[Parameter, ...] = ()
    props: tuple[_Prop, ...] = ()
    parts: tuple[_Part, ...] = ()
    controls: tuple["_Control", ...] = ()


class _Group(_Lenient):
    id: str = ""
    title: str
    params: tuple[Parameter, ...] = ()
    props: tuple[_Prop, ...] = ()
    groups: tuple["_Group", ...] = ()
    controls: tuple[_Control, ...] = ()


class _Party(_Lenient):
    type: str = ""
    name: str = ""


class _Metadata(_Lenient):
    title: str = Field(min_length=1)
    version: str
    parties: tuple[_Party, ...] = ()
    published: str = ""
    last_modified: str = Field("", alias="last-modified")


class _Catalog(_Lenient):
    metadata: _Metadata
    params: tuple[Parameter, ...] = ()
    groups: tuple[_Group, ...] = ()
    controls: tuple[_Control, ...] = ()


class _Document(_Lenient):
    catalog: _Catalog


def recognises(source: Source) -> bool:
    """Whether the file is JSON, the one form of OSCAL that is read."""
    return source.path.suffix.lower() == ".json" or source.text.lstrip("\ufeff \t\r\n")[:1] == "{"


def read(source: Source) -> Publication:
    """The catalog in the file. Raises ConfigurationError with a JSON pointer or a line."""
    catalog = _validated(source, _parsed(source))
    title = name(catalog.metadata.title)
    reader = _Reader(catalog, slug(_EDITION.sub("", title)))
    if not reader.identity:
        raise malformed(source, "/catalog/metadata/title", "the title has no letter or digit")
    provider = next((p.name for p in catalog.metadata.parties if p.type == "organization"), "")
    nodes, unused = only_headings_in_use(reader.nodes())
    library = Library(
        urn=f"urn:oscal:catalog:{reader.identity}",
        ref_id=reader.identity,
        name=source.name or title,
        version=source.version or name(catalog.metadata.version),
        provider=name(provider),
        packager="OSCAL",
        publication_date=(catalog.metadata.published or catalog.metadata.last_modified)[:10],
        objects=Objects(
            framework=FrameworkNode(
                urn=f"urn:oscal:framework:{reader.identity}",
                ref_id=reader.identity,
                name=source.name or title,
                requirement_nodes=tuple(nodes),
            )
        ),
    )
    return Publication(library, left_out={**reader.left_out, NOTHING_BENEATH: unused})


def _parsed(source: Source) -> Any:
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", source.text):  # those in prose count too, and are balanced
        depth = max(0, depth + (1 if bracket in "[{" else -1))
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise malformed(source, "", f"it is nested deeper than {DEEPEST} levels")
    try:
        return json.loads(source.text.lstrip("\ufeff"), object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise malformed(source, place, f"not valid JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise malformed(source, "", f"not valid JSON: {error}") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        repeated = next(key for key, count in Counter(k for k, _ in pairs).items() if count > 1)
        raise ValueError(f"the key {repeated[:40]!r} occurs twice in one object")
    return found


def _validated(source: Source, data: Any) -> _Catalog:
    if isinstance(data, dict) and "catalog" not in data:
        found = next((words for key, words in _OTHERS.items() if key in data), "")
        raise ConfigurationError(
            f"{source.path.name} is {found or 'JSON, but no OSCAL catalog'}.",
            remedy="Import an OSCAL catalog or a resolved profile catalog (top-level key `catalog`).",
        )
    try:
        return _Document.model_validate(data).catalog
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        pointer = "/".join(["", *(str(part) for part in first["loc"])])
        raise malformed(source, pointer or "/", first["msg"]) from None


class _Reader:
    """Walks one catalog; ``left_out`` counts what it drops."""

    def __init__(self, catalog: _Catalog, identity: str) -> None:
        self._catalog = catalog
        self.identity = identity
        self._cited = name(_EDITION.sub("", catalog.metadata.title))  # the version says the edition
        self.left_out: Counter[str] = Counter()
        holders = list(_holders(catalog))
        self._parameters = Parameters(p for holder in holders for p in holder.params)
        self._refs = Counter(_label(h) for h in holders if isinstance(h, _Control))

    def nodes(self) -> list[RequirementNode]:
        """All nodes, each after its parent."""
        found = list(self._controls(self._catalog.controls, None, "", 1))
        for number, group in enumerate(self._catalog.groups, 1):
            found += self._group(group, None, str(number), 1)
        return found

    def _urn(self, part: str) -> str:
        return f"urn:oscal:req_node:{self.identity}:{part}"

    def _group(self, group: _Group, parent: str | None, place: str, depth: int) -> Iterator[RequirementNode]:
        ref = name(group.id) or f"group-{place}"
        urn = self._urn(f"group:{ref}")
        yield RequirementNode(
            urn=urn,
            ref_id=f"group {ref}",
            name=name(group.title),
            parent_urn=parent,
            depth=depth,
            assessable=False,
        )
        for number, inner in enumerate(group.groups, 1):
            yield from self._group(inner, urn, f"{place}.{number}", depth + 1)
        yield from self._controls(group.controls, urn, name(group.title), depth + 1)

    def _controls(
        self, controls: tuple[_Control, ...], parent: str | None, domain: str, depth: int, above: str = ""
    ) -> Iterator[RequirementNode]:
        for control in controls:
            if any(p.name == "status" and p.value.casefold() == "withdrawn" for p in control.props):
                self.left_out["withdrawn"] += sum(1 for _ in _holders(control))
                continue
            label = _label(control)
            urn, title = self._urn(name(control.id)), name(control.title)
            ref = label if self._refs[label] == 1 else name(control.id)
            full = f"{above} | {title}" if above else title
            yield RequirementNode(
                urn=urn,
                ref_id=ref,
                name=full,
                description=self._statement(control),
                parent_urn=parent,
                depth=depth,
                assessable=True,
                citation=f"{self._cited}, {ref}",
                domain=domain,
            )
            yield from self._controls(control.controls, urn, domain, depth + 1, title)

    def _statement(self, control: _Control) -> str:
        chosen = [part for part in control.parts if part.name == "statement"] or [
            part for part in control.parts if part.name in ("objective", "overview", "item")
        ]
        return prose("\n".join(line for part in chosen for line in self._lines(part)))

    def _lines(self, part: _Part) -> Iterator[str]:
        label = next((p.value for p in part.props if p.name == "label"), "") if part.name == "item" else ""
        words = _LINK.sub(r"\1", self._parameters.resolve(part.prose))
        words = re.sub(r"\s+([;,.:])", r"\1", words.strip())  # "{{ insert }} ;" leaves a gap
        if words:
            yield f"{label} {words}" if label else words
        for inner in part.parts:
            yield from self._lines(inner)


def _holders(holder: _Catalog | _Group | _Control) -> Iterator[_Catalog | _Group | _Control]:
    """The catalog, group or control itself and every group and control below it."""
    yield holder
    for group in () if isinstance(holder, _Control) else holder.groups:
        yield from _holders(group)
    for control in holder.controls:
        yield from _holders(control)


def _label(control: _Control) -> str:
    labels = [p for p in control.props if p.name == "label" and p.value.strip()]
    plain = next((p.value for p in labels if not p.class_), labels[0].value if labels else control.id)
    return name(plain) or name(control.id)
