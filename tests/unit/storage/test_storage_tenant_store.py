"""The working store: what is put comes back, twice put is once there, killed is never half."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from storage_builders import document, judgement, run_python

from radar_pipeline.errors import StoreError
from radar_pipeline.models import (
    Applicability,
    Assessment,
    JudgeIdentity,
    SearchRecord,
    Verdict,
)
from radar_pipeline.storage import tenant_store
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.storage.used_keys import UsedKeys

TODAY = date(2026, 11, 22)


@pytest.fixture
def store(tmp_path):
    return TenantStore(tmp_path / "lance", today=lambda: TODAY)


def again(store: TenantStore) -> TenantStore:
    """The same store as another process finds it."""
    return TenantStore(store.path, today=lambda: TODAY)


def matrix(*rows: float, dimensions: int = 4) -> np.ndarray:
    return np.array([[row] * dimensions for row in rows], dtype=np.float32)


def test_reading_a_store_that_is_not_there_makes_none(store):
    assert store.stored_versions() == set()
    assert store.passages(["ver-1"]) == []
    assert store.vectors("model", ["text"]) == {}
    assert store.judgements(["key"]) == {}
    assert set(store.counts().values()) == {0}
    assert not store.path.exists()


def test_chunks_and_passages_come_back_equal_and_in_order(store):
    items = [document(name, text) for name, text in (("b", "Second document."), ("a", "First ✓ document."))]
    store.put_documents(items)
    found = again(store)
    versions = {d.version_id for d, _, _ in items}
    assert found.stored_versions() == versions
    assert found.passages(versions) == [p for _, _, passages in reversed(items) for p in passages]
    assert found.chunks([items[0][0].version_id]) == list(items[0][1])
    assert found.passages([items[0][0].version_id, "ver-unknown"]) == list(items[0][2])
    assert found.passages([]) == []


def test_a_version_put_twice_is_there_once(store):
    item = document("a")
    store.put_documents([item, item])
    store.put_documents([item])
    again(store).put_documents(iter([item]))
    assert store.counts()["passages"] == len(item[2])
    assert again(store).counts()["documents"] == 1


def test_a_version_cut_another_way_replaces_the_old_pieces(store):
    store.put_documents([document("a", pieces=4)])
    finer = document("a", pieces=2)
    store.put_documents([finer])
    assert store.passages([finer[0].version_id]) == list(finer[2])


def test_a_document_without_a_passage_is_stored_too(store):
    whole, _, _ = document("a")
    store.put_documents([(whole, (), ())])
    assert store.stored_versions() == {whole.version_id}


def test_large_batches_are_split_and_nothing_is_lost(store, monkeypatch):
    monkeypatch.setattr(tenant_store, "BATCH_ROWS", 5)
    items = [document(f"d{i}") for i in range(20)]
    store.put_documents(iter(items))
    assert len(store.passages({d.version_id for d, _, _ in items})) == 40


def test_thousands_of_versions_are_asked_for_without_a_giant_filter(store, monkeypatch):
    monkeypatch.setattr(tenant_store, "FEW", 3)
    items = [document(f"d{i}") for i in range(10)]
    store.put_documents(items)
    wanted = {d.version_id for d, _, _ in items[:6]}
    assert {p.version_id for p in store.passages(wanted)} == wanted


def test_dropped_versions_leave_with_their_pieces_and_the_others_stay(store):
    items = [document(f"d{i}") for i in range(3)]
    store.put_documents(items)
    store.drop_versions({items[0][0].version_id, "ver-unknown"})
    assert store.counts()["documents"] == 2
    assert store.counts()["chunks"] == store.counts()["passages"] == 4


def test_killed_between_pieces_and_document_the_version_does_not_count_and_is_put_anew(store):
    item = document("a")

    def killed(rows):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tenant_store.tables, "document_table", killed)
        with pytest.raises(KeyboardInterrupt):
            store.put_documents([item])
    found = again(store)
    assert found.stored_versions() == set()
    assert found.counts()["passages"] == 2
    found.put_documents([item])
    assert found.stored_versions() == {item[0].version_id}
    assert found.passages([item[0].version_id]) == list(item[2])
    assert found.counts()["chunks"] == 2


def test_killed_at_any_moment_the_next_writer_ends_with_the_same_rows(tmp_path):
    code = """
import os, random, signal, sys, threading, time
from pathlib import Path
from storage_builders import document, judgement
from radar_pipeline.storage.tenant_store import TenantStore
import numpy as np
store = TenantStore(Path(sys.argv[1]))
delay = float(sys.argv[2])
store.stored_versions()
if delay:
    die = lambda: (time.sleep(delay), os.kill(os.getpid(), signal.SIGKILL))
    threading.Thread(target=die, daemon=True).start()
