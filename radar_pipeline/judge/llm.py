"""The judge that asks a language model, once per requirement, and takes nothing it says on trust.

Three layers stand behind its answer: every quote is found in the documents or dropped (``locate``), the
times and denials in the quotes are read by rule (``weigh``), and the confidence comes from what can be
observed (``trust``). Whatever goes wrong with a call is raised, never turned into a verdict.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Protocol

from radar_pipeline import ids
from radar_pipeline.judge.answers import CoverageAnswer, answer_about
from radar_pipeline.judge.confidence import needs_review
from radar_pipeline.judge.examined import Examined
from radar_pipeline.judge.local import LocalJudge
from radar_pipeline.judge.shown import WHOLE, Shown, show
from radar_pipeline.judge.signs import scores, signs
from radar_pipeline.judge.trust import ABSTAIN, Signs, Trust
from radar_pipeline.judge.weigh import Outcome, Weighed, clean, weigh
from radar_pipeline.llm.call import Feature, ModelCall, ModelReply
from radar_pipeline.llm.errors import ModelsUnavailableError
from radar_pipeline.models import (
    Citation,
    ElementJudgement,
    ElementStatus,
    JudgeIdentity,
    Judgement,
    Question,
    Reason,
    Stance,
    Verdict,
)
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.render import render

RULES = "llm-rules@1"  # raise when the same answer would be weighed otherwise by code alone
_TABLES = ("lexicon", "hints", "weights")  # of what is cut out or asked about twice
_CITED = 8  # quotes at most
_PROVED = frozenset({Verdict.COVERED, Verdict.PARTIAL})  # by quotes that speak for it


class Asks(Protocol):
    """The model layer as far as a judge needs it; ``ModelClient`` is one."""

    def ask(self, call: ModelCall[CoverageAnswer]) -> ModelReply[CoverageAnswer]:
        """The checked answer, or ModelCallError."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a tenant's judge works with: whose money, which route, which prompt. ``feature`` is what its calls
    are booked under; whatever that is, the models of the judge's route are asked."""

    tenant: str
    tier: str
    prompt: Prompt
    route: str  # identity of the route: its models and their parameters, in order
    trust: Trust
    concurrency: int
    stand_in: bool = False  # whether the local judge answers when no provider can
    note_claims: Callable[[str, int, int], None] = lambda _call, _claims, _unsupported: None
    feature: Feature = Feature.JUDGE


