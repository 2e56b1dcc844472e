"""A sweep whose embedder is a service: whose texts go together, what is paid, what survives a failure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from radar_pipeline.console import checkup, terminal
from radar_pipeline.llm import prices
from radar_pipeline.llm.catalog import load_catalog
from radar_pipeline.llm.fake import Entry, FakeServer
from radar_pipeline.llm.fake import vectors as served
from radar_pipeline.storage.operations.records import CallRecord
from radar_pipeline.sweep.events import Stage, StageProgress, StageStarted
from tests.support.modelling import KEYS
from tests.support.paying import Paying, notes
from tests.support.world import POLICY, UNRELATED, Swept

QUESTION = "Who signs the notice of a breach?"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paying:
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
    return Paying(tmp_path / "data", tmp_path / "store")


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


# ── Three nights of two tenants, embedded by Cohere ───────────────────────────────────────────


@dataclass(frozen=True)
class Nights:
    """What two tenants' nights left: the first, an unchanged one, one with a new document."""

    world: Paying
    first: Swept
    unchanged: Swept
    added: Swept
    books: tuple[tuple[Entry, ...], ...]  # by night
    ledger: list[CallRecord]  # of the first
    texts: Mapping[str, list[str]]  # of the first, by tenant
    requirements: list[str]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    folder = tmp_path_factory.mktemp("nights")
    world = Paying(folder / "data", folder / "store")
    world.using = "languages"
    with FakeServer() as server, pytest.MonkeyPatch.context() as patch:
        for name, key in KEYS.items():
            patch.setenv(name, key)
        world.at(server)
        (world.data / "plans.yaml").write_text("plans:\n  none: {queries: 0, models: full}\n")
        for slug, more in (("acme", {"questions": [QUESTION]}), ("beta", {})):
            policy = POLICY.replace("The firm", f"The firm {slug}").replace("All", f"All {slug}")
            world.tenant(slug, {"policy.md": policy}, plan="none", **more)
        first, ends = world.night(), [0, len(server.books)]
        ledger, texts = world.ledger(), {s: world.texts(s) for s in ("acme", "beta")}
        unchanged = world.night()
        ends.append(len(server.books))
        world.write("acme", "menu.md", UNRELATED)
        added = world.embed()
        ends.append(len(server.books))
        books = tuple(server.books[a:b] for a, b in pairwise(ends))
        requirements = [t for r in world.environment().framework("rules").requirements for t in r.queries]
        yield Nights(world, first, unchanged, added, books, ledger, texts, requirements)


def test_no_request_holds_texts_of_two_and_each_is_in_the_ledger_under_whose_it_was(nights: Nights) -> None:
    assert nights.first.state == "succeeded"
    groups = [*nights.texts.values(), [QUESTION], nights.requirements]
    owners = [
        [n for n, group in enumerate(groups) if set(entry.request.inputs) <= set(group)]
        for entry in nights.books[0]
    ]
    assert sorted(owners) == [[0], [1], [2], [3]]  # requirements once for all tenants
    assert Counter(r.tenant_id for r in nights.ledger) == {"acme": 2, "beta": 1, "": 1}
    assert {(r.feature, r.provider, r.model) for r in nights.ledger} == {("embed", "cohere", "embed-v4.0")}


def test_the_ledger_the_stages_and_the_total_tell_what_the_server_billed(nights: Nights) -> None:
    deployment = load_catalog(nights.world.data / "models.yaml").embedder("languages")
    billed = sum(prices.cost(deployment, entry.usage) for entry in nights.books[0])
    assert sum(r.cost_usd for r in nights.ledger) == billed > 0
    told = [nights.first.counts(s, "embeddings")["embedding_cost_usd"] for s in ("acme", "beta")]
    assert sum(told) == pytest.approx(float(billed), abs=2e-6)
    assert nights.first.totals["embedding_cost_usd"] == pytest.approx(float(billed), abs=2e-6)


def test_embedding_is_no_query_of_the_plan(nights: Nights) -> None:
    assert {r.queries for r in nights.ledger} == {0} and not nights.first.failures  # a plan of no queries


def test_what_is_stored_is_the_services_vector_of_each_text(nights: Nights) -> None:
    environment = nights.world.environment()
    for slug, texts in nights.texts.items():
        found = nights.world.vectors(slug, environment.embedder.identity, texts)
        assert len(found) == len(texts) > 1
        for text, vector in found.items():
            np.testing.assert_allclose(vector, served.embed(text, 8), atol=1e-6)
    rows = nights.world.report("acme")["assessments"]
    assert {r["embedder"] for r in rows} == {environment.embedder.identity}


