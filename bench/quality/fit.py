"""Fit the local judge's coefficients: ``python -m bench.quality.fit --data $RADAR_BENCH_DATA``.

Four small ridge-regularised logistic models, each on what the one before leaves it:

1. passage: is this candidate (a piece of) the evidence? General features, and a diagonal metric
   over the embedding's dimensions under much stronger regularisation.
2. element: the same from an element's few features.
3. question: is the requirement not addressed at all?
4. stance: given that it is addressed, is it contradicted?

Models 3 and 4 are fitted on outputs of model 1 for requirements and documents that model 1 has not
seen (nested cross-fitting), and their Platt calibration likewise. Printed are the figures for
requirements *and* documents left out together; ``--documents-only`` prints those for documents alone.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.quality.labelled import read_set
from bench.quality.logistic import logistic, platt, signed
from bench.quality.metrics import Outcome, figures, recalled
from bench.quality.pairs import PairQuestion, pair_questions
from bench.quality.questions import Asked, VectorCache, ask
from radar_pipeline.judge.coefficients import Coefficients, Linear, load, parse
from radar_pipeline.judge.features import ELEMENT_FEATURES, PASSAGE_FEATURES, QUESTION_FEATURES, Reader, look
from radar_pipeline.judge.local import LocalJudge
from radar_pipeline.judge.reading import terms
from radar_pipeline.judge.stance import STANCE_FEATURES
from radar_pipeline.judge.view import View, open_view, plain_rows
from radar_pipeline.models import Judgement, Verdict
from radar_pipeline.retrieval.embedder import PACKAGED, load_embedder

Array = NDArray[np.float64]
Fold = tuple[int, int]  # of the requirement, of the document
TARGET = Path(__file__).resolve().parents[2] / "radar_pipeline" / "judge" / "coefficients.json"
SETS = ("contractnli", "cuad")
RIDGE = {"passage": 30.0, "vector": 3000.0, "element": 30.0, "question": 100.0, "stance": 20.0}
STANCE_SIGNS = "+-++-++-+-0"  # per STANCE_FEATURES
PAIR_WEIGHT = 20.0  # of one pair question, in questions of the contract sets
FOLDS, HALVES = 6, 2


@dataclass(frozen=True)
class Row:
    """A labelled question with everything that does not depend on coefficients."""

    asked: Asked
    view: View
    hits: NDArray[np.bool_]
    element: Array  # candidates × ELEMENT_FEATURES, the whole text taken as one element
    short: Array  # the same with the title, because elements are shorter than requirements
    vectors: NDArray[np.float32]  # candidates × 2·dimensions
    fold: Fold


def fit_passage(rows: Sequence[Row], base: Coefficients, pairs: Sequence[PairQuestion] = ()) -> Coefficients:
    """Models 1 and 2 on ``rows``."""
    y = np.concatenate([r.hits for r in rows]).astype(float)
    plain = np.vstack([r.view.matrix for r in rows])
    vectors = np.vstack([r.vectors for r in rows]).astype(np.float64)
    size = vectors.shape[1] // 2
    ridge = np.r_[np.full(plain.shape[1], RIDGE["passage"]), np.full(2 * size, RIDGE["vector"])]
    both = logistic(np.hstack([plain, vectors]), y, ridge)
    split = plain.shape[1]
    element = np.vstack([r.element for r in rows] + [r.short for r in rows] + [p.rows for p in pairs])
    hits = np.concatenate([y, y, *(p.hits.astype(float) for p in pairs)])
    share = np.r_[np.full(2 * len(y), 0.5), np.full(len(hits) - 2 * len(y), 0.5 * PAIR_WEIGHT)]
    return replace(
        base,
        passage=Linear(both.weights[:split], both.intercept),
        product=both.weights[split : split + size],
        distance=both.weights[split + size :],
        element=logistic(element, hits, np.full(element.shape[1], RIDGE["element"]), share),
    )


def rescore(rows: Sequence[Row], numbers: Coefficients) -> list[View]:
    """The rows' views under other coefficients."""
    views = []
    for row in rows:
        view = open_view(row.asked.question, numbers, own_embedder=True)
        assert view is not None
        views.append(view)
    return views


