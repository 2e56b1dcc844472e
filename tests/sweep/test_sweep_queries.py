"""docs/queries.md: every block on the page runs on what two sweeps published, also while a third writes."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from radar_pipeline.evals import runs
from radar_pipeline.evals.values import LOCAL
from radar_pipeline.prompts import files
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.settings import PROJECT
from radar_pipeline.storage import portfolio, warehouse
from radar_pipeline.sweep.environment import SweepRequest
from radar_pipeline.sweep.events import TenantPublished
from radar_pipeline.sweep.portfolio import publish_evaluations
from radar_pipeline.sweep.runner import sweep
from tests.support import feeding
from tests.support.evaluations import run, subject
from tests.support.world import DUTIES, POLICY, PROCEDURE, UNRELATED, World

PAGE = (PROJECT / "docs" / "queries.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sql\n-- (\w+)\n(.*?)```", PAGE, flags=re.DOTALL)
QUESTIONS = [(whom, sql) for whom, sql in BLOCKS if whom != "duckdb"]
COLUMNS = [
    "name last_outcome failed_stage failure_reason age_days documents unreadable not_assessed_share "
    "needs_review_share",
    "name framework_id previous_score score delta verdict_changes previous_as_of as_of",
    "requirement_id title importance tenants contradicted",
    "tenant_id requirement_id title verdict severity status first_seen_on age_days age_sweeps confidence "
    "recommendation",
    "as_of tenant_id requirement_id title from_verdict to_verdict causes documents",
    "framework_id as_of reports mean_score mean_delta contradicted not_addressed",
    "ref title verdict severity confidence recommendation document_path advice",
    "kind title proof stance path page heading_path text score",
    "path owner why reason review_by days_overdue requirements_citing",
    "requirement_id title first_verdict verdict_now",
    "tenant_id framework_id judge version assessments withheld evaluation hallucination_rate",
    "use_case case_id severity tags versions prompts answers error",
    "requirement_id title verdict_then suggested_verdict said tenants confidence",
]
OVERDUE = POLICY.replace("2031-01-31", "2026-01-31")
AMENDED = OVERDUE.replace("within 72 hours", "within 240 hours")


def two_sweeps(world: World) -> World:
    """Two tenants under two frameworks, one that always fails, and a document amended in between."""
    world.framework(DUTIES[:3], name="other")
    both = [{"id": "rules"}, {"id": "other"}]
    world.tenant("acme", {"policy.md": OVERDUE, "procedure.md": PROCEDURE}, frameworks=both)
    world.tenant("borealis", {"policy.md": POLICY, "menu.md": UNRELATED}, frameworks=both)
    world.tenant("carina")
    (world.data / "corpus" / "carina").rename(world.data / "lost")
    world.sweep(as_of=date(2026, 11, 22))
    world.write("acme", "policy.md", AMENDED)
    world.sweep(as_of=date(2026, 11, 23))
    return world


def evaluated(world: World) -> World:
    """The local judge and a prompt evaluated, and an analyst who disagrees."""
    prompt = files.load(PROJECT / "prompts", UseCase.JUDGE, "coverage", "1.0.0")
    environment = world.environment()
    model = f"{environment.judge.identity.model} +0123abcd"
    runs.save(world.home, run(subject("rules-4", LOCAL, "4" * 64), ["covered", "partial"] * 20, model=model))
    runs.save(world.home, run(subject("1.0.0", "coverage", prompt.sha), ["partial"] + ["covered"] * 39))
    feeding.Bench(world).say("rules:R2", "disagree", "partial")
    publish_evaluations(environment)
    return world


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("queries")
    return evaluated(two_sweeps(World(folder / "data", folder / "store")))


def answer(world: World, whom: str, sql: str) -> tuple[list[str], list[list[Any]]]:
    home = world.home / "tenants" / "acme" if whom == "tenant" else None
    return warehouse.query(sql, home, world.home / "portfolio")


def test_the_page_asks_thirteen_questions_and_says_whom() -> None:
    whom = ["portfolio"] * 6 + ["tenant"] * 4 + ["portfolio"] * 3
    assert [asked for asked, _ in QUESTIONS] == whom
    assert len(BLOCKS) == PAGE.count("```sql") == 15
    assert len(re.findall(r"^## \d+\. .*\?$", PAGE, flags=re.MULTILINE)) == 13


@pytest.mark.parametrize("number", range(13))
def test_every_question_of_the_page_is_answered(number: int, swept: World) -> None:
    columns, rows = answer(swept, *QUESTIONS[number])
    assert columns == COLUMNS[number].split()
    assert rows


def test_the_answers_say_what_happened(swept: World) -> None:
    """Of each question the cell that a reader looks at first."""
    answers = [answer(swept, *question)[1] for question in QUESTIONS]
    health, moved, common, oldest, worse, _, mend, proof, stale, since = answers[:10]
    assert {(r[0], r[1], r[3]) for r in health} >= {("Carina", "failed", "SourceUnreadableError")}
    assert health[0][0] == "Carina" and {r[1] for r in health[1:]} == {"published", "unchanged"}
    assert {(r[0], r[4] < 0, r[5]) for r in moved} == {("Acme", True, 1)}
    assert common[0][3] >= 1 and [r[3] for r in common] == sorted((r[3] for r in common), reverse=True)
    assert {r[5] for r in oldest} <= {"new", "persisting"}
    assert {(r[2], r[5], tuple(r[6])) for r in worse} == {
        (f"{name}:R1", "contradicted", ("document_changed",)) for name in ("rules", "other")
    }
    assert mend[0][2] == "contradicted" and mend[0][6] == "policy.md" and mend[0][7]
    assert any(r[2] == "quote" and r[3] == "contradicts" and "240 hours" in r[7] for r in proof)
    assert [(r[0], r[2], r[5]) for r in stale] == [("policy.md", "overdue", 296)] and stale[0][6] >= 1
    assert {(r[2], r[3]) for r in since} == {("covered", "contradicted")}
    judges, failing, disputed = answers[10:]
    assert {r[3] for r in judges} == {"local@rules-4"} and judges[0][6].startswith("accuracy 0.50")
    assert [(r[1], r[4], r[6]) for r in failing[:2]] == [
        ("case-000", 1, ["partial"]),
        ("case-001", 1, ["partial"]),
    ]
    assert len(failing) == 21
    assert [r[0] for r in disputed] == ["rules:R2"] and disputed[0][2:5] == ["covered", "partial", 1]


@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")  # DuckDB's own, under pandas 3
def test_the_files_open_in_duckdb_pandas_and_parquet_as_the_page_says(
    swept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(swept.home)
    for whom, sql in BLOCKS:
        if whom == "duckdb":
            with duckdb.connect() as con:
                assert con.execute(sql).fetchall()
    (python,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(python, "queries.md", "exec"), names)
    assert names["scores"].loc["2026-11-23", ("acme", "rules")].item() < 100
    assert len(names["assessments"]) == 20


def test_no_text_of_a_tenant_is_in_a_view_of_the_portfolio(swept: World) -> None:
    for view in ("current_blindspots", "finding_evidence", "change_log", "stale_documents"):
        _, mine = answer(swept, "tenant", f"SELECT * FROM {view}")
        _, shared = answer(swept, "portfolio", f"SELECT * FROM {view}")
        assert "policy.md" in str(mine) and shared
        assert "policy.md" not in str(shared) and "240 hours" not in str(shared)


# ── While a sweep writes ──────────────────────────────────────────────────────────────────────

READER = """
import json, sys, duckdb
files, questions, hold = json.loads(sys.argv[1])
def ask(cons):
    return [repr(cons[whom].execute(sql).fetchall()) for whom, sql in questions]
