"""A tenant that is judged from another point of view: judged anew once, with the prompt as the cause."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from radar_pipeline.llm.fake import FakeServer, Judged, Request, obedient
from radar_pipeline.llm.fake.orders import Status
from tests.support import feeding, trying
from tests.support.models import build_coverage, read_coverage, with_models
from tests.support.trying import REFS, Trying, patient, ref_of
from tests.support.world import World

AUDITOR_SAYS = "You are an external auditor"  # and no other version


def strict(request: Request, judged: Sequence[Judged]) -> dict[str, object]:
    """Finds nothing, once it is an auditor."""
    if AUDITOR_SAYS in request.text:
        judged = [Judged(each.element_id, Status.MISSING) for each in judged]
    return build_coverage(request, judged)


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with FakeServer(obedient(read_coverage, strict), None) as running:
        yield running


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, server: FakeServer) -> Path:
    return trying.swept(tmp_path_factory.mktemp("personas"), server, "acme", "beta", experiment=False)


@pytest.fixture
def night(judged: Path, tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Trying:
    """Two tenants after a night that judged both by the default variant."""
    world = feeding.copy_of(judged, tmp_path)
    return Trying(with_models(world, server, monkeypatch), server)


def persona(world: World, slug: str, name: str | None) -> None:
    world.tenant("acme", **({"persona": name} if name and slug == "acme" else {}))
    world.tenant("beta", **({"persona": name} if name and slug == "beta" else {}))


def test_a_persona_judges_its_tenant_anew_once_and_nobody_else(night: Trying) -> None:
    persona(night.world, "acme", "auditor")
    before = len(night.server.books)
    assert night.sweep() == len(REFS)
    asked = [book.request.text for book in list(night.server.books)[before:]]
    assert len(asked) == len(REFS) and all(AUDITOR_SAYS in text for text in asked)
    assert set(night.prompts("acme").values()) == {ref_of("1.2.0")}
    assert set(night.prompts("beta").values()) == {ref_of("1.0.0")}
    assert night.world.sweep(change=patient).totals["unchanged"] == 2


def test_a_verdict_that_changes_with_the_persona_has_the_prompt_as_its_cause(night: Trying) -> None:
    persona(night.world, "acme", "auditor")
    night.sweep()
    changes = night.world.report("acme")["verdict_changes"]
    assert changes and {tuple(row["causes"]) for row in changes} == {("prompt",)}


def test_a_persona_that_no_prompt_has_changes_nothing_and_taking_it_back_costs_nothing(night: Trying) -> None:
    persona(night.world, "acme", "lawyer")
    assert night.world.sweep(change=patient).totals["unchanged"] == 2
    persona(night.world, "acme", "auditor")
    night.sweep()
    persona(night.world, "acme", None)
    before = len(night.server.books)
    assert night.sweep() == 0
    assert len(night.server.books) == before and set(night.prompts("acme").values()) == {ref_of("1.0.0")}