def fit_heads(rows: Sequence[Row], views: Sequence[View], base: Coefficients) -> Coefficients:
    """Models 3 and 4 on views that model 1 scored without having seen them."""
    absent = np.array([r.asked.label.verdict is Verdict.NOT_ADDRESSED for r in rows])
    against = np.array([r.asked.label.verdict is Verdict.CONTRADICTED for r in rows])
    q = np.array([v.question_row() for v in views])
    s = np.array([v.stance_row() for v in views])
    share = _balance(rows)
    addressed = ~absent & _tells(rows)
    return replace(
        base,
        question=signed(q, absent.astype(float), RIDGE["question"], "---", share),
        stance=signed(
            s[addressed],
            against[addressed].astype(float),
            RIDGE["stance"],
            STANCE_SIGNS,
            np.ones(int(addressed.sum())),
        ),
    )


def _balance(rows: Sequence[Row]) -> Array:
    """Each set counts the same, however many labels it has."""
    names = [r.asked.set_name for r in rows]
    counts = {n: names.count(n) for n in set(names)}
    return np.array([len(rows) / (len(counts) * counts[n]) for n in names])


def _tells(rows: Sequence[Row]) -> NDArray[np.bool_]:
    """Rows of sets that know contradictions at all."""
    knowing = {r.asked.set_name for r in rows if r.asked.label.verdict is Verdict.CONTRADICTED}
    return np.array([r.asked.set_name in knowing for r in rows])


def cross_fit(
    rows: Sequence[Row], base: Coefficients, pairs: Sequence[PairQuestion] = ()
) -> tuple[dict[Fold, Coefficients], list[View]]:
    """Per fold, model 1 and 2 that saw neither its requirements nor its documents; and every row's
    view under the models of its own fold."""
    models: dict[Fold, Coefficients] = {}
    views: dict[int, View] = {}
    for f, g in sorted({r.fold for r in rows}):
        models[f, g] = fit_passage([r for r in rows if r.fold[0] != f and r.fold[1] != g], base, pairs)
        test = [n for n, r in enumerate(rows) if r.fold == (f, g)]
        views |= dict(zip(test, rescore([rows[n] for n in test], models[f, g]), strict=True))
    return models, [views[n] for n in range(len(rows))]


def calibrate(
    rows: Sequence[Row], logits: Array, numbers: Coefficients, pairs: Sequence[PairQuestion]
) -> Coefficients:
    """Platt scaling of models 3 and 4 on cross-fitted ``logits`` (one column each), of model 2 on pairs."""
    absent = np.array([r.asked.label.verdict is Verdict.NOT_ADDRESSED for r in rows])
    against = np.array([r.asked.label.verdict is Verdict.CONTRADICTED for r in rows])
    addressed = ~absent & _tells(rows)
    share = _balance(rows)
    calibration: dict[str, float] = {}
    for name, line in (
        ("question", platt(logits[:, 0], absent, share)),
        ("stance", platt(logits[addressed, 1], against[addressed], np.ones(int(addressed.sum())))),
        ("element", _platt_elements(numbers, pairs)),
    ):
        calibration[f"{name}_slope"], calibration[f"{name}_intercept"] = line
    return replace(numbers, calibration=calibration)


def _platt_elements(numbers: Coefficients, pairs: Sequence[PairQuestion]) -> tuple[float, float]:
    """Elements come with catalogs and are looked for in policies: calibrated on our own pairs only."""
    best = np.array([float(numbers.element.logit(p.rows).max()) for p in pairs])
    return platt(best, np.array([float(p.arranged) for p in pairs]), np.ones(len(pairs)))


