"""Asking a language model for the elements of a catalog's requirements, where the rules cut too coarsely.

What it answers is checked (``element_checks``) and shown; nothing of a catalog in force is changed. An answer
that stands the checks is kept, so that looking at it and writing it down is asked and paid for once.
"""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError, StoreError
from radar_pipeline.evals.forms import ElementsForm
from radar_pipeline.evals.workbench import TIER
from radar_pipeline.frameworks.proposing import Catalog, read_catalog
from radar_pipeline.llm import stopping
from radar_pipeline.llm.call import ErrorClass, Feature, ModelCall
from radar_pipeline.llm.client import ModelClient
from radar_pipeline.llm.errors import ModelCallError, ModelSetupError
from radar_pipeline.models import Element, Requirement
from radar_pipeline.prompts import versions
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.render import render
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.settings import Settings
from radar_pipeline.storage.files import read_json, write_json
from radar_pipeline.storage.operations import Operations
from radar_pipeline.sweep import element_checks
from radar_pipeline.sweep.judges import MODELS, Models, open_models

LOG = logging.getLogger(__name__)
PROMPT = "elements"
KEPT = Path("frameworks") / "proposals"  # under RADAR_HOME

Progress = Callable[[int, int], None]  # requirements done, and all there are


@dataclass(frozen=True, slots=True)
class Proposal:
    """What came of one requirement: elements to take, or why none are; a kept answer costs nothing."""

    requirement: Requirement  # with the elements that it has
    elements: tuple[Element, ...] = ()
    problems: tuple[str, ...] = ()
    cost_usd: Decimal = Decimal(0)
    simulated: bool = False  # the fake provider said so

    @property
    def changes(self) -> bool:
        """Whether there is something to take that it has not already."""
        return bool(self.elements) and self.elements != self.requirement.elements


@dataclass(frozen=True, slots=True)
class Proposed:
    """Proposals for a catalog, in its order, and the prompt they were asked for with."""

    catalog: Catalog
    prompt_ref: str
    proposals: tuple[Proposal, ...]

    @property
    def elements(self) -> dict[str, tuple[Element, ...]]:
        """By ref what is to be taken."""
        return {p.requirement.ref: p.elements for p in self.proposals if p.changes}


def propose(
    settings: Settings,
    framework_id: str,
    refs: Collection[str] = (),
    progress: Progress = lambda _done, _all: None,
    operations: Operations | None = None,
) -> Proposed:
    """Proposals for the requirements of these refs; without any, for all whose elements are by rule.

    What no model answers, or what fails the checks, is a proposal with its problems. Raises UnknownNameError
    for a framework or a ref, ConfigurationError for a file that is wrong, ModelSetupError without a key.
    """
    catalog = read_catalog(settings.data / "frameworks", framework_id)
    wanted = catalog.wanted(refs)
    prompt = versions.active(settings.prompts, UseCase.DECOMPOSE, PROMPT)
    own = operations or Operations(settings.operations)
    try:
        client = _client(settings, open_models(settings, own, {}), Feature(prompt.model))
        asking = _Asking(client, prompt, settings.home / KEPT)
        found = []
        progress(0, len(wanted))
        with stopping.pool(max(1, min(settings.llm_concurrency, len(wanted))), "decompose") as pool:
            for proposal in pool.map(asking.propose, wanted):
                found.append(proposal)
                progress(len(found), len(wanted))
    finally:
        if operations is None:
            own.close()
    return Proposed(catalog, prompt.ref, tuple(found))


def _client(settings: Settings, models: Models | None, route: Feature) -> ModelClient:
    if settings.judge == "local":
        raise ConfigurationError(
            "RADAR_JUDGE is local, so no model is asked for elements.", remedy="Set it to auto."
        )
    if models is None:
        raise ConfigurationError(
            f"There is no {settings.data / MODELS}, so no model can be asked for elements.",
            remedy=f"Restore {MODELS}.",
        )
    if not models.has_key(route, TIER):
        names = dict.fromkeys(d.provider.key for d in models.catalog.route(route, TIER))
        raise ModelSetupError(
            "No model can be asked for elements: none of its route has a key. The rules' elements stay.",
            remedy=f"Set {' or '.join(names)}, or name others under {route.value}: {TIER} in {MODELS}.",
            error_class=ErrorClass.AUTH,
        )
    return models.client


class _Asking:
    """Asks for one requirement after another. Serves several threads."""

    def __init__(self, client: ModelClient, prompt: Prompt, kept: Path) -> None:
        self._client, self._prompt, self._kept = client, prompt, kept
        self._route = Feature(prompt.model)
        self._identity = client.catalog.identity(self._route, TIER)

    def propose(self, requirement: Requirement) -> Proposal:
        """Raises ModelSetupError: nothing will work before a person mends it."""
        path = self._path(requirement)
        if (kept := _read(path)) is not None:
            return _proposal(requirement, kept)
        try:
            reply = self._client.ask(self._call(requirement))
        except ModelSetupError:
            raise
        except ModelCallError as error:
            return Proposal(requirement, problems=(str(error),))
        made = _proposal(requirement, reply.value)
        if not made.problems and not reply.simulated:
            write_json(path, reply.value.model_dump(mode="json"))
        return replace(made, cost_usd=reply.cost_usd, simulated=reply.simulated)

    def _call(self, requirement: Requirement) -> ModelCall[ElementsForm]:
        """A catalog is nobody's: no tenant's money, and no tenant's cache."""
        prompt = self._prompt
        return ModelCall(
            tenant="",
            feature=Feature.DECOMPOSE,
            tier=TIER,
            prompt_ref=prompt.ref,
            messages=render(prompt, {"requirement": _shown(requirement)}),
            answer=ElementsForm,
            max_output_tokens=prompt.max_output_tokens,
            repair=prompt.repair,
            parameters=prompt.parameters,
            route=self._route,
        )

    def _path(self, requirement: Requirement) -> Path:
        name = ids.digest(self._prompt.sha, self._identity, *_shown(requirement).values())
        return self._kept / name[:2] / f"{name}.json"


def _proposal(requirement: Requirement, form: ElementsForm) -> Proposal:
    """Taken whole or not at all."""
    if problems := element_checks.problems(requirement, form):
        return Proposal(requirement, problems=tuple(problems))
    return Proposal(requirement, element_checks.elements_of(form))


def _shown(requirement: Requirement) -> dict[str, str]:
    return {"ref": requirement.ref, "title": requirement.title, "text": requirement.text}


def _read(path: Path) -> ElementsForm | None:
    """What was answered before; None if nothing was, or the file is damaged: it is asked again then."""
    try:
        body = read_json(path)
        return None if body is None else ElementsForm.model_validate(body)
    except (StoreError, ValidationError):
        LOG.warning("The kept elements %s are damaged; they are asked for again.", path.name)
        path.unlink(missing_ok=True)
        return None
