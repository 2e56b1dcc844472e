"""Asks a model for an answer in prose, and takes no sentence of it on trust."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from radar_pipeline.judge.weigh import clean
from radar_pipeline.llm.call import ErrorClass, Feature, ModelCall, ModelReply
from radar_pipeline.llm.errors import ModelCallError
from radar_pipeline.llm.streaming import AnswerStream
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.render import render
from radar_pipeline.questions.answers import (
    Answer,
    AnswerForm,
    AnswerSentence,
    SentenceForm,
    Spoke,
    State,
    Told,
    Why,
)
from radar_pipeline.questions.material import Material
from radar_pipeline.questions.plainly import plainly
from radar_pipeline.questions.reading import MOST_SENTENCES, Reader
from radar_pipeline.questions.verifying import verified

RULES = "answers@1"  # raise when the same answer would be marked otherwise by code alone
LONGEST_REST = 600  # characters of what is not answered

_WHY = {
    ErrorClass.RATE_LIMIT: Why.PROVIDERS_FAILED,
    ErrorClass.OVERLOAD: Why.PROVIDERS_FAILED,
    ErrorClass.SERVER: Why.PROVIDERS_FAILED,
    ErrorClass.TIMEOUT: Why.PROVIDERS_FAILED,
    ErrorClass.CONNECTION: Why.PROVIDERS_FAILED,
    ErrorClass.CIRCUIT_OPEN: Why.PROVIDERS_FAILED,
    ErrorClass.AUTH: Why.SETUP,
    ErrorClass.CONFIGURATION: Why.SETUP,
    ErrorClass.REFUSAL: Why.REFUSED,
    ErrorClass.TRUNCATED: Why.INVALID_ANSWER,
    ErrorClass.INVALID_ANSWER: Why.INVALID_ANSWER,
    ErrorClass.CONTEXT_OVERFLOW: Why.TOO_LONG,
    ErrorClass.QUOTA: Why.QUOTA,
    ErrorClass.BUDGET: Why.BUDGET,
}


class Asks(Protocol):
    """The model layer as far as a question needs it; ``ModelClient`` is one."""

    def ask(self, call: ModelCall[AnswerForm]) -> ModelReply[AnswerForm]:
        """The checked answer, or ModelCallError."""

    def stream(self, call: ModelCall[AnswerForm]) -> AnswerStream[AnswerForm]:
        """The same, as it comes."""

    def cached(self, call: ModelCall[AnswerForm]) -> ModelReply[AnswerForm] | None:
        """The kept answer to exactly this call."""


class Memo(Protocol):
    """Where a tenant's answers are kept by their keys: its own store."""

    def get(self, answer_key: str) -> Told | None:
        """What was said, if it is remembered."""

    def put(self, answer_key: str, told: Told) -> None:
        """Remember what was said."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who answers a tenant's questions: the model layer, its route and its prompt.

    ``client`` is None where no model may be asked: then ``silent`` says why, with the remedy.
    """

    client: Asks | None
    tier: str
    prompt: Prompt | None
    route: str
    silent: str = ""
    note_claims: Callable[[str, int, int], None] = lambda _call, _claims, _unsupported: None

    @property
    def identity(self) -> str:
        """What must be equal for an answer to be reused."""
        prompt = self.prompt.sha if self.prompt and self.client else ""
        return f"{RULES}+{self.route if self.client else 'quotes'}+{prompt}"


def call_of(speaker: Speaker, material: Material) -> ModelCall[AnswerForm]:
    """The call that asks the question of the material."""
    prompt = speaker.prompt
    if prompt is None:
        raise ValueError("There is no prompt to ask with.")
    return ModelCall(
        tenant=material.about.tenant,
        feature=Feature.ASK,
        tier=speaker.tier,
        prompt_ref=prompt.ref,
        messages=render(prompt, material.values),  # type: ignore[arg-type]  # plain lists and texts
        answer=AnswerForm,
        max_output_tokens=prompt.max_output_tokens,
        corpus_version=material.corpus_version,
        repair=prompt.repair,
        parameters=prompt.parameters,
    )


def answer(speaker: Speaker, material: Material, ranking: tuple[str, ...], memo: Memo) -> Answer:
    """The whole answer at once. What is remembered of the same material costs nothing again.

    Never raises for what a model or its provider does.
    """
    if speaker.client is None or not material.searched:
        return unspoken(speaker, material, ranking)
    key = material.key(speaker.identity)
    known = memo.get(key)
    if known is not None:
        return spoken(speaker, material, known, reused=True)
    try:
        reply = speaker.client.ask(call_of(speaker, material))
    except ModelCallError as error:
        return failed(speaker, material, ranking, error)
    told = _told(speaker, material, reply)
    memo.put(key, told)
    return _noted(speaker, spoken(speaker, material, told))


