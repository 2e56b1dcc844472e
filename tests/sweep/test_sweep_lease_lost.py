"""A tenant that somebody else has taken over is not judged, and paid for, a second time."""

import threading
from dataclasses import replace

from radar_pipeline.models import Question
from radar_pipeline.sweep.environment import Environment, SweepRequest
from radar_pipeline.sweep.runner import sweep
from tests.support.world import DUTIES, ScriptedJudge, Swept, World


def test_a_sweep_that_lost_its_lease_asks_nothing_more(world: World) -> None:
    world.tenant("acme")
    environment = world.environment(lease_seconds=1)
    judge = ScriptedJudge(environment.judge, fails_on=lambda question: taken_over(environment, question))
    found = Swept(list(sweep(SweepRequest(("acme",)), replace(environment, judge=judge))))
    assert [failure.reason for failure in found.failures] == ["LeaseLostError"]
    assert len(judge.asked) < len(DUTIES) - 1


def taken_over(environment: Environment, question: Question) -> bool:
    """At the second question another process takes the lease, and our heartbeat notices."""
    if question.requirement.ref == DUTIES[1][0]:
        beat = next(t for t in threading.enumerate() if t.name == "lease-heartbeat")
        environment.operations.acquire_lease("acme", "another:1", "sweep-2", 60, lambda _: False)
        beat.join(30)
        assert not beat.is_alive()
    return False
