"""Publishing a tenant's release: all at one instant, after any crash, on any disk."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from storage_builders import report, run_python

from radar_pipeline.errors import StoreError
from radar_pipeline.storage import warehouse

S1, S2, S3 = "20261101T000000.000Z-aaaaaa", "20261102T000000.000Z-aaaaaa", "20261103T000000.000Z-aaaaaa"


def stage(home: Path, sweep: str, previous: Path | None = None, **given) -> Path:
    staged = home / "staged"
    warehouse.build_release(previous, staged, report(sweep, **given), sweep, {"gdpr"})
    return staged


def test_a_release_is_described_without_opening_its_database(tmp_path):
    assert warehouse.published_release(tmp_path) is None
    warehouse.publish(tmp_path, S1, stage(tmp_path, S1))
    info = warehouse.published_release(tmp_path)
    assert (info.sweep_id, dict(info.keys), info.as_of) == (S1, {"gdpr": "input_key-gdpr"}, date(2026, 11, 1))
    assert info.published_at == datetime(2026, 11, 22, 4, 5, 6, tzinfo=UTC)
    assert info.path == (tmp_path / "releases" / S1).resolve()


def test_keys_of_other_frameworks_are_kept_and_of_a_removed_one_dropped(tmp_path):
    warehouse.publish(tmp_path, S1, stage(tmp_path, S1))
    published = tmp_path / "published"
    warehouse.build_release(published, tmp_path / "staged", report(S2, framework="hipaa"), S2, {"hipaa"})
    warehouse.publish(tmp_path, S2, tmp_path / "staged")
    assert set(warehouse.published_release(tmp_path).keys) == {"gdpr", "hipaa"}
    warehouse.build_release(published, tmp_path / "staged", {}, S3, {"gdpr"})
    warehouse.publish(tmp_path, S3, tmp_path / "staged")
    assert set(warehouse.published_release(tmp_path).keys) == {"hipaa"}
    assert {r["framework_id"] for r in warehouse.TenantReport.current(published)["assessments"]} == {"hipaa"}


def test_two_releases_are_kept_for_readers_that_still_have_one_open(tmp_path):
    published = tmp_path / "published"
    for sweep in (S1, S2, S3):
        warehouse.publish(tmp_path, sweep, stage(tmp_path, sweep, published))
    assert sorted(p.name for p in (tmp_path / "releases").iterdir()) == [S2, S3]
    assert published.is_symlink()
    assert not published.readlink().is_absolute()


def test_publishing_again_after_a_crash_at_any_step_ends_the_same(tmp_path):
    home = tmp_path / "home"
    warehouse.publish(home, S1, stage(home, S1))
    staged = stage(home, S2, home / "published")
    (home / "releases" / S2).mkdir()  # a torn earlier attempt
    (home / "releases" / ".tmp-old-12345678").mkdir()
    (home / ".tmp-published-0000").symlink_to("nowhere")
    warehouse.publish(home, S2, staged)
    assert warehouse.published_release(home).sweep_id == S2
    (home / "published").unlink()
    (home / "published").symlink_to(f"releases/{S1}")  # killed between move and switch
    warehouse.publish(home, S2, staged)
    assert warehouse.published_release(home).sweep_id == S2
    assert sorted(p.name for p in home.iterdir()) == ["published", "releases"]


def test_a_release_published_twice_never_replaces_the_folder_readers_are_in(tmp_path):
    warehouse.publish(tmp_path, S1, stage(tmp_path, S1))
    before = (tmp_path / "published").resolve() / "radar.duckdb"
    content = before.read_bytes()
    warehouse.publish(tmp_path, S1, stage(tmp_path, S1, tags=("a",)))
    assert before.read_bytes() == content
    assert len(warehouse.TenantReport.current(tmp_path / "published")["assessments"]) == 1
    assert warehouse.published_release(tmp_path).sweep_id == S1


def test_publishing_nothing_is_an_error_and_leaves_what_is_published(tmp_path):
    warehouse.publish(tmp_path, S1, stage(tmp_path, S1))
    with pytest.raises(StoreError):
        warehouse.publish(tmp_path, S2, tmp_path / "staged")
    assert warehouse.published_release(tmp_path).sweep_id == S1


def test_a_full_disk_is_told_with_its_remedy_and_shows_nothing_half(tmp_path):
    warehouse.publish(tmp_path, S1, stage(tmp_path, S1))
    code = """
import resource, sys
from pathlib import Path
from storage_builders import report
from radar_pipeline.errors import StoreError
from radar_pipeline.storage import warehouse
home, sweep = Path(sys.argv[1]), sys.argv[2]
rows = report(sweep, tags=[f"{i}" for i in range(400)])
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    warehouse.build_release(home / "published", home / "staged", rows, sweep, {"gdpr"})
    warehouse.publish(home, sweep, home / "staged")
    print("published")
except StoreError as error:
    print("StoreError", error)
"""
    for limit in (1_000, 800_000, 1_500_000):
        result = run_python(code, tmp_path, S2, limit)
        assert result.stdout.startswith("StoreError No space left"), (limit, result)
        assert "Free space" in result.stdout
    assert warehouse.published_release(tmp_path).sweep_id == S1
    assert len(warehouse.TenantReport.current(tmp_path / "published")["assessments"]) == 2
    assert run_python(code, tmp_path, S2, 100_000_000).stdout == "published\n"


def test_killed_at_any_moment_a_tenant_shows_its_old_or_its_new_report(tmp_path):
    # One process that forks its victims: each dies by SIGKILL at another of its calls.
    code = """
import os, signal, sys
from pathlib import Path
from storage_builders import report
from radar_pipeline.storage import warehouse
torn, calm, warm = map(Path, sys.argv[1:4])
sweep = sys.argv[4]
rows = report(sweep, tags=("a", "c"))
calls, at, died, AFTER_SWITCH = 0, 0, 0, -1
def count(frame, event, argument):
    global calls
    calls += event in ("call", "c_call")
    if calls == at or (at == AFTER_SWITCH and frame.f_code.co_name == "_prune"):
        os.kill(os.getpid(), signal.SIGKILL)
def publish(home):
    sys.setprofile(count)
    warehouse.build_release(home / "published", home / "staged", rows, sweep, {"gdpr"})
    warehouse.publish(home, sweep, home / "staged")
    sys.setprofile(None)
before = warehouse.rows_digest(torn / "published")
publish(warm)  # imports count as calls too
calls = 0
publish(calm)
total, after, seen = calls, warehouse.rows_digest(calm / "published"), []
for moment in [total * part // 13 for part in range(1, 13)] + [AFTER_SWITCH]:
    calls, at = 0, moment
    victim = os.fork()
    if not victim:
        publish(torn)
        os._exit(0)
    died += os.waitstatus_to_exitcode(os.waitpid(victim, 0)[1]) == -signal.SIGKILL
    seen.append(warehouse.rows_digest(torn / "published"))
assert died > 10, died
assert set(seen) <= {before, after}, seen
at = 0
publish(torn)
assert warehouse.rows_digest(torn / "published") == after
print("held", len(set(seen)))
"""
    calm, torn = tmp_path / "calm", tmp_path / "torn"
    warehouse.publish(calm, S1, stage(calm, S1))
    shutil.copytree(calm, torn, symlinks=True)
    shutil.copytree(calm, tmp_path / "warm", symlinks=True)
    result = run_python(code, torn, calm, tmp_path / "warm", S2)
    assert result.stdout == "held 2\n", result.stderr
