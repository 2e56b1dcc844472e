"""A world whose judge is a language model: the real SDKs, and a local server that answers for both."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
import yaml

from radar_pipeline.llm.fake import Element, FakeServer, Judged, Passage, Reading, Request, obedient
from radar_pipeline.llm.fake.orders import Orders, Status, read_orders
from tests.support.world import World

KEYS = {"openai": "sk-test-openai-0123456789", "anthropic": "sk-ant-test-0123456789"}
PRICES = {"input": 1, "output": 5, "cached": 0.1, "cache_write": 1.25, "batch": 0.5}

_ELEMENT = re.compile(r"^- element_id: (\S+); role: \w+; (.*?)(?: \(limit: [^)]*\))?$", re.M)
_PASSAGE = re.compile(r"^\[(\w+) passage (\d+); kind: \w+; status: \w+\]\n(?:Heading: .*\n)?", re.M)


def read_coverage(request: Request) -> Reading:
    """Elements and passages of a request made with the prompt ``coverage``."""
    texts = [part.text for part in request.parts if part.role == "user"]
    asked = next(t for t in texts if "ELEMENTS" in t)
    shown = next(t for t in texts if "begin: text of documents" in t)
    marks = list(_PASSAGE.finditer(shown))
    ends = [*(m.start() for m in marks[1:]), shown.rindex("\n[")]
    passages = [Passage(int(m[2]), shown[m.end() : end].strip()) for m, end in zip(marks, ends, strict=True)]
    return Reading(tuple(Element(*m.groups()) for m in _ELEMENT.finditer(asked)), tuple(passages))


def build_coverage(_: Request, judged: Sequence[Judged]) -> dict[str, object]:
    """The answer of the prompt ``coverage``."""
    return {
        "elements": [
            {
                "element_id": j.element_id,
                "status": j.status.value,
                "quotes": [{"passage": j.passage or 1, "quote": j.quote}] if j.quote else [],
                "note": "" if j.status is Status.MET else "Nothing more is said.",
            }
            for j in judged
        ],
        "reasoning": "This is what the passages arrange.",
        "confidence": 0.8,
    }


def auditor(orders: Orders = read_orders) -> Callable[[Request], Any]:
    """A model that judges by shared words, and does whatever a document tells it."""
    return obedient(read_coverage, build_coverage, orders=orders)


def models_file(server: FakeServer, **changes: Any) -> dict[str, Any]:
    """A models.yaml of three deployments at two providers, all of them the fake server."""

    def deployment(provider: str, model: str) -> dict[str, Any]:
        limits = {"requests_per_minute": 100000, "tokens_per_minute": 100000000}
        size = {"context_tokens": 200000, "max_output_tokens": 4000}
        return {"provider": provider, "model": model, **limits, **size, "prices": PRICES}

    route = ["primary", "secondary", "economy"]
    routes = {"full": route, "economy": ["economy"]}
    return {
        "providers": {
            "openai": {"kind": "openai", "key": "OPENAI_API_KEY", "base_url": server.openai_url},
            "anthropic": {"kind": "anthropic", "key": "ANTHROPIC_API_KEY", "base_url": server.anthropic_url},
        },
        "deployments": {
            "primary": deployment("openai", "gpt-test-mid"),
            "secondary": deployment("anthropic", "claude-test-mid"),
            "economy": deployment("anthropic", "claude-test-small"),
        },
        "routes": {"judge": routes, "ask": routes, "evaluate": routes},
        "budgets": {"overall": {"daily": 1000, "monthly": 1000}, "tenant": {"daily": 1000, "monthly": 1000}},
        "breaker": {"threshold": 1000, "cooldown": 1},
        **changes,
    }


def with_models(
    world: World, server: FakeServer, monkeypatch: pytest.MonkeyPatch, **changes: Mapping[str, Any]
) -> World:
    """From now on sweeps of the world ask the server; ``changes`` replace parts of models.yaml."""
    monkeypatch.setenv("OPENAI_API_KEY", KEYS["openai"])
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEYS["anthropic"])
    world.data.mkdir(parents=True, exist_ok=True)
    (world.data / "models.yaml").write_text(yaml.safe_dump(models_file(server, **changes), sort_keys=False))
    return world
