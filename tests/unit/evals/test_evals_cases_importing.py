"""A labelled set becomes cases that are asked like ours, and never becomes part of the project."""

import json
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.evals.importing import import_labelled

TEXT = "Preamble.\r\nThe receiver returns all papers within 30 days. Nothing else."
QUOTE = "The receiver returns all papers within 30 days."
START = TEXT.index(QUOTE)
RETURN = {"requirement_id": "nda-1", "title": "Return", "text": "Return all papers within 30 days."}
LABEL = {
    "document_id": "Deal No 1 (final)",
    "requirement_id": "nda-1",
    "verdict": "covered",
    "evidence": [{"start": START, "end": START + len(QUOTE)}],
}


def labelled(
    folder: Path, *labels: dict[str, Any], documents: tuple[str, ...] = ("Deal No 1 (final)",)
) -> Path:
    (folder / "documents").mkdir(parents=True, exist_ok=True)
    for name in documents:
        (folder / "documents" / f"{name}.txt").write_bytes(TEXT.encode())
    (folder / "requirements.jsonl").write_text(json.dumps(RETURN) + "\n", "utf-8")
    (folder / "labels.jsonl").write_text("\n".join(map(json.dumps, labels)), "utf-8")
    return folder


def test_a_label_becomes_a_case_with_its_document_and_evidence(tmp_path: Path) -> None:
    [case] = import_labelled(labelled(tmp_path / "Some Set", LABEL))
    [document] = case.inputs["documents"]
    [limit] = [e["limit"] for e in case.inputs["requirement"]["elements"] if "limit" in e]
    assert case.expected == {"verdict": "covered"} and case.required_quotes == (QUOTE,)
    assert document["text"] == TEXT  # to the byte: evidence is told by offsets
    assert limit == {"amount": 30, "unit": "days", "minimum": False}
    assert case.tags == ("some-set",) and case.case_id.startswith("deal-no-1-final-nda-1-")


def test_the_cases_of_one_document_are_one_cluster(tmp_path: Path) -> None:
    names = ("one", "two")
    both = [LABEL | {"document_id": name} for name in names]
    found = import_labelled(labelled(tmp_path, *both, documents=names))
    assert len({case.source for case in found}) == 2 == len({case.case_id for case in found})


def test_a_limit_draws_the_same_documents_each_time(tmp_path: Path) -> None:
    names = tuple(f"d{n}" for n in range(9))
    folder = labelled(tmp_path, *[LABEL | {"document_id": name} for name in names], documents=names)
    drawn = import_labelled(folder, limit=3)
    assert len(drawn) == 3 and drawn == import_labelled(folder, limit=3)
    assert len(import_labelled(folder, limit=50)) == 9


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"verdict": "not_assessed"}, "verdict"),
        ({"evidence": [{"start": 0, "end": 9999}]}, "not within its document"),
        ({"evidence": [{"start": 5, "end": 5}]}, "not within its document"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_label_is_told_with_its_line(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    folder = labelled(tmp_path / "set", LABEL, LABEL | {"requirement_id": "gone"} | changes)
    if "evidence" in changes:
        folder = labelled(tmp_path / "set", LABEL | {"requirement_id": "gone"}, LABEL | changes)
    with pytest.raises(ConfigurationError, match=said) as caught:
        import_labelled(folder)
    assert "set/labels.jsonl, line 2" in caught.value.message


def test_a_label_given_twice_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"line 2.*a label already"):
        import_labelled(labelled(tmp_path, LABEL, LABEL | {"verdict": "partial"}))


def test_labels_about_what_the_set_does_not_hold_are_left_out(tmp_path: Path) -> None:
    gone = [LABEL | {"document_id": "gone"}, LABEL | {"requirement_id": "gone"}]
    assert len(import_labelled(labelled(tmp_path, LABEL, *gone))) == 1
    with pytest.raises(ConfigurationError, match="about a text that it holds"):
        import_labelled(labelled(tmp_path, *gone))


def test_a_folder_that_is_no_labelled_set_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"requirements\.jsonl"):
        import_labelled(tmp_path)
