"""When faults happen: by turn, by number, by a condition, or at random with a seed."""

import random
import threading
from collections.abc import Callable, Collection, Mapping, Sequence

from radar_pipeline.llm.fake.faults import Fault, befalls
from radar_pipeline.llm.fake.requests import Request

Plan = Callable[[Request], Fault | None]
"""Which fault befalls a request, if any. Called once for each request and each line of a batch, from
several threads."""


def never(request: Request) -> Fault | None:
    """No fault."""
    return None


def in_turn(*faults: Fault | None) -> Plan:
    """The first HTTP request gets the first, and so on; later ones, and lines of batches, none."""
    return at(dict(enumerate(faults, start=1)))


def at(faults: Mapping[int, Fault | None]) -> Plan:
    """By the number of the HTTP request, counted from 1; lines of batches get none."""

    def plan(request: Request) -> Fault | None:
        return None if request.batch else faults.get(request.ordinal)

    return plan


def when(condition: Callable[[Request], bool], fault: Fault, *, times: int | None = None) -> Plan:
    """Each request that meets ``condition``, lines of batches too; only the first ``times`` of them."""
    lock, left = threading.Lock(), [times]

    def plan(request: Request) -> Fault | None:
        if not (befalls(fault, request) and condition(request)):
            return None
        with lock:
            if left[0] is None:
                return fault
            left[0] -= 1
            return fault if left[0] >= 0 else None

    return plan


def at_random(rate: float, *, seed: int, among: Collection[Fault] | None = None) -> Plan:
    """A share ``rate`` of all requests and lines of batches gets one of ``among`` that can befall it.

    ``among`` is, if not given, every fault but those that hang for ever, ask for an hour's patience or
    send 10 MB. Equal seeds and equal orders of requests give equal faults.
    """
    chosen = sorted(among if among is not None else set(Fault) - _TEDIOUS)

    def plan(request: Request) -> Fault | None:
        dice = random.Random(f"{seed}:{request.ordinal}:{request.custom_id}")
        possible = [fault for fault in chosen if befalls(fault, request)]
        return dice.choice(possible) if dice.random() < rate and possible else None

    return plan


def first_of(*plans: Plan) -> Plan:
    """The first plan that has a fault for the request."""

    def plan(request: Request) -> Fault | None:
        return next((fault for each in plans if (fault := each(request)) is not None), None)

    return plan


def read(faults: Plan | Sequence[Fault | None] | Mapping[int, Fault | None] | None) -> Plan:
    """A plan from what ``FakeServer`` takes: a plan, a list in turn, a mapping by number, or nothing."""
    if faults is None:
        return never
    if callable(faults):
        return faults
    return at(faults) if isinstance(faults, Mapping) else in_turn(*faults)


_TEDIOUS = frozenset(
    {
        Fault.HANG,
        Fault.RATE_LIMIT_LONG,
        Fault.HUGE_ANSWER,
        Fault.BATCH_NEVER_ENDS,
    }
)
