"""Taking a publisher's catalog over: read whole, checked in our form, then written, or not at all."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.frameworks.catalog import available
from radar_pipeline.frameworks.difference import Difference, difference
from radar_pipeline.frameworks.formats import read_publication
from radar_pipeline.frameworks.library import Library, framework_of, read_library
from radar_pipeline.frameworks.mappings import FOLDER, MappingSet
from radar_pipeline.frameworks.publication import slug
from radar_pipeline.frameworks.versions import archive_path
from radar_pipeline.models import Framework
from radar_pipeline.storage.files import storing, write_text
from radar_pipeline.yaml_files import read_yaml

NEW, UPDATED, UNCHANGED = "new", "updated", "unchanged"
_HEADING = "# Imported by `radar frameworks import`; the next import replaces this file and archives it.\n"


@dataclass(frozen=True, slots=True)
class Change:
    """What one file of an import did to the catalogs. ``archived`` is where the older text is kept."""

    path: Path
    state: str  # new | updated | unchanged
    text: str
    previous: str = ""
    archived: Path | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import."""

    format: str
    framework: Framework | None
    groups: int
    change: Change | None
    difference: Difference | None
    mappings: tuple[tuple[MappingSet, Change], ...]
    left_out: Mapping[str, int]


class _Identity(BaseModel):
    """The head of a library, enough to tell whose it is."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    urn: str


def import_file(
    folder: Path, path: Path, *, framework_id: str = "", name: str = "", version: str = ""
) -> Imported:
    """Take ``path`` over into the catalogs of ``folder``.

    Raises ConfigurationError, with nothing written, if the file or the id is wrong or if the id belongs
    to another publisher's catalog; StoreError if the disk refuses.
    """
    if framework_id:
        _check_id(framework_id)
    known, publication = read_publication(path, identity=framework_id, title=name, version=version)
    if framework_id and publication.library is None:
        raise ConfigurationError(
            f"{path.name} holds mapping sets and no framework that could have the id {framework_id}.",
            remedy="Import it without --id.",
        )
    framework = change = differs = None
    groups = 0
    if publication.library is not None:
        library = _identified(folder, publication.library, framework_id)
        change, framework, differs = _framework_change(folder, library, publication.verbatim, path.name)
        nodes = library.objects.framework.requirement_nodes
        groups = sum(not node.assessable for node in nodes)
    mappings = tuple((m, _mapping_change(folder, m)) for m in publication.mappings)
    _write([c for _, c in mappings] + ([change] if change else []))
    left_out = {reason: count for reason, count in publication.left_out.items() if count}
    return Imported(known.name, framework, groups, change, differs, mappings, left_out)


def _check_id(framework_id: str) -> None:
    if ids.SLUG_PATTERN.fullmatch(framework_id) is None:
        raise ConfigurationError(
            f"{framework_id[:80]!r} is not a framework id.",
            remedy="Use 2 to 63 of a-z, 0-9 and '-', starting with a letter or digit.",
        )


def _identified(folder: Path, library: Library, wanted: str) -> Library:
    """The library under the id that was asked for, that it already has here, or that its ref makes."""
    owners = _owners(folder)
    already = [known for known, urn in owners.items() if urn == library.urn]
    framework_id = wanted or (already[0] if len(already) == 1 else slug(library.ref_id))
    _check_id(framework_id)
    if owners.get(framework_id, library.urn) != library.urn:
        other = slug(f"{library.provider or library.packager} {framework_id}") or f"{framework_id}-2"
        raise ConfigurationError(
            f"The framework {framework_id} is another publisher's catalog ({owners[framework_id][:120]}).",
            remedy=f"Import this one under an id of its own: --id {other}. Nothing was imported.",
        )
    framework = library.objects.framework.model_copy(update={"ref_id": framework_id})
    objects = library.objects.model_copy(update={"framework": framework})
    return library.model_copy(update={"ref_id": framework_id, "objects": objects})


def _owners(folder: Path) -> dict[str, str]:
    """Id of every framework here -> urn of the library that it came from."""
    found = {}
    for framework_id in available(folder):
        try:
            found[framework_id] = read_yaml(folder / f"{framework_id}.yaml", _Identity).urn
        except ConfigurationError:
            found[framework_id] = "a file that cannot be read"
    return found


def _framework_change(
    folder: Path, library: Library, verbatim: str, origin: str
) -> tuple[Change, Framework, Difference | None]:
    path = folder / f"{library.ref_id}.yaml"
    if not path.exists():
        text, _, framework = _rendered(library, verbatim, origin)
        return Change(path, NEW, text), framework, None
    current = read_yaml(path, Library)
    text, library, framework = _rendered(
        library.model_copy(update={"renames": _renames(current, library)}), verbatim, origin
    )
    differs = difference(framework_of(path, current), framework)
    if current == library:
        return Change(path, UNCHANGED, text), framework, differs
    previous = path.read_text("utf-8")
    kept = archive_path(folder, library.ref_id, str(current.version), previous)
    return Change(path, UPDATED, text, previous, kept), framework, differs


def _renames(current: Library, library: Library) -> dict[str, str]:
    """The rename map of a newer version: its own, what a person wrote here before, and what kept its urn."""
    nodes = library.objects.framework.requirement_nodes
    known, assessable = {n.ref_id for n in nodes}, {n.ref_id for n in nodes if n.assessable}
    by_urn = {n.urn: n.ref_id for n in nodes}
    newest = {
        n.ref_id: by_urn[n.urn]
        for n in current.objects.framework.requirement_nodes
        if n.assessable and n.urn in by_urn and by_urn[n.urn] != n.ref_id
    } | dict(library.renames)
    older = {old: newest.get(new, new) for old, new in current.renames.items()}
    found = {**older, **newest}
    return {old: new for old, new in found.items() if old not in known and new in assessable}


def _mapping_change(folder: Path, mapping: MappingSet) -> Change:
    path = folder / FOLDER / f"{mapping.ref_id}.yaml"
    text = _HEADING + _dump(mapping)
    if not path.exists():
        return Change(path, NEW, text)
    current = read_yaml(path, MappingSet)
    if current.urn != mapping.urn:
        raise ConfigurationError(
            f"The mapping set {mapping.ref_id} is another publisher's ({current.urn[:120]}).",
            remedy=f"Rename {path.name} in {folder.name}/{FOLDER} and its ref_id. Nothing was imported.",
        )
    if current == mapping:
        return Change(path, UNCHANGED, text)
    previous = path.read_text("utf-8")
    return Change(
        path, UPDATED, text, previous, archive_path(path.parent, mapping.ref_id, current.version, previous)
    )


def _rendered(library: Library, verbatim: str, origin: str) -> tuple[str, Library, Framework]:
    """The text to be written, checked by reading its very bytes as a sweep will.

    A file in our own form stays as its author wrote it, comments and all, if that says the same.
    """
    scratch = Path(tempfile.gettempdir())
    with storing(scratch), tempfile.TemporaryDirectory(prefix="radar-import-") as place:
        path = Path(place) / f"{library.ref_id}.yaml"
        for text in (verbatim, _HEADING + _dump(library)):
            path.write_text(text, "utf-8")
            if text and (text is not verbatim or read_yaml(path, Library) == library):
                break
        try:
            return text, read_yaml(path, Library), read_library(path)
        except ConfigurationError as error:
            raise ConfigurationError(
                error.message.replace(path.name, origin, 1),
                remedy=f"{error.remedy} Nothing was imported.",
            ) from None


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Block style, but a list of words or numbers stays on one line."""

    def represent_list(self, data: list[Any]) -> yaml.Node:
        flow = not any(isinstance(item, (dict, list)) for item in data)
        node: yaml.Node = self.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=flow)
        return node


_Dumper.add_representer(list, _Dumper.represent_list)


def _dump(model: BaseModel) -> str:
    """The model as YAML, without what is default and with its largest part last."""
    values = model.model_dump(mode="json", exclude_defaults=True)
    for last in ("objects", "pairs"):
        if last in values:
            values[last] = values.pop(last)
    text: str = yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return text


def _write(changes: list[Change]) -> None:
    """Archive first, the framework last. What fails midway is put back as it was."""
    done: list[Change] = []
    try:
        for change in changes:
            if change.state == UNCHANGED:
                continue
            if change.archived is not None:
                write_text(change.archived, change.previous)
            done.append(change)
            write_text(change.path, change.text)
    except BaseException:
        for change in done:
            with storing(change.path):
                if change.previous:
                    write_text(change.path, change.previous)
                else:
                    change.path.unlink(missing_ok=True)
        raise
