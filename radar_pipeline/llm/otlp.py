"""Spans and measures by the OpenTelemetry SDK, over OTLP/HTTP. Only ``telemetry`` imports this, and late.

The providers are ours and not the process's: libraries that trace by themselves (the anthropic SDK does)
find none, so nothing is told twice and none of their content leaves.
"""

import os
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from opentelemetry.metrics import Histogram
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer

from radar_pipeline.llm import semconv


@dataclass(frozen=True, slots=True)
class Recorded:
    """One finished attempt. ``common`` attributes go to the span and the measures, ``own`` to the span."""

    name: str
    begun: int  # nanoseconds since 1970
    seconds: float
    common: Mapping[str, str]
    own: Mapping[str, str | int]
    error: str  # error.type; empty: it went well
    tokens: Mapping[str, int]  # by gen_ai.token.type


class Exporter:
    """Sends in the background, in batches; a collector that is away loses spans and holds up nobody."""

    def __init__(self, *, traces: bool, measures: bool) -> None:
        named = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get(
            "OTEL_RESOURCE_ATTRIBUTES", ""
        )
        resource = Resource.create({} if named else {"service.name": semconv.SERVICE})
        self._traces = _traces(resource) if traces else None
        self._measures = _measures(resource) if measures else None
        self._tracer: Tracer | None = self._traces.get_tracer(semconv.SCOPE) if self._traces else None
        self._histograms = _histograms(self._measures) if self._measures else None

    def record(self, done: Recorded) -> None:
        """Queue a finished attempt."""
        if self._tracer is not None:
            span = self._tracer.start_span(
                done.name,
                kind=SpanKind.CLIENT,
                attributes={**done.common, **done.own},
                start_time=done.begun,
            )
            if done.error:
                span.set_status(Status(StatusCode.ERROR))
            span.end(done.begun + int(done.seconds * 1e9))
        if self._histograms is not None:
            tokens, duration = self._histograms
            for kind, number in done.tokens.items():
                tokens.record(number, {**done.common, semconv.TOKEN_TYPE: kind})
            failure = {semconv.ERROR_TYPE: done.error} if done.error else {}
            duration.record(done.seconds, {**done.common, **failure})

    def close(self, seconds: float) -> None:
        """Send what is queued and end; after ``seconds`` what is not yet sent is left."""
        providers = [p for p in (self._traces, self._measures) if p is not None]
        threads = [threading.Thread(target=provider.shutdown, daemon=True) for provider in providers]
        for thread in threads:
            with suppress(RuntimeError):  # newer Pythons start none at the end of a process
                thread.start()
        end = time.monotonic() + seconds
        for provider, thread in zip(providers, threads, strict=True):
            if thread.ident is None:
                provider.shutdown()
            else:
                thread.join(max(0.0, end - time.monotonic()))


def _traces(resource: Resource) -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _measures(resource: Resource) -> MeterProvider:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    return MeterProvider(metric_readers=[reader], resource=resource, shutdown_on_exit=False)


def _histograms(provider: MeterProvider) -> tuple[Histogram, Histogram]:
    meter = provider.get_meter(semconv.SCOPE)
    tokens = meter.create_histogram(
        semconv.TOKEN_USAGE,
        unit="{token}",
        description="Tokens of one attempt, in and out",
        explicit_bucket_boundaries_advisory=semconv.TOKEN_BUCKETS,
    )
    duration = meter.create_histogram(
        semconv.DURATION,
        unit="s",
        description="Time of one attempt",
        explicit_bucket_boundaries_advisory=semconv.DURATION_BUCKETS,
    )
    return tokens, duration
