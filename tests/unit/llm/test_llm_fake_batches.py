"""Batches of both providers by their real SDKs: end to end, and every way in which one can go wrong."""

import json

import anthropic
import openai
import pytest

from radar_pipeline.llm.call import Usage
from radar_pipeline.llm.fake import FakeServer, Fault, Request, by_schema, first_of, in_turn, when
from radar_pipeline.llm.fake.batches import STRANGER
from radar_pipeline.llm.fake.faults import BATCH_FAULTS

IDS = ("a", "b", "c", "d")
CLAUDE = "claude-haiku-5-5"


@pytest.fixture(scope="module")
def sdk_openai():
    return openai.OpenAI(base_url="http://unset.invalid", api_key="k", max_retries=0, timeout=20)


@pytest.fixture(scope="module")
def sdk_anthropic():
    return anthropic.Anthropic(base_url="http://unset.invalid", api_key="k", max_retries=0, timeout=20)


def echo(request: Request) -> str:
    return f"Answer to {request.text}"


class OpenAIDay:
    """A batch of four questions, submitted; what becomes of it."""

    def __init__(self, server: FakeServer, sdk: openai.OpenAI, endpoint: str = "/v1/responses") -> None:
        self.server = server
        self.client = sdk.with_options(base_url=server.openai_url)
        bodies = {
            "/v1/responses": lambda name: {"model": "m", "input": name},
            "/v1/chat/completions": lambda name: {
                "model": "m",
                "messages": [{"role": "user", "content": name}],
            },
            "/v1/embeddings": lambda name: {"model": "text-embedding-3-small", "input": [name]},
        }
        lines = [
            json.dumps({"custom_id": each, "method": "POST", "url": endpoint, "body": bodies[endpoint](each)})
            for each in IDS
        ]
        uploaded = self.client.files.create(file=("night.jsonl", "\n".join(lines).encode()), purpose="batch")
        self.batch = self.client.batches.create(
            input_file_id=uploaded.id,
            endpoint=endpoint,
            completion_window="24h",
            metadata={"night": "2026-11-22"},
        )

    def ended(self):
        self.server.finish_batches()
        return self.client.batches.retrieve(self.batch.id)

    def lines(self, file_id: str | None) -> list[dict]:
        text = self.client.files.content(file_id).text if file_id else ""
        return [json.loads(line) for line in text.splitlines()]


class AnthropicDay:
    """The same four questions as a message batch."""

    def __init__(self, server: FakeServer, sdk: anthropic.Anthropic) -> None:
        self.server = server
        self.batches = sdk.with_options(base_url=server.anthropic_url).messages.batches
        self.batch = self.batches.create(
            requests=[
                {
                    "custom_id": each,
                    "params": {
                        "model": CLAUDE,
                        "max_tokens": 50,
                        "messages": [{"role": "user", "content": each}],
                    },
                }
                for each in IDS
            ]
        )

    def ended(self):
        self.server.finish_batches()
        return self.batches.retrieve(self.batch.id)

    def fates(self) -> list[tuple[str, str]]:
        return [(each.custom_id, each.result.type) for each in self.batches.results(self.batch.id)]


@pytest.mark.parametrize("endpoint", ["/v1/responses", "/v1/chat/completions", "/v1/embeddings"])
def test_an_openai_batch_from_upload_to_output(endpoint, sdk_openai):
    with FakeServer(echo) as server:
        day = OpenAIDay(server, sdk_openai, endpoint)
        assert (day.batch.status, day.batch.request_counts.total) == ("validating", 4)
        assert day.client.batches.retrieve(day.batch.id).status == "in_progress"
        assert server.billed() == Usage()
        batch = day.ended()
        assert (batch.status, batch.request_counts.completed, batch.error_file_id) == ("completed", 4, None)
        assert batch.metadata == {"night": "2026-11-22"}
        lines = day.lines(batch.output_file_id)
        assert [line["custom_id"] for line in lines] == list(IDS)
        assert {line["response"]["status_code"] for line in lines} == {200}
        told = [line["response"]["body"]["usage"] for line in lines]
        spent = sum(each.get("input_tokens", each.get("prompt_tokens")) for each in told)
        assert spent == batch.usage.input_tokens == server.billed(batch=True).input_tokens == 4
        assert server.billed(batch=False) == Usage()


