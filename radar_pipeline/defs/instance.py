"""The Dagster instance that the command line shares with the UI: where it is, and what died in it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.settings import PROJECT
from radar_pipeline.storage import holder
from radar_pipeline.storage.files import write_text

HOLDER_TAG = "radar/holder"  # the process that works on a run
_LIVE = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def dagster_home() -> Path:
    """The folder named by DAGSTER_HOME, else the project's own."""
    home = os.environ.get("DAGSTER_HOME")
    return Path(home).expanduser().absolute() if home else PROJECT / "dagster_home"


def open_instance() -> dg.DagsterInstance:
    """The instance in ``dagster_home()``; close it, or use it as a context manager.

    An instance without a dagster.yaml gets ours: Dagster's own defaults send telemetry and store
    what a run prints. Raises ConfigurationError if the folder can't be used.
    """
    home = dagster_home()
    committed = PROJECT / "dagster_home" / "dagster.yaml"
    if not (home / "dagster.yaml").exists() and committed.exists():
        write_text(home / "dagster.yaml", committed.read_text(encoding="utf-8"))
    try:
        return dg.DagsterInstance.from_config(str(home))
    except Exception as error:  # whatever storage it names fails in its own way
        raise ConfigurationError(
            f"The Dagster instance in {home} cannot be opened ({type(error).__name__}).",
            remedy="Correct its dagster.yaml, or set DAGSTER_HOME to another folder.",
        ) from error


@contextmanager
def kept_open(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Hold one idle connection to each SQLite file that a run of this process writes to.

    Dagster opens and closes one for every event, and whoever closes the last connection to a file
    folds its log back into it, which waits for the disk: half of a short run's time. Files that are
    not there, because the instance keeps its events elsewhere, are left alone.
    """
    instance.all_logs(run_id)  # creates the file of the run's events
    history = dagster_home() / "history"
    files = (history / "runs.db", history / "runs" / "index.db", history / "runs" / f"{run_id}.db")
    connections = [sqlite3.connect(path) for path in files if path.exists()]
    try:
        for connection in connections:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # joins the file's log
        yield
    finally:
        for connection in connections:
            connection.close()


def fail_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs whose process died on this machine as failed; returns their ids.

    Nobody else would: a killed process can't, and Dagster doesn't know the processes of runs that
    the command line began. Unmarked, their tenants would show as being worked on for ever.
    """
    dead = []
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=_LIVE)):
        process = run.tags.get(HOLDER_TAG)
        if process and not holder.is_alive(process):
            instance.report_run_failed(run, f"{holder.describe(process)} died during the run.".capitalize())
            dead.append(run.run_id)
    return dead
