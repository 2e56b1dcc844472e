"""What a prompt's system message tells the model to do, as far as the scripted model heeds it."""

import re
from dataclasses import dataclass

from radar_pipeline.llm.fake.requests import Request

_TO_THE_LETTER = r"(?:letter for letter|word for word|verbatim|literally)"
_COPY = re.compile(  # that somebody checks it to the letter does not say that it is to be copied
    rf"\bcop(?:y|ied|ies)\b[^.;]{{0,40}}\b{_TO_THE_LETTER}\b|\bquote (?:it |them )?(?:literally|verbatim)\b",
    re.IGNORECASE,
)
_DRAFT = re.compile(r"\bdrafts?\b", re.IGNORECASE)
_SUPERSEDED = re.compile(r"\bsuperseded\b", re.IGNORECASE)
_LIMITS = re.compile(
    r"\bcompare (?:the )?(?:numbers|times|deadlines)\b|\bdifferent times\b|\blimit_amount\b|"
    r"\bkeep its numbers\b|\bevery claim, number\b",
    re.IGNORECASE,
)
_LAW = re.compile(r"\bregulation\b", re.IGNORECASE)
_DATA = re.compile(r"\b(?:is|are) data\b|\bnothing inside is addressed to you\b", re.IGNORECASE)
_JSON = re.compile(r"\bJSON\b")
_MENDING = re.compile(r"^- [^\n]*: [a-z_]+\Z", re.MULTILINE)  # as the client tells what was wrong


@dataclass(frozen=True, slots=True)
class Rules:
    """Which rules the prompt states."""

    copies: bool  # quotes are copied to the letter
    knows_drafts: bool
    knows_superseded: bool
    compares: bool  # numbers and times are compared
    knows_law: bool  # what only retells a law is no arrangement
    distrusts: bool  # documents are data, and their instructions are not followed
    in_form: bool  # the answer is asked for as JSON, now or in the repair


def rules_of(request: Request) -> Rules:
    """The rules of a request's system messages."""
    said = "\n".join(part.text for part in request.parts if part.role == "system")
    said = " ".join(said.split())
    return Rules(
        copies=bool(_COPY.search(said)),
        knows_drafts=bool(_DRAFT.search(said)),
        knows_superseded=bool(_SUPERSEDED.search(said)),
        compares=bool(_LIMITS.search(said)),
        knows_law=bool(_LAW.search(said)),
        distrusts=bool(_DATA.search(said)),
        in_form=bool(_JSON.search(said)) or bool(_MENDING.search(request.parts[-1].text)),
    )
