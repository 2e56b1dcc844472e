"""Every stored quote is looked up where it says, and what is wrong is told by its id alone."""

from pathlib import Path

import pytest

from radar_pipeline.storage.texts import Texts
from radar_pipeline.sweep import verify
from tests.support.world import POLICY, World

CITED = "within 72 hours"


@pytest.fixture
def acme(world: World) -> World:
    world.tenant("acme")
    world.tenant("beta")
    world.sweep()
    return world


def tamper(world: World, old: str, new: str) -> int:
    """Rewrite stored texts as a person with a good intention would; how many were."""
    texts = Texts(world.settings().tenant_home("acme") / "work" / "texts")
    changed = 0
    for version in texts.version_ids():
        text = texts.get(version)
        if old in text:
            [path] = [p for p in Path(texts.root).rglob("*") if p.is_file() and version in p.name]
            path.unlink()
            texts.put(version, text.replace(old, new))
            changed += 1
    return changed


def test_sound_quotes_are_counted_those_of_past_reports_included(acme: World) -> None:
    now = {found.tenant: found for found in verify.tenants(acme.settings())}
    assert set(now) == {"acme", "beta"} and all(found.sound for found in now.values())
    assert now["acme"].quotes >= len(acme.report("acme")["evidence"]) > 0
    acme.write("acme", "policy.md", POLICY.replace("72 hours", "48 hours"))
    acme.sweep("acme")
    [after, _] = verify.tenants(acme.settings())
    assert after.sound and after.quotes > now["acme"].quotes


def test_a_quote_that_is_not_in_its_text_is_told_by_its_id(
    acme: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "PAGE", 1)
    assert tamper(acme, CITED, "within 96 hours") == 1
    [wrong, beta] = verify.tenants(acme.settings())
    assert not wrong.sound and beta.sound
    known = {row["evidence_id"] for row in acme.report("acme")["evidence"]}
    assert wrong.wrong and set(wrong.wrong) <= known
    assert "hours" not in str(wrong) and "manifest.json" in wrong.remedy


def test_a_piece_that_is_not_in_its_text_is_told_by_its_id(acme: World) -> None:
    [before, _] = verify.tenants(acme.settings())
    assert before.chunks and before.passages and before.pieces == before.chunks + before.passages
    assert tamper(acme, CITED, "within 96 hours and more") == 1
    [wrong, beta] = verify.tenants(acme.settings())
    assert not wrong.sound and beta.sound
    assert wrong.wrong_chunks and wrong.wrong_passages and "hours" not in str(wrong)


def test_a_tenant_that_cannot_be_verified_does_not_hide_the_others(acme: World) -> None:
    texts = acme.settings().tenant_home("acme") / "work" / "texts"
    for path in texts.rglob("*"):
        if path.is_file():
            path.write_bytes(b"torn")
    [torn, beta] = verify.tenants(acme.settings())
    assert torn.problem and torn.remedy and not torn.sound
    assert beta.sound and beta.quotes


def test_nothing_stored_is_nothing_wrong(world: World) -> None:
    assert list(verify.tenants(world.settings())) == []
    (world.home / "tenants" / "acme").mkdir(parents=True)
    [empty] = verify.tenants(world.settings())
    assert empty.sound and empty.quotes == 0
