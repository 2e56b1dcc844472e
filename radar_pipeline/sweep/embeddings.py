"""Stage ``embeddings``: every distinct text is embedded once, and kept.

Beside the tenant's passages, what is searched with: requirements, which all tenants share, and the
tenant's questions. So a service that fails, fails here.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from radar_pipeline.ingest import tokens
from radar_pipeline.ingest.windows import windows
from radar_pipeline.models import Passage, Requirement
from radar_pipeline.retrieval.embedder import Billed, Embedder, bound, spent_usd
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.sweep import keys
from radar_pipeline.sweep.documents import Progress
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import Stage, StageProgress
from radar_pipeline.sweep.plan import Plan, scope_of

BATCH = 256  # texts per commit: what a kill can make us embed twice
EMBEDDERS = "SELECT DISTINCT embedder FROM assessments WHERE embedder IS NOT NULL"

Matrix = NDArray[np.float32]


def embed_tenant(
    environment: Environment,
    plan: Plan,
    store: TenantStore,
    passages: Iterable[Passage],
    vectors: "RequirementVectors",
) -> Progress:
    """Give every text a vector that has none. The counts tell the money spent, also for what is shared.

    Raises ModelCallError where the embedder is a service that fails; what is embedded by then stays.
    """
    slug = plan.tenant.slug
    embedder = environment.embedder_for(plan.tenant)
    texts = passage_texts(passages)
    wanted = missing(store, embedder, texts)
    before = _earlier_embedders(environment, plan) if wanted else ""
    if before:
        note = _about(embedder, before, [texts[h] for h in wanted])
        yield StageProgress(slug, Stage.EMBEDDINGS, 0, len(wanted), note)
    for done in _embed(store, embedder, texts, wanted):
        yield StageProgress(slug, Stage.EMBEDDINGS, done, len(wanted))
    asking = environment.embedder_for(plan.tenant, query=True)
    questions = {keys.text_hash(q.text): q.text for q in plan.tenant.questions}
    queries = _exhaust(embed_missing(store, asking, questions))
    shared = vectors.spent_usd
    for framework_id in plan.due:
        scope = scope_of(plan.tenant, framework_id)
        requirements = plan.frameworks[framework_id].requirements
        queries += vectors.prepare(r for r in requirements if r.ref not in scope.not_applicable)
    spent = spent_usd(embedder) + spent_usd(asking) + vectors.spent_usd - shared
    return {
        "texts": len(texts),
        "embedded": len(wanted),
        "queries_embedded": queries,
        "embedding_cost_usd": round(float(spent), 6),
        "embedder": embedder.identity,
        **({"embedder_before": before} if before else {}),
    }


def missing(store: TenantStore, embedder: Embedder, texts: Mapping[str, str]) -> list[str]:
    """Hashes of those ``texts`` (by hash) that have no vector of this embedder yet.

    Longest first, so that a text is batched with others of its length and little is padded.
    """
    if not texts:
        return []
    present = store.vectors(keys.model_hash(embedder.identity), sorted(texts)).keys()
    return sorted((h for h in texts if h not in present), key=lambda h: (-len(texts[h]), h))


def embed_missing(
    store: TenantStore, embedder: Embedder, texts: Mapping[str, str]
) -> Generator[tuple[int, int], None, int]:
    """Embed those of ``texts`` (by hash) that have no vector yet; yields (done, total).

    The model is not even loaded when nothing is missing.
    """
    wanted = missing(store, embedder, texts)
    for done in _embed(store, embedder, texts, wanted):
        yield done, len(wanted)
    return len(wanted)


def _embed(
    store: TenantStore, embedder: Embedder, texts: Mapping[str, str], wanted: Sequence[str]
) -> Generator[int, None, None]:
    """Batch by batch, each kept before the next is begun, or paid for; yields how many are done."""
    model = keys.model_hash(embedder.identity)
    size = min(BATCH, embedder.at_once) if isinstance(embedder, Billed) else BATCH
    for start in range(0, len(wanted), size):
        batch = wanted[start : start + size]
        store.put_vectors(model, batch, embedder.embed([texts[h] for h in batch]))
        yield start + len(batch)


def _earlier_embedders(environment: Environment, plan: Plan) -> str:
    """The embedders that what is published was searched with, if it was with others."""
    if plan.published is None:
        return ""
    home = environment.tenant_home(plan.tenant.slug)
    _, rows = warehouse.query(EMBEDDERS, home, environment.settings.portfolio)
    found = {str(row[0]) for row in rows}
    return "" if environment.embedder.identity in found else ", ".join(sorted(found))


def _about(embedder: Embedder, before: str, texts: Sequence[str]) -> str:
    """What a person is told before texts are embedded anew, and where it costs money, how much."""
    changed = f"the embedder changed from {before} to {embedder.identity}"
    note = f"{changed}: {len(texts):,} texts are embedded anew"
    if isinstance(embedder, Billed):
        usd = embedder.estimate_usd(texts)
        note += f", for about ${usd:,.2f}" if usd >= Decimal("0.01") else ", for under $0.01"
    return note


def passage_texts(passages: Iterable[Passage]) -> dict[str, str]:
    """What is embedded of each passage, by text hash."""
    return {keys.text_hash(text): text for text in (p.embedding_text for p in passages)}


def vectors_of(store: TenantStore, embedder: Embedder, texts: Sequence[str]) -> Matrix:
    """One row per text; every text must have been embedded."""
    hashes = [keys.text_hash(text) for text in texts]
    found = store.vectors(keys.model_hash(embedder.identity), sorted(set(hashes)))
    if not hashes:
        return np.zeros((0, 0), dtype=np.float32)
    return np.stack([found[h] for h in hashes])


class RequirementVectors:
    """Vectors of requirements' queries: no tenant's text, so they are shared by all tenants.

    The shared table has one writer at a time, held by a file lock.
    """

    def __init__(self, portfolio: Path, embedder: Embedder) -> None:
        self._folder = portfolio / "work"
        self._embedder = bound(embedder, "", query=True)
        self._known: dict[str, Matrix] = {}

    @property
    def spent_usd(self) -> Decimal:
        """What these vectors have cost in this process."""
        return spent_usd(self._embedder)

    def prepare(self, requirements: Iterable[Requirement]) -> int:
        """Make the vectors of these requirements available; returns how many texts were embedded."""
        queries = {r.content_hash: r.queries for r in requirements}
        wanted = {h: q for h, q in queries.items() if h not in self._known}
        if not wanted:
            return 0
        room = self._embedder.max_tokens - tokens.SPECIAL_TOKENS
        pieces = {t: windows(t, room) for texts in wanted.values() for t in texts}
        texts = {keys.text_hash(w): w for cut in pieces.values() for w in cut}
        self._folder.mkdir(parents=True, exist_ok=True)
        store = TenantStore(self._folder / "lance")
        with FileLock(self._folder / "vectors.lock"):
            embedded = _exhaust(embed_missing(store, self._embedder, texts))
        found = store.vectors(keys.model_hash(self._embedder.identity), sorted(texts))
        for content_hash, query_texts in wanted.items():
            self._known[content_hash] = np.stack(
                [_mean([found[keys.text_hash(w)] for w in pieces[t]]) for t in query_texts]
            )
        return embedded

    def of(self, requirement: Requirement) -> Matrix:
        """One row per text of ``requirement.queries``; ``prepare`` must have seen it."""
        return self._known[requirement.content_hash]


def _mean(rows: Sequence[Matrix]) -> Matrix:
    """The direction of a text that the model reads in several windows: it would cut off the rest."""
    if len(rows) == 1:
        return rows[0]
    total = np.sum(rows, axis=0, dtype=np.float32)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), dtype=np.float32)


def _exhaust(steps: Generator[tuple[int, int], None, int]) -> int:
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return int(stop.value)
