"""Anthropic's message batches and their results."""

import re
from datetime import UTC, datetime

from radar_pipeline.llm.fake.batches import Batch, Desk, Fate, Result, jsonl
from radar_pipeline.llm.fake.engine import Engine
from radar_pipeline.llm.fake.faults import Fault
from radar_pipeline.llm.fake.requests import Endpoint, Request, build
from radar_pipeline.llm.fake.values import JsonObject, array, dumps, mapping, string

_CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_CREATED, _EXPIRES = "2026-09-21T13:46:40Z", "2026-09-22T13:46:40Z"


class AnthropicBatches:
    """Message batches under Anthropic's protocol. ``base`` is the server's URL, for ``results_url``."""

    def __init__(self, engine: Engine, looks: int | None, base: str) -> None:
        self.desk = Desk(engine, looks, lambda batch: None)
        self._base = base

    def create(self, request: Request, fault: Fault | None) -> Batch | str:
        """A batch; what is wrong with the request, if no batch can be made of it."""
        asked = [mapping(each) for each in array(request.body.get("requests"))]
        ids = [string(each.get("custom_id")) for each in asked]
        if fault is Fault.BATCH_INVALID or not asked:
            return "requests: at least one valid request is required"
        if not all(map(_CUSTOM_ID.fullmatch, ids)):
            return "custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'"
        if len(set(ids)) < len(ids):
            return "custom_id: must be unique within the batch"
        lines = tuple(
            build(
                ordinal=request.ordinal,
                provider=request.provider,
                endpoint=Endpoint.MESSAGES,
                body=mapping(each.get("params")),
                custom_id=custom_id,
            )
            for each, custom_id in zip(asked, ids, strict=True)
        )
        batch = Batch(f"msgbatch_{self.desk.number():06d}", request.provider, lines, fault)
        self.desk.add(batch)
        return batch

    def describe(self, batch: Batch) -> JsonObject:
        """The MessageBatch object."""
        ended = batch.end is not None
        status = "ended" if ended else "canceling" if batch.cancelling else "in_progress"
        url = f"{self._base}/v1/messages/batches/{batch.batch_id}/results"
        return {
            "id": batch.batch_id,
            "type": "message_batch",
            "processing_status": status,
            "request_counts": {
                "processing": 0 if ended else len(batch.lines),
                **{fate.value: batch.count(fate) for fate in Fate},
            },
            "created_at": datetime.fromtimestamp(batch.created_at, UTC).isoformat(),
            "expires_at": _EXPIRES,
            "ended_at": _CREATED if ended else None,
            "archived_at": None,
            "cancel_initiated_at": _CREATED if batch.cancelling else None,
            "results_url": url if ended else None,
        }

    def page(self, request: Request) -> JsonObject:
        """A page of the list, newest first, after ``after_id`` or before ``before_id``."""
        batches = self.desk.of(request.provider)
        ids = [batch.batch_id for batch in batches]
        limit = int(request.query.get("limit", "20"))
        after, before = request.query.get("after_id"), request.query.get("before_id")
        start = ids.index(after) + 1 if after in ids else 0
        more = start + limit < len(batches)
        shown = batches[start : start + limit]
        if before in ids:
            end = ids.index(before)
            shown, more = batches[max(0, end - limit) : end], end > limit
        return {
            "data": [self.describe(batch) for batch in shown],
            "has_more": more,
            "first_id": shown[0].batch_id if shown else None,
            "last_id": shown[-1].batch_id if shown else None,
        }

    def results(self, batch: Batch) -> bytes | None:
        """The results as JSON lines; None while there are none, or where they are gone."""
        if batch.end is None or batch.fault is Fault.BATCH_RESULTS_GONE:
            return None
        malformed = batch.fault is Fault.BATCH_MALFORMED_LINE
        return jsonl([_line(result) for result in batch.results], malformed=malformed)


def _line(result: Result) -> str:
    told: JsonObject = {"type": result.fate.value}
    if result.fate is Fate.SUCCEEDED:
        told["message"] = result.body
    elif result.fate is Fate.ERRORED:
        told["error"] = result.body
    return dumps({"custom_id": result.custom_id, "result": told})
