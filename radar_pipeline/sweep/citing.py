"""Citations for what is published: every quote and every nearest passage, as a person would cite it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from radar_pipeline.ingest.citing import Citing, Place
from radar_pipeline.models import Assessment, Evidence, RankedPassage
from radar_pipeline.questions.answers import Answer, AnswerSentence
from radar_pipeline.storage.document_files import DocumentFiles
from radar_pipeline.sweep.manifest import Manifest

_Cited = Evidence | RankedPassage
_NOWHERE = Place("")
_Key = tuple[str, str, int, int]  # document, version, start, end


def cited(home: Path, manifest: Manifest, assessments: Sequence[Assessment]) -> list[Assessment]:
    """The assessments with their citations. Documents are read one at a time, and only those cited;
    what is cited of one whose annotations are gone stays without a citation. Raises StoreError."""
    items: list[_Cited] = []
    for assessment in assessments:
        items += [*assessment.evidence, *assessment.search.nearest]
    known = _places(home, manifest, items)
    return [_with_citations(assessment, known) for assessment in assessments]


def cited_answers(home: Path, manifest: Manifest, answers: Sequence[Answer]) -> list[Answer]:
    """The answers with the citations of their quotes, likewise. Raises StoreError."""
    known = _places(home, manifest, [q for a in answers for s in a.sentences for q in s.quotes])
    return [
        replace(a, sentences=tuple(replace(s, quotes=_cited(s.quotes, known)) for s in a.sentences))
        for a in answers
    ]


def cited_sentence(home: Path, manifest: Manifest, sentence: AnswerSentence) -> AnswerSentence:
    """One line of an answer with the citations of its quotes, likewise. Raises StoreError."""
    return replace(sentence, quotes=_cited(sentence.quotes, _places(home, manifest, sentence.quotes)))


def _places(home: Path, manifest: Manifest, items: Iterable[_Cited]) -> dict[_Key, Place]:
    wanted: dict[tuple[str, str], set[_Key]] = {}
    for item in items:
        wanted.setdefault((item.document_id, item.version_id), set()).add(_key(item))
    kept = DocumentFiles(home)
    entries = {entry.document_id: entry for entry in manifest.values()}
    known: dict[_Key, Place] = {}
    for (document_id, version_id), keys in sorted(wanted.items()):
        document = kept.get(version_id)
        if document is None:
            continue
        entry = entries.get(document_id)
        if entry is not None:  # two files of equal content are one version, under two names
            document = replace(document, document_id=document_id, path=entry.path)
        citing = Citing(document, entry.container if entry else "")
        known |= {key: citing.cite(*key[2:]) for key in keys}
    return known


def _key(item: _Cited) -> _Key:
    return (item.document_id, item.version_id, item.start, item.end)


def _with_citations(assessment: Assessment, known: dict[_Key, Place]) -> Assessment:
    evidence = _cited(assessment.evidence, known)
    nearest = tuple(
        replace(n, citation=known.get(_key(n), _NOWHERE).citation) for n in assessment.search.nearest
    )
    return replace(assessment, evidence=evidence, search=replace(assessment.search, nearest=nearest))


def _cited(quotes: Sequence[Evidence], known: dict[_Key, Place]) -> tuple[Evidence, ...]:
    return tuple(
        replace(e, citation=(place := known.get(_key(e), _NOWHERE)).citation, ocr=place.ocr) for e in quotes
    )
