"""The exact response cache: the same question of the same tenant to the same model is answered once.

Only finished, checked answers are kept, in the tenant's own store. A cache that cannot be read or written
is a miss, never a failure.
"""

import json
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Generic, Protocol

from pydantic import BaseModel

from radar_pipeline import ids
from radar_pipeline.llm.answers import UnusableAnswerError, parsed
from radar_pipeline.llm.call import Answer, ModelCall
from radar_pipeline.llm.catalog import Deployment

LOG = logging.getLogger(__name__)


class ResponseStore(Protocol):
    """Where the answers of one tenant lie: ``TenantStore.responses``. Serves several threads."""

    def get(self, cache_keys: Collection[str], not_before: datetime) -> dict[str, str]:
        """The bodies kept under these keys that were not put earlier."""

    def put(self, cache_key: str, body: str, now: datetime) -> None:
        """Keep a body; a later one replaces an earlier one."""


@dataclass(frozen=True, slots=True)
class Kept(Generic[Answer]):
    """An answer from the cache, the deployment that gave it and the model's name."""

    value: Answer
    text: str
    deployment: Deployment
    model: str


class ResponseCache:
    """Reads and writes the answers of all tenants, each in its own store. ``days`` 0 turns it off."""

    def __init__(
        self, store_of: Callable[[str], ResponseStore | None], days: int, clock: Callable[[], datetime]
    ) -> None:
        self._store_of = store_of
        self._days = days
        self._clock = clock

    def is_on(self, tenant: str) -> bool:
        """Whether answers of this tenant are kept at all."""
        return self._days > 0 and self._opened(tenant) is not None

    def get(self, call: ModelCall[Answer], route: Sequence[Deployment]) -> Kept[Answer] | None:
        """The answer of the first deployment of the route that has one."""
        store = self._opened(call.tenant) if self._days else None
        if store is None:
            return None
        keys = {cache_key(call, deployment): deployment for deployment in route}
        try:
            found = store.get(tuple(keys), self._clock() - timedelta(days=self._days))
        except Exception as error:
            _tell(error)
            return None
        for key, deployment in keys.items():
            if key in found and (kept := _read(found[key], call, deployment)) is not None:
                return kept
        return None

    def put(self, call: ModelCall[Answer], deployment: Deployment, text: str, model: str) -> None:
        """Keep the text of a finished answer that was found to be of the call's schema."""
        store = self._opened(call.tenant) if self._days else None
        if store is None:
            return
        try:
            store.put(cache_key(call, deployment), _body(text, model), self._clock())
        except Exception as error:
            _tell(error)

    def keep(self, tenant: str, key: str, text: str, model: str) -> None:
        """Keep an answer under a key made before. Raises what the store raises."""
        store = self._store_of(tenant) if self._days else None
        if store is not None:
            store.put(key, _body(text, model), self._clock())

    def _opened(self, tenant: str) -> ResponseStore | None:
        try:
            return self._store_of(tenant)
        except Exception as error:
            _tell(error)
            return None


def cache_key(call: ModelCall[Answer], deployment: Deployment) -> str:
    """Digest of all that an answer depends on, BOUNDARY standing for what it is replaced by."""
    messages = [[m.role.value, m.data, m.text] for m in call.messages]
    return ids.digest(
        call.tenant,
        call.prompt_ref,
        deployment.provider.name,
        deployment.provider.kind,
        deployment.model,
        json.dumps(deployment.merged(call.parameters), sort_keys=True),
        _schema(call.answer),
        json.dumps(messages),
        call.corpus_version,
    )


@lru_cache(maxsize=64)
def _schema(answer: type[BaseModel]) -> str:
    return json.dumps(answer.model_json_schema(), sort_keys=True)


def _body(text: str, model: str) -> str:
    return json.dumps({"text": text, "model": model}, ensure_ascii=False)


def _read(body: str, call: ModelCall[Answer], deployment: Deployment) -> Kept[Answer] | None:
    try:
        kept = json.loads(body)
        text = kept["text"]
        return Kept(parsed(text, call.answer), text, deployment, str(kept["model"]))
    except (ValueError, KeyError, TypeError, UnusableAnswerError) as error:
        _tell(error)
        return None


def _tell(error: Exception) -> None:
    # The type alone: a store's words may quote rows.
    LOG.warning("The response cache could not be used: %s.", type(error).__name__)
