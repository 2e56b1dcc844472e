"""The real SDKs get from the fake server what they would get from the providers, and its books agree."""

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import anthropic
import cohere
import openai
import pytest
from pydantic import BaseModel

from radar_pipeline.llm.call import Usage
from radar_pipeline.llm.fake import Endpoint, FakeServer, Fault, Part, ScriptEndedError, scripted

LONG = "The controller keeps a record of each processing activity under its responsibility. " * 80
HI = [{"role": "user", "content": "Is it covered?"}]
CLAUDE = "claude-haiku-5-5"


class Said(BaseModel):
    verdict: Literal["covered", "missing"]
    why: str


SAID = Said(verdict="missing", why="Nothing is said about deletion, in none of the passages that were given.")


@pytest.fixture(scope="module")
def sdk_openai():
    return openai.OpenAI(base_url="http://unset.invalid", api_key="sk-test", max_retries=0, timeout=20)


@pytest.fixture(scope="module")
def sdk_anthropic():
    return anthropic.Anthropic(base_url="http://unset.invalid", api_key="ant-test", max_retries=0, timeout=20)


@pytest.fixture
def server():
    with FakeServer(lambda request: SAID if request.schema else "Plain words of the model.") as server:
        yield server


@pytest.fixture
def gpt(server, sdk_openai):
    return sdk_openai.with_options(base_url=server.openai_url)


@pytest.fixture
def claude(server, sdk_anthropic):
    return sdk_anthropic.with_options(base_url=server.anthropic_url)


def seen(server: FakeServer) -> Usage:
    return server.books[-1].usage


def test_a_plain_answer_comes_through_every_sdk(server, gpt, claude):
    assert gpt.responses.create(model="m", input="x").output_text == "Plain words of the model."
    chat = gpt.chat.completions.create(model="m", messages=HI)
    assert chat.choices[0].message.content == "Plain words of the model."
    assert chat.choices[0].finish_reason == "stop"
    message = claude.messages.create(model=CLAUDE, max_tokens=100, messages=HI)
    assert message.content[0].text == "Plain words of the model."
    assert message.stop_reason == "end_turn"


def test_a_structured_answer_comes_through_every_sdk(server, gpt, claude):
    assert gpt.responses.parse(model="m", input="x", text_format=Said).output_parsed == SAID
    chat = gpt.chat.completions.parse(model="m", messages=HI, response_format=Said)
    assert chat.choices[0].message.parsed == SAID
    message = claude.messages.parse(model=CLAUDE, max_tokens=100, messages=HI, output_format=Said)
    assert message.parsed_output == SAID
    assert [set(entry.request.schema["properties"]) for entry in server.books] == [{"verdict", "why"}] * 3


def test_a_streamed_answer_comes_in_pieces_and_whole_through_every_sdk(server, gpt, claude):
    pieces = []
    with gpt.responses.stream(model="m", input="x", text_format=Said) as stream:
        pieces.append([event.delta for event in stream if event.type == "response.output_text.delta"])
        whole = stream.get_final_response()
    assert whole.output_parsed == SAID
    assert whole.usage.output_tokens == seen(server).output_tokens > 0
    with gpt.chat.completions.stream(
        model="m", messages=HI, response_format=Said, stream_options={"include_usage": True}
    ) as stream:
        pieces.append([event.delta for event in stream if event.type == "content.delta"])
        completion = stream.get_final_completion()
    assert completion.choices[0].message.parsed == SAID
    assert completion.usage.completion_tokens == seen(server).output_tokens > 0
    with claude.messages.stream(model=CLAUDE, max_tokens=100, messages=HI, output_format=Said) as stream:
        pieces.append([event.text for event in stream if event.type == "text"])
        message = stream.get_final_message()
    assert message.parsed_output == SAID
    assert message.usage.output_tokens == seen(server).output_tokens > 0
    assert ["".join(each) for each in pieces] == [SAID.model_dump_json()] * 3
    assert all(len(each) > 1 for each in pieces)