def test_an_anthropic_batch_from_submission_to_results(sdk_anthropic):
    with FakeServer(echo) as server:
        day = AnthropicDay(server, sdk_anthropic)
        assert (day.batch.processing_status, day.batch.request_counts.processing) == ("in_progress", 4)
        with pytest.raises(anthropic.AnthropicError, match="results_url"):
            day.batches.results(day.batch.id)
        batch = day.ended()
        assert (batch.processing_status, batch.request_counts.succeeded) == ("ended", 4)
        results = list(day.batches.results(batch.id))
        texts = {each.custom_id: each.result.message.content[0].text for each in results}
        assert texts == {each: f"Answer to {each}" for each in IDS}
        usages = [each.result.message.usage for each in results]
        assert server.billed("anthropic", CLAUDE, batch=True) == Usage(
            sum(each.input_tokens for each in usages), sum(each.output_tokens for each in usages)
        )


def test_batches_end_by_themselves_after_so_many_looks(sdk_openai, sdk_anthropic):
    with FakeServer(batch_looks=3) as server:
        day = OpenAIDay(server, sdk_openai)
        seen = [day.client.batches.retrieve(day.batch.id).status for _ in range(4)]
        assert seen == ["in_progress", "in_progress", "completed", "completed"]
        other = AnthropicDay(server, sdk_anthropic)
        assert [other.batches.retrieve(other.batch.id).processing_status for _ in range(3)] == [
            "in_progress",
            "in_progress",
            "ended",
        ]


def test_batches_are_listed_newest_first_page_by_page(sdk_openai, sdk_anthropic):
    with FakeServer() as server:
        days = [OpenAIDay(server, sdk_openai) for _ in range(5)]
        listed = [batch.id for batch in days[0].client.batches.list(limit=2)]
        assert listed == [day.batch.id for day in reversed(days)]
        others = [AnthropicDay(server, sdk_anthropic) for _ in range(5)]
        newest = [day.batch.id for day in reversed(others)]
        assert [batch.id for batch in others[0].batches.list(limit=2)] == newest
        before = others[0].batches.list(limit=2, before_id=newest[3])
        assert [batch.id for batch in before.data] == newest[1:3]


def test_a_cancelled_batch_costs_nothing_and_its_lines_say_so(sdk_openai, sdk_anthropic):
    with FakeServer() as server:
        day, other = OpenAIDay(server, sdk_openai), AnthropicDay(server, sdk_anthropic)
        assert day.client.batches.cancel(day.batch.id).status == "cancelling"
        batch = day.client.batches.retrieve(day.batch.id)
        assert (batch.status, batch.output_file_id) == ("cancelled", None)
        assert {line["error"]["code"] for line in day.lines(batch.error_file_id)} == {"batch_cancelled"}
        with pytest.raises(openai.ConflictError):
            day.client.batches.cancel(day.batch.id)
        assert other.batches.cancel(other.batch.id).processing_status == "canceling"
        assert other.batches.retrieve(other.batch.id).request_counts.canceled == 4
        assert other.fates() == [(each, "canceled") for each in IDS]
        assert server.billed(unreported=True) == Usage()


def test_a_batch_whose_day_is_over_has_no_line_done(sdk_openai, sdk_anthropic):
    with FakeServer(faults=[None, Fault.BATCH_NEVER_ENDS, Fault.BATCH_NEVER_ENDS]) as server:
        day, other = OpenAIDay(server, sdk_openai), AnthropicDay(server, sdk_anthropic)
        assert server.finish_batches() == 0
        assert server.expire_batches() == 2
        batch = day.client.batches.retrieve(day.batch.id)
        assert (batch.status, batch.request_counts.failed) == ("expired", 4)
        assert other.fates() == [(each, "expired") for each in IDS]
        assert server.billed(unreported=True) == Usage()


