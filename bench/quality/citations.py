"""Quotes against the documents they are said to be from: what is caught, what is lost, how long it takes.

Quotes are made from the sample documents' own sentences: set differently, copied badly, and made to say
something else. Times are on a text of 300,000 characters beside one look of the same text through
rapidfuzz's partial_ratio_alignment, which finds a place and verifies nothing.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.quality.citation_changes import (
    altered,
    copied_badly,
    sample_sentences,
    sample_texts,
    set_differently,
)
from radar_pipeline.judge.locate import Exactness, Located, locate

LARGE = 300_000  # characters
OVERLAP = 0.9  # of slice and true sentence, intersection over union


@dataclass(slots=True)
class Tally:
    """Quotes by what was done to them: how many were made, how many ended as they must."""

    made: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str]] = field(default_factory=list)  # kind and quote

    def count(self, kind: str, quote: str, *, right: bool) -> None:
        """One more quote."""
        self.made[kind] += 1
        self.right[kind] += right
        if not right:
            self.wrong.append((kind, quote))


def alterations(seed: int, texts: list[str] | None = None) -> Tally:
    """Every alteration of every sentence: right is not to be located at all."""
    tally, draw = Tally(), random.Random(seed)
    for text in texts or sample_texts():
        for sentence in sample_sentences(text):
            for kind, quote in altered(sentence, draw):
                if quote not in text or kind == "cut short":
                    tally.count(kind, quote, right=locate(quote, text) is None)
    return tally


def copies(seed: int, texts: list[str] | None = None) -> Tally:
    """Every sentence set differently, and copied badly: right is to be located where it stands, the
    former verified."""
    tally, draw = Tally(), random.Random(seed)
    for text in texts or sample_texts():
        for sentence in sample_sentences(text):
            at = text.index(sentence)
            quote = set_differently(sentence, draw)
            found = locate(quote, text)
            exact = found is not None and found.exactness is Exactness.VERIFIED
            tally.count("set differently", quote, right=exact and overlap(found, at, sentence) >= OVERLAP)
            quote = copied_badly(sentence, draw)
            found = locate(quote, text)
            tally.count("copied badly", quote, right=overlap(found, at, sentence) >= OVERLAP)
    return tally


def overlap(found: Located | None, at: int, sentence: str) -> float:
    """Intersection over union of what was located and the sentence at ``at``."""
    if found is None:
        return 0.0
    end = at + len(sentence)
    return max(0, min(found.end, end) - max(found.start, at)) / (max(found.end, end) - min(found.start, at))


def large_text() -> str:
    """The sample documents one after the other, again and again, up to LARGE characters; each round's
    paragraphs end with the round's number, so that no two are the same."""
    texts, pieces, length, number = sample_texts(), [], 0, 0
    while length < LARGE:
        number += 1
        pieces += [text.replace(".\n", f".\n\nRound {number}.\n\n") for text in texts]
        length += sum(map(len, texts))
    return "\n\n".join(pieces)[:LARGE]


def timings(seed: int, quotes: int = 300) -> dict[str, list[float]]:
    """Milliseconds by who looked: each quote once, on the large text; the index alone under "index"."""
    from rapidfuzz import fuzz

    text = large_text()
    found: dict[str, list[float]] = {"index": [], "locate": [], "partial_ratio_alignment": []}
    began = time.perf_counter()
    locate("what no document of ours says in these words", text)
    found["index"].append(1000 * (time.perf_counter() - began))
    for number, quote in enumerate(_asked(text, seed, quotes)):
        began = time.perf_counter()
        locate(quote, text)
        found["locate"].append(1000 * (time.perf_counter() - began))
        if number % 10 == 0:  # it takes long
            began = time.perf_counter()
            fuzz.partial_ratio_alignment(quote, text)
            found["partial_ratio_alignment"].append(1000 * (time.perf_counter() - began))
    return found


def _asked(text: str, seed: int, quotes: int) -> Iterator[str]:
    draw = random.Random(seed)
    sentences = sample_sentences(text)
    for number in range(quotes):
        sentence = draw.choice(sentences)
        changed = list(altered(sentence, draw)) or [("", sentence)]
        yield (
            set_differently(sentence, draw),
            copied_badly(sentence, draw),
            draw.choice(changed)[1],
        )[number % 3]


def table(seed: int) -> list[dict[str, float | int | str]]:
    """Rows of the printed table: kind, made, right, share; then times."""
    rows: list[dict[str, float | int | str]] = []
    for title, tally in (("altered: ", alterations(seed)), ("", copies(seed))):
        for kind in sorted(tally.made):
            made, right = tally.made[kind], tally.right[kind]
            rows.append({"what": title + kind, "quotes": made, "right": right, "share": right / made})
    return rows


def times_table(seed: int) -> list[dict[str, float | int | str]]:
    """Rows of the printed table of milliseconds per quote."""
    rows: list[dict[str, float | int | str]] = []
    for name, values in timings(seed).items():
        ordered = sorted(values)
        rows.append(
            {
                "milliseconds": name,
                "quotes": len(ordered),
                "p50": ordered[len(ordered) // 2],
                "p95": ordered[int(0.95 * (len(ordered) - 1))],
                "max": ordered[-1],
            }
        )
    return rows
