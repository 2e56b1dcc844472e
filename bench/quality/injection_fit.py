"""Fit what makes a sentence suspicious: ``python -m bench.quality.injection_fit``.

A ridge logistic regression on texts of our own: the attacks that are not held out and those written for
the fit, against the benign sentences, the sample tenants' documents, the framework texts and the
project's own pages. Of an attack of several sentences only the most suspicious one counts as such, chosen
anew in each round (multiple instance learning, Andrews et al. 2002). Printed is what is recalled of
attacks, and of whole families, left out of the fit.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from bench.quality.injection import sample_paragraphs
from bench.quality.injection_made import made
from radar_pipeline.judge.injection_decode import decodings
from radar_pipeline.judge.injection_scoring import names, shapes, windows
from radar_pipeline.judge.injection_units import units
from radar_pipeline.judge.injection_words import hints, masks
from radar_pipeline.settings import PROJECT
from tests.support.attacks import BENIGN, FIT_ATTACKS, FIT_BENIGN, Attack, attacks

Array = NDArray[np.float64]
Small = tuple[dict[str, float], float]  # weights by name, threshold
TARGET = PROJECT / "radar_pipeline" / "judge" / "injection_weights.json"
ROUNDS = 3  # of choosing the sentence that stands for its attack
RIDGE, PAIR_RIDGE = 3.0, 15.0  # penalty of a feature, of a pair of hints
RARE = 3  # sentences; a feature of fewer is left out
ALONE, BESIDE = 0.0, -2.0  # log-odds from which a sentence is suspected, alone and beside another
PASSED = 0.02  # share of the fitted attacks that the gate may lose
ATTACK = 4.0  # weight of an attack, in ordinary sentences
FOLDS = 6
ALWAYS = -1  # group of what is in every fit
MADE = 1200  # attacks from the grammar, half as many as ordinary sentences from it


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence that speaks to nobody's machine, or an attack; ``group`` is left out as a whole."""

    windows: tuple[frozenset[str], ...]
    attack: bool
    group: int


def texts() -> list[Text]:
    """All texts of the fit."""
    said = [(_spoken(a), sum(map(ord, a.family))) for a in attacks() if not a.held_out]
    said += [(text, n) for n, text in enumerate(FIT_ATTACKS)]
    grammar, policy = made(MADE, 2 * MADE)
    plain = sorted({text[u.start : u.end] for text in _ordinary() for u in units(text)})
    return [
        *(Text(tuple(_windows(t)), True, group % FOLDS) for t, group in said),
        *(Text(tuple(_windows(t)), False, n % FOLDS) for n, t in enumerate(plain)),
        *(Text(tuple(_windows(t)), True, ALWAYS) for t in grammar),
        *(Text(tuple(_windows(t)), False, ALWAYS) for t in policy),
    ]


def _spoken(attack: Attack) -> str:
    """What an attack says, opened if it is encoded, without what it plants."""
    opened = [said for _, _, said in decodings(attack.carried)]
    return (opened[0] if opened else attack.carried).replace(attack.planted or "\0", " ")


def _ordinary() -> Iterator[str]:
    yield from (*BENIGN, *FIT_BENIGN, *sample_paragraphs())
    for path in sorted((PROJECT / "data" / "frameworks").glob("*.yaml")):
        yield from _strings(yaml.safe_load(path.read_text("utf-8")))
    for path in sorted((PROJECT / "docs").glob("*.md")):
        yield from path.read_text("utf-8").split("\n\n")


def _strings(node: object) -> Iterator[str]:
    if isinstance(node, str) and " " in node:
        yield node
    elif isinstance(node, dict | list):
        for part in node.values() if isinstance(node, dict) else node:
            yield from _strings(part)


def _windows(text: str) -> Iterator[frozenset[str]]:
    for unit in units(text):
        said = text[unit.start : unit.end]
        found = masks(said)
        shape = shapes(found, said)
        yield from (frozenset([*names(window), *shape]) for window in windows(found))


@dataclass(frozen=True, slots=True)
class Line:
    """A fitted unit over named features."""

    columns: Sequence[str]
    weights: Array
    intercept: float

    def of(self, found: Sequence[Text]) -> Array:
        """The log-odds of each text's most suspicious window."""
        known = dict(zip(self.columns, self.weights, strict=True))
        tops = (max((sum(known.get(f, 0.0) for f in w) for w in t.windows), default=-50.0) for t in found)
        return np.array([self.intercept + top for top in tops])


