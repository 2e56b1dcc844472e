"""A service that embeds fails or the sweep is killed: the report stays, and nothing is paid for twice."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from radar_pipeline.llm.fake import FakeServer, Fault, Request, when
from radar_pipeline.sweep import embeddings
from tests.support.modelling import KEYS
from tests.support.paying import Edit, Paying, answered


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paying:
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
    return Paying(tmp_path / "data", tmp_path / "store")


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


def test_a_service_that_fails_fails_the_stage_keeps_the_report_and_what_is_embedded(
    world: Paying, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "BATCH", 1)
    world.at(server)
    world.using = "hashing"
    world.tenant("acme")
    world.night()
    before = world.verdicts("acme")
    world.using = "embedding"
    paid: list[str] = []

    def broken(fault: Fault | None, remedy: str, edit: Edit = lambda _: None) -> None:
        """One text is embedded, then the service fails."""
        with FakeServer(faults=when(lambda r: r.ordinal > 1, fault) if fault else None) as ill:
            world.at(ill, edit)
            (failure,) = world.embed().failures
            assert failure.stage == "embeddings" and remedy in failure.remedy
            assert world.verdicts("acme") == before
            paid.extend(answered(ill.books))

    broken(Fault.UNAVAILABLE, "Sweep again later")
    broken(Fault.WRONG_KEY, "OPENAI_API_KEY")
    broken(Fault.WRONG_DIMENSIONS, "dimensions")
    spent = sum(r.cost_usd for r in world.ledger() if r.state == "answered")
    tight = {"tenant": {"daily": float(spent) + 0.00001}}
    broken(None, "budget", lambda body: body.update(budgets=tight))
    assert len(paid) >= 3 and sum(r.cost_usd for r in world.ledger()) <= Decimal(
        str(tight["tenant"]["daily"])
    )

    lasting = when(lambda r: any("Drone" in text for text in r.inputs), Fault.OVERLOADED)
    with FakeServer(faults=lasting) as ill:
        world.at(ill)
        (failure,) = world.embed().failures  # of what all tenants share, at the same stage
        assert failure.stage == "embeddings" and "Drone" not in failure.message
        paid += answered(ill.books)
    world.at(server)
    assert not world.embed().failures
    paid += answered(server.books)
    assert set(world.texts("acme")) <= set(paid) and max(Counter(paid).values()) == 1


KILLED = """
import json, sys
from radar_pipeline.settings import Settings
from radar_pipeline.sweep import embeddings
from radar_pipeline.sweep.environment import SweepRequest, open_environment
from radar_pipeline.sweep.runner import sweep
embeddings.BATCH = 2
for _ in sweep(SweepRequest(), open_environment(Settings(**json.loads(sys.argv[1])))):
    pass
"""


def test_killed_amid_a_request_nothing_but_that_request_is_paid_again(
    world: Paying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "BATCH", 2)
    running: list[subprocess.Popen[bytes]] = []

    def kill(request: Request) -> bool:
        if request.ordinal == 3:
            os.kill(running[0].pid, signal.SIGKILL)
        return False

    with FakeServer(faults=when(kill, Fault.HANG_UP)) as server:
        world.at(server)
        world.tenant("acme")
        order = {"data": str(world.data), "home": str(world.home), "embedder": "embedding", "judge": "local"}
        command = [sys.executable, "-c", KILLED, json.dumps(order)]
        running.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        assert running[0].wait(timeout=120) == -signal.SIGKILL
        assert not world.embed().failures
        times = Counter(t for entry in server.books for t in entry.request.inputs)
        assert set(world.texts("acme")) <= set(times)
        assert times - Counter(set(times)) == Counter(server.books[2].request.inputs)
    (lost,) = [r for r in world.ledger() if r.state != "answered"]
    assert lost.tenant_id == "acme" and lost.reserved_usd > 0  # counted as if it had been billed
