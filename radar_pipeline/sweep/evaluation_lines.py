"""What a report tells of how well its prompt was found to do: one line for each version that was evaluated.

Only what a real model answered counts. Lines are computed once for a run and remembered beside the runs,
so that an unchanged night reads little and imports nothing for them.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from radar_pipeline.errors import RadarError, StoreError
from radar_pipeline.evals import runs
from radar_pipeline.evals.responses import FOLDER
from radar_pipeline.evals.values import Run
from radar_pipeline.prompts import files, perf
from radar_pipeline.storage.files import read_json, stamp, write_json
from radar_pipeline.sweep.environment import Environment

_REMEMBERED = "lines.json"


def prompt_evaluations(environment: Environment) -> Mapping[str, str]:
    """By ``name@version#sha``, the line of each version's latest complete live run, else of the file beside
    it, such as "accuracy 0.81 (0.74–0.87), n 131, 2026-11-30". A version that is absent was not evaluated.

    Whatever cannot be read is left out: no report waits for an evaluation.
    """
    settings = environment.settings
    of_runs = stamp((settings.home / FOLDER / "runs").glob("*.json"))
    of_files = stamp(settings.prompts.glob(f"*/*/*{perf.SUFFIX}"))
    return _lines(settings.home, settings.prompts, of_runs + of_files)


@lru_cache(maxsize=8)
def _lines(home: Path, prompts: Path, _stamp: str) -> Mapping[str, str]:
    return {**_of_files(prompts), **_of_runs(home)}


def _of_files(folder: Path) -> dict[str, str]:
    found = {}
    for path in folder.glob(f"*/*/*{perf.SUFFIX}"):
        with suppress(RadarError):
            name = path.name.removesuffix(perf.SUFFIX) + files.SUFFIX
            prompt = files.read(folder, path.with_name(name))
            if body := perf.read(folder, prompt):
                found[prompt.ref] = perf.told(body)
    return found


def _of_runs(home: Path) -> dict[str, str]:
    latest = {head.subject.ref: head for head in runs.heads(home) if head.complete and not head.simulated}
    known = _remembered(home)
    told = {_name(head): known.get(_name(head)) or _line(home, head) for head in latest.values()}
    if told != known:
        with suppress(StoreError):
            write_json(home / FOLDER / _REMEMBERED, told)
    lines = {ref: told[_name(head)] for ref, head in latest.items()}
    return {ref: line for ref, line in lines.items() if line}


def _line(home: Path, head: Run) -> str:
    """The line of a run; empty if nothing in it could be judged."""
    from radar_pipeline.evals.performance import performance

    run = runs.find(home, head.run_id)
    with suppress(RadarError):
        return perf.told(performance(run)) if run else ""
    return ""


def _name(head: Run) -> str:
    """A run by what may change of it under its id."""
    return f"{head.run_id} {head.evaluated_at.isoformat()}"


def _remembered(home: Path) -> dict[str, str]:
    with suppress(StoreError):
        value: Any = read_json(home / FOLDER / _REMEMBERED)
        if isinstance(value, dict):
            return {str(name): line for name, line in value.items() if isinstance(line, str)}
    return {}
