"""What is told of model calls to the outside: spans and measures by OpenTelemetry, errors by Sentry.

Spans and measures go where the standard ``OTEL_EXPORTER_OTLP_ENDPOINT`` (or its ``_TRACES_`` and
``_METRICS_`` forms) says, errors where ``SENTRY_DSN`` says; each needs its optional extra. Where they
are not set nothing is imported and nothing is done. Nothing that goes wrong here reaches a call.
"""

import atexit
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from radar_pipeline.llm import semconv
from radar_pipeline.llm.call import ErrorClass, Feature, Message, Usage
from radar_pipeline.llm.errors import ModelCallError
from radar_pipeline.llm.keys import scrub
from radar_pipeline.llm.redact import safely_redacted
from radar_pipeline.settings import load_settings

if TYPE_CHECKING:
    from radar_pipeline.llm.otlp import Exporter, Recorded

_log = logging.getLogger(__name__)
_KNOWN = frozenset(c.value for c in ErrorClass)
_OURS = frozenset({ErrorClass.AUTH, ErrorClass.CONFIGURATION, ErrorClass.BAD_REQUEST})  # a person has to look


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request to one deployment, before it is made. ``provider`` as the conventions name it: openai,
    anthropic, cohere …; ``operation``: chat or embeddings."""

    provider: str
    model: str
    tenant: str
    feature: Feature
    prompt: str = ""  # name@version#sha
    operation: str = semconv.CHAT


class Span:
    """What the one who makes the attempt tells of it; every method may be left uncalled."""

    def __init__(self) -> None:
        self.model = ""
        self.usage: Usage | None = None
        self.error = ""
        self.asked = ""
        self.answered = ""

    def done(self, model: str, usage: Usage) -> None:
        """The model as it answered, and what it used."""
        self.model, self.usage = model, usage

    def failed(self, error_class: ErrorClass, usage: Usage | None = None) -> None:
        """How it failed; ``usage`` if the provider told it nevertheless."""
        self.error = error_class.value
        self.usage = usage or self.usage

    def content(self, messages: Sequence[Message], answer: str) -> None:
        """What was asked and answered. Kept only if the settings allow it, and redacted then; what the
        redactor fails on is dropped."""
        if not _state().capture:
            return
        parts = [(m.role.value, _clean(m.text)) for m in messages]
        told = [
            {"role": role, "parts": [{"type": "text", "content": t}]} for role, t in parts if t is not None
        ]
        self.asked = json.dumps(told, ensure_ascii=False)
        text = _clean(answer)
        if text is not None:
            part = {"role": "assistant", "parts": [{"type": "text", "content": text}]}
            self.answered = json.dumps([part], ensure_ascii=False)


@contextmanager
def traced(attempt: Attempt) -> Iterator[Span]:
    """Around one attempt: a span ``chat {model}`` of its time, and the measures of its tokens and time.

    An exception passes through as it is; its class becomes ``error.type`` (a ModelCallError's error
    class), never its message, unless ``failed`` told another before. One that nobody expected, or that a
    person has to mend, goes to Sentry.
    """
    span, state = Span(), _state()
    begun, clock = time.time_ns(), time.perf_counter()
    try:
        yield span
    except BaseException as error:
        span.error = span.error or _class_of(error)
        if isinstance(error, Exception) and (span.error not in _KNOWN or span.error in _OURS):
            report(error, tenant=attempt.tenant, feature=attempt.feature.value)
        raise
    finally:
        if state.exporter is not None:
            seconds = time.perf_counter() - clock
            _quietly(
                lambda exporter: exporter.record(_recorded(attempt, span, begun, seconds)), state.exporter
            )


def report(error: BaseException, **tags: str) -> None:
    """Tell Sentry of an error that was caught; nothing where no DSN is set.

    Told are classes and places in the code. A message goes only with our own errors, which hold no
    tenant's text, and scrubbed; never local variables or request bodies.
    """
    if _state().sentry:
        with suppress(Exception):
            from radar_pipeline.llm import sentry

            sentry.capture(error, tags)


def start() -> None:
    """Begin now instead of at the first attempt: errors that nobody catches are then told to Sentry, too."""
    _state()


def stop(seconds: float = 5.0) -> None:
    """Send what is left, for about ``seconds`` at most; runs at the end of the process by itself.

    A later attempt begins anew, with the environment and settings as they are then.
    """
    global _current
    with _lock:
        state, _current = _current, None
    if state is None:
        return
    end = time.monotonic() + seconds
    if state.exporter is not None:
        _quietly(lambda exporter: exporter.close(seconds), state.exporter)
    if state.sentry:
        with suppress(Exception):
            from radar_pipeline.llm import sentry

            sentry.close(max(0.5, end - time.monotonic()))


@dataclass(frozen=True, slots=True)
class _State:
    exporter: "Exporter | None" = None
    sentry: bool = False
    capture: bool = False


_lock = threading.Lock()
_current: _State | None = None


def _state() -> _State:
    global _current  # noqa: PLW0603 - one exporter for the process
    if _current is None:
        with _lock:
            if _current is None:
                _current = _begin()
    return _current


def _begin() -> _State:
    traces, measures = _told_to("TRACES"), _told_to("METRICS")
    exporter = None
    with suppress(Exception):
        if (traces or measures) and _installed("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"):
            from radar_pipeline.llm import otlp

            exporter = otlp.Exporter(traces=traces, measures=measures)
    watched = False
    with suppress(Exception):
        if os.environ.get("SENTRY_DSN", "").strip() and _installed("sentry_sdk"):
            from radar_pipeline.llm import sentry

            watched = sentry.begin()
    if exporter is not None or watched:
        atexit.register(stop)
    capture = exporter is not None and traces and load_settings().capture_content
    return _State(exporter, watched, capture)


def _told_to(signal: str) -> bool:
    """Whether the standard variables name an endpoint for the signal and do not switch it off."""

    def value(name: str) -> str:
        return os.environ.get(name, "").strip()

    if value("OTEL_SDK_DISABLED").lower() == "true" or value(f"OTEL_{signal}_EXPORTER").lower() == "none":
        return False
    return bool(value("OTEL_EXPORTER_OTLP_ENDPOINT") or value(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"))


def _installed(*packages: str) -> bool:
    for package in packages:
        try:
            found = find_spec(package) is not None
        except ModuleNotFoundError:
            found = False
        if not found:
            extra = "sentry" if package == "sentry_sdk" else "traces"
            _log.warning("Nothing is sent: %s is not installed. Install the extra %s.", package, extra)
            return False
    return True


def _class_of(error: BaseException) -> str:
    return error.error_class.value if isinstance(error, ModelCallError) else type(error).__name__


def _recorded(attempt: Attempt, span: Span, begun: int, seconds: float) -> "Recorded":
    """What becomes of an attempt: names by the conventions, empty values left out."""
    from radar_pipeline.llm.otlp import Recorded

    usage = span.usage
    common = {
        semconv.OPERATION: attempt.operation,
        semconv.PROVIDER: attempt.provider,
        semconv.REQUEST_MODEL: attempt.model,
        semconv.RESPONSE_MODEL: span.model,
        semconv.FEATURE: attempt.feature.value,
    }
    own: dict[str, str | int] = {
        semconv.TENANT: attempt.tenant,
        semconv.PROMPT: attempt.prompt,
        semconv.ERROR_TYPE: span.error,
        semconv.INPUT_MESSAGES: span.asked,
        semconv.OUTPUT_MESSAGES: span.answered,
    }
    if usage is not None:
        own |= {semconv.INPUT_TOKENS: usage.input_tokens, semconv.OUTPUT_TOKENS: usage.output_tokens}
        own |= {
            semconv.CACHED_TOKENS: usage.cached_tokens,
            semconv.CACHE_WRITE_TOKENS: usage.cache_write_tokens,
        }
    return Recorded(
        name=f"{attempt.operation} {attempt.model}",
        begun=begun,
        seconds=seconds,
        common={name: value for name, value in common.items() if value},
        own={name: value for name, value in own.items() if value != ""},
        error=span.error,
        tokens={"input": usage.input_tokens, "output": usage.output_tokens} if usage else {},
    )


def _quietly(action: "Callable[[Exporter], None]", exporter: "Exporter") -> None:
    try:
        action(exporter)
    except Exception as error:  # whatever a collector does, the call goes on
        _log.debug("a span was lost: %s", type(error).__name__)


def _clean(text: str) -> str | None:
    redacted = safely_redacted(text)
    return None if redacted is None else scrub(redacted)
