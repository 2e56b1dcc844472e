"""Citations for what is published: every quote and every nearest passage, as a person would cite it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from radar_pipeline.ingest.citing import Citing, Place
from radar_pipeline.models import Assessment, Evidence, RankedPassage
from radar_pipeline.storage.document_files import DocumentFiles
from radar_pipeline.sweep.manifest import Manifest

_Cited = Evidence | RankedPassage
_Key = tuple[str, str, int, int]  # document, version, start, end


def cited(home: Path, manifest: Manifest, assessments: Sequence[Assessment]) -> list[Assessment]:
    """The assessments with their citations. Documents are read one at a time, and only those cited;
    what is cited of one whose annotations are gone stays without a citation. Raises StoreError."""
    wanted: dict[tuple[str, str], set[_Key]] = {}
    for assessment in assessments:
        items: list[_Cited] = [*assessment.evidence, *assessment.search.nearest]
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
    return [_with_citations(assessment, known) for assessment in assessments]


def _key(item: _Cited) -> _Key:
    return (item.document_id, item.version_id, item.start, item.end)


def _with_citations(assessment: Assessment, known: dict[_Key, Place]) -> Assessment:
    nothing = Place("")
    evidence = tuple(
        replace(e, citation=(place := known.get(_key(e), nothing)).citation, ocr=place.ocr)
        for e in assessment.evidence
    )
    nearest = tuple(
        replace(n, citation=known.get(_key(n), nothing).citation) for n in assessment.search.nearest
    )
    return replace(assessment, evidence=evidence, search=replace(assessment.search, nearest=nearest))
