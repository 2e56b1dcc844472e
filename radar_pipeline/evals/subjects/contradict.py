"""A prompt that tells whether two passages contradict each other."""

from collections.abc import Mapping, Sequence
from typing import Any

from radar_pipeline.evals.forms import ContradictionForm
from radar_pipeline.evals.subjects.calling import LONGEST_QUOTE, answered, failed, named, phone, text_of
from radar_pipeline.evals.values import Case, Quoted, Response
from radar_pipeline.evals.workbench import Workbench
from radar_pipeline.judge.locate import locate
from radar_pipeline.judge.weigh import clean
from radar_pipeline.llm.errors import ModelCallError
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.render import Value

RULES = "passages@1"  # raise when the same answer would be read otherwise
_SIDES = ("first", "second")


class ContradictAsker:
    """See ``Asker``."""

    def __init__(self, bench: Workbench, prompt: Prompt) -> None:
        self._bench, self._phone = bench, phone(bench, prompt)
        self.concurrency = bench.settings.llm_concurrency
        self.model = named(self._phone.route, RULES)

    def prepare(self, cases: Sequence[Case]) -> None:
        """Nothing has to be read."""

    def ask(self, case: Case) -> Response:
        """Whether they contradict each other, about what, and with which words."""
        values: dict[str, Value] = {side: _shown(case.inputs[side]) for side in _SIDES}
        try:
            reply = self._phone.client.ask(self._phone.call(values, ContradictionForm))
        except ModelCallError as error:
            return failed(self._bench, error)
        form = reply.value
        answer = {
            "contradicts": form.contradicts,
            "kind": form.kind.value,
            "text": text_of(form.reasoning),
        }
        given = zip(_SIDES, (form.first_quote, form.second_quote), strict=True)
        quotes = [_quoted(n, side, case.inputs[side], q) for n, (side, q) in enumerate(given, 1) if q.strip()]
        return answered(self._bench, answer, quotes, [reply])


def _shown(passage: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(passage.get(name, "")) for name in ("kind", "status", "heading", "text")}


def _quoted(number: int, side: str, passage: Mapping[str, Any], quote: str) -> Quoted:
    """Looked up in its own passage: a quote of the other one shows nothing."""
    found = locate(quote, passage["text"])
    if found is None:
        return Quoted(clean(quote, LONGEST_QUOTE), False, number)
    return Quoted(passage["text"][found.start : found.end], True, number, side)