def fit_all(
    rows: Sequence[Row], base: Coefficients, pairs: Sequence[PairQuestion]
) -> tuple[Coefficients, dict[Fold, Coefficients]]:
    """All models on all rows, and per fold those that left it out (requirements and documents)."""
    models, views = cross_fit(rows, base, pairs)
    logits = np.zeros((len(rows), 2))
    for fold, numbers in models.items():
        train = [n for n, r in enumerate(rows) if r.fold[0] != fold[0] and r.fold[1] != fold[1]]
        models[fold] = fit_heads([rows[n] for n in train], [views[n] for n in train], numbers)
        for n, row in enumerate(rows):
            if row.fold == fold:
                logits[n] = _logits(row, views[n], models[fold])
    for fold, numbers in models.items():
        train = [n for n, r in enumerate(rows) if r.fold[0] != fold[0] and r.fold[1] != fold[1]]
        models[fold] = calibrate([rows[n] for n in train], logits[train], numbers, pairs)
    final = fit_heads(rows, views, fit_passage(rows, base, pairs))
    return calibrate(rows, logits, final, pairs), models


def _logits(row: Row, view: View, numbers: Coefficients) -> tuple[float, float]:
    return (
        float(numbers.question.logit(view.question_row())),
        float(numbers.stance.logit(view.stance_row())),
    )


def held_out(rows: Sequence[Row], models: dict[Fold, Coefficients]) -> list[Outcome]:
    """What the judge says to each question with coefficients that left out its requirement and its
    document."""
    judges = {fold: LocalJudge(numbers.embedder, numbers) for fold, numbers in models.items()}
    return [outcome(row.asked, judges[row.fold].judge(row.asked.question)) for row in rows]


def outcome(asked: Asked, judgement: Judgement) -> Outcome:
    """A judgement beside its label."""
    spans = dict(zip((c.passage_hash for c in asked.question.candidates), asked.spans, strict=True))
    return Outcome(
        document_id=asked.label.document_id,
        ref=asked.label.ref,
        truth=asked.label.verdict,
        verdict=judgement.verdict,
        confidence=judgement.confidence,
        absent=judgement.scores[Verdict.NOT_ADDRESSED],
        found=recalled(asked.label.evidence, [spans[h] for h in judgement.ranking]),
        wanted=len(asked.label.evidence),
    )


def prepare(asked: Sequence[Asked], base: Coefficients, documents_only: bool = False) -> list[Row]:
    """Read every question once and deal it into folds by requirement and by document; with
    ``documents_only`` by document alone, so that requirements are seen and documents are not."""
    refs = sorted({(a.set_name, a.label.ref) for a in asked})
    documents = sorted({a.label.document_id for a in asked})
    by_ref = {r: n % FOLDS for n, r in enumerate(refs)}
    parts = 2 * HALVES if documents_only else HALVES
    by_document = {d: n % parts for n, d in enumerate(documents)}
    rows = []
    for a in asked:
        second = by_document[a.label.document_id]
        view = open_view(a.question, base, own_embedder=True)
        assert view is not None and a.question.query_vectors is not None
        query = a.question.query_vectors[0]
        v = np.stack([c.vector for c in a.question.candidates if c.vector is not None])
        element = plain_rows(view.requirement.text, view.readers, view.cosines[:, 0])
        title = look_all(view, a.question.requirement.title)
        short = plain_rows(a.question.requirement.title, title, (v @ a.title_vector).astype(np.float64))
        vectors = np.hstack([v * query, np.abs(v - query)]).astype(np.float32)
        rows.append(
            Row(
                a,
                view,
                a.hits,
                element,
                short,
                vectors,
                (second if documents_only else by_ref[a.set_name, a.label.ref], second),
            )
        )
    return rows


def look_all(view: View, text: str) -> tuple[Reader, ...]:
    """The view's candidates as read for another text."""
    wanted = terms(text)
    return tuple(look(wanted, c) for c in view.candidates)