def stream(
    speaker: Speaker, material: Material, ranking: tuple[str, ...], memo: Memo
) -> Iterator[AnswerSentence | Answer]:
    """Each sentence when it is finished and verified, then the answer that holds the same sentences.

    A stream that breaks off keeps what was verified. Never raises for what a model or provider does.
    """
    if speaker.client is None or not material.searched:
        yield from whole(unspoken(speaker, material, ranking))
        return
    reader, given = Reader(), list[AnswerSentence]()
    streaming = speaker.client.stream(call_of(speaker, material))
    try:
        for piece in streaming:
            for form in _worded(reader.feed(piece)):
                given.append(verified(form, material))
                yield given[-1]
    except ModelCallError as error:
        if given:
            yield cut_short(speaker, material, given, error)
        else:
            yield from whole(failed(speaker, material, ranking, error))
        return
    told = _told(speaker, material, streaming.reply)
    memo.put(material.key(speaker.identity), told)
    final = _noted(speaker, spoken(speaker, material, told))
    yield from final.sentences[len(given) :]
    yield replace(final, sentences=(*given, *final.sentences[len(given) :]))


def kept(speaker: Speaker, material: Material) -> Answer | None:
    """The answer that was given to exactly this before, if it is kept."""
    reply = speaker.client.cached(call_of(speaker, material)) if speaker.client else None
    return _noted(speaker, spoken(speaker, material, _told(speaker, material, reply))) if reply else None


def whole(made: Answer) -> Iterator[AnswerSentence | Answer]:
    """An answer that is there already, as ``stream`` gives one."""
    yield from made.sentences
    yield made


def spoken(speaker: Speaker, material: Material, told: Told, *, reused: bool = False) -> Answer:
    """A model's answer, verified in the documents as they are now."""
    return Answer(
        question=material.question,
        answer_key=material.key(speaker.identity),
        state=State.ANSWERED,
        sentences=tuple(verified(form, material) for form in _worded(told.form.sentences[:MOST_SENTENCES])),
        answered_on=told.on,
        not_answered=clean(told.form.not_answered, LONGEST_REST),
        spoke=told.spoke,
        reused=reused,
    )


def unspoken(speaker: Speaker, material: Material, ranking: tuple[str, ...]) -> Answer:
    """Without a model, or with nothing to ask about."""
    if not material.searched:
        note = (
            "There is no text that could be searched. `radar documents quarantined` tells what was not read."
        )
        return _instead(speaker, material, ranking, Why.NO_CORPUS, note)
    return _instead(speaker, material, ranking, Why.NO_MODEL, speaker.silent)


def failed(speaker: Speaker, material: Material, ranking: tuple[str, ...], error: ModelCallError) -> Answer:
    """No answer: why, with the remedy, and what was found."""
    return _instead(speaker, material, ranking, _why(error), str(error))


def cut_short(
    speaker: Speaker, material: Material, told: list[AnswerSentence], error: ModelCallError
) -> Answer:
    """What was verified before the stream broke off."""
    return Answer(
        question=material.question,
        answer_key=material.key(speaker.identity),
        state=State.CUT_SHORT,
        sentences=tuple(told),
        answered_on=material.today,
        why=_why(error),
        note=f"The answer broke off. {error}",
        spoke=Spoke(prompt=speaker.prompt.ref if speaker.prompt else ""),
    )


def _worded(forms: Sequence[SentenceForm]) -> list[SentenceForm]:
    return [form for form in forms if clean(form.text)]


def _why(error: ModelCallError) -> Why:
    return _WHY.get(error.error_class, Why.FAILED)


def _instead(speaker: Speaker, material: Material, ranking: tuple[str, ...], why: Why, note: str) -> Answer:
    return Answer(
        question=material.question,
        answer_key=material.key(speaker.identity),
        state=State.NOT_ANSWERED,
        sentences=plainly(material, ranking),
        answered_on=material.today,
        why=why,
        note=note,
    )


def _told(speaker: Speaker, material: Material, reply: ModelReply[AnswerForm]) -> Told:
    spoke = Spoke(
        model=reply.model,
        deployment=reply.deployment,
        prompt=speaker.prompt.ref if speaker.prompt else "",
        tokens_in=reply.usage.input_tokens,
        tokens_out=reply.usage.output_tokens,
        cost_usd=reply.cost_usd,
        cache=reply.cache.value,
        call_id=reply.call_id,
    )
    return Told(reply.value, spoke, material.today)


def _noted(speaker: Speaker, made: Answer) -> Answer:
    """The answer, with the share of what nothing supports noted in the ledger."""
    claims, unsupported = made.claims
    if claims and made.spoke.call_id:
        speaker.note_claims(made.spoke.call_id, claims, unsupported)
    return made