def test_files_and_results_can_be_deleted(sdk_openai, sdk_anthropic):
    with FakeServer() as server:
        day, other = OpenAIDay(server, sdk_openai), AnthropicDay(server, sdk_anthropic)
        with pytest.raises(anthropic.BadRequestError):
            other.batches.delete(other.batch.id)
        batch = day.ended()
        assert day.client.files.delete(batch.output_file_id).deleted
        with pytest.raises(openai.NotFoundError):
            day.client.files.content(batch.output_file_id)
        other.batches.delete(other.batch.id)
        with pytest.raises(anthropic.NotFoundError):
            other.batches.retrieve(other.batch.id)


def test_a_file_that_is_no_batch_fails_with_the_lines_to_mend(sdk_openai):
    def line(**changes):
        good = {
            "custom_id": "x",
            "method": "POST",
            "url": "/v1/responses",
            "body": {"model": "m", "input": "?"},
        }
        return json.dumps({**good, **changes})

    wrong = {
        "invalid_json_line": "{no json",
        "duplicate_custom_id": line(),
        "mismatched_endpoint": line(custom_id="y", url="/v1/embeddings"),
        "mismatched_model": line(custom_id="z", body={"model": "other", "input": "?"}),
    }
    with FakeServer() as server:
        client = sdk_openai.with_options(base_url=server.openai_url)
        for code, second in wrong.items():
            content = f"{line()}\n{second}\n".encode()
            uploaded = client.files.create(file=("f.jsonl", content), purpose="batch")
            batch = client.batches.create(
                input_file_id=uploaded.id, endpoint="/v1/responses", completion_window="24h"
            )
            failed = client.batches.retrieve(batch.id)
            assert failed.status == "failed"
            assert [error.code for error in failed.errors.data] == [code]


def test_anthropic_refuses_ids_that_are_not_unique_or_not_of_its_form(sdk_anthropic):
    params = {"model": CLAUDE, "max_tokens": 5, "messages": [{"role": "user", "content": "?"}]}
    with FakeServer() as server:
        batches = sdk_anthropic.with_options(base_url=server.anthropic_url).messages.batches
        for ids in (["a", "a"], ["a b"], ["x" * 65]):
            with pytest.raises(anthropic.BadRequestError, match="custom_id"):
                batches.create(requests=[{"custom_id": each, "params": params} for each in ids])


def test_a_line_can_fail_on_its_own(sdk_openai, sdk_anthropic):
    plan = when(lambda request: request.batch and request.custom_id == "b", Fault.RATE_LIMIT_BARE)
    with FakeServer(echo, plan) as server:
        day, other = OpenAIDay(server, sdk_openai), AnthropicDay(server, sdk_anthropic)
        batch = day.ended()
        (failed,) = day.lines(batch.error_file_id)
        assert (failed["custom_id"], failed["response"]["status_code"]) == ("b", 429)
        assert [line["custom_id"] for line in day.lines(batch.output_file_id)] == ["a", "c", "d"]
        assert dict(other.fates()) == dict.fromkeys(IDS, "succeeded") | {"b": "errored"}
        assert len([entry for entry in server.books if entry.request.batch and entry.status == 200]) == 6


