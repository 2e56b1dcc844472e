"""The fake server: one address that speaks OpenAI's, Anthropic's and Cohere's protocols."""

import itertools
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from radar_pipeline.llm.call import Usage
from radar_pipeline.llm.fake.anthropic_batches import AnthropicBatches
from radar_pipeline.llm.fake.books import Books, Entry
from radar_pipeline.llm.fake.engine import Engine
from radar_pipeline.llm.fake.faults import Fault
from radar_pipeline.llm.fake.openai_batches import OpenAIBatches
from radar_pipeline.llm.fake.plans import Plan
from radar_pipeline.llm.fake.plans import read as read_plan
from radar_pipeline.llm.fake.requests import Request
from radar_pipeline.llm.fake.requests import read as read_request
from radar_pipeline.llm.fake.responders import Responder, by_schema
from radar_pipeline.llm.fake.routes import Routes
from radar_pipeline.llm.fake.wire import Incoming, Reply, Wire


class FakeServer:
    """Serves from its making until ``close``, or the end of its ``with`` block.

    ``responder`` says what the model answers, ``faults`` what goes wrong (a plan, a list in turn, or
    a mapping by request number). ``keys``: provider -> the key it wants; a provider without one takes
    any. ``slow_seconds`` is how long slow faults take. ``batch_looks``: a batch ends at its so-manieth
    retrieval; None: only by ``finish_batches``. ``cache_minimum``: tokens of the shortest prefix that
    the prompt caches keep. ``confess``: answers say in their ids that they are made up, so that their figures
    never pass for a model's; without it the server is taken for a real provider. All methods may be called
    from any thread.

    A responder or plan that raises makes the ``with`` block raise, so that no test passes over it.
    """

    def __init__(
        self,
        responder: Responder = by_schema,
        faults: Plan | Sequence[Fault | None] | Mapping[int, Fault | None] | None = None,
        *,
        keys: Mapping[str, str] | None = None,
        port: int = 0,
        slow_seconds: float = 0.3,
        batch_looks: int | None = None,
        cache_minimum: int = 1024,
        confess: bool = True,
    ) -> None:
        self._books = Books()
        self._engine = Engine(responder, read_plan(faults), self._books, cache_minimum, confess)
        self._keys = dict(keys or {})
        self._ordinals = itertools.count(1)
        self._wire = Wire(self._answer, port=port, slow_seconds=slow_seconds)
        self._openai = OpenAIBatches(self._engine, batch_looks)
        self._anthropic = AnthropicBatches(self._engine, batch_looks, self.anthropic_url)
        self._routes = Routes(self._engine, self._openai, self._anthropic)
        self._wire.start()

    @property
    def openai_url(self) -> str:
        """``base_url`` for OpenAI's SDK."""
        return f"http://127.0.0.1:{self._wire.port}/v1"

    @property
    def anthropic_url(self) -> str:
        """``base_url`` for Anthropic's SDK."""
        return f"http://127.0.0.1:{self._wire.port}"

    @property
    def cohere_url(self) -> str:
        """``base_url`` for Cohere's SDK."""
        return f"http://127.0.0.1:{self._wire.port}"

    def compatible_url(self, provider: str) -> str:
        """``base_url`` of another provider that speaks OpenAI's protocol, kept apart in the books."""
        return f"http://127.0.0.1:{self._wire.port}/as/{provider}/v1"

    @property
    def books(self) -> tuple[Entry, ...]:
        """Every request received and every line of a batch that was run, in order."""
        return self._books.entries()

    def billed(
        self,
        provider: str | None = None,
        model: str | None = None,
        *,
        batch: bool | None = None,
        unreported: bool = False,
    ) -> Usage:
        """What was billed to clients who were told so; with ``unreported`` also what never reached one.

        In the words of ``llm.call.Usage``: ``input_tokens`` is all input, whatever the provider.
        """
        return self._books.billed(provider=provider, model=model, batch=batch, unreported=unreported)

    def set_key(self, provider: str, key: str) -> None:
        """From now on ``provider`` wants ``key``."""
        self._keys[provider] = key

    def finish_batches(self) -> int:
        """Lets the providers do their work: every open batch ends, but those that never do. Returns how
        many ended."""
        return self._openai.desk.finish(late=False) + self._anthropic.desk.finish(late=False)

    def expire_batches(self) -> int:
        """A day passes: every open batch ends with no line done. Returns how many ended."""
        return self._openai.desk.finish(late=True) + self._anthropic.desk.finish(late=True)

    def close(self) -> None:
        """Stops serving; requests that hang are released at once."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if error is None and self._engine.problems:
            raise self._engine.problems[0]

    def _answer(self, incoming: Incoming) -> Reply:
        request = read_request(
            ordinal=next(self._ordinals),
            method=incoming.method,
            path=incoming.path,
            query=incoming.query,
            headers=incoming.headers,
            content=incoming.content,
        )
        allowed = self._allowed(request, incoming.headers)
        return self._routes.answer(request, incoming, allowed=allowed)

    def _allowed(self, request: Request, headers: Mapping[str, str]) -> bool:
        wanted = self._keys.get(request.provider)
        shown = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
        return wanted is None or shown == wanted
