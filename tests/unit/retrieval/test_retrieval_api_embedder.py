"""An embedder by API: real SDKs against a local server; its vectors are the texts' own, or there are none."""

import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.llm.call import ErrorClass, Usage
from radar_pipeline.llm.embedding import Embedded
from radar_pipeline.llm.errors import ModelCallError
from radar_pipeline.llm.fake import Fault
from radar_pipeline.llm.fake import vectors as served
from radar_pipeline.models import Kind, Passage, Requirement, Status
from radar_pipeline.retrieval import api_embedder, hashing
from radar_pipeline.retrieval.api_embedder import ApiEmbedder
from radar_pipeline.retrieval.embedder import PACKAGED, SentenceTransformerEmbedder, load_embedder
from radar_pipeline.retrieval.search import Corpus
from radar_pipeline.sweep.embeddings import RequirementVectors
from tests.support.embedding import SERVICES, TEXTS, Open, embedder, requests
from tests.support.modelling import KEYS

# ── What it is ────────────────────────────────────────────────────────────────────────────────


def test_what_tells_vectors_apart_is_known_without_a_key_or_a_request(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = opened()
    for name in KEYS:
        monkeypatch.delenv(name)
    made = embedder(models)
    assert made.identity == "openai/text-embedding-3-large:8#openai.texts@1"
    assert (made.dimensions, made.max_tokens) == (8, 256) and not models.server.books


def test_model_dimensions_provider_and_preparation_tell_vectors_apart_and_nothing_else_does(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = opened()
    deployment = models.catalog.embedder("embedding")
    own = ApiEmbedder(models.client, deployment).identity
    provider = deployment.provider
    for other in (
        replace(deployment, model="text-embedding-3-small"),
        replace(deployment, dimensions=16),
        replace(deployment, provider=replace(provider, name="elsewhere")),
        replace(deployment, provider=replace(provider, kind="openai_compatible")),
    ):
        assert ApiEmbedder(models.client, other).identity != own
    same = replace(
        deployment, alias="renamed", requests_per_minute=1, provider=replace(provider, base_url="http://x")
    )
    assert ApiEmbedder(models.client, same, "acme", query=True).identity == own
    monkeypatch.setattr(api_embedder, "PREPARATION", "texts@2")
    assert ApiEmbedder(models.client, deployment).identity != own


def test_documents_are_cut_as_for_the_packaged_model_so_that_a_change_cuts_nothing_anew(opened: Open) -> None:
    models = opened()
    assert {embedder(models, name).max_tokens for name in (*SERVICES, hashing.NAME, PACKAGED)} == {256}


def test_our_own_names_go_first_then_aliases_then_folders(opened: Open, tmp_path: Path) -> None:
    def edit(body: dict[str, Any]) -> None:
        for name in (hashing.NAME, PACKAGED):
            body["deployments"][name] = body["deployments"]["embedding"]

    models = opened(edit=edit)
    assert isinstance(load_embedder(hashing.NAME, models.client), hashing.HashingEmbedder)
    for name in (PACKAGED, str(tmp_path)):
        assert isinstance(load_embedder(name, models.client), SentenceTransformerEmbedder)
    assert isinstance(load_embedder("languages", models.client), ApiEmbedder)


def test_a_name_that_is_nothing_or_answers_questions_is_refused_with_the_names_there_are(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hub:  # sentence-transformers as it takes a name that is not in its cache; loading it takes 10 s
        def __init__(self, *_: Any, **__: Any) -> None:
            raise OSError("no such model")

    quiet = SimpleNamespace(disable_progress_bar=lambda: None)
    for name, stub in (
        ("sentence_transformers", SimpleNamespace(SentenceTransformer=Hub)),
        ("transformers", SimpleNamespace()),
        ("transformers.utils", SimpleNamespace(logging=quiet)),
    ):
        monkeypatch.setitem(sys.modules, name, stub)
    models = opened()
    with pytest.raises(ConfigurationError) as raised:
        load_embedder("primary", models.client)
    assert "answers questions" in raised.value.message and "embedding, languages" in raised.value.remedy
    with pytest.raises(ConfigurationError) as raised:
        load_embedder("embeding", models.client).embed(["text"])
    assert "'embeding'" in raised.value.message and "embedding, languages" in raised.value.remedy


def test_neither_sdk_nor_price_list_is_loaded_before_a_text_is_embedded(opened: Open) -> None:
    models = opened()
    code = (
        "import sys, pathlib\n"
        "from radar_pipeline.retrieval import embedder\n"
        "assert not [m for m in sys.modules if m.startswith('radar_pipeline.llm')], 'the model layer'\n"
        "from radar_pipeline.llm.catalog import load_catalog\n"
        "from radar_pipeline.llm.client import ModelClient\n"
        "from radar_pipeline.settings import Settings\n"
        "from radar_pipeline.storage.operations import Operations\n"
        "catalog = load_catalog(pathlib.Path(sys.argv[1]))\n"
        "client = ModelClient(Settings(), catalog, Operations('sqlite://'))\n"
        "for name in ('embedding', 'languages'):\n"
        "    embedder.bound(embedder.load_embedder(name, client), 'acme').identity\n"
        "heavy = {'openai', 'cohere', 'anthropic', 'genai_prices', 'sentence_transformers', 'torch'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(models.folder / "models.yaml")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-1500:]


# ── Its vectors ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", SERVICES)
def test_rows_are_the_services_vectors_normalised_in_the_order_of_the_texts(opened: Open, name: str) -> None:
    models = opened(faults=[Fault.SHUFFLED_VECTORS])
    rows = embedder(models, name).embed(TEXTS)
    assert rows.dtype == np.float32 and rows.shape == (3, 8)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(rows, [served.embed(text, 8) for text in TEXTS], atol=1e-6)


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("fault", [Fault.MISSING_VECTOR, Fault.WRONG_DIMENSIONS])
def test_vectors_that_do_not_fit_are_an_error_that_says_what_to_mend(
    opened: Open, fault: Fault, name: str
) -> None:
    made = embedder(opened(faults=[fault]), name)
    with pytest.raises(ModelCallError) as raised:
        made.embed(TEXTS)
    assert raised.value.error_class is ErrorClass.INVALID_ANSWER and "dimensions" in raised.value.remedy


NUMBERS = [1.0] * 8


@pytest.mark.parametrize(
    "rows",
    [
        [(0, NUMBERS), (0, NUMBERS)],  # two vectors of one text
        [(0, NUMBERS), (None, NUMBERS)],
        [(1, NUMBERS), (2, NUMBERS)],
        [(0, NUMBERS), (1, NUMBERS), (2, NUMBERS)],
        [(0, NUMBERS), (1, [float("nan"), *NUMBERS[1:]])],
        [(0, NUMBERS), (1, [float("inf"), *NUMBERS[1:]])],
        [(0, NUMBERS), (1, ["1", *NUMBERS[1:]])],
    ],
)
def test_an_index_that_is_not_the_texts_or_a_number_that_is_none_is_an_error(
    opened: Open, monkeypatch: pytest.MonkeyPatch, rows: list[tuple[int | None, list[Any]]]
) -> None:
    body = {"data": [{"index": i, "embedding": v} for i, v in rows], "usage": {"prompt_tokens": 1}}
    monkeypatch.setattr(
        "radar_pipeline.llm.fake.openai_bodies.embeddings", lambda r, f: (body, Usage(input_tokens=1))
    )
    with pytest.raises(ModelCallError) as raised:
        embedder(opened()).embed(TEXTS[:2])
    assert raised.value.error_class is ErrorClass.INVALID_ANSWER


@pytest.mark.parametrize(
    "vectors", [[[0.0] * 8], [[float("nan")] * 8], [[1e200] * 8], [[1.0] * 7], [[1.0] * 8] * 2, []]
)
def test_whatever_a_client_hands_over_only_a_direction_becomes_a_row(
    opened: Open, vectors: list[list[float]]
) -> None:
    models = opened()

    class Client:
        def embed(self, *_: Any, **__: Any) -> Embedded:
            return Embedded(tuple(map(tuple, vectors)), Usage(input_tokens=1), Decimal(0), "openai/m")

    made = ApiEmbedder(Client(), models.catalog.embedder("embedding"))  # type: ignore[arg-type]
    with pytest.raises(ModelCallError):
        made.embed(["text"])


def test_an_empty_text_is_near_nothing_and_is_not_sent(opened: Open) -> None:
    models = opened()
    made = embedder(models)
    rows = made.embed(["", TEXTS[0], " \n"])
    assert not rows[0].any() and not rows[2].any()
    assert requests(models)[0].inputs == (TEXTS[0],)
    assert made.embed([]).shape == (0, 8) and made.embed([" "]).shape == (1, 8)
    assert len(models.server.books) == 1


def test_no_text_is_sent_that_the_model_might_not_read_to_the_end(opened: Open) -> None:
    def edit(body: dict[str, Any]) -> None:
        body["deployments"]["embedding"]["context_tokens"] = 24

    models = opened(edit=edit)
    long = "ทดสอบระบบ " * 5 + "Backups are tested \ud800 every quarter."
    row = embedder(models).embed(["Short.", long])[1]
    sent = requests(models)[0].inputs
    assert sent[0] == "Short." and len(sent) > 5
    assert max(len(piece.encode()) for piece in sent) <= 24
    assert "".join(sent[1:]) == long.replace("\ud800", "?")
    mean = np.sum([served.embed(piece, 8) for piece in sent[1:]], axis=0)
    np.testing.assert_allclose(row, mean / np.linalg.norm(mean), atol=1e-6)


def test_cohere_is_told_what_is_searched_with_and_such_vectors_are_kept_apart(opened: Open) -> None:
    models = opened()
    found, asked = embedder(models, "languages"), embedder(models, "languages", query=True)
    found.embed(TEXTS[:1])
    asked.embed(TEXTS[:1])
    kinds = [r.body["input_type"] for r in requests(models)]
    assert kinds == ["search_document", "search_query"] and found.identity != asked.identity
    # OpenAI embeds both alike: there a text that is both is paid for once.
    assert embedder(models).identity == embedder(models, query=True).identity


def test_search_over_its_vectors_is_exact(opened: Open, tmp_path: Path) -> None:
    models = opened()
    words = (
        "backup test quarter",
        "pilot licence night",
        "visitor log desk",
        "key encrypt rest",
        "soup bread",
    )
    texts = [f"{a} {b}." for a in words for b in words if a != b]
    passages = [_passage(text) for text in texts]
    wanted = [_requirement(n, text) for n, text in enumerate(words)]
    vectors = RequirementVectors(tmp_path / "portfolio", load_embedder("embedding", models.client))
    vectors.prepare(wanted)
    corpus = Corpus(passages, embedder(models).embed([p.embedding_text for p in passages]))
    truth = np.array([served.embed(p.embedding_text, 8) for p in passages])
    for requirement, scores in zip(
        wanted, corpus.scores(wanted, [vectors.of(r) for r in wanted]), strict=True
    ):
        exact = truth @ np.array([served.embed(text, 8) for text in requirement.queries]).T
        exact[:, 1:] *= 0.9
        np.testing.assert_allclose(scores.dense, exact.max(axis=1), atol=1e-5)
    assert {row.tenant_id for row in models.ledger() if row.feature == "embed"} == {"", "acme"}


def _passage(text: str) -> Passage:
    return Passage(text, "d", "v", 0, len(text), text, (), 0, Kind.POLICY, Status.APPROVED, ())


def _requirement(number: int, text: str) -> Requirement:
    return Requirement(f"r:{number}", "r", str(number), text, f"{text}.", "", 1, "", ())
