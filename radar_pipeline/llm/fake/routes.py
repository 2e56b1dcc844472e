"""From a request to the reply: fault first, then the endpoint, then the body's own faults."""

import dataclasses
from collections.abc import Callable

from radar_pipeline.llm.call import Usage
from radar_pipeline.llm.fake import openai_batches
from radar_pipeline.llm.fake.anthropic_batches import AnthropicBatches
from radar_pipeline.llm.fake.batches import Batch
from radar_pipeline.llm.fake.books import Entry
from radar_pipeline.llm.fake.engine import Engine
from radar_pipeline.llm.fake.faults import NOT_RUN, STATUS_FAULTS, WIRE_FAULTS, Fault
from radar_pipeline.llm.fake.openai_batches import OpenAIBatches
from radar_pipeline.llm.fake.refusals import Refusal, refuse, reject
from radar_pipeline.llm.fake.requests import EMBEDDING, GENERATING, Endpoint, Request
from radar_pipeline.llm.fake.values import dumps
from radar_pipeline.llm.fake.wire import Incoming, Reply

_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
_STREAM = "text/event-stream; charset=utf-8"
_Answer = Callable[[Request, Incoming, Fault | None], Reply]


class Routes:
    """Answers every endpoint."""

    def __init__(self, engine: Engine, openai: OpenAIBatches, anthropic: AnthropicBatches) -> None:
        self._engine, self._openai, self._anthropic = engine, openai, anthropic
        self._others: dict[Endpoint, _Answer] = {
            Endpoint.FILE_CREATE: self._upload,
            Endpoint.FILE: self._file,
            Endpoint.FILE_CONTENT: self._file,
            Endpoint.FILE_DELETE: self._file_delete,
            Endpoint.BATCH_CREATE: self._openai_create,
            Endpoint.BATCH_LIST: self._openai_list,
            Endpoint.BATCH: self._openai_batch,
            Endpoint.BATCH_CANCEL: self._openai_batch,
            Endpoint.MESSAGE_BATCH_CREATE: self._anthropic_create,
            Endpoint.MESSAGE_BATCH_LIST: self._anthropic_list,
            Endpoint.MESSAGE_BATCH: self._anthropic_batch,
            Endpoint.MESSAGE_BATCH_CANCEL: self._anthropic_batch,
            Endpoint.MESSAGE_BATCH_RESULTS: self._anthropic_results,
            Endpoint.MESSAGE_BATCH_DELETE: self._anthropic_delete,
        }

    def answer(self, request: Request, incoming: Incoming, *, allowed: bool) -> Reply:
        """The reply to ``request``; ``allowed``: its key is the right one."""
        if not allowed:
            return self._noted(request, _refused(refuse(request, Fault.WRONG_KEY)), None)
        fault = self._engine.fault(request)
        if fault in NOT_RUN and fault is not None:
            reply = _without_the_model(request, fault)
        elif request.endpoint in GENERATING | EMBEDDING:
            return _befallen(self._model(request, fault), fault)
        else:
            reply = self._others.get(request.endpoint, _unknown)(request, incoming, fault)
        return _befallen(self._noted(request, reply, fault), fault)

    def _model(self, request: Request, fault: Fault | None) -> Reply:
        outcome = self._engine.run(request, fault)
        reply = Reply(
            status=outcome.status,
            body=dumps(outcome.body).encode(),
            headers={**_ids(request), **outcome.headers},
            told=lambda: self._engine.books.mark(outcome.entry, reported=outcome.reportable),
            lost=lambda: self._engine.books.mark(outcome.entry, reported=False),
        )
        if outcome.events is None:
            return reply
        chunks = tuple(event.encode() for event in outcome.events)
        return dataclasses.replace(reply, chunks=chunks, content_type=_STREAM)

    def _noted(self, request: Request, reply: Reply, fault: Fault | None) -> Reply:
        self._engine.books.write(Entry(request, reply.status, Usage(), fault))
        return reply

    def _upload(self, request: Request, incoming: Incoming, fault: Fault | None) -> Reply:
        stored = self._openai.upload(incoming.headers.get("content-type", ""), incoming.content)
        if stored is None:
            return _refused(reject(request, 400, "The form holds no file."))
        return _json(request, stored.describe())

    def _file(self, request: Request, incoming: Incoming, fault: Fault | None) -> Reply:
        stored = self._openai.file(request.target)
        wants_content = request.endpoint is Endpoint.FILE_CONTENT
        if stored is None or (wants_content and stored.gone):
            return _refused(reject(request, 404, "No such File object."))
        if wants_content:
            return Reply(body=stored.content, content_type="application/octet-stream")
        return _json(request, stored.describe())

    def _file_delete(self, request: Request, incoming: Incoming, fault: Fault | None) -> Reply:
        if not self._openai.delete(request.target):
            return _refused(reject(request, 404, "No such File object."))
        return _json(request, {"id": request.target, "object": "file", "deleted": True})

    def _openai_create(self, request: Request, incoming: Incoming, fault: Fault | None) -> Reply:
        batch = self._openai.create(request, fault)
        if isinstance(batch, str):
            return _refused(reject(request, 400, batch))
        return _json(request, openai_batches.describe(batch))

    def _openai_list(self, request: Request, incoming: Incoming, fault: Fault | None) -> Reply:
        return _json(request, self._openai.page(request))

    def _openai_batch(self, request: Request, incoming: Incoming, fault: Fault | None) -> Reply:
        cancels = request.endpoint is Endpoint.BATCH_CANCEL
        batch = self._openai.desk.get(request.provider, request.target)
        if batch is None:
            return _no_batch(request)
        if cancels and batch.end is not None:
            return _refused(reject(request, 409, f"Cannot cancel a batch with status '{batch.end}'."))
        return _json(request, openai_batches.describe(self._touched(request, batch, cancels=cancels)))

    def _anthropic_create(self, request: Request, incoming: Incoming, fault: Fault | None) -> Reply:
        batch = self._anthropic.create(request, fault)
        if isinstance(batch, str):
            return _refused(reject(request, 400, batch))
        return _json(request, self._anthropic.describe(batch))

    def _anthropic_list(self, request: Request, incoming: Incoming, fault: Fault | None) -> Reply:
        return _json(request, self._anthropic.page(request))

    def _anthropic_batch(self, request: Request, incoming: Incoming, fault: Fault | None) -> Reply:
        cancels = request.endpoint is Endpoint.MESSAGE_BATCH_CANCEL
        batch = self._anthropic.desk.get(request.provider, request.target)
        if batch is None:
            return _no_batch(request)
        return _json(request, self._anthropic.describe(self._touched(request, batch, cancels=cancels)))

    def _anthropic_results(self, request: Request, incoming: Incoming, fault: Fault | None) -> Reply:
        batch = self._anthropic.desk.get(request.provider, request.target)
        results = self._anthropic.results(batch) if batch is not None else None
        if results is None:
            return _refused(reject(request, 404, "The batch has no results available."))
        return Reply(body=results, content_type="application/x-jsonl", headers=_ids(request))

    def _anthropic_delete(self, request: Request, incoming: Incoming, fault: Fault | None) -> Reply:
        batch = self._anthropic.desk.get(request.provider, request.target)
        if batch is None:
            return _no_batch(request)
        if batch.end is None:
            return _refused(reject(request, 400, "The batch is still being processed; cancel it first."))
        self._anthropic.desk.remove(batch)
        return _json(request, {"id": request.target, "type": "message_batch_deleted"})

    def _touched(self, request: Request, batch: Batch, *, cancels: bool) -> Batch:
        openai = request.endpoint in (Endpoint.BATCH, Endpoint.BATCH_CANCEL)
        desk = self._openai.desk if openai else self._anthropic.desk
        touch = desk.cancel if cancels else desk.look
        return touch(request.provider, batch.batch_id) or batch


