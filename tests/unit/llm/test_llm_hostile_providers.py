"""What a server that answers may do to us, and what a service is told that is none of its business."""

import gzip
import io
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from radar_pipeline.llm.call import ErrorClass
from radar_pipeline.llm.errors import ModelCallError
from radar_pipeline.llm.fake import FakeServer
from radar_pipeline.llm.providers import sdk
from radar_pipeline.llm.providers.base import MOST_TOKENS
from tests.support.modelling import ANSWER, KEYS, Models, call

GOOD = json.dumps(ANSWER)
TEXT = "The visitors' book is kept for ninety days."
Reply = tuple[int, Mapping[str, str], bytes]


class Host:
    """A server at an address of its own that replies what it is told, and keeps what it was sent."""

    def __init__(self, reply: Callable[[], Reply]) -> None:
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                host.headers.append(dict(self.headers))
                host.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                status, headers, body = reply()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return None

        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


Hosts = Callable[[Callable[[], Reply]], Host]


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosts]:
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
    made: list[Host] = []

    def make(reply: Callable[[], Reply]) -> Host:
        made.append(Host(reply))
        return made[-1]

    yield make
    for host in made:
        host.close()


def asking(folder: Path, host: Host, alias: str) -> Models:
    """Models all of which are at the host; ``alias`` is the route of judging."""

    def edit(body: dict[str, Any]) -> None:
        body["routes"] = {"judge": {"full": [alias]}}
        for name, provider in body["providers"].items():
            provider["base_url"] = host.url + ("" if name in ("anthropic", "cohere") else "/v1")

    with FakeServer(lambda _: GOOD) as unused:
        return Models(folder, unused, edit)


def answered(usage: object) -> Reply:
    content = [{"type": "output_text", "text": GOOD, "annotations": []}]
    output = [{"type": "message", "content": content}]
    body = {"id": "r", "object": "response", "status": "completed", "output": output, "usage": usage}
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


def test_cohere_follows_no_redirect_with_a_tenant_s_text_either(tmp_path: Path, hosts: Hosts) -> None:
    elsewhere = hosts(lambda: (200, {}, b"{}"))
    moved = hosts(lambda: (307, {"Location": f"{elsewhere.url}/v2/embed"}, b""))
    with pytest.raises(ModelCallError) as raised:
        asking(tmp_path, moved, "primary").client.embed("acme", "languages", [TEXT])
    assert raised.value.error_class is ErrorClass.CONFIGURATION
    assert TEXT.encode() in moved.bodies[0]
    assert elsewhere.bodies == []


def test_a_response_of_cohere_s_that_has_no_end_is_not_read_to_it(
    tmp_path: Path, hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdk, "MOST_BYTES", 10_000)
    body = {"id": "e", "texts": ["t"], "embeddings": {"float": [[0.1] * 8]}, "more": " " * 20_000}
    host = hosts(lambda: (200, {"Content-Type": "application/json"}, json.dumps(body).encode()))
    with pytest.raises(ModelCallError) as raised:
        asking(tmp_path, host, "primary").client.embed("acme", "languages", [TEXT])
    assert raised.value.error_class is ErrorClass.CONNECTION


@pytest.mark.parametrize("alias", ["primary", "secondary", "local"])
def test_a_packed_response_is_neither_asked_for_nor_unpacked(
    tmp_path: Path, hosts: Hosts, alias: str
) -> None:
    packed = gzip.compress(b" " * 5_000_000)
    host = hosts(lambda: (200, {"Content-Type": "application/json", "Content-Encoding": "gzip"}, packed))
    with pytest.raises(ModelCallError) as raised:
        asking(tmp_path, host, alias).client.ask(call())
    assert raised.value.error_class is ErrorClass.CONNECTION
    assert {headers["Accept-Encoding"] for headers in host.headers} == {"identity"}


@pytest.mark.parametrize("tokens", [10**12, 10**25, 10**40])
def test_a_count_beyond_all_numbers_is_still_settled(tmp_path: Path, hosts: Hosts, tokens: int) -> None:
    host = hosts(lambda: answered({"input_tokens": tokens, "output_tokens": tokens}))
    models = asking(tmp_path, host, "primary")
    models.client.ask(call())
    [row] = models.ledger()
    assert (row.state, row.input_tokens, row.output_tokens) == ("answered", MOST_TOKENS, MOST_TOKENS)


@pytest.mark.parametrize("alias", ["primary", "secondary", "local"])
def test_no_sdk_logs_a_tenant_s_text_or_a_key_at_any_level(tmp_path: Path, hosts: Hosts, alias: str) -> None:
    names = ("", "openai", "anthropic", "httpx", "httpx2", "httpcore", "httpcore2")
    before = {name: logging.getLogger(name).level for name in names}
    kept = io.StringIO()
    handler = logging.StreamHandler(kept)
    logging.getLogger().addHandler(handler)
    try:
        for name in names:  # as OPENAI_LOG=debug and ANTHROPIC_LOG=debug do, and a curious host program
            logging.getLogger(name).setLevel(1)
        host = hosts(lambda: (500, {}, b"{}"))
        with pytest.raises(ModelCallError):
            asking(tmp_path, host, alias).client.ask(call(text=TEXT))
    finally:
        logging.getLogger().removeHandler(handler)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
    assert TEXT.encode() in host.bodies[0]
    assert "/messages" in kept.getvalue() or "/responses" in kept.getvalue() or "/chat" in kept.getvalue()
    assert "visitors" not in kept.getvalue()
    assert not any(key in kept.getvalue() for key in KEYS.values())


def test_only_openai_is_told_whose_account_there_is_ours(
    tmp_path: Path, hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-ours")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-of-ours")
    host = hosts(lambda: (500, {}, b"{}"))
    for alias in ("primary", "local"):
        with pytest.raises(ModelCallError):
            asking(tmp_path / alias, host, alias).client.ask(call())
    told = {"org-of-ours" in str(headers): headers["authorization"] for headers in host.headers}
    assert told == {True: f"Bearer {KEYS['OPENAI_API_KEY']}", False: "Bearer none"}


@pytest.mark.parametrize("variable", ["http_proxy", "all_proxy"])
def test_what_is_meant_for_a_model_of_one_s_own_passes_no_proxy(
    tmp_path: Path, hosts: Hosts, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    proxy, own = hosts(lambda: (502, {}, b"")), hosts(lambda: (500, {}, b"{}"))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, proxy.url)
    models = asking(tmp_path, own, "local")
    with pytest.raises(ModelCallError):
        models.client.ask(call(text=TEXT))
    with pytest.raises(ModelCallError):
        models.client.embed("acme", "languages", [TEXT])
    assert proxy.bodies == [] and all(TEXT.encode() in body for body in own.bodies)
