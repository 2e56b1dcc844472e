"""Where two documents of a tenant disagree on a requirement: numbers that differ on one subject,
and reports that find undone what another document lays down.

Compared are sentences that both speak of the requirement and share their subject words. Returned
are our words and bare quantities; the quotes are those of the assessment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from radar_pipeline.judge import quantities
from radar_pipeline.judge.cues import Force
from radar_pipeline.judge.features import strength, whole_terms
from radar_pipeline.judge.match import sentence_match
from radar_pipeline.judge.reading import Sentence, read
from radar_pipeline.judge.stance import stance
from radar_pipeline.judge.text import weight
from radar_pipeline.models import Kind, Passage, Requirement, Status

_SPEAKS = 0.5  # of the best sentence's match with the requirement
_SHARED = 0.4  # share of the lighter sentence's word weight that both must have in common
_SAME_QUANTITY = 40.0  # times: durations further apart than this measure different things
_REPORTS = frozenset({Kind.AUDIT_REPORT, Kind.RECORD})
_DONE = frozenset({Force.STATED, Force.OBLIGED})


@dataclass(frozen=True, slots=True)
class DocumentConflict:
    """Two documents that disagree. ``topic`` and the values are our words or bare quantities."""

    document_id: str
    other_document_id: str
    topic: str
    value: str = ""
    other_value: str = ""
    element_id: str = ""


@dataclass(frozen=True, slots=True)
class _Said:
    passage: Passage
    sentence: Sentence
    force: Force
    finding: bool


def between_documents(requirement: Requirement, passages: Sequence[Passage]) -> list[DocumentConflict]:
    """Disagreements among a requirement's candidate passages, at most one per pair of documents.

    Drafts, superseded documents and the law itself disagree with nothing that is in force.
    """
    found: dict[tuple[str, str], DocumentConflict] = {}
    for one, other in combinations(list(_said(requirement, passages)), 2):
        pair = (one.passage.document_id, other.passage.document_id)
        if pair[0] == pair[1] or _shared(one.sentence, other.sentence) < _SHARED:
            continue
        conflict = _durations(requirement, one, other) or _refuted(requirement, one, other)
        if conflict is not None:
            first, second = sorted(pair)
            found.setdefault((first, second), conflict)
    return [found[key] for key in sorted(found)]


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
            yield _Said(passage, sentence, view.force, view.finding)


def _shared(one: Sentence, other: Sentence) -> float:
    common = sum(weight(s) for s in sorted(one.places.keys() & other.places.keys()))
    return common / (min(one.mass, other.mass) or 1.0)


def _durations(requirement: Requirement, one: _Said, other: _Said) -> DocumentConflict | None:
    """Both name one time each, and not the same."""
    first, second = quantities.durations(one.sentence.text), quantities.durations(other.sentence.text)
    if len(first) != 1 or len(second) != 1 or first[0].recurring is not second[0].recurring:
        return None
    low, high = sorted((first[0].hours, second[0].hours))
    if high <= low * 1.01 or high > low * _SAME_QUANTITY:
        return None
    return DocumentConflict(
        document_id=one.passage.document_id,
        other_document_id=other.passage.document_id,
        topic=f"the time for: {requirement.title}",
        value=one.sentence.text[first[0].start : first[0].end],
        other_value=other.sentence.text[second[0].start : second[0].end],
    )


def _refuted(requirement: Requirement, one: _Said, other: _Said) -> DocumentConflict | None:
    """A report finds that what a document in force lays down does not happen."""
    report, rule = (one, other) if one.finding else (other, one)
    if not report.finding or rule.passage.kind in _REPORTS or rule.force not in _DONE:
        return None
    return DocumentConflict(
        document_id=rule.passage.document_id,
        other_document_id=report.passage.document_id,
        topic=requirement.title,
        value="laid down",
        other_value="found not done",
    )