def fit(found: Sequence[Text]) -> Line:
    """The unit fitted on ``found``."""
    counts = Counter(f for t in found for w in t.windows for f in w)
    columns = sorted(f for f, count in counts.items() if count >= RARE)
    scale = np.array([(RIDGE / PAIR_RIDGE) ** 0.5 if " " in c else 1.0 for c in columns])
    attacking = [t for t in found if t.attack]
    plain = [w for t in found if not t.attack for w in t.windows]
    chosen = [w for t in attacking for w in t.windows]
    for _ in range(ROUNDS):
        model = LogisticRegression(C=1 / RIDGE, max_iter=300)
        y = np.r_[np.ones(len(chosen)), np.zeros(len(plain))]
        model.fit(_matrix([*chosen, *plain], columns, scale), y, np.where(y == 1, ATTACK, 1.0))
        line = Line(columns, model.coef_[0] * scale, float(model.intercept_[0]))
        chosen = [_top(t, line) for t in attacking if t.windows]
    return line


def _matrix(rows: Sequence[frozenset[str]], columns: Sequence[str], scale: Array) -> csr_matrix:
    place = {name: n for n, name in enumerate(columns)}
    cells = [(r, place[f]) for r, row in enumerate(rows) for f in row if f in place]
    r, c = np.array(cells).T
    return csr_matrix((scale[c], (r, c)), shape=(len(rows), len(columns)))


def _top(text: Text, line: Line) -> frozenset[str]:
    known = dict(zip(line.columns, line.weights, strict=True))
    return max(text.windows, key=lambda w: (sum(known.get(f, 0.0) for f in w), sorted(w)))


def left_out(found: Sequence[Text]) -> Array:
    """The log-odds of each text under a unit that saw nothing of its group."""
    scores = np.zeros(len(found))
    for fold in range(FOLDS):
        line = fit([t for t in found if t.group != fold])
        here = [n for n, t in enumerate(found) if t.group == fold]
        scores[here] = line.of([found[n] for n in here])
    return scores


def gate(found: Sequence[Text]) -> Small:
    """A small unit over the hints, none of which may speak against an attack, and its threshold: whatever
    lies below need not be read. As no weight is negative, a part never scores above the whole."""
    known = list(hints())
    while True:
        fitted, level = door(found, known)
        if min(fitted.values()) >= 0:
            return fitted, level
        known = [h for h in known if fitted.get(h, 0.0) > 0]


def door(found: Sequence[Text], known: Sequence[str]) -> Small:
    """A small unit over what a sentence names, and the threshold under which it need not be read."""
    rows = [frozenset().union(*t.windows) for t in found]
    x = np.array([[h in row for h in known] for row in rows], dtype=float)
    y = np.array([t.attack for t in found])
    model = LogisticRegression(class_weight="balanced", max_iter=300).fit(x, y)
    weights = np.round(model.coef_[0], 3)
    level = float(np.floor(np.quantile((x @ weights)[y], PASSED) * 100) / 100)
    read = ((x @ weights)[~y] >= level).mean()
    print(f"{read:.3f} of the ordinary sentences pass by {len(known)} words")
    return {h: float(w) for h, w in zip(known, weights, strict=True) if w}, level


def write(line: Line, small: Small, large: Small, target: Path = TARGET) -> None:
    """The file of weights."""
    kept = {n: round(float(w), 2) for n, w in zip(line.columns, line.weights, strict=True) if abs(w) >= 0.02}
    table = {
        "intercept": round(line.intercept, 3),
        "of": kept,
        "alone": ALONE,
        "beside": BESIDE,
        "gate": small[0],
        "shut": small[1],
        "door": large[0],
        "closed": large[1],
    }
    target.write_text(json.dumps(table, ensure_ascii=False, indent=0) + "\n", "utf-8")


def main() -> None:
    """Fit, print, write."""
    found = texts()
    scores = left_out(found)
    measured = np.array([t.group != ALWAYS for t in found])
    scores, is_attack = scores[measured], np.array([t.attack for t in found if t.group != ALWAYS])
    print(f"{(~is_attack).sum()} ordinary sentences, {is_attack.sum()} attacks")
    above = scores >= ALONE
    print(f"at {ALONE}: flagged {above[~is_attack].mean():.4f}, recalled {above[is_attack].mean():.3f}")
    for share in (0.001, 0.002, 0.003, 0.005, 0.01):
        level = np.quantile(scores[~is_attack], 1 - share)
        print(f"flagged {share:.3f}: recalled {(scores[is_attack] > level).mean():.3f} (level {level:.2f})")
    named = sorted({f for t in found for w in t.windows for f in w if f in hints() or f.startswith("=")})
    write(fit(found), gate(found), door(found, named))


if __name__ == "__main__":
    main()
