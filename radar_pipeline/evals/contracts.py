"""What prompts and code promise each other: the variables that code fills in, the answer that it reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from radar_pipeline.evals.forms import ContradictionForm, ElementsForm, GradeForm
from radar_pipeline.judge.answers import CoverageAnswer
from radar_pipeline.prompts import versions
from radar_pipeline.prompts.checking import Problem
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.questions.answers import AnswerForm


@dataclass(frozen=True, slots=True)
class Contract:
    """``variables``: what the code of a use case gives, ``data``: those that hold documents' text;
    ``answer``: the form that it reads; ``model``: whose route in models.yaml is asked."""

    variables: frozenset[str]
    data: frozenset[str]
    answer: type[BaseModel]
    model: str


CONTRACTS: Mapping[UseCase, Contract] = {
    UseCase.JUDGE: Contract(
        frozenset({"requirement", "elements", "passages"}), frozenset({"passages"}), CoverageAnswer, "judge"
    ),
    UseCase.ASK: Contract(
        frozenset({"question", "organisation", "today", "assessments", "passages"}),
        frozenset({"passages"}),
        AnswerForm,
        "ask",
    ),
    UseCase.DECOMPOSE: Contract(frozenset({"requirement"}), frozenset(), ElementsForm, "judge"),
    UseCase.CONTRADICT: Contract(
        frozenset({"first", "second"}), frozenset({"first", "second"}), ContradictionForm, "judge"
    ),
    UseCase.EVALUATE: Contract(
        frozenset({"task", "criteria", "material", "answer"}),
        frozenset({"material", "answer"}),
        GradeForm,
        "evaluate",
    ),
}


def problems(prompt: Prompt) -> list[Problem]:
    """Where a prompt and the code that uses it disagree; nothing if they agree."""
    contract = CONTRACTS[prompt.use_case]
    found = []
    if missing := sorted(set(prompt.variables) - contract.variables):
        found.append((f"no code gives a value for {', '.join(missing)}", "Take the variable out."))
    if unused := sorted(contract.variables - set(prompt.variables)):
        found.append(
            (f"{', '.join(unused)} is given and not used", "Use it, or write code that does not give it.")
        )
    if open_text := sorted((contract.data & set(prompt.variables)) - prompt.data_variables):
        found.append((f"{', '.join(open_text)} holds documents' text", "Mark it with data: true."))
    if _canonical(prompt.output_schema) != _expected(contract.answer):
        found.append(
            (
                f"output.schema is not that of {contract.answer.__name__}, which the code reads",
                "Make them equal: radar prompts show tells the prompt's.",
            )
        )
    return [Problem(prompt.place, f"{says}.", remedy) for says, remedy in found]


@lru_cache(maxsize=16)
def _expected(answer: type[BaseModel]) -> Any:
    return _canonical(answer.model_json_schema())


def _canonical(schema: Mapping[str, Any]) -> Any:
    """A JSON Schema without names: references put in, titles and descriptions taken out."""
    definitions = schema.get("$defs", {})
    rest = {key: value for key, value in schema.items() if key != "$defs"}
    return versions.bare(_inlined(rest, definitions))


def _inlined(node: Any, definitions: Mapping[str, Any], depth: int = 0) -> Any:
    if depth > 40:  # a schema that contains itself equals none of ours
        return node
    if isinstance(node, list):
        return [_inlined(item, definitions, depth + 1) for item in node]
    if not isinstance(node, Mapping):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str):
        return _inlined(definitions.get(reference.rpartition("/")[2], node["$ref"]), definitions, depth + 1)
    return {key: _inlined(value, definitions, depth + 1) for key, value in node.items()}
