"""Copies and old versions: which documents of a tenant say nearly the same, and which of them holds.

MinHash over word 5-grams (Broder 1997, by datasketch) estimates how much of two texts is shared. Being
alike is never enough: a version pair must also bear the same title and be told apart by a number, a
date or a status, and documents of two companies made from one template are strangers.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar_pipeline import ids
from radar_pipeline.ingest.about import file_dates, file_version, version_number
from radar_pipeline.ingest.metadata import version_in
from radar_pipeline.ingest.titles import title_stems
from radar_pipeline.models import Kind, Status

VERSION = "similar@1"  # of the signatures and of the rules: part of every tenant key
PERMUTATIONS = 128  # standard error of an estimate: 0.044 at most
SEED = 1
SHINGLE = 5  # words
EXAMINED = 1_000_000  # characters of a text: no document is longer, only a database
FEWEST_SHINGLES = 60  # a shorter text is alike by chance; it can only be a copy to the letter,
FEWEST_WORDS = 20  # and one of fewer words not even that
COPY = 0.9  # share of shingles in common from which two texts are copies
SAME_EDITION = 0.7  # the same, if both name the same version and date: a Word file and its PDF
EDITION = 0.5  # the least that two versions of one document share
MOST_NAMES = 40
OFTEN = 4  # times that a text names whom it speaks of
_WORD = re.compile(r"\w+")
_NAME = re.compile(r"(?<=[a-z,;:] )[A-Z][\w-]+(?: [A-Z][\w-]+)?")

# What these say was true at its moment; a later one takes nothing from it.
_TIMELESS = frozenset({Kind.CONTRACT, Kind.RECORD, Kind.AUDIT_REPORT})
_STANDING = {Status.APPROVED: 0, Status.UNKNOWN: 1, Status.DRAFT: 2, Status.SUPERSEDED: 3}

Hashes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Signature:
    """What is kept of a text to compare it by."""

    text_hash: str  # of its words: equal for copies to the letter; empty for next to none
    hashes: tuple[int, ...]  # empty for a text that is too short
    names: Mapping[str, int]  # capitalised words within sentences, the most frequent, with their counts

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        packed = np.array(self.hashes, dtype="<u4").tobytes().hex()
        return {"text": self.text_hash, "hashes": packed, "names": dict(self.names)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Signature":
        """What ``as_json`` gave. Raises KeyError, TypeError or ValueError for anything else."""
        hashes = np.frombuffer(bytes.fromhex(values["hashes"]), dtype="<u4")
        return cls(values["text"], tuple(hashes.tolist()), dict(values["names"]))


@dataclass(frozen=True, slots=True)
class Facts:
    """What two documents are compared by beside their texts."""

    document_id: str
    path: str
    title: str
    kind: Kind
    status: Status
    version: str
    effective_date: date | None


@dataclass(frozen=True, slots=True)
class Relation:
    """A document that another one stands for: by document id, one of the two empty."""

    superseded_by: str = ""
    duplicate_of: str = ""


def signature(text: str) -> Signature:
    """The signature of a canonical text."""
    from datasketch import MinHash

    words = _WORD.findall(text[:EXAMINED].lower())
    shingles = {" ".join(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)}
    hashes: tuple[int, ...] = ()
    if len(shingles) >= FEWEST_SHINGLES:
        sketch = MinHash(num_perm=PERMUTATIONS, seed=SEED, hashfunc=zlib.crc32, scheme="affine32")
        sketch.update_batch([shingle.encode("utf-8", "surrogatepass") for shingle in sorted(shingles)])
        hashes = tuple(int(value) for value in sketch.hashvalues)
    lower = set(_WORD.findall(text[:EXAMINED]))
    names = Counter(name for name in _NAME.findall(text[:EXAMINED]) if name.lower() not in lower)
    frequent = sorted(names.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_NAMES]
    text_hash = ids.digest(" ".join(words)) if len(words) >= FEWEST_WORDS else ""
    return Signature(text_hash, hashes, dict(frequent))


def relations(signatures: Mapping[str, Signature], facts: Iterable[Facts]) -> dict[str, Relation]:
    """By document id, the documents that are an old version or a copy of another one.

    ``signatures``: by document id; a document without one is compared with nothing. The answer does
    not depend on any order.
    """
    known = [_Document(f, signatures[f.document_id]) for f in facts if f.document_id in signatures]
    known.sort(key=lambda d: d.goodness)
    found: dict[str, Relation] = {}
    successors: dict[str, str] = {}
    pairs = _pairs(known)
    for old, others in pairs.items():
        newer = [other for other in others if _supersedes(known[other], known[old], others[other])]
        if newer:
            successors[known[old].id] = known[min(newer)].id
    for old_id in successors:
        found[old_id] = Relation(superseded_by=_last(old_id, successors))
    kept: set[int] = set()
    for position, document in enumerate(known):  # the best first: it is kept, its copies point at it
        if document.id in found:
            continue
        better = [
            other
            for other, share in pairs.get(position, {}).items()
            if other in kept and _is_copy(document, known[other], share)
        ]
        if better:
            found[document.id] = Relation(duplicate_of=known[min(better)].id)
        else:
            kept.add(position)
    return found


class _Document:
    """One document, with what decides prepared."""

    def __init__(self, facts: Facts, signed: Signature) -> None:
        self.facts = facts
        self.signature = signed
        self.id = facts.document_id
        self.stems = title_stems(facts.title, facts.path)
        self.number = version_number(version_in(facts.version) or file_version(facts.path))
        self.named_date = file_dates(facts.path)
        effective = facts.effective_date or date.min
        newest = (-effective.toordinal(), [-n for n in self.number] or [1])
        self.goodness = (_STANDING[facts.status], *newest, len(facts.path), facts.path, self.id)


def _pairs(known: Sequence[_Document]) -> dict[int, dict[int, float]]:
    """For each document those that bear its title or its very words, with the share they have in common."""
    groups: dict[str, list[int]] = {}
    for position, document in enumerate(known):
        for name in (*(f"title {s}" for s in document.stems), document.signature.text_hash):
            if name:
                groups.setdefault(name, []).append(position)
    found: dict[int, dict[int, float]] = {}
    for members in groups.values():
        if len(members) > 1:
            _compare(members, known, found)
    return found


def _compare(members: Sequence[int], known: Sequence[_Document], found: dict[int, dict[int, float]]) -> None:
    """Add every pair of a group that shares enough. One row of the matrix at a time: bound memory."""
    blank = (0,) * PERMUTATIONS
    matrix = np.array([known[m].signature.hashes or blank for m in members], dtype=np.uint32)
    short = np.array([not known[m].signature.hashes for m in members])
    texts = np.array([known[m].signature.text_hash for m in members])
    for row, one in enumerate(members):
        shares = (matrix == matrix[row]).mean(axis=1)
        shares[short | short[row]] = 0.0
        shares[(texts == texts[row]) & (texts != "")] = 1.0
        for column in np.flatnonzero(shares >= EDITION).tolist():
            if column != row:
                found.setdefault(one, {})[members[column]] = float(shares[column])


def _supersedes(new: _Document, old: _Document, share: float) -> bool:
    """Whether ``new`` is plainly a later version of ``old``, and in force."""
    kinds = {new.facts.kind, old.facts.kind}
    if len(kinds) > 1 or kinds & _TIMELESS or share < EDITION or not new.stems & old.stems:
        return False
    if new.facts.status in (Status.DRAFT, Status.SUPERSEDED) or _strangers(new.signature, old.signature):
        return False
    orders = {
        _order(new.number, old.number),
        _order(new.facts.effective_date, old.facts.effective_date),
        _order(*_common(new.named_date, old.named_date)),
    } - {0}
    if not orders:
        return old.facts.status is Status.SUPERSEDED
    return orders == {1}  # a number that says one thing and a date another say nothing


def _is_copy(one: _Document, other: _Document, share: float) -> bool:
    if one.signature.text_hash and one.signature.text_hash == other.signature.text_hash:
        return True
    kinds = {one.facts.kind, other.facts.kind}
    if len(kinds) > 1 or kinds & _TIMELESS or not one.stems & other.stems:
        return False
    if _strangers(one.signature, other.signature):
        return False
    number = _order(one.number, other.number)
    dated = _order(one.facts.effective_date, other.facts.effective_date)
    if number or dated or _order(*_common(one.named_date, other.named_date)):
        return False
    known = bool(one.number and other.number and one.facts.effective_date and other.facts.effective_date)
    return share >= (SAME_EDITION if known else COPY)


def _strangers(one: Signature, other: Signature) -> bool:
    """Whether each often names somebody of whom the other never speaks: one template, two companies."""
    return _names_alone(one, other) and _names_alone(other, one)


def _names_alone(one: Signature, other: Signature) -> bool:
    spoken = {word for name in other.names for word in name.split()}
    return any(count >= OFTEN and not spoken.intersection(name.split()) for name, count in one.names.items())


def _order(one: Any, other: Any) -> int:
    """1 if the first is later, -1 if earlier, 0 if they are equal or one is unknown."""
    if not one or not other or one == other:
        return 0
    return 1 if one > other else -1


def _common(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two dates as far as both are known: 2024 against 2024-05 says nothing."""
    length = min(len(one), len(other))
    return one[:length], other[:length]


def _last(old: str, successors: Mapping[str, str]) -> str:
    """The end of a chain of versions."""
    seen = {old}
    current = successors[old]
    while current in successors and successors[current] not in seen:
        seen.add(current)
        current = successors[current]
    return current
