"""``bench.quality llm``: a labelled set judged by models, its figures, and weights that the judge uses."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.quality.__main__ import main
from radar_pipeline.judge.trust import SIGNS
from radar_pipeline.llm.fake import FakeServer
from radar_pipeline.sweep.environment import open_environment
from tests.support.models import auditor, with_models
from tests.support.world import World

RULES = {
    "r1": ("Breach notice", "The firm must notify the regulator of a data breach within 72 hours."),
    "r2": ("Encryption", "Customer records must be encrypted at rest."),
    "r3": ("Drones", "Drone pilots must hold a licence for night flights over harbours."),
}
TEXTS = {
    "one": "The firm notifies the regulator of every data breach within 72 hours.\n\nStaff wear badges.",
    "two": "All customer records are encrypted at rest with AES-256.\n\nThe canteen serves soup on Mondays.",
    "three": "Visitors sign in at reception.\n\nCompany cars are washed once a month by the garage.",
}
COVERED = {("one", "r1"), ("two", "r2")}


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    folder = tmp_path / "labelled"
    (folder / "documents").mkdir(parents=True)
    for name, text in TEXTS.items():
        (folder / "documents" / f"{name}.txt").write_text(text)
    rules = [{"requirement_id": r, "title": title, "text": text} for r, (title, text) in RULES.items()]
    labels = [
        {
            "document_id": name,
            "requirement_id": r,
            "verdict": "covered" if (name, r) in COVERED else "not_addressed",
            "evidence": [{"start": 0, "end": 40}] if (name, r) in COVERED else [],
        }
        for name in TEXTS
        for r in RULES
    ]
    for file, rows in (("requirements", rules), ("labels", labels)):
        (folder / f"{file}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def test_a_labelled_set_is_measured_and_the_judge_uses_what_was_fitted(
    labelled: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.tenant("acme")
    with FakeServer(auditor()) as server:
        with_models(world, server, monkeypatch)
        before = open_environment(world.settings())
        assert before.judge_for(before.tenants[0]).identity.calibration == "prior@1"
        done = CliRunner().invoke(main, ["llm", str(labelled), "--json", "--fit"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        told = json.loads(done.output[done.output.index("{") :])
        assert told["labels"] == 9 and told["failed"] == 0 and told["cost_usd"] > 0
        assert told["covered.f1"] == 1.0 and "ece_fitted_left_out" in told
    fitted = json.loads((world.data / "calibration.json").read_text())["fitted"]
    (weights,) = fitted.values()
    assert set(weights["weights"]) == set(SIGNS) and weights["questions"] == 9
    after = open_environment(world.settings())
    assert after.judge_for(after.tenants[0]).identity.calibration.startswith("fitted#")
