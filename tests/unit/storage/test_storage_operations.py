"""The ledger, leases and erasure, on SQLite and on a real PostgreSQL by the same tests."""

import multiprocessing
import threading
from datetime import date
from pathlib import Path

import pytest
from storage_builders import CANARY, bytes_under, run_python

from radar_pipeline.errors import LeaseHeldError, LeaseLostError, StoreError
from radar_pipeline.storage.operations import Operations

A, B = "host-a:boot:1:1", "host-b:boot:2:2"


def test_a_sweep_and_its_stages_are_read_back_as_written(operations, clock):
    operations.begin_sweep("s1", date(2026, 11, 21), {"tenants": ["acme"]}, "cli", A)
    operations.record_stage("s1", "acme", "documents", "started", input_key="key")
    began = clock.now
    clock.pass_seconds(2)
    operations.record_stage("s1", "acme", "documents", "done", counts={"parsed": 3})
    operations.finish_sweep("s1", "succeeded")
    (sweep,) = operations.sweeps()
    assert (sweep.as_of, sweep.scope, sweep.trigger, sweep.holder, sweep.state) == (
        date(2026, 11, 21),
        {"tenants": ["acme"]},
        "cli",
        A,
        "succeeded",
    )
    assert (sweep.started_at, sweep.finished_at) == (began, clock.now)
    (stage,) = operations.stages("s1")
    assert (stage.state, stage.input_key, stage.counts) == ("done", "key", {"parsed": 3})
    assert (stage.started_at, stage.finished_at) == (began, clock.now)


def test_every_ledger_entry_may_be_written_twice(operations):
    for _ in range(2):
        operations.begin_sweep("s1", date(2026, 11, 21), {}, "cli", A)
        operations.record_stage("s1", "acme", "documents", "failed", reason="timeout")
        operations.record_publication("s1", "acme", "gdpr", "key", "s1")
        operations.tombstone("gone", "erasure-1")
    assert (
        len(operations.sweeps()) == len(operations.stages("s1")) == len(operations.last_publications()) == 1
    )
    assert len(operations.tombstones()) == 1


def test_a_state_outside_the_closed_set_is_refused(operations):
    with pytest.raises(ValueError, match="finished"):
        operations.record_stage("s1", "acme", "documents", "finished")
    with pytest.raises(ValueError, match="done"):
        operations.finish_sweep("s1", "done")


def test_sweeps_of_dead_processes_are_marked_interrupted_and_no_others(operations):
    for sweep, holder in (("s1", A), ("s2", B), ("s3", A)):
        operations.begin_sweep(sweep, date(2026, 11, 21), {}, "cli", holder)
    operations.finish_sweep("s3", "succeeded")
    assert operations.interrupt_dead_sweeps(lambda holder: holder == B) == ["s1"]
    assert {s.sweep_id: s.state for s in operations.sweeps()} == {
        "s1": "interrupted",
        "s2": "running",
        "s3": "succeeded",
    }


def test_the_newest_publication_of_each_pair_counts(operations, clock):
    operations.record_publication("s1", "acme", "gdpr", "old", "s1")
    operations.record_publication("s1", "acme", "hipaa", "other", "s1")
    clock.pass_seconds(1)
    operations.record_publication("s2", "acme", "gdpr", "new", "s2")
    found = {(p.tenant_id, p.framework_id): (p.input_key, p.release) for p in operations.last_publications()}
    assert found == {("acme", "gdpr"): ("new", "s2"), ("acme", "hipaa"): ("other", "s1")}


def test_a_tenant_at_a_glance_shows_its_newest_stage_publications_and_lease(operations, clock):
    operations.record_stage("s1", "acme", "assessments", "done")
    clock.pass_seconds(1)
    operations.record_stage("s2", "acme", "documents", "done")
    clock.pass_seconds(1)
    operations.record_stage("s2", "acme", "chunks", "failed", reason="StoreError")
    operations.record_publication("s1", "acme", "gdpr", "key", "s1")
    operations.acquire_lease("globex", A, "s2", 60, lambda _: True)
    acme, globex = operations.tenant_states()
    assert (acme.last_stage.stage, acme.last_stage.state, acme.last_stage.sweep_id) == (
        "chunks",
        "failed",
        "s2",
    )
    assert [p.framework_id for p in acme.publications] == ["gdpr"]
    assert acme.lease is None
    assert globex.lease.holder == A


# ── Leases ────────────────────────────────────────────────────────────────────────────────────


def test_a_live_lease_is_refused_with_its_holders_name(operations):
    operations.acquire_lease("acme", A, "s1", 60, lambda _: True)
    with pytest.raises(
        LeaseHeldError, match=r"process 1 on host host-a since 2026-11-22 01:02:03 UTC \(sweep s1\)"
    ):
        operations.acquire_lease("acme", B, "s2", 60, lambda _: True)
    assert operations.acquire_lease("globex", B, "s2", 60, lambda _: True).token == 1


def test_an_expired_lease_is_free_and_its_old_holder_is_told(operations, clock):
    first = operations.acquire_lease("acme", A, "s1", 60, lambda _: True)
    clock.pass_seconds(61)
    second = operations.acquire_lease("acme", B, "s2", 60, lambda _: True)
    assert second.token > first.token
    with pytest.raises(LeaseLostError, match="acme"):
        operations.renew_lease(first, 60)
    operations.release_lease(first)  # must not free what is another's
    assert [lease.holder for lease in operations.leases()] == [B]


