"""The commands as a person or a script meets them: answers, messages, exit codes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from radar_pipeline.cli import main
from radar_pipeline.storage import holder
from tests.support.world import POLICY, UNRELATED, World

CANARY = "Zebrafish lanterns hum at dusk."


def radar(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments], catch_exceptions=False)


def answer(*arguments: str) -> Any:
    result = radar(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_sweep_shows_scores_work_done_and_where_to_look(world: World) -> None:
    world.tenant("acme")
    result = radar("sweep")
    assert result.exit_code == 0, result.output
    for expected in ("acme", "2 files parsed", "Where to look", "index.html", "Gravest blindspots"):
        assert expected in result.output
    again = radar("sweep")
    assert again.exit_code == 0
    assert "0 files parsed, 0 texts embedded, 0 requirements judged" in again.output
    assert "unchanged" in again.output


def test_a_sweep_in_json_holds_the_numbers(world: World) -> None:
    world.tenant("acme")
    found = answer("sweep", "--no-dagster")
    assert found["state"] == "succeeded" and found["totals"]["judged"] == 7
    assert found["reports"][0]["counts"].keys() >= {"covered", "not_addressed"}


def test_explain_shows_the_search_of_a_blindspot_and_the_quote_of_a_verdict(world: World) -> None:
    world.tenant("acme")
    radar("sweep", "--no-dagster")
    record = answer("explain", "acme", "r6")
    assert record["assessment"]["verdict"] == "not_addressed" and record["candidates"]
    record = answer("explain", "acme", "rules:R1")
    quote = record["evidence"][0]
    assert quote["quote"] in POLICY.replace("\n", " ") and quote["path"] == "policy.md"
    shown = radar("explain", "acme", "R1").output
    assert "policy.md" in shown and "Record" in shown and "came nearest" in shown


def test_query_answers_and_refuses_to_write_or_to_read_elsewhere(world: World, tmp_path: Path) -> None:
    world.tenant("acme")
    radar("sweep", "--no-dagster")
    rows = answer("query", "SELECT tenant_id, count(*) AS n FROM assessments GROUP BY 1")
    assert rows == [{"tenant_id": "acme", "n": 7}]
    assert answer("query", "--tenant", "acme", "SELECT quote FROM evidence LIMIT 1")[0]["quote"]
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    for sql in ("DELETE FROM assessments_history", f"SELECT * FROM '{secret}'", "SELEC 1"):
        refused = radar("query", sql)
        assert refused.exit_code == 2, sql
    assert answer("query", "SELECT count(*) AS n FROM assessments") == [{"n": 7}]


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (("sweep", "--tenant", "nobody"), 2, "Known are: acme"),
        (("sweep", "--tenant", "../acme"), 2, "not a tenant slug"),
        (("sweep", "--framework", "nope"), 2, "rules"),
        (("sweep", "--as-of", "yesterday"), 2, "YYYY-MM-DD"),
        (("report", "acme"), 5, "radar sweep --tenant acme"),
        (("explain", "../../etc", "R1"), 2, "not a tenant slug"),
        (("tenants", "erase", "nobody", "--yes"), 2, "Nothing is stored"),
    ],
)
def test_a_wrong_word_is_told_with_its_remedy(
    world: World, arguments: tuple[str, ...], code: int, expected: str
) -> None:
    world.tenant("acme")
    result = radar(*arguments)
    assert result.exit_code == code, result.output
    assert expected in result.output and "→" in result.output


def test_broken_yaml_is_told_with_its_line(world: World) -> None:
    world.tenant("acme")
    (world.data / "tenants.yaml").write_text("tenants:\n  - slug: [acme\n")
    result = radar("sweep")
    assert result.exit_code == 2 and "tenants.yaml, line" in result.output


def test_a_setting_that_is_wrong_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.tenant("acme")
    monkeypatch.setenv("RADAR_CANDIDATES", "many")
    result = radar("status")
    assert result.exit_code == 2 and "RADAR_CANDIDATES" in result.output


def test_a_failed_tenant_ends_in_a_code_of_its_own_and_status_tells_why(world: World) -> None:
    world.tenant("acme")
    world.tenant("empty", {})
    result = radar("sweep")
    assert result.exit_code == 6 and "has no documents" in result.output
    assert world.verdicts("acme")
    states = {t["tenant_id"]: t["last_stage"] for t in answer("status")["tenants"]}
    assert states["empty"]["state"] == "failed" and states["acme"]["state"] == "done"


def test_unreadable_files_are_named_with_their_reason(world: World) -> None:
    world.tenant("acme", {"policy.md": POLICY, "empty.pdf": b"", "locked.pdf": encrypted_pdf()})
    assert radar("sweep", "--no-dagster").exit_code == 0
    sql = "SELECT path, reason FROM documents WHERE NOT readable ORDER BY path"
    assert answer("query", "--tenant", "acme", sql) == [
        {"path": "empty.pdf", "reason": "empty"},
        {"path": "locked.pdf", "reason": "encrypted"},
    ]
    assert "not_addressed" not in world.verdicts("acme").values()


def test_a_sweep_that_meets_a_live_one_names_its_holder(world: World) -> None:
    world.tenant("acme")
    operations = world.environment().operations
    lease = operations.acquire_lease("acme", holder.this_holder(), "other", 60, holder.is_alive)
    result = radar("sweep", "--no-dagster")
    assert result.exit_code == 3 and f"process {os.getpid()}" in result.output
    operations.release_lease(lease)
    assert radar("sweep", "--no-dagster").exit_code == 0


def test_an_interrupt_gives_the_lease_back_and_the_next_sweep_finishes(world: World) -> None:
    documents = {f"note-{n}.md": f"# Note {n}\n\n{UNRELATED}" for n in range(300)}
    world.tenant("acme", {"policy.md": POLICY, **documents})
    process = subprocess.Popen(
        [sys.executable, "-m", "radar_pipeline.cli", "sweep", "--no-dagster"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A test run started in the background has interrupts ignored, and its children would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - one thread
    )
    operations = world.environment().operations
    deadline = time.monotonic() + 60
    while not operations.leases() and time.monotonic() < deadline:
        assert process.poll() is None, process.stdout.read() if process.stdout else ""
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130 and "interrupted" in output
    assert not operations.leases()
    assert operations.sweeps()[0].state == "interrupted"
    assert radar("sweep", "--no-dagster").exit_code == 0
    assert len(world.verdicts("acme")) == 7


def test_an_erased_tenant_is_in_no_byte_of_any_store(world: World, tmp_path: Path) -> None:
    world.tenant("acme", {"policy.md": f"{POLICY}\n\n{CANARY}\n", "dusk-lanterns.md": UNRELATED})
    world.tenant("borealis")
    assert radar("sweep").exit_code == 0
    assert traces(tmp_path, CANARY) and traces(tmp_path, "dusk-lanterns")
    result = radar("tenants", "erase", "acme", "--yes")
    assert result.exit_code == 0, result.output
    assert "source folder is untouched" in result.output
    assert not traces(tmp_path, CANARY) and not traces(tmp_path, "dusk-lanterns")
    assert answer("query", "SELECT DISTINCT tenant_id FROM assessments") == [{"tenant_id": "borealis"}]
    assert [s.tenant_id for s in world.environment().operations.tombstones()] == ["acme"]
    assert radar("sweep").exit_code == 0 and not world.report("acme")
    asked_for = radar("sweep", "--tenant", "acme")
    assert asked_for.exit_code == 2 and "radar tenants readmit acme" in asked_for.output
    assert radar("tenants", "readmit", "acme").exit_code == 0
    assert radar("sweep").exit_code == 0 and world.verdicts("acme")


def test_doctor_finds_a_quote_that_is_no_longer_in_its_text(world: World) -> None:
    world.tenant("acme")
    radar("sweep", "--no-dagster")
    assert radar("doctor").exit_code == 0
    for path in (world.home / "tenants" / "acme" / "work" / "texts").rglob("*.txt"):
        path.write_bytes(path.read_bytes()[:-40])
    result = radar("doctor")
    assert result.exit_code == 5 and "quotes of acme" in result.output


def test_tenants_check_names_what_cannot_be_listed(world: World) -> None:
    world.tenant("acme")
    assert radar("tenants", "check").exit_code == 0
    (world.data / "corpus" / "acme").rename(world.data / "corpus" / "moved")
    result = radar("tenants", "check")
    assert result.exit_code == 4 and "problem" in result.output


def traces(folder: Path, text: str) -> list[Path]:
    """Files under the stores and Dagster's home that hold the text, in their bytes or their name."""
    roots = (folder / "store", folder / "dagster_home")
    files = [p for root in roots for p in root.rglob("*") if p.is_file()]
    return [p for p in files if text in str(p) or text.encode() in p.read_bytes()]


