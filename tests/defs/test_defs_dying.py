"""Runs that die: what Dagster shows of them, and what the next run finds."""

import shutil
import subprocess
import sys

import dagster as dg
import pytest

from radar_pipeline.defs.instance import dagster_home, open_instance
from radar_pipeline.defs.run_sweep import run_in_process
from radar_pipeline.errors import ConfigurationError, RadarError
from radar_pipeline.settings import PROJECT
from radar_pipeline.sweep.events import Event
from tests.support.world import World


def die(how: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.support.dying_run", how]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT)


def statuses() -> dict[str, dg.DagsterRunStatus]:
    with open_instance() as instance:
        return {run.run_id: run.status for run in instance.get_runs()}


def deaf(event: Event) -> None:
    """Hears nothing."""


def test_a_killed_run_is_marked_failed_by_the_next_one_which_finishes_its_work(two: World) -> None:
    assert die("killed").returncode == -9
    [(killed, status)] = statuses().items()
    assert status is dg.DagsterRunStatus.STARTED  # nobody has told Dagster
    outcome = run_in_process((), (), None, deaf, two.settings())
    assert outcome.succeeded
    [finished] = outcome.runs
    assert statuses() == {killed: dg.DagsterRunStatus.FAILURE, finished: dg.DagsterRunStatus.SUCCESS}
    assert two.verdicts("acme") and two.verdicts("beta")


@pytest.mark.parametrize("how", ["interrupted", "terminated"])
def test_an_interrupt_reaches_the_caller_ends_the_run_and_frees_the_tenant(two: World, how: str) -> None:
    dead = die(how)
    assert dead.stdout == "propagated\n", dead.stderr
    assert list(statuses().values()) == [dg.DagsterRunStatus.FAILURE]
    operations = two.environment().operations
    assert operations.leases() == []
    assert [sweep.state for sweep in operations.sweeps()] == ["interrupted"]


def test_an_instance_that_cannot_be_opened_or_written_says_what_mends_it(two: World) -> None:
    with open_instance():
        runs = dagster_home() / "history" / "runs"
    shutil.rmtree(runs)
    runs.write_text("in the way")
    with pytest.raises(RadarError, match="Dagster instance in"):
        run_in_process((), (), None, deaf, two.settings())
    (dagster_home() / "dagster.yaml").write_text("telemetry: [")
    with pytest.raises(ConfigurationError, match=r"dagster\.yaml"):
        run_in_process((), (), None, deaf, two.settings())


def test_the_command_lines_runs_print_nothing(two: World, capfd: pytest.CaptureFixture[str]) -> None:
    run_in_process(["acme"], (), None, deaf, two.settings())
    run_in_process(["acme"], (), None, deaf, two.settings())
    assert capfd.readouterr() == ("", "")
