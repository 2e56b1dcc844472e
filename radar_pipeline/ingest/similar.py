"""Copies and old versions: which documents of a tenant say nearly the same, and which of them holds.

MinHash over word 5-grams (Broder 1997, by datasketch) estimates how much of two texts is shared. Being
alike is never enough: a version pair must also bear the same title and be told apart by a number, a
date or a status, and documents of two companies made from one template are strangers.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
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

VERSION = "similar@2"  # of the signatures and of the rules: part of every tenant key
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
FEW = 64  # versions of one title that are all compared with each other; of more, each with so many
BANDS = 32  # of 4 hashes
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
    not depend on any order. Whatever a document is superseded by is superseded by nothing itself.
    """
    known = [_Document(f, signatures[f.document_id]) for f in facts if f.document_id in signatures]
    known.sort(key=lambda d: d.goodness)
    successors, copies = _compared(known)
    _drop_circles(successors)
    found = {known[old].id: Relation(superseded_by=known[end].id) for old, end in _ends(successors).items()}
    kept: set[int] = set()
    worded: dict[str, int] = {}  # of the kept, by their very words
    for position, document in enumerate(known):  # the best first: it is kept, its copies point at it
        if position in successors:
            continue
        better = [other for others in copies.get(position, ()) for other in others if other in kept]
        text = document.signature.text_hash
        if text in worded:
            better.append(worded[text])
        if better:
            found[document.id] = Relation(duplicate_of=known[min(better)].id)
            continue
        kept.add(position)
        if text:
            worded[text] = position
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
        self.often = [frozenset(n.split()) for n, count in signed.names.items() if count >= OFTEN]
        self.spoken = frozenset(word for name in signed.names for word in name.split())
        # Documents with equal words and facts fare alike: one of them is compared for all.
        self.edition = (signed.text_hash, self.number, facts.effective_date, self.named_date, facts.status)
        effective = facts.effective_date or date.min
        newest = (-effective.toordinal(), [-n for n in self.number] or [1])
        self.goodness = (_STANDING[facts.status], *newest, len(facts.path), facts.path, self.id)


def _compared(known: Sequence[_Document]) -> tuple[dict[int, int], dict[int, list[list[int]]]]:
    """For each old version the best of its successors; for each document the better ones it copies.

    Only documents of one kind and title are compared, and none whose kind is timeless: those are copies
    if their words are equal, which needs no comparing.
    """
    groups: dict[tuple[str, Kind], dict[tuple[object, ...], list[int]]] = {}
    for position, document in enumerate(known):
        if document.signature.text_hash and document.facts.kind not in _TIMELESS:
            for title in document.stems:
                editions = groups.setdefault((title, document.facts.kind), {})
                editions.setdefault(document.edition, []).append(position)
    successors: dict[int, int] = {}
    copies: dict[int, list[list[int]]] = {}
    for editions in groups.values():
        newer, same = _told_apart([members[0] for members in editions.values()], known)
        for first, members in ((members[0], members) for members in editions.values()):
            for position in members:
                if first in newer:
                    successors[position] = min(newer[first], successors.get(position, newer[first]))
                if first in same:
                    copies.setdefault(position, []).append(same[first])
    return successors, copies


def _told_apart(
    members: Sequence[int], known: Sequence[_Document]
) -> tuple[dict[int, int], dict[int, list[int]]]:
    """The best successors, and the better documents copied, in one group."""
    newer: dict[int, int] = {}
    same: dict[int, list[int]] = {}
    for worse, better, share in _alike(members, known):
        for old, new in ((worse, better), (better, worse)):
            if _supersedes(known[new], known[old]):
                newer[old] = min(new, newer.get(old, new))
        if _is_copy(known[worse], known[better], share):
            same.setdefault(worse, []).append(better)
    return newer, same


def _alike(members: Sequence[int], known: Sequence[_Document]) -> Iterator[tuple[int, int, float]]:
    """Pairs of a group that share enough, the better document second, with the share."""
    if len(members) < 2:
        return
    blank = (0,) * PERMUTATIONS
    matrix = np.array([known[m].signature.hashes or blank for m in members], dtype=np.uint32)
    short = np.array([not known[m].signature.hashes for m in members])
    texts = [known[m].signature.text_hash for m in members]
    for row, columns in _rivals(matrix, texts):
        shares = _shares(matrix, row, columns)
        shares[short[columns] | short[row]] = 0.0
        shares[[texts[column] == texts[row] for column in columns]] = 1.0
        for n in np.flatnonzero(shares >= EDITION).tolist():
            yield members[row], members[columns[n]], float(shares[n])


