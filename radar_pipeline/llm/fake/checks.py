"""What the real services refuse before a model is run, so that a test meets it first."""

from radar_pipeline.llm.fake.cohere_bodies import TYPES
from radar_pipeline.llm.fake.refusals import Refusal, reject
from radar_pipeline.llm.fake.requests import EMBEDDING, GENERATING, Endpoint, Request
from radar_pipeline.llm.fake.schemas import problem
from radar_pipeline.llm.fake.values import array, mapping


def check(request: Request) -> Refusal | None:
    """A refusal for a model request that a provider would not take, else None."""
    if request.endpoint not in GENERATING | EMBEDDING:
        return None
    if not request.model:
        return reject(request, 400, "You must provide a model parameter.")
    if request.endpoint in EMBEDDING:
        return _embedding(request)
    if not request.parts:
        return reject(request, 400, "There is no message.")
    if request.endpoint is Endpoint.MESSAGES and (refused := _anthropic(request)):
        return refused
    return _schema(request)


def _embedding(request: Request) -> Refusal | None:
    if not request.inputs or not all(request.inputs):
        return reject(request, 400, "The input is empty, or one of its texts is.")
    if request.endpoint is Endpoint.COHERE_EMBED:
        if len(request.inputs) > 96:
            return reject(request, 400, "At most 96 texts can be embedded at once.")
        if not set(array(request.body.get("embedding_types"))) <= TYPES:
            return reject(request, 400, f"The fake server knows the embedding types {sorted(TYPES)} only.")
    elif len(request.inputs) > 2048:
        return reject(request, 400, "At most 2048 texts can be embedded at once.")
    return None


def _anthropic(request: Request) -> Refusal | None:
    if not request.batch and "anthropic-version" not in request.headers:
        return reject(request, 400, "anthropic-version: header is required")
    if not request.max_output_tokens:
        return reject(request, 400, "max_tokens: Field required")
    return None


def _schema(request: Request) -> Refusal | None:
    if request.schema is None:
        return None
    openai = request.endpoint is not Endpoint.MESSAGES
    if openai and not _strict(request):
        return None
    wrong = problem(request.schema, all_required=openai)
    return reject(request, 400, f"Invalid schema: {wrong}", "invalid_json_schema") if wrong else None


def _strict(request: Request) -> bool:
    wanted = mapping(mapping(request.body.get("text")).get("format"))
    if request.endpoint is Endpoint.CHAT:
        wanted = mapping(mapping(request.body.get("response_format")).get("json_schema"))
    return wanted.get("strict") is True