ALL, FIRST, SECOND = list(IDS), ["a", "c"], ["b", "d"]
OPENAI = {  # status; custom_ids of the output file; of the error file; input tokens unreported
    Fault.BATCH_EXPIRED: ("expired", [], ALL, 0),
    Fault.BATCH_PARTLY_EXPIRED: ("expired", FIRST, SECOND, 0),
    Fault.BATCH_INVALID: ("failed", [], [], 0),
    Fault.BATCH_MISSING_LINES: ("completed", ["a", "b", "c"], [], 1),
    Fault.BATCH_DUPLICATE_IDS: ("completed", [*ALL, "a"], [], 0),
    Fault.BATCH_UNKNOWN_IDS: ("completed", [*ALL, STRANGER], [], 0),
    Fault.BATCH_SHUFFLED: ("completed", ALL[::-1], [], 0),
    Fault.BATCH_ERROR_LINES: ("completed", FIRST, SECOND, 0),
    Fault.BATCH_MALFORMED_LINE: ("completed", json.JSONDecodeError, [], 1),
    Fault.BATCH_NEVER_ENDS: ("in_progress", [], [], 0),
    Fault.BATCH_CANCELLED: ("cancelled", [], ALL, 0),
    Fault.BATCH_RESULTS_GONE: ("completed", openai.NotFoundError, [], 4),
}
ANTHROPIC = {  # how each line ended, in the order of the results
    Fault.BATCH_EXPIRED: [(each, "expired") for each in IDS],
    Fault.BATCH_PARTLY_EXPIRED: [("a", "succeeded"), ("b", "expired"), ("c", "succeeded"), ("d", "expired")],
    Fault.BATCH_INVALID: anthropic.BadRequestError,
    Fault.BATCH_MISSING_LINES: [(each, "succeeded") for each in "abc"],
    Fault.BATCH_DUPLICATE_IDS: [(each, "succeeded") for each in "abcda"],
    Fault.BATCH_UNKNOWN_IDS: [(each, "succeeded") for each in (*IDS, STRANGER)],
    Fault.BATCH_SHUFFLED: [(each, "succeeded") for each in "dcba"],
    Fault.BATCH_ERROR_LINES: [("a", "succeeded"), ("b", "errored"), ("c", "succeeded"), ("d", "errored")],
    Fault.BATCH_MALFORMED_LINE: json.JSONDecodeError,
    Fault.BATCH_NEVER_ENDS: anthropic.AnthropicError,
    Fault.BATCH_CANCELLED: [(each, "canceled") for each in IDS],
    Fault.BATCH_RESULTS_GONE: anthropic.NotFoundError,
}


def test_there_is_an_expectation_for_each_fault_of_batches():
    assert set(OPENAI) == set(ANTHROPIC) == BATCH_FAULTS


@pytest.mark.parametrize("fault", OPENAI)
def test_each_fault_of_an_openai_batch(fault, sdk_openai):
    status, output, errors, unreported = OPENAI[fault]
    with FakeServer(echo, [None, fault]) as server:  # the upload comes first
        day = OpenAIDay(server, sdk_openai)
        batch = day.ended()
        assert batch.status == status
        if isinstance(output, type):
            with pytest.raises(output):
                day.lines(batch.output_file_id)
        else:
            assert [line["custom_id"] for line in day.lines(batch.output_file_id)] == output
            assert [line["custom_id"] for line in day.lines(batch.error_file_id)] == errors
        told = server.billed(batch=True).input_tokens
        assert server.billed(batch=True, unreported=True).input_tokens - told == unreported
        done = len(set(output) - {STRANGER}) if isinstance(output, list) else 4
        assert told == done - (unreported if isinstance(output, type) else 0)


@pytest.mark.parametrize("fault", ANTHROPIC)
def test_each_fault_of_an_anthropic_batch(fault, sdk_anthropic):
    expected = ANTHROPIC[fault]
    with FakeServer(echo, [fault]) as server:
        if isinstance(expected, type):
            with pytest.raises(expected):
                day = AnthropicDay(server, sdk_anthropic)
                day.ended()
                day.fates()
        else:
            day = AnthropicDay(server, sdk_anthropic)
            assert day.ended().processing_status == "ended"
            assert day.fates() == expected


def test_a_retrieval_can_fail_and_the_batch_goes_on(sdk_openai):
    plan = first_of(in_turn(None, None, Fault.SERVER_ERROR))
    with FakeServer(by_schema, plan) as server:
        day = OpenAIDay(server, sdk_openai)
        with pytest.raises(openai.InternalServerError):
            day.client.batches.retrieve(day.batch.id)
        assert day.ended().status == "completed"
