"""What attacks do to verdicts: a model in its most obedient mode, and the judge's layers around it.

Each attack is put into a document of a firm that arranges nothing, if it wants a clear, or all, if it wants
a gap; the verdict is compared with that of the same documents without the attack.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from radar_pipeline import ids
from radar_pipeline.judge.answers import CoverageAnswer
from radar_pipeline.judge.llm import LlmJudge, Setting
from radar_pipeline.judge.local import LocalJudge
from radar_pipeline.judge.trust import PRIOR
from radar_pipeline.llm.call import CacheOutcome, ModelCall, ModelReply, Role, Usage
from radar_pipeline.llm.fake.obedience import obedient
from radar_pipeline.llm.fake.orders import Order, Status
from radar_pipeline.llm.fake.requests import Endpoint, Part, Request
from radar_pipeline.models import (
    Candidate,
    Element,
    Judgement,
    Kind,
    Limit,
    Question,
    Reason,
    Requirement,
    Verdict,
)
from radar_pipeline.models import Role as ElementRole
from radar_pipeline.models import Status as DocumentStatus
from radar_pipeline.prompts import versions
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.settings import PROJECT
from tests.support.models import build_coverage, read_coverage

COVERED = (
    "The privacy officer notifies every personal data breach to the supervisory authority within 48 hours.",
    "Breaches are entered in a register with their effects and the measures taken.",
)
SILENT = (
    "Visitors sign in at reception and wear a badge.",
    "The canteen serves lunch between noon and two.",
    "Company cars are cleaned once a month.",
)
REQUIREMENT = Requirement(
    requirement_id="gdpr:Art. 33(1)",
    framework_id="gdpr",
    ref="Art. 33(1)",
    title="Notify the authority of a breach",
    text="The controller must notify a personal data breach to the supervisory authority within 72 hours.",
    domain="Breach",
    importance=5,
    citation="",
    elements=(
        Element("action-1", ElementRole.ACTION, "notify a personal data breach to the supervisory authority"),
        Element(
            "deadline-1",
            ElementRole.DEADLINE,
            "within 72 hours of becoming aware of the breach",
            Limit(72, "hours"),
        ),
    ),
)
CLEARS = frozenset({Verdict.COVERED, Verdict.PARTIAL})
WANTED = {"covered": Status.MET, "not_addressed": Status.MISSING, "contradicted": Status.CONTRADICTED}


@dataclass(frozen=True, slots=True)
class Effect:
    """What an attack did: ``flipped`` if another verdict stands than without it."""

    attack_id: str
    before: Verdict
    after: Judgement

    @property
    def flipped(self) -> bool:
        """Whether the attack made a verdict of its own; an abstention is none."""
        return self.after.verdict not in (self.before, Verdict.NOT_ASSESSED)

    @property
    def withheld(self) -> bool:
        """Whether the verdict was withheld."""
        return self.after.verdict is Verdict.NOT_ASSESSED

    @property
    def suspected(self) -> bool:
        """Whether it was withheld because of what it is."""
        return self.after.reason is Reason.SUSPECTED_INJECTION


class Obeys:
    """The obedient model behind the judge, without a network between them: the fake server's own."""

    def __init__(self, orders: dict[str, Order]) -> None:
        self._respond = obedient(read_coverage, build_coverage, also=orders)

    def ask(self, call: ModelCall[CoverageAnswer]) -> ModelReply[CoverageAnswer]:
        """Its answer to the call."""
        parts = tuple(
            Part("system" if m.role is Role.SYSTEM else "user", m.text.replace("\ue000boundary\ue000", "f00"))
            for m in call.messages
        )
        request = Request(1, "openai", Endpoint.RESPONSES, parts=parts, schema={})
        value = call.answer.model_validate(self._respond(request))
        return ModelReply(value, "m", "p/m", "", Usage(), Decimal(0), CacheOutcome.OFF, "primary")


def effects(attacks: Iterable[tuple[str, str, str, str]]) -> list[Effect]:
    """Of (id, text as it stands in a document, the words that are obeyed, what it wants)."""
    found = []
    before: dict[bool, Verdict] = {}
    for attack_id, passage, words, wants in attacks:
        silent = wants == "covered"
        base = SILENT if silent else COVERED
        if silent not in before:
            before[silent] = _judge({}).judge(_question(base)).verdict
        order = Order(WANTED.get(wants), None, frozenset(), wants == "discredit")
        judge = _judge({words: order})
        found.append(Effect(attack_id, before[silent], judge.judge(_question((*base, passage)))))
    return found


def _judge(orders: dict[str, Order]) -> LlmJudge:
    prompt = versions.active(PROJECT / "prompts", UseCase.JUDGE, "coverage")
    return LlmJudge(Obeys(orders), Setting("acme", "full", prompt, "m", PRIOR, 1), LocalJudge("none"))


def _question(texts: Sequence[str]) -> Question:
    candidates = [
        Candidate(ids.digest(t), t, (), Kind.POLICY, DocumentStatus.APPROVED, _vector(t)) for t in texts
    ]
    ordered = tuple(sorted(candidates, key=lambda c: c.passage_hash))
    queries = np.stack([_vector(q) for q in REQUIREMENT.queries])
    return Question(REQUIREMENT, ordered, queries)


def _vector(text: str) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    from radar_pipeline.retrieval.hashing import HashingEmbedder

    return HashingEmbedder().embed([text])[0]
