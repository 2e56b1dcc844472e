"""``radar frameworks decompose``: elements that a language model proposes, beside those that there are."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from radar_pipeline.console.answer import Answer
from radar_pipeline.console.plain import plain
from radar_pipeline.frameworks.proposing import check_target, write_copy
from radar_pipeline.models import Element
from radar_pipeline.settings import Settings

if TYPE_CHECKING:
    from radar_pipeline.sweep.decomposing import Proposal, Proposed


def decompose(settings: Settings, framework_id: str, refs: Sequence[str], file: str) -> Answer:
    """Ask for the elements of these requirements, or of all whose elements are by rule; old and new of each.

    With ``file``, a copy of the catalog that has the new ones is written there.
    """
    from radar_pipeline.sweep.decomposing import propose

    target = Path(file) if file else None
    if target is not None:
        check_target(settings.data / "frameworks", target)  # before anything is paid for
    with _progress() as show:
        found = propose(settings, framework_id, refs, show)
    written = target if found.elements else None
    if written is not None:
        write_copy(found.catalog, found.elements, written)
    value = {
        "framework": framework_id,
        "prompt": found.prompt_ref,
        "cost_usd": float(sum(p.cost_usd for p in found.proposals)),
        "simulated": any(p.simulated for p in found.proposals),
        "written": str(written) if written else None,
        "requirements": [_value(proposal) for proposal in found.proposals],
    }
    return Answer(value, lambda console: _show(console, found, value))


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    screen = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=screen, disable=not screen.is_terminal) as progress:
        task = progress.add_task("requirements")
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _value(proposal: "Proposal") -> dict[str, Any]:
    return {
        "ref": proposal.requirement.ref,
        "state": _state(proposal),
        "problems": list(proposal.problems),
        "now": _lines(proposal.requirement.elements),
        "proposed": _lines(proposal.elements),
    }


def _state(proposal: "Proposal") -> str:
    if proposal.problems:
        return "left"
    return "proposed" if proposal.changes else "the same"


def _lines(elements: Iterable[Element]) -> list[str]:
    return [f"{e.element_id}: {e.text}{f' ({e.limit})' if e.limit else ''}" for e in elements]


def _show(console: Console, found: "Proposed", value: dict[str, Any]) -> None:
    rows = value["requirements"]
    if not rows:
        console.print(
            f"Every requirement of {plain(value['framework'])} has elements that somebody wrote; "
            "name those that you want proposals for.",
            soft_wrap=True,
        )
        return
    table = Table("requirement", "now", "proposed", show_lines=True)
    for row in rows:
        table.add_row(plain(row["ref"]), _cell(row["now"]), _proposed(row))
    console.print(table)
    counts = {state: sum(row["state"] == state for row in rows) for state in ("proposed", "the same", "left")}
    told = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    simulated = ", simulated" if value["simulated"] else ""
    by = f"{plain(found.prompt_ref)} for ${value['cost_usd']:.4f}{simulated}"
    console.print(f"{told}; by {by}", soft_wrap=True)
    if value["written"]:
        file = plain(value["written"])
        console.print(f"written: {file}", soft_wrap=True)
        console.print(f"Read it, then take it over: radar frameworks import {file}", soft_wrap=True)


def _proposed(row: dict[str, Any]) -> str:
    if row["problems"]:
        return f"[red]left as it is[/]\n{_cell(row['problems'])}"
    return _cell(row["proposed"]) if row["state"] == "proposed" else "[dim]the same[/]"


def _cell(lines: Iterable[str]) -> str:
    return "\n".join(plain(line) for line in lines)