began = time.time()
for number in range(6):
    items = [document(f"d{number}-{i}") for i in range(5)]
    store.put_documents(items)
    texts = [f"t{number}-{i}" for i in range(5)]
    store.put_vectors("model", texts, np.ones((5, 4), dtype=np.float32))
    store.put_judgements({text: judgement() for text in texts})
    store.put_candidates({(text, f"r{i}"): (text,) for i, text in enumerate(texts)})
print(time.time() - began, sorted(store.counts().items()))
"""
    took, wanted = run_python(code, tmp_path / "calm", 0).stdout.split(" ", 1)
    for part in (0.3, 0.7):
        run_python(code, tmp_path / "torn", float(took) * part)
    assert run_python(code, tmp_path / "torn", 0).stdout.split(" ", 1)[1] == wanted


# ── Vectors ───────────────────────────────────────────────────────────────────────────────────


def test_a_vector_belongs_to_its_model_whatever_the_dimensions(store):
    store.put_vectors("small", ["a", "b"], matrix(1, 2))
    store.put_vectors("large", ["a"], matrix(9, dimensions=8))
    assert again(store).vectors("small", ["b", "a", "zz"])["b"].tolist() == [2, 2, 2, 2]
    assert again(store).vectors("large", ["a"])["a"].shape == (8,)
    assert store.counts()["vectors"] == 3


def test_a_text_embedded_twice_is_there_once_and_keeps_its_first_vector(store):
    store.put_vectors("model", ["a", "a", "b"], matrix(1, 1, 2))
    store.put_vectors("model", ["b", "c"], matrix(7, 3))
    found = again(store)
    found.put_vectors("model", ["c", "a"], matrix(8, 8))
    assert found.counts()["vectors"] == 3
    assert {h: v[0] for h, v in found.vectors("model", ["a", "b", "c"]).items()} == {"a": 1, "b": 2, "c": 3}


def test_vectors_come_back_bit_for_bit(store):
    random = np.random.default_rng(1).standard_normal((500, 16)).astype(np.float32)
    hashes = [f"h{i}" for i in range(500)]
    store.put_vectors("model", hashes, random)
    found = again(store).vectors("model", hashes)
    assert np.array_equal(np.stack([found[h] for h in hashes]), random)


def test_a_matrix_that_does_not_fit_its_texts_is_refused(store):
    with pytest.raises(ValueError, match="matrix"):
        store.put_vectors("model", ["a"], matrix(1, 2))


# ── Memoised work ─────────────────────────────────────────────────────────────────────────────


def test_a_judgement_comes_back_whole_and_the_later_one_counts(store):
    store.put_judgements({"a": judgement("old"), "b": judgement("it's ✓")})
    store.put_judgements({"a": judgement("new")})
    store.put_judgements({})
    found = again(store).judgements({"a", "b", "c'); drop"})
    assert found == {"a": judgement("new"), "b": judgement("it's ✓")}


def test_candidate_sets_are_remembered_exactly_and_the_newest_by_requirement(store):
    store.put_candidates({("corpus-1", "r1"): ("b", "a"), ("corpus-2", "r2"): ()})
    store.put_candidates({("corpus-3", "r1"): ("c",)})
    found = again(store)
    assert found.candidate_sets(["corpus-1", "corpus-2", "none"]) == {"corpus-1": ("b", "a"), "corpus-2": ()}
    assert found.last_candidates(["r1", "r2", "r3"]) == {"r1": ("c",), "r2": ()}


def assessment(framework: str, ref: str, verdict: Verdict = Verdict.COVERED) -> Assessment:
    return Assessment(
        tenant_id="acme",
        framework_id=framework,
        requirement_id=f"{framework}:{ref}",
        requirement_hash="hash",
        verdict=verdict,
        applicability=Applicability.APPLICABLE,
        confidence=0.5,
        needs_review=False,
        scores={Verdict.COVERED: 1.0},
        explanation="Because.",
        elements=(),
        evidence=(),
        search=SearchRecord(("q",), 1, 1, ()),
        judge=JudgeIdentity("local", "rules@1", "", "cal@1"),
        judgement_key="key",
        candidates=(),
        candidate_documents=(),
        embedder="e",
        retrieval="r",
    )


def test_current_assessments_are_replaced_for_their_framework_only(store):
    store.put_assessments("gdpr", [assessment("gdpr", "1"), assessment("gdpr", "2")])
    store.put_assessments("it's", [assessment("it's", "1")])
    store.put_assessments("gdpr", [assessment("gdpr", "2", Verdict.PARTIAL), assessment("gdpr", "3")])
    assert again(store).counts()["assessments"] == 3
    store.put_assessments("gdpr", [])
    assert store.counts()["assessments"] == 1
    with pytest.raises(ValueError, match="another framework"):
        store.put_assessments("gdpr", [assessment("hipaa", "1")])


# ── Upkeep ────────────────────────────────────────────────────────────────────────────────────


def fill(store: TenantStore) -> None:
    store.put_vectors("model", ["a", "b"], matrix(1, 2))
    store.put_judgements({"a": judgement(), "b": judgement()})
    store.put_candidates({("a", "ra"): ("x",), ("b", "rb"): ("x",)})


USED = UsedKeys(vectors={"model": ["a"]}, judgements=["a"], corpus_keys=["a"], requirement_keys=["ra"])


def test_nothing_is_forgotten_within_ninety_days_of_its_last_use(store):
    fill(store)
    for day in (1, 5, 9, 80):
        store.touch_and_expire(TODAY + timedelta(days=day), used=USED)
    store.touch_and_expire(TODAY + timedelta(days=90))
    assert store.counts()["vectors"] == store.counts()["judgements"] == 2
    store.touch_and_expire(TODAY + timedelta(days=80 + 90))
    found = again(store)
    assert set(found.vectors("model", ["a", "b"])) == {"a"}
    assert set(found.judgements(["a", "b"])) == {"a"}
    assert set(found.candidate_sets(["a", "b"])) == {"a"}
    assert set(found.last_candidates(["ra", "rb"])) == {"ra"}


def test_what_has_long_been_of_no_use_is_forgotten_and_can_be_put_again(store):
    fill(store)
    store.touch_and_expire(TODAY + timedelta(days=98))
    assert store.counts()["vectors"] == store.counts()["judgements"] == store.counts()["candidate_sets"] == 0
    store.put_vectors("model", ["a"], matrix(3))
    assert store.vectors("model", ["a"])["a"][0] == 3


def test_a_night_that_uses_everything_again_writes_nothing(store):
    fill(store)
    store.touch_and_expire(TODAY)
    before = {p: p.stat().st_mtime_ns for p in store.path.rglob("*") if p.is_file()}
    store.touch_and_expire(TODAY + timedelta(days=1), used=USED)
    assert {p: p.stat().st_mtime_ns for p in store.path.rglob("*") if p.is_file()} == before


def test_what_was_dropped_is_gone_from_the_files_after_upkeep(store):
    store.put_documents([document("a", "A secret sentence of some length that is easily found.")])
    store.put_documents([document("b")])
    store.drop_versions(
        {document("a", "A secret sentence of some length that is easily found.")[0].version_id}
    )
    store.touch_and_expire(TODAY)
    assert b"secret" not in b"".join(p.read_bytes() for p in store.path.rglob("*") if p.is_file())
    assert store.counts()["documents"] == 1


# ── Trouble ───────────────────────────────────────────────────────────────────────────────────


def test_a_full_disk_is_told_with_its_remedy_and_the_store_stays_readable(tmp_path):
    code = """
