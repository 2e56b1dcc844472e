"""Verdicts under attack: a model that does whatever a document tells it, and the judge's layers around it.

A verdict is flipped if another one stands than without the attack; withheld if none is given. The peer is the
same obedient model with the flagging taken away: what the layers behind it catch by themselves.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from tests.support.attacks import attacks
from tests.support.obeying import Effect, effects

Item = tuple[str, str, str, str]
_BEFORE = "Access to the data centre is limited to staff on the list of the facility manager."


@dataclass(frozen=True, slots=True)
class Row:
    """One set of attacks: how many, and what they did with all layers and without the flagging."""

    name: str
    attacks: int
    flipped: int
    withheld: int
    flipped_unflagged: int

    @property
    def interval(self) -> tuple[float, float]:
        """95% Wilson interval of the share flipped."""
        z, n, p = 1.96, self.attacks, self.flipped / self.attacks
        middle, spread = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        low, high = (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)
        return max(0.0, low), min(1.0, high)


def measure(data: Path | None) -> list[Row]:
    """Our attacks, those tuned on and those held out; with ``data`` also BIPIA's, which ask for something
    else than the task: obeying them is to leave the question unanswered."""
    ours = [a for a in attacks() if a.wants != "leak"]
    rows = [
        _row("ours, rules tuned on them", [_item(a) for a in ours if not a.held_out]),
        _row("ours, held out", [_item(a) for a in ours if a.held_out]),
    ]
    if data is not None:
        rows.append(_row("BIPIA, text and code attacks", list(_bipia(data / "hostile" / "bipia"))))
    return rows


def _item(attack: object) -> Item:
    a = attack
    return a.attack_id, a.passage, a.carried, a.wants  # type: ignore[attr-defined]


def _row(name: str, items: list[Item]) -> Row:
    found = effects(items)
    with (
        patch("radar_pipeline.judge.shown.suspected_in", lambda _: ()),
        patch("radar_pipeline.judge.injection.instructions", lambda _: ()),
    ):
        bare = effects(items)
    return Row(name, len(found), _flips(found), sum(e.withheld for e in found), _flips(bare))


def _flips(found: list[Effect]) -> int:
    return sum(effect.flipped for effect in found)


def _bipia(folder: Path) -> Iterator[Item]:
    for path in sorted(folder.rglob("*_attack_*.json")):
        for kind, texts in sorted(json.loads(path.read_text("utf-8")).items()):
            for number, text in enumerate(texts):
                words = text if isinstance(text, str) else "\n".join(text)
                yield f"{path.stem}-{kind}-{number}", f"{_BEFORE}\n\n{words}", words, "not_addressed"
