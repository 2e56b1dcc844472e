"""A prompt that assesses requirements: asked through the very judge that sweeps use."""

from collections.abc import Sequence

from radar_pipeline.evals.subjects.calling import (
    LONGEST_QUOTE,
    Counted,
    Phone,
    answered,
    failed,
    named,
    phone,
    text_of,
)
from radar_pipeline.evals.subjects.questions import Posed, Questions
from radar_pipeline.evals.values import Case, Quoted, Response
from radar_pipeline.evals.workbench import Workbench
from radar_pipeline.judge.examined import Examined, Given
from radar_pipeline.judge.llm import LlmJudge, Setting
from radar_pipeline.judge.trust import FILE, load
from radar_pipeline.judge.weigh import clean
from radar_pipeline.llm.call import Feature
from radar_pipeline.llm.errors import ModelCallError
from radar_pipeline.models import Judgement
from radar_pipeline.prompts.files import Prompt


class JudgeAsker:
    """See ``Asker``."""

    def __init__(self, bench: Workbench, prompt: Prompt) -> None:
        asked = phone(bench, prompt)
        self._bench = bench
        self._client = asked.client
        self._questions = Questions(bench)
        self._setting = _setting(bench, asked)
        self.concurrency = bench.settings.llm_concurrency
        identity = self._judge(Counted(asked.client)).identity
        self.model = named(asked.route, identity.model, identity.calibration, bench.library.identity)

    def prepare(self, cases: Sequence[Case]) -> None:
        """Read and embed the documents of the cases."""
        self._questions.prepare(cases)

    def ask(self, case: Case) -> Response:
        """The judgement of the case's question, with every quote that the model gave."""
        posed = self._questions.pose(case)
        counted = Counted(self._client)
        try:
            examined = self._judge(counted).examine(posed.question)
        except ModelCallError as error:
            return failed(self._bench, error, counted.replies)
        notes = [e.note for reply in examined.replies[-1:] for e in reply.value.elements]
        return answered(
            self._bench, answer_of(examined.judgement, notes), _quotes(posed, examined), examined.replies
        )

    def _judge(self, client: Counted) -> LlmJudge:
        return LlmJudge(client, self._setting, self._bench.local)


def answer_of(judgement: Judgement, notes: Sequence[str] = ()) -> dict[str, object]:
    """A judgement as the answer that is scored: what it leans to, and whether that is withheld."""
    leaning = judgement.suggested_verdict or judgement.verdict
    return {
        "verdict": leaning.value,
        "withheld": judgement.reason.value if judgement.reason else "",
        "confidence": judgement.confidence,
        "elements": [{"id": e.element_id, "status": e.status.value} for e in judgement.elements],
        "text": text_of(judgement.explanation, *(notes or [e.note for e in judgement.elements])),
    }


def _setting(bench: Workbench, asked: Phone) -> Setting:
    route = asked.route
    return Setting(
        tenant="",
        tier=bench.tier,
        prompt=asked.prompt,
        route=route,
        trust=load(bench.settings.data / FILE, f"{asked.prompt.ref} {route}"),
        concurrency=bench.settings.llm_concurrency,
        feature=Feature.EVALUATE,
    )


def _quotes(posed: Posed, examined: Examined) -> list[Quoted]:
    return [_quoted(posed, given) for given in examined.quotes]


def _quoted(posed: Posed, given: Given) -> Quoted:
    """What the document says there; of a quote that stands nowhere, the model's words."""
    if given.found is None:
        return Quoted(clean(given.quote, LONGEST_QUOTE), False, given.passage)
    passage = given.found.passage.candidate.passage_hash
    return Quoted(given.found.quote, True, given.passage, posed.found.path_of(passage))
