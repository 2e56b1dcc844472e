"""Names of what is traced: OpenTelemetry's GenAI conventions and ours; they still change, so they stand here.

https://opentelemetry.io/docs/specs/semconv/gen-ai/
"""

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
TOKEN_TYPE = "gen_ai.token.type"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CACHED_TOKENS = "gen_ai.usage.cache_read.input_tokens"
CACHE_WRITE_TOKENS = "gen_ai.usage.cache_creation.input_tokens"
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
ERROR_TYPE = "error.type"
TENANT, FEATURE, PROMPT = "radar.tenant", "radar.feature", "radar.prompt"

CHAT, EMBEDDINGS = "chat", "embeddings"

TOKEN_USAGE = "gen_ai.client.token.usage"
TOKEN_BUCKETS = tuple(float(4**power) for power in range(14))  # tokens, as the conventions advise
DURATION = "gen_ai.client.operation.duration"
DURATION_BUCKETS = tuple(0.01 * 2**power for power in range(14))  # seconds, likewise
SCOPE = "radar_pipeline.llm"
SERVICE = "blindspot-radar"
