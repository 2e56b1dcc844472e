"""A prompt that takes a requirement apart into its elements."""

from collections.abc import Sequence

from radar_pipeline.evals.forms import ElementForm, ElementsForm
from radar_pipeline.evals.subjects.calling import answered, failed, named, phone, text_of
from radar_pipeline.evals.values import Case, Response
from radar_pipeline.evals.workbench import Workbench
from radar_pipeline.judge.weigh import clean
from radar_pipeline.llm.errors import ModelCallError
from radar_pipeline.models import Limit
from radar_pipeline.prompts.files import Prompt

RULES = "elements@1"  # raise when the same answer would be read otherwise


class DecomposeAsker:
    """See ``Asker``."""

    def __init__(self, bench: Workbench, prompt: Prompt) -> None:
        self._bench, self._phone = bench, phone(bench, prompt)
        self.concurrency = bench.settings.llm_concurrency
        self.model = named(self._phone.route, RULES)

    def prepare(self, cases: Sequence[Case]) -> None:
        """Nothing has to be read."""

    def ask(self, case: Case) -> Response:
        """The elements, in order."""
        wanted = {name: case.inputs[name] for name in ("ref", "title", "text")}
        try:
            reply = self._phone.client.ask(self._phone.call({"requirement": wanted}, ElementsForm))
        except ModelCallError as error:
            return failed(self._bench, error)
        elements = [
            {"role": e.role, "text": clean(e.text, 1000), "limit": _limit(e)} for e in reply.value.elements
        ]
        answer = {"elements": elements, "text": text_of(*(e.text for e in reply.value.elements))}
        return answered(self._bench, answer, (), [reply])


def _limit(element: ElementForm) -> str:
    """In words, such as "at most 72 hours"; empty without one."""
    if element.limit_amount is None or not element.limit_unit:
        return ""
    return str(Limit(element.limit_amount, element.limit_unit, element.minimum))
