"""The commands about catalogs: frameworks list, show, diff, import."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from radar_pipeline import frameworks
from radar_pipeline.console.answer import Answer
from radar_pipeline.console.plain import plain
from radar_pipeline.errors import RadarError
from radar_pipeline.frameworks import Difference
from radar_pipeline.models import Framework
from radar_pipeline.settings import Settings

if TYPE_CHECKING:
    from radar_pipeline.frameworks.importing import Change, Imported

SHOWN = 20  # refs of each sort in a difference; --json has them all


def list_frameworks(settings: Settings) -> Answer:
    """Every framework: version, size, publisher, whom it binds; one that can't be read says why."""
    folder = _folder(settings)
    bound, problem = _bound(settings)
    rows: list[dict[str, Any]] = []
    for framework_id in frameworks.available(folder):
        row: dict[str, Any] = {
            "framework": framework_id,
            "tenants": bound.get(framework_id, []),
            "problem": "",
        }
        try:
            row |= _facts(frameworks.load(folder, framework_id))
        except RadarError as error:
            row["problem"] = str(error)
        rows.append(row)

    def render(console: Console) -> None:
        for row in rows:
            _show_row(console, row)
        if problem:
            console.print(f"[red]problem[/] {plain(problem)}", soft_wrap=True)

    return Answer(rows, render, healthy=not problem and not any(row["problem"] for row in rows))


def _show_row(console: Console, row: dict[str, Any]) -> None:
    """Two lines a framework: ids and names of publishers are too long for the columns of a table."""
    if row["problem"]:
        console.print(
            f"[bold]{plain(row['framework'])}[/]  [red]problem[/] {plain(row['problem'])}", soft_wrap=True
        )
        return
    console.print(
        f"[bold]{plain(row['framework'])}[/]  {row['requirements']} requirements, "
        f"{row['elements']} elements, binds {plain(', '.join(row['tenants'])) or 'nobody'}",
        soft_wrap=True,
    )
    groups = ", ".join(f"{name} {count}" for name, count in row["groups"].items())
    words = [row["name"], f"version {row['version']}", row["provider"], groups]
    console.print(f"  [dim]{plain(' · '.join(filter(None, words)))}[/]", soft_wrap=True)


def _facts(framework: Framework) -> dict[str, Any]:
    groups = Counter(group for r in framework.requirements for group in r.implementation_groups)
    return {
        "name": framework.name,
        "version": framework.version,
        "requirements": len(framework.requirements),
        "elements": sum(len(r.elements) for r in framework.requirements),
        "groups": dict(sorted(groups.items())),
        "provider": framework.provider,
    }


def _bound(settings: Settings) -> tuple[dict[str, list[str]], str]:
    """Framework -> the tenants it binds; and what is wrong with tenants.yaml, if anything."""
    from radar_pipeline.tenancy import load_tenants

    bound: dict[str, list[str]] = {}
    try:
        tenants = load_tenants(settings.tenants_file, frameworks.available(_folder(settings)), settings.home)
    except RadarError as error:
        return bound, str(error)
    for tenant in tenants:
        for scope in tenant.frameworks:
            bound.setdefault(scope.framework_id, []).append(tenant.slug)
    return bound, ""


def diff(settings: Settings, old: str, new: str) -> Answer:
    """What the newer version adds, removes, renames and changes."""
    from radar_pipeline.frameworks.versions import find_version

    folder = _folder(settings)
    found = frameworks.difference(find_version(folder, old), find_version(folder, new))
    return Answer(found.as_dict(), lambda console: show_difference(console, found))


def show_difference(console: Console, found: Difference) -> None:
    """Counts first, then the refs of each sort."""
    console.print(
        f"{plain(found.old)} → {plain(found.new)}: {len(found.added)} added, {len(found.removed)} removed, "
        f"{len(found.renamed)} renamed, {len(found.changed)} changed, {found.unchanged} unchanged",
        soft_wrap=True,
    )
    sorts = (
        ("added", "green", [f"{ref}  {title}" for ref, title in found.added.items()]),
        ("removed", "red", [f"{ref}  {title}" for ref, title in found.removed.items()]),
        ("renamed", "cyan", [f"{old} → {new}" for old, new in found.renamed.items()]),
        ("changed", "yellow", [f"{ref}  ({', '.join(parts)})" for ref, parts in found.changed.items()]),
    )
    for word, style, lines in sorts:
        for line in lines[:SHOWN]:
            console.print(f"  [{style}]{word:8}[/] {plain(line)}", soft_wrap=True)
        if len(lines) > SHOWN:
            console.print(f"  [{style}]{word:8}[/] … and {len(lines) - SHOWN} more: see --json")


def import_catalog(settings: Settings, path: str, framework_id: str, name: str, version: str) -> Answer:
    """Take a publisher's file over; says what came of it and what differs from before."""
    from radar_pipeline.frameworks.importing import import_file

    done = import_file(_folder(settings), Path(path), framework_id=framework_id, name=name, version=version)
    value: dict[str, Any] = {"format": done.format, "left_out": dict(done.left_out)}
    if done.framework and done.change:
        value |= {"framework": done.framework.framework_id, **_facts(done.framework)}
        value |= {"groupings": done.groups, **_written(done.change)}
        value["difference"] = done.difference.as_dict() if done.difference else None
    value["mappings"] = [
        {"mapping": m.ref_id, "from": m.source.framework, "to": m.target.framework, "pairs": len(m.pairs)}
        | _written(change)
        for m, change in done.mappings
    ]
    return Answer(value, lambda console: _show_import(console, done, value))


def _show_import(console: Console, done: "Imported", value: dict[str, Any]) -> None:
    if done.framework and done.change:
        _show_change(console, f"{done.framework.framework_id} ({done.format})", done.change)
        facts = [value[name] for name in ("version", "requirements", "elements")]
        console.print(plain("  version {}, {} requirements, {} elements".format(*facts)), soft_wrap=True)
    for mapping, change in done.mappings:
        _show_change(console, f"mapping {mapping.ref_id} ({len(mapping.pairs)} pairs)", change)
    for reason, count in done.left_out.items():
        console.print(f"  left out: {count} {plain(reason)}")
    if done.difference and done.change and done.change.state == "updated":
        show_difference(console, done.difference)
        console.print("The next sweep assesses anew what has changed, for the tenants it binds.")


def _show_change(console: Console, what: str, change: "Change") -> None:
    words = {"new": "imported", "updated": "imported over an older one", "unchanged": "the same as before"}
    console.print(f"[bold]{plain(what)}[/]: {words[change.state]}", soft_wrap=True)
    if change.archived:
        console.print(f"  kept:    {plain(str(change.archived))}", soft_wrap=True)
    if change.state != "unchanged":
        console.print(f"  written: {plain(str(change.path))}", soft_wrap=True)


def _written(change: "Change") -> dict[str, Any]:
    return {
        "state": change.state,
        "file": str(change.path),
        "archived": str(change.archived) if change.archived else None,
    }


def _folder(settings: Settings) -> Path:
    return settings.data / "frameworks"
