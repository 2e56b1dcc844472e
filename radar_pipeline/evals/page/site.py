"""Where the pages of evaluations lie: ``RADAR_HOME/evals/site``."""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from radar_pipeline.errors import UnknownNameError
from radar_pipeline.evals.gate import Decision
from radar_pipeline.evals.page.comparison import render_comparison
from radar_pipeline.evals.page.overview import Link, render_overview
from radar_pipeline.evals.responses import FOLDER
from radar_pipeline.evals.scoreboard import Line
from radar_pipeline.evals.values import LOCAL, Run, Subject
from radar_pipeline.prompts import diff, files
from radar_pipeline.settings import Settings
from radar_pipeline.storage.files import remove_tree, write_text

INDEX = "index.html"
_BETWEEN = "-"
_UNSAFE = re.compile(r"[^a-z0-9@._-]+")


def folder(home: Path) -> Path:
    """The folder of the pages under RADAR_HOME (``home``)."""
    return home / FOLDER / "site"


def write_comparison(
    settings: Settings, candidate: Run, active: Run, decision: Decision, named: tuple[str, str] = ("", "")
) -> Path:
    """The page of two runs as a file, named after the two versions; ``named``: other names than their keys.

    Raises ConfigurationError for two runs that cannot be compared, StoreError.
    """
    names = (named[0] or active.subject.key, named[1] or candidate.subject.key)
    path = folder(settings.home) / f"{_BETWEEN.join(_UNSAFE.sub('_', name) for name in names)}.html"
    changes = _changes(settings, active.subject, candidate.subject)
    write_text(path, render_comparison(candidate, active, decision, settings.data, changes, names))
    return path


def write_overview(settings: Settings, lines: Sequence[Line], at: datetime) -> Path:
    """The page of all these lines, which leads to every comparison that there is. Raises StoreError."""
    path = folder(settings.home) / INDEX
    others = [page for page in sorted(path.parent.glob("*.html")) if page.name != INDEX]
    write_text(path, render_overview(lines, [Link(page.name, page.stem) for page in others], at))
    return path


def forget(home: Path) -> None:
    """Remove all pages: they name cases of a tenant that is erased, and are written anew when asked for."""
    remove_tree(folder(home))


def _changes(settings: Settings, old: Subject, new: Subject) -> list[str]:
    """What changed between two prompts, line by line; nothing for the local judge or a file that is gone."""
    if LOCAL in (old.name, new.name):
        return []
    try:
        first, second = (files.load(settings.prompts, s.use_case, s.name, s.version) for s in (old, new))
    except UnknownNameError:
        return []
    found = diff.between(first, second)
    return [*found.settings, *found.schema, *found.messages]