def _without_the_model(request: Request, fault: Fault) -> Reply:
    if fault in STATUS_FAULTS:
        return _refused(refuse(request, fault))
    if fault is Fault.EMPTY_BODY:
        return Reply(content_type=_STREAM if request.stream else "application/json")
    if fault in (Fault.HTML_OK, Fault.HTML_BAD_GATEWAY):
        return Reply(200 if fault is Fault.HTML_OK else 502, _PAGE, "text/html")
    return Reply(status=0, fault=fault)


def _befallen(reply: Reply, fault: Fault | None) -> Reply:
    if fault is Fault.TRUNCATED_BODY:
        return dataclasses.replace(reply, body=reply.body[: len(reply.body) // 2])
    if fault is Fault.WRONG_CONTENT_TYPE:
        return dataclasses.replace(reply, content_type="text/plain")
    played_on_wire = fault in WIRE_FAULTS or fault is Fault.STREAM_BREAKS_OFF
    return dataclasses.replace(reply, fault=fault) if played_on_wire else reply


def _unknown(request: Request, incoming: Incoming, fault: Fault | None) -> Reply:
    return _refused(reject(request, 404, f"The fake server has no {request.method} {request.path}."))


def _no_batch(request: Request) -> Reply:
    return _refused(reject(request, 404, f"No batch found with id '{request.target}'."))


def _refused(refusal: Refusal) -> Reply:
    return Reply(refusal.status, dumps(refusal.body).encode(), headers=refusal.headers)


def _json(request: Request, body: dict[str, object]) -> Reply:
    return Reply(body=dumps(body).encode(), headers=_ids(request))


def _ids(request: Request) -> dict[str, str]:
    number = f"req_{request.ordinal:06d}"
    return {"x-request-id": number, "request-id": number}
