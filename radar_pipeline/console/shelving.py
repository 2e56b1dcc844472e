"""``radar documents list``, ``quarantined`` and ``retry``: what was read of a tenant, and what was not."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from radar_pipeline import frameworks, ids
from radar_pipeline.console.answer import Answer
from radar_pipeline.console.plain import plain
from radar_pipeline.errors import UnknownNameError
from radar_pipeline.models import UnreadableReason
from radar_pipeline.report.site.words import plural, unreadable
from radar_pipeline.settings import Settings
from radar_pipeline.storage.operations import Operations
from radar_pipeline.sweep.lease import hold
from radar_pipeline.sweep.manifest import Entry, Manifest, load_manifest, save_manifest
from radar_pipeline.tenancy import load_tenants, select

RETRIED = "documents_retried"  # in the audit
NEAR = 3  # known paths that are named beside an unknown one


@dataclass(frozen=True, slots=True)
class _State:
    """Where a document stands, for machines and for people."""

    name: str
    style: str


_READ = _State("read", "green")
_FOLDER = _State("unpacked", "green")
_QUARANTINED = _State("quarantined", "red")
_ONCE_MORE = _State("tried once, to be tried again", "yellow")
_NOT_TEXT = _State("no text expected", "dim")
_UNREAD = _State("not read yet", "yellow")


def list_documents(settings: Settings, slug: str) -> Answer:
    """Every document of a tenant as the last sweep left it: state, kind, size.

    Raises UnknownNameError for a tenant that tenants.yaml does not have.
    """
    manifest = _manifests(settings, (slug,))[slug]
    rows = [_row(slug, entry) for _, entry in sorted(manifest.items())]

    def render(console: Console) -> None:
        table = Table(title=f"Documents of {slug}", title_justify="left", header_style="bold")
        for column in ("document", "state", "kind", "characters"):
            table.add_column(column, overflow="fold", justify="right" if column == "characters" else "left")
        for row in rows:
            style = _state(manifest[row["path"]]).style
            count = f"{row['characters']:,}" if row["characters"] else ""
            table.add_row(plain(row["path"]), f"[{style}]{row['state']}[/]", row["kind"], count)
        console.print(table if rows else f"No document of {slug} was read yet.")

    return Answer(rows, render)


def quarantined(settings: Settings, slugs: Sequence[str]) -> Answer:
    """What could not be read: of these tenants, or of all. Raises UnknownNameError."""
    rows = [
        {**_row(slug, entry), **_failure(entry)}
        for slug, manifest in _manifests(settings, slugs).items()
        for _, entry in sorted(manifest.items())
        if entry.reason is not None and entry.reason is not UnreadableReason.NOT_TEXT
    ]

    def render(console: Console) -> None:
        for row in rows:
            where, tries = plain(f"{row['tenant']}: {row['path']}"), plural(row["attempts"], "attempt")
            since = f", since {row['since'][:10]}" if row["since"] else ""
            console.print(f"[bold]{where}[/]  {_size(row['size'])}", soft_wrap=True)
            console.print(
                f"  [red]{row['reason']}[/]: {row['why']} ({row['state']}; {tries}{since})", soft_wrap=True
            )
            console.print(f"  → {row['remedy']}", soft_wrap=True)
        console.print(_summary(rows), soft_wrap=True)

    return Answer(rows, render)


def retry(settings: Settings, slug: str, paths: Sequence[str]) -> str:
    """Forget that documents could not be read, so that the next sweep tries again; what to tell.

    Without ``paths`` all that could not be read, but for what holds no text by its nature. Raises
    UnknownNameError for a tenant or path that is not known, LeaseHeldError while a sweep works on it.
    """
    _manifests(settings, (slug,))
    home, operations = settings.tenant_home(slug), Operations(settings.operations)
    with hold(operations, slug, ids.new_sweep_id(), settings.lease_seconds) as lease:
        manifest = load_manifest(home)
        chosen = [_known(manifest, path) for path in paths] or [
            entry for entry in manifest.values() if entry.reason is not UnreadableReason.NOT_TEXT
        ]
        failed = {entry.path: entry.forgotten() for entry in chosen if entry.reason is not None}
        if failed:
            lease.check()
            save_manifest(home, manifest | failed)
            operations.audit(RETRIED, slug, {"documents": len(failed)})
    if not failed:
        return f"Nothing of tenant {slug} is to be tried again: all of it was read, or holds no text."
    return (
        f"{plural(len(failed), 'document')} of tenant {slug} will be read again by the next sweep.\n"
        f"Run `radar sweep --tenant {slug}`, or wait for the night."
    )


def _manifests(settings: Settings, slugs: Sequence[str]) -> dict[str, dict[str, Entry]]:
    known = load_tenants(settings.tenants_file, frameworks.available(settings.data / "frameworks"))
    chosen = select(known, tuple(ids.tenant_slug(slug) for slug in slugs))
    return {tenant.slug: load_manifest(settings.tenant_home(tenant.slug)) for tenant in chosen}


def _known(manifest: Manifest, path: str) -> Entry:
    if path in manifest:
        return manifest[path]
    names = {name.rsplit("/", 1)[-1]: name for name in manifest}
    near = difflib.get_close_matches(path, manifest, NEAR) or [
        names[name] for name in difflib.get_close_matches(path.rsplit("/", 1)[-1], names, NEAR)
    ]
    listed = ", ".join(plain(name) for name in near)
    raise UnknownNameError(
        f"There is no document {plain(path)!r} of this tenant.",
        remedy=f"Did you mean {listed}?" if near else "`radar documents list` shows all of them.",
    )


def _state(entry: Entry) -> _State:
    if entry.reason is UnreadableReason.NOT_TEXT:
        return _NOT_TEXT
    if entry.reason is not None:
        return _QUARANTINED if entry.quarantined else _ONCE_MORE
    if not entry.settled:
        return _UNREAD
    return _READ if entry.has_text else _FOLDER


def _row(slug: str, entry: Entry) -> dict[str, Any]:
    return {
        "tenant": slug,
        "path": entry.path,
        "document_id": entry.document_id,
        "state": _state(entry).name,
        "reason": entry.reason.value if entry.reason else None,
        "kind": entry.meta.kind.value,
        "size": entry.size,
        "pages": entry.pages,
        "characters": max(entry.characters, 0),
        "container": entry.container or None,
        "missing_since": entry.missing_since or None,
    }


def _failure(entry: Entry) -> dict[str, Any]:
    why, remedy = unreadable(entry.reason)
    return {"why": why, "remedy": remedy, "attempts": entry.attempts, "since": entry.failed_since}


def _summary(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return "Everything that was brought could be read."
    waiting = sum(1 for row in rows if row["state"] == _ONCE_MORE.name)
    settled = f"{plural(len(rows) - waiting, 'document')} in quarantine"
    more = f", {waiting} to be tried again by the next sweep" if waiting else ""
    return (
        f"{settled}{more}. A mended file is read by itself; after raising a limit, "
        f"`radar documents retry {_tenants(rows)}` tries again."
    )


def _tenants(rows: Iterable[dict[str, Any]]) -> str:
    slugs = {row["tenant"] for row in rows}
    return slugs.pop() if len(slugs) == 1 else "TENANT"


def _size(size: int) -> str:
    return f"{size:,} bytes" if size < 10_000 else f"{size / 1e6:,.1f} MB"