def blank(embedder: str, dimensions: int = 384) -> Coefficients:
    """Coefficients of zeros, to begin from."""

    def zero(n: int) -> Linear:
        return Linear(np.zeros(n), 0.0)

    return Coefficients(
        version="blank",
        embedder=embedder,
        passage=Linear(np.r_[8.0, np.zeros(len(PASSAGE_FEATURES) - 1)], 0.0),
        product=np.zeros(dimensions),
        distance=np.zeros(dimensions),
        element=zero(len(ELEMENT_FEATURES)),
        question=zero(len(QUESTION_FEATURES)),
        stance=zero(len(STANCE_FEATURES)),
        calibration={},
        thresholds={
            "element": 0.45,
            "evidence_logit": -2.2,
            "abstain_margin": 0.02,
            "contradicted_weight": 2.5,
            "contradicted_floor": 0.2,
        },
    )


def as_json(numbers: Coefficients, provenance: str) -> str:
    """The file's text."""

    def part(names: Sequence[str], line: Linear) -> dict[str, object]:
        weights = {n: round(float(w), 4) for n, w in zip(names, line.weights, strict=True)}
        return {"intercept": round(line.intercept, 4), "weights": weights}

    table = {
        "about": "Coefficients of the local judge, written by `python -m bench.quality.fit`. Do not edit.",
        "provenance": provenance,
        "embedder": numbers.embedder,
        "thresholds": dict(numbers.thresholds),
        "calibration": {k: round(v, 4) for k, v in numbers.calibration.items()},
        "passage": part(PASSAGE_FEATURES, numbers.passage),
        "element": part(ELEMENT_FEATURES, numbers.element),
        "question": part(QUESTION_FEATURES, numbers.question),
        "stance": part(STANCE_FEATURES, numbers.stance),
        "product": [round(float(x), 3) for x in numbers.product],
        "distance": [round(float(x), 3) for x in numbers.distance],
    }
    return json.dumps(table, indent=1).replace(",\n  ", ", ").replace("[\n  ", "[") + "\n"


def gather(data: Path, cache: Path, limit: int | None, sets: Sequence[str]) -> tuple[list[Asked], str]:
    """All labelled questions of the sets, and the embedder's identity."""
    embedder = load_embedder(PACKAGED)
    asked: list[Asked] = []
    for name in sets:
        vectors = VectorCache(cache / f"vectors_{name}.npz", embedder)
        asked += ask(read_set(data / "coverage" / name, limit if name == "cuad" else None), vectors)
        vectors.save()
        print(f"{name}: {len(asked)} questions so far", file=sys.stderr)
    return asked, embedder.identity


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, default=os.environ.get("RADAR_BENCH_DATA"), required=False)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "radar-bench")
    parser.add_argument("--cuad-documents", type=int, default=60)
    parser.add_argument("--sets", nargs="+", default=list(SETS))
    parser.add_argument(
        "--documents-only", action="store_true", help="leave out documents, not requirements; write nothing"
    )
    parser.add_argument("--output", type=Path, default=TARGET)
    options = parser.parse_args()
    if options.data is None:
        sys.exit("No labelled data: set RADAR_BENCH_DATA or pass --data FOLDER.")
    options.cache.mkdir(parents=True, exist_ok=True)
    asked, embedder = gather(Path(options.data), options.cache, options.cuad_documents, options.sets)
    base = blank(embedder)
    rows = prepare(asked, base, options.documents_only)
    numbers, models = fit_all(
        rows, base, pair_questions(VectorCache(options.cache / "vectors_pairs.npz", load_embedder(PACKAGED)))
    )
    outcomes = held_out(rows, models)
    for name in options.sets:
        some = [o for o, r in zip(outcomes, rows, strict=True) if r.asked.set_name == name]
        print(name, json.dumps({k: round(v, 3) for k, v in figures(some).items()}, indent=1))
    if options.documents_only:
        return
    sets = ", ".join(f"{n} ({sum(r.asked.set_name == n for r in rows)} labels)" for n in options.sets)
    options.output.write_text(
        as_json(numbers, f"fitted on {sets}; ridge logistic, {FOLDS} requirement folds"), "utf-8"
    )
    load.cache_clear()
    parse(json.loads(options.output.read_text("utf-8")), "check")
    print(f"wrote {options.output}")


if __name__ == "__main__":
    main()
