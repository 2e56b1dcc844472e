"""What differs between two versions of a framework, requirement by requirement."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from radar_pipeline import ids
from radar_pipeline.models import Framework, Requirement

PARTS = (
    "title",
    "text",
    "elements",
    "importance",
    "domain",
    "citation",
    "addressee",
    "expected_document",
    "expected_kinds",
    "terms",
    "implementation_groups",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """``new`` against ``old``; refs in the order of their catalogs."""

    old: str  # id@version
    new: str
    added: Mapping[str, str]  # ref -> title
    removed: Mapping[str, str]  # ref -> title
    renamed: Mapping[str, str]  # old ref -> new ref
    changed: Mapping[str, tuple[str, ...]]  # ref now -> the parts that differ
    unchanged: int

    @property
    def empty(self) -> bool:
        """Whether no requirement differs."""
        return not (self.added or self.removed or self.renamed or self.changed)

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON takes it."""
        return {
            "old": self.old,
            "new": self.new,
            "added": dict(self.added),
            "removed": dict(self.removed),
            "renamed": dict(self.renamed),
            "changed": {ref: list(parts) for ref, parts in self.changed.items()},
            "unchanged": self.unchanged,
        }


def difference(old: Framework, new: Framework) -> Difference:
    """What was added, removed, changed and, by the new one's rename map, renamed."""
    before = {r.ref: r for r in old.requirements}
    after = {r.ref: r for r in new.requirements}
    renamed = {a: b for a, b in new.renames.items() if a in before and b in after and b not in before}
    origin = {b: a for a, b in renamed.items()}
    changed = {
        ref: parts
        for ref, now in after.items()
        if (then := before.get(origin.get(ref, ref))) and (parts := _parts(then, now))
    }
    kept = sum(1 for ref in after if origin.get(ref, ref) in before)
    return Difference(
        f"{old.framework_id}@{old.version}",
        f"{new.framework_id}@{new.version}",
        {ref: r.title for ref, r in after.items() if origin.get(ref, ref) not in before},
        {ref: r.title for ref, r in before.items() if ref not in after and ref not in renamed},
        renamed,
        changed,
        kept - len(changed.keys() | origin.keys()),
    )


def renamed_ids(framework: Framework) -> dict[str, str]:
    """Requirement id in an earlier version -> requirement id now, for whoever compares sweeps."""
    return {
        ids.requirement_id(framework.framework_id, old): ids.requirement_id(framework.framework_id, new)
        for old, new in framework.renames.items()
    }


def _parts(old: Requirement, new: Requirement) -> tuple[str, ...]:
    return tuple(part for part in PARTS if getattr(old, part) != getattr(new, part))
