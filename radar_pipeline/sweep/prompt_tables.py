"""The rows of the portfolio's tables of prompts, computed anew only where what they are made of changed.

What was computed of which inputs is noted in ``portfolio/work/mirrored.json``: digests only.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radar_pipeline import ids
from radar_pipeline.errors import StoreError
from radar_pipeline.evals.registry import pairs, version_rows
from radar_pipeline.evals.values import Run
from radar_pipeline.storage import portfolio as storage
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.files import read_json, write_json
from radar_pipeline.storage.mirror import MirrorRows
from radar_pipeline.storage.portfolio import Shown
from radar_pipeline.storage.prompts_schema import (
    AB_RESULTS,
    COMPARISON,
    FEEDBACK,
    PROMPT_VERSIONS,
    RESULTS,
    SCORES,
)
from radar_pipeline.storage.rows import Row
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.prompt_sources import Sources
from radar_pipeline.tenancy import erase

Rows = dict[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class _Group:
    """Tables that are computed together. ``inputs`` tells, cheaply, what they are made of."""

    tables: tuple[str, ...]
    inputs: Callable[[Sources, Shown | None], str]
    rows: Callable[[Sources, Shown | None], Rows]


def gather(environment: Environment, shown: Shown | None) -> MirrorRows:
    """The rows of the tables whose inputs are others than when ``shown`` was published; of all if it is None.

    Raises StoreError for a file under ``RADAR_HOME/evals`` that is damaged.
    """
    home = environment.settings.portfolio
    if not storage.work_file(home).exists():
        shown = None  # its rows would be lost with the next snapshot
    note = home / "work" / "mirrored.json"
    known, sources = _known(note), Sources(environment)
    gone = erase.erased(environment.operations)
    made: Rows = {}
    noted = dict(known)
    for name, group in _GROUPS.items():
        inputs = ids.digest(group.inputs(sources, shown), *sorted(gone), length=16)
        if not _is_shown(known.get(name), inputs, group.tables, shown):
            rows = MirrorRows(group.rows(sources, shown)).without(gone)
            made |= rows.tables
            noted[name] = {"inputs": inputs, "tables": rows.digests()}
    if noted != known:
        write_json(note, noted)
    return MirrorRows(made)


def follow_reports(environment: Environment) -> bool:
    """Whether some rows are made of the reports themselves, and so are due once these are loaded."""
    return bool(Sources(environment).experiments_stamp)


def _known(note: Path) -> dict[str, Any]:
    """What was noted; nothing if it is damaged: then all is computed anew."""
    try:
        value = read_json(note)
    except StoreError:
        return {}
    return dict(value) if isinstance(value, Mapping) else {}


def _is_shown(noted: Any, inputs: str, tables: Collection[str], shown: Shown | None) -> bool:
    """Whether the snapshot holds what these inputs gave."""
    if shown is None or not isinstance(noted, Mapping) or noted.get("inputs") != inputs:
        return False
    digests = noted.get("tables")
    return isinstance(digests, Mapping) and all(
        name in shown.mirrored and shown.mirrored[name] == digests.get(name) for name in tables
    )


# ── Groups ────────────────────────────────────────────────────────────────────────────────────


def _versions(sources: Sources, _: Shown | None) -> Rows:
    return {PROMPT_VERSIONS.name: version_rows(sources.registry)}


def _evaluations(sources: Sources, shown: Shown | None) -> Rows:
    """Results of each version's newest runs, scores of all runs, comparisons of the newest."""
    if not sources.heads:
        return {table.name: [] for table in (RESULTS, SCORES, COMPARISON)}
    from radar_pipeline.evals import tables

    newest = {(head.subject.key, head.simulated): head for head in sources.heads}
    wholes = [run for head in newest.values() if (run := sources.whole(head)) is not None]
    return {
        RESULTS.name: [row for run in wholes for row in tables.result_rows(run)],
        SCORES.name: _scores(sources, shown, wholes),
        COMPARISON.name: _comparisons(sources),
    }


def _scores(sources: Sources, shown: Shown | None, wholes: Collection[Run]) -> list[dict[str, Any]]:
    """The scores of a run do not change: those that are stored are taken from there."""
    from radar_pipeline.evals import tables

    stored: dict[tuple[str, Any], list[dict[str, Any]]] = {}
    if shown is not None and SCORES.name in shown.mirrored:
        published = sources.environment.settings.portfolio / "published"
        for row in warehouse.TenantReport.table(published, SCORES.name):
            stored.setdefault((row["run_id"], row["evaluated_at"]), []).append(row)
    read = {run.run_id: run for run in wholes}
    found: list[dict[str, Any]] = []
    for head in sources.heads:
        if rows := stored.get((head.run_id, head.evaluated_at)):
            found += rows
        elif run := read.get(head.run_id) or sources.whole(head):
            found += tables.score_rows(run)
    return found


def _comparisons(sources: Sources) -> list[dict[str, Any]]:
    """Of each pair of versions whose candidate was evaluated, live and simulated apart."""
    from radar_pipeline.evals import tables

    newest = {(head.subject.ref, head.simulated): head for head in sources.heads}
    found: list[dict[str, Any]] = []
    for pair in pairs(sources.registry):
        for simulated in (False, True):
            candidate, active = (newest.get((ref, simulated)) for ref in (pair.candidate, pair.active))
            run = sources.whole(candidate) if candidate else None
            if run is None:
                continue
            other = sources.whole(active) if active else None
            if pair.active and other is None:
                found += tables.unevaluated_rows(run, pair.active)
            else:
                found += tables.comparison_rows(run, other)
    return found


def _opinions(sources: Sources, _: Shown | None) -> Rows:
    if not sources.opinions:
        return {FEEDBACK.name: []}
    from radar_pipeline.evals import tables

    return {FEEDBACK.name: tables.feedback_rows(sources.opinions)}


def _experiments(sources: Sources, _: Shown | None) -> Rows:
    if not sources.experiments_stamp:
        return {AB_RESULTS.name: []}
    from radar_pipeline.sweep import experimenting

    return {AB_RESULTS.name: experimenting.results(sources.environment)}


def _of_reports(sources: Sources, shown: Shown | None) -> str:
    """What an experiment's outcome is made of: nothing, unless there is one."""
    if not sources.experiments_stamp:
        return ""
    loaded = repr(sorted(shown.releases.items())) if shown else ""
    return ids.digest(sources.experiments_stamp, sources.opinions_stamp, sources.prompts_stamp, loaded)


_GROUPS: Mapping[str, _Group] = {
    "versions": _Group(
        (PROMPT_VERSIONS.name,),
        lambda s, _: ids.digest(s.prompts_stamp, s.runs_stamp, s.opinions_stamp),
        _versions,
    ),
    "evaluations": _Group(
        (RESULTS.name, SCORES.name, COMPARISON.name),
        lambda s, _: ids.digest(s.prompts_stamp, s.runs_stamp),
        _evaluations,
    ),
    "opinions": _Group((FEEDBACK.name,), lambda s, _: s.opinions_stamp, _opinions),
    "experiments": _Group((AB_RESULTS.name,), _of_reports, _experiments),
}
