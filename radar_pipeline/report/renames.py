"""What was published before, told in the refs of the catalog's present version.

A catalog may say which of its requirements were renamed. A verdict and a finding then keep their
history under the new ref, instead of ending under one name and beginning anew under another.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from radar_pipeline import ids
from radar_pipeline.frameworks import renamed_ids
from radar_pipeline.models import FindingKind, Framework

Row = Mapping[str, Any]


def in_present_refs(
    previous: Mapping[str, Sequence[Row]], frameworks: Sequence[Framework]
) -> dict[str, Sequence[Row]]:
    """``previous`` (current rows by table, as read before a publication) with renamed requirements
    under their present ids, and without findings on requirements that the catalogs no longer have:
    what is no longer asked was not mended.

    A conflict between two documents loses its history: its fingerprint names both documents, and
    its row only one.
    """
    renamed = {old: new for framework in frameworks for old, new in renamed_ids(framework).items()}
    known = {r.requirement_id for f in frameworks for r in f.requirements}
    swept = {f.framework_id for f in frameworks}
    tables = {
        name: [_relabelled(row, renamed) for row in rows] if renamed else rows
        for name, rows in previous.items()
    }
    tables["findings"] = [
        row
        for row in tables.get("findings", ())
        if not row["requirement_id"] or row["framework_id"] not in swept or row["requirement_id"] in known
    ]
    return tables


def _relabelled(row: Row, renamed: Mapping[str, str]) -> Row:
    present = renamed.get(row.get("requirement_id") or "")
    if present is None:
        return row
    changed = {**row, "requirement_id": present}
    if "fingerprint" in row and row["kind"] != FindingKind.CONFLICT.value:
        changed["fingerprint"] = ids.finding_fingerprint(
            row["tenant_id"], present, row["element_id"] or "", row["kind"]
        )
    return changed
