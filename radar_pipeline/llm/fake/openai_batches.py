"""OpenAI's files and batches: upload, validate, and an output and an error file."""

import itertools
import json
import re
import threading
from dataclasses import dataclass

from radar_pipeline.llm.call import Usage
from radar_pipeline.llm.fake.batches import Batch, Desk, End, Fate, Result, jsonl
from radar_pipeline.llm.fake.engine import Engine
from radar_pipeline.llm.fake.faults import Fault
from radar_pipeline.llm.fake.openai_bodies import NOW, response_usage
from radar_pipeline.llm.fake.requests import Endpoint, Request, build, locate
from radar_pipeline.llm.fake.values import JsonObject, dumps, mapping, string

_ENDPOINTS = {
    "/v1/responses": Endpoint.RESPONSES,
    "/v1/chat/completions": Endpoint.CHAT,
    "/v1/embeddings": Endpoint.EMBEDDINGS,
}
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An uploaded or made file."""

    file_id: str
    name: str
    purpose: str
    content: bytes
    gone: bool = False  # known, but its content is not found

    def describe(self) -> JsonObject:
        """The File object."""
        return {
            "id": self.file_id,
            "object": "file",
            "bytes": len(self.content),
            "created_at": NOW,
            "filename": self.name,
            "purpose": self.purpose,
            "status": "processed",
        }


class OpenAIBatches:
    """Files and batches under OpenAI's protocol."""

    def __init__(self, engine: Engine, looks: int | None) -> None:
        self.desk = Desk(engine, looks, self._deliver)
        self._files: dict[str, StoredFile] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def upload(self, content_type: str, content: bytes) -> StoredFile | None:
        """Stores the file of a multipart form; None if there is none in it."""
        fields = _form(content_type, content)
        if "file" not in fields:
            return None
        name, held = fields["file"]
        return self._store(name, fields.get("purpose", ("", b""))[1].decode(), held)

    def file(self, file_id: str) -> StoredFile | None:
        """A file by its id."""
        with self._lock:
            return self._files.get(file_id)

    def delete(self, file_id: str) -> bool:
        """Forgets a file; False if there is none."""
        with self._lock:
            return self._files.pop(file_id, None) is not None

    def create(self, request: Request, fault: Fault | None) -> Batch | str:
        """A batch of an uploaded file; what is wrong with the request, if no batch can be made of it."""
        uploaded = self.file(string(request.body.get("input_file_id")))
        endpoint = string(request.body.get("endpoint"))
        if uploaded is None or uploaded.purpose != "batch":
            return "The input file does not exist, or was not uploaded for the purpose 'batch'."
        if endpoint not in _ENDPOINTS:
            return f"The fake server makes batches for {', '.join(_ENDPOINTS)}."
        if request.body.get("completion_window") != "24h":
            return "The completion window must be '24h'."
        lines, errors = _lines(request, endpoint, uploaded.content)
        if fault is Fault.BATCH_INVALID:
            errors = [_error("invalid_json_line", 1, "This line is not parseable as valid JSON.")]
        batch = Batch(
            batch_id=f"batch_{self.desk.number():06d}",
            provider=request.provider,
            lines=tuple(lines),
            fault=fault,
            endpoint=endpoint,
            input_file=uploaded.file_id,
            metadata=mapping(request.body.get("metadata")),
            errors=tuple(errors),
        )
        self.desk.add(batch)
        return batch

    def page(self, request: Request) -> JsonObject:
        """A page of the list, newest first, after the id ``after``."""
        batches = self.desk.of(request.provider)
        ids = [batch.batch_id for batch in batches]
        after = request.query.get("after")
        start = ids.index(after) + 1 if after in ids else 0
        limit = int(request.query.get("limit", "20"))
        shown = batches[start : start + limit]
        return {
            "object": "list",
            "data": [describe(batch) for batch in shown],
            "first_id": shown[0].batch_id if shown else None,
            "last_id": shown[-1].batch_id if shown else None,
            "has_more": start + limit < len(batches),
        }

    def _deliver(self, batch: Batch) -> None:
        good = [_line(each) for each in batch.results if each.fate is Fate.SUCCEEDED]
        bad = [_line(each) for each in batch.results if each.fate is not Fate.SUCCEEDED]
        malformed = batch.fault is Fault.BATCH_MALFORMED_LINE
        gone = batch.fault is Fault.BATCH_RESULTS_GONE
        name = batch.batch_id
        if good:
            content = jsonl(good, malformed=malformed)
            batch.output_file = self._store(f"{name}_output.jsonl", "batch_output", content, gone).file_id
        if bad:
            content = jsonl(bad, malformed=malformed and not good)
            batch.error_file = self._store(f"{name}_error.jsonl", "batch_output", content, gone).file_id

    def _store(self, name: str, purpose: str, content: bytes, gone: bool = False) -> StoredFile:
        with self._lock:
            stored = StoredFile(f"file-{next(self._numbers):06d}", name, purpose, content, gone)
            self._files[stored.file_id] = stored
            return stored


