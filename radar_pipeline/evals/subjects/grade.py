"""The evaluator's own prompt: judges an answer by criteria, as experts have."""

from collections.abc import Sequence
from dataclasses import dataclass

from radar_pipeline.evals.forms import GradeForm
from radar_pipeline.evals.subjects.calling import answered, failed, named, phone, text_of
from radar_pipeline.evals.values import Case, Response
from radar_pipeline.evals.workbench import Workbench
from radar_pipeline.llm.errors import ModelCallError
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.render import Value

RULES = "grade@1"  # raise when the same answer would be read otherwise


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer, what it was to do and was made from, and the criteria that it is judged by."""

    task: str
    material: str
    answer: str
    criteria: tuple[str, ...]


class GradeAsker:
    """See ``Asker``."""

    def __init__(self, bench: Workbench, prompt: Prompt) -> None:
        self._bench, self._phone = bench, phone(bench, prompt)
        self.concurrency = bench.settings.llm_concurrency
        self.model = named(self._phone.route, RULES)

    def prepare(self, cases: Sequence[Case]) -> None:
        """Nothing has to be read."""

    def ask(self, case: Case) -> Response:
        """Whether the answer passes, and how far it meets the criteria."""
        inputs = case.inputs
        return self.judge(
            Judged(inputs["task"], inputs["material"], inputs["answer"], tuple(inputs["criteria"]))
        )

    def judge(self, judged: Judged) -> Response:
        """The same of an answer that is no case."""
        values: dict[str, Value] = {
            "task": judged.task,
            "criteria": list(judged.criteria),
            "material": judged.material,
            "answer": judged.answer,
        }
        try:
            reply = self._phone.client.ask(self._phone.call(values, GradeForm))
        except ModelCallError as error:
            return failed(self._bench, error)
        form = reply.value
        answer = {
            "passes": form.passes,
            "score": form.score,
            "text": text_of(form.reasoning, *(c.note for c in form.criteria)),
        }
        return answered(self._bench, answer, (), [reply])
