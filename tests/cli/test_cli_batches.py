"""``radar batches``: what is open, and giving it up."""

import json
from datetime import UTC, datetime, timedelta

from click.testing import CliRunner, Result

from radar_pipeline.cli import main
from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.operations.records import BatchItem
from tests.support.world import World

KEY = "0123456789abcdef"


def radar(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments], catch_exceptions=False)


def opened(world: World) -> None:
    batches = Operations(world.settings().operations).batches
    deadline = datetime.now(UTC) + timedelta(hours=6)
    items = [BatchItem(f"{KEY}-{number}", "key", f"call-{number}") for number in range(2)]
    batches.prepare(KEY, "acme", ("primary", "openai", "gpt"), items, deadline)
    batches.submitted(KEY, "batch_1")


def test_open_batches_are_listed_with_their_age_counts_and_deadline(world: World) -> None:
    assert "No batch is open" in radar("batches").output
    opened(world)
    shown = radar("batches").output
    assert "acme" in shown and "0 h 00 min" in shown and "UTC" in shown
    [listed] = json.loads(radar("batches", "--json").output)
    assert (listed["batch_key"], listed["requests"], listed["state"]) == (KEY, 2, "submitted")


def test_a_batch_is_given_up_even_without_models_yaml_and_only_once(world: World) -> None:
    opened(world)
    assert "given up" in radar("batches", "abandon", KEY).output
    assert "No batch is open" in radar("batches").output
    again = radar("batches", "abandon", KEY)
    assert again.exit_code == 2 and "radar batches" in again.stderr
