"""Every named fault ends, in the real SDKs, in the exception or the shape that one would expect."""

import json
from collections.abc import Callable
from typing import Literal

import anthropic
import cohere
import httpx2
import openai
import pytest
from pydantic import BaseModel, ValidationError

from radar_pipeline.llm.call import Usage
from radar_pipeline.llm.fake import (
    Endpoint,
    FakeServer,
    Fault,
    Request,
    at,
    at_random,
    befalls,
    first_of,
    when,
)
from radar_pipeline.llm.fake.faults import BATCH_FAULTS, NOT_RUN, UNREPORTED, VECTOR_FAULTS

HI = [{"role": "user", "content": "Is it covered?"}]
CLAUDE = "claude-haiku-5-5"
WHY = "Because of a reason that is long enough to be told in several pieces of a stream, one by one."


class Said(BaseModel):
    verdict: Literal["covered", "missing"]
    why: str


ANSWER = "the answer"
UNTOLD = "the answer, its usage untold"
REFUSED = "refused"
NOTHING = "nothing said"
HUGE = "a huge answer"


@pytest.fixture(scope="module")
def sdks():
    return (
        openai.OpenAI(base_url="http://unset.invalid", api_key="k", max_retries=0),
        anthropic.Anthropic(base_url="http://unset.invalid", api_key="k", max_retries=0),
    )


def ask_responses(gpt, claude):
    answer = gpt.responses.parse(model="m", input="Is it covered?", text_format=Said)
    said = answer.output[0].content[0] if answer.output else None
    if answer.status != "completed" or said is None:
        return answer.status if answer.status != "completed" else NOTHING
    return REFUSED if said.type == "refusal" else told(answer.output_parsed, answer.usage)


def ask_chat(gpt, claude):
    answer = gpt.chat.completions.parse(model="m", messages=HI, response_format=Said)
    if not answer.choices or not (answer.choices[0].message.content or answer.choices[0].message.refusal):
        return NOTHING
    said = answer.choices[0].message
    return REFUSED if said.refusal else told(said.parsed, answer.usage)


def ask_messages(gpt, claude):
    answer = claude.messages.parse(model=CLAUDE, max_tokens=500, messages=HI, output_format=Said)
    if answer.stop_reason == "refusal":
        return REFUSED
    return told(answer.parsed_output, answer.usage) if answer.content else NOTHING


def told(said, usage):
    assert said.verdict == "covered"
    if len(said.why) > 9_000_000:
        return HUGE
    assert said.why == WHY
    return ANSWER if usage is not None else UNTOLD


def stream_responses(gpt, claude):
    with gpt.responses.stream(model="m", input="Is it covered?", text_format=Said) as stream:
        return told(stream.get_final_response().output_parsed, True)


def stream_chat(gpt, claude):
    with gpt.chat.completions.stream(model="m", messages=HI, response_format=Said) as stream:
        return told(stream.get_final_completion().choices[0].message.parsed, True)


def stream_messages(gpt, claude):
    with claude.messages.stream(model=CLAUDE, max_tokens=500, messages=HI, output_format=Said) as stream:
        answer = stream.get_final_message()
    return told(answer.parsed_output, True) if answer.stop_reason else "never ended"


def status(code: int, of_openai, of_anthropic=None):
    return (
        (of_openai, code),
        (of_openai, code),
        (of_anthropic or getattr(anthropic, of_openai.__name__), code),
    )


LATE = (openai.APITimeoutError, openai.APITimeoutError, anthropic.APITimeoutError)
GONE = (openai.APIConnectionError, openai.APIConnectionError, anthropic.APIConnectionError)
INVALID = (ValidationError,) * 3
NO_JSON = (json.JSONDecodeError,) * 3
SERVER, LIMIT = openai.InternalServerError, openai.RateLimitError

