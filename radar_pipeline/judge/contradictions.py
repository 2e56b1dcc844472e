"""Where two documents of a tenant disagree on a requirement: numbers that differ on one act, and
reports that find undone, or done too late, what another document lays down.

Compared are sentences that both speak of the requirement and name the same act. A record or a report
tells what happened: it disagrees with a rule by what it finds, never by a number of its own. Two
contracts bind different parties, so their terms may differ. What is returned names both sentences in
their passages: a disagreement that cannot be shown is none.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from radar_pipeline.judge import cues, quantities
from radar_pipeline.judge.cues import Force
from radar_pipeline.judge.features import strength, whole_terms
from radar_pipeline.judge.match import sentence_match
from radar_pipeline.judge.reading import Sentence, read
from radar_pipeline.judge.stance import stance
from radar_pipeline.judge.text import stem, weight
from radar_pipeline.models import Kind, Passage, Requirement, Status

_SPEAKS = 0.5  # of the best sentence's match with the requirement
_SHARED = 0.6  # share of the lighter sentence's word weight, times left out, that both have in common
_SHARED_WORDS = 2  # at least so many words of it: one alone names no act
_DENIED = 0.5  # share of what a report denies that the rule must name
_SAME_TIME = 1.035  # times: "30 days" and "a month", "twelve months" and "a year" are one time
_SAME_QUANTITY = 40.0  # times: durations further apart than this measure different things
_REPORTS = frozenset({Kind.AUDIT_REPORT, Kind.RECORD})
_RULING = frozenset({Kind.POLICY, Kind.PROCEDURE, Kind.CONTRACT, Kind.TECHNICAL})
_BINDING = frozenset({Force.OBLIGED, Force.PERMITTED})
_OFTEN = re.compile(r"\b(?:once|twice|thrice|times)\s*$", re.IGNORECASE)  # "twice a year" is no time limit
_LATE = re.compile(
    r"\b(?:after|later?|more\s+than|longer\s+than|over|exceed\w*|took|slow\w*|beyond)\b", re.IGNORECASE
)
_TIMING = frozenset(
    map(stem, "within later latest longer earliest after before least most every than more".split())
)
_CLAUSE = re.compile(r"[,;:]")


@dataclass(frozen=True, slots=True)
class Side:
    """One sentence of a disagreement: ``start`` and half-open ``end`` in the text of the passage."""

    passage: Passage
    start: int
    end: int
    strength: float  # 0..1, how much it speaks of the requirement

    @property
    def quote(self) -> str:
        """The sentence, literally."""
        return self.passage.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class DocumentConflict:
    """Two documents that disagree. ``topic`` and the values are our words or bare quantities."""

    first: Side
    second: Side
    topic: str
    value: str = ""
    other_value: str = ""
    element_id: str = ""

    @property
    def document_id(self) -> str:
        """Of the first sentence: of a refuted rule, the rule's."""
        return self.first.passage.document_id

    @property
    def other_document_id(self) -> str:
        """Of the second sentence."""
        return self.second.passage.document_id

    @property
    def strength(self) -> float:
        """How much both sentences speak of the requirement: as much as the weaker one."""
        return min(self.first.strength, self.second.strength)

    @property
    def told(self) -> frozenset[tuple[str, str, str]]:
        """What is said on each side, whichever requirement it was found for."""
        sides = ((self.first, self.value), (self.second, self.other_value))
        return frozenset((side.passage.document_id, side.quote, value) for side, value in sides)


@dataclass(frozen=True, slots=True)
class _Said:
    passage: Passage
    sentence: Sentence
    force: Force
    finding: bool
    strength: float
    times: tuple[quantities.Duration, ...]

    @property
    def rules(self) -> bool:
        """It lays down what shall or may be: in a document that rules, a plain statement does."""
        kind = self.passage.kind
        if kind in _REPORTS:
            return False
        return self.force in _BINDING or (self.force is Force.STATED and kind in _RULING)

    @property
    def side(self) -> Side:
        return Side(self.passage, self.sentence.start, self.sentence.end, self.strength)

    def value(self, time: quantities.Duration) -> str:
        return self.sentence.text[time.start : time.end]


def between_documents(requirement: Requirement, passages: Sequence[Passage]) -> list[DocumentConflict]:
    """Disagreements among a requirement's candidate passages, the strongest one per pair of documents.

    Drafts, superseded documents and the law itself disagree with nothing that is in force.
    """
    found: dict[tuple[str, str], DocumentConflict] = {}
    for one, other in combinations(list(_said(requirement, passages)), 2):
        pair = (one.passage.document_id, other.passage.document_id)
        if pair[0] == pair[1]:
            continue
        conflict = _durations(requirement, one, other) or _refuted(requirement, one, other)
        if conflict is not None:
            first, second = sorted(pair)
            known = found.get((first, second))
            if known is None or conflict.strength > known.strength:
                found[(first, second)] = conflict
    return [found[key] for key in sorted(found)]