def test_a_renewed_lease_does_not_expire(operations, clock):
    lease = operations.acquire_lease("acme", A, "s1", 60, lambda _: True)
    clock.pass_seconds(50)
    operations.renew_lease(lease, 60)
    clock.pass_seconds(50)
    with pytest.raises(LeaseHeldError):
        operations.acquire_lease("acme", B, "s2", 60, lambda _: True)


def test_a_dead_holders_lease_is_taken_over_at_once(operations):
    first = operations.acquire_lease("acme", A, "s1", 3600, lambda _: True)
    second = operations.acquire_lease("acme", B, "s2", 60, lambda holder: holder != A)
    assert second.token == first.token + 1


def test_the_token_grows_over_every_release(operations):
    tokens = []
    for _ in range(3):
        lease = operations.acquire_lease("acme", A, "s1", 60, lambda _: True)
        tokens.append(lease.token)
        operations.release_lease(lease)
    assert tokens == [1, 2, 3]
    assert operations.leases() == []


def race(url: str, start, results, number: int) -> None:
    operations = Operations(url)
    start.wait()
    try:
        lease = operations.acquire_lease("acme", f"host:boot:{number}:1", "s", 60, lambda _: True)
        results.put(lease.token)
    except LeaseHeldError:
        results.put(0)
    operations.close()


def test_of_eight_processes_racing_for_a_lease_one_gets_it(url):
    # Each also races to create the store: the first one migrates, the others wait.
    context = multiprocessing.get_context("fork")
    start, results = context.Event(), context.Queue()
    racers = [context.Process(target=race, args=(url, start, results, n)) for n in range(8)]
    for racer in racers:
        racer.start()
    start.set()
    assert sorted(results.get(timeout=60) for _ in racers) == [0] * 7 + [1]
    for racer in racers:
        racer.join()


def test_of_eight_threads_racing_for_an_expired_lease_one_gets_it(operations, clock):
    operations.acquire_lease("acme", A, "s1", 60, lambda _: True)
    clock.pass_seconds(61)
    barrier, won, lost = threading.Barrier(8), [], []

    def take(number: int) -> None:
        barrier.wait()
        try:
            won.append(operations.acquire_lease("acme", f"host:boot:{number}:1", "s2", 60, lambda _: True))
        except LeaseHeldError as error:
            lost.append(error)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ([lease.token for lease in won], len(lost)) == ([2], 7)


# ── Erasure ───────────────────────────────────────────────────────────────────────────────────


def test_an_erased_tenant_leaves_one_tombstone_and_nothing_else(operations):
    operations.begin_sweep("s1", date(2026, 11, 21), {"tenants": ["acme", "globex"]}, "cli", A)
    for tenant in ("acme", "globex"):
        operations.record_stage("s1", tenant, "documents", "done")
        operations.record_publication("s1", tenant, "gdpr", "key", "s1")
        operations.audit("export", tenant, {"rows": 3})
    for _ in range(2):  # killed half-way and run again
        operations.erase_tenant("acme", "erasure-1")
    assert [state.tenant_id for state in operations.tenant_states()] == ["globex"]
    assert [record.tenant_id for record in operations.audits()] == ["globex"]
    assert operations.sweeps()[0].scope == {"tenants": ["globex"]}
    assert [(t.tenant_id, t.erasure_id) for t in operations.tombstones()] == [("acme", "erasure-1")]
    operations.lift_tombstone("acme")
    assert operations.tombstones() == []


def test_erased_rows_are_in_no_byte_of_the_file(tmp_path):
    operations = Operations(f"sqlite:///{tmp_path / 'operations' / 'operations.sqlite'}")
    operations.record_stage("s1", "acme", "documents", "failed", reason=CANARY)
    operations.erase_tenant("acme")
    operations.close()
    assert CANARY.encode() not in bytes_under(tmp_path)


# ── Trouble ───────────────────────────────────────────────────────────────────────────────────


def test_a_server_that_is_not_there_is_a_store_error_without_its_password():
    url = "postgresql+psycopg2://radar:hunter2@127.0.0.1:1/radar"
    with pytest.raises(StoreError, match="RADAR_OPERATIONS_URL") as raised:
        Operations(url).sweeps()
    assert "hunter2" not in str(raised.value)


def test_a_damaged_ledger_is_a_store_error(tmp_path):
    path = tmp_path / "operations.sqlite"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError):
        Operations(f"sqlite:///{path}").sweeps()


def test_a_disk_that_takes_no_more_is_told_and_the_ledger_stays_readable(tmp_path):
    path = tmp_path / "operations.sqlite"
    Operations(f"sqlite:///{path}").record_stage("s1", "acme", "documents", "done")
    code = """
import resource, sys
from radar_pipeline.errors import StoreError
from radar_pipeline.storage.operations import Operations
operations = Operations(f"sqlite:///{sys.argv[1]}")
operations.sweeps()
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    for number in range(1000):
        operations.record_stage("s2", f"tenant-{number}", "documents", "failed", reason="x" * 5000)
    print("written")
except StoreError as error:
    print(error)
"""
    assert "run the command again" in run_python(code, path).stdout
    assert [s.tenant_id for s in Operations(f"sqlite:///{path}").stages("s1")] == ["acme"]


def test_killed_writers_lose_nothing_that_was_recorded(tmp_path):
    code = """
import os, signal, sys
from radar_pipeline.storage.operations import Operations
operations = Operations(f"sqlite:///{sys.argv[1]}")
for number in range(int(sys.argv[2])):
    operations.record_stage("s1", f"tenant-{number}", "documents", "done")
os.kill(os.getpid(), signal.SIGKILL)
"""
    path = Path(tmp_path / "operations.sqlite")
    assert run_python(code, path, 20).returncode == -9
    assert len(Operations(f"sqlite:///{path}").stages("s1")) == 20