def _shares(matrix: Hashes, row: int, columns: NDArray[np.intp]) -> NDArray[np.float64]:
    return np.asarray((matrix[columns] == matrix[row]).mean(axis=1), dtype=np.float64)


def _rivals(matrix: Hashes, texts: Sequence[str]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """For each row the earlier rows that it is compared with: all of a few, else a bounded number.

    Of many, the first and the latest that agree in one of the bands (locality-sensitive hashing): of
    two rows with half their hashes in common 87 in 100 pairs agree in one, of copies all.
    """
    count = len(texts)
    if count <= FEW:
        yield from ((row, np.arange(row)) for row in range(1, count))
        return
    near = np.empty((count, 2 * BANDS + 2), dtype=np.intp)
    width = PERMUTATIONS // BANDS
    for band in range(BANDS + 1):
        part = matrix[:, band * width : (band + 1) * width]
        keys = [row.tobytes() for row in part] if band < BANDS else texts
        first: dict[bytes | str, int] = {}
        latest: dict[bytes | str, int] = {}
        for row, key in enumerate(keys):
            near[row, 2 * band] = first.setdefault(key, row)
            near[row, 2 * band + 1] = latest.get(key, row)
            latest[key] = row
    for row in range(1, count):
        columns = np.unique(near[row])
        yield row, columns[columns < row]


def _supersedes(new: _Document, old: _Document) -> bool:
    """Whether ``new``, alike in kind, title and text, is plainly a later version, and in force."""
    if new.facts.status in (Status.DRAFT, Status.SUPERSEDED):
        return False
    if old.facts.status is Status.APPROVED and new.facts.status is not Status.APPROVED:
        return False  # anybody can write a higher number; what is approved gives way to its like alone
    orders = {
        _order(new.number, old.number),
        _order(new.facts.effective_date, old.facts.effective_date),
        _order(*_common(new.named_date, old.named_date)),
    } - {0}
    if not orders and old.facts.status is not Status.SUPERSEDED:
        return False
    # A number that says one thing and a date another say nothing.
    return orders <= {1} and not _strangers(new, old)


def _is_copy(one: _Document, other: _Document, share: float) -> bool:
    """Whether two documents alike in kind and title say the same, and neither is known to be later."""
    number = _order(one.number, other.number)
    dated = _order(one.facts.effective_date, other.facts.effective_date)
    if number or dated or _order(*_common(one.named_date, other.named_date)):
        return False
    known = bool(one.number and other.number and one.facts.effective_date and other.facts.effective_date)
    return share >= (SAME_EDITION if known else COPY) and not _strangers(one, other)


def _strangers(one: _Document, other: _Document) -> bool:
    """Whether each often names somebody of whom the other never speaks: one template, two companies."""
    return _names_alone(one, other) and _names_alone(other, one)


def _names_alone(one: _Document, other: _Document) -> bool:
    return any(name.isdisjoint(other.spoken) for name in one.often)


def _order(one: Any, other: Any) -> int:
    """1 if the first is later, -1 if earlier, 0 if they are equal or one is unknown."""
    if not one or not other or one == other:
        return 0
    return 1 if one > other else -1


def _common(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two dates as far as both are known: 2024 against 2024-05 says nothing."""
    length = min(len(one), len(other))
    return one[:length], other[:length]


def _drop_circles(successors: dict[int, int]) -> None:
    """Remove the successors of documents that supersede each other in a circle: then none is known.

    One pair may be told apart by its numbers, the next by its dates: together they can say nonsense.
    """
    seen: dict[int, int] = {}  # document → the walk that came by
    for start in list(successors):
        walk: list[int] = []
        current = start
        while current in successors and current not in seen:
            seen[current] = start
            walk.append(current)
            current = successors[current]
        if current in successors and seen[current] == start:
            for member in walk[walk.index(current) :]:
                del successors[member]


def _ends(successors: Mapping[int, int]) -> dict[int, int]:
    """For each old version the end of its chain, which is in force."""
    ends: dict[int, int] = {}
    for start in successors:
        walk: list[int] = []
        current = start
        while current in successors and current not in ends:
            walk.append(current)
            current = successors[current]
        ends.update(dict.fromkeys(walk, ends.get(current, current)))
    return ends