def test_the_books_equal_what_the_sdks_were_told(server, gpt, claude):
    told = [gpt.responses.create(model="m1", input=LONG).usage for _ in range(2)]
    assert sum(each.input_tokens for each in told) == server.billed("openai", "m1").input_tokens
    assert sum(each.output_tokens for each in told) == server.billed("openai", "m1").output_tokens
    cached = [each.input_tokens_details.cached_tokens for each in told]
    assert cached[0] == 0 < cached[1] == server.billed("openai", "m1").cached_tokens
    assert cached[1] % 128 == 0
    chat = gpt.chat.completions.create(model="m2", messages=HI).usage
    assert server.billed("openai", "m2") == Usage(chat.prompt_tokens, chat.completion_tokens)
    marked = [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]
    spent = [
        claude.messages.create(model=CLAUDE, max_tokens=100, system=marked, messages=HI).usage
        for _ in range(2)
    ]
    assert [(each.cache_creation_input_tokens, each.cache_read_input_tokens) for each in spent] == [
        (1680, 0),
        (0, 1680),
    ]
    assert spent[0].input_tokens == spent[1].input_tokens == 4
    assert server.billed("anthropic") == Usage(
        input_tokens=2 * (1680 + 4),
        output_tokens=sum(each.output_tokens for each in spent),
        cached_tokens=1680,
        cache_write_tokens=1680,
    )
    total = server.billed()
    assert total == server.billed("openai") + server.billed("anthropic")
    assert server.billed(batch=True) == Usage()


def test_a_prefix_is_cached_up_to_where_two_prompts_part_and_for_its_own_model_only(server, gpt):
    gpt.responses.create(model="m", instructions=LONG, input="One question.")
    parted = gpt.responses.create(model="m", instructions=LONG, input="Quite another question.")
    assert parted.usage.input_tokens_details.cached_tokens == 1664  # 13 blocks of 128 of 1680 tokens
    other = gpt.responses.create(model="other", instructions=LONG, input="One question.")
    assert other.usage.input_tokens_details.cached_tokens == 0


def test_a_prefix_shorter_than_the_minimum_is_not_cached(sdk_openai):
    for minimum, expected in ((1024, 0), (256, 384)):
        with FakeServer(cache_minimum=minimum) as server:
            gpt = sdk_openai.with_options(base_url=server.openai_url)
            answers = [gpt.responses.create(model="m", input=LONG[:1600]) for _ in range(2)]
        assert answers[1].usage.input_tokens_details.cached_tokens == expected


def test_a_streamed_chat_that_does_not_ask_for_usage_is_billed_but_not_told(server, gpt):
    assert all(
        chunk.usage is None for chunk in gpt.chat.completions.create(model="m", messages=HI, stream=True)
    )
    assert server.billed() == Usage()
    assert server.billed(unreported=True).output_tokens > 0


