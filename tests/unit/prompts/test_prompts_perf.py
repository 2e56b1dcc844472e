"""A version's figures are real, whole, of its own content, and each with its interval."""

import json
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.prompts import perf
from tests.support.prompting import performance, probe, write


def test_figures_read_as_they_were_written(tmp_path: Path) -> None:
    write(tmp_path)
    prompt = probe(tmp_path)
    assert perf.read(tmp_path, prompt) is None
    perf.write(tmp_path, prompt, performance(prompt))
    assert perf.read(tmp_path, prompt) == performance(prompt)
    path = tmp_path / "judge/probe/1.0.0.perf.json"
    assert list(json.loads(path.read_text())) == sorted(performance(prompt))
    assert perf.told(perf.read(tmp_path, prompt)) == "accuracy 0.81 (0.74–0.87), n 131, 2026-11-30"


def test_simulated_figures_never_enter_the_file(tmp_path: Path) -> None:
    write(tmp_path)
    prompt = probe(tmp_path)
    with pytest.raises(ConfigurationError, match="simulated") as caught:
        perf.write(tmp_path, prompt, performance(prompt, simulated=True))
    assert "key" in caught.value.remedy
    assert not perf.path_of(tmp_path, prompt).exists()
    perf.write(tmp_path, prompt, performance(prompt, simulated=False))
    assert "simulated" not in perf.path_of(tmp_path, prompt).read_text()


def test_figures_of_another_content_are_refused_and_not_shown(tmp_path: Path) -> None:
    write(tmp_path)
    prompt = probe(tmp_path)
    with pytest.raises(ConfigurationError, match="another content"):
        perf.write(tmp_path, prompt, performance(prompt, sha="0" * 64))
    perf.write(tmp_path, prompt, performance(prompt))
    write(tmp_path, "1.0.0", ("Quote literally", "Quote freely"))
    assert perf.read(tmp_path, probe(tmp_path)) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"accuracy": {"value": 1.2, "low": 0.9, "high": 1.3, "n": 9}}, "accuracy.value"),
        ({"accuracy": {"value": 0.5, "low": 0.6, "high": 0.7, "n": 9}}, "accuracy: the value lies outside"),
        ({"accuracy": {"value": 0.5, "low": 0.4, "high": None, "n": 9}}, "accuracy: the value lies outside"),
        ({"accuracy": 0.5}, "accuracy"),
        ({"accuracy": {"value": float("nan"), "low": None, "high": None, "n": 9}}, "accuracy.value"),
        ({"dataset": "cases"}, "dataset"),
        ({"n": 0}, "n:"),
        ({"date": "yesterday"}, "date"),
        ({"wishes": 1}, "wishes: Extra inputs"),
    ],
)
def test_what_is_not_of_the_form_is_refused_by_name(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    write(tmp_path)
    prompt = probe(tmp_path)
    with pytest.raises(ConfigurationError, match=said):
        perf.write(tmp_path, prompt, performance(prompt, **change))
    perf.path_of(tmp_path, prompt).write_text(json.dumps(performance(prompt, **change)))
    with pytest.raises(ConfigurationError, match=r"probe/1\.0\.0\.perf\.json"):
        perf.read(tmp_path, prompt)


def test_too_few_cases_for_an_interval_is_no_interval(tmp_path: Path) -> None:
    write(tmp_path)
    prompt = probe(tmp_path)
    few = {"value": 0.5, "low": None, "high": None, "n": 4}
    perf.write(tmp_path, prompt, performance(prompt, accuracy=few, citation_rate=None))
    assert perf.told(perf.read(tmp_path, prompt)) == "accuracy 0.50, n 4, 2026-11-30"
    assert perf.told(None) == perf.told({"accuracy": None}) == "not evaluated"
