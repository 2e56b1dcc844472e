"""Where a tenant's documents lie, as people write it: a folder, or ``s3://bucket/prefix``."""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.models import BucketUrl

Place = Path | BucketUrl
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SUPPORTED = "Name a folder, or a bucket as s3://bucket/prefix."
_LONGEST = 1024  # bytes of a key


class DocumentsEntry(BaseModel):
    """``documents`` in full: written as one string, it is the ``url``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(min_length=1)
    endpoint: str = ""
    profile: str = ""
    anonymous: bool = False


def as_entry(value: Any) -> Any:
    """The mapping that a plain string stands for."""
    return {"url": value} if isinstance(value, str) else value


def place_of(entry: DocumentsEntry, folder: Path) -> Place:
    """The place that an entry names; a folder's path is relative to ``folder``.

    Raises ConfigurationError for a scheme that nobody reads or a bucket's name that can't be one.
    """
    scheme = _SCHEME.match(entry.url)
    if scheme is None:
        if entry.endpoint or entry.profile or entry.anonymous:
            raise ConfigurationError("a folder has no endpoint, profile or anonymous.", remedy=_SUPPORTED)
        return (folder / _home_expanded(entry.url)).absolute()
    if scheme[1].lower() != "s3":
        raise ConfigurationError(f"documents cannot be read from {scheme[1]}://.", remedy=_SUPPORTED)
    name, _, prefix = entry.url[scheme.end() :].partition("/")
    prefix = prefix.strip("/")
    names = prefix.split("/")
    if _BUCKET.fullmatch(name) is None:
        raise ConfigurationError(f"{name[:80]!r} is no bucket's name.", remedy=_SUPPORTED)
    if _CONTROL.search(prefix) or ".." in names or "." in names or (prefix and "" in names):
        raise ConfigurationError("the prefix of a bucket is not a plain path.", remedy=_SUPPORTED)
    if len(prefix.encode()) >= _LONGEST:
        raise ConfigurationError("the prefix of a bucket is too long.", remedy=_SUPPORTED)
    return BucketUrl(name, prefix, _endpoint(entry.endpoint), entry.profile, entry.anonymous)


def place_named(text: str) -> Place:
    """The place that a person names on a command line: a folder is relative to the current one."""
    place = place_of(DocumentsEntry(url=text), Path.cwd())
    return place if isinstance(place, BucketUrl) else Path(os.path.realpath(place))


def overlap(one: Place, other: Place) -> bool:
    """Whether one of two places holds the other, links followed.

    Two buckets of one name at endpoints of which only one is known count as the same.
    """
    if isinstance(one, BucketUrl) and isinstance(other, BucketUrl):
        if one.endpoint and other.endpoint and one.endpoint != other.endpoint:
            return False
    elif isinstance(one, BucketUrl) or isinstance(other, BucketUrl):
        return False
    a, b = steps(one), steps(other)
    return a[: len(b)] == b or b[: len(a)] == a


def steps(place: Place) -> tuple[str, ...]:
    """The way to a place: the way to one that holds it is a beginning of it."""
    if isinstance(place, BucketUrl):
        return ("s3:", place.name, *(name for name in place.prefix.split("/") if name))
    return Path(os.path.realpath(place)).parts


def _endpoint(text: str) -> str:
    """A server's address without a slash at the end; credentials in it are refused."""
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good, parts = False, urlsplit("")
    if not good or _CONTROL.search(text) or parts.query or parts.fragment:
        raise ConfigurationError(
            "the endpoint is no address of a server.", remedy="Write it as https://host or https://host:port."
        )
    if "@" in parts.netloc:
        raise ConfigurationError(
            "the endpoint holds credentials.",
            remedy="Take them out: they come from the environment or an AWS profile.",
        )
    return text.rstrip("/")


def _home_expanded(path: str) -> Path:
    """``~`` is the person's home; a ``~name`` that nobody has is a folder of that name."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)
