"""Nights by batch: half the price, the ordinary sweep's verdicts, and nothing lost or paid twice."""

import json
from collections import Counter
from decimal import Decimal

import pytest

from radar_pipeline.console import erasing
from radar_pipeline.errors import UnknownNameError
from radar_pipeline.llm.batches.base import BatchState
from radar_pipeline.llm.batches.door import BatchDoor
from radar_pipeline.llm.errors import ModelCallError
from radar_pipeline.llm.fake import Endpoint, Fault, when
from radar_pipeline.llm.fake.faults import BATCH_FAULTS
from radar_pipeline.sweep.batching import fetching, polling
from radar_pipeline.sweep.batching.office import office_of
from radar_pipeline.sweep.batching.polling import Closed, Trouble
from tests.support.batching import Nights, charged
from tests.support.world import DUTIES, POLICY
from tests.sweep.conftest import Serve

PROVIDERS = pytest.mark.parametrize("alias", ["primary", "secondary"])
ALL = len(DUTIES)
OWN_WAY = (  # faults that Anthropic tells of otherwise
    *(Fault.BATCH_INVALID, Fault.BATCH_PARTLY_EXPIRED, Fault.BATCH_ERROR_LINES, Fault.BATCH_MALFORMED_LINE),
    *(Fault.BATCH_RESULTS_GONE, Fault.BATCH_NEVER_ENDS),
)
FREE = {  # nothing of these was run
    *(Fault.BATCH_EXPIRED, Fault.BATCH_INVALID, Fault.BATCH_CANCELLED, Fault.BATCH_NEVER_ENDS),
}


def closed(told: list[Closed | Trouble]) -> Closed:
    [only] = told
    assert isinstance(only, Closed), only
    return only


def started(nights: Nights) -> int:
    return sum(call.state == "started" for call in nights.calls())


# ── A good night ──────────────────────────────────────────────────────────────────────────────


@PROVIDERS
def test_a_night_by_batch_costs_half_to_the_cent_and_ends_as_any_other(nights: Serve, alias: str) -> None:
    night = nights(alias)
    [sent] = night.submit()
    assert (sent.batches, sent.requests) == (1, ALL)
    assert night.tick() == [] and night.open() and started(night) == ALL
    night.server.finish_batches()
    told = closed(night.tick())
    assert (told.batch.answered, told.missing) == (ALL, 0)
    assert night.cost() == charged(night.server) == told.cost_usd > 0
    assert {call.batch_id for call in night.calls()} == {told.batch.batch_key}
    night.sweep()
    assert night.asked_live == 0 and night.cost() == charged(night.server)
    verdicts = night.world.verdicts("acme")
    assert verdicts["R1"] == "covered" and verdicts["R6"] == "not_addressed"
    assert night.submit()[0].passed_over == "nothing is due"


def test_what_is_sent_and_kept_outside_the_tenants_folder_tells_nothing_of_it(nights: Serve) -> None:
    night = nights()
    night.submit()
    [record] = night.open()
    home = night.world.home / "tenants" / "acme" / "work" / "batches"
    assert [path.stem for path in home.iterdir()] == [record.batch_key]
    made = next(e.request for e in night.server.books if e.request.endpoint is Endpoint.BATCH_CREATE)
    assert made.body["metadata"] == {"radar_batch": record.batch_key}
    stored = b"".join(p.read_bytes() for p in (night.world.home / "operations").iterdir())
    for secret in (b"privacy training", b"AES-256", b"sk-test"):
        assert secret not in stored
    with night.opened() as environment:
        ids = [item.custom_id for item in environment.operations.batches.items(record.batch_key)]
    assert len(set(ids)) == ALL and all(len(each) <= 64 and "acme" not in each for each in ids)
    night.server.finish_batches()
    night.tick()
    assert list(home.iterdir()) == []
    deleted = [e.request for e in night.server.books if e.request.endpoint is Endpoint.FILE_DELETE]
    assert len(deleted) == 2  # what was sent, and the answers