def encrypted_pdf() -> bytes:
    from io import BytesIO

    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    buffer = BytesIO()
    canvas = Canvas(buffer, encrypt=StandardEncryption("secret"))
    canvas.drawString(72, 720, "Locked away.")
    canvas.save()
    return buffer.getvalue()


# ── What a hostile or damaged world may not do ────────────────────────────────────────────────


def test_escape_sequences_in_a_file_name_reach_no_terminal(world: World) -> None:
    world.tenant("acme", {"e\x1b[31mred\x1b]0;pwn.md": POLICY})
    radar("sweep", "--no-dagster")
    for arguments in (("explain", "acme", "R1"), ("report", "acme"), ("query", "SELECT chr(27) AS x")):
        assert "\x1b" not in radar(*arguments).output, arguments


def test_a_loop_of_links_is_left_out(world: World) -> None:
    source = world.tenant("acme")
    (source / "loop.md").symlink_to(source / "loop.md")
    assert radar("sweep", "--no-dagster").exit_code == 0
    assert {r["path"] for r in world.report("acme")["documents"]} == {"policy.md", "procedure.md"}


@pytest.mark.parametrize(
    ("damaged", "content"),
    [
        ("published/radar.duckdb", b"DUCK"),
        ("published/release.json", b"[]"),
        ("published/release.json", b"{"),
    ],
)
def test_a_damaged_report_is_told_and_costs_the_others_nothing(
    world: World, damaged: str, content: bytes
) -> None:
    world.tenant("acme")
    world.tenant("borealis")
    radar("sweep", "--no-dagster")
    (world.home / "tenants" / "acme" / damaged).write_bytes(content)
    result = radar("sweep", "--no-dagster")
    assert result.exit_code == 6 and "damaged" in result.output and "backup" in result.output
    assert "borealis" in result.output and "Where to look" in result.output
    assert radar("doctor").exit_code == 5
    (world.home / "tenants" / "acme" / "published").unlink()
    assert radar("sweep", "--no-dagster").exit_code == 0 and world.verdicts("acme")


