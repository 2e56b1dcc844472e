"""The words of the pages: verdicts, reasons and causes as people say them, and text made safe to show."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from markupsafe import Markup, escape

from radar_pipeline.ingest.citing import MONTHS
from radar_pipeline.models import (
    Cause,
    ElementStatus,
    FindingKind,
    Reason,
    Recommendation,
    UnreadableReason,
    Verdict,
)
from radar_pipeline.report.advice import REMEDIES
from radar_pipeline.report.scores import MAX_NOT_ASSESSED

VERDICTS: dict[str, str] = {
    Verdict.COVERED: "Covered",
    Verdict.PARTIAL: "Partly covered",
    Verdict.CONTRADICTED: "Contradicted",
    Verdict.NOT_ADDRESSED: "Blindspot",
    Verdict.NOT_ASSESSED: "Not assessed",
}
MEANINGS: dict[str, str] = {
    Verdict.COVERED: "The documents say all that the requirement asks for. Quotes prove it.",
    Verdict.PARTIAL: "The documents say a part of it. Quotes prove that part; what is missing is listed.",
    Verdict.CONTRADICTED: "The documents say something that the requirement rules out. A quote proves it.",
    Verdict.NOT_ADDRESSED: "Nothing in the documents speaks to it. The search that came up empty is shown.",
    Verdict.NOT_ASSESSED: "No verdict could be given, and the reason is. It is never counted as a blindspot.",
}
REASONS: dict[str, str] = {
    Reason.NO_CORPUS: "the documents hold no text to search",
    Reason.UNREADABLE_DOCUMENTS: "a document that could not be read may well address it",
    Reason.JUDGE_FAILED: "the judge could not answer; the next sweep asks again",
    Reason.UNCERTAIN: "the judge was too unsure to say",
    Reason.UNVERIFIED_QUOTE: "no quote for it could be verified in the documents",
    Reason.PROVIDERS_FAILED: "no model could be reached; the next sweep asks again",
    Reason.REFUSED: "the model declined to answer",
    Reason.INVALID_ANSWER: "the model’s answer was not of the form asked for",
    Reason.TOO_LONG: "it is more than the model reads at once",
    Reason.QUOTA: "the plan’s queries of this month are used up; next month asks again",
    Reason.BUDGET: "the money set aside for models is used up; it is asked again when there is more",
    Reason.SUSPECTED_INJECTION: "all that was found for it gives instructions to a reader’s machine",
}
UNSUPPORTED: dict[str, str] = {  # why a sentence of an answer is marked
    "no_source": "it rests on nothing",
    "not_found": "what it cites is not in the documents",
    "other_verdict": "it does not tell the verdict of what it cites",
    "says_more": "it says something else or more than its source",
    "off_topic": "its source speaks of something else",
}
NO_ANSWER: dict[str, str] = {  # why a question has no answer in prose
    "no_model": "quotes and assessments instead of prose, as no model was asked",
    "no_corpus": "the documents hold no text to search",
    "providers_failed": "no model could be reached; the next sweep asks again",
    "setup": "the models are not set up; the next sweep asks again",
    "quota": "the plan’s queries of this month are used up; it is asked again when there are more",
    "budget": "the money set aside for models is used up; it is asked again when there is more",
    "refused": "the model declined to answer",
    "invalid_answer": "the model’s answer was not of the form asked for",
    "too_long": "it is more than the model reads at once",
    "failed": "it could not be answered; the next sweep asks again",
}
ELEMENTS: dict[str, str] = {
    ElementStatus.MET: "met",
    ElementStatus.MISSING: "missing",
    ElementStatus.CONTRADICTED: "contradicted",
    ElementStatus.NOT_NEEDED: "need not be arranged",
}
ROLES = {
    "actor": "Who",
    "action": "Does what",
    "object": "With or about what",
    "deadline": "By when",
    "condition": "When it applies",
}
CAUSES: dict[str, str] = {
    Cause.DOCUMENT_ADDED: "a document was added",
    Cause.DOCUMENT_CHANGED: "a document changed",
    Cause.DOCUMENT_REMOVED: "a document was removed",
    Cause.DOCUMENT_UNREADABLE: "a document could not be read",
    Cause.PARSER: "a document is read by another version of the parser",
    Cause.EMBEDDER: "another embedding model",
    Cause.RETRIEVAL: "the search chose other passages",
    Cause.FRAMEWORK: "the catalog changed",
    Cause.SCOPE: "what applies to the organisation changed",
    Cause.PROMPT: "another version of the prompt",
    Cause.MODEL: "another judge or model, or its answer failed",
    Cause.CALIBRATION: "the confidence was calibrated anew",
    Cause.TIME: "time passed",
}
RECOMMENDATIONS: dict[str, str] = {
    Recommendation.AMEND: "Amend a document",
    Recommendation.CREATE: "Write a document",
    Recommendation.LINK: "Link a document",
    Recommendation.OBTAIN_EVIDENCE: "Obtain evidence",
    Recommendation.RESOLVE_CONFLICT: "Resolve a conflict",
    Recommendation.REFRESH: "Review a document",
    Recommendation.ASSIGN_OWNER: "Name an owner",
    Recommendation.RETIRE: "Retire a document",
}
DOCUMENT_CHANGES: dict[str, str] = {  # after a number of documents
    "added": "added",
    "changed": "changed",
    "removed": "removed",
    "missing": "gone from the source, held until confirmed",
    "returned": "back in the source",
}
STATUSES = {
    "new": "new",
    "persisting": "known",
    "regressed": "back again",
    "resolved": "resolved",
    "suppressed": "set aside",
}
UNREAD: dict[str, str] = {  # after a number of documents
    UnreadableReason.TIMEOUT: "too slow to read",
    UnreadableReason.OOM: "too heavy for the memory",
    UnreadableReason.CRASH: "on which the parser broke down",
    UnreadableReason.ENCRYPTED: "protected by a password",
    UnreadableReason.EMPTY: "without text",
    UnreadableReason.MALFORMED: "damaged",
    UnreadableReason.BOMB: "of a dangerous size unpacked",
    UnreadableReason.UNSUPPORTED: "in a format not read yet",
    UnreadableReason.TOO_LARGE: "too large",
    UnreadableReason.NOT_TEXT: "without text by their nature",
    UnreadableReason.MISMATCH: "of another format than the name says",
    UnreadableReason.NEEDS_OCR: "made of pictures of pages",
}
CHORES: dict[str, tuple[str, str]] = {  # findings on documents, after their number
    FindingKind.INJECTION: (
        "document gives instructions to a reader’s machine",
        "documents give instructions to a reader’s machine",
    ),
    FindingKind.OWNERLESS: ("document names no owner", "documents name no owner"),
    FindingKind.SUPERSEDED: (
        "old version lies beside its successor",
        "old versions lie beside their successors",
    ),
    FindingKind.DUPLICATE: ("document is a copy of another", "documents are copies of others"),
}
PLACES: dict[str, str] = {  # where something was read, as ``documents.read_from`` has it
    "tenants.yaml": "tenants.yaml",
    "front_matter": "its front matter",
    "control_block": "its control block",
    "message_header": "the message’s header",
    "version_history": "its table of versions",
    "heading": "its heading",
    "text": "its text",
    "file_properties": "the file’s properties",
    "file_markup": "the file’s markup",
    "file_name": "the name of its file or folder",
    "newer_version": "the newer version beside it",
}
LANGUAGES = {  # those that documents of our tenants are most often in; others by their code
    "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "et": "Estonian", "fi": "Finnish", "fr": "French", "ga": "Irish", "hr": "Croatian",
    "hu": "Hungarian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian",
    "lv": "Latvian", "mt": "Maltese", "nb": "Norwegian", "nl": "Dutch", "nn": "Norwegian",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sk": "Slovak", "sl": "Slovenian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian",
    "zh": "Chinese",
}  # fmt: skip

# Characters that can reorder or hide what a reader sees: control, bidirectional and invisible ones.
# Joiners (U+200C, U+200D) stay: several scripts need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def cause(name: str, before: str | None, after: str | None) -> str:
    """Why a verdict changed from ``before`` to ``after``; None: there was or is no requirement."""
    if name != Cause.FRAMEWORK:
        return CAUSES.get(name, name)
    if not before:
        return "the requirement is new"
    return "the requirement changed" if after else "the catalog dropped the requirement"


def visible(text: str) -> str:
    """The text with each character that could hide or reorder others shown by its number."""
    return _UNSEEN.sub(lambda match: f"⟨U+{ord(match.group()):04X}⟩", text)


def coded(text: str) -> Markup:
    """Our own messages with what stands between backticks as code, everything escaped."""
    parts = visible(text).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )


def confidence(value: float) -> str:
    """A probability in words."""
    for least, words in ((0.9, "very sure"), (0.75, "sure"), (0.6, "fairly sure"), (0.45, "unsure")):
        if value >= least:
            return words
    return "very unsure"


def unreadable(reason: str | None) -> tuple[str, str]:
    """Why a document could not be read, and what mends it."""
    try:
        return REMEDIES[UnreadableReason(reason or "")]
    except ValueError:
        return ("it could not be read", "Run the sweep again; see `radar status`.")


def hides_text(document: Mapping[str, Any]) -> bool:
    """Whether a sentence may stand in a row of ``documents`` that the search could not see."""
    if document["readable"]:
        return bool(document["needs_ocr"])
    return bool(document["reason"] != UnreadableReason.NOT_TEXT)


def unread_because(document: Mapping[str, Any]) -> str:
    """The reason why a document, or most of it, was not read."""
    return document["reason"] or (UnreadableReason.NEEDS_OCR.value if document["needs_ocr"] else "")


def ranges(numbers: Iterable[int]) -> str:
    """``1–3, 7``."""
    runs: list[list[int]] = []
    for number_ in sorted(set(numbers)):
        if runs and number_ == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number_]
        else:
            runs.append([number_])
    return ", ".join("–".join(str(n) for n in run) for run in runs)


def day(value: date | datetime | None) -> str:
    """``22 November 2026``."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}" if value else ""


