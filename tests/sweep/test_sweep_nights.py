"""Nights in a row: what changed, and every cause of it right."""

from datetime import date

import yaml

from tests.support.world import DUTIES, POLICY, PROCEDURE, UNRELATED, World

Changes = dict[str, tuple[str | None, str | None, list[str], int]]


def changes(world: World, night: date) -> Changes:
    """What the night's publication says: ref -> from, to, causes, number of documents named."""
    before = {r["sweep_id"] for r in world.report("acme").get("sweeps", [])}
    assert world.sweep(as_of=night).state == "succeeded"
    report = world.report("acme")
    new = {r["sweep_id"] for r in report["sweeps"]} - before
    return {
        r["requirement_id"].split(":", 1)[1]: (
            r["from_verdict"],
            r["to_verdict"],
            r["causes"],
            len(r["document_ids"]),
        )
        for r in report["verdict_changes"]
        if r["sweep_id"] in new
    }


def test_three_nights_each_name_their_causes(world: World) -> None:
    world.tenant("acme", {"policy.md": POLICY, "procedure.md": PROCEDURE, "menu.md": UNRELATED})
    assert changes(world, date(2026, 11, 20)) == {}  # nothing to compare with
    first = world.verdicts("acme")

    amended = POLICY.replace("within 72 hours", "within 240 hours")
    world.write("acme", "policy.md", amended)
    night = changes(world, date(2026, 11, 21))
    assert night == {"R1": (first["R1"], "contradicted", ["document_changed"], 1)}

    (world.data / "corpus" / "acme" / "procedure.md").unlink()
    night = changes(world, date(2026, 11, 22))
    assert night and {tuple(causes) for _, _, causes, _ in night.values()} == {("document_removed",)}
    assert set(night) <= {"R4", "R5"} and all(to == "not_addressed" for _, to, _, _ in night.values())

    duties = [d for d in DUTIES if d[0] not in ("R3", "R7")]  # R7 is dropped, R3 becomes R33
    duties = [
        ("R2", "Paper", "Paper records must be kept in fireproof cabinets.", 3) if d[0] == "R2" else d
        for d in duties
    ]
    duties += [("R33", *DUTIES[2][1:]), ("R8", "Whistles", "Whistleblowers must be protected.", 2)]
    earlier = world.verdicts("acme")
    world.framework(duties)
    path = world.data / "frameworks" / "rules.yaml"
    path.write_text(
        yaml.safe_dump({**yaml.safe_load(path.read_text()), "version": 2, "renames": {"R3": "R33"}})
    )
    night = changes(world, date(2026, 11, 23))
    assert night["R7"] == (earlier["R7"], None, ["framework"], 0)
    assert night["R8"][::2] == (None, ["framework"])
    assert night["R2"][0] == earlier["R2"] and night["R2"][2] == ["framework"]
    assert set(night) == {"R2", "R7", "R8"}  # R33 says what R3 said: not a change, and not a new duty

    assert changes(world, date(2026, 11, 24)) == {}


def test_a_renamed_requirement_keeps_the_history_of_its_finding(world: World) -> None:
    world.tenant("acme")
    world.sweep()
    [before] = [f for f in world.report("acme")["findings"] if f["requirement_id"] == "rules:R6"]
    world.framework([("R66", *d[1:]) if d[0] == "R6" else d for d in DUTIES])
    path = world.data / "frameworks" / "rules.yaml"
    path.write_text(
        yaml.safe_dump({**yaml.safe_load(path.read_text()), "version": 2, "renames": {"R6": "R66"}})
    )
    world.sweep()
    findings = world.report("acme")["findings"]
    [after] = [f for f in findings if f["requirement_id"] == "rules:R66"]
    assert (after["status"], after["first_seen_sweep"]) == ("persisting", before["first_seen_sweep"])
    assert not [f for f in findings if f["requirement_id"] == "rules:R6"]


def test_a_requirement_that_is_no_longer_asked_was_not_mended(world: World) -> None:
    world.tenant("acme")
    world.sweep()
    [gone] = [f for f in world.report("acme")["findings"] if f["requirement_id"] == "rules:R6"]
    world.framework([d for d in DUTIES if d[0] != "R6"])
    world.sweep()
    report = world.report("acme")
    assert gone["fingerprint"] not in {f["fingerprint"] for f in report["findings"]}
    events = [e["event"] for e in report["finding_events"] if e["fingerprint"] == gone["fingerprint"]]
    assert events == ["new"]


def test_nobody_is_asked_to_review_a_document_that_was_superseded(world: World) -> None:
    due = POLICY.replace("review_by: 2031-01-31", "review_by: 2026-01-31")
    old = due.replace("status: approved", "status: superseded")
    world.tenant("acme", {"policy.md": due, "policy-2020.md": old})
    world.sweep()
    report = world.report("acme")
    assert {d["path"]: d["overdue"] for d in report["documents"]} == {
        "policy.md": True,
        "policy-2020.md": False,
    }
    assert [f["kind"] for f in report["findings"] if f["document_id"]].count("stale") == 1
