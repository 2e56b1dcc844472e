"""When tenants are swept after a night's batches were sent, as pure differences."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from radar_pipeline import ids
from radar_pipeline.defs.sensors_differences import (
    PAUSES,
    Answer,
    Choice,
    Request,
    Scene,
    asked_again,
    one_run,
    unanswered,
)
from radar_pipeline.defs.sensors_memory import Memory
from radar_pipeline.sweep.batching.board import Board
from radar_pipeline.sweep.environment import Environment

NIGHT = "night"
IDLE = "No batch came to an end."


@dataclass(frozen=True, slots=True)
class Sent:
    """A run that sent batches and has ended, well or not; ``tenants``: those that it was for."""

    run_id: str
    tenants: Sequence[str]


def judgement_batches(memory: Memory, scene: Scene, over: Collection[str], night: Sent | None) -> Answer:
    """After a night's sending, all tenants that wait for no batch; later those whose batches are ``over``.

    The first are swept even if nothing is due, so that a night in which nothing changed does not look like
    one in which nobody looked. A first look only remembers the last sending.
    """
    before = memory.marks.get(NIGHT)
    seen = replace(memory, marks={**memory.marks, NIGHT: night.run_id if night else before or ""})
    if night is not None and before is not None and night.run_id != before:
        free = [slug for slug in scene.order if slug in set(night.tenants) and slug not in scene.busy]
        if free:
            key = f"{seen.ticket}-{ids.digest(night.run_id, length=16)}"
            request = Request(key, free[0], free[-1], tuple(free))
            says = f"Batches were sent: one run for {len(free)} that wait for none."
            return Answer(seen.after(seen.asked, {}), says, request)
    return one_run(seen, scene, _choice(seen, scene, over), IDLE)


def unswept(board: Board, environment: Environment) -> frozenset[str]:
    """Tenants whose batches are over, and whom no sweep has had in hand since."""
    listed = {tenant.slug for tenant in environment.tenants}
    return frozenset(
        slug
        for slug, moment in board.over.items()
        if slug in listed and not _had_since(environment, slug, moment)
    )


def _had_since(environment: Environment, slug: str, moment: datetime) -> bool:
    tries = environment.operations.tries(slug, 1)
    return bool(tries) and tries[0].ended_at >= moment


def _choice(memory: Memory, scene: Scene, over: Collection[str]) -> Choice:
    """Who is due among those: whom a person or another run has in hand waits for its end."""
    choice = Choice()
    for slug in sorted(over):
        look, before = scene.looks.get(slug), memory.asked.get(slug)
        if look is None or not (look.due or look.problem):
            continue
        asked, why = unanswered(before, look, scene.tries.get(slug, ())), _hindered(scene, slug)
        if why or (asked and (asked.times > len(PAUSES) or scene.now < asked.at + PAUSES[asked.times - 1])):
            choice.waiting.update({slug: why} if why else {})
            choice.kept.update({slug: before} if before else {})
        else:
            choice.wanted[slug] = asked_again(before, look, scene.tries.get(slug, ()), scene.now)
    return choice


def _hindered(scene: Scene, slug: str) -> str:
    look = scene.looks[slug]
    return look.problem or scene.busy.get(slug) or ("files are being written" if look.settling else "")
