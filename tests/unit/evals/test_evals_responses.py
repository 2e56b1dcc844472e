"""What is kept of answers lies where its owner's things lie, and nowhere once the owner is erased."""

from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.evals.responses import Responses
from radar_pipeline.evals.values import Response
from radar_pipeline.storage.files import remove_tree
from tests.support.benches import judge_case

KEY = "ab" * 32


def test_an_answer_that_comes_during_an_erasure_does_not_make_the_folder_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "tenants" / "acme"
    home.mkdir(parents=True)
    as_json = Response.as_json

    def erased_meanwhile(response: Response) -> dict[str, Any]:
        remove_tree(home)
        return as_json(response)

    monkeypatch.setattr(Response, "as_json", erased_meanwhile)
    Responses(tmp_path).put(judge_case("acme-1", tenant="acme"), KEY, Response({}))
    assert list(home.parent.iterdir()) == []


@pytest.mark.parametrize("damaged", ["[" * 200_000, "[", "\\xff"])
def test_an_answer_that_cannot_be_read_is_none(tmp_path: Path, damaged: str) -> None:
    kept, own = Responses(tmp_path), judge_case("one")
    kept.put(own, KEY, Response({"verdict": "covered"}))
    assert kept.get(own, KEY) == Response({"verdict": "covered"})
    [path] = tmp_path.rglob("*.json")
    path.write_text(damaged, "latin-1")
    assert kept.get(own, KEY) is None
