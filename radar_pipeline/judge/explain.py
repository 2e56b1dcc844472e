"""The explanation of a verdict in plain sentences. It may quote nothing: quotes are citations."""

from collections.abc import Sequence

from radar_pipeline.judge.confidence import needs_review
from radar_pipeline.judge.elements import Found
from radar_pipeline.judge.view import View
from radar_pipeline.models import ElementStatus, Verdict

_OPENING = {
    Verdict.COVERED: "The documents arrange what is required.",
    Verdict.PARTIAL: "The documents arrange a part of what is required.",
    Verdict.CONTRADICTED: "The documents say the opposite of what is required.",
    Verdict.NOT_ADDRESSED: "No passage arranges what is required; the nearest ones speak of something else.",
}


def explanation(
    leaning: Verdict, confidence: float, unsure: bool, found: Sequence[Found], view: View, draft_only: bool
) -> str:
    """Verdict, no surer than its confidence; missing and contradicted elements; how much was read."""
    parts = [_OPENING[leaning]]
    if leaning is Verdict.CONTRADICTED and needs_review(confidence):
        parts = ["A passage may say the opposite of what is required; read it before you act."]
    if unsure:
        parts = [f"Too uncertain; leaning towards {leaning.value.replace('_', ' ')}."]
    if draft_only and leaning is Verdict.PARTIAL:
        parts.append("Only a draft says so.")
    missing = [f.element.text for f in found if f.duty and f.status is ElementStatus.MISSING]
    if missing and leaning is Verdict.PARTIAL:
        parts.append("Not found: " + "; ".join(missing) + ".")
    parts += [
        f"{f.element.text}: {f.note}." for f in found if f.status is ElementStatus.CONTRADICTED and f.note
    ]
    parts.append(f"{len(view.candidates)} passages were weighed.")
    return " ".join(parts)