class LlmJudge:
    """The judge of one tenant."""

    def __init__(self, client: Asks, setting: Setting, local: LocalJudge) -> None:
        self._client, self._setting, self._local = client, setting, local
        self.concurrency = setting.concurrency
        self._identity = JudgeIdentity(
            judge="llm",
            model=f"{_rules()}+{setting.route}",
            prompt=setting.prompt.ref,
            calibration=setting.trust.version,
        )

    @property
    def identity(self) -> JudgeIdentity:
        """The route with its models, the prompt, and the weights of confidence."""
        return self._identity

    def identity_for(self, requirement_id: str) -> JudgeIdentity:
        """The same for every requirement."""
        del requirement_id
        return self._identity

    def judge(self, question: Question) -> Judgement:
        """Judge one question. Raises ModelCallError; the local judge stands in for providers that all
        failed, where the setting allows it, and says so.

        Where a sentence may instruct a machine and may as well be harmless, and the verdict could hang on it,
        it is asked again without: what does not matter was harmless, what does is ``suspected_injection``.
        """
        try:
            return self._judged(question).judgement
        except ModelsUnavailableError:
            if not self._setting.stand_in:
                raise
            return replace(self._local.judge(question), spoke=self._local.identity)

    def calls(self, question: Question) -> tuple[ModelCall[CoverageAnswer], ...]:
        """The call that judging the question begins with, if it asks at all."""
        shown = show(question)
        return (self.call(shown),) if shown.passages else ()

    def examine(self, question: Question) -> Examined:
        """The judgement that ``judge`` gives, with the answers it was made of. Nobody stands in. Raises
        ModelCallError."""
        return self._judged(question)

    def _judged(self, question: Question) -> Examined:
        shown = show(question)
        plain = self._asked(question, shown)
        if not (shown.suspected and _could_hang(plain.judgement, shown)):
            return plain
        without = self._asked(question, show(question, careful=True))
        spent = replace(
            without.judgement,
            tokens_in=plain.judgement.tokens_in + without.judgement.tokens_in,
            tokens_out=plain.judgement.tokens_out + without.judgement.tokens_out,
            cost_usd=plain.judgement.cost_usd + without.judgement.cost_usd,
        )
        same = _leaning(plain.judgement) is _leaning(without.judgement)
        judgement = spent if same else _suspected(spent)
        return Examined(judgement, without.shown, plain.replies + without.replies)

    def _asked(self, question: Question, shown: Shown) -> Examined:
        if not shown.passages:
            return Examined(self._silent(question, shown), shown)
        reply = self._client.ask(self.call(shown))
        return Examined(self._observed(question, shown, reply)[0], shown, (reply,))

    def call(self, shown: Shown) -> ModelCall[CoverageAnswer]:
        """The call that asks about a question as shown."""
        prompt = self._setting.prompt
        return ModelCall(
            tenant=self._setting.tenant,
            feature=self._setting.feature,
            tier=self._setting.tier,
            prompt_ref=prompt.ref,
            messages=render(prompt, shown.values),
            answer=answer_about(tuple(e.element_id for e in shown.elements)),
            max_output_tokens=prompt.max_output_tokens,
            repair=prompt.repair,
            parameters=prompt.parameters,
            route=Feature.JUDGE,
        )

    def _silent(self, question: Question, shown: Shown) -> Judgement:
        """Nothing is left to ask about: no passage could be evidence, or all instruct a machine."""
        nothing = self._local.judge(replace(question, candidates=()))
        return _suspected(nothing) if shown.flagged or shown.suspected else nothing

    def observe(self, question: Question) -> tuple[Judgement, Signs] | None:
        """The judgement of one asking with the signs that its confidence is made of, for fitting; None where
        nothing is asked. Raises ModelCallError."""
        shown = show(question)
        if not shown.passages:
            return None
        return self._observed(question, shown, self._client.ask(self.call(shown)))

    def _observed(
        self, question: Question, shown: Shown, reply: ModelReply[CoverageAnswer]
    ) -> tuple[Judgement, Signs]:
        outcome = weigh(shown, reply.value)
        given, verified = outcome.quotes
        if given and reply.call_id:
            self._setting.note_claims(reply.call_id, given, given - verified)
        local = self._local.judge(question)
        leaning = outcome.claimed if outcome.unverified else outcome.verdict
        seen = signs(question, outcome, reply.value, local.scores.get(leaning, 0.0))
        confidence = self._setting.trust.confidence(seen)
        reason = _withheld(outcome, confidence)
        citations = () if leaning is Verdict.NOT_ADDRESSED else _citations(outcome)
        cited = tuple(dict.fromkeys(c.passage_hash for c in citations))
        judgement = Judgement(
            verdict=Verdict.NOT_ASSESSED if reason else leaning,
            confidence=confidence,
            scores=scores(leaning, confidence, local),
            elements=tuple(_element(w) for w in outcome.elements if w.element.element_id != WHOLE),
            citations=citations,
            explanation=_explanation(outcome, shown, reply.value, reason),
            suggested_verdict=leaning if reason else None,
            reason=reason,
            ranking=cited + tuple(h for h in local.ranking if h not in cited),
            tokens_in=reply.usage.input_tokens,
            tokens_out=reply.usage.output_tokens,
            cost_usd=float(reply.cost_usd),
            spoke=replace(self._identity, model=f"{_rules()}+{reply.model}"),
        )
        return judgement, seen


@lru_cache(maxsize=1)
def _rules() -> str:
    """The rules, with a digest of the words by which instructions to machines are known."""
    folder = files(__package__)
    tables = (folder.joinpath(f"injection_{name}.json").read_bytes() for name in _TABLES)
    return f"{RULES}#{ids.digest(*tables, length=8)}"


