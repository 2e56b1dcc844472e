"""The fake model at work: plan, checks, responder, prompt cache and books, for live calls and batches."""

import threading
from dataclasses import dataclass, replace

from radar_pipeline.llm.call import Usage
from radar_pipeline.llm.fake import anthropic_bodies, cohere_bodies, openai_bodies, openai_streams
from radar_pipeline.llm.fake.books import Books, Entry
from radar_pipeline.llm.fake.checks import check
from radar_pipeline.llm.fake.events import Event
from radar_pipeline.llm.fake.faults import NOT_RUN, SLOW_FAULTS, STATUS_FAULTS, UNREPORTED, Fault, befalls
from radar_pipeline.llm.fake.generation import generate
from radar_pipeline.llm.fake.plans import Plan
from radar_pipeline.llm.fake.refusals import Refusal, refuse, reject
from radar_pipeline.llm.fake.requests import EMBEDDING, Endpoint, Request
from radar_pipeline.llm.fake.responders import Responder, as_text
from radar_pipeline.llm.fake.tokens import NO_USAGE, PromptCache
from radar_pipeline.llm.fake.values import JsonObject, mapping


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a model request came to. ``entry`` is its number in the books, ``reportable`` whether the
    body tells its usage."""

    status: int
    body: JsonObject
    headers: dict[str, str]
    entry: int
    usage: Usage = NO_USAGE
    events: tuple[Event, ...] | None = None
    reportable: bool = True


class Engine:
    """Runs model requests and writes them down. Thread-safe, if the responder and the plan are.

    ``confess``: answers say in their ids that they are made up.
    """

    def __init__(
        self, responder: Responder, plan: Plan, books: Books, cache_minimum: int, confess: bool = True
    ) -> None:
        self.books = books
        self.problems: list[Exception] = []
        self._responder = responder
        self._plan = plan
        self._confess = confess
        self._cache = PromptCache(cache_minimum)
        self._lock = threading.Lock()

    def fault(self, request: Request) -> Fault | None:
        """The fault that befalls ``request``; a plan that raises fails the test later, and plays none."""
        try:
            fault = self._plan(request)
        except Exception as error:
            self._remember(error)
            return None
        return fault if fault is not None and befalls(fault, request) else None

    def run(self, request: Request, fault: Fault | None) -> Outcome:
        """The outcome of a model request under ``fault``, which is none of those on the wire."""
        if refused := self._refusal(request, fault):
            return self._refused(request, refused, fault)
        if request.endpoint in EMBEDDING:
            return self._embedded(request, fault)
        try:
            text = as_text(self._responder(request))
        except Exception as error:
            self._remember(error)
            failed = reject(request, 400, f"The fake server's responder failed: {type(error).__name__}.")
            return self._refused(request, failed, None)
        named = replace(request, confesses=self._confess)
        turn = generate(named, text, self._cache.charge(request), fault)
        anthropic = request.endpoint is Endpoint.MESSAGES
        events: list[Event] | None = None
        if request.stream and not request.batch:
            events = anthropic_bodies.streamed(turn) if anthropic else openai_streams.streamed(turn)
        body = anthropic_bodies.message(turn) if anthropic else openai_bodies.generated(turn)
        entry = self._write(request, 200, turn.usage, fault)
        return Outcome(
            status=200,
            body=body,
            headers={},
            entry=entry,
            usage=turn.usage,
            events=tuple(events) if events is not None else None,
            reportable=_reportable(request, fault),
        )

    def _refusal(self, request: Request, fault: Fault | None) -> Refusal | None:
        if fault in STATUS_FAULTS and fault is not None:
            return refuse(request, fault)
        if fault is Fault.CONTENT_FILTER and request.endpoint is Endpoint.MESSAGES:
            return reject(request, 400, "Output blocked by content filtering policy")
        return check(request)

    def _refused(self, request: Request, refused: Refusal, fault: Fault | None) -> Outcome:
        played = fault if fault in NOT_RUN or fault is Fault.CONTENT_FILTER else None
        entry = self._write(request, refused.status, NO_USAGE, played)
        return Outcome(refused.status, refused.body, dict(refused.headers), entry)

    def _embedded(self, request: Request, fault: Fault | None) -> Outcome:
        make = cohere_bodies if request.endpoint is Endpoint.COHERE_EMBED else openai_bodies
        body, usage = make.embeddings(request, fault)
        return Outcome(200, body, {}, self._write(request, 200, usage, fault), usage)

    def _write(self, request: Request, status: int, usage: Usage, fault: Fault | None) -> int:
        # A slow answer is reported once its last byte is on its way: the wire says so.
        reported = usage == NO_USAGE or (fault not in SLOW_FAULTS and _reportable(request, fault))
        return self.books.write(Entry(request, status, usage, fault, reported))

    def _remember(self, error: Exception) -> None:
        with self._lock:
            self.problems.append(error)


def _reportable(request: Request, fault: Fault | None) -> bool:
    """Whether the client is told the usage: a streamed chat completion tells it only who asks."""
    streamed = request.stream and not request.batch and request.endpoint is Endpoint.CHAT
    asked = mapping(request.body.get("stream_options")).get("include_usage") is True
    return fault not in UNREPORTED and (asked or not streamed)
