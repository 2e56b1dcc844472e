"""What a case asks, by use case: the strict forms of ``inputs``."""

from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from radar_pipeline.models import Kind, Role, Status, Verdict

_ELEMENT_ID = r"^(actor|action|object|deadline|condition)-[1-9]\d*$"


def wrong(problem: str) -> PydanticCustomError:
    """The error of a check of ours; ``problem`` holds no value of the case."""
    return PydanticCustomError("case", "{problem}", {"problem": problem})


def _path(value: str) -> str:
    parts = PurePosixPath(value).parts
    if value.startswith("/") or "\\" in value or "\0" in value or ".." in parts or not parts:
        raise wrong("a path is relative to the folder of data and stays inside it")
    return value


Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
RelativePath = Annotated[Text, AfterValidator(_path)]


class Strict(BaseModel):
    """A form without other fields, whose values are of the type that is asked for and no other."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class PassageInput(Strict):
    """A passage given word for word, with what its document is."""

    text: Text
    kind: Kind
    status: Status
    heading: str = ""


class DocumentInput(Strict):
    """A document to be read: a file of the data folder, or ``text`` under the name ``path``.

    ``kind`` and ``status`` stand instead of what is read from the document.
    """

    path: RelativePath
    text: Text | None = None
    kind: Kind | None = None
    status: Status | None = None


class _Material(Strict):
    documents: tuple[DocumentInput, ...] | None = Field(default=None, min_length=1)
    passages: tuple[PassageInput, ...] | None = None

    @model_validator(mode="after")
    def _one_material(self) -> "_Material":
        if (self.documents is None) is (self.passages is None):
            raise wrong("give either documents or passages")
        if self.documents and len({d.path for d in self.documents}) != len(self.documents):
            raise wrong("a document is named twice")
        return self


class LimitInput(Strict):
    """A deadline: at most, or with ``minimum`` at least, so many calendar units."""

    amount: Annotated[float, Field(gt=0)]
    unit: Literal["hours", "days", "months", "years"]
    minimum: bool = False


class ElementInput(Strict):
    """An element of a requirement that stands in the case itself."""

    id: Annotated[str, Field(pattern=_ELEMENT_ID)]
    role: Role
    text: Text
    limit: LimitInput | None = None


class RequirementInput(Strict):
    """A requirement that stands in the case itself."""

    ref: Text
    title: Text
    text: Text
    elements: tuple[ElementInput, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _unique_elements(self) -> "RequirementInput":
        if len({e.id for e in self.elements}) != len(self.elements):
            raise wrong("two elements have the same id")
        return self


class JudgeInputs(_Material):
    """A requirement, of a catalog or the case's own, and what it is judged by."""

    framework: Text | None = None
    ref: Text | None = None
    requirement: RequirementInput | None = None

    @model_validator(mode="after")
    def _one_requirement(self) -> "JudgeInputs":
        of_catalog = (self.framework is not None, self.ref is not None)
        if of_catalog != ((True, True) if self.requirement is None else (False, False)):
            raise wrong("give either framework and ref, or a requirement")
        if self.passages == ():
            raise wrong("give at least one passage")
        return self


class OrganisationInput(Strict):
    """What is known of who asks."""

    industry: str = ""
    jurisdictions: tuple[str, ...] = ()


class AssessmentInput(Strict):
    """A current assessment that an answer may rest on; ``framework``: its name."""

    ref: Text
    title: Text
    text: Text
    verdict: Verdict
    confidence: Annotated[float, Field(ge=0, le=1)]
    framework: Text


class AskInputs(_Material):
    """A question, who asks it when, and what it may be answered from."""

    question: Text
    today: date
    organisation: OrganisationInput = OrganisationInput()
    assessments: tuple[AssessmentInput, ...] = ()


class DecomposeInputs(Strict):
    """A requirement to be taken apart."""

    ref: Text
    title: Text
    text: Text


class ContradictInputs(Strict):
    """Two passages."""

    first: PassageInput
    second: PassageInput


class EvaluateInputs(Strict):
    """An answer to a task, the material it had, and what it is judged by."""

    task: Text
    material: str
    answer: str
    criteria: tuple[Text, ...] = Field(min_length=1)