def test_who_has_no_batches_is_passed_over_and_says_why(
    nights: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = nights()
    assert nights(cache_days=0).submit()[0].passed_over.startswith("answers are not kept")
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    [sent] = night.submit()
    assert "local judge" in sent.passed_over and not night.server.books


def test_what_a_quota_has_no_room_for_is_not_sent(nights: Serve) -> None:
    night = nights()
    (night.world.data / "plans.yaml").write_text("plans:\n  tiny: {queries: 3, models: full}\n")
    night.world.tenant("acme", plan="tiny")
    [sent] = night.submit()
    assert sent.requests == 3
    night.settle()
    assert len(night.asked_in_batches) == 3 and night.cost() == charged(night.server)
    [again] = night.submit()
    assert (again.batches, again.passed_over) == (0, "quota or budget has no room") and not night.open()


def test_a_batch_is_split_at_the_providers_limits(nights: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    night = nights()
    monkeypatch.setattr("radar_pipeline.llm.batches.openai.OpenAIBatches.most_requests", 3)
    [sent] = night.submit()
    assert (sent.batches, sent.requests) == (3, ALL)
    assert sorted(record.requests for record in night.open()) == [1, 3, 3]
    night.settle()
    assert len(night.asked_in_batches) == ALL and night.questions() == 0


# ── Faults ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("alias", "fault"),
    [*(("primary", fault) for fault in sorted(BATCH_FAULTS)), *(("secondary", fault) for fault in OWN_WAY)],
)
def test_every_batch_fault_ends_in_answers_or_live_calls_and_the_books_agree(
    nights: Serve, alias: str, fault: Fault
) -> None:
    night = nights(alias, faults=when(lambda r: not r.batch, fault))
    night.settings = {"batch_hours": 1.0}
    try:
        night.submit()
    except ModelCallError:
        assert fault is Fault.BATCH_INVALID and alias == "secondary"  # the other says so later
    for _ in range(4):  # ticks at growing hours, past the deadline
        night.server.finish_batches()
        night.tick()
        night.hours += 0.5
    assert not night.open() and started(night) == 0
    answered = [call for call in night.calls() if call.state == "answered"]
    assert ALL - len(answered) == night.questions()  # these are asked live, and no other
    lost = sum((c.cost_usd for c in night.calls() if c.state == "lost"), Decimal(0))
    assert night.cost() - lost == charged(night.server)
    assert not lost or fault in {
        Fault.BATCH_MISSING_LINES,
        Fault.BATCH_MALFORMED_LINE,
        Fault.BATCH_RESULTS_GONE,
    }
    assert (fault in FREE) == (night.cost() == 0)
    assert set(Counter(night.asked_in_batches).values()) <= {1}


@PROVIDERS
def test_refused_and_torn_answers_are_paid_and_left_to_the_sweep(nights: Serve, alias: str) -> None:
    def some(request: object) -> bool:
        return "Drone flights" in getattr(request, "text", "")

    night = nights(alias, faults=when(some, Fault.REFUSAL))
    night.submit()
    night.server.finish_batches()
    told = closed(night.tick())
    assert (told.batch.answered, told.batch.failed) == (ALL - 1, 1) and night.questions() == 1
    assert {c.error_class for c in night.calls() if c.state == "failed"} == {"refusal"}
    assert night.cost() == charged(night.server)


@PROVIDERS
def test_after_a_partial_expiry_only_what_is_missing_is_sent_again_and_once(
    nights: Serve, alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MANY", 2)
    night = nights(alias, faults=when(lambda r: not r.batch, Fault.BATCH_PARTLY_EXPIRED))
    night.submit()
    night.server.finish_batches()
    first = closed(night.tick())
    assert first.batch.answered == 4
    [second] = night.open()
    assert second.requests == 3 and second.deadline == first.batch.deadline
    night.settle()
    assert len(night.asked_in_batches) == len(set(night.asked_in_batches)) == 6
    assert night.questions() == 1 and not night.open()  # the last is asked live
    assert night.cost() == charged(night.server)


def test_fetching_twice_changes_nothing(nights: Serve) -> None:
    night = nights()
    night.submit()
    night.server.finish_batches()
    with night.opened() as environment:
        office = office_of(environment)
        [record] = environment.operations.batches.open_batches()
        case = office.case(record)
        for _ in range(2):
            fetching._read(case, {a.custom_id: a for a in case.file.read()}, fetching.Fetched(), 1e12)
    before = night.cost()
    assert closed(night.tick()).batch.answered == ALL
    assert night.cost() == before == charged(night.server)


def test_one_reading_may_stop_half_way_for_want_of_time(nights: Serve) -> None:
    night = nights()
    night.submit()
    night.server.finish_batches()
    with night.opened() as environment:
        [record] = environment.operations.batches.open_batches()
        polling._step(office_of(environment), record.batch_key, 0.0)
        [half] = environment.operations.batches.open_batches()
        assert half.state == "ended" and half.answered == 1
    assert closed(night.tick()).batch.answered == ALL and night.cost() == charged(night.server)


# ── Deadlines, hands, erasure ─────────────────────────────────────────────────────────────────


@PROVIDERS
def test_past_its_deadline_a_batch_is_stopped_and_its_money_comes_back(nights: Serve, alias: str) -> None:
    night = nights(alias)
    night.submit()
    night.hours = 6.1
    assert night.tick() == []  # it is told to stop
    told = closed(night.tick())
    assert told.missing == ALL and night.questions() == ALL
    assert night.cost() == 0 and started(night) == 0


def test_a_sweep_by_hand_stops_the_batch_and_asks_live(nights: Serve) -> None:
    night = nights()
    night.submit()
    swept = night.sweep()
    counts = swept.counts("acme", "assessments")
    assert (counts["batch_answers"], counts["batch_left"]) == (0, ALL)
    assert night.asked_live == ALL and night.world.verdicts("acme")["R1"] == "covered"
    closed(night.tick())
    assert night.asked_in_batches == [] and night.cost() == charged(night.server)


def test_a_sweep_by_hand_takes_in_a_batch_that_ended(nights: Serve) -> None:
    night = nights("secondary")
    night.submit()
    night.server.finish_batches()
    counts = night.sweep().counts("acme", "assessments")
    assert (counts["batch_answers"], counts["batch_left"]) == (ALL, 0) and night.asked_live == 0


def test_two_tenants_batches_never_mix(nights: Serve) -> None:
    night = nights()
    night.world.tenant("beta", {"policy.md": POLICY.replace("AES-256", "Twofish")})
    night.submit()
    records = {record.tenant_id: record for record in night.open()}
    for slug, foreign in (("acme", "Twofish"), ("beta", "AES-256")):
        path = night.world.home / "tenants" / slug / "work" / "batches" / f"{records[slug].batch_key}.jsonl"
        assert foreign not in path.read_text() and len(path.read_text().splitlines()) == ALL
    night.settle()
    assert night.questions("acme") == night.questions("beta") == 0
    assert night.cost() == charged(night.server)


@PROVIDERS
def test_an_erased_tenants_batch_is_stopped_and_nothing_of_it_stays(nights: Serve, alias: str) -> None:
    night = nights(alias)
    night.submit()
    assert "at the provider" not in erasing.erase(night.world.settings(), "acme")
    assert night.open() == [] and not (night.world.home / "tenants" / "acme").exists()
    night.server.finish_batches()
    assert night.asked_in_batches == []


@PROVIDERS
def test_a_batch_that_is_still_being_cancelled_is_told_to_whoever_erases(
    nights: Serve, alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = nights(alias)
    night.submit()
    [record] = night.open()
    monkeypatch.setattr(BatchDoor, "look", lambda *_: BatchState.RUNNING)
    told = erasing.erase(night.world.settings(), "acme")
    assert f"delete it there: batch {record.provider} {record.provider_batch_id}" in told


@PROVIDERS
def test_a_batch_at_a_provider_that_is_away_is_told_to_whoever_erases(nights: Serve, alias: str) -> None:
    night = nights(alias)
    night.submit()
    [record] = night.open()
    night.server.close()
    told = erasing.erase(night.world.settings(), "acme")
    assert record.provider_batch_id in told and night.open() == []


def test_a_provider_that_cannot_be_reached_does_not_keep_a_tenant_from_being_erased(nights: Serve) -> None:
    night = nights()
    night.submit()
    [record] = night.open()
    (night.world.data / "models.yaml").unlink()
    told = erasing.erase(night.world.settings(), "acme")
    assert f"openai {record.provider_batch_id}" in told and night.open() == []


def test_a_batch_can_be_abandoned_and_an_unknown_one_not(nights: Serve) -> None:
    night = nights()
    night.submit()
    [record] = night.open()
    with night.opened() as environment:
        office = office_of(environment)
        assert polling.abandon(office, record.batch_key).tenant_id == "acme"
        with pytest.raises(UnknownNameError):
            polling.abandon(office, record.batch_key)
    assert not night.open() and started(night) == 0 and night.questions() == ALL


def test_a_batch_whose_deployment_left_models_yaml_says_what_to_put_back(nights: Serve) -> None:
    night = nights()
    night.submit()
    path = night.world.data / "models.yaml"
    path.write_text(path.read_text().replace("primary", "renamed"))
    [told] = night.tick()
    assert isinstance(told, Trouble) and "radar batches abandon" in told.why and night.open()


def test_the_body_of_a_request_is_the_same_whenever_it_is_sent(nights: Serve) -> None:
    night = nights(faults=[Fault.RATE_LIMIT])  # of the upload
    night.submit()
    [record] = night.open()
    home = night.world.home / "tenants" / "acme" / "work" / "batches"
    before = [json.loads(line)["body"] for line in (home / f"{record.batch_key}.jsonl").open()]
    night.settle()
    sent = [e.request.body for e in night.server.books if e.request.batch]
    assert sent == before
