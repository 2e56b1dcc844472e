"""The keys that let a sweep do nothing: equal key, equal answer, no second bill."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from radar_pipeline import ids
from radar_pipeline.ingest import chunk, passages, similar, tokens
from radar_pipeline.models import Candidate, Framework, FrameworkScope, JudgeIdentity, Requirement, Status
from radar_pipeline.report.version import REPORT_VERSION
from radar_pipeline.retrieval import search
from radar_pipeline.sweep.manifest import Entry


def cutting_identity(max_tokens: int) -> str:
    """How documents are cut into chunks and passages."""
    return ids.digest(chunk.CHUNKING, passages.PASSAGES, tokens.TOKENIZER_SHA256, str(max_tokens), length=16)


def retrieval_identity(candidates: int, max_tokens: int) -> str:
    """How passages are found, readable: it is shown in the decision record."""
    return f"{search.VERSION};k={candidates};cut={cutting_identity(max_tokens)}"


def tenant_key(
    entries: Iterable[Entry],
    framework: Framework,
    scope: FrameworkScope,
    judging: Sequence[str],
    as_of: date,
) -> str:
    """Everything a (tenant, framework) report is made of; ``judging``: retrieval, embedder, judge, and
    the standing questions with who answers them, if there are any.

    The clock enters only through what it decides, which documents are overdue and which are not in
    force yet; so the mere passing of a day makes no tenant due.
    """
    documents = [
        [
            *(e.document_id, e.version_id, e.reason.value if e.reason else ""),
            *(overdue(e, as_of), pending(e, as_of), e.missing_since),
        ]
        for e in sorted(entries, key=lambda e: e.document_id)
    ]
    body = [
        documents,
        framework.content_hash,
        sorted(scope.not_applicable.items()),
        list(judging),
        REPORT_VERSION,
        similar.VERSION,
    ]
    return ids.digest(json.dumps(body, ensure_ascii=False))


def overdue(entry: Entry, as_of: date) -> bool:
    """True if the document's own review date has passed; nobody reviews a superseded one."""
    if entry.meta.status is Status.SUPERSEDED:
        return False
    return entry.meta.review_by is not None and entry.meta.review_by < as_of


def pending(entry: Entry, as_of: date) -> bool:
    """True if the document says that it takes effect later."""
    return entry.meta.effective_date is not None and entry.meta.effective_date > as_of


def corpus_key(passage_hashes: Iterable[str], retrieval: str, embedder: str) -> str:
    """The state that decides what retrieval returns: distinct passages and how they are compared."""
    return ids.digest(retrieval, embedder, *sorted(set(passage_hashes)))


def retrieval_key(corpus: str, requirement: Requirement) -> str:
    """Key of the exact memo of one requirement's candidate set."""
    return ids.digest(corpus, requirement.requirement_id, requirement.content_hash)


def judgement_key(requirement: Requirement, candidates: Collection[Candidate], judge: JudgeIdentity) -> str:
    """Requirement and elements, the set of candidates with kind and status, and the judge."""
    rows = sorted(f"{c.passage_hash}|{c.kind}|{c.status}" for c in candidates)
    return ids.digest(requirement.requirement_id, requirement.content_hash, judge.hash, *rows)


def text_hash(text: str) -> str:
    """Key of a text's vector, beside the embedder's identity."""
    return ids.digest(text)


def model_hash(embedder_identity: str) -> str:
    """Short key of an embedder: part of a table's name."""
    return ids.digest(embedder_identity, length=12)
