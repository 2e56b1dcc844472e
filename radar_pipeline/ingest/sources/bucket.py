"""Documents in an S3-compatible bucket, through fsspec's s3fs (the optional extra ``s3``).

Pages of a listing and the bytes of an object are asked for by the exact key: what a key holds
(``..``, ``//``, control characters) is never taken for a path.
"""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from radar_pipeline.errors import ConfigurationError, RadarError, SourceUnreadableError
from radar_pipeline.ingest.sources import Listed, NotFetchedError
from radar_pipeline.ingest.sources.naming import is_ignored, is_system
from radar_pipeline.models import BucketUrl, Tenant
from radar_pipeline.storage.files import storing

CONNECT_SECONDS = 10
READ_SECONDS = 60
ATTEMPTS = 3  # for one request, with pauses; and for the bytes of one object
BLOCK = 1 << 20  # bytes asked of a stream at a time
MOST_IDLE_PAGES = 100  # of a listing, in a row, without an object: servers skip what was deleted
CLIENTS = 32  # connections kept, one for each endpoint and set of credentials
REPLACED = "it was replaced since it was listed"
_FINAL = (FileNotFoundError, PermissionError)  # trying again would end the same


class _BrokenStreamError(Exception):
    """The bytes of an object stopped coming."""


class _OddAnswerError(Exception):
    """A server answered what no listing is."""


class Bucket:
    """A source that is a bucket, or what lies under one prefix of it as under a folder."""

    def __init__(self, tenant: Tenant, url: BucketUrl) -> None:
        self._tenant = tenant
        self._url = url
        self._s3 = _client(url.endpoint, url.profile, url.anonymous, _surroundings())

    def listing(self) -> Iterator[Listed]:
        """Every object under the prefix. "Folder markers", whose names end in '/', are no files."""
        under = f"{self._url.prefix}/" if self._url.prefix else ""
        for listed in self._objects(under):
            names = listed.path.split("/")
            if not names[-1] or any(map(is_system, names)) or is_ignored(listed.path, self._tenant.ignore):
                continue
            yield listed

    def fetch(self, listed: Listed, target: Path) -> None:
        """Stream one object to ``target``; a stream that breaks is begun anew."""
        for left in reversed(range(ATTEMPTS)):
            try:
                return self._stream(listed, target)
            except (NotFetchedError, RadarError):
                raise
            except Exception as error:
                if not left or isinstance(error, _FINAL) or _why(error) == REPLACED:
                    raise NotFetchedError(_why(error)) from error

    def _objects(self, prefix: str) -> Iterator[Listed]:
        page: dict[str, str] = {}
        tokens: set[str] = set()
        keys: set[str] = set()
        idle = 0  # pages in a row that brought nothing
        while True:
            try:
                answer = self._s3.call_s3("list_objects_v2", Bucket=self._url.name, Prefix=prefix, **page)
                rows, token = _page(answer)
                found = [_listed(row, prefix) for row in rows]
                new = {listed.key for listed in found} - keys
                idle = 0 if new else idle + 1
                # What comes twice, or never, is a listing that goes round in a circle.
                if len(new) < len(found) or token in tokens or idle > MOST_IDLE_PAGES:
                    raise _OddAnswerError
            except Exception as error:
                raise self._unreadable(error) from error
            yield from found
            if not token:
                return
            tokens.add(token)
            keys |= new
            page = {"ContinuationToken": token}

    def _stream(self, listed: Listed, target: Path) -> None:
        match = {"IfMatch": f'"{listed.etag}"'} if listed.etag else {}
        answer = self._s3.call_s3("get_object", Bucket=self._url.name, Key=listed.key, **match)
        body, got = answer["Body"], 0
        try:
            if listed.etag and (answer.get("ETag") or "").strip('"') != listed.etag:
                raise NotFetchedError(REPLACED)
            with storing(target), target.open("wb") as file:
                while block := self._read(body):
                    got += len(block)
                    if got > listed.size:  # what was not announced is not stored either
                        break
                    file.write(block)
        finally:
            body.close()
        if got != listed.size:
            raise NotFetchedError("it is not as long as it was listed")

    def _read(self, body: Any) -> bytes:
        from fsspec.asyn import sync

        try:
            block: bytes = sync(self._s3.loop, body.read, BLOCK)
        except OSError as error:  # of the network: not to be taken for one of the disk written to
            raise _BrokenStreamError(type(error).__name__) from error
        return block

    def _unreadable(self, error: Exception) -> SourceUnreadableError:
        return SourceUnreadableError(
            f"The bucket {self._url} of tenant {self._tenant.slug} could not be listed ({_why(error)}).",
            remedy=f"{_remedy(error)} Nothing was removed from the report.",
        )