ASKED = {  # by the Responses API, chat completions, Anthropic's messages
    Fault.RATE_LIMIT: status(429, LIMIT),
    Fault.RATE_LIMIT_MS: status(429, LIMIT),
    Fault.RATE_LIMIT_DATE: status(429, LIMIT),
    Fault.RATE_LIMIT_BARE: status(429, LIMIT),
    Fault.RATE_LIMIT_LONG: status(429, LIMIT),
    Fault.INSUFFICIENT_QUOTA: (*status(429, LIMIT)[:2], (anthropic.PaymentRequiredError, 402)),
    Fault.REQUEST_TIMEOUT: status(408, openai.APIStatusError, anthropic.RequestTimeoutError),
    Fault.CONFLICT: status(409, openai.ConflictError),
    Fault.SERVER_ERROR: status(500, SERVER),
    Fault.BAD_GATEWAY: status(502, SERVER),
    Fault.UNAVAILABLE: status(503, SERVER, anthropic.ServiceUnavailableError),
    Fault.GATEWAY_TIMEOUT: status(504, SERVER, anthropic.GatewayTimeoutError),
    Fault.OVERLOADED: status(529, SERVER, anthropic.OverloadedError),
    Fault.WRONG_KEY: status(401, openai.AuthenticationError),
    Fault.NO_PERMISSION: status(403, openai.PermissionDeniedError),
    Fault.UNKNOWN_MODEL: status(404, openai.NotFoundError),
    Fault.BAD_REQUEST: status(400, openai.BadRequestError),
    Fault.CONTEXT_OVERFLOW: status(400, openai.BadRequestError),
    Fault.TOO_LARGE: status(413, openai.APIStatusError, anthropic.ContentTooLargeError),
    Fault.UNPROCESSABLE: status(422, openai.UnprocessableEntityError),
    Fault.SLOW_HEADERS: LATE,
    Fault.SLOW_BODY: (ANSWER,) * 3,  # no gap as long as a read timeout: only a deadline would help
    Fault.HANG: LATE,
    Fault.HANG_UP: GONE,
    Fault.RESET: GONE,
    Fault.HANG_UP_MID_BODY: GONE,
    Fault.TRUNCATED_BODY: NO_JSON,
    Fault.HTML_OK: (AttributeError,) * 3,  # the SDKs take the page for the answer
    Fault.HTML_BAD_GATEWAY: status(502, SERVER),
    Fault.EMPTY_BODY: NO_JSON,
    Fault.WRONG_CONTENT_TYPE: (ANSWER,) * 3,
    Fault.MISSING_USAGE: (UNTOLD,) * 3,
    Fault.NULL_USAGE: (UNTOLD,) * 3,
    Fault.EMPTY_ANSWER: (ValidationError, NOTHING, ValidationError),
    Fault.NO_OUTPUT: (NOTHING,) * 3,
    Fault.MISSING_FIELD: INVALID,
    Fault.EXTRA_FIELD: (ANSWER,) * 3,  # pydantic's default forgives it
    Fault.WRONG_ENUM: INVALID,
    Fault.WRONG_TYPE: INVALID,
    Fault.INVALID_JSON: INVALID,
    Fault.PROSE: INVALID,
    Fault.CODE_FENCE: INVALID,
    Fault.TRUNCATED_ANSWER: (ValidationError, openai.LengthFinishReasonError, ValidationError),
    Fault.REFUSAL: (REFUSED,) * 3,
    Fault.CONTENT_FILTER: (
        ValidationError,
        openai.ContentFilterFinishReasonError,
        (anthropic.BadRequestError, 400),
    ),
    Fault.FAILED_RESPONSE: ("failed", ANSWER, ANSWER),
    Fault.HUGE_ANSWER: (HUGE,) * 3,
}
STREAMED = {
    Fault.DUPLICATE_EVENTS: (ANSWER, ValidationError, ValidationError),  # only Responses repeats its text
    Fault.STREAM_BREAKS_OFF: (
        openai.APIConnectionError,
        openai.APIConnectionError,
        httpx2.RemoteProtocolError,  # not wrapped by Anthropic's SDK
    ),
    Fault.STREAM_ENDS_EARLY: (RuntimeError, ValidationError, "never ended"),
    Fault.STREAM_ERROR: (RuntimeError, openai.APIError, (anthropic.APIStatusError, 200)),
    Fault.UNKNOWN_EVENT: (ANSWER,) * 3,
}


@pytest.mark.parametrize("fault", [*ASKED, *STREAMED])
def test_each_fault_shows_as_it_would_from_the_provider(fault, sdks):
    table = {**ASKED, **STREAMED}
    asks = (stream_responses, stream_chat, stream_messages) if fault in STREAMED else ASKS
    timeout = httpx2.Timeout(15, read=0.15 if table[fault] is LATE else 15)
    for ask, expected in zip(asks, table[fault], strict=True):
        with FakeServer(answer, [fault], slow_seconds=0.25) as server:
            assert outcome(ask, server, sdks, timeout) == expected, ask.__name__
        assert_booked(server, fault, expected)


ASKS = (ask_responses, ask_chat, ask_messages)


def answer(request: Request) -> Said:
    return Said(verdict="covered", why=WHY)


def outcome(ask: Callable, server: FakeServer, sdks, timeout: httpx2.Timeout):
    gpt = sdks[0].with_options(base_url=server.openai_url, timeout=timeout)
    claude = sdks[1].with_options(base_url=server.anthropic_url, timeout=timeout)
    try:
        return ask(gpt, claude)
    except Exception as error:
        code = getattr(error, "status_code", None)
        return type(error) if code is None else (type(error), code)


def assert_booked(server: FakeServer, fault: Fault, expected: object) -> None:
    """The entry names the fault, and bills what a provider would."""
    (entry,) = server.books
    assert entry.fault is (fault if befalls(fault, entry.request) else None)
    free = fault in NOT_RUN or entry.status == 400 or expected == "failed"
    assert (entry.usage == Usage()) is free
    untold = fault in UNREPORTED or fault is Fault.SLOW_HEADERS
    asked_for_no_usage = ask_is_streamed_chat(entry.request)
    assert entry.reported is (free or not (untold or asked_for_no_usage))


