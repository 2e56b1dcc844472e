"""What a person says of an assessment: as typed, and their name and words as kept with the tenant.

Names and words lie in the tenant's folder alone; everything else about an opinion is in the operations
store, under the same id.
"""

import re
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError, StoreError
from radar_pipeline.models import Verdict
from radar_pipeline.prompts.clean import clean
from radar_pipeline.storage.files import read_json, write_json

OPINIONS = (AGREE, DISAGREE, UNSURE) = ("agree", "disagree", "unsure")
VERDICTS = tuple(v.value for v in Verdict if v is not Verdict.NOT_ASSESSED)
LONGEST_NAME = 100  # characters, as below
LONGEST_WHY = 2_000
_FOLDER = "feedback"
_ID = re.compile(r"f-[0-9a-f]{24}")


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of one requirement's assessment, checked and clean."""

    ref: str
    opinion: str  # one of OPINIONS
    verdict: str  # what it should be, one of VERDICTS; empty: none is named
    why: str
    name: str  # who says it
    framework: str = ""  # needed only if two frameworks use the same ref


@dataclass(frozen=True, slots=True)
class Note:
    """The part of an opinion that never leaves the tenant's folder."""

    opinion_id: str
    name: str
    why: str


def said(ref: str, opinion: str, verdict: str, why: str, name: str, framework: str) -> Said:
    """What a person typed, or wrote into a table. Raises ConfigurationError, which repeats no free text."""
    opinion, verdict = _word(opinion), _word(verdict)
    if opinion not in OPINIONS:
        raise _wrong("the opinion is none of the words", f"Say {', '.join(OPINIONS[:-1])} or {OPINIONS[-1]}.")
    if verdict and verdict not in VERDICTS:
        raise _wrong("the verdict is none of the words", f"Name one of {', '.join(VERDICTS)}.")
    if verdict and opinion == AGREE:
        raise _wrong("who agrees names no other verdict", "Leave the verdict out, or disagree.")
    name, why = " ".join(clean(name).split()), clean(why).strip()
    if not name or not name[0].isalnum() or len(name) > LONGEST_NAME:
        remedy = f"Begin it with a letter or digit and keep it under {LONGEST_NAME} characters."
        raise _wrong("the name of who says it is none", remedy)
    if len(why) > LONGEST_WHY:
        raise _wrong(f"the reason has {len(why):,} characters", f"Say it in {LONGEST_WHY:,} at most.")
    return Said(" ".join(clean(ref).split()), opinion, verdict, why, name, framework.strip())


def who(slug: str, name: str) -> str:
    """The person's digest for stores that all tenants share: another one in every tenant."""
    return ids.digest(_FOLDER, slug, " ".join(name.casefold().split()), length=24)


def new_id() -> str:
    """An opinion's id."""
    return f"f-{secrets.token_hex(12)}"


def put(tenant_home: Path, note: Note) -> None:
    """Keep a note beside the tenant's work: no release holds it, an erasure deletes it. Raises StoreError."""
    write_json(_path(tenant_home, note.opinion_id), asdict(note), within=tenant_home)


def read(tenant_home: Path, opinion_id: str) -> Note | None:
    """The note of an opinion; None if there is none. Raises StoreError for a damaged one."""
    path = _path(tenant_home, opinion_id)
    remedy = "Restore it from your backup, or delete it: the opinion stands without its words."
    try:
        found = read_json(path)
    except StoreError as error:
        raise StoreError(error.message, remedy=remedy) from error
    if found is None:
        return None
    try:
        return Note(**found)
    except TypeError:
        raise StoreError(f"{path} is damaged.", remedy=remedy) from None


def drop(tenant_home: Path, opinion_id: str) -> None:
    """Take a note back whose opinion was not kept; an empty folder goes with it."""
    path = _path(tenant_home, opinion_id)
    path.unlink(missing_ok=True)
    for folder in (path.parent, tenant_home):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _path(tenant_home: Path, opinion_id: str) -> Path:
    # An id becomes a file name, so one that could leave the folder is refused.
    if _ID.fullmatch(opinion_id) is None:
        raise ValueError("An opinion's id is f- and 24 hex digits.")
    return tenant_home / _FOLDER / f"{opinion_id}.json"


def _word(text: str) -> str:
    """A word of a closed set as people write it: ``Not addressed`` is ``not_addressed``."""
    return "_".join(text.casefold().replace("-", " ").replace("_", " ").split())


def _wrong(problem: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(f"This cannot be noted: {problem}.", remedy=remedy)
