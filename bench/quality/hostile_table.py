"""The table of ``bench.quality hostile``, and the same as plain values."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.quality.hostile import LARGEST, LONGEST, Family
from tests.support.hostile import PARSED


def record(families: Sequence[Family]) -> dict[str, Any]:
    """Everything measured, for ``--json``."""
    return {
        "families": [asdict(family) | {"outcomes": dict(family.outcomes)} for family in families],
        "totals": totals(families),
    }


def totals(families: Sequence[Family]) -> dict[str, Any]:
    """The sums, and whether what is promised of hostile files held."""
    outcomes: Counter[str] = sum((family.outcomes for family in families), Counter())
    return {
        "files": sum(family.files for family in families),
        "documents": sum(outcomes.values()),
        "parsed": outcomes[PARSED],
        "quarantined": sum(outcomes.values()) - outcomes[PARSED],
        "reasons": {reason: count for reason, count in outcomes.most_common() if reason != PARSED},
        "failed_sweeps": sum(bool(family.failure) for family in families),
        "adds_up": all(family.adds_up for family in families),
        "broken_promises": [line for family in families for line in family.broken],
        "slowest_s": round(max(family.slowest[0] for family in families), 2),
        "slowest_cut_s": round(max(family.slowest_cut[0] for family in families), 2),
        "largest_child_mb": max(family.child_mb for family in families),
    }


def print_table(families: Sequence[Family]) -> None:
    """One row per family, the totals under them, and what did not hold."""
    table = Table(title="Hostile files", title_justify="left")
    left = ("family", "quarantined", "slowest file")
    for column in (
        *("family", "files", "documents", "parsed", "quarantined", "slowest s", "slowest file"),
        *("cut s", "child MB", "sweep s"),
    ):
        table.add_column(column, justify="left" if column in left else "right", overflow="fold")
    for family in families:
        reasons = ", ".join(
            f"{n} {reason}" for reason, n in family.outcomes.most_common() if reason != PARSED
        )
        table.add_row(
            family.name,
            str(family.files),
            str(sum(family.outcomes.values())),
            str(family.outcomes[PARSED]),
            family.failure or reasons,
            f"{family.slowest[0]:.1f}",
            ascii(family.slowest[1].rsplit("/", 1)[-1])[1:-1][:28],
            f"{family.slowest_cut[0]:.1f}",
            str(family.child_mb),
            f"{sum(family.stages.values()):.1f}",
        )
    console = Console(width=max(150, Console().width))
    console.print(table)
    told = totals(families)
    reasons = ", ".join(f"{count} {reason}" for reason, count in told["reasons"].items())
    console.print(
        f"{told['files']} files, {told['documents']} documents with what came in them: "
        f"{told['parsed']} parsed, {told['quarantined']} quarantined ({reasons}).\n"
        f"Failed sweeps: {told['failed_sweeps']}. The sum equals the input: {told['adds_up']}. "
        f"Slowest file {told['slowest_s']} s (at most {LONGEST:.0f}); largest child "
        f"{told['largest_child_mb']} MB (at most {LARGEST}); slowest cut in the sweep's own process "
        f"{told['slowest_cut_s']} s.",
        markup=False,
        highlight=False,
    )
    for line in told["broken_promises"]:
        console.print(f"unexpected: {line!a}", markup=False, highlight=False)
