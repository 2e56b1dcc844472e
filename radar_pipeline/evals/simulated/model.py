"""The scripted model: one answer for each use case, told apart by the schema that is asked for."""

from collections.abc import Mapping

from radar_pipeline.evals.simulated.answer import answer
from radar_pipeline.evals.simulated.contradiction import compare
from radar_pipeline.evals.simulated.coverage import assess
from radar_pipeline.evals.simulated.elements import take_apart
from radar_pipeline.evals.simulated.grading import grade
from radar_pipeline.evals.simulated.rules import rules_of
from radar_pipeline.llm.fake import Answer, Request, Responder, by_schema
from radar_pipeline.llm.fake.values import mapping

SCRIPT = "scripted-1"  # raise when it answers the same otherwise: what was answered before is then asked anew

_BY_FIELD: Mapping[str, Responder] = {  # a field that only this use case's answer has
    "confidence": assess,
    "sentences": answer,
    "contradicts": compare,
    "passes": grade,
    "elements": take_apart,
}


def respond(request: Request) -> Answer:
    """The answer to a request. A prompt that never asks for JSON gets prose, until it is asked again."""
    if not rules_of(request).in_form:
        return "I have read the passages, and this is what I think of them."
    fields = mapping((request.schema or {}).get("properties"))
    for field, make in _BY_FIELD.items():
        if field in fields:
            return make(request)
    return by_schema(request)