def moment(value: datetime | None) -> str:
    """``22 November 2026, 01:02 UTC`` in the value's own time zone."""
    return f"{day(value)}, {value:%H:%M} {value.tzname() or ''}".strip() if value else ""


def number(value: float | None, digits: int = 1) -> str:
    """A number for reading; empty for None."""
    return "" if value is None else f"{value:,.{digits}f}"


def withheld(part: float, whole: float) -> str:
    """The share that is not assessed: ``33%``; rounded up to a tenth where that tells it from the limit."""
    percent, limit = 100 * part / whole, 100 * MAX_NOT_ASSESSED
    return f"{math.ceil(10 * percent) / 10:.1f}%" if round(percent) == limit < percent else f"{percent:.0f}%"


def plural(count: int, one: str, many: str = "") -> str:
    """``1 document``, ``2 documents``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def short(name: str) -> str:
    """A framework's name without what follows a colon or stands in brackets."""
    return re.split(r":| \(", name, maxsplit=1)[0].strip() or name


def money(usd: float) -> str:
    """``$1.20``; small sums keep two digits that tell something."""
    if not usd:
        return "no cost"
    return f"${usd:,.2f}" if usd >= 0.01 else "under $0.01"


def brief_day(value: date | datetime | None) -> str:
    """``22 Nov 2026``."""
    return f"{value.day} {MONTHS[value.month - 1][:3]} {value.year}" if value else ""


def natural(text: str) -> tuple[tuple[int, str], ...]:
    """Sort key under which Art. 9 comes before Art. 10."""
    return tuple(
        (int(part), "") if part.isascii() and part.isdigit() else (-1, part.lower())
        for part in re.split(r"([0-9]{1,9})", text)
        if part
    )
