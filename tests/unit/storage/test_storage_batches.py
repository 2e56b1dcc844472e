"""What was sent in batches and what came of it, and what people said: known after a kill at any step."""

from datetime import date, timedelta

import pytest
from spending_builders import answered, assert_counters_are_sums_of_rows, attempt, states

from radar_pipeline.storage.operations.records import BatchItem, FeedbackCount, Limits

DEPLOYMENT = ("openai-mid", "openai", "gpt-6.1-terra")
ITEMS = [BatchItem(f"c{number}", f"cache-{number}", f"call-{number}") for number in range(4)]


@pytest.fixture
def batches(operations, clock):
    deadline = clock.now + timedelta(hours=6)
    operations.batches.prepare("key", "acme", DEPLOYMENT, ITEMS, deadline, "document_changed")
    return operations.batches


def test_a_batch_is_known_from_before_it_is_sent_until_its_answers_are_read(batches, clock):
    began = clock.now
    (batch,) = batches.open_batches()
    assert (batch.state, batch.provider_batch_id, batch.requests) == ("preparing", "", 4)
    assert (batch.alias, batch.provider, batch.model) == DEPLOYMENT
    assert (batch.sweep_cause, batch.deadline) == ("document_changed", began + timedelta(hours=6))
    clock.pass_seconds(1)
    assert batches.submitted("key", "batch_1")
    clock.pass_seconds(1)
    assert batches.ended("key")
    assert [b.state for b in batches.open_batches("acme")] == ["ended"]
    assert batches.open_batches("globex") == []
    batches.settle_items("key", {"c0": "answered", "c2": "failed"})
    assert batches.fetched("key")
    assert batches.open_batches() == []
    batch = batches.batch("key")
    assert (batch.state, batch.provider_batch_id, batch.answered, batch.failed) == (
        "fetched",
        "batch_1",
        1,
        1,
    )
    assert (batch.prepared_at, batch.submitted_at, batch.ended_at) == (
        began,
        began + timedelta(seconds=1),
        began + timedelta(seconds=2),
    )
    assert [item.state for item in batches.items("key")] == ["answered", "missing", "failed", "missing"]


def test_every_step_may_be_taken_twice(batches, clock):
    later = clock.now + timedelta(days=1)
    again = batches.prepare("key", "acme", DEPLOYMENT, ITEMS[:1], later)
    assert (again.requests, len(batches.items("key"))) == (4, 4)
    assert batches.submitted("key", "batch_1")
    assert batches.submitted("key", "batch_1")
    assert batches.ended("key")
    assert not batches.ended("key")
    assert batches.fetched("key")
    assert not batches.fetched("key")
    assert not batches.abandon("key")
    assert batches.batch("key").state == "fetched"


def test_whoever_submits_second_is_told_to_cancel(batches):
    assert batches.submitted("key", "batch_1")
    assert not batches.submitted("key", "batch_2")
    assert batches.batch("key").provider_batch_id == "batch_1"


def test_an_abandoned_batch_takes_no_id_and_says_which_requests_wait(batches):
    assert batches.abandon("key")
    assert not batches.submitted("key", "batch_1")
    assert not batches.fetched("key")
    assert batches.open_batches() == []
    assert {item.state for item in batches.items("key")} == {"waiting"}


def test_items_in_any_order_twice_and_unknown_are_counted_right(batches):
    batches.submitted("key", "batch_1")
    assert batches.settle_items("key", {"c3": "answered", "stranger": "answered"}) == {"stranger"}
    assert batches.settle_items("key", {"c3": "failed", "c1": "missing"}) == frozenset()
    assert batches.settle_items("key", {"c1": "answered"}) == frozenset()  # a later file had it
    assert [item.state for item in batches.items("key")] == ["waiting", "answered", "waiting", "answered"]
    assert (batches.batch("key").answered, batches.batch("key").failed) == (2, 0)
    with pytest.raises(ValueError, match="lost"):
        batches.settle_items("key", {"c0": "lost"})


# ── Feedback ──────────────────────────────────────────────────────────────────────────────────


def test_the_newest_score_of_a_subject_counts_on_its_day(operations, clock):
    feedback, today = operations.feedback, clock.now.date()
    for subject, score in (("a1", 1), ("a2", -1), ("a3", 1)):
        feedback.put("acme", "answer", subject, score)
    feedback.put("globex", "assessment", "gdpr:1", -1)
    clock.pass_seconds(24 * 3600)
    feedback.put("acme", "answer", "a3", -1)
    tomorrow = today + timedelta(days=1)
    assert feedback.by_day(today, tomorrow) == [
        FeedbackCount(today, "acme", "answer", 1, 1),
        FeedbackCount(today, "globex", "assessment", 0, 1),
        FeedbackCount(tomorrow, "acme", "answer", 0, 1),
    ]
    assert feedback.by_day(tomorrow, date(2027, 1, 1), "globex") == []


def test_only_yes_and_no_are_scores(embedded):
    with pytest.raises(ValueError, match="7"):
        embedded.feedback.put("acme", "answer", "a1", 7)
    with pytest.raises(ValueError, match="essay"):
        embedded.feedback.put("acme", "essay", "a1", 1)


def test_what_came_to_an_end_lately_and_what_is_ours_at_a_provider_can_be_told(batches, clock):
    batches.submitted("key", "batch_1")
    began = clock.now
    assert batches.closed_since(began) == [] and batches.known_ids("openai") == {"batch_1"}
    assert batches.known_ids("anthropic") == frozenset()
    clock.pass_seconds(5)
    batches.fetched("key")
    assert [batch.batch_key for batch in batches.closed_since(began)] == ["key"]
    assert batches.closed_since(clock.now + timedelta(seconds=1)) == []


def test_reservations_given_up_count_as_billed_at_once_and_a_late_outcome_still_does(operations):
    kept, given_up = (operations.spending.begin(attempt(), Limits(), 3600) for _ in range(2))
    assert operations.spending.lose([given_up, "unknown"]) == 1
    assert states(operations) == {"started": 1, "lost": 1}
    assert_counters_are_sums_of_rows(operations)
    assert (
        operations.spending.settle(given_up, answered()) and operations.spending.lose([kept, given_up]) == 1
    )
    assert_counters_are_sums_of_rows(operations)