def ask_is_streamed_chat(request: Request) -> bool:
    return request.stream and "stream_options" not in request.body and request.endpoint == "openai.chat"


def test_there_is_an_expectation_for_each_of_at_least_forty_faults():
    named = set(ASKED) | set(STREAMED) | VECTOR_FAULTS | BATCH_FAULTS
    assert named == set(Fault)
    assert len(named) >= 40


def test_each_provider_words_a_context_overflow_in_its_own_way(sdks):
    with FakeServer(faults=[Fault.CONTEXT_OVERFLOW] * 2) as server:
        with pytest.raises(openai.BadRequestError) as of_openai:
            ask_responses(sdks[0].with_options(base_url=server.openai_url), None)
        with pytest.raises(anthropic.BadRequestError, match="prompt is too long") as of_anthropic:
            ask_messages(None, sdks[1].with_options(base_url=server.anthropic_url))
    assert of_openai.value.code == "context_length_exceeded"
    assert of_anthropic.value.type == "invalid_request_error"


@pytest.mark.parametrize(
    ("fault", "header", "value"),
    [
        (Fault.RATE_LIMIT, "retry-after", "1"),
        (Fault.RATE_LIMIT_MS, "retry-after-ms", "20"),
        (Fault.RATE_LIMIT_DATE, "retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"),
        (Fault.RATE_LIMIT_LONG, "retry-after", "3600"),
        (Fault.RATE_LIMIT_BARE, "retry-after", None),
    ],
)
def test_a_rate_limit_says_when_to_come_back(fault, header, value, sdks):
    with FakeServer(faults=[fault]) as server, pytest.raises(openai.RateLimitError) as limited:
        ask_responses(sdks[0].with_options(base_url=server.openai_url), None)
    assert limited.value.response.headers.get(header) == value
    assert limited.value.code == "rate_limit_exceeded"


def test_faults_of_vectors(sdks):
    texts = ["one", "two", "three"]
    with FakeServer(faults=[Fault.MISSING_VECTOR, Fault.WRONG_DIMENSIONS, Fault.SHUFFLED_VECTORS]) as server:
        gpt = sdks[0].with_options(base_url=server.openai_url)
        missing, long, shuffled = (
            gpt.embeddings.create(model="text-embedding-3-small", input=texts) for _ in range(3)
        )
    assert len(missing.data) == 2
    assert {len(each.embedding) for each in long.data} == {1537}
    assert [each.index for each in shuffled.data] == [2, 1, 0]


def test_faults_reach_cohere_too():
    faults = [Fault.RATE_LIMIT_BARE, Fault.SERVER_ERROR, Fault.MISSING_USAGE, Fault.MISSING_VECTOR]
    with FakeServer(faults=faults) as server:
        client = cohere.ClientV2(api_key="any", base_url=server.cohere_url)

        def embed():
            return client.embed(
                model="embed-v4.0",
                input_type="search_query",
                texts=["a", "b"],
                request_options={"max_retries": 0},
            )

        with pytest.raises(cohere.TooManyRequestsError):
            embed()
        with pytest.raises(cohere.InternalServerError):
            embed()
        assert embed().meta is None
        assert len(embed().embeddings.float_) == 1
        assert server.billed("cohere") == Usage(input_tokens=2)
        assert server.billed("cohere", unreported=True) == Usage(input_tokens=4)


def test_faults_come_by_number_by_condition_and_not_twice(sdks):
    plan = first_of(
        at({2: Fault.OVERLOADED}),
        when(lambda request: request.model == "bad", Fault.SERVER_ERROR, times=1),
    )
    with FakeServer(answer, plan) as server:
        gpt = sdks[0].with_options(base_url=server.openai_url)
        for model in ("good", "good", "bad", "bad"):
            try:
                gpt.responses.create(model=model, input="x")
            except openai.InternalServerError:
                continue
        assert [entry.status for entry in server.books] == [200, 529, 500, 200]


def test_random_faults_are_the_same_for_the_same_seed_and_as_many_as_asked_for():
    def requests(number: int) -> Request:
        endpoint = Endpoint.RESPONSES if number % 2 else Endpoint.MESSAGES
        return Request(number, "any", endpoint, model="m")

    many = [requests(number) for number in range(1, 1001)]
    first, again, other = ([at_random(0.3, seed=seed)(request) for request in many] for seed in (7, 7, 8))
    assert first == again != other
    assert 255 < sum(fault is not None for fault in first) < 345
    assert len(set(first)) > 30
    assert Fault.HANG not in first


def test_a_fault_that_cannot_befall_a_request_leaves_it_alone(sdks):
    with FakeServer(answer, [Fault.BATCH_EXPIRED]) as server:
        gpt = sdks[0].with_options(base_url=server.openai_url)
        assert ask_responses(gpt, None) == ANSWER
        assert server.books[0].fault is None
