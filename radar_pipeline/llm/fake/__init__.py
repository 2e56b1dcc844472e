"""A local server that speaks the protocols of OpenAI, Anthropic and Cohere: test prompts without a bill.

The real SDKs talk to it; it answers what you script, charges tokens that anybody can recompute, plays
the faults you choose, and keeps books to compare with the radar's own ledger:

    from openai import OpenAI
    from radar_pipeline.llm.fake import FakeServer, Fault, scripted

    def test_my_prompt_survives_a_rate_limit():
        with FakeServer(scripted([{"verdict": "covered"}]), faults=[Fault.RATE_LIMIT_MS]) as server:
            client = OpenAI(base_url=server.openai_url, api_key="any")
            answer = client.responses.parse(model="m", input="…", text_format=MyAnswer)
            assert answer.output_parsed.verdict == "covered"
            assert [entry.status for entry in server.books] == [429, 200]

What the model says is a ``Responder``: ``scripted`` answers in order, ``by_schema`` (the smallest
answer of the requested JSON schema), any function of a ``Request``, or ``obedient``, which follows
every instruction that it finds in a document: use it to see whether an attack gets through.

What goes wrong is a plan: a list of faults in turn, a mapping by request number, or ``when``,
``at_random`` and ``first_of``. ``Fault`` lists them all.

Time in batches passes when you say so: ``server.finish_batches()``, ``server.expire_batches()``, or
``batch_looks=2`` for batches that end at their second retrieval.

``python -m radar_pipeline.llm.fake`` serves ``by_schema`` until it is interrupted.
"""

from radar_pipeline.llm.fake.books import Entry
from radar_pipeline.llm.fake.faults import Fault, befalls
from radar_pipeline.llm.fake.obedience import Element, Judged, Passage, Reading, obedient
from radar_pipeline.llm.fake.orders import Order, Orders, Status, read_orders
from radar_pipeline.llm.fake.plans import Plan, at, at_random, first_of, in_turn, when
from radar_pipeline.llm.fake.requests import Endpoint, Part, Request
from radar_pipeline.llm.fake.responders import Answer, Responder, ScriptEndedError, by_schema, scripted
from radar_pipeline.llm.fake.server import FakeServer

__all__ = [
    "Answer",
    "Element",
    "Endpoint",
    "Entry",
    "FakeServer",
    "Fault",
    "Judged",
    "Order",
    "Orders",
    "Part",
    "Passage",
    "Plan",
    "Reading",
    "Request",
    "Responder",
    "ScriptEndedError",
    "Status",
    "at",
    "at_random",
    "befalls",
    "by_schema",
    "first_of",
    "in_turn",
    "obedient",
    "read_orders",
    "scripted",
    "when",
]