# ── Answers, believed only where they are what a listing is ───────────────────────────────────


def _page(answer: Any) -> tuple[list[Any], str]:
    """The rows of a page, and the token of the next one: empty after the last."""
    if not isinstance(answer, dict):
        raise _OddAnswerError
    rows, token = answer.get("Contents", []), answer.get("NextContinuationToken") or ""
    more = answer.get("IsTruncated", bool(token))
    if not (isinstance(rows, list) and isinstance(more, bool) and isinstance(token, str)):
        raise _OddAnswerError
    if more and not token:
        raise _OddAnswerError
    return rows, token if more else ""


def _listed(row: Any, under: str) -> Listed:
    """One row of a listing."""
    try:
        key, size, etag = row["Key"], row["Size"], row.get("ETag") or ""
        mtime_ns = int(row["LastModified"].timestamp()) * 1_000_000_000
        if not key.startswith(under) or size < 0:
            raise _OddAnswerError
        return Listed(key[len(under) :], int(size), mtime_ns, key=key, etag=etag.strip('"'))
    except (LookupError, TypeError, AttributeError, ValueError, OverflowError, OSError) as error:
        raise _OddAnswerError from error


# ── Reasons, in our words: what a server says may quote a key ─────────────────────────────────


_PLAINLY: dict[type[Exception], str] = {
    _OddAnswerError: "its answer is no listing",
    FileNotFoundError: "it is not there",
    PermissionError: "access was denied",
}


def _why(error: BaseException) -> str:
    for kind, plainly in _PLAINLY.items():
        if isinstance(error, kind):
            return plainly
    if "Credentials" in type(error).__name__ or "Profile" in type(error).__name__:
        return "no credentials were found"
    answer = getattr(error.__cause__, "response", None) or {}  # s3fs translates, and keeps the answer
    if answer.get("Error", {}).get("Code") in ("PreconditionFailed", "412"):
        return REPLACED
    if "Timeout" in type(error).__name__ or isinstance(error, TimeoutError):
        return "no answer in time"
    return type(error).__name__


def _remedy(error: BaseException) -> str:
    if isinstance(error, _OddAnswerError):
        return "Check that the endpoint is that of an S3 server."
    if isinstance(error, FileNotFoundError):
        return "Create the bucket, or correct 'documents' in tenants.yaml."
    if "Credentials" in type(error).__name__ or "Profile" in type(error).__name__:
        return (
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, in the environment; "
            "they never stand in tenants.yaml."
        )
    if isinstance(error, PermissionError):
        return "Let the credentials in the environment list the bucket and get its objects."
    return "Check the endpoint and the network."


# ── The connection ────────────────────────────────────────────────────────────────────────────


def _surroundings() -> tuple[tuple[str, str], ...]:
    """What the environment says of credentials and endpoints: other words, another connection."""
    return tuple(sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_")))


@lru_cache(maxsize=CLIENTS)
def _client(endpoint: str, profile: str, anonymous: bool, _: tuple[tuple[str, str], ...]) -> Any:
    """A filesystem object of s3fs that remembers no listing."""
    try:
        import fsspec

        options = {"profile": profile} if profile else {}
        s3 = fsspec.filesystem(
            "s3",
            anon=anonymous,
            endpoint_url=endpoint or None,
            use_listings_cache=False,
            skip_instance_cache=True,
            config_kwargs={
                "connect_timeout": CONNECT_SECONDS,
                "read_timeout": READ_SECONDS,
                "retries": {"max_attempts": ATTEMPTS, "mode": "standard"},
            },
            **options,
        )
    except ImportError:
        raise ConfigurationError(
            "Documents in a bucket need the package s3fs, which is not installed.",
            remedy="Run pip install 'radar-pipeline[s3]'.",
        ) from None
    s3.retries = 1  # botocore's tries are enough: the two would multiply
    return s3
