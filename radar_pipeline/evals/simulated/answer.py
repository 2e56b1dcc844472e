"""Answering a question: with the sentences that share most words with it."""

import re

from radar_pipeline.evals.simulated.reading import Piece, pieces_of, words_of
from radar_pipeline.evals.simulated.rules import Rules, rules_of
from radar_pipeline.evals.simulated.words import paraphrased, sentences, share, stems
from radar_pipeline.llm.fake import Answer, Request

_QUESTION = re.compile(r"^QUESTION: (.*)$", re.MULTILINE)
_ASSESSMENT = re.compile(r"^- (?P<ref>.+?) \((?P<title>.*)\): (?P<verdict>\w+), confidence", re.MULTILINE)
_ENOUGH = 0.4  # share of the question's words that a sentence must have
_MOST = 3  # sentences
_ON_IT = 0.5  # share of the question's words that an assessment's title must have


def answer(request: Request) -> Answer:
    """The answer of a prompt that answers questions."""
    rules, asked = rules_of(request), words_of(request)
    found = _QUESTION.search(asked)
    wanted = stems(found[1] if found else "")
    said = [
        (share(wanted, sentence), piece, sentence)
        for piece in pieces_of(request)
        if _counts(piece, rules)
        for sentence in sentences(piece.text)
    ]
    chosen = sorted((row for row in said if row[0] >= _ENOUGH), key=lambda row: -row[0])[:_MOST]
    told = [_told(piece, sentence, rules) for _, piece, sentence in chosen]
    told += [
        {
            "text": f"{m['title']} is {m['verdict'].replace('_', ' ')}.",
            "quotes": [],
            "assessments": [m["ref"]],
        }
        for m in _ASSESSMENT.finditer(asked)
        if share(wanted, m["title"]) >= _ON_IT
    ]
    return {"sentences": told, "not_answered": "" if told else "The sources do not tell this."}


def _counts(piece: Piece, rules: Rules) -> bool:
    unheeded = {"superseded": rules.knows_superseded, "draft": rules.knows_drafts}
    return not unheeded.get(piece.status, False)


def _told(piece: Piece, sentence: str, rules: Rules) -> dict[str, object]:
    quote = sentence if rules.copies else paraphrased(sentence)
    return {
        "text": sentence,
        "quotes": [{"passage": piece.number, "quote": quote}],
        "assessments": [],
    }
