"""A prompt that answers questions: asked with a case's material, its sentences verified as for a tenant."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from radar_pipeline.evals.subjects.calling import LONGEST_QUOTE, answered, failed, named, phone, text_of
from radar_pipeline.evals.values import Case, Quoted, Response
from radar_pipeline.evals.workbench import Workbench
from radar_pipeline.judge.weigh import clean
from radar_pipeline.llm.call import Feature
from radar_pipeline.llm.errors import ModelCallError
from radar_pipeline.models import Requirement, StandingQuestion, Verdict
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.questions.answers import AnswerForm, AnswerSentence
from radar_pipeline.questions.asker import RULES, Speaker, call_of
from radar_pipeline.questions.material import About, AssessmentFact, Material, show
from radar_pipeline.questions.reading import MOST_SENTENCES
from radar_pipeline.questions.verifying import verified


class AskAsker:
    """See ``Asker``."""

    def __init__(self, bench: Workbench, prompt: Prompt) -> None:
        self._bench = bench
        self._phone = phone(bench, prompt)
        self._speaker = Speaker(self._phone.client, bench.tier, prompt, self._phone.route)
        self.concurrency = bench.settings.llm_concurrency
        self.model = named(self._phone.route, RULES, bench.library.identity)

    def prepare(self, cases: Sequence[Case]) -> None:
        """Read and embed what the cases are answered from."""
        prepare(self._bench, cases)

    def ask(self, case: Case) -> Response:
        """The answer, each sentence with whether anything carries it."""
        material = material_of(self._bench, case)
        call = replace(call_of(self._speaker, material), feature=Feature.EVALUATE, route=self._phone.feature)
        try:
            reply = self._phone.client.ask(call)
        except ModelCallError as error:
            return failed(self._bench, error)
        form = reply.value
        told = [verified(s, material) for s in form.sentences[:MOST_SENTENCES] if clean(s.text)]
        return answered(self._bench, _answer(form, told), _quotes(form, material), [reply])


def prepare(bench: Workbench, cases: Sequence[Case]) -> None:
    """Make ready the material of cases. Raises ConfigurationError for a document that cannot be read."""
    bench.library.prepare([(case, _searched_for(case)) for case in cases])


def material_of(bench: Workbench, case: Case) -> Material:
    """All that a case's question may be answered from; the library must have prepared the case."""
    inputs = case.inputs
    found = bench.library.find(inputs, _searched_for(case))
    about = inputs.get("organisation", {})
    return Material(
        question=_question(case),
        about=About("", about.get("industry", ""), tuple(about.get("jurisdictions", ()))),
        today=date.fromisoformat(inputs["today"]),
        passages=show(found.passages, found.paths),
        assessments=tuple(map(_fact, inputs.get("assessments", ()))),
        corpus_version="",
        text=found.text,
        paths=found.paths,
        searched=found.searched,
    )


def _question(case: Case) -> StandingQuestion:
    return StandingQuestion(case.case_id, case.inputs["question"])


def _searched_for(case: Case) -> Requirement:
    """A question is searched for like a requirement without elements."""
    text = case.inputs["question"]
    return Requirement(f"question:{case.case_id}", "", "", text, "", "", 1, "", ())


def _fact(entry: dict[str, Any]) -> AssessmentFact:
    return AssessmentFact(
        requirement_id=f"{entry['framework']}:{entry['ref']}",
        ref=entry["ref"],
        title=entry["title"],
        text=entry["text"],
        verdict=Verdict(entry["verdict"]),
        confidence=float(entry["confidence"]),
        framework=entry["framework"],
    )


def _answer(form: AnswerForm, told: Sequence[AnswerSentence]) -> dict[str, Any]:
    return {
        "sentences": [{"text": s.text, "supported": s.unsupported is None} for s in told],
        "not_answered": clean(form.not_answered, 600),
        "text": text_of(*(s.text for s in told), form.not_answered),
    }


def _quotes(form: AnswerForm, material: Material) -> list[Quoted]:
    quotes = []
    for given in (quote for sentence in form.sentences for quote in sentence.quotes):
        found = material.find(given.passage, given.quote)
        said = found.quote if found else clean(given.quote, LONGEST_QUOTE)
        quotes.append(Quoted(said, found is not None, given.passage, found.path if found else ""))
    return quotes
