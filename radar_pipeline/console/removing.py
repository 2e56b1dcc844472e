"""``radar documents confirm-removals``: a large removal that a person meant."""

from collections.abc import Callable, Iterable

from radar_pipeline import ids
from radar_pipeline.errors import UnknownNameError
from radar_pipeline.report.site.words import plural, visible
from radar_pipeline.settings import Settings
from radar_pipeline.storage.operations import Operations
from radar_pipeline.sweep import removals
from radar_pipeline.sweep.lease import hold
from radar_pipeline.sweep.manifest import load_manifest, save_manifest

SHOWN = 20
CONFIRMED = "removals_confirmed"  # in the audit


def confirm(settings: Settings, slug: str, ask: Callable[[str], object] | None = None) -> str:
    """Forget the tenant's missing documents; returns what to tell the person.

    ``ask`` is given what will be removed, and raises to stop; None: nobody is asked. Only what was
    told is removed: it is looked up again under the tenant's lease. The source itself is not looked
    at, so it may be out of reach; what is there after all comes back with the next sweep.

    Raises UnknownNameError for a tenant nothing is stored of, LeaseHeldError while a sweep works on it.
    """
    home = settings.tenant_home(ids.tenant_slug(slug))
    if not home.is_dir():
        raise UnknownNameError(
            f"Nothing is stored of tenant {slug!r}.", remedy="Run `radar status` to see who is known."
        )
    told = removals.awaiting(load_manifest(home))
    if not told:
        return (
            f"No removal of tenant {slug} awaits confirmation: what disappears from its source is held "
            "by the first sweep that misses it."
        )
    operations = Operations(settings.operations)
    if ask is not None:
        with hold(operations, slug, ids.new_sweep_id(), settings.lease_seconds):
            pass  # nobody is asked for nothing, and no sweep waits for an answer
        ask(_question(slug, told))
    sweep_id = ids.new_sweep_id()
    with hold(operations, slug, sweep_id, settings.lease_seconds) as lease:
        known = load_manifest(home)
        agreed = [
            path for path, entry in removals.awaiting(known).items() if path in told and told[path] == entry
        ]
        lease.check()
        save_manifest(home, removals.without(known, agreed))
        operations.audit(CONFIRMED, slug, {"documents": len(agreed)})
    back = len(told) - len(agreed)
    more = f" {back} came back meanwhile and stay." if back else ""
    count = plural(len(agreed), "document")
    return (
        f"{count} of tenant {slug} will leave the report with the next sweep.{more}\n"
        f"Run `radar sweep --tenant {slug}`, or wait for the night."
    )


def _question(slug: str, told: Iterable[str]) -> str:
    paths = sorted(told)
    lines = [f"  {visible(path)}" for path in paths[:SHOWN]]
    if len(paths) > SHOWN:
        lines.append(f"  … and {len(paths) - SHOWN} more")
    return "\n".join(
        [
            f"Missing from the source of tenant {slug}, and kept in its report until confirmed:",
            *lines,
            f"Let {plural(len(paths), 'document')} leave the report?",
        ]
    )
