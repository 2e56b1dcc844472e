"""The registry in rows: each version with its life and record, and which is compared with which."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from radar_pipeline.errors import StoreError
from radar_pipeline.evals import lives
from radar_pipeline.evals.lives import Change
from radar_pipeline.evals.registry import Pair, Registry, pairs, version_rows
from radar_pipeline.evals.values import LOCAL
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.status import Status
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.storage.mirror import MirrorRows
from tests.support.evaluations import SUNDAY, run, subject

MONDAY = datetime(2026, 11, 23, 4, tzinfo=UTC)
FIGURE = {"value": 0.8, "low": 0.7, "high": 0.9, "n": 131}
RECORD = {
    "dataset": "d" * 16,
    "n": 131,
    "accuracy": FIGURE,
    "citation_rate": None,
    "judge_version": "scorers-1",
    "date": "2026-11-23",
    "model": "mine/tiny-1",
}


def prompt(version: str = "1.0.0", status: str = "active", name: str = "coverage", **given: Any) -> Prompt:
    own: dict[str, Any] = {
        "use_case": UseCase.JUDGE,
        "name": name,
        "version": version,
        "description": "Assesses.",
        "variables": {},
        "data_variables": frozenset(),
        "parts": (),
        "repair": "",
        "max_output_tokens": 100,
        "parameters": {},
        "sha": (version.replace(".", "") + "f" * 64)[:64],
        "status": Status(status),
        "owner": "compliance engineering",
        "changelog": ("1.0.0: First version.",),
    }
    return Prompt(**own | given)


def one_row(registry: Registry) -> dict[str, Any]:
    rows = version_rows(registry)
    assert MirrorRows({"prompt_versions": rows}).digests()
    (row,) = rows
    return row


def test_a_version_that_was_not_evaluated_says_so_and_has_no_figure():
    row = one_row(Registry([prompt()]))
    assert row["evaluation"] == "not evaluated"
    assert (row["n"], row["accuracy"], row["latency_p95_ms_high"], row["evaluated_on"]) == (None,) * 4
    assert (row["commit"], row["status_history"], row["first_seen_at"]) == ("", [], None)


def test_a_version_is_told_with_its_life_its_commit_and_its_record():
    made = prompt()
    seen = {made.place: (Change(SUNDAY, "draft", made.sha), Change(MONDAY, "active", made.sha))}
    commits = {"judge/coverage/1.0.0.prompt.yaml": "c0ffee"}
    row = one_row(Registry([made], seen, commits, {made.ref: RECORD}))
    digits = made.sha[:12]
    assert row["status_history"] == [
        f"2026-11-22T05:00:00Z draft #{digits}",
        f"2026-11-23T04:00:00Z active #{digits}",
    ]
    assert (row["first_seen_at"], row["commit"], row["status"]) == (SUNDAY, "c0ffee", "active")
    assert (row["accuracy"], row["accuracy_low"], row["accuracy_high"], row["n"]) == (0.8, 0.7, 0.9, 131)
    assert (row["citation_rate"], row["satisfaction"]) == (None, None)
    assert row["evaluated_on"] == date(2026, 11, 23)
    assert row["evaluation"] == "accuracy 0.80 (0.70–0.90), n 131, 2026-11-23"


def test_only_the_newest_rules_of_the_local_judge_are_active():
    old = run(subject("rules-3", LOCAL, "3" * 64), ["covered"])
    new = run(subject("rules-4", LOCAL, "4" * 64), ["covered"], at=MONDAY)
    rows = version_rows(Registry([], records={new.subject.ref: RECORD}, local=[old, new]))
    assert [(r["prompt_key"], r["status"], r["accuracy"]) for r in rows] == [
        ("local@rules-3", "deprecated", None),
        ("local@rules-4", "active", 0.8),
    ]


def test_a_draft_is_compared_with_the_active_version_and_that_with_the_one_before():
    first, second = prompt("1.0.0", "deprecated"), prompt("1.1.0")
    draft, other = prompt("1.2.0", "draft"), prompt("1.3.0", "draft", variant="auditor")
    assert pairs(Registry([first, second, draft, other])) == [
        Pair(second.ref, first.ref),
        Pair(draft.ref, second.ref),
        Pair(other.ref, ""),
    ]


def test_the_newest_rules_are_compared_with_those_before():
    made = [run(subject(f"rules-{n}", LOCAL, str(n) * 64), ["covered"]) for n in (2, 3, 4)]
    assert pairs(Registry([], local=made)) == [Pair(made[2].subject.ref, made[1].subject.ref)]
    assert pairs(Registry([], local=made[:1])) == [Pair(made[0].subject.ref, "")]


# ── Lives ─────────────────────────────────────────────────────────────────────────────────────


def test_a_life_has_each_status_and_content_once_with_when_it_was_first_seen(tmp_path):
    draft, edited = prompt(status="draft"), prompt(status="draft", sha="e" * 64)
    active = prompt(sha="e" * 64)
    now, known = SUNDAY, {}
    for seen in (draft, draft, edited, active, active):
        known = lives.seen(known, [seen], (), now)
        now += timedelta(days=1)
    assert [str(change) for change in known[draft.place]] == [
        f"2026-11-22T05:00:00Z draft #{draft.sha[:12]}",
        "2026-11-24T05:00:00Z draft #eeeeeeeeeeee",
        "2026-11-25T05:00:00Z active #eeeeeeeeeeee",
    ]
    lives.write(tmp_path, known)
    assert lives.read(tmp_path) == known


def test_what_is_seen_again_is_no_news():
    known = lives.seen({}, [prompt()], (), SUNDAY)
    assert lives.seen(known, [prompt()], (), MONDAY) == known


def test_a_file_that_is_gone_is_removed_and_one_that_cannot_be_read_just_now_is_not():
    known = lives.seen({}, [prompt("1.0.0"), prompt("1.1.0")], (), SUNDAY)
    broken = lives.seen(known, [prompt("1.0.0")], ["judge/coverage/1.1.0"], MONDAY)
    assert broken == known
    gone = lives.seen(known, [prompt("1.0.0")], (), MONDAY)
    assert [change.status for change in gone["judge/coverage/1.1.0"]] == ["active", "removed"]
    assert lives.seen(gone, [prompt("1.0.0")], (), MONDAY) == gone


@pytest.mark.parametrize("body", ["[1]", '{"judge/coverage/1.0.0": [{"at": "x"}]}', "{"])
def test_a_damaged_file_of_lives_is_told_with_its_remedy(tmp_path, body):
    (tmp_path / "evals").mkdir()
    lives.path_of(tmp_path).write_text(body)
    with pytest.raises(StoreError, match="is damaged"):
        lives.read(tmp_path)
