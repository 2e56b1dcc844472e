"""Real exporters against a server of our own: what is sent, what never is; nothing hurts a call."""

import gzip
import json
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.llm import keys, redact, telemetry
from radar_pipeline.llm.call import ErrorClass, Feature, Message, Role, Usage
from radar_pipeline.llm.errors import ModelCallError
from radar_pipeline.llm.telemetry import Attempt, traced

ATTEMPT = Attempt("openai", "gpt-6.1-terra", "acme", Feature.JUDGE, "coverage@1.0.0#0123456789ab")
SENTENCE = "Jane Doe reports breaches to dpo@acme.example"


class Server(ThreadingHTTPServer):
    """Keeps what is posted, by path; ``status`` is what it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.posted: dict[str, list[bytes]] = {}
        self.status = 200
        self.url = f"http://127.0.0.1:{self.server_port}"

    def bodies(self, path: str) -> list[bytes]:
        return self.posted.get(path, [])

    @property
    def everything(self) -> str:
        return repr(self.posted)


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.posted.setdefault(self.path, []).append(body)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        telemetry.stop(1)
        running.shutdown()


@pytest.fixture
def collector(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    telemetry.stop(1)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.url)
    return server


@pytest.fixture
def sentry(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    telemetry.stop(1)
    monkeypatch.setenv("SENTRY_DSN", server.url.replace("http://", "http://public@") + "/1")
    return server


def attributes(item: Any) -> dict[str, Any]:
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in item.attributes}


def spans(collector: Server) -> list[Any]:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    requests = [ExportTraceServiceRequest.FromString(body) for body in collector.bodies("/v1/traces")]
    return [s for r in requests for rs in r.resource_spans for ss in rs.scope_spans for s in ss.spans]


def points(collector: Server) -> dict[str, list[Any]]:
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    requests = [ExportMetricsServiceRequest.FromString(body) for body in collector.bodies("/v1/metrics")]
    metrics = [
        m for r in requests for rm in r.resource_metrics for sm in rm.scope_metrics for m in sm.metrics
    ]
    return {m.name: list(m.histogram.data_points) for m in metrics}


def events(sentry: Server) -> list[dict[str, Any]]:
    telemetry.stop(5)
    lines = [line for body in sentry.bodies("/api/1/envelope/") for line in body.split(b"\n") if line]
    return [found for found in map(json.loads, lines) if "exception" in found]


# ── Spans and measures ────────────────────────────────────────────────────────────────────────


def test_an_attempt_is_a_span_and_two_measures_by_the_conventions(collector: Server) -> None:
    with traced(ATTEMPT) as span:
        span.done("gpt-6.1-terra-2026-09", Usage(1200, 80, cached_tokens=1000))
    telemetry.stop(5)
    (sent,) = spans(collector)
    assert (sent.name, sent.kind, sent.status.code) == ("chat gpt-6.1-terra", 3, 0)
    assert 0 <= sent.end_time_unix_nano - sent.start_time_unix_nano < 5e9
    assert attributes(sent) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-6.1-terra",
        "gen_ai.response.model": "gpt-6.1-terra-2026-09",
        "gen_ai.usage.input_tokens": 1200,
        "gen_ai.usage.output_tokens": 80,
        "gen_ai.usage.cache_read.input_tokens": 1000,
        "gen_ai.usage.cache_creation.input_tokens": 0,
        "radar.tenant": "acme",
        "radar.feature": "judge",
        "radar.prompt": "coverage@1.0.0#0123456789ab",
    }
    measured = points(collector)
    tokens = {attributes(p)["gen_ai.token.type"]: p.sum for p in measured["gen_ai.client.token.usage"]}
    assert tokens == {"input": 1200, "output": 80}
    (duration,) = measured["gen_ai.client.operation.duration"]
    assert duration.count == 1
    assert "radar.tenant" not in attributes(duration)  # one series per tenant would be too many
    assert "blindspot-radar" in collector.everything


def test_the_names_are_those_of_the_published_conventions() -> None:
    from opentelemetry.semconv._incubating.attributes import gen_ai_attributes as published
    from opentelemetry.semconv._incubating.metrics import gen_ai_metrics

    from radar_pipeline.llm import semconv

    known = {v for module in (published, gen_ai_metrics) for v in vars(module).values() if isinstance(v, str)}
    ours = {v for v in vars(semconv).values() if isinstance(v, str) and v.startswith("gen_ai.")}
    assert len(ours) == 13 and ours <= known


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ModelCallError(SENTENCE, remedy="", error_class=ErrorClass.TIMEOUT), "timeout"),
        (ValueError(SENTENCE), "ValueError"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
)
def test_a_failure_is_told_by_its_class_and_passes_through(
    collector: Server, error: BaseException, told: str
) -> None:
    with pytest.raises(type(error)) as caught, traced(ATTEMPT):
        raise error
    assert caught.value is error
    telemetry.stop(5)
    (sent,) = spans(collector)
    assert attributes(sent)["error.type"] == told
    assert (sent.status.code, sent.status.message, len(sent.events)) == (2, "", 0)
    (duration,) = points(collector)["gen_ai.client.operation.duration"]
    assert attributes(duration)["error.type"] == told
    assert "Jane" not in collector.everything


def test_a_failure_told_without_an_exception_counts_and_is_billed(collector: Server) -> None:
    with traced(ATTEMPT) as span:
        span.failed(ErrorClass.INVALID_ANSWER, Usage(10, 5))
    telemetry.stop(5)
    (sent,) = spans(collector)
    assert attributes(sent)["error.type"] == "invalid_answer"
    assert attributes(sent)["gen_ai.usage.input_tokens"] == 10


def test_content_is_not_captured_unless_the_settings_say_so(collector: Server) -> None:
    tell(SENTENCE)
    assert len(spans(collector)) == 1
    assert "Jane" not in collector.everything


def test_captured_content_has_no_identifiers_and_no_keys(
    collector: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADAR_CAPTURE_CONTENT", "true")
    keys.Secret("plainlookingvalue")
    tell(f"{SENTENCE} plainlookingvalue")
    (sent,) = spans(collector)
    found = attributes(sent)
    for name in ("gen_ai.input.messages", "gen_ai.output.messages"):
        (message,) = json.loads(found[name])
        assert message["parts"][0]["content"] == "Jane Doe reports breaches to [e-mail] [key]"
    assert "dpo@" not in collector.everything and "plainlooking" not in collector.everything


def test_content_on_which_the_redactor_fails_is_dropped(
    collector: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADAR_CAPTURE_CONTENT", "true")
    monkeypatch.setattr(redact, "_ibans_out", lambda text: 1 / 0)
    tell(SENTENCE)
    assert len(spans(collector)) == 1
    assert "Jane" not in collector.everything


def tell(text: str) -> None:
    with traced(ATTEMPT) as span:
        span.content([Message(Role.USER, text, data=True)], text)
        span.done("m", Usage(1, 1))
    telemetry.stop(5)


@pytest.mark.parametrize("status", [400, 503])
def test_a_collector_that_refuses_does_not_hurt_a_call(collector: Server, status: int) -> None:
    collector.status = status
    with traced(ATTEMPT) as span:
        span.done("m", Usage(1, 1))
    telemetry.stop(0.2)


def test_a_collector_that_never_answers_holds_up_the_end_for_no_longer_than_told(
    collector: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with traced(ATTEMPT) as span:
            span.done("m", Usage(1, 1))
        begun = time.monotonic()
        telemetry.stop(0.2)
        assert time.monotonic() - begun < 3


def test_a_recorder_that_breaks_does_not_hurt_a_call(
    collector: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from radar_pipeline.llm import otlp

    def broken(*_: object) -> None:
        raise RuntimeError("full")

    monkeypatch.setattr(otlp.Exporter, "record", broken)
    with traced(ATTEMPT) as span:
        span.done("m", Usage(1, 1))
    monkeypatch.setattr(otlp.Exporter, "close", broken)
    telemetry.stop(1)


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("OTEL_SDK_DISABLED", "true", ""),
        ("OTEL_TRACES_EXPORTER", "none", "/v1/metrics"),
        ("OTEL_METRICS_EXPORTER", "none", "/v1/traces"),
    ],
)
def test_the_standard_switches_are_obeyed(
    collector: Server, monkeypatch: pytest.MonkeyPatch, name: str, value: str, path: str
) -> None:
    monkeypatch.setenv(name, value)
    tell(SENTENCE)
    assert list(collector.posted) == ([path] if path else [])


def test_the_anthropic_sdk_tells_nothing_by_itself(collector: Server) -> None:
    from anthropic import Anthropic, APIStatusError
    from opentelemetry import trace

    collector.status = 500
    client = Anthropic(api_key="none", base_url=collector.url, max_retries=0)  # not even switched off
    with pytest.raises(APIStatusError), traced(ATTEMPT):
        client.messages.create(model="m", max_tokens=1, messages=[{"role": "user", "content": SENTENCE}])
    collector.status = 200
    telemetry.stop(5)
    assert [s.name for s in spans(collector)] == ["chat gpt-6.1-terra"]
    assert type(trace.get_tracer_provider()).__name__ == "ProxyTracerProvider"  # the process's is untouched


# ── Sentry ────────────────────────────────────────────────────────────────────────────────────


def failing(document: str, error: Callable[[str], Exception]) -> None:
    secret_local = document
    try:
        int(secret_local)
    except ValueError as cause:
        raise error(document) from cause


def test_an_unexpected_error_is_told_without_its_words(sentry: Server) -> None:
    with pytest.raises(KeyError), traced(ATTEMPT):
        failing(SENTENCE, KeyError)
    (event,) = events(sentry)
    assert [(v["type"], v["value"]) for v in event["exception"]["values"]] == [
        ("ValueError", ""),
        ("KeyError", ""),
    ]
    assert event["tags"] == {"radar.tenant": "acme", "radar.feature": "judge"}
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    assert frames[-1]["function"] == "failing" and not any("vars" in frame for frame in frames)
    assert "Jane" not in sentry.everything and "dpo@" not in sentry.everything


def test_our_own_error_is_told_with_its_message_scrubbed(sentry: Server) -> None:
    keys.Secret("sk-plain-looking-0001")
    logging.getLogger("radar").error(SENTENCE)  # is no breadcrumb
    message = "models.yaml, line 3: sk-plain-looking-0001 of dpo@acme.example is no name."
    try:
        failing(SENTENCE, lambda _: ConfigurationError(message, remedy="Mend it."))
    except ConfigurationError as error:
        telemetry.report(error, tenant="acme")
    (event,) = events(sentry)
    assert (
        event["exception"]["values"][-1]["value"]
        == "models.yaml, line 3: [key] of [e-mail] is no name. Mend it."
    )
    assert "Jane" not in sentry.everything
    assert not {"request", "breadcrumbs", "extra", "user", "server_name", "modules"} & set(event)


def test_only_failures_that_a_person_mends_are_told(sentry: Server) -> None:
    for error_class in (ErrorClass.RATE_LIMIT, ErrorClass.TIMEOUT, ErrorClass.AUTH):
        with pytest.raises(ModelCallError), traced(ATTEMPT):
            raise ModelCallError(f"It ended in {error_class}.", remedy="", error_class=error_class)
    with pytest.raises(KeyError), traced(ATTEMPT) as span:
        span.failed(ErrorClass.OVERLOAD)
        raise KeyError("an exception of those that carry a failure that is known")
    assert [e["exception"]["values"][0]["value"] for e in events(sentry)] == ["It ended in auth."]


def test_an_event_on_which_the_scrubbing_fails_is_not_sent(
    sentry: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from radar_pipeline.llm import sentry as module

    monkeypatch.setattr(module, "scrub", lambda text: 1 / 0)
    telemetry.report(ConfigurationError(SENTENCE, remedy=""))
    assert events(sentry) == []
    assert "Jane" not in sentry.everything


@pytest.mark.parametrize("dsn", ["nonsense", "http://127.0.0.1:1/x"])
def test_a_wrong_dsn_does_not_hurt_a_call(monkeypatch: pytest.MonkeyPatch, dsn: str) -> None:
    telemetry.stop(1)
    monkeypatch.setenv("SENTRY_DSN", dsn)
    with traced(ATTEMPT) as span:
        span.done("m", Usage(1, 1))
    telemetry.report(ValueError("x"))
    telemetry.stop(1)


# ── Processes of their own ────────────────────────────────────────────────────────────────────

PROGRAM = """
HEAVY = ("opentelemetry", "sentry_sdk", "phonenumbers", "requests")
import sys
from radar_pipeline.llm.call import Feature, Usage
from radar_pipeline.llm.telemetry import Attempt, traced, report
with traced(Attempt("openai", "m", "acme", Feature.ASK)) as span:
    span.content([], "text")
    span.done("m", Usage(1, 1))
report(ValueError("x"))
print(sorted({n.split(".")[0] for n in sys.modules} & set(HEAVY)))
"""


def run(environment: dict[str, str]) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip(), done.stderr


def test_unset_it_imports_nothing() -> None:
    assert run({"PYTHONPATH": ":".join(sys.path)}) == ("[]", "")


def test_a_short_process_sends_what_it_has_before_it_ends(server: Server) -> None:
    out, _ = run(
        {
            "PYTHONPATH": ":".join(sys.path),
            "OTEL_EXPORTER_OTLP_ENDPOINT": server.url,
            "SENTRY_DSN": server.url.replace("http://", "http://public@") + "/1",
        }
    )
    assert "opentelemetry" in out and "sentry_sdk" in out
    assert [s.name for s in spans(server)] == ["chat m"]
    assert [e["exception"]["values"][0]["type"] for e in events(server)] == ["ValueError"]
