"""``radar tenants add``: from a folder or bucket to an entry in tenants.yaml, and on to its first report."""

from pathlib import Path

from rich.console import Console

from radar_pipeline import frameworks, ids
from radar_pipeline.console.plain import plain
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.ingest import discover, parsers
from radar_pipeline.models import Tenant
from radar_pipeline.settings import Settings
from radar_pipeline.tenancy.places import overlap
from radar_pipeline.tenancy.register import NewTenant, add


def join(settings: Settings, new: NewTenant) -> Tenant:
    """Add the tenant and say what lies in its source.

    Raises ConfigurationError if the source holds no document or an entry is wrong,
    SourceUnreadableError if it can't be listed; tenants.yaml is then as it was.
    """
    ids.tenant_slug(new.slug)
    known = frameworks.available(settings.data / "frameworks")
    unknown = [framework for framework in new.frameworks if framework not in known]
    if unknown or not new.frameworks:
        raise ConfigurationError(
            f"There is no framework {', '.join(unknown)}." if unknown else "No framework is named.",
            remedy=f"Name some of: {', '.join(known)}; `radar frameworks import` adds others.",
        )
    if overlap(new.documents, settings.home):
        raise ConfigurationError(
            f"{new.documents} overlaps {settings.home}, where every tenant's texts are stored.",
            remedy="Name the folder that holds this tenant's documents and nothing else.",
        )
    files = discover.discover(Tenant(new.slug, new.name, new.documents, ()))
    if not files:
        raise ConfigurationError(
            f"There is no document in {new.documents}.",
            remedy="Name the place that holds them; hidden files and links that lead out of it don't count.",
        )
    tenant = add(settings.tenants_file, new, known, settings.home)
    readable = sum(1 for file in files if parsers.parser_for(file.path))
    console = Console(highlight=False)
    console.print(
        f"Added {tenant.slug} to {settings.tenants_file}: {len(files)} files, {readable} of a format "
        f"the radar reads, against {', '.join(new.frameworks)}.",
        soft_wrap=True,
    )
    if readable < len(files):
        others = sorted({Path(f.path).suffix.lower() for f in files if not parsers.parser_for(f.path)})
        console.print(
            f"Not read: {plain(', '.join(others) or 'files without an ending')} "
            f"(the report lists them; `ignore` in {settings.tenants_file.name} leaves files out on purpose).",
            soft_wrap=True,
        )
    return tenant
