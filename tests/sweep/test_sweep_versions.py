"""Old versions and copies in a sweep: what was replaced proves nothing any more."""

from datetime import date
from typing import Any

from radar_pipeline.sweep import relations
from tests.support.world import World

_RULES = [
    "Everybody wears a badge in the building and hands it back at the end of the contract.",
    "Doors to the server room are locked, and the keys are kept by the facility manager.",
    "Guests are met at the entrance by the person whom they visit and brought back to it.",
    "Laptops that are lost are reported to the service desk on the same day.",
    "Paper that names customers is put into the locked bins and never into the open ones.",
    "Screens are locked when a desk is left, and nothing is left in the printer.",
    "Software is installed by the service desk alone, after the team lead has agreed.",
    "Questions about this text go to the office of the head of security.",
]
BADGES = "Access rights must be reviewed every 90 days by the system owner."


def house_rules(version: str, day: str, *more: str, status: str = "approved") -> str:
    head = f"title: House rules\nversion: {version}\neffective: {day}\nstatus: {status}\nowner: Facilities"
    return f"---\n{head}\n---\n" + "\n# House rules\n\n" + "\n\n".join([*_RULES, *more]) + "\n"


OLD = house_rules("1.0", "2022-01-01", BADGES)
NEW = house_rules("2.0", "2026-01-01", "Rights are a matter of the directors.")


def documents(world: World) -> dict[str, dict[str, Any]]:
    return {row["path"]: row for row in world.report("acme")["documents"]}


def findings(world: World) -> dict[str, str]:
    """Status by kind, of findings on documents."""
    return {
        r["kind"]: r["status"]
        for r in world.report("acme")["findings"]
        if r["document_id"] and not r["requirement_id"]
    }


def test_a_replaced_policy_is_no_evidence_until_its_successor_is_gone(world: World) -> None:
    source = world.tenant("acme", {"house-rules-v1.md": OLD})
    world.sweep()
    before = world.verdicts("acme")["R5"]
    assert before in ("covered", "partial")

    world.write("acme", "house-rules-v2.md", NEW)
    world.sweep()
    now = documents(world)
    old, new = now["house-rules-v1.md"], now["house-rules-v2.md"]
    assert (old["status"], old["superseded_by"]) == ("superseded", new["document_id"])
    assert (new["status"], new["superseded_by"]) == ("approved", "")
    report = world.report("acme")
    assert world.verdicts("acme")["R5"] == "not_addressed"
    assert all(row["document_id"] != old["document_id"] for row in report["evidence"])
    assert all(row["document_id"] != old["document_id"] for row in report["search_results"])
    (change,) = [r for r in report["verdict_changes"] if r["requirement_id"] == "rules:R5"]
    assert set(change["causes"]) <= {"document_added", "document_changed"} and change["causes"]
    assert findings(world)["superseded"] == "new"
    (told,) = [r for r in report["findings"] if r["kind"] == "superseded"]
    assert told["document_id"] == old["document_id"] and new["path"] in told["advice"]

    (source / "house-rules-v2.md").unlink()
    world.sweep()
    assert world.verdicts("acme")["R5"] == before
    assert documents(world)["house-rules-v1.md"]["status"] == "approved"
    assert findings(world)["superseded"] == "resolved"


def test_a_draft_does_not_replace_what_is_in_force(world: World) -> None:
    draft = NEW.replace("status: approved", "status: draft")
    world.tenant("acme", {"house-rules-v1.md": OLD, "house-rules-v2.md": draft})
    world.sweep()
    assert not documents(world)["house-rules-v1.md"]["superseded_by"]
    assert world.verdicts("acme")["R5"] in ("covered", "partial")


def test_what_only_claims_to_be_newer_replaces_nothing_that_is_approved(world: World) -> None:
    claim = NEW.replace("version: 2.0", "version: 9.0").replace("status: approved\n", "")
    world.tenant("acme", {"house-rules-v1.md": OLD, "inbox/house-rules.md": claim})
    world.sweep()
    assert documents(world)["house-rules-v1.md"]["status"] == "approved"
    assert not documents(world)["house-rules-v1.md"]["superseded_by"]
    assert world.verdicts("acme")["R5"] in ("covered", "partial")


def test_nobody_need_review_a_replaced_document(world: World) -> None:
    overdue = OLD.replace("owner:", "review_by: 2023-01-01\nowner:")
    world.tenant("acme", {"house-rules-v1.md": overdue, "house-rules-v2.md": NEW})
    world.sweep(as_of=date(2026, 11, 22))
    assert not documents(world)["house-rules-v1.md"]["overdue"]
    assert "stale" not in findings(world)


def test_a_copy_is_told_and_still_counts_as_what_it_copies(world: World) -> None:
    world.tenant("acme", {"house-rules.md": OLD, "shared/house-rules-copy.md": OLD})
    world.sweep()
    kept, copy = documents(world)["house-rules.md"], documents(world)["shared/house-rules-copy.md"]
    assert copy["duplicate_of"] == kept["document_id"] and not kept["duplicate_of"]
    assert findings(world)["duplicate"] == "new"
    assert world.verdicts("acme")["R5"] in ("covered", "partial")
    cited = {row["document_id"] for row in world.report("acme")["evidence"]}
    assert cited == {kept["document_id"]} and copy["document_id"] < kept["document_id"]


def test_a_text_is_compared_once_and_a_quiet_night_compares_nothing(world: World, monkeypatch: Any) -> None:
    compared: list[str] = []
    inner = relations.similar.signature
    monkeypatch.setattr(relations.similar, "signature", lambda text: compared.append(text) or inner(text))
    world.tenant("acme", {"house-rules-v1.md": OLD})
    world.sweep()
    assert len(compared) == 1
    monkeypatch.setattr(relations, "relations_of", None)
    assert world.sweep().totals["unchanged"] == 1
    monkeypatch.undo()
    monkeypatch.setattr(relations.similar, "signature", lambda text: compared.append(text) or inner(text))
    world.write("acme", "house-rules-v2.md", NEW)
    world.sweep()
    assert len(compared) == 2


def test_damaged_signatures_are_made_anew(world: World) -> None:
    world.tenant("acme", {"house-rules-v1.md": OLD, "house-rules-v2.md": NEW})
    world.sweep()
    (world.home / "tenants" / "acme" / "work" / "signatures.json").write_text(
        f'{{"version": "{relations.similar.VERSION}", "x": []}}'
    )
    world.write("acme", "other.md", "# Menu\n\nSoup on Mondays.\n")
    world.sweep()
    assert documents(world)["house-rules-v1.md"]["status"] == "superseded"


def test_a_version_that_is_not_in_force_yet_replaces_nothing_until_its_day(world: World) -> None:
    world.tenant("acme", {"house-rules-v1.md": OLD, "house-rules-v2.md": NEW})
    world.sweep(as_of=date(2025, 12, 31))
    assert documents(world)["house-rules-v1.md"]["superseded_by"] == ""
    assert world.verdicts("acme")["R5"] in ("covered", "partial")
    assert world.sweep(as_of=date(2025, 12, 30)).totals["unchanged"] == 1

    world.sweep(as_of=date(2026, 1, 1))
    now = documents(world)
    assert now["house-rules-v1.md"]["superseded_by"] == now["house-rules-v2.md"]["document_id"]
    assert world.verdicts("acme")["R5"] == "not_addressed"
