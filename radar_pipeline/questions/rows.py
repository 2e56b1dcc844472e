"""Standing answers as rows of the report tables, exactly as ``storage/schema.py`` names them."""

from collections.abc import Sequence
from typing import Any

from radar_pipeline import ids
from radar_pipeline.models import Evidence
from radar_pipeline.questions.answers import Answer

Row = dict[str, Any]


def rows(tenant_id: str, answers: Sequence[Answer]) -> dict[str, list[Row]]:
    """Rows by table."""
    return {
        "standing_answers": [_answer(tenant_id, a) for a in answers],
        "standing_answer_sentences": [r for a in answers for r in _sentences(tenant_id, a)],
        "standing_answer_quotes": [r for a in answers for r in _quotes(tenant_id, a)],
    }


def numbered(answer: Answer) -> dict[str, tuple[int, Evidence]]:
    """The answer's quotes by evidence id, numbered from 1 in the order in which they are cited."""
    found: dict[str, Evidence] = {}
    for sentence in answer.sentences:
        for quote in sentence.quotes:
            found.setdefault(quote.evidence_id, quote)
    return {key: (number, quote) for number, (key, quote) in enumerate(found.items(), 1)}


def _where(tenant_id: str, answer: Answer) -> Row:
    return {"tenant_id": tenant_id, "question_id": answer.question.question_id}


def _answer(tenant_id: str, answer: Answer) -> Row:
    return {
        **_where(tenant_id, answer),
        "question": answer.question.text,
        "question_hash": ids.digest(answer.question.text),
        "answer_id": answer.answer_id,
        "state": answer.state.value,
        "why": answer.why.value if answer.why else None,
        "note": answer.note,
        "not_answered": answer.not_answered,
        "sentences": len(answer.sentences),
        "unsupported": answer.claims[1],
        "quotes": len(numbered(answer)),
        "model": answer.spoke.model,
        "prompt_ref": answer.spoke.prompt,
        "answered_on": answer.answered_on,
        "tokens_in": answer.spoke.tokens_in,
        "tokens_out": answer.spoke.tokens_out,
        "cost_usd": float(answer.spoke.cost_usd),
    }


def _sentences(tenant_id: str, answer: Answer) -> list[Row]:
    numbers = numbered(answer)
    return [
        {
            **_where(tenant_id, answer),
            "ordinal": ordinal,
            "kind": sentence.kind.value,
            "text": sentence.text,
            "unsupported": sentence.unsupported.value if sentence.unsupported else None,
            "assessments": list(sentence.assessments),
            "quotes": [numbers[quote.evidence_id][0] for quote in sentence.quotes],
        }
        for ordinal, sentence in enumerate(answer.sentences, 1)
    ]


def _quotes(tenant_id: str, answer: Answer) -> list[Row]:
    return [
        {
            **_where(tenant_id, answer),
            "evidence_id": quote.evidence_id,
            "number": number,
            "document_id": quote.document_id,
            "version_id": quote.version_id,
            "path": quote.path,
            "page": quote.page,
            "heading_path": list(quote.heading_path),
            "start_offset": quote.start,
            "end_offset": quote.end,
            "quote": quote.quote,
            "citation": quote.citation,
            "ocr": quote.ocr,
            "noisy": quote.noisy,
            "quote_hash": ids.digest(quote.quote),
        }
        for number, quote in numbered(answer).values()
    ]
