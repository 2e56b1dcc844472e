"""A scan is a gap in what was read, never a gap in what the tenant has arranged."""

from typing import Any

import pytest

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.ingest import ocr
from tests.support.papers import lines, paper, picture
from tests.support.world import POLICY, UNRELATED, World

SCAN = picture(["Drone pilots hold a licence for night flights over harbours."])
TEXT = lines(["Visitors are entered in a log at the reception desk."])


def documents(world: World) -> dict[str, dict[str, Any]]:
    return {row["path"]: row for row in world.report("acme")["documents"]}


@pytest.mark.parametrize("pages", [(SCAN,), (TEXT, SCAN, SCAN)])
def test_a_document_that_is_mostly_scans_makes_no_blindspot(world: World, pages: tuple[Any, ...]) -> None:
    world.tenant("acme", {"policy.md": POLICY, "other.md": UNRELATED, "scan.pdf": paper(*pages)})
    world.sweep()
    assert "not_addressed" not in world.verdicts("acme").values()
    row = next(r for r in world.report("acme")["assessments"] if r["requirement_id"].endswith("R6"))
    assert (row["verdict"], row["reason"]) == ("not_assessed", "unreadable_documents")


def test_the_tables_say_which_pages_could_not_be_read(world: World) -> None:
    world.tenant("acme", {"policy.md": POLICY, "mixed.pdf": paper(TEXT, SCAN, SCAN), "scan.pdf": paper(SCAN)})
    world.sweep()
    mixed, scan = documents(world)["mixed.pdf"], documents(world)["scan.pdf"]
    assert (mixed["readable"], mixed["needs_ocr"], mixed["scanned_pages"]) == (True, True, [2, 3])
    assert (scan["readable"], scan["needs_ocr"], scan["reason"]) == (False, True, "needs_ocr")


def test_one_scanned_page_among_many_withholds_nothing_but_asks_a_person_to_look(world: World) -> None:
    world.tenant("acme", {"policy.md": POLICY, "mixed.pdf": paper(TEXT, TEXT, SCAN)})
    world.sweep()
    row = documents(world)["mixed.pdf"]
    assert (row["needs_ocr"], row["scanned_pages"]) == (False, [3])
    (row,) = [a for a in world.report("acme")["assessments"] if a["requirement_id"] == "rules:R6"]
    assert (row["verdict"], row["needs_review"]) == ("not_addressed", True)


def test_a_sweep_that_should_recognise_and_can_not_says_so_before_it_begins(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.tenant("acme", {"scan.pdf": paper(SCAN)})
    monkeypatch.setattr(ocr.shutil, "which", lambda _: None)
    with pytest.raises(ConfigurationError, match="tesseract"):
        world.environment(ocr=True)