import resource, sys
from pathlib import Path
from storage_builders import document
from radar_pipeline.errors import StoreError
from radar_pipeline.storage.tenant_store import TenantStore
store = TenantStore(Path(sys.argv[1]))
store.put_documents([document("a")])
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
import random
noise = "".join(random.choices("abcdefghijklmnopqrstuvwxyz ", k=2_000_000))
try:
    store.put_documents([document("b", noise)])
    print("written")
except StoreError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
"""
    result = run_python(code, tmp_path / "lance")
    assert result.stdout.startswith("No space left"), result
    assert "Free space" in result.stdout
    found = TenantStore(tmp_path / "lance")
    assert found.stored_versions() == {document("a")[0].version_id}
    found.put_documents([document("b")])
    assert len(found.stored_versions()) == 2


def test_a_damaged_table_is_a_store_error_that_quotes_nothing(store):
    store.put_documents([document("a", "A secret sentence.")])
    for data in (store.path / "passages.lance" / "data").iterdir():
        data.write_bytes(b"secret" * 10)
    with pytest.raises(StoreError) as raised:
        again(store).passages([document("a", "A secret sentence.")[0].version_id])
    assert "secret" not in str(raised.value)


def test_lancedb_is_not_imported_before_it_is_needed():
    code = "import sys, radar_pipeline.storage.tenant_store; print('lancedb' in sys.modules)"
    assert run_python(code).stdout == "False\n"


def test_two_tenants_have_nothing_in_common(tmp_path):
    one, other = TenantStore(Path(tmp_path / "a")), TenantStore(Path(tmp_path / "b"))
    one.put_documents([document("a")])
    assert other.stored_versions() == set()
