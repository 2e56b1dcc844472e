"""The SDKs' clients: kept per provider and key, retries off, a wall limit on each whole answer.

Addresses and keys are given in full, so that no variable meant for another program redirects a tenant's
text.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar, cast

from radar_pipeline import ids
from radar_pipeline.llm import keys
from radar_pipeline.llm.catalog import Provider

if TYPE_CHECKING:
    import ssl

    from anthropic import Anthropic
    from cohere import ClientV2
    from openai import OpenAI

MOST_BYTES = 32_000_000  # of one response, as read: far more than the longest answer
MOST_BATCH_BYTES = 2_000_000_000  # of all answers of a batch, which are read line by line
LONGEST_SECONDS = 600.0  # where a request has no timeout of its own
MOST_CLIENTS = 32  # kept at a time; more only come from keys that changed
NO_KEY = "none"  # for a server that wants none: the SDK insists on one

Client = TypeVar("Client")


class Clients:
    """One client per provider, address and key; a rotated key makes a new one at the next request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, ...], Any] = {}

    def openai(self, provider: Provider, address: str, *, large: bool = False) -> "OpenAI":
        """OpenAI's client; ``large``: for the results of batches. Raises ModelSetupError where the key is
        missing."""

        def make(key: str) -> "OpenAI":
            from openai import OpenAI

            client = OpenAI(
                api_key=key,
                base_url=provider.base_url or address,
                max_retries=0,
                http_client=_http(MOST_BATCH_BYTES if large else MOST_BYTES),
            )
            if provider.kind != "openai":  # whose account at OpenAI we have is nobody else's business
                client.organization = client.project = None
            _silence("openai")
            return client

        return self._client(provider, make, large=large)

    def anthropic(self, provider: Provider, address: str, *, large: bool = False) -> "Anthropic":
        """Anthropic's client; ``large``: for the results of batches. Raises ModelSetupError where the key is
        missing."""

        def make(key: str) -> "Anthropic":
            from anthropic import Anthropic

            client = Anthropic(
                api_key=key,
                base_url=provider.base_url or address,
                max_retries=0,
                http_client=_http(MOST_BATCH_BYTES if large else MOST_BYTES),
                open_telemetry=False,  # we make spans of our own, the same for every provider
            )
            _silence("anthropic")
            return client

        return self._client(provider, make, large=large)

    def cohere(self, provider: Provider, address: str) -> "ClientV2":
        """Cohere's client. Raises ModelSetupError where the key is missing, ImportError without its SDK."""

        def make(key: str) -> "ClientV2":
            from cohere import ClientV2

            return ClientV2(
                api_key=key,
                base_url=provider.base_url or address,
                max_retries=0,
                httpx_client=_http(MOST_BYTES, "httpx"),  # its own would follow redirects, to any address
                log_warning_experimental_features=False,
            )

        return self._client(provider, make)

    def _client(self, provider: Provider, make: Callable[[str], Client], *, large: bool = False) -> Client:
        key = keys.require(provider.key).reveal() if provider.key else NO_KEY
        name = (provider.kind, provider.name, provider.base_url, ids.digest(key), str(large))
        with self._lock:
            if name not in self._kept:
                while len(self._kept) >= MOST_CLIENTS:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[name] = make(key)
            return cast(Client, self._kept[name])


def _silence(sdk: str) -> None:
    """Below this level an SDK logs whole requests, documents included, whoever turned that on."""
    logger = logging.getLogger(sdk)
    if logger.getEffectiveLevel() < logging.INFO:
        logger.setLevel(logging.INFO)


def _http(most_bytes: int, library: str = "httpx2") -> Any:
    """An HTTP client whose timeout holds for a whole response: by itself it would hold for each piece, and
    a server that drips would never end. ``library``: httpx, or httpx2, which has the same names."""
    http: Any = import_module(library)

    class Limited(http.SyncByteStream):  # type: ignore[misc]
        def __init__(self, inner: Any, end: float) -> None:
            self._inner = inner
            self._end = end

        def __iter__(self) -> Iterator[bytes]:
            size = 0
            for piece in self._inner:
                size += len(piece)
                if size > most_bytes:
                    raise http.ReadError("the response is too large")
                if time.monotonic() > self._end:
                    raise http.ReadTimeout("the response took too long")
                yield piece

        def close(self) -> None:
            self._inner.close()

    def begin(request: Any) -> None:
        seconds = request.extensions.get("timeout", {}).get("read") or LONGEST_SECONDS
        request.extensions["radar_end"] = time.monotonic() + seconds

    def limit(response: Any) -> None:
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise http.ReadError("the response is packed, and nobody knows how large it is")
        response.stream = Limited(response.stream, response.request.extensions["radar_end"])

    return http.Client(
        verify=_certificates(),
        headers={"Accept-Encoding": "identity"},  # a few packed kilobytes can be many gigabytes
        event_hooks={"request": [begin], "response": [limit]},
        limits=http.Limits(max_connections=128, max_keepalive_connections=64),
        # HTTPS_PROXY is a tunnel; HTTP_PROXY would read what is meant for a model in one's own house.
        mounts={"http://": None},
        # A redirect would carry a tenant's text to an address that nobody wrote into models.yaml.
        follow_redirects=False,
    )


@cache
def _certificates() -> "ssl.SSLContext":
    """One for all clients: reading the certificates takes longer than a request on a fast network."""
    import httpx2

    return httpx2.create_ssl_context()