def test_a_damaged_portfolio_is_published_again(world: World) -> None:
    world.tenant("acme")
    radar("sweep", "--no-dagster")
    path = world.home / "portfolio" / "published" / "radar.duckdb"
    path.write_bytes(path.read_bytes()[:50])
    assert radar("doctor").exit_code == 5
    assert radar("sweep", "--no-dagster").exit_code == 0
    assert answer("query", "SELECT count(*) AS n FROM assessments") == [{"n": 7}]


def test_a_damaged_work_store_names_the_folder_to_delete(world: World) -> None:
    world.tenant("acme")
    radar("sweep", "--no-dagster")
    work = world.home / "tenants" / "acme" / "work" / "lance"
    for path in work.rglob("*.lance"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:20])
    world.write("acme", "policy.md", POLICY.replace("72", "48"))
    result = radar("sweep", "--no-dagster")
    assert result.exit_code == 6 and "delete that folder" in " ".join(result.output.split())
    shutil.rmtree(work)
    assert radar("sweep", "--no-dagster").exit_code == 0


@pytest.mark.parametrize(
    "sql", ["", ";", "-- nothing", "SELECT 1; SELECT 2", "SELECT 1 AS a, 2 AS a", "SELECT '\udcff'"]
)
def test_a_query_that_cannot_be_answered_is_refused(world: World, sql: str) -> None:
    world.tenant("acme")
    radar("sweep", "--no-dagster")
    assert radar("query", sql).exit_code == 2


@pytest.mark.parametrize(
    "content",
    [
        "[" * 100_000,
        "- " * 5_000 + "a",
        "name: 2026-99-99",
        "tenants: [a]\ntenants: [b]",
        "x" * 100,
    ],
)
def test_a_hostile_tenants_file_is_refused_with_a_message(world: World, content: str) -> None:
    world.tenant("acme")
    (world.data / "tenants.yaml").write_text(content)
    result = radar("tenants", "check")
    assert result.exit_code == 2 and "tenants.yaml" in result.output