def told_once(found: Iterable[tuple[str, bool, DocumentConflict]]) -> list[tuple[str, DocumentConflict]]:
    """Each disagreement on one requirement only, where many were searched with the same sentences.

    ``found``: requirement id, whether it is addressed, and the disagreement found for it. It stays
    with an addressed requirement before others, then with the one of which it speaks most strongly.
    Two that share a sentence and the values, between the same documents, are one.
    """
    kept: list[tuple[str, DocumentConflict]] = []
    seen: set[tuple[str, ...]] = set()
    for requirement_id, _, conflict in sorted(found, key=lambda f: (not f[1], -f[2].strength, f[0])):
        documents = sorted((conflict.document_id, conflict.other_document_id))
        values = sorted((conflict.value, conflict.other_value))
        names = {(*documents, *values, home, quote) for home, quote, _ in conflict.told}
        if seen.isdisjoint(names):
            kept.append((requirement_id, conflict))
        seen |= names
    return sorted(kept, key=lambda k: (k[0], k[1].document_id, k[1].other_document_id))


def _said(requirement: Requirement, passages: Sequence[Passage]) -> Iterator[_Said]:
    whole = whole_terms(requirement)
    places = [
        (strength(sentence_match(whole, sentence)), passage, sentence)
        for passage in sorted(passages, key=lambda p: (p.document_id, p.start))
        if passage.kind is not Kind.REGULATION and passage.status not in {Status.DRAFT, Status.SUPERSEDED}
        for sentence in read(passage.text).sentences
        if not sentence.instructs
    ]
    top = max((strong for strong, _, _ in places), default=0.0)
    for strong, passage, sentence in places:
        if strong >= _SPEAKS * top and strong > 0.0:
            view = stance(requirement.text, whole, sentence, passage.kind)
            times = quantities.durations(sentence.text)
            yield _Said(passage, sentence, view.force, view.finding, strong, times)


# ── The same act? ─────────────────────────────────────────────────────────────────────────────


def _act(said: _Said) -> set[str]:
    """The sentence's words without those of its times: "within two years" is no matter to have in common."""
    return {
        stem
        for stem, places in said.sentence.places.items()
        if stem not in _TIMING and not all(any(t.start <= at < t.end for t in said.times) for _, at in places)
    }


def _same_act(one: _Said, other: _Said, words: int = _SHARED_WORDS) -> bool:
    first, second = _act(one), _act(other)
    common = first & second
    lighter = min(_weight(first), _weight(second)) or 1.0
    return len(common) >= words and _weight(common) >= _SHARED * lighter


def _weight(stems: set[str]) -> float:
    return sum(weight(s) for s in sorted(stems))


# ── Ways to disagree ──────────────────────────────────────────────────────────────────────────


def _durations(requirement: Requirement, one: _Said, other: _Said) -> DocumentConflict | None:
    """Two rules for one act that name one time each, and not the same."""
    if not (one.rules and other.rules) or one.passage.kind is other.passage.kind is Kind.CONTRACT:
        return None
    first, second = _limit(one), _limit(other)
    if first is None or second is None or first.recurring is not second.recurring:
        return None
    low, high = sorted((first.hours, second.hours))
    if high <= low * _SAME_TIME or high > low * _SAME_QUANTITY or not _same_act(one, other):
        return None
    return DocumentConflict(
        one.side, other.side, f"the time for: {requirement.title}", one.value(first), other.value(second)
    )


def _limit(said: _Said) -> quantities.Duration | None:
    """The only time that a sentence names."""
    if len(said.times) != 1 or _OFTEN.search(said.sentence.text[: said.times[0].start]):
        return None
    return said.times[0]


def _refuted(requirement: Requirement, one: _Said, other: _Said) -> DocumentConflict | None:
    """A report finds that what a document in force lays down does not happen, or too late."""
    rule, report = (one, other) if one.rules else (other, one)
    if not rule.rules or rule.force is Force.PERMITTED or report.passage.kind not in _REPORTS:
        return None
    if report.finding and _same_act(rule, report) and _denies(report, _act(rule)):
        return DocumentConflict(rule.side, report.side, requirement.title, "laid down", "found not done")
    if _overrun(rule, report):
        return DocumentConflict(rule.side, report.side, requirement.title, "laid down", "found not kept")
    return None


def _denies(report: _Said, act: set[str]) -> bool:
    """What the report denies, up to the end of its clause, is the act – not something beside it."""
    text = report.sentence.text
    for scope in cues.scopes(text):
        if scope.force is not Force.DENIED:
            continue
        opening = max((m.end() for m in _CLAUSE.finditer(text, 0, scope.start)), default=0)
        closing = _CLAUSE.search(text, scope.start, scope.end)
        low, high = opening, closing.start() if closing else scope.end
        denied = {
            s for s, places in report.sentence.places.items() if any(low <= at < high for _, at in places)
        }
        if denied & act and _weight(denied & act) >= _DENIED * _weight(denied):
            return True
    return False


def _overrun(rule: _Said, report: _Said) -> bool:
    """An audit found the rule's act done after a longer time than the rule allows."""
    limit = _limit(rule)
    if limit is None or limit.recurring or report.passage.kind is not Kind.AUDIT_REPORT:
        return False
    longest = max((t.hours for t in report.times if not t.recurring), default=0.0)
    late = limit.hours * _SAME_TIME < longest <= limit.hours * _SAME_QUANTITY
    # One word may do here: "We answer within one month" has no other.
    return late and _LATE.search(report.sentence.text) is not None and _same_act(rule, report, words=1)
