"""Errors to Sentry: classes and places in the code, and no tenant's text. Only ``telemetry`` imports this."""

from collections.abc import Iterator, Mapping

import sentry_sdk
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.threading import ThreadingIntegration
from sentry_sdk.types import Event, Hint

from radar_pipeline.errors import RadarError
from radar_pipeline.llm.keys import scrub
from radar_pipeline.llm.redact import safely_redacted

_KEPT = (
    "event_id",
    "timestamp",
    "level",
    "platform",
    "exception",
    "tags",
    "release",
    "environment",
    "sdk",
    "contexts",
)
_DEEPEST = 20  # exceptions in a chain


def begin() -> bool:
    """Start the SDK with the DSN and the other standard variables; False if a DSN is unusable."""
    sentry_sdk.init(
        default_integrations=False,  # no log lines, arguments, HTTP requests or prompts of other libraries
        auto_enabling_integrations=False,
        integrations=[ExcepthookIntegration(), ThreadingIntegration(), DedupeIntegration()],
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        enable_logs=False,
        server_name="",
        before_send=_before_send,
        shutdown_timeout=5,
    )
    return sentry_sdk.get_client().is_active()


def capture(error: BaseException, tags: Mapping[str, str]) -> None:
    """Send one error with tags."""
    with sentry_sdk.new_scope() as scope:
        for name, value in tags.items():
            scope.set_tag(f"radar.{name}", value)
        scope.capture_exception(error)


def close(seconds: float) -> None:
    """Send what is queued, for at most ``seconds``, and stop."""
    sentry_sdk.get_client().close(timeout=seconds)
    sentry_sdk.get_global_scope().set_client(None)


def _before_send(event: Event, hint: Hint) -> Event | None:
    """The event with only what is known to be harmless; what fails here is not sent (the SDK drops it)."""
    exc_info = hint.get("exc_info")
    ours = {type(e).__name__: str(e) for e in _chain(exc_info[1])} if exc_info else {}
    for name in list(event):
        if name not in _KEPT:
            del event[name]  # type: ignore[misc]
    for value in event.get("exception", {}).get("values", []):
        message = safely_redacted(ours.get(value.get("type", ""), ""))
        value["value"] = scrub(message) if message else ""
        for frame in (value.get("stacktrace") or {}).get("frames", []):
            frame.pop("vars", None)
    return event


def _chain(error: BaseException | None) -> Iterator[RadarError]:
    """Our own errors among those that led to this one."""
    for _ in range(_DEEPEST):
        if error is None:
            return
        if isinstance(error, RadarError):
            yield error
        error = error.__cause__ or error.__context__
