"""What people say of published assessments: noted, listed, and compared with the confidence shown to them.

An opinion is about the assessment as it is published when it is given, so it outlives later sweeps: it
keeps which verdict, judge, prompt and judgement it was about.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from radar_pipeline.errors import ConfigurationError, RadarError, StoreError
from radar_pipeline.evals.reliability import Judged
from radar_pipeline.models import Applicability, Verdict
from radar_pipeline.report.named import requirement_named
from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.operations.records import Opinion
from radar_pipeline.tenancy import feedback as notes
from radar_pipeline.tenancy import feedback_table
from radar_pipeline.tenancy.feedback import AGREE, DISAGREE, Note, Said

MOST_PROBLEMS = 10  # of a table told at once
Tables = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Told:
    """An opinion with the words it was given in; they are empty if the tenant's folder has them no more.

    ``counts``: its person has said nothing newer of the requirement.
    """

    opinion: Opinion
    name: str
    why: str
    counts: bool


_SAID = ("opinion", "suggested_verdict", "verdict", "judgement_key")


def give(
    operations: Operations,
    home: Path,
    tables: Tables,
    slug: str,
    said: Sequence[Said],
    now: datetime | None = None,
) -> list[Opinion]:
    """Note what people say of the tenant's published assessments: all of it, or nothing. What a person has
    said of the same judgement in the same words already is not noted again, so a command may be repeated.

    ``home`` is the tenant's folder, ``tables`` its current published rows. Raises UnknownNameError for a
    ref that the report does not have, ConfigurationError for what can't be said of an assessment.
    """
    at = now or datetime.now(UTC)
    opinions = [_about(tables, slug, one, at) for one in said]
    before = {(o.requirement_id, o.who): o for o in operations.feedback.opinions(slug)}
    new = [
        (opinion, Note(opinion.opinion_id, one.name, one.why))
        for opinion, one in zip(opinions, said, strict=True)
        if not _was_said(home, before.get((opinion.requirement_id, opinion.who)), opinion, one)
    ]
    if not new:
        return opinions
    kept = [note for _, note in new]
    try:
        # The words first: an opinion that counts has its words, and a note alone is nothing to anyone.
        for note in kept:
            notes.put(home, note)
        operations.feedback.give([opinion for opinion, _ in new])
    except BaseException:
        for note in kept:
            notes.drop(home, note.opinion_id)
        raise
    return opinions


def _was_said(home: Path, before: Opinion | None, opinion: Opinion, said: Said) -> bool:
    """Whether a person's newest word on the requirement is this one."""
    if before is None or any(getattr(before, name) != getattr(opinion, name) for name in _SAID):
        return False
    with suppress(StoreError):  # words that are damaged are said anew
        note = notes.read(home, before.opinion_id)
        return note is not None and (note.name, note.why) == (said.name, said.why)
    return False


def from_table(tables: Tables, slug: str, path: Path, name: str) -> list[Said]:
    """What a CSV file says, each line checked against the published report.

    ``name``: who speaks where the table does not say. Raises ConfigurationError that tells which lines
    can't be taken, and why.
    """
    found: list[Said] = []
    problems: list[str] = []
    first: dict[tuple[str, str], int] = {}
    for line in feedback_table.read(path):
        cells = line.cells
        try:
            one = notes.said(
                *(cells["ref"], cells["opinion"], cells["verdict"], cells["why"]),
                *(cells["as"].strip() or name, cells["framework"]),
            )
            opinion = _about(tables, slug, one, datetime.now(UTC))
        except RadarError as error:
            problems.append(f"line {line.number}: {error.message} {error.remedy}")
            continue
        before = first.setdefault((opinion.requirement_id, opinion.who), line.number)
        if before != line.number:
            problems.append(f"line {line.number}: the same person and requirement as on line {before}.")
        found.append(one)
    if problems:
        more = len(problems) - MOST_PROBLEMS
        told = problems[:MOST_PROBLEMS] + ([f"and {more} more lines."] if more > 0 else [])
        raise ConfigurationError(
            f"{path.name} was not noted:\n  " + "\n  ".join(told),
            remedy="Correct these lines and give the file again.",
        )
    return found


def told(operations: Operations, home: Path, slug: str, *, requirement_id: str | None = None) -> list[Told]:
    """What was said of the tenant, or of one requirement of it, newest first."""
    history = operations.feedback.opinions(slug, history=True)
    newest = {(o.requirement_id, o.who): o.opinion_id for o in history}
    counting = set(newest.values())
    found = []
    for opinion in reversed(history):
        if requirement_id in (None, opinion.requirement_id):
            note = notes.read(home, opinion.opinion_id) or Note("", "", "")
            found.append(Told(opinion, note.name, note.why, opinion.opinion_id in counting))
    return found


def calibration(operations: Operations, tenant: str | None = None) -> list[Judged]:
    """The confidence of every assessment that people agreed or disagreed with, and which of the two.

    One row an assessment, whoever spoke: of each person the newest word on it, and what most of them say;
    where they are even, it is left out. An abstention was no verdict, so it is none to be right or wrong.
    """
    newest: dict[tuple[str, str, str], dict[str, Opinion]] = {}
    for o in operations.feedback.opinions(tenant, history=True):
        if o.verdict != Verdict.NOT_ASSESSED:
            newest.setdefault((o.tenant, o.requirement_id, o.judgement_key), {})[o.who] = o
    rows = []
    for by_person in newest.values():
        counts = Counter(o.opinion for o in by_person.values())
        if counts[AGREE] != counts[DISAGREE]:
            [some, *_] = by_person.values()
            agreed = counts[AGREE] > counts[DISAGREE]
            rows.append(Judged(some.judge, some.prompt_ref, some.confidence, agreed))
    return rows


def _about(tables: Tables, slug: str, said: Said, at: datetime) -> Opinion:
    """The opinion, with the assessment that it is about."""
    requirement = requirement_named(tables["requirements"], slug, said.ref, said.framework or None)
    wanted = requirement["requirement_id"]
    assessment = next(row for row in tables["assessments"] if row["requirement_id"] == wanted)
    _check(assessment, requirement["ref"], said)
    return Opinion(
        opinion_id=notes.new_id(),
        tenant=slug,
        framework_id=assessment["framework_id"],
        requirement_id=wanted,
        opinion=said.opinion,
        suggested_verdict=said.verdict,
        verdict=assessment["verdict"],
        confidence=assessment["confidence"],
        judge=assessment["judge"],
        prompt_ref=assessment["prompt_ref"] or "",
        judgement_key=assessment["judgement_key"],
        who=notes.who(slug, said.name),
        at=at,
    )


def _check(assessment: Mapping[str, Any], ref: str, said: Said) -> None:
    if assessment["applicability"] == Applicability.NOT_APPLICABLE:
        raise ConfigurationError(
            f"{ref} was not assessed, because it does not apply.",
            remedy="What applies is said in tenants.yaml.",
        )
    if assessment["verdict"] == Verdict.NOT_ASSESSED and not said.verdict:
        # An abstention claims nothing; what helps is the verdict that a person would give.
        raise ConfigurationError(
            f"{ref} has no verdict to speak of: it is not assessed ({assessment['reason']}).",
            remedy="Say which it should have: disagree with a verdict.",
        )
    if said.verdict == assessment["verdict"]:
        raise ConfigurationError(
            f"{said.verdict} is what is published of {ref}.", remedy="Agree, or name another verdict."
        )
