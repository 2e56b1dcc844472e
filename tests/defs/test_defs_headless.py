"""The real thing without a browser: webserver and daemon on workspace.yaml, spoken to over GraphQL."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.defs.instance import dagster_home, open_instance
from radar_pipeline.defs.partitions import range_tags
from radar_pipeline.defs.run_sweep import sync_tenants
from radar_pipeline.settings import PROJECT
from radar_pipeline.storage.warehouse import TenantReport
from tests.support.ticking import hush
from tests.support.two_tenants import lose_source
from tests.support.waiting import wait_for
from tests.support.world import DUTIES, World

BIN = Path(sys.executable).parent
FINISHED = ("SUCCESS", "FAILURE", "CANCELED")

LAUNCH = """mutation Launch($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename
  ... on LaunchRunSuccess { run { runId } }
  ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } } }"""
STATUS = "query Status($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
PARTITIONS = """query Partitions { assetNodes(assetKeys: [{path: ["blindspot_report"]}]) {
  assetPartitionStatuses { ... on DefaultPartitionStatuses {
    materializedPartitions failedPartitions } } } }"""
LOCATIONS = """query Locations { workspaceOrError { ... on Workspace { locationEntries {
  name locationOrLoadError { __typename } } } } }"""


class Dagster:
    """A webserver and a daemon on the test's own instance."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/graphql"

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(self._url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            found = json.load(answer)
        assert "errors" not in found, found
        return found["data"]

    def is_up(self) -> bool:
        try:
            entries = self.ask(LOCATIONS)["workspaceOrError"]["locationEntries"]
        except OSError:
            return False
        return [(e["name"], (e["locationOrLoadError"] or {}).get("__typename")) for e in entries] == [
            ("radar", "RepositoryLocation")
        ]

    def launch(self, tags: Mapping[str, str]) -> str:
        """Launch the nightly job for some partitions; the run's id."""
        selector = {
            "repositoryLocationName": "radar",
            "repositoryName": "__repository__",
            "jobName": "nightly_sweep",
        }
        metadata = {"tags": [{"key": key, "value": value} for key, value in tags.items()]}
        params = {"selector": selector, "runConfigData": {}, "executionMetadata": metadata}
        launched = self.ask(LAUNCH, params=params)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def status(self, run_id: str) -> str:
        """How the run ended."""

        def ended() -> str | None:
            status: str = self.ask(STATUS, id=run_id)["runOrError"]["status"]
            return status if status in FINISHED else None

        return str(wait_for(ended))

    def partitions(self) -> dict[str, list[str]]:
        [node] = self.ask(PARTITIONS)["assetNodes"]
        found: dict[str, list[str]] = node["assetPartitionStatuses"]
        return found


@pytest.fixture
def dagster(two: World, tmp_path: Path) -> Iterator[Dagster]:
    with open_instance() as instance:  # brings the committed dagster.yaml into the empty home
        hush(instance)  # what runs here is launched by hand
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    workspace = str(PROJECT / "workspace.yaml")
    commands = {
        "webserver": [
            *(str(BIN / "dagster-webserver"), "-w", workspace),
            *("-h", "127.0.0.1", "-p", str(port)),
        ],
        "daemon": [str(BIN / "dagster-daemon"), "run", "-w", workspace],
    }
    running = []
    try:
        for name, command in commands.items():
            with (tmp_path / f"{name}.log").open("wb") as log:
                running.append(
                    subprocess.Popen(command, stdout=log, stderr=log, cwd=PROJECT, start_new_session=True)
                )
        served = Dagster(port)
        wait_for(served.is_up)
        yield served
    finally:
        for process in running:
            os.killpg(process.pid, signal.SIGTERM)
        for process in running:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def test_a_tenant_is_swept_from_the_ui_and_a_failing_one_shows_as_failed_beside_a_good_one(
    two: World, dagster: Dagster
) -> None:
    two.tenant("gamma")
    lose_source(two, "beta")
    assert sync_tenants(two.settings()) == ("acme", "beta", "gamma")
    one = dagster.launch(range_tags("gamma", "gamma"))
    several = dagster.launch(range_tags("acme", "beta"))  # beside the other, by another process
    assert dagster.status(one) == "SUCCESS"
    assert dagster.status(several) == "FAILURE"

    for slug in ("gamma", "acme"):
        report = TenantReport.current(two.settings().tenant_home(slug) / "published")
        assert len(report["assessments"]) == len(DUTIES) and report["framework_scores"]
    wait_for(lambda: dagster.partitions()["failedPartitions"])  # told a moment after the run's own end
    shown = dagster.partitions()
    assert sorted(shown["materializedPartitions"]) == ["acme", "gamma"]
    assert shown["failedPartitions"] == ["beta"]

    # The instance is as committed: no telemetry, and nothing of what libraries print is kept.
    assert not any(dagster_home().rglob("*.err")) and not (dagster_home() / ".telemetry").exists()
