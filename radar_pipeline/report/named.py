"""The requirement of a tenant's report that a person names by its ref."""

from collections.abc import Mapping, Sequence
from typing import Any

from radar_pipeline.errors import UnknownNameError

Row = Mapping[str, Any]


def requirement_named(rows: Sequence[Row], slug: str, ref: str, framework: str | None = None) -> Row:
    """The row of ``requirements`` that ``ref`` names: ``Art. 33(1)``, ``art 33(1)`` or its id.

    Raises UnknownNameError if there is no such requirement, or more than one.
    """
    wanted = _plain(ref)
    found = [
        row
        for row in rows
        if wanted in (_plain(row["ref"]), _plain(row["requirement_id"]))
        and framework in (None, row["framework_id"])
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownNameError(
            f"{ref!r} is in {', '.join(sorted(r['framework_id'] for r in found))}.",
            remedy="Say which with --framework.",
        )
    near = sorted({r["ref"] for r in rows if wanted[:4] in _plain(r["ref"])})[:8]
    raise UnknownNameError(
        f"The report of {slug!r} has no requirement {ref[:80]!r}.",
        remedy=f"Near it are: {', '.join(near)}."
        if near
        else "See `radar report` and its page for the refs.",
    )


def _plain(ref: str) -> str:
    """Without spaces, dots and case."""
    return "".join(ref.lower().replace(".", "").split())
