"""``radar frameworks show``: a catalog as a tree, or one of its requirements with all that it holds."""

import difflib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.tree import Tree

from radar_pipeline import frameworks
from radar_pipeline.console.answer import Answer
from radar_pipeline.console.plain import plain
from radar_pipeline.errors import RadarError, UnknownNameError
from radar_pipeline.frameworks.library import Library, RequirementNode
from radar_pipeline.frameworks.mappings import key, mapped, mapping_sets
from radar_pipeline.frameworks.versions import archived
from radar_pipeline.models import Framework
from radar_pipeline.settings import Settings
from radar_pipeline.yaml_files import read_yaml


def show(settings: Settings, framework_id: str, ref: str | None) -> Answer:
    """The framework's tree, or one requirement with elements, citation and what maps to it."""
    folder = settings.data / "frameworks"
    framework = frameworks.load(folder, framework_id)
    library = read_yaml(folder / f"{framework_id}.yaml", Library)
    return _requirement(folder, framework, library, ref) if ref else _tree(folder, framework, library)


def _tree(folder: Path, framework: Framework, library: Library) -> Answer:
    older = archived(folder, framework.framework_id)
    nodes = library.objects.framework.requirement_nodes
    value = {
        "framework": framework.framework_id,
        "name": framework.name,
        "version": framework.version,
        "provider": framework.provider,
        "copyright": library.copyright,
        "older_versions": list(older),
        "renames": dict(framework.renames),
        "nodes": [_node(node) for node in nodes],
    }

    def render(console: Console) -> None:
        tree = Tree(f"[bold]{plain(framework.name)}[/] · version {plain(framework.version)}")
        branches = {"": tree}
        waiting = list(nodes)
        while waiting:  # a child may stand before its parent
            placed = [node for node in waiting if (node.parent_urn or "") in branches]
            for node in placed:
                branches[node.urn] = branches[node.parent_urn or ""].add(_line(node))
            waiting = [node for node in waiting if node.urn not in branches]
        console.print(tree)
        for label, words in (("older versions", ", ".join(older)), ("copyright", library.copyright)):
            if words:
                console.print(f"{label}: {plain(words)}", soft_wrap=True)

    return Answer(value, render)


def _node(node: RequirementNode) -> dict[str, Any]:
    return {
        "ref": node.ref_id,
        "title": node.name,
        "urn": node.urn,
        "parent": node.parent_urn,
        "assessable": node.assessable,
    }


def _line(node: RequirementNode) -> str:
    if not node.assessable:
        return f"[bold]{plain(node.name or node.ref_id)}[/]"
    return f"{plain(node.ref_id)}  {plain(node.name)}"


def _requirement(folder: Path, framework: Framework, library: Library, ref: str) -> Answer:
    wanted = ref.removeprefix(f"{framework.framework_id}:")
    found = next((r for r in framework.requirements if key(r.ref) == key(wanted)), None)
    if found is None:
        refs = [r.ref for r in framework.requirements]
        near = [r for r in refs if key(wanted) in key(r)] or difflib.get_close_matches(wanted, refs, 5, 0.4)
        raise UnknownNameError(
            f"{framework.framework_id} has no requirement {wanted[:80]!r}.",
            remedy=f"Near it are: {', '.join(near[:8])}."
            if near
            else f"`radar frameworks show {framework.framework_id}` lists them all.",
        )
    urn = next(n.urn for n in library.objects.framework.requirement_nodes if n.ref_id == found.ref)
    related = _related(folder, framework, library, {found.ref, urn.rsplit(":", 1)[-1]})
    body = asdict(found)
    body["expected_kinds"] = [kind.value for kind in found.expected_kinds]
    value = body | {"content_hash": found.content_hash, "mapped": related}

    def render(console: Console) -> None:
        console.print(f"[bold]{plain(found.ref)}  {plain(found.title)}[/]", soft_wrap=True)
        console.print(plain(found.text), soft_wrap=True)
        console.print()
        for label, words in (
            ("citation", found.citation),
            ("domain", found.domain),
            ("importance", str(found.importance)),
            ("groups", ", ".join(found.implementation_groups)),
            ("addressee", found.addressee),
            ("expected in", found.expected_document),
            ("terms", ", ".join(found.terms)),
        ):
            if words:
                console.print(f"  {label:12} {plain(words)}", soft_wrap=True)
        for element in found.elements:
            console.print(f"  {element.element_id:12} {plain(element.text)}", soft_wrap=True)
        for other in related:
            words = f"{other['framework']} {other['ref']} {other['title']} ({other['relationship']})"
            console.print(f"  {'maps to':12} {plain(words)}", soft_wrap=True)

    return Answer(value, render)


def _related(folder: Path, framework: Framework, library: Library, keys: set[str]) -> list[dict[str, str]]:
    """Requirements of other frameworks that a mapping set names, with their titles where imported."""
    hits = mapped(mapping_sets(folder), framework.framework_id, library.objects.framework.urn, keys)
    known: dict[str, dict[str, tuple[str, str]]] = {}
    rows = []
    for hit in hits:
        if hit.framework not in known:
            known[hit.framework] = _titles(folder, hit.framework)
        ref, title = known[hit.framework].get(key(hit.ref), (hit.ref, ""))
        rows.append(
            {
                "framework": hit.framework,
                "ref": ref,
                "title": title,
                "relationship": hit.relationship,
                "mapping": hit.mapping,
            }
        )
    return rows


def _titles(folder: Path, framework_id: str) -> dict[str, tuple[str, str]]:
    """Every name that a mapping may use for a node of the framework -> its ref and title."""
    path = folder / f"{framework_id}.yaml"
    try:
        nodes = read_yaml(path, Library).objects.framework.requirement_nodes if path.is_file() else ()
    except RadarError:
        return {}  # `radar frameworks list` says what is wrong with it
    return {
        key(word): (node.ref_id, node.name)
        for node in nodes
        for word in (node.urn.rsplit(":", 1)[-1], node.ref_id)
    }
