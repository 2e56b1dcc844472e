"""What the sensors ask for, without Dagster, files or clocks."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from radar_pipeline.defs import sensors_differences as differences
from radar_pipeline.defs.sensors_differences import Answer, Roll, Scene, widest_stretch
from radar_pipeline.defs.sensors_memory import Asked, Memory, remembered
from radar_pipeline.storage.ledger import Try
from radar_pipeline.sweep.watch import Look

NOW = 1_800_000_000.0
FIRST = Memory(ticket=7)
SIXTY = [f"t{number:02}" for number in range(60)]


def changed(slug: str, key: str = "k1", **about: Any) -> Look:
    return Look(slug, key, **{"due": ("rules",), "source_differs": True} | about)


def idle(slug: str) -> Look:
    return Look(slug, "k0")


def scene(*looks: Look, **about: Any) -> Scene:
    found = {look.tenant: look for look in looks}
    return Scene(**{"now": NOW, "order": sorted(found), "looks": found} | about)


def tried(state: str, key: str = "k1", reason: str = "", ago: float = 60.0) -> Try:
    at = datetime.fromtimestamp(NOW - ago, UTC)
    return Try("s", state, key, reason, at, at)


def asked_for(answer: Answer) -> tuple[str, ...]:
    return answer.request.tenants if answer.request else ()


# ── One run ───────────────────────────────────────────────────────────────────────────────────


def test_sixty_changed_tenants_are_one_request_and_the_memory_of_it_is_small() -> None:
    answer = differences.changed_sources(FIRST, scene(*map(changed, SIXTY)))
    assert answer.request is not None
    assert (answer.request.first, answer.request.last, len(answer.request.tenants)) == ("t00", "t59", 60)
    assert len(answer.memory.cursor()) < 4_000
    again = differences.changed_sources(answer.memory, scene(*map(changed, SIXTY)))
    assert again.request is None


def test_idle_neighbours_are_swept_over_and_others_never() -> None:
    looks = [changed("a"), idle("b"), changed("c"), changed("d"), changed("e")]
    assert asked_for(differences.changed_sources(FIRST, scene(*looks))) == ("a", "c", "d", "e")
    busy = {"b": "is being swept"}
    answer = differences.changed_sources(FIRST, scene(*looks, busy=busy))
    assert asked_for(answer) == ("c", "d", "e")  # the longer side; the other at a later tick
    again = differences.changed_sources(answer.memory, scene(*looks, busy=busy))
    assert asked_for(again) == ("a",)


def test_a_stretch_goes_over_who_left_the_list_and_not_over_too_many() -> None:
    answer = differences.changed_sources(FIRST, scene(changed("a"), changed("c"), order=["a", "gone", "c"]))
    assert asked_for(answer) == ("a", "c")
    order = ["first", *SIXTY, *(f"u{n}" for n in range(60)), "last", "next"]
    assert widest_stretch(order, {"first", "last", "next"}, set(order)) == ["last", "next"]
    assert widest_stretch(order, {"first"}, set(order)) == ["first"]
    assert widest_stretch(order, set(), set(order)) == []


def test_a_tenant_that_is_no_partition_yet_is_left_to_the_list_of_tenants() -> None:
    assert asked_for(differences.changed_sources(FIRST, scene(changed("new"), order=[]))) == ()


# ── What was asked for ────────────────────────────────────────────────────────────────────────


def test_a_request_that_no_sweep_answered_is_repeated_three_times_at_growing_pauses() -> None:
    memory, asked = FIRST, []
    for minute in range(0, 2000, 5):
        answer = differences.changed_sources(memory, scene(changed("a"), now=NOW + 60 * minute))
        memory = answer.memory
        if answer.request:
            asked.append(minute)
    assert asked == [0, 10, 70, 310]


def test_a_new_input_is_asked_for_at_once_and_a_tried_one_not_again() -> None:
    memory = differences.changed_sources(FIRST, scene(changed("a"))).memory
    assert asked_for(differences.changed_sources(memory, scene(changed("a", "k2")))) == ("a",)
    answered = {"a": [tried("done", "", ago=-60)]}
    later = scene(changed("a"), now=NOW + 10**6, tries=answered)
    answer = differences.changed_sources(memory, later)  # a judge that failed leaves it due
    assert answer.request is None and answer.memory.asked == {}


def test_what_failed_on_this_input_or_was_cut_short_is_for_a_retry() -> None:
    for last in (tried("failed", "k1"), tried("started", "")):
        assert asked_for(differences.changed_sources(FIRST, scene(changed("a"), tries={"a": [last]}))) == ()
    other = {"a": [tried("failed", "k0")]}
    assert asked_for(differences.changed_sources(FIRST, scene(changed("a"), tries=other))) == ("a",)


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ({"settling": True}, "being written"),
        ({"problem": "The folder is gone. Mount it.", "due": ()}, "Mount it."),
    ],
)
def test_what_cannot_be_looked_at_keeps_its_memory(about: dict[str, Any], says: str) -> None:
    memory = replace(FIRST, asked={"a": Asked("k1", 1, NOW)})
    answer = differences.changed_sources(memory, scene(changed("a", **about)))
    assert answer.request is None and says in answer.says
    assert answer.memory.asked == memory.asked


def test_memory_survives_its_cursor_and_a_foreign_cursor_is_a_first_look() -> None:
    memory = Memory(3, {"a": Asked("k1", 2, NOW)}, {"rules": "h"}, ("b",))
    assert remembered(memory.cursor(), NOW) == memory
    for foreign in (None, "", "17", "[]", "{", '{"ticket": 1}', '{"ticket":1,"asked":{"a":{}},"marks":{}}'):
        assert remembered(foreign, NOW) == Memory(int(NOW))


# ── Catalogs ──────────────────────────────────────────────────────────────────────────────────


def due_by_catalog(slug: str, *frameworks: str) -> Look:
    return Look(slug, "k1", due=frameworks)


def test_a_changed_catalog_is_remembered_once_nobody_waits_because_of_it() -> None:
    first = differences.changed_frameworks(FIRST, scene(), {"rules": "h1", "others": "h1"})
    assert first.request is None and first.memory.marks == {"rules": "h1", "others": "h1"}
    now = {"rules": "h2", "others": "h1"}
    looks = [due_by_catalog("a", "others", "rules"), due_by_catalog("b", "others")]
    held = differences.changed_frameworks(first.memory, scene(*looks, busy={"a": "held"}), now)
    assert held.request is None and held.memory.marks["rules"] == "h1"
    answer = differences.changed_frameworks(held.memory, scene(*looks), now)
    assert answer.request is not None
    assert (answer.request.tenants, answer.request.frameworks) == (("a",), ("rules",))
    swept = differences.changed_frameworks(answer.memory, scene(idle("a"), looks[1]), now)
    assert swept.request is None and swept.memory.marks == now


def test_a_tenant_whose_documents_changed_too_is_swept_whole_by_the_other_sensor() -> None:
    memory = replace(FIRST, marks={"rules": "h1"})
    answer = differences.changed_frameworks(memory, scene(changed("a")), {"rules": "h2"})
    assert answer.request is None and answer.memory.marks == {"rules": "h2"}


def test_an_unreadable_catalog_is_told_and_never_forgotten() -> None:
    memory = replace(FIRST, marks={"rules": "h1"})
    answer = differences.changed_frameworks(memory, scene(), {"rules": ""})
    assert answer.request is None and "rules" in answer.says and answer.memory.marks == {"rules": "h1"}


# ── Retries ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("failures", "minutes", "retried"),
    [
        *((1, 9, False), (1, 11, True), (2, 59, False), (2, 61, True)),
        *((3, 239, False), (3, 241, True), (4, 10**6, False)),
    ],
)
def test_pauses_grow_and_the_fourth_failure_is_the_last(failures: int, minutes: int, retried: bool) -> None:
    tries = [tried("failed", ago=60 * minutes + 10**5 * n) for n in range(failures)]
    answer = differences.failed_tenants(FIRST, scene(changed("a"), tries={"a": tries}))
    assert bool(answer.request) is retried


def test_only_failures_in_a_row_on_the_same_input_count() -> None:
    hour = 3600
    for other in (tried("failed", "k0"), tried("done", "")):
        tries = [tried("failed", ago=hour), other, tried("failed"), tried("failed"), tried("failed")]
        assert differences.failed_tenants(FIRST, scene(changed("a"), tries={"a": tries})).request
    cut_short = [tried("started", "", ago=hour), *[tried("failed")] * 3]
    assert differences.failed_tenants(FIRST, scene(changed("a"), tries={"a": cut_short})).request is None


def test_a_persons_mistake_waits_for_the_person() -> None:
    for reason in ("ConfigurationError: line 3", "UnknownNameError: no such framework"):
        tries = {"a": [tried("failed", reason=reason, ago=10**6)]}
        answer = differences.failed_tenants(FIRST, scene(changed("a"), tries=tries))
        assert answer.request is None and "until something changes" in answer.says
        assert differences.failed_tenants(FIRST, scene(Look("a", "k2"), tries=tries)).request


def test_a_failed_tenant_with_new_documents_is_left_to_the_sensor_for_those() -> None:
    look, tries = changed("a", "k2"), {"a": [tried("failed", "k1", ago=10**6)]}
    assert differences.failed_tenants(FIRST, scene(look, tries=tries)).request is None
    assert differences.changed_sources(FIRST, scene(look, tries=tries)).request


# ── tenants.yaml ──────────────────────────────────────────────────────────────────────────────


def roll(listed: str, partitions: str, retired: str = "", mark: str = "m1") -> Roll:
    return Roll(frozenset(listed), frozenset(partitions), frozenset(retired), frozenset(), mark)


def test_who_is_gone_at_two_ticks_in_a_row_is_retired_and_who_comes_back_between_is_not() -> None:
    first = differences.tenants_file(FIRST, scene(), roll("a", "ab"))
    assert differences.leavers(FIRST, roll("a", "ab")) == frozenset() and first.request is None
    assert differences.leavers(first.memory, roll("a", "ab")) == {"b"}
    second = differences.tenants_file(first.memory, scene(), roll("a", "ab"))
    assert second.request is not None and second.request.first == ""
    back = differences.tenants_file(first.memory, scene(), roll("ab", "ab"))
    assert back.memory.gone == () and back.request is None


def test_an_empty_list_retires_nobody_however_often_it_is_seen() -> None:
    memory = replace(FIRST, gone=("a",))
    for _ in range(3):
        assert differences.leavers(memory, roll("", "ab")) == frozenset()
        answer = differences.tenants_file(memory, scene(), roll("", "ab"))
        assert answer.request is None and "Nobody is retired" in answer.says
        memory = answer.memory
    assert differences.leavers(memory, roll("b", "ab")) == frozenset()  # counts from anew


def test_new_tenants_are_swept_and_the_page_follows_those_who_come_back_unchanged() -> None:
    answer = differences.tenants_file(FIRST, scene(changed("a"), changed("b")), roll("ab", ""))
    assert asked_for(answer) == ("a", "b")
    back = differences.tenants_file(FIRST, scene(idle("b")), roll("ab", "ab", retired="b"))
    assert back.request is not None and back.request.first == ""
