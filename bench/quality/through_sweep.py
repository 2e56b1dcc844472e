"""A labelled set through the real sweep: each document its own tenant, the requirements a framework."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.quality.labelled import Label, LabelledSet
from bench.quality.metrics import Outcome, recalled
from radar_pipeline import ids
from radar_pipeline.judge.local import LocalJudge
from radar_pipeline.models import Framework, FrameworkScope, Passage, Tenant, Verdict
from radar_pipeline.retrieval.embedder import load_embedder
from radar_pipeline.settings import Settings
from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.storage.warehouse import TenantReport
from radar_pipeline.sweep import events
from radar_pipeline.sweep.environment import Environment, SweepRequest
from radar_pipeline.sweep.runner import sweep

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep said about a labelled set, and how long it took."""

    outcomes: list[Outcome]
    cosines: list[float]  # per outcome: the nearest passage's cosine, for the baseline
    seconds: float
    failed: tuple[str, ...]


def sweep_set(labelled: LabelledSet, home: Path, tell: Callable[[str], None] = lambda _: None) -> Swept:
    """Sweep every document of the set under ``home`` and read back what was published."""
    slugs = {ref: f"doc-{ids.digest(ref, length=12)}" for ref in labelled.documents}
    environment = _environment(labelled, home, slugs)
    started = time.perf_counter()
    failed = []
    for event in sweep(SweepRequest(trigger="bench"), environment):
        if isinstance(event, events.TenantPublished | events.TenantUnchanged):
            tell(event.tenant)
        elif isinstance(event, events.TenantFailed):
            failed.append(event.tenant)
    seconds = time.perf_counter() - started
    swept = Swept([], [], seconds, tuple(failed))
    for document_id, slug in slugs.items():
        labels = [x for x in labelled.labels if x.document_id == document_id]
        if slug not in failed:
            _read_back(environment.tenant_home(slug), labelled.name, labels, swept)
    return swept


def _environment(labelled: LabelledSet, home: Path, slugs: dict[str, str]) -> Environment:
    framework_id = f"bench-{labelled.name}"
    requirements = tuple(labelled.requirements.values())
    framework = Framework(labelled.name, framework_id, "1", "labelled set", requirements)
    settings = Settings(home=home / "store", operations_url="")
    embedder = load_embedder(settings.embedder)
    tenants = []
    for document_id, slug in sorted(slugs.items(), key=lambda item: item[1]):
        folder = home / "documents" / slug
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{slug}.txt"
        if not target.exists():
            shutil.copyfile(labelled.documents[document_id], target)
        tenants.append(Tenant(slug, slug, folder, (FrameworkScope(labelled.name),)))
    return Environment(
        settings=settings,
        operations=Operations(settings.operations),
        embedder=embedder,
        judge=LocalJudge(embedder.identity),
        tenants=tuple(tenants),
        framework=lambda _: framework,
    )


def _read_back(tenant_home: Path, framework_id: str, labels: list[Label], swept: Swept) -> None:
    report = TenantReport.current(tenant_home / "published")
    rows = {r["requirement_id"]: r for r in report["assessments"]}
    dense: dict[str, float] = {}
    for row in report["search_results"]:
        dense[row["requirement_id"]] = max(dense.get(row["requirement_id"], 0.0), float(row["dense"]))
    store = TenantStore(tenant_home / "work" / "lance")
    passages = {p.passage_hash: p for p in store.passages(store.stored_versions())}
    judgements = store.judgements({r["judgement_key"] for r in rows.values()})
    for label in labels:
        row = rows[ids.requirement_id(framework_id, label.ref)]
        judgement = judgements.get(row["judgement_key"])
        ranking = judgement.ranking if judgement is not None else tuple(row["candidates"] or ())
        swept.outcomes.append(_outcome(label, row, [passages[h] for h in ranking if h in passages]))
        swept.cosines.append(dense.get(row["requirement_id"], 0.0))


def _outcome(label: Label, row: Row, ranked: list[Passage]) -> Outcome:
    return Outcome(
        document_id=label.document_id,
        ref=label.ref,
        truth=label.verdict,
        verdict=Verdict(row["verdict"]),
        confidence=float(row["confidence"]),
        absent=float(row["p_not_addressed"]),
        found=recalled(label.evidence, [(p.start, p.end) for p in ranked]),
        wanted=len(label.evidence),
    )


def baseline(swept: Swept) -> list[Outcome]:
    """The cosine threshold as a judge: for each requirement the threshold that is best for macro-F1
    on all *other* requirements decides between ``covered`` and ``not_addressed``."""
    cosines = np.array(swept.cosines)
    refs = np.array([o.ref for o in swept.outcomes])
    absent = np.array([o.truth is Verdict.NOT_ADDRESSED for o in swept.outcomes])
    grid = np.unique(np.quantile(cosines, np.linspace(0.02, 0.98, 49)))
    result = {}
    for ref in sorted(set(refs)):
        others = refs != ref
        best = max(grid, key=lambda t: _two_way_f1(absent[others], cosines[others] < t))
        for n in np.flatnonzero(refs == ref):
            said = Verdict.NOT_ADDRESSED if cosines[n] < best else Verdict.COVERED
            o = swept.outcomes[n]
            result[int(n)] = Outcome(o.document_id, o.ref, o.truth, said, 0.0, 1.0 - float(cosines[n]), {}, 0)
    return [result[n] for n in range(len(swept.outcomes))]


def _two_way_f1(
    truth: "np.ndarray[Any, np.dtype[np.bool_]]", said: "np.ndarray[Any, np.dtype[np.bool_]]"
) -> float:
    total = 0.0
    for t, s in ((truth, said), (~truth, ~said)):
        total += 2.0 * float((t & s).sum()) / max(float(t.sum() + s.sum()), 1.0)
    return total / 2.0
