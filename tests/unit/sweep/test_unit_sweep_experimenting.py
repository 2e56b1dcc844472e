"""Which versions may be tried beside each other, and the judge that draws between them."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.errors import RadarError
from radar_pipeline.evals.experiments import FILE, Experiment, load
from radar_pipeline.judge.local import LocalJudge
from radar_pipeline.models import FrameworkScope, Quota, Tenant
from radar_pipeline.settings import PROJECT, Settings
from radar_pipeline.sweep import judges, trials
from radar_pipeline.sweep.drawn import DrawnJudge, Trial, Tried
from tests.support.modelling import Models
from tests.support.trying import REFS, drawn, edit, entry, own_prompts, ref_of, write


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An experiment with versions of a folder of its own."""
    (tmp_path / "data").mkdir()
    write(tmp_path / "data", entry())
    return Settings(data=tmp_path / "data", prompts=own_prompts(tmp_path / "prompts"))


def drafted(folder: Path) -> None:
    edit(folder, "1.1.0", ("status: active", "status: draft"))


def test_two_active_versions_of_which_one_is_a_variant_can_be_tried(settings: Settings) -> None:
    trial = trials.current(settings)
    assert trial is not None and {arm: p.version for arm, p in trial.prompts.items()} == {
        "A": "1.0.0",
        "B": "1.1.0",
    }
    trials.check(settings)


def test_a_draft_can_be_tried_because_it_is_named(settings: Settings) -> None:
    edit(settings.prompts, "1.1.0", ("status: active", "status: draft"), ("risk analyst", "risk manager"))
    assert trials.current(settings) is not None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: edit(f, "1.1.0", ("status: active", "status: deprecated")), "it is deprecated"),
        (lambda f: edit(f, "1.1.0", ("risk analyst", "risk manager")), "prompts/lock has another content"),
        (lambda f: (f / "judge/coverage/1.1.0.prompt.yaml").unlink(), "no prompt coverage 1.1.0"),
        (lambda f: (f / "judge/coverage/1.1.0.prompt.yaml").write_text("name: ["), "1.1.0.prompt.yaml"),
        (lambda f: (drafted(f), edit(f, "1.1.0", ("reasoning: {type", "why: {type"))), "output.schema"),
        (lambda f: (f / "lock").write_text("?\n"), "lock, line 1"),
    ],
)
def test_what_cannot_be_an_arm_is_told_and_no_experiment_runs(
    settings: Settings, caplog: pytest.LogCaptureFixture, change: Callable[[Path], Any], says: str
) -> None:
    change(settings.prompts)
    assert trials.current(settings) is None
    assert says in caplog.text
    with pytest.raises(RadarError, match=says.replace(".", r"\.")) as caught:
        trials.check(settings)
    assert caught.value.remedy


def test_without_a_lock_only_what_may_be_active_then_is_an_arm(settings: Settings) -> None:
    (settings.prompts / "lock").unlink()
    trials.check(settings)  # each is the first of its variant
    write(settings.data, entry(arms={"A": _arm("1.0.0"), "B": _arm("1.0.1")}))
    text = (settings.prompts / "judge/coverage/1.0.0.prompt.yaml").read_text()
    (settings.prompts / "judge/coverage/1.0.1.prompt.yaml").write_text(text.replace("1.0.0", "1.0.1"))
    assert trials.current(settings) is None


def test_another_prompt_cannot_be_tried(settings: Settings) -> None:
    arms = {"A": _arm("1.0.0"), "B": _arm("1.0.1")}
    write(settings.data, entry(use_case="ask", prompt="answer", arms=arms))
    assert trials.current(settings) is None
    with pytest.raises(RadarError, match="ask/answer cannot be tried"):
        trials.check(settings)


def test_one_that_has_ended_is_nobodys_concern(settings: Settings) -> None:
    write(settings.data, entry(ended=date(2020, 2, 1), arms={"A": _arm("1.0.0"), "B": _arm("9.9.9")}))
    trials.check(settings)
    assert trials.current(settings) is None


