"""How well instructions to a reader's machine are told from a document's own sentences.

Attacks stand between two sentences of a policy. A hit overlaps the attack; a covered one has nine tenths
of it flagged, so that hardly a word of it reaches a judge. Beside the detector stands a plain peer: a list
of keywords.
"""

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from bench.quality.pdf import Share
from bench.quality.questions import cut
from radar_pipeline.ingest.parsers import ParseProblem, parser_for
from radar_pipeline.judge.injection import Flag, instructions
from radar_pipeline.judge.injection_suspected import suspected
from radar_pipeline.judge.sentences import sentences
from radar_pipeline.settings import PROJECT
from tests.support.attacks import BENIGN, Attack, attacks

_KEYWORDS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b|\b(?:previous|prior|above)\s+instructions?\b"
    r"|\bsystem\s+prompt\b|\bprompt\b|\bjailbreak|\byou\s+are\s+now\b|\bact\s+as\b|\bpretend\b|\brole-?play"
    r"|\byour\s+(?:answer|response|reply|output|verdict)\b|\b(?:as|is)\s+(?:fully\s+)?(?:covered|compliant)\b",
    re.IGNORECASE,
)
_TOKENS = 256  # of a passage, as the default embedder takes
_COVERED = 0.9
_BEFORE, _AFTER = "Visitors sign in at the reception.\n\n", "\n\nBadges are returned on leaving."
# Kinds that ask a machine an ordinary question and say nothing of its answer or instructions.
_QUESTIONS = {
    "train": {"Information Retrieval", "Content Creation", "Learning and Tutoring", "Language Translation",
              "Programming Help"},
    "test": {"Task Automation", "Business Intelligence", "Conversational Agent", "Research Assistance",
             "Sentiment Analysis"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One set: how many texts, how many of them flagged, how many flagged or suspected; of attacks, how many
    of them are covered by both together and how many flags spill over into the policy around; how many
    texts the peers flag."""

    name: str
    part: str
    texts: int
    flagged: int
    either: int
    covered: int | None
    spilled: int | None
    keywords: int

    @property
    def share(self) -> Share:
        """The flagged share with its Wilson interval."""
        return Share(self.flagged, self.texts, self.texts)

    @property
    def suspect(self) -> Share:
        """The share flagged or suspected with its Wilson interval."""
        return Share(self.either, self.texts, self.texts)


@dataclass(frozen=True, slots=True)
class Measured:
    """All rows, what was missed or wrongly flagged, and microseconds of CPU per passage by detector."""

    rows: tuple[Row, ...]
    misses: tuple[str, ...]
    false_flags: tuple[str, ...]
    suspicions: tuple[str, ...]
    microseconds: Mapping[str, float]


def measure(data: Path | None, *, full: bool = False, held_out: bool = True) -> Measured:
    """``data``: folder of ``hostile/`` and ``corpora/``; ``full``: also the largest corpora. Without
    ``held_out`` no held-out text is looked at."""
    seen = _Seen()
    own = [a for a in attacks() if held_out or not a.held_out]
    for part, chosen in _by_part(own):
        for family, members in groupby(chosen, key=lambda a: a.family):
            seen.attacks(f"attacks: {family}", part, [(a.passage, a.span) for a in members])
        seen.attacks("attacks: all", part, [(a.passage, a.span) for a in chosen])
        spoken = [a for a in chosen if a.carrier == "paragraph"]
        shifted = [(a.inline, (a.span[0] - 1, a.span[1] - 1)) for a in spoken]
        seen.attacks("attacks: all, within a paragraph", part, shifted)
    seen.texts("benign sentences", "tuned", [b for n, b in enumerate(BENIGN) if n % 3 != 2])
    if held_out:
        seen.texts("benign sentences", "held out", [b for n, b in enumerate(BENIGN) if n % 3 == 2])
    pieces = list(sample_paragraphs())
    seen.corpus("sample corpus", pieces)
    if data:
        _collected(seen, data / "hostile", held_out)
        for name in ("corpora/jupiterone", "coverage/comply-soc2/documents", *(_LARGE if full else ())):
            found = list(_passages(sorted((data / name).rglob("*.*"))))
            seen.corpus(name.split("/")[1], found)
            pieces = found if name.endswith("jupiterone") and found else pieces
    return Measured(
        tuple(seen.rows), tuple(seen.misses), tuple(seen.wrong), tuple(seen.suspicions), _speed(pieces)
    )


_LARGE = ("coverage/contractnli/documents", "coverage/cuad/documents", "corpora/terms")


def _by_part(found: Sequence[Attack]) -> Iterator[tuple[str, list[Attack]]]:
    for part, blind, wanted in (
        ("tuned", False, False),
        ("held out", False, True),
        ("blind, tuned", True, False),
        ("blind, held out", True, True),
    ):
        if chosen := [a for a in found if a.held_out is wanted and a.blind is blind]:
            yield part, chosen


def _collected(seen: "_Seen", folder: Path, held_out: bool) -> None:
    for part, name in (("tuned", "train"), ("held out", "test"))[: 2 if held_out else 1]:
        for what in ("text", "code"):
            path = folder / "bipia" / "benchmark" / f"{what}_attack_{name}.json"
            kinds = json.loads(path.read_text("utf-8")) if path.is_file() else {}
            asked: dict[str, list[str]] = {"instructions": [], "questions": []}
            for kind, texts in kinds.items():
                group = "questions" if what == "text" and kind in _QUESTIONS[name] else "instructions"
                asked[group] += texts
                seen.attacks(f"bipia {what}: {kind}", part, _carried(texts))
            for group, texts in asked.items():
                seen.attacks(f"bipia {what}: all {group}", part, _carried(texts))
    halves: dict[str, list[str]] = {"tuned": [], "held out": []}
    for path in sorted((folder / "piguard-notinject").rglob("NotInject*.json")):
        for n, entry in enumerate(json.loads(path.read_text("utf-8"))):
            halves["held out" if n % 2 else "tuned"].append(entry["prompt"])
    for part in ("tuned", "held out")[: 2 if held_out else 1]:
        seen.texts("piguard-notinject", part, halves[part])


def _carried(texts: Iterable[str]) -> list[tuple[str, tuple[int, int]]]:
    start = len(_BEFORE)
    return [(_BEFORE + text + _AFTER, (start, start + len(text))) for text in texts]


class _Seen:
    """Collects rows and what went wrong."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.misses: list[str] = []
        self.wrong: list[str] = []
        self.suspicions: list[str] = []

    def attacks(self, name: str, part: str, found: Sequence[tuple[str, tuple[int, int]]]) -> None:
        if not found:
            return
        hard = [_share_of(instructions(text), span) for text, span in found]
        hits = [_share_of(_either(text), span) for text, span in found]
        kinds = {f"bipia text: {kind}" for kind in _QUESTIONS["test" if part == "held out" else "train"]}
        if ": all" not in name and name not in kinds:
            missed = [text[a:b] for (text, (a, b)), hit in zip(found, hits, strict=True) if not hit]
            self.misses += [f"{name} ({part}): {text[:160]!a}" for text in missed]
        inside = [text[a:b] for text, (a, b) in found]
        spilled = sum(_spills(text, span) for text, span in found)
        counts = (sum(h > 0 for h in hard), sum(h > 0 for h in hits))
        self._row(name, part, counts, inside, sum(h >= _COVERED for h in hits), spilled)

    def texts(self, name: str, part: str, found: Sequence[str]) -> None:
        if found:
            self.wrong += [f"{name} ({part}): {t[:300]!a}" for t in found if instructions(t)]
            self.suspicions += [f"{name} ({part}): {t[:160]!a}" for t in found if suspected(t)]
            counts = (sum(bool(instructions(t)) for t in found), sum(bool(_either(t)) for t in found))
            self._row(name, part, counts, found)

    def corpus(self, name: str, passages: Sequence[str]) -> None:
        flags = [(text, flag) for text in passages for flag in instructions(text)]
        soft = [(text, flag) for text in passages for flag in suspected(text)]
        self.wrong += [f"{name}: {flag.kind}: {t[flag.start : flag.end][:300]!a}" for t, flag in flags]
        self.suspicions += [f"{name}: {t[flag.start : flag.end][:160]!a}" for t, flag in soft]
        lines = [text[a:b] for text in passages for a, b in sentences(text)]
        marked = sum(
            any(flag.start < b and a < flag.end for flag in _either(text))
            for text in passages
            for a, b in sentences(text)
        )
        if lines:
            self._row(f"sentences of {name}", "", (len(flags), marked), lines)

    def _row(
        self,
        name: str,
        part: str,
        counts: tuple[int, int],
        texts: Sequence[str],
        covered: int | None = None,
        spilled: int | None = None,
    ) -> None:
        keywords = sum(_KEYWORDS.search(t) is not None for t in texts)
        self.rows.append(Row(name, part, len(texts), *counts, covered, spilled, keywords))


def _either(text: str) -> tuple[Flag, ...]:
    return (*instructions(text), *suspected(text))


def _share_of(flags: Sequence[Flag], span: tuple[int, int]) -> float:
    start, end = span
    return sum(max(0, min(end, f.end) - max(start, f.start)) for f in flags) / (end - start)


def _spills(text: str, span: tuple[int, int]) -> bool:
    """Whether a sentence of the policy around an attack is flagged: at least twenty of its characters."""
    start, end = span
    return any(start - flag.start >= 20 or flag.end - end >= 20 for flag in _either(text))


def _passages(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        if path.suffix in (".md", ".txt"):
            yield from (p.text for p in cut(path.name, path, _TOKENS))


def sample_paragraphs() -> Iterator[str]:
    """Paragraphs of the sample tenants' documents, as the parsers read them."""
    for path in sorted((PROJECT / "data" / "corpus").rglob("*.*")):
        parser = parser_for(path.name)
        try:
            text = parser.parse(path.read_bytes(), path.name).text if parser else ""
        except ParseProblem:  # an archive holds documents and no text
            continue
        yield from (part for part in text.split("\n\n") if part.strip())


def _speed(passages: Sequence[str]) -> dict[str, float]:
    ways: dict[str, Callable[[str], object]] = {
        "detector": instructions.__wrapped__,
        "suspicion after it": suspected.__wrapped__,
        "keywords": _KEYWORDS.search,
    }
    instructions(passages[0])
    spent = {"characters of a passage": sum(map(len, passages)) / len(passages)}
    for name, way in ways.items():
        spent[name] = min(_cpu(way, passages) for _ in range(5)) / len(passages) * 1e6
    return spent


def _cpu(way: Callable[[str], object], texts: Sequence[str]) -> float:
    began = time.process_time()
    for text in texts:
        way(text)
    return time.process_time() - began
