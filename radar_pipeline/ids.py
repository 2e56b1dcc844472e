"""Identifiers: validated slugs, content digests, and ids that sort by time."""

import hashlib
import re
import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from radar_pipeline.errors import ConfigurationError

SLUG_PATTERN = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")


def tenant_slug(value: str) -> str:
    """Return ``value`` if it is a valid tenant slug, else raise ConfigurationError.

    A slug becomes a folder name, a Dagster partition key and a column value, so it is checked at
    every door and nothing else ever has to escape it.
    """
    if SLUG_PATTERN.fullmatch(value) is None:
        raise ConfigurationError(
            f"{value[:80]!r} is not a tenant slug.",
            remedy="Use 2 to 63 of a-z, 0-9 and '-', starting with a letter or digit.",
        )
    return value


def digest(*parts: str | bytes, length: int = 32) -> str:
    """SHA-256 over length-prefixed parts, as ``length`` hex digits.

    Prefixing each part with its length keeps ("ab", "c") apart from ("a", "bc").
    """
    hasher = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        hasher.update(len(data).to_bytes(8, "big"))
        hasher.update(data)
    return hasher.hexdigest()[:length]


def requirement_id(framework_id: str, ref: str) -> str:
    """``<framework>:<ref>``, without the framework's version, so that it lives across versions."""
    return f"{framework_id}:{ref}"


def document_id(tenant_id: str, path: str) -> str:
    """Stable id of a source file. A hash, because a file name may itself be confidential."""
    return f"doc-{digest(tenant_id, path, length=16)}"


def finding_fingerprint(tenant_id: str, requirement: str, element: str, kind: str) -> str:
    """Identity of a finding across sweeps: tenant, requirement, element, kind."""
    return digest(tenant_id, requirement, element, kind, length=24)


def new_sweep_id(now: datetime | None = None, after: str = "") -> str:
    """An id that sorts by start time: ``20261122T171530.123Z-3f9a1c``.

    It sorts behind the id ``after`` even if the clock was set back since: what is newest is told by ids.
    """
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    with suppress(ValueError):  # not an id of ours
        last = datetime.strptime(after.partition("-")[0], "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
        moment = max(moment, last + timedelta(milliseconds=1))
    return f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03d}Z-{secrets.token_hex(3)}"