def test_one_that_begins_later_is_checked_and_does_not_run_yet(settings: Settings) -> None:
    write(settings.data, entry(started=date(2199, 1, 1)))
    trials.check(settings)
    assert trials.current(settings) is None
    write(settings.data, entry(started=date(2199, 1, 1), arms={"A": _arm("1.0.0"), "B": _arm("9.9.9")}))
    with pytest.raises(RadarError, match=r"coverage 9\.9\.9"):
        trials.check(settings)


def test_the_name_of_what_is_tried_says_versions_and_weights_and_can_be_read_again() -> None:
    experiment = Experiment.model_validate(entry((3, 1)))
    tried = Tried.of(experiment, {"A": ref_of("1.0.0"), "B": ref_of("1.1.0")})
    assert tried.name == f"wording: A {ref_of('1.0.0')} 0.75, B {ref_of('1.1.0')} 0.25"
    assert Tried.read(tried.name) == tried
    assert Tried.read(ref_of("1.0.0")) is None and Tried.read("") is None


def test_the_shipped_file_tries_nothing_and_its_example_can_be_taken_as_it_is(tmp_path: Path) -> None:
    assert load(PROJECT / "data") == ()
    text = (PROJECT / "data" / FILE).read_text()
    start, end = text.index("# experiments:"), text.index("experiments: []")
    example = "".join(line.removeprefix("# ") for line in text[start:end].splitlines(keepends=True))
    (tmp_path / FILE).write_text(example)
    [experiment] = load(tmp_path)
    assert experiment.share_of_b == pytest.approx(0.1) and experiment.ended is not None


# ── The judge ─────────────────────────────────────────────────────────────────────────────────


class Bench:
    """Judges of tenants at a server that nobody asks."""

    def __init__(self, settings: Settings, models: Models) -> None:
        self.settings, self.asked = settings, 0
        self._models = judges.Models(models.catalog, models.client)
        self._operations = models.operations

    def judges(self, trial: Trial | None) -> Callable[[str], Any]:
        def current() -> Trial | None:
            self.asked += 1
            return trial

        local = LocalJudge("hashing@1")
        found = judges.judge_of(self.settings, self._models, self._operations, local, current)
        scope = (FrameworkScope("rules"),)
        return lambda slug: found(Tenant(slug, slug, self.settings.data, scope, quota=Quota("test")))


@pytest.fixture
def bench(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    from radar_pipeline.llm.fake import FakeServer
    from tests.support.modelling import KEYS

    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
    with FakeServer() as server:
        return Bench(settings, Models(tmp_path / "models", server))


def test_each_arm_keeps_the_identity_that_its_version_has_alone(bench: Bench) -> None:
    trial = trials.current(bench.settings)
    assert trial is not None
    judge, alone = bench.judges(trial)("acme"), bench.judges(None)("acme")
    assert isinstance(judge, DrawnJudge)
    for ref in REFS:
        identity = judge.identity_for(f"rules:{ref}")
        if ref in drawn(trial.experiment, "acme", "A"):
            assert identity == alone.identity == alone.identity_for("rules:R1")
        else:
            assert identity.prompt == ref_of("1.1.0") and identity.hash != alone.identity.hash


def test_the_tenants_key_names_experiment_versions_and_weights(bench: Bench) -> None:
    trial = trials.current(bench.settings)
    assert trial is not None
    found = {bench.judges(None)("acme").identity.hash, bench.judges(trial)("acme").identity.hash}
    for changed in (entry((3, 1)), entry(id="again"), entry(arms={"A": _arm("1.0.0"), "B": _arm("1.2.0")})):
        write(bench.settings.data, changed)
        found.add(bench.judges(trials.current(bench.settings))("acme").identity.hash)
    assert len(found) == 5


def test_the_experiment_is_looked_up_once_whatever_the_day_a_sweep_ends_on(bench: Bench) -> None:
    judge = bench.judges(trials.current(bench.settings))
    assert judge("acme") is judge("acme") and isinstance(judge("beta"), DrawnJudge)
    assert bench.asked == 1


def _arm(version: str) -> dict[str, Any]:
    return {"version": version, "weight": 1}