opened = lambda: {whom: duckdb.connect(path, read_only=True) for whom, path in files.items()}
held = opened() if hold else None
for _ in sys.stdin:
    cons = held or opened()
    try:
        print(json.dumps(ask(cons)), flush=True)
    except Exception as error:
        print(json.dumps(f"{type(error).__name__}: {error}"), flush=True)
    if not hold:
        for con in cons.values():
            con.close()
"""


class Reader:
    """A DuckDB client in a process of its own: it keeps its files open (``hold``), or opens them anew."""

    def __init__(self, world: World, *, hold: bool) -> None:
        files = {
            "portfolio": str(world.home / "portfolio" / "published" / "radar.duckdb"),
            "tenant": str(world.home / "tenants" / "acme" / "published" / "radar.duckdb"),
        }
        order = json.dumps([files, QUESTIONS, hold])
        self.process = subprocess.Popen(
            [sys.executable, "-c", READER, order], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self) -> list[str]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write("ask\n")
        self.process.stdin.flush()
        found = json.loads(self.process.stdout.readline())
        assert isinstance(found, list), found
        return found


@contextmanager
def readers(world: World) -> Iterator[tuple[Reader, Reader]]:
    both = Reader(world, hold=True), Reader(world, hold=False)
    try:
        yield both
    finally:
        for reader in both:
            reader.process.communicate(timeout=60)


def test_a_reader_sees_one_state_while_a_sweep_publishes(
    swept: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(swept.data, tmp_path / "data", dirs_exist_ok=True)
    shutil.copytree(swept.home, tmp_path / "store", symlinks=True, dirs_exist_ok=True)
    world = World(tmp_path / "data", tmp_path / "store", dict(swept.tenants))
    world.framework(DUTIES[:3], name="other")
    world.write("acme", "policy.md", AMENDED.replace("All customer records are", "No customer record is"))
    while_writing = []
    database = world.home / "portfolio" / "published" / "radar.duckdb"
    inode = database.stat().st_ino

    with readers(world) as (held, fresh):
        before = held.ask()
        assert fresh.ask() == before
        settle = portfolio.settle

        def settling(source: Path, target: Path) -> None:
            while_writing.append((held.ask(), fresh.ask()))
            settle(source, target)
            while_writing.append((held.ask(), fresh.ask()))

        monkeypatch.setattr(portfolio, "settle", settling)
        for event in sweep(SweepRequest(as_of=date(2026, 11, 24)), world.environment()):
            if isinstance(event, TenantPublished):
                while_writing.append((held.ask(), fresh.ask()))
        after = fresh.ask()
        assert held.ask() == before != after
        assert database.stat().st_ino != inode, "written into the file that the reader has open"
    assert len(while_writing) == 3
    tenant = slice(6, 10)

    def shared(answers: list[str]) -> list[str]:
        return [*answers[:6], *answers[10:]]

    for kept, new in while_writing:
        assert kept == before
        assert new[tenant] == after[tenant] and shared(new) in (shared(before), shared(after))
