"""``radar documents list``, ``quarantined`` and ``retry``: what was read of a tenant, and what was not."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from radar_pipeline import frameworks, ids
from radar_pipeline.console.answer import Answer
from radar_pipeline.console.plain import plain
from radar_pipeline.errors import UnknownNameError
from radar_pipeline.models import Status, UnreadableReason
from radar_pipeline.report.site.words import plural, ranges, unreadable
from radar_pipeline.settings import Settings
from radar_pipeline.storage.operations import Operations
from radar_pipeline.sweep import relations
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

# Columns of the list, with the most characters of those that leave their room to the first two.
_COLUMNS: dict[str, int | None] = {
    "document": None,
    "state": None,
    "kind, version": 16,
    "owner": 16,
    "in effect\nreview by": 10,
    "lang.": 5,
}


def list_documents(settings: Settings, slug: str) -> Answer:
    """Every document of a tenant as the last sweep left it: where it stands, and what is known of it.

    Raises UnknownNameError for a tenant that tenants.yaml does not have.
    """
    manifest = _manifests(settings, (slug,))[slug]
    today = datetime.now(UTC).date()
    related = relations.remembered(settings.tenant_home(slug), manifest, today)
    paths = {entry.document_id: entry.path for entry in manifest.values()}
    rows = [
        {**_row(slug, entry), **_known_of(entry, related, paths)} for _, entry in sorted(manifest.items())
    ]

    def render(console: Console) -> None:
        table = Table(
            title=f"Documents of {slug}",
            title_justify="left",
            header_style="bold",
            box=box.SIMPLE_HEAD,
            padding=(0, 1, 0, 0),
        )
        for column, widest in _COLUMNS.items():
            table.add_column(column, overflow="fold", max_width=widest)
        for row in rows:
            style = _state(manifest[row["path"]]).style
            told = f"[{style}]{row['state']}[/]{plain(_more(row))}"
            about = ", ".join(filter(None, (_kind(row), *_stand(row))))
            dates = f"{row['effective_date'] or '–'}\n{row['review_by'] or '–'}" if row["readable"] else ""
            owner, language = plain(row["owner"] or ""), row["language"] or ""
            table.add_row(plain(row["path"]), told, plain(about), owner, dates, language)
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
    if not (entry.settled and entry.readable):
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


def _known_of(entry: Entry, related: relations.Relations, paths: Mapping[str, str]) -> dict[str, Any]:
    """What a document says of itself, and the paths of those that it is an old version or a copy of."""
    meta, relation = entry.meta, related.get(entry.document_id)
    return {
        "readable": entry.has_text,
        "title": meta.title or None,
        "version": meta.version or None,
        "status": meta.status.value,
        "owner": meta.owner or None,
        "effective_date": meta.effective_date,
        "review_by": meta.review_by,
        "language": meta.language or None,
        "scanned_pages": list(entry.scanned_pages),
        "ocr_pages": list(entry.ocr_pages),
        "superseded_by": paths.get(relation.superseded_by) if relation else None,
        "duplicate_of": paths.get(relation.duplicate_of) if relation else None,
    }


def _more(row: Mapping[str, Any]) -> str:
    """What is to be said of a document behind its state."""
    told = [
        *([f"old version of {row['superseded_by']}"] if row["superseded_by"] else []),
        *([f"copy of {row['duplicate_of']}"] if row["duplicate_of"] else []),
        *([f"missing since {row['missing_since'][:10]}"] if row["missing_since"] else []),
        *([f"scans p. {ranges(row['scanned_pages'])}"] if row["scanned_pages"] else []),
        *([f"OCR p. {ranges(row['ocr_pages'])}"] if row["ocr_pages"] else []),
        *([f"in {row['container'].rsplit('/', 1)[-1]}"] if row["container"] else []),
    ]
    failed = row["reason"] and row["reason"] != UnreadableReason.NOT_TEXT
    why = f": {unreadable(row['reason'])[0]}" if failed else ""
    return "".join([why, *(f" · {said}" for said in told)])


def _kind(row: Mapping[str, Any]) -> str:
    kind = row["kind"].replace("_", " ") if row["kind"] != "unknown" else ""
    version = row["version"] or ""
    return f"{kind} v{version}".strip() if version[:1].isdigit() else f"{kind} {version}".strip()


def _stand(row: Mapping[str, Any]) -> list[str]:
    """The status, where it is one that binds nobody."""
    return [row["status"]] if row["status"] in (Status.DRAFT, Status.SUPERSEDED) else []


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
