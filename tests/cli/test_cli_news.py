"""What a sweep and a report say has changed: tonight's news, of tonight's tenants, with every name."""

from datetime import date
from pathlib import Path

from click.testing import CliRunner

from radar_pipeline.cli import main
from tests.support.world import DUTIES, POLICY, World


def radar(*arguments: str) -> str:
    result = CliRunner().invoke(main, [*arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def sweep(night: date, *arguments: str) -> str:
    return radar("sweep", "--no-dagster", "--as-of", night.isoformat(), *arguments)


def page(world: World, slug: str) -> str:
    path: Path = world.home / "tenants" / slug / "published" / "index.html"
    return path.read_text()


def without_the_log(world: World) -> None:
    world.framework([duty for duty in DUTIES if duty[0] != "R7"])


def test_the_changes_of_an_earlier_night_are_not_told_as_tonights(world: World) -> None:
    world.tenant("acme")
    world.framework(DUTIES, "more")
    world.tenant("bolt", frameworks=[{"id": "rules"}, {"id": "more"}])
    sweep(date(2026, 11, 20))
    world.write("bolt", "policy.md", POLICY.replace("within 72 hours", "within 240 hours"))
    sweep(date(2026, 11, 21))
    without_the_log(world)  # tonight the catalog "rules" alone: "more" is as it was
    told = sweep(date(2026, 11, 22))
    news = told.split("Changed verdicts")[1].split("Gravest")[0]
    assert "R7" in news and "R1" not in news
    assert "bolt · more: nothing new, the report of 2026-11-21 stands" in told


def test_a_tenant_taken_out_is_not_among_those_that_a_sweep_tells_of(world: World) -> None:
    world.tenant("acme")
    world.tenant("bolt")
    assert "bolt" in sweep(date(2026, 11, 20))
    del world.tenants["bolt"]
    world.save()
    assert "bolt" not in sweep(date(2026, 11, 21))


def test_what_is_gone_is_named_on_the_page_and_in_the_terminal(world: World) -> None:
    source = world.tenant("acme")
    sweep(date(2026, 11, 20))
    (source / "policy.md").unlink()
    without_the_log(world)
    told = sweep(date(2026, 11, 21)) + radar("report", "acme")
    title = next(duty[1] for duty in DUTIES if duty[0] == "R7")
    for text in (told, page(world, "acme")):
        assert "Security policy" in text and "a document that is gone" not in text
        assert title in text and "the catalog dropped the requirement" in text


def test_a_score_keeps_its_move_when_another_framework_is_published(world: World) -> None:
    world.framework(DUTIES, "more")
    source = world.tenant("acme", frameworks=[{"id": "rules"}, {"id": "more"}])
    sweep(date(2026, 11, 20))
    (source / "policy.md").unlink()
    sweep(date(2026, 11, 21))
    assert page(world, "acme").count("since the last sweep") == 2
    without_the_log(world)
    sweep(date(2026, 11, 22))
    more = page(world, "acme").split('class="framework"')[1]
    assert "since the last sweep" in more


def test_what_does_not_apply_is_not_explained_as_unassessed(world: World) -> None:
    why = "Nobody visits."
    world.tenant("acme", frameworks=[{"id": "rules", "not_applicable": [{"ref": "R7", "why": why}]}])
    sweep(date(2026, 11, 20))
    told = radar("explain", "acme", "R7")
    assert f"not applicable: {why}" in told and "not assessed" not in told and "confidence" not in told