def _could_hang(judgement: Judgement, shown: Shown) -> bool:
    """Whether a suspected sentence could have made the verdict: it is one of silence or of contradiction, it
    is not sure, or its quotes stand beside such a sentence. A verdict that quotes of other passages prove
    cannot."""
    beside = {p.candidate.passage_hash for p in shown.passages if p.suspected}
    quoted = any(citation.passage_hash in beside for citation in judgement.citations)
    return quoted or _leaning(judgement) not in _PROVED or needs_review(judgement.confidence)


def _leaning(judgement: Judgement) -> Verdict:
    return judgement.suggested_verdict or judgement.verdict


def _suspected(judgement: Judgement) -> Judgement:
    """The judgement withheld, because what it rests on may be an instruction to a reader's machine."""
    return replace(
        judgement,
        verdict=Verdict.NOT_ASSESSED,
        reason=Reason.SUSPECTED_INJECTION,
        suggested_verdict=_leaning(judgement),
        confidence=0.0,
        citations=(),
        explanation="Sentences found for it seem to instruct a reader's machine, and the verdict rests on "
        "them: read the documents.",
    )


def _withheld(outcome: Outcome, confidence: float) -> Reason | None:
    if outcome.unverified:
        return Reason.UNVERIFIED_QUOTE
    return Reason.UNCERTAIN if confidence < ABSTAIN else None


def _element(weighed: Weighed) -> ElementJudgement:
    shares = {ElementStatus.MET: 1.0, ElementStatus.NOT_NEEDED: 0.0}
    score = 0.5 if weighed.partly else shares.get(weighed.status, 0.0)
    return ElementJudgement(weighed.element.element_id, weighed.status, score, weighed.note)


def _citations(outcome: Outcome) -> tuple[Citation, ...]:
    """Each quoted place once, what carries the verdict first."""
    carries = Stance.CONTRADICTS if outcome.verdict is Verdict.CONTRADICTED else Stance.SUPPORTS
    merged: dict[tuple[str, int, int], Citation] = {}
    for weighed in outcome.elements:
        for proof in weighed.proofs:
            found = proof.found
            key = (found.passage.candidate.passage_hash, found.start, found.end)
            known = merged.get(key)
            named = () if weighed.element.element_id == WHOLE else (weighed.element.element_id,)
            elements = dict.fromkeys((*(known.element_ids if known else ()), *named))
            against = Stance.CONTRADICTS in (proof.stance, known.stance if known else proof.stance)
            merged[key] = Citation(
                passage_hash=key[0],
                start=found.start,
                end=found.end,
                quote=found.quote,
                stance=Stance.CONTRADICTS if against else Stance.SUPPORTS,
                element_ids=tuple(elements),
                score=0.9 if found.noisy else 1.0,
                noisy=found.noisy,
            )
    return tuple(sorted(merged.values(), key=lambda c: c.stance is not carries))[:_CITED]


def _explanation(outcome: Outcome, shown: Shown, answer: CoverageAnswer, reason: Reason | None) -> str:
    parts = [clean(answer.reasoning)]
    if reason is Reason.UNVERIFIED_QUOTE:
        parts = [f"The model's quotes for “{_named(outcome.claimed)}” are not in the documents."]
    elif reason is Reason.UNCERTAIN:
        parts.insert(0, f"Too uncertain; leaning towards {_named(outcome.verdict)}.")
    if outcome.drafts:
        parts.append("Only a draft says so.")
    lost = sum(w.lost for w in outcome.elements)
    if lost and reason is None:
        parts.append(f"{lost} of {len(outcome.elements)} elements lost a quote that is not in the documents.")
    if shown.flagged:
        parts.append("Sentences that instruct a reader's machine were left out.")
    parts.append(f"{len(shown.passages)} passages were weighed.")
    return " ".join(part for part in parts if part)


def _named(verdict: Verdict) -> str:
    return verdict.value.replace("_", " ")
