"""``radar prompts eval | compare | gate | promote | calibrate``: what versions are found to do."""

import sys
from pathlib import Path

import click

from radar_pipeline.console.commands import BLOCKED, JSON, told
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.settings import load_settings

REPEATS = click.option(
    "--repeats", default=1, show_default=True, type=click.IntRange(1, 20), help="Ask so often."
)
INCOMPLETE = 6


@click.command(name="eval")
@click.argument("refs", nargs=-1, metavar="[REF]...")
@REPEATS
@click.option("--use-case", type=click.Choice([u.value for u in UseCase]), help="Only prompts for this.")
@click.option(
    "--labelled",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Ask the cases of a labelled set instead (requirements.jsonl, documents/, labels.jsonl).",
)
@click.option("--all", "every", is_flag=True, help="Drafts and deprecated versions, too.")
@JSON
@told
def evaluate(
    refs: tuple[str, ...],
    repeats: int,
    use_case: str | None,
    labelled: Path | None,
    every: bool,
    as_json: bool,
) -> None:
    """Put the cases to versions of prompts and to the local judge, and score what they answer.

    REF is a name, name@version or local; without one, all active versions and the local judge. Nothing that
    was answered before is asked again. Without a key a scripted model answers, and that is said.
    """
    from radar_pipeline.console import evaluating

    answer = evaluating.evaluate(
        load_settings(),
        refs,
        repeats=repeats,
        use_case=UseCase(use_case) if use_case else None,
        labelled=labelled,
        every=every,
    )
    answer.show(as_json)
    sys.exit(0 if answer.healthy else INCOMPLETE)


@click.command()
@click.argument("old")
@click.argument("new")
@JSON
@told
def compare(old: str, new: str, as_json: bool) -> None:
    """What NEW answers otherwise than OLD, as both were last evaluated, with a page of every case."""
    from radar_pipeline.console import gating

    gating.compare(load_settings(), old, new).show(as_json)


@click.command()
@click.argument("refs", nargs=-1, metavar="[REF]...")
@click.option("--changed-since", metavar="REVISION", help="All versions whose files changed since, by git.")
@click.option("--accept", is_flag=True, help="Of local: what it answers now is what it is measured by.")
@REPEATS
@JSON
@told
def gate(refs: tuple[str, ...], changed_since: str | None, accept: bool, repeats: int, as_json: bool) -> None:
    """Evaluate drafts beside the versions in force and say whether they may take their place.

    REF is a name, name@version or local (measured by data/eval_cases/reference); without one, every draft.
    Exit code 7 if one is blocked.
    """
    from radar_pipeline.console import gating

    answer = gating.gate(load_settings(), refs, changed_since=changed_since, accept=accept, repeats=repeats)
    answer.show(as_json)
    sys.exit(0 if answer.healthy else BLOCKED)


@click.command()
@click.argument("ref")
@click.option("--note", default="", help="Why more cost or time is worth it; kept with its figures.")
@click.option("--dry-run", is_flag=True, help="Evaluate and decide, and change no file.")
@REPEATS
@JSON
@told
def promote(ref: str, note: str, dry_run: bool, repeats: int, as_json: bool) -> None:
    """Make a draft the active version, if it has earned it; REF is name@version, or a name with one draft.

    Its file and the lock are checked, it and the version in force are evaluated live, and the gate decides.
    Exit code 7 if it is refused.
    """
    from radar_pipeline.console import gating

    answer = gating.promote(load_settings(), ref, note=note, dry_run=dry_run, repeats=repeats)
    answer.show(as_json)
    sys.exit(0 if answer.healthy else BLOCKED)


@click.command()
@click.argument("ref", default="grade")
@JSON
@told
def calibrate(ref: str, as_json: bool) -> None:
    """How well the evaluator's own prompt agrees with experts' labels, and so whether its grades count."""
    from radar_pipeline.console import evaluating

    evaluating.calibrate(load_settings(), ref).show(as_json)


COMMANDS: tuple[click.Command, ...] = (evaluate, compare, gate, promote, calibrate)  # of `radar prompts`