def test_questions_are_sent_under_the_tenants_name_as_what_is_searched_with(nights: Nights) -> None:
    kinds = {entry.request.inputs: entry.request.body["input_type"] for entry in nights.books[0]}
    assert kinds[QUESTION,] == "search_query"
    assert Counter(kinds.values()) == {"search_document": 2, "search_query": 2}
    assert nights.first.counts("acme", "embeddings")["queries_embedded"] == 1 + len(set(nights.requirements))
    assert nights.first.counts("beta", "embeddings")["queries_embedded"] == 0


def test_an_unchanged_night_asks_nobody_and_a_new_document_sends_its_own_texts_alone(nights: Nights) -> None:
    assert nights.unchanged.totals["unchanged"] == 2 and not nights.books[1]
    (entry,) = nights.books[2]
    sent = " ".join(entry.request.inputs)
    assert len(entry.request.inputs) == nights.added.counts("acme", "embeddings")["embedded"]
    assert "soup" in sent and "regulator" not in sent and not notes(nights.added)


# ── A change of the embedder ──────────────────────────────────────────────────────────────────


def test_a_change_embeds_all_anew_says_so_before_mixes_nothing_and_drops_the_old_ones_in_time(
    world: Paying, server: FakeServer
) -> None:
    world.at(server)
    world.using = "hashing"
    world.tenant("acme", questions=[QUESTION])
    first = world.night()
    assert not notes(first) and not server.books
    assert first.counts("acme", "embeddings")["embedding_cost_usd"] == 0

    world.using = "languages"
    swept = world.night()
    texts, identity = world.texts("acme"), world.environment().embedder.identity
    counts = swept.counts("acme", "embeddings")
    assert counts["embedded"] == counts["texts"] == len(texts)
    assert (counts["embedder_before"], counts["embedder"]) == ("hashing@1", identity)
    assert swept.counts("acme", "chunks")["documents_cut"] == 0
    told = next(e for e in swept.events if isinstance(e, StageProgress) and e.stage is Stage.EMBEDDINGS)
    assert (told.done, notes(swept)) == (0, [told.note])
    assert told.note == (
        f"the embedder changed from hashing@1 to {identity}: {len(texts)} texts are embedded anew, "
        "for under $0.01"
    )
    causes = {c for r in world.report("acme")["verdict_changes"] for c in r["causes"]}
    assert "embedder" in causes
    for row in world.report("acme")["assessments"]:
        assert row["embedder"] == identity and identity in row["judge_model"]

    def longer(body: dict[str, Any]) -> None:
        body["deployments"]["languages"]["dimensions"] = 16

    world.at(server, longer)
    assert world.embed().counts("acme", "embeddings")["embedded"] == len(texts)
    world.at(server)
    for name, length in (("hashing@1", 256), (identity, 8), (identity.replace(":8", ":16"), 16)):
        found = world.vectors("acme", name, texts)
        assert {len(v) for v in found.values()} == {length} and len(found) == len(texts)
    world.using = "hashing"
    back = world.embed()
    assert back.counts("acme", "embeddings")["embedded"] == 0 and not notes(back)

    world.using = "languages"
    world.write("acme", "menu.md", UNRELATED)
    later = datetime.now(UTC) + timedelta(days=98)
    world.night(change=lambda e: replace(e, clock=lambda: later))
    assert not world.vectors("acme", "hashing@1", texts)
    assert len(world.vectors("acme", identity, texts)) == len(texts)
    assert world.vectors("acme", f"{identity}.query", [QUESTION])


def test_the_terminal_shows_the_change() -> None:
    console = Console(file=StringIO(), record=True, width=200)
    with terminal.SweepProgress(console) as progress:
        progress.show(StageStarted("acme", Stage.EMBEDDINGS))
        progress.show(StageProgress("acme", Stage.EMBEDDINGS, 0, 5, "the embedder changed from a to b"))
    assert "acme: the embedder changed from a to b" in console.export_text()


# ── Before the night ──────────────────────────────────────────────────────────────────────────


def test_the_doctor_looks_at_key_price_and_name_and_spends_nothing(
    world: Paying, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def edit(body: dict[str, Any]) -> None:
        body["deployments"]["unpriced"] = body["deployments"]["embedding"] | {"model": "nobody-knows-1"}

    world.at(server, edit)
    world.tenant("acme")

    def found(name: str) -> checkup.Check:
        world.using = name
        return next(c for c in checkup.run(world.settings()) if c.name == "embedding model")

    assert not found("embedding").problem and not found("languages").problem
    assert "unpriced" in found("unpriced").remedy and "answers questions" in found("primary").problem
    monkeypatch.delenv("OPENAI_API_KEY")
    assert "OPENAI_API_KEY" in found("embedding").remedy and not found("languages").problem
    assert not server.books