def describe(batch: Batch) -> JsonObject:
    """The Batch object."""
    status = batch.end.value if batch.end else "in_progress" if batch.looks else "validating"
    status = "cancelling" if batch.cancelling and batch.end is None else status
    succeeded = batch.count(Fate.SUCCEEDED)
    usage = sum((result.usage for result in batch.done), Usage())
    over = {f"{end.value}_at": NOW if batch.end is end else None for end in End}
    return {
        "id": batch.batch_id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "model": batch.lines[0].model if batch.lines else None,
        "errors": {"object": "list", "data": list(batch.errors)} if batch.end is End.FAILED else None,
        "input_file_id": batch.input_file,
        "completion_window": "24h",
        "status": status,
        "output_file_id": batch.output_file,
        "error_file_id": batch.error_file,
        "created_at": int(batch.created_at),
        "in_progress_at": NOW if batch.looks else None,
        "expires_at": NOW + _DAY,
        "cancelling_at": NOW if batch.cancelling else None,
        **over,
        "request_counts": {
            "total": len(batch.lines),
            "completed": succeeded,
            "failed": len(batch.done) - succeeded,
        },
        "usage": response_usage(usage),
        "metadata": batch.metadata or None,
    }


def _lines(request: Request, endpoint: str, content: bytes) -> tuple[list[Request], list[JsonObject]]:
    lines: list[Request] = []
    errors: list[JsonObject] = []
    seen: set[str] = set()
    for number, raw in enumerate(content.splitlines(), start=1):
        try:
            line = mapping(json.loads(raw))
        except ValueError:
            errors.append(_error("invalid_json_line", number, "This line is not parseable as valid JSON."))
            continue
        custom_id, url = string(line.get("custom_id")), string(line.get("url"))
        if custom_id in seen or not custom_id:
            errors.append(_error("duplicate_custom_id", number, "The custom_id is missing or used twice."))
        if url != endpoint or line.get("method") != "POST":
            errors.append(_error("mismatched_endpoint", number, "The line is for another endpoint."))
        seen.add(custom_id)
        lines.append(
            build(
                ordinal=request.ordinal,
                provider=request.provider,
                endpoint=locate("POST", endpoint)[1],
                body=mapping(line.get("body")),
                custom_id=custom_id,
            )
        )
    if len({line.model for line in lines}) > 1:
        errors.append(_error("mismatched_model", None, "All lines must be for the same model."))
    if not lines and not errors:
        errors.append(_error("empty_file", None, "The input file is empty."))
    return lines, errors


def _error(code: str, line: int | None, message: str) -> JsonObject:
    return {"code": code, "line": line, "message": message, "param": None}


def _line(result: Result) -> str:
    response: JsonObject | None = None
    error: JsonObject | None = None
    if result.status:
        request_id = f"req_{result.custom_id}"
        response = {"status_code": result.status, "request_id": request_id, "body": result.body}
    else:
        code = "batch_expired" if result.fate is Fate.EXPIRED else "batch_cancelled"
        error = {"code": code, "message": "The line was not run."}
    return dumps(
        {
            "id": f"batch_req_{result.custom_id}",
            "custom_id": result.custom_id,
            "response": response,
            "error": error,
        }
    )


def _form(content_type: str, content: bytes) -> dict[str, tuple[str, bytes]]:
    """The fields of a multipart form: name -> (file name, content)."""
    boundary = re.search(r'boundary="?([^";]+)"?', content_type)
    fields: dict[str, tuple[str, bytes]] = {}
    if boundary is None:
        return fields
    for part in content.split(b"--" + boundary.group(1).encode())[1:-1]:
        head, _, held = part.partition(b"\r\n\r\n")
        names = dict(re.findall(r'(\w+)="([^"]*)"', head.decode("utf-8", "replace")))
        fields[names.get("name", "")] = (names.get("filename", ""), held.removesuffix(b"\r\n"))
    return fields