def test_an_answer_beyond_the_output_limit_is_cut_there(server, gpt, claude):
    response = gpt.responses.create(model="m", input="x", max_output_tokens=2)
    assert (response.status, response.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert (response.output_text, response.usage.output_tokens) == ("Plain wo", 2)
    message = claude.messages.create(model=CLAUDE, max_tokens=2, messages=HI)
    assert (message.stop_reason, message.usage.output_tokens) == ("max_tokens", 2)


def test_similar_texts_have_near_vectors_in_every_encoding(server, gpt):
    texts = ["Backups are encrypted daily.", "Daily backup is encrypted.", "Visitors sign in at reception."]
    packed = gpt.embeddings.create(model="text-embedding-3-large", input=texts)
    plain = gpt.embeddings.create(model="text-embedding-3-large", input=texts, encoding_format="float")
    assert len(packed.data[0].embedding) == 3072
    assert packed.data[2].embedding == pytest.approx(plain.data[2].embedding, abs=1e-6)
    near, far = (_cosine(plain.data[0].embedding, plain.data[n].embedding) for n in (1, 2))
    assert near > 0.5
    assert far < 0.2
    short = gpt.embeddings.create(model="text-embedding-3-large", input=texts[0], dimensions=256)
    assert len(short.data[0].embedding) == 256
    assert math.hypot(*short.data[0].embedding) == pytest.approx(1.0)
    assert plain.usage.prompt_tokens == seen_total(texts)
    assert server.billed("openai", "text-embedding-3-large").input_tokens == 2 * seen_total(texts) + 7


def test_cohere_embeds_with_its_own_sdk(server):
    client = cohere.ClientV2(api_key="any", base_url=server.cohere_url)
    answer = client.embed(
        model="embed-multilingual-v3.0",
        input_type="search_document",
        texts=["ein Text", "un texte"],
        embedding_types=["float"],
    )
    assert [len(vector) for vector in answer.embeddings.float_] == [1024, 1024]
    assert answer.meta.billed_units.input_tokens == server.billed("cohere").input_tokens == 4


def test_the_parts_of_a_prompt_are_read_alike_from_every_protocol(server, gpt, claude):
    gpt.responses.create(model="m", instructions="S", input=[{"role": "user", "content": "U"}])
    gpt.chat.completions.create(
        model="m", messages=[{"role": "developer", "content": "S"}, {"role": "user", "content": "U"}]
    )
    claude.messages.create(
        model=CLAUDE, max_tokens=9, system="S", messages=[{"role": "user", "content": "U"}]
    )
    assert [entry.request.parts for entry in server.books] == [(Part("system", "S"), Part("user", "U"))] * 3
    assert server.books[2].request.max_output_tokens == 9


def test_a_wrong_key_is_refused_and_keys_can_change(sdk_openai, sdk_anthropic):
    with FakeServer(keys={"openai": "sk-test", "anthropic": "other"}) as server:
        gpt = sdk_openai.with_options(base_url=server.openai_url)
        gpt.responses.create(model="m", input="x")
        with pytest.raises(anthropic.AuthenticationError):
            sdk_anthropic.with_options(base_url=server.anthropic_url).messages.create(
                model=CLAUDE, max_tokens=9, messages=HI
            )
        server.set_key("openai", "sk-new")
        with pytest.raises(openai.AuthenticationError):
            gpt.responses.create(model="m", input="x")
        sdk_openai.with_options(base_url=server.openai_url, api_key="sk-new").responses.create(
            model="m", input="x"
        )
        assert [entry.status for entry in server.books] == [200, 401, 401, 200]
        assert "sk-" not in repr(server.books)


def test_a_compatible_provider_has_its_own_pages_in_the_books(server, sdk_openai, gpt):
    ollama = sdk_openai.with_options(base_url=server.compatible_url("ollama"))
    ollama.chat.completions.create(model="qwen", messages=HI)
    gpt.chat.completions.create(model="qwen", messages=HI)
    assert server.billed("ollama") == server.billed("openai") != Usage()
    assert server.books[0].request.endpoint is Endpoint.CHAT


def test_what_a_provider_would_refuse_is_refused(server, gpt, claude):
    loose = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    wanted = {"format": {"type": "json_schema", "name": "n", "strict": True, "schema": loose}}
    with pytest.raises(openai.BadRequestError, match="additionalProperties"):
        gpt.responses.create(model="m", input="x", text=wanted)
    with pytest.raises(anthropic.BadRequestError, match="additionalProperties"):
        claude.messages.create(
            model=CLAUDE,
            max_tokens=9,
            messages=HI,
            output_config={"format": {"type": "json_schema", "schema": loose}},
        )
    with pytest.raises(openai.BadRequestError, match="empty"):
        gpt.embeddings.create(model="text-embedding-3-large", input=["a", ""])
    with pytest.raises(openai.NotFoundError):
        gpt.moderations.create(input="x")
    assert server.billed(unreported=True) == Usage()


def test_a_script_that_ends_too_early_fails_the_test(sdk_openai):
    with pytest.raises(ScriptEndedError), FakeServer(scripted(["one"])) as server:
        gpt = sdk_openai.with_options(base_url=server.openai_url)
        assert gpt.responses.create(model="m", input="x").output_text == "one"
        with pytest.raises(openai.BadRequestError):
            gpt.responses.create(model="m", input="x")


def test_sixty_calls_at_once_are_all_booked(server, gpt):
    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(lambda n: gpt.responses.create(model="m", input=f"No. {n}").usage, range(60)))
    assert server.billed().input_tokens == sum(each.input_tokens for each in told)
    assert sorted(entry.request.ordinal for entry in server.books) == list(range(1, 61))


def test_closing_releases_requests_that_hang(sdk_openai):
    server = FakeServer(faults=[Fault.HANG])
    gpt = sdk_openai.with_options(base_url=server.openai_url)
    ended: list[Exception] = []

    def ask() -> None:
        try:
            gpt.responses.create(model="m", input="x")
        except openai.APIConnectionError as error:
            ended.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    while not server.books:
        time.sleep(0.001)
    began = time.monotonic()
    server.close()
    asking.join(timeout=10)
    assert ended and not isinstance(ended[0], openai.APITimeoutError)
    assert time.monotonic() - began < 2


def seen_total(texts: list[str]) -> int:
    return sum(-(-len(text) // 4) for text in texts)


def _cosine(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))
