"""Cohere's embeddings."""

from radar_pipeline.llm.call import Usage
from radar_pipeline.llm.fake import vectors
from radar_pipeline.llm.fake.faults import USAGE_FAULTS, Fault
from radar_pipeline.llm.fake.requests import Request
from radar_pipeline.llm.fake.tokens import count
from radar_pipeline.llm.fake.values import JsonObject, array, integer

TYPES = frozenset({"float", "base64"})


def embeddings(request: Request, fault: Fault | None) -> tuple[JsonObject, Usage]:
    """The vectors of the texts in each form that was asked for, and what they cost."""
    length = vectors.dimensions(request.model, integer(request.body.get("output_dimension")))
    made = [vectors.embed(text, length) for text in request.inputs]
    if fault is Fault.WRONG_DIMENSIONS:
        made = [[*vector, 0.0] for vector in made]
    if fault is Fault.MISSING_VECTOR:
        made.pop()
    wanted = array(request.body.get("embedding_types")) or ["float"]
    forms: JsonObject = {
        str(form): [vectors.encode(each) for each in made] if form == "base64" else made for form in wanted
    }
    usage = Usage(input_tokens=sum(map(count, request.inputs)))
    body: JsonObject = {
        "id": f"embed-{request.ordinal:06d}",
        "response_type": "embeddings_by_type",
        "texts": list(request.inputs),
        "embeddings": forms,
        "meta": {
            "api_version": {"version": "2"},
            "billed_units": {"input_tokens": usage.input_tokens},
        },
    }
    if fault is Fault.MISSING_USAGE:
        del body["meta"]
    elif fault in USAGE_FAULTS:
        body["meta"] = {"api_version": {"version": "2"}, "billed_units": None}
    return body, usage
